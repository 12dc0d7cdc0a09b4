"""WooCommerce's simulated REST API: keys, pages, the zone of a filter, refunds below their order, trouble on demand."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.contract import HttpRequest, HttpResponse
from chalicelib.errors import ConfigError, Retriable
from connectors.woocommerce.api import get
from ops.simulator.api.kit import SimClock
from ops.simulator.model import World
from ops.simulator.platforms.woocommerce import wire
from ops.simulator.servers import Platforms
from ops.simulator.world import build
from tests.unit.simulator.harness import Bench, view

ROOT = f"{wire.STORE}/wp-json/wc/v3"


@pytest.fixture(scope="module")
def world() -> World:
    return build(6, history=90, today=40, platforms=("woocommerce",))


@pytest.fixture
def platforms(world: World) -> Platforms:
    return Platforms(world, SimClock(world.closing))


def told(response: HttpResponse) -> Any:
    return json.loads(response.body)


def read(platforms: Platforms, path: str, key: str | None = None, **query: str) -> HttpResponse:
    secrets = platforms.world.secrets["woocommerce"]
    pair = f"{key or secrets['consumer_key']}:{secrets['consumer_secret']}"
    headers = {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return platforms.handle("woocommerce", HttpRequest("GET", f"{ROOT}/{path}", tuple(query.items()), headers))


def test_both_keys_are_asked_for(platforms: Platforms) -> None:
    assert read(platforms, "orders").status == 200
    assert read(platforms, "orders", key="ck_guessed").status == 401
    secrets = platforms.world.secrets["woocommerce"]
    pairs = tuple((name, secrets[name]) for name in ("consumer_key", "consumer_secret"))
    assert platforms.handle("woocommerce", HttpRequest("GET", f"{ROOT}/orders", pairs)).status == 200
    assert platforms.handle("woocommerce", HttpRequest("GET", f"{ROOT}/orders", pairs[:1])).status == 401


def test_a_list_tells_its_length_and_is_bounded(platforms: Platforms) -> None:
    first = read(platforms, "orders", per_page="50", orderby="id", order="asc")
    assert (first.headers["x-wp-total"], first.headers["x-wp-totalpages"], len(told(first))) == ("130", "3", 50)
    assert len(told(read(platforms, "orders", per_page="50", page="3"))) == 30
    assert read(platforms, "orders", per_page="101").status == 400
    ids = [row["id"] for row in told(first)]
    assert ids == sorted(ids)


def test_a_filter_is_of_the_shop_s_zone_unless_told_otherwise(platforms: Platforms, world: World) -> None:
    at = max(state.updated_at for state in world.states("woocommerce", world.closing))
    just_before = (at - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S")

    def found(**query: str) -> int:
        return len(told(read(platforms, "orders", modified_after=just_before, **query)))

    assert found(dates_are_gmt="true") == 1
    assert found() > 1
    assert len(told(read(platforms, "orders", modified_after=at.strftime("%Y-%m-%dT%H:%M:%S"), dates_are_gmt="true"))) == 0


def test_an_order_says_what_went_back_and_its_refunds_say_when(platforms: Platforms, world: World) -> None:
    state = next(state for state in world.states("woocommerce", world.closing) if state.claims)
    order = told(read(platforms, f"orders/{state.order.order_id}"))
    (refund,) = told(read(platforms, f"orders/{state.order.order_id}/refunds"))
    assert order["refunds"] == [{"id": refund["id"], "reason": "as agreed", "total": f"-{refund['amount']}"}]
    assert refund["date_created_gmt"] == wire.stamp(state.claims[0].at)
    assert all(line["total"].startswith("-") for line in refund["line_items"])


def test_what_is_not_there_yet_is_not_told(platforms: Platforms, world: World) -> None:
    later = next(order for order in world.orders if order.placed_at > world.start)
    early = Platforms(world, SimClock(world.start))
    assert told(read(early, f"orders/{later.order_id}"))["code"] == "woocommerce_rest_shop_order_invalid_id"
    assert read(platforms, f"orders/{later.order_id}").status == 200


def test_the_connector_meets_wrong_keys_and_trouble(world: World) -> None:
    bench = Bench(world, world.closing)
    since = world.start - timedelta(days=70)
    whole = view(bench.pulled("woocommerce", since, world.closing))
    assert len(whole) == len(world.orders)
    bench.platforms.faults.share_429, bench.platforms.faults.share_500 = 0.1, 0.1
    assert view(bench.pulled("woocommerce", since, world.closing)) == whole
    assert set(bench.platforms.faults.counts) == {"429", "5xx"}
    bench.platforms.faults.switched["woocommerce"] = "throttled"
    with pytest.raises(Retriable, match="throttled"):
        bench.pulled("woocommerce", since, world.closing)
    del bench.platforms.faults.switched["woocommerce"]
    bench.platforms.faults.share_429 = bench.platforms.faults.share_500 = 0.0
    bench.platforms.apis["woocommerce"].secrets = {"consumer_key": "ck_other", "consumer_secret": "cs_other"}  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="keys"):
        get(bench.api("woocommerce"), "orders")
