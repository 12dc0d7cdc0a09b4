"""Xiaohongshu's payloads: the inner part of pushes, which names an object and holds none, and texts that are no JSON."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

TABLE = {
    "api_order_detail_agiso_relay.txt": Told("order", "permanent"),  # JSON with comments in it
    "api_sign_example.txt": Told("order", "permanent"),
    "api_v1_sign_example.json": Told("order", "permanent"),
    "msg_after_sale_audit_pass.data.json": Told("refund", "permanent"),
    "msg_after_sale_confirm_receive.data.json": Told("refund", "permanent"),
    "msg_after_sale_create.data.json": Told("refund", "permanent"),
    "msg_fulfillment_delivery_time_change.data.json": Told("order", "permanent"),
    "msg_fulfillment_status_change.data.json": Told("order", "permanent"),
    "msg_sku_buyable.data.json": Told("order", "permanent"),
}
