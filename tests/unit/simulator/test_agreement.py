"""Two opinions of one world: what the connectors read from the wire, and what the oracle reckons from the world."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache
from itertools import zip_longest
from math import floor

import pytest

from chalicelib.domain.events import Canonical, Consent
from chalicelib.domain.metrics import AccountDay, People, Product, Sums
from chalicelib.domain.order import Order, Refund, counts, earned, local_day, order_day
from chalicelib.errors import Rejected
from ops.simulator import traffic
from ops.simulator.compare import compare_orders, differences
from ops.simulator.delivery import LATENCY
from ops.simulator.model import SimOrder, World
from ops.simulator.oracle import Oracle, order_facts
from ops.simulator.registry import KEYS
from ops.simulator.registry import platform as platform_of
from ops.simulator.traffic import Shares, deliveries
from ops.simulator.world import build
from tests.unit.simulator.harness import Bench, view

PUSHING = [key for key in KEYS if platform_of(key).wire.pushes]
PULLED = [key for key in KEYS if platform_of(key).wire.api]


@cache
def small(*platforms: str) -> World:
    return build(3, history=60 * len(platforms), today=30 * len(platforms), platforms=platforms)


def said(oracle: Oracle, found: Iterable[Canonical]) -> list[str]:
    return [str(each) for each in compare_orders(oracle.orders, view(found).values())]


@pytest.mark.parametrize("platform", PUSHING)
@pytest.mark.parametrize("hours", [-600, -72, 0, 9, 24])
def test_snapshots_read_as_the_oracle_says(platform: str, hours: int) -> None:
    """Every order of a small world at five instants, pushed (and hydrated where the push is thin)."""
    world = small(platform)
    now = world.opening + timedelta(hours=hours)
    orders = [order for order in world.orders if order.placed_at <= now]
    found = Bench(world, now).told([each for order in orders for each in traffic.snapshot(world, order, now)])
    assert len(orders) > 10
    assert said(Oracle(world, now), found) == []


@pytest.mark.parametrize("platform", PUSHING)
def test_every_delivery_of_every_life_reads_as_the_oracle_says(platform: str) -> None:
    """Each webhook gives the order as it was when it was written (fat) or read (thin)."""
    world = build(5, history=30, today=14, platforms=(platform,))
    bench = Bench(world, world.opening - timedelta(days=90))
    known: dict[str, list[Canonical]] = {}
    checked = 0
    stream = deliveries(world, world.opening - timedelta(days=80), world.end + timedelta(days=30))
    for each, following in zip_longest(stream, stream[1:]):
        bench.clock.advance(each.at)
        found = bench.told([each])
        past = known.setdefault(each.subject, [])
        past += found
        if not any(isinstance(one, (Order, Refund)) for one in found):
            continue
        if not each.thin and following and (following.at, following.subject) == (each.at, each.subject):
            continue  # a fat push tells a part of what happened: its refund comes apart
        state = by_id(world)[each.subject].at(each.at if each.thin else each.at - LATENCY)
        assert state is not None
        order = view(past)[each.subject]
        assert [str(one) for one in differences(order_facts(world, state), order)] == []
        checked += 1
    assert checked > 100


def by_id(world: World) -> dict[str, SimOrder]:
    return {order.order_id: order for order in world.orders}


@pytest.mark.parametrize("platform", PULLED)
def test_a_pull_of_the_whole_window_reads_as_the_oracle_says(platform: str) -> None:
    world = small(platform)
    bench = Bench(world, world.closing)
    found = bench.pulled(platform, world.start - timedelta(days=70), world.closing)
    assert said(Oracle(world, world.closing), found) == []


@pytest.mark.parametrize("platform", PULLED)
def test_a_pull_tells_nothing_of_the_future(platform: str) -> None:
    world = small(platform)
    now = world.start + timedelta(hours=5, minutes=31)
    found = view(Bench(world, now).pulled(platform, world.start - timedelta(days=70), now))
    assert said(Oracle(world, now), found.values()) == []
    later = [order.order_id for order in world.orders if order.placed_at > now]
    assert later
    assert not set(later) & set(found)


@pytest.mark.parametrize("platform", PUSHING)
def test_the_day_with_all_its_faults_and_a_pull_ends_as_the_oracle_says(platform: str) -> None:
    """Lost, late, doubled, forged and corrupt requests; the pull makes good what was lost."""
    world = build(4, history=60, today=40, platforms=(platform,))
    bench = Bench(world, world.opening)
    found = bench.told(traffic.history(world))
    stream = traffic.day(world, Shares(dropped=0.1, forged=0.03, corrupt=0.03))
    refused = 0
    for sent in stream.sent:
        bench.clock.advance(sent.at)
        if sent.refused:
            with pytest.raises(Rejected):
                list(bench.received(sent))
            refused += 1
        else:
            found += bench.received(sent)
    assert refused == stream.counts["forged"] + stream.counts["corrupt"]
    assert refused > 1 or platform_of(platform).wire.feed
    oracle = Oracle(world, world.closing)
    bench.clock.advance(world.closing)
    if platform in PULLED:
        assert said(oracle, found), "the drops must have done harm, or the pull proves nothing"
        found += bench.pulled(platform, world.start - timedelta(hours=3), world.closing)
    assert said(oracle, found) == []
    days = {world.day - timedelta(days=back) for back in range(40)}
    cells = [cell for day in days for cell in folded(world, found, day)]
    assert [str(each) for each in oracle.compare(view(found).values(), cells)] == []


def test_consent_reads_as_the_oracle_says() -> None:
    """The last consent told of each buyer, by the platforms that tell any."""
    world = small(*(key for key in KEYS if platform_of(key).tells.consent))
    bench = Bench(world, world.closing)
    sent = deliveries(world, world.start, world.end)
    found = [each for each in bench.told([*traffic.history(world), *sent]) if isinstance(each, Consent) and each.channel == "email"]
    last: dict[tuple[str, str], Consent] = {}
    for each in sorted(found, key=lambda consent: consent.at or datetime.min.replace(tzinfo=world.zone)):
        last[(each.platform, each.buyer_id)] = each
    shopping = {order.buyer.id: order.buyer for order in world.orders}
    told = {(buyer.shop.platform, buyer.id): buyer.allows(world.closing) for buyer in shopping.values()}
    assert {key: consent.granted for key, consent in last.items()} == told
    assert any(buyer.withdrawn_at for buyer in shopping.values())


def folded(world: World, found: Iterable[Canonical], day: date) -> list[AccountDay]:
    """A day's numbers straight from the canonical objects, by the definitions of the metrics module."""
    found = list(found)
    orders = view(found)
    counted = {key: order for key, order in orders.items() if counts(order, ever_paid=earned(order.status))}
    refunds = {each.refund_id: each for each in found if isinstance(each, Refund) and each.status == "succeeded" and each.amount}
    cells: dict[tuple[str, str], AccountDay] = {}
    first: dict[str, date] = {}
    for order in counted.values():
        at, buyer = order_day(order, world.zone), order.buyer.id
        assert at is not None
        if buyer is not None:
            first[buyer] = min(first.get(buyer, at), at)
    people: dict[tuple[str, str], set[str]] = {}
    for order in counted.values():
        if order_day(order, world.zone) == day:
            cell = cells.setdefault((order.platform, order.account), _empty(order, day))
            cell.sums.setdefault(order.currency, Sums()).add(_sums(order))
            cell.sums[order.currency].refunded_own += order.amounts.refunded or 0
            people.setdefault((order.platform, order.account), set()).update([order.buyer.id] if order.buyer.id else [])
    for order in orders.values():
        if not order.test and order.placed_at and local_day(order.placed_at, world.zone) == day:
            cell = cells.setdefault((order.platform, order.account), _empty(order, day))
            total = order.amounts.paid if order.amounts.total is None else order.amounts.total
            cell.sums.setdefault(order.currency, Sums()).add(Sums(placed_orders=1, placed_gmv=total or 0))
    back: dict[str, int] = {}
    for refund in sorted(refunds.values(), key=lambda each: str(each.closed_at)):
        owner = counted.get(refund.order_id)
        before = back.get(refund.order_id, 0)
        back[refund.order_id] = before + (refund.amount or 0)
        if owner is not None and refund.closed_at and local_day(refund.closed_at, world.zone) == day:
            cell = cells.setdefault((owner.platform, owner.account), _empty(owner, day))
            cell.sums.setdefault(owner.currency, Sums()).add(
                Sums(
                    refunds=refund.amount or 0,
                    refund_count=1,
                    tax_platform=_taxed(owner, before) - _taxed(owner, back[refund.order_id]),
                )
            )
    new = {key: sum(first[buyer] == day for buyer in buyers) for key, buyers in people.items()}
    return [
        replace(cell, people=People(new.get(key, 0), len(people.get(key, ())) - new.get(key, 0))) for key, cell in cells.items()
    ]


def _taxed(order: Order, back: int) -> int:
    """The tax in so much of an order, to the nearest minor unit."""
    total = order.amounts.total or 0
    return floor(Fraction(order.extra.get("tax_platform", 0) * min(back, total), total) + Fraction(1, 2)) if total else 0


def _empty(order: Order, day: date) -> AccountDay:
    return AccountDay(order.platform, order.account, day, {}, People())


def _sums(order: Order) -> Sums:
    products: dict[str, Product] = {}
    for line in order.lines:
        product = products.setdefault(str(line.product_id or line.sku), Product(line.title or ""))
        product.quantity += line.quantity
        product.amount += line.total or 0
    assert order.amounts.total is not None
    units = sum(line.quantity for line in order.lines)
    return Sums(1, order.amounts.total, order.extra.get("tax_platform", 0), 0, 0, units, 0, products)
