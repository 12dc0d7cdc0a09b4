"""A million invented members, graded twice: by the domain's histograms, and by polars' quantiles over all rows at once.

Run as a module it does one of the two in a process of its own and prints `peak growth in bytes`.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from chalicelib.domain.rfm import _GRID, _OF_ONE_PURCHASE, Histograms, Scales

TODAY = date(2026, 11, 22).toordinal()
ROWS = 1_500  # members of a cell


@dataclass(frozen=True, slots=True)
class Columns:
    """Last days as ordinals, frequencies, money in minor units: a value a member."""

    days: Sequence[int]
    frequencies: Sequence[int]
    amounts: Sequence[int]


def invented(number: int, seed: int = 1) -> Columns:
    """Many with one purchase, few with many; money grows with frequency, some is negative after refunds."""
    draw = Random(seed)
    days = [TODAY - int(draw.expovariate(1 / 120)) for _ in range(number)]
    frequencies = [min(40, int(draw.paretovariate(1.3))) for _ in range(number)]
    amounts = [int(draw.lognormvariate(9.2, 0.9) * often) - (30_000 if draw.random() < 0.02 else 0) for often in frequencies]
    return Columns(days, frequencies, amounts)


def own(columns: Columns) -> list[str]:
    """The segments as the core makes them: a histogram a cell, their sum, scales, grades."""
    whole = Histograms()
    for start in range(0, len(columns.days), ROWS):
        part = slice(start, start + ROWS)
        whole.merge(Histograms.of(columns.days[part], columns.frequencies[part], columns.amounts[part]))
    grades = Scales(whole).grades(columns.days, columns.frequencies, columns.amounts)
    return [segment for _, segment in grades]


def frame(columns: Columns) -> Any:
    """The same columns as polars holds them."""
    import polars

    return polars.DataFrame({"day": columns.days, "often": columns.frequencies, "money": columns.amounts})


def by_polars(members: Any) -> Any:
    """The segments by polars: fifths by rank over all rows, the same grid."""
    import polars

    def score(column: str) -> Any:
        return ((polars.col(column).rank("min") - 1) * 5 // polars.len() + 1).cast(polars.Int8)

    cells = [(recency, value, name) for (recency, value), name in _GRID.items()]
    grid = polars.DataFrame(cells, schema={"r": polars.Int8, "v": polars.Int8, "name": polars.String}, orient="row")
    scored = members.select(r=score("day"), v=((score("often") + score("money")) // 2).cast(polars.Int8), often="often")
    named = scored.join(grid, on=["r", "v"], how="left", maintain_order="left")
    once = polars.when(polars.col("r") >= 4).then(polars.lit("new")).otherwise(polars.col("name").replace(dict(_OF_ONE_PURCHASE)))
    return named.select(segment=polars.when(polars.col("often") > 1).then("name").otherwise(once))["segment"]


def peak_growth(way: str, number: int) -> int:
    """Bytes that the process grew by at most while it graded; its members were there before."""
    columns = invented(number)
    given: Any = columns if way == "own" else frame(columns)
    work: Callable[[Any], Any] = own if way == "own" else by_polars
    if way != "own":
        work(frame(invented(100)))  # its threads and kernels are loaded
    del columns
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark begins anew
    before = _status("VmRSS")
    work(given)
    return _status("VmHWM") - before


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    print(peak_growth(sys.argv[1], int(sys.argv[2])))
