"""Time: parsing what platforms write into aware UTC datetimes, and checking signed timestamps."""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.errors import Rejected

_INTEGER = re.compile(r"-?[0-9]{1,19}")
_EARLIEST = 631_152_000_000  # 1990, in milliseconds
_LATEST = 7_258_118_400_000  # 2200


def from_iso(text: str, zone: ZoneInfo | None = None) -> datetime:
    """Parse ISO 8601 / RFC 3339 into UTC. Without an offset `zone` applies; without both, or as in `in_utc`: ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        if zone is None:
            raise ValueError("a time without a zone")
        at = at.replace(tzinfo=zone)
    return in_utc(at)


def utc(at: datetime | None) -> datetime | None:
    """The same instant in UTC. One without a zone is UTC: for fields that are, and for shapes that demand a zone.

    None in the years of `in_utc`: the first of January of year 1 is how some programs write that there is no time.
    """
    if at is None:
        return None
    try:
        return in_utc(at.replace(tzinfo=UTC) if at.tzinfo is None else at)
    except ValueError:
        return None


def in_utc(at: datetime) -> datetime:
    """The same instant in UTC. In the first and the last year that there is, where some zone would have no day: ValueError."""
    if not MINYEAR < at.year < MAXYEAR:
        raise ValueError("a time out of range")
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def from_seconds(seconds: int) -> datetime | None:
    """Unix seconds to UTC; 0 means unset on the platforms that write it. Out of range: ValueError."""
    return from_millis(seconds * 1000)


def from_millis(millis: int) -> datetime | None:
    """Unix milliseconds to UTC; 0 means unset. Outside 1990 to 2200 (a wrong unit, most often): ValueError."""
    if millis == 0:
        return None
    if not _EARLIEST <= millis <= _LATEST:
        raise ValueError("a time out of range")
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis)


def to_millis(at: datetime) -> int:
    """UTC milliseconds since 1970, exact."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def rfc3339(at: datetime) -> str:
    """UTC with `Z`, milliseconds only where there are any."""
    told = at.astimezone(UTC)
    return told.isoformat(timespec="milliseconds" if told.microsecond else "seconds").replace("+00:00", "Z")


def require_fresh(stamp: str | None, now: datetime, tolerance: timedelta) -> None:
    """Refuse a signed timestamp (Unix seconds as text) further than `tolerance` from `now`, past or future: Rejected 401."""
    if stamp is None or not _INTEGER.fullmatch(stamp):
        raise Rejected("timestamp-malformed", "the signed timestamp is not an integer")
    if abs(int(stamp) - now.timestamp()) > tolerance.total_seconds():
        raise Rejected("timestamp-stale", "the signed timestamp is outside the tolerance")
