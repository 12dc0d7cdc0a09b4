"""What became of messages: any order and repetition of what is told ends in the same, also against whoever is sending.

A world is one message, its claim, and what happens to it: the call's answer is saved, `sent` is told, receipts come, people
complain. Whatever the order, rows, cell, suppression, consent and health end as they do in the plainest one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from chalicelib.adapters.table import Table
from chalicelib.domain.mail import OutcomeUnknown
from chalicelib.domain.order import local_day
from chalicelib.domain.receipt import Objection, reference
from chalicelib.domain.voice import Receipt
from chalicelib.errors import Permanent, Retriable
from chalicelib.feedback import Feedback
from chalicelib.handing import Handing, Place
from chalicelib.ports import Bounds, Message
from chalicelib.reckoning import outcome_fact, outcomes
from tests.functional.stack import NOW, Stack

OWNER, ID = "kq3-M_x7Zt0aBcDeFgHiJk", "back30-2026-10-01-kq3-M_x7Zt0aBcDeFgHiJk"
PROVIDER = "0102019a-mail"
REFERENCE = reference(OWNER, ID)
ADDRESS = "ana@example.com"
Step = Callable[["World"], None]


class World:
    """One claimed message, and all that may happen to it."""

    def __init__(self, stack: Stack, *, kind: str = "winback", number: int = 0) -> None:
        self.stack, self.app = stack, stack.app
        self.owner, self.id, self.provider = f"{OWNER}{number}", f"{ID}{number}", f"{PROVIDER}{number}"
        self.reference: str | None = reference(self.owner, self.id)
        # A channel, campaign and address of its own: many worlds lie side by side in one table.
        self.channel, self.campaign, self.address = (
            f"email{number or ''}",
            f"back30{number or ''}",
            f"ana{number or ''}@example.com",
        )
        where = (self.channel, "winback", "en")
        queued = Message("demo", self.id, self.owner, "winback", *where, "queued", None, NOW, self.campaign, "treated", 1)
        if kind != "winback":
            queued = replace(queued, kind="digest", channel="email", campaign=None, arm=None)
        assert self.app.outbox.add(queued)
        self.bounds = Bounds(self.owner, NOW, self.channel, cap=5, since=NOW - timedelta(days=7), daily_cap=1_000_000)
        self.claimed = replace(queued, state="sending", due_at=None, sent_at=NOW, version=2, values={"holder": self.owner})
        assert self.app.outbox.claim(self.claimed, self.bounds)

    def message(self) -> Message:
        found = self.app.outbox.read("demo", self.owner, self.id)
        assert found is not None
        return found

    # --- steps ---

    def saved(self) -> None:
        """The call was answered, and that is saved, unless something else was quicker."""
        done = replace(self.claimed, state="sent", provider_id=self.provider, version=3)
        self.app.outbox.save(done, outcome_fact(done, local_day(NOW, self.stack.config.zone)))

    def lost(self) -> None:
        """The worker died: nobody knows."""
        done = replace(self.claimed, state="unknown", reason="worker-died", version=3)
        self.app.outbox.save(done, outcome_fact(done, local_day(NOW, self.stack.config.zone)))

    def sent(self) -> None:
        self.app.feedback.sent(self.claimed, "ses", "mail", self.provider)

    def told(self, state: str, minutes: int, reason: str | None = None) -> None:
        at = NOW + timedelta(minutes=minutes)
        receipt = Receipt("demo", "ses", "mail", self.provider, state, reason, at, self.reference)
        self.app.feedback.receipt(receipt)

    def objected(self, why: Any, minutes: int, address: str | None = None) -> None:
        address = address or self.address
        at = NOW + timedelta(minutes=minutes)
        self.app.feedback.objection(Objection("demo", "ses", "mail", "email", address, why, self.provider, self.reference, at))

    # --- what it comes to ---

    def end(self) -> dict[str, Any]:
        vault, members = self.app.parts.vault, self.app.members
        message = self.message()
        heads = self.app.cells.heads("demo", local_day(NOW, self.stack.config.zone))
        cells = [head.cell for head in heads if (head.cell.kind, head.cell.account) == ("messages", self.campaign)]
        counts: dict[str, int] = {}
        for cell in cells:
            for name, count in outcomes(self.app.reckoning.recompute(cell)).items():
                counts[name] = counts.get(name, 0) + count
        mine = {"merchant": "", "owner": "", "message_id": "", "channel": "", "campaign": None, "provider_id": None}
        assert message.provider_id in (None, self.provider)
        return {
            "message": replace(message, version=0, values=message.values | {"holder": ""}, **mine),  # type: ignore[arg-type]
            "cell": counts,
            "suppressed": members.suppressed("demo", vault.lookup("demo", "email", self.address)),
            "consent": members.consent("demo", {self.owner}, self.channel),
            "health": self.app.feedback.health("demo", self.channel),
        }


def hard_bounce(world: World) -> None:
    world.told("failed", 2, "bounce-permanent-general")
    world.objected("bounced", 2)


def complaint(world: World) -> None:
    world.told("delivered", 5, "complaint")
    world.objected("complained", 5)


STEPS: dict[str, Step] = {
    "saved": World.saved,
    "lost": World.lost,
    "sent": World.sent,
    "send": lambda world: world.told("sent", 0),
    "delivery": lambda world: world.told("delivered", 1),
    "delivery again, earlier": lambda world: world.told("delivered", 0),
    "bounce": hard_bounce,
    "soft bounce": lambda world: world.told("failed", 3, "bounce-transient-mailbox-full"),
    "complaint": complaint,
}
STORIES: tuple[tuple[str, ...], ...] = (
    ("saved", "sent", "send", "delivery"),
    ("saved", "sent", "send", "bounce"),
    ("saved", "sent", "delivery", "bounce"),
    ("saved", "sent", "delivery", "complaint"),
    ("lost", "send", "delivery"),
    ("lost", "send", "bounce"),
    ("lost", "soft bounce", "delivery", "delivery again, earlier"),
    ("lost", "bounce", "complaint"),
    ("lost", "soft bounce", "bounce"),
)


def played(stack: Stack, story: Sequence[str], number: int = 0, *, referred: bool = True) -> dict[str, Any]:
    world = World(stack, number=number)
    if not referred:
        world.reference = None
    for step in story:
        STEPS[step](world)
    return world.end()


def orders(story: Sequence[str], most: int) -> list[tuple[str, ...]]:
    """Orders in which a story may come; its receipts twice in every second one. The worker's death comes whenever."""
    found = list(permutations(story))
    random.Random(len(story)).shuffle(found)
    told = tuple(step for step in story if step not in ("saved", "lost"))
    return [order + told if index % 2 else order for index, order in enumerate(found[:most])]


