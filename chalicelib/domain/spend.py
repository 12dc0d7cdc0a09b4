"""What advertising cost: one row a campaign and day, as the platform's own report states it, and what rows come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from chalicelib.domain.cost_terms import AccountKey
from chalicelib.domain.rates import Rates
from chalicelib.domain.ratio import Ratio


@dataclass(frozen=True, slots=True)
class SpendRow:
    """One day of one campaign. `spend` and `revenue` in minor units of `currency`; None: the report does not tell.

    `day` is the report's day in `zone` (an IANA name, or an offset such as `+08:00`), never converted: a day's spend cannot be
    cut at another midnight. `product` names the advertising product (`search`, `affiliate` ...). `orders` and `revenue` are
    what the platform attributes under its own `attribution` window. Reports are restated for weeks; `reported_at` is when this
    one was read, and the later one holds.
    """

    merchant: str
    platform: str
    account: str
    product: str
    campaign_id: str
    campaign: str | None
    day: date
    zone: str
    currency: str
    impressions: int | None
    clicks: int | None
    spend: int | None
    orders: int | None
    revenue: int | None
    attribution: str | None = None
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SpendDay:
    """An account's day. `told` without rows: nothing was spent. `partial`: read before the day was over. `missing`: unknown.

    `reported_at`: when the oldest of its rows was read, else when the pull that found none ended. `source`: the last file of an
    account that files tell, None for a pulled one.
    """

    platform: str
    account: str
    day: date
    state: Literal["told", "partial", "missing"]
    rows: tuple[SpendRow, ...] = ()
    reported_at: datetime | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class AdCost:
    """What an advertising account cost over some days, in the merchant's currency. `told` of its `days` are known, in whole."""

    account: AccountKey
    spend: int
    told: int
    days: int


@dataclass(frozen=True, slots=True)
class AdFigures:
    """What rows come to in the merchant's currency, each day at its own rate. None: no row tells it.

    A ratio is made of the rows that tell both of its parts, and of no others. `cpc` is minor units a click; `cpm` minor units a
    view, to be scaled by 1,000. `silent`: rows that do not tell what they cost. `unrated`: currencies without a rate, whose
    money is in no figure.
    """

    spend: int | None
    impressions: int | None
    clicks: int | None
    orders: int | None
    revenue: int | None
    ctr: Ratio
    cpc: Ratio
    cpm: Ratio
    roas: Ratio
    silent: int = 0
    unrated: tuple[str, ...] = ()

    @property
    def whole_spend(self) -> int | None:
        """All that was spent; None where a row does not tell what it cost, or in a currency without a rate. 0 without rows."""
        return None if self.silent or self.unrated else self.spend or 0


@dataclass(frozen=True, slots=True)
class _Told:
    """A row's figures, money in the merchant's currency."""

    spend: int | None
    impressions: int | None
    clicks: int | None
    orders: int | None
    revenue: int | None


def ad_figures(rows: Iterable[SpendRow], rates: Rates) -> AdFigures:
    """The figures of some rows, whatever their order."""
    found, unrated, silent = [], set(), 0
    for row in rows:
        spend, revenue = (_worth(value, row, rates) for value in (row.spend, row.revenue))
        if (row.spend or row.revenue) and rates.convert(0, row.currency, row.day) is None:
            unrated.add(row.currency)
        silent += row.spend is None
        found.append(_Told(spend, row.impressions, row.clicks, row.orders, revenue))
    return AdFigures(
        spend=_sum(told.spend for told in found),
        impressions=_sum(told.impressions for told in found),
        clicks=_sum(told.clicks for told in found),
        orders=_sum(told.orders for told in found),
        revenue=_sum(told.revenue for told in found),
        ctr=_ratio((told.clicks, told.impressions) for told in found),
        cpc=_ratio((told.spend, told.clicks) for told in found),
        cpm=_ratio((told.spend, told.impressions) for told in found),
        roas=_ratio((told.revenue, told.spend) for told in found),
        silent=silent,
        unrated=tuple(sorted(unrated)),
    )


def ad_costs(days: Iterable[SpendDay], rates: Rates) -> tuple[AdCost, ...]:
    """By account, of those whose rows tell a cost. A day with a row that does not tell it, or has no rate, is not known whole."""
    found: dict[AccountKey, AdCost] = {}
    for day in days:
        rows = [(row.spend, _worth(row.spend, row, rates)) for row in day.rows]
        if rows and all(spend is None for spend, _ in rows):
            continue  # a report of visits: what it is about is told, and paid for, elsewhere
        account = (day.platform, day.account)
        so_far = found.get(account, AdCost(account, 0, 0, 0))
        whole = day.state == "told" and all(worth is not None for _, worth in rows)
        spend = so_far.spend + sum(worth or 0 for _, worth in rows)
        found[account] = AdCost(account, spend, so_far.told + whole, so_far.days + 1)
    return tuple(found[account] for account in sorted(found))


def _worth(value: int | None, row: SpendRow, rates: Rates) -> int | None:
    return None if value is None else rates.convert(value, row.currency, row.day)


def _sum(values: Iterable[int | None]) -> int | None:
    told = [value for value in values if value is not None]
    return sum(told) if told else None


def _ratio(pairs: Iterable[tuple[int | None, int | None]]) -> Ratio:
    told = [(above, below) for above, below in pairs if above is not None and below is not None]
    if not told:
        return Ratio(None, None)
    return Ratio(sum(above for above, _ in told), sum(below for _, below in told))
