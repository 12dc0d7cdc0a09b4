"""Ele.me's simulated API: signatures, tokens that end, orders of a day by pages, deliveries and refunds apart, reviews."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from typing import Any

import msgspec
import pytest

from chalicelib.contract import HttpRequest
from chalicelib.errors import ConfigError, Permanent, Retriable
from connectors.eleme import CONNECTOR
from connectors.eleme.api import call
from ops.simulator.platforms.eleme import wire
from ops.simulator.platforms.eleme.api import ElemeApi
from ops.simulator.world import build
from tests.unit.simulator.harness import Bench

GET, ALL = "eleme.order.getOrder", "eleme.order.getAllOrders"
REFUND, DELIVERIES = "eleme.order.getRefundOrder", "eleme.order.batchGetDeliveryStates"
WORLD = cache(lambda: build(seed=3, history=120, today=90, platforms=("eleme",)))


def bench() -> Bench:
    return Bench(WORLD(), WORLD().closing)


def api_of(made: Bench) -> ElemeApi:
    found = made.platforms.apis["eleme"]
    assert isinstance(found, ElemeApi)
    return found


def told(body: bytes) -> Any:
    return msgspec.json.decode(body)


def page(number: int, size: int = 50) -> dict[str, Any]:
    return {"shopId": wire.SHOP, "pageNo": number, "pageSize": size, "date": WORLD().day.isoformat()}


def test_a_token_that_is_over_is_renewed() -> None:
    made = bench()
    first = call(made.api("eleme"), ALL, page(1))
    api_of(made).expire()
    assert call(made.api("eleme"), ALL, page(1)) == first


def test_orders_of_a_day_come_by_pages() -> None:
    api = bench().api("eleme")
    pages = [told(call(api, ALL, page(number))) for number in (1, 2, 3)]
    assert [(len(each["list"]), each["total"]) for each in pages] == [(50, 90), (40, 90), (0, 90)]
    ids = {row["id"] for each in pages for row in each["list"]}
    assert ids == {order.order_id for order in WORLD().of("eleme") if order.placed_at >= WORLD().start}
    for wrong in (page(1, 51), page(0), page(101)):
        with pytest.raises(Permanent, match="VALIDATION_FAILED"):
            call(api, ALL, wrong)
    with pytest.raises(ConfigError, match="permission-missing"):
        call(api, ALL, {**page(1), "shopId": 7})


def test_an_order_shows_once_it_is_paid() -> None:
    order = next(order for order in WORLD().of("eleme") if order.placed_at > WORLD().start)
    made = Bench(WORLD(), order.placed_at)
    with pytest.raises(Permanent, match="NOT_EXIST"):
        call(made.api("eleme"), GET, {"orderId": order.order_id})
    made.clock.advance(order.steps[1].at)
    assert told(call(made.api("eleme"), GET, {"orderId": order.order_id}))["status"] == "unprocessed"
    made.clock.advance(order.steps[1].at + wire.ACCEPTED)
    assert told(call(made.api("eleme"), GET, {"orderId": order.order_id}))["status"] == "valid"


def test_deliveries_and_refunds_are_told_apart() -> None:
    made, words = bench(), set()
    for state in WORLD().states("eleme", WORLD().closing):
        own = state.order.order_id
        row = told(call(made.api("eleme"), GET, {"orderId": own}))
        assert not {"logistics", "updatedAt"} & set(row)
        if row["refundStatus"] == "noRefund":
            with pytest.raises(Permanent, match="NOT_EXIST"):
                call(made.api("eleme"), REFUND, {"orderId": own})
        else:
            back = told(call(made.api("eleme"), REFUND, {"orderId": own}))
            assert back["refundStatus"] == row["refundStatus"]
            words.add(back["refundType"])
        words.add(told(call(made.api("eleme"), DELIVERIES, {"orderIds": [own]}))[own]["state"])
    assert words == {"normal", "part", "tobeAssignedCourier", "delivering", "completed"}


@pytest.mark.parametrize(
    ("code", "kind"),
    [("EXCEED_LIMIT", Retriable), ("SERVER_ERROR", Retriable), ("ACCESS_DENIED", ConfigError), ("BIZ_X", Permanent)],
)
def test_refusals_on_demand(code: str, kind: type[Exception]) -> None:
    made = bench()
    api_of(made).refusals.append(code)
    with pytest.raises(kind):
        call(made.api("eleme"), ALL, page(1))


@pytest.mark.parametrize("key", ["", "other"])
def test_a_call_that_is_not_signed_is_refused(key: str) -> None:
    metas = {"app_key": key or WORLD().secrets["eleme"]["app_key"], "timestamp": int(WORLD().closing.timestamp())}
    body = {"id": "X|1", "action": ALL, "token": "x", "metas": metas, "params": page(1), "signature": "0" * 32}
    answer = bench().http.send(HttpRequest("POST", "https://open-api.shop.ele.me/api/v1/", body=json.dumps(body).encode()))
    assert b"INVALID_SIGNATURE" in answer.body


def test_nobody_else_is_given_a_token() -> None:
    form = HttpRequest(
        "POST", "https://open-api.shop.ele.me/token", headers={"authorization": "Basic eDp4"}, body=b"grant_type=client_credentials"
    )
    assert bench().http.send(form).status == 401


def test_reviews_are_pulled() -> None:
    made = bench()
    since = WORLD().closing - timedelta(days=60)
    pages = CONNECTOR.pull_reviews(since, WORLD().closing, None, made.api("eleme"))
    found = {event.resource_id for each in pages for event in each.events}
    assert found == {str(one.number) for one in api_of(made).reviews() if one.at >= since}
    assert len(found) > 10
