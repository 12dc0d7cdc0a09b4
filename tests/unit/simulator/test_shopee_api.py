"""Shopee's simulated open platform: signatures, tokens, windows, pages, fields that are asked for, trouble on demand."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.contract import HttpRequest
from chalicelib.errors import Retriable
from ops.simulator.api.kit import SimClock
from ops.simulator.model import World
from ops.simulator.platforms.shopee import wire
from ops.simulator.platforms.shopee.api import LONGEST, ShopeeApi
from ops.simulator.servers import Platforms
from ops.simulator.world import build
from tests.unit.simulator.harness import Bench, view

HOST = "https://partner.shopeemobile.com"


@pytest.fixture(scope="module")
def world() -> World:
    return build(6, history=90, today=60, platforms=("shopee",))


@pytest.fixture
def platforms(world: World) -> Platforms:
    return Platforms(world, SimClock(world.closing))


def signed(platforms: Platforms, name: str, *shop: str, late: int = 0) -> tuple[tuple[str, str], ...]:
    secrets = platforms.world.secrets["shopee"]
    stamp = str(int(platforms.clock.now().timestamp()) - late)
    text = "".join((secrets["partner_id"], f"/api/v2/{name}", stamp, *shop))
    sign = hmac.new(secrets["partner_key"].encode(), text.encode(), hashlib.sha256).hexdigest()
    common = (("partner_id", secrets["partner_id"]), ("timestamp", stamp), ("sign", sign))
    return (*common, *zip(("access_token", "shop_id"), shop, strict=False))


def renewed(platforms: Platforms, refresh_token: str | None = None) -> Any:
    secrets, name = platforms.world.secrets["shopee"], "auth/access_token/get"
    body = {"partner_id": int(secrets["partner_id"]), "shop_id": int(platforms.world.shop("shopee").account)}
    body["refresh_token"] = refresh_token or secrets["refresh_token"]  # type: ignore[assignment]
    request = HttpRequest("POST", f"{HOST}/api/v2/{name}", signed(platforms, name), {}, json.dumps(body).encode())
    return json.loads(platforms.handle("shopee", request).body)


def called(platforms: Platforms, name: str, token: str, *, late: str = "0", **params: str) -> Any:
    query = signed(platforms, name, token, platforms.world.shop("shopee").account, late=int(late))
    request = HttpRequest("GET", f"{HOST}/api/v2/{name}", (*query, *params.items()))
    answer = platforms.handle("shopee", request)
    assert answer.status == 200, "errors come with 200"
    return json.loads(answer.body)


def test_a_refresh_token_serves_once(platforms: Platforms) -> None:
    first = renewed(platforms)
    assert renewed(platforms)["error"] == "error_auth"
    second = renewed(platforms, first["refresh_token"])
    assert second["error"] == "" and second["access_token"] != first["access_token"]
    api = platforms.apis["shopee"]
    assert isinstance(api, ShopeeApi)
    assert api.tokens.reused == 1


def test_a_token_lives_four_hours_and_a_signature_is_of_now(world: World) -> None:
    platforms = Platforms(world, SimClock(world.start))
    token = renewed(platforms)["access_token"]
    order = next(order.order_id for order in world.orders if order.placed_at < world.start)
    assert called(platforms, "order/get_order_detail", token, order_sn_list=order)["error"] == ""
    assert called(platforms, "order/get_order_detail", token, late="3600", order_sn_list=order)["error"] == "error_sign"
    assert called(platforms, "order/get_order_detail", "guessed", order_sn_list=order)["error"] == "invalid_acceess_token"
    platforms.clock.advance(world.start + timedelta(hours=4, seconds=1))
    assert called(platforms, "order/get_order_detail", token, order_sn_list=order)["error"] == "invalid_acceess_token"


def test_a_list_is_bounded_by_window_and_page(platforms: Platforms, world: World) -> None:
    token, end = renewed(platforms)["access_token"], int(world.closing.timestamp())
    window = {"time_range_field": "update_time", "time_from": str(end - LONGEST), "time_to": str(end)}
    first = called(platforms, "order/get_order_list", token, page_size="40", **window)["response"]
    assert first["more"] and len(first["order_list"]) == 40
    rest = called(platforms, "order/get_order_list", token, page_size="40", cursor=first["next_cursor"], **window)["response"]
    names = [row["order_sn"] for row in (*first["order_list"], *rest["order_list"])]
    assert len(set(names)) == len(names)
    assert called(platforms, "order/get_order_list", token, page_size="101", **window)["error"] == "error_param"
    window["time_from"] = str(end - LONGEST - 1)
    assert called(platforms, "order/get_order_list", token, **window)["error"] == "error_param"


def test_an_order_has_the_fields_that_are_asked_for(platforms: Platforms, world: World) -> None:
    token, order = renewed(platforms)["access_token"], world.orders[0].order_id
    bare = called(platforms, "order/get_order_detail", token, order_sn_list=order)["response"]["order_list"][0]
    assert set(bare) == wire.BASE
    asked = {"order_sn_list": order, "response_optional_fields": "item_list,pay_time"}
    more = called(platforms, "order/get_order_detail", token, **asked)["response"]["order_list"][0]
    assert set(more) == wire.BASE | {"item_list", "pay_time"}


def test_there_is_no_escrow_before_payment(platforms: Platforms, world: World) -> None:
    token = renewed(platforms)["access_token"]
    states = list(world.states("shopee", world.closing))
    waiting = next(state for state in states if not wire.settled(state))
    paid = next(state for state in states if state.paid)
    assert called(platforms, "payment/get_escrow_detail", token, order_sn=waiting.order.order_id)["error"] == "error_not_found"
    income = called(platforms, "payment/get_escrow_detail", token, order_sn=paid.order.order_id)["response"]["order_income"]
    assert income["buyer_total_amount"] == paid.total


def test_the_connector_lives_through_revoked_tokens_and_trouble(world: World) -> None:
    bench = Bench(world, world.closing)
    api = bench.platforms.apis["shopee"]
    assert isinstance(api, ShopeeApi)
    once = view(bench.pulled("shopee", world.start, world.closing))
    api.tokens.expire()
    assert view(bench.pulled("shopee", world.start, world.closing)) == once != {}
    assert api.tokens.reused == 0
    bench.platforms.faults.share_429, bench.platforms.faults.share_500 = 0.05, 0.05
    assert view(bench.pulled("shopee", world.start, world.closing)) == once
    assert set(bench.platforms.faults.counts) == {"429", "5xx"}
    bench.platforms.faults.switched["shopee"] = "down"
    with pytest.raises(Retriable, match="503"):
        bench.pulled("shopee", world.start, world.closing)
