"""Anomalies: what is unusual of a day, what is not, one finding an event, money to the cent, and the driver named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain import anomaly, anomaly_account
from chalicelib.domain.anomaly import Account, Anomaly, DayFigures, Driver, Metric, Series, Sold, find
from chalicelib.domain.festivals import CHINA, place
from chalicelib.domain.tails import count_deviation
from chalicelib.domain.usual import Daily, Expectation, Kind, expect, learn

DAY = date(2026, 9, 16)  # a Wednesday
QUIET = ("nowhere",)  # a market without a festival
ORDER = 10_000  # minor units
WEEK = (110, 100, 100, 95, 105, 150, 180)  # orders by weekday, Monday first


def figures(orders: int, **other: int | None) -> DayFigures:
    """A day of so many orders of one value, a refund for each twentieth, and its spend and visitors."""
    back = orders // 20
    plain = {"gmv": orders * ORDER, "refund_count": back, "refunds": back * ORDER, "spend": 80_000, "visitors": orders * 40}
    return DayFigures(orders, **(plain | other))  # type: ignore[arg-type]


def past(days: int = 120, day: date = DAY, scale: float = 1.0, seed: str = "a") -> dict[date, DayFigures | None]:
    """Days before a day: by weekday, a little uneven."""
    draw = Random(seed)
    found: dict[date, DayFigures | None] = {}
    for ago in range(1, days + 1):
        on = day - timedelta(days=ago)
        orders = round(WEEK[on.weekday()] * scale * draw.uniform(0.93, 1.07))
        found[on] = figures(orders, spend=round(80_000 * draw.uniform(0.9, 1.1)))
    return found


def shop(today: DayFigures | None, days: Mapping[date, DayFigures | None] | None = None, **other: object) -> Account:
    """An account whose day this is."""
    history = dict(past() if days is None else days)
    history[DAY] = today
    plain: dict[str, object] = {"platform": "tmall", "account": "acme", "markets": QUIET}
    return Account(days=history, **(plain | other))  # type: ignore[arg-type]


def only(found: tuple[Anomaly, ...]) -> Anomaly:
    assert len(found) == 1, found
    return found[0]


def test_a_usual_day_is_no_finding() -> None:
    assert find([shop(figures(100))], DAY) == ()


def test_a_drop_of_half_is_one_finding_with_its_money_and_rate() -> None:
    one = only(find([shop(figures(50))], DAY))
    assert one.series == Series("tmall", "acme", Metric.ORDERS) and (one.day, one.since, one.days) == (DAY, DAY, 1)
    assert one.direction == "down" and one.value == 50 and 96 <= one.expected <= 104 and not one.again
    assert one.low < one.expected < one.high and one.value < one.low
    assert abs(one.money - (one.value - one.expected) * ORDER) <= ORDER and type(one.money) is int
    assert one.driver == Driver("rate", "visitors", 1000), "visitors fell with the orders"


def test_the_rate_that_fell_is_named() -> None:
    lost = only(find([shop(figures(50, visitors=4000))], DAY))
    assert lost.driver.name == "conversion" and lost.driver.share >= 900
    plain = only(
        find([shop(figures(50, visitors=None), {on: each and replace(each, visitors=None) for on, each in past().items()})], DAY)
    )
    assert plain.driver == Driver("rate", "orders", 1000)


def test_a_weekday_is_measured_by_its_own_kind() -> None:
    sunday = DAY + timedelta(days=4)
    days = past(day=sunday)
    days[sunday] = figures(98)  # usual on a Wednesday, far too few on a Sunday
    found = only(find([Account("tmall", "acme", days, markets=QUIET)], sunday))
    assert found.direction == "down" and 165 <= found.expected <= 190
    days[sunday] = figures(180)
    assert find([Account("tmall", "acme", days, markets=QUIET)], sunday) == ()


def test_a_source_that_was_not_fresh_is_no_drop_and_no_part_of_what_is_usual() -> None:
    assert find([shop(None)], DAY) == ()
    gaps = {on: None if on.day % 3 == 0 else each for on, each in past().items()}
    assert find([shop(figures(100), gaps)], DAY) == ()
    assert only(find([shop(figures(50), gaps)], DAY)).series.metric is Metric.ORDERS
    zeros = {on: figures(0) if on.day % 3 == 0 else each for on, each in past().items()}
    told = {one.series.metric for one in find([shop(figures(50), zeros)], DAY)}
    assert Metric.ORDERS not in told, "as zeros they would make any drop usual"


def test_on_too_few_days_nothing_is_judged() -> None:
    assert find([shop(figures(5), past(13))], DAY) == ()
    assert find([shop(figures(5), past(14))], DAY) != ()


@pytest.mark.parametrize(("orders", "told"), [(0, False), (2, False), (12, False), (17, True)])
def test_a_small_shops_empty_day_is_nothing_unusual(orders: int, told: bool) -> None:
    """Five orders a day: none comes to it by chance once in 150 days, 17 hardly ever."""
    draw = Random("small")
    days = {DAY - timedelta(days=ago): figures(draw.choice((3, 4, 5, 5, 6, 7))) for ago in range(1, 100)}
    days[DAY - timedelta(days=1)] = days[DAY - timedelta(days=2)] = figures(5)
    assert bool(find([shop(figures(orders, visitors=200), dict(days))], DAY)) is told


def test_what_goes_on_for_days_is_found_though_no_day_is_far_out(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = Random("slow")
    days: dict[date, DayFigures | None] = {
        DAY - timedelta(days=ago): figures(max(round(draw.gauss(20, 4.5)), 0), visitors=None, spend=None) for ago in range(1, 100)
    }
    for ago in (1, 2):
        days[DAY - timedelta(days=ago)] = figures(9, visitors=None, spend=None)
    one = only(find([shop(figures(9, visitors=None, spend=None), days)], DAY))
    assert one.days == 3 and one.since == DAY - timedelta(days=2) and one.value == 27 and 50 <= one.expected <= 70
    monkeypatch.setattr(anomaly_account, "WINDOWS", (1,))
    assert find([shop(figures(9, visitors=None, spend=None), days)], DAY) == ()


def test_an_event_that_goes_on_says_since_when() -> None:
    days = past()
    for ago in (1, 2):
        days[DAY - timedelta(days=ago)] = figures(45)
    one = only(find([shop(figures(45), days)], DAY))
    assert one.since == DAY - timedelta(days=2) and one.again
    first = only(find([Account("tmall", "acme", days, markets=QUIET)], DAY - timedelta(days=2)))
    assert first.since == DAY - timedelta(days=2) and not first.again


def test_a_price_error_is_a_finding_about_the_average() -> None:
    one = only(find([shop(figures(100, gmv=100 * 5_000))], DAY))
    assert one.series.metric is Metric.AOV and one.value == 5_000 and abs(one.expected - ORDER) < 300
    assert abs(one.money + 500_000) < 30_000 and one.driver.name == "aov"


def test_on_few_orders_an_average_says_nothing() -> None:
    days = past(scale=0.15)
    assert all(one.series.metric is not Metric.AOV for one in find([shop(figures(15, gmv=15 * 3_000), days)], DAY))


def test_a_wave_of_refunds_costs_what_was_paid_back() -> None:
    one = only(find([shop(figures(100, refund_count=30, refunds=300_000))], DAY))
    assert (one.series.metric, one.value, one.direction) == (Metric.REFUNDS, 30, "up")
    assert 4 <= one.expected <= 6 and 240_000 <= one.money <= 260_000 and one.driver == Driver("rate", "refunds", 1000)


def test_refunds_hang_on_the_orders_of_the_fortnight_before() -> None:
    """After days of many orders there are many refunds: no wave. Without the orders before, as many are one."""
    days = past()
    for ago in range(1, 9):
        days[DAY - timedelta(days=ago)] = figures(500, refund_count=6, refunds=60_000)
    busy = find([shop(figures(100, refund_count=16, refunds=160_000), days)], DAY)
    assert Metric.REFUNDS not in {one.series.metric for one in busy}
    quiet = find([shop(figures(100, refund_count=22, refunds=220_000))], DAY)
    assert Metric.REFUNDS in {one.series.metric for one in quiet}


def test_spend_that_doubles_is_told_and_without_a_source_nothing_is() -> None:
    one = only(find([shop(figures(100, spend=170_000))], DAY))
    assert (one.series.metric, one.driver) == (Metric.SPEND, Driver("rate", "spend", 1000))
    assert abs(one.money - 90_000) < 5_000 and one.money == one.value - one.expected
    assert find([shop(figures(100, spend=None))], DAY) == ()


def test_a_change_that_is_clear_but_small_is_nobodys_concern(monkeypatch: pytest.MonkeyPatch) -> None:
    today = shop(figures(100, spend=115_000))
    assert find([today], DAY) == ()
    monkeypatch.setitem(anomaly_account.CHANGED, Metric.SPEND, 1.0)
    assert only(find([today], DAY)).series.metric is Metric.SPEND


def test_a_day_that_is_itself_as_usual_is_not_told_for_the_days_before(monkeypatch: pytest.MonkeyPatch) -> None:
    days = past()
    for ago in (1, 2):
        days[DAY - timedelta(days=ago)] = figures(40)
    back = shop(figures(97), days)
    assert find([back], DAY) == ()
    monkeypatch.setattr(anomaly_account, "ALONE", 0.0)
    assert only(find([back], DAY)).days == 3


def test_fewer_refunds_are_no_finding() -> None:
    assert find([shop(figures(1000, refund_count=0, refunds=0), past(scale=10))], DAY) == ()


def test_a_first_festivals_days_are_no_part_of_the_level() -> None:
    days = past(200, date(2026, 11, 20))
    for ago in range(1, 40):
        there = place(date(2026, 11, 20) - timedelta(days=ago), (CHINA,))
        if there and there.festival.key == "double_11":
            days[date(2026, 11, 20) - timedelta(days=ago)] = figures(1000, refund_count=5, refunds=50_000, spend=None)
    days[date(2026, 11, 20)] = figures(100, spend=None)
    account = Account("tmall", "acme", days, markets=(CHINA,))
    assert find([account], date(2026, 11, 20)) == ()
    other = replace(account, markets=QUIET)
    assert {one.series.metric for one in find([other], date(2026, 11, 20))} == {Metric.ORDERS}


def sold(days: Mapping[date, DayFigures | None], parts: Mapping[str, int], price: int = 5_000) -> dict[str, dict[date, Sold]]:
    """Products of which so many percent of the orders are."""
    found: dict[str, dict[date, Sold]] = {key: {} for key in parts}
    for on, each in days.items():
        for key, part in parts.items():
            pieces = (each.orders if each else 0) * part // 100
            found[key][on] = Sold(pieces, pieces * price)
    return found


def test_a_product_out_of_stock_is_found_within_a_usual_day() -> None:
    days = past()
    products = sold({**days, DAY: figures(100)}, {"tea": 20, "cup": 60, "tray": 5})
    del products["tea"][DAY]
    one = only(find([shop(figures(92), days, products=products)], DAY))
    assert one.series == Series("tmall", "acme", Metric.UNITS, "tea") and one.driver == Driver("product", "tea", 1000)
    assert one.value == 0 and 15 <= one.expected <= 22 and abs(one.money + one.expected * 5_000) <= 5_000


def test_a_rush_for_one_product_is_no_drop_of_the_others() -> None:
    days = past()
    products = sold({**days, DAY: figures(100)}, {"tea": 20, "cup": 60, "tray": 5})
    products["cup"][DAY] = Sold(400, 400 * 5_000)
    one = only(find([shop(figures(400, refund_count=5, refunds=50_000), days, products=products)], DAY))
    assert (one.series.metric, one.direction) == (Metric.ORDERS, "up") and one.driver.kind == "product" and one.driver.name == "cup"


def test_a_drop_that_a_product_explains_is_one_finding_with_it() -> None:
    days = past()
    products = sold({**days, DAY: figures(100)}, {"tea": 60, "cup": 40}, ORDER)
    products["tea"][DAY] = Sold(0, 0)
    one = only(find([shop(figures(40), days, products=products)], DAY))
    assert (
        one.series.metric is Metric.ORDERS and one.driver.kind == "product" and one.driver.name == "tea" and one.driver.share > 900
    )


def test_a_drop_of_one_platform_is_not_told_again_of_the_whole() -> None:
    other = shop(figures(100), past(seed="b"), platform="jd")
    one = only(find([shop(figures(20)), other], DAY))
    assert one.series == Series("tmall", "acme", Metric.ORDERS)


def test_what_befell_all_platforms_is_told_once_of_the_whole() -> None:
    names = ("tmall", "jd", "douyin", "kuaishou")
    one = only(find([shop(figures(60), past(seed=name), platform=name) for name in names], DAY))
    assert one.series == Series("", "", Metric.ORDERS) and one.value == 240 and one.driver.kind == "rate"


def test_a_whole_that_one_platform_made_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the platform's own series is too uneven to say so."""
    draw = Random("uneven")
    uneven = {on: figures(round(draw.uniform(60, 140)), visitors=None, spend=None) for on in past()}
    accounts = [shop(figures(30, visitors=None, spend=None), dict(uneven), platform="douyin")]
    accounts += [shop(figures(100), past(seed=name), platform=name) for name in ("tmall", "jd")]
    monkeypatch.setattr(anomaly, "_of_account", lambda _: [])
    monkeypatch.setitem(anomaly_account.FAR_OUT, Metric.ORDERS, (2.0, 0.0))
    one = only(find(accounts, DAY))
    assert one.series.platform == "" and one.driver.kind == "platform" and one.driver.name == "douyin/acme"


