"""TikTok Shop's consent: its page, and the code exchanged for a token. Source: partner.tiktokshop.com, authorisation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.contract import Account, Api, Authorised, HttpRequest, Secrets, Token
from chalicelib.toolkit.consents import code_of, page
from chalicelib.toolkit.loose import Odd, epoch
from connectors.tiktokshop.api import AUTH_HOST, _no_grant, _read
from connectors.tiktokshop.payloads import TokenData
from connectors.tiktokshop.values import KEY, READ

CREATE = "/api/v2/token/get"
PAGES = {"global": "services.tiktokshop.com", "us": "services.us.tiktokshop.com"}


def authorise_url(account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG001
    """See the contract. The way back is fixed in Partner Center. Option `service_id`; without it the older page."""
    service = account.options.get("service_id")
    if not service:
        return page(f"https://{AUTH_HOST}/oauth/authorize", [("app_key", secrets.one("app_key")), ("state", state)])
    host = PAGES["us" if account.options.get("market", "").lower() == "us" else "global"]
    return page(f"https://{host}/open/authorize", [("service_id", service), ("state", state)])


def exchange(answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:  # noqa: ARG001
    """See the contract. The secret goes in the query: the address must never be logged."""
    query = (
        ("app_key", api.secrets.one("app_key")),
        ("app_secret", api.secrets.one("app_secret")),
        ("auth_code", code_of(answer, connector=KEY)),
        ("grant_type", "authorized_code"),
    )
    told = _read(CREATE, api.http.send(HttpRequest("GET", f"https://{AUTH_HOST}{CREATE}", query=query)))
    if told.code != 0:
        raise _no_grant(CREATE, told)
    data = READ.decode(TokenData, bytes(told.data), None, "$.data")
    try:
        ends = epoch(data.access_token_expire_in, "access_token_expire_in")
    except Odd as odd:
        raise READ.of(odd, "$.data", None) from None
    return Authorised(Token(data.access_token, ends, data.refresh_token))
