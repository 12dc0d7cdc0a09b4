"""The queues that platforms write to, on one machine: what is on one stays there until it is on the inbound queue."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import app as entry_points
from chalicelib import bootstrap
from ops.installation import feeding
from ops.runtime.queue import LocalQueues, open_queues
from ops.runtime.runtime import Lane, Runtime, Wiring
from tests.functional.stack import CONFIG, Stack
from tests.kit.cases import FIXTURES

ROOT = Path(__file__).parents[3]
START = datetime(2026, 11, 20, tzinfo=UTC)
SHOP = """
[[accounts]]
platform = "amazon"
account = "acme"
pull_minutes = 0
options = {seller_id = "A3EXAMPLE0SHOP", marketplace_ids = "ATVPDKIKX0DER"}
[[campaigns]]"""
RECORD = (FIXTURES / "amazon/feed-order-change/body.json").read_text()
NOBODYS = RECORD.replace("A3EXAMPLE0SHOP", "A3EXAMPLE0ELSE")


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


class Fed:
    """The application behind a feed's queue, driven by hand."""

    def __init__(self, engine: Any) -> None:
        self.clock = Clock()
        self.queues: LocalQueues = open_queues(now=self.clock, feeds=["amazon", "shopify"])
        self.stack = Stack(engine, CONFIG.replace("[[campaigns]]", SHOP, 1))
        self.stack.app.parts.feeds = {queue.arn: key for key, queue in self.queues.feeds.items()}
        self.events: list[dict[str, Any]] = []
        lanes = [Lane(queue, 1, "feed") for queue in self.queues.feeds.values()]
        handlers = {"http": lambda _event, _context: None, "feed": self.handle}
        self.runtime = Runtime(Wiring(handlers, {}, lanes=lanes, timeouts={"feed": 30}, now=self.clock))

    def handle(self, event: dict[str, Any], context: Any) -> Any:
        """What `app.py` has, and what it was given."""
        self.events.append(event)
        return entry_points.feed(event, context)

    def poll(self, platform: str = "amazon") -> int:
        """One receive."""
        self.clock.at += timedelta(seconds=2)
        return next(pump for pump in self.runtime.queue_pumps if pump.queue is self.queues.feeds[platform]).poll()


@pytest.fixture
def fed(moto_engine: Any) -> Iterator[Fed]:
    made = Fed(moto_engine)
    bootstrap.install(made.stack.app)
    yield made
    bootstrap.install(None)
    made.queues.close()


def test_every_platform_with_a_feed_has_a_queue() -> None:
    """As in infra: one queue each, and one for what could not be handled."""
    assert feeding() == ("amazon", "ses", "shopify", "sms")


def test_a_record_goes_from_its_queue_to_the_inbound_queue(fed: Fed) -> None:
    fed.queues.feeds["amazon"].send([RECORD])
    assert fed.poll() == 1
    assert len(fed.stack.inbound.bodies) == 1
    assert fed.queues.feeds["amazon"].empty()
    [told] = fed.events[0]["Records"]
    assert (told["eventSource"], told["body"]) == ("aws:sqs", RECORD)
    assert told["eventSourceARN"] == "arn:aws:sqs:us-east-1:000000000000:feed-amazon"


def test_the_queue_says_whose_record_it_is_not_the_record(fed: Fed) -> None:
    """What Amazon writes is believed on Amazon's queue alone."""
    fed.queues.feeds["shopify"].send([RECORD])
    fed.poll("shopify")
    assert fed.stack.inbound.bodies == []
    assert fed.queues.feeds["shopify"].depth().total == 1


def test_what_cannot_be_enqueued_stays_and_is_done_later(fed: Fed) -> None:
    fed.stack.inbound.refuse = True
    fed.queues.feeds["amazon"].send([RECORD])
    assert [fed.poll(), fed.poll()] == [1, 1]
    assert fed.queues.feeds["amazon"].depth().total == 1
    fed.stack.inbound.refuse = False
    fed.poll()
    assert len(fed.stack.inbound.bodies) == 1
    assert fed.queues.feeds["amazon"].empty()


