"""Magento's payloads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.conformance.payload_tables import Told

TABLE = {
    "event_sales_order_save_commit_after.json": Told("order", "accept"),
    "adobe_io_event_signed.json": Told("order", "permanent"),  # signed, and about nothing of a shop's
    "order_docs_truncated.txt": Told("order", "permanent"),  # with dots for what was left out, as published
    "refund_request.json": Told("refund", "permanent"),  # what one sends to the shop
    "ship_request.json": Told("order", "permanent"),
}


def secrets(told: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """Adobe's own key and client."""
    return {"adobe_public_key": (told["public_key_pem"],), "adobe_client_id": (told["recipient_client_id"],)}
