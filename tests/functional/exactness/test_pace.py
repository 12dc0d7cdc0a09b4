"""Calls as fast as Amazon allows, and no faster: its own count of them never has one too many."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.adapters.throttle import RatedHttp, Throttle
from chalicelib.contract import HttpClient
from chalicelib.errors import Retriable
from connectors.amazon.api import GET_ORDER, SEARCH_ORDERS, TRANSACTIONS, get
from connectors.amazon.pull import ORDERS
from ops.simulator.platforms.amazon.api import RATES, AmazonApi
from ops.simulator.world import build
from tests.functional.stack import Stack
from tests.unit.simulator.harness import Bench

CALLS = 45  # more than the burst


def refused(bench: Bench, http: HttpClient) -> int:
    """How many of so many readings at once the platform refuses."""
    api, path = bench.api("amazon"), f"{ORDERS}/{bench.world.orders[0].order_id}"
    platform = bench.platforms.apis["amazon"]
    assert isinstance(platform, AmazonApi)
    platform.limits = bench.clock.now
    for _ in range(CALLS):
        get(type(api)(api.account, api.secrets, http, api.tokens, api.now), path, (), GET_ORDER)
    return platform.refused


@pytest.fixture
def bench() -> Bench:
    world = build(6, history=20, today=10, platforms=("amazon",))
    return Bench(world, world.closing)


def test_the_limits_kept_are_those_that_are_enforced() -> None:
    kept = {"searchOrders": SEARCH_ORDERS, "getOrder": GET_ORDER, "listTransactions": TRANSACTIONS}
    assert {name: (rate.every, rate.burst) for name, rate in kept.items()} == RATES


def test_who_keeps_the_limit_is_never_refused(moto_stack: Stack, bench: Bench) -> None:
    def pause(seconds: float) -> None:
        bench.clock.advance(bench.clock.now() + timedelta(seconds=seconds))

    account, begun = bench.api("amazon").account, bench.clock.now()
    throttle = Throttle(moto_stack.app.parts.table, bench.clock, account, pause)
    assert refused(bench, RatedHttp(bench.http, throttle)) == 0
    waited = (bench.clock.now() - begun).total_seconds()
    assert waited == pytest.approx((CALLS - GET_ORDER.burst) * GET_ORDER.every, abs=1)


def test_who_does_not_is(bench: Bench) -> None:
    with pytest.raises(Retriable, match="throttled"):
        refused(bench, bench.http)
