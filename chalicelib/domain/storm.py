"""A storm of bad reviews: far more of them than is usual for a product or shop, told in four grades. Pure.

The usual is a product's own: what it got in the eight weeks before, by weekday, with days that stand far out cut down to size. How
many bad reviews are expected is the higher of two figures: the usual number for so many hours, at a busy time of day; and as many
as usually come with the good ones that came now, so that a day of many sales is no storm. What comes is taken to scatter about it
as a negative binomial count does; what is so unlikely as `CHANCE` is a storm. Times are aware.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import exp, lgamma, log, log1p
from statistics import median

import msgspec

MINIMUM = 6  # on fewer bad reviews within a day there is no alarm, whatever is usual
WEEKS = 8
DAYS = WEEKS * 7
QUIET = timedelta(hours=24)  # a storm is over when so long none of its looks found it
CHANCE = 3e-7
LONGEST = timedelta(hours=24)
# Windows, and how much busier than the day's mean such a stretch of it may be.
WINDOWS = ((timedelta(hours=2), 2.2), (timedelta(hours=6), 1.8), (LONGEST, 1.2))
USUAL_SHARE, USUAL_WEIGHT = 0.1, 20  # of bad ones among all, where little was learned; worth so many reviews
HIGHEST_SHARE = 0.9
FLOOR = 0.1  # bad reviews a day that are expected of the quietest product
EVENEST, WILDEST = 8.0, 3.0  # the shape of the scatter: between these
FAR_OUT = 4.0  # in robust deviations
ROBUST = 1.4826  # median absolute deviation to standard deviation
FAR = 10_000  # readers
LOUD_GRADE = 3  # from which people are told at once


class Seen(msgspec.Struct, frozen=True):
    """A review as far as a storm is concerned. `reach`: how many may have read it, None where nobody says."""

    at: datetime
    negative: bool
    severe: bool = False
    platform: str = ""
    reach: int | None = None


class DayCount(msgspec.Struct, frozen=True):
    """How many reviews came on a day, and how many of them were bad."""

    day: date
    negative: int
    total: int


class Usual(msgspec.Struct, frozen=True):
    """What is usual: bad reviews a day by weekday (Monday first), their share of all, and how evenly they come."""

    rates: tuple[float, ...] = (FLOOR,) * 7
    share: float = USUAL_SHARE
    shape: float = WILDEST


class Finding(msgspec.Struct, frozen=True):
    """A storm as it stands: grade 1 to 4, and of the last day how many bad ones, of how many, on how many platforms."""

    grade: int
    negative: int
    total: int
    platforms: int


class Storm(msgspec.Struct, frozen=True):
    """A storm that was told: when it was found first and last, and the highest grade that was told."""

    began: datetime
    last: datetime
    grade: int


@dataclass(frozen=True, slots=True)
class StormLine:
    """A storm as a digest tells it. Of the whole shop platform, account and product are empty. `grade`: the highest so far."""

    platform: str
    account: str
    product: str
    grade: int
    began: datetime
    last: datetime


def learn(days: Sequence[DayCount]) -> Usual:
    """The usual of the days before, empty ones among them. Without any: what is usual of a product that nobody knows."""
    if not days:
        return Usual()
    counts = _cut([each.negative for each in days])
    mean = sum(counts) / len(counts)
    scatter = sum((count - mean) ** 2 for count in counts) / len(counts) - mean
    rates = []
    for weekday in range(7):
        mine = [count for count, each in zip(counts, days, strict=True) if each.day.weekday() == weekday]
        # Eight days say little: half as much again is the word of all days.
        rates.append(max(FLOOR, (sum(mine) + WEEKS / 2 * mean) / (len(mine) + WEEKS / 2)))
    share = (sum(counts) + USUAL_SHARE * USUAL_WEIGHT) / (sum(each.total for each in days) + USUAL_WEIGHT)
    shape = mean**2 / scatter if scatter > 0 else EVENEST
    return Usual(tuple(rates), min(share, HIGHEST_SHARE), min(max(shape, WILDEST), EVENEST))


def find(seen: Sequence[Seen], usual: Usual, now: datetime, zone_day: date) -> Finding | None:
    """Whether the reviews of the day up to `now` are a storm. `zone_day`: the shop's day, whose weekday counts."""
    recent = [each for each in seen if now - LONGEST < each.at <= now]
    bad = [each for each in recent if each.negative]
    daily = usual.rates[zone_day.weekday()]
    looks = ((now - length, busy * (length / LONGEST)) for length, busy in WINDOWS)
    if len(bad) < MINIMUM or not any(_is_unusual(recent, usual, daily, *look) for look in looks):
        return None
    return Finding(_grade(recent, bad, now), len(bad), len(recent), len({each.platform for each in bad}))


def follow(storm: Storm | None, found: Finding | None, at: datetime) -> tuple[Storm | None, bool]:
    """The storm after a look, and whether it is to be told: once when it begins, and once a grade as it rises."""
    if found is None:
        return storm, False
    if storm is None or at - storm.last > QUIET:
        return Storm(at, at, found.grade), True
    risen = found.grade > storm.grade
    return Storm(storm.began, max(storm.last, at), max(storm.grade, found.grade)), risen


def _is_unusual(recent: list[Seen], usual: Usual, daily: float, since: datetime, part: float) -> bool:
    """Whether so many bad ones since then are unlikely, of which `part` of the day's are expected."""
    count = sum(each.negative and each.at > since for each in recent)
    good = sum(not each.negative and each.at > since for each in recent)
    expected = max(daily * part, usual.share / (1 - usual.share) * good)
    return count >= MINIMUM and count > expected and at_least(count, expected, usual.shape) < CHANCE


def at_least(count: int, mean: float, shape: float) -> float:
    """How likely so many or more are, of a negative binomial of this mean and shape; for counts beyond the mean."""
    odds = mean / (mean + shape)
    term = exp(lgamma(count + shape) - lgamma(shape) - lgamma(count + 1) - shape * log1p(mean / shape) + count * log(odds))
    total, number = 0.0, count
    while term > total * 1e-9:
        total += term
        term *= odds * (number + shape) / (number + 1)
        number += 1
    return total


def _grade(recent: list[Seen], bad: list[Seen], now: datetime) -> int:
    """By points for spread, negativity and speed: three each at most, and one more for what goes beyond numbers."""
    platforms, readers = len({each.platform for each in bad}), sum(each.reach or 0 for each in bad)
    spread = _steps(len(bad), (10, 20, 40)) + (platforms > 1) + (readers >= FAR)
    share, severe = len(bad) / len(recent), sum(each.severe for each in bad) / len(bad)
    negativity = _steps(share, (0.4, 0.8)) + (severe >= 0.2)
    speed = _steps(sum(each.at > now - timedelta(hours=2) for each in bad) / 2, (3, 6, 12))
    return 1 + _steps(spread + negativity + speed, (3, 5, 7))


def _steps(figure: float, bounds: Sequence[float]) -> int:
    return sum(figure >= bound for bound in bounds)


def _cut(counts: list[int]) -> list[float]:
    """Days that stand far out, as those of a storm do, count as the highest that does not."""
    middle = median(counts)
    deviation = ROBUST * median(abs(count - middle) for count in counts)
    bound = middle + FAR_OUT * max(deviation, middle**0.5, 0.5)
    return [min(count, bound) for count in counts]
