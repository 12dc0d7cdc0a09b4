"""Acknowledgement of pushes while the runtime's workers are busy with the earlier ones.

The load comes from a process of its own, so that it does not share an interpreter with what it measures. Run as a module it
is that process: it reads pushes from standard input and prints the times.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.harness import ROUNDS, Line, Options, at_most, percentile

CONNECTIONS = 64
PER_SECOND = 100
SECONDS = 4
HERE = Path(__file__).resolve().parent.parent


def measure_ack(_: Options) -> Iterator[Line]:
    """The 99th percentile of each round, the median of the rounds; the default engine, and the real one where there is Java.

    The queue is not waited for: what was acknowledged and not yet handled at the end is left with the runtime.
    """
    from benchmarks.capacity import missing
    from ops.local import moto

    yield _over(moto(), "moto")
    reason = missing()
    if reason:
        yield Line("acknowledgement on DynamoDB Local", None, detail=reason)
    else:
        yield _over(_real(), "DynamoDB Local")


def _over(engine: AbstractContextManager[Any], name: str) -> Line:
    from benchmarks.flow import installation, pushes
    from benchmarks.shopify_bodies import dump, shopify

    tails, middles, worst = [], [], 0.0
    with engine as one, installation(one, 2) as (_, running):
        for number in range(ROUNDS):
            first = number * PER_SECOND * SECONDS
            bodies = [dump(shopify(1, True, first + index)) for index in range(PER_SECOND * SECONDS)]
            given = [(body.decode(), headers) for body, headers in pushes(bodies)]
            command = [sys.executable, "-m", "benchmarks.ack", running.url]
            done = subprocess.run(command, cwd=HERE, input=json.dumps(given), capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"the load failed: {done.stderr[-500:]}")
            millis = json.loads(done.stdout)
            tails.append(percentile(millis, 0.99))
            middles.append(percentile(millis, 0.5))
            worst = max(worst, *millis)
    tail = percentile(tails, 0.5)
    detail = f"median {percentile(middles, 0.5):.0f} ms, worst {worst:.0f} ms; {CONNECTIONS} connections, {PER_SECOND}/s, {name}"
    return Line("99th percentile of acknowledgement", tail, " ms", at_most(250), detail)


def _real() -> AbstractContextManager[Any]:
    from contextlib import contextmanager

    from ops.dynamodb_local import DynamoDBLocal
    from ops.local import Engine

    @contextmanager
    def engine() -> Iterator[Engine]:
        with DynamoDBLocal() as server:
            yield Engine("dynamodb-local", server.endpoint)

    return engine()


def load(url: str, given: list[tuple[str, dict[str, str]]]) -> list[float]:
    """Milliseconds from when each push was due to its answer, so that one that had to wait for its connection shows.

    Every connection sends at its own even beat; together they make the rate. RuntimeError on an answer other than 200.
    """
    found: list[float] = []
    failed: list[int] = []
    began = time.perf_counter() + 0.5

    def work(part: int) -> None:
        connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
        for number in range(part, len(given), CONNECTIONS):
            due = began + number / PER_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            connection.request("POST", "/webhooks/shopify/acme", given[number][0].encode(), given[number][1])
            answer = connection.getresponse()
            answer.read()
            found.append((time.perf_counter() - due) * 1000)
            if answer.status != 200:
                failed.append(answer.status)
        connection.close()

    workers = [threading.Thread(target=work, args=(part,)) for part in range(CONNECTIONS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failed:
        raise RuntimeError(f"{len(failed)} pushes were not acknowledged: {failed[0]}")
    return found


if __name__ == "__main__":
    json.dump(load(sys.argv[1], json.load(sys.stdin)), sys.stdout)
