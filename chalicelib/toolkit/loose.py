"""Values as platforms loosely write them: amounts and numbers as text, "null" for nothing, 0 for "not yet", `*` for masked.

Reading one value must cost little, so a failure names only the field; whoever holds the whole puts the path together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from chalicelib.domain.money import exponent
from chalicelib.errors import Permanent
from chalicelib.toolkit.amounts import minor_units
from chalicelib.toolkit.clocks import from_millis
from chalicelib.toolkit.decode import decoder, read

T = TypeVar("T")
Id = int | str | None
NOTHING = frozenset({"", "null", "NULL", "None"})
_EARLY, _LATE = 631_152_000, 7_258_118_400  # 1990 and 2200, between which seconds need no second look
_MILLIS_FROM = 10**11  # Unix seconds get there in the year 5138, milliseconds did in 1973
_LIMIT = 10**18
_REMEMBERED = 4096  # texts of amounts in one currency
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Odd(Exception):
    """A value that cannot be read, at `name` below the object at hand."""

    def __init__(self, detail: str, name: str) -> None:
        super().__init__(detail)
        self.detail, self.name = detail, name

    def below(self, parent: str) -> Odd:
        """The same, seen from the object that holds `parent`."""
        return Odd(self.detail, f"{parent}.{self.name}")


class Reader:
    """Decoding and refusing in the name of one connector."""

    def __init__(self, connector: str) -> None:
        self.connector = connector

    def decode(self, kind: type[T], payload: bytes, delivery_id: str | None, prefix: str = "$") -> T:
        """Decode one shape; a refusal (Permanent) has the path from `prefix` on. Fractions in fields of type Any are Decimal."""
        try:
            shape: T = read(decoder(kind, loose=True), payload, connector=self.connector, delivery_id=delivery_id)
        except Permanent as error:
            error.path = prefix + (error.path or "$")[1:]
            raise
        return shape

    def malformed(self, detail: str, path: str, delivery_id: str | None) -> Permanent:
        """The refusal of a payload at `path`."""
        return Permanent("payload-malformed", detail, connector=self.connector, path=path, delivery_id=delivery_id)

    def of(self, odd: Odd, path: str, delivery_id: str | None) -> Permanent:
        """The refusal of a payload that holds an odd value below `path`."""
        return self.malformed(odd.detail, f"{path}.{odd.name}", delivery_id)


def told(raw: msgspec.Raw) -> bool:
    """Whether a part that was left as it came is there and not null."""
    return bytes(raw) not in (b"", b"null")


def text(value: Id) -> str | None:
    """A word or an id; None for nothing."""
    if isinstance(value, str):
        return value if len(value) > 4 or value not in NOTHING else None
    return None if value is None else str(value)


def ident(value: Id) -> str | None:
    """An id that may be written as 0 where there is none."""
    if isinstance(value, str):
        return value if len(value) > 4 or (value != "0" and value not in NOTHING) else None
    return str(value) if value else None


def yes(value: object) -> bool:
    """A flag as true, 1, or either as text."""
    return value in (True, 1, "true", "True", "1")


def number(value: Id, name: str) -> int | None:
    """An integer; None for nothing. Odd on anything else."""
    if value is None:
        return None
    if isinstance(value, int):
        if -_LIMIT < value < _LIMIT:
            return value
        raise Odd("a number out of range", name)
    digits = value.strip()
    if digits.isascii() and digits.removeprefix("-").isdigit() and len(digits) < 19:
        return int(digits)
    if digits in NOTHING:
        return None
    raise Odd("expected an integer", name)


def epoch(value: Id, name: str) -> datetime | None:
    """Unix seconds or milliseconds, told apart by their size, as UTC; 0 and nothing are None. Odd on anything else."""
    found = (
        int(value) if isinstance(value, str) and len(value) < 19 and value.isascii() and value.isdigit() else number(value, name)
    )
    if not found:
        return None
    if _EARLY <= found < _LATE:
        return datetime.fromtimestamp(found, UTC)  # what nearly every time is
    if _EARLY * 1000 <= found < _LATE * 1000:
        return _EPOCH + timedelta(milliseconds=found)
    try:
        return from_millis(found if abs(found) >= _MILLIS_FROM else found * 1000)
    except ValueError as error:
        raise Odd(str(error), name) from None


_UNTOLD: dict[Any, int | None] = dict.fromkeys([None, *NOTHING])


class _Amounts(dict[Any, "int | None"]):
    """Amounts already read, by their text. What is no text is read anew each time: 1, 1.0 and true are one key to a dict."""

    def __init__(self, currency: str) -> None:
        super().__init__(_UNTOLD)
        self._currency = currency
        self._digits = exponent(currency)
        self._scale = int(10**self._digits)

    def __missing__(self, value: Any) -> int | None:
        if type(value) is not str:
            return minor_units(value, self._currency)
        if len(self) > _REMEMBERED:
            self.clear()
            self.update(_UNTOLD)
        self[value] = found = self._read(value)
        return found

    def _read(self, value: str) -> int:
        whole, point, fraction = value.partition(".")
        if whole.isdigit() and len(whole) < 16 and value.isascii():
            if not point:
                return int(whole) * self._scale
            if len(fraction) == self._digits and fraction.isdigit():
                return int(whole + fraction)
        return minor_units(value, self._currency)


@lru_cache(maxsize=64)
def exact_in(currency: str) -> Callable[[Any], int | None]:
    """A reader of amounts in major units of `currency`: text, int or Decimal to minor units, None for nothing.

    ValueError or TypeError on what `minor_units` refuses, and here when `currency` is none. It remembers what it read: the
    amounts of an order repeat, and most of them are zero.
    """
    return _Amounts(currency).__getitem__


@lru_cache(maxsize=64)
def money_in(currency: str) -> Callable[[Any, str], int | None]:
    """As `exact_in`, but what cannot be read is Odd under the name given with it."""
    exact = exact_in(currency)

    def read_amount(value: Any, name: str) -> int | None:
        try:
            return exact(value)
        except (ValueError, TypeError) as error:
            raise Odd(str(error), name) from None

    return read_amount


@cache
def _getter(name: str) -> attrgetter[Any]:
    return attrgetter(name)


def told_by(rows: Sequence[Any], name: str) -> set[Any]:
    """The different values that rows have in one field. TypeError on a value that cannot stand in a set."""
    return set(map(_getter(name), rows))


def column(rows: Sequence[Any], name: str, parse: Callable[[Any], T]) -> list[T]:
    """What `parse` makes of one field of every row. What it refuses is Odd at `[row].name`."""
    try:
        return list(map(parse, map(_getter(name), rows)))
    except (ValueError, TypeError):
        for index, row in enumerate(rows):
            try:
                parse(getattr(row, name))
            except (ValueError, TypeError) as error:
                raise Odd(str(error), f"[{index}].{name}") from None
        raise


def fields(row: Any, names: tuple[str, ...], parse: Callable[[Any], T]) -> list[T]:
    """What `parse` makes of several fields (two or more) of one row. What it refuses is Odd at the field's name."""
    try:
        return list(map(parse, _getters(names)(row)))
    except (ValueError, TypeError):
        for name in names:
            try:
                parse(getattr(row, name))
            except (ValueError, TypeError) as error:
                raise Odd(str(error), name) from None
        raise


@cache
def _getters(names: tuple[str, ...]) -> attrgetter[Any]:
    return attrgetter(*names)


def summed(values: Sequence[int | None]) -> int | None:
    """The sum; None where one of them is not known."""
    return None if None in values else sum(values)  # type: ignore[arg-type]


def shown(name: str, value: str | None, masked: list[str]) -> str | None:
    """A value that is told plainly, None for nothing; one with an asterisk in it is None and named in `masked`."""
    if not value or value in NOTHING:
        return None
    if "*" in value:
        masked.append(name)
        return None
    return value


def plain(name: str, value: str | None, masked: list[str], encrypted: list[str], ciphers: tuple[str, ...]) -> str | None:
    """As `shown`, and one that begins as cipher text does is None and named in `encrypted`."""
    if value and value.startswith(ciphers):
        encrypted.append(name)
        return None
    return shown(name, value, masked)
