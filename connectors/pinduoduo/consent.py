"""Pinduoduo's consent: its page, and the code exchanged for a token. Source: open.pinduoduo.com, pdd.pop.auth.token.create."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.contract import Account, Api, Authorised, Secrets, Token
from chalicelib.errors import Rejected
from chalicelib.toolkit.consents import code_of, page
from chalicelib.toolkit.loose import Id, Odd, ident
from connectors.pinduoduo.api import TokenRefused, _expiry, _inside, _post
from connectors.pinduoduo.payloads import Grant
from connectors.pinduoduo.values import KEY, READ

PAGE = "https://fuwu.pinduoduo.com/service-market/auth"
CREATE = "pdd.pop.auth.token.create"


class _Created(Grant):
    owner_id: Id = None


def authorise_url(account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG001
    """See the contract."""
    asked = [("response_type", "code"), ("client_id", secrets.one("client_id")), ("redirect_uri", redirect_uri), ("state", state)]
    return page(PAGE, asked)


def exchange(answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:  # noqa: ARG001
    """See the contract. Tells the shop's number."""
    try:
        body = _inside(CREATE, _post(api, CREATE, [("code", code_of(answer, connector=KEY))]))
    except TokenRefused:
        raise Rejected("code-refused", f"{CREATE} refuses the code", status=400, connector=KEY) from None
    told = READ.decode(_Created, body, None)
    mall = ident(told.owner_id)
    try:
        token = Token(told.access_token, _expiry(told, api.now()), told.refresh_token)
    except Odd as odd:
        raise READ.of(odd, "$", None) from None
    return Authorised(token, {"mall_id": mall} if mall else {})
