"""A platform of the simulator is one package and one line: its traits fit its connector, and nothing else knows its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import ops.simulator
from chalicelib.contract import Hydrates, ImportsFiles, PullsOrders, ReceivesFeed, ReceivesWebhooks
from connectors.registry import KEYS as CONNECTORS
from connectors.registry import connector
from ops import rehearsal
from ops.simulator.catalogue import COLUMN
from ops.simulator.facts import AMOUNTS
from ops.simulator.registry import KEYS, platform
from ops.simulator.stories import STORIES
from ops.simulator.world import build

ROOM = Path(ops.simulator.__file__).parent
CORE = [*sorted(ROOM.glob("*.py")), *sorted((ROOM / "api").glob("*.py")), *Path(rehearsal.__file__).parent.glob("rehearsal*.py")]
FACTS = {"paid_at", "units", "buyer.id", *(f"amounts.{name}" for name in AMOUNTS)}


def test_every_platform_has_a_connector() -> None:
    assert set(KEYS) <= set(CONNECTORS)
    assert len(set(KEYS)) == len(KEYS)


def test_an_unknown_platform_is_refused() -> None:
    with pytest.raises(KeyError):
        platform("nowhere")


@pytest.mark.parametrize("key", KEYS)
def test_traits_fit_the_connector(key: str) -> None:
    traits, info = platform(key), connector(key).info
    assert traits.shop.platform == key
    given = {name for name, secret in traits.secrets.items() if not secret.own}
    assert given <= {*info.verify_secrets, *info.api_secrets}
    own = urlsplit(traits.options.get(info.host_option or "", "")).hostname  # a shop of one's own is at its own address
    hosts = [*info.api_hosts, *([own] if own else [])]
    assert all(any(host == known or host.endswith(known.lstrip("*")) for known in hosts) for host in traits.wire.hosts)
    assert traits.wire.signed is (info.push_trust == "signed") or not traits.wire.pushes or traits.wire.feed
    assert bool(traits.wire.api) is isinstance(connector(key), PullsOrders)
    assert traits.wire.api or isinstance(connector(key), ImportsFiles), "its history has no way in"
    assert not traits.wire.pushes or isinstance(connector(key), ReceivesFeed if traits.wire.feed else ReceivesWebhooks)


@pytest.mark.parametrize("key", KEYS)
def test_traits_speak_the_words_of_the_simulator(key: str) -> None:
    traits = platform(key)
    assert set(traits.lives.stories) <= STORIES
    assert traits.lives.bare <= STORIES
    assert traits.shop.locale in COLUMN
    assert traits.tells.untold | traits.tells.either | traits.tells.once_paid <= FACTS
    assert len(traits.trade.tax_rates) in {0, 2, 3}
    assert all(secret.like in {"", *traits.secrets} for secret in traits.secrets.values())


@pytest.mark.parametrize("key", KEYS)
def test_thin_pushes_are_of_platforms_that_are_read_back(key: str) -> None:
    world = build(2, history=20, today=10, platforms=(key,))
    thin = [each for each in platform(key).wire.deliveries(world, world.start, world.end) if each.thin]
    assert not thin or isinstance(connector(key), Hydrates)


def test_only_the_package_and_one_line_of_the_registry_name_a_platform() -> None:
    found = {path.name: sorted(named(path.read_text(encoding="utf-8"))) for path in CORE}
    assert {name for name, keys in found.items() if keys} == {"registry.py"}
    assert sorted(found["registry.py"]) == sorted(KEYS)


@pytest.mark.parametrize(
    "line", ['if key == "douyin": pass', 'X = {"shopify": 1}', "from ops.simulator.platforms.generic import wire"]
)
def test_saboteur_a_platform_named_in_the_core_is_seen(line: str) -> None:
    assert list(named(line))


def named(source: str) -> Iterator[str]:
    """Platform keys in a module: as text on their own, and as packages that are imported."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and node.value in KEYS:
            yield str(node.value)
        elif isinstance(node, ast.ImportFrom):
            yield from (part for part in (node.module or "").split(".") if part in KEYS)
