"""Magento's vocabularies as data. Sources: the state constants of its order and credit memo models; Adobe's event names."""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.order import RefundState, Status

# `state` is fixed, `status` is the merchant's own word below it. None: settled by what was shipped, or by what came before.
ORDER_STATE: dict[str, Status | None] = {
    "new": Status.PENDING_PAYMENT,  # offline payments stay here until they are invoiced
    "pending_payment": Status.PENDING_PAYMENT,
    "payment_review": Status.PENDING_PAYMENT,
    "processing": None,  # invoiced: what was shipped decides
    "holded": None,  # what was before it decides
    "complete": Status.SHIPPED,  # invoiced and shipped; nothing tells of arrival
    "closed": None,  # all of it was paid back: what was shipped decides
    "canceled": Status.CANCELLED,
}
NEW, PROCESSING, HOLD, CLOSED, COMPLETE, REVIEW = "new", "processing", "holded", "closed", "complete", "payment_review"
FRAUD = "fraud"  # a status below any state: somebody has to look at it

CREDITMEMO: dict[int, RefundState] = {
    1: RefundState.APPROVED,  # open
    2: RefundState.SUCCEEDED,  # refunded
    3: RefundState.CLOSED,  # canceled
}
COD = frozenset({"cashondelivery"})
UNSHIPPED = frozenset({"virtual", "downloadable", "giftcard"})  # product types of which nothing is sent
BUNDLE = "bundle"

# What of a CloudEvents type follows `com.adobe.commerce.` [docs; review from memory], and where the order's id stands.
PREFIX = "com.adobe.commerce."
EVENTS: dict[str, tuple[EventKind, str]] = {
    "observer.sales_order_save_commit_after": ("order", "entity_id"),
    "observer.sales_order_save_after": ("order", "entity_id"),
    "observer.sales_order_place_after": ("order", "entity_id"),
    "observer.sales_order_invoice_save_commit_after": ("order", "order_id"),
    "observer.sales_order_shipment_save_commit_after": ("order", "order_id"),
    "observer.sales_order_shipment_track_save_commit_after": ("order", "order_id"),
    "observer.sales_order_creditmemo_save_commit_after": ("order", "order_id"),
    "observer.rma_save_commit_after": ("order", "order_id"),
    "observer.customer_save_commit_after": ("buyer", "entity_id"),
    "observer.customer_delete_commit_after": ("buyer", "entity_id"),
    "observer.review_save_commit_after": ("other", "entity_id"),  # there is no REST to read it by
}
