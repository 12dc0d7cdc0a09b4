"""Recomputing a cell from its rows, and reading a day with every cell fresh. Used by the cells' schedule and by the digest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import Any

import msgspec

from chalicelib.domain.facts import Cell, Fact, Row, sum_orders, sum_people
from chalicelib.domain.member import due_bucket
from chalicelib.domain.metrics import People, Sums
from chalicelib.domain.portrait import worth
from chalicelib.domain.purchases import KIND as MEMBERS
from chalicelib.domain.purchases import NO_DAY, purchases_in
from chalicelib.domain.rates import Rates
from chalicelib.domain.rfm import Histograms
from chalicelib.errors import Retriable
from chalicelib.ports import CellHead, CellStore, Message, OrderStore
from chalicelib.toolkit.decode import decoder

CELL_ROWS = 1_500  # a cell that has grown to this gets no new orders: with what is under way it stays near 2,000
ROUNDS = 5


class Outcomes(msgspec.Struct):
    """Messages of a cell: how many ended in which state for which reason."""

    counts: dict[str, int]


class Census(msgspec.Struct):
    """Members of a cell, or of several: how many have which value, in the merchant's currency at the rates named by fingerprint.

    The histograms are `[value, members, value more, members, ...]`, ascending. `unrated`: members with amounts in a currency
    that has no rate, which are in no sum.
    """

    rates: str
    members: int = 0
    days: list[int] = msgspec.field(default_factory=list)
    frequencies: list[int] = msgspec.field(default_factory=list)
    amounts: list[int] = msgspec.field(default_factory=list)
    unrated: dict[str, int] = msgspec.field(default_factory=dict)


@dataclass(slots=True)
class Members:
    """All members of a merchant as their cells count them. `behind`: cells that have changed since they were summed."""

    histograms: Histograms = field(default_factory=Histograms)
    members: int = 0
    unrated: dict[str, int] = field(default_factory=dict)
    behind: int = 0


class Reckoning:
    """Cells, recomputed when their dirty number says so. `rates`: those in force, for histograms of money."""

    def __init__(self, cells: CellStore, orders: OrderStore, rates: Callable[[], Rates]) -> None:
        self._cells = cells
        self._orders = orders
        self._rates = rates

    def recompute(self, cell: Cell) -> bytes:
        """Read the dirty number, then the rows, then put the summary under that number; returns the summary."""
        dirty = self._cells.dirty_number(cell)
        rows = list(self._cells.rows(cell))
        summary = self._summary(cell.kind, rows)
        self._cells.put_summary(cell, summary, dirty=dirty)
        if cell.kind in ("orders", MEMBERS) and len(rows) >= CELL_ROWS:
            first, width = self._orders.buckets(cell.merchant, cell.platform, cell.account)
            if first <= cell.bucket < first + width:
                self._orders.grow(cell.merchant, cell.platform, cell.account, (first, width))
        return summary

    def sweep(self, merchant: str, limit: int = 200) -> int:
        """Recompute the cells that wait; returns how many there were."""
        waiting = self._cells.dirty_cells(merchant, limit)
        for cell in waiting:
            self.recompute(cell)
        return len(waiting)

    def day(self, merchant: str, day: date) -> list[CellHead]:
        """All cells of a day, each fresh. Retriable when writers keep outrunning it."""
        for _ in range(ROUNDS):
            heads = self._cells.heads(merchant, day)
            stale = [head.cell for head in heads if head.dirty != head.summed or head.summary is None]
            if not stale:
                return heads
            for cell in stale:
                self.recompute(cell)
        raise Retriable("cells-busy", "the day's cells are changing faster than they are summed", after=30)

    def members(self, merchant: str, patience: int | None = None) -> Members:
        """How many members have which value, by the member cells' summaries. A cell that was summed at other rates is stale.

        Without `patience` every cell is fresh, and Retriable raised when writers keep outrunning it. With it, at most so many
        stale cells are recomputed here; the others count as they were summed last, and are summed again within minutes.
        """
        force = self._rates().fingerprint
        for _ in range(ROUNDS):
            heads = self._cells.heads(merchant, NO_DAY)
            stale = {head.cell for head in heads if head.dirty != head.summed or _rates_of(head) != force}
            if not stale or patience is not None:
                break
            for cell in sorted(stale):
                self.recompute(cell)
        else:
            raise Retriable("cells-busy", "the member cells are changing faster than they are summed", after=30)
        found = Members()
        for head in heads:
            if head.cell in stale and patience:
                patience -= 1
                _count_in(found, self.recompute(head.cell))
                continue
            if head.cell in stale:
                found.behind += 1
                if head.dirty == head.summed:  # by its rates alone: nobody else knows that it has to be summed again
                    self._cells.raise_dirty([head.cell])
            _count_in(found, head.summary)
        return found

    def _summary(self, kind: str, rows: list[Row]) -> bytes:
        return msgspec.json.encode(census(rows, self._rates())) if kind == MEMBERS else summarise(kind, rows)


def census(rows: Iterable[Row], rates: Rates) -> Census:
    """A member cell's summary from its rows."""
    days, frequencies, amounts = [], [], []
    unrated: dict[str, int] = {}
    for row in rows:
        purchases = purchases_in(row)
        bought = purchases.days
        money, without = worth(purchases, rates)
        days.append(bought[-1].toordinal())
        frequencies.append(len(bought))
        amounts.append(money)
        for currency in without:
            unrated[currency] = unrated.get(currency, 0) + 1
    counted = Histograms.of(days, frequencies, amounts)
    return Census(
        rates=rates.fingerprint,
        members=len(days),
        days=_flat(counted.days),
        frequencies=_flat(counted.frequencies),
        amounts=_flat(counted.amounts),
        unrated=dict(sorted(unrated.items())),
    )


