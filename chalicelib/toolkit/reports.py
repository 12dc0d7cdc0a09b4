"""Rows of advertising reports: amounts finer than the smallest unit, fractional counts, days, and one event a page of rows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache, lru_cache
from typing import Any

import msgspec

from chalicelib.domain.money import exponent
from chalicelib.errors import Permanent
from chalicelib.toolkit.clocks import from_iso, rfc3339
from chalicelib.toolkit.loose import Odd

Number = int | Decimal | str | None
_MOST = 10**15
_LONGEST = 100  # places, as a text may have
_LIMIT, _ONE = Decimal(_MOST), Decimal(1)
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}", re.ASCII)
MILLION = Decimal(1_000_000)


def _exact(value: int | Decimal | str, name: str) -> Decimal:
    if type(value) is not Decimal:
        if type(value) is str and not _NUMBER.fullmatch(value):
            raise Odd("expected a number", name)
        return Decimal(value)
    if not value.is_finite() or value.adjusted() > _LONGEST:  # too large to be reckoned with at all
        raise Odd("a number out of range", name)
    return value


def _nearest(value: Decimal, name: str) -> int:
    if not -_LIMIT < value < _LIMIT:
        raise Odd("a number out of range", name)
    found = int(value)
    return found if found == value else int(value.quantize(_ONE, rounding=ROUND_HALF_EVEN))


@cache
def _units(currency: str) -> int:
    return int(10 ** exponent(currency))


def near_minor(value: Number, currency: str, name: str) -> int | None:
    """Major units to the nearest minor unit (half to even): a day's cost or attributed value may be finer. None stays None.

    Odd with the name on what is no number, or where `currency` is none.
    """
    if value is None:
        return None
    units = _scale(currency, name)
    if type(value) is int and -_MOST < value * units < _MOST:
        return value * units
    return _nearest(_exact(value, name) * units, name)


def micros(value: Number, currency: str, name: str) -> int | None:
    """Millionths of a major unit to the nearest minor unit, as `near_minor`."""
    if value is None:
        return None
    return _nearest(_exact(value, name) * _scale(currency, name) / MILLION, name)


def _scale(currency: str, name: str) -> int:
    try:
        return _units(currency)
    except ValueError as error:
        raise Odd(str(error), name) from None


def near_count(value: Number, name: str) -> int | None:
    """A count to the nearest whole (half to even): platforms that share a sale among several clicks report 4.33 of them."""
    return None if value is None else _nearest(_exact(value, name), name)


def whole(value: Number, name: str) -> int | None:
    """A count that is whole. Odd otherwise."""
    if value is None or (type(value) is int and -_MOST < value < _MOST):
        return value
    found = _exact(value, name)
    if found != (count := _nearest(found, name)):
        raise Odd("expected a whole number", name)
    return count


@lru_cache(maxsize=512)
def day_of(text: str | None, name: str) -> date:
    """`2026-05-01` or `20260501`. Odd otherwise."""
    try:
        if text and _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Odd("expected a day", name)


def read_at(text: str | None) -> datetime | None:
    """When a report was read, as we wrote it. Odd otherwise."""
    try:
        return from_iso(text) if text else None
    except (ValueError, OverflowError):
        raise Odd("expected a time", "reported_at") from None


def days(first: date, last: date, cursor: str | None, *, connector: str) -> Iterator[tuple[date, str | None]]:
    """Each day of `first..last` from the cursor on, with the cursor behind it. Permanent("cursor-malformed") on a foreign one."""
    try:
        day = date.fromisoformat(cursor) if cursor else first
    except ValueError:
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=connector) from None
    while day <= last:
        following = day + timedelta(days=1)
        yield day, following.isoformat() if following <= last else None
        day = following


def marked(document: Mapping[str, Any], now: datetime) -> tuple[str, bytes]:
    """The delivery id and the payload of a report: one that says the same has the same id, whenever it was read."""
    mark = hashlib.sha256(msgspec.json.encode(document)).hexdigest()[:40]
    return f"pull:spend:{mark}", msgspec.json.encode({**document, "reported_at": rfc3339(now)})