@pytest.mark.fault(55)
@pytest.mark.fault(56)
@pytest.mark.parametrize("story", STORIES, ids=" > ".join)
def test_any_order_ends_the_same(moto_engine: Any, story: tuple[str, ...]) -> None:
    """Tables of their own each: moto copies all that it holds for every transaction."""
    expected = played(Stack(moto_engine), story)
    for order in orders(story, 5):
        assert played(Stack(moto_engine), order) == expected, order


@pytest.mark.dynamodb_local
@pytest.mark.parametrize("story", STORIES, ids=" > ".join)
def test_any_order_ends_the_same_on_the_real_engine(dynamodb_local_engine: Any, story: tuple[str, ...]) -> None:
    stack = Stack(dynamodb_local_engine)
    expected = played(stack, story)
    for number, order in enumerate(orders(story, 24), start=1):
        assert played(stack, order, number) == expected, order


@pytest.mark.parametrize("story", [story for story in STORIES if "saved" in story], ids=" > ".join)
def test_a_receipt_without_our_reference_waits_for_whoever_sent(moto_engine: Any, story: tuple[str, ...]) -> None:
    expected = played(Stack(moto_engine), story)
    for order in orders(story, 5):
        assert played(Stack(moto_engine), order, referred=False) == expected, order


def test_what_the_stories_come_to(moto_stack: Stack) -> None:
    ends = {story: played(moto_stack, story, number) for number, story in enumerate(STORIES)}
    told = {story: (end["message"].state, end["message"].reason, end["cell"]) for story, end in ends.items()}
    assert told == {
        STORIES[0]: ("sent", "delivered", {"sent:delivered": 1}),
        STORIES[1]: ("sent", "undelivered", {"sent:undelivered": 1}),
        STORIES[2]: ("sent", "undelivered", {"sent:undelivered": 1}),
        STORIES[3]: ("sent", "complained", {"sent:complained": 1}),
        STORIES[4]: ("sent", "delivered", {"sent:delivered": 1}),
        STORIES[5]: ("failed", "bounce-permanent-general", {"failed:bounce-permanent-general": 1}),
        STORIES[6]: ("sent", "undelivered", {"sent:undelivered": 1}),
        STORIES[7]: ("sent", "complained", {"sent:complained": 1}),
        STORIES[8]: ("failed", "bounce-transient-mailbox-full", {"failed:bounce-transient-mailbox-full": 1}),
    }
    for story, end in ends.items():
        hard, complained = "bounce" in story, "complaint" in story
        assert (end["suppressed"] is not None) == (hard or complained), story
        assert end["consent"] is (False if complained else None), story
        assert (end["health"].sends, end["health"].bounced, end["health"].complained) == (1, hard, complained), story


