"""Single values as Magento writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from chalicelib.toolkit.loose import Odd, Reader, ident

KEY = "magento"
READ = Reader(KEY)


def utc(at: datetime | None) -> datetime | None:
    """A time without a zone is UTC."""
    if at is None:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def quantity(told: int | Decimal | None, name: str) -> int | Decimal:
    """A count of pieces, of which a part may be sold; nothing is 0. Odd on what is none."""
    if told is None:
        return 0
    if type(told) is int:
        found: int | Decimal = told
    else:
        number = Decimal(told)
        if not number.is_finite() or number >= 10**9:
            raise Odd("a quantity out of range", name)
        found = int(number) if number == int(number) else number
    if not 0 <= found < 10**9:
        raise Odd("a quantity out of range", name)
    return found


def digits(value: int | str | None) -> str | None:
    """An id that goes into a path: digits only, None otherwise."""
    found = ident(value)
    return found if found and found.isascii() and found.isdigit() and len(found) < 21 else None


def text(value: str | None) -> str | None:
    """The text without outer blanks; None where nothing is left."""
    return value.strip() or None if value else None


def joined(separator: str, *parts: str | None) -> str | None:
    """The parts that are there, joined; None where there are none."""
    return separator.join(found for part in parts if (found := text(part))) or None
