"""AliExpress's payloads."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

TABLE = {
    "solution_order_get.json": Told("order", "accept"),
    "solution_order_fulfill.json": Told("order", "permanent"),  # says that goods were sent, holds no order
    "webhook_ds_order_status.json": Told("order", "permanent"),  # names an order, holds none
    "webhook_ds_order_status.docs.txt": Told("order", "permanent"),
    "top_request_sign.json": Told("order", "permanent"),
}
