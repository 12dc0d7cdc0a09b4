"""The waterfall of some days: their sums, the sheets, the terms and what advertising cost, brought together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from chalicelib.config import Config
from chalicelib.cost_sheets import CostSheets
from chalicelib.days import Days
from chalicelib.domain.costs import CostBook, Waterfalls, waterfalls
from chalicelib.domain.spend import AdFigures, SpendDay, ad_costs, ad_figures
from chalicelib.domain.worth import Booked
from chalicelib.spending import Spending


class Costing:
    """What days cost. It reads days, accounts and sheets, never orders."""

    def __init__(self, *, config: Callable[[], Config], days: Days, sheets: CostSheets, spending: Spending) -> None:
        self._config = config
        self._days = days
        self._sheets = sheets
        self._spending = spending

    def book(self) -> CostBook:
        """What costs are known by: sheets and configuration, as they are now."""
        config = self._config()
        merchant = config.merchant
        rates = self._sheets.rates(merchant, config.members.rates)
        return CostBook(self._sheets.products(merchant), self._sheets.freight(merchant), config.costs, rates)

    def of(self, days: Sequence[date]) -> Waterfalls:
        """Of days that are read here, with the messages that left on them."""
        read, sent = self._days.kept(self._config().merchant).of(days), dict[str, int]()
        for told in read.values():
            for channel, count in told.sent.items():
                sent[channel] = sent.get(channel, 0) + count
        booked = {day: told.sums for day, told in read.items()}
        book = self.book()
        return waterfalls(booked, book, ads=ad_costs(self.spend(days), book.rates), messages=sent)

    def spend(self, days: Sequence[date]) -> tuple[SpendDay, ...]:
        """What advertising cost on some days, of every account that tells."""
        return self._spending.days(self._config().merchant, days)

    def ads(self, spend: Sequence[SpendDay]) -> AdFigures:
        """What some days of advertising come to."""
        return ad_figures((row for day in spend for row in day.rows), self.book().rates)

    def booked(self, days: Sequence[date]) -> dict[date, Booked]:
        """The sums of some days from their cells, which are summed first where they changed."""
        read = self._days.kept(self._config().merchant).of(days)
        return {day: told.sums for day, told in read.items()}
