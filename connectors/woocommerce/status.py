"""WooCommerce's vocabularies as data. Source: the OrderStatus enum of its code reference, and its webhook topics."""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.order import Status

# `refunded` is settled by what the order tells: completed where it has a time of completion, else paid.
ORDER_STATUS: dict[str, Status] = {
    "pending": Status.PENDING_PAYMENT,  # checkout done, not paid
    "on-hold": Status.PENDING_PAYMENT,  # waits for a bank transfer
    "failed": Status.PENDING_PAYMENT,  # the payment failed; it may be tried again
    "processing": Status.PAID,  # paid, or cash on delivery: released to the shop
    "completed": Status.COMPLETED,  # merchants mark it when they ship
    "refunded": Status.PAID,  # all of it was paid back
    "cancelled": Status.CANCELLED,
    "trash": Status.CANCELLED,  # in the bin
}
REFUNDED = "refunded"

# Not orders yet: a checkout in the making.
DRAFTS = frozenset({"checkout-draft", "auto-draft", "draft"})

# The payment method as WooCommerce ships it; further ones by the option `cod_methods`.
COD_METHODS = frozenset({"cod"})

# Reviews that nobody is to see.
REVIEW_GONE = frozenset({"spam", "trash"})

RESOURCES: dict[str, EventKind] = {
    "order": "order",
    "customer": "buyer",
    "product": "product",
    "coupon": "other",
    "action": "other",  # a custom topic tells only that a hook ran
}
DELETED = "order.deleted"


def kind_of(topic: str) -> EventKind:
    """The kind of a topic such as `order.updated`; `other` for what is not known."""
    return RESOURCES.get(topic.partition(".")[0], "other")
