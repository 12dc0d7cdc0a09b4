"""What was unusual about the days of a period, from the daybook, spend, visits and the products of the last weeks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from chalicelib.cost_sheets import CostSheets
from chalicelib.costing import Costing
from chalicelib.days import DaySums, KeptDays
from chalicelib.domain.anomaly import MOST, Account, Anomaly, DayFigures, Sold, find
from chalicelib.domain.daybook import AccountKey, Entry, Takings, account_of
from chalicelib.domain.festivals import CHINA, SOUTHEAST, WEST
from chalicelib.domain.periods import Period
from chalicelib.domain.rates import Rates
from chalicelib.domain.spend import SpendDay, ad_figures
from chalicelib.domain.traffic import Traffic

PRODUCT_DAYS = 56  # of which each product's pieces are read again: what usual is learned from
SPEND_DAYS = 62  # older spend says little of what is usual now
# Whose festivals count, by the currency an account sells in.
SEA_CURRENCIES = frozenset(("SGD", "MYR", "THB", "VND", "IDR", "PHP"))


class Findings:
    """Looks for them."""

    def __init__(self, *, costing: Costing, sheets: CostSheets) -> None:
        self._costing = costing
        self._sheets = sheets

    def of(self, merchant: str, period: Period, entries: Mapping[date, Entry], kept: KeptDays, rates: Rates) -> tuple[Anomaly, ...]:
        """The findings of a day, or of a week's days, the dearest first. Of a month none: its weeks have told them."""
        if period.kind == "month":
            return ()
        first = period.first - timedelta(days=PRODUCT_DAYS)
        sold = kept.of(_days(first, period.last))
        since = min(entries)
        spent = self._costing.spend(_days(max(since, period.last - timedelta(days=SPEND_DAYS)), period.last))
        accounts = _accounts(entries, sold, spent, self._sheets.traffic(merchant, since, period.last), rates)
        found = [one for day in period.days for one in find(_until(accounts, day), day) if day == period.first or not one.again]
        return tuple(sorted(found, key=lambda one: (-abs(one.money), one.series))[:MOST])


def _accounts(
    entries: Mapping[date, Entry], sold: Mapping[date, DaySums], spent: Sequence[SpendDay], traffic: Traffic, rates: Rates
) -> list[Account]:
    names = sorted({name for entry in entries.values() for name in entry.sums})
    spend = {(day.platform, day.account, day.day): ad_figures(day.rows, rates).whole_spend for day in spent if day.state == "told"}
    visitors = {(row.platform, row.account, row.day): row.uv for row in traffic.rows}
    found = []
    for name in names:
        account = account_of(name)
        begun = min(day for day, entry in entries.items() if name in entry.sums)
        days: dict[date, DayFigures | None] = {}
        for day, entry in entries.items():
            if day >= begun:
                told = None if name in entry.silent else _figures(entry.sums.get(name, {}), day, rates)
                place = (*account, day)
                days[day] = told and replace(told, spend=spend.get(place), visitors=visitors.get(place))
        found.append(Account(*account, days, _products(account, sold, rates), _markets(name, entries)))
    return found


def _figures(sums: Mapping[str, Takings], day: date, rates: Rates) -> DayFigures | None:
    """A day of an account in the merchant's currency; None where a currency has no rate."""
    orders = refund_count = gmv = tax = refunds = 0
    for currency, told in sums.items():
        money = [rates.convert(minor, currency, day) for minor in (told.gmv, told.tax_platform, told.refunds)]
        if None in money:
            return None
        orders, refund_count = orders + told.orders, refund_count + told.refund_count
        gmv, tax, refunds = (mine + (theirs or 0) for mine, theirs in zip((gmv, tax, refunds), money, strict=True))
    return DayFigures(orders, gmv, tax, refunds, refund_count)


def _products(account: AccountKey, sold: Mapping[date, DaySums], rates: Rates) -> dict[str, dict[date, Sold]]:
    found: dict[str, dict[date, Sold]] = {}
    for day, told in sold.items():
        for currency, sums in told.sums.get(account, {}).items():
            for key, product in sums.products.items():
                worth = rates.convert(product.amount, currency, day)
                if worth is not None and product.quantity:
                    mine = found.setdefault(key, {})
                    before = mine.get(day, Sold(0, 0))
                    mine[day] = Sold(before.quantity + product.quantity, before.amount + worth)
    return found


def _markets(name: str, entries: Mapping[date, Entry]) -> frozenset[str]:
    currencies = {currency for entry in entries.values() for currency in entry.sums.get(name, ())}
    return frozenset(CHINA if each == "CNY" else SOUTHEAST if each in SEA_CURRENCIES else WEST for each in currencies)


def _until(accounts: Iterable[Account], day: date) -> list[Account]:
    """As things were known on a day: without what came after it."""
    return [
        Account(
            each.platform,
            each.account,
            {on: figures for on, figures in each.days.items() if on <= day},
            {key: {on: sold for on, sold in dated.items() if on <= day} for key, dated in each.products.items()},
            each.markets,
        )
        for each in accounts
    ]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
