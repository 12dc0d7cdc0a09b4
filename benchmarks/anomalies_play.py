"""Simulated merchants for the anomaly detector: days on three platforms, with events planted in the year that is judged.

A merchant has a trend, weekdays, a level that wanders, days that scatter by Student's t, festivals whose pull differs from year to
year, order values with a long tail, products that gain and lose, refunds of the orders of the fortnight before, spend that follows
budgets, outages of which the source says so, and a last day of which some orders are still missing. All is drawn from a seed.
Nothing here uses the detector's own statistics.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from math import cos, exp, log, pi, sqrt
from random import Random

from chalicelib.domain.anomaly import Account, DayFigures, Sold
from chalicelib.domain.festivals import CHINA, SOUTHEAST, WEST, place

BEGIN = date(2024, 1, 8)
WARM, YEAR = 60, 365  # days before anything is judged; days that are judged
PLATFORMS = (("tmall", 0.55), ("jd", 0.3), ("douyin", 0.15))
PRODUCTS = 24
KINDS = ("platform", "stock", "refunds", "price", "spend")
APART = 16  # days from the end of an event to the next, at least
VISIBLE = 4.0  # times the day's own noise
LARGE, MANY = 0.4, 50  # or such a part of a series that counts so many a day
WORTH = 0.01  # of the merchant's sales of a day
OPENING = {"double_11": 0.9, "618": 0.7, "black_friday": 0.8, "double_12": 0.5, "singles_day": 0.6, "lunar_new_year": 0.25}
MOODS = {"presale": -0.15, "waiting": -0.1, "ebb": -0.35, "rest": -0.8, "return": -0.1, "between": 0.15, "week": 0.1}


@dataclass(frozen=True, slots=True)
class Event:
    """Something planted. `size`: what the figure is multiplied by. `noise`: times its own noise that a day of it is."""

    kind: str
    account: str
    first: int
    last: int
    size: float
    product: str
    noise: float
    many: float
    worth: float

    @property
    def visible(self) -> bool:
        """Whether it counts: 4 times the day's noise, or 40 % of a series of 50 a day; and 1 % of the merchant's sales."""
        clear = self.noise >= VISIBLE or (abs(self.size - 1) >= LARGE and self.many >= MANY)
        return clear and self.worth >= WORTH


@dataclass(slots=True)
class Merchant:
    """Accounts as they are known at the end, what is known of each day on the day, and what was planted."""

    orders: float
    accounts: list[Account]
    early: dict[str, dict[date, DayFigures]]
    first: int
    events: list[Event] = field(default_factory=list)

    def on(self, index: int) -> tuple[date, list[Account]]:
        """A day, and the accounts as they are seen on it."""
        day = BEGIN + timedelta(days=index)
        seen = []
        for each in self.accounts:
            days = dict(each.days)
            if days.get(day):
                days[day] = self.early[each.account][day]
            seen.append(Account(each.platform, each.account, days, each.products, each.markets))
        return day, seen


@dataclass(slots=True)
class _Shop:
    """An account's own nature."""

    account: str
    level: float
    noise: float
    weekdays: list[float]
    trend: float
    value: float
    spread: float
    refund_rate: float
    conversion: float
    spend_share: float
    markets: frozenset[str]
    pulls: dict[tuple[str, str], float]
    shares: list[float]


def merchant(seed: str, orders: float, *, second: bool) -> Merchant:
    """A merchant of so many orders a day. `second`: judged in its second year, when it knows the festivals of a year before."""
    draw = Random(seed)
    markets = frozenset((CHINA,)) if draw.random() < 0.6 else frozenset((SOUTHEAST, WEST))
    first = WARM + YEAR if second else WARM
    shops = [_shop(draw, name, orders * share * exp(draw.gauss(0, 0.2)), markets) for name, share in PLATFORMS]
    days = first + YEAR
    made = Merchant(orders, [], {}, first)
    made.events = _plan(draw, shops, first, days, second=second)
    shared = _wander(draw, days, 0.97, 0.05)
    for shop in shops:
        life = _Life(draw, shop, days, shared, [each for each in made.events if each.account == shop.account])
        made.accounts.append(Account(shop.account, shop.account, life.figures, life.products, shop.markets))
        made.early[shop.account] = life.early
    return made


