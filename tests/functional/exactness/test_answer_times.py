"""Deadlines by day: whatever the stream's ways, the days say what all cases, read one by one, come to."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import msgspec
import pytest

from chalicelib import stream_rows
from chalicelib.adapters.cases import DynamoCases
from chalicelib.domain import sla
from chalicelib.domain.case import Case, next_due
from chalicelib.domain.facts import Fact
from chalicelib.domain.order import local_day
from chalicelib.domain.periods import period_of
from chalicelib.domain.promptness import CaseImage, Promptness
from chalicelib.lambda_events import stream_images
from chalicelib.opinions import AnswerTimes, Changed
from chalicelib.ports import CellStore
from chalicelib.ports_cases import CaseKey
from chalicelib.reckoning import Reckoning, promptness
from tests.functional.exactness.day_rows import Run, follow, seen
from tests.functional.exactness.test_cells import DirtyFirst, NoTombstones, Restless, Unguarded
from tests.functional.exactness.test_watch import REVIEWS
from tests.functional.exactness.world import Delivery, deliver
from tests.functional.stack import CONFIG, Stack
from tests.kit.bad_review import bad_review

START = datetime.fromisoformat("2026-11-01T04:00:00+00:00")  # noon in Shanghai
DAYS = [START.date() + timedelta(days=day) for day in range(-1, 14)]
NOWS = [START + timedelta(days=day, hours=5) for day in (0, 3, 6, 9, 30)]
RUNS, FEW, SABOTAGE_RUNS = 40, 3, 40
Name = tuple[date, str, str]
Kept = dict[Name, list[tuple[int, int]]]  # of each day: in time, and over, at each of NOWS


def life(draw: Random, stack: Stack) -> list[Case]:
    """What a case was, the oldest first: edited for the worse and the better, answered, rejected, told anew without a deadline."""
    at, terms = START + timedelta(hours=draw.randrange(200)), stack.config.reviews

    def timed(case: Case, before: Case | None, edited: datetime) -> Case:
        hours = draw.choice([8, 8, 8, 12, 20, None])
        return sla.timed(case, before, edited, terms.opening, first_hours=hours, solve_hours=None)

    kind = draw.choice(["review", "review", "question"])
    lived = [timed(bad_review(at, kind=kind, band=draw.choice(["positive", "neutral", "negative"])), None, at)]
    for _ in range(draw.randrange(5)):
        last, at = lived[-1], at + timedelta(minutes=draw.choice([draw.randint(1, 500), draw.randint(1, 2000)]))
        what = draw.choice(["edit", "edit", "edit", "answer", "close", "note"])
        if what == "edit":
            lived.append(timed(msgspec.structs.replace(last, band=draw.choice(["positive", "negative"])), last, at))
        elif what == "answer":
            lived.append(msgspec.structs.replace(last, state="answered", answered_at=last.answered_at or at))
        elif what == "close":
            lived.append(msgspec.structs.replace(last, state="closed", reason="rejected"))
        else:
            lived.append(msgspec.structs.replace(last, marked=(*last.marked, "first_reminded")))
    return lived


class Recorded:
    """Lives of cases in the table: the records of the stream, and what the cases come to, read one by one."""

    def __init__(self, engine: Any, seed: int, cases: int = 14) -> None:
        stack, draw = Stack(engine, CONFIG + REVIEWS), Random(seed)
        store, self.moved = DynamoCases(stack.app.parts.table), 0
        lives = {
            CaseKey("demo", "shopify", draw.choice(["acme", "two"]), "review", f"r{number}"): life(draw, stack)
            for number in range(cases)
        }
        lives = {place._replace(kind=lived[0].kind): lived for place, lived in lives.items()}
        while any(lives.values()):
            place = draw.choice([place for place, left in lives.items() if left])
            case = lives[place].pop(0)
            self.moved += case.first_from is not None
            assert store.write(place, case, due_at=next_due(case), expected_version=store.read(place)[1])
        self.changes = stream_rows.cases_of(stream_images(stack.records()))
        self.config, self.table = stack.config, stack.app.parts.table
        self.right = _one_by_one(stack, [found for name in ("acme", "two") for found in store.all("demo", "shopify", name)])


def _one_by_one(stack: Stack, cases: list[tuple[CaseKey, Case, int]]) -> Kept:
    by_day: dict[Name, list[Case]] = {}
    for place, case, _ in cases:
        day = local_day(sla.begins(case, "first"), stack.config.zone)
        by_day.setdefault((day, place.platform, place.account), []).append(case)
    found: Kept = {}
    for name, mine in by_day.items():
        told = [sla.figures_of(mine, now=now, opening=stack.config.reviews.opening) for now in NOWS]
        if told[0].cases:
            found[name] = [(each.in_time, each.in_time + each.late) for each in told]
    return found


def kept(reckoning: Reckoning, merchant: str) -> Kept:
    """What the cells say."""
    days: dict[Name, Promptness] = {}
    for day in DAYS:
        for head in reckoning.day(merchant, day):
            days.setdefault((day, head.cell.platform, head.cell.account), Promptness()).add(promptness(head.summary or b""))
    return {name: [(told.in_time, told.over(now)) for now in NOWS] for name, told in days.items() if told != Promptness()}


def run(recorded: Recorded, seed: int, kind: Callable[..., CellStore], step: type[AnswerTimes] = AnswerTimes) -> Run:
    """One run."""
    return Run(recorded, seed, kind, step, kept)


class EndsOnly(AnswerTimes):
    """The saboteur: only the ends of a batch are compared, as if what changed and changed back had been put by nobody."""

    def _item(self, group: list[Changed]) -> Any:
        return super()._item([(group[0][0], group[-1][1])])


class FirstClock(AnswerTimes):
    """The saboteur: a case stays on the day of its review, whenever its clock began anew."""

    def _fact(self, image: CaseImage, zone: Any) -> Fact | None:
        return super()._fact(replace(image, case=msgspec.structs.replace(image.case, first_from=None)), zone)


class Forgetful(AnswerTimes):
    """The saboteur: what nobody has to answer any more leaves its row where it is."""

    def _item(self, group: list[Changed]) -> Any:
        return super()._item(group) if self._fact(group[-1][1], self._config().zone) else set()


def test_no_fault_of_the_stream_makes_a_day_s_deadlines_wrong(moto_engine: Any) -> None:
    wrong, moved = [], 0
    for world in range(RUNS // 10):
        recorded = Recorded(moto_engine, world)
        moved += recorded.moved
        assert len(recorded.right) > 3
        wrong += [(world, seed) for seed in range(10) if run(recorded, seed, Restless).wrong]
    assert wrong == [] and moved > 5


def test_the_same_on_either_engine(engine: Any) -> None:
    recorded = Recorded(engine, 5)
    assert [seed for seed in range(FEW) if run(recorded, seed, Restless).wrong] == []


@pytest.mark.parametrize("saboteur", [Unguarded, NoTombstones, DirtyFirst])
def test_a_missing_guard_of_the_cells_is_seen(moto_engine: Any, saboteur: type[Restless]) -> None:
    assert seen(partial(Recorded, moto_engine), SABOTAGE_RUNS, lambda recorded, seed: run(recorded, seed, saboteur))


@pytest.mark.parametrize("saboteur", [EndsOnly, FirstClock, Forgetful])
def test_a_missing_guard_of_the_step_is_seen(moto_engine: Any, saboteur: type[AnswerTimes]) -> None:
    assert seen(partial(Recorded, moto_engine), SABOTAGE_RUNS, lambda recorded, seed: run(recorded, seed, Restless, saboteur))


def test_what_changes_nothing_of_a_row_writes_nothing(moto_stack: Stack) -> None:
    store, place = DynamoCases(moto_stack.app.parts.table), CaseKey("demo", "shopify", "acme", "review", "r")
    case = bad_review(START, first_due=START + timedelta(hours=8))
    for number, each in enumerate((case, msgspec.structs.replace(case, marked=("first_reminded",), owner="ann"))):
        assert store.write(place, each, due_at=None, expected_version=number)
        follow(moto_stack)
    (head,) = moto_stack.app.cells.heads("demo", START.date())
    assert (head.cell.kind, head.dirty) == ("cases", 1)


def test_from_the_webhook_to_the_metric(engine: Any) -> None:
    """Of an account that was spoken of and sold nothing. As of the report's time: late is what is overdue by then."""
    stack = Stack(engine, CONFIG + REVIEWS)
    deliver(stack, [_pushed(stack, name) for name in ("a", "b", "c")])
    stack.normalise()
    follow(stack)  # the reviews, from which cases are made
    follow(stack)  # the cases
    today = period_of("day", local_day(stack.clock.now(), stack.config.zone))
    assert _measured(stack, today) == (0, 0)
    place = CaseKey("demo", "generic", "erp", "review", "a")
    case, version = stack.app.outreach.desk.cases.read(place)
    assert case is not None and case.first_due is not None
    answered = msgspec.structs.replace(case, state="answered", answered_at=case.first_due)
    assert stack.app.outreach.desk.cases.write(place, answered, due_at=None, expected_version=version)
    follow(stack)
    assert _measured(stack, today) == (1, 1)
    stack.clock.at = case.first_due
    assert _measured(stack, today) == (1, 1)
    stack.clock.at = case.first_due + timedelta(microseconds=1)
    assert _measured(stack, today) == (1, 3)
    measured = stack.app.press.reporting.measured(today)
    assert "gmv" not in measured.total and measured.total["starred"] == 3


def _measured(stack: Stack, of: Any) -> tuple[int | None, int | None]:
    total = stack.app.press.reporting.measured(of).total
    return total.get("in_time"), total.get("deadlines")


def _pushed(stack: Stack, name: str) -> Delivery:
    at = stack.clock.now().isoformat()
    told = {"review_id": name, "rating": 1, "text": "Broken on arrival", "created_at": at, "updated_at": at}
    return Delivery("generic", "erp", None, json.dumps({"type": "review", "data": told}).encode())
