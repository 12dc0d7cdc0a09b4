"""Shopify's payloads."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

TABLE = {
    "rest_order_detail.json": Told("order", "accept", 2),
    "rest_order_fulfilled.json": Told("order", "accept", 1),
    "rest_orders_list.json": Told("order", "accept", 2),
    "rest_refunds_list.json": Told("refund", "accept", 1),
    "rest_fulfillments_list.json": Told("parcel", "skippable"),  # its one fulfilment failed
    "goshopify_fulfillment.json": Told("parcel", "accept"),
    "rest_customer.json": Told("buyer", "accept", 2),
    "goshopify_customer.json": Told("buyer", "accept", 2),
    "rest_transactions_list.json": Told("order", "permanent"),
    "goshopify_transaction.json": Told("order", "permanent"),
    "rest_webhook_subscription.json": Told("order", "permanent"),
    "goshopify_webhook.json": Told("refund", "permanent"),
    "webhook_signed_sdk.json": Told("order", "permanent"),
}
