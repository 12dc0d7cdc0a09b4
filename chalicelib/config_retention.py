"""`[retention]` of `huitou.toml`: personal data for shorter than a platform allows, never for longer."""

from __future__ import annotations

from chalicelib.config_table import SLUG, ConfigTable
from chalicelib.domain.retention import LIMITS, RAW_DAYS, UNLIMITED, Limit, RetentionTerms

_MOST = 3650


def retention_terms_of(table: ConfigTable, *, limited: bool) -> RetentionTerms:
    """The terms. `orders_days` and `records_days` are for all platforms, an entry of `[[retention.platforms]]` is for one.

    ConfigError on more days than a platform allows. `raw_days` is for raw requests; where an account is connected whose platform
    has a limit (`limited`), it may only be shorter than usual.
    """
    raw_days = table.number("raw_days", RAW_DAYS, 1, RAW_DAYS if limited else _MOST)
    general = Limit(_days(table, "orders_days", None), _days(table, "records_days", None), "huitou.toml")
    others = general if (general.orders, general.records) != (None, None) else UNLIMITED
    found = {name: _shorter(limit, general) for name, limit in LIMITS.items()}
    for entry in table.tables("platforms"):
        name = entry.match("platform", SLUG)
        most, default = LIMITS.get(name, UNLIMITED), found.get(name, others)
        orders = _days(entry, "orders_days", most.orders)
        records = _days(entry, "records_days", most.records)
        entry.done()
        found[name] = Limit(orders or default.orders, records or default.records, most.source or "huitou.toml")
    table.done()
    return RetentionTerms(found, others, raw_days)


def _days(table: ConfigTable, key: str, most: int | None) -> int | None:
    return table.number(key, None, 1, most or _MOST) if table.has(key) else None


def _shorter(limit: Limit, general: Limit) -> Limit:
    def least(one: int | None, other: int | None) -> int | None:
        return min((each for each in (one, other) if each is not None), default=None)

    return Limit(least(limit.orders, general.orders), least(limit.records, general.records), limit.source)
