"""Xiaohongshu's consent: its page, and the code exchanged for a token. Source: open.xiaohongshu.com, oauth.getAccessToken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.contract import Account, Api, Authorised, Secrets, Token
from chalicelib.errors import Rejected
from chalicelib.toolkit.consents import code_of, page
from chalicelib.toolkit.loose import Odd, epoch
from connectors.xiaohongshu.api import TokenRefused, _send
from connectors.xiaohongshu.payloads import Granted
from connectors.xiaohongshu.values import HOST, KEY, READ

CREATE = "oauth.getAccessToken"


class _Created(Granted):
    seller_id: str | None = None


def authorise_url(account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG001
    """See the contract."""
    asked = [("appId", secrets.one("app_key")), ("redirectUri", redirect_uri), ("state", state)]
    return page(f"https://{HOST}/ark/authorization", asked)


def exchange(answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:  # noqa: ARG001
    """See the contract. Tells the seller's id."""
    try:
        raw = _send(api, CREATE, {"code": code_of(answer, connector=KEY)})
    except TokenRefused:
        raise Rejected("code-refused", f"{CREATE} refuses the code", status=400, connector=KEY) from None
    told = READ.decode(_Created, bytes(raw), None, "$.data")
    try:
        ends = epoch(told.access_token_expires_at, "accessTokenExpiresAt")
    except Odd as odd:
        raise READ.of(odd, "$.data", None) from None
    return Authorised(Token(told.access_token, ends, told.refresh_token), {"seller_id": told.seller_id} if told.seller_id else {})
