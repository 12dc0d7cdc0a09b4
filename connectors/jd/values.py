"""Names and readers that every part of the connector shares. Orders tell yuan as text, refund applications fen."""

from __future__ import annotations

from datetime import datetime

from chalicelib.toolkit.beijing import moment
from chalicelib.toolkit.loose import Id, Odd, Reader, epoch, exact_in, ident, money_in

KEY = "jd"
READ = Reader(KEY)
CURRENCY = "CNY"
yuan, yuan_at = exact_in(CURRENCY), money_in(CURRENCY)


def when(value: Id, name: str) -> datetime | None:
    """A local time of China as text, or Unix milliseconds. Odd on anything else."""
    if isinstance(value, str) and not value.isdigit():
        return moment(value, name)
    return epoch(value, name)


def digits(value: Id) -> str | None:
    """An id that is a number; None otherwise."""
    found = ident(value)
    return found if found and found.isascii() and found.isdigit() and len(found) < 25 else None


def required(value: Id, name: str) -> str:
    """An id that has to be there. Odd when it is not."""
    found = ident(value)
    if found is None:
        raise Odd("expected an id", name)
    return found
