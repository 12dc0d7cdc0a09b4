"""The oracle by hand: a world of four orders reckoned on paper, and every kind of difference it must see."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from chalicelib.domain.metrics import AccountDay, People, Product, Sums
from chalicelib.domain.order import Amounts, Buyer, Line, Order
from ops.simulator import oracle as oracle_module
from ops.simulator.facts import EITHER, DayFacts
from ops.simulator.model import Buyer as SimBuyer
from ops.simulator.model import Item, Shop, SimOrder, Step, World
from ops.simulator.model import Product as Goods
from ops.simulator.oracle import Oracle
from ops.simulator.registry import platform

SHOP = Shop("generic", "erp", "CNY", "zh", "CN")
CUP, TEA = Goods(1, "杯", 1000, "P-001"), Goods(2, "茶", 2500, "P-002")
DAY = date(2026, 11, 20)
MIDNIGHT = datetime(2026, 11, 19, 16, tzinfo=UTC)  # 00:00 of the day in Shanghai


def buyer(own: str, consent: bool = True, withdrawn_at: datetime | None = None) -> SimBuyer:
    born = MIDNIGHT - timedelta(days=100)
    return SimBuyer(SHOP, own, "苏晓", f"{own}@example.com", "1", "zh", "a|b|c", consent, born, "active", withdrawn_at)


ANNA, BO = buyer("anna"), buyer("bo", withdrawn_at=MIDNIGHT + timedelta(hours=1))


def order(own: str, who: SimBuyer, *steps: Step, **more: int | bool) -> SimOrder:
    items = (Item(f"{own}-1", CUP, 2, 1000, 200), Item(f"{own}-2", TEA, 1, 2500, 0, 100))
    return SimOrder(SHOP, own, own, who, items, 300, steps, tax_included=True, **more)  # type: ignore[arg-type]


def at(**ago: float) -> datetime:
    return MIDNIGHT + timedelta(**ago)


@pytest.fixture
def world() -> World:
    orders = (
        order("old", ANNA, Step(at(days=-40), "placed"), Step(at(days=-39, hours=-1), "paid")),
        order(
            "gone", BO, Step(at(days=-50), "placed"), Step(at(days=-50, hours=1), "paid"), Step(at(hours=2), "refunded", "r1", 700)
        ),
        order("late", ANNA, Step(at(hours=-3), "placed"), Step(at(hours=1), "paid"), Step(at(hours=5), "refunded", "r2", 4500)),
        order("test", BO, Step(at(hours=3), "placed"), Step(at(hours=4), "paid"), test=True),
        order("unpaid", BO, Step(at(hours=3), "placed")),
        order(
            "undone",
            BO,
            Step(at(hours=3), "placed"),
            Step(at(hours=4), "paid"),
            Step(at(hours=5), "cancelled"),
            Step(at(hours=6), "refunded", "r3", 4500),
        ),
        order("cod", BO, Step(at(hours=9), "placed"), cod=True),
    )
    zone = ZoneInfo("Asia/Shanghai")
    return World(1, "demo", zone, "CNY", DAY, MIDNIGHT, at(days=1), (SHOP,), (CUP, TEA), (ANNA, BO), orders, {})


def test_a_day_as_reckoned_on_paper(world: World) -> None:
    """One order is 2 x 10.00 - 2.00 + 25.00 - 1.00 + 3.00 = 45.00. The day has `late` (paid today) and `cod`."""
    numbers = Oracle(world, world.closing).day(DAY)[("generic", "erp", "CNY")]
    assert (numbers.orders, numbers.gmv, numbers.units) == (2, 9000, 6)
    assert (numbers.refunds, numbers.refund_count) == (700 + 4500, 2)
    assert (numbers.net_sales, numbers.aov) == (9000 - 5200, 4500)
    assert (numbers.new, numbers.returning) == (0, 2)
    assert numbers.products == {"P-001": (4, 3600), "P-002": (2, 4800)}
    assert (numbers.placed_orders, numbers.placed_gmv, numbers.refunded_own) == (3, 3 * 4500, 4500)
    eve = DAY - timedelta(days=1)
    only_placed = DayFacts("generic", "erp", eve, "CNY", placed_orders=1, placed_gmv=4500)
    assert Oracle(world, world.closing).day(eve) == {("generic", "erp", "CNY"): only_placed}
    top = [("CNY", "generic", "erp", "P-002", 2, 4800), ("CNY", "generic", "erp", "P-001", 4, 3600)]
    assert Oracle(world, world.closing).top_products(DAY) == top
    assert Oracle(world, world.closing).top_products(DAY, 1) == top[:1]


def test_orders_as_reckoned_on_paper(world: World) -> None:
    facts = {key[2]: each for key, each in Oracle(world, world.closing).orders.items()}
    assert {own: (each.status, each.refund_status) for own, each in facts.items()} == {
        "old": ("paid", "none"),
        "gone": ("paid", "partial"),
        "late": ("paid", "full"),
        "test": ("paid", "none"),
        "unpaid": ("pending_payment", "none"),
        "undone": ("cancelled", "full"),
        "cod": ("paid", "none"),
    }
    assert {own for own, each in facts.items() if each.counted} == {"old", "gone", "late", "cod"}
    assert facts["late"].day == DAY
    assert facts["old"].day == date(2026, 10, 11)
    assert facts["cod"].amounts["paid"] == 0


def test_only_what_has_happened_is_expected(world: World) -> None:
    early = Oracle(world, at(hours=2, minutes=30))
    assert {key[2] for key in early.orders} == {"old", "gone", "late"}
    assert early.day(DAY)[("generic", "erp", "CNY")].refunds == 700


def test_the_lapsed_by_last_counted_day(world: World) -> None:
    """As of the morning: anna bought 40 days ago and again today; bo's last counted order is 50 days back until `cod`."""
    before = Oracle(world, at(minutes=30))

    def lapsed(oracle: Oracle, days: int, window: int) -> dict[str, int]:
        return {each.buyers[0].id: (DAY - each.days[-1]).days for each in oracle.lapsed(DAY, days, window)}

    assert lapsed(before, 30, 30) == {"anna": 40, "bo": 50}
    assert lapsed(before, 41, 30) == {"bo": 50}
    assert lapsed(before, 30, 10) == {"anna": 40}
    assert lapsed(before, 30, 9) == {}
    assert lapsed(Oracle(world, at(hours=3)), 30, 30) == {"bo": 50}
    assert lapsed(Oracle(world, world.closing), 30, 30) == {}


