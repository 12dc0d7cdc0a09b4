"""Recomputing a cell from its rows, and reading a day with every cell fresh. Used by the cells' schedule and by the digest."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate

import msgspec

from chalicelib.domain.cohorts import Comings, History, Returns, policy_of, tally
from chalicelib.domain.facts import Cell, Fact, Goods, NoGoods, Row, sum_orders, sum_people
from chalicelib.domain.lifecycle import Rhythm
from chalicelib.domain.member import due_bucket
from chalicelib.domain.metrics import People, Sums
from chalicelib.domain.portrait import worth
from chalicelib.domain.promptness import KIND as CASES
from chalicelib.domain.promptness import Promptness, sum_promptness
from chalicelib.domain.purchases import KIND as MEMBERS
from chalicelib.domain.purchases import NO_DAY, days_in, purchases_in
from chalicelib.domain.rates import Rates
from chalicelib.domain.rfm import Histograms
from chalicelib.domain.service import KIND as REVIEWS
from chalicelib.domain.service import Voice, sum_voices
from chalicelib.errors import Retriable
from chalicelib.ports import CellHead, CellStore, Message, OrderStore
from chalicelib.toolkit.decode import decoder

CELL_ROWS = 1_500  # a cell that has grown to this gets no new orders: with what is under way it stays near 2,000
ROUNDS = 5


LEFT = ("sent", "unknown")  # states of a message that was handed over, or may have been
FORM = "4"  # of day summaries: one of another form is summed again


class CellSums(msgspec.Struct):
    """An orders cell's summary by currency. `form`: how it was made, and from which product master."""

    form: str = ""
    by: dict[str, Sums] = msgspec.field(default_factory=dict)


class _Form(msgspec.Struct):
    form: str = ""


