"""How long the stock lasts, what to order, and what lies too long. Pure.

Cover is what can still be sold divided by what sold on a mean day of those that are known, of the last `WINDOW`. It is held against
the days of safety stock and the days that a delivery takes. A count holds until the next one (stock.py): what was sold since is not
taken off, because nobody tells what came in since; each line names the day of its count. Whose safety stock nobody told, and that
sells not fast, is not judged but for being sold out or lying too long.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

from chalicelib.domain.costs import CostBook
from chalicelib.domain.products import ProductInfo
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.stock import Stock, StockRow
from chalicelib.domain.worth import Days, Worth

WINDOW = 14  # days whose sales tell the pace
SLOW_DAYS = 90  # of cover: four turns a year, where eight to twelve are usual
MOST_LINES = 10
YEAR = 365
State = Literal["out", "below", "slow"]


@dataclass(frozen=True, slots=True)
class StockLine:
    """An item that wants a decision. `cover` in days. `safety`: days from and to; `lead` days, None: not told, so none is reckoned.

    `order`: pieces that bring it up to the upper safety stock when they come, at least so many where `lead` is not told; None where
    no safety stock is told. `at_stake` in the merchant's currency: of what lacks, the sales that it would bring; of what is slow,
    the value of what lies there; None where that is not known.
    """

    sku: str
    title: str
    state: State
    on_hand: int
    available: int
    counted: date
    sold: int
    cover: Ratio
    safety: tuple[int, int] | None
    lead: int | None
    order: int | None
    at_stake: int | None


@dataclass(frozen=True, slots=True)
class StockReport:
    """As of `day`. `days`: how many days tell the pace. `lines`: the dearest of `out`, `below` and `slow` items.

    `items` were counted, of which `unjudged` have no safety stock. `value` of stock at cost, without that of `unvalued` items.
    `turnover`: times a year, at the pace of these days, of what has a known cost. `counted`: the day of the newest count.
    """

    day: date
    days: int
    items: int
    unjudged: int
    lines: tuple[StockLine, ...]
    out: int
    below: int
    slow: int
    value: int
    unvalued: int
    turnover: Ratio
    counted: date
    unrated: tuple[str, ...]


@dataclass(slots=True)
class _Pace:
    """What one item sold."""

    pieces: int = 0
    amount: int = 0
    title: str = ""
    by_day: dict[date, int] = field(default_factory=dict)


def stocking(day: date, stock: Stock, days: Days, book: CostBook) -> StockReport | None:
    """As of a day; `days` are those of the last WINDOW of which anything is known. None where nothing was counted lately."""
    held = stock.on(day)
    if not held:
        return None
    unrated: set[str] = set()
    pace, known = _paces(days, book, unrated), len(days)
    worth = Worth(book.rates, day, unrated)
    values = {sku: _value(row, book.products.get(sku, day), worth) for sku, row in held.items()}
    lines, unjudged = [], 0
    for sku, row in held.items():
        info = book.products.get(sku, day)
        lead, fresh = (info.lead_days, info.structure == "new") if info else (None, False)
        item = _Item(row, _safety(info, book), lead, fresh, pace.get(sku, _Pace()), known)
        unjudged += item.safety is None
        if line := _line(item, values[sku]):
            lines.append(line)
    lines.sort(key=lambda line: (line.at_stake is None, -(line.at_stake or 0), line.sku))
    states = [line.state for line in lines]
    return StockReport(
        day=day,
        days=known,
        items=len(held),
        unjudged=unjudged,
        lines=tuple(lines[:MOST_LINES]),
        out=states.count("out"),
        below=states.count("below"),
        slow=states.count("slow"),
        value=sum(value for value in values.values() if value is not None),
        unvalued=sum(value is None for value in values.values()),
        turnover=_turnover(stock, days, pace, book, unrated),
        counted=max(row.day for row in held.values()),
        unrated=tuple(sorted(unrated)),
    )


@dataclass(frozen=True, slots=True)
class _Item:
    """What was counted of one item, what is known of it, and what it sold on `known` days."""

    row: StockRow
    safety: tuple[int, int] | None
    lead: int | None
    fresh: bool
    pace: _Pace
    known: int

    @property
    def least(self) -> int:
        """Days of cover below which it runs out before more can come."""
        return (self.safety[0] if self.safety else 0) + (self.lead or 0)


def _paces(days: Days, book: CostBook, unrated: set[str]) -> dict[str, _Pace]:
    found: dict[str, _Pace] = {}
    for day, booked in days.items():
        worth = Worth(book.rates, day, unrated)
        for currency, sums in ((currency, sums) for by in booked.values() for currency, sums in by.items()):
            for product in sums.products.values():
                for sku, item in product.items.items():
                    pace = found.setdefault(sku, _Pace())
                    pace.pieces += item.quantity
                    pace.amount += worth.of(item.amount, currency) or 0
                    pace.title = max(pace.title, product.title)
                    pace.by_day[day] = pace.by_day.get(day, 0) + item.quantity
    return found


def _safety(info: ProductInfo | None, book: CostBook) -> tuple[int, int] | None:
    if info is None:
        return None
    if info.safety_days is not None:
        return info.safety_days, info.safety_days
    return book.terms.safety_days if info.fast else None


def _line(item: _Item, value: int | None) -> StockLine | None:
    """None: nothing to decide."""
    state = _state(item)
    if state is None:
        return None
    row, pace, known = item.row, item.pace, item.known
    wanted = at_stake = None
    if state == "slow":
        at_stake = value
    else:
        if item.safety:
            wanted = max(_ceil(Fraction((item.safety[1] + (item.lead or 0)) * pace.pieces, known)) - row.available, 0)
        lacking = _ceil(Fraction(max(item.least, 1) * pace.pieces, known)) - row.available
        at_stake = round(Fraction(max(lacking, 1) * pace.amount, pace.pieces))
    cover = Ratio(row.available * known, pace.pieces)
    stated = (row.on_hand, row.available, row.day, pace.pieces, cover, item.safety, item.lead)
    return StockLine(row.sku, pace.title, state, *stated, wanted, at_stake)


def _state(item: _Item) -> State | None:
    row, pace, known = item.row, item.pace, item.known
    if pace.pieces > 0:
        if row.available <= 0:
            return "out"
        if item.safety and row.available * known < item.least * pace.pieces:
            return "below"
        return "slow" if row.available * known > SLOW_DAYS * pace.pieces else None
    return "slow" if row.on_hand > 0 and known >= WINDOW and not item.fresh else None


def _value(row: StockRow, info: ProductInfo | None, worth: Worth) -> int | None:
    """At cost: as counted, else by the product master."""
    if row.value is not None and row.currency is not None:
        return worth.of(row.value, row.currency)
    return worth.cost_of(info, row.on_hand)


def _turnover(stock: Stock, days: Iterable[date], pace: dict[str, _Pace], book: CostBook, unrated: set[str]) -> Ratio:
    """Cost of what was sold, a year at this pace, by the mean value of stock: of items and days of which both are known."""
    cost = value = 0
    for day in days:
        worth = Worth(book.rates, day, unrated)
        for sku, row in stock.on(day).items():
            info = book.products.get(sku, day)
            lies = _value(row, info, worth)
            went = worth.cost_of(info, pace[sku].by_day.get(day, 0) if sku in pace else 0)
            if lies is not None and went is not None:
                cost += went
                value += lies
    return Ratio(cost * YEAR, value)


def _ceil(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
