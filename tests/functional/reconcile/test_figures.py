"""Pushes that never came, made good by one reconcile: every order as the oracle has it, and nothing left for a second one."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.pipeline.reconcile import Reconcile, _first_instant
from ops.simulator import traffic
from ops.simulator.api.kit import QuickClock
from ops.simulator.model import World
from ops.simulator.registry import KEYS, platform
from ops.simulator.world import build
from tests.functional.reconcile.shop import SimulatedShop

LISTS = tuple(key for key in KEYS if platform(key).wire.api is not None)
# Lists of ids without a time of change, or of refunds by their id alone: they are read again every time.
UNCLEAR = frozenset({"shopee", "wechat", "xiaohongshu"})


def played(engine: Any, world: World, *, dropped: float = 0.05) -> SimulatedShop:
    """A day of which a part of the pushes never came."""
    shop = SimulatedShop(engine, world)
    shop.day(dropped=dropped)
    return shop


def rows_of(shop: SimulatedShop) -> Counter[str]:
    """How often each order stands in the day's cells."""
    told = shop.app.coverage.order_ids(shop.shop.platform, shop.shop.account, shop.world.day)
    return Counter(told)


@pytest.mark.fault(34)
def test_five_percent_of_a_thousand_pushes(quick: Any) -> None:
    world = build(3, history=0, today=228, platforms=("shopify",))
    assert len(traffic.deliveries(world, world.start, world.end)) == 998
    shop = played(quick, world)
    assert len(shop.dropped) == 50
    assert shop.differences() != []

    first = shop.reconcile()

    assert (first.listed, first.missing > 0, first.stale > 0, first.extra) == (228, True, True, 0)
    assert shop.differences() == []
    assert (len(rows_of(shop)), set(rows_of(shop).values())) == (228, {1})
    second = shop.reconcile()
    assert (second.listed, second.same, second.missing, second.stale, second.extra, second.sent) == (228, 228, 0, 0, 0, 0)
    counted = second.coverage
    assert (counted.orders, counted.pull + counted.both) == (228, first.missing + first.stale)


@pytest.mark.fault(34)
def test_the_same_in_small_on_both_engines(engine: Any) -> None:
    shop = played(engine, build(5, history=0, today=12, platforms=("lazada",)), dropped=0.1)
    before = shop.differences()
    shop.reconcile()
    second = shop.reconcile()
    assert (before != [], shop.differences(), second.agrees, second.sent) == (True, [], True, 0)


@pytest.mark.fault(34)
@pytest.mark.parametrize("key", LISTS)
def test_every_platform_that_lists_is_healed_by_one(quick: Any, key: str) -> None:
    """And tells enough to find nothing the second time; where a list tells too little, what it names is read again."""
    world = build(3, history=0, today=10, platforms=(key,))
    shop = SimulatedShop(quick, world)
    shop.app.parts.limits = QuickClock(world.start)
    shop.day(dropped=0.2 if platform(key).wire.pushes else 0)
    shop.reconcile()
    assert shop.differences() == []
    again = shop.reconcile()
    assert (again.missing, again.stale, again.extra, again.unread, again.agrees) == (0, 0, 0, 0, True)
    assert (again.unclear > 0) == (key in UNCLEAR)
    assert set(rows_of(shop).values()) == {1}


@pytest.mark.fault(34, saboteur=True)
@pytest.mark.parametrize("saboteur", ["unhealed", "a day short", "only the older"])
def test_saboteurs_leave_differences(quick: Any, monkeypatch: pytest.MonkeyPatch, saboteur: str) -> None:
    shop = played(quick, build(3, history=0, today=40, platforms=("shopify",)), dropped=0.2)
    if saboteur == "unhealed":
        monkeypatch.setattr(Reconcile, "_send", lambda *_: 0)
    elif saboteur == "a day short":
        monkeypatch.setattr("chalicelib.pipeline.reconcile._first_instant", lambda *day: _first_instant(*day) + timedelta(days=1))
    else:
        monkeypatch.setattr("chalicelib.pipeline.reconcile._newest", lambda *_: 2**60)
    shop.reconcile()
    assert shop.differences() != []
