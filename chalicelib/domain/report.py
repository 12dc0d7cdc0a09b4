"""What a digest says: one report of one period, whole and final, before anybody puts it into words.

Money is in minor units of the currency that the line names; without one, of the merchant's own, at the rates in `rates`. A section
that is None, or empty, has nothing to say because nobody gave what it is made from; it is never a zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from chalicelib.domain.anomaly_account import Anomaly
from chalicelib.domain.carriers import CarrierLine
from chalicelib.domain.cohorts import Cohort
from chalicelib.domain.costs import Waterfalls
from chalicelib.domain.creators import Creators
from chalicelib.domain.figures import Unit
from chalicelib.domain.funnel import CampaignFunnel, CampaignGain
from chalicelib.domain.periods import Period
from chalicelib.domain.rates import Rate
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.readers import ALL_SECTIONS, SECTIONS
from chalicelib.domain.shipping_offer import ShippingOffer
from chalicelib.domain.stocking import StockReport
from chalicelib.domain.storm import StormLine
from chalicelib.domain.structure import ProductStructure


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh one source is. `state`: fresh, late (older than its schedule allows), never (nothing seen yet)."""

    platform: str
    account: str
    last_push_at: datetime | None
    last_pull_at: datetime | None
    state: str
    platform_name: str = ""


@dataclass(frozen=True, slots=True)
class MessagesDay:
    """Messages of a period by campaign: sent, and not sent by reason."""

    campaign: str
    sent: int
    holdout: int
    withheld: dict[str, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One number of this period beside that of the one before and of the one that season compares it with (`Period.base`)."""

    now: int | None
    before: int | None
    base: int | None

    @staticmethod
    def change(now: int | None, then: int | None) -> int | None:
        """Change in tenths of a percent, half away from zero; None when there is no base."""
        if now is None or not then:
            return None
        return Ratio(now - then, abs(then)).permille()


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account's line of the digest, in its own currency (an account with two currencies has two lines)."""

    platform: str
    platform_name: str
    account: str
    currency: str
    gmv: Comparison
    net_sales: Comparison
    orders: Comparison
    aov: Comparison
    refunds: Comparison
    new_buyers: Comparison
    returning_buyers: Comparison


@dataclass(frozen=True, slots=True)
class TopProduct:
    """One of the best-selling products of the period, by amount."""

    platform: str
    platform_name: str
    account: str
    currency: str
    product_id: str
    title: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class Point:
    """A day of the trend. None: no source was heard that day. `net_sales` in the merchant's currency."""

    day: date
    net_sales: int | None
    orders: int | None


@dataclass(frozen=True, slots=True)
class Spark:
    """An account's last days, oldest first, in its own currency; for the small lines beside the table."""

    platform: str
    account: str
    currency: str
    net_sales: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Restated:
    """A past period that says something else than when it was told. `what`: gmv, net_sales, orders or refunds."""

    period: Period
    currency: str
    what: str
    told: int
    now: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric of docs/metrics.md. `value` in its unit's smallest part, see domain.figures.SCALES; `base` is never told."""

    key: str
    unit: Unit
    value: Comparison


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One account as a channel. `figures` as FIGURES_OF_CHANNEL lists them; `score` of 1000, None where nothing of it is known.

    `unscored`: parts of the score that nobody's data tells, whose weight the others bear.
    """

    platform: str
    platform_name: str
    account: str
    figures: tuple[Figure, ...]
    score: int | None
    unscored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All that a digest says of a period.

    `totals` holds one line a currency; their platform and account are "". People are counted by account: totals of people are None
    where one member may have bought at several. `unmapped` counts orders whose platform status has no meaning here yet.
    `provisional` when a source is not fresh. `figures` are the merchant's over all accounts, `unrated` the currencies without a
    rate, which are in none of them. `shown`: sections that its reader's role has. `leave`: where a reader of a mail unsubscribes.
    """

    merchant: str
    period: Period
    zone: str
    currency: str
    locale: str
    generated_at: datetime
    totals: tuple[AccountLine, ...]
    accounts: tuple[AccountLine, ...]
    products: tuple[TopProduct, ...]
    messages: tuple[MessagesDay, ...]
    freshness: tuple[Freshness, ...]
    provisional: bool
    unmapped: int = 0
    quarantined: int = 0
    trend: tuple[Point, ...] = ()
    sparks: tuple[Spark, ...] = ()
    restated: tuple[Restated, ...] = ()
    figures: tuple[Figure, ...] = ()
    channels: tuple[ChannelLine, ...] = ()
    profit: Waterfalls | None = None
    cohorts: tuple[Cohort, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    structure: ProductStructure | None = None
    stock: StockReport | None = None
    shipping: tuple[ShippingOffer, ...] = ()
    carriers: tuple[CarrierLine, ...] = ()
    creators: Creators | None = None
    funnels: tuple[CampaignFunnel, ...] = ()
    gains: tuple[CampaignGain, ...] = ()
    storms: tuple[StormLine, ...] = ()
    rates: tuple[Rate, ...] = ()
    unrated: tuple[str, ...] = ()
    shown: frozenset[str] = ALL_SECTIONS
    leave: str | None = None


def as_read_by(report: Report, role: str, locale: str, *, leave: str | None = None) -> Report:
    """The report with the sections of a role, in a reader's locale, and where they unsubscribe."""
    return replace(report, locale=locale, shown=SECTIONS[role], leave=leave)
