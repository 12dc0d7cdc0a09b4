"""Singles' Day on paper: heat of partition keys, what each service would have to take, what breaks first, what it costs.

Calls and units of an order are counted in a run of the real steps; how long a call takes in AWS, prices and quotas are data
(`prices.toml`). docs/scale.md says what follows.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.capacity import metered, missing
from benchmarks.harness import Line, Options, at_least, at_most
from benchmarks.heat import Heat
from benchmarks.heat_play import DAY, MERCHANT, PLATFORM, Play, Rush, Stream
from benchmarks.rig import Rig
from benchmarks.writes import _body
from chalicelib.domain.facts import Cell
from chalicelib.domain.purchases import member_cell
from ops.local import moto

PACE = 1_000  # orders a second of one merchant
PEAK = 583_000  # orders a second over all merchants: Tmall's peak on 11 November 2020, as Xinhua and Reuters told
ORDERS = 200
FAN_OUT = 16  # orders of a batch that wait for the table at once, as chalicelib.parts has it on AWS
NORMALISE_AT_ONCE, NORMALISE_GB, PROJECT_GB, RECEIVE_GB = 20, 1, 1, 1


@dataclass(frozen=True, slots=True)
class Order:
    """What one new order of a new buyer takes, counted."""

    writes: float
    reads: float
    normalise_calls: float
    project_calls: float
    keys: float


def measure_scale(options: Options) -> Iterator[Line]:
    """Heat first, then what follows for every service, then the price."""
    yield from _heat(options)
    reason = missing()
    if reason:
        yield Line("units of an order", None, detail=reason)
        return
    data = tomllib.loads(Path(__file__).with_name("prices.toml").read_text(encoding="utf-8"))
    order = counted()
    calls = f"{order.normalise_calls:.1f} calls of the table in normalise, {order.project_calls:.1f} in project"
    yield Line(
        "an order takes", order.writes, " write units", detail=f"{order.reads:.1f} read units, {calls}, {order.keys:.2f} new keys"
    )
    yield from _limits(order, data)
    for name, usd in costs(order, data).items():
        yield Line(f"a million orders: {name}", usd, " USD")
    yield Line("a million orders, all in", sum(costs(order, data).values()), " USD")


def rush(shops: int, stream: Stream, seconds: int, *, grown: bool) -> Rush:
    """`PACE` orders a second. `grown`: tick has seen one minute of it already."""
    with moto(wire=False) as engine:
        rig = Rig(engine)
        if grown:
            for cell in (Cell(MERCHANT, DAY, "orders", PLATFORM, "shop0", 0), member_cell(MERCHANT, 0)):
                rig.app.reckoning._widen(cell, 60 * PACE)
        return Play(rig.app, rig.clock, stream).run(seconds, shops, PACE)


def _heat(options: Options) -> Iterator[Line]:
    many = rush(100, Stream(), 12, grown=False)
    yield Line("100 shops of a merchant: share of the hottest key", many.top_share * 100, " %", at_most(10), many.hottest()[0])
    seconds = 600 if options.full else 75
    for shards in (12, 24, 40):
        one = rush(1, Stream(shards=shards), seconds, grown=True)
        name, units = one.hottest()
        budget = at_most(999) if shards == 12 else None
        yield Line(f"one shop of {PACE:,} orders/s, {shards} shards: fullest second of a key", units, " units", budget, name)
    one = rush(1, Stream(), seconds, grown=True)
    yield Line(
        "the same: over how many buckets", one.spread("shop0"), "", at_least(10), f"fullest cell {max(one.rows.values()):,} rows"
    )


def counted() -> Order:
    """Push, normalise, project and sum ORDERS orders on DynamoDB Local."""
    with metered() as engine:
        heat = Heat(engine)
        rig = Rig(heat)
        with engine.ledger.counting() as units:
            for number in range(ORDERS):
                rig.push(_body(number, paid=True))
            before = heat.calls
            rig.normalise()
            between = heat.calls
            rig.project(ORDERS)
            after = heat.calls
            rig.app.reckoning.sweep(MERCHANT)
    keys = sum(spent for name, spent in heat.units.items() if name.count("#") == 1)
    calls = (between - before) / ORDERS, (after - between) / ORDERS
    return Order(units.write / ORDERS, units.read / ORDERS, *calls, keys / ORDERS)


def seconds_of(order: Order, assumed: dict[str, int]) -> tuple[float, float, float]:
    """How long a function is at work for an order: receive, normalise, project."""
    receive = (assumed["queue_ms"]) / 1000
    normalise = (order.normalise_calls * assumed["table_ms"] + order.keys * assumed["key_ms"] + assumed["bucket_ms"]) / 1000
    return receive, normalise, order.project_calls * assumed["table_ms"] / 1000 / FAN_OUT


def demands(order: Order, data: dict[str, Any], pace: int) -> dict[str, float]:
    """What a pace asks of each quota, a second."""
    receive, normalise, project = seconds_of(order, data["assumed"])
    return {
        "table_writes": order.writes * pace,
        "api": pace,
        "keys": order.keys * pace,
        "concurrency": (receive + normalise + project) * pace,
        "archive": pace,
    }


def costs(order: Order, data: dict[str, Any]) -> dict[str, float]:
    """USD for a million orders, each pushed once, by service. Storage, logs, mail and transfer are not in it."""
    receive, normalise, project = seconds_of(order, data["assumed"])
    used = {
        "write_units": order.writes,
        "read_units": order.reads,
        "gb_seconds": receive * RECEIVE_GB + normalise * NORMALISE_GB + project * PROJECT_GB,
        "invocations": 1 + 1 / 10 + 1 / 100,
        "api_calls": 1,
        "queue_requests": 1 + 2 / 10,
        "puts": 1,
        "key_calls": order.keys,
    }
    return {name: amount * 1_000_000 / data["prices"][name]["per"] * data["prices"][name]["usd"] for name, amount in used.items()}


def _limits(order: Order, data: dict[str, Any]) -> Iterator[Line]:
    _, normalise, _ = seconds_of(order, data["assumed"])
    yield Line("orders/s that normalise takes at 20 at once, as it is deployed", NORMALISE_AT_ONCE / normalise, "")
    for name, pace in (("one merchant", PACE), ("Singles' Day", PEAK)):
        asked = demands(order, data, pace)
        shares = sorted(((asked[each] / data["quotas"][each]["a_second"], each) for each in asked), reverse=True)
        for share, each in shares:
            quota = data["quotas"][each]
            told = f"{asked[each]:,.0f} of {quota['a_second']:,} a second; {quota['turn']}"
            yield Line(f"{name}, {pace:,} orders/s: {quota['what']}", share, " x", detail=told)
        yield Line(f"{name}: shards of the stream at the least", -(-asked["table_writes"] // 1_000))
