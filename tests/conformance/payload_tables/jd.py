"""JD's payloads."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

TABLE = {
    "order_get_wait_seller_stock_out.json": Told("order", "accept", 2),  # a child of a split, and its parent
    "sign_vector.txt": Told("order", "permanent"),
}
