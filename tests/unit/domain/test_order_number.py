"""Order numbers in one spelling, and where they are kept."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.domain.facts import Cell, Fact
from chalicelib.domain.order_number import LONGEST, Place, numbered, place_of, spelled

CELL = Cell("demo", date(2026, 11, 20), "orders", "shopify", "acme", 0)


@pytest.mark.parametrize("told", ["#1041", "1041", " #1041\n", "＃１０４１", "# 10 41"])
def test_one_spelling(told: str) -> None:
    assert spelled(told) == "1041"
    assert place_of(told) == Place("104", "1")


@pytest.mark.parametrize("told", ["", "#", " \t", "9" * (LONGEST + 1)])
def test_what_has_no_place(told: str) -> None:
    assert place_of(told) is None


def test_only_an_order_whose_number_is_not_its_id_is_noted() -> None:
    def fact(row: str, **doc: object) -> Fact:
        return Fact(CELL, row, doc)

    found = numbered(fact("o#77", no="#1041"))
    assert found is not None
    assert (found.order.order_id, found.number) == ("77", "#1041")
    for other in (fact("o#77"), fact("o#77", no=None), fact("o#77", no="#77"), fact("p#77", no="#1041"), fact("r#1", a=5)):
        assert numbered(other) is None


def test_an_order_id_with_the_separator_in_it_stays_whole() -> None:
    found = numbered(Fact(CELL, "o#7#7", {"no": "x1"}))
    assert found is not None
    assert found.order.order_id == "7#7"
