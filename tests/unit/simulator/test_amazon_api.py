"""Amazon's simulated API and queue: page tokens, what is not asked for, windows, rates, deferred refunds, both spellings."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.contract import HttpRequest, HttpResponse, Ref
from chalicelib.domain.order import Refund
from chalicelib.errors import Permanent, Retriable
from connectors.amazon import CONNECTOR
from ops.simulator import traffic
from ops.simulator.api.kit import Faults, QuickClock, SimClock
from ops.simulator.model import World
from ops.simulator.platforms.amazon import wire
from ops.simulator.platforms.amazon.api import RATES, AmazonApi
from ops.simulator.servers import Platforms, SimulatedHttp
from ops.simulator.world import build
from tests.unit.simulator.harness import Bench, view

HOST = "https://sellingpartnerapi-na.amazon.com"
ORDERS, FINANCES = "/orders/2026-01-01/orders", "/finances/2024-06-19/transactions"
WHOLE = "BUYER,RECIPIENT,PROCEEDS,PROMOTION,FULFILLMENT,PACKAGES,TAX"


@pytest.fixture(scope="module")
def world() -> World:
    return build(6, history=240, today=60, platforms=("amazon",))


@pytest.fixture
def bench(world: World) -> Bench:
    return Bench(world, world.closing)


def api_of(bench: Bench) -> AmazonApi:
    found = bench.platforms.apis["amazon"]
    assert isinstance(found, AmazonApi)
    return found


def told(response: HttpResponse) -> Any:
    return json.loads(response.body)


def token(bench: Bench, **form: str) -> HttpResponse:
    secrets = bench.world.secrets["amazon"]
    body = urlencode({"grant_type": "refresh_token", **secrets, **form}).encode()
    return bench.platforms.handle("amazon", HttpRequest("POST", "https://api.amazon.com/auth/o2/token", (), {}, body))


def get(bench: Bench, path: str, access: str | None = None, **query: str) -> HttpResponse:
    access = access or told(token(bench))["access_token"]
    request = HttpRequest("GET", f"{HOST}{path}", tuple(query.items()), {"x-amz-access-token": access})
    return bench.platforms.handle("amazon", request)


def window(start: datetime, end: datetime) -> dict[str, str]:
    return {"lastUpdatedAfter": wire.stamp(start), "lastUpdatedBefore": wire.stamp(end), "marketplaceIds": wire.MARKET}


def test_what_is_refused_a_token(bench: Bench) -> None:
    refused = [
        token(bench, client_secret="guessed"),
        token(bench, refresh_token="Atzr|guessed"),
        token(bench, grant_type="password"),
    ]
    assert [told(each)["error"] for each in refused] == ["invalid_client", "invalid_grant", "invalid_grant"]


def test_a_token_ends_after_an_hour_and_is_told_apart_from_a_guessed_one(world: World) -> None:
    bench = Bench(world, world.start)
    access = told(token(bench))["access_token"]
    path = f"{ORDERS}/{world.orders[0].order_id}"
    assert get(bench, path, access).status == 200
    bench.clock.advance(world.start + timedelta(hours=1))
    over, guessed = get(bench, path, access), get(bench, path, "Atza|guessed")
    assert (over.status, guessed.status) == (403, 403)
    assert (b"expired" in over.body, b"expired" in guessed.body) == (True, False)


def test_the_connector_lives_through_a_token_that_is_over(world: World, bench: Bench) -> None:
    first = bench.pulled("amazon", world.start - timedelta(days=1), world.closing)
    api_of(bench).expire_tokens()
    assert len(bench.pulled("amazon", world.start - timedelta(days=1), world.closing)) == len(first) > 20


def test_pages_go_on_by_a_token_that_is_bound_to_its_question_and_lives_a_day(world: World, bench: Bench) -> None:
    bench.clock.advance(world.closing + timedelta(minutes=3))
    asked = {**window(world.start - timedelta(days=70), world.closing), "maxResultsPerPage": "100", "includedData": WHOLE}
    first = told(get(bench, ORDERS, **asked))
    following = first["pagination"]["nextToken"]
    seen = [each["orderId"] for each in first["orders"]]
    page: dict[str, Any] = first
    while more := page.get("pagination", {}).get("nextToken"):
        page = told(get(bench, ORDERS, **asked, paginationToken=more))
        seen += [each["orderId"] for each in page["orders"]]
    assert sorted(seen) == sorted(order.order_id for order in world.orders)
    assert get(bench, ORDERS, **{**asked, "maxResultsPerPage": "50"}, paginationToken=following).status == 400
    bench.clock.advance(world.closing + timedelta(hours=25))
    assert get(bench, ORDERS, **asked, paginationToken=following).status == 400


@pytest.mark.parametrize("wrong", [{"marketplaceIds": "A1F83G8C2ARO7P"}, {"maxResultsPerPage": "101"}, {"lastUpdatedAfter": "x"}])
def test_what_a_search_refuses(world: World, bench: Bench, wrong: dict[str, str]) -> None:
    good = window(world.start, world.closing - timedelta(minutes=5))
    assert get(bench, ORDERS, **good).status == 200
    assert get(bench, ORDERS, **{**good, **wrong}).status == 400


def test_a_window_ends_two_minutes_back(world: World, bench: Bench) -> None:
    assert get(bench, ORDERS, **window(world.start, world.closing - timedelta(seconds=119))).status == 400
    assert get(bench, ORDERS, **window(world.start, world.closing - timedelta(seconds=121))).status == 200


def test_a_pull_that_does_not_wait_misses_the_last_minutes(world: World) -> None:
    """What the rehearsal waits for: without it the day's end is told by the next pull only."""
    last = max((wire.changed_at(order.known_at(world.closing)), order.order_id) for order in world.orders)
    now = last[0] + timedelta(minutes=1)
    bench = Bench(world, now)
    early = CONNECTOR.pull_orders(now - timedelta(hours=1), now, None, bench.api("amazon"))
    assert last[1] not in {event.resource_id for page in early for event in page.events}
    assert last[1] in view(bench.pulled("amazon", now - timedelta(hours=1), now + timedelta(minutes=3)))


