"""Youzan's payloads."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

OPTIONS = {"kdt_id": "56232"}
TABLE = {
    "trade_get_closed_full_refund.json": Told("order", "accept", 3),  # the order and its two refunds
}
