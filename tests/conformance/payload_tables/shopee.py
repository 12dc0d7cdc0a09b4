"""Shopee's payloads."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

OPTIONS = {"region": "SG", "user_id": "880001"}
TABLE = {
    "get_comment.json": Told("review", "accept"),
    "get_return_list.json": Told("refund", "accept"),
    "get_all_cpc_ads_daily_performance.json": Told("spend", "accept"),
    "get_order_detail.txt": Told("order", "permanent"),  # a brace too many and a comma too few, as published
    "get_order_list.json": Told("order", "permanent"),  # names orders, holds none
    "get_lost_push_message.json": Told("order", "permanent"),
    # Pushes name an order and hold none.
    "webhook_order_status_doc.json": Told("order", "permanent"),
    "webhook_order_status_live.json": Told("order", "permanent"),
    "webhook_item_price_update.json": Told("product", "skippable"),
    "webhook_verification.json": Told("account", "skippable"),
    # Answers of other calls.
    "get_access_token.txt": Told("order", "permanent"),
    "get_tracking_number.json": Told("order", "permanent"),
    "refresh_access_token.json": Told("order", "permanent"),
    "reply_comment.json": Told("order", "permanent"),
}
