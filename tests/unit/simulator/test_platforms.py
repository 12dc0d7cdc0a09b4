"""The platform APIs: tokens, signatures, paging, what a search hides, trouble on demand, and the server in front."""

from __future__ import annotations

import http.client
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from chalicelib.contract import HttpRequest, HttpResponse
from chalicelib.errors import Permanent, Retriable
from connectors.douyin.api import param_json
from connectors.douyin.api import sign as douyin_sign
from ops.simulator.api.kit import Faults, SimClock
from ops.simulator.model import World
from ops.simulator.platforms.douyin.api import DouyinApi
from ops.simulator.platforms.mercadolibre.api import MercadoLibreApi, hour
from ops.simulator.platforms.shopify.api import ShopifyApi
from ops.simulator.servers import Platforms, SimulatedHttp
from ops.simulator.world import build
from tests.unit.simulator.harness import Bench, view

ML = "https://api.mercadolibre.com"
DOUYIN = "https://openapi-fxg.jinritemai.com"
SHOP = "https://acme.myshopify.com/admin/api/2026-07"


@pytest.fixture(scope="module")
def world() -> World:
    return build(6, history=180, today=120, platforms=("shopify", "douyin", "mercadolibre", "generic"))


@pytest.fixture
def platforms(world: World) -> Platforms:
    return Platforms(world, SimClock(world.closing))


def told(response: HttpResponse) -> Any:
    return json.loads(response.body)


def ml_token(platforms: Platforms, refresh_token: str | None = None) -> HttpResponse:
    secrets = platforms.world.secrets["mercadolibre"]
    form = {name: secrets[name] for name in ("client_id", "client_secret", "refresh_token")} | {"grant_type": "refresh_token"}
    form |= {"refresh_token": refresh_token} if refresh_token else {}
    return platforms.handle("mercadolibre", HttpRequest("POST", f"{ML}/oauth/token", body=urlencode(form).encode()))


def ml_get(platforms: Platforms, path: str, token: str, **query: str) -> HttpResponse:
    named = tuple((name.replace("__", "."), value) for name, value in query.items())
    return platforms.handle("mercadolibre", HttpRequest("GET", f"{ML}{path}", named, {"authorization": f"Bearer {token}"}))


def test_a_refresh_token_serves_once(platforms: Platforms) -> None:
    first = told(ml_token(platforms))
    assert ml_token(platforms).status == 400
    second = ml_token(platforms, first["refresh_token"])
    assert second.status == 200
    assert told(second)["refresh_token"] not in {first["refresh_token"], platforms.world.secrets["mercadolibre"]["refresh_token"]}
    assert ml_token(platforms, first["refresh_token"]).status == 400
    api = platforms.apis["mercadolibre"]
    assert isinstance(api, MercadoLibreApi)
    assert api.reused == 2


def test_an_access_token_ends_after_six_hours_and_when_expired(world: World) -> None:
    platforms = Platforms(world, SimClock(world.start))
    token = told(ml_token(platforms))["access_token"]
    seller = world.shop("mercadolibre").account
    assert ml_get(platforms, "/orders/search", token, seller=seller).status == 200
    assert ml_get(platforms, "/orders/search", "APP_USR-guessed", seller=seller).status == 401
    platforms.clock.advance(world.start + timedelta(hours=6, seconds=1))
    assert ml_get(platforms, "/orders/search", token, seller=seller).status == 401


def test_the_connector_lives_through_a_token_that_is_revoked(world: World) -> None:
    bench = Bench(world, world.closing)
    for platform in ("mercadolibre", "douyin"):
        once = view(bench.pulled(platform, world.start, world.closing))
        api = bench.platforms.apis[platform]
        assert isinstance(api, (MercadoLibreApi, DouyinApi))
        api.expire_tokens()
        assert view(bench.pulled(platform, world.start, world.closing)) == once != {}


