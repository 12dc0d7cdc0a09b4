"""Amounts as JSON numbers: exact, but for the noise of floating point."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chalicelib.toolkit.floats import money_in_floats
from chalicelib.toolkit.loose import Odd


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        (None, "SGD", None),
        (0, "SGD", 0),
        (32119, "VND", 32119),
        (150000, "IDR", 15000000),
        (Decimal("9990.0"), "CLP", 9990),
        (Decimal("1409.9"), "SGD", 140990),
        (Decimal("14.290000000000001"), "SGD", 1429),
        (Decimal("41.489999999999995"), "SGD", 4149),
        (Decimal("-0.5"), "SGD", -50),
        (Decimal("1.234"), "KWD", 1234),
        (Decimal("53.0000"), "USD", 5300),
    ],
)
def test_read(value: int | Decimal | None, currency: str, minor: int | None) -> None:
    assert money_in_floats(currency)(value, "x") == minor


@pytest.mark.parametrize(
    "value", [Decimal("41.495"), Decimal("0.001"), Decimal("NaN"), Decimal("Infinity"), Decimal("1e400"), 10**15, Decimal("sNaN")]
)
def test_refused(value: int | Decimal) -> None:
    with pytest.raises(Odd) as odd:
        money_in_floats("SGD")(value, "amount")
    assert odd.value.name == "amount"


def test_a_currency_is_three_letters() -> None:
    with pytest.raises(ValueError, match="currency"):
        money_in_floats("sgd")
