"""The waterfall: exact, by account and in whole, and what is not known is no zero."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.cost_parts import LINELESS, WAITING, Gap
from chalicelib.domain.cost_terms import USUAL_COMMISSIONS, AccountCosts, AccountKey, CostTerms, Fixed
from chalicelib.domain.costs import CostBook, Waterfall, Waterfalls, waterfalls
from chalicelib.domain.freight import ANY, Freight, FreightRow
from chalicelib.domain.metrics import UNWEIGHED, Item, Product, Sums
from chalicelib.domain.products import ProductInfo, Products
from chalicelib.domain.rates import Rate, Rates
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.spend import AdCost
from chalicelib.domain.worth import Booked

DAY = date(2026, 11, 20)
TAO, SHOP, META = ("taobao", "flag"), ("shopify", "acme"), ("meta", "ads")
RATES = Rates("CNY", (Rate("USD", 7, 0, DAY, "bank"), Rate("USD", 8, 0, DAY + timedelta(days=1), "bank")))


def sold(gmv: int, *items: tuple[str, int, int], **told: int) -> Sums:
    """A day's sums: (sku, pieces, money) each."""
    products = {f"p-{sku}": Product(sku, quantity, amount, {sku: Item(quantity, amount)}) for sku, quantity, amount in items}
    sums = Sums(orders=told.pop("orders", 1), gmv=gmv, units=sum(quantity for _, quantity, _ in items), products=products)
    if not items:
        sums.lineless, sums.lineless_gmv = sums.orders, gmv
    for name, value in told.items():
        setattr(sums, name, value)
    return sums


def book(costs: Mapping[str, int] | None = None, freight: int | None = None, **terms: object) -> CostBook:
    """Costs of one piece in fen, a flat price of freight, terms."""
    rows = (FreightRow(ANY, ANY, ANY, 0, freight, "CNY"),) if freight is not None else ()
    products = Products.of(ProductInfo(sku, cost, "CNY") for sku, cost in (costs or {}).items())
    return CostBook(products, Freight(rows), CostTerms(**terms), RATES)  # type: ignore[arg-type]  # a test's shorthand


def one(sums: Sums, by: CostBook, account: AccountKey = TAO, currency: str = "CNY", **told: object) -> Waterfall:
    """The waterfall of one account's day."""
    return waterfalls({DAY: {account: {currency: sums}}}, by, **told).total  # type: ignore[arg-type]  # a test's shorthand


FEES = (
    AccountCosts("taobao", commission=Fraction(40, 1000), order_fee=10, payment=Fraction(6, 1000)),
    AccountCosts("shopify", commission=Fraction(0), payment=Fraction(29, 1000), payment_fee=210),
    AccountCosts("meta", serves=(SHOP,)),
)


def test_every_part_is_taken_off_once() -> None:
    sums = sold(
        10_000, ("tea", 2, 9_000), refunds=1_000, tax_platform=500, discount_platform=700, discount_seller=300, shipping=1_000
    )
    sums.parcels = {"顺丰": {"CN 浙江": {1: 1}}}
    by = book({"tea": 2_000}, 800, accounts=FEES, messages={"sms": Fraction(9, 2)})
    found = one(sums, by, ads=[AdCost(TAO, 1_500, 1, 1)], messages={"sms": 3})
    assert (found.gmv, found.tax_platform, found.refunds, found.net_sales) == (10_000, 500, 1_000, 8_500)
    # 8,500 at 40 ‰ and 10 an order; 8,500 at 6 ‰; three messages at 4.5, to the even
    assert {part.kind: part.cost for part in found.parts} == {
        "goods": 4_000,
        "commission": 350,
        "freight": 800,
        "payment": 51,
        "messages": 14,
        "ads": 1_500,
    }
    assert found.margin == 8_500 - 4_000 - 350 - 800 - 51 - 14 - 1_500
    assert found.without == ()
    assert (found.subsidy, found.coupons, found.shipping) == (700, 300, 1_000), "told aside, taken off nowhere"


def test_what_nobody_told_is_not_nothing() -> None:
    found = one(sold(10_000, ("tea", 1, 10_000), orders=3), book(), SHOP)
    assert found.margin is None
    assert found.without == ("goods", "commission", "payment", "messages", "ads")
    assert found.part("goods").gaps == (Gap("tea", 1, 10_000),)
    assert found.part("commission").gaps == (Gap("shopify/acme", 3, 10_000),)
    assert [part.cost for part in found.parts] == [None, None, 0, None, None, None], "no parcel left, so that none has a price"


