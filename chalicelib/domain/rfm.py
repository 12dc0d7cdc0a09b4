"""Recency, frequency, monetary value: scores from histograms, and the segments they name. Pure.

Orders of one day are one purchase (the documented rule: a basket split in two is no second visit). Amounts are net of refunds in
minor units of the merchant's currency, converted at the rate of the order's day. Nothing is scanned: a histogram holds how many
members have a value, and is the sum of those of its cells.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import product
from operator import add
from types import MappingProxyType
from typing import Literal

SCORES = 5
EXACT_BITS = 8  # amounts keep their eight highest bits: a bucket is at most 1/128 = 0.8 % of its value wide
Segment = Literal["champions", "loyal", "potential", "new", "at_risk", "cannot_lose", "hibernating", "lost"]

# Recency score first, then that of frequency and money together (their mean, rounded down). The usual grid of the trade, in the
# eight names of the design; "new" is told apart by `segment`, as one purchase has no frequency to speak of.
_GRID: Mapping[tuple[int, int], Segment] = MappingProxyType(
    {
        (5, 1): "potential", (5, 2): "potential", (5, 3): "potential", (5, 4): "champions", (5, 5): "champions",
        (4, 1): "potential", (4, 2): "potential", (4, 3): "loyal", (4, 4): "loyal", (4, 5): "champions",
        (3, 1): "hibernating", (3, 2): "potential", (3, 3): "loyal", (3, 4): "loyal", (3, 5): "loyal",
        (2, 1): "hibernating", (2, 2): "hibernating", (2, 3): "at_risk", (2, 4): "at_risk", (2, 5): "cannot_lose",
        (1, 1): "lost", (1, 2): "lost", (1, 3): "hibernating", (1, 4): "at_risk", (1, 5): "cannot_lose",
    }
)  # fmt: skip

_OF_ONE_PURCHASE: Mapping[Segment, Segment] = MappingProxyType(
    {"champions": "potential", "loyal": "potential", "at_risk": "hibernating", "cannot_lose": "hibernating"}
)


_ONCE = 5  # scores of members with one purchase are told apart by so much
_FREQUENCY, _RECENCY = 6, 66  # weights in a code: of frequency's scores (1 to 10, with those of one purchase), and of recency's


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's three values. `last_day` is absolute, so that nothing moves at midnight; `money` may be negative."""

    last_day: date
    frequency: int
    money: int


@dataclass(frozen=True, slots=True)
class Score:
    """1 to 5 each, 5 the best: the latest, the most often, the most."""

    recency: int
    frequency: int
    money: int


Grade = tuple[Score, Segment]
Step = tuple[int, int]  # from this value on, this score


@dataclass(slots=True)
class Histograms:
    """How many members have a value: by last day (ordinal), by frequency, by bucket of money."""

    days: dict[int, int] = field(default_factory=dict)
    frequencies: dict[int, int] = field(default_factory=dict)
    amounts: dict[int, int] = field(default_factory=dict)

    def add(self, standing: Standing) -> None:
        """Count a member in."""
        for histogram, value in self._places(standing):
            histogram[value] = histogram.get(value, 0) + 1

    @classmethod
    def of(cls, days: Iterable[int], frequencies: Iterable[int], amounts: Iterable[int]) -> Histograms:
        """Of many members at once, a column a value: last days as ordinals, frequencies, money. What `add` would come to."""
        return cls(dict(Counter(days)), dict(Counter(frequencies)), dict(Counter(buckets_of(amounts))))

    def merge(self, other: Histograms) -> None:
        """Add another cell's."""
        pairs = ((self.days, other.days), (self.frequencies, other.frequencies), (self.amounts, other.amounts))
        for mine, theirs in pairs:
            for value, count in theirs.items():
                mine[value] = mine.get(value, 0) + count

    def _places(self, standing: Standing) -> Iterable[tuple[dict[int, int], int]]:
        yield self.days, standing.last_day.toordinal()
        yield self.frequencies, standing.frequency
        yield self.amounts, bucket_of(standing.money)


