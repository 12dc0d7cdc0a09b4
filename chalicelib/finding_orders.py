"""Orders by id, by number, and by day. For the console and the CLI; every call reads a bounded number of items."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

from chalicelib.config import Config
from chalicelib.domain.facts import Cell, Row
from chalicelib.domain.order import Order
from chalicelib.domain.order_number import spelled
from chalicelib.domain.record import OrderKey, told_order, view
from chalicelib.ports import CellStore, OrderNumbers, OrderStore, StoredOrder

Shop = tuple[str, str]
LONGEST = 200  # of what is asked for
ORDER_ROW = "o#"


@dataclass(frozen=True, slots=True)
class Found:
    """An order as it lies there, and as all its tellings read together, without personal data."""

    key: OrderKey
    order: Order
    stored: StoredOrder


@dataclass(frozen=True, slots=True)
class DayOrder:
    """An order in the list of its day. `number` is the one people write down; `total` in minor units of `currency`."""

    key: OrderKey
    number: str
    status: str
    total: int | None
    currency: str
    counts: bool
    refunded: int


@dataclass(frozen=True, slots=True)
class DayPage:
    """A part of a day's list, by account and order id. `after`: where the next part begins, "" when there is none."""

    orders: tuple[DayOrder, ...]
    after: str


class FindingOrders:
    """Finds. Of the configured merchant."""

    def __init__(self, *, config: Callable[[], Config], orders: OrderStore, numbers: OrderNumbers, cells: CellStore) -> None:
        self._config = config
        self._orders = orders
        self._numbers = numbers
        self._cells = cells

    def one(self, key: OrderKey) -> Found | None:
        """An order by its key; None when nothing was told of it but refunds and parcels, or nothing at all."""
        return _found(key, self._orders.read(key))

    def find(self, asked: str) -> list[Found]:
        """The orders that somebody may mean by `platform/account/order_id`, an order's id, or its number, in any spelling.

        Two calls for a hundred accounts, and one more where a number was noted; by account.
        """
        told = asked.strip()
        if not told or len(told) > LONGEST:
            return []
        config = self._config()
        parts = told.split("/", 2)
        if len(parts) == 3:
            found = self.one(OrderKey(config.merchant, *parts)) if all(parts) else None
            return [found] if found else []
        shops = [(each.platform, each.account) for each in config.accounts]
        return sorted(self._by_id(config.merchant, shops, told) + self._by_number(config.merchant, shops, told), key=_place)

    def day(self, day: date, *, shop: Shop | None = None, after: str = "", limit: int = 50) -> DayPage:
        """The orders that count on a day, or would; of one account or all. Two reads for the day, one or two for each bucket."""
        rows: list[tuple[Cell, str, Row]] = []
        bucket, row = _cursor(after)
        for cell in self._day_cells(day, shop):
            if _name(cell) < bucket:
                continue
            since = row if _name(cell) == bucket else ""
            rows += [(cell, *told) for told in self._cells.page(cell, ORDER_ROW, since, limit + 1 - len(rows))]
            if len(rows) > limit:
                last = rows[limit - 1]
                return DayPage(tuple(_day_order(*each) for each in rows[:limit]), f"{_name(last[0])}|{last[1]}")
        return DayPage(tuple(_day_order(*each) for each in rows), "")

    def _day_cells(self, day: date, shop: Shop | None) -> list[Cell]:
        cells = [head.cell for head in self._cells.heads(self._config().merchant, day) if head.cell.kind == "orders"]
        return sorted((cell for cell in cells if shop in (None, (cell.platform, cell.account))), key=_name)

    def _by_id(self, merchant: str, shops: Sequence[Shop], told: str) -> list[Found]:
        return self._read([OrderKey(merchant, *shop, told) for shop in shops])

    def _by_number(self, merchant: str, shops: Collection[Shop], told: str) -> list[Found]:
        """Those that go by the number today: it may have been another order's, or this one's another."""
        noted = self._numbers.find(merchant, shops, told)
        return [each for each in self._read(noted) if spelled(each.order.order_no or "") == spelled(told)]

    def _read(self, keys: Collection[OrderKey]) -> list[Found]:
        stored = self._orders.read_many(keys) if keys else {}
        return [found for key in keys if (found := _found(key, stored.get(key, StoredOrder(0)))) is not None]


def _found(key: OrderKey, stored: StoredOrder) -> Found | None:
    return Found(key, view(key, stored.layers), stored) if stored.version and told_order(stored.layers) else None


def _place(found: Found) -> tuple[str, str, str]:
    return found.key.platform, found.key.account, found.key.order_id


def _day_order(cell: Cell, name: str, row: Row) -> DayOrder:
    order_id = name.removeprefix(ORDER_ROW)
    return DayOrder(
        key=OrderKey(cell.merchant, cell.platform, cell.account, order_id),
        number=row.get("no") or order_id,
        status=row["s"],
        total=row["t"],
        currency=row["cur"],
        counts=bool(row["c"]),
        refunded=row.get("r", 0),
    )


def _name(cell: Cell) -> str:
    return f"{cell.platform}/{cell.account}/{cell.bucket:06d}"


def _cursor(after: str) -> tuple[str, str]:
    bucket, _, row = after.partition("|")
    return bucket, row
