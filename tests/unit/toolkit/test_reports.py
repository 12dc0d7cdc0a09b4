"""Rows of advertising reports: rounding by halves to even, whole counts, days, events that are told apart by what they say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd
from chalicelib.toolkit.reports import day_of, days, marked, micros, near_count, near_minor, read_at, whole

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        (None, "USD", None),
        ("12.5", "USD", 1250),
        (Decimal("53.390000000000001"), "USD", 5339),
        (Decimal("0.005"), "USD", 0),
        (Decimal("0.015"), "USD", 2),
        (7, "JPY", 7),
        (Decimal("1.5"), "JPY", 2),
        ("1.2345", "KWD", 1234),
        ("-3.10", "EUR", -310),
        ("1e2", "USD", 10000),
    ],
)
def test_amounts_to_the_nearest_minor_unit(value: str | Decimal | int | None, currency: str, minor: int | None) -> None:
    assert near_minor(value, currency, "cost") == minor


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        (None, "USD", None),
        ("2500000000", "USD", 250000),
        ("12500000", "JPY", 12),
        (1, "USD", 0),
        (15000, "USD", 2),
        (25000, "USD", 2),
    ],
)
def test_micros(value: str | int | None, currency: str, minor: int | None) -> None:
    assert micros(value, currency, "costMicros") == minor


@pytest.mark.parametrize(
    "value",
    ["", "NaN", "Infinity", "1,5", "0x1", "١٢", "1" * 16, Decimal("NaN"), Decimal("1e400"), Decimal("-9e999999"), 10**30],
)
def test_what_is_no_amount_is_odd(value: str | Decimal | int) -> None:
    for call in (near_minor, micros):
        with pytest.raises(Odd) as raised:
            call(value, "USD", "cost")
        assert raised.value.name == "cost"
    with pytest.raises(Odd):
        near_count(value, "conversions")


def test_currency_that_is_none_is_odd() -> None:
    with pytest.raises(Odd):
        near_minor(1, "dollars", "cost")


def test_counts() -> None:
    assert [near_count(value, "n") for value in ("4.33", Decimal("4.5"), 3, None)] == [4, 4, 3, None]
    assert [whole(value, "n") for value in ("1000", Decimal("4.0"), None)] == [1000, 4, None]
    with pytest.raises(Odd):
        whole("4.33", "n")


def test_days_are_days() -> None:
    assert day_of("2026-05-01", "date") == day_of("20260501", "date") == date(2026, 5, 1)
    for odd in (None, "", "2026-W18-5", "202605", "2026-13-01", "(other)", "20261301"):
        with pytest.raises(Odd):
            day_of(odd, "date")


def test_days_of_a_window_go_on_from_a_cursor() -> None:
    window = (date(2026, 5, 1), date(2026, 5, 3))
    found = list(days(*window, None, connector="x"))
    assert [day.day for day, _ in found] == [1, 2, 3] and found[-1][1] is None
    assert list(days(*window, found[0][1], connector="x")) == found[1:]
    with pytest.raises(Permanent, match="cursor-malformed"):
        list(days(*window, "x", connector="x"))


def test_report_is_told_by_what_it_says() -> None:
    first, payload = marked({"rows": [1]}, NOW)
    assert marked({"rows": [1]}, NOW.replace(hour=13))[0] == first != marked({"rows": [2]}, NOW)[0]
    assert payload == b'{"rows":[1],"reported_at":"2026-11-21T12:00:00Z"}'


def test_time_of_reading() -> None:
    assert read_at("2026-11-21T12:00:00Z") == NOW and read_at(None) is None
    with pytest.raises(Odd):
        read_at("yesterday")