class Scale:
    """Scores by rank: one and a fifth of the members for each score. Members with the same value have the same score.

    score = 1 + 5 x (members with a smaller value) // members. With fewer than five distinct values some scores stay unused.
    """

    def __init__(self, histogram: Mapping[int, int]) -> None:
        total, below = sum(histogram.values()), 0
        self._scores: dict[int, int] = {}
        steps: list[Step] = []
        for value in sorted(histogram):
            score = 1 + SCORES * below // total
            if not steps or score != steps[-1][1]:
                steps.append((value, score))
            self._scores[value] = score
            below += histogram[value]
        self._take(steps)

    @classmethod
    def of(cls, steps: Iterable[Step]) -> Scale:
        """The scale again from its steps."""
        scale = cls({})
        scale._take(list(steps))
        return scale

    @property
    def steps(self) -> tuple[Step, ...]:
        """All that there is to a scale: the least value of each score that is used, ascending."""
        return tuple(zip(self._values, self._reached, strict=True))

    def score(self, value: int) -> int:
        """The score of a value; one that no member has is scored as the next smaller that one has."""
        place = bisect_right(self._values, value)
        return self._reached[place - 1] if place else 1

    def _take(self, steps: list[Step]) -> None:
        self._values = [value for value, _ in steps]
        self._reached = [score for _, score in steps]

    def coded(self, weight: int, once: int = 0) -> _Codes:
        """Each value's score times `weight`; that of the value 1, scored `once` higher."""
        codes = {value: weight * score for value, score in self._scores.items()}
        if once:
            codes[1] = weight * (self.score(1) + once)
        return _Codes(codes, self, weight)


class _Codes(dict[int, int]):
    """Codes by value, looked up without a step of Python for each."""

    def __init__(self, codes: dict[int, int], scale: Scale, weight: int) -> None:
        super().__init__(codes)
        self._scale = scale
        self._weight = weight

    def __missing__(self, value: int) -> int:
        return self._weight * self._scale.score(value)


class Scales:
    """The three scales over a merchant's members."""

    def __init__(self, histograms: Histograms) -> None:
        self._days = Scale(histograms.days)
        self._frequencies = Scale(histograms.frequencies)
        self._amounts = Scale(histograms.amounts)

    @classmethod
    def of(cls, days: Iterable[Step], frequencies: Iterable[Step], amounts: Iterable[Step]) -> Scales:
        """The scales again from their steps."""
        scales = cls(Histograms())
        scales._days, scales._frequencies, scales._amounts = Scale.of(days), Scale.of(frequencies), Scale.of(amounts)
        return scales

    @property
    def steps(self) -> tuple[tuple[Step, ...], tuple[Step, ...], tuple[Step, ...]]:
        """Those of days, frequencies and money: what `of` takes. A few numbers, however many members there are."""
        return self._days.steps, self._frequencies.steps, self._amounts.steps

    def score(self, standing: Standing) -> Score:
        """A member's scores."""
        return Score(
            self._days.score(standing.last_day.toordinal()),
            self._frequencies.score(standing.frequency),
            self._amounts.score(bucket_of(standing.money)),
        )

    def grade(self, standing: Standing) -> Grade:
        """A member's scores and segment."""
        score = self.score(standing)
        return score, segment(score, standing.frequency)

    def grades(self, days: Iterable[int], frequencies: Iterable[int], amounts: Iterable[int]) -> list[Grade]:
        """`grade` of many members at once, a column a value as in `Histograms.of`.

        A code for each member is added up from three look-ups and names one of 250 grades, all within the interpreter's own loops.
        """
        recency = map(self._days.coded(_RECENCY).__getitem__, days)
        frequency = map(self._frequencies.coded(_FREQUENCY, _ONCE).__getitem__, frequencies)
        money = map(self._amounts.coded(1).__getitem__, buckets_of(amounts))
        return list(map(_grades().__getitem__, map(add, map(add, recency, frequency), money)))


# By an amount's length in bits: what is kept of it. An amount that is longer than these is no amount.
_KEPT = tuple(-1 << max(0, bits - EXACT_BITS) for bits in range(257))


def bucket_of(money: int) -> int:
    """The least amount of the bucket that holds it: exact up to 255, else its eight highest bits. Order is kept, negative too."""
    return money & _KEPT[money.bit_length()]


def buckets_of(amounts: Iterable[int]) -> list[int]:
    """`bucket_of` each."""
    return [money & _KEPT[money.bit_length()] for money in amounts]


def segment(score: Score, frequency: int) -> Segment:
    """The name for a score. One purchase ever, lately, is new; one purchase ever is never loyal, at risk or a champion."""
    name = _GRID[score.recency, (score.frequency + score.money) // 2]
    if frequency > 1:
        return name
    if score.recency >= 4:
        return "new"
    return _OF_ONE_PURCHASE.get(name, name)


@cache
def _grades() -> list[Grade]:
    """Every grade at its code."""
    scores = range(1, SCORES + 1)
    found: dict[int, Grade] = {}
    for recency, frequency, money, once in product(scores, scores, scores, (0, _ONCE)):
        score = Score(recency, frequency, money)
        found[_RECENCY * recency + _FREQUENCY * (frequency + once) + money] = score, segment(score, 1 if once else 2)
    nobody = found[min(found)]
    return [found.get(code, nobody) for code in range(max(found) + 1)]
