"""Dated rates: exact, halves to even, and never a guess."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.domain.rates import Rate, Rates

DAY = date(2026, 11, 1)


def rates(*given_: tuple[str, str, int], currency: str = "CNY") -> Rates:
    """(currency, rate as a decimal, days after DAY)."""
    found = []
    for other, per, days in given_:
        _, digits, power = Decimal(per).as_tuple()
        found.append(Rate(other, int("".join(map(str, digits))), -int(power), DAY + timedelta(days=days), "test"))
    return Rates(currency, tuple(found))


def test_the_rate_of_the_amount_s_own_day_holds() -> None:
    dated = rates(("USD", "7.10", 10), ("USD", "7.00", 0), ("EUR", "8.00", 5))
    found = [dated.convert(100, "USD", DAY + timedelta(days=days)) for days in (-400, 0, 9, 10, 400)]
    assert found == [700, 700, 700, 710, 710]
    assert dated.convert(100, "EUR", DAY) == 800  # before the first rate the first


def test_a_currency_without_a_rate_is_no_number() -> None:
    assert rates(("USD", "7.1", 0)).convert(100, "EUR", DAY) is None
    assert rates().convert(100, "CNY", DAY) == 100


@pytest.mark.parametrize(
    ("minor", "currency", "per", "own", "expected"),
    [
        (1000, "JPY", "0.0461", "CNY", 4610),  # no decimals to two
        (12345, "CNY", "21.5", "JPY", 2654),  # 123.45 yuan are 2654.175 yen
        (1500, "KWD", "3.2500", "USD", 488),  # 1.500 dinar are 4.875 dollars: to the even 488
        (500, "KWD", "3.2500", "USD", 162),  # 1.625: to the even 162
        (-500, "KWD", "3.2500", "USD", -162),
        (-1500, "KWD", "3.2500", "USD", -488),
    ],
)
def test_exponents_and_halves(minor: int, currency: str, per: str, own: str, expected: int) -> None:
    assert rates((currency, per, 0), currency=own).convert(minor, currency, DAY) == expected


@given(some.integers(-(10**12), 10**12), some.decimals("0.000001", "99999", places=6))
def test_it_is_the_exact_quotient_rounded(minor: int, per: Decimal) -> None:
    exact = Fraction(minor) * Fraction(per)
    expected = int(Decimal(round(exact)).to_integral_value(ROUND_HALF_EVEN))  # round() of a Fraction is exact, halves to even
    assert rates(("USD", f"{per:f}", 0)).convert(minor, "USD", DAY) == expected


def test_the_fingerprint_follows_what_can_change_an_amount_and_nothing_else() -> None:
    one, other = rates(("USD", "7.1", 0), ("EUR", "8", 0)), rates(("EUR", "8", 0), ("USD", "7.1", 0))
    assert one.fingerprint == other.fingerprint
    unlike = [rates(("USD", "7.2", 0)), rates(("USD", "7.1", 1)), rates(("USD", "7.1", 0), currency="EUR"), rates()]
    assert len({each.fingerprint for each in (one, *unlike)}) == 5


def test_what_the_owner_wrote_wins_on_its_own_day_alone() -> None:
    own = rates(("USD", "7.00", 0))
    sheet = rates(("USD", "7.50", 0), ("USD", "7.20", 3), ("EUR", "8", 0), ("CNY", "2", 0)).rates
    both = own.beside(sheet)
    assert [both.convert(100, "USD", DAY + timedelta(days=days)) for days in (0, 2, 3)] == [700, 700, 720]
    assert both.convert(100, "EUR", DAY) == 800
    assert both.convert(100, "CNY", DAY) == 100, "the merchant's own currency has no rate"
    assert own.beside(sheet).fingerprint == own.beside(tuple(reversed(sheet))).fingerprint != own.fingerprint


@given(
    some.lists(some.tuples(some.sampled_from(["USD", "EUR"]), some.integers(1, 9), some.integers(0, 9)), max_size=12), some.data()
)
def test_the_latest_that_began_holds(told: list[tuple[str, int, int]], data: some.DataObject) -> None:
    by_day = {(currency, days): per for currency, per, days in told}
    dated = rates(*((currency, str(per), days) for (currency, days), per in by_day.items()))
    currency, days = data.draw(some.sampled_from(["USD", "EUR"])), data.draw(some.integers(-1, 10))
    known = sorted(day for other, day in by_day if other == currency)
    begun = [day for day in known if day <= days] or known[:1]
    rate = dated.rate(currency, DAY + timedelta(days=days))
    if begun:
        wanted = begun[-1] if known[0] <= days else begun[0]
        assert rate is not None and rate.numerator == by_day[currency, wanted]
    else:
        assert rate is None
