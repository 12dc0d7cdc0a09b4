"""Currencies converted at dated rates: exact integers throughout, nothing stored. Pure.

A rate says how much of the merchant's currency one unit of another is worth, from a day on. An amount is converted at the rate of
its own day: the latest that began by then; what came before the first rate takes the first. Halves are rounded to even. A
currency without a rate is never guessed, nor counted as nothing: `convert` says None, and whoever asks tells it.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from chalicelib.domain.money import exponent


@dataclass(frozen=True, slots=True)
class Rate:
    """From `day` on, one unit of `currency` is worth `numerator` / 10**`digits` units of the merchant's. `source`: who says so."""

    currency: str
    numerator: int
    digits: int
    day: date
    source: str


@dataclass(frozen=True)
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
        dated = self._by_currency.get(currency)
        return dated[max(0, bisect_right(dated, day, key=_day) - 1)] if dated else None

    def beside(self, others: Iterable[Rate]) -> Rates:
        """These and others; where both have a rate of one currency and day, these win."""
        own = {(rate.currency, rate.day) for rate in self.rates}
        new = [rate for rate in others if rate.currency != self.currency and (rate.currency, rate.day) not in own]
        return Rates(self.currency, tuple(sorted((*self.rates, *new), key=lambda rate: (rate.currency, rate.day))))

    @cached_property
    def _by_currency(self) -> dict[str, list[Rate]]:
        found: dict[str, list[Rate]] = {}
        for rate in sorted(self.rates, key=_day):
            found.setdefault(rate.currency, []).append(rate)
        return found

    @cached_property
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
