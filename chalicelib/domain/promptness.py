"""Who is answered in time, by day: the rows of cases and what they come to. Pure.

A case that waits is late from the moment its deadline is over, and nobody writes it anew then. So a sum keeps the deadlines of all
that wait, and says what they come to when it is asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.case import Case
from chalicelib.domain.facts import Cell, Fact, Row
from chalicelib.domain.order import local_day
from chalicelib.domain.sla import begins, has_to_be_answered

KIND = "cases"
SHELVES = 4  # cells of an account's day, as of reviews
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class CaseImage:
    """A stored case as the stream shows it. `case_id`: its review's or question's."""

    merchant: str
    platform: str
    account: str
    case_id: str
    version: int
    case: Case

    @property
    def row(self) -> str:
        """Its row: a review and a question may have the same id."""
        return f"{self.case.kind}/{self.case_id}"


class Promptness(msgspec.Struct, omit_defaults=True):
    """Cases of a span of days by what became of their first deadline. Adding is exact, commutative, associative.

    `waiting`: the deadlines of those that nobody answered, ascending, each as microseconds after the one before it, the first after
    1970: thousands of them stay small.
    """

    in_time: int = 0
    late: int = 0
    waiting: list[int] = msgspec.field(default_factory=list)

    def add(self, other: Promptness) -> None:
        """Add another set's."""
        self.in_time += other.in_time
        self.late += other.late
        self.waiting = _steps([*accumulate(self.waiting), *accumulate(other.waiting)])

    def over(self, now: datetime) -> int:
        """How many deadlines were met or are over: of the cases that wait, those whose time has passed."""
        at = _micros(now)
        return self.in_time + self.late + sum(due < at for due in accumulate(self.waiting))


def case_fact(image: CaseImage, zone: ZoneInfo) -> Fact | None:
    """A case's row, on the day its first answer's clock began; None where nobody has to answer by a deadline."""
    case = image.case
    if case.first_due is None or not has_to_be_answered(case):
        return None
    shelf = hashlib.sha256(image.row.encode()).digest()[0] % SHELVES
    cell = Cell(image.merchant, local_day(begins(case, "first"), zone), KIND, image.platform, image.account, shelf)
    if case.answered_at is None:
        return Fact(cell, image.row, {"s": "waiting", "d": _micros(case.first_due)})
    return Fact(cell, image.row, {"s": "in_time" if case.answered_at <= case.first_due else "late"})


def sum_promptness(rows: Iterable[Row]) -> Promptness:
    """What the rows of a cell come to."""
    found, dues = Promptness(), []
    for row in rows:
        if row["s"] == "waiting":
            dues.append(row["d"])
        elif row["s"] == "in_time":
            found.in_time += 1
        else:
            found.late += 1
    found.waiting = _steps(dues)
    return found


def _micros(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def _steps(dues: Iterable[int]) -> list[int]:
    return [later - before for before, later in pairwise([0, *sorted(dues)])]
