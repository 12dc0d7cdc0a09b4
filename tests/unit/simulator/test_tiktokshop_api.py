"""TikTok Shop as simulated: signed bodies, ciphers, tokens that serve once, page tokens, refusals on demand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.contract import HttpRequest
from chalicelib.domain.order import RefundState
from chalicelib.errors import Permanent, Retriable
from connectors.tiktokshop import status
from connectors.tiktokshop.api import sign
from ops.simulator.api.kit import Faults, SimClock
from ops.simulator.compare import compare_orders
from ops.simulator.model import World
from ops.simulator.oracle import Oracle
from ops.simulator.platforms.tiktokshop import wire
from ops.simulator.platforms.tiktokshop.api import SHOPS, TOKEN, TikTokShopApi
from ops.simulator.servers import Platforms
from ops.simulator.world import build
from tests.unit.simulator.harness import Bench, view

KEY = "tiktokshop"
URL, AUTH = "https://open-api.tiktokglobalshop.com", "https://auth.tiktok-shops.com"
SEARCH, RETURNS = "/order/202309/orders/search", "/return_refund/202309/returns/search"


@pytest.fixture(scope="module")
def world() -> World:
    return build(6, history=120, today=60, platforms=(KEY,))


@pytest.fixture
def platforms(world: World) -> Platforms:
    return Platforms(world, SimClock(world.closing))


def api_of(platforms: Platforms) -> TikTokShopApi:
    api = platforms.apis[KEY]
    assert isinstance(api, TikTokShopApi)
    return api


def renewed(platforms: Platforms, refresh_token: str) -> Any:
    secrets = platforms.world.secrets[KEY]
    query = {name: secrets[name] for name in ("app_key", "app_secret")}
    query |= {"refresh_token": refresh_token, "grant_type": "refresh_token"}
    return json.loads(platforms.handle(KEY, HttpRequest("GET", f"{AUTH}{TOKEN}", query=tuple(query.items()))).body)


def token(platforms: Platforms) -> str:
    return str(renewed(platforms, platforms.world.secrets[KEY]["refresh_token"])["data"]["access_token"])


def request(platforms: Platforms, path: str, held: str, at: datetime, body: Any = None, **params: str) -> HttpRequest:
    secrets, raw = platforms.world.secrets[KEY], b"" if body is None else json.dumps(body).encode()
    given = {"app_key": secrets["app_key"], "timestamp": str(int(at.timestamp())), **params}
    if path != SHOPS:
        given = {"shop_cipher": api_of(platforms).cipher, **given}
    query = [*given.items()]
    query.append(("sign", sign(secrets["app_secret"], path, query, raw)))
    method = "GET" if body is None else "POST"
    return HttpRequest(method, f"{URL}{path}", tuple(query), {"x-tts-access-token": held}, raw or None)


def call(platforms: Platforms, path: str, held: str, body: Any = None, **params: str) -> Any:
    return json.loads(platforms.handle(KEY, request(platforms, path, held, platforms.clock.now(), body, **params)).body)


def test_signature_time_token_and_cipher_are_checked(platforms: Platforms, world: World) -> None:
    held, now = token(platforms), world.closing

    def code(sent: HttpRequest) -> int:
        return int(json.loads(platforms.handle(KEY, sent).body)["code"])

    good = request(platforms, SEARCH, held, now, {}, page_size="10")
    assert code(good) == 0
    assert code(replace(good, body=b'{"order_status":"UNPAID"}')) == 106001
    assert code(replace(good, headers={"x-tts-access-token": "guessed"})) == 105002
    assert code(request(platforms, SEARCH, held, now + timedelta(seconds=31), {}, page_size="10")) == 36009004
    assert code(request(platforms, SEARCH, held, now - timedelta(seconds=301), {}, page_size="10")) == 36009004
    assert code(request(platforms, SEARCH, held, now - timedelta(seconds=299), {}, page_size="10")) == 0
    assert code(request(platforms, SEARCH, held, now, {}, page_size="10", shop_cipher="ROW_another")) == 36009004
    assert code(request(platforms, SHOPS, held, now)) == 0
    assert code(request(platforms, SHOPS, held, now, shop_cipher="x")) == 36009004


def test_a_refresh_token_serves_once_and_tells_points_in_time(platforms: Platforms, world: World) -> None:
    first = renewed(platforms, world.secrets[KEY]["refresh_token"])["data"]
    assert first["access_token_expire_in"] == int((world.closing + timedelta(days=7)).timestamp())
    assert renewed(platforms, world.secrets[KEY]["refresh_token"])["code"] == 36004004
    assert renewed(platforms, first["refresh_token"])["code"] == 0
    assert api_of(platforms).tokens.reused == 1


def test_a_search_goes_on_by_opaque_tokens(platforms: Platforms, world: World) -> None:
    held = token(platforms)
    found: list[str] = []
    following: dict[str, str] = {}
    for _ in range(10):
        page = call(platforms, SEARCH, held, {}, page_size="50", sort_field="update_time", sort_order="ASC", **following)["data"]
        found += [order["id"] for order in page["orders"]]
        if not page["next_page_token"]:
            break
        following = {"page_token": page["next_page_token"]}
        assert {"+", "/"} & set(page["next_page_token"])
    states = sorted(world.states(KEY, world.closing), key=lambda state: (state.updated_at, state.order.order_id))
    assert found == [state.order.order_id for state in states]
    at = wire.unix(states[-1].updated_at)
    assert call(platforms, SEARCH, held, {"update_time_lt": at}, page_size="1")["data"]["total_count"] < len(found)
    assert call(platforms, SEARCH, held, {"update_time_ge": at}, page_size="1")["data"]["total_count"] == 1


@pytest.mark.parametrize(
    ("path", "params"),
    [(SEARCH, {"page_size": "101"}), (RETURNS, {"page_size": "51"}), (RETURNS, {"page_size": "9"}), (SEARCH, {})],
)
def test_pages_have_their_bounds(platforms: Platforms, path: str, params: dict[str, str]) -> None:
    assert call(platforms, path, token(platforms), {}, **params)["code"] == 36009011


def test_units_are_rows_whose_sums_are_the_payment(world: World) -> None:
    for state in world.states(KEY, world.closing):
        body = wire.order_body(state)
        sale = sum(Decimal(row["sale_price"]) for row in body["line_items"])
        assert sale + Decimal(body["payment"]["shipping_fee"]) == Decimal(body["payment"]["total_amount"])
        assert len({row["id"] for row in body["line_items"]}) == sum(item.quantity for item in state.items)


def test_returns_and_cancellations_are_apart(platforms: Platforms, world: World) -> None:
    held = token(platforms)
    claims = [(state, claim) for state in world.states(KEY, world.closing) for claim in state.claims]
    returns = call(platforms, RETURNS, held, {}, page_size="50")["data"]
    cancelled = call(platforms, "/return_refund/202309/cancellations/search", held, {}, page_size="50")["data"]
    assert returns["total_count"] + cancelled["total_count"] == len(claims)
    assert (
        {each["cancel_id"] for each in cancelled["cancellations"]}
        == {claim.id for state, claim in claims if state.cancelled_at}
        != set()
    )


def test_the_connector_lives_through_a_token_that_is_over_and_spends_no_refresh_token_twice(world: World) -> None:
    bench = Bench(world, world.closing)
    once = view(bench.pulled(KEY, world.start, world.closing))
    api_of(bench.platforms).tokens.expire()
    assert view(bench.pulled(KEY, world.start, world.closing)) == once != {}
    assert api_of(bench.platforms).tokens.reused == 0
    api_of(bench.platforms).tokens.revoke()
    with pytest.raises(Permanent, match="token-revoked"):
        bench.pulled(KEY, world.start, world.closing)


@pytest.mark.parametrize("code", [36009002, 36009003])
def test_limits_and_faults_come_on_demand(world: World, code: int) -> None:
    bench = Bench(world, world.closing)
    bench.pulled(KEY, world.start, world.closing)
    api_of(bench.platforms).refusals.append(code)
    with pytest.raises(Retriable):
        bench.pulled(KEY, world.start, world.closing)
    assert bench.pulled(KEY, world.start, world.closing)


def test_a_pull_under_faults_brings_everything(world: World) -> None:
    bench = Bench(world, world.closing)
    since = world.start - timedelta(days=70)
    quiet = view(bench.pulled(KEY, since, world.closing))
    bench.platforms.faults = Faults(3, share_429=0.1, share_500=0.1)
    bench.http.tries = 8
    assert view(bench.pulled(KEY, since, world.closing)) == quiet
    assert set(bench.platforms.faults.counts) == {"429", "5xx"}


def differences(world: World) -> list[str]:
    found = view(Bench(world, world.closing).pulled(KEY, world.start - timedelta(days=70), world.closing))
    return [str(each) for each in compare_orders(Oracle(world, world.closing).orders, found.values())]


def test_saboteur_requests_taken_for_closed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert differences(world) == []
    monkeypatch.setitem(status.RETURN_STATE, "RETURN_OR_REFUND_REQUEST_PENDING", RefundState.CLOSED)
    assert any("refund_status should be 'requested'" in each for each in differences(world))