def _shop(draw: Random, name: str, level: float, markets: frozenset[str]) -> _Shop:
    weekdays = [1 + draw.uniform(-0.2, 0.25) for _ in range(7)]
    ranks = [exp(draw.gauss(0, 0.5)) / (rank + 1) for rank in range(PRODUCTS)]
    pulls: dict[tuple[str, str], float] = {}
    return _Shop(
        name,
        level,
        draw.uniform(0.06, 0.13),
        [one / (sum(weekdays) / 7) for one in weekdays],
        draw.uniform(-0.3, 0.6) / 365,
        exp(draw.gauss(9.0, 0.5)),
        draw.uniform(0.6, 1.0),
        draw.uniform(0.03, 0.09),
        draw.uniform(0.01, 0.05),
        draw.uniform(0.05, 0.15),
        markets,
        pulls,
        [one / sum(ranks) for one in ranks],
    )


def _pull(draw: Random, shop: _Shop, day: date) -> float:
    """What the calendar makes of a day. A festival's pull is a shop's own, and a little different each time."""
    there = place(day, shop.markets)
    if there is None:
        return 1.0
    key, phase = there.festival.key, there.phase.key
    usual = shop.pulls.get((key, phase))
    if usual is None:
        strength = OPENING.get(key, 0.12)
        usual = MOODS.get(phase, {"peak": 1.7, "opening": 1.0}.get(phase, 1.0) * strength)
        usual = shop.pulls[key, phase] = usual * draw.uniform(0.5, 1.4)
    year = (f"{key} {(day - timedelta(days=there.offset)).isoformat()}", phase)
    if year not in shop.pulls:
        shop.pulls[year] = draw.gauss(0, 0.06 + 0.1 * abs(usual))
    bow = 0.25 * usual * cos(pi * there.offset / 3) if abs(usual) > 0.5 else 0.0  # the days of a peak are not alike
    return exp(usual + shop.pulls[year] + bow)


class _Life:
    """An account's days, one after the other."""

    def __init__(self, draw: Random, shop: _Shop, days: int, shared: list[float], events: list[Event]) -> None:
        self.draw, self.shop, self.shared, self.events = draw, shop, shared, events
        self.own, self.drifts = _wander(draw, days, 0.95, 0.08), [_wander(draw, days, 0.97, 0.25) for _ in shop.shares]
        self.prices = [exp(draw.gauss(0, 0.5)) for _ in shop.shares]
        self.early: dict[date, DayFigures] = {}
        self.figures: dict[date, DayFigures | None] = {}
        self.products: dict[str, dict[date, Sold]] = {f"p{rank}": {} for rank in range(PRODUCTS)}
        self.recent: list[int] = []
        self.budget, self.out = 1.0, 0
        for index in range(days):
            self._day(index)

    def _day(self, index: int) -> None:
        draw, day = self.draw, BEGIN + timedelta(days=index)
        now = {each.kind: each for each in self.events if each.first <= index <= each.last}
        mean, shares = self._mean(index, day, now)
        orders = poisson(draw, mean)
        self.recent = [*self.recent[-13:], orders]
        gmv = self._sell(day, orders, shares, now["price"].size if "price" in now else 1.0)
        back, refunds = self._refund(now["refunds"].size if "refunds" in now else 1.0)
        spend = self._spend(index, day, now["spend"].size if "spend" in now else 1.0)
        visits = poisson(draw, mean / self.shop.conversion * exp(draw.gauss(0, 0.07)))
        self.out = self.out - 1 if self.out > 0 else (draw.randint(1, 3) if draw.random() < 1 / 70 else 0)
        self.figures[day] = None if self.out and not now else DayFigures(orders, gmv, 0, refunds, back, spend, visits)
        late = draw.uniform(0, 0.03)
        self.early[day] = DayFigures(round(orders * (1 - late)), round(gmv * (1 - late)), 0, refunds, back, spend, visits)

    def _mean(self, index: int, day: date, now: dict[str, Event]) -> tuple[float, list[float]]:
        """Orders to be expected, and what share of the pieces each product has."""
        shop = self.shop
        mean = shop.level * exp(shop.trend * index + self.shared[index] + self.own[index] + _student(self.draw) * shop.noise)
        mean *= shop.weekdays[day.weekday()] * _pull(self.draw, shop, day) * (now["platform"].size if "platform" in now else 1.0)
        shares = [share * exp(drift[index]) for share, drift in zip(shop.shares, self.drifts, strict=True)]
        shares = [share / sum(shares) for share in shares]
        if "stock" in now:
            rank = int(now["stock"].product[1:])
            mean *= 1 - 0.7 * shares[rank]  # three of ten take something else
            shares[rank] = 0.0
        return mean, shares

    def _sell(self, day: date, orders: int, shares: list[float], price: float) -> int:
        """What a day's orders come to; now and then one is as large as many."""
        draw, shop, gmv = self.draw, self.shop, 0
        for rank, share in enumerate(shares):
            pieces = poisson(draw, orders * share * 1.2 * draw.gammavariate(25, 1 / 25)) if share else 0
            if pieces:
                long_tail = exp(draw.gauss(0, shop.spread / sqrt(pieces)))
                amount = round(pieces * shop.value * self.prices[rank] * price * long_tail)
                self.products[f"p{rank}"][day] = Sold(pieces, amount)
                gmv += amount
        for _ in range(poisson(draw, orders * 0.002)):
            gmv += round(shop.value * exp(draw.gauss(2.0, 0.5)))
        return gmv or round(orders * shop.value)

    def _refund(self, times: float) -> tuple[int, int]:
        draw, shop = self.draw, self.shop
        back = poisson(draw, shop.refund_rate * sum(self.recent) / len(self.recent) * draw.gammavariate(40, 1 / 40) * times)
        return back, round(back * shop.value * exp(draw.gauss(0, shop.spread / sqrt(max(back, 1)))))

    def _spend(self, index: int, day: date, times: float) -> int:
        draw, shop = self.draw, self.shop
        if draw.random() < 1 / 45:
            self.budget = exp(draw.gauss(0, 0.15))
        usual = shop.spend_share * shop.value * shop.level * exp(shop.trend * index) * self.budget
        pull: float = _pull(draw, shop, day) ** 0.7
        return round(usual * exp(draw.gauss(0, 0.1)) * pull * times)