def test_what_nobody_owns_ends_among_the_dead_letters_and_its_neighbours_are_done_once(fed: Fed) -> None:
    fed.queues.feeds["amazon"].send([RECORD, NOBODYS, "{", RECORD])
    for _ in range(7):
        fed.poll()
    assert len(fed.stack.inbound.bodies) == 2
    assert fed.queues.feeds["amazon"].empty()
    dead = fed.queues.feed_dead.peek()
    assert {(each.body, each.source, each.receive_count) for each in dead} == {(NOBODYS, "feed-amazon", 5), ("{", "feed-amazon", 5)}
    assert fed.queues.inbound_dead.empty()


def test_while_the_handler_works_a_record_is_invisible_as_long_as_on_aws(fed: Fed) -> None:
    """180 seconds, as infra/resources.yaml says: six times the function's limit."""
    seen: list[int] = []

    def at_work(_event: Any, _context: Any) -> None:
        for seconds in (179, 1):
            fed.clock.at += timedelta(seconds=seconds)
            seen.append(fed.queues.feeds["amazon"].depth().visible)

    fed.queues.feeds["amazon"].send([RECORD])
    _with_handler(fed, at_work).poll()
    assert seen == [0, 1]


def _with_handler(fed: Fed, handler: Any) -> Fed:
    """The same queues behind another handler."""
    lanes = [Lane(fed.queues.feeds["amazon"], 1, "feed")]
    fed.runtime = Runtime(Wiring({"http": handler, "feed": handler}, {}, lanes=lanes, timeouts={"feed": 30}, now=fed.clock))
    return fed


SERVER = """
import sys, threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
import app
from chalicelib import bootstrap
from ops.runtime.queue import open_queues
from ops.runtime.runtime import Lane, Runtime, Wiring

folder = Path(sys.argv[1])
queues = open_queues(folder / "queues.sqlite3", visibility=timedelta(hours=1), feeds=["amazon"])
feed = queues.feeds["amazon"]

def receive(platform, record):
    print("received", platform, flush=True)
    threading.Event().wait(600 if sys.argv[2] == "stuck" else 0)
    queues.inbound.send([record])

parts = SimpleNamespace(feeds={feed.arn: "amazon"})
bootstrap.install(SimpleNamespace(parts=parts, intake=SimpleNamespace(record=receive), failed=print))
wiring = Wiring({"http": app.feed, "feed": app.feed}, {}, lanes=(Lane(feed, 1, "feed"),), data_dir=folder)
Runtime(wiring).run_forever()
"""


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def serve(started: list[subprocess.Popen[str]], folder: Path, mode: str) -> subprocess.Popen[str]:
    """A runtime in a process of its own, which has received a record."""
    command = [sys.executable, "-c", SERVER, str(folder), mode]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
    started.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "received amazon\n"
    return process


def test_kill_9_between_receive_and_enqueue_loses_nothing(tmp_path: Path, started: list[subprocess.Popen[str]]) -> None:
    """The record is in the hands of the function, and nowhere else: after the kill it is still on its queue."""
    queues = open_queues(tmp_path / "queues.sqlite3", feeds=["amazon"])
    feed = queues.feeds["amazon"]
    feed.send([RECORD])
    process = serve(started, tmp_path, "stuck")
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert queues.inbound.empty()
    assert (feed.depth().in_flight, feed.peek()[0].body) == (1, RECORD)

    again = serve(started, tmp_path, "quick")
    seen = feed.changes
    while not feed.empty():
        feed.wait(seen, 0.01)
    assert [message.body for message in queues.inbound.receive()] == [RECORD]
    queues.close()
    again.send_signal(signal.SIGTERM)
    assert again.wait(60) == 0