def test_search_cuts_dates_to_the_hour(platforms: Platforms, world: World) -> None:
    token, seller = told(ml_token(platforms))["access_token"], world.shop("mercadolibre").account
    states = [state for state in world.states("mercadolibre", world.closing) if not state.cancelled_at]
    chosen = next(state for state in states if state.updated_at.minute > 5)
    within = chosen.updated_at.strftime("%Y-%m-%dT%H:%M:59.999-00:00")

    def ids(**query: str) -> set[str]:
        found: set[str] = set()
        for offset in range(0, 400, 50):
            page = told(ml_get(platforms, "/orders/search", token, seller=seller, limit="50", offset=str(offset), **query))
            found |= {str(order["id"]) for order in page["results"]}
        return found

    assert chosen.order.order_id not in ids(order__date_last_updated__to=within)
    assert chosen.order.order_id in ids(order__date_last_updated__from=within)
    later = (chosen.updated_at + timedelta(hours=1)).strftime("%Y-%m-%dT%H:00:00.000-00:00")
    assert chosen.order.order_id in ids(order__date_last_updated__to=later)


def test_search_wants_a_numeric_offset() -> None:
    with pytest.raises(ValueError, match="offset"):
        hour("2026-11-20T10:20:30.000Z")


def test_search_hides_the_cancelled_unless_asked(platforms: Platforms, world: World) -> None:
    token, seller = told(ml_token(platforms))["access_token"], world.shop("mercadolibre").account
    cancelled = {state.order.order_id for state in world.states("mercadolibre", world.closing) if state.cancelled_at}
    open_ones = told(ml_get(platforms, "/orders/search", token, seller=seller))["results"]
    assert cancelled
    assert not cancelled & {str(order["id"]) for order in open_ones}
    asked = told(ml_get(platforms, "/orders/search", token, seller=seller, order__status="cancelled"))["results"]
    assert {str(order["id"]) for order in asked} == cancelled
    assert (
        view(Bench(world, world.closing).pulled("mercadolibre", world.start - timedelta(days=70), world.closing)).keys()
        >= cancelled
    )


def test_paging_is_bounded_as_on_the_platform(platforms: Platforms, world: World) -> None:
    token, seller = told(ml_token(platforms))["access_token"], world.shop("mercadolibre").account
    assert ml_get(platforms, "/orders/search", token, seller=seller, limit="52").status == 400
    assert ml_get(platforms, "/orders/search", token, seller="1").status == 403


def douyin_call(world: World, method: str, params: dict[str, Any], at: datetime, token: str = "", tamper: str = "") -> HttpRequest:
    secrets, body, stamp = world.secrets["douyin"], param_json(params), str(int(at.timestamp()))
    signed = douyin_sign(secrets["app_key"], secrets["app_secret"], method, body, stamp)
    query = (
        ("app_key", secrets["app_key"]), ("method", method), ("access_token", token), ("timestamp", stamp), ("v", "2"),
        ("sign_method", "hmac-sha256"), ("sign", tamper or signed),
    )  # fmt: skip
    return HttpRequest("POST", f"{DOUYIN}/{method.replace('.', '/')}", query, {}, body)


def test_douyin_checks_signature_token_and_time(platforms: Platforms, world: World) -> None:
    now, detail = world.closing, {"shop_order_id": next(world.of("douyin")).order_id}
    shop = {"code": "", "grant_type": "authorization_self", "shop_id": "95250"}
    token = told(platforms.handle("douyin", douyin_call(world, "token.create", shop, now)))["data"]["access_token"]

    def codes(request: HttpRequest) -> tuple[int, str]:
        answer = told(platforms.handle("douyin", request))
        return answer["code"], answer["sub_code"]

    assert codes(douyin_call(world, "order.orderDetail", detail, now, token)) == (10000, "")
    assert codes(douyin_call(world, "order.orderDetail", detail, now, token, "0" * 64))[1] == "isv.signature-invalid"
    assert codes(douyin_call(world, "order.orderDetail", detail, now, "guessed"))[1] == "isv.access-token-expired"
    assert codes(douyin_call(world, "order.orderDetail", detail, now - timedelta(minutes=11), token))[1] == "isv.timestamp-invalid"
    changed = replace(douyin_call(world, "order.orderDetail", detail, now, token), body=b'{"shop_order_id":"1"}')
    assert codes(changed)[1] == "isv.signature-invalid"


