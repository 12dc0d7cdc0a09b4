"""Backfill: what memory it takes however long the list is, and what it does to the way of a live webhook.

Run as a module with a number, it is the process whose memory is measured: the pull step over a list of so many orders, told page by
page by a platform that makes them up, onto a queue that forgets them.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.harness import Line, Options, at_most, percentile
from chalicelib.backfill import Backfills
from chalicelib.config import parse
from chalicelib.contract import Account, Api, Event, Page
from chalicelib.pipeline.pull import Pull

HERE = Path(__file__).resolve().parent.parent
FEW, MANY = 1_000, 100_000
PAGE = 100
SPAN = timedelta(days=730)
PUSHES, PER_SECOND, ROUNDS = 40, 8, 3
AHEAD = 300  # so many orders of history wait on the bulk queue at least


def measure_backfill(_: Options) -> Iterator[Line]:
    """The peak of two processes; and acknowledgement to order, with and without history beside it, in turns."""
    from benchmarks.capacity import missing

    few, many = peak(FEW), peak(MANY)
    yield Line(
        f"backfill memory: peak of {MANY:,} listed orders against {FEW:,}",
        many / few,
        " x",
        at_most(1.2),
        f"{many / 1024:.0f} against {few / 1024:.0f} MB, whole process",
    )
    reason = missing()
    if reason:
        yield Line("acknowledgement to order during a backfill", None, detail=reason)
        return
    yield _beside()


def peak(count: int, *words: str) -> int:
    """The most memory that a process took which pulls so many orders, in KB. RuntimeError when it failed.

    With `keep` the queue forgets nothing: what a leak would look like.
    """
    command = [sys.executable, "-m", "benchmarks.backfill", str(count), *words]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-500:])
    return int(done.stdout)


def high_water() -> int:
    """The most memory of this process, in KB. `ru_maxrss` would not do: a child begins with what its parent had."""
    told = Path("/proc/self/status")
    if not told.exists():  # no Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in told.read_text().splitlines() if line.startswith("VmHWM:"))


class Shop:
    """Connectors with one platform, whose list is made up as it is asked for: evenly over the span, a page at a time."""

    def __init__(self, count: int, begin: datetime, body: Any) -> None:
        self._every = SPAN / count
        self._begin = begin
        self._body = body

    def connector(self, _key: str) -> Any:
        """Whatever the key."""
        return self

    def api(self, _account: Account) -> Any:
        """Nobody calls."""
        return None

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:  # noqa: ARG002
        """The orders of a window."""
        first, last = (max(0, -(-(at - self._begin) // self._every)) for at in (since, until))
        for start in range(int(cursor or first), last, PAGE):
            numbers = range(start, min(start + PAGE, last))
            events = (Event(f"{n}", "orders/create", "order", f"{n}", None, thin=False, payload=self._body(n)) for n in numbers)
            yield Page(tuple(events), str(numbers[-1] + 1) if numbers[-1] + 1 < last else None)


class Kept:
    """Marks in memory."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[str, int]] = {}

    def get(self, _: str, name: str) -> tuple[str, int] | None:
        """See the port."""
        return self._values.get(name)

    def put(self, _: str, name: str, value: str, *, expected_version: int) -> bool:
        """See the port."""
        self._values[name] = (value, expected_version + 1)
        return True

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


class Sink:
    """A queue that forgets, a vault that leaves open, an archive that is not needed, counters that nobody reads."""

    def __init__(self, *, keeps: bool = False) -> None:
        self.count_of = 0
        self._keeps = keeps
        self._kept: list[str] = []

    def send(self, bodies: Sequence[str], *, delay_seconds: int = 0) -> None:  # noqa: ARG002
        """See the port."""
        self.count_of += len(bodies)
        if self._keeps:
            self._kept.extend(bodies)

    def seal_raw(self, _: str, data: bytes, context: str) -> bytes:  # noqa: ARG002
        """As it is."""
        return data

    def put(self, key: str, data: bytes) -> None:
        """Nothing is so large."""
        raise RuntimeError(key, len(data))

    def count(self, name: str, amount: int = 1, **dimensions: str) -> None:
        """Nobody asks."""


def run(count: int, *, keeps: bool = False) -> int:
    """Pull so many orders through the real step; returns how many were queued."""
    from benchmarks.rig import CONFIG, NOW, HandClock

    sink, clock, config = Sink(keeps=keeps), HandClock(), parse(CONFIG)
    hub: Any = Shop(count, NOW - SPAN, lambda number: b'{"id": %d, "noise": "%s"}' % (number, b"x" * 1500))
    anything: Any = sink
    pull = Pull(
        config=lambda: config,
        connectors=hub,
        vault=anything,
        archive=anything,
        live=anything,
        bulk=anything,
        marks=Kept(),
        clock=clock,
        counters=anything,
    )
    pull.can = lambda platform, what: True  # type: ignore[method-assign]  # noqa: ARG005
    backfills = Backfills(config=lambda: config, pull=pull, marks=Kept(), clock=clock)
    backfills.begin("shopify", "acme", NOW - SPAN)
    backfills.work("shopify", "acme")
    return sink.count_of


