"""eBay's simulated API: two kinds of tokens, the key by its id, pages by number, the tax only where it is asked for, trouble."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.contract import HttpRequest, HttpResponse
from chalicelib.errors import Rejected, Retriable
from connectors.ebay import CONNECTOR
from connectors.ebay.push import claim_of
from ops.simulator import traffic
from ops.simulator.api.kit import Faults, SimClock
from ops.simulator.model import World
from ops.simulator.platforms.ebay import wire
from ops.simulator.platforms.ebay.api import APP_SCOPE, EbayApi
from ops.simulator.platforms.ebay.keys import key_id, private_key, public_key
from ops.simulator.servers import Platforms, SimulatedHttp
from ops.simulator.traffic import Sent
from ops.simulator.world import build
from tests.unit.simulator.harness import Bench, view

HOST = "https://api.ebay.com"
ORDERS = "/sell/fulfillment/v1/order"
RETURNS = "/post-order/v2/return/search"


@pytest.fixture(scope="module")
def world() -> World:
    return build(6, history=240, today=40, platforms=("ebay",))


@pytest.fixture
def bench(world: World) -> Bench:
    return Bench(world, world.closing)


def api_of(bench: Bench) -> EbayApi:
    found = bench.platforms.apis["ebay"]
    assert isinstance(found, EbayApi)
    return found


def token(bench: Bench, secret: str | None = None, **form: str) -> HttpResponse:
    secrets = bench.world.secrets["ebay"]
    basic = b64encode(f"{secrets['client_id']}:{secret or secrets['client_secret']}".encode()).decode()
    body = urlencode({"grant_type": "refresh_token", "refresh_token": secrets["refresh_token"], **form}).encode()
    url = f"{HOST}/identity/v1/oauth2/token"
    return bench.platforms.handle("ebay", HttpRequest("POST", url, (), {"authorization": f"Basic {basic}"}, body))


def get(bench: Bench, path: str, scheme: str, access: str, **query: str) -> HttpResponse:
    named = tuple(query.items())
    return bench.platforms.handle("ebay", HttpRequest("GET", f"{HOST}{path}", named, {"authorization": f"{scheme} {access}"}))


def told(response: HttpResponse) -> Any:
    return json.loads(response.body)


def user(bench: Bench) -> str:
    return str(told(token(bench))["access_token"])


def window(world: World) -> str:
    start, end = (at.strftime("%Y-%m-%dT%H:%M:%S.000Z") for at in (world.start - timedelta(days=70), world.end))
    return f"lastmodifieddate:[{start}..{end}]"


def test_a_token_of_the_seller_reads_orders_and_one_of_the_application_reads_keys(bench: Bench) -> None:
    seller, application = user(bench), told(token(bench, grant_type="client_credentials", scope=APP_SCOPE))["access_token"]
    key = f"/commerce/notification/v1/public_key/{key_id(bench.world.secrets['ebay']['private_key'])}"
    order = f"{ORDERS}/{bench.world.orders[0].order_id}"
    found = [get(bench, path, "Bearer", access).status for path in (key, order) for access in (application, seller)]
    assert found == [200, 401, 401, 200]
    assert [get(bench, RETURNS, scheme, seller, order_id="1").status for scheme in ("IAF", "Bearer")] == [200, 401]


def test_what_is_refused_a_token(bench: Bench) -> None:
    refused = [token(bench, secret="guessed"), token(bench, refresh_token="guessed"), token(bench, grant_type="password")]
    assert [(each.status, told(each)["error"]) for each in refused] == [
        (401, "invalid_client"),
        (400, "invalid_grant"),
        (400, "invalid_grant"),
    ]


def test_a_token_ends_after_two_hours_and_its_refresh_token_does_not(world: World) -> None:
    bench = Bench(world, world.start)
    first = user(bench)
    assert get(bench, RETURNS, "IAF", first, order_id="1").status == 200
    bench.clock.advance(world.start + timedelta(hours=2))
    assert get(bench, RETURNS, "IAF", first, order_id="1").status == 401
    assert user(bench) != first


def test_the_connector_lives_through_a_token_that_is_revoked(world: World, bench: Bench) -> None:
    first = bench.pulled("ebay", world.start - timedelta(days=1), world.closing)
    api_of(bench).expire_tokens()
    assert len(bench.pulled("ebay", world.start - timedelta(days=1), world.closing)) == len(first) > 20


def test_pages_are_cut_and_too_large_ones_refused(world: World, bench: Bench) -> None:
    access, wanted = user(bench), window(world)
    seen: list[str] = []
    for offset in range(0, 400, 50):
        page = told(get(bench, ORDERS, "Bearer", access, filter=wanted, limit="50", offset=str(offset)))
        assert page["total"] == len(world.orders)
        seen += [each["orderId"] for each in page["orders"]]
    assert sorted(seen) == sorted(order.order_id for order in world.orders)
    for query in ({"limit": "201"}, {"limit": "0"}, {"offset": "10001"}, {"filter": "lastmodifieddate:[2026-11-20T00:00:00Z..]"}):
        assert get(bench, ORDERS, "Bearer", access, **{"filter": wanted, **query}).status == 400


def test_the_connector_reads_several_pages(world: World, bench: Bench) -> None:
    assert len(world.orders) > 200
    found = view(bench.pulled("ebay", world.start - timedelta(days=70), world.closing))
    assert set(found) == {order.order_id for order in world.orders}


def test_the_tax_that_ebay_collects_is_in_the_total_where_it_is_asked_for(world: World, bench: Bench) -> None:
    access = user(bench)
    taxed = [state for order in world.orders if (state := order.known_at(world.closing)).tax]
    assert {wire._within(state) for state in taxed} == {True, False}
    for state in taxed[:20]:
        path = f"{ORDERS}/{state.order.order_id}"
        bare, whole = (told(get(bench, path, "Bearer", access, **more)) for more in ({}, {"fieldGroups": "TAX_BREAKDOWN"}))
        cents = [round(float(each["pricingSummary"]["total"]["value"]) * 100) for each in (bare, whole)]
        assert cents == [state.total - state.tax, state.total]


def test_what_does_not_exist_yet_is_not_told(world: World) -> None:
    bench = Bench(world, world.opening)
    later = next(order for order in world.orders if order.placed_at > world.opening)
    assert get(bench, f"{ORDERS}/{later.order_id}", "Bearer", user(bench)).status == 404


def sent(world: World, fate: str) -> Sent:
    delivery = traffic.deliveries(world, world.start, world.end)[3]
    return Sent(delivery.at, delivery, fate, 3)


def test_a_signature_names_the_key_that_ebay_serves_and_the_merchant_never_has_the_private_half(world: World) -> None:
    pem = world.secrets["ebay"]["private_key"]
    assert "private_key" not in traffic.secrets_of(world, "ebay").values
    assert claim_of(traffic.request_of(world, sent(world, "plain"), world.closing)).kid == key_id(pem)
    assert claim_of(traffic.request_of(world, sent(world, "forged"), world.closing)).kid != key_id(pem)
    assert private_key("0" * 32) == private_key("0" * 32) != pem
    assert "\n" not in public_key(pem)


def test_a_forged_notification_names_a_key_that_ebay_does_not_know(world: World, bench: Bench) -> None:
    assert len(list(bench.received(sent(world, "plain")))) > 0
    with pytest.raises(Rejected, match="key-unknown"):
        list(bench.received(sent(world, "forged")))
    assert api_of(bench).keys_read == 2


def test_trouble_is_tried_again_and_then_left_for_later(world: World) -> None:
    platforms = Platforms(world, SimClock(world.closing), Faults(3, share_429=0.2, share_500=0.2))
    bench = Bench(world, world.closing)
    bench.http = SimulatedHttp(platforms, tries=12)
    assert len(view(bench.pulled("ebay", world.start - timedelta(days=70), world.closing))) == len(world.orders)
    assert min(platforms.faults.counts.values()) > 5
    platforms.faults.switched["ebay"] = "down"
    with pytest.raises(Retriable):
        CONNECTOR.fetch_key(key_id(world.secrets["ebay"]["private_key"]), bench.api("ebay"))
