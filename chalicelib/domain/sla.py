"""Deadlines of cases: what is near or over, and how well they are kept. Pure; hours are the shop's business hours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Literal, NamedTuple

import msgspec

from chalicelib.domain.case import Band, Case
from chalicelib.domain.opening import Opening

Which = Literal["first", "solve"]
Mark = Literal["first_reminded", "first_breached", "solve_reminded", "solve_breached"]
MINUTE = timedelta(minutes=1)
NEAR = 4  # a deadline is near when a quarter of its time is left
HARM: dict[Band, int] = {"positive": 0, "neutral": 1, "negative": 2}


class Missed(NamedTuple):
    """A deadline that is near, or over, and was not told yet."""

    mark: Mark
    due: datetime


def to_tell(case: Case, now: datetime, opening: Opening) -> list[Missed]:
    """What is to be told of an open case: each deadline once as it comes near, and once when it is over."""
    found: list[Missed] = []
    for which, due in _unmet(case):
        reminded: Mark = "first_reminded" if which == "first" else "solve_reminded"
        breached: Mark = "first_breached" if which == "first" else "solve_breached"
        if now >= due:
            found += [] if breached in case.marked else [Missed(breached, due)]
        elif reminded not in case.marked:
            whole, left = opening.worked(begins(case, which), due), opening.worked(now, due)
            found += [Missed(reminded, due)] if left * NEAR <= whole else []
    return found


def due(case: Case) -> datetime | None:
    """The deadline of an open case that comes next, or is over and was not met, whether that was told or not."""
    return min((at for _, at in _unmet(case)), default=None)


def begins(case: Case, which: Which | None = None) -> datetime:
    """When a case began: the review's own time, else when we first knew of it. With `which` when that deadline's clock did."""
    anew = {"first": case.first_from, "solve": case.solve_from, None: None}[which]
    return anew or case.told_at or case.noted_at


def timed(
    case: Case, before: Case | None, edited: datetime, opening: Opening, *, first_hours: int | None, solve_hours: int | None
) -> Case:
    """With its deadlines. `before` is the case of the telling before, `edited` when its review was edited.

    An edit that makes a review worse asks for something new: clocks begin anew with it. A first answer that was given, or is late
    already, stays what it is: no edit makes good what was missed.
    """
    first_from, solve_from = (before.first_from, before.solve_from) if before else (None, None)
    marked = case.marked
    if before is not None and HARM[case.band] > HARM[before.band]:
        solve_from, marked = edited, _without(marked, "solve")
        missed = before.is_open and before.first_due is not None and before.first_due <= edited
        if before.answered_at is None and not missed:
            first_from, marked = edited, _without(marked, "first")
    anew = msgspec.structs.replace(case, first_from=first_from, solve_from=solve_from, marked=marked)
    return msgspec.structs.replace(
        anew,
        first_due=opening.due(begins(anew, "first"), first_hours) if first_hours else None,
        solve_due=opening.due(begins(anew, "solve"), solve_hours) if solve_hours and case.band == "negative" else None,
    )


def _without(marked: tuple[str, ...], which: Which) -> tuple[str, ...]:
    return tuple(mark for mark in marked if not mark.startswith(f"{which}_"))


def horizon(now: datetime, opening: Opening, hours: int) -> datetime:
    """Up to when deadlines of so many hours can be near now."""
    return opening.due(now, -(-hours // NEAR))


@dataclass(frozen=True, slots=True)
class Figures:
    """How deadlines were kept, of the cases that began within a span of time.

    `cases` are those with a deadline for a first answer; `in_time` were answered by it, `late` after it or not at all though it is
    over, `waiting` neither. `median_minutes`: business minutes to the first answer, of those answered. `open` and the breaches
    are as things are now.
    """

    cases: int
    in_time: int
    late: int
    waiting: int
    median_minutes: int | None
    open: int
    first_breached: int
    solve_breached: int

    @property
    def share(self) -> float | None:
        """In time, of all whose time is over or that were answered; None where there are none."""
        return self.in_time / (self.in_time + self.late) if self.in_time + self.late else None


def figures(
    cases: Iterable[tuple[str, Case]], first: datetime, last: datetime, *, now: datetime, opening: Opening
) -> dict[str, Figures]:
    """By platform, from (platform, case): the cases whose first answer's clock began from `first` up to, and without, `last`."""
    found: dict[str, list[Case]] = {}
    for platform, case in cases:
        if first <= begins(case, "first") < last:
            found.setdefault(platform, []).append(case)
    return {platform: figures_of(mine, now=now, opening=opening) for platform, mine in sorted(found.items())}


def figures_of(cases: Iterable[Case], *, now: datetime, opening: Opening) -> Figures:
    """Of these cases."""
    cases = list(cases)
    counted = [(case, case.first_due) for case in cases if case.first_due is not None and has_to_be_answered(case)]
    in_time = sum(case.answered_at is not None and case.answered_at <= due for case, due in counted)
    late = sum((case.answered_at or now) > due for case, due in counted)
    took = [
        opening.worked(begins(case, "first"), case.answered_at) // MINUTE for case, _ in counted if case.answered_at is not None
    ]
    return Figures(
        cases=len(counted),
        in_time=in_time,
        late=late,
        waiting=len(counted) - in_time - late,
        median_minutes=int(median(took)) if took else None,
        open=sum(case.is_open for case in cases),
        first_breached=sum("first_breached" in case.marked for case in cases),
        solve_breached=sum("solve_breached" in case.marked for case in cases),
    )


def has_to_be_answered(case: Case) -> bool:
    """Nobody is late with what needs no answer, or was answered where we could not see when."""
    return case.answered_at is not None or case.state not in ("answered", "closed")


def _unmet(case: Case) -> list[tuple[Which, datetime]]:
    waits: list[tuple[Which, datetime]] = []
    if case.first_due is not None and case.answered_at is None:
        waits.append(("first", case.first_due))
    if case.solve_due is not None and not any(each.step == "solved" for each in case.done):
        waits.append(("solve", case.solve_due))
    return waits if case.is_open else []