def told(oracle: Oracle, own: str) -> Order:
    """A canonical order that says exactly what the oracle expects."""
    facts = oracle.orders[("generic", "erp", own)]
    line = Line("1", None, None, None, None, facts.units, 0, 0, 0)
    return Order(
        "demo", "generic", "erp", own, own, facts.status, None, facts.refund_status, facts.test, "CNY", True,
        Amounts(**facts.amounts), facts.placed_at, facts.paid_at, None, None, None, None, None,
        Buyer(facts.buyer_id), lines=(line,),
    )  # fmt: skip


def cell(oracle: Oracle) -> AccountDay:
    numbers = oracle.day(DAY)[("generic", "erp", "CNY")]
    products = {key: Product("", pieces, amount) for key, (pieces, amount) in numbers.products.items()}
    sums = Sums(numbers.orders, numbers.gmv, 0, numbers.refunds, numbers.refund_count, numbers.units, 0, products)
    sums.placed_orders, sums.placed_gmv = numbers.placed_orders, numbers.placed_gmv
    sums.refunded_own = numbers.refunded_own
    return AccountDay("generic", "erp", DAY, {"CNY": sums}, People(numbers.new, numbers.returning))


def test_agreement_has_no_differences(world: World) -> None:
    oracle = Oracle(world, world.closing)
    assert oracle.compare([told(oracle, key[2]) for key in oracle.orders], [cell(oracle)]) == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"status": "shipped"}, "status"),
        ({"refund_status": "partial"}, "refund_status"),
        ({"currency": "USD"}, "currency"),
        ({"test": True}, "test"),
        ({"paid_at": None}, "paid_at"),
        ({"buyer": Buyer("someone")}, "buyer.id"),
        ({"lines": ()}, "units"),
        *(({"amounts": name}, f"amounts.{name}") for name in Amounts.__struct_fields__),
    ],
)
def test_one_cent_in_one_order_is_a_difference(world: World, change: dict[str, object], what: str) -> None:
    oracle = Oracle(world, world.closing)
    orders = {key[2]: told(oracle, key[2]) for key in oracle.orders}
    late = orders["late"]
    name = change.get("amounts")
    if isinstance(name, str):
        change = {"amounts": structs.replace(late.amounts, **{name: getattr(late.amounts, name) + 1})}
    orders["late"] = structs.replace(late, **change)
    found = oracle.compare(orders.values(), [])
    assert [(each.where, each.what) for each in found] == [("generic/erp/late", what)]
    assert what in str(found[0])


