"""The product master: a cost is a matter of its day, a category is not, and nothing is carried back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.facts import Goods
from chalicelib.domain.products import ProductInfo, Products

DAY = date(2026, 11, 1)


def at(sku: str, days: int | None, cost: int | None = None, **told: object) -> ProductInfo:
    """A row that holds so many days after DAY, None from ever."""
    row = ProductInfo(sku, cost, None if cost is None else "CNY", since=None if days is None else DAY + timedelta(days=days))
    return replace(row, **told)  # type: ignore[arg-type]  # a test's shorthand


def test_a_cost_holds_from_its_day_and_is_not_carried_back() -> None:
    master = Products.of([at("tea", 10, 800), at("tea", 0, 700, category=("饮料", "茶"), weight_grams=250)])
    found = [master.get("tea", DAY + timedelta(days=days)) for days in (-1, 0, 9, 10)]
    assert [info and info.cost for info in found] == [None, 700, 700, 800]
    assert [info and info.category for info in found] == [("饮料", "茶")] * 4, "what a later row leaves open stays"
    assert [info and info.weight_grams for info in found] == [250] * 4
    newest = master.get("tea")
    assert newest is not None and newest.cost == 800
    assert master.get("coffee", DAY) is None


def test_a_row_without_a_day_holds_from_ever() -> None:
    master = Products.of([at("tea", None, 700)])
    info = master.get("tea", date(2001, 1, 1))
    assert info is not None and info.cost == 700


def test_a_later_row_may_leave_the_cost_open() -> None:
    master = Products.of([at("tea", None, 700), at("tea", 5, None, fast=False)])
    info = master.get("tea", DAY + timedelta(days=9))
    assert info is not None and (info.cost, info.currency, info.fast) == (700, "CNY", False)


def test_two_rows_from_one_day_contradict() -> None:
    with pytest.raises(ValueError, match="two rows"):
        Products.of([at("tea", 0, 700), at("tea", 0, 800)]).get("tea")


def test_sums_of_orders_do_not_depend_on_costs() -> None:
    dear, cheap = (Products.of([at("tea", None, cost, category=("饮料",), weight_grams=250)]) for cost in (900, 100))
    goods: Goods = dear.goods
    assert goods.fingerprint == cheap.goods.fingerprint != Products().goods.fingerprint == ""
    assert dear.fingerprint != cheap.fingerprint
    heavier = Products.of([at("tea", None, 900, category=("饮料",), weight_grams=251)])
    assert heavier.goods.fingerprint != goods.fingerprint
    assert (goods.category_of("tea"), goods.grams_of("tea")) == ("饮料", 250)
    assert (goods.category_of("coffee"), goods.grams_of("coffee")) == ("", None)


rows = st.lists(
    st.builds(
        at,
        st.sampled_from(["a", "b"]),
        st.none() | st.integers(-3, 3),
        st.none() | st.integers(0, 9),
        weight_grams=st.none() | st.integers(1, 9),
    ),
    unique_by=lambda row: (row.sku, row.since),
    max_size=8,
)


@given(rows, st.randoms(use_true_random=False), st.sampled_from(["a", "b"]), st.integers(-5, 5))
def test_the_order_of_rows_is_irrelevant_and_the_newest_word_holds(
    told: list[ProductInfo], random: object, sku: str, days: int
) -> None:
    shuffled = list(told)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis's Random
    master, again, day = Products.of(told), Products.of(shuffled), DAY + timedelta(days=days)
    assert master.get(sku, day) == again.get(sku, day)
    assert master.fingerprint == again.fingerprint
    begun = sorted(
        (row for row in told if row.sku == sku and (row.since or date.min) <= day), key=lambda row: row.since or date.min
    )
    costs = [row.cost for row in begun if row.cost is not None]
    info = master.get(sku, day)
    assert (info.cost if info else None) == (costs[-1] if costs else None)