def test_a_message_that_waits_to_go_again_and_has_arrived_goes_no_second_time(stack: Stack) -> None:
    world = World(stack, kind="digest")
    again = replace(world.claimed, state="queued", reason="again", due_at=NOW, version=3, values={"again": "1"})
    assert stack.app.outbox.save(again)

    world.told("delivered", 1)

    assert world.message().state == "sent"
    assert stack.app.outbox.due("demo", NOW + timedelta(days=1), 10) == []


def test_a_receipt_while_it_is_still_sending_settles_it_and_the_sweep_of_the_left_leaves_it(stack: Stack) -> None:
    world = World(stack)
    world.told("delivered", 1)
    stack.clock.at += timedelta(hours=2)
    stack.app.deliver.run()

    assert (world.message().state, world.message().reason) == ("sent", "delivered")
    assert stack.app.outbox.left_sending("demo", stack.clock.at) == []
    assert stack.channel.mails == []


def sends(world: World) -> list[str]:
    """The stamps that the cap counts."""
    item = world.app.parts.table.get(f"demo#M#{world.owner}", "sends")
    assert item is not None
    return item["at"]["S"].split()


def day_count(world: World) -> int:
    item = world.app.parts.table.get("demo#K#back30", NOW.astimezone(UTC).date().isoformat())
    assert item is not None
    return int(item["n"]["N"])


def test_a_definite_failure_gives_the_send_back_once(stack: Stack) -> None:
    world = World(stack)
    world.lost()
    assert (len(sends(world)), day_count(world)) == (1, 1)
    for _ in range(3):
        world.told("failed", 2, "bounce-permanent-general")
        world.objected("bounced", 2)

    assert (sends(world), day_count(world)) == ([], 0)
    assert world.message().sent_at is None


@pytest.mark.parametrize("story", [("lost", "delivery", "bounce"), ("saved", "sent", "bounce"), ("lost", "complaint")])
def test_what_arrived_or_was_accepted_is_not_given_back(stack: Stack, story: tuple[str, ...]) -> None:
    world = World(stack)
    for step in story:
        STEPS[step](world)
    assert (len(sends(world)), day_count(world)) == (1, 1)
    assert world.message().sent_at == NOW


# --- races: whoever reads first writes last ---


class Interposed:
    """An outbox before whose first saves something else happens: what a reader holds is then of the past."""

    def __init__(self, outbox: Any, *acts: Callable[[], None]) -> None:
        self._outbox = outbox
        self._acts = list(acts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outbox, name)

    def save(self, *given: Any) -> bool:
        if self._acts:
            self._acts.pop(0)()
        return bool(self._outbox.save(*given))


def feedback_over(world: World, outbox: Any) -> Feedback:
    app = world.app
    own = app.feedback._store
    parts = app.parts
    return Feedback(
        config=parts.config,
        store=own,
        outbox=outbox,
        members=app.members,
        marks=app.marks,
        vault=parts.vault,
        clock=parts.clock,
        counters=parts.counters,
    )


@pytest.mark.parametrize(("state", "ends"), [("delivered", "delivered"), ("failed", "undelivered")])
def test_a_receipt_between_the_call_and_its_save_loses_nothing(stack: Stack, state: str, ends: str) -> None:
    """Deliver has the answer in hand; before it saves, the receipt settles the row. The save is lost, and nothing else."""
    world = World(stack)
    outbox = Interposed(stack.app.outbox, lambda: world.told(state, 1))

    def sent(message: Message, place: Place) -> None:
        stack.app.feedback.sent(message, place.platform, place.account, message.provider_id)

    handing = Handing(outbox=outbox, sent=sent, clock=stack.clock, counters=stack.counters)
    handing.over(world.claimed, lambda: world.provider, stack.config, place=Place("ses", "mail"), bounds=world.bounds)

    message = world.message()
    assert (message.state, message.reason, message.provider_id, message.sent_at) == ("sent", ends, world.provider, NOW)
    assert world.end()["cell"] == {f"sent:{ends}": 1}


