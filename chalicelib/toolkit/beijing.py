"""Local times of China, which its platforms write without a zone: `2026-11-11 00:00:01`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from chalicelib.toolkit.loose import Odd

ZONE = timezone(timedelta(hours=8))  # Asia/Shanghai has kept this offset since 1991, before any platform's first order
_FORM = "%Y-%m-%d %H:%M:%S"
_NEVER = ("0001-", "0000-", "1970-01-01")  # how platforms write a time that has not come
_YEARS = range(1992, 2200)


@lru_cache(maxsize=4096)
def instant(text: str | None) -> datetime | None:
    """A local time as UTC; None for nothing and for the times that mean nothing. ValueError on anything else."""
    if not text or text.startswith(_NEVER):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("expected a local time") from None
    if at.tzinfo is not None or len(text) < 19 or at.year not in _YEARS:
        raise ValueError("expected a local time")
    return at.replace(tzinfo=ZONE).astimezone(UTC)


def moment(text: str | None, name: str) -> datetime | None:
    """As `instant`, but what cannot be read is Odd under the name given with it."""
    try:
        return instant(text)
    except ValueError as error:
        raise Odd(str(error), name) from None


def wall(at: datetime) -> str:
    """An instant as the platforms want it told: local time of China to the second."""
    return at.astimezone(ZONE).strftime(_FORM)