def test_a_douyin_refresh_token_serves_once(platforms: Platforms, world: World) -> None:
    shop = {"code": "", "grant_type": "authorization_self", "shop_id": "95250"}
    first = told(platforms.handle("douyin", douyin_call(world, "token.create", shop, world.closing)))["data"]
    again = douyin_call(
        world, "token.refresh", {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}, world.closing
    )
    assert told(platforms.handle("douyin", again))["code"] == 10000
    assert told(platforms.handle("douyin", again))["sub_code"] == "isv.business-failed:31009"


def shopify(platforms: Platforms, path: str, body: Any = None, token: str | None = None) -> HttpResponse:
    headers = {"X-Shopify-Access-Token": platforms.world.secrets["shopify"]["access_token"] if token is None else token}
    url = path if path.startswith("https") else f"{SHOP}{path}"
    method = "GET" if body is None else "POST"
    return platforms.handle("shopify", HttpRequest(method, url, (), headers, None if body is None else json.dumps(body).encode()))


def test_shopify_rest_pages_by_link_and_shows_open_orders_only_by_default(platforms: Platforms, world: World) -> None:
    assert shopify(platforms, "/orders.json", token="wrong").status == 401
    found: list[int] = []
    following: str | None = f"{SHOP}/orders.json?status=any&limit=20"
    while following:
        response = shopify(platforms, following)
        found += [order["id"] for order in told(response)["orders"]]
        link = response.headers.get("link", "")
        following = link[1 : link.index(">")] if link else None
    everyone = {int(state.order.order_id) for state in world.states("shopify", world.closing)}
    assert sorted(found) == sorted(everyone)
    assert len({order["id"] for order in told(shopify(platforms, "/orders.json?limit=250"))["orders"]}) < len(everyone)


def test_graphql_answers_what_is_selected_and_refuses_what_is_not_there(platforms: Platforms, world: World) -> None:
    order = next(world.of("shopify"))
    gid = f"gid://shopify/Order/{order.order_id}"
    query = "query($id:ID!){order(id:$id){ id number:name lineItems(first:5){nodes{sku}} }}"
    answer = told(shopify(platforms, "/graphql.json", {"query": query, "variables": {"id": gid}}))
    assert set(answer["data"]["order"]) == {"id", "number", "lineItems"}
    assert answer["data"]["order"]["number"] == order.order_no
    assert set(answer["data"]["order"]["lineItems"]["nodes"][0]) == {"sku"}
    wrong = told(shopify(platforms, "/graphql.json", {"query": "query($id:ID!){order(id:$id){ nam }}", "variables": {"id": gid}}))
    assert "nam" in wrong["errors"][0]["message"]
    assert "data" not in wrong


def test_graphql_throttles_with_a_200(platforms: Platforms) -> None:
    api = platforms.apis["shopify"]
    assert isinstance(api, ShopifyApi)
    api.throttle_next = 1
    query = {"query": "{orders(first:1){nodes{id}}}"}
    throttled = shopify(platforms, "/graphql.json", query)
    assert (throttled.status, told(throttled)["errors"][0]["extensions"]["code"]) == (200, "THROTTLED")
    assert told(shopify(platforms, "/graphql.json", query))["data"]["orders"]["nodes"]


def test_rest_and_graphql_pulls_read_the_same_orders(world: World) -> None:
    """Amounts, states and lines are equal by both ways; only the payment's time is GraphQL's alone."""
    bench = Bench(world, world.closing)
    graphql = view(bench.pulled("shopify", world.start - timedelta(days=70), world.closing))
    api = bench.api("shopify")
    account = replace(api.account, options={**api.account.options, "api": "rest"})
    bench.api = lambda platform: replace(api, account=account)  # type: ignore[method-assign]
    rest = view(bench.pulled("shopify", world.start - timedelta(days=70), world.closing))
    assert rest.keys() == graphql.keys()
    for key, order in rest.items():
        other = graphql[key]
        assert (order.amounts, order.status, order.refund_status) == (other.amounts, other.status, other.refund_status)
        assert [(line.line_id, line.total) for line in order.lines] == [(line.line_id, line.total) for line in other.lines]


