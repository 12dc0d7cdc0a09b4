"""Visits by account and day, as the merchant's own sheet tells them. Pure.

Visitors of two days are not the visitors of both together, since who comes twice is one. What is added up over days is therefore
named visitor days; conversion divides orders of the same days by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from chalicelib.domain.cost_terms import AccountKey


@dataclass(frozen=True, slots=True)
class TrafficRow:
    """A day of an account: unique visitors, and pages they viewed. None: not told."""

    day: date
    platform: str
    account: str
    uv: int | None = None
    pv: int | None = None


@dataclass(frozen=True, slots=True)
class Visits:
    """What is known of some days of an account. `uv` adds up to visitor days, over the days in `uv_days`; `pv` likewise."""

    uv: int = 0
    pv: int = 0
    uv_days: frozenset[date] = field(default_factory=frozenset)
    pv_days: frozenset[date] = field(default_factory=frozenset)

    def covers(self, days: Sequence[date]) -> bool:
        """Whether visitors are told of every one of these days."""
        return self.uv_days.issuperset(days)


@dataclass(frozen=True)
class Traffic:
    """Visits of some accounts and days, one row each."""

    rows: tuple[TrafficRow, ...] = ()

    def of(self, first: date, last: date) -> Mapping[AccountKey, Visits]:
        """By account, of those that tell anything of these days. Whoever is missing is unknown, and no visit is invented."""
        return {account: visits(row for row in rows if first <= row.day <= last) for account, rows in self._known(first, last)}

    def _known(self, first: date, last: date) -> Iterable[tuple[AccountKey, list[TrafficRow]]]:
        return ((account, rows) for account, rows in self._by_account.items() if any(first <= row.day <= last for row in rows))

    @cached_property
    def _by_account(self) -> dict[AccountKey, list[TrafficRow]]:
        found: dict[AccountKey, list[TrafficRow]] = {}
        for row in self.rows:
            found.setdefault((row.platform, row.account), []).append(row)
        return found


def visits(rows: Iterable[TrafficRow]) -> Visits:
    """Rows of different days of one account, added up."""
    told = list(rows)
    return Visits(
        uv=sum(row.uv or 0 for row in told),
        pv=sum(row.pv or 0 for row in told),
        uv_days=frozenset(row.day for row in told if row.uv is not None),
        pv_days=frozenset(row.day for row in told if row.pv is not None),
    )
