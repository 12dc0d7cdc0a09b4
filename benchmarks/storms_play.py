"""Simulated shops for the storm alarm: reviews by the hour over twelve weeks, with or without a storm planted in the last month.

A shop has thirty products, of which few get most reviews. Reviews scatter more than chance alone would have it: by the day, the
weekday and the hour, with days of many sales, and days on which more of them are bad. All of it is drawn from a seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import cos, exp, pi
from random import Random

from chalicelib.domain.storm import DAYS, MINIMUM, DayCount, Finding, Seen, Storm, Usual, find, follow, learn

PRODUCTS = 30
MONTH = 30
BEGIN = datetime(2026, 8, 3, tzinfo=UTC)
WHOLE = "*"  # the scope of all products
PLATFORMS = ("shopee", "lazada", "tiktokshop")
LASTS = 8  # hours of a storm
SLOWEST, FASTEST = 5.0, 30.0  # bad reviews an hour of a planted storm
ABOVE = 8.0  # and so many times its product's usual at the busiest hour


@dataclass(frozen=True, slots=True)
class Planted:
    """A storm that was planted."""

    product: str
    begins: datetime
    an_hour: float


@dataclass(frozen=True, slots=True)
class Shop:
    """Reviews by scope, in order of time."""

    reviews: dict[str, list[Seen]]
    planted: Planted | None


def shop(seed: str, *, slowest: float | None = None, fastest: float = FASTEST) -> Shop:
    """A shop of twelve weeks and two days; `slowest`: with a storm of so many bad reviews an hour, up to `fastest`."""
    draw = Random(seed)
    promotions = {draw.randrange(DAYS + MONTH) for _ in range(4)}
    reviews: dict[str, list[Seen]] = {}
    bad_a_day: dict[str, float] = {}
    for number in range(PRODUCTS):
        volume, share = min(exp(draw.gauss(0.9, 1.4)), 80.0), draw.betavariate(4, 46)
        bad_a_day[f"p{number}"] = volume * share
        reviews[f"p{number}"] = _product(draw, volume, share, promotions)
    planted = _plant(draw, reviews, bad_a_day, slowest, fastest) if slowest else None
    reviews[WHOLE] = sorted((each for mine in reviews.values() for each in mine), key=lambda each: each.at)
    return Shop(reviews, planted)


def watch(reviews: list[Seen]) -> Iterator[tuple[datetime, Finding]]:
    """What is told in the last month, looked at with every bad review as the store does it."""
    storm: Storm | None = None
    counts: dict[int, list[int]] = {}
    for each in reviews:
        day = counts.setdefault((each.at - BEGIN).days, [0, 0])
        day[0] += each.negative
        day[1] += 1
    usual: dict[int, Usual] = {}
    first = 0
    for number, each in enumerate(reviews):
        today = (each.at - BEGIN).days
        if today < DAYS or not each.negative:
            continue
        while reviews[first].at <= each.at - timedelta(hours=24):
            first += 1
        recent = reviews[first : number + 1]
        if sum(one.negative for one in recent) < MINIMUM:
            continue
        if today not in usual:
            usual[today] = learn([_day(past, counts) for past in range(today - DAYS, today)])
        found = find(recent, usual[today], each.at, each.at.date())
        storm, told = follow(storm, found, each.at)
        if told and found:
            yield each.at, found


def _day(number: int, counts: dict[int, list[int]]) -> DayCount:
    negative, total = counts.get(number, (0, 0))
    return DayCount((BEGIN + timedelta(days=number)).date(), negative, total)


def _product(draw: Random, volume: float, share: float, promotions: set[int]) -> list[Seen]:
    weekdays = [draw.uniform(0.7, 1.3) for _ in range(7)]
    peak = draw.uniform(10, 22)
    found = []
    for day in range(DAYS + MONTH):
        mean = volume * weekdays[day % 7] * draw.gammavariate(5, 0.2) * (5.0 if day in promotions else 1.0)
        bad = min(share * draw.gammavariate(10, 0.1), 1.0)
        for at in _arrivals(draw, mean, peak):
            negative = draw.random() < bad
            found.append(
                Seen(BEGIN + timedelta(days=day, hours=at), negative, negative and draw.random() < 0.05, draw.choice(PLATFORMS))
            )
    return sorted(found, key=lambda each: each.at)


def _arrivals(draw: Random, mean: float, peak: float) -> Iterator[float]:
    """Hours of a day at which reviews come, twice as often at the peak as on average, and hardly ever opposite of it."""
    left = draw.expovariate(1.0)
    while left < mean:
        hour = draw.uniform(0, 24)
        while draw.random() * 2 > 1 + 0.95 * cos((hour - peak) / 24 * 2 * pi):
            hour = draw.uniform(0, 24)
        yield hour
        left += draw.expovariate(1.0)


def _plant(draw: Random, reviews: dict[str, list[Seen]], bad_a_day: dict[str, float], slowest: float, fastest: float) -> Planted:
    product = draw.choice(sorted(reviews))
    an_hour = max(slowest * (fastest / slowest) ** draw.random(), ABOVE * 2 * bad_a_day[product] / 24)
    begins = BEGIN + timedelta(days=DAYS) + timedelta(hours=draw.uniform(24, 24 * (MONTH - 1)))
    at, storm = draw.expovariate(an_hour), []
    while at < LASTS:
        storm.append(Seen(begins + timedelta(hours=at), negative=True, severe=draw.random() < 0.3, platform=draw.choice(PLATFORMS)))
        at += draw.expovariate(an_hour)
    reviews[product] = sorted([*reviews[product], *storm], key=lambda each: each.at)
    return Planted(product, begins, an_hour)
