"""Load in two passes, as counts: pushes from 64 connections while no worker runs, then every order read back by its key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from benchmarks.flow import installation
from benchmarks.load import CONNECTIONS, drain, orders, post, read_back
from chalicelib import bootstrap
from ops.local import moto
from ops.runtime.queue import LocalQueue
from tests.kit.faults import Told

PUSHES = 3 * CONNECTIONS


@pytest.fixture
def standing() -> Iterator[tuple[Any, Any]]:
    """An installation whose workers stand still."""
    with moto(wire=False) as engine, installation(engine, 0) as both:
        yield both
    bootstrap.install(None)


def two_passes(app: Any, running: Any) -> tuple[Counter[int], int, int]:
    """Statuses of the first pass, what lay on the queue then, and how many orders the second one found."""
    given = orders(0, PUSHES, "acme", 10_000)
    answers = Counter(status for _, status in post(running.url, given))
    waiting = sum(pump.queue.depth().total for pump in running.queue_pumps)
    drain(running)
    return answers, waiting, read_back(app, given)


@pytest.mark.fault(19)
def test_all_that_was_accepted_while_the_workers_stood_still_is_found(standing: tuple[Any, Any], fault: Told) -> None:
    answers, waiting, found = two_passes(*standing)
    assert answers == {200: PUSHES}
    assert waiting == found == PUSHES
    fault.figure(f"{PUSHES} pushes over {CONNECTIONS} connections, no worker: {answers[200]} accepted, {found} found")


@pytest.mark.fault(19, saboteur=True)
def test_saboteur_a_queue_that_keeps_most(standing: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """It says yes to all, and every twentieth is gone."""
    real, taken = LocalQueue.send, iter(range(10**6))

    def most(self: LocalQueue, bodies: Sequence[str], *, delay_seconds: int = 0) -> None:
        if next(taken) % 20:
            real(self, bodies, delay_seconds=delay_seconds)

    monkeypatch.setattr(LocalQueue, "send", most)
    answers, _, found = two_passes(*standing)
    assert answers == {200: PUSHES}
    assert found < PUSHES
