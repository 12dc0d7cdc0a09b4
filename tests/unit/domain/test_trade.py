"""Product structure, stock, carriers and creators: exact, in the merchant's currency, and what is unknown is None."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.carriers import carrier_lines
from chalicelib.domain.cost_terms import CostTerms
from chalicelib.domain.costs import CostBook
from chalicelib.domain.creators import creators
from chalicelib.domain.freight import ANY, Freight, FreightRow
from chalicelib.domain.funnel import funnels_by_day
from chalicelib.domain.metrics import Item, Product, Sums, Trail
from chalicelib.domain.products import STRUCTURES, ProductInfo, Products, Structure
from chalicelib.domain.rates import Rate, Rates
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.stock import Stock, StockRow
from chalicelib.domain.stocking import MOST_LINES, SLOW_DAYS, WINDOW, StockLine, StockReport, stocking
from chalicelib.domain.structure import ProductStructure, product_structure
from chalicelib.domain.worth import Days

DAY = date(2026, 11, 20)
TAO, SHOP = ("taobao", "flag"), ("shopify", "acme")
RATES = Rates("CNY", (Rate("USD", 7, 0, DAY, "bank"), Rate("USD", 8, 0, DAY + timedelta(days=1), "bank")))


def sold(*items: tuple[str, int, int], **told: object) -> Sums:
    """(sku, pieces, money) each."""
    sums = Sums(products={f"p-{sku}": Product(f"The {sku}", n, money, {sku: Item(n, money)}) for sku, n, money in items})
    for name, value in told.items():
        setattr(sums, name, value)
    return sums


def book(*infos: ProductInfo, freight: tuple[FreightRow, ...] = (), terms: CostTerms | None = None) -> CostBook:
    """What costs are known by."""
    return CostBook(Products.of(infos), Freight(freight), terms or CostTerms(), RATES)


def info(sku: str, structure: Structure | None = None, **told: object) -> ProductInfo:
    """A row of the product master."""
    return ProductInfo(sku, structure=structure, **told)  # type: ignore[arg-type]  # a test's shorthand


# --- structure ----------------------------------------------------------------------------------------------------------------


def structure_of(days: Days, by: CostBook) -> ProductStructure:
    """The section, which must be there."""
    found = product_structure(days, by)
    assert found is not None
    return found


def test_shares_are_exact_and_held_against_the_bands() -> None:
    infos = (info("h", "hero"), info("c", "core"), info("l", "long-tail"), info("n", "new"))
    found = structure_of({DAY: {TAO: {"CNY": sold(("h", 1, 333), ("c", 2, 333), ("l", 3, 250), ("n", 4, 84))}}}, book(*infos))
    assert [group.name for group in found.classes] == list(STRUCTURES)
    assert [group.share for group in found.classes] == [Ratio(333, 1000), Ratio(333, 1000), Ratio(250, 1000), Ratio(84, 1000)]
    assert [group.place for group in found.classes] == ["above", "below", "within", "within"]
    assert (found.classed, found.judged, found.aside, found.lacking) == (Ratio(1000, 1000), True, (), 0)


@pytest.mark.parametrize(("hero", "place"), [(149, "below"), (150, "within"), (200, "within"), (201, "above")])
def test_the_ends_of_a_band_are_in_it(hero: int, place: str) -> None:
    found = structure_of(
        {DAY: {TAO: {"CNY": sold(("h", 1, hero), ("c", 1, 1000 - hero))}}}, book(info("h", "hero"), info("c", "core"))
    )
    assert found.classes[0].place == place


def test_what_has_no_class_is_named_aside_and_where_it_is_much_nothing_is_judged() -> None:
    days = {DAY: {TAO: {"CNY": sold(("h", 1, 700), ("x", 1, 200), ("y", 1, 100))}}}
    found = structure_of(days, book(info("h", "hero"), info("y")))
    assert (found.classed, found.judged, found.lacking) == (Ratio(700, 1000), False, 2)
    assert [(each.sku, each.title, each.amount) for each in found.aside] == [("x", "The x", 200), ("y", "The y", 100)]
    assert found.classes[0].share == Ratio(700, 700)


def test_orders_that_tell_no_lines_are_money_of_no_class() -> None:
    found = structure_of({DAY: {TAO: {"CNY": sold(("h", 1, 700), lineless=2, lineless_gmv=300)}}}, book(info("h", "hero")))
    assert (found.classed, found.judged, found.lacking) == (Ratio(700, 1000), False, 0)


def test_an_item_is_of_the_class_that_it_had_on_its_day_and_money_of_its_day() -> None:
    tomorrow = DAY + timedelta(days=1)
    infos = (info("n", "new"), info("n", "hero", since=tomorrow))
    days = {DAY: {SHOP: {"USD": sold(("n", 1, 100))}}, tomorrow: {SHOP: {"USD": sold(("n", 1, 100))}}}
    found = {group.name: group.amount for group in structure_of(days, book(*infos)).classes}
    assert found == {"hero": 800, "core": 0, "long-tail": 0, "new": 700}


def test_a_currency_without_a_rate_is_named_and_in_no_figure() -> None:
    found = structure_of({DAY: {SHOP: {"EUR": sold(("h", 1, 100)), "CNY": sold(("h", 1, 50))}}}, book(info("h", "hero")))
    assert (found.classes[0].amount, found.unrated) == (50, ("EUR",))


def test_margins_are_of_what_has_a_cost_and_say_of_how_much() -> None:
    infos = (info("a", "hero", cost=30, currency="CNY", role="profit"), info("b", "hero", role="traffic"))
    found = structure_of({DAY: {TAO: {"CNY": sold(("a", 2, 100), ("b", 1, 300))}}}, book(*infos))
    assert (found.classes[0].margin, found.classes[0].costed) == (Ratio(40, 100), Ratio(100, 400))
    assert [(role.name, role.share, role.band, role.place) for role in found.roles] == [
        ("traffic", Ratio(300, 400), None, None),
        ("profit", Ratio(100, 400), None, None),
    ]
    assert [each.sku for each in found.classes[0].top] == ["b", "a"]


def test_without_classes_or_sales_there_is_nothing_to_say() -> None:
    assert product_structure({DAY: {TAO: {"CNY": sold(("h", 1, 100))}}}, book(info("h"))) is None
    assert product_structure({DAY: {TAO: {"CNY": Sums()}}}, book(info("h", "hero"))) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 5), st.integers(0, 10**6)), min_size=1, max_size=20))
def test_classes_and_what_is_aside_come_to_the_whole(items: list[tuple[str, int, int]]) -> None:
    infos = [info(sku, structure) for sku, structure in zip("abcd", STRUCTURES, strict=True)]
    days = {DAY + timedelta(days=count): {TAO: {"CNY": sold(item)}} for count, item in enumerate(items)}
    found = structure_of(days, book(*infos))
    whole = sum(money for _, _, money in items)
    assert found.classed.denominator == whole
    assert sum(group.amount for group in found.classes) == found.classed.numerator
    assert sum(group.share.numerator or 0 for group in found.classes) == found.classed.numerator


# --- stock --------------------------------------------------------------------------------------------------------------------


def fortnight(pieces: Mapping[str, int], price: int = 100) -> Days:
    """WINDOW days on each of which so many were sold."""
    return {
        DAY - timedelta(days=number): {TAO: {"CNY": sold(*((sku, n, n * price) for sku, n in pieces.items()))}}
        for number in range(WINDOW)
    }


def stock_of(days: Days, by: CostBook, *rows: StockRow) -> StockReport:
    """The section, which must be there."""
    found = stocking(DAY, Stock(rows), days, by)
    assert found is not None
    return found


def only(report: StockReport) -> StockLine:
    """Its one line."""
    (line,) = report.lines
    return line


def test_cover_is_what_is_free_by_the_mean_day_and_the_order_fills_up_to_the_upper_safety_stock() -> None:
    by = book(info("a", fast=True, lead_days=5, cost=40, currency="CNY"))
    line = only(stock_of(fortnight({"a": 10}), by, StockRow(DAY, "a", 90, reserved=20)))
    assert (line.state, line.available, line.cover, line.sold) == ("below", 70, Ratio(70 * 14, 140), 140)
    assert (line.safety, line.lead, line.order) == ((3, 7), 5, (7 + 5) * 10 - 70)
    assert line.at_stake == 10 * 100, "ten pieces are missing until more can come"


@pytest.mark.parametrize(("free", "state"), [(79, "below"), (80, None), (0, "out"), (-3, "out")])
def test_the_threshold_is_safety_and_lead(free: int, state: str | None) -> None:
    found = stock_of(fortnight({"a": 10}), book(info("a", fast=True, lead_days=5)), StockRow(DAY, "a", free))
    assert [line.state for line in found.lines] == ([state] if state else [])


def test_own_safety_days_win_and_without_any_nothing_is_ordered_or_judged() -> None:
    report = stock_of(
        fortnight({"a": 10, "b": 10}),
        book(info("a", fast=True, safety_days=1), info("b")),
        StockRow(DAY, "a", 15),
        StockRow(DAY, "b", 1),
    )
    assert (report.lines, report.unjudged, report.items) == ((), 1, 2)
    out = only(stock_of(fortnight({"b": 10}), book(info("b")), StockRow(DAY, "b", 0)))
    assert (out.state, out.order, out.safety, out.at_stake) == ("out", None, None, 1000)


def test_an_order_is_rounded_up() -> None:
    days = dict(list(fortnight({"a": 1}).items())[:3])
    line = only(stock_of(days, book(info("a", safety_days=7)), StockRow(DAY, "a", 2)))
    assert line.order == 5
    days[DAY] = {TAO: {"CNY": sold(("a", 2, 200))}}
    line = only(stock_of(days, book(info("a", safety_days=7)), StockRow(DAY, "a", 2)))
    assert line.order == 8, "7 x 4/3 = 9.33 are wanted"


def test_what_lies_too_long_is_slow_and_new_things_are_not() -> None:
    by = book(info("a", cost=40, currency="CNY"), info("b"), info("n", "new"))
    rows = (StockRow(DAY, "a", SLOW_DAYS + 1), StockRow(DAY, "b", 5), StockRow(DAY, "n", 5))
    found = stock_of(fortnight({"a": 1}), by, *rows)
    assert [(line.sku, line.state, line.at_stake) for line in found.lines] == [("a", "slow", 91 * 40), ("b", "slow", None)]
    assert stock_of(fortnight({"a": 1}), by, StockRow(DAY, "a", SLOW_DAYS)).lines == ()
    few = dict(list(fortnight({"a": 1}).items())[:5])
    assert stock_of(few, by, StockRow(DAY, "b", 5)).lines == (), "five days without a sale prove nothing"


def test_at_most_ten_lines_the_dearest_first_and_all_are_counted() -> None:
    skus = [f"s{number:02}" for number in range(15)]
    by = book(*(info(sku, fast=True) for sku in skus))
    found = stock_of(fortnight({sku: number + 1 for number, sku in enumerate(skus)}), by, *(StockRow(DAY, sku, 0) for sku in skus))
    assert [line.sku for line in found.lines] == list(reversed(skus))[:MOST_LINES]
    assert (found.out, found.below, found.slow) == (15, 0, 0)


def test_turnover_is_a_year_of_cost_by_the_mean_value() -> None:
    by = book(info("a", cost=40, currency="CNY"), info("b"))
    rows = [
        StockRow(DAY - timedelta(days=WINDOW - 1), "a", 100),
        StockRow(DAY - timedelta(days=6), "a", 300),
        StockRow(DAY, "b", 9),
    ]
    found = stock_of(fortnight({"a": 2, "b": 5}), by, *rows)
    mean = Fraction(7 * 100 * 40 + 7 * 300 * 40, 14)
    assert found.turnover == Ratio(28 * 40 * 365, 14 * mean.numerator // mean.denominator)
    assert Fraction(*map(int, found.turnover)) == Fraction(2 * 40 * 365) / mean  # type: ignore[arg-type]
    assert (found.value, found.unvalued) == (300 * 40, 1)


def test_without_a_count_there_is_nothing_to_say_and_an_old_one_holds_no_more() -> None:
    assert stocking(DAY, Stock(), fortnight({"a": 1}), book()) is None
    assert stocking(DAY, Stock((StockRow(DAY - timedelta(days=31), "a", 5),)), fortnight({"a": 1}), book()) is None
    nothing = stocking(DAY, Stock((StockRow(DAY, "a", 5),)), {}, book())
    assert nothing is not None
    assert (nothing.days, nothing.lines, nothing.turnover.permille()) == (0, (), None)


# --- carriers -----------------------------------------------------------------------------------------------------------------


def freight(carrier: str, price: int, days: int | None, province: str = ANY, **told: int) -> FreightRow:
    """A row of the table."""
    return FreightRow(carrier, "CN", province, 1000, price, "CNY", promised_days=days, **told)  # type: ignore[arg-type]  # shorthand


def test_carriers_by_price_and_by_days_against_what_they_promise() -> None:
    sums = Sums(
        parcels={"SF": {"CN 浙江": {1: 2, 4: 1}}, "EMS": {"CN 西藏": {-1: 3}}, "": {"": {1: 1}}},
        delivery_days={"SF": {1: 1, 2: 1, 3: 1}, "EMS": {9: 2}},
    )
    rows = (freight("SF", 1000, 2, step_grams=1000, step_price=200), freight("EMS", 800, None))
    found = carrier_lines({DAY: {TAO: {"CNY": sums}}}, book(freight=rows))
    assert [line.carrier for line in found] == ["EMS", "SF", ""]
    ems, sf, unknown = found
    assert (sf.cost, sf.taken, sf.promised, sf.late) == (Ratio(3200, 3), Ratio(6, 3), (2, 2), Ratio(1, 3))
    assert (ems.cost, ems.taken, ems.promised, ems.late.permille()) == (Ratio(2400, 3), Ratio(18, 2), None, None)
    assert (unknown.parcels, unknown.priced, unknown.cost.permille()) == (1, 0, None)


def test_of_several_promises_a_parcel_is_late_beyond_the_longest_and_unknown_where_one_is_missing() -> None:
    near = Sums(parcels={"SF": {"CN 浙江": {1: 1}, "CN 西藏": {1: 1}}}, delivery_days={"SF": {3: 1, 7: 1}})
    rows = (freight("SF", 1000, 2), freight("SF", 2000, 6, "西藏"))
    (line,) = carrier_lines({DAY: {TAO: {"CNY": near}}}, book(freight=rows))
    assert (line.promised, line.late, line.cost) == ((2, 6), Ratio(1, 2), Ratio(3000, 2))
    (line,) = carrier_lines({DAY: {TAO: {"CNY": near}}}, book(freight=(freight("SF", 1000, 2), freight("SF", 2000, None, "西藏"))))
    assert (line.promised, line.late) == ((2, 2), Ratio(None, 2))


# --- creators -----------------------------------------------------------------------------------------------------------------


def test_creators_and_sources_are_told_apart_by_platform_in_one_currency() -> None:
    tao = Sums(orders=10, gmv=1000, trails={"creator:kol": Trail(2, 300), "source:live": Trail(5, 600)})
    shop = Sums(orders=1, gmv=100, trails={"creator:kol": Trail(1, 100)})
    found = creators({DAY: {TAO: {"CNY": tao}, SHOP: {"USD": shop, "EUR": shop}}}, RATES)
    assert found is not None
    assert [(line.kind, line.platform, line.gmv, line.share) for line in found.lines] == [
        ("creator", "shopify", 700, Ratio(700, 700)),
        ("creator", "taobao", 300, Ratio(300, 1000)),
        ("source", "taobao", 600, Ratio(600, 1000)),
    ]
    assert (found.creators, found.sources, found.unrated) == (2, 1, ("EUR",))
    assert [(each.platform, each.orders, each.by_creator, each.by_source) for each in found.platforms] == [
        ("taobao", 10, Trail(2, 300), Trail(5, 600)),
        ("shopify", 1, Trail(1, 700), Trail(0, 0)),
    ]


def test_ten_of_each_kind_are_shown_and_all_counted() -> None:
    trails = {f"creator:k{number:02}": Trail(1, number) for number in range(15)}
    found = creators({DAY: {TAO: {"CNY": Sums(orders=15, gmv=200, trails=trails)}}}, RATES)
    assert found is not None
    assert ([line.name for line in found.lines][:2], len(found.lines), found.creators) == (["k14", "k13"], 10, 15)
    assert creators({DAY: {TAO: {"CNY": Sums(orders=1, gmv=5)}}}, RATES) is None


# --- campaigns ----------------------------------------------------------------------------------------------------------------


def test_a_funnel_of_days_counts_draws_and_what_left_and_says_no_more() -> None:
    draws = [{"back": {"treated:": 9, "holdout:": 1}}, {"back": {"treated:": 5}}]
    outcomes = [{"back": {"sent:": 7, "suppressed:holdout": 1, "unknown:": 1}, "-": {"sent:": 3}}, {"other": {"failed:": 1}}]
    back, other = funnels_by_day(draws, outcomes)
    assert (back.drawn, back.held, back.sent, back.followed, back.bought) == (15, 1, 8, False, None)
    assert (other.campaign, other.drawn, other.sent) == ("other", 0, 0)