def test_what_is_not_asked_for_is_not_there(world: World, bench: Bench) -> None:
    paid = next(order for order in world.orders if order.known_at(world.closing).parcels)
    bare = told(get(bench, f"{ORDERS}/{paid.order_id}"))["order"]
    whole = told(get(bench, f"{ORDERS}/{paid.order_id}", includedData=WHOLE))["order"]
    assert not {"buyer", "recipient", "proceeds", "packages"} & set(bare)
    assert {"buyer", "recipient", "proceeds", "packages"} <= set(whole)


def test_a_pending_order_has_no_money(world: World, bench: Bench) -> None:
    unpaid = [order for order in world.orders if order.story == "unpaid"]
    for order in unpaid:
        found = told(get(bench, f"{ORDERS}/{order.order_id}", includedData=WHOLE))["order"]
        assert "proceeds" not in found
        assert "price" not in found["orderItems"][0]["product"]
    read = view(bench.told([each for order in unpaid for each in wire.snapshot(world, order, world.closing)]))
    assert len(read) > 3
    assert {(each.amounts.total, each.amounts.paid, str(each.status)) for each in read.values()} == {(None, 0, "pending_payment")}


def test_a_refund_that_is_deferred_is_told_again_when_it_is_released_and_is_one_of_the_same_day(world: World) -> None:
    deferred = [
        order
        for order in world.orders
        if any(step.kind == "refunded" and step.at < world.start - timedelta(days=8) for step in order.steps)
        and int(order.order_id[-1]) % 2 == 0
    ]
    assert len({int(order.order_id[-1]) % 3 > 0 for order in deferred}) == 2, "with and without an id of their own"
    for order in deferred:
        at = next(step.at for step in order.steps if step.kind == "refunded")
        found = [refunds_of(world, order.order_id, at + timedelta(days=days)) for days in (1, 8)]
        assert [len(each) for each in found] == [1, 1]
        (before,), (after,) = found
        assert (before.refund_id, before.amount, before.closed_at) == (after.refund_id, after.amount, after.closed_at)
        assert (before.platform_status, before.closed_at) == ("DEFERRED", at)


