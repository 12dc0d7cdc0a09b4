"""Load in two passes: what was acknowledged is read back, order by order. And what a loud shop does to a calm one.

Run as a module it is the process that the load comes from: it reads pushes from standard input and prints what became of each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.harness import ROUNDS, Line, Options, at_least, at_most, percentile

CONNECTIONS = 64
ORDERS, PER_SECOND = 1_000, 100
CALM, TIMES, SECONDS = 2, 50, 20  # the calm shop's pushes a second, how many times as loud the other is, how long
STEADY, MINUTE = 1_000, 60
HERE = Path(__file__).resolve().parent.parent
LOUD = """
[[accounts]]
platform = "shopify"
account = "loud"
pull_minutes = 0
[accounts.options]
shop = "acme"
"""
Push = tuple[float, str, str, dict[str, str]]  # due after so many seconds, path, body, headers
Answer = tuple[float, int]  # milliseconds from when it was due, status


def measure_load(_: Options) -> Iterator[Line]:
    """Two passes on DynamoDB Local, a loud shop beside a calm one, and a minute in process."""
    from benchmarks.capacity import missing

    reason = missing()
    if reason:
        yield Line("load on DynamoDB Local", None, detail=reason)
    else:
        yield from _two_passes()
        yield _loud_beside_calm()
    yield from _a_minute()


def orders(first: int, count: int, account: str, a_second: float) -> list[Push]:
    """Pushes of so many orders of a shop, evenly in time."""
    from benchmarks.flow import pushes
    from benchmarks.shopify_bodies import dump, shopify

    made = pushes([dump(shopify(1, True, first + number)) for number in range(count)])
    path = f"/webhooks/shopify/{account}"
    return [(number / a_second, path, body.decode(), headers) for number, (body, headers) in enumerate(made)]


def sent(url: str, given: Sequence[Push]) -> list[Answer]:
    """Post them from a process of its own. RuntimeError when that process failed."""
    command = [sys.executable, "-m", "benchmarks.load", url]
    done = subprocess.run(command, cwd=HERE, input=json.dumps(given), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the load failed: {done.stderr[-500:]}")
    return [(millis, status) for millis, status in json.loads(done.stdout)]


def post(url: str, given: Sequence[Push]) -> list[Answer]:
    """Over 64 connections, each push when it is due; the answers in the order of the pushes."""
    found: list[Answer] = [(0.0, 0)] * len(given)
    began = time.perf_counter() + 0.5

    def work(part: int) -> None:
        connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
        for number in range(part, len(given), CONNECTIONS):
            due, path, body, headers = given[number]
            time.sleep(max(0.0, began + due - time.perf_counter()))
            connection.request("POST", path, body.encode(), headers)
            answer = connection.getresponse()
            answer.read()
            found[number] = ((time.perf_counter() - began - due) * 1000, answer.status)
        connection.close()

    workers = [threading.Thread(target=work, args=(part,)) for part in range(CONNECTIONS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return found


def read_back(app: Any, given: Sequence[Push]) -> int:
    """How many of the orders are there, each asked for by its own key."""
    from chalicelib.domain.record import OrderKey

    keys = [OrderKey("demo", "shopify", path.rpartition("/")[2], str(json.loads(body)["id"])) for _, path, body, _ in given]
    return sum(app.orders.read(key).version > 0 for key in keys)


def drain(running: Any) -> None:
    """Handle all that waits, in this thread."""
    while sum(pump.poll() for pump in running.queue_pumps):
        pass


def _two_passes() -> Iterator[Line]:
    """Publish while no worker runs, so that the acknowledgement is all there is; then let them work, and read back."""
    from benchmarks.flow import installation
    from ops.dynamodb_local import DynamoDBLocal
    from ops.local import Engine

    tails, accepted, found = [], 0, 0
    with DynamoDBLocal() as server, installation(Engine("dynamodb-local", server.endpoint), 0) as (app, running):
        for number in range(ROUNDS):
            given = orders(number * ORDERS, ORDERS, "acme", PER_SECOND)
            answers = sent(running.url, given)
            accepted += sum(status == 200 for _, status in answers)
            tails.append(percentile([millis for millis, _ in answers], 0.99))
            drain(running)
            found += read_back(app, given)
    offered, per_mille = ROUNDS * ORDERS, 1000
    yield Line("accepted of 1,000", accepted * per_mille / offered, "", at_least(1000), f"{accepted:,} of {offered:,}")
    yield Line(
        "found again of 1,000 accepted", found * per_mille / max(accepted, 1), "", at_least(1000), f"{found:,}, each by its key"
    )
    yield Line(
        "99th percentile of acknowledgement, workers stopped",
        percentile(tails, 0.5),
        " ms",
        at_most(250),
        f"{CONNECTIONS} connections, {PER_SECOND}/s; rounds {min(tails):.0f} to {max(tails):.0f} ms",
    )


def _loud_beside_calm() -> Line:
    """The calm shop's 95th percentile, alone and beside a shop 50 times as loud, in turns; workers stopped."""
    from benchmarks.flow import installation
    from benchmarks.rig import CONFIG
    from ops.dynamodb_local import DynamoDBLocal
    from ops.local import Engine

    alone: list[float] = []
    beside: list[float] = []
    text = CONFIG.replace("[[campaigns]]", f"{LOUD}[[campaigns]]", 1)
    with DynamoDBLocal() as server, installation(Engine("dynamodb-local", server.endpoint), 0, text) as (_, running):
        sent(running.url, orders(10**7, 50, "acme", PER_SECOND))  # warm
        for number in range(3):
            calm = orders(10**6 + 2 * number * CALM * SECONDS, CALM * SECONDS, "acme", CALM)
            alone += [millis for millis, _ in sent(running.url, calm)]
            loud = orders(number * CALM * TIMES * SECONDS, CALM * TIMES * SECONDS, "loud", CALM * TIMES)
            both = sorted([*calm, *loud], key=lambda each: each[0])
            answers = sent(running.url, both)
            beside += [millis for (millis, _), push in zip(answers, both, strict=True) if push[1].endswith("/acme")]
    one, other = percentile(beside, 0.95), percentile(alone, 0.95)
    return Line(
        f"a shop's 95th percentile of acknowledgement beside one {TIMES} times as loud, against alone",
        one / other,
        " x",
        at_most(1.2),
        f"{one:.1f} against {other:.1f} ms; {CALM}/s beside {CALM * TIMES}/s, one process serves both",
    )


