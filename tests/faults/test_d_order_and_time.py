"""Order of events and time: any order of arrival, details that come late, clocks that are wrong."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from chalicelib.adapters.orders import decode_layers, encode_layers
from chalicelib.contract import Event, Hydrates, PullsOrders, Ref
from chalicelib.domain.events import Parcel
from chalicelib.domain.merge import Clock, Layers, flatten, merge
from chalicelib.domain.order import Order, Refund
from chalicelib.domain.record import OrderKey, contains, divide, explode, key_of, refunds, unite, view
from chalicelib.errors import Skippable
from chalicelib.pipeline import normalise
from chalicelib.toolkit.canonical_json import to_plain
from connectors.registry import connector
from ops.simulator import traffic
from ops.simulator.api.kit import QuickClock
from ops.simulator.registry import KEYS, platform
from ops.simulator.traffic import Sent
from ops.simulator.world import build
from tests.functional.reconcile.shop import SimulatedShop
from tests.kit.faults import Told
from tests.unit.domain.test_record import _last_arrival_wins
from tests.unit.simulator.harness import Bench

PERMUTATIONS = 2000
TELLINGS = 8  # of one order, of those that it has
Join = Callable[[Layers, Layers], Layers]


# --- 29 and 30 ----------------------------------------------------------------------------------------------------------------


class Life:
    """What a platform tells of one order, by push and by pull, as the layers that normalise makes of it."""

    def __init__(self, key: str) -> None:
        self.world = build(3, history=0, today=8, platforms=(key,))
        self.bench, self.platform = Bench(self.world, self.world.start), key
        sent = traffic.deliveries(self.world, self.world.start, self.world.end + timedelta(days=30)) if self._pushes else []
        told = [each.subject for each in sent]
        chosen = max(self.world.orders, key=lambda order: (told.count(order.order_id), len(order.steps)))
        self.tellings: list[Layers] = []
        self.key = OrderKey("demo", key, self.world.shops[0].account, chosen.order_id)
        for each in sent:
            if each.subject == chosen.order_id:
                self.bench.clock.advance(each.at)
                self._pushed(each)
        pulls = [step.at + timedelta(minutes=1) for step in chosen.steps] if len(self.tellings) < 3 else [self.world.closing]
        for at in pulls if platform(key).wire.api else []:
            self.bench.clock.advance(at)
            self._pull()
        kept = {json.dumps([[list(clock), told] for clock, told in each.items()], sort_keys=True): each for each in self.tellings}
        self.tellings = random.Random(1).sample(list(kept.values()), min(TELLINGS, len(kept)))

    @property
    def _pushes(self) -> bool:
        return platform(self.platform).wire.pushes

    def _pushed(self, delivery: Any) -> None:
        maps: Any = connector(self.platform)
        account = traffic.account_of(self.world, self.platform)
        request = traffic.request_of(self.world, Sent(delivery.at, delivery, "plain", 0), self.bench.clock.now())
        if not platform(self.platform).wire.feed:
            found = maps.verify(request, account, self.bench.secrets_for(request, self.platform), self.bench.clock.now())
            request = request if found.opened is None else replace(request, body=found.opened)
        for event in maps.events(request, Ref(account, "d", "push")):
            self._told(event, 0)

    def _pull(self) -> None:
        maps = connector(self.platform)
        assert isinstance(maps, PullsOrders)
        since = self.world.start - timedelta(days=1)
        for page in maps.pull_orders(since, self.bench.clock.now(), None, self.bench.api(self.platform)):
            for event in page.events:
                self._told(event, 1)

    def _told(self, event: Event, source: int) -> None:
        maps = connector(self.platform)
        try:
            if event.thin or (maps.info.push_trust != "signed" and source == 0):
                assert isinstance(maps, Hydrates)
                event, source = maps.hydrate(event, self.bench.api(self.platform)), 1
            said = maps.canonical(event.kind, event.payload, Ref(self.bench.api(self.platform).account, "d", "pull"))
        except Skippable:
            return
        layers: Layers = {}
        for thing in said:
            if isinstance(thing, Order | Refund | Parcel) and key_of(thing).order_id == self.key.order_id:
                layers = merge(layers, explode(thing, source=source, occurred_at=event.occurred_at))
        if layers:
            self.tellings.append(layers)


@cache
def life(key: str) -> Life:
    """That of a platform, made once for all tests of this file."""
    return Life(key)


@dataclass
class Walk:
    """Arrivals of tellings, each state reached by a step that is taken once: a step is a function of state and telling alone.

    What is stored between two steps is what the table holds: two halves, encoded.
    """

    of: Life
    join: Join = merge
    states: dict[tuple[bytes, bytes], int] = field(default_factory=dict)
    stored: list[tuple[bytes, bytes]] = field(default_factory=list)
    steps: dict[tuple[int, int], int] = field(default_factory=dict)
    back: int = 0
    stale: int = 0

    def __post_init__(self) -> None:
        self._state({})

    def arrive(self, order: list[int]) -> int:
        """The state after these tellings, in that order."""
        state = 0
        for telling in order:
            if (state, telling) not in self.steps:
                self.steps[state, telling] = self._step(state, telling)
            state = self.steps[state, telling]
        return state

    def final(self, state: int) -> str:
        """The order and its refunds, as they read."""
        layers = self._layers(state)
        return repr((view(self.of.key, layers), refunds(self.of.key, layers)))

    def _step(self, state: int, telling: int) -> int:
        whole, told = self._layers(state), self.of.tellings[telling]
        if self.join is merge and contains(whole, told):
            return state
        merged = self.join(whole, told)
        self.stale += merged == whole
        self.back += _went_back(whole, merged)
        return self._state(merged)

    def _layers(self, state: int) -> Layers:
        plain, personal = self.stored[state]
        return unite(decode_layers(plain), decode_layers(personal))

    def _state(self, layers: Layers) -> int:
        plain, personal = divide(layers)
        halves = encode_layers(plain), encode_layers(personal)
        if halves not in self.states:
            self.states[halves] = len(self.stored)
            self.stored.append(halves)
        return self.states[halves]


def _went_back(before: Layers, after: Layers) -> int:
    """How many fields stand under an older clock than before, or are gone."""
    flat = flatten(after)
    nothing: tuple[Clock, Any] = (Clock(-1, -1, -1), None)
    return sum(
        flat.get(entity, {}).get(name, nothing)[0] < clock
        for entity, fields in flatten(before).items()
        for name, (clock, _) in fields.items()
    )


def arrivals(walk: Walk, count: int) -> set[str]:
    """The final orders of so many arrivals, a third of the tellings once or twice more."""
    dice, known = random.Random(7), range(len(walk.of.tellings))
    ends = set()
    for _ in range(count):
        some = [*known, *dice.choices(known, k=len(known) // 3 + dice.randrange(2))]
        dice.shuffle(some)
        ends.add(walk.arrive(some))
    return {walk.final(end) for end in ends}


@pytest.mark.fault(29)
@pytest.mark.parametrize("key", KEYS)
def test_29_any_order_of_a_platforms_tellings_ends_in_one_order(key: str, fault: Told) -> None:
    walk = Walk(life(key))
    assert len(walk.of.tellings) >= 3
    assert len(arrivals(walk, PERMUTATIONS)) == 1
    fault.figure(f"{PERMUTATIONS} permutations a platform: 1 final state")


@pytest.mark.fault(29, saboteur=True)
@pytest.mark.parametrize("key", KEYS)
def test_29_saboteur_what_came_last_holds(key: str) -> None:
    assert len(arrivals(Walk(life(key), _last_arrival_wins), 50)) > 1


@pytest.mark.fault(30)
def test_30_no_arrival_takes_a_field_back_to_an_older_telling(fault: Told) -> None:
    stale = steps = 0
    for key in KEYS:
        walk = Walk(life(key))
        arrivals(walk, 100)
        assert walk.back == 0, key
        stale, steps = stale + walk.stale, steps + len(walk.steps)
    assert stale > 0
    fault.figure(f"{steps} arrivals of {len(KEYS)} platforms, {stale} of them stale: 0 steps back")


@pytest.mark.fault(30, saboteur=True)
def test_30_saboteur_what_came_last_holds() -> None:
    walk = Walk(life("shopify"), _last_arrival_wins)
    arrivals(walk, 50)
    assert walk.back > 0


# --- 32 ---------------------------------------------------------------------------------------------------------------------

THIN = tuple(key for key in KEYS if platform(key).wire.pushes and platform(key).wire.api and key not in ("shopify", "woocommerce"))


def read_late(engine: Any, key: str) -> tuple[int, int]:
    """A day is told; then the last push of each order comes once more, and the API shows the order as it was before that push.

    Returns how many events were read so, and of how many orders something is not what it was before.
    """
    world = build(3, history=0, today=6, platforms=(key,))
    shop = SimulatedShop(engine, world)
    shop.app.parts.limits = QuickClock(world.start)
    told = [each for each in traffic.deliveries(world, world.start, world.end) if each.thin]
    shop.push(told)
    shop.clock.advance(world.closing)
    read = back = 0
    for order in world.orders:
        mine = [each for each in told if each.subject == order.order_id]
        earlier = [step.at for step in order.steps if mine and step.at < mine[-1].at - timedelta(minutes=1)]
        if not earlier:
            continue
        before = shop.order(order.order_id)
        shop.platforms.apis[key].horizon = max(earlier)
        shop.push(mine[-1:])
        read, back = read + 1, back + _is_less(to_plain(before), to_plain(shop.order(order.order_id)))
    return read, back


def _is_less(before: Any, after: Any) -> bool:
    """Whether something that was known is not any more, or is another; what was unknown may have become known."""
    if isinstance(before, dict):
        return any(_is_less(value, after.get(name)) for name, value in before.items())
    return before is not None and before != after


@pytest.mark.fault(32)
def test_32_a_detail_that_is_older_than_what_is_known_is_never_written_over_it(quick: Any, fault: Told) -> None:
    read = 0
    for key in THIN:
        count, back = read_late(quick, key)
        assert back == 0, key
        read += count
    assert read > 2 * len(THIN)
    fault.figure(f"{read} details of {len(THIN)} platforms, older than what was known: 0 steps back")


@pytest.mark.fault(32, saboteur=True)
def test_32_saboteur_what_was_read_last_holds(quick: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalise, "merge", lambda *stacks: _last_arrival_wins(*stacks) if len(stacks) == 2 else stacks[0])
    assert read_late(quick, "lazada")[1] > 0
