"""Day summaries against a recomputation from the orders, over thirty days on which everything happens that may.

The difference is 0 in every field of every cell. The saboteurs show that each family of fields would be missed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.adapters.cells import DynamoCells
from chalicelib.domain import facts
from chalicelib.domain.facts import Goods, Image, Row, order_facts, sum_orders
from chalicelib.domain.metrics import Basket, Item, Product, Sums, Trail, add_in
from chalicelib.domain.order import Order
from chalicelib.domain.record import OrderKey
from chalicelib.reckoning import order_sums
from chalicelib.sheet_kinds import PRODUCTS
from tests.functional.exactness.month import BEGIN, MASTER, NUMBERS, TABLES, Cell, Month, Plain, Recomputed, blank, month
from tests.functional.exactness.world import DELIVERIES, EVER_PAID, Told, deliver, keys, read_order
from tests.functional.stack import Stack

SPAN = tuple(date(2026, 9, 20) + timedelta(days=count) for count in range(100))
SIZES = {"moto": (30, 4), "dynamodb-local": (30, 3)}


@dataclass
class Played:
    """A month that was played: what is in the table then, read at once, since the next stack has its tables; and what must be."""

    stack: Stack
    told: list[Told]
    ever_paid: set[str]
    expected: Recomputed
    found: dict[Cell, Plain]
    images: list[Image]
    cells: list[list[Row]]
    goods: Goods


def play(stack: Stack, plan: Month, *, rounds: Callable[[int], bool]) -> Played:
    """Day by day through the real steps; on some days cells are summed that will change again."""
    stack.app.cost_sheets.take("demo", PRODUCTS, MASTER, source="test")
    deliver(stack, DELIVERIES)
    for day in range(max(plan.arrivals) + 1):
        stack.clock.at = max(stack.clock.at, BEGIN + timedelta(days=day + 1))
        deliver(stack, plan.arrivals.get(day, []))
        stack.settle()
        if rounds(day):
            stack.app.reckoning.sweep("demo")
        if day == 12:
            stack.app.orders.grow("demo", "generic", "erp", (0, 1))  # later orders lie in other cells
    known = [*keys(), *(OrderKey("demo", "generic", "erp", name) for name in sorted(plan.orders))]
    told = [each for key in known if (each := read_order(stack.app.orders, stack.app.parts.vault, key))]
    ever_paid = plan.ever_paid | EVER_PAID
    expected, goods = Recomputed(told, ever_paid, MASTER), stack.app.cost_sheets.goods("demo")
    return Played(stack, told, ever_paid, expected, summed(stack), images(stack, told), cell_rows(stack), goods)


def images(stack: Stack, told: list[Told]) -> list[Image]:
    """The orders as the stream shows them."""
    keys = [OrderKey("demo", each.order.platform, each.order.account, each.order.order_id) for each in told]
    stored = [(key, stack.app.orders.read(key)) for key in keys]
    return [Image(key, each.version, each.bucket, each.member, each.layers) for key, each in stored]


def cell_rows(stack: Stack) -> list[list[Row]]:
    """The rows of each cell of orders."""
    heads = [head for day in SPAN for head in stack.app.cells.heads("demo", day)]
    return [list(stack.app.cells.rows(head.cell)) for head in heads if head.cell.kind == "orders"]


def summed(stack: Stack) -> dict[Cell, Plain]:
    """What the cells' summaries say, in plain words."""
    found: dict[Cell, Sums] = {}
    for day in SPAN:
        for head in stack.app.reckoning.day("demo", day):
            if head.cell.kind == "orders":
                for currency, sums in order_sums(head.summary or b"").items():
                    found.setdefault((day, head.cell.platform, head.cell.account, currency), Sums()).add(sums)
    return {cell: plain(sums) for cell, sums in found.items() if sums != Sums()}


def plain(value: Any) -> Any:
    """Structs as tables."""
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    return {name: plain(each) for name, each in value.items()} if isinstance(value, dict) else value


def differences(expected: dict[Cell, Plain], found: dict[Cell, Plain]) -> list[tuple[Cell, str, Any, Any]]:
    """Every field of every cell that is not as it must be."""
    return [
        (cell, name, one[name], other[name])
        for cell in sorted(expected.keys() | found.keys())
        for one, other in [(expected.get(cell, blank()), found.get(cell, blank()))]
        for name in (*NUMBERS, *TABLES)
        if one[name] != other[name]
    ]


def played_on(engine: Any) -> Played:
    """The month on an engine; on every sixth day what waits is summed."""
    return play(Stack(engine), month(2, *SIZES[engine.name]), rounds=lambda day: day % 6 == 1)


@pytest.fixture(scope="module")
def played(moto_engine: Any) -> Played:
    """On moto, where all that no engine decides is tried, too."""
    return played_on(moto_engine)


def test_every_field_of_sums_is_recomputed() -> None:
    assert {*NUMBERS, *TABLES} == set(Sums.__struct_fields__)


