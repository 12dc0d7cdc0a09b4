"""1688's payloads."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

OPTIONS = {"member_id": "b2b-221741213935443542"}
TABLE = {
    "getSellerOrderList_docsample.txt": Told("order", "permanent"),  # no JSON: numbers are masked without quotes
    "push_ORDER_BUYER_VIEW_ORDER_PAY.form.txt": Told("order", "permanent"),  # names an order and holds none, not as on the wire
    "push_cursor_messageList.json": Told("order", "permanent"),
    "push_query_messageList.json": Told("order", "permanent"),
    "sign_vector.txt": Told("order", "permanent"),
}
