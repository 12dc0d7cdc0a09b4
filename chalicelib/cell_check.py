"""Whether the cells of a day say what its orders say, and putting that right. Used by the command line.

Every order that a row names is read again by its key; the rows that it wants and the sums that follow are made anew, and compared
with what lies there. An order that changes meanwhile shows as a difference and is none a moment later: ask twice. Orders that no
cell of the day names are found only by whoever hands them in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import msgspec

from chalicelib.config import Config
from chalicelib.domain.facts import Cell, Fact, Goods, Image, Row, order_facts, sum_orders
from chalicelib.domain.metrics import Sums
from chalicelib.domain.record import OrderKey
from chalicelib.ports import CellHead, CellStore, OrderStore
from chalicelib.reckoning import CellSums, Reckoning, form_of, order_sums, people, summarise
from chalicelib.toolkit.decode import decoder

KINDS = ("orders", "people")
What = Literal["row missing", "row of no order", "row otherwise", "sums otherwise"]


@dataclass(frozen=True, slots=True)
class CellDifference:
    """One row or summary that is not as it should be. `name`: the row, or the field of the sums by currency."""

    cell: Cell
    what: What
    name: str
    expected: Any
    found: Any


@dataclass(frozen=True, slots=True)
class CellCheck:
    """A day. `waiting`: cells that have changed since they were summed; their summaries are made anew before anybody reads them."""

    day: date
    cells: int
    rows: int
    orders: int
    waiting: int
    differences: tuple[CellDifference, ...]


class CellChecks:
    """Reads rows and orders of a day; `rebuild` writes them."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        cells: CellStore,
        orders: OrderStore,
        reckoning: Reckoning,
        goods: Callable[[], Goods],
        fan_out: int = 1,
    ) -> None:
        self._config = config
        self._cells = cells
        self._orders = orders
        self._reckoning = reckoning
        self._goods = goods
        self._fan_out = fan_out

    def check(self, day: date, also: Iterable[Image] = ()) -> CellCheck:
        """Compare a day; writes nothing. `also`: orders beside those that its rows name, such as all there are (`read`)."""
        merchant = self._config().merchant
        heads = [head for head in self._cells.heads(merchant, day) if head.cell.kind in KINDS]
        rows = {head.cell: dict(self._cells.named_rows(head.cell)) for head in heads}
        images = self._images(rows, also)
        wanted = self._wanted(images.values(), day)
        found: list[CellDifference] = []
        for cell in sorted(rows.keys() | wanted.keys()):
            if cell.kind == "orders":
                found += _rows_differ(cell, wanted.get(cell, {}), rows.get(cell, {}))
        fresh = [head for head in heads if self._is_fresh(head)]
        for head in fresh:
            found += self._sums_differ(head, rows[head.cell])
        return CellCheck(day, len(heads), sum(map(len, rows.values())), len(images), len(heads) - len(fresh), tuple(found))

    def rebuild(self, day: date, also: Iterable[Image] = ()) -> int:
        """Put the rows of a day's orders again, take away those that none of them wants, and sum the cells. Again is the same.

        Rows go by their order's version, so that a projector that is at work loses nothing; dirty numbers are raised after the
        rows, also where nothing was written, since whoever did may have died before. Returns how many cells were summed.
        """
        config = self._config()
        heads = [head.cell for head in self._cells.heads(config.merchant, day) if head.cell.kind in KINDS]
        rows = {cell: dict(self._cells.named_rows(cell)) for cell in heads}
        images = self._images(rows, also)
        touched, mine = set(heads), _rows_of(rows, images)
        for image in images.values():
            facts = [(fact, image.version) for fact in order_facts(image, config.zone)]
            stay = {(fact.cell, fact.row) for fact, _ in facts}
            gone = [(cell, name, image.version) for cell, name in mine.get(image.key, ()) if (cell, name) not in stay]
            self._cells.put_rows(facts, gone)
            touched |= {fact.cell for fact, _ in facts}
        self._cells.raise_dirty(touched)
        for cell in sorted(touched):
            self._reckoning.recompute(cell)
        return len(touched)

    def read(self, keys: Iterable[OrderKey]) -> list[Image]:
        """Orders as they stand; those that are not there are left out."""
        if self._fan_out == 1:
            found = list(map(self._image, keys))
        else:
            with ThreadPoolExecutor(self._fan_out) as pool:
                found = list(pool.map(self._image, keys))
        return [image for image in found if image]

    def _images(self, rows: Mapping[Cell, Mapping[str, Row]], also: Iterable[Image]) -> dict[OrderKey, Image]:
        """The orders that rows name, and others."""
        known = {image.key: image for image in also}
        named = {key for cell, told in rows.items() if cell.kind == "orders" for name in told for key in _keys(cell, name)}
        missing = sorted(named - known.keys(), key=lambda key: (key.platform, key.account, key.order_id))
        return known | {image.key: image for image in self.read(missing)}

    def _image(self, key: OrderKey) -> Image | None:
        stored = self._orders.read(key)
        return Image(key, stored.version, stored.bucket, stored.member, stored.layers) if stored.version else None

    def _wanted(self, images: Iterable[Image], day: date) -> dict[Cell, dict[str, Row]]:
        found: dict[Cell, dict[str, Row]] = {}
        for image in images:
            for fact in order_facts(image, self._config().zone):
                if fact.cell.day == day:
                    found.setdefault(fact.cell, {})[fact.row] = _stored(fact)
        return found

    def _is_fresh(self, head: CellHead) -> bool:
        """Summed since it changed, and by the product master as it is."""
        if head.summary is None or head.dirty != head.summed:
            return False
        return head.cell.kind != "orders" or decoder(CellSums).decode(head.summary).form == form_of(self._goods())

    def _sums_differ(self, head: CellHead, rows: Mapping[str, Row]) -> list[CellDifference]:
        """A fresh summary against its rows."""
        goods, summary = self._goods(), head.summary or b""
        if head.cell.kind == "people":
            counted, told = people(summarise("people", rows.values(), goods)), people(summary)
            return [] if counted == told else [CellDifference(head.cell, "sums otherwise", "people", counted, told)]
        expected, found = sum_orders(rows.values(), goods), order_sums(summary)
        return [
            CellDifference(head.cell, "sums otherwise", f"{currency} {field}", getattr(mine, field), getattr(theirs, field))
            for currency in sorted(expected.keys() | found.keys())
            for mine, theirs in [(expected.get(currency, Sums()), found.get(currency, Sums()))]
            for field in Sums.__struct_fields__
            if getattr(mine, field) != getattr(theirs, field)
        ]