def test_a_usual_commission_is_named() -> None:
    part = one(sold(10_000), book()).part("commission")
    assert (part.cost, part.usual, part.whole) == (400, ("taobao/flag",), True)
    assert USUAL_COMMISSIONS["taobao"] == (30, 50)
    told = one(sold(10_000), book(accounts=FEES)).part("commission")
    assert (told.cost, told.usual) == (410, ())


@pytest.mark.parametrize(
    ("uncosted", "estimated", "enough"), [(0, 0, True), (1_000, 444, True), (2_000, 1_000, True), (2_001, 0, False)]
)
def test_a_margin_wants_most_costs_and_estimates_the_rest(uncosted: int, estimated: int, enough: bool) -> None:
    costed = 10_000 - uncosted
    items = [("tea", 1, costed)] + ([("mug", 1, uncosted)] if uncosted else [])
    found = one(sold(10_000, *items), book({"tea": 4_000}))
    goods = found.part("goods")
    assert (goods.amount, goods.estimated, goods.covered) == (4_000, estimated, Ratio(costed, 10_000))
    assert [gap.name for gap in goods.gaps] == (["mug"] if uncosted else [])
    assert found.margin == (10_000 - 4_000 - estimated - 400 if enough else None)  # 400: the usual commission
    assert ("goods" in found.without) != enough


def test_what_is_given_away_without_a_cost_stays_unknown() -> None:
    found = one(sold(10_000, ("tea", 1, 10_000), ("gift", 2, 0)), book({"tea": 4_000}))
    assert found.margin is not None and "goods" in found.without
    assert found.part("goods").gaps == (Gap("gift", 2, 0),)


def test_refunds_give_no_goods_back() -> None:
    sums = sold(10_000, ("tea", 1, 10_000), refunds=10_000)
    found = one(sums, book({"tea": 4_000}, accounts=FEES))
    assert (found.net_sales, found.part("goods").cost, found.part("commission").cost) == (0, 4_000, 10)


def test_the_cost_and_the_rate_of_the_order_s_own_day_hold() -> None:
    later = DAY + timedelta(days=1)
    products = Products.of([ProductInfo("tea", 100, "USD"), ProductInfo("tea", 500, "CNY", since=later)])
    by = CostBook(products, Freight(), CostTerms(), RATES)
    days: dict[date, Booked] = {day: {SHOP: {"USD": sold(1_000, ("tea", 1, 1_000))}} for day in (DAY, later)}
    total = waterfalls(days, by).total
    assert total.gmv == 7_000 + 8_000
    assert total.part("goods").cost == 700 + 500


def test_a_currency_without_a_rate_is_in_no_figure() -> None:
    days = {DAY: {SHOP: {"EUR": sold(1_000, ("tea", 1, 1_000), refunds=5), "CNY": sold(300, ("tea", 1, 300))}}}
    found = waterfalls(days, book({"tea": 100}))
    assert (found.unrated, found.total.gmv, found.total.refunds, found.total.part("goods").cost) == (("EUR",), 300, 0, 100)
    products = Products.of([ProductInfo("tea", 100, "EUR")])
    cost = waterfalls({DAY: {SHOP: {"CNY": sold(300, ("tea", 1, 300))}}}, CostBook(products, Freight(), CostTerms(), RATES))
    assert (cost.unrated, cost.total.margin) == (("EUR",), None)


def test_orders_without_lines_have_no_known_goods() -> None:
    goods = one(sold(10_000, orders=4), book({"tea": 1})).part("goods")
    assert (goods.cost, goods.gaps) == (None, (Gap(LINELESS, 4, 10_000),))


def test_orders_without_lines_are_not_free_beside_those_with_them() -> None:
    sums = sold(12_000, ("tea", 1, 10_000), orders=3, lineless=2, lineless_gmv=2_000)
    goods = one(sums, book({"tea": 4_000})).part("goods")
    assert (goods.amount, goods.estimated, goods.covered) == (4_000, 800, Ratio(10_000, 12_000))
    assert goods.gaps == (Gap(LINELESS, 2, 2_000),)
    few = one(sold(14_000, ("tea", 1, 10_000), orders=3, lineless=2, lineless_gmv=4_000), book({"tea": 4_000}))
    assert few.margin is None, "known of less than 800 permille"
    unpriced = one(sold(10_000, ("tea", 1, 10_000), orders=2, lineless=1, lineless_gmv=0), book({"tea": 4_000}))
    assert "goods" in unpriced.without and not unpriced.part("goods").whole


