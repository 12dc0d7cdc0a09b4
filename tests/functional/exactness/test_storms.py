"""The storm alarm over the table: one alarm a storm, by whatever order and repetition reviews come, with their own words quoted."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest

from chalicelib.adapters.review_notice import ReviewNotices
from chalicelib.adapters.storms import DynamoStorms
from chalicelib.channels import Notice
from chalicelib.config import parse
from chalicelib.domain.case import Case, Telling
from chalicelib.domain.mail import reader_name
from chalicelib.domain.order import local_day
from chalicelib.domain.periods import period_of
from chalicelib.domain.storm import LONGEST, MINIMUM, StormLine
from chalicelib.domain.wording import Rendered
from chalicelib.errors import Retriable
from chalicelib.notices import Notices
from chalicelib.ports import Message
from chalicelib.ports_cases import CaseKey
from chalicelib.storms import Scope, Storms
from chalicelib.tellings import Told
from tests.functional.exactness.test_watch import REVIEWS
from tests.functional.stack import CONFIG, NOW, Stack
from tests.kit.bad_review import bad_review

TEA = Scope("demo", "shopify", "acme", "tea")
WHOLE = Scope("demo")


class Words:
    """What reviews say, without the records behind them."""

    def __init__(self) -> None:
        self.gone: set[str] = set()

    def told(self, place: CaseKey) -> Told | None:
        """A review's words."""
        if place.id in self.gone:
            return Told(place, Telling(1, 0, "a"), {"deleted": True, "text": "erased"})
        return Told(
            place, Telling(1, 0, "a"), {"rating": 1, "text": f"broken <b>again</b> {place.id}", "buyer": {"name": "Zhang San"}}
        )


class World:
    """A stack with a storm alarm."""

    def __init__(self, engine: Any) -> None:
        self.stack = Stack(engine, CONFIG + REVIEWS)
        parts, app = self.stack.app.parts, self.stack.app
        self.store, self.words = DynamoStorms(parts.table), Words()
        notices = Notices(
            config=parts.config,
            words=ReviewNotices(str.title),
            vault=parts.vault,
            archive=parts.archive,
            outbox=app.outbox,
            clock=parts.clock,
        )
        tellings: Any = self.words
        self.storms = Storms(
            config=parts.config, store=self.store, tellings=tellings, notices=notices, clock=parts.clock, counters=parts.counters
        )

    def say(self, name: str, at: datetime, *, millis: int = 1, **changes: Any) -> None:
        """A review is told, some time after it was written."""
        place = CaseKey("demo", "shopify", "acme", "review", name)
        self.storms.on_case(place, case(at, telling=Telling(millis, 0, "a"), **changes))

    def notices(self, channel: str = "robot", name: str = "desk") -> list[Message]:
        """What is queued for a reader."""
        owner = self.stack.app.parts.vault.lookup("demo", "reader", reader_name(channel, name))
        return self.stack.app.outbox.of("demo", owner)

    def opened(self, message: Message, kind: type[Any]) -> Any:
        """What a message says."""
        sealed = self.stack.archive.get(message.values["archive"])
        return msgspec.json.decode(self.stack.app.parts.vault.open_raw("demo", sealed, message.values["context"]), type=kind)


def case(at: datetime, **changes: Any) -> Case:
    """The case of a bad review."""
    plain = bad_review(
        at,
        product="tea",
    )
    return msgspec.structs.replace(plain, **changes)


def burst(count: int) -> list[tuple[str, datetime]]:
    """Reviews of the last hour."""
    return [(f"r-{number:02d}", NOW - timedelta(minutes=60 - 60 * number / count)) for number in range(count)]


@pytest.mark.parametrize("order", ["as written", "the newest first", "any"])
def test_a_storm_is_told_in_whatever_order_it_comes(moto_stack: Stack, order: str) -> None:
    world = World(moto_stack.engine.inner)
    reviews = burst(14)
    if order != "as written":
        reviews.reverse() if order == "the newest first" else Random(5).shuffle(reviews)
    for name, at in reviews:
        world.say(name, at)
    storm, _ = world.store.storm(TEA)
    assert storm is not None and storm.grade == 3
    assert world.stack.counters.total("review_storm", grade="3") == 1
    assert len(world.notices()) == len(world.notices("email", "service@demo.example")) == 1
    assert world.storms.since("demo", NOW - timedelta(days=1)) == [(TEA, storm)], "the shop's storm is that of the product"


def test_a_digest_lists_what_was_found_in_its_days(moto_stack: Stack) -> None:
    world = World(moto_stack.engine.inner)
    for name, at in burst(14):
        world.say(name, at)
    storm, _ = world.store.storm(TEA)
    assert storm is not None and storm.began < storm.last
    line = StormLine(TEA.platform, TEA.account, TEA.product, 3, storm.began, storm.last)
    moment = timedelta(microseconds=1)
    spans = [(storm.last, NOW), (storm.began - moment, storm.began + moment), (storm.began, storm.last)]
    assert [world.storms.during("demo", *span) for span in spans] == [(line,)] * 3
    assert world.storms.during("demo", storm.last + moment, NOW) == world.storms.during("demo", NOW - LONGEST, storm.began) == ()
    today = period_of("day", local_day(NOW, world.stack.config.zone))
    assert world.stack.app.reporting.report(today).storms == (line,)
    assert world.stack.app.reporting.report(today.before).storms == ()


