"""One account's figures by day, its series as they are judged, and what is far out of one of them. Pure.

A day is looked at alone and with the two days before it, so that what goes on for some days is found though no single day is far
out. Deviations are statistics in floats; money is in whole minor units of the merchant's currency, rounded once at the end.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from chalicelib.domain.festivals import MARKETS, Place, Pull, place
from chalicelib.domain.usual import DAYS, Daily, Expectation, Kind, Prior, Usual, expect, learn

HISTORY = 430  # days that are looked at
WINDOWS = (1, 3)
ALONE = 1.0  # deviations by which the day itself must be off where it is found with the days before it
RETURNS = 14  # days of orders that refunds come from
FEWEST_ORDERS = 20  # that an average is judged on
FEWEST_UNITS = 4.0  # pieces a day expected of a product
FEWEST_REFUNDS = 5
LONGEST = 7  # days that a finding's begin is looked for


class Metric(StrEnum):
    """What it is about. Money: net sales, aov, spend; counts: orders, refunds, units; conversion: orders of 10,000 visits."""

    NET_SALES = "net_sales"
    ORDERS = "orders"
    AOV = "aov"
    CONVERSION = "conversion"
    REFUNDS = "refunds"
    SPEND = "spend"
    UNITS = "units"


# Deviations from which a figure is unusual, and what is added where it is the day that scatters and not the counting; and the least
# change that is anybody's concern. Tuned on simulated shops (docs/anomalies.md).
FAR_OUT = {
    Metric.ORDERS: (3.1, 1.1),
    Metric.CONVERSION: (3.6, 1.1),
    Metric.AOV: (3.8, 0.0),
    Metric.NET_SALES: (4.4, 0.0),
    Metric.REFUNDS: (3.4, 1.0),
    Metric.SPEND: (3.3, 0.0),
    Metric.UNITS: (3.6, 1.0),
}
CHANGED = {Metric.SPEND: 1.5, Metric.REFUNDS: 1.5, Metric.UNITS: 2.0}  # times as much, or as little
CHANGED_LEAST = 1.15  # of any other
SALES = (Metric.ORDERS, Metric.AOV, Metric.CONVERSION, Metric.NET_SALES)
_REFUND = Prior(scatter=0.15, least=0.1)
_PRODUCT = Prior(scatter=0.25, least=0.12)
_SPEND = Prior(scatter=0.12, least=0.05)


@dataclass(frozen=True, slots=True)
class DayFigures:
    """An account's day in the merchant's currency. `spend`, `visitors`: None where no source tells them."""

    orders: int
    gmv: int
    tax: int = 0
    refunds: int = 0
    refund_count: int = 0
    spend: int | None = None
    visitors: int | None = None

    @property
    def net_sales(self) -> int:
        """Gmv - tax - refunds."""
        return self.gmv - self.tax - self.refunds


@dataclass(frozen=True, slots=True)
class Sold:
    """What of a product was sold on a day."""

    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class Account:
    """An account's history up to the day judged. A day absent or None: its source was not fresh.

    `products`: days on which one was sold; on a day of figures without it none was. `markets`: whose festivals count.
    """

    platform: str
    account: str
    days: Mapping[date, DayFigures | None]
    products: Mapping[str, Mapping[date, Sold]] = field(default_factory=dict)
    markets: Collection[str] = MARKETS


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """What a finding is of. Platform and account "" for the whole merchant; `product` of units only."""

    platform: str
    account: str
    metric: Metric
    product: str = ""


@dataclass(frozen=True, slots=True)
class Driver:
    """What most of it comes from. `kind` platform: name "platform/account"; product: its key; rate: the factor of the product.

    Rates: orders, aov, visitors, conversion, refunds, spend. `share`: permille of the deviation, at most 1,000.
    """

    kind: str
    name: str
    share: int


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something unusual. Figures are of the `days` up to and with `day`: sums, or the average or rate over them.

    `again`: it was found the day before as well; `since`: the first day of those in a row. `low`, `high`: the range of 19 in 20.
    `money`: minor units more (or less, negative) than expected: sales, or of refunds and spend what they cost more.
    """

    series: Series
    day: date
    since: date
    again: bool
    days: int
    value: int
    expected: int
    low: int
    high: int
    money: int
    direction: str
    driver: Driver


@dataclass(frozen=True, slots=True)
class Look:
    """A stretch of `days` up to a day beside what was expected of it, in the units it is reckoned in."""

    series: Series
    index: int
    days: int
    value: float
    expected: Expectation
    deviation: float

    @property
    def beyond(self) -> float:
        """How many times as far out as it takes to be unusual."""
        least, more = FAR_OUT[self.series.metric]
        return abs(self.deviation) / (least + more * self.expected.wild)


