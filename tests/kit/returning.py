"""What members did day by day, counted the long way: from each member's days of purchase, with sets. For tests.

It shares no code with `chalicelib.domain.cohorts`; who woke is asked of the stage on the day of the purchase.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from chalicelib.domain.cohorts import Cohort, Returns
from chalicelib.domain.lifecycle import Rhythm, stage
from chalicelib.domain.ratio import Ratio

WITHIN = (1, 3, 7, 30, 60, 90)
Bought = Mapping[str, Sequence[date]]  # distinct days of purchase, ascending, by member


def one_period(first: date, last: date) -> bool:
    """Whether a span is a day, or begins a week or month that it does not leave."""
    week = first.weekday() == 0 and (last - first).days < 7
    return first == last or week or (first.day == 1 and (first.year, first.month) == (last.year, last.month))


def returns(bought: Bought, first: date, last: date, as_of: date, rhythm: Rhythm) -> Returns:
    """What `History.of` must say where everything is told of."""
    within = {name: [day for day in days if first <= day <= last] for name, days in bought.items()}
    buyers = {name for name, days in within.items() if days}
    new = {name for name in buyers if bought[name][0] >= first}
    woke = {name for name in buyers if any(_woke(bought[name], day, rhythm) for day in within[name])}
    known = one_period(first, last)
    return Returns(
        buyers=len(buyers) if known else None,
        buyer_days=sum(len(days) for days in within.values()),
        new=len(new),
        returning=len(buyers - new) if known else None,
        reactivated=len(woke) if known else None,
        again={days: rate(bought, days, as_of) for days in WITHIN},
    )


def rate(bought: Bought, days: int, as_of: date) -> Ratio:
    """Of the members whose age in days is from `days` to 29 more: who came again in time."""
    members = [each for each in bought.values() if days <= (as_of - each[0]).days <= days + 29]
    return Ratio(_again(members, days), len(members))


def cohort(bought: Bought, first: date, last: date, as_of: date) -> Cohort:
    """The members new in a span."""
    members = [each for each in bought.values() if first <= each[0] <= last]
    told = {days: _again(members, days) if (as_of - last).days >= days else None for days in WITHIN}
    return Cohort(first, last, {days: Ratio(again, len(members)) for days, again in told.items()})


def _again(members: Iterable[Sequence[date]], days: int) -> int:
    return sum(any(each[0] < day <= each[0] + timedelta(days=days) for day in each) for each in members)


def _woke(days: Sequence[date], day: date, rhythm: Rhythm) -> bool:
    """Reactivated on the day itself; that it lasts for a while is no matter here."""
    return stage([each for each in days if each <= day], day, rhythm).state == "reactivated"
