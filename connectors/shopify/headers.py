"""What verification reads of a delivery: its headers, and the shop they must name. It loads no shapes and no mapping."""

from __future__ import annotations

from chalicelib.contract import Account, RawRequest

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
