"""Random histories: the queue and a few lines that say what SQS does must agree after every step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from ops.runtime.queue import Depth, open_queues
from tests.unit.ops.clock import Clock

HIDDEN_SECONDS = 30
MOST = 3


@dataclass
class Expected:
    """One message as the model sees it."""

    body: str
    visible_at: float
    order: int
    receives: int = 0
    handle: str | None = None


class QueueModel(RuleBasedStateMachine):
    """The model is a list; every operation is written in the plainest way."""

    handles = Bundle("handles")

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.now = 0.0
        self.order = 0
        self.queues = open_queues(now=self.clock, visibility=timedelta(seconds=HIDDEN_SECONDS), max_receive_count=MOST)
        self.live: list[Expected] = []
        self.dead: list[Expected] = []

    def teardown(self) -> None:
        self.queues.close()

    @rule(count=st.integers(1, 12), delay=st.sampled_from([0, 0, 0, 5, 60]))
    def send(self, count: int, delay: int) -> None:
        new = [Expected(f"m{self.order + number}", self.now + delay, self.order + number) for number in range(count)]
        self.order += count
        self.queues.inbound.send([one.body for one in new], delay_seconds=delay)
        self.live += new

    @rule(seconds=st.sampled_from([1, 5, 29, 30, 61]))
    def tick(self, seconds: int) -> None:
        self.now += seconds
        self.clock.tick(seconds)

    @rule(target=handles, limit=st.integers(1, 10))
    def receive(self, limit: int) -> list[str]:
        got = self.queues.inbound.receive(limit)
        expected: list[Expected] = []
        for one in sorted((one for one in self.live if one.visible_at <= self.now), key=lambda one: (one.visible_at, one.order)):
            if len(expected) == limit:
                break
            if one.receives >= MOST:
                # The queue looks at a page at a time, so those behind the last one delivered stay where they are.
                self.live.remove(one)
                self.dead.append(one)
                continue
            expected.append(one)
        assert [message.body for message in got] == [one.body for one in expected]
        for one, message in zip(expected, got, strict=True):
            one.receives += 1
            one.handle = message.receipt_handle
            one.visible_at = self.now + HIDDEN_SECONDS
            assert message.receive_count == one.receives
        return [message.receipt_handle for message in got]

    @rule(batch=handles)
    def delete(self, batch: list[str]) -> None:
        current = {one.handle for one in self.live if one.handle is not None}
        assert self.queues.inbound.delete(batch) == [handle for handle in batch if handle not in current]
        self.live = [one for one in self.live if one.handle is None or one.handle not in batch]

    @rule(batch=handles, seconds=st.sampled_from([0, 3, 45]))
    def change_visibility(self, batch: list[str], seconds: int) -> None:
        current = {one.handle: one for one in self.live if one.handle is not None}
        stale = self.queues.inbound.change_visibility(batch, timedelta(seconds=seconds))
        assert stale == [handle for handle in batch if handle not in current]
        for handle in batch:
            if handle in current:
                current[handle].visible_at = self.now + seconds

    @rule()
    def redrive(self) -> None:
        assert self.queues.inbound_dead.redrive_to(self.queues.inbound) == len(self.dead)
        back = [self.queues.inbound.peek(10_000)[len(self.live) + place].body for place in range(len(self.dead))]
        assert sorted(back) == sorted(one.body for one in self.dead)
        for body in back:
            self.live.append(Expected(body, self.now, self.order))
            self.order += 1
        self.dead = []

    @invariant()
    def depths_agree(self) -> None:
        visible = sum(one.visible_at <= self.now for one in self.live)
        delayed = sum(one.visible_at > self.now and one.handle is None for one in self.live)
        assert self.queues.inbound.depth() == Depth(visible, len(self.live) - visible - delayed, delayed)
        assert self.queues.inbound_dead.depth() == Depth(len(self.dead), 0, 0)

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        held = self.queues.inbound.peek(10_000) + self.queues.inbound_dead.peek(10_000)
        assert sorted(message.body for message in held) == sorted(one.body for one in self.live + self.dead)


TestQueueModel = QueueModel.TestCase
TestQueueModel.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
