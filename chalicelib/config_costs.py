"""`[costs]` of `huitou.toml`: fees by account, prices of messages, fixed costs, bands and weights. See docs/costs.md."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import date, datetime
from fractions import Fraction
from types import MappingProxyType

from chalicelib.config_table import SLUG, ConfigTable
from chalicelib.domain.campaign import CHANNELS
from chalicelib.domain.cost_terms import USUAL_STRUCTURE, AccountCosts, AccountKey, CostTerms, Fixed, Weights
from chalicelib.domain.metrics import MOST_PROMISED
from chalicelib.domain.money import exponent
from chalicelib.errors import ConfigError

_MOST_MONEY = 10**15
_PERMILLE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?|1000", re.ASCII)
_PRICE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,8})?", re.ASCII)
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


def costs_of(table: ConfigTable, currency: str) -> CostTerms:
    """The terms of `[costs]`; `currency` is the merchant's own."""
    default = CostTerms()
    terms = CostTerms(
        ship_within_hours=table.number("ship_within_hours", default.ship_within_hours, 1, MOST_PROMISED),
        least_covered=table.number("least_covered_permille", default.least_covered, 1, 1000),
        safety_days=_band(table, "safety_days", default.safety_days, 365),
        top_up=table.number("top_up_permille", default.top_up, 0, 1000),
        weights=_weights(table.table("weights")),
        structure=_structure(table.table("structure")),
        messages=_messages(table.table("messages"), currency),
        fixed=tuple(_fixed(entry) for entry in table.tables("fixed")),
        accounts=tuple(_account(entry) for entry in table.tables("accounts")),
    )
    named = [(entry.platform, entry.account) for entry in terms.accounts]
    if len(set(named)) != len(named):
        raise ConfigError("config-invalid", "an entry is given twice", path=table.path("accounts"))
    table.done()
    return terms


def check_costs(terms: CostTerms, accounts: Collection[AccountKey]) -> None:
    """ConfigError where `[costs]` names an account or platform that is not connected."""
    platforms = {platform for platform, _ in accounts}
    for index, entry in enumerate(terms.accounts):
        path = f"costs.accounts[{index}]"
        if entry.platform not in platforms:
            raise ConfigError("config-invalid", f"no account of {entry.platform}", path=f"{path}.platform")
        if entry.account is not None and (entry.platform, entry.account) not in accounts:
            raise ConfigError("config-invalid", f"no account {entry.platform}/{entry.account}", path=f"{path}.account")
        for shop in entry.serves:
            if shop not in accounts:
                raise ConfigError("config-invalid", f"no account {'/'.join(shop)}", path=f"{path}.serves")


def _account(table: ConfigTable) -> AccountCosts:
    entry = AccountCosts(
        platform=table.match("platform", SLUG),
        account=table.match("account", _ACCOUNT) if table.has("account") else None,
        commission=_permille(table, "commission_permille"),
        order_fee=_amount(table, "order_fee"),
        payment=_permille(table, "payment_permille"),
        payment_fee=_amount(table, "payment_fee"),
        serves=_serves(table),
        free_shipping=_thresholds(table),
        ship_within_hours=table.number("ship_within_hours", None, 1, MOST_PROMISED) if table.has("ship_within_hours") else None,
    )
    table.done()
    return entry


def _serves(table: ConfigTable) -> tuple[AccountKey, ...]:
    found = []
    for text in table.texts("serves"):
        platform, slash, account = text.partition("/")
        if not slash or not platform or not account:
            raise ConfigError("config-invalid", "a list of platform/account", path=table.path("serves"))
        found.append((platform, account))
    return tuple(found)


def _thresholds(table: ConfigTable) -> tuple[int, ...]:
    values = table.pop("free_shipping", list, [])
    if not all(_is_whole(value, _MOST_MONEY) for value in values) or sorted(set(values)) != values:
        raise ConfigError("config-invalid", "amounts in minor units, ascending", path=table.path("free_shipping"))
    return tuple(values)


def _weights(table: ConfigTable) -> Weights:
    default = Weights()
    weights = Weights(*(table.number(f.name, getattr(default, f.name), 0, 1000) for f in fields(Weights)))
    if weights.direct + weights.brand + weights.members != 1000:
        raise ConfigError("config-invalid", "direct, brand and members come to 1000", path=table.path("direct"))
    table.done()
    return weights


def _structure(table: ConfigTable) -> Mapping[str, tuple[int, int]]:
    bands = {name: _band(table, name, band, 1000) for name, band in USUAL_STRUCTURE.items()}
    table.done()
    return MappingProxyType(bands)


def _band(table: ConfigTable, key: str, default: tuple[int, int], most: int) -> tuple[int, int]:
    values = table.pop(key, list, list(default))
    if len(values) != 2 or not all(_is_whole(value, most) for value in values) or values[0] > values[1]:
        raise ConfigError("config-invalid", f"two numbers from 0 to {most}, the lower first", path=table.path(key))
    return values[0], values[1]


def _messages(table: ConfigTable, currency: str) -> Mapping[str, Fraction]:
    """Prices in units of the merchant's currency, as text: one message often costs less than its smallest coin."""
    minor = 10 ** exponent(currency)
    prices = {channel: Fraction(table.match(channel, _PRICE)) * minor for channel in CHANNELS if table.has(channel)}
    table.done()
    return MappingProxyType(prices)


def _fixed(table: ConfigTable) -> Fixed:
    name = str(table.text("name", ""))
    if not name:
        raise ConfigError("config-invalid", "missing", path=table.path("name"))
    fixed = Fixed(name, table.number("monthly", None, 0, _MOST_MONEY), _day(table, "from"), _day(table, "until"))
    if fixed.since and fixed.until and fixed.until < fixed.since:
        raise ConfigError("config-invalid", "before from", path=table.path("until"))
    table.done()
    return fixed


def _day(table: ConfigTable, key: str) -> date | None:
    day: date | None = table.pop(key, date, None)
    if isinstance(day, datetime):
        raise ConfigError("config-invalid", "no day: write it without quotes, 2026-11-01", path=table.path(key))
    return day


def _permille(table: ConfigTable, key: str) -> Fraction | None:
    """A whole number, or a decimal as text: a float has no such value."""
    if not table.has(key):
        return None
    if table.holds(key, str):
        return Fraction(table.match(key, _PERMILLE)) / 1000
    return Fraction(table.number(key, None, 0, 1000), 1000)


def _amount(table: ConfigTable, key: str) -> int | None:
    return table.number(key, None, 0, _MOST_MONEY) if table.has(key) else None


def _is_whole(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most
