"""Row 44: on Singles' Day no partition key takes all writes.

`benchmarks.heat_play` plays a rush with the application's own keys and buckets; that it writes what the real thing writes is held
here against a real run, key by key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.heat import Heat
from benchmarks.heat_play import ALONE, DAY, MERCHANT, PLATFORM, Play, Rush, Stream
from benchmarks.rig import Rig
from benchmarks.writes import _body
from chalicelib.adapters import cells
from chalicelib.adapters.table import key
from chalicelib.domain import buckets
from chalicelib.domain.facts import Cell
from chalicelib.domain.purchases import PLACE, member_cell
from chalicelib.reckoning import CELL_ROWS
from ops.local import moto
from tests.kit.faults import Told

PACE, SECONDS, SHOPS = 1_000, 12, 100
LIMIT = 1_000  # write units a second that DynamoDB gives one partition
REAL = 60
STREAM_SETTINGS = ("BatchSize", "MaximumBatchingWindowInSeconds", "ParallelizationFactor")


@pytest.fixture
def rig() -> Iterator[Rig]:
    with moto(wire=False) as engine:
        yield Rig(Heat(engine))


def many_shops(rig: Rig, seconds: int = SECONDS) -> Rush:
    """A hundred shops of one merchant that nobody has sold in before."""
    return Play(rig.app, rig.clock, Stream()).run(seconds, SHOPS, PACE)


def one_shop(rig: Rig, seconds: int = 2 * SECONDS) -> Rush:
    """A shop of which tick has found what a minute at this pace left in its first cells, and then, half-way, full cells again."""

    def full(rows: int) -> None:
        orders, _ = rig.app.orders.buckets(MERCHANT, PLATFORM, "shop0")
        people, _ = rig.app.orders.buckets(MERCHANT, *PLACE)
        for cell in (Cell(MERCHANT, DAY, "orders", PLATFORM, "shop0", orders), member_cell(MERCHANT, people)):
            rig.app.reckoning._widen(cell, rows)

    full(60 * PACE)
    return Play(rig.app, rig.clock, Stream()).run(seconds, 1, PACE, {SECONDS: lambda: full(CELL_ROWS)})


def time_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows under the day alone."""
    monkeypatch.setattr(cells, "_cell_pk", lambda cell: key(cell.merchant, "C", cell.day.isoformat()))


@pytest.mark.fault(44)
def test_44_of_a_hundred_shops_no_key_takes_a_tenth_of_the_writes(rig: Rig, fault: Told) -> None:
    rush = many_shops(rig)
    assert rush.spread("shop0") == 1, "a new shop has one bucket"
    assert rush.top_share <= 0.10
    fault.figure(f"{SHOPS} shops, {PACE * SECONDS:,} orders: the top key takes {rush.top_share:.1%} of the writes")


@pytest.mark.fault(44)
def test_44_a_shop_of_a_thousand_orders_a_second_is_spread_and_no_key_is_hot(rig: Rig, fault: Told) -> None:
    rush = one_shop(rig)
    name, units = rush.hottest()
    assert rush.spread("shop0") >= 10
    assert units < LIMIT, name
    fault.figure(f"1 shop of {PACE:,} orders/s over {rush.spread('shop0')} buckets: the top key takes {units} units in a second")


@pytest.mark.fault(44, saboteur=True)
def test_44_a_key_that_leads_with_time_is_caught(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    time_leads(monkeypatch)
    rush = many_shops(rig, 2)
    assert rush.top_share > 0.10 and rush.hottest()[1] >= LIMIT


@pytest.mark.fault(44, saboteur=True)
def test_44_a_shop_that_never_grows_is_caught(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "WIDEST", 1)
    rush = one_shop(rig, 2)
    assert rush.spread("shop0") == 1 and rush.hottest()[1] >= LIMIT


def test_the_play_writes_what_the_real_thing_writes(rig: Rig) -> None:
    for number in range(REAL):
        rig.push(_body(number, paid=True))
    rig.normalise()
    assert rig.project(REAL) == REAL
    heat: Any = rig.engine
    real = families(heat.units)
    rush = Play(rig.app, rig.clock, Stream(shards=1, parallel=1, batch=REAL)).run(1, 1, REAL)
    played = families(rush.total)
    assert {name: real.pop(name) for name in played} == played
    # What is left lies under keys of the order and its buyer, but for marks and the day's keys of the merchant.
    assert sum(units for name, units in real.items() if name != "N") == pytest.approx(REAL * sum(ALONE.values()), rel=0.03)


def test_the_play_reads_the_stream_as_it_is_deployed() -> None:
    template = (Path(__file__).parents[2] / "infra" / "resources.yaml").read_text(encoding="utf-8")
    project = template[template.index("\n  Project:\n") :]
    told = [int(project.split(f"{name}: ", 1)[1].split("\n", 1)[0]) for name in STREAM_SETTINGS]
    stream = Stream()
    assert told == [stream.batch, stream.window, stream.parallel]


def families(units: Counter[str]) -> Counter[str]:
    """Units by the letter of the key, of cells by their kind as well; of the due index all buckets together."""
    found: Counter[str] = Counter()
    for name, spent in units.items():
        parts = name.split("#")
        letter = parts[1] if len(parts) > 2 else parts[0] and "key"
        found[f"{letter}:{parts[3]}" if letter == "C" else letter] += spent
    return found
