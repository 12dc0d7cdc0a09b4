"""Words, ids in addresses, times in UTC, amounts of one currency."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.loose import Odd
from chalicelib.toolkit.purse import Purse
from chalicelib.toolkit.texts import digits, joined, text


def test_text_is_what_is_left_without_blanks() -> None:
    assert [text(each) for each in (" a b ", "", "  ", None)] == ["a b", None, None, None]


def test_joined_takes_the_parts_that_are_there() -> None:
    assert joined(", ", " a ", None, "", "b") == "a, b"
    assert joined(" ", None, " ") is None


@pytest.mark.parametrize("told", [None, 0, "0", "", "1a", "-1", "1.5", "١٢", "../1", "1" * 21, " 1"])
def test_digits_are_nothing_else(told: Any) -> None:
    assert digits(told) is None


def test_digits_of_a_number_or_a_text() -> None:
    assert (digits(2**60), digits("18446744073709551615")) == (str(2**60), "18446744073709551615")


def test_utc_is_the_same_instant_and_nothing_local() -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert utc(noon) is noon and utc(None) is None
    assert utc(datetime(2026, 11, 21, 20, tzinfo=timezone(timedelta(hours=8)))) == noon
    found = utc(datetime(2026, 11, 21, 12))  # noqa: DTZ001 - a field that is in UTC and does not say so
    assert found is not None and (found, found.tzinfo) == (noon, UTC)


def test_a_purse_reads_one_currency() -> None:
    purse = Purse("JPY", "order.currency", ("amount", "currencyCode"))
    assert purse.read(Decimal(120), "JPY", "total") == 120
    for value, currency, name in ((1, "USD", "total.currencyCode"), ("1.5", "JPY", "total.amount"), (None, "JPY", "total.amount")):
        with pytest.raises(Odd) as raised:
            purse.read(value, currency, "total")
        assert raised.value.name == name
    with pytest.raises(Odd) as unknown:
        Purse("yen", "order.currency", ("amount", "currencyCode"))
    assert unknown.value.name == "order.currency"