class Watched:
    """One account's series as of a day."""

    def __init__(self, account: Account, day: date) -> None:
        self.account, self.day = account, day
        self.first = day - timedelta(days=HISTORY - 1)
        self.calendar = [self.first + timedelta(days=number) for number in range(HISTORY)]
        self.figures = [account.days.get(each) for each in self.calendar]
        self.last = HISTORY - 1
        self.usuals: dict[tuple[Series, int], Usual | None] = {}
        self.dailies: dict[Series, Daily] = {}

    @cached_property
    def weekdays(self) -> list[int]:
        """Monday 0, by day."""
        return [each.weekday() for each in self.calendar]

    @cached_property
    def places(self) -> list[Place | None]:
        """Where in a festival each day is."""
        return [place(each, self.account.markets) for each in self.calendar]

    @cached_property
    def offsets(self) -> list[int | None]:
        """Index of the same day of the festival before."""
        return [(one.before - self.first).days if one and one.before else None for one in self.places]

    def series(self, metric: Metric, product: str = "") -> Series:
        """One of this account's series."""
        return Series(self.account.platform, self.account.account, metric, product)

    def daily(self, series: Series) -> Daily:
        """The figures of a series by day, as they are reckoned with."""
        if series not in self.dailies:
            self.dailies[series] = self._daily(series)
        return self.dailies[series]

    def _daily(self, series: Series) -> Daily:
        figures, shape = self.figures, (self.weekdays, self.places, self.offsets)
        if series.metric is Metric.ORDERS:
            return Daily(Kind.COUNT, self._told("orders"), *shape)
        if series.metric is Metric.CONVERSION:
            visitors = [(each.visitors or 0) if each else 0 for each in figures]
            return Daily(Kind.COUNT, self._told("orders"), *shape, visitors)
        if series.metric is Metric.AOV:
            orders = [each.orders if each else 0 for each in figures]
            return Daily(Kind.MEAN, self._told("gmv"), *shape, orders)
        if series.metric is Metric.NET_SALES:
            return Daily(Kind.AMOUNT, self._told("net_sales"), *shape)
        if series.metric is Metric.SPEND:
            return Daily(Kind.AMOUNT, self._told("spend"), *shape, prior=_SPEND)
        if series.metric is Metric.REFUNDS:
            return Daily(Kind.COUNT, self._told("refund_count"), *shape, self._recent_orders(), _REFUND, festive=False)
        return Daily(Kind.COUNT, self._pieces(series.product), *shape, self._shops_orders, _PRODUCT, festive=False)

    def _told(self, name: str) -> list[float | None]:
        return [getattr(each, name) if each else None for each in self.figures]

    def _pieces(self, product: str) -> list[float | None]:
        """Of a product that is sold; before its first sale nobody knows whether it was there."""
        sold = self.account.products[product]
        begins, none = min(sold, default=self.day), Sold(0, 0)
        early = HISTORY - 2 * DAYS - max(WINDOWS) - LONGEST  # festivals pull it with all orders: no need to look at a year before
        pieces: list[float | None] = [None] * early
        for on, each in zip(self.calendar[early:], self.figures[early:], strict=True):
            pieces.append(sold.get(on, none).quantity if each and on >= begins else None)
        return pieces

    def _recent_orders(self) -> list[float]:
        """Orders a day over the fortnight before each day, that day with it: what refunds come from."""
        means, recent = list[float](), list[int]()
        for each in self.figures:
            if each:
                recent = [*recent[1 - RETURNS :], each.orders]
            means.append(sum(recent) / len(recent) if recent else 0.0)
        return means

    @cached_property
    def _shops_orders(self) -> list[float]:
        """Orders of the day, on the days judged no more than usual: a rush for one product is no drop of all others."""
        orders: list[float] = [each.orders if each else 0 for each in self.figures]
        daily = self.daily(self.series(Metric.ORDERS))
        usual = self.usual(self.series(Metric.ORDERS), self.last - max(WINDOWS) + 1)
        for index in range(self.last - max(WINDOWS) + 1, self.last + 1):
            expected = usual and expect(daily, usual, [index], freely=True)
            if expected:
                orders[index] = min(orders[index], expected.mean)
        return orders

    def usual(self, series: Series, end: int) -> Usual | None:
        """What is usual of a series before a day."""
        if (series, end) not in self.usuals:
            self.usuals[series, end] = learn(self.daily(series), end)
        return self.usuals[series, end]

    @cached_property
    def usual_sales(self) -> Fraction:
        """Sales of a usual day: the mean of the last four weeks that were told."""
        return Fraction(sum(each.gmv for each in self.recent), max(len(self.recent), 1))

    @cached_property
    def recent(self) -> list[DayFigures]:
        """Four weeks before the longest window."""
        return [each for each in self.figures[-28 - max(WINDOWS) : -max(WINDOWS)] if each]

    @cached_property
    def order_value(self) -> Fraction:
        """What an order usually comes to."""
        return Fraction(sum(each.gmv for each in self.recent), max(sum(each.orders for each in self.recent), 1))

    @cached_property
    def refund_value(self) -> Fraction:
        """What a refund usually comes to."""
        return Fraction(sum(each.refunds for each in self.recent), max(sum(each.refund_count for each in self.recent), 1))

    @cached_property
    def usual_refunds(self) -> Fraction:
        """Tax and refunds of a usual day."""
        return Fraction(sum(each.refunds + each.tax for each in self.recent), max(len(self.recent), 1))

    @cached_property
    def shares(self) -> dict[str, Sold]:
        """What was sold of each product in the four weeks before the longest window."""
        span = slice(-28 - max(WINDOWS), -max(WINDOWS))
        days = [on for on, each in zip(self.calendar[span], self.figures[span], strict=True) if each]
        found = {}
        for key, sold in self.account.products.items():
            mine = [sold[on] for on in days if on in sold]
            if mine:
                found[key] = Sold(sum(one.quantity for one in mine), sum(one.amount for one in mine))
        return found

    def look(self, series: Series, index: int) -> Look | None:
        """The day by itself, or else with the days before it; None where nothing is unusual or it cannot be told."""
        alone = self.stretch(series, index, 1)
        if alone is None or abs(alone.deviation) < ALONE:
            return None
        if self._matters(alone):
            return alone
        for days in WINDOWS[1:]:
            found = self.stretch(series, index, days)
            if found and found.deviation * alone.deviation > 0 and self._matters(found):
                return found
        return None

    def lacks(self, product: str) -> bool:
        """Whether so much of a best seller is missing, on the day or over the longest window, that it is worth a look."""
        usual, sold = self.shares[product], self.account.products[product]
        orders = sum(each.orders for each in self.recent)
        for days in WINDOWS:
            span = [on for on, each in zip(self.calendar[-days:], self.figures[-days:], strict=True) if each]
            expected = Fraction(usual.quantity, max(orders, 1)) * sum(round(one) for one in self._shops_orders[-days:])
            if sum(sold[on].quantity for on in span if on in sold) * Fraction(CHANGED[Metric.UNITS]) < expected:
                return True
        return False

    def stretch(self, series: Series, index: int, days: int) -> Look | None:
        """A stretch of days as it is; None where it cannot be judged."""
        daily, indices = self.daily(series), range(index - days + 1, index + 1)
        usual = self.usual(series, indices[0]) if daily.has(index) else None
        expected = expect(daily, usual, indices) if usual else None
        if expected is None:
            return None
        value = sum(daily.values[one] or 0 for one in indices)
        if daily.kind is Kind.MEAN:
            value /= sum(daily.exposure(one) for one in indices)
        deviation = expected.deviation(value)
        if Pull.BOTH in expected.pulls or (Pull.UP if deviation > 0 else Pull.DOWN) in expected.pulls:
            return None
        return Look(series, index, days, value, expected, deviation)

    def begin(self, look: Look) -> tuple[date, bool]:
        """The first day of those in a row, up to a week, on which it was found the same way; and whether there is one before."""
        first, index = look.index - look.days + 1, look.index - 1
        while index > look.index - LONGEST:
            before = self.look(look.series, index)
            if before is None or before.deviation * look.deviation < 0:
                break
            first, index = min(first, index - before.days + 1), index - 1
        return self.calendar[first], index < look.index - 1

    def orders(self, look: Look) -> int:
        """Orders of the days of a look."""
        return sum(each.orders for each in self.stretched(look))

    def stretched(self, look: Look) -> list[DayFigures]:
        """The figures of the days of a look."""
        return [each for each in self.figures[look.index - look.days + 1 : look.index + 1] if each]

    def _matters(self, look: Look) -> bool:
        """Whether it is far out, of enough orders, and whether its size and direction are anybody's concern."""
        metric, mean = look.series.metric, look.expected.mean
        low, high = sorted((look.value, mean))
        if look.beyond < 1 or high < low * CHANGED.get(metric, CHANGED_LEAST):
            return False
        if metric is Metric.REFUNDS:
            return look.deviation > 0 and look.value >= FEWEST_REFUNDS
        if metric is Metric.UNITS:
            return look.deviation < 0 and mean >= FEWEST_UNITS * look.days
        if metric is Metric.CONVERSION:
            return mean >= FEWEST_ORDERS / 2
        if metric in (Metric.AOV, Metric.NET_SALES):
            return self.orders(look) >= FEWEST_ORDERS
        return True