@pytest.mark.parametrize("answer", [OutcomeUnknown("cut"), Permanent("refused", "no"), Retriable("later", "no")])
def test_what_has_arrived_is_not_undone_by_a_worse_answer_of_the_call(stack: Stack, answer: Exception) -> None:
    world = World(stack)
    outbox = Interposed(stack.app.outbox, lambda: world.told("delivered", 1))
    handing = Handing(outbox=outbox, sent=lambda *_: None, clock=stack.clock, counters=stack.counters)

    def send() -> str:
        raise answer

    handing.over(world.claimed, send, stack.config, place=Place("ses", "mail"), bounds=world.bounds)

    assert world.message().state == "sent"
    assert len(sends(world)) == 1, "it went, so that it counts"


def test_a_save_between_reading_and_settling_is_seen(stack: Stack) -> None:
    world = World(stack)
    late = feedback_over(world, Interposed(stack.app.outbox, world.saved, world.sent))
    late.receipt(Receipt("demo", "ses", "mail", world.provider, "failed", "bounce", NOW + timedelta(minutes=1), world.reference))
    world.sent()

    assert (world.message().state, world.message().reason) == ("sent", "undelivered")
    assert len(sends(world)) == 1


def test_many_tellers_at_once_end_as_one(engine: Any) -> None:
    stack = Stack(engine)
    expected = played(stack, STORIES[3], 1)
    world = World(stack)
    steps = [step for step in STORIES[3] * 3 if step != "saved"]
    random.Random(7).shuffle(steps)

    def again(step: str) -> None:
        for _ in range(50):  # contended: the queue brings it again
            try:
                STEPS[step](world)
            except Retriable:
                continue
            return
        raise AssertionError(f"{step} never came through")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(again, ["saved", *steps]))

    assert world.end() == expected


# --- crashes ---


