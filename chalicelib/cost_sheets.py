"""The merchant's sheets as what they mean: product master, freight table, visits, stock, rates. Used by digests and commands."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar, cast

from chalicelib.domain.freight import Freight
from chalicelib.domain.products import Products, SoldGoods
from chalicelib.domain.rates import Rates
from chalicelib.domain.stock import Stock, months_of
from chalicelib.domain.traffic import Traffic
from chalicelib.sheet_kinds import FREIGHT, PRODUCTS, RATES, STOCK, TRAFFIC, SheetKind
from chalicelib.sheets import Change, Sheets, merge

MOST_KEPT = 32
HELD = timedelta(minutes=1)
T = TypeVar("T")
M = TypeVar("M")


class CostSheets:
    """Reads of one sheet cost one read of a mark; what is made of its rows is kept until they change."""

    def __init__(self, sheets: Sheets) -> None:
        self._sheets = sheets
        self._made: dict[tuple[str, str], tuple[Hashable, Any]] = {}
        self._goods: dict[str, tuple[datetime, SoldGoods]] = {}

    def take(self, merchant: str, kind: SheetKind[T], rows: Iterable[T], *, source: str, replace: bool = False) -> Change:
        """Keep rows over those that hold. `replace`: what a sheet that the file speaks of has beside them is dropped."""
        whole = Change()
        for name, part in _parts(kind, rows).items():
            done = Change()

            def over(held: tuple[T, ...], part: Sequence[T] = part) -> list[T]:
                nonlocal done
                merged, done = merge(held, part, kind.key, replace=replace)
                return merged

            self._sheets.change(merchant, name, kind.row, over, source)
            whole = whole.plus(done)
        return whole

    def plan(self, merchant: str, kind: SheetKind[T], rows: Iterable[T], *, replace: bool = False) -> Change:
        """What `take` would do."""
        whole = Change()
        for name, part in _parts(kind, rows).items():
            whole = whole.plus(merge(self._sheets.rows(merchant, name, kind.row), part, kind.key, replace=replace)[1])
        return whole

    def rows(self, merchant: str, kind: SheetKind[T]) -> tuple[T, ...]:
        """All rows of a kind, over all its sheets."""
        names = [name for name in self._sheets.heads(merchant, kind.name) if name == kind.name or name.startswith(f"{kind.name}-")]
        return tuple(row for name in names for row in self._sheets.rows(merchant, name, kind.row))

    def products(self, merchant: str) -> Products:
        """The product master; empty where none was given."""
        return self._of(merchant, "products", self._sheets.rows(merchant, PRODUCTS.name, PRODUCTS.row), Products)

    def goods(self, merchant: str) -> SoldGoods:
        """What sums of orders depend on of the product master, at most a minute old: it is asked for with every cell."""
        now = self._sheets.now()
        kept = self._goods.get(merchant)
        if kept is None or not kept[0] <= now < kept[0] + HELD:
            kept = self._goods[merchant] = (now, self.products(merchant).goods)
        return kept[1]

    def freight(self, merchant: str) -> Freight:
        """The freight table; empty where none was given."""
        return self._of(merchant, "freight", self._sheets.rows(merchant, FREIGHT.name, FREIGHT.row), Freight)

    def traffic(self, merchant: str, first: date, last: date) -> Traffic:
        """Visits of the years of these days."""
        years = range(first.year, last.year + 1)
        rows = [self._sheets.rows(merchant, TRAFFIC.sheet(str(year)), TRAFFIC.row) for year in years]
        return Traffic(tuple(row for part in rows for row in part))

    def stock(self, merchant: str, first: date, last: date) -> Stock:
        """The counts that hold on some day of these."""
        rows = [self._sheets.rows(merchant, STOCK.sheet(month), STOCK.row) for month in months_of(first, last)]
        return Stock(tuple(row for part in rows for row in part))

    def rates(self, merchant: str, own: Rates) -> Rates:
        """`own`, which the configuration has, and those of the sheet beside them."""
        rows = self._sheets.rows(merchant, RATES.name, RATES.row)
        return self._of(merchant, "rates", (own.fingerprint, rows), lambda _: own.beside(rows))

    def _of(self, merchant: str, name: str, basis: Any, make: Callable[[Any], M]) -> M:
        """What is made of a basis, once for each. The rows that hold are one object until they change."""
        kept = self._made.get((merchant, name))
        if kept is None or kept[0] != basis:
            while len(self._made) >= MOST_KEPT:
                self._made.pop(next(iter(self._made)), None)
            kept = self._made[merchant, name] = (basis, make(basis))
        return cast("M", kept[1])


def _parts(kind: SheetKind[T], rows: Iterable[T]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = {}
    for row in rows:
        found.setdefault(kind.sheet(kind.part(row)), []).append(row)
    return found
