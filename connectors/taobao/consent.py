"""Taobao's consent: its page, and the code exchanged for a session. Source: open.taobao.com, OAuth 2.0."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from chalicelib.contract import Account, Api, Authorised, HttpRequest, Secrets, Token
from chalicelib.toolkit.consents import code_of, page
from chalicelib.toolkit.oauth2 import FORM, granted
from connectors.taobao.api import OAUTH, OAUTH_SANDBOX
from connectors.taobao.values import KEY


def authorise_url(account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG001
    """See the contract."""
    asked = [("response_type", "code"), ("client_id", secrets.one("app_key")), ("redirect_uri", redirect_uri)]
    return page(f"https://{_host(account)}/authorize", [*asked, ("state", state), ("view", "web")])


def exchange(answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
    """See the contract."""
    form = {
        "grant_type": "authorization_code",
        "client_id": api.secrets.one("app_key"),
        "client_secret": api.secrets.one("app_secret"),
        "code": code_of(answer, connector=KEY),
        "redirect_uri": redirect_uri,
        "view": "web",
    }
    url = f"https://{_host(api.account)}/token"
    response = api.http.send(HttpRequest("POST", url, headers=FORM, body=urlencode(form).encode()))
    grant = granted(response.status, response.body, connector=KEY)
    return Authorised(Token(grant.access_token, api.now() + grant.life, grant.refresh_token))


def _host(account: Account) -> str:
    return OAUTH_SANDBOX if account.options.get("sandbox") == "true" else OAUTH
