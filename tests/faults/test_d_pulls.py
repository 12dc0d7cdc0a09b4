"""A pull that dies at each page of each platform that is pulled: before the page is queued, and before its cursor is kept."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.envelope import decode
from chalicelib.pipeline.pull import Pull
from ops.simulator.api.kit import QuickClock
from ops.simulator.registry import KEYS, platform
from ops.simulator.world import build
from tests.faults.sizes import size
from tests.functional.reconcile.shop import SimulatedShop
from tests.kit.faults import Told

PULLED = tuple(key for key in KEYS if platform(key).wire.api)
ORDERS = {"woocommerce": 110, "magento": 110} | dict.fromkeys(
    ("douyin", "shopee", "lazada", "aliexpress", "ebay", "amazon", "youzan"), 60
)
FEW = 20  # where a page holds few
HOURS = {"pinduoduo": 4}  # windows of half an hour, of several kinds
APPLIED = ("lazada", "shopify", "wechat")  # what was queued is also taken in, and held against the oracle


class Died(BaseException):
    """The worker is gone."""


def shop_of(engine: Any, key: str) -> SimulatedShop:
    """A shop after its day."""
    world = build(3, history=0, today=ORDERS.get(key, FEW), platforms=(key,))
    shop = SimulatedShop(engine, world)
    shop.app.parts.limits = QuickClock(world.start)
    shop.clock.advance(world.closing)
    shop.platforms.wait(timedelta(hours=3))
    return shop


def queued(shop: SimulatedShop) -> Counter[str]:
    """What lies on the lanes, by content."""
    return Counter(decode(body).digest for lane in (shop.stack.inbound, shop.stack.bulk) for body in lane.bodies)


def pull(shop: SimulatedShop) -> None:
    """From before the day on, or since half a night ago."""
    world, hours = shop.world, HOURS.get(shop.shop.platform)
    since = world.closing - timedelta(hours=hours) if hours else world.start - timedelta(hours=1)
    shop.app.pull.account(shop.shop.platform, shop.shop.account, since=since)


def killed_at_each_page(shop: SimulatedShop, times: int = 10_000) -> tuple[int, int]:
    """Dies twice at every page, and goes on each time; returns how many pages there were, and how often it died."""
    step, met, deaths = shop.app.pull, Counter[Any](), 0
    honest = step._page

    def deadly(account: Any, page: Any, lane: Any) -> int:
        name = (page.cursor, tuple(event.delivery_id for event in page.events))
        met[name] += 1
        if met[name] == 1 and deaths < times:
            raise Died
        count: int = honest(account, page, lane)
        if met[name] == 2 and deaths < times:
            raise Died
        return count

    step._page = deadly
    for _ in range(10_000):
        try:
            pull(shop)
        except Died:
            deaths += 1
            continue
        return len(met), deaths
    raise AssertionError("it never comes to an end")


@pytest.mark.fault(35)
@pytest.mark.parametrize("key", PULLED)
def test_35_killed_at_each_page_nothing_is_missed(quick: Any, key: str, fault: Told) -> None:
    whole = shop_of(quick, key)
    pull(whole)
    wanted = queued(whole)
    shop = shop_of(quick, key)
    pages, deaths = killed_at_each_page(shop)
    assert pages >= 2
    assert deaths == 2 * pages
    found = queued(shop)
    assert set(found) == set(wanted)
    if key in APPLIED:
        shop.stack.normalise()
        assert shop.differences() == []
        shop.stack.settle()
        assert set(Counter(shop.app.coverage.order_ids(shop.shop.platform, shop.shop.account, shop.world.day)).values()) == {1}
    fault.figure(f"killed twice at each page: {len(set(wanted) - set(found))} missed, 0 doubled in orders and sums")


@pytest.mark.fault(35, saboteur=True)
@pytest.mark.parametrize("key", ["lazada", "mercadolibre"])
def test_35_saboteur_a_cursor_that_moves_first(quick: Any, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = shop_of(quick, key)
    pull(whole)
    honest = Pull._go

    def hasty(self: Any, shop: Any, what: Any, window: Any, watch: Any, keep: Any, *, lane: Any) -> Any:
        sent = self._page

        def first(account: Any, page: Any, lane: Any) -> int:
            keep(page.cursor, 0)
            count: int = sent(account, page, lane)
            return count

        self._page = first
        try:
            return honest(self, shop, what, window, watch, lambda *_: None, lane=lane)
        finally:
            self._page = sent

    monkeypatch.setattr(Pull, "_go", hasty)
    shop = shop_of(quick, key)
    killed_at_each_page(shop, times=1)
    assert set(queued(whole)) - set(queued(shop)) != set()


# --- 34 ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(34)
def test_34_orders_whose_pushes_were_lost_are_all_there_after_one_look(quick: Any, fault: Told) -> None:
    orders = size(60, 1000)
    shop = SimulatedShop(quick, build(3, history=0, today=orders, platforms=("shopify",)))
    shop.day(dropped=0.05)
    assert shop.differences() != []
    shop.reconcile()
    assert shop.differences() == []
    rows = Counter(shop.app.coverage.order_ids("shopify", shop.shop.account, shop.world.day))
    assert (len(rows), set(rows.values())) == (orders, {1})
    doubled = sum(rows.values()) - len(rows)
    fault.figure(f"{orders} orders, {len(shop.dropped)} pushes (5 %) lost: {len(rows)} there, {doubled} doubled")