@pytest.mark.fault(49)
@pytest.mark.fault(48)
def test_thirty_days_come_to_what_the_orders_say(played: Played, fault: Any) -> None:
    assert differences(played.expected, played.found) == []
    assert {cell[0] for cell in played.expected} >= {(BEGIN + timedelta(hours=8, days=day)).date() for day in range(30)}
    for name in (*NUMBERS, *TABLES):
        assert any(sums[name] for sums in played.expected.values()), f"the month has no {name}"
    fields = len(NUMBERS) + len(TABLES)
    fault.figure(f"30 days, {len(played.told)} orders: difference 0 in {fields} sums of {len(played.expected)} cells")


@pytest.mark.fault(49)
@pytest.mark.dynamodb_local
def test_so_they_do_on_the_real_engine(dynamodb_local_engine: Any) -> None:
    done = played_on(dynamodb_local_engine)
    assert differences(done.expected, done.found) == []
    assert len(done.told) > 80


# --- saboteurs ----------------------------------------------------------------------------------------------------------------


def recounted(done: Played) -> dict[Cell, Plain]:
    """The cells as facts make them of the images that lie in the table."""
    rows: dict[tuple[date, str, str], list[Row]] = {}
    for image in done.images:
        for fact in order_facts(image, done.stack.config.zone):
            rows.setdefault((fact.cell.day, fact.cell.platform, fact.cell.account), []).append(fact.doc)
    return {
        (*cell, currency): plain(sums) for cell, told in rows.items() for currency, sums in sum_orders(told, done.goods).items()
    }


def _all_count(_order: Order, *, ever_paid: bool) -> bool:
    return ever_paid


def _row_with(change: Callable[[Order, dict[str, Any]], None]) -> Callable[[], Any]:
    """A row of which something is said otherwise."""
    true = facts._order_row

    def sabotaged(order: Order, counted: bool) -> dict[str, Any]:
        row = true(order, counted)
        change(order, row)
        return row

    return lambda: sabotaged


def _swap(_order: Order, row: dict[str, Any]) -> None:
    if "d" in row:
        seller, platform, shipping = row["d"]
        row["d"] = (platform, seller, shipping)


def _whole(_order: Order, row: dict[str, Any]) -> None:
    if "r" in row:
        row["f"] = 1


def _first_item(order: Order, row: dict[str, Any]) -> None:
    for line in row.get("l", ()):
        told = next(each for each in order.lines if line[4] in (each.merchant_sku, each.sku, each.product_id))
        line[4] = told.sku or line[4]


def _drop(name: str) -> Callable[[Order, dict[str, Any]], None]:
    return lambda _order, row: row.pop(name, None)


def _last_creator(_order: Order, row: dict[str, Any]) -> None:
    row["o"] = [name for name in row.get("o", []) if name.startswith("creator:")]


def _one_digit(worth: int) -> int:
    step: int = 10 ** max(len(str(worth)) - 1, 0)
    return worth // step * step


def _never_known(order: Order, row: dict[str, Any]) -> None:
    if order.status == "unknown":
        row["s"] = "paid"


def _half_kilos_of_the_whole(row: Row, goods: Goods, _parcels: int) -> int:
    return TRUE_HALF_KILOS(row, goods, 1)


def _floor(taken: timedelta, unit: timedelta) -> int:
    return taken // unit


def _from_payment(order: Order, parcel: Any) -> int | None:
    came, left = parcel.delivered_at, order.paid_at
    return (came - left).days if came and left else None


TRUE_HALF_KILOS = facts._half_kilos
SABOTEURS: dict[str, tuple[str, Callable[[], Any], set[str]]] = {
    "what counts": ("counts", lambda: _all_count, {"orders", "gmv"}),
    "placed": ("purchase", lambda: lambda order: True, {"placed_orders", "placed_gmv"}),
    "discounts": ("_order_row", _row_with(_swap), {"discount_seller", "discount_platform"}),
    "tax": ("_order_row", _row_with(_drop("x")), {"tax_platform", "tax_own"}),
    "tax of refunds": ("tax_in", lambda: lambda _refunded, _tax, _worth: 0, {"tax_platform", "tax_own"}),
    "refunds": ("_succeeded", lambda: lambda _image, _order: [], {"refunds", "refund_count"}),
    "refunded of its own": ("_order_row", _row_with(_drop("r")), {"refunded_own", "refunded_orders", "refunded_whole"}),
    "refunded whole": ("_order_row", _row_with(_whole), {"refunded_whole"}),
    "unmapped": ("_order_row", _row_with(_never_known), {"unmapped"}),
    "unpriced": ("_worth", lambda: lambda order: order.amounts.total or 0, {"unpriced"}),
    "hours": ("_begun", lambda: _floor, {"ship_hours", "delivery_days"}),
    "days on the way": ("_days_taken", lambda: _from_payment, {"delivery_days"}),
    "region": ("_order_row", _row_with(_drop("w")), {"parcels"}),
    "weight": ("_half_kilos", lambda: _half_kilos_of_the_whole, {"parcels"}),
    "waiting": ("_order_row", _row_with(lambda order, row: row.update(h=1) if row.get("c") else None), {"waiting", "ship_hours"}),
    "ways it came": ("_order_row", _row_with(_last_creator), {"trails"}),
    "baskets": ("low_edge", lambda: _one_digit, {"baskets"}),
    "goods after discounts": ("_order_row", _row_with(_drop("g")), {"baskets"}),
    "items": ("_order_row", _row_with(_first_item), {"products"}),
    "products": ("_products", lambda: lambda order: [], {"products", "units", "baskets", "lineless", "lineless_gmv"}),
}


