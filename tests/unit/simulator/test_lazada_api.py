"""Lazada as simulated: signed calls, tokens, windows and pages, units and reverse orders, refusals on demand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.contract import HttpRequest
from chalicelib.errors import Permanent, Retriable
from chalicelib.toolkit.iop import sign
from chalicelib.toolkit.loose import number
from connectors.lazada import reverse
from ops.simulator.api.kit import Faults, SimClock
from ops.simulator.compare import compare_orders
from ops.simulator.model import World
from ops.simulator.oracle import Oracle
from ops.simulator.platforms.lazada import wire
from ops.simulator.platforms.lazada.api import LazadaApi
from ops.simulator.servers import Platforms
from ops.simulator.world import build
from tests.unit.simulator.harness import Bench, view

URL = "https://api.lazada.vn/rest"


@pytest.fixture(scope="module")
def world() -> World:
    return build(6, history=90, today=60, platforms=("lazada",))


@pytest.fixture
def platforms(world: World) -> Platforms:
    return Platforms(world, SimClock(world.closing))


def request(world: World, path: str, at: datetime, **params: str) -> HttpRequest:
    secrets = world.secrets["lazada"]
    known = {"app_key": secrets["app_key"], "sign_method": "sha256", "timestamp": str(int(at.timestamp() * 1000))}
    everything = [*(known | params).items()]
    everything.append(("sign", sign(secrets["app_secret"], path, everything)))
    return HttpRequest("GET", f"{URL}{path}", query=tuple(everything))


def call(platforms: Platforms, path: str, **params: str) -> Any:
    return json.loads(platforms.handle("lazada", request(platforms.world, path, platforms.clock.now(), **params)).body)


def token(platforms: Platforms) -> str:
    answer = call(platforms, "/auth/token/refresh", refresh_token=platforms.world.secrets["lazada"]["refresh_token"])
    return str(answer["access_token"])


def api_of(platforms: Platforms) -> LazadaApi:
    api = platforms.apis["lazada"]
    assert isinstance(api, LazadaApi)
    return api


def test_signature_key_time_and_token_are_checked(platforms: Platforms, world: World) -> None:
    order_id, now = next(world.of("lazada")).order_id, world.closing
    good = request(world, "/order/get", now, access_token=token(platforms), order_id=order_id)

    def code(sent: HttpRequest) -> str:
        return str(json.loads(platforms.handle("lazada", sent).body)["code"])

    assert code(good) == "0"
    other = tuple((name, "1" if name == "order_id" else value) for name, value in good.query)
    assert code(replace(good, query=other)) == "IncompleteSignature"
    assert code(replace(good, url=good.url.replace("/rest", ""))) == "InvalidApiPath"
    assert code(request(world, "/order/get", now, access_token="guessed", order_id=order_id)) == "IllegalAccessToken"
    assert code(request(world, "/order/get", now - timedelta(hours=3), access_token="x")) == "IllegalTimestamp"
    assert code(request(world, "/order/get", now, app_key="1")) == "InvalidAppKey"


def test_an_access_token_ends_and_a_refresh_token_that_nobody_has_is_refused(world: World) -> None:
    platforms = Platforms(world, SimClock(world.start))
    held = token(platforms)
    assert call(platforms, "/orders/get", access_token=held, update_after="2026-11-01T00:00:00+00:00")["code"] == "0"
    platforms.clock.advance(world.start + timedelta(days=30))
    assert call(platforms, "/orders/get", access_token=held)["code"] == "IllegalAccessToken"
    assert call(platforms, "/auth/token/refresh", refresh_token="guessed")["code"] == "IllegalRefreshToken"


def test_orders_are_listed_by_page_and_window(platforms: Platforms, world: World) -> None:
    held, since = token(platforms), "2026-09-01T00:00:00+00:00"
    first = call(platforms, "/orders/get", access_token=held, update_after=since, sort_by="updated_at", limit="20")["data"]
    second = call(platforms, "/orders/get", access_token=held, update_after=since, sort_by="updated_at", limit="20", offset="20")
    ids = [order["order_id"] for order in [*first["orders"], *second["data"]["orders"]]]
    assert (len(set(ids)), int(first["countTotal"])) == (40, 150)
    states = sorted(world.states("lazada", world.closing), key=lambda state: (state.updated_at, state.order.order_id))
    assert ids == [int(state.order.order_id) for state in states[:40]]
    last = states[-1].updated_at.isoformat()
    assert int(call(platforms, "/orders/get", access_token=held, update_after=last)["data"]["countTotal"]) == 1


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"update_after": "2026-11-01T00:00:00+00:00", "limit": "101"}, "19"),
        ({"update_after": "2026-11-01T00:00:00+00:00", "offset": "5001"}, "14"),
        ({"update_after": "2026-11-01T00:00:00"}, "17"),
        ({"update_after": "2026-11-01T00:00:00Z"}, "17"),
        ({}, "5"),
    ],
)
def test_what_a_list_refuses(platforms: Platforms, params: dict[str, str], code: str) -> None:
    assert call(platforms, "/orders/get", access_token=token(platforms), **params)["code"] == code


def test_units_are_rows_whose_sums_are_the_order(platforms: Platforms, world: World) -> None:
    """Shipping and coupons are cut over the units to the last dong; no amount has a fraction."""
    held = token(platforms)
    several = [state for state in world.states("lazada", world.closing) if len(wire.units(state)) > 2 and state.off_platform]
    state = next(state for state in several if state.shipping)
    rows = call(platforms, "/order/items/get", access_token=held, order_id=state.order.order_id)["data"]
    assert len({row["order_item_id"] for row in rows}) == len(rows) == sum(item.quantity for item in state.items)
    sums = {name: sum(int(row[name].removesuffix(".00")) for row in rows) for name in ("paid_price", "shipping_amount")}
    assert sums["paid_price"] + sums["shipping_amount"] == state.total
    many = call(platforms, "/orders/items/get", access_token=held, order_ids=f"[{state.order.order_id},1]")["data"]
    assert [each["order_items"] for each in many] == [rows]


def test_reverse_orders_are_found_by_change_and_by_order(platforms: Platforms, world: World) -> None:
    held, path = token(platforms), "/reverse/getreverseordersforseller"
    claims = [(state, claim) for state in world.states("lazada", world.closing) for claim in state.claims]
    whole = call(platforms, path, access_token=held, page_no="1", page_size="100")["result"]
    assert whole["total"] == len(claims) > 5
    state, claim = claims[0]
    mine = call(platforms, path, access_token=held, trade_order_id=state.order.order_id, page_size="100")["result"]
    assert claim.id in {str(each["reverse_order_id"]) for each in mine["items"]}
    assert mine["total"] == len(state.claims)
    stamp = str(wire.seconds(claim.at) * 1000)
    name = "ReverseOrderLineModifiedTimeRange"
    window = {f"{name}Start": stamp, f"{name}End": stamp}
    assert call(platforms, path, access_token=held, **window)["result"]["total"] == 1
    assert call(platforms, path, access_token=held, page_size="101")["code"] == "IllegalParameter"


def test_every_unit_has_a_push_of_its_own(world: World) -> None:
    order = next(order for order in world.of("lazada") if sum(item.quantity for item in order.items) > 2)
    sent = list(wire.deliveries(world, order.placed_at, order.placed_at + timedelta(seconds=1)))
    mine = [json.loads(each.body)["data"] for each in sent if each.subject == order.order_id]
    assert len({each["trade_order_line_id"] for each in mine}) == sum(item.quantity for item in order.items)
    assert {each["order_status"] for each in mine} == {"unpaid"}


def test_the_connector_lives_through_a_token_that_is_over_and_not_through_a_revoked_one(world: World) -> None:
    bench = Bench(world, world.closing)
    once = view(bench.pulled("lazada", world.start, world.closing))
    api_of(bench.platforms).tokens.expire()
    assert view(bench.pulled("lazada", world.start, world.closing)) == once != {}
    api_of(bench.platforms).tokens.revoke()
    with pytest.raises(Permanent, match="token-revoked"):
        bench.pulled("lazada", world.start, world.closing)


@pytest.mark.parametrize("code", ["ApiCallLimit", "ServiceTimeout"])
def test_limits_and_faults_come_on_demand(world: World, code: str) -> None:
    bench = Bench(world, world.closing)
    bench.pulled("lazada", world.start, world.closing)
    api_of(bench.platforms).refusals.append(code)
    with pytest.raises(Retriable):
        bench.pulled("lazada", world.start, world.closing)
    assert bench.pulled("lazada", world.start, world.closing)


def test_a_pull_under_faults_brings_everything(world: World) -> None:
    bench = Bench(world, world.closing)
    since = world.start - timedelta(days=70)
    quiet = view(bench.pulled("lazada", since, world.closing))
    bench.platforms.faults = Faults(3, share_429=0.1, share_500=0.1)
    bench.http.tries = 8
    assert view(bench.pulled("lazada", since, world.closing)) == quiet
    assert set(bench.platforms.faults.counts) == {"429", "5xx"}


def differences(world: World) -> list[str]:
    found = view(Bench(world, world.closing).pulled("lazada", world.start - timedelta(days=70), world.closing))
    return [str(each) for each in compare_orders(Oracle(world, world.closing).orders, found.values())]


def test_saboteur_whole_dong_read_as_cents(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert differences(world) == []
    monkeypatch.setattr(reverse, "number", lambda value, name: (number(value, name) or 0) // 100)
    assert any("amounts.refunded" in each for each in differences(world))
