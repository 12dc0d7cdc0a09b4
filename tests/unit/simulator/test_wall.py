"""What is said in public in the simulated world: the same for a seed, changed when it is, answered once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.contract import PullsReviews, RepliesToReviews
from connectors.registry import connector
from ops.simulator.registry import KEYS, platform
from ops.simulator.wall import CHANGES, Wall
from ops.simulator.world import build

SPEAKING = [key for key in KEYS if platform(key).voices is not None]


@pytest.fixture(scope="module")
def wall() -> Wall:
    world = build(2, history=20 * len(SPEAKING), today=5 * len(SPEAKING), platforms=SPEAKING)
    return Wall(world, world.end + timedelta(days=14))


@pytest.mark.parametrize("key", SPEAKING)
def test_voices_fit_the_connector(key: str) -> None:
    found, voices = connector(key), platform(key).voices
    assert isinstance(found, PullsReviews) and isinstance(found, RepliesToReviews)
    assert voices is not None and ("question" if voices.asks else "review") in found.info.replies


def test_there_is_something_of_everything(wall: Wall) -> None:
    opinions = list(wall.all())
    assert 60 <= len(opinions) <= 100
    assert {each.meant for each in opinions} == {"praise", "plain", "complaint", "default", "question"}
    assert any(each.edit for each in opinions) and any(each.gone_at for each in opinions)
    assert any(each.remark.follows for each in opinions)
    names = [(each.place.platform, each.remark.number) for each in opinions]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("key", SPEAKING)
def test_nothing_is_told_before_it_is_written(wall: Wall, key: str) -> None:
    now = wall.begins + CHANGES
    asked = bool((voices := platform(key).voices) and voices.asks)
    assert wall.remarks(key, wall.begins, asked=asked) == []
    told = wall.remarks(key, now, asked=asked)
    assert told and all(each.at <= now for each in told) and told == sorted(told, key=lambda each: each.at, reverse=True)


def test_an_edit_shows_from_its_time_on(wall: Wall) -> None:
    edited = next(each for each in wall.all() if each.edit)
    assert edited.edit is not None
    before, after = edited.at(edited.edit[0] - timedelta(seconds=1)), edited.at(edited.edit[0])
    assert before is not None and after is not None
    assert (before.text, before.changed_at) == (edited.remark.text, None)
    assert (after.text, after.changed_at) == (edited.edit[2], edited.edit[0])


def test_one_answer_is_taken_and_shown() -> None:
    world = build(2, history=40, today=10, platforms=SPEAKING[:1])
    wall = Wall(world, world.end)
    opinion = next(wall.all())
    key, number, now = SPEAKING[0], opinion.remark.number, opinion.remark.at + timedelta(hours=1)
    assert not wall.answer(key, number, "Too early", opinion.remark.at - timedelta(seconds=1))
    assert wall.answer(key, number, "Thank you", now)
    assert not wall.answer(key, number, "Thank you again", now)
    assert not wall.answer(key, number + 1_000_000, "Whom?", now)
    (told,) = (each for asked in (False, True) for each in wall.remarks(key, now, asked=asked) if each.number == number)
    assert (told.answer, told.answered_at) == ("Thank you", now)
    assert [each.taken for each in wall.said] == [False, True, False, False]


def test_what_was_taken_back_takes_no_answer(wall: Wall) -> None:
    gone = next(each for each in wall.all() if each.gone_at)
    assert gone.gone_at is not None
    assert not wall.answer(gone.place.platform, gone.remark.number, "Sorry", gone.gone_at)
