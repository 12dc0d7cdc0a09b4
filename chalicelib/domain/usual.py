"""What is usual of a daily series, and how far a stretch of days is from it. Pure; statistics in floats, no money comes out.

A day's expectation is level x weekday x festival x exposure. The exposure is what the figure hangs on: visitors of orders, recent
orders of refunds, orders of an average. The festival's part is what the same day of the festival before was worth against the
common days around it. The level is a weighted mean of the last weeks, days that stand far out cut down to size. Counts scatter as a
negative binomial does, averages by how many they are of, amounts by their own logarithms; how wide is learned by median deviation.
A day without a figure (None) says nothing: it is neither low nor part of any mean. Indices count days; the last is the day judged.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import accumulate
from math import exp, inf, log, sqrt
from statistics import median

from chalicelib.domain.festivals import Place, Pull
from chalicelib.domain.tails import count_deviation

DAYS = 56  # of common days and known festival days that a level is learned from
MINIMUM = 14  # so many of them there must be
HALF_LIFE = 8.0  # days until a day's word counts half
BLOCK, BLOCKS = 5, 5  # the centre is the median of so many stretches of so many days
NEAREST, NEAR, FEWEST = 28, 90, 10  # common days around a festival: so many, within so many days, and no fewer
ROBUST = 1.4826  # median absolute deviation to standard deviation
CUT = 2.5  # deviations beyond which a day counts as the bound
FITTED = 1.2  # residuals of what they were fitted to are smaller than those of a day to come, in variance
WEEKDAYS_APART = 0.15**2  # variance of weekdays around their mean, before anything was seen
PHASE_APART, PHASES_APART = 0.3**2, 0.3**2  # of days within a phase, of phases around a common day
YEARS_APART, YEARS_LEAST = 0.15, 0.08  # a festival's pull differs from year to year: by its logarithm, at least
TOGETHER = 0.4  # so much of the days' scatter is shared by days that follow each other
WEIGHT = 20  # days that the prior scatter is worth


class Kind(StrEnum):
    """How a figure scatters."""

    COUNT = "count"
    MEAN = "mean"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Prior:
    """What is taken for granted: scatter of a day apart from counting, its least, and the deviation of one order's value."""

    scatter: float = 0.12
    least: float = 0.05
    single: float = 1.2


PRIORS = {Kind.COUNT: Prior(), Kind.MEAN: Prior(0.06, 0.03), Kind.AMOUNT: Prior(0.2, 0.05)}


@dataclass
class Daily:
    """A series by day. `places`: festivals of its days. `shape`: weekday and festival of another series, which this one follows."""

    kind: Kind
    values: Sequence[float | None]
    weekdays: Sequence[int]
    places: Sequence[Place | None]
    offsets: Sequence[int | None]  # index of the same day of the festival before
    exposures: Sequence[float] | None = None
    prior: Prior | None = None
    festive: bool = True  # whether festivals pull it beyond its exposure
    known: dict[int, tuple[float, float] | None] = field(default_factory=dict)
    phases: dict[tuple[str, str, int], tuple[float, float]] = field(default_factory=dict)

    @cached_property
    def common(self) -> tuple[list[int], list[float]]:
        """The days of no festival, and their figures by exposure."""
        days = [index for index, there in enumerate(self.places) if there is None and self.has(index)]
        return days, [(self.values[index] or 0.0) / self.exposure(index) for index in days]

    def exposure(self, index: int) -> float:
        """What the figure of a day hangs on; 1 for a plain figure."""
        return self.exposures[index] if self.exposures is not None else 1.0

    def has(self, index: int) -> bool:
        """Whether there is a figure that can be reckoned with."""
        if not 0 <= index < len(self.values) or self.exposure(index) <= 0:
            return False
        value = self.values[index]
        return value is not None and (self.kind is Kind.COUNT or value > 0)


