"""Pumps that move work to the handlers: from queues and on schedules. The stream's pump is in `streams`."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.toolkit.clocks import rfc3339, to_millis
from ops.runtime.invoke import ACCOUNT_ID, REGION, Function, Result
from ops.runtime.queue import MAX_BATCH, LocalQueue, Message, utc_now
from ops.runtime.workers import Workers

logger = logging.getLogger(__name__)

_LULL_SECONDS, _LOOK_SECONDS = 1.0, 0.01


class MalformedAnswer(ValueError):
    """A batch's answer that has not the form Lambda understands."""


def batch_failures(answer: Any, known: Collection[str]) -> list[str]:
    """The failed ids of a batch's answer, as `ReportBatchItemFailures` reads it.

    None, an empty object and an absent or empty list mean that all succeeded. Anything else that is not a list of
    `{"itemIdentifier": id}` with ids of this batch raises MalformedAnswer: the whole batch then counts as failed.
    """
    if answer is None:
        return []
    if not isinstance(answer, Mapping):
        raise MalformedAnswer(f"the answer is a {type(answer).__name__}, not an object")
    failures = answer.get("batchItemFailures")
    if failures is None:
        return []
    if not isinstance(failures, Sequence) or isinstance(failures, str):
        raise MalformedAnswer("batchItemFailures is not a list")
    found: list[str] = []
    for item in failures:
        one = item.get("itemIdentifier") if isinstance(item, Mapping) else None
        if not isinstance(one, str) or one not in known:
            raise MalformedAnswer("an itemIdentifier is missing or names no record of the batch")
        found.append(one)
    return found


def failures_of(result: Result, ids: Sequence[str], function: str) -> set[str]:
    """The ids that failed: those the answer names, all when the handler raised or answered nonsense."""
    if result.error is not None:
        return set(ids)
    try:
        return set(batch_failures(result.value, ids))
    except MalformedAnswer as error:
        logger.error("function %s: %s; the whole batch counts as failed", function, error)
        return set(ids)


def sqs_event(messages: Sequence[Message], arn: str) -> dict[str, Any]:
    """The event Lambda gets for a batch of messages."""
    return {"Records": [_sqs_record(message, arn) for message in messages]}