def test_at_most_ten_gaps_the_largest_first_and_all_counted() -> None:
    items = [(f"sku-{number:02}", 1, 100 + number) for number in range(12)]
    goods = one(sold(2_000, *items), book()).part("goods")
    assert (len(goods.gaps), goods.lacking, goods.gaps[0]) == (10, 12, Gap("sku-11", 1, 111))


def test_freight_by_weight_and_what_has_no_price() -> None:
    rows = (FreightRow("顺丰", "CN", ANY, 1_000, 1_200, "CNY", 500, 200), FreightRow(ANY, "CN", ANY, 0, 600, "CNY"))
    by = CostBook(Products(), Freight(rows), CostTerms(), RATES)
    sums = sold(10_000, orders=9)
    sums.parcels = {"顺丰": {"CN 浙江": {2: 1, 3: 2, UNWEIGHED: 1}}, "": {"CN 浙江": {UNWEIGHED: 2}, "US KY": {1: 1}}}
    sums.waiting = 2
    part = one(sums, by).part("freight")
    assert (part.amount, part.covered, part.whole) == (1_200 + 2 * 1_400 + 2 * 600, Ratio(5, 9), False)
    assert set(part.gaps) == {Gap("顺丰, CN 浙江", 1), Gap(", US KY", 1), Gap(WAITING, 2)}


def test_freight_of_most_parcels_is_estimated_for_the_rest() -> None:
    sums = sold(10_000, orders=5)
    sums.parcels, sums.waiting = {"": {"": {1: 4}}}, 1
    part = one(sums, book({}, 500)).part("freight")
    assert (part.amount, part.estimated, part.whole) == (2_000, 500, True)


def test_advertising_goes_to_whom_it_serves() -> None:
    booked: Booked = {TAO: {"CNY": sold(3_000)}, SHOP: {"CNY": sold(1_000)}}
    served = waterfalls({DAY: booked}, book(accounts=FEES), ads=[AdCost(META, 101, 1, 1), AdCost(TAO, 50, 1, 1)])
    assert [served.accounts[account].part("ads").cost for account in (TAO, SHOP)] == [50, 101]
    shared = waterfalls({DAY: booked}, book(), ads=[AdCost(META, 101, 1, 1)])
    assert [shared.accounts[account].part("ads").cost for account in (TAO, SHOP)] == [76, 25], "by sales: META sells nothing itself"
    alone = waterfalls({DAY: {}}, book(), ads=[AdCost(META, 101, 1, 1)])
    assert alone.accounts[META].part("ads").cost == alone.total.part("ads").cost == 101
    assert alone.total.margin == -101


def test_a_missing_report_of_advertising_is_named() -> None:
    part = one(sold(1_000), book(), ads=[AdCost(META, 100, 6, 7), AdCost(TAO, 0, 7, 7)]).part("ads")
    assert (part.cost, part.covered, part.whole, part.gaps) == (100, Ratio(13, 14), False, (Gap("meta/ads", 1),))


def test_messages_without_a_price_are_named_and_without_a_shop_still_cost() -> None:
    by = book(messages={"sms": Fraction(5)})
    part = one(sold(1_000), by, messages={"sms": 2, "wechat": 3, "email": 0}).part("messages")
    assert (part.cost, part.covered, part.gaps) == (10, Ratio(2, 5), (Gap("wechat", 3),))
    assert waterfalls({DAY: {}}, by, messages={"sms": 2}).total.margin == -10


def test_fixed_costs_stand_beside() -> None:
    days: dict[date, Booked] = {date(2026, 11, number): {} for number in range(1, 31)}
    found = waterfalls(days, book(fixed=(Fixed("rent", 100_001),)))
    assert (found.fixed, found.total.margin) == (100_001, 0)


def _sums(items: list[tuple[str, int, int]], refunds: int, tax: int, waiting: int, parcels: list[tuple[str, str, int]]) -> Sums:
    sums = sold(sum(amount for _, _, amount in items), *items, refunds=refunds, tax_platform=tax, waiting=waiting)
    for carrier, region, weight in parcels:
        weights = sums.parcels.setdefault(carrier, {}).setdefault(region, {})
        weights[weight] = weights.get(weight, 0) + 1
    return sums


