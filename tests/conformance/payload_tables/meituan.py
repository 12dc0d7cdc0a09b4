"""Meituan's payloads."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

OPTIONS = {"app_poi_code": "23"}
TABLE = {
    "api_order_list.masked.json": Told("order", "accept"),
    "push_confirmed_order_decoded.masked.json": Told("order", "accept"),
    "push_new_order_cod.params.json": Told("order", "accept"),
}
