"""Lazada's consent: its page, and the code exchanged for a token. Source: open.lazada.com, seller authorisation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from chalicelib.contract import Account, Api, Authorised, Secrets, Token
from chalicelib.errors import Rejected
from chalicelib.toolkit.consents import code_of
from chalicelib.toolkit.iop import TokenAnswer, TokenRefused, consent_page
from chalicelib.toolkit.loose import Id, Odd, ident
from connectors.lazada.api import AUTH_HOST, _send
from connectors.lazada.values import KEY, READ, country_of

CREATE = "/auth/token/create"


class _Country(msgspec.Struct, gc=False):
    country: str | None = None
    seller_id: Id = None


class _Created(TokenAnswer):
    country_user_info: list[_Country] | None = None


def authorise_url(account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG001
    """See the contract."""
    return consent_page(AUTH_HOST, secrets.one("app_key"), redirect_uri, state)


def exchange(answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:  # noqa: ARG001
    """See the contract. Tells the seller's id in the account's country."""
    try:
        body = _send(api, AUTH_HOST, CREATE, [("code", code_of(answer, connector=KEY))], "GET")
    except TokenRefused:
        raise Rejected("code-refused", f"{CREATE} refuses the code", status=400, connector=KEY) from None
    told = READ.decode(_Created, body, None)
    country = country_of(api.account)
    sellers = [ident(each.seller_id) for each in told.country_user_info or () if (each.country or "").lower() == country]
    try:
        token = Token(told.access_token, told.expires_at(api.now()), told.refresh_token)
    except Odd as odd:
        raise READ.of(odd, "$", None) from None
    return Authorised(token, {"seller_id": sellers[0]} if len(sellers) == 1 and sellers[0] else {})
