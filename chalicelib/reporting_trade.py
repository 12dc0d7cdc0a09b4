"""A report's sections on trade: product structure, stock, free shipping, carriers, creators, campaigns from drawn to bought.

All but two come from sums that the report has anyway. Stock reads the days of its window beside them, only where stock is counted.
What people did after a campaign drew them is read of weeks and months, person by person, and not where too many were drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib.campaign_report import CampaignReport, CampaignReports
from chalicelib.config import Config
from chalicelib.cost_sheets import CostSheets
from chalicelib.days import DaySums, KeptDays
from chalicelib.domain.carriers import CarrierLine, carrier_lines
from chalicelib.domain.costs import CostBook
from chalicelib.domain.creators import Creators, creators
from chalicelib.domain.funnel import CampaignFunnel, CampaignGain, funnels_by_day
from chalicelib.domain.periods import Period
from chalicelib.domain.shipping_offer import ShippingOffer, shipping_offers
from chalicelib.domain.stocking import StockReport, stocking
from chalicelib.domain.structure import ProductStructure, product_structure

MOST_FOLLOWED = 2_000  # people drawn in a period whose purchases are looked up one by one


@dataclass(frozen=True, slots=True)
class TradeSections:
    """As `Report` has them, under the same names."""

    structure: ProductStructure | None
    stock: StockReport | None
    shipping: tuple[ShippingOffer, ...]
    carriers: tuple[CarrierLine, ...]
    creators: Creators | None
    funnels: tuple[CampaignFunnel, ...]


class ReportingTrade:
    """Makes them."""

    def __init__(self, *, sheets: CostSheets, campaigns: CampaignReports) -> None:
        self._sheets = sheets
        self._campaigns = campaigns

    def of(self, config: Config, period: Period, kept: KeptDays, known: Sequence[date], book: CostBook) -> TradeSections:
        """Of a period's days. `known`: the last days of which anything is known, as many as tell the pace of sales."""
        days = kept.of(period.days)
        booked = {day: told.sums for day, told in days.items()}
        return TradeSections(
            structure=product_structure(booked, book),
            stock=self._stock(config, period.last, kept, known, book),
            shipping=shipping_offers(booked, book),
            carriers=carrier_lines(booked, book),
            creators=creators(booked, book.rates),
            funnels=self._funnels(config, period, days),
        )

    def gains(self, config: Config, period: Period, kept: KeptDays, over: date) -> tuple[CampaignGain, ...]:
        """What campaigns brought of the people whose windows ended in a week or month. `over`: the last day that is over."""
        if period.kind == "day":
            return ()
        found = []
        for campaign in config.campaigns:
            window = timedelta(days=campaign.conversion_days)
            first, last = period.first - window, min(period.last, over) - window
            drawn = {}
            for day in (first + timedelta(days=ahead) for ahead in range((last - first).days + 1)):
                if count := sum(kept.day(day).draws.get(campaign.key, {}).values()):
                    drawn[day] = count
            if people := sum(drawn.values()):
                told = self._campaigns.report(campaign.key, min(drawn), max(drawn)) if people <= MOST_FOLLOWED else None
                found.append(_gain(campaign.key, first, last, people, told))
        return tuple(found)

    def _stock(self, config: Config, last: date, kept: KeptDays, known: Sequence[date], book: CostBook) -> StockReport | None:
        first = min([*known, last])
        stock = self._sheets.stock(config.merchant, first, last)
        if not stock.on(last):
            return None
        return stocking(last, stock, {day: told.sums for day, told in kept.of(known).items()}, book)

    def _funnels(self, config: Config, period: Period, days: Mapping[date, DaySums]) -> tuple[CampaignFunnel, ...]:
        counted = funnels_by_day([day.draws for day in days.values()], [day.outcomes for day in days.values()])
        if period.kind == "day":
            return counted
        known = {campaign.key for campaign in config.campaigns}
        return tuple(
            _followed(each, self._campaigns.report(each.campaign, period.first, period.last))
            if each.campaign in known and 0 < each.drawn <= MOST_FOLLOWED
            else each
            for each in counted
        )


def _gain(campaign: str, first: date, last: date, drawn: int, told: CampaignReport | None) -> CampaignGain:
    if told is None or told.earned is None or told.profit is None:
        return CampaignGain(campaign, first, last, drawn)
    return CampaignGain(campaign, first, last, drawn, told.earned.profit, *told.profit)


def _followed(counted: CampaignFunnel, told: CampaignReport) -> CampaignFunnel:
    return CampaignFunnel(
        campaign=counted.campaign,
        drawn=told.funnel.drawn,
        held=told.funnel.holdout,
        sent=sum(told.funnel.sent.values()),
        followed=True,
        clicked=told.funnel.clicked,
        bought=told.funnel.converted,
        bought_alone=told.holdout.conversions,
        open_until=told.open_until,
    )
