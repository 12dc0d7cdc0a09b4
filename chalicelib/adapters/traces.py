"""Which delivery an item of the table came of, as its image on the stream tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.adapters.orders import decode_told
from chalicelib.adapters.table import get_bytes, get_text
from chalicelib.tracing import of_archive


def trace_of(image: Mapping[str, Any]) -> str | None:
    """Of an order the last telling that changed it; of a review or question that which it stems from; None of anything else."""
    if image.get("kind", {}).get("S") != "order":
        return of_archive(get_text(image, "raw"))
    told = decode_told(get_bytes(image, "told"), "")
    return of_archive(told[-1].archive_key) if told else None