@dataclass(frozen=True, slots=True)
class Usual:
    """What was learned: level, weekday factors, scatter apart from counting (a variance), how unsure the level is (a variance)."""

    level: float
    weekdays: tuple[float, ...]
    scatter: float
    single: float
    doubt: float


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a stretch of days should have come to. `scatter`: relative variance apart from counting. `pulls`: not to be judged."""

    kind: Kind
    mean: float
    scatter: float
    pulls: frozenset[Pull] = frozenset()

    @property
    def wild(self) -> float:
        """How much of the variance is not that of counting, 0 to 1: such days stray further than a normal law has it."""
        return 1.0 if self.kind is not Kind.COUNT else self.scatter / (self.scatter + 1 / self.mean)

    def deviation(self, value: float) -> float:
        """How many standard deviations a value is from it, by the tail it cuts off."""
        if self.kind is Kind.COUNT:
            return count_deviation(value, self.mean, self.scatter)
        return log(value / self.mean) / sqrt(self.scatter) if value > 0 else -inf

    def bound(self, deviations: float) -> float:
        """The value that is so many deviations off."""
        if self.kind is not Kind.COUNT:
            return self.mean * exp(deviations * sqrt(self.scatter))
        low, high = (0.0, self.mean) if deviations < 0 else (self.mean, 4 * self.mean + 40)
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if count_deviation(middle, self.mean, self.scatter) < deviations else (low, middle)
        return high if deviations > 0 else low


def learn(daily: Daily, end: int) -> Usual | None:
    """The usual of the days before index `end`; None on too few."""
    pool = _pool(daily, end)
    if len(pool) < MINIMUM:
        return None
    prior = daily.prior or PRIORS[daily.kind]
    plain = [_rate(daily, index, None) for index in pool]
    weekdays = _weekdays(daily, pool, plain)
    rates = [rate / weekdays[daily.weekdays[index]] for rate, index in zip(plain, pool, strict=True)]
    counts = [_weight(daily, index, weekdays) for index in pool]
    unsure = [(festival(daily, index) or (1.0, 0.0))[1] for index in pool]
    scatter, single = _scatter(daily.kind, rates, counts, unsure, prior)
    level, doubt = _level(daily, pool, rates, counts, (scatter, single, unsure))
    return Usual(level, weekdays, scatter, single, doubt) if level > 0 else None


def expect(daily: Daily, usual: Usual, indices: Sequence[int], *, freely: bool = False) -> Expectation | None:
    """What these days should come to; None when one of them has no figure. `freely`: also of festivals nobody knows."""
    mean = unsure = size = 0.0
    pulls: set[Pull] = set()
    for index in indices:
        if not daily.has(index):
            return None
        factor = festival(daily, index)
        if factor is None:
            place = daily.places[index]
            if place is not None and not freely:
                pulls.add(place.phase.pull)
            factor = (1.0, 0.0)
        part = usual.level * usual.weekdays[daily.weekdays[index]] * factor[0] * daily.exposure(index)
        mean += part
        unsure += part * part * factor[1]
        size += daily.exposure(index)
    if mean <= 0:
        return None
    days = len(indices)
    scatter = usual.scatter * (TOGETHER + (1 - TOGETHER) / days) + usual.doubt + unsure / (mean * mean)
    if daily.kind is Kind.MEAN:
        return Expectation(daily.kind, mean / size, scatter + usual.single / size, frozenset(pulls))
    return Expectation(daily.kind, mean, scatter, frozenset(pulls))


def festival(daily: Daily, index: int) -> tuple[float, float] | None:
    """What a festival makes of a day: factor and its variance, (1, 0) on a common day; None when the one before is not known."""
    place = daily.places[index]
    if place is None:
        return 1.0, 0.0
    if not daily.festive:
        return 1.0, 0.15**2
    if index not in daily.known:
        daily.known[index] = _pull(daily, place, daily.offsets[index])
    return daily.known[index]


def _pool(daily: Daily, end: int) -> list[int]:
    """The newest days before `end` that say what is usual, oldest first; twice as far back as they are many."""
    found: list[int] = []
    for index in range(end - 1, max(end - 2 * DAYS, 0) - 1, -1):
        if daily.has(index) and festival(daily, index) is not None:
            found.append(index)
            if len(found) == DAYS:
                break
    return found[::-1]


def _rate(daily: Daily, index: int, weekdays: Sequence[float] | None) -> float:
    """A day's figure by exposure, festival and, where given, weekday."""
    factor = festival(daily, index) or (1.0, 0.0)
    value = daily.values[index] or 0.0
    by_day = weekdays[daily.weekdays[index]] if weekdays else 1.0
    # Averages come as their sums: a day's value over its exposure is the average.
    return value / (daily.exposure(index) * factor[0] * by_day)


