"""Ele.me's payloads."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

OPTIONS = {"shop_id": "150128203"}
REQUESTS = frozenset({"api_getOrder_request.json"})  # a signed call to the platform, no push: see the vector in the tests
TABLE = {
    "push_new_order_type10.masked.json": Told("order", "accept"),
    "push_new_order_downgraded_type10.json": Told("order", "accept"),  # without amounts, which are not whole yet
    "push_self_delivery_type71.json": Told("order", "permanent"),  # names an order and holds none
    "api_getOrder_request.json": Told("order", "permanent"),
}
