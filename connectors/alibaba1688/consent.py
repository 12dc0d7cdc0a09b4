"""1688's consent: its page, and the code exchanged for a token. Source: open.1688.com, OAuth 2.0."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from chalicelib.contract import Account, Api, Authorised, HttpRequest, Secrets, Token
from chalicelib.errors import Rejected
from chalicelib.toolkit.consents import code_of, page
from chalicelib.toolkit.loose import Odd, number
from connectors.alibaba1688.api import FORM, HOST, USUAL, TokenRefused, _checked
from connectors.alibaba1688.payloads import TokenAnswer
from connectors.alibaba1688.values import KEY, READ

PAGE = "https://auth.1688.com/oauth/authorize"
_LONGEST = 366 * 86_400


class _Created(TokenAnswer):
    memberId: str | None = None


def authorise_url(account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG001
    """See the contract."""
    asked = [("client_id", secrets.one("app_key")), ("site", "1688"), ("redirect_uri", redirect_uri), ("state", state)]
    return page(PAGE, asked)


def exchange(answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
    """See the contract. Tells the member id by which pushes name the shop."""
    key = api.secrets.one("app_key")
    form = {
        "grant_type": "authorization_code",
        "need_refresh_token": "true",
        "client_id": key,
        "client_secret": api.secrets.one("app_secret"),
        "redirect_uri": redirect_uri,
        "code": code_of(answer, connector=KEY),
    }
    url = f"https://{HOST}/openapi/http/1/system.oauth2/getToken/{key}"
    response = api.http.send(HttpRequest("POST", url, headers=FORM, body=urlencode(form).encode()))
    try:
        _checked("getToken", response)
    except TokenRefused:
        raise Rejected("code-refused", "getToken refuses the code", status=400, connector=KEY) from None
    told = READ.decode(_Created, response.body, None)
    try:
        seconds = number(told.expires_in, "expires_in") or 0
    except Odd as odd:
        raise READ.of(odd, "$", None) from None
    life = timedelta(seconds=min(seconds, _LONGEST)) if seconds > 0 else USUAL
    return Authorised(
        Token(told.access_token, api.now() + life, told.refresh_token), {"member_id": told.memberId} if told.memberId else {}
    )