def test_a_platform_that_was_not_fresh_is_left_out_of_the_whole() -> None:
    accounts = [shop(figures(100), past(seed=name), platform=name) for name in ("tmall", "jd")]
    assert find([*accounts, shop(None, past(seed="c"), platform="douyin")], DAY) == ()


def test_at_most_five_the_dearest_first() -> None:
    accounts = []
    for number in range(8):
        scale = 1 + number
        days = past(scale=scale, seed=str(number))
        today = figures(100 * scale, spend=80_000 if number % 2 else 300_000, refund_count=60 * scale, refunds=60 * scale * ORDER)
        accounts.append(shop(today, days, platform=f"p{number}"))
    found = find(accounts, DAY)
    assert len(found) == anomaly.MOST
    assert [abs(one.money) for one in found] == sorted((abs(one.money) for one in found), reverse=True)


def test_what_is_worth_next_to_nothing_is_not_told() -> None:
    huge = shop(figures(100_000), {on: each and figures(each.orders * 1000) for on, each in past().items()})
    tiny = shop(figures(100, spend=400_000), past(seed="b"), platform="jd")
    assert {one.series.metric for one in find([tiny], DAY)} == {Metric.SPEND}
    assert find([huge, tiny], DAY) == ()


DOUBLE_11 = date(2026, 11, 11)


