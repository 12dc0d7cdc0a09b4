"""Loosely written values: what is read, what is nothing, what is refused under which name."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import (
    Odd,
    Reader,
    column,
    epoch,
    exact_in,
    fields,
    ident,
    money_in,
    number,
    plain,
    shown,
    summed,
    text,
    told_by,
    yes,
)

READ = Reader("somewhere")


class Shape(msgspec.Struct):
    """Something decoded."""

    price: Any = None
    many: int | None = None


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        ("106.00", "SGD", 10600),
        ("106", "SGD", 10600),
        ("106.5", "SGD", 10650),
        ("-1.50", "SGD", -150),
        ("5000", "IDR", 500000),
        ("150000.00", "VND", 150000),
        ("150000", "VND", 150000),
        (99, "USD", 9900),
        (Decimal("0.54"), "USD", 54),
        ("1.2340", "KWD", 1234),
        ("", "USD", None),
        ("null", "USD", None),
        (None, "USD", None),
    ],
)
def test_money(value: Any, currency: str, minor: int | None) -> None:
    assert money_in(currency)(value, "price") == minor


@pytest.mark.parametrize("value", ["1.005", "1,00", "5.", ".5", "1e2", "NaN", "١٠", "1" * 16, True, 1.5, [], "1.00.0", " 1"])
def test_money_that_is_none_is_refused_by_name(value: Any) -> None:
    with pytest.raises(Odd) as caught:
        money_in("USD")(value, "price")
    assert caught.value.below("items[0]").name == "items[0].price"


def test_money_needs_a_currency() -> None:
    with pytest.raises(ValueError, match="currency"):
        money_in("dollars")


def test_fractions_are_decoded_to_decimal() -> None:
    assert READ.decode(Shape, b'{"price": 0.1}', None).price == Decimal("0.1")


def test_a_refusal_names_connector_and_whole_path() -> None:
    with pytest.raises(Permanent) as caught:
        READ.decode(Shape, b'{"many": "x"}', "d-1", "$.data")
    assert (caught.value.connector, caught.value.path, caught.value.delivery_id) == ("somewhere", "$.data.many", "d-1")
    assert READ.of(Odd("bad", "price"), "$.data", None).path == "$.data.price"


@pytest.mark.parametrize("value", [1603698638, 1603698638000, "1603698638", "1603698638000"])
def test_epochs_are_told_apart_by_size(value: int | str) -> None:
    assert epoch(value, "at") == datetime(2020, 10, 26, 7, 50, 38, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, 0, "0", "", "null"])
def test_no_time_yet(value: int | str | None) -> None:
    assert epoch(value, "at") is None


@pytest.mark.parametrize("value", ["soon", 12, -5, 10**17, "1.5"])
def test_times_that_are_none(value: int | str) -> None:
    with pytest.raises(Odd):
        epoch(value, "at")


def test_words_ids_numbers_flags_and_masks() -> None:
    assert [text(value) for value in (None, "", "null", "0", 7, "a")] == [None, None, None, "0", "7", "a"]
    assert [ident(value) for value in (0, "0", "x")] == [None, None, "x"]
    assert [number(value, "n") for value in (None, "", "-3", 5)] == [None, None, -3, 5]
    assert [yes(value) for value in ("true", "True", 1, True, "1", "false", None, 0)] == [True] * 5 + [False] * 3
    masked: list[str] = []
    assert (shown("name", "A", masked), shown("phone", "6****67", masked), shown("city", "", masked)) == ("A", None, None)
    assert masked == ["phone"]
    with pytest.raises(Odd):
        number(10**19, "n")


def test_amounts_are_remembered_by_their_text_alone() -> None:
    """1, 1.0 and true are one key to a dict: what was read as a number never answers for a flag."""
    read = money_in("USD")
    assert (read(1, "a"), read(Decimal("1.0"), "a"), read("1", "a")) == (100, 100, 100)
    with pytest.raises(Odd):
        read(True, "a")


def test_memory_of_amounts_is_bounded() -> None:
    read = money_in("CHF")
    assert [read(f"{each}.25", "a") for each in range(9000)] == [each * 100 + 25 for each in range(9000)]
    assert (read("", "a"), read("7.25", "a")) == (None, 725)


class Row:
    """A row with one field."""

    def __init__(self, price: Any) -> None:
        self.price = price


def test_columns_name_the_row_that_cannot_be_read() -> None:
    exact = exact_in("USD")
    assert column([Row("1.00"), Row(None)], "price", exact) == [100, None]
    assert (summed([100, None]), summed([100, 1]), summed([])) == (None, 101, 0)
    with pytest.raises(Odd) as caught:
        column([Row("1.00"), Row([])], "price", exact)
    assert caught.value.name == "[1].price"
    assert told_by([Row("a"), Row("b"), Row("a")], "price") == {"a", "b"}


def test_fields_name_the_one_that_cannot_be_read() -> None:
    row = Shape("1.00", 2)
    assert fields(row, ("price", "many"), exact_in("USD")) == [100, 200]
    with pytest.raises(Odd) as caught:
        fields(Shape("1,00", 2), ("many", "price"), exact_in("USD"))
    assert caught.value.name == "price"


def test_a_cipher_is_told_from_a_mask() -> None:
    """Each is named in its own list and neither is a value."""
    masked: list[str] = []
    encrypted: list[str] = []
    assert plain("name", "Ada", masked, encrypted, ("~", "AAS/")) == "Ada"
    assert plain("name", "~AgAAA~1~", masked, encrypted, ("~", "AAS/")) is None
    assert plain("phone", "136****5", masked, encrypted, ("~", "AAS/")) is None
    assert plain("city", "", masked, encrypted, ("~",)) is None
    assert (masked, encrypted) == (["phone"], ["name"])
