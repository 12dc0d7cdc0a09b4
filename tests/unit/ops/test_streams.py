"""The stream pump delivers as Lambda does, and as badly as Lambda may."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.errors import Retriable
from ops.runtime.invoke import Function
from ops.runtime.positions import Positions
from ops.runtime.streams import Faults, Reader, StreamFailure, StreamPump
from tests.unit.ops.fake_stream import ARN, FakeStream

Event = dict[str, Any]
Seen = list[tuple[str, int]]
PROJECT = Reader("project", max_retries=2)


def values(event: Event) -> Seen:
    return [(one["dynamodb"]["Keys"]["pk"]["S"], int(one["dynamodb"]["NewImage"]["n"]["N"])) for one in event["Records"]]


class Recorder:
    """A handler that keeps every batch and fails those records that `bad` names, in the way asked for."""

    def __init__(self, bad: Sequence[int] = (), raises: bool = False) -> None:
        self.batches: list[Seen] = []
        self.done: Seen = []
        self._bad = set(bad)
        self._raises = raises

    def __call__(self, event: Event, _: Any) -> Any:
        batch = values(event)
        self.batches.append(batch)
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        failed = [number for number, (_, n) in zip(numbers, batch, strict=True) if n in self._bad]
        if failed and self._raises:
            raise ZeroDivisionError
        good = batch if not failed else batch[: next(place for place, (_, n) in enumerate(batch) if n in self._bad)]
        self.done += good
        return {"batchItemFailures": [{"itemIdentifier": one} for one in reversed(failed)]}


def pump(stream: FakeStream, handler: Callable[[Event, Any], Any], reader: Reader = PROJECT, **more: Any) -> StreamPump:
    return StreamPump(stream, ARN, reader, Function(reader.name, handler), retry_seconds=0, **more)


def run(one: StreamPump) -> None:
    while one.poll():
        pass


def filled(count: int) -> FakeStream:
    stream = FakeStream()
    for number in range(count):
        stream.write(f"k{number % 3}", number)
    return stream


def test_the_event_is_that_of_a_dynamodb_stream() -> None:
    seen: list[Event] = []
    stream = filled(1)
    stream.shards["shard-1"].records[0]["userIdentity"] = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    run(pump(stream, lambda event, _: seen.append(event)))

    (record,) = seen[0]["Records"]
    assert record["eventSourceARN"] == ARN
    assert record["userIdentity"] == {"principalId": "dynamodb.amazonaws.com", "type": "Service"}
    assert record["dynamodb"]["NewImage"]["raw"] == {"B": "/wA="}
    assert record["dynamodb"]["ApproximateCreationDateTime"] == 1795161600
    assert (record["eventName"], record["eventSource"], record["dynamodb"]["SequenceNumber"]) == ("INSERT", "aws:dynamodb", "101")
    assert json.loads(json.dumps(record)) == record


def test_batches_hold_at_most_a_hundred_and_come_in_order_over_pages() -> None:
    stream = filled(250)
    stream.page_size = 130
    handler = Recorder()
    run(pump(stream, handler))

    assert [len(batch) for batch in handler.batches] == [100, 30, 100, 20]
    assert [n for _, n in handler.done] == list(range(250))


def test_the_filter_looks_at_both_images_and_passes_the_rest_by() -> None:
    stream = FakeStream()
    stream.write("a", 1, kind="order")
    stream.write("b", 2, kind="fact")
    stream.write("c", 3, kind="tombstone", old_kind="order")
    stream.write("d", 4, kind="refund")
    handler = Recorder()
    positions = Positions(ARN)
    run(pump(stream, handler, Reader("project", frozenset({"order", "refund"})), positions=positions))
    stream.write("e", 5, kind="fact")
    run(pump(stream, handler, Reader("project", frozenset({"order", "refund"})), positions=positions))

    assert handler.done == [("a", 1), ("c", 3), ("d", 4)]
    assert positions.get("shard-1") == "105"


def test_the_lowest_reported_number_is_where_it_goes_on() -> None:
    stream = filled(4)
    handler = Recorder(bad=[2, 3])
    one = pump(stream, handler, Reader("project", max_retries=0))
    run(one)

    assert handler.done == [("k0", 0), ("k1", 1)]
    assert [[n for _, n in batch] for batch in handler.batches] == [[0, 1, 2, 3], [2, 3], [2], [3]]
    assert [failure.sequence_number for failure in one.failures] == ["103", "104"]


@pytest.mark.parametrize("raises", [True, False])
def test_bisecting_isolates_one_poison_record_and_all_others_are_done(raises: bool) -> None:
    stream = filled(100)
    handler = Recorder(bad=[37], raises=raises)
    notices: list[str] = []

    class Destination:
        def send(self, bodies: Sequence[str], *, delay_seconds: int = 0) -> None:
            notices.extend(bodies)

    one = pump(stream, handler, on_failure=Destination())
    run(one)

    assert [n for _, n in handler.done if n != 37] == [n for n in range(100) if n != 37]
    assert handler.batches.count([("k1", 37)]) == 3
    assert one.failures == [StreamFailure("project", "shard-1", "138", 3)]
    (notice,) = [json.loads(text) for text in notices]
    assert notice["DDBStreamBatchInfo"]["startSequenceNumber"] == "138"
    assert notice["requestContext"]["condition"] == "RetryAttemptsExhausted"


def test_a_record_is_not_passed_by_when_nobody_can_be_told() -> None:
    class Closed:
        def send(self, bodies: Sequence[str], *, delay_seconds: int = 0) -> None:
            raise Retriable("queue-unavailable")

    positions = Positions(ARN)
    one = pump(filled(2), Recorder(bad=[1]), positions=positions, on_failure=Closed())
    for _ in range(2):
        with pytest.raises(Retriable):
            one.poll()

    assert positions.get("shard-1") == "101"
    assert one.failures == []


def test_children_are_read_after_their_parents_and_pages_of_shards_are_followed() -> None:
    stream = filled(3)
    handler = Recorder()
    stream.page_size = 2
    one = pump(stream, handler)
    stream.split("shard-1", "shard-2", "shard-3")
    stream.split("shard-2", "shard-4")
    for shard, number in (("shard-4", 40), ("shard-3", 30), ("shard-2", 20)):
        stream.write("k9", number, shard=shard)
    run(one)

    order = [n for _, n in handler.done]
    assert order[:3] == [0, 1, 2]
    assert sorted(order[3:]) == [20, 30, 40]
    assert order.index(20) < order.index(40)


def test_a_restart_goes_on_after_the_last_record_done_with(tmp_path: Path) -> None:
    stream, handler, path = filled(3), Recorder(), tmp_path / "stream-project.json"
    run(pump(stream, handler, positions=Positions(ARN, path)))
    stream.write("k0", 3)
    run(pump(stream, handler, positions=Positions(ARN, path)))

    assert [n for _, n in handler.done] == [0, 1, 2, 3]
    assert "AFTER_SEQUENCE_NUMBER shard-1 103" in stream.calls
    assert Positions("another stream", path).get("shard-1") is None


def test_a_finished_shard_stays_finished_after_a_restart(tmp_path: Path) -> None:
    stream, handler, path = filled(2), Recorder(), tmp_path / "stream-project.json"
    stream.split("shard-1", "shard-2")
    run(pump(stream, handler, positions=Positions(ARN, path)))
    stream.write("k0", 9, shard="shard-2")
    run(pump(stream, handler, positions=Positions(ARN, path)))

    assert [n for _, n in handler.done] == [0, 1, 9]


def test_an_expired_iterator_is_renewed_where_it_was() -> None:
    stream, handler = filled(2), Recorder()
    one = pump(stream, handler)
    run(one)
    stream.expired.add("shard-1:2")
    stream.write("k2", 2)
    run(one)

    assert [n for _, n in handler.done] == [0, 1, 2]


def test_an_iterator_made_on_an_empty_shard_is_renewed_when_the_engine_calls_it_trimmed() -> None:
    stream, handler = filled(0), Recorder()
    one = pump(stream, handler)
    run(one)
    stream.trimmed.add("shard-1:0")
    stream.write("k0", 0)
    stream.write("k1", 1)
    run(one)

    assert [n for _, n in handler.done] == [0, 1]
    assert stream.calls.count("TRIM_HORIZON shard-1") == 2


def test_what_the_stream_forgot_is_said_and_the_rest_is_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    stream, handler, path = filled(2), Recorder(), tmp_path / "stream-project.json"
    run(pump(stream, handler, positions=Positions(ARN, path)))
    for number in (2, 3, 4):
        stream.write("k0", number)
    stream.shards["shard-1"].trimmed = 4
    with caplog.at_level(logging.ERROR):
        run(pump(stream, handler, positions=Positions(ARN, path)))

    assert [n for _, n in handler.done] == [0, 1, 4]
    assert "forgotten" in caplog.text


def test_two_readers_have_positions_of_their_own() -> None:
    stream, project, trigger = filled(2), Recorder(), Recorder()
    run(pump(stream, project))
    run(pump(stream, trigger, Reader("trigger")))

    assert project.done == trigger.done == [("k0", 0), ("k1", 1)]


def test_a_quiet_round_is_told_from_a_busy_one() -> None:
    stream = filled(1)
    one = pump(stream, Recorder())
    one.poll()
    assert not one.quiet_since(1)
    one.poll()
    assert one.quiet_since(2)
    assert not one.quiet_since(3)
    stream.write("k0", 5)
    one.poll()
    assert not one.quiet_since(2)


FAULTS = st.builds(
    Faults,
    seed=st.integers(0, 10_000),
    redeliver=st.sampled_from([0.0, 0.4, 1.0]),
    overlap=st.sampled_from([0.0, 0.4, 1.0]),
    shorten=st.sampled_from([0.0, 0.4, 1.0]),
    bisect=st.sampled_from([0.0, 0.4, 1.0]),
    delay=st.sampled_from([0.0, 0.4, 1.0]),
    reach=st.integers(1, 30),
)


@settings(max_examples=80, deadline=None)
@given(faults=FAULTS, keys=st.lists(st.sampled_from("abcd"), max_size=60), size=st.integers(1, 12), bad=st.booleans())
def test_under_any_faults_everything_comes_and_the_last_of_a_key_is_its_newest(
    faults: Faults, keys: list[str], size: int, bad: bool
) -> None:
    stream, handler = FakeStream(), Recorder(bad=[7] if bad else [])
    for number, key in enumerate(keys):
        stream.write(key, number)
    run(pump(stream, handler, Reader("project", batch_size=size, max_retries=1), faults=faults))

    written = [(key, number) for number, key in enumerate(keys) if not (bad and number == 7)]
    assert set(handler.done) == set(written)
    assert all(0 < len(batch) <= size for batch in handler.batches)
    first = list(dict.fromkeys(handler.done))
    assert first == written
    for key in set(keys):
        assert [one for one in handler.done if one[0] == key][-1:] == [one for one in written if one[0] == key][-1:]


@pytest.mark.parametrize("fault", ["redeliver", "overlap", "shorten", "bisect", "delay"])
def test_each_fault_changes_the_deliveries_and_a_seed_repeats_them(fault: str) -> None:
    def deliveries(faults: Faults) -> tuple[list[Seen], int]:
        handler = Recorder()
        one = pump(filled(40), handler, Reader("project", batch_size=10), faults=faults)
        run(one)
        return handler.batches, one.rounds_done

    kind = deliveries(Faults(seed=3))
    unkind = deliveries(Faults(**{"seed": 3, fault: 0.8}))  # type: ignore[arg-type]
    assert unkind != kind
    assert unkind == deliveries(Faults(**{"seed": 3, fault: 0.8}))  # type: ignore[arg-type]
