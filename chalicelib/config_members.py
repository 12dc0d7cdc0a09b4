"""`[members]` and `[[rates]]` of `huitou.toml`: tiers, points, rhythm, and what other currencies are worth."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal

from chalicelib.config_table import ConfigTable
from chalicelib.domain.lifecycle import Rhythm, Tier
from chalicelib.domain.money import exponent
from chalicelib.domain.portrait import Points, Terms
from chalicelib.domain.rates import Rate, Rates
from chalicelib.errors import ConfigError

LEAST_TIERS, MOST_TIERS = 3, 5
_MOST_MONEY = 10**15
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_DECIMAL = re.compile(r"(?=.*[1-9])[0-9]{1,9}(\.[0-9]{1,12})?", re.ASCII)
_PERMILLE = ("cooling_permille", "silent_permille", "lost_permille")


def terms_of(table: ConfigTable, rates: Sequence[ConfigTable], currency: str) -> Terms:
    """The terms of membership. `rates` are the entries of `[[rates]]`, `currency` the merchant's own."""
    terms = Terms(
        rates=_rates(rates, currency),
        rhythm=_rhythm(table.table("rhythm")),
        tiers=_tiers(table),
        period_days=table.number("period_days", 365, 1, 3650),
        points=Points(*_decimal(table, "points_per_unit")) if table.has("points_per_unit") else None,
    )
    table.done()
    return terms


def _rates(entries: Sequence[ConfigTable], currency: str) -> Rates:
    rates: list[Rate] = []
    for entry in entries:
        rate = _rate(entry)
        if rate.currency == currency:
            raise ConfigError("config-invalid", "the merchant's own currency has no rate", path=entry.path("currency"))
        if any((rate.currency, rate.day) == (other.currency, other.day) for other in rates):
            raise ConfigError("config-invalid", "this currency has a rate from that day already", path=entry.path("day"))
        rates.append(rate)
    return Rates(currency, tuple(sorted(rates, key=lambda rate: (rate.currency, rate.day))))


def _rate(entry: ConfigTable) -> Rate:
    currency = entry.match("currency", _CURRENCY)
    exponent(currency)
    numerator, digits = _decimal(entry, "per")
    day = entry.pop("day", date, None)
    if day is None or isinstance(day, datetime):
        raise ConfigError("config-invalid", "missing, or no day: write it without quotes, 2026-11-01", path=entry.path("day"))
    source = str(entry.text("source", ""))
    if not source:
        raise ConfigError("config-invalid", "missing: who says so", path=entry.path("source"))
    entry.done()
    return Rate(currency, numerator, digits, day, source)


def _rhythm(table: ConfigTable) -> Rhythm:
    default = Rhythm()
    bounds = {name: (1, 100_000) if name in _PERMILLE else (1, 3650) for name in (field.name for field in fields(Rhythm))}
    rhythm = Rhythm(**{name: table.number(name, getattr(default, name), *bound) for name, bound in bounds.items()})
    for earlier, later in (("cooling_permille", "silent_permille"), ("silent_permille", "lost_permille")):
        if getattr(rhythm, earlier) >= getattr(rhythm, later):
            raise ConfigError("config-invalid", f"must be greater than {earlier}", path=table.path(later))
    if rhythm.least_days * rhythm.lost_permille > rhythm.most_days * rhythm.cooling_permille:
        raise ConfigError("config-invalid", "who cools after least_days is lost later than this", path=table.path("most_days"))
    table.done()
    return rhythm


def _tiers(table: ConfigTable) -> tuple[Tier, ...]:
    """None at all, or so many that each is higher than the one before: in money or frequency, and lower in neither."""
    path = table.path("tiers")
    tiers: list[Tier] = []
    for entry in table.tables("tiers"):
        name = str(entry.text("name", ""))
        if not name or name in {tier.name for tier in tiers}:
            raise ConfigError("config-invalid", "missing, or given twice", path=entry.path("name"))
        tier = Tier(name, entry.number("money", None, 0, _MOST_MONEY), entry.number("frequency", 1, 1, 10_000))
        below = tiers[-1] if tiers else None
        if below and (
            tier.money < below.money or tier.frequency < below.frequency or tier == Tier(name, below.money, below.frequency)
        ):
            raise ConfigError("config-invalid", "not higher than the tier before", path=entry.path("money"))
        entry.done()
        tiers.append(tier)
    if tiers and not LEAST_TIERS <= len(tiers) <= MOST_TIERS:
        raise ConfigError("config-invalid", f"{LEAST_TIERS} to {MOST_TIERS} tiers, or none", path=path)
    return tuple(tiers)


def _decimal(table: ConfigTable, key: str) -> tuple[int, int]:
    """(numerator, digits) of an exact decimal above zero, given as text: a float has no such value."""
    text = table.match(key, _DECIMAL)
    _, digits, power = Decimal(text).as_tuple()
    if not isinstance(power, int):  # neither infinite nor not a number: the pattern sees to it
        raise ConfigError("config-invalid", "not a decimal", path=table.path(key))
    return int("".join(map(str, digits))), -power