def test_faults_come_by_seed_and_by_switch(world: World) -> None:
    def statuses(seed: int) -> list[int]:
        platforms = Platforms(world, SimClock(world.closing), Faults(seed, share_429=0.2, share_500=0.1))
        return [shopify(platforms, "/orders.json?limit=1").status for _ in range(200)]

    first = statuses(1)
    assert first == statuses(1) != statuses(2)
    assert 20 < first.count(429) < 60
    assert 8 < first.count(503) < 40
    platforms = Platforms(world, SimClock(world.closing))
    platforms.faults.switched["shopify"] = "throttled"
    throttled = shopify(platforms, "/orders.json")
    assert (throttled.status, throttled.headers["retry-after"]) == (429, "2")
    platforms.faults.switched["shopify"] = "down"
    assert shopify(platforms, "/orders.json").status == 503
    del platforms.faults.switched["shopify"]
    assert shopify(platforms, "/orders.json").status == 200


def test_the_client_retries_a_little_and_then_says_retriable(world: World) -> None:
    platforms = Platforms(world, SimClock(world.closing))
    client = SimulatedHttp(platforms, tries=3)
    platforms.faults.switched["shopify"] = "throttled"
    with pytest.raises(Retriable) as caught:
        client.send(HttpRequest("GET", f"{SHOP}/orders.json"))
    assert (caught.value.reason, caught.value.after, platforms.calls["shopify"]) == ("platform-throttled", 2, 3)
    with pytest.raises(Retriable):
        client.send(HttpRequest("POST", f"{SHOP}/orders.json", once=True))
    assert platforms.calls["shopify"] == 4
    platforms.faults.switched["shopify"] = "down"
    with pytest.raises(Retriable):
        client.send(HttpRequest("GET", f"{SHOP}/orders.json"))


@pytest.mark.parametrize("url", ["http://api.mercadolibre.com/orders/1", "https://example.com/", "https://evilmyshopify.com/"])
def test_the_client_calls_the_simulated_hosts_only(world: World, url: str) -> None:
    with pytest.raises(Permanent):
        SimulatedHttp(Platforms(world, SimClock(world.closing))).send(HttpRequest("GET", url))


def test_a_pull_under_faults_brings_everything(world: World) -> None:
    """Every tenth call fails and is tried again by the client; nothing is lost, no refresh token is spent twice."""
    bench = Bench(world, world.closing)
    since = world.start - timedelta(days=70)
    quiet = view(bench.pulled("mercadolibre", since, world.closing))
    bench.platforms.faults = Faults(3, share_429=0.05, share_500=0.05)
    bench.http.tries = 8
    assert view(bench.pulled("mercadolibre", since, world.closing)) == quiet
    assert min(bench.platforms.faults.counts.values()) > 5
    api = bench.platforms.apis["mercadolibre"]
    assert isinstance(api, MercadoLibreApi)
    assert api.reused == 0


def test_the_server_answers_what_the_functions_answer(world: World) -> None:
    platforms = Platforms(world, SimClock(world.closing))
    path = "/admin/api/2026-07/orders.json?status=any&limit=3"
    with platforms.server() as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
        connection.request("GET", f"/shopify{path}", headers={"X-Shopify-Access-Token": world.secrets["shopify"]["access_token"]})
        response = connection.getresponse()
        body = response.read()
        assert (response.status, json.loads(body)) == (200, told(shopify(platforms, f"https://acme.myshopify.com{path}")))
        assert response.headers["link"].startswith("<https://acme.myshopify.com/")
        connection.request("GET", "/nowhere/at/all")
        missing = connection.getresponse()
        assert (missing.status, b"no such platform" in missing.read()) == (404, True)
        connection.close()
