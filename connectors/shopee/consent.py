"""Shopee's consent: a signed link, and the code exchanged for the first pair of tokens. Source: open.shopee.com, authorisation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.contract import Account, Api, Authorised, Secrets, Token
from chalicelib.errors import ConfigError, Rejected
from chalicelib.toolkit.consents import code_of, needed, page, same_shop
from chalicelib.toolkit.texts import digits
from connectors.shopee import status
from connectors.shopee.api import PREFIX, TokenRefused, _expiry, _partner, _send, error_of, sign
from connectors.shopee.payloads import TokenAnswer
from connectors.shopee.values import KEY, READ, shop_of

LINK = f"{PREFIX}shop/auth_partner"
CREATE = "auth/token/get"


def authorise_url(account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
    """See the contract. The link has no state of its own: it goes with the address that the owner is sent back to."""
    host = status.HOSTS.get(account.options.get("host", "global"))
    if host is None:
        raise ConfigError("option-malformed", "the option host must be one of " + ", ".join(sorted(status.HOSTS)), connector=KEY)
    partner, stamp = secrets.one("partner_id"), str(int(now.timestamp()))
    signature = sign(secrets.one("partner_key"), partner, LINK, stamp)
    back = page(redirect_uri, [("state", state)])
    return page(f"https://{host}{LINK}", [("partner_id", partner), ("timestamp", stamp), ("sign", signature), ("redirect", back)])


def exchange(answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:  # noqa: ARG001
    """See the contract. Tells the shop's number."""
    code, shop = code_of(answer, connector=KEY), digits(needed(answer, "shop_id", connector=KEY))
    if shop is None:
        raise Rejected("shop-malformed", "shop_id is no number", status=400, connector=KEY)
    same_shop(shop_of(api.account, api.secrets), shop, connector=KEY)
    body = {"code": code, "partner_id": int(_partner(api)), "shop_id": int(shop)}
    told = READ.decode(TokenAnswer, _send(api, CREATE, (), body, ()), None)
    if told.error not in status.SUCCESS:
        found = error_of(CREATE, told.error or "", api.now())
        if isinstance(found, TokenRefused):
            raise Rejected("code-refused", f"{CREATE} refuses the code", status=400, connector=KEY)
        raise found
    if not told.access_token or not told.refresh_token:
        raise READ.malformed("an answer without tokens", "$.access_token", None)
    return Authorised(Token(told.access_token, _expiry(told.expire_in, api.now()), told.refresh_token), {"shop_id": shop})