def _weight(daily: Daily, index: int, weekdays: Sequence[float]) -> float:
    """What a rate of 1 would have made of the day: counts of it, or orders that an average is of."""
    if daily.kind is Kind.MEAN:
        return daily.exposure(index)
    if daily.kind is Kind.AMOUNT:
        return 1.0
    factor = festival(daily, index) or (1.0, 0.0)
    return daily.exposure(index) * factor[0] * weekdays[daily.weekdays[index]]


def _weekdays(daily: Daily, pool: list[int], rates: list[float]) -> tuple[float, ...]:
    """Factors by weekday, drawn towards 1 the more the less is known."""
    sums, numbers, ratios = [0.0] * 7, [0] * 7, []
    for first in range(len(pool) % 7, len(pool), 7):
        week = rates[first : first + 7]
        mean = sum(week) / 7
        if mean <= 0:
            continue
        for index, rate in zip(pool[first : first + 7], week, strict=True):
            ratios.append((daily.weekdays[index], min(rate / mean, 3.0)))
    by_day: list[list[float]] = [[] for _ in range(7)]
    for weekday, ratio in ratios:
        by_day[weekday].append(ratio)
    middles = [_middle(one) if one else 1.0 for one in by_day]
    noise = sum((ratio - middles[weekday]) ** 2 for weekday, ratio in ratios) / max(len(ratios) - 7, 1)
    for weekday in range(7):
        numbers[weekday] = len(by_day[weekday])
        prior = min(max(noise, 0.001), 4.0) / WEEKDAYS_APART
        sums[weekday] = (middles[weekday] * numbers[weekday] + prior) / (numbers[weekday] + prior)
    mean = sum(sums) / 7
    return tuple(one / mean for one in sums)


def _middle(values: list[float]) -> float:
    """The mean without the lowest and the highest quarter."""
    ordered = sorted(values)
    cut = len(ordered) // 4
    kept = ordered[cut : len(ordered) - cut]
    return sum(kept) / len(kept)


def _scatter(kind: Kind, rates: list[float], counts: list[float], unsure: list[float], prior: Prior) -> tuple[float, float]:
    """Relative variance of a day apart from counting, and that of one order's value (of averages only)."""
    squares = []
    sums = [0.0, *accumulate(rate * count for rate, count in zip(rates, counts, strict=True))]
    sizes = [0.0, *accumulate(counts)]
    for number, (rate, count, festive) in enumerate(zip(rates, counts, unsure, strict=True)):
        since, until = max(number - 7, 0), min(number + 8, len(rates))
        local = (sums[until] - sums[since]) / (sizes[until] - sizes[since])
        if local <= 0:
            continue
        if kind is Kind.COUNT:
            expected = local * count
            squares.append(((rate / local - 1) ** 2 / (1 / expected + prior.scatter**2 + festive), expected))
        elif kind is Kind.MEAN:
            squares.append((log(rate / local) ** 2 / (prior.single**2 / count + prior.scatter**2 + festive), count))
        else:
            squares.append((log(rate / local) ** 2 / (prior.scatter**2 + festive), 1.0))
    if not squares:
        return prior.scatter**2, prior.single**2
    ratio = FITTED * _square_scale([one for one, _ in squares])
    ratio = (ratio * len(squares) + WEIGHT) / (len(squares) + WEIGHT)
    typical = median(size for _, size in squares)
    if kind is Kind.MEAN:
        return max(prior.scatter**2 * ratio, prior.least**2), prior.single**2 * ratio
    if kind is Kind.COUNT:
        return max(ratio * (1 / typical + prior.scatter**2) - 1 / typical, prior.least**2), 0.0
    return max(prior.scatter**2 * ratio, prior.least**2), 0.0


def _square_scale(squares: list[float]) -> float:
    """Variance by median, or by the mean of squares with far ones cut, where that is more: some series have long tails."""
    by_median = ROBUST**2 * median(squares)
    bound = CUT**2 * max(by_median, 0.25)
    return max(by_median, sum(min(one, bound) for one in squares) / len(squares))


