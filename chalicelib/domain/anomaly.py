"""What is unusual about a day: at most five findings, each event once, the dearest first, each with its probable driver. Pure.

What is usual of a day is `domain/usual.py`; what is far out of one account's series, `domain/anomaly_account.py`. A source that was
not fresh is None: never a drop, never a part of what is usual.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from chalicelib.domain.anomaly_account import (
    SALES,
    Account,
    Anomaly,
    DayFigures,
    Driver,
    Look,
    Metric,
    Series,
    Sold,
    Watched,
)

__all__ = ["Account", "Anomaly", "DayFigures", "Driver", "Metric", "Series", "Sold", "find"]

MOST = 5  # findings of a day
LEAST = Fraction(1, 200)  # of a usual day's sales of the whole: what is worth less is not told
RANGE = 2.0  # deviations of the range that is shown as usual: 19 days of 20
BEST_SELLERS = 10  # products of an account that are looked at by themselves
CONVERSIONS = 10_000  # visits that conversion is told of
_OF_AN_ACCOUNT = (Metric.ORDERS, Metric.AOV, Metric.CONVERSION, Metric.NET_SALES, Metric.REFUNDS, Metric.SPEND)
_OF_THE_WHOLE = (Metric.ORDERS, Metric.NET_SALES)


def find(accounts: Sequence[Account], day: date) -> tuple[Anomaly, ...]:
    """What is unusual about a day, the dearest first."""
    shops = [Watched(each, day) for each in accounts]
    found = [one for shop in shops for one in _of_account(shop)]
    if len(shops) > 1:
        found = _join(found, Watched(_together(shops), day))
    usual = sum(shop.usual_sales for shop in shops)
    told = [one for one in found if abs(one.money) >= usual * LEAST]
    told.sort(key=lambda one: (-abs(one.money), one.look.series))
    return tuple(one.told(shops) for one in told[:MOST])


@dataclass(frozen=True, slots=True)
class _Found:
    """A finding before it is told."""

    shop: Watched
    look: Look
    money: int

    @property
    def metric(self) -> Metric:
        return self.look.series.metric

    def told(self, shops: Sequence[Watched]) -> Anomaly:
        """With its range, its begin and its driver."""
        look = self.look
        scale = 1.0
        if self.metric is Metric.CONVERSION:
            scale = CONVERSIONS / sum(each.visitors or 0 for each in self.shop.stretched(look))
        bounds = (look.value, look.expected.mean, look.expected.bound(-RANGE), look.expected.bound(RANGE))
        value, expected, low, high = (round(scale * one) for one in bounds)
        since, again = self.shop.begin(look)
        direction = "up" if look.deviation > 0 else "down"
        driver = _driver(self, shops)
        figures = (look.days, value, expected, low, high)
        return Anomaly(look.series, self.shop.day, since, again, *figures, self.money, direction, driver)


def _of_account(shop: Watched) -> list[_Found]:
    """What is unusual of an account: of all that says the same about its sales one finding."""
    told = _told(shop, _OF_AN_ACCOUNT)
    best = _best(told)
    found = [one for one in told if one.metric not in SALES]
    if best is None or best.look.deviation > 0:
        # Of the best sellers only: of what hardly sells a day without it says nothing.
        keys = sorted(shop.shares, key=lambda key: (-shop.shares[key].amount, key))[:BEST_SELLERS]
        looks = [shop.look(shop.series(Metric.UNITS, key), shop.last) for key in keys if shop.lacks(key)]
        found += [_Found(shop, one, _money(shop, one)) for one in looks if one]
    return [best, *found] if best else found


def _told(shop: Watched, metrics: Sequence[Metric]) -> list[_Found]:
    looks = [shop.look(shop.series(metric), shop.last) for metric in metrics]
    return [_Found(shop, one, _money(shop, one)) for one in looks if one]


def _best(told: Sequence[_Found]) -> _Found | None:
    """The clearest finding about sales. Net sales only where neither sales nor refunds say why."""
    sales = [one for one in told if one.metric in SALES]
    if len(sales) > 1 or any(one.metric is Metric.REFUNDS for one in told):
        sales = [one for one in sales if one.metric is not Metric.NET_SALES]
    return max(sales, key=lambda one: one.look.beyond, default=None)


def _money(shop: Watched, look: Look) -> int:
    """What it is worth: figure less expectation, in minor units."""
    metric = look.series.metric
    if metric in (Metric.NET_SALES, Metric.SPEND):
        return round(look.value) - round(look.expected.mean)
    if metric is Metric.AOV:
        gmv = sum(each.gmv for each in shop.stretched(look))
        return gmv - round(look.expected.mean * shop.orders(look))
    missing = round(look.value) - Fraction(look.expected.mean)
    if metric is Metric.UNITS:
        sold = shop.shares[look.series.product]
        return round(missing * Fraction(sold.amount, max(sold.quantity, 1)))
    if metric is Metric.REFUNDS:
        paid = sum(each.refunds for each in shop.stretched(look))
        return paid - round(Fraction(look.expected.mean) * shop.refund_value)
    return round(missing * shop.order_value)


def _together(shops: Sequence[Watched]) -> Account:
    """The accounts that have figures of the day, as one; a day on which one of them has none is none."""
    fresh = [shop for shop in shops if shop.figures[-1]]
    days: dict[date, DayFigures | None] = {}
    for index, on in enumerate(shops[0].calendar):
        figures = [each for shop in fresh if (each := shop.figures[index])]
        if fresh and len(figures) == len(fresh):
            sums = (sum(getattr(each, name) for each in figures) for name in ("orders", "gmv", "tax", "refunds", "refund_count"))
            days[on] = DayFigures(*sums)
    return Account("", "", days, markets=frozenset(one for shop in fresh for one in shop.account.markets))


def _join(found: list[_Found], whole: Watched) -> list[_Found]:
    """One event, one finding: of the whole where no account's finding is half of it, else of that account."""
    best = _best(_told(whole, _OF_THE_WHOLE))
    if best is None:
        return found
    parts = [one for one in found if one.metric in (*SALES, Metric.UNITS) and one.look.deviation * best.look.deviation > 0]
    if any(2 * abs(one.money) >= abs(best.money) for one in parts):
        return found
    return [best, *(one for one in found if one not in parts or one.metric is Metric.UNITS)]


