"""When members bought first and when they came back: counted by day in each member cell, exact for any day, week and month. Pure.

A purchase is all that a member bought on one day (domain/purchases.py). Distinct buyers of a week are not the sum of those of
its days: so each day tells besides how many of its purchases were not their member's first of that week, and of that month. What is
left are distinct members, of a whole week or month as of one that has begun. Days are ordinals of the merchant's zone.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate, pairwise

import msgspec

from chalicelib.domain.lifecycle import Rhythm, awakenings
from chalicelib.domain.periods import Kind, period_of
from chalicelib.domain.ratio import Ratio

SPANS = (1, 3, 7, 30, 60, 90)  # days within which a new member may buy again
RETENTION, REPURCHASE = SPANS[:4], SPANS[3:]
COHORTS = 30  # days whose new members a rate is of
# A cell tells of so many of the last days on which a member of it bought: a month, a year and a month at least. Days with purchases
# are counted and not days of the calendar, as one order of a wrong year would else leave nothing to tell of.
KEPT = 430
FORM = "1"  # how days are counted; an edit of what follows asks for another

# What is counted of a day. From BACK on: its new members by when they bought again, a column for each of SPANS, the shorter not in
# the longer.
BUYERS, NEW, WOKE, WEEK, MONTH, WOKE_WEEK, WOKE_MONTH, BACK = range(8)
WIDTH = BACK + len(SPANS)


class Comings(msgspec.Struct, array_like=True):
    """What a cell's members did by day. `policy`: see `policy_of`.

    `since`: the ordinal of the first day of which all is told; 1 where nothing was left out. `days`: the first as an ordinal, each
    other in days since the one before; `columns` have a count for each of them.
    """

    policy: str
    since: int
    days: list[int]
    columns: list[list[int]]


def policy_of(rhythm: Rhythm) -> str:
    """Changes when a purchase could end a silence where it did not before, or days are counted otherwise."""
    silence = (rhythm.gap_days, rhythm.cooling_permille, rhythm.silent_permille, rhythm.lost_permille)
    told = (FORM, KEPT, *silence, rhythm.least_days, rhythm.most_days)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


def tally(members: Iterable[Sequence[int]], rhythm: Rhythm) -> Comings:
    """Count members by their distinct days of purchase, ascending ordinals, at least one each."""
    counts: dict[int, list[int]] = {}
    begins: dict[int, tuple[int, int]] = {}
    for days in members:
        for day in days:
            if day not in counts:
                counts[day], begins[day] = [0] * WIDTH, _begin(day)
            counts[day][BUYERS] += 1
        counts[days[0]][NEW] += 1
        if len(days) > 1:
            _came_back(days, counts, begins, rhythm)
    kept = sorted(counts)
    since = kept[-KEPT - 1] + 1 if len(kept) > KEPT else 1
    kept = kept[-KEPT:]
    columns = [list(column) for column in zip(*(counts[day] for day in kept), strict=True)]
    return Comings(policy_of(rhythm), since, [later - day for day, later in pairwise([0, *kept])], columns)


def _came_back(days: Sequence[int], counts: dict[int, list[int]], begins: dict[int, tuple[int, int]], rhythm: Rhythm) -> None:
    """Count all purchases of a member's but the first."""
    if (place := bisect_left(SPANS, days[1] - days[0])) < len(SPANS):
        counts[days[0]][BACK + place] += 1
    woke = 0
    for wakes, (before, day) in zip(awakenings(days, rhythm), pairwise(days), strict=True):
        counted, (monday, first) = counts[day], begins[day]
        counted[WEEK] += before >= monday
        counted[MONTH] += before >= first
        if wakes:
            counted[WOKE] += 1
            counted[WOKE_WEEK] += woke >= monday
            counted[WOKE_MONTH] += woke >= first
            woke = day


def _begin(day: int) -> tuple[int, int]:
    """The first days of a day's week and month."""
    return day - (day - 1) % 7, day - date.fromordinal(day).day + 1


