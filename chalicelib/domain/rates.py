"""Currencies converted at dated rates: exact integers throughout, nothing stored. Pure.

A rate says how much of the merchant's currency one unit of another is worth, from a day on. An amount is converted at the rate of
its own day: the latest that began by then; what came before the first rate takes the first. Halves are rounded to even. A
currency without a rate is never guessed, nor counted as nothing: `convert` says None, and whoever asks tells it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from chalicelib.domain.money import exponent


@dataclass(frozen=True, slots=True)
class Rate:
    """From `day` on, one unit of `currency` is worth `numerator` / 10**`digits` units of the merchant's. `source`: who says so."""

    currency: str
    numerator: int
    digits: int
    day: date
    source: str


@dataclass(frozen=True, slots=True)
class Rates:
    """The merchant's currency, and the rates of others."""

    currency: str
    rates: tuple[Rate, ...] = ()

    def convert(self, minor: int, currency: str, day: date) -> int | None:
        """Minor units of `currency` on `day` as minor units of the merchant's; None where there is no rate."""
        if currency == self.currency:
            return minor
        rate = self.rate(currency, day)
        if rate is None:
            return None
        worth = minor * rate.numerator * 10 ** exponent(self.currency)
        return _rounded(worth, 10 ** (rate.digits + exponent(currency)))

    def rate(self, currency: str, day: date) -> Rate | None:
        """The rate that holds on a day."""
        dated = [rate for rate in self.rates if rate.currency == currency]
        if not dated:
            return None
        begun = [rate for rate in dated if rate.day <= day]
        return max(begun, key=_day) if begun else min(dated, key=_day)

    @property
    def fingerprint(self) -> str:
        """Changes when any amount could convert differently."""
        told = sorted((rate.currency, rate.day.isoformat(), rate.numerator, rate.digits) for rate in self.rates)
        return hashlib.sha256(repr((self.currency, told)).encode()).hexdigest()[:12]


def _rounded(numerator: int, denominator: int) -> int:
    """The quotient, halves to even, also below zero."""
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1))


def _day(rate: Rate) -> date:
    return rate.day
