"""Recorded Lambda events, `tests/events/*.json`, and the shape of an event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parent.parent / "events"


def recorded(name: str) -> Any:
    """A recorded event, made afresh, so that a test may change it."""
    return json.loads((EVENTS / f"{name}.json").read_bytes())


def shape(value: Any) -> Any:
    """Names and types of an event, without its values: an object by name, a list by its items, the rest by type."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in sorted(value.items())}
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value if value is None else "flag"
    return "number" if isinstance(value, int | float) else type(value).__name__
