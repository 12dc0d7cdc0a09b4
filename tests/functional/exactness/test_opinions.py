"""Reviews by day: whatever the stream's ways, the rows are those of the records, and a missing guard is seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest

from chalicelib import stream_rows
from chalicelib.domain.service import SHELVES, Voice
from chalicelib.domain.voice import Answer, Review
from chalicelib.lambda_events import stream_images
from chalicelib.opinions import Opinions, Told
from chalicelib.ports import CellStore
from chalicelib.reckoning import Reckoning, voice
from chalicelib.recording import record_key
from tests.functional.exactness.day_rows import Run, follow, seen
from tests.functional.exactness.test_cells import DirtyFirst, NoTombstones, Restless, Unguarded
from tests.functional.exactness.world import Delivery, deliver
from tests.functional.stack import Stack

START = datetime(2026, 11, 1, 4, tzinfo=UTC)  # noon in Shanghai
DAYS = [START.date() + timedelta(days=day) for day in range(-1, 12)]
RUNS, FEW, SABOTAGE_RUNS = 60, 4, 60
REVIEW = Review("demo", "shopify", "acme", "r", "o1", "p1", None, 5, "Fine tea", "en", created_at=START, updated_at=START)
Voices = dict[tuple[date, str, str], Voice]


def life(draw: Random, name: str) -> list[Review]:
    """What is told of one review, the oldest first: stars edited, its day put right, answered, withdrawn."""
    at = START + timedelta(hours=draw.randrange(200))
    kinds: list[dict[str, Any]] = [{}, {}, {}, {"platform_default": True}, {"follow_up_of": "r0", "rating": None}]
    kind = draw.choice(kinds)
    told = [replace(REVIEW, review_id=name, account=draw.choice(["acme", "two"]), created_at=at, updated_at=at, **kind)]
    for _ in range(draw.randrange(5)):
        last = replace(told[-1], updated_at=(told[-1].updated_at or at) + timedelta(minutes=draw.randint(1, 900)))
        what = draw.choice(["stars", "stars", "day", "back", "answer", "gone"])
        changes: dict[str, dict[str, Any]] = {
            "stars": {"rating": None if kind else draw.choice([None, 1, 2, 3, 4, 5])},
            "day": {"created_at": at + timedelta(days=draw.randint(-1, 1))},
            "back": {"created_at": at},
            "answer": {"reply": Answer("Thank you", at)},
            "gone": {"deleted": True, "text": None, "created_at": None},
        }
        told.append(replace(last, **changes[what]))
    return told


class Recorded:
    """Lives of reviews in the table: the records of the stream, and what the last telling of each comes to."""

    def __init__(self, engine: Any, seed: int, reviews: int = 12) -> None:
        stack, draw = Stack(engine), Random(seed)
        tellings = [told for number in range(reviews) for told in life(draw, f"r{number}")]
        draw.shuffle(tellings)
        for told in tellings:
            stack.app.recording.keep(told, source=0, occurred_at=None, keep_raw=lambda: "raw")
        self.changes = stream_rows.reviews_of(stream_images(stack.records()))
        self.config, self.table = stack.config, stack.app.parts.table
        self.right: Voices = {}
        for key in {record_key(told) for told in tellings}:
            plain = stack.app.recording.plain(key)
            _count(self.right, plain, plain["created_at"] or plain["updated_at"])


def _count(voices: Voices, plain: dict[str, Any], at: str) -> None:
    """The long way: by the words of the record alone."""
    day = (datetime.fromisoformat(at.replace("Z", "+00:00")) + timedelta(hours=8)).date()
    mine = voices.setdefault((day, plain["platform"], plain["account"]), Voice())
    if plain["deleted"]:
        mine.deleted += 1
    elif plain["platform_default"]:
        mine.default += 1
    elif plain["follow_up_of"]:
        mine.follow_ups += 1
    else:
        mine.reviews += 1
        if plain["rating"]:
            mine.stars[plain["rating"] - 1] += 1


def voices(reckoning: Reckoning, merchant: str) -> Voices:
    """What the cells say; days on which nothing is left say nothing."""
    found: Voices = {}
    for day in DAYS:
        for head in reckoning.day(merchant, day):
            assert head.cell.kind == "reviews" and 0 <= head.cell.bucket < SHELVES
            found.setdefault((day, head.cell.platform, head.cell.account), Voice()).add(voice(head.summary or b""))
    return {name: told for name, told in found.items() if told != Voice()}


def run(recorded: Recorded, seed: int, kind: Callable[..., CellStore], step: type[Opinions] = Opinions) -> Run:
    """One run."""
    return Run(recorded, seed, kind, step, voices)


class EndsOnly(Opinions):
    """The saboteur: only the ends of a batch are compared, as if what changed and changed back had been put by nobody."""

    def _item(self, group: list[Told]) -> Any:
        return super()._item([(group[0][0], group[-1][1])])


class Again(Opinions):
    """The saboteur: of a review that is new nothing is put where its images agree."""

    def _item(self, group: list[Told]) -> Any:
        return super()._item([(before or after, after) for before, after in group])


def test_no_fault_of_the_stream_makes_a_day_s_reviews_wrong(moto_engine: Any) -> None:
    wrong = []
    for world in range(RUNS // 10):
        recorded = Recorded(moto_engine, world)
        assert len(recorded.right) > 3 and any(told.stars != [0] * 5 for told in recorded.right.values())
        wrong += [(world, seed) for seed in range(10) if run(recorded, seed, Restless).wrong]
    assert wrong == []


def test_the_same_on_either_engine(engine: Any) -> None:
    recorded = Recorded(engine, 5)
    assert [seed for seed in range(FEW) if run(recorded, seed, Restless).wrong] == []


@pytest.mark.parametrize("saboteur", [Unguarded, NoTombstones, DirtyFirst])
def test_a_missing_guard_of_the_cells_is_seen(moto_engine: Any, saboteur: type[Restless]) -> None:
    assert seen(partial(Recorded, moto_engine), SABOTAGE_RUNS, lambda recorded, seed: run(recorded, seed, saboteur))


@pytest.mark.parametrize("saboteur", [EndsOnly, Again])
def test_a_missing_guard_of_the_step_is_seen(moto_engine: Any, saboteur: type[Opinions]) -> None:
    assert seen(partial(Recorded, moto_engine), SABOTAGE_RUNS, lambda recorded, seed: run(recorded, seed, Restless, saboteur))


def test_what_changes_nothing_of_a_row_writes_nothing(moto_stack: Stack) -> None:
    """As when the shop answers: neither the row nor the cell's dirty number."""
    keep = moto_stack.app.recording.keep
    keep(REVIEW, source=0, occurred_at=None, keep_raw=lambda: "raw")
    follow(moto_stack)
    answered = replace(REVIEW, reply=Answer("Thank you", START), updated_at=START + timedelta(hours=1))
    keep(answered, source=0, occurred_at=None, keep_raw=lambda: "raw")
    follow(moto_stack)
    (head,) = moto_stack.app.cells.heads("demo", START.date())
    assert head.dirty == 1


