"""Recomputing a cell from its rows, and reading a day with every cell fresh. Used by the cells' schedule and by the digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from chalicelib.domain.facts import Cell, Fact, Row, sum_orders, sum_people
from chalicelib.domain.member import due_bucket
from chalicelib.domain.metrics import People, Sums
from chalicelib.errors import Retriable
from chalicelib.ports import CellHead, CellStore, Message, OrderStore
from chalicelib.toolkit.decode import decoder

CELL_ROWS = 1_500  # a cell that has grown to this gets no new orders: with what is under way it stays near 2,000
ROUNDS = 5


class Outcomes(msgspec.Struct):
    """Messages of a cell: how many ended in which state for which reason."""

    counts: dict[str, int]


class Reckoning:
    """Cells, recomputed when their dirty number says so."""

    def __init__(self, cells: CellStore, orders: OrderStore) -> None:
        self._cells = cells
        self._orders = orders

    def recompute(self, cell: Cell) -> bytes:
        """Read the dirty number, then the rows, then put the summary under that number; returns the summary."""
        dirty = self._cells.dirty_number(cell)
        rows = list(self._cells.rows(cell))
        summary = summarise(cell.kind, rows)
        self._cells.put_summary(cell, summary, dirty=dirty)
        if cell.kind == "orders" and len(rows) >= CELL_ROWS:
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


def summarise(kind: str, rows: Iterable[Row]) -> bytes:
    """A cell's summary from its rows."""
    if kind == "orders":
        return msgspec.json.encode(sum_orders(rows))
    if kind == "people":
        return msgspec.json.encode(sum_people(rows))
    counts: dict[str, int] = {}
    for row in rows:
        name = f"{row['s']}:{row['r'] or ''}"
        counts[name] = counts.get(name, 0) + 1
    return msgspec.json.encode(Outcomes(dict(sorted(counts.items()))))


def outcome_fact(message: Message, day: date) -> Fact:
    """A message's outcome as a row of the day's messages cell."""
    cell = Cell(message.merchant, day, "messages", "-", message.campaign or "-", due_bucket(message.owner))
    return Fact(cell, message.message_id, {"s": message.state, "r": message.reason})


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
