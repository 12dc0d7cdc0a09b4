"""What verification reads of a delivery: its headers, and the shop they must name. It loads no shapes and no mapping."""

from __future__ import annotations

from chalicelib.contract import Account, RawRequest
from chalicelib.errors import Rejected

KEY = "shopify"
OLD, NEW = "x-shopify-", "shopify-"  # classic webhooks, and Events deliveries


def prefix_of(request: RawRequest) -> str:
    """What the names of this delivery's headers begin with."""
    return NEW if "shopify-hmac-sha256" in request.headers or "shopify-topic" in request.headers else OLD


def topic_of(request: RawRequest, prefix: str) -> str | None:
    """The topic; an Events delivery tells resource and action apart."""
    topic = request.header(f"{prefix}topic") or None
    if topic is None or prefix == OLD or "/" in topic:
        return topic
    return f"{topic}/{request.header('shopify-action') or 'update'}"


def shop_of(account: Account) -> str | None:
    """The configured shop as `name.myshopify.com`, None when none is. `acme` alone is completed."""
    name = account.options.get("shop", "").strip().lower()
    if not name:
        return None
    return name if "." in name else f"{name}.myshopify.com"


def short_name(domain: str) -> str:
    """A shop's domain as accounts and records name it: without `.myshopify.com`."""
    return domain.strip().lower().removesuffix(".myshopify.com")


def shop_named(request: RawRequest, prefix: str, account: Account) -> dict[str, str] | None:
    """The option by which the delivery's shop is known, as the account spells it where it is its own.

    None for the account of the address: one without the option that is called like the shop, and a delivery that names no
    shop. Where the account has one, the latter is Rejected 404, for Shopify always names it.
    """
    shop, named = shop_of(account), short_name(request.header(f"{prefix}shop-domain") or "")
    if not named:
        if shop is not None:
            raise Rejected("shop-mismatch", "the delivery names no shop", status=404, connector=KEY)
        return None
    if shop is None:
        return None if named == account.account.lower() else {"shop": named}
    return {"shop": account.options["shop"] if named == short_name(shop) else named}
