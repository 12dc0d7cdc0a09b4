"""JD's consent: its page, and the code exchanged for a token. Source: JD open platform, OAuth 2.0."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from chalicelib.contract import Account, Api, Authorised, HttpRequest, Secrets, Token
from chalicelib.errors import Permanent, Rejected, Retriable
from chalicelib.toolkit.consents import code_of, page
from chalicelib.toolkit.loose import Odd, number
from connectors.jd.api import _HOUR, _YEAR, OAUTH
from connectors.jd.payloads import TokenAnswer
from connectors.jd.values import KEY, READ


def authorise_url(account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG001
    """See the contract."""
    asked = [("app_key", secrets.one("app_key")), ("response_type", "code"), ("redirect_uri", redirect_uri), ("state", state)]
    return page(f"https://{OAUTH}/oauth2/to_login", [*asked, ("scope", "snsapi_base")])


def exchange(answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:  # noqa: ARG001
    """See the contract. The secret travels in the query, as the platform has it: the address must never be logged."""
    query = [
        ("app_key", api.secrets.one("app_key")),
        ("app_secret", api.secrets.one("app_secret")),
        ("grant_type", "authorization_code"),
        ("code", code_of(answer, connector=KEY)),
    ]
    response = api.http.send(HttpRequest("GET", f"https://{OAUTH}/oauth2/access_token", query=query))
    try:
        told = READ.decode(TokenAnswer, response.body, None)
        seconds = number(told.expires_in, "expires_in")
    except (Permanent, Odd):
        raise Retriable("answer-malformed", "the token address does not answer as documented", connector=KEY) from None
    if not told.access_token:
        raise Rejected("code-refused", "the token address refuses the code", status=400, connector=KEY)
    life = timedelta(seconds=_HOUR if not seconds else max(0, min(seconds, _YEAR)))
    return Authorised(Token(told.access_token, api.now() + life, told.refresh_token))
