"""Acknowledgement of pushes while the workers are busy with the earlier ones. The load comes from a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from benchmarks.harness import ROUNDS, Line, Options, at_most, percentile
from benchmarks.load import CONNECTIONS, orders, sent

PER_SECOND = 100
SECONDS = 4


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
    """Times from when each push was due to its answer. RuntimeError on an answer other than 200."""
    from benchmarks.flow import installation

    tails, middles, worst = [], [], 0.0
    with engine as one, installation(one, 2) as (_, running):
        for number in range(ROUNDS):
            count = PER_SECOND * SECONDS
            answers = sent(running.url, orders(number * count, count, "acme", PER_SECOND))
            if failed := [status for _, status in answers if status != 200]:
                raise RuntimeError(f"{len(failed)} pushes were not acknowledged: {failed[0]}")
            millis = [each for each, _ in answers]
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
