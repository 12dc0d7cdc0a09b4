"""A case: one review or question, what it says, what is to be answered, who has to agree, and by when. Pure.

A case is made from one telling of its review, and names it. When the review is told anew (edited, deleted, answered by somebody
else) what was agreed to is void: nobody agreed to answer *that*. All times are aware and in UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast, get_args

import msgspec

Kind = Literal["review", "question", "survey"]  # survey: what somebody answered to us alone, and nobody answers in public
Band = Literal["positive", "neutral", "negative"]
State = Literal["drafted", "waiting", "queued", "answered", "closed"]
# The five steps of the trade for a bad review, in their order.
Step = Literal["noticed", "cause", "wrote", "solved", "second_look"]
STEPS: tuple[Step, ...] = ("noticed", "cause", "wrote", "solved", "second_look")


class Telling(msgspec.Struct, frozen=True):
    """Which telling of the record a case is of: its clock as the store keeps it."""

    millis: int
    source: int
    fingerprint: str


class Approval(msgspec.Struct, frozen=True):
    """Somebody agreed to exactly this text."""

    who: str
    at: datetime
    digest: str


class Done(msgspec.Struct, frozen=True):
    """A step was taken: by whom, when, and what they noted (never personal data)."""

    step: Step
    who: str
    at: datetime
    note: str = ""


class Case(msgspec.Struct, frozen=True):
    """See the module.

    `state`: drafted, a person has to look at the draft; waiting, there is nothing to be drafted before a step is taken; queued, the
    answer is on its way; answered; closed, nothing is to be said (`reason` says why). `needs`: how many different people have to
    approve. `first_due` and `solve_due` are the deadlines in the shop's business hours, None where there is none; `first_from` and
    `solve_from` when their clocks began anew, None where they run from the review's own time (domain.sla). `marked`: which
    reminders and breaches were told.
    """

    kind: Kind
    telling: Telling
    state: State
    band: Band
    sentiment: str
    topics: tuple[str, ...]
    severity: str
    unsure: bool
    stars: int | None
    locale: str
    told_at: datetime | None
    noted_at: datetime
    needs: int = 0
    reason: str | None = None
    draft: str | None = None
    template: str | None = None
    drafted_by: str | None = None
    owner: str | None = None
    approvals: tuple[Approval, ...] = ()
    done: tuple[Done, ...] = ()
    first_due: datetime | None = None
    solve_due: datetime | None = None
    first_from: datetime | None = None
    solve_from: datetime | None = None
    answered_at: datetime | None = None
    marked: tuple[str, ...] = ()
    order: str | None = None
    product: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something: agree, wait for it to be said, or solve what was only answered."""
        unsolved = self.state == "answered" and self.solve_due is not None and not any(each.step == "solved" for each in self.done)
        return self.state in ("drafted", "waiting", "queued") or unsolved

    @property
    def next_step(self) -> Step | None:
        """The first of the five steps that was not taken; None where all were, or the review is not bad."""
        taken = {each.step for each in self.done}
        return next((step for step in STEPS if step not in taken), None) if self.band == "negative" else None


def kind_of(word: str) -> Kind:
    """A kind by its name. ValueError for another word."""
    for kind in get_args(Kind):
        if kind == word:
            return cast("Kind", kind)
    raise ValueError("no kind of case")


def next_due(case: Case) -> datetime | None:
    """The deadline that comes next and was not met or told yet."""
    waits = [] if case.answered_at or "first_breached" in case.marked else [case.first_due]
    solved = any(each.step == "solved" for each in case.done)
    waits += [] if solved or "solve_breached" in case.marked else [case.solve_due]
    return min((each for each in waits if each), default=None)
