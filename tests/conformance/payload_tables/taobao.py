"""Taobao's payloads."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

TABLE = {
    "trade_fullinfo_get_response.json": Told("order", "accept"),
    "traderates_get_response.json": Told("review", "accept", 2),
    # Messages name what changed and hold none of it.
    "tmc_messages_consume_response_docsample.json": Told("order", "permanent"),
    "tmc_content_TradeCreate_sandbox.json": Told("order", "permanent"),
    "tmc_content_RefundCreated_2017.json": Told("refund", "permanent"),
}