class Outcomes(msgspec.Struct):
    """Messages of a cell: how many ended in which state for which reason; how many left by which channel."""

    counts: dict[str, int]
    left: dict[str, int] = msgspec.field(default_factory=dict)


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
    """Cells, recomputed when their dirty number says so, or when what their summaries were made with has changed.

    `rates`: those in force, for histograms of money. `goods`: the product master, for categories and weights. `rhythm`: what counts
    as silence, for who came back.
    """

    def __init__(
        self,
        cells: CellStore,
        orders: OrderStore,
        rates: Callable[[], Rates],
        goods: Callable[[], Goods] = NoGoods,
        rhythm: Callable[[], Rhythm] = Rhythm,
    ) -> None:
        self._cells = cells
        self._orders = orders
        self._rates = rates
        self._goods = goods
        self._rhythm = rhythm

    def recompute(self, cell: Cell) -> bytes:
        """Read the dirty number, then the rows, then put the summary under that number; returns the summary."""
        dirty = self._cells.dirty_number(cell)
        rows = list(self._cells.rows(cell))
        summary = self._summary(cell.kind, rows)
        self._cells.put_summary(cell, summary, dirty=dirty)
        self._widen(cell, len(rows))
        return summary

    def _widen(self, cell: Cell, rows: int) -> None:
        """New orders and members go elsewhere once a cell that is drawn from is full: wider, by how overfull it has become."""
        if cell.kind not in ("orders", MEMBERS) or rows < CELL_ROWS:
            return
        first, width = self._orders.buckets(cell.merchant, cell.platform, cell.account)
        if first <= cell.bucket < first + width:
            self._orders.grow(cell.merchant, cell.platform, cell.account, (first, width), rows // CELL_ROWS)

    def sweep(self, merchant: str, limit: int = 200) -> int:
        """Recompute the cells that wait; returns how many there were."""
        waiting = self._cells.dirty_cells(merchant, limit)
        for cell in waiting:
            self.recompute(cell)
        return len(waiting)

    def day(self, merchant: str, day: date) -> list[CellHead]:
        """All cells of a day, each fresh. Retriable when writers keep outrunning it."""
        form = form_of(self._goods())
        for _ in range(ROUNDS):
            heads = self._cells.heads(merchant, day)
            stale = [head.cell for head in heads if head.dirty != head.summed or _outdated(head, form)]
            if not stale:
                return heads
            for cell in stale:
                self.recompute(cell)
        raise Retriable("cells-busy", "the day's cells are changing faster than they are summed", after=30)

    def standing(self, merchant: str, day: date) -> list[CellHead]:
        """All cells of a day as they were summed last: two reads, however much is being written. For whoever only looks.

        One that was never summed, or in another form, is summed here.
        """
        form = form_of(self._goods())
        heads = self._cells.heads(merchant, day)
        return [replace(head, summary=self.recompute(head.cell)) if _outdated(head, form) else head for head in heads]

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

    def history(self, merchant: str) -> History:
        """When members bought first and when they came back, by day.

        Exact as of when it was asked: what was written by then is in it, as each cell that is behind is recomputed here and
        counts as it then is. Writers that go on do not hold it up.
        """
        policy, found = policy_of(self._rhythm()), History()
        for head in self._cells.heads(merchant, NO_DAY):
            told = comings_in(head.summary) if head.dirty == head.summed else None
            if told is None or told.policy != policy:
                told = comings_in(self.recompute(head.cell))
            if told is not None:
                found.add(told)
        return found

    def people_of(self, merchant: str, first: date, last: date, as_of: date | None = None) -> Returns:
        """The members of a span of days (see `History.of`). Whoever asks about several reads the history once."""
        return self.history(merchant).of(first, last, as_of)

    def _summary(self, kind: str, rows: list[Row]) -> bytes:
        if kind == MEMBERS:
            return member_summary(census(rows, self._rates()), tally(map(days_in, rows), self._rhythm()))
        return summarise(kind, rows, self._goods())


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


def member_summary(counted: Census, comings: Comings) -> bytes:
    """A member cell's summary: two zlib streams, one after the other, so that who wants the first does not open the second."""
    return b"".join(zlib.compress(msgspec.json.encode(part)) for part in (counted, comings))


def census_in(summary: bytes) -> Census:
    """The first part of a member cell's summary."""
    return decoder(Census).decode(zlib.decompressobj().decompress(summary) if summary[:1] != b"{" else summary)


def comings_in(summary: bytes | None) -> Comings | None:
    """The second; None where there is none, as in summaries of former versions, which are plain JSON."""
    if not summary or summary[:1] == b"{":
        return None
    opened = zlib.decompressobj()
    opened.decompress(summary)
    return decoder(Comings).decode(zlib.decompress(opened.unused_data))


def _rates_of(head: CellHead) -> str | None:
    return census_in(head.summary).rates if head.summary else None


def _count_in(found: Members, summary: bytes | None) -> None:
    if summary is None:
        return
    told = census_in(summary)
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


def form_of(goods: Goods) -> str:
    """What an orders cell's summary has to have been made with."""
    return f"{FORM}{goods.fingerprint}"


def _outdated(head: CellHead, form: str) -> bool:
    if head.summary is None:
        return True
    return head.cell.kind == "orders" and decoder(_Form).decode(head.summary).form != form


def summarise(kind: str, rows: Iterable[Row], goods: Goods) -> bytes:
    """The summary of a cell of a day, from its rows."""
    if kind == "orders":
        return msgspec.json.encode(CellSums(form_of(goods), sum_orders(rows, goods)))
    if kind == "people":
        return msgspec.json.encode(sum_people(rows))
    if kind == REVIEWS:
        return msgspec.json.encode(sum_voices(rows))
    if kind == CASES:
        return msgspec.json.encode(sum_promptness(rows))
    counts: dict[str, int] = {}
    left: dict[str, int] = {}
    for row in rows:
        name = f"{row['a'] or 'both'}:" if kind == "draws" else f"{row['s']}:{row['r'] or ''}"
        counts[name] = counts.get(name, 0) + 1
        if "c" in row and row["s"] in LEFT:
            left[row["c"]] = left.get(row["c"], 0) + 1
    return msgspec.json.encode(Outcomes(dict(sorted(counts.items())), dict(sorted(left.items()))))


def outcome_fact(message: Message, day: date) -> Fact:
    """A message's outcome as a row of the day's messages cell."""
    cell = Cell(message.merchant, day, "messages", "-", message.campaign or "-", due_bucket(message.owner))
    told = {"s": message.state, "r": message.reason}
    if message.kind in ("winback", "survey"):  # what goes to members, and has a price
        told |= {"c": message.channel}
    if message.kind == "winback":
        told |= {"n": message.values.get("step", "0")}
    return Fact(cell, message.message_id, told)


def order_sums(summary: bytes) -> dict[str, Sums]:
    """An orders cell's summary."""
    return decoder(CellSums).decode(summary).by


def people(summary: bytes) -> People:
    """A people cell's summary."""
    return decoder(People).decode(summary)


def voice(summary: bytes) -> Voice:
    """A reviews cell's summary."""
    return decoder(Voice).decode(summary)


def promptness(summary: bytes) -> Promptness:
    """A cases cell's summary."""
    return decoder(Promptness).decode(summary)


def outcomes(summary: bytes) -> Mapping[str, int]:
    """A messages cell's summary: `state:reason` to count."""
    return ended(summary).counts


def ended(summary: bytes) -> Outcomes:
    """A messages cell's summary, whole."""
    return decoder(Outcomes).decode(summary)