def _level(
    daily: Daily, pool: list[int], rates: list[float], counts: list[float], scatter: tuple[float, float, list[float]]
) -> tuple[float, float]:
    """The level after the pool's days, and its relative variance. `scatter`: of a day, of one order's value, of festivals."""
    kind, end, (apart, single, unsure) = daily.kind, pool[-1] + 1, scatter
    centre = _centre(rates, counts)
    top = bottom = squares = 0.0
    for index, rate, count, festive in zip(pool, rates, counts, unsure, strict=True):
        chance = {Kind.COUNT: 1 / (centre * count) if centre > 0 else 1.0, Kind.MEAN: single / count, Kind.AMOUNT: 0.0}[
            kind
        ] + festive
        reach = CUT * sqrt(apart + chance)
        cut = min(max(rate, centre * max(1 - reach, 0.0)), centre * (1 + reach) + (1 / count if kind is Kind.COUNT else 0.0))
        # A day weighs what it tells: many counts tell more, up to where the day's own scatter is all there is.
        weight = 0.5 ** ((end - index) / HALF_LIFE) / (apart + chance)
        top += weight * cut
        bottom += weight
        squares += weight * weight * (apart + chance)
    return top / bottom, squares / (bottom * bottom)


def _centre(rates: list[float], counts: list[float]) -> float:
    """The median of the newest stretches of days; of all days where that is nothing, as of what hardly ever happens."""
    blocks = []
    for last in range(len(rates), max(len(rates) - BLOCK * BLOCKS, BLOCK - 1), -BLOCK):
        part = range(last - BLOCK, last)
        blocks.append(sum(rates[one] * counts[one] for one in part) / sum(counts[one] for one in part))
    return median(blocks) or sum(rate * count for rate, count in zip(rates, counts, strict=True)) / sum(counts)


def _pull(daily: Daily, place: Place, before: int | None) -> tuple[float, float] | None:
    """What the same day of the festival before was worth, drawn towards its phase, which is drawn towards a common day."""
    if before is None or not 0 <= before < len(daily.values):
        return None
    base = _common(daily, before)
    if base is None:
        return None
    key = (place.festival.key, place.phase.key, before - place.offset)
    if key not in daily.phases:
        days = range(before - place.offset + place.phase.first, before - place.offset + place.phase.last + 1)
        told = [_worth(daily, index, base) for index in days if daily.has(index)]
        told = [(pull, variance + PHASE_APART) for pull, variance in told]
        daily.phases[key] = _drawn(told, 0.0, PHASES_APART)
    phase, unsure = daily.phases[key]
    if not daily.has(before):
        return None if unsure >= PHASES_APART else (exp(phase), unsure + PHASE_APART)
    pull, doubt = _drawn([_worth(daily, before, base)], phase, PHASE_APART)
    return exp(pull), doubt + (YEARS_APART * pull) ** 2 + YEARS_LEAST**2


def _worth(daily: Daily, index: int, base: float) -> tuple[float, float]:
    """The logarithm of a day against the common days, and its variance."""
    value, expected = daily.values[index] or 0.0, daily.exposure(index) * base
    if daily.kind is Kind.COUNT:
        return log((value + 0.5) / (expected + 0.5)), 1 / (value + 0.5) + 0.15**2
    if daily.kind is Kind.MEAN:
        return log(value / expected), PRIORS[Kind.MEAN].single ** 2 / daily.exposure(index) + 0.06**2
    return log(value / expected), 0.2**2


def _drawn(told: list[tuple[float, float]], towards: float, apart: float) -> tuple[float, float]:
    """The mean of what was told, drawn towards a figure that it lies apart from by a variance; and what is left of that."""
    whole = sum(1 / variance for _, variance in told) + 1 / apart
    return (sum(pull / variance for pull, variance in told) + towards / apart) / whole, 1 / whole


def _common(daily: Daily, index: int) -> float | None:
    """The level of the common days nearest to one; None when there are too few."""
    days, rates = daily.common
    last = bisect_left(days, index)
    first = last
    while last - first < NEAREST:
        before = index - days[first - 1] if first > 0 else NEAR
        after = days[last] - index if last < len(days) else NEAR
        if min(before, after) >= NEAR:
            break
        first, last = (first - 1, last) if before <= after else (first, last + 1)
    if last - first < FEWEST:
        return None
    near = rates[first:last]
    return _middle(near) or sum(near) / len(near) or None
