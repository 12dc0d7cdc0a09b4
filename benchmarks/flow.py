"""End to end on DynamoDB Local: pushes over HTTP into the local runtime, until the day's summary holds them all."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.capacity import missing
from benchmarks.harness import Line, Options, at_least, race
from benchmarks.rig import CONFIG, SECRET, HandClock, NoHttp, signed
from benchmarks.shopify_bodies import dump, shopify
from chalicelib.bootstrap import Application
from chalicelib.config import parse
from chalicelib.reckoning import order_sums
from ops.dynamodb_local import DynamoDBLocal
from ops.installation import Given, application, runtime
from ops.local import Engine, LocalKms, MemoryArchive, MemorySecrets, TallyCounters, create_tables
from ops.runtime.queue import open_queues
from ops.runtime.runtime import Runtime

ORDERS = 200
THREADS = 4
WARM = 2_000
LINES = 5
DAY = date(2026, 11, 21)  # 11:00 in New York is the next day in Shanghai
Push = tuple[bytes, dict[str, str]]


def measure_flow(_: Options) -> Iterator[Line]:
    """Orders a second of wall time from the first push to the summary, against bare conditional puts."""
    reason = missing()
    if reason:
        yield Line("end to end", None, detail=reason)
        return
    bodies = [dump(shopify(LINES, True, number)) for number in range(ORDERS)]
    took = race(lambda: _bare(bodies), lambda: _whole(pushes(bodies)))
    yield Line(
        f"orders/s, first push to day summary ({ORDERS} orders, {THREADS} threads), against bare conditional puts",
        took.ratio,
        " x",
        at_least(0.1),
        f"{ORDERS / took.second_seconds:,.0f} against {ORDERS / took.first_seconds:,.0f} orders/s; "
        f"rounds {took.spread[0]:.3f} to {took.spread[1]:.3f}; ops.runtime with {THREADS} normalise workers, pushes over HTTP",
    )


def pushes(bodies: Sequence[bytes]) -> list[Push]:
    """Signed pushes, ready to be posted."""
    config = parse(CONFIG)
    made = []
    for body in bodies:
        request = signed(body, config, "2026-11-20T16:00:03Z")
        made.append((body, {name: values[0] for name, values in request.headers.items()}))
    return made


@contextmanager
def installation(engine: Engine, workers: int, text: str = CONFIG) -> Iterator[tuple[Application, Runtime]]:
    """A local runtime over a new engine, started, its queues in files as with --data-dir. Without `workers` nothing is handled."""
    create_tables(engine.client("dynamodb"))
    config = parse(text)
    with tempfile.TemporaryDirectory() as folder:
        queues = open_queues(Path(folder) / "queues.db")
        app = application(engine, queues, _given(config))
        with runtime(app, engine, queues, schedules=(), workers=(workers, min(workers, 1))) as running:
            yield app, running
        queues.close()


def post_all(url: str, given: Sequence[Push], threads: int) -> None:
    """Post from as many threads, each on one connection. RuntimeError on an answer that is no acknowledgement."""
    failed: list[int] = []

    def work(part: Sequence[Push]) -> None:
        connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
        for body, headers in part:
            connection.request("POST", "/webhooks/shopify/acme", body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                failed.append(answer.status)
        connection.close()

    workers = [threading.Thread(target=work, args=(given[part::threads],)) for part in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failed:
        raise RuntimeError(f"{len(failed)} pushes were not acknowledged: {failed[0]}")


@contextmanager
def _warm_engine() -> Iterator[Engine]:
    """An engine of its own for each run, since one keeps the streams of deleted tables; its Java code has run before."""
    with DynamoDBLocal() as server:
        engine = Engine("dynamodb-local", server.endpoint)
        _table(engine, "warm")
        _put_all(engine, "warm", [b"x" * 2300] * WARM)
        yield engine


def _whole(given: Sequence[Push]) -> float:
    with _warm_engine() as engine, installation(engine, THREADS) as (app, running):
        began = time.perf_counter()
        post_all(running.url, given, THREADS)
        running.settle(300)
        heads = app.reckoning.day("demo", DAY)
        spent = time.perf_counter() - began
    found = sum(sums.orders for head in heads if head.cell.kind == "orders" for sums in order_sums(head.summary or b"{}").values())
    if found != len(given):
        raise RuntimeError(f"the day's summary holds {found} of {len(given)} orders")
    return spent


def _bare(bodies: Sequence[bytes]) -> float:
    """The bodies' first 2.3 KB as items, put on condition that there is none of that key."""
    with _warm_engine() as engine:
        _table(engine, "bare")
        began = time.perf_counter()
        _put_all(engine, "bare", [body[:2300] for body in bodies])
        return time.perf_counter() - began


def _table(engine: Engine, name: str) -> None:
    engine.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )


def _put_all(engine: Engine, table: str, documents: Sequence[bytes]) -> None:
    client = engine.client("dynamodb")

    def put(number: int) -> None:
        client.put_item(
            TableName=table,
            Item={"pk": {"S": f"demo#O#shopify#acme#{number:013}"}, "doc": {"B": documents[number]}},
            ConditionExpression="attribute_not_exists(pk)",
        )

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(put, range(len(documents))))


def _given(config: Any) -> Given:
    return Given(
        config=lambda: config,
        secrets=MemorySecrets({(each.platform, each.account): {"webhook_secret": (SECRET,)} for each in config.accounts}),
        clock=HandClock(),
        counters=TallyCounters(),
        archive=MemoryArchive(),
        kms=LocalKms(),
        http=lambda _info: NoHttp(),
        channel=_no_channel,
    )


def _no_channel() -> Any:
    raise RuntimeError("nothing is sent here")
