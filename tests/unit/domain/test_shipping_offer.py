"""Free shipping: who is where is exact, what it costs is what was charged, and what nobody knows is not told as known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.config import parse
from chalicelib.domain.cost_terms import AccountCosts, CostTerms
from chalicelib.domain.costs import CostBook
from chalicelib.domain.facts import low_edge
from chalicelib.domain.freight import ANY, Freight, FreightRow
from chalicelib.domain.metrics import Basket, Item, Product, Sums
from chalicelib.domain.products import ProductInfo, Products
from chalicelib.domain.rates import Rate, Rates
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.shipping_offer import (
    LEAST_ORDERS,
    MOST_CANDIDATES,
    Basis,
    Bin,
    ShippingOffer,
    candidates,
    part,
    shipping_offers,
    what_if,
)
from chalicelib.errors import ConfigError

DAY = date(2026, 11, 20)
TAO = ("taobao", "flag")
RATES = Rates("CNY", (Rate("USD", 7, 0, DAY, "bank"),))


def bins(*values: tuple[int, int]) -> dict[int, Bin]:
    """Orders of (value of goods, shipping charged) in their bins, all in the merchant's currency."""
    found: dict[int, Bin] = {}
    for value, shipping in values:
        edge = low_edge(value)
        found[edge] = found.get(edge, Bin(edge)).plus(Bin(edge, 1, value, value, shipping))
    return found


SHOP = bins((5_000, 800), (8_000, 800), (8_900, 800), (9_500, 800), (9_900, 0), (15_000, 0), (15_900, 0))
KNOWN = Basis(current=(9_900,), margin=Fraction(4, 10), freight=Fraction(500))


def test_orders_just_under_the_threshold_of_today_and_what_they_lack() -> None:
    found = part(SHOP, (), KNOWN)
    assert [(each.permille, each.since, each.orders, each.lack) for each in found.under] == [
        (100, 9_000, 1, 400),  # 10 % under 99.00 are 89.10: the first edge from there on is 90.00
        (200, 8_000, 3, 1_900 + 1_000 + 400),
    ]
    assert (found.orders, [row.threshold for row in found.rows]) == (7, [9_900])


def test_a_lower_threshold_gives_up_what_these_orders_were_charged() -> None:
    found = what_if(SHOP, 8_000, KNOWN)
    assert (found.orders, found.share, found.unsure, found.current) == (6, Ratio(6, 7), 0, False)
    assert (found.given_up, found.regained, found.freight) == (3 * 800, 0, 6 * 500)
    assert found.margin == round(Fraction(4, 10) * (8_000 + 8_900 + 9_500 + 9_900 + 15_000 + 15_900)) - 3_000
    assert (found.near, found.lack) == (0, 0)


def test_what_would_pay_is_exact_and_what_is_expected_follows_from_the_assumption() -> None:
    many = bins(*[(9_000, 200)] * 100, *[(10_000, 300)] * 5)
    basis = Basis(margin=Fraction(1, 2), top_up=Fraction(150, 1000))
    found = what_if(many, 10_000, basis)
    gain = 100 * 1_000 // 2 - 100 * 200  # were all hundred to add what they lack, and pay no shipping
    assert (found.near, found.lack, found.given_up) == (100, 100_000, 1_500)
    assert found.break_even == Ratio(1, 20)
    assert Fraction(1_500, gain) == Fraction(1, 20)
    assert found.expected == gain * 15 // 100 - 1_500
    at_break_even = replace(basis, top_up=Fraction(1, 20))
    assert what_if(many, 10_000, at_break_even).expected == 0
    assert what_if(many, 10_000, replace(basis, top_up=Fraction(0))).expected == -1_500


def test_where_no_share_would_pay_it_says_so() -> None:
    thin = what_if(bins(*[(9_000, 900)] * 10, (10_000, 800)), 10_000, Basis(margin=Fraction(1, 2)))
    assert (thin.break_even, thin.expected) == (None, round(Fraction(15, 100) * (5_000 - 9_000)) - 800)
    above = what_if(bins((9_000, 0), (10_000, 8_000)), 10_000, Basis(margin=Fraction(1, 2)))
    assert above.break_even == Ratio(16, 1), "sixteen of one: it cannot pay"
    nobody = what_if(bins((5_000, 800), (10_000, 800)), 10_000, Basis())
    assert (nobody.near, nobody.break_even, nobody.expected) == (0, None, -800), "what is given up is known without a margin"


