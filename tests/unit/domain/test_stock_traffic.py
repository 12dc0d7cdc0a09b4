"""Stock and visits: what was counted holds for a while, what was not is unknown."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.stock import KEPT_DAYS, Stock, StockRow, merged, months_of
from chalicelib.domain.traffic import Traffic, TrafficRow

DAY = date(2026, 11, 20)
offsets = st.integers(-80, 10)


def test_the_newest_count_up_to_the_day_holds() -> None:
    stock = Stock(
        (StockRow(DAY, "tea", 7, 2), StockRow(DAY - timedelta(days=3), "tea", 9), StockRow(DAY + timedelta(days=1), "tea", 1))
    )
    assert [stock.on(DAY - timedelta(days=days)).get("tea") for days in (4, 3, 0)] == [None, stock.rows[1], stock.rows[0]]
    assert stock.rows[0].available == 5 and stock.rows[1].available == 9
    assert stock.newest == DAY + timedelta(days=1)


def test_a_count_grows_old() -> None:
    stock = Stock((StockRow(DAY, "tea", 7),))
    assert stock.on(DAY + timedelta(days=KEPT_DAYS - 1)) and not stock.on(DAY + timedelta(days=KEPT_DAYS))


@given(st.lists(st.tuples(offsets, st.sampled_from("ab"), st.integers(0, 99)), unique_by=lambda each: each[:2]), offsets)
def test_the_months_of_a_day_hold_all_that_counts_on_it(told: list[tuple[int, str, int]], days: int) -> None:
    rows = [StockRow(DAY + timedelta(days=offset), sku, count) for offset, sku, count in told]
    day = DAY + timedelta(days=days)
    months = months_of(day, day)
    parts = [Stock(tuple(row for row in rows if f"{row.day:%Y-%m}" == month)) for month in reversed(months)]
    assert merged(parts).on(day) == Stock(tuple(rows)).on(day)
    for sku in "ab":
        known = [row for row in rows if row.sku == sku and day - timedelta(days=KEPT_DAYS) < row.day <= day]
        assert Stock(tuple(rows)).on(day).get(sku) == max(known, key=lambda row: row.day, default=None)


def test_visitors_add_up_to_visitor_days_and_gaps_are_no_zeros() -> None:
    days = [DAY + timedelta(days=number) for number in range(3)]
    traffic = Traffic(
        (
            TrafficRow(days[0], "taobao", "flag", 100, 300),
            TrafficRow(days[1], "taobao", "flag", 50, None),
            TrafficRow(days[2], "taobao", "flag", 0, 10),
            TrafficRow(days[0], "jd", "one", None, 5),
            TrafficRow(days[2] + timedelta(days=1), "shopify", "acme", 9, 9),
        )
    )
    found = traffic.of(days[0], days[2])
    assert set(found) == {("taobao", "flag"), ("jd", "one")}
    flag, one = found["taobao", "flag"], found["jd", "one"]
    assert (flag.uv, flag.pv, flag.covers(days)) == (150, 310, True)
    assert (one.uv, one.uv_days, one.covers(days), one.pv) == (0, frozenset(), False, 5)
