"""The case of a bad review, told and noted at one moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain.case import Case, Telling


def bad_review(at: datetime, **changes: Any) -> Case:
    """A drafted case with one star; `changes` are what else it is."""
    plain = Case(
        kind="review",
        telling=Telling(1, 0, "a"),
        state="drafted",
        band="negative",
        sentiment="negative",
        topics=(),
        severity="none",
        unsure=False,
        stars=1,
        locale="en",
        told_at=at,
        noted_at=at,
    )
    return msgspec.structs.replace(plain, **changes)