def festive(years: int, peak: float = 5.0) -> dict[date, DayFigures | None]:
    """Days up to Double 11, whose peaks are worth several common days."""
    days = past(400 if years else 200, DOUBLE_11)
    for on, each in days.items():
        there = place(on, (CHINA,))
        if each and there and there.festival.key == "double_11" and there.phase.key == "peak":
            days[on] = figures(round(each.orders * peak))
    return days


def on_peak(orders: int, years: int) -> tuple[Anomaly, ...]:
    days = festive(years)
    days[DOUBLE_11] = figures(orders)
    return tuple(
        one for one in find([Account("tmall", "acme", days, markets=(CHINA,))], DOUBLE_11) if one.series.metric is Metric.ORDERS
    )


def test_a_peak_is_measured_by_the_same_day_of_the_year_before() -> None:
    assert on_peak(500, years=1) == ()
    low = only(on_peak(120, years=1))
    assert low.direction == "down" and low.expected > 300, "a common day's sales on the day of the peak are a drop"


def test_a_first_peak_is_no_spike_but_less_than_a_common_day_is_a_drop() -> None:
    assert on_peak(500, years=0) == ()
    assert only(on_peak(30, years=0)).direction == "down"
    days = past(200, DOUBLE_11)
    days[DOUBLE_11] = figures(500)
    assert find([Account("tmall", "acme", days, markets=QUIET)], DOUBLE_11) != (), "without the festival it would be one"