def _beside() -> Line:
    from benchmarks.flow import installation
    from ops.dynamodb_local import DynamoDBLocal
    from ops.local import Engine

    quiet: list[float] = []
    busy: list[float] = []
    with DynamoDBLocal() as server, installation(Engine("dynamodb-local", server.endpoint), 2) as (app, running):
        written = _noted(app)
        first = 10**6
        _round(running.url, written, first)  # warm
        for number in range(1, ROUNDS + 1):
            quiet += _round(running.url, written, first + 2 * number * PUSHES)
            with _History(app, number):
                busy += _round(running.url, written, first + (2 * number + 1) * PUSHES)
    middle = percentile(busy, 0.5) / percentile(quiet, 0.5)
    tails = percentile(busy, 0.95), percentile(quiet, 0.95)
    return Line(
        "acknowledgement to order, with a backfill beside it against without, median",
        middle,
        " x",
        at_most(1.2),
        f"{percentile(busy, 0.5):.0f} against {percentile(quiet, 0.5):.0f} ms, 95th percentile {tails[0]:.0f} against "
        f"{tails[1]:.0f} ms; {PER_SECOND}/s, local runtime, one process for both lanes, DynamoDB Local",
    )


def _noted(app: Any) -> dict[str, float]:
    """When each order was first written, by id."""
    written: dict[str, float] = {}
    write = app.orders.write

    def noting(order: Any, stored: Any, *, expected_version: int) -> bool:
        done: bool = write(order, stored, expected_version=expected_version)
        written.setdefault(order.order_id, time.perf_counter())
        return done

    app.orders.write = noting
    return written


def _round(url: str, written: dict[str, float], first: int) -> list[float]:
    """Milliseconds from each acknowledgement to its order. RuntimeError when one never comes."""
    from http.client import HTTPConnection
    from urllib.parse import urlsplit

    from benchmarks.flow import pushes
    from benchmarks.shopify_bodies import dump, shopify

    bodies = [dump(shopify(2, True, first + number)) for number in range(PUSHES)]
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    acknowledged = []
    began = time.perf_counter()
    for number, (body, headers) in enumerate(pushes(bodies)):
        time.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
        connection.request("POST", "/webhooks/shopify/acme", body, headers)
        connection.getresponse().read()
        acknowledged.append(time.perf_counter())
    connection.close()
    ids = [_id(body) for body in bodies]
    deadline = time.perf_counter() + 60
    while not all(one in written for one in ids):
        if time.perf_counter() > deadline:
            raise RuntimeError("orders that were acknowledged are not there")
        time.sleep(0.05)
    return [max(0.0, written[one] - at) * 1000 for one, at in zip(ids, acknowledged, strict=True)]


def _id(body: bytes) -> str:
    import json

    return str(json.loads(body)["id"])


class _History:
    """While inside, a backfill keeps the bulk queue full, by the real step."""

    def __init__(self, app: Any, number: int) -> None:
        from benchmarks.rig import NOW
        from benchmarks.shopify_bodies import dump, shopify

        self._app = app
        self._over = threading.Event()
        base = number * 10**7
        hub: Any = Shop(MANY, NOW - SPAN, lambda n: dump(shopify(2, True, base + n)))
        parts = app.parts
        pull = Pull(
            config=parts.config,
            connectors=hub,
            vault=parts.vault,
            archive=parts.archive,
            live=parts.inbound,
            bulk=self,
            marks=Kept(),
            clock=parts.clock,
            counters=parts.counters,
        )
        pull.can = lambda platform, what: True  # type: ignore[method-assign]  # noqa: ARG005
        self._backfills = Backfills(config=parts.config, pull=pull, marks=Kept(), clock=parts.clock)
        self._backfills.begin("shopify", "acme", NOW - SPAN)
        self._thread = threading.Thread(target=self._work)

    def send(self, bodies: Sequence[str], *, delay_seconds: int = 0) -> None:
        """Page by page, as long as the bulk queue is not full."""
        self._app.parts.bulk.send(bodies, delay_seconds=delay_seconds)
        while self._app.parts.bulk.depth().visible > AHEAD and not self._over.is_set():
            time.sleep(0.05)
        if self._over.is_set():
            raise InterruptedError

    def _work(self) -> None:
        try:
            self._backfills.work("shopify", "acme")
        except InterruptedError:
            return

    def __enter__(self) -> None:
        self._thread.start()
        while self._app.parts.bulk.depth().visible < PAGE:
            time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        while not self._app.parts.bulk.empty():
            time.sleep(0.1)


if __name__ == "__main__":
    if run(int(sys.argv[1]), keeps="keep" in sys.argv) < int(sys.argv[1]):
        raise SystemExit("orders are missing")
    print(high_water())
