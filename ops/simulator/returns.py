"""Who comes back: each of the quiet crowd has two futures, one in which a message reached them and one in which none did.

Both are drawn with the world, before anybody knows who will be written to. What a campaign makes of them is known exactly
therefore: it is the share of those who buy in the one future and not in the other. Nobody at the receiver's end can know it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from ops.simulator.delivery import Delivery
from ops.simulator.model import Buyer, SimOrder, World, rng
from ops.simulator.registry import platform
from ops.simulator.world import Maker

ORGANIC, MOVED = 0.08, 0.10  # shares of the crowd: who comes back whatever happens, and who does if they are told
FIRST_DAY, LAST_DAY = 2, 13  # after day D
RETURNS_FROM = 50_001  # the first number of their orders
Future = Literal["anyway", "if told", "never"]


def future(world: World, buyer: Buyer) -> Future:
    """What a buyer will do. After day D only the quiet crowd does anything, at shops that tell their orders by pushes alone:
    what an API tells is fixed with the world.
    """
    if buyer.habit != "quiet" or platform(buyer.shop.platform).wire.api:
        return "never"
    drawn = rng(world.seed, "future", *buyer.key).random()
    return "anyway" if drawn < ORGANIC else "if told" if drawn < ORGANIC + MOVED else "never"


@dataclass(frozen=True, slots=True)
class Returned:
    """What the days after day D brought: orders, and what the platforms send of them."""

    orders: tuple[SimOrder, ...]
    sent: tuple[Delivery, ...]


def returns(world: World, reached: Collection[Buyer], coupon: str) -> Returned:
    """The orders of those who come back, given whom a message reached; who was told names the coupon."""
    told = {buyer.key for buyer in reached}
    orders = []
    for number, buyer in enumerate(world.buyers):
        what = future(world, buyer)
        if what == "anyway" or (what == "if told" and buyer.key in told):
            draw = rng(world.seed, "return", *buyer.key)
            at = world.start + timedelta(days=draw.randint(FIRST_DAY, LAST_DAY), seconds=draw.randint(3_600, 82_800))
            of = platform(buyer.shop.platform)
            makes = Maker(world.seed, of, world.start, world.end)
            orders.append(makes.order(RETURNS_FROM + number, buyer, at, "normal", coupon if buyer.key in told else ""))
    until = world.start + timedelta(days=LAST_DAY + 1)
    cut = tuple(replace(order, steps=tuple(step for step in order.steps if step.at < until)) for order in orders)
    after = replace(world, orders=cut, buyers=())
    sent = [each for shop in world.shops for each in platform(shop.platform).wire.deliveries(after, world.end, until)]
    return Returned(cut, tuple(sorted(sent, key=lambda each: (each.at, each.subject, each.topic, each.body))))


def settled(world: World, returned: Returned) -> World:
    """The world as it is told by the end: what the shops did up to the end of day D, and the orders of those who came back."""
    told = [replace(order, steps=tuple(step for step in order.steps if step.at <= world.closing)) for order in world.orders]
    return replace(world, orders=(*(order for order in told if order.steps), *returned.orders))
