"""Weibo's consent: its page, and the code exchanged for a token that nothing renews. Source: open.weibo.com, OAuth 2.0."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec

from chalicelib.contract import Account, Api, Authorised, HttpRequest, Secrets, Token
from chalicelib.errors import ConfigError, Rejected
from chalicelib.toolkit.consents import code_of, page
from chalicelib.toolkit.loose import Id, Odd, ident, number
from connectors.weibo.api import _LONGEST, FORM, OPEN
from connectors.weibo.values import KEY, READ


class _Created(msgspec.Struct, gc=False):
    access_token: str | None = None
    expires_in: Id = None
    uid: Id = None
    error: str | None = None


def authorise_url(account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG001
    """See the contract."""
    asked = [("client_id", secrets.one("app_key")), ("redirect_uri", redirect_uri), ("response_type", "code"), ("state", state)]
    return page(f"https://{OPEN}/oauth2/authorize", asked)


def exchange(answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
    """See the contract. Tells the account's uid."""
    form = {
        "client_id": api.secrets.one("app_key"),
        "client_secret": api.secrets.one("app_secret"),
        "grant_type": "authorization_code",
        "code": code_of(answer, connector=KEY),
        "redirect_uri": redirect_uri,
    }
    response = api.http.send(HttpRequest("POST", f"https://{OPEN}/oauth2/access_token", (), FORM, urlencode(form).encode()))
    told = READ.decode(_Created, response.body, None)
    if not told.access_token:
        if told.error in ("invalid_client", "unauthorized_client"):
            raise ConfigError("application-refused", "app_key or app_secret is refused", connector=KEY)
        raise Rejected("code-refused", f"the token address answers HTTP {response.status}", status=400, connector=KEY)
    try:
        seconds = number(told.expires_in, "expires_in") or 0
    except Odd as odd:
        raise READ.of(odd, "$", None) from None
    ends = api.now() + timedelta(seconds=min(seconds, _LONGEST)) if seconds > 0 else None
    uid = ident(told.uid)
    return Authorised(Token(told.access_token, ends), {"uid": uid} if uid else {})