def test_a_review_that_nobody_dates_is_in_no_day(moto_stack: Stack) -> None:
    moto_stack.app.recording.keep(
        replace(REVIEW, created_at=None, updated_at=None), source=0, occurred_at=None, keep_raw=lambda: "raw"
    )
    (change,) = stream_rows.reviews_of(stream_images(moto_stack.records()))
    assert change[1].millis == 0
    moto_stack.app.opinions.handle([change])
    assert moto_stack.app.cells.dirty_cells("demo", 9) == []


def test_from_the_webhook_to_the_day(stack: Stack) -> None:
    """Whether or not anybody answers reviews here."""
    assert not stack.config.reviews.enabled
    deliver(stack, [_pushed("a", 5), _pushed("b", 2), _pushed("c", 4, platform_default=True), _pushed("a", 3, hours=2)])
    stack.normalise()
    follow(stack)
    (told,) = voices(stack.app.reckoning, "demo").values()
    assert told == Voice(reviews=2, stars=[0, 1, 1, 0, 0], default=1)
    assert told.score.scaled(100) == 250


def _pushed(name: str, stars: int, hours: int = 0, **parts: Any) -> Delivery:
    created, updated = START.isoformat(), (START + timedelta(hours=hours)).isoformat()
    told = {"review_id": name, "rating": stars, "text": "Well", "created_at": created, "updated_at": updated} | parts
    return Delivery("generic", "erp", None, json.dumps({"type": "review", "data": told}).encode())
