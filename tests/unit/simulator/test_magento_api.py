"""Magento's simulated REST API: OAuth on every call, searches, Adobe's key, trouble on demand."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.contract import HttpRequest, HttpResponse
from chalicelib.errors import ConfigError, Retriable
from chalicelib.toolkit.oauth1 import Credentials, authorization, encode
from chalicelib.toolkit.rsa import rsa_holds, rsa_sign
from chalicelib.toolkit.signing import unb64
from connectors.magento.api import get
from ops.simulator.api.kit import SimClock
from ops.simulator.model import World
from ops.simulator.platforms.magento import keys, wire
from ops.simulator.servers import Platforms
from ops.simulator.world import build
from tests.unit.simulator.harness import Bench, view

ROOT = f"{wire.STORE}/rest/V1"


@pytest.fixture(scope="module")
def world() -> World:
    return build(6, history=90, today=40, platforms=("magento",))


@pytest.fixture
def platforms(world: World) -> Platforms:
    return Platforms(world, SimClock(world.closing))


def told(response: HttpResponse) -> Any:
    return json.loads(response.body)


def read(
    platforms: Platforms, path: str, query: tuple[tuple[str, str], ...] = (), nonce: str = "n1", late: int = 0, **other: str
) -> HttpResponse:
    secrets = {**platforms.world.secrets["magento"], **other}
    four = Credentials(*(secrets[name] for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")))
    stamp = int(platforms.clock.now().timestamp()) - late
    url = f"{ROOT}/{path}"
    headers = {"authorization": authorization("GET", url, query, four, nonce=nonce, timestamp=stamp)}
    spelled = "&".join(f"{encode(name)}={encode(value)}" for name, value in query)
    return platforms.handle("magento", HttpRequest("GET", f"{url}?{spelled}" if spelled else url, (), headers))


def criteria(field: str, value: str, condition: str, size: int = 50, page: int = 1) -> tuple[tuple[str, str], ...]:
    one = "searchCriteria[filter_groups][0][filters][0]"
    found = ((f"{one}[field]", field), (f"{one}[value]", value), (f"{one}[condition_type]", condition))
    return (*found, ("searchCriteria[pageSize]", str(size)), ("searchCriteria[currentPage]", str(page)))


def test_every_call_is_signed_anew(platforms: Platforms) -> None:
    assert read(platforms, "orders").status == 200
    assert read(platforms, "orders").status == 401, "a nonce serves once"
    assert read(platforms, "orders", nonce="n2").status == 200
    assert read(platforms, "orders", nonce="n3", late=3600).status == 401
    assert read(platforms, "orders", nonce="n4", consumer_secret="another").status == 401
    assert read(platforms, "orders", nonce="n5", access_token="another").status == 401
    assert platforms.handle("magento", HttpRequest("GET", f"{ROOT}/orders")).status == 401


def test_beyond_the_last_page_is_the_last_page_again(platforms: Platforms) -> None:
    def page(number: int) -> Any:
        found = criteria("updated_at", "2026-01-01 00:00:00", "gteq", size=50, page=number)
        return told(read(platforms, "orders", found, nonce=f"p{number}"))

    assert [len(page(number)["items"]) for number in (1, 2, 3)] == [50, 50, 30]
    assert page(9)["items"] == told(read(platforms, "orders", criteria("updated_at", "2026", "gteq", 50, 3), nonce="x"))["items"]
    assert page(4)["total_count"] == 130


def test_what_belongs_to_an_order_is_found_by_its_number(platforms: Platforms, world: World) -> None:
    state = next(state for state in world.states("magento", world.closing) if state.claims and len(state.parcels) == 1)

    def related(kind: str) -> Any:
        return told(read(platforms, kind, criteria("order_id", state.order.order_id, "eq"), nonce=kind))["items"]

    assert [row["created_at"] for row in related("invoices")] == [wire.stamp(state.paid_at)]
    assert [row["tracks"][0]["track_number"] for row in related("shipments")] == [state.parcels[0].number]
    assert [row["entity_id"] for row in related("creditmemos")] == [int(state.claims[0].id)]


def test_a_product_in_sizes_has_two_rows_and_one_price(platforms: Platforms, world: World) -> None:
    order = next(order for order in world.orders if any(wire.configurable(item) for item in order.items))
    told_ = told(read(platforms, f"orders/{order.order_id}"))
    parts = [row for row in told_["items"] if row.get("parent_item_id")]
    assert parts and all(row["price"] == 0 for row in parts)
    assert {row["parent_item_id"] for row in parts} <= {row["item_id"] for row in told_["items"]}
    assert told_["base_grand_total"] != told_["grand_total"]


def test_the_key_lies_where_events_say_and_nowhere_else(platforms: Platforms, world: World) -> None:
    private = world.secrets["magento"]["private_key"]
    found = platforms.handle("magento", HttpRequest("GET", f"https://{wire.KEY_HOST}{keys.key_path(private)}"))
    assert rsa_holds(found.body.decode(), unb64(rsa_sign(private, b"body")), b"body")
    other = keys.private_key("another")
    assert not rsa_holds(found.body.decode(), unb64(rsa_sign(other, b"body")), b"body")
    assert platforms.handle("magento", HttpRequest("GET", f"https://{wire.KEY_HOST}/prod/keys/pub-key-x.pem")).status == 404


def test_the_connector_meets_trouble_and_refused_keys(world: World) -> None:
    bench = Bench(world, world.closing)
    since = world.start - timedelta(days=2)
    whole = view(bench.pulled("magento", since, world.closing))
    bench.platforms.faults.share_429, bench.platforms.faults.share_500 = 0.04, 0.04
    assert view(bench.pulled("magento", since, world.closing)) == whole != {}
    assert set(bench.platforms.faults.counts) == {"429", "5xx"}
    bench.platforms.faults.switched["magento"] = "down"
    with pytest.raises(Retriable, match="503"):
        bench.pulled("magento", since, world.closing)
    bench.platforms.faults.switched.clear()
    bench.platforms.faults.share_429 = bench.platforms.faults.share_500 = 0.0
    bench.platforms.apis["magento"].secrets = {**world.secrets["magento"], "access_token": "another"}  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="refuses"):
        get(bench.api("magento"), "orders")