@dataclass(frozen=True, slots=True)
class Returns:
    """Members of a span of days. None: not known, because it begins before what is told of, or is not of one week or month.

    `buyers` are distinct members; `buyer_days` counts one on each day they bought. `new`: their first purchase ever lies in the
    span; `returning`: the other buyers; `reactivated`: those of them who ended a silence in it. `again`: for each of SPANS the
    share of new members who bought again within so many days, of the latest COHORTS days whose members had so long (see `rate`).
    """

    buyers: int | None
    buyer_days: int | None
    new: int | None
    returning: int | None
    reactivated: int | None
    again: dict[int, Ratio]


@dataclass(frozen=True, slots=True)
class Cohort:
    """The members whose first purchase lies in a span of days, and how many of them bought again within 1, 3, 7, ... days.

    `again`: a Ratio of unknown numerator while one of them has not had so long; both unknown before what is told of.
    """

    first: date
    last: date
    again: dict[int, Ratio]


@dataclass(slots=True)
class History:
    """What several cells tell, added up."""

    since: int = 1
    counts: dict[int, list[int]] = field(default_factory=dict)

    def add(self, told: Comings) -> None:
        """Add a cell's. A day is told of where every cell tells of it."""
        self.since = max(self.since, told.since)
        for day, *counted in zip(accumulate(told.days), *told.columns, strict=True):
            mine = self.counts.setdefault(day, [0] * WIDTH)
            self.counts[day] = [one + other for one, other in zip(mine, counted, strict=True)]

    def of(self, first: date, last: date, as_of: date | None = None) -> Returns:
        """The members of a day, a week, a month, or of one of these up to a day of it; both days in it.

        `as_of`: the last day that is over, where that is not `last`: cohorts are complete by it.
        """
        again = {within: self.rate(within, as_of or last) for within in SPANS}
        if first.toordinal() < self.since:
            return Returns(None, None, None, None, None, again)
        days, new, woke = (self._sum(column, first, last) for column in (BUYERS, NEW, WOKE))
        if first == last:
            return Returns(days, days, new, days - new, woke, again)
        if period_of("week", last).first == first:
            columns = WEEK, WOKE_WEEK
        elif period_of("month", last).first == first:
            columns = MONTH, WOKE_MONTH
        else:
            return Returns(None, days, new, None, None, again)
        more, woke_more = (self._sum(column, first, last) for column in columns)
        return Returns(days - more, days, new, days - more - new, woke - woke_more, again)

    def cohort(self, first: date, last: date, as_of: date) -> Cohort:
        """The members new in a span, as of the last day that is over."""
        return Cohort(first, last, {within: self._again(first, last, within, as_of) for within in SPANS})

    def cohorts(self, kind: Kind, as_of: date, number: int) -> list[Cohort]:
        """The last so many days, weeks or months with the one of `as_of`, the earliest first."""
        periods = [period_of(kind, as_of)]
        while len(periods) < number:
            periods.append(periods[-1].before)
        return [self.cohort(period.first, min(period.last, as_of), as_of) for period in reversed(periods)]

    def rate(self, within: int, as_of: date) -> Ratio:
        """Who bought again within so many days, one of SPANS, of those whose first purchase is so many to 29 more days ago."""
        last = as_of - timedelta(days=within)
        return self._again(last - timedelta(days=COHORTS - 1), last, within, as_of)

    def _again(self, first: date, last: date, within: int, as_of: date) -> Ratio:
        if first.toordinal() < self.since:
            return Ratio(None, None)
        new = self._sum(NEW, first, last)
        if last + timedelta(days=within) > as_of:
            return Ratio(None, new)
        return Ratio(sum(self._sum(BACK + place, first, last) for place in range(SPANS.index(within) + 1)), new)

    def _sum(self, column: int, first: date, last: date) -> int:
        days = range(first.toordinal(), last.toordinal() + 1)
        return sum(self.counts[day][column] for day in days if day in self.counts)