def _plan(draw: Random, shops: list[_Shop], first: int, days: int, *, second: bool) -> list[Event]:
    """Events of all kinds in turn, far enough from each other."""
    found: list[Event] = []
    kinds, whole = [*KINDS], sum(each.level for each in shops)
    at = first + draw.randint(3, APART)
    while at < days - 8:
        if not kinds:
            kinds = [*KINDS]
        last = at + draw.randint(1, 4)
        # In a first year nobody knows a festival's pull: what such a day brings is not judged (docs/anomalies.md).
        known = second or all(place(BEGIN + timedelta(days=one), shops[0].markets) is None for one in range(at, last + 1))
        if known:
            kind = kinds.pop(draw.randrange(len(kinds)))
            found.append(_event(draw, kind, draw.choice(shops), whole, (at, last)))
            at = last + APART + draw.randint(0, 8)
        else:
            at += 1
    return found


def _event(draw: Random, kind: str, shop: _Shop, whole: float, days: tuple[int, int]) -> Event:
    first, last = days
    mean = shop.level * exp(shop.trend * first)
    rank = draw.randrange(6)
    size, many, apart = {
        "platform": (1 - draw.uniform(0.4, 0.6), mean, shop.noise * 1.2),
        "stock": (0.0, mean * shop.shares[rank] * 1.2, 0.25),
        "refunds": (draw.uniform(3, 6), mean * shop.refund_rate, 0.16),
        "price": (draw.choice((draw.uniform(0.4, 0.6), draw.uniform(1.5, 2.0))), mean, 0.05),
        "spend": (2.0, 0.0, 0.12),
    }[kind]
    if kind == "price":
        noise = abs(log(size)) / sqrt(apart**2 + (shop.spread**2 + 0.8) / max(mean, 1))
    elif kind == "spend":
        noise = log(size) / apart
    else:
        noise = abs(size - 1) * many / sqrt(max(many + (apart * many) ** 2, 0.01))
    part = {"platform": 1.0, "price": 1.0, "stock": shop.shares[rank], "refunds": shop.refund_rate, "spend": shop.spend_share}[kind]
    worth = abs(size - 1) * part * shop.level / whole
    return Event(kind, shop.account, first, last, size, f"p{rank}" if kind == "stock" else "", noise, many, worth)


def _wander(draw: Random, days: int, memory: float, spread: float) -> list[float]:
    at, found = draw.gauss(0, spread), []
    for _ in range(days):
        at = memory * at + draw.gauss(0, spread * sqrt(1 - memory**2))
        found.append(at)
    return found


def _student(draw: Random) -> float:
    """Student's t of five degrees of freedom, with variance one."""
    return draw.gauss(0, 1) / sqrt(draw.gammavariate(2.5, 2) / 5) / sqrt(5 / 3)


def poisson(draw: Random, mean: float) -> int:
    """A Poisson count; of large means a rounded normal one."""
    if mean > 50:
        return max(round(draw.gauss(mean, sqrt(mean))), 0)
    count, left = 0, draw.expovariate(1.0)
    while left < mean:
        count += 1
        left += draw.expovariate(1.0)
    return count
