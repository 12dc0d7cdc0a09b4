"""Single values as AliExpress writes them: times without a zone are US Pacific, amounts are objects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from chalicelib.toolkit.clocks import from_iso
from chalicelib.toolkit.loose import NOTHING, Odd, Reader, exact_in, number
from connectors.aliexpress.payloads import Money

KEY = "aliexpress"
READ = Reader(KEY)
PACIFIC = "America/Los_Angeles"
T = TypeVar("T")


def rows(wrapped: Mapping[str, list[T]] | list[T] | None) -> list[T]:
    """The list inside its wrapper, whatever that is called, or bare."""
    if isinstance(wrapped, list):
        return wrapped
    return next(iter(wrapped.values()), []) if wrapped else []


@lru_cache(maxsize=1024)
def instant(value: str | None) -> datetime | None:
    """US Pacific time without a zone as UTC; None for nothing. ValueError otherwise."""
    if value is None or value in NOTHING:
        return None
    return from_iso(value, ZoneInfo(PACIFIC))


def moment(value: str | None, name: str) -> datetime | None:
    """As `instant`, but what cannot be read is Odd under the name given with it."""
    try:
        return instant(value)
    except (ValueError, OverflowError):
        raise Odd("expected a time", name) from None


def pacific(at: datetime) -> str:
    """A time as a search wants it."""
    return at.astimezone(ZoneInfo(PACIFIC)).strftime("%Y-%m-%d %H:%M:%S")


def money(value: Money | None, currency: str, name: str) -> int | None:
    """Minor units; None for nothing. Odd on another currency or what cannot be read."""
    if value is None:
        return None
    if value.currency_code not in (None, currency):
        raise Odd("an amount in another currency", f"{name}.currency_code")
    told = value.amount if value.amount is not None else value.amount_str
    try:
        exact = exact_in(currency)
        found = exact(told)
        if found is None and value.cent is not None and number(value.cent_factor, name) == exact(1):
            return number(value.cent, name)
        return found
    except (ValueError, TypeError) as error:
        raise Odd(str(error), f"{name}.amount") from None
