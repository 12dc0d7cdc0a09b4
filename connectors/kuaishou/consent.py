"""Kuaishou's consent: its page, and the code exchanged for a token. Source: open.kwaixiaodian.com, OAuth 2.0."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from chalicelib.contract import Account, Api, Authorised, HttpRequest, Secrets, Token
from chalicelib.errors import ConfigError, Permanent, Rejected, Retriable
from chalicelib.toolkit.consents import code_of, needed, page
from chalicelib.toolkit.loose import Odd, ident, number
from connectors.kuaishou import status
from connectors.kuaishou.api import _YEAR
from connectors.kuaishou.payloads import Granted
from connectors.kuaishou.values import HOST, KEY, READ

PAGE = "https://open.kwaixiaodian.com/oauth/authorize"
CREATE = "/oauth2/access_token"


def authorise_url(account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG001
    """See the contract. Option `scope`: the rights of the application, by commas, as its console names them."""
    asked = [("app_id", secrets.one("app_key")), ("redirect_uri", redirect_uri), ("response_type", "code")]
    return page(PAGE, [*asked, ("scope", needed(account.options, "scope", connector=KEY)), ("state", state)])


def exchange(answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:  # noqa: ARG001
    """See the contract. The secret travels in the query, as the platform has it: the address must never be logged."""
    query = [
        ("app_id", api.secrets.one("app_key")),
        ("app_secret", api.secrets.one("app_secret")),
        ("grant_type", "code"),
        ("code", code_of(answer, connector=KEY)),
    ]
    response = api.http.send(HttpRequest("GET", f"https://{HOST}{CREATE}", query=query))
    try:
        told = READ.decode(Granted, response.body, None)
        seconds = number(told.expires_in, "expires_in") or 0
    except (Permanent, Odd):
        raise Retriable("answer-malformed", f"{CREATE} does not answer as documented", connector=KEY) from None
    code = ident(told.result) or ""
    if code == str(status.OK) and told.access_token:
        return Authorised(Token(told.access_token, api.now() + timedelta(seconds=max(0, min(seconds, _YEAR))), told.refresh_token))
    if code in status.MISCONFIGURED:
        raise ConfigError(status.MISCONFIGURED[code], f"{CREATE} answers {code}", connector=KEY)
    if code in status.UNAVAILABLE:
        raise Retriable("platform-error", f"{CREATE} answers {code}", connector=KEY)
    raise Rejected("code-refused", f"{CREATE} answers {code if code.isdigit() else 'an error'}", status=400, connector=KEY)
