"""Pinduoduo's payloads: most are what stands inside an answer's wrapper."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

TABLE = {
    "order_list_get.value.json": Told("order", "accept"),
    "order_number_list_increment_get.value.json": Told("order", "accept"),
    "refund_list_increment_get.value.json": Told("refund", "accept"),
    "order_number_list_get.value.json": Told("order", "permanent"),  # numbers alone
    "order_status_get.value.json": Told("order", "permanent"),
    "refund_status_check.value.json": Told("refund", "permanent"),
    # Messages name what changed and hold none of it.
    "msg_trade_TradeConfirmed.json": Told("order", "permanent"),
    "ws_frame_common_sdktest.json": Told("order", "permanent"),
}
