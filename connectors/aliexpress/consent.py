"""AliExpress' consent: its page, and the code exchanged for a token. Source: AliExpress open platform, authorisation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.contract import Account, Api, Authorised, Secrets, Token
from chalicelib.errors import Rejected
from chalicelib.toolkit.consents import code_of
from chalicelib.toolkit.iop import TokenAnswer, TokenRefused, consent_page
from chalicelib.toolkit.loose import Id, Odd, ident
from connectors.aliexpress.api import HOST, _send
from connectors.aliexpress.values import KEY, READ

CREATE = "/auth/token/create"


class _Created(TokenAnswer):
    seller_id: Id = None


def authorise_url(account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG001
    """See the contract."""
    return consent_page(HOST, secrets.one("app_key"), redirect_uri, state)


def exchange(answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:  # noqa: ARG001
    """See the contract. Tells the seller's id."""
    try:
        body = _send(api, f"/rest{CREATE}", CREATE, [("code", code_of(answer, connector=KEY))])
    except TokenRefused:
        raise Rejected("code-refused", f"{CREATE} refuses the code", status=400, connector=KEY) from None
    told = READ.decode(_Created, body, None)
    seller = ident(told.seller_id)
    try:
        return Authorised(
            Token(told.access_token, told.expires_at(api.now()), told.refresh_token), {"seller_id": seller} if seller else {}
        )
    except Odd as odd:
        raise READ.of(odd, "$", None) from None
