"""Two lanes in one process: history gives way to today, and is not starved by it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ops.runtime import pumps
from ops.runtime.invoke import Function
from ops.runtime.pumps import QueuePump
from ops.runtime.queue import open_queues


def test_history_gives_way_to_today_for_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(pumps, "time", SimpleNamespace(monotonic=lambda: now[0]))
    queues = open_queues()
    done: list[int] = []

    def handled(event: Any, _: Any) -> None:
        done.append(len(event["Records"]))

    pump = QueuePump(queues.bulk, Function("normalise", handled), gives_way_to=queues.inbound)
    stopping: Any = SimpleNamespace(wait=lambda _: None, is_set=lambda: False)

    def step() -> list[int]:
        done.clear()
        pump._step(stopping)
        return list(done)

    queues.bulk.send([str(number) for number in range(40)])
    assert step() == [10], "nobody is in its way"
    queues.inbound.send(["today"])
    assert step() == []
    now[0] += 0.9
    assert step() == []
    now[0] += 0.2
    assert step() == [1], "never starved, and never in the way for long"
    queues.inbound.delete([queues.inbound.receive(1)[0].receipt_handle])
    assert step() == [1], "today has only just been served"
    now[0] += 1.1
    assert step() == [10]
    assert not pump.idle()
    queues.close()