@pytest.mark.parametrize(("mean", "count"), [(5.0, 0), (5.0, 12), (3.0, 12), (40.0, 8), (40.0, 100)])
def test_counts_scatter_as_a_negative_binomial(mean: float, count: int) -> None:
    """The tail is the sum of its chances, of shape 2: (k + 1) p^2 (1 - p)^k; half of the count's own chance is in each."""
    odds = 2 / (2 + mean)
    chances = [(number + 1) * odds**2 * (1 - odds) ** number for number in range(2000)]
    tail = sum(chances[:count]) if count < mean else sum(chances[count + 1 :])
    sign = 1 if count < mean else -1
    assert count_deviation(count, mean, 0.5) == pytest.approx(sign * NormalDist().inv_cdf(tail + chances[count] / 2), abs=0.01)


@settings(max_examples=60)
@given(st.floats(3, 5000), st.floats(0.001, 0.1), st.floats(0.3, 3))
def test_more_of_a_count_is_further_up(mean: float, scatter: float, times: float) -> None:
    expected = Expectation(Kind.COUNT, mean, scatter)
    low, high = sorted((round(mean * times), round(mean * times * 1.3) + 1))
    assert expected.deviation(low) <= expected.deviation(high) + 1e-6
    assert expected.bound(-2.0) < mean < expected.bound(2.0)


