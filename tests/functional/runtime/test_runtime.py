"""The runtime as a whole: a request goes through queue, table, stream and back into the queue, and everything stops cleanly."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ops.runtime.pumps import Schedule
from ops.runtime.queue import LocalQueues, open_queues
from ops.runtime.runtime import AlreadyRunning, Lane, NotSettled, Runtime, Stream, Wiring
from ops.runtime.streams import Faults, Reader
from tests.functional.runtime.worlds import Table, make_table
from tests.kit.engines import Engine

ROUTES = {"/webhooks/{platform}/{account}": ["POST"]}
READERS = (Reader("project", frozenset({"order"})), Reader("trigger", frozenset({"order"})))


class Application:
    """Handlers in miniature: http queues, normalise writes, project and trigger note; trigger sends work back once."""

    def __init__(self, queues: LocalQueues, table: Table) -> None:
        self.queues = queues
        self.table = table
        self.projected: list[int] = []
        self.triggered: list[int] = []
        self.swept = 0
        self._lock = threading.Lock()

    def http(self, event: dict[str, Any], _: Any) -> Any:
        number = int(event["queryStringParameters"]["n"])
        self.queues.inbound.send([json.dumps({"n": number, "kind": "order"})])
        return {"statusCode": 200, "body": "ok"}

    def normalise(self, event: dict[str, Any], _: Any) -> Any:
        for record in event["Records"]:
            work = json.loads(record["body"])
            if work["kind"] == "poison":
                raise ZeroDivisionError
            self.table.put(f"{work['kind']}-{work['n']}", work["n"], work["kind"])
        return {"batchItemFailures": []}

    def project(self, event: dict[str, Any], _: Any) -> None:
        with self._lock:
            self.projected += [int(record["dynamodb"]["NewImage"]["n"]["N"]) for record in event["Records"]]

    def trigger(self, event: dict[str, Any], _: Any) -> None:
        for record in event["Records"]:
            number = int(record["dynamodb"]["NewImage"]["n"]["N"])
            self.queues.bulk.send([json.dumps({"n": number, "kind": "note"})])
            with self._lock:
                self.triggered.append(number)

    def sweep(self, _: dict[str, Any], __: Any) -> None:
        self.swept += 1

    def wiring(self, **more: Any) -> Wiring:
        names = ("http", "normalise", "project", "trigger", "sweep")
        faults = more.pop("faults", None)
        return Wiring(
            handlers={name: getattr(self, name) for name in names},
            routes=ROUTES,
            lanes=(Lane(self.queues.inbound), Lane(self.queues.bulk, workers=1)),
            stream=Stream(self.table.streams, self.table.arn, READERS, faults),
            schedules=(Schedule("sweep", timedelta(hours=1)),),
            retry_after=timedelta(0),
            **more,
        )

    def notes(self) -> int:
        items = self.table.dynamodb.scan(TableName=self.table.name)["Items"]
        return sum(item["kind"]["S"] == "note" for item in items)


@pytest.fixture(params=["moto_engine", pytest.param("dynamodb_local_engine", marks=pytest.mark.dynamodb_local)])
def application(request: pytest.FixtureRequest) -> Iterator[Application]:
    engine: Engine = request.getfixturevalue(request.param)
    queues = open_queues(max_receive_count=2)
    yield Application(queues, make_table(engine))
    queues.close()


@pytest.fixture
def small(moto_engine: Engine) -> Iterator[Application]:
    queues = open_queues(max_receive_count=2)
    yield Application(queues, make_table(moto_engine))
    queues.close()


def post(url: str, numbers: range) -> list[int]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    statuses = []
    for number in numbers:
        connection.request("POST", f"{urlsplit(url).path}/webhooks/generic/acme?n={number}", b"{}")
        reply = connection.getresponse()
        reply.read()
        statuses.append(reply.status)
    connection.close()
    return statuses


@pytest.mark.parametrize("faults", [None, Faults(seed=5, redeliver=0.3, overlap=0.3, shorten=0.3, bisect=0.3, delay=0.3)])
def test_settled_means_that_every_consequence_of_every_request_is_there(application: Application, faults: Faults | None) -> None:
    before = set(threading.enumerate())
    with Runtime(application.wiring(stage="api", faults=faults)) as runtime:
        clients = [threading.Thread(target=post, args=(runtime.url, range(start, start + 10))) for start in range(0, 80, 10)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        runtime.settle()

        assert set(application.projected) == set(application.triggered) == set(range(80))
        assert application.notes() == 80
        assert application.queues.inbound_dead.depth().total == 0
        assert post(runtime.url, range(80, 81)) == [200]
        runtime.settle()
        assert 80 in application.projected
    assert set(threading.enumerate()) == before


def test_a_runtime_that_is_not_started_works_by_hand(small: Application) -> None:
    runtime = Runtime(small.wiring())
    small.queues.inbound.send([json.dumps({"n": number, "kind": "order"}) for number in range(15)])
    runtime.settle()

    assert sorted(small.projected) == list(range(15))
    assert small.notes() == 15
    assert not any(pump.workers.running for pump in runtime.queue_pumps)


def test_a_stopped_runtime_works_by_hand_and_starts_again(small: Application) -> None:
    runtime = Runtime(small.wiring())
    for number in range(2):
        with runtime:
            assert post(runtime.url, range(number * 10, number * 10 + 1)) == [200]
        small.queues.inbound.send([json.dumps({"n": number * 10 + 1, "kind": "order"})])
        runtime.settle()

    assert sorted(small.projected) == [0, 1, 10, 11]


def test_settle_says_where_work_is_left(small: Application) -> None:
    small.queues.inbound.send([json.dumps({"n": 1, "kind": "order"})], delay_seconds=900)

    with pytest.raises(NotSettled, match=r"queue inbound: 0 visible, 0 in flight, 1 delayed"):
        Runtime(small.wiring()).settle(timeout_seconds=0)


def test_a_dead_letter_does_not_keep_it_from_settling(small: Application) -> None:
    with Runtime(small.wiring()) as runtime:
        small.queues.inbound.send([json.dumps({"n": 1, "kind": "poison"})])
        runtime.settle()

    assert small.queues.inbound_dead.depth().total == 1


def test_schedules_can_be_driven_by_hand(small: Application) -> None:
    wiring = small.wiring()
    runtime = Runtime(wiring)

    assert runtime.run_due(wiring.now()) == []
    assert runtime.run_due(wiring.now() + timedelta(hours=1)) == ["sweep"]
    runtime.fire("sweep")
    assert small.swept == 2
    with pytest.raises(KeyError):
        runtime.fire("nothing")


def test_what_a_fired_schedule_raises_comes_back(small: Application) -> None:
    def broken(_: Any, __: Any) -> None:
        raise ZeroDivisionError

    handlers = {**small.wiring().handlers, "sweep": broken}
    runtime = Runtime(Wiring(handlers, ROUTES, schedules=(Schedule("sweep", timedelta(hours=1)),)))
    with pytest.raises(ZeroDivisionError):
        runtime.fire("sweep")


def test_one_data_directory_serves_one_runtime_at_a_time(small: Application, tmp_path: Path) -> None:
    second = Runtime(small.wiring(data_dir=tmp_path))
    try:
        with Runtime(small.wiring(data_dir=tmp_path)), pytest.raises(AlreadyRunning, match="another runtime"):
            second.start()
    finally:
        second.stop()
    with second:
        assert post(second.url, range(1)) == [200]
        second.settle()


def test_settle_waits_for_work_that_a_reader_started_after_the_queues_looked_empty(
    small: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader at work while settle begins sends to the queue; by then the queues and the other reader were seen quiet."""
    triggering, release, normalising, finish = (threading.Event() for _ in range(4))
    handlers = dict(small.wiring().handlers)

    def trigger(event: dict[str, Any], context: Any) -> None:
        triggering.set()
        release.wait(30)
        small.trigger(event, context)

    def normalise(event: dict[str, Any], context: Any) -> Any:
        if json.loads(event["Records"][0]["body"])["kind"] == "note":
            normalising.set()
            finish.wait(30)
        return small.normalise(event, context)

    wiring = replace(small.wiring(), handlers={**handlers, "trigger": trigger, "normalise": normalise})
    with Runtime(wiring) as runtime:
        small.queues.inbound.send([json.dumps({"n": 1, "kind": "order"})])
        assert triggering.wait(30)
        nothing_in_flight, looked_empty = runtime._nothing_in_flight, threading.Event()

        def look() -> bool:
            found = nothing_in_flight()
            if found:
                looked_empty.set()
            return found

        monkeypatch.setattr(runtime, "_nothing_in_flight", look)
        settling = threading.Thread(target=runtime.settle)
        settling.start()
        assert looked_empty.wait(30)
        release.set()
        assert normalising.wait(30)
        settling.join(0.5)
        assert settling.is_alive()
        finish.set()
        settling.join()
        assert small.notes() == 1


