"""WooCommerce's payloads."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

# A refund alone does not tell its currency.
OPTIONS = {"currency": "USD"}
TABLE = {
    "order.json": Told("order", "accept"),
    "orders_list.json": Told("order", "accept", 4),  # two orders, the second with two refunds
    "refund.json": Told("refund", "accept"),
    "refunds_list.json": Told("refund", "accept", 2),
    "reviews_list.json": Told("review", "accept", 2),
    "customer.json": Told("buyer", "skippable"),  # WooCommerce keeps no consent
    "webhook_created.json": Told("order", "permanent"),
    "order_note.json": Told("order", "permanent"),
}
