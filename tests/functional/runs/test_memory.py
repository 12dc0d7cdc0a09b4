"""However long the list: a hundred times as many orders take no more memory. Each in a process of its own."""

from __future__ import annotations

from benchmarks import backfill

MOST = 1.2


def test_memory_is_flat_and_a_leak_would_show() -> None:
    few, many = backfill.peak(backfill.FEW), backfill.peak(backfill.MANY)
    assert many <= MOST * few
    assert backfill.peak(backfill.MANY, "keep") > MOST * few, "a queue that forgets nothing"