def _sqs_record(message: Message, arn: str) -> dict[str, Any]:
    first = message.first_received_at or message.sent_at
    attributes = {
        "ApproximateReceiveCount": str(message.receive_count),
        "SentTimestamp": str(to_millis(message.sent_at)),
        "SenderId": ACCOUNT_ID,
        "ApproximateFirstReceiveTimestamp": str(to_millis(first)),
    }
    if message.source is not None:
        attributes["DeadLetterQueueSourceArn"] = arn.rpartition(":")[0] + f":{message.source}"
    return {
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(message.body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }


class QueuePump:
    """Feeds a queue to a function in batches; deletes what succeeded, makes what failed visible again after `retry_after`.

    With `gives_way_to` it waits while something lies on that queue, a second at most, and takes one message at a time while that
    queue is in use: two lanes in one process share its interpreter, and history must not delay today.

    Messages are invisible for 6 times the function's time limit while it works, as SQS is set up in AWS. There a failed
    message waits that long; here only `retry_after`, so that a redrive to the dead-letter queue can be watched.
    """

    def __init__(
        self,
        queue: LocalQueue,
        function: Function,
        *,
        workers: int = 2,
        batch_size: int = MAX_BATCH,
        retry_after: timedelta = timedelta(seconds=1),
        poll_seconds: float = 0.5,
        after_batch: Callable[[], None] = lambda: None,
        awaited: bool = True,
        gives_way_to: LocalQueue | None = None,
    ) -> None:
        self.queue = queue
        self._awaited = awaited
        self._urgent = gives_way_to
        self._noticed = (0, float("-inf"))  # changes of the urgent queue as last seen, and when they were other than before
        self._held_since: float | None = None
        self.name = f"queue {queue.name}"
        self._function = function
        self._batch_size = batch_size
        self._retry_after = retry_after
        self._poll_seconds = poll_seconds
        self._after_batch = after_batch
        self._lock = threading.Lock()
        self.activity = 0
        self.late = 0
        self.workers = Workers(self.name, workers, self._step, wake=queue.wake)

    def poll(self) -> int:
        """Receive once and deliver; the number of messages received. Call it by hand when the pump is not started."""
        messages = self.queue.receive(self._limit(), visibility=6 * timedelta(seconds=self._function.timeout_seconds))
        if messages:
            with self._lock:
                self.activity += 1
            self._deliver(messages)
            self._after_batch()
        return len(messages)

    def idle(self) -> bool:
        """Nothing waits, is delayed or in flight; where what is delayed is not awaited, that does not matter."""
        if self._awaited or self.queue.empty():
            return self.queue.empty()
        depth = self.queue.depth()
        return depth.visible + depth.in_flight == 0

    def status(self) -> str:
        """One line for people."""
        depth = self.queue.depth()
        return f"{self.name}: {depth.visible} visible, {depth.in_flight} in flight, {depth.delayed} delayed"

    def _limit(self) -> int:
        """How many messages are taken at once."""
        if self._urgent is None:
            return self._batch_size
        now, changes = time.monotonic(), self._urgent.changes
        if changes != self._noticed[0]:
            self._noticed = (changes, now)
        return self._batch_size if now - self._noticed[1] > _LULL_SECONDS else 1

    def _holds_back(self) -> bool:
        """Whether something more urgent waits, and has not made this queue wait for too long."""
        if self._urgent is None or self._urgent.empty():
            self._held_since = None
            return False
        now = time.monotonic()
        self._held_since = self._held_since or now
        if now - self._held_since < _LULL_SECONDS:
            return True
        self._held_since = None
        return False

    def _step(self, stopping: threading.Event) -> None:
        if self._holds_back():
            stopping.wait(_LOOK_SECONDS)
            return
        seen = self.queue.changes
        if not self.poll() and not stopping.is_set():
            self.queue.wait(seen, self._poll_seconds)

    def _deliver(self, messages: Sequence[Message]) -> None:
        result = self._function.invoke(sqs_event(messages, self.queue.arn))
        failed = failures_of(result, [message.message_id for message in messages], self._function.name)
        done = [message.receipt_handle for message in messages if message.message_id not in failed]
        again = [message.receipt_handle for message in messages if message.message_id in failed]
        stale = self.queue.delete(done) if done else []
        if again:
            stale += self.queue.change_visibility(again, self._retry_after)
        if stale:
            with self._lock:
                self.late += len(stale)
            logger.warning("%s: %d messages came back before their handler was done", self.name, len(stale))


@dataclass(frozen=True, slots=True)
class Schedule:
    """A handler called every so often. `input` is what EventBridge Scheduler passes as the event; None: its own envelope."""

    name: str
    every: timedelta
    input: Mapping[str, Any] | None = None
    handler: str | None = None

    @property
    def handler_name(self) -> str:
        """The handler's name in the wiring; the schedule's own unless given."""
        return self.handler or self.name


def schedule_event(schedule: Schedule, at: datetime) -> dict[str, Any]:
    """The event EventBridge Scheduler delivers: the configured input verbatim, else its standard envelope."""
    if schedule.input is not None:
        return dict(json.loads(json.dumps(schedule.input)))
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT_ID,
        "time": rfc3339(at.replace(microsecond=0)),
        "region": REGION,
        "resources": [f"arn:aws:scheduler:{REGION}:{ACCOUNT_ID}:schedule/default/{schedule.name}"],
        "detail": "{}",
    }


class SchedulePump:
    """Calls one handler every so often; the first time one interval after construction.

    Missed ticks are not made up: after a pause the handler runs once. A failed call is logged and counted, and the next
    tick comes as planned.
    """

    def __init__(
        self,
        schedule: Schedule,
        function: Function,
        *,
        now: Callable[[], datetime] = utc_now,
        poll_seconds: float = 0.5,
        after_run: Callable[[], None] = lambda: None,
    ) -> None:
        self.schedule = schedule
        self.name = f"schedule {schedule.name}"
        self._function = function
        self._now = now
        self._poll_seconds = poll_seconds
        self._after_run = after_run
        self._lock = threading.Lock()
        self._running = 0
        self.activity = 0
        self.failures = 0
        self.next_due = now() + schedule.every
        self.workers = Workers(self.name, 1, self._step)

    def run_due(self, now: datetime) -> bool:
        """Call the handler when its time has come; whether it did."""
        with self._lock:
            if now < self.next_due:
                return False
            missed = (now - self.next_due) // self.schedule.every
            self.next_due += self.schedule.every * (missed + 1)
        self.fire(now)
        return True

    def fire(self, now: datetime | None = None) -> Result:
        """Call the handler now, whatever the plan."""
        with self._lock:
            self._running += 1
            self.activity += 1
        try:
            result = self._function.invoke(schedule_event(self.schedule, now or self._now()))
        finally:
            with self._lock:
                self._running -= 1
        if result.error is not None:
            self.failures += 1
        self._after_run()
        return result

    def idle(self) -> bool:
        """No call is under way."""
        return self._running == 0

    def status(self) -> str:
        """One line for people."""
        return f"{self.name}: {'running' if self._running else 'waiting'}, {self.failures} failed"

    def _step(self, stopping: threading.Event) -> None:
        if not self.run_due(self._now()):
            stopping.wait(self._poll_seconds)