class Breaks:
    """A table whose n-th write does not happen: the process died before it."""

    def __init__(self, table: Table, at: int) -> None:
        self._table = table
        self._left = at

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._table, name)
        if name not in ("put", "update", "transact", "delete"):
            return found

        def write(*given: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                raise Retriable("table-unavailable", "died")
            return found(*given, **named)

        return write


@pytest.mark.parametrize("story", [STORIES[3], STORIES[5], STORIES[7]], ids=" > ".join)
def test_a_crash_at_any_write_heals_when_it_is_told_again(moto_engine: Any, story: tuple[str, ...]) -> None:
    expected = played(Stack(moto_engine), story)
    for at in range(1, 30):
        stack = Stack(moto_engine)
        whole = stack.app.parts.table
        parts: list[Any] = [stack.app.outbox, stack.app.members, stack.app.marks, stack.app.feedback._store]
        world = World(stack)
        for part in parts:
            part._table = Breaks(whole, at) if part is parts[0] else parts[0]._table
        died = False
        for step in story:
            try:
                STEPS[step](world)
            except Retriable:
                died = True
                STEPS[step](world)
        found = world.end()
        assert found == expected, f"died before write {at}"
        if not died:
            return
    raise AssertionError("a story of more writes than were tried")


# --- addresses ---


def refused(stack: Stack, address: str, channel: str = "email") -> str | None:
    kind = "phone" if channel == "sms" else "email"
    return stack.app.members.suppressed("demo", stack.app.parts.vault.lookup("demo", kind, address), channel)


@pytest.mark.fault(56)
def test_a_refused_address_is_refused_in_every_spelling_and_in_no_other_channel(stack: Stack) -> None:
    world = World(stack)
    world.objected("bounced", 1, "Ana@xn--bcher-kva.example")

    assert refused(stack, "ana@bücher.example") == refused(stack, "ana@xn--bcher-kva.example") == "bounced"
    assert refused(stack, "ana@bucher.example") is None
    assert refused(stack, "ana@bücher.example", "sms") is None


def test_a_refused_number_is_refused(stack: Stack) -> None:
    objection = Objection("demo", "sms", "acme", "sms", "+12065550123", "bounced", "m1", None, NOW)
    stack.app.feedback.objection(objection)

    assert refused(stack, "+12065550123", "sms") == "bounced"


def test_no_address_lies_in_the_table_and_none_is_counted(stack: Stack) -> None:
    world = World(stack)
    world.saved()
    for why in ("bounced", "complained", "listed", "unsubscribed"):
        world.objected(why, 1)
    pages = stack.dynamodb.get_paginator("scan").paginate(TableName=stack.app.parts.table.name)

    assert "ana@" not in "".join(str(page["Items"]) for page in pages)
    assert "ana@" not in str(stack.counters.__dict__)


@pytest.mark.parametrize(
    ("why", "bounced", "complained"), [("listed", 0, 0), ("unsubscribed", 0, 0), ("bounced", 1, 0), ("complained", 0, 1)]
)
def test_only_what_the_provider_tried_counts_against_the_channel(stack: Stack, why: str, bounced: int, complained: int) -> None:
    world = World(stack)
    world.saved()
    world.sent()
    world.objected(why, 1)

    health = stack.app.feedback.health("demo", "email")
    assert (health.sends, health.bounced, health.complained) == (1, bounced, complained)
    assert refused(stack, ADDRESS) == why


def test_a_message_of_nobody_is_left_alone(stack: Stack) -> None:
    world = World(stack)
    world.reference = reference("nobody", "nothing")
    world.told("failed", 1, "bounce")
    assert world.message() == world.claimed


# --- a channel that stops ---


def sending(stack: Stack, count: int, *, bounced: int = 0, complained: int = 0, first: int = 0, at: datetime = NOW) -> None:
    """Marketing sends as rows of their own: what health is worked out from."""
    store = stack.app.feedback._store
    for number in range(first, first + count):
        place = at + timedelta(milliseconds=number)
        flags = {"bounced": number - first < bounced, "complained": number - first < complained}
        store.note_send("demo", "email", place, f"o#m{number}", **flags)
        if any(flags.values()):
            store.note_send("demo", "email", place, f"o#m{number}")  # told again, with less
    stack.app.feedback._watch("demo", "email")


@pytest.mark.fault(57)
def test_a_channel_stops_itself_until_ops_resumes_and_then_looks_at_what_is_new(moto_stack: Stack) -> None:
    feedback = moto_stack.app.feedback
    sending(moto_stack, 200, bounced=8)
    assert feedback.halted("demo", "email") is None, "nobody has looked yet"

    assert feedback.check() == ("email",)
    assert feedback.halted("demo", "email") == "bounces"
    assert feedback.halted("demo", "sms") is None
    assert feedback.check() == ("email",), "it stays so, and goes on being told"

    moto_stack.clock.at += timedelta(hours=1)
    assert feedback.resume("demo", "email")
    assert not feedback.resume("demo", "email"), "it goes already"
    assert feedback.check() == ()
    assert feedback.halted("demo", "email") is None

    sending(moto_stack, 4, bounced=4, first=1_000, at=moto_stack.clock.at + timedelta(minutes=1))
    assert feedback.check() == (), "four of four say too little"
    sending(moto_stack, 1, bounced=1, first=2_000, at=moto_stack.clock.at + timedelta(minutes=2))
    assert feedback.check() == ("email",)


@pytest.mark.fault(57)
def test_only_the_last_thousand_sends_are_looked_at(moto_stack: Stack) -> None:
    sending(moto_stack, 50, bounced=50)
    sending(moto_stack, 1_000, first=50)
    assert moto_stack.app.feedback.check() == ()
    assert moto_stack.app.feedback.health("demo", "email").sends == 1_000


@pytest.mark.fault(57)
def test_one_complaint_of_a_full_window_stops_and_of_a_smaller_one_does_not(moto_stack: Stack) -> None:
    sending(moto_stack, 999, complained=1)
    assert moto_stack.app.feedback.check() == ()
    sending(moto_stack, 1, first=999)
    assert moto_stack.app.feedback.check() == ("email",)
    assert moto_stack.app.feedback.halted("demo", "email") == "complaints"


@pytest.mark.fault(57)
def test_two_that_look_at_once_stop_it_once(engine: Any) -> None:
    stack = Stack(engine)
    sending(stack, 5, bounced=5)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: stack.app.feedback.check(), range(4)))
    assert stack.app.feedback.halted("demo", "email") == "bounces"
    assert stack.app.marks.get("demo", "halted#email") is not None


def test_trouble_that_is_told_makes_the_channel_looked_at(stack: Stack) -> None:
    for number in range(1, 6):
        world = World(stack, number=number)
        world.claimed = replace(world.claimed, channel="email", version=3)
        assert stack.app.outbox.save(world.claimed)
        world.saved()
        world.sent()
        world.told("failed", 1, "bounce-permanent-general")
        world.objected("bounced", 1, f"a{number}@example.com")
    assert stack.app.feedback.check() == ("email",)


def test_a_digest_that_bounces_says_nothing_about_marketing(stack: Stack) -> None:
    world = World(stack, kind="digest")
    world.saved()
    world.sent()
    world.objected("bounced", 1)
    assert stack.app.feedback.health("demo", "email").sends == 0
