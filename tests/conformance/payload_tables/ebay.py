"""eBay's payloads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.conformance.payload_tables import Told

TABLE = {
    "order_sandbox_masked.json": Told("order", "accept"),
    "account_deletion_message.json": Told("privacy", "accept", least=2),
    "account_deletion_signed_raw.json": Told("privacy", "accept", least=2),
    "public_key_response.json": Told("order", "permanent"),  # an answer to key fetching
    "digital_signature_vector.txt": Told("order", "permanent"),  # the source of a test of outgoing signatures
}


def secrets(told: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """The key beside a signed payload, as fetching it would hand it out."""
    return {f"public_key:{told['public_key_id']}": (told["public_key_response"]["key"],)}
