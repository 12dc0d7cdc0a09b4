"""The freight table: the row that says most holds, and no row is no price."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.freight import ANY, Freight, FreightRow

DAY = date(2026, 11, 1)


def row(carrier: str, country: str, province: str, price: int, **told: object) -> FreightRow:
    """A flat price."""
    return FreightRow(carrier, country, province, 0, price, "CNY", **told)  # type: ignore[arg-type]  # a test's shorthand


TABLE = Freight(
    (
        row(ANY, ANY, ANY, 1),
        row(ANY, "CN", ANY, 2),
        row(ANY, "CN", "浙江", 3),
        row("顺丰", ANY, ANY, 4),
        row("顺丰", "CN", ANY, 5),
        row("顺丰", "CN", "浙江省", 6),
    )
)


@pytest.mark.parametrize(
    ("carrier", "region", "price"),
    [
        ("顺丰", "CN 浙江", 6),
        (" 顺丰", "CN 浙江省", 6),
        ("顺丰", "CN 广东", 5),
        ("顺丰", "US KY", 4),
        ("顺丰", "", 4),
        ("中通", "CN 浙江省", 3),
        ("", "CN 浙江", 3),
        ("中通", "CN", 2),
        ("中通", "US KY", 1),
        ("", "", 1),
    ],
)
def test_the_row_that_says_most_holds(carrier: str, region: str, price: int) -> None:
    found = TABLE.row(carrier, region, DAY)
    assert found is not None and found.first_price == price


def test_no_row_is_no_price() -> None:
    assert Freight((row("顺丰", "CN", "浙江", 6),)).row("中通", "CN 浙江", DAY) is None
    assert Freight().row("", "", DAY) is None


def test_a_price_holds_from_its_day() -> None:
    table = Freight(
        (row(ANY, "CN", ANY, 2, since=DAY), row(ANY, "CN", ANY, 3, since=DAY + timedelta(days=5)), row(ANY, ANY, ANY, 9))
    )
    found = [table.row("", "CN 浙江", DAY + timedelta(days=days)) for days in (-1, 0, 4, 5)]
    assert [each and each.first_price for each in found] == [9, 2, 2, 3]


def test_two_rows_of_one_day_contradict() -> None:
    with pytest.raises(ValueError, match="two rows"):
        Freight((row(ANY, "CN", "浙江", 1), row(ANY, "cn", "浙江省", 2))).row("", "CN 浙江", DAY)


@given(st.integers(0, 5000), st.integers(1, 2000), st.integers(0, 50), st.integers(0, 9000))
def test_steps_are_those_begun(first_grams: int, step_grams: int, step_price: int, grams: int) -> None:
    told = FreightRow(ANY, ANY, ANY, first_grams, 100, "CNY", step_grams, step_price)
    steps = 0
    while first_grams + steps * step_grams < grams:
        steps += 1
    assert told.price(grams) == 100 + steps * step_price