def test_a_port_that_is_taken_leaves_nothing_running(small: Application) -> None:
    with Runtime(small.wiring()) as first:
        port = urlsplit(first.url).port
        before = set(threading.enumerate())
        with pytest.raises(OSError, match="in use"):
            Runtime(small.wiring(port=port)).start()
        assert set(threading.enumerate()) == before


def test_stream_positions_outlive_a_runtime_with_a_data_directory(small: Application, tmp_path: Path) -> None:
    for numbers in (range(3), range(3, 5)):
        with Runtime(small.wiring(data_dir=tmp_path)) as runtime:
            post(runtime.url, numbers)
            runtime.settle()

    assert sorted(small.projected) == [0, 1, 2, 3, 4]


def test_a_wiring_without_a_handler_it_needs_is_refused(small: Application) -> None:
    with pytest.raises(ValueError, match="no handler named normalise"):
        Runtime(Wiring({"http": small.http}, ROUTES, lanes=(Lane(small.queues.inbound),)))


def test_a_pump_survives_a_store_that_is_away(small: Application) -> None:
    """The stream client refuses twice; the pump tries again and says what it met."""
    table, refusals = small.table, [1, 2]

    class Away:
        def __getattr__(self, name: str) -> Any:
            if refusals:
                raise ConnectionError(f"{name} {refusals.pop()}")
            return getattr(table.streams, name)

    small.table = Table(table.name, table.dynamodb, Away(), table.arn)
    with Runtime(small.wiring()) as runtime:
        assert post(runtime.url, range(2)) == [200, 200]
        runtime.settle()
        assert sum(pump.workers.errors for pump in runtime.stream_pumps) == 2
        assert "in stream" in runtime.status()
    assert sorted(small.projected) == [0, 1]
