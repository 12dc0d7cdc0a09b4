"""What is sent, and what goes wrong with it: exact shares, all from the seed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

from chalicelib.contract import RawRequest, ReceivesWebhooks, Ref
from chalicelib.errors import HuitouError, Permanent
from connectors.registry import connector
from ops.simulator import traffic
from ops.simulator.delivery import Delivery
from ops.simulator.model import World, rng
from ops.simulator.registry import KEYS, platform
from ops.simulator.traffic import Sent
from ops.simulator.world import build
from tests.kit.common import places, replaced

AN_ORDER = 2.95  # pushes that one order of the day makes, over all platforms, with those sent twice
STRANGERS = 66  # orders that no platform of the world knows: what poison and forgeries are made of
WRONG: list[Any] = [[{}]]  # fits no field
MOST_SPOTS = 60


@dataclass(frozen=True, slots=True)
class Mix:
    """How often what goes wrong, as shares of the events that the platforms send."""

    duplicate: float = 0.10
    late: float = 0.05
    dropped: float = 0.02
    poison: float = 0.01
    crash: float = 0.005
    forged: float = 0.001


@dataclass(frozen=True, slots=True)
class Plan:
    """A part of the soak. `crashes`: before which of what is sent the process is made to die soon. `garbage`: so many messages
    that are no envelope lie on the queue at some time.
    """

    world: World
    sent: tuple[Sent, ...]
    crashes: frozenset[int]
    garbage: frozenset[int]
    counts: Counter[str] = field(default_factory=Counter)


def plan(seed: int, events: int, mix: Mix | None = None, *, platforms: Sequence[str] = KEYS, past: bool = True) -> Plan:
    """About so many events of one merchant's day at these shops. `past`: with orders of before at all of them, not only of people
    who have lapsed.
    """
    mix = mix or Mix()
    orders = max(len(platforms) * 2, round(events / AN_ORDER))
    world = build(seed, history=orders // 8 if past else 0, today=orders, platforms=platforms, quiet=max(4, orders // 16))
    day = traffic.day(world, traffic.Shares(mix.duplicate, mix.late, mix.dropped, forged=0, corrupt=0))
    draw, count = rng(seed, "soak"), len(day.sent)
    bad = max(2, round(mix.poison * count))
    garbage = max(1, bad // 5)
    strange = Strangers(world)
    extra = [_at_some_time(world, each, "poison", draw) for each in strange.poison(draw, bad - garbage)]
    extra += [_at_some_time(world, each, "forged", draw) for each in strange.forgeries(draw, max(1, round(mix.forged * count)))]
    ordered = sorted([*day.sent, *extra], key=lambda each: (each.at, each.fate != "plain", each.number))
    sent = tuple(replace(each, number=number) for number, each in enumerate(ordered))
    crashes = frozenset(draw.sample(range(len(sent)), max(1, round(mix.crash * count))))
    places_ = frozenset(draw.sample(range(len(sent)), garbage))
    counts = Counter({**day.counts, "poison": bad - garbage, "garbage": garbage, "crash": len(crashes)})
    counts["forged"] = sum(each.fate == "forged" for each in sent)
    return Plan(world, sent, crashes, places_, counts)


def _at_some_time(world: World, delivery: Delivery, fate: str, draw: Random) -> Sent:
    return Sent(world.start + timedelta(seconds=draw.randint(60, 86_000)), delivery, fate, 10**9)


class Strangers:
    """Pushes of orders that this world does not have, from a world of another seed.

    Believed, one would leave an order that no oracle knows; so what is refused can be told from what is merely known already.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        other = build(world.seed + 1_000_000, history=0, today=STRANGERS, platforms=[shop.platform for shop in world.shops])
        known = {(order.shop.platform, order.order_id) for order in world.orders}
        found = traffic.deliveries(other, other.start, other.end)
        self._found = [each for each in found if (each.platform, each.subject) not in known]

    def forgeries(self, draw: Random, count: int) -> list[Delivery]:
        """To be signed with somebody else's secret, or sent to a guessed address."""
        able = [each for each in self._found if not platform(each.platform).wire.feed]
        return [draw.choice(able) for _ in range(count)]

    def poison(self, draw: Random, count: int) -> list[Delivery]:
        """To be signed as they should be, each with a body of its own, over all platforms whose pushes can be broken so."""
        made: dict[bytes, Delivery] = {}
        hopeless: set[str] = set()
        able = [each for each in self._found if not platform(each.platform).wire.feed and each.body[:1] in b"{["]
        while len(made) < count:
            chosen = draw.choice([each for each in able if each.platform not in hopeless])
            broken = self._broken(chosen, draw)
            if broken is None:
                hopeless.add(chosen.platform)
            else:
                made[broken.body] = broken
        return list(made.values())

    def _broken(self, delivery: Delivery, draw: Random) -> Delivery | None:
        """One field of another type, so that the platform's signature fits and its connector cannot read it."""
        root = json.loads(delivery.body)
        spots = list(places(root))
        draw.shuffle(spots)
        for spot in spots[:MOST_SPOTS]:
            again = replace(delivery, body=json.dumps(replaced(root, spot, [*WRONG, draw.randrange(10**9)])).encode())
            if self._unreadable(again):
                return again
        return None

    def _unreadable(self, delivery: Delivery) -> bool:
        of, shop = connector(delivery.platform), traffic.account_of(self._world, delivery.platform)
        assert isinstance(of, ReceivesWebhooks)
        try:
            request = traffic.request_of(self._world, Sent(delivery.at, delivery, "poison"), delivery.at)
            verified = of.verify(request, shop, traffic.secrets_of(self._world, delivery.platform), delivery.at)
        except HuitouError:
            return False
        if not verified.carries_event:
            return False
        opened = request if verified.opened is None else replace(request, body=verified.opened)
        return _fails(of, opened, Ref(shop, verified.delivery_id or "", "push"))


def _fails(of: Any, request: RawRequest, ref: Ref) -> bool:
    """Whether the one event in it cannot be read, by which it lands in quarantine once."""
    try:
        events = of.events(request, ref)
        if len(events) != 1 or events[0].thin or of.info.push_trust != "signed":
            return False
        of.canonical(events[0].kind, events[0].payload, ref)
    except HuitouError as error:
        return isinstance(error, Permanent)
    return False