amounts = st.integers(0, 10_000)
sums_of_days = st.builds(
    _sums,
    st.lists(
        st.tuples(st.sampled_from(["tea", "mug", "tin", "gift"]), st.integers(1, 5), amounts), max_size=4, unique_by=lambda i: i[0]
    ),
    amounts,
    amounts,
    st.integers(0, 3),
    st.lists(st.tuples(st.sampled_from(["顺丰", ""]), st.sampled_from(["CN 浙江", "US KY", ""]), st.integers(-1, 4)), max_size=4),
)


worlds = st.dictionaries(
    st.integers(0, 2).map(lambda days: DAY + timedelta(days=days)),
    st.dictionaries(
        st.sampled_from([TAO, SHOP, ("jd", "one")]),
        st.dictionaries(st.sampled_from(["CNY", "USD", "EUR"]), sums_of_days, max_size=2),
        max_size=3,
    ),
    max_size=3,
)
PRICED = (FreightRow("顺丰", "CN", ANY, 1_000, 1_200, "CNY", 500, 200), FreightRow(ANY, "CN", ANY, 0, 90, "USD"))
BOOK = CostBook(
    Products.of([ProductInfo("tea", 37, "CNY"), ProductInfo("mug", 11, "USD"), ProductInfo("tin", 5, "EUR")]),
    Freight(PRICED),
    CostTerms(accounts=FEES, messages={"sms": Fraction(1, 3)}, least_covered=500),
    RATES,
)
ad_costs = st.lists(
    st.builds(AdCost, st.sampled_from([TAO, META, ("other", "radio")]), amounts, st.just(2), st.integers(2, 3)),
    max_size=3,
    unique_by=lambda ad: ad.account,
)


def _told(found: Waterfalls) -> list[Waterfall]:
    return [found.total, *found.accounts.values()]


@given(worlds, st.none() | ad_costs, st.none() | st.just({"sms": 100, "email": 3}))
@settings(deadline=None)
def test_accounts_come_to_the_whole(
    days: Mapping[date, Booked], ads: list[AdCost] | None, messages: Mapping[str, int] | None
) -> None:
    found = waterfalls(days, BOOK, ads=ads, messages=messages)
    accounts = list(found.accounts.values())
    for name in ("orders", "gmv", "tax_platform", "refunds", "net_sales", "subsidy", "coupons", "shipping"):
        assert getattr(found.total, name) == sum(getattr(account, name) for account in accounts)
    for part in found.total.parts:
        if accounts:
            assert part.amount == sum(account.part(part.kind).amount for account in accounts)
            assert part.estimated == sum(account.part(part.kind).estimated for account in accounts)
        assert part.lacking >= len(part.gaps) and (part.whole or part.kind in found.total.without)
    for told in _told(found):
        if told.margin is not None:
            assert told.margin == told.net_sales - sum(part.cost or 0 for part in told.parts)
    if accounts and all(account.margin is not None for account in accounts):
        assert found.total.margin == sum(account.margin or 0 for account in accounts)


@given(worlds, ad_costs, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_order_is_irrelevant(days: Mapping[date, Booked], ads: list[AdCost], shuffle: random.Random) -> None:
    def mixed(table: Mapping[object, object]) -> dict[object, object]:
        entries = list(table.items())
        shuffle.shuffle(entries)
        return {name: mixed(value) if isinstance(value, Mapping) else value for name, value in entries}

    again: Mapping[date, Booked] = mixed(days)  # type: ignore[arg-type,assignment]  # the same shape, in another order
    shuffled = list(ads)
    shuffle.shuffle(shuffled)
    assert waterfalls(again, BOOK, ads=shuffled) == waterfalls(days, BOOK, ads=ads)


@given(worlds)
@settings(deadline=None)
def test_currencies_are_never_added(days: Mapping[date, Booked]) -> None:
    """Each currency alone, and then added in the merchant's, is all currencies together."""
    whole = waterfalls(days, BOOK)
    alone = [
        waterfalls(
            {day: {a: {c: s for c, s in by.items() if c == currency} for a, by in booked.items()} for day, booked in days.items()},
            BOOK,
        )
        for currency in ("CNY", "USD", "EUR")
    ]
    for name in ("gmv", "refunds", "tax_platform"):
        assert getattr(whole.total, name) == sum(getattr(each.total, name) for each in alone)
    assert whole.total.part("goods").amount == sum(each.total.part("goods").amount for each in alone)
    assert alone[2].total.gmv == 0, "no rate, in no figure"
