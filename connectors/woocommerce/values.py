"""Single values as WooCommerce writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def utc(at: datetime | None) -> datetime | None:
    """A time of a `_gmt` field: UTC, with or without saying so."""
    if at is None:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def ident(value: int | str | None) -> str | None:
    """An id as text; None for nothing and for 0."""
    return str(value) if value and value != "0" else None


def text(value: str | None) -> str | None:
    """The text without outer blanks; None where nothing is left."""
    return value.strip() or None if value else None


def joined(separator: str, first: str | None, second: str | None) -> str | None:
    """Both parts, or the one that is there."""
    one, other = text(first), text(second)
    return f"{one}{separator}{other}" if one and other else one or other
