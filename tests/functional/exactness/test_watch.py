"""Deadlines of open cases: a reminder and a breach, once each, in one notice a run, whatever dies on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.adapters.cases import DynamoCases
from chalicelib.adapters.review_notice import ReviewNotices
from chalicelib.channels import Notice
from chalicelib.config import parse
from chalicelib.domain.case import next_due
from chalicelib.domain.mail import reader_name
from chalicelib.domain.wording import Rendered
from chalicelib.errors import Retriable
from chalicelib.notices import Notices
from chalicelib.ports import Message
from chalicelib.ports_cases import CaseKey
from chalicelib.watch import MOST, Watch
from tests.functional.stack import CONFIG, NOW, Stack
from tests.kit.bad_review import bad_review

REVIEWS = """
[reviews]
enabled = true
first_answer_hours = 8
robots = ["desk"]
recipients = ["service@demo.example"]
[reviews.opening]
opens = 00:00:00
closes = 23:59:59
"""
CASE = bad_review(
    NOW,
    owner="service",
    first_due=NOW + timedelta(hours=8),
)


class World:
    """A stack with a watch, and cases."""

    def __init__(self, engine: Any) -> None:
        self.stack = Stack(engine, CONFIG + REVIEWS)
        parts, app = self.stack.app.parts, self.stack.app
        self.cases = DynamoCases(parts.table)
        self.notices = Notices(
            config=parts.config,
            words=ReviewNotices(lambda platform: platform.title()),
            vault=parts.vault,
            archive=parts.archive,
            outbox=app.outbox,
            clock=parts.clock,
        )
        self.watch = Watch(
            config=parts.config,
            cases=self.cases,
            notices=self.notices,
            marks=app.marks,
            clock=parts.clock,
            counters=parts.counters,
        )

    def put(self, name: str, **changes: object) -> CaseKey:
        """A case in the table."""
        place = CaseKey("demo", "shopify", "acme", "review", name)
        case = msgspec.structs.replace(CASE, **changes)
        assert self.cases.write(place, case, due_at=next_due(case), expected_version=self.cases.read(place)[1])
        return place

    def later(self, hours: float) -> int:
        """Run so many hours after the reviews."""
        self.stack.clock.at = NOW + timedelta(hours=hours)
        return self.watch.run()

    def marked(self, place: CaseKey) -> tuple[str, ...]:
        """What was told of a case."""
        case, _ = self.cases.read(place)
        assert case is not None
        return case.marked

    def queued(self, channel: str = "robot", name: str = "desk") -> list[Message]:
        """What is queued for a reader, the oldest first."""
        owner = self.stack.app.parts.vault.lookup("demo", "reader", reader_name(channel, name))
        return sorted(self.stack.app.outbox.of("demo", owner), key=lambda message: message.message_id)

    def opened(self, message: Message, kind: type[Any]) -> Any:
        """What a message says."""
        sealed = self.stack.archive.get(message.values["archive"])
        return msgspec.json.decode(self.stack.app.parts.vault.open_raw("demo", sealed, message.values["context"]), type=kind)


def test_a_deadline_is_told_as_it_comes_near_and_when_it_is_over(engine: Any) -> None:
    world = World(engine)
    place = world.put("r-1")
    assert [world.later(hours) for hours in (5, 6, 6.1, 7.9, 8, 9, 30)] == [0, 1, 0, 0, 1, 0, 0]
    assert world.marked(place) == ("first_reminded", "first_breached")
    assert world.stack.counters.total("sla_breached", kind="first", platform="shopify") == 1
    reminder, breach = (world.opened(message, Notice) for message in world.queued())
    assert reminder.sections == (
        ("First answer due soon", ("Shopify · acme · review r-1 · 1 of 5 · due 2026-11-20 20:00 · service",)),
    )
    assert (reminder.urgent, breach.urgent) == (False, True) and breach.sections[0][0] == "First answer overdue"


def test_a_run_tells_all_in_one_notice(moto_stack: Stack) -> None:
    world = World(moto_stack.engine.inner)
    for number in range(30):
        world.put(f"r-{number:02d}", first_due=NOW + timedelta(hours=8 if number % 2 else 9))
    assert world.later(8) == 30
    mails, said = world.queued("email", "service@demo.example"), world.queued()
    assert len(mails) == len(said) == 1
    mail = world.opened(mails[0], Rendered)
    assert "Reviews: 30 deadlines" in mail.subject and "and 10 more" in mail.text and "and 10 more" in mail.html


def test_more_than_a_run_tells_is_told_by_the_next(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.watch.MOST", 2)
    world = World(moto_stack.engine.inner)
    places = [world.put(f"r-{number}") for number in range(5)]
    assert MOST > 2 and [world.later(8) for _ in range(4)] == [2, 2, 1, 0]
    assert all(world.marked(place) == ("first_breached",) for place in places)


def test_nothing_is_told_where_answering_is_off(moto_stack: Stack) -> None:
    world = World(moto_stack.engine.inner)
    world.put("r-1")
    world.stack.config = parse(CONFIG)
    assert world.later(9) == 0 and world.queued() == []


def test_what_was_answered_meanwhile_is_not_told(moto_stack: Stack) -> None:
    world = World(moto_stack.engine.inner)
    world.put("r-1")
    world.put("r-1", state="answered", answered_at=NOW)
    assert world.later(9) == 0 and world.queued() == []


@pytest.mark.parametrize("dies_at", range(1, 8))
def test_a_run_that_dies_is_finished_by_the_next_and_nothing_is_told_twice(engine: Any, dies_at: int) -> None:
    world = World(engine)
    places = [world.put(f"r-{number}") for number in range(2)]
    table, calls = world.stack.app.parts.table, [0]
    put = type(table).put

    def dying(*arguments: Any, **named: Any) -> bool:
        calls[0] += 1
        if calls[0] == dies_at:
            raise Retriable("table-unavailable", "on purpose")
        return put(table, *arguments, **named)

    table.put = dying  # type: ignore[method-assign]
    try:
        with_fault = world.later(8)
    except Retriable:
        with_fault = None
    assert (with_fault is None) == (calls[0] >= dies_at)
    table.put = put.__get__(table)  # type: ignore[method-assign]
    world.put("r-late")  # which would change what a run tells, did it begin anew
    world.later(8.1)
    world.later(8.2)
    told = [line for message in world.queued() for _, lines in world.opened(message, Notice).sections for line in lines]
    assert sorted(line.split(" · ")[2] for line in told) == ["review r-0", "review r-1", "review r-late"]
    assert all(world.marked(place) == ("first_breached",) for place in places)


def test_of_two_runs_at_once_one_tells(engine: Any) -> None:
    world = World(engine)
    world.put("r-1")
    inner = world.watch._put

    def late(merchant: str, told: Any, version: int) -> bool:
        world.watch._put = inner  # type: ignore[method-assign]
        assert world.watch.run() == 1
        return inner(merchant, told, version)

    world.watch._put = late  # type: ignore[method-assign]
    assert world.later(8) == 0
    assert len(world.queued()) == 1 and world.stack.counters.total("sla_breached") == 1


def test_words_of_a_platform_stay_words(moto_stack: Stack) -> None:
    world = World(moto_stack.engine.inner)
    world.put("<b>r</b>", owner="<i>x</i>")
    world.later(9)
    mail: Rendered = world.opened(world.queued("email", "service@demo.example")[0], Rendered)
    assert "<b>" not in mail.html and "&lt;b&gt;" in mail.html and "<i>x" not in mail.html
