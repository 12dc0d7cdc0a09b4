"""Read units of returning members over fresh cells, and what a member cell's summary takes to write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from benchmarks.capacity import metered, missing
from benchmarks.harness import Line, Options, at_most
from benchmarks.reads import THREADS, BulkTable, in_bulk
from benchmarks.rig import NOW, Rig
from chalicelib.domain.facts import Fact
from chalicelib.domain.purchases import NO_DAY, Purchases, member_cell, row_of
from chalicelib.reckoning import CELL_ROWS
from ops.local import TABLE

YEARS = 3  # that members have bought in
TODAY = NOW.date()


def measure_people(options: Options) -> Iterator[Line]:
    """10^3 and 10^4 members (10^5 with --full), each in cells of their own number."""
    reason = missing()
    if reason:
        yield Line("read units of returning members", None, detail=reason)
        return
    counts = (1_000, 10_000, 100_000) if options.full else (1_000, 10_000)
    before: tuple[float, int] | None = None
    for count in counts:
        with metered() as engine:
            rig = Rig(engine, table=lambda one: BulkTable(lambda: one.client("dynamodb"), TABLE))
            cells, recomputed = _fill(rig, count)
            with engine.ledger.counting() as units:
                history = rig.app.reckoning.history("demo")
            with engine.ledger.counting() as ranks:
                members = rig.app.reckoning.members("demo").members
            summary = max(len(head.summary or b"") for head in rig.app.cells.heads("demo", NO_DAY))
        told = history.of(TODAY - timedelta(days=TODAY.weekday()), TODAY)
        if members != count or not told.buyers or history.of(TODAY, TODAY).buyer_days is None:
            raise RuntimeError("not every member is counted")
        yield Line(
            f"returning members of {count:,} in {cells} cells", units.read, " units", detail=f"{units.read / cells:.2f} a cell"
        )
        yield Line(f"histograms of {count:,} members, the same summaries", ranks.read, " units")
        yield Line("the longest summary", summary, " bytes", at_most(4_096), f"recomputed: {recomputed:.0f} write units")
        if before is not None:
            growth = units.read / before[0] / (cells / before[1])
            yield Line(f"growth to {count:,} members beyond the number of cells", growth, " x", at_most(1.2))
        before = units.read, cells


def _fill(rig: Rig, count: int) -> tuple[int, float]:
    """Rows of the member cells, all of them summed; how many cells, and the write units of summing one."""
    in_bulk(rig, [lambda part=part: _put(rig, range(part, count, THREADS)) for part in range(THREADS)])
    cells = [member_cell("demo", bucket) for bucket in range(-(-count // CELL_ROWS))]
    rig.app.cells.raise_dirty(cells)
    with rig.engine.ledger.counting() as units:
        rig.app.reckoning.recompute(cells[0])
    rig.app.reckoning.sweep("demo", limit=len(cells))
    return len(cells), units.write


def _put(rig: Rig, numbers: range) -> None:
    for number in numbers:
        draw = Random(number)
        day = TODAY - timedelta(days=draw.randrange(365 * YEARS))
        net: list[tuple[date, int]] = []
        while day <= TODAY:
            net.append((day, draw.randrange(20_00, 900_00)))
            day += timedelta(days=1 + int(draw.expovariate(1 / 60))) if draw.random() < 0.6 else timedelta(days=4_000)
        bought = Purchases((("USD", tuple(net)),), ("shopify",), "shopify")
        rig.app.cells.put_rows([(Fact(member_cell("demo", number // CELL_ROWS), f"member-{number:015}", row_of(bought)), 1)], ())