def _rows_differ(cell: Cell, wanted: Mapping[str, Row], found: Mapping[str, Row]) -> list[CellDifference]:
    missing = [CellDifference(cell, "row missing", name, wanted[name], None) for name in sorted(wanted.keys() - found.keys())]
    surplus = [CellDifference(cell, "row of no order", name, None, found[name]) for name in sorted(found.keys() - wanted.keys())]
    other = [
        CellDifference(cell, "row otherwise", name, wanted[name], found[name])
        for name in sorted(wanted.keys() & found.keys())
        if wanted[name] != found[name]
    ]
    return [*missing, *surplus, *other]


def _keys(cell: Cell, name: str) -> list[OrderKey]:
    """The order that a row names: `o#id`, `p#id`, `r#id#refund`. Where an id has the sign in it, all that it may be."""
    kind, _, rest = name.partition("#")
    cuts = [place for place, sign in enumerate(rest) if sign == "#"] if kind == "r" else [len(rest)]
    return [OrderKey(cell.merchant, cell.platform, cell.account, rest[:place]) for place in cuts]


def _rows_of(rows: Mapping[Cell, Mapping[str, Row]], images: Mapping[OrderKey, Image]) -> dict[OrderKey, list[tuple[Cell, str]]]:
    found: dict[OrderKey, list[tuple[Cell, str]]] = {}
    for cell, name in ((cell, name) for cell, told in rows.items() if cell.kind == "orders" for name in told):
        key = next((key for key in _keys(cell, name) if key in images), None)
        if key:
            found.setdefault(key, []).append((cell, name))
    return found


def _stored(fact: Fact) -> Row:
    """As it comes back from the table."""
    row: Row = msgspec.json.decode(msgspec.json.encode(fact.doc))
    return row
