"""Who comes back: two futures for everybody of the quiet crowd, fixed with the world."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from ops.simulator.model import World
from ops.simulator.oracle import Oracle
from ops.simulator.returns import LAST_DAY, MOVED, ORGANIC, future, returns, settled
from ops.simulator.world import build


@pytest.fixture(scope="module")
def world() -> World:
    return build(2, history=8, today=4, platforms=("generic", "shopify"), quiet=1000)


def test_the_crowd_is_quiet(world: World) -> None:
    """One order each, which is over before the day begins and is long ago for the campaign."""
    quiet = [order for order in world.orders if order.buyer.habit == "quiet"]
    assert len(quiet) == len({order.buyer.id for order in quiet}) == 1000
    assert {order.shop.platform for order in quiet} == {"generic"}
    assert all(order.steps[-1].at < world.start for order in quiet)
    lapsed = Oracle(world, world.opening).lapsed(world.day, 30, 30)
    assert sum(person.buyers[0].habit == "quiet" for person in lapsed) == 1000


def test_shares_of_the_futures(world: World) -> None:
    told = Counter(future(world, buyer) for buyer in world.buyers if buyer.habit == "quiet")
    assert abs(told["anyway"] - 1000 * ORGANIC) < 30
    assert abs(told["if told"] - 1000 * MOVED) < 30
    assert {future(world, buyer) for buyer in world.buyers if buyer.habit != "quiet"} == {"never"}


def test_a_message_moves_those_whom_it_moves_and_nobody_else(world: World) -> None:
    everybody = returns(world, world.buyers, "CODE")
    nobody = returns(world, (), "CODE")
    who = {order.buyer.key for order in everybody.orders}
    assert who == {buyer.key for buyer in world.buyers if future(world, buyer) != "never"}
    assert {order.buyer.key for order in nobody.orders} == {buyer.key for buyer in world.buyers if future(world, buyer) == "anyway"}
    assert {order.coupon for order in everybody.orders} == {"CODE"}
    assert {order.coupon for order in nobody.orders} == {""}
    assert b'"coupons":["CODE"]' in everybody.sent[0].body
    assert [each.at for each in everybody.sent] == sorted(each.at for each in everybody.sent)
    until = world.start + timedelta(days=LAST_DAY + 1)
    assert all(world.end <= step.at < until for order in everybody.orders for step in order.steps)


def test_the_end_holds_what_was_told_and_no_more(world: World) -> None:
    back = returns(world, world.buyers, "CODE")
    after = settled(world, back)
    assert len(after.orders) == len(world.orders) + len(back.orders)
    told = {step.at for order in after.orders for step in order.steps} - {step.at for order in back.orders for step in order.steps}
    assert max(told) <= world.closing
    oracle = Oracle(after, world.start + timedelta(days=LAST_DAY + 1))
    days = {buyer.key: person.days for person in oracle.people for buyer in person.buyers}
    assert all(len(days[order.buyer.key]) == 2 for order in back.orders)