def _driver(found: _Found, shops: Sequence[Watched]) -> Driver:
    """What half of the deviation or more comes from: a platform, else a product, else a rate."""
    look, shop = found.look, found.shop
    if look.series.metric is Metric.UNITS:
        return Driver("product", look.series.product, 1000)
    if look.series.metric in (Metric.REFUNDS, Metric.SPEND):
        return Driver("rate", look.series.metric.value, 1000)
    expected = _expected_sales(shop, look)
    off = sum(each.gmv for each in shop.stretched(look)) - expected
    if shop.account.platform == "":
        named = [(f"{one.account.platform}/{one.account.account}", _off(one, look)) for one in shops if one.figures[-1]]
        if driver := _half("platform", named, off):
            return driver
    driver = _half("product", _products_off(shop, look, expected), off)
    return driver or _rate(shop, look, expected)


def _half(kind: str, named: Sequence[tuple[str, Fraction]], off: Fraction) -> Driver | None:
    """The one of them that is half of it or more."""
    shares = [(round(1000 * part / off), name) for name, part in named] if off else []
    share, name = max(shares, default=(0, ""))
    return Driver(kind, name, min(share, 1000)) if share >= 500 else None


def _expected_sales(shop: Watched, look: Look) -> Fraction:
    """What the days of a look should have sold for: orders expected at what an order usually comes to."""
    orders = shop.stretch(shop.series(Metric.ORDERS), look.index, look.days)
    if orders is None:
        return shop.usual_sales * look.days
    return Fraction(orders.expected.mean) * shop.order_value


def _off(shop: Watched, look: Look) -> Fraction:
    return sum(each.gmv for each in shop.stretched(look)) - _expected_sales(shop, look)


def _products_off(shop: Watched, look: Look, expected: Fraction) -> list[tuple[str, Fraction]]:
    """Each product's money beside its usual share of what was expected."""
    whole = sum(each.gmv for each in shop.recent)
    days = shop.calendar[look.index - look.days + 1 : look.index + 1]
    found = []
    for key, sold in shop.account.products.items():
        usual = shop.shares[key].amount if key in shop.shares else 0
        amount = sum(sold[on].amount for on in days if on in sold)
        found.append((key, amount - expected * Fraction(usual, max(whole, 1))))
    return found


def _rate(shop: Watched, look: Look, expected: Fraction) -> Driver:
    """Sales are orders by their value, orders are visitors by conversion: which of them is most of it."""
    orders = shop.orders(look)
    at_usual = orders * shop.order_value
    parts: dict[str, Fraction] = {"aov": sum(each.gmv for each in shop.stretched(look)) - at_usual}
    visits = shop.stretch(shop.series(Metric.CONVERSION), look.index, look.days)
    if visits is None:
        parts["orders"] = at_usual - expected
    else:
        by_visits = Fraction(visits.expected.mean) * shop.order_value
        parts |= {"conversion": at_usual - by_visits, "visitors": by_visits - expected}
    refunds = sum(each.refunds + each.tax for each in shop.stretched(look))
    if look.series.metric is Metric.NET_SALES:
        parts["refunds"] = -(refunds - shop.usual_refunds * look.days)
    mine = {name: part for name, part in parts.items() if (part > 0) == (look.deviation > 0)}
    name = max(mine, key=lambda one: abs(mine[one]), default="orders")
    whole = sum((abs(part) for part in mine.values()), Fraction())
    return Driver("rate", name, round(1000 * abs(mine[name]) / whole) if whole else 1000)
