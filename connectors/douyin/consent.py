"""Douyin's consent: its page, and the code exchanged for a token. Source: op.jinritemai.com, token.create."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from chalicelib.contract import Account, Api, Authorised, Secrets, Token
from chalicelib.errors import Rejected
from chalicelib.toolkit.consents import code_of, needed, page
from connectors.douyin.api import _DAY, TokenRefused, _send
from connectors.douyin.payloads import TokenData
from connectors.douyin.values import KEY, decode, ident, whole

PAGE = "https://fuwu.jinritemai.com/authorize"


def authorise_url(account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG001
    """See the contract. Where the owner is sent back to is fixed in the console. Option `service_id`: the service they order."""
    return page(PAGE, [("service_id", needed(account.options, "service_id", connector=KEY)), ("state", state)])


def exchange(answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:  # noqa: ARG001
    """See the contract. Tells the shop's number."""
    params = {"code": code_of(answer, connector=KEY), "grant_type": "authorization_code"}
    try:
        data = decode(TokenData, bytes(_send(api, "token.create", params, None)), None, "$.data")
    except TokenRefused:
        raise Rejected("code-refused", "token.create refuses the code", status=400, connector=KEY) from None
    seconds, shop = whole(data.expires_in, "$.data.expires_in", None) or 0, ident(data.shop_id)
    ends = api.now() + timedelta(seconds=max(0, min(seconds, 366 * _DAY)))
    return Authorised(Token(data.access_token, ends, data.refresh_token), {"shop_id": shop} if shop else {})