def _rates_of(head: CellHead) -> str | None:
    return decoder(Census).decode(head.summary).rates if head.summary else None


def _count_in(found: Members, summary: bytes | None) -> None:
    if summary is None:
        return
    told = decoder(Census).decode(summary)
    found.members += told.members
    found.histograms.merge(Histograms(_counts(told.days), _counts(told.frequencies), _counts(told.amounts)))
    for currency, members in told.unrated.items():
        found.unrated[currency] = found.unrated.get(currency, 0) + members


def _flat(histogram: Mapping[int, int]) -> list[int]:
    flat, before = [], 0
    for value in sorted(histogram):
        flat += [value - before, histogram[value]]
        before = value
    return flat


def _counts(flat: list[int]) -> dict[int, int]:
    return dict(zip(accumulate(flat[::2]), flat[1::2], strict=True))


def summarise(kind: str, rows: Iterable[Row]) -> bytes:
    """The summary of a cell of a day, from its rows."""
    if kind == "orders":
        return msgspec.json.encode(sum_orders(rows))
    if kind == "people":
        return msgspec.json.encode(sum_people(rows))
    counts: dict[str, int] = {}
    for row in rows:
        name = f"{row['a'] or 'both'}:" if kind == "draws" else f"{row['s']}:{row['r'] or ''}"
        counts[name] = counts.get(name, 0) + 1
    return msgspec.json.encode(Outcomes(dict(sorted(counts.items()))))


def outcome_fact(message: Message, day: date) -> Fact:
    """A message's outcome as a row of the day's messages cell."""
    cell = Cell(message.merchant, day, "messages", "-", message.campaign or "-", due_bucket(message.owner))
    told = {"s": message.state, "r": message.reason}
    if message.kind == "winback":
        told |= {"c": message.channel, "n": message.values.get("step", "0")}
    return Fact(cell, message.message_id, told)


def order_sums(summary: bytes) -> dict[str, Sums]:
    """An orders cell's summary."""
    return decoder(dict[str, Sums]).decode(summary)


def people(summary: bytes) -> People:
    """A people cell's summary."""
    return decoder(People).decode(summary)


def outcomes(summary: bytes) -> Mapping[str, int]:
    """A messages cell's summary: `state:reason` to count."""
    counts: dict[str, Any] = decoder(Outcomes).decode(summary).counts
    return counts
