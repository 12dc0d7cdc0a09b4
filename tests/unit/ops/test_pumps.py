"""Queue and schedule pumps deliver as Lambda's event sources do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.toolkit.clocks import to_millis
from ops.runtime.invoke import Function
from ops.runtime.pumps import MalformedAnswer, QueuePump, Schedule, SchedulePump, batch_failures
from ops.runtime.queue import Depth, LocalQueues, open_queues
from tests.unit.ops.clock import Clock

Event = dict[str, Any]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queues(clock: Clock) -> Iterator[LocalQueues]:
    opened = open_queues(now=clock, max_receive_count=3)
    yield opened
    opened.close()


def pump(queues: LocalQueues, handler: Callable[[Event, Any], Any], retry_seconds: int = 1) -> QueuePump:
    function = Function("normalise", handler, timeout_seconds=20)
    return QueuePump(queues.inbound, function, retry_after=timedelta(seconds=retry_seconds))


def failing(*bad: str) -> Callable[[Event, Any], Any]:
    """A handler that reports the records with these bodies."""

    def handler(event: Event, _: Any) -> Any:
        failed = [record["messageId"] for record in event["Records"] if record["body"] in bad]
        return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}

    return handler


def test_the_event_is_that_of_sqs(queues: LocalQueues, clock: Clock) -> None:
    seen: list[Event] = []
    sent = to_millis(clock())
    queues.inbound.send(['{"回": 1}'])
    clock.tick(3)
    pump(queues, lambda event, _: seen.append(event)).poll()

    (record,) = seen[0]["Records"]
    assert record.pop("messageId") and record.pop("receiptHandle")
    assert record == {
        "body": '{"回": 1}',
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": str(sent),
            "SenderId": "000000000000",
            "ApproximateFirstReceiveTimestamp": str(sent + 3000),
        },
        "messageAttributes": {},
        "md5OfBody": hashlib.md5('{"回": 1}'.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:inbound",
        "awsRegion": "us-east-1",
    }


def test_the_context_is_that_of_lambda(queues: LocalQueues) -> None:
    seen: list[Any] = []
    queues.inbound.send(["a"])
    pump(queues, lambda _, context: seen.append(context)).poll()

    (context,) = seen
    assert context.function_name == "normalise"
    assert context.invoked_function_arn.endswith(":function:normalise")
    assert context.aws_request_id
    assert 0 < context.get_remaining_time_in_millis() <= 20_000


def test_a_batch_holds_ten_and_what_succeeded_is_deleted(queues: LocalQueues) -> None:
    sizes: list[int] = []
    queues.inbound.send([str(number) for number in range(12)])
    one = pump(queues, lambda event, _: sizes.append(len(event["Records"])))

    assert (one.poll(), one.poll(), one.poll()) == (10, 2, 0)
    assert sizes == [10, 2]
    assert one.idle()


def test_of_a_partly_failed_batch_only_the_failed_come_again(queues: LocalQueues, clock: Clock) -> None:
    queues.inbound.send(["good", "bad", "fine"])
    one = pump(queues, failing("bad"))
    one.poll()

    assert queues.inbound.depth() == Depth(0, 1, 0)
    assert one.poll() == 0
    clock.tick(1)
    assert [message.body for message in queues.inbound.peek()] == ["bad"]
    assert one.poll() == 1


def test_while_the_handler_works_its_messages_are_invisible_for_six_times_its_limit(queues: LocalQueues, clock: Clock) -> None:
    depths: list[Depth] = []

    def handler(_: Event, __: Any) -> None:
        for seconds in (119, 1):
            clock.tick(seconds)
            depths.append(queues.inbound.depth())

    queues.inbound.send(["a"])
    pump(queues, handler).poll()

    assert depths == [Depth(0, 1, 0), Depth(1, 0, 0)]


@pytest.mark.parametrize(
    "answer",
    [
        "ok",
        [],
        {"batchItemFailures": "x"},
        {"batchItemFailures": [{"id": "x"}]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"itemIdentifier": "somebody else's"}]},
        {"batchItemFailures": ["x"]},
        ZeroDivisionError("boom"),
    ],
)
def test_nonsense_or_an_exception_fails_the_whole_batch(queues: LocalQueues, clock: Clock, answer: Any) -> None:
    def handler(_: Event, __: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    queues.inbound.send(["a", "b"])
    pump(queues, handler).poll()

    assert queues.inbound.depth() == Depth(0, 2, 0)
    clock.tick(1)
    assert queues.inbound.depth() == Depth(2, 0, 0)


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": None}, {"batchItemFailures": []}])
def test_an_empty_answer_is_success(answer: Any) -> None:
    assert batch_failures(answer, ["a"]) == []


def test_known_failures_are_read_in_order() -> None:
    answer = {"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": "a"}]}

    assert batch_failures(answer, ["a", "b", "c"]) == ["b", "a"]
    with pytest.raises(MalformedAnswer):
        batch_failures(answer, ["a"])


@pytest.mark.fault(36)
def test_a_poison_message_ends_in_the_dead_letters_and_its_nine_neighbours_are_done_once(queues: LocalQueues, clock: Clock) -> None:
    done: list[str] = []
    report = failing("poison")

    def handler(event: Event, context: Any) -> Any:
        done.extend(record["body"] for record in event["Records"] if record["body"] != "poison")
        return report(event, context)

    queues.inbound.send(["poison", *(str(number) for number in range(9))])
    one = pump(queues, handler)
    for _ in range(6):
        one.poll()
        clock.tick(1)

    assert sorted(done) == [str(number) for number in range(9)]
    assert queues.inbound.depth().total == 0
    assert [message.receive_count for message in queues.inbound_dead.peek()] == [3]


def test_a_redriven_message_names_no_source_and_one_read_from_the_dead_letters_does(queues: LocalQueues, clock: Clock) -> None:
    queues.inbound.send(["poison"])
    one = pump(queues, failing("poison"))
    for _ in range(4):
        one.poll()
        clock.tick(1)
    seen: list[Event] = []

    def look(event: Event, _: Any) -> str:
        seen.append(event)
        return "not an answer, so the message stays"

    QueuePump(queues.inbound_dead, Function("look", look)).poll()
    clock.tick(60)
    queues.inbound_dead.redrive_to(queues.inbound)
    pump(queues, lambda event, _: seen.append(event)).poll()

    assert seen[0]["Records"][0]["attributes"]["DeadLetterQueueSourceArn"] == "arn:aws:sqs:us-east-1:000000000000:inbound"
    assert "DeadLetterQueueSourceArn" not in seen[1]["Records"][0]["attributes"]
    assert seen[1]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1"


def test_a_handler_slower_than_its_visibility_is_counted_as_late(queues: LocalQueues, clock: Clock) -> None:
    def handler(_: Event, __: Any) -> None:
        clock.tick(121)
        queues.inbound.receive()

    queues.inbound.send(["a"])
    one = pump(queues, handler)
    one.poll()

    assert one.late == 1
    assert not one.idle()


def schedule_pump(clock: Clock, schedule: Schedule, handler: Callable[[Event, Any], Any]) -> SchedulePump:
    return SchedulePump(schedule, Function("sweep", handler), now=clock)


def test_a_schedule_runs_once_per_interval_and_makes_up_no_missed_ticks(clock: Clock) -> None:
    runs: list[str] = []
    one = schedule_pump(clock, Schedule("sweep", timedelta(minutes=5)), lambda event, _: runs.append(event["time"]))

    assert one.run_due(clock()) is False
    clock.tick(300)
    assert one.run_due(clock()) is True
    assert one.run_due(clock()) is False
    clock.tick(300 * 7 + 10)
    assert one.run_due(clock()) is True
    assert one.run_due(clock()) is False
    clock.tick(290)
    assert one.run_due(clock()) is True
    assert runs == ["2026-11-20T08:05:00Z", "2026-11-20T08:40:10Z", "2026-11-20T08:45:00Z"]


def test_the_scheduled_event_is_that_of_eventbridge_scheduler(clock: Clock) -> None:
    seen: list[Event] = []
    schedule_pump(clock, Schedule("sweep", timedelta(minutes=5)), lambda event, _: seen.append(event)).fire()
    given = {"merchant": "demo", "steps": ["a"]}
    with_input = schedule_pump(clock, Schedule("sweep", timedelta(minutes=5), given), lambda event, _: event["steps"].append("x"))
    with_input.fire()

    assert seen[0].pop("id")
    assert seen[0] == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "000000000000",
        "time": "2026-11-20T08:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:scheduler:us-east-1:000000000000:schedule/default/sweep"],
        "detail": "{}",
    }
    assert given == json.loads('{"merchant": "demo", "steps": ["a"]}')


def test_a_failed_run_is_counted_and_the_next_comes_as_planned(clock: Clock) -> None:
    def handler(_: Event, __: Any) -> None:
        raise ZeroDivisionError

    one = schedule_pump(clock, Schedule("sweep", timedelta(minutes=5)), handler)
    for _ in range(2):
        clock.tick(300)
        assert one.run_due(clock()) is True

    assert (one.failures, one.idle()) == (2, True)