def test_facts_make_of_the_orders_what_is_expected(played: Played) -> None:
    assert differences(played.expected, recounted(played)) == []


@pytest.mark.fault(49, saboteur=True)
@pytest.mark.parametrize("name", SABOTEURS)
def test_a_saboteur_is_found(played: Played, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    what, make, fields = SABOTEURS[name]
    monkeypatch.setattr(facts, what, make())
    found = {field for _, field, _, _ in differences(played.expected, recounted(played))}
    assert found >= fields


@pytest.mark.fault(49, saboteur=True)
def test_a_row_that_stayed_where_it_was_is_found(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The saboteur: who moves to another day by being paid for leaves a row behind."""
    true = DynamoCells.put_rows
    monkeypatch.setattr(DynamoCells, "put_rows", lambda self, facts, dropped: true(self, facts, []))
    done = play(Stack(moto_engine), month(3, 4, 3), rounds=lambda _day: False)
    assert {"orders", "gmv"} <= {field for _, field, _, _ in differences(done.expected, done.found)}


@pytest.mark.fault(49, saboteur=True)
def test_a_summary_that_nobody_made_anew_is_found(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The saboteur: the dirty numbers of cells are not raised once they have been summed."""
    done = play(Stack(moto_engine), month(3, 4, 3), rounds=lambda day: day == 2)
    assert differences(done.expected, done.found) == []
    monkeypatch.setattr(DynamoCells, "raise_dirty", lambda self, cells: None)
    done = play(Stack(moto_engine), month(3, 4, 3), rounds=lambda day: day == 2)
    assert differences(done.expected, done.found)


# --- adding -------------------------------------------------------------------------------------------------------------------

AMOUNTS = st.integers(-(10**9), 10**9)
NAMES = st.sampled_from(["", "a", "b", "CN 浙江"])
COUNTS = st.dictionaries(st.integers(-1, 4), st.integers(1, 9), min_size=1, max_size=2)
ITEMS = st.dictionaries(NAMES, st.builds(Item, AMOUNTS, AMOUNTS), max_size=2)
OF_FIELD: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(NUMBERS, AMOUNTS) | {
    "products": st.dictionaries(NAMES, st.builds(Product, NAMES, AMOUNTS, AMOUNTS, ITEMS), max_size=2),
    "ship_hours": st.one_of(st.just({}), COUNTS),
    "delivery_days": st.dictionaries(NAMES, COUNTS, max_size=2),
    "parcels": st.dictionaries(NAMES, st.dictionaries(NAMES, COUNTS, min_size=1, max_size=2), max_size=2),
    "trails": st.dictionaries(NAMES, st.builds(Trail, AMOUNTS, AMOUNTS), max_size=2),
    "baskets": st.dictionaries(
        NAMES, st.dictionaries(st.integers(1, 3), st.builds(Basket, AMOUNTS, AMOUNTS, AMOUNTS), min_size=1, max_size=2), max_size=2
    ),
}
ANY_SUMS = st.builds(Sums, **OF_FIELD)


def total(*parts: Sums) -> Plain:
    """Parts added in this order, none of them changed."""
    whole = Sums()
    for part in parts:
        before = msgspec.json.encode(part)
        whole.add(part)
        assert msgspec.json.encode(part) == before
    return plain(whole)  # type: ignore[no-any-return]


@settings(max_examples=60, deadline=None)
@given(ANY_SUMS, ANY_SUMS, ANY_SUMS)
def test_adding_knows_no_order_and_no_grouping(one: Sums, two: Sums, three: Sums) -> None:
    assert set(OF_FIELD) == set(Sums.__struct_fields__)
    left, right = Sums(), Sums()
    left.add(one)
    left.add(two)
    right.add(two)
    right.add(three)
    assert total(one, two, three) == total(three, one, two) == total(left, three) == total(one, right)
    assert total(one) == plain(one), "nothing added changes nothing"


def test_any_split_of_rows_into_cells_comes_to_the_same(played: Played) -> None:
    goods, rows = played.goods, [row for cell in played.cells for row in cell]
    whole = {currency: plain(sums) for currency, sums in sum_orders(rows, goods).items()}
    dice = random.Random(5)
    for width in (1, 2, 7, 64, len(rows)):
        parts: list[list[Row]] = [[] for _ in range(width)]
        for row in dice.sample(rows, len(rows)):
            dice.choice(parts).append(row)
        added: dict[str, Sums] = {}
        for part in parts:
            add_in(added, sum_orders(part, goods))
        assert {currency: plain(sums) for currency, sums in added.items()} == whole
