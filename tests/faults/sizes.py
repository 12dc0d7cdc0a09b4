"""How much of a fault is played: a sample in the suite, all of it with HUITOU_FAULTS=full."""

from __future__ import annotations

import os


def is_full() -> bool:
    """Whether all of it is played."""
    return os.environ.get("HUITOU_FAULTS") == "full"


def size(sample: int, full: int) -> int:
    """How many."""
    return full if is_full() else sample