def test_a_missing_a_double_and_a_foreign_order_are_differences(world: World) -> None:
    oracle = Oracle(world, world.closing)
    orders = [told(oracle, key[2]) for key in oracle.orders]
    foreign = structs.replace(orders[0], order_id="nobody's")
    found = oracle.compare([*orders[1:], orders[1], foreign], [])
    assert {(each.where, each.expected, each.actual) for each in found} == {
        ("generic/erp/old", 1, 0),
        ("generic/erp/gone", 1, 2),
        ("generic/erp/nobody's", 0, 1),
    }


@pytest.mark.parametrize(
    "name", ["orders", "gmv", "tax_platform", "refunds", "refund_count", "units", "placed_orders", "placed_gmv", "refunded_own"]
)
def test_one_off_in_a_day_is_a_difference(world: World, name: str) -> None:
    oracle = Oracle(world, world.closing)
    right = cell(oracle)
    wrong = structs.replace(right.sums["CNY"], **{name: getattr(right.sums["CNY"], name) + 1})
    orders = [told(oracle, key[2]) for key in oracle.orders]
    assert name in {each.what for each in oracle.compare(orders, [replace(right, sums={"CNY": wrong})])}


def test_what_is_told_one_way_only_is_claimed_of_no_sum(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tells = replace(platform("generic").tells, either=frozenset({"amounts.total", "amounts.refunded"}))
    monkeypatch.setattr(oracle_module, "platform", lambda key: replace(platform(key), tells=tells))
    numbers = Oracle(world, world.closing).day(DAY)[("generic", "erp", "CNY")]
    assert numbers.placed_gmv is EITHER and numbers.refunded_own is EITHER and numbers.placed_orders == 3


def test_people_products_and_strange_currencies_are_compared(world: World) -> None:
    oracle = Oracle(world, world.closing)
    orders, right = [told(oracle, key[2]) for key in oracle.orders], cell(oracle)
    sums = right.sums["CNY"]
    dearer = {**sums.products, "P-001": Product("", 4, 3599)}
    cases = {
        "new buyers": replace(right, people=People(1, 2)),
        "returning buyers": replace(right, people=People(0, 1)),
        "product P-001 (pieces, amount)": replace(right, sums={"CNY": structs.replace(sums, products=dearer)}),
        "numbers": replace(right, sums={"CNY": sums, "USD": Sums(orders=1, gmv=5)}),
    }
    for what, wrong in cases.items():
        assert [each.what for each in oracle.compare(orders, [wrong])] == [what]
    assert [each.what for each in oracle.compare(orders, [replace(right, sums={})])] == ["numbers"]