def test_what_is_unknown_is_not_told() -> None:
    blind = what_if(SHOP | bins((7_500, 800)), 8_000, Basis(current=(9_900,)))
    assert (blind.freight, blind.margin, blind.break_even, blind.expected) == (None, None, None, None)
    assert (blind.orders, blind.given_up) == (6, 2_400), "what is known is"
    now = what_if(SHOP, 9_900, KNOWN)
    assert (now.current, now.given_up, now.expected, now.break_even) == (True, 0, None, None), "today is no what-if"
    between = what_if(SHOP, 12_000, replace(KNOWN, current=(9_900, 15_000)))
    assert (between.regained, between.expected) == (None, None)


def test_a_higher_threshold_is_charged_at_todays_mean_and_surcharges_above_stay() -> None:
    surcharged = bins((5_000, 800), (8_000, 400), (9_900, 0), (10_500, 100), (15_000, 700))
    found = what_if(surcharged, 12_000, KNOWN)
    assert (found.given_up, found.regained) == (0, 2 * 600 - 100)
    assert (found.break_even, found.expected) == (None, None), "nobody knows how many would stay away"
    share = 1_100 / (Fraction(4, 10) * (9_900 + 10_500) - 2 * 500)
    assert found.may_lose == Ratio(share.numerator, share.denominator)
    assert what_if(surcharged, 12_000, replace(KNOWN, margin=Fraction(1, 10))).may_lose == Ratio(1, 1)
    assert what_if(surcharged, 12_000, replace(KNOWN, freight=None)).may_lose is None
    assert what_if(surcharged, 8_000, KNOWN).may_lose is None
    assert what_if(surcharged, 9_900, KNOWN).given_up == 0


def test_a_threshold_within_a_bin_says_who_is_unsure() -> None:
    found = what_if(bins((19_000, 100), (19_950, 0), (20_000, 0), (18_500, 100)), 19_900, replace(KNOWN, current=(19_900,)))
    assert (found.orders, found.unsure, found.near) == (1, 2, 1)


def test_candidates_lie_on_edges_but_for_those_of_today() -> None:
    found = candidates(SHOP, (9_950,))
    assert 9_950 in found and len(found) <= MOST_CANDIDATES
    assert all(each == low_edge(each) for each in found if each != 9_950)
    quarters = candidates(bins(*[(1_000 * n, 0) for n in range(1, 9)]), ())
    assert quarters == (3_000, 5_000, 7_000)
    assert candidates({}, ()) == ()


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 200_000), st.integers(0, 3_000)), min_size=1, max_size=40),
    st.integers(1, 200).map(lambda number: low_edge(number * 1_000)),
    st.sampled_from([(), (9_900,), (5_000, 20_000)]),
)
def test_counts_agree_with_the_orders_themselves(orders: list[tuple[int, int]], threshold: int, current: tuple[int, ...]) -> None:
    found = what_if(bins(*orders), threshold, replace(KNOWN, current=current))
    assert found.orders == sum(value >= threshold for value, _ in orders)
    assert found.unsure == 0
    least = Fraction(85, 100) * threshold
    assert found.near <= sum(least <= value < threshold for value, _ in orders)
    assert found.near >= sum(least * Fraction(11, 10) <= value < threshold for value, _ in orders), "a bin is a tenth wide at most"
    if not current:
        assert found.given_up == sum(shipping for value, shipping in orders if value >= threshold)
    if found.break_even and found.expected is not None and found.break_even.denominator:
        assert found.break_even.numerator is not None and found.break_even.numerator >= 0


# --- of accounts --------------------------------------------------------------------------------------------------------------


def day(currency: str = "CNY", count: int = 10, **told: object) -> dict[str, Sums]:
    """A day of orders of 90.00 and 150.00, tea and pots."""
    sums = Sums(
        orders=2 * count,
        gmv=24_000 * count,
        products={
            "tea": Product("Tea", count, 9_000 * count, {"tea": Item(count, 9_000 * count)}),
            "pot": Product("Pot", count, 15_000 * count, {"pot": Item(count, 15_000 * count)}),
        },
        baskets={
            "茶": {9_000: Basket(count, 9_000 * count, 800 * count)},
            "": {15_000: Basket(count, 15_000 * count, 0)},
        },
        parcels={"SF": {"CN 浙江": {1: 2 * count}}},
    )
    for name, value in told.items():
        setattr(sums, name, value)
    return {currency: sums}


