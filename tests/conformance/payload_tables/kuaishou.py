"""Kuaishou's payloads: pushes, opened or sealed, which name an order and hold none."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

TABLE = {
    "event_addOrder_decrypted.json": Told("order", "permanent"),
    "event_heartbeat_test.json": Told("order", "permanent"),
    "push_body_encrypted.txt": Told("order", "permanent"),
}
