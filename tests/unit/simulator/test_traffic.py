"""The stream: exact counts of every fate, byte-identical copies, and nothing that arrives after the day."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.errors import Rejected
from ops.simulator import traffic
from ops.simulator.model import World
from ops.simulator.registry import KEYS
from ops.simulator.registry import platform as platform_of
from ops.simulator.traffic import Sent, Shares
from ops.simulator.world import build
from tests.unit.simulator.harness import Bench


@pytest.fixture(scope="module")
def world() -> World:
    return build(2, history=200, today=200)


@pytest.fixture(scope="module")
def few() -> World:
    """Enough orders a shop that each fate falls on each."""
    return build(2, history=200, today=200, platforms=("shopify", "douyin", "mercadolibre", "generic"))


def test_counts_are_exact_and_say_what_was_sent(world: World) -> None:
    stream = traffic.day(world)
    number = len(traffic.deliveries(world, world.start, world.end))
    counts = stream.counts
    assert Counter(each.fate for each in stream.sent) == Counter({key: many for key, many in counts.items() if key != "dropped"})
    assert len(stream.dropped) == counts["dropped"] == round(0.02 * number)
    assert counts["duplicate"] == round(0.10 * number)
    assert counts["late"] == round(0.05 * number)
    assert counts["forged"] == round(0.01 * number)
    assert counts["corrupt"] == round(0.005 * number)
    assert counts["plain"] + counts["late"] + counts["retry"] + counts["dropped"] == number


def test_a_seed_makes_one_stream(world: World) -> None:
    assert traffic.day(world) == traffic.day(world)
    assert traffic.day(world, seed=5).sent != traffic.day(world, seed=6).sent


def test_without_faults_everything_is_sent_once_in_order(world: World) -> None:
    stream = traffic.day(world, Shares(0, 0, 0, 0, 0))
    assert [each.delivery for each in stream.sent] == traffic.deliveries(world, world.start, world.end)
    assert {each.fate for each in stream.sent} == {"plain"}


def test_nothing_arrives_before_it_was_sent_or_after_the_day(world: World) -> None:
    sent = traffic.day(world).sent
    assert [each.at for each in sent] == sorted(each.at for each in sent)
    assert all(min(each.delivery.at, world.closing) <= each.at <= world.closing for each in sent)
    assert [each.number for each in sent] == list(range(len(sent)))


def test_the_late_are_overtaken(world: World) -> None:
    sent = traffic.day(world).sent
    late = [each for each in sent if each.fate == "late"]
    overtaken = [each for each in late if any(other.delivery.at > each.delivery.at for other in sent[: each.number])]
    assert len(overtaken) > len(late) * 0.9


def test_only_what_a_pull_brings_is_dropped(world: World, few: World) -> None:
    assert {each.platform for each in traffic.day(few).dropped} == {"shopify", "douyin", "mercadolibre"}
    for each in (*traffic.day(world).dropped, *traffic.day(few).dropped):
        assert platform_of(each.platform).wire.api is not None and not each.topic.startswith("customers/")


def test_a_duplicate_is_byte_identical(world: World) -> None:
    for each in traffic.day(world).sent:
        if each.fate == "duplicate":
            first = Sent(each.delivery.at, each.delivery, "plain", each.number)
            again, before = traffic.request_of(world, each, world.start), traffic.request_of(world, first, world.start)
            drawn = DRAWN.get(each.delivery.platform, {})
            assert replace(again, **drawn) == replace(before, **drawn)


# An ECDSA signature is drawn anew each time, and so are the random bytes that a sealed envelope begins with; both are as good.
DRAWN: dict[str, dict[str, Any]] = {"ebay": {"headers": {}}, "wechat": {"query": (), "body": b""}}
PUSHING = [key for key in KEYS if platform_of(key).wire.pushes and not platform_of(key).wire.feed]
REFUSALS = [(key, fate) for key in PUSHING for fate in ("forged", "corrupt") if fate == "forged" or platform_of(key).wire.signed]


@pytest.mark.parametrize(("platform", "fate"), REFUSALS)
def test_the_forged_and_the_corrupt_are_refused_where_the_genuine_is_not(platform: str, fate: str) -> None:
    world = build(2, history=50, today=50, platforms=(platform,))
    bench = Bench(world, world.closing)
    chosen = traffic.deliveries(world, world.start, world.end)[:40]
    for number, delivery in enumerate(chosen):
        list(bench.received(Sent(delivery.at, delivery, "plain", number)))
        with pytest.raises(Rejected):
            list(bench.received(Sent(delivery.at, delivery, fate, number)))


def test_bodies_have_the_size_of_real_ones(world: World) -> None:
    sent = [each for each in traffic.deliveries(world, world.start, world.end) if each.platform == "shopify"]
    sizes = [len(each.body) for each in sent if each.topic.startswith("orders/")]
    assert min(sizes) > 3_000
    assert max(sizes) < 20_000
