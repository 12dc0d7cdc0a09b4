"""Grading all members, beside polars doing the same over all rows at once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

from benchmarks.harness import Line, Options, at_most, race
from benchmarks.rfm_members import by_polars, frame, invented, own

MEMBERS = 1_000_000


def measure_rfm(_: Options) -> Iterator[Line]:
    """Histograms of 667 cells, their sum, scales, and a grade for each of 10^6 members."""
    columns = invented(MEMBERS)
    table = frame(columns)
    mine, theirs = own(columns), by_polars(table).to_list()
    same = sum(one == other for one, other in zip(mine, theirs, strict=True))
    found = race(lambda: _processor(lambda: own(columns)), lambda: _processor(lambda: by_polars(table)))
    yield Line(
        f"grading {MEMBERS:,} members against polars, processor time",
        found.ratio,
        " x",
        at_most(2),
        f"{found.first_seconds:.2f} against {found.second_seconds:.2f} s, rounds {found.spread[0]:.2f} to {found.spread[1]:.2f}",
    )
    walls = race(lambda: _wall(lambda: own(columns)), lambda: _wall(lambda: by_polars(table)))
    detail = f"{walls.first_seconds:.2f} against {walls.second_seconds:.2f} s; one thread against all that there are"
    yield Line("the same by the clock on the wall", walls.ratio, " x", detail=detail)
    yield from _memory()
    unlike = (
        f"buckets of money are up to 0.8 % wide; {', '.join(f'{name} {count:,}' for name, count in Counter(mine).most_common())}"
    )
    yield Line("members that both put in the same segment", 100 * same / MEMBERS, " %", detail=unlike)


def _memory() -> Iterator[Line]:
    grown = []
    for way in ("own", "polars"):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.rfm_members", way, str(MEMBERS)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            yield Line("peak memory of the same", None, detail=done.stderr.strip().splitlines()[-1])
            return
        grown.append(int(done.stdout))
    megabytes = [each / 2**20 for each in grown]
    detail = f"{megabytes[0]:.0f} against {megabytes[1]:.0f} MB beyond the members themselves"
    yield Line("peak memory of the same", grown[0] / grown[1], " x", at_most(2), detail)


def _processor(action: Callable[[], object]) -> float:
    """Seconds of processor time, of all threads."""
    began = time.process_time()
    action()
    return time.process_time() - began


def _wall(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
