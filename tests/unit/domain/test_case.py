"""A case's next deadline and next step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import msgspec
import pytest

from chalicelib.domain.case import STEPS, Done, State, Step, next_due
from tests.kit.bad_review import bad_review

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
FIRST, SOLVE = NOW + timedelta(hours=24), NOW + timedelta(hours=72)
CASE = bad_review(
    NOW,
    first_due=FIRST,
    solve_due=SOLVE,
)


def done(*steps: Step) -> tuple[Done, ...]:
    """These steps were taken."""
    return tuple(Done(step, "Li", NOW) for step in steps)


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({}, FIRST),
        ({"answered_at": NOW}, SOLVE),
        ({"marked": ("first_breached",)}, SOLVE),
        ({"marked": ("first_reminded",)}, FIRST),
        ({"marked": ("solve_breached",)}, FIRST),
        ({"done": done("noticed", "cause", "wrote")}, FIRST),
        ({"done": done("solved")}, FIRST),
        ({"done": done("solved"), "answered_at": NOW}, None),
        ({"marked": ("first_breached", "solve_breached")}, None),
        ({"answered_at": NOW, "marked": ("solve_breached",)}, None),
        ({"solve_due": None, "answered_at": NOW}, None),
        ({"first_due": None}, SOLVE),
        ({"first_due": None, "solve_due": None}, None),
        ({"first_due": SOLVE, "solve_due": FIRST}, FIRST),  # whichever comes first
    ],
)
def test_the_deadline_that_comes_next(changes: dict[str, object], due: datetime | None) -> None:
    assert next_due(msgspec.structs.replace(CASE, **changes)) == due


@pytest.mark.parametrize("taken", range(len(STEPS) + 1))
def test_the_step_that_comes_next(taken: int) -> None:
    case = msgspec.structs.replace(CASE, done=done(*STEPS[:taken]))
    assert case.next_step == (STEPS[taken] if taken < len(STEPS) else None)
    assert msgspec.structs.replace(case, band="neutral").next_step is None


def test_a_step_that_was_left_out_comes_next() -> None:
    assert msgspec.structs.replace(CASE, done=done("noticed", "wrote")).next_step == "cause"


def test_somebody_has_to_do_something_while_it_is_open() -> None:
    unsolved = msgspec.structs.replace(CASE, done=())
    found = {state for state in get_args(State) if msgspec.structs.replace(unsolved, state=state).is_open}
    assert found == {"drafted", "waiting", "queued", "answered"}
    solved = msgspec.structs.replace(CASE, state="answered", done=done("solved"))
    assert not solved.is_open and not msgspec.structs.replace(unsolved, state="answered", solve_due=None).is_open
