"""The process dies at every border of its effects, before or after each; what retries then ends as if it had not.

A read has no effect, so that dying at it is the same as dying at the effect before: only effects are borders.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest

from chalicelib.domain.periods import period_of
from tests.functional.exactness.digests import plainly
from tests.functional.exactness.lapsed import ONE_DAY, lapse, messages
from tests.functional.exactness.test_permutations import bare
from tests.functional.exactness.world import DELIVERIES, deliver, keys, read_orders, reckoned
from tests.functional.stack import Stack, shared_client

EFFECTS = ("put_item", "batch_write_item", "update_item", "delete_item", "transact_write_items")
STORY = [each for each in DELIVERIES if each.order_id in ("E3", "E4")]
DAYS = (date(2026, 11, 1), date(2026, 11, 2))
DAY = date(2026, 11, 2)
STRIDE = {"moto": 1, "dynamodb-local": 7}


class Crash(BaseException):
    """The process dies here."""


@dataclass
class Fuse:
    """Blows once, at the `left`-th effect after it was armed: before it or after it."""

    left: int
    before: bool
    armed: bool = False
    blown: bool = False

    def around(self, effect: Callable[..., Any]) -> Callable[..., Any]:
        """The effect, with its borders."""

        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not self.armed or self.blown:
                return effect(*args, **kwargs)
            self.left -= 1
            self.blown = self.left == 0
            if self.blown and self.before:
                raise Crash
            result = effect(*args, **kwargs)
            if self.blown:
                raise Crash
            return result

        return guarded


class FusedEngine:
    """An engine whose writes have borders."""

    fresh = True

    def __init__(self, engine: Any, fuse: Fuse) -> None:
        self._engine = engine
        self._fuse = fuse
        self.name = engine.name

    def client(self, service: str) -> Any:
        return _FusedClient(shared_client(self._engine, service), self._fuse)


class _FusedClient:
    def __init__(self, client: Any, fuse: Fuse) -> None:
        self._client = client
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return self._fuse.around(found) if name in EFFECTS else found


class Scenario(NamedTuple):
    """What stands before, the step that dies and is run again as its source would, and what it came to."""

    prepare: Callable[[Stack], None]
    step: Callable[[Stack], Any]
    outcome: Callable[[Stack], Any]


def handle_queue(stack: Stack) -> None:
    """As SQS does it: a message leaves the queue when it was handled."""
    while stack.inbound.bodies:
        stack.app.normalise.handle(stack.inbound.bodies[0])
        stack.inbound.bodies.pop(0)


def state(stack: Stack) -> Any:
    """Orders, sums, people."""
    stack.settle()
    told = read_orders(stack, STORY)
    for key in keys(STORY):
        if key.order_id in told:
            assert stack.app.orders.history(key), "an order without a history row"
    assert not stack.app.work.quarantined("demo")
    return bare(told), reckoned(stack.app.reckoning, days=DAYS)


def receive_one(stack: Stack) -> None:
    """A platform delivers until it is answered with 2xx."""
    deliver(stack, STORY[:1])
    assert stack.inbound.bodies, "acknowledged and not on the queue"


def queued(stack: Stack) -> None:
    deliver(stack, STORY)


def counted(stack: Stack) -> None:
    queued(stack)
    stack.settle()


def normalised(stack: Stack) -> None:
    queued(stack)
    stack.normalise()
    stack.kept = stack.records()  # type: ignore[attr-defined]  # the stream keeps a batch until it went through


def project(stack: Stack) -> None:
    stack.project(stack.kept)  # type: ignore[attr-defined]


def lapsed_members(stack: Stack) -> None:
    stack.lapsed = lapse(stack, 2)  # type: ignore[attr-defined]


def drawn(stack: Stack) -> Any:
    found = messages(stack, stack.lapsed)  # type: ignore[attr-defined]
    return sorted((m.message_id[: len("back30-2026-10-21")], m.state, m.arm) for m in found)


def digests(stack: Stack) -> Any:
    stack.app.deliver.run()
    stack.app.deliver.run()
    # Whose it is differs from world to world: keyed hashes are made under each one's own key.
    return [(mail.tags["kind"], mail.rendered.subject) for mail in stack.channel.mails]


SCENARIOS = {
    "receive": Scenario(lambda _stack: None, receive_one, state),
    "normalise": Scenario(queued, handle_queue, state),
    "project": Scenario(normalised, project, state),
    "sweep": Scenario(lapsed_members, lambda stack: stack.sweep(), drawn),
    "digest": Scenario(counted, lambda stack: stack.app.digest.queue(period_of("day", DAY)), digests),
}


def fused(engine: Any, fuse: Fuse) -> Stack:
    stack = Stack(FusedEngine(engine, fuse), ONE_DAY)
    for part, name in ((stack.inbound, "send"), (stack.archive, "put"), (stack.channel, "send")):
        setattr(part, name, fuse.around(getattr(part, name)))
    return plainly(stack)  # what a digest looks like has no borders, and takes its time


def crashed(engine: Any, scenario: Scenario, fuse: Fuse) -> Any:
    """Run, die, run again; returns the outcome."""
    stack = fused(engine, fuse)
    scenario.prepare(stack)
    fuse.armed = True
    try:
        scenario.step(stack)
    except Crash:
        scenario.step(stack)
    fuse.armed = False
    return scenario.outcome(stack)


@pytest.mark.fault(28)
@pytest.mark.fault(24)
@pytest.mark.parametrize("name", SCENARIOS)
def test_dying_at_any_effect_ends_as_if_nothing_had_happened(engine: Any, name: str) -> None:
    scenario = SCENARIOS[name]
    wanted = crashed(engine, scenario, Fuse(0, before=True))
    assert wanted
    borders = 0
    for before in (True, False):
        border = 1
        while True:
            fuse = Fuse(border, before=before)
            assert crashed(engine, scenario, fuse) == wanted, f"{'before' if before else 'after'} effect {border}"
            if not fuse.blown:
                break
            borders += 1
            border += STRIDE[engine.name]
    assert borders >= (2 if name == "receive" or engine.name != "moto" else 6)


@pytest.mark.fault(25)
@pytest.mark.fault(24)
def test_dying_while_delivering_sends_nothing_twice(engine: Any) -> None:
    """Between claim and answer nobody knows whether the mail went: the row ends as `unknown`, and nothing goes again."""
    seen = set()
    for before in (True, False):
        border = 1
        while True:
            fuse = Fuse(border, before=before)
            stack = fused(engine, fuse)
            members = lapse(stack, 2)
            assert stack.sweep() == 2
            fuse.armed = True
            with suppress(Crash):
                stack.app.deliver.run()
            fuse.armed = False
            for _ in range(3):
                stack.app.deliver.run()
                stack.clock.at += timedelta(hours=1)
                stack.app.tick.beat()
                stack.project()
            recipients = [mail.recipient for mail in stack.channel.mails]
            assert len(set(recipients)) == len(recipients), "a member was written to twice"
            for message in messages(stack, members):
                assert message.state in ("sent", "unknown"), message.state
                assert message.decision, "no decision on record"
                seen.add(message.state)
            sent = sum(message.state == "sent" for message in messages(stack, members))
            assert sent <= len(recipients) <= 2
            if not fuse.blown:
                assert sent == 2
                break
            border += 1
    assert seen == {"sent", "unknown"}


def test_a_queue_that_refuses_is_answered_503_and_nothing_is_lost(moto_stack: Stack) -> None:
    body = STORY[0].body
    moto_stack.inbound.refuse = True
    assert moto_stack.push("generic", "erp", body) == 503
    assert not moto_stack.inbound.bodies
    moto_stack.inbound.refuse = False
    assert moto_stack.push("generic", "erp", body) == 200
    assert len(moto_stack.inbound.bodies) == 1
    moto_stack.settle()
    assert len(read_orders(moto_stack, STORY[:1])) == 1


class _AcknowledgesFirst:
    """The saboteur: a queue that says yes and keeps the message in memory."""

    def send(self, bodies: Any, *, delay_seconds: int = 0) -> None:
        """Lost with the process."""


@pytest.mark.fault(24, saboteur=True)
def test_the_receive_border_catches_a_queue_that_only_says_yes(moto_stack: Stack) -> None:
    moto_stack.inbound.send = _AcknowledgesFirst().send  # type: ignore[method-assign]
    with pytest.raises(AssertionError, match="not on the queue"):
        receive_one(moto_stack)