TERMS = CostTerms(accounts=(AccountCosts("taobao", commission=Fraction(1, 10), payment=Fraction(0), free_shipping=(9_900,)),))
MASTER = Products.of([ProductInfo("tea", 3_000, "CNY"), ProductInfo("pot", 9_000, "CNY")])
BOOK = CostBook(MASTER, Freight((FreightRow(ANY, ANY, ANY, 0, 600, "CNY"),)), TERMS, RATES)


def offer(book: CostBook = BOOK, **days: dict[str, Sums]) -> ShippingOffer:
    """The one section of an account's days."""
    told = days or {"first": day(), "second": day()}
    (found,) = shipping_offers({DAY + timedelta(days=count): {TAO: each} for count, each in enumerate(told.values())}, book)
    return found


def test_an_accounts_margin_and_freight_come_from_its_own_days() -> None:
    found = offer()
    assert found.margin == Ratio(2, 5), "half is left after the cost of goods, a tenth is commission"
    assert (found.freight, found.current, found.assumed) == (Ratio(600, 1), (9_900,), Ratio(3, 20))
    assert (found.whole.orders, [each.orders for each in found.whole.under]) == (40, [20, 20])
    assert [(each.category, each.orders, each.under[0].orders) for each in found.categories] == [("", 20, 0), ("茶", 20, 20)]
    for row in found.whole.rows:
        told = [next(each for each in by.rows if each.threshold == row.threshold) for by in found.categories]
        assert (sum(each.orders for each in told), sum(each.given_up for each in told)) == (row.orders, row.given_up)


def test_orders_that_have_not_left_pay_no_freight_yet() -> None:
    assert offer(first=day(waiting=10)).freight == Ratio(600 * 2, 1), "twenty parcels of ten orders"


def test_of_too_few_known_costs_nothing_is_told() -> None:
    found = offer(replace(BOOK, products=Products.of([ProductInfo("tea", 3_000, "CNY")]), freight=Freight()))
    assert (found.margin.permille(), found.freight.permille()) == (None, None)
    assert all(row.margin is None for row in found.whole.rows)
    assert all(row.expected is None for row in found.whole.rows if row.near)


def test_orders_that_tell_no_lines_make_a_margin_unknown() -> None:
    assert offer(first=day(lineless=5, lineless_gmv=60_000)).margin == Ratio(2, 5)
    assert not offer(first=day(lineless=50, lineless_gmv=600_000)).margin.known


def test_thresholds_are_of_the_accounts_main_currency_and_money_is_the_merchants() -> None:
    both = {DAY: {TAO: day(count=15) | day("USD", 10)}}
    both[DAY][TAO]["USD"].baskets[""][15_000].shipping = 1_000
    yuan, dollars = shipping_offers(both, BOOK)
    assert (yuan.currency, yuan.current, dollars.currency, dollars.current) == ("CNY", (9_900,), "USD", ())
    row = next(row for row in dollars.whole.rows if row.threshold == 15_000)
    assert (row.orders, row.given_up, row.near) == (10, 1_000 * 7, 0)


def test_few_orders_no_shipping_charged_and_no_rate_say_nothing() -> None:
    few = {DAY: {TAO: day(count=LEAST_ORDERS // 2 - 1)}}
    free = day()
    free["CNY"].baskets["茶"][9_000].shipping = 0
    quiet = replace(BOOK, terms=CostTerms())
    assert shipping_offers(few, BOOK) == ()
    assert shipping_offers({DAY: {TAO: free}}, quiet) == ()
    assert len(shipping_offers({DAY: {TAO: day()}}, quiet)) == 1
    assert shipping_offers({DAY: {TAO: day("EUR")}}, BOOK) == ()


@pytest.mark.parametrize(("told", "top_up"), [("", 150), ("top_up_permille = 0\n", 0), ("top_up_permille = 300\n", 300)])
def test_the_assumption_is_configured(told: str, top_up: int) -> None:
    assert parse(f'merchant = "demo"\ncurrency = "CNY"\n[costs]\n{told}').costs.top_up == top_up


def test_no_share_is_above_one() -> None:
    with pytest.raises(ConfigError):
        parse('merchant = "demo"\ncurrency = "CNY"\n[costs]\ntop_up_permille = 1001\n')
