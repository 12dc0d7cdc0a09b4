"""Amounts as JSON numbers: exact, but for the noise of floating point."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from chalicelib.toolkit.floats import ABSENT, money_in_floats, raw_money_in_floats
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


@pytest.mark.fault(47)
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


@pytest.mark.fault(47)
@pytest.mark.parametrize(
    ("text", "minor"),
    [("null", None), ("0", 0), ("12", 1200), ("-0.5", -50), ("14.290000000000001", 1429), ("1e2", 10000), ('"53.0000"', 5300)],
)
def test_read_as_it_came(text: str, minor: int | None) -> None:
    for _ in range(2):
        assert raw_money_in_floats("SGD")(msgspec.Raw(text.encode()), "x") == minor
    assert raw_money_in_floats("SGD")(ABSENT, "x") is None


@pytest.mark.fault(47)
@pytest.mark.parametrize("text", ["true", "[]", "{}", '""', '"x"', '"NaN"', "41.495", "1e99", "1" * 16, '"', "NaN", "1 2"])
def test_refused_as_it_came(text: str) -> None:
    for name in ("one", "other"):
        with pytest.raises(Odd) as odd:
            raw_money_in_floats("SGD")(msgspec.Raw(text.encode()), name)
        assert odd.value.name == name
