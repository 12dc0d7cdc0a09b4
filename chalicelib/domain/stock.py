"""Stock by sku, as the merchant counts it. Pure.

A count holds until the next one, but not for longer than `KEPT_DAYS`: stock is no matter of last season's count. What was never
counted, or too long ago, is unknown, not sold out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

KEPT_DAYS = 31


@dataclass(frozen=True, slots=True)
class StockRow:
    """A count. `on_hand` pieces, of which `reserved` are sold and not yet sent (None: not told).

    `value` of what is on hand, at cost, in minor units of `currency`; None: the product master's cost tells it.
    """

    day: date
    sku: str
    on_hand: int
    reserved: int | None = None
    value: int | None = None
    currency: str | None = None

    @property
    def available(self) -> int:
        """What can still be sold; below nothing where more is sold than there is."""
        return self.on_hand - (self.reserved or 0)


@dataclass(frozen=True)
class Stock:
    """Counts of some months, one a sku and day."""

    rows: tuple[StockRow, ...] = ()

    def on(self, day: date) -> Mapping[str, StockRow]:
        """What holds on a day, by sku: the newest count up to it, its own day beside it."""
        held: dict[str, StockRow] = {}
        for row in self._ascending:
            if row.day > day:
                break
            if row.day > day - timedelta(days=KEPT_DAYS):
                held[row.sku] = row
        return held

    @property
    def newest(self) -> date | None:
        """The day of the last count; None without one."""
        return self._ascending[-1].day if self._ascending else None

    @cached_property
    def _ascending(self) -> list[StockRow]:
        return sorted(self.rows, key=_day)


def months_of(first: date, last: date) -> tuple[str, ...]:
    """The months that the counts which hold on some days lie in: `2026-11`, ascending."""
    found = []
    month = (first - timedelta(days=KEPT_DAYS - 1)).replace(day=1)
    while month <= last:
        found.append(f"{month:%Y-%m}")
        month = (month + timedelta(days=31)).replace(day=1)
    return tuple(found)


def merged(parts: Iterable[Stock]) -> Stock:
    """Counts of several months as one."""
    return Stock(tuple(row for part in parts for row in part.rows))


def _day(row: StockRow) -> tuple[date, str]:
    return row.day, row.sku
