"""Shopify's vocabularies as data. What is not listed is unknown and is counted, never guessed.

Source: Order resource of the Admin API (REST `financial_status`, `fulfillment_status`) and the GraphQL enums
OrderDisplayFinancialStatus and OrderDisplayFulfillmentStatus. GraphQL names are folded to lower case before the look-up.
"""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.order import Status

CANCELLED_BY_FINANCE = "voided"

BY_FINANCE: dict[str, Status] = {
    "pending": Status.PENDING_PAYMENT,
    "authorized": Status.PENDING_PAYMENT,
    "expired": Status.PENDING_PAYMENT,
    "partially_paid": Status.PENDING_PAYMENT,
    "paid": Status.PAID,
    "partially_refunded": Status.PAID,
    "refunded": Status.PAID,
}

# None: nothing has left the shop, so finance decides.
BY_FULFILMENT: dict[str, Status | None] = {
    "unfulfilled": None,
    "pending": None,
    "restocked": None,
    "open": None,
    "in_progress": None,
    "pending_fulfillment": None,
    "on_hold": None,
    "scheduled": None,
    "request_declined": None,
    "fulfillment_not_required": None,  # API version 2026-10: nothing to ship
    "partial": Status.PARTIALLY_SHIPPED,
    "partially_fulfilled": Status.PARTIALLY_SHIPPED,
    "fulfilled": Status.SHIPPED,
}

# What of the total has been captured, by finance: all of it, none of it; the rest must be told in figures.
CAPTURED_ALL = frozenset({"paid", "partially_refunded", "refunded"})
CAPTURED_NONE = frozenset({"pending", "authorized", "expired", "voided"})

# Finance says itself that money went back, or that none did.
REFUNDED = frozenset({"refunded", "partially_refunded"})
NEVER_REFUNDED = frozenset({"pending", "authorized", "expired", "partially_paid", "paid", "voided"})

# A fulfilment that carried goods; `pending` and `open` are booked but not gone; the rest never left.
FULFILMENT_DONE = frozenset({"success"})
FULFILMENT_BOOKED = frozenset({"pending", "open"})
DELIVERED = "delivered"

# GraphQL OrderReturnStatus: the buyer asked and nothing is settled yet.
RETURN_OPEN = frozenset({"return_requested", "in_progress"})

# Name of the manual payment method as the admin creates it; shops may rename it (option `cod_gateways`).
COD_GATEWAYS = frozenset({"cash on delivery (cod)", "cash_on_delivery", "cod"})

CONSENT_GRANTED = "subscribed"

PRIVACY_TOPICS = ("customers/data_request", "customers/redact", "shop/redact")

# Topics with a mapping of their own, then by what stands before the slash.
BY_TOPIC: dict[str, EventKind] = {
    **dict.fromkeys(PRIVACY_TOPICS, "privacy"),
    "orders/delete": "other",  # the body is an id alone: the order as it was stays, see the documentation
    "order/delete": "other",
    "refunds/create": "refund",
    "fulfillments/create": "parcel",
    "fulfillments/update": "parcel",
    "app/uninstalled": "privacy",
    "app/scopes_update": "account",
    "shop/update": "account",
}
BY_FAMILY: dict[str, EventKind] = {
    "orders": "order",
    "order": "order",
    "refund": "refund",
    "fulfillment": "parcel",
    "customers": "buyer",
    "customer": "buyer",
    "customers_marketing_consent": "buyer",
    "customers_email_marketing_consent": "buyer",
    "products": "product",
    "product": "product",
}


def kind_of(topic: str) -> EventKind:
    """The kind of a topic of either style (`orders/create`, `Order/update`); `other` for what is not mapped."""
    name = topic.lower()
    found = BY_TOPIC.get(name)
    return found if found is not None else BY_FAMILY.get(name.partition("/")[0], "other")
