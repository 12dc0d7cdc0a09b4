"""TikTok Shop's payloads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.conformance.payload_tables import Told

TABLE = {
    "order_detail_202507.json": Told("order", "accept"),
    "order_data_awaiting_collection.json": Told("order", "accept"),
    "webhook_new_message.json": Told("message", "accept"),
    # Pushes name what changed and hold none of it.
    "webhook_order_status_doc.json": Told("order", "permanent"),
    "webhook_order_status_official.json": Told("order", "permanent"),
    "webhook_cancellation.json": Told("refund", "permanent"),
    "webhook_return.txt": Told("refund", "permanent"),  # a comma too few, as published
    "webhook_deauthorized.json": Told("account", "skippable"),
    "webhook_product_audit.json": Told("product", "skippable"),
    "webhook_product_status.json": Told("product", "skippable"),
    "request_sign_official.json": Told("order", "permanent"),
    "request_sign_put_webhook.json": Told("order", "permanent"),
}


def secrets(told: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """The secrets of a signed payload, as its headers file names them."""
    return {name: (told[name],) for name in ("app_key", "app_secret")}


def headers(told: Mapping[str, Any]) -> Mapping[str, str]:
    """The headers of a signed payload, which its file names beside the secrets."""
    return {name: value for name, value in told.items() if name == "Authorization"}