def refunds_of(world: World, order_id: str, now: datetime) -> list[Refund]:
    bench = Bench(world, now)
    order = next(order for order in world.orders if order.order_id == order_id)
    return [each for each in bench.told(wire.snapshot(world, order, now)) if isinstance(each, Refund)]


def test_a_call_too_many_is_refused_until_the_bucket_fills(world: World, bench: Bench) -> None:
    api, path = api_of(bench), f"{ORDERS}/{world.orders[0].order_id}"
    assert [get(bench, path).status for _ in range(50)] == [200] * 50, "limits are counted where a clock for them is set"
    api.limits = bench.clock.now
    access = told(token(bench))["access_token"]
    burst = RATES["getOrder"][1]
    assert [get(bench, path, access).status for _ in range(burst + 1)] == [200] * burst + [429]
    assert told(get(bench, path, access))["errors"][0]["code"] == "QuotaExceeded"
    assert get(bench, FINANCES, access, postedAfter=wire.stamp(world.start)).status == 200, "each operation has its own"
    bench.clock.advance(world.closing + timedelta(seconds=2))
    assert [get(bench, path, access).status for _ in range(2)] == [200, 429]
    assert api.refused == 3


def test_a_quick_clock_runs_as_many_times_as_fast() -> None:
    real = iter([10.0, 10.0, 11.5])
    clock = QuickClock(datetime.fromisoformat("2026-11-20T00:00:00+00:00"), 1440, lambda: next(real))
    assert [clock.now().isoformat()[11:16] for _ in range(2)] == ["00:00", "00:36"]


def test_trouble_is_tried_again_and_then_left_for_later(world: World) -> None:
    platforms = Platforms(world, SimClock(world.closing), Faults(3, share_429=0.2, share_500=0.2))
    bench = Bench(world, world.closing)
    bench.http = SimulatedHttp(platforms, tries=12)
    since = world.start - timedelta(days=70)
    assert len(view(bench.pulled("amazon", since, world.closing - timedelta(minutes=4)))) > 250
    assert min(platforms.faults.counts.values()) > 5
    platforms.faults.switched["amazon"] = "throttled"
    with pytest.raises(Retriable):
        bench.pulled("amazon", since, world.closing)


def test_records_come_in_both_spellings_and_name_the_seller_and_the_order(world: World) -> None:
    account = traffic.account_of(world, "amazon")
    sent = traffic.deliveries(world, world.start, world.end)
    spellings = set()
    for each in sent:
        spellings.add(b'"NotificationType"' in each.body)
        assert CONNECTOR.address(each.body) == {"seller_id": wire.SELLER}
        request = traffic.request_of(world, traffic.Sent(each.at, each, "plain"), each.at)
        [event] = CONNECTOR.events(request, Ref(account, "d", "push"))
        assert (event.resource_id, event.topic, event.thin) == (each.subject, each.topic, True)
    assert spellings == {True, False}
    assert {each.topic for each in sent} == {"ORDER_CHANGE", "TRANSACTION_UPDATE"}


def test_a_record_of_another_application_is_refused(world: World) -> None:
    each = traffic.deliveries(world, world.start, world.end)[0]
    request = traffic.request_of(world, traffic.Sent(each.at, each, "plain"), each.at)
    other = request.body.replace(wire.APPLICATION.encode(), b"amzn1.sp.solution.other")
    with pytest.raises(Permanent, match="application-mismatch"):
        CONNECTOR.events(type(request)("POST", "", {}, (), other), Ref(traffic.account_of(world, "amazon"), "d", "push"))
