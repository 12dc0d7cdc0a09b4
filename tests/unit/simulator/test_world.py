"""The world: one seed, one world; sums that hold; lives that run forward; people who lapse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ops.simulator import traffic
from ops.simulator.model import World
from ops.simulator.registry import KEYS, platform
from ops.simulator.world import build


@pytest.fixture(scope="module")
def world() -> World:
    return build()


def test_a_seed_makes_one_world_to_the_byte() -> None:
    def wire(seed: int) -> list[bytes]:
        world = build(seed, history=80, today=40)
        return [each.body for each in traffic.deliveries(world, world.start, world.end)]

    assert wire(7) == wire(7)
    assert wire(7) != wire(8)
    assert build(7, history=40, today=8) == build(7, history=40, today=8)


def test_the_default_world_is_the_demo_s(world: World) -> None:
    """At most 1,000 orders of history over 60 days, and about 1,500 webhooks on the day."""
    past = [order for order in world.orders if order.placed_at < world.start]
    assert 800 <= len(past) <= 1000
    assert min(order.placed_at for order in past) >= world.start - timedelta(days=61)
    assert 1200 <= len(traffic.deliveries(world, world.start, world.end)) <= 1800
    assert len({order.order_id for order in world.orders}) == len(world.orders)
    assert len({buyer.id for buyer in world.buyers}) == len(world.buyers)


@pytest.fixture(scope="module")
def everywhere() -> World:
    return build(history=20 * len(KEYS), today=10 * len(KEYS), platforms=KEYS)


def test_every_story_of_every_platform_is_told(everywhere: World) -> None:
    told = {(order.shop.platform, order.story) for order in everywhere.orders}
    assert told == {(key, story) for key in KEYS for story in platform(key).lives.stories}


def test_no_two_platforms_number_alike(everywhere: World) -> None:
    assert len({order.order_id for order in everywhere.orders}) == len(everywhere.orders)
    assert len({buyer.id for buyer in everywhere.buyers}) == len(everywhere.buyers)


def test_lives_run_forward_and_sums_hold(world: World, everywhere: World) -> None:
    for order in (*world.orders, *everywhere.orders):
        times = [step.at for step in order.steps]
        assert times == sorted(set(times))
        for at in times:
            state = order.at(at)
            assert state is not None
            assert state.updated_at == at
            assert 0 <= state.refunded <= state.paid <= state.total
            lines = sum(item.gross - item.off_seller - item.off_platform for item in state.items)
            tax = 0 if order.tax_included else state.tax
            assert lines + state.shipping + tax + order.tip == state.total
        assert order.at(times[0] - timedelta(milliseconds=1)) is None


SAME_DAY = [key for key in KEYS if platform(key).lives.paid_same_day]


@pytest.mark.parametrize("key", SAME_DAY)
def test_a_payment_stays_on_the_day_of_its_order_where_one_way_does_not_tell_it(key: str) -> None:
    """Shopify's webhooks do not tell when an order was paid, its API does: both ways must give one day."""
    world = build(history=200, today=100, platforms=(key,))
    for order in world.of(key):
        state = order.at(world.end + timedelta(days=60))
        assert state is not None
        if state.paid_at:
            assert state.paid_at.astimezone(world.zone).date() == order.placed_at.astimezone(world.zone).date()


@pytest.mark.parametrize("key", [key for key in KEYS if key not in SAME_DAY and "late_pay" in platform(key).lives.stories])
def test_platforms_with_payment_times_have_late_payers(key: str) -> None:
    """Otherwise a day taken from the wrong time would go unseen."""
    world = build(history=200, today=0, platforms=(key,))
    states = [order.at(world.end + timedelta(days=60)) for order in world.orders]
    late = [state for state in states if state and state.paid_at and state.paid_at.date() > state.order.placed_at.date()]
    assert len(late) > 3


def test_the_unlike_is_seen_as_unlike(world: World) -> None:
    changed = replace(world.orders[0], shipping=world.orders[0].shipping + 1)
    assert replace(world, orders=(changed, *world.orders[1:])) != world
