"""Mercado Libre's consent: its page by country, and the code exchanged for a token. Source: developers.mercadolibre.com."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from chalicelib.contract import Account, Api, Authorised, HttpRequest, Secrets, Token
from chalicelib.errors import ConfigError
from chalicelib.toolkit.consents import code_of, page
from chalicelib.toolkit.oauth2 import FORM
from connectors.mercadolibre.api import _YEAR, _json, _refusal
from connectors.mercadolibre.payloads import TokenAnswer
from connectors.mercadolibre.values import HOST, KEY, decode, ident

PAGES = {
    "MLA": "auth.mercadolibre.com.ar",
    "MLB": "auth.mercadolivre.com.br",
    "MLM": "auth.mercadolibre.com.mx",
}


def authorise_url(account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG001
    """See the contract. Option `site`: the seller's country (MLA, MLB, MLM); MLA when left out."""
    host = PAGES.get(account.options.get("site", "MLA"))
    if host is None:
        raise ConfigError("option-malformed", "the option site must be one of " + ", ".join(PAGES), connector=KEY)
    asked = [("response_type", "code"), ("client_id", secrets.one("client_id")), ("redirect_uri", redirect_uri)]
    return page(f"https://{host}/authorization", [*asked, ("state", state)])


def exchange(answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
    """See the contract. Tells the seller's `user_id`."""
    form = {
        "grant_type": "authorization_code",
        "client_id": api.secrets.one("client_id"),
        "client_secret": api.secrets.one("client_secret"),
        "code": code_of(answer, connector=KEY),
        "redirect_uri": redirect_uri,
    }
    response = api.http.send(HttpRequest("POST", f"https://{HOST}/oauth/token", headers=FORM, body=urlencode(form).encode()))
    if response.status != 200:
        raise _refusal(response)
    told = decode(TokenAnswer, _json(response.body), None)
    ends, seller = api.now() + timedelta(seconds=max(0, min(told.expires_in, _YEAR))), ident(told.user_id)
    return Authorised(Token(told.access_token, ends, told.refresh_token), {"user_id": seller} if seller else {})
