"""Lazada's payloads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.conformance.payload_tables import Told

OPTIONS = {"country": "sg"}
TABLE = {
    "orders_get.json": Told("order", "accept"),
    "order_items_get.json": Told("order", "accept"),
    # Pushes name what changed and hold none of it.
    "webhook_trade_order.json": Told("order", "permanent"),
    "webhook_reverse_in_trade_order.json": Told("refund", "permanent"),
    "webhook_product_review.json": Told("review", "permanent"),
    "webhook_auth_expiry.json": Told("account", "skippable"),
    "webhook_trade_order.docs.txt": Told("order", "permanent"),  # with comments, as published
    "webhook_im_message.txt": Told("message", "permanent"),  # a brace too many, as published
    "webhook_im_session_update.txt": Told("message", "permanent"),
    "request_sign_official.json": Told("order", "permanent"),
    "webhook_auth_expiry.docs.txt": Told("order", "permanent"),
    "webhook_official_signature_example.txt": Told("order", "permanent"),
    "webhook_product_review.docs.txt": Told("review", "permanent"),
    "webhook_reverse_in_trade_order.docs.txt": Told("refund", "permanent"),
}


def secrets(told: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """The secrets of a signed payload, as its headers file names them."""
    return {name: (told[name],) for name in ("app_key", "app_secret")}