def _a_minute() -> Iterator[Line]:
    """Signed events through the handler in this process, paced; each then opened from what lies on the queue, and compared."""
    import app as entry_points
    from benchmarks.receive import event
    from benchmarks.shopify_bodies import dump, shopify
    from benchmarks.stubs import ENVIRON, receiving
    from chalicelib import bootstrap
    from ops.runtime.invoke import LambdaContext

    os.environ.update(ENVIRON)
    queue = _Queue()
    app = receiving(queue)
    bootstrap.install(app)
    bodies = [dump(shopify(1, True, number)) for number in range(STEADY)]
    given = [event(body, entry_points.app.routes) for body in bodies]
    context, accepted = LambdaContext("api_handler", 29), 0
    began = time.perf_counter()
    for number in range(STEADY * MINUTE):
        time.sleep(max(0.0, began + number / STEADY - time.perf_counter()))
        accepted += entry_points.app(given[number % STEADY], context)["statusCode"] == 200
    spent = time.perf_counter() - began
    intact = _intact(app, queue.texts, bodies)
    bootstrap.install(None)
    offered = STEADY * MINUTE
    yield Line(
        f"signed events/s through the handler, {MINUTE} s",
        accepted / spent,
        "",
        at_least(STEADY * 0.999),
        f"{accepted:,} of {offered:,} accepted in {spent:.1f} s, one thread",
    )
    yield Line(
        "whole on the queue of 1,000 accepted",
        intact * 1000 / max(accepted, 1),
        "",
        at_least(1000),
        f"{intact:,} opened and compared",
    )


def _intact(app: Any, texts: Sequence[str], bodies: Sequence[bytes]) -> int:
    """How many of what lies on the queue, opened, are the very bytes that were pushed."""
    from chalicelib.envelope import decode, from_text, unpack_request

    intact = 0
    for number, text in enumerate(texts):
        envelope = decode(text)
        opened = unpack_request(app.parts.vault.open_raw(envelope.merchant, from_text(envelope.sealed or ""), envelope.digest))
        intact += opened.body == bodies[number % len(bodies)]
    return intact


class _Queue:
    """SQS that keeps the bodies."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def send_message(self, *, MessageBody: str, **_: Any) -> dict[str, str]:
        """See SQS."""
        self.texts.append(MessageBody)
        return {"MessageId": "1"}


if __name__ == "__main__":
    json.dump(post(sys.argv[1], json.load(sys.stdin)), sys.stdout)