def test_again_is_the_same(engine: Any) -> None:
    world = World(engine)
    for name, at in burst(14) * 2:
        world.say(name, at)
    rows = [place.id for place, _ in world.store.day(TEA, NOW.date())]
    assert len(rows) == len(set(rows)) == 14
    assert world.stack.counters.total("review_storm", grade="3") == 1 and len(world.notices()) == 1


def test_on_fewer_than_the_minimum_nothing_is_told_or_learned(moto_stack: Stack) -> None:
    world = World(moto_stack.engine.inner)
    for name, at in burst(MINIMUM - 1):
        world.say(name, at)
    assert world.storms.since("demo", NOW - timedelta(days=1)) == []
    assert world.store.usual(TEA, NOW.date()) is None


@pytest.mark.parametrize(
    "changed", [{"band": "positive"}, {"reason": "deleted"}, {"told_at": NOW - timedelta(days=20)}, {"kind": "question"}]
)
def test_what_is_no_bad_review_of_today_is_no_part_of_it(moto_stack: Stack, changed: dict[str, Any]) -> None:
    world = World(moto_stack.engine.inner)
    for number, (name, at) in enumerate(burst(14)):
        if changed.get("kind") == "question" and number >= MINIMUM - 1:
            world.storms.on_case(CaseKey("demo", "shopify", "acme", "question", name), case(at, kind="question"))
        else:
            world.say(name, at, **(changed if number >= MINIMUM - 1 and "kind" not in changed else {}))
    assert world.storms.since("demo", NOW - timedelta(days=1)) == []


def test_reviews_that_were_taken_back_or_bettered_count_no_more(engine: Any) -> None:
    world = World(engine)
    reviews = burst(MINIMUM + 2)
    for name, at in reviews[: MINIMUM - 1]:
        world.say(name, at)
    world.say("r-00", reviews[0][1], millis=2, reason="deleted", state="closed")
    world.say("r-01", reviews[1][1], millis=3, band="positive")
    for name, at in reviews[:2]:  # an old telling comes late
        world.say(name, at)
    world.say(*reviews[MINIMUM - 1])
    world.say(*reviews[MINIMUM])
    assert world.store.storm(TEA) == (None, 0)
    world.say(*reviews[MINIMUM + 1])
    assert world.store.storm(TEA)[0] is not None


def test_many_products_with_a_few_each_are_a_storm_over_the_shop(moto_stack: Stack) -> None:
    world = World(moto_stack.engine.inner)
    for number, (name, at) in enumerate(burst(16)):
        world.say(name, at, product=f"p-{number % 8}")
    assert [scope for scope, _ in world.storms.since("demo", NOW - timedelta(days=1))] == [WHOLE]
    (told,) = world.notices()
    assert "the whole shop" in world.opened(told, Notice).title


def test_reviews_are_quoted_and_nobody_is_named(moto_stack: Stack) -> None:
    world = World(moto_stack.engine.inner)
    world.words.gone.add("r-11")
    for name, at in burst(12):
        world.say(name, at)
    (told,), (mail,) = world.notices(), world.notices("email", "service@demo.example")
    notice, rendered = world.opened(told, Notice), world.opened(mail, Rendered)
    assert notice.urgent and "product tea" in notice.title
    quotes = notice.sections[1][1]
    assert quotes and all("broken" in quote for quote in quotes) and "erased" not in str(notice)
    assert "Zhang" not in rendered.html + rendered.text + str(notice)
    assert "<b>" not in rendered.html and "&lt;b&gt;" in rendered.html
    plain = str(told) + str(list(world.stack.dynamodb.scan(TableName=world.stack.app.parts.table.name)["Items"]))
    stored = plain + str([world.stack.archive.get(name) for name in world.stack.archive.names("demo/")])
    assert "broken" not in stored, "words are sealed until they are sent"


def test_grades_1_and_2_wait_for_the_digest(moto_stack: Stack) -> None:
    world = World(moto_stack.engine.inner)
    for name, at in burst(MINIMUM):
        world.say(name, at)
    ((scope, storm),) = world.storms.since("demo", NOW - timedelta(days=1))
    assert (scope, storm.grade) == (TEA, 2) and world.notices() == []
    assert world.storms.since("demo", NOW) == []


def test_a_crash_between_storm_and_notice_heals(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(engine)
    reviews = burst(12)
    died: list[str] = []
    with monkeypatch.context() as patch:

        def dying(*_arguments: Any, **_named: Any) -> int:
            raise Retriable("archive-unavailable", "on purpose")

        patch.setattr(Notices, "queue", dying)
        for name, at in reviews:
            try:
                world.say(name, at)
            except Retriable:
                died.append(name)
    assert died and world.notices() == []
    for name, at in reviews:
        if name in died:
            world.say(name, at)
    assert len(world.notices()) == 1 and world.stack.counters.total("review_storm", grade="3") == 1


def test_a_new_storm_after_a_quiet_time_is_told_again(moto_stack: Stack) -> None:
    world = World(moto_stack.engine.inner)
    for days in (0, 4):
        world.stack.clock.at = NOW + timedelta(days=days)
        for name, at in burst(12):
            world.say(f"{days}-{name}", at + timedelta(days=days))
    assert len(world.notices()) == 2


def test_nothing_is_looked_at_where_answering_is_off(moto_stack: Stack) -> None:
    world = World(moto_stack.engine.inner)
    world.stack.config = parse(CONFIG)
    for name, at in burst(12):
        world.say(name, at)
    assert list(world.store.day(TEA, NOW.date())) == []
