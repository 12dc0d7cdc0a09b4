"""One part of the soak: a merchant's past, a day with everything that goes wrong, the pulls, and who is written to afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from ops.rehearsal_config import CAMPAIGN
from ops.simulator import traffic
from ops.simulator.model import rng
from ops.simulator.oracle import Oracle
from ops.simulator.registry import platform
from ops.simulator.traffic import Sent
from ops.simulator.world import HISTORY_DAYS
from tests.soak.ledgers import LEDGERS, canonical, expected, found
from tests.soak.plan import Plan
from tests.soak.stage import Stage, stage

TOGETHER = 40  # so many pushes come in before the workers have their turn
A_MINUTE = 1000  # and so many before cells are recomputed
SWEEP_AT = timedelta(days=2, hours=11, minutes=5)  # when it is quiet nowhere in China, and all that the day brought is known
SEND_AT = (SWEEP_AT + timedelta(minutes=5), timedelta(days=3, hours=4), timedelta(days=3, hours=11, minutes=5))
REACH = 150  # the process dies at one of its next so many effects: forty pushes and all that follows make some three hundred

Progress = Callable[[int, int], None]


@dataclass
class Outcome:
    """What became of a part. `differing`: ledger to the names that differ, with both sides. `bytes`: how long each ledger is."""

    seed: int
    events: int
    injected: Counter[str]
    became: Counter[str]
    wrong: list[str]
    pulled: int = 0
    differing: dict[str, list[str]] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        """Whether every ledger is the oracle's, to the byte, and every push met the answer that its fate asks for."""
        return not self.wrong and not self.differing


def play(plan: Plan, engine: Any, progress: Progress = lambda _done, _of: None, *, crashes: bool = True) -> Outcome:
    """The whole of one part."""
    with stage(plan.world, engine) as on:
        outcome = Outcome(plan.world.seed, len(plan.sent), plan.counts, on.tally, on.wrong)
        outcome.pulled = _past(on)
        _day(on, plan, progress, crashes=crashes)
        outcome.pulled += _pulls(on)
        _afterwards(on)
        _compare(on, plan, outcome)
        return outcome


def _past(on: Stage) -> int:
    """History comes in as in the rehearsal: pulled where the platform can be, else told. A shop without any is left alone."""
    past, pulled = traffic.history(on.world), 0
    people = {(each.platform, each.body) for each in traffic.people(on.world)}
    had = {order.shop.platform for order in on.world.orders if order.placed_at < on.world.start}
    on.platforms.wait(_lag(on))
    for shop in (shop for shop in on.world.shops if shop.platform in had):
        wire = platform(shop.platform).wire
        told = [each for each in past if each.platform == shop.platform]
        if wire.api is None:
            file = b"\n".join(each.body for each in told)
            pulled += on.app.pull.import_file(shop.platform, shop.account, "history.jsonl", file)
            continue
        if not wire.narrow:
            on.app.backfills.begin(shop.platform, shop.account, on.world.start - timedelta(days=HISTORY_DAYS + 2))
            pulled += on.app.backfills.work(shop.platform, shop.account).queued
            told = [each for each in told if (each.platform, each.body) in people]
        for each in told:
            on.send(Sent(on.world.opening, each, "past"))
    on.settle()
    on.platforms.resume()
    return pulled


def _lag(on: Stage) -> timedelta:
    """How long after an instant every platform's lists tell of it."""
    return max(platform(shop.platform).wire.lag for shop in on.world.shops)


def _day(on: Stage, plan: Plan, progress: Progress, *, crashes: bool) -> None:
    """The stream as it arrives; workers, projector and clock between."""
    draw, owed = rng(plan.world.seed, "borders"), 0
    for place, sent in enumerate(plan.sent):
        owed += crashes and place in plan.crashes
        owed -= _light(on, draw, owed)
        if place in plan.garbage:
            on.garbage(place)
        on.send(sent)
        if place % TOGETHER == 0:
            on.catch_up()
        if place % A_MINUTE == 0:
            on.fire("tick")
            progress(place, len(plan.sent))
    while owed or on.fuse.armed:
        owed -= _light(on, draw, owed)
        on.settle()
    progress(len(plan.sent), len(plan.sent))


def _light(on: Stage, draw: Random, owed: int) -> int:
    """The process will die soon, unless that is under way already; 1 if it is new."""
    if not owed or on.fuse.armed:
        return 0
    on.fuse.arm(draw.randint(1, REACH), before=draw.random() < 0.5)
    return 1


def _pulls(on: Stage) -> int:
    """What was lost on the way is found: every shop that can be is pulled."""
    on.clock.advance(on.world.closing)
    on.platforms.wait(_lag(on))
    on.settle()
    able = [shop for shop in on.world.shops if platform(shop.platform).wire.api is not None]
    pulled = 0
    for shop in able:
        pulled += on.app.pull.account(shop.platform, shop.account)
    on.settle()
    return pulled


def _afterwards(on: Stage) -> None:
    """The sweep, and the messages that come of it, when it is quiet nowhere."""
    on.clock.advance(on.world.start + SWEEP_AT)
    on.settle()
    on.swept = on.clock.now().astimezone(on.world.zone).date()
    on.app.trigger.approve(CAMPAIGN)
    on.fire("sweep")
    for at in SEND_AT:
        on.clock.advance(on.world.start + at)
        on.deliver()


def _compare(on: Stage, plan: Plan, outcome: Outcome) -> None:
    poison = Counter(sent.delivery.platform for sent in plan.sent if sent.fate == "poison")
    poison["garbage"] = len(plan.garbage)
    oracle = Oracle(on.world, on.world.closing)
    wanted, there = expected(on, oracle, poison), found(on, oracle)
    for name in LEDGERS:
        one, other = canonical(wanted[name]), canonical(there[name])
        outcome.bytes[name], outcome.entries[name] = len(one), len(wanted[name])
        if one != other:
            outcome.differing[name] = _differences(wanted[name], there[name])


def _differences(wanted: dict[str, Any], there: dict[str, Any]) -> list[str]:
    nothing = object()
    return [
        f"{name}: should be {wanted.get(name)}, is {there.get(name)}"
        for name in sorted(wanted.keys() | there.keys())
        if wanted.get(name, nothing) != there.get(name, nothing)
    ]