def daily(values: list[float | None], kind: Kind = Kind.COUNT) -> Daily:
    number = len(values)
    return Daily(kind, values, [index % 7 for index in range(number)], [None] * number, [None] * number)


def test_what_is_usual_follows_the_level_and_is_not_moved_by_a_few_days_far_out() -> None:
    draw = Random("level")
    rising: list[float | None] = [round(draw.gauss(100 + index, 8)) for index in range(100)]
    learned = learn(daily(rising), 100)
    assert learned is not None and 182 <= learned.level <= 200
    for index in (90, 94, 97):
        rising[index] = 2000
    moved = learn(daily(rising), 100)
    assert moved is not None and moved.level < learned.level * 1.12


def test_uneven_days_widen_what_is_usual() -> None:
    draw = Random("uneven")
    even, uneven = ([max(draw.gauss(100, spread), 1) for _ in range(80)] for spread in (10, 40))
    narrow, wide = (learn(daily(list(each)), 80) for each in (even, uneven))
    assert narrow and wide and wide.scatter > 4 * narrow.scatter
    expected = expect(daily([*uneven, 100.0]), wide, [80])
    assert expected is not None and abs(expected.deviation(50)) < 3


def test_findings_do_not_depend_on_the_order_of_accounts() -> None:
    accounts = [shop(figures(40 + 20 * number), past(seed=str(number)), platform=f"p{number}") for number in range(4)]
    assert find(accounts, DAY) == find(accounts[::-1], DAY)
