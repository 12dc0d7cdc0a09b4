"""Subscriptions to pushes by the platforms' APIs: what is there is found, what is missing is made, never a second one."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from chalicelib.contract import Account, Api, Capability, HttpRequest, HttpResponse
from chalicelib.errors import Permanent
from chalicelib.subscribing import PushSubscription, RegistersPush
from connectors.registry import KEYS, connector
from tests.unit.connectors.fakes import FakeHttp, make_api, reply

ADDRESS = "https://hooks.example.com/webhooks/x/acme"
SHOPIFY = Account("demo", "shopify", "acme", {"shop": "acme.myshopify.com", "webhooks": "shop"})
WOO = Account("demo", "woocommerce", "keramik", {"store_url": "https://keramik.example.com"})
TIKTOK = Account("demo", "tiktokshop", "acme", {"shop_cipher": "c1"})
GRAPHQL = "POST /admin/api/2026-07/graphql.json"
HOOKS, EVENTS = "/wp-json/wc/v3/webhooks", "/event/202309/webhooks"
WOO_SECRETS = {"consumer_key": "ck_1", "consumer_secret": "cs_1", "webhook_secret": "hooksecret"}


def registers(key: str) -> RegistersPush:
    return cast("RegistersPush", connector(key))


def sent(api: Api) -> list[HttpRequest]:
    assert isinstance(api.http, FakeHttp)
    return api.http.sent


def test_who_declares_it_has_it() -> None:
    for key in KEYS:
        declared = Capability.REGISTERS_PUSH in connector(key).info.capabilities
        assert declared == isinstance(connector(key), RegistersPush), key


def nodes(rows: list[dict[str, str]], after: str | None) -> HttpResponse:
    told = {"hasNextPage": after is not None, "endCursor": after}
    return reply({"data": {"webhookSubscriptions": {"pageInfo": told, "nodes": rows}}})


def test_shopify_finds_those_of_our_address_on_every_page() -> None:
    mine = {"id": "gid://shopify/WebhookSubscription/1", "topic": "ORDERS_CREATE", "uri": ADDRESS}
    other = {"id": "gid://shopify/WebhookSubscription/2", "topic": "ORDERS_UPDATED", "uri": "https://elsewhere.example.com"}
    late = {"id": "gid://shopify/WebhookSubscription/3", "topic": "REFUNDS_CREATE", "uri": ADDRESS}
    api = make_api(SHOPIFY, {"access_token": "shpat"}, FakeHttp({GRAPHQL: [nodes([mine, other], "c1"), nodes([late], None)]}))

    found = registers("shopify").subscriptions(ADDRESS, api)

    assert [each.topic for each in found] == ["ORDERS_CREATE", "REFUNDS_CREATE"]
    assert json.loads(sent(api)[1].body or b"")["variables"] == {"after": "c1"}


@pytest.mark.parametrize(
    ("complaint", "refused"), [("", False), ("Address for this topic has already been taken", False), ("no", True)]
)
def test_shopify_makes_one_and_takes_one_that_is_there_for_made(complaint: str, refused: bool) -> None:
    errors = [{"message": complaint}] if complaint else []
    answer = reply({"data": {"webhookSubscriptionCreate": {"webhookSubscription": None, "userErrors": errors}}})
    api = make_api(SHOPIFY, {"access_token": "shpat"}, FakeHttp({GRAPHQL: answer}))

    if refused:
        with pytest.raises(Permanent, match="ORDERS_CREATE"):
            registers("shopify").subscribe("ORDERS_CREATE", ADDRESS, None, api)
    else:
        registers("shopify").subscribe("ORDERS_CREATE", ADDRESS, None, api)
    assert json.loads(sent(api)[0].body or b"")["variables"] == {"topic": "ORDERS_CREATE", "uri": ADDRESS}


def test_nothing_is_wanted_where_the_app_is_configured_for_it() -> None:
    """Those are not listed, so that each would get a second beside it."""
    assert registers("shopify").push_topics(Account("demo", "shopify", "acme", {"shop": "acme.myshopify.com"})) == ()
    assert "ORDERS_UPDATED" in registers("shopify").push_topics(SHOPIFY)
    assert registers("tiktokshop").push_topics(TIKTOK) == ()
    assert "PACKAGE_UPDATE" in registers("tiktokshop").push_topics(Account("demo", "tiktokshop", "acme", {"webhooks": "shop"}))


def hook(number: int, topic: str, address: str = ADDRESS, status: str = "active") -> dict[str, Any]:
    return {"id": number, "topic": topic, "status": status, "delivery_url": address}


def test_woocommerce_tells_which_are_off() -> None:
    rows = [
        hook(1, "order.created"),
        hook(2, "order.updated", status="disabled"),
        hook(3, "order.deleted", "https://e.example.com"),
    ]
    api = make_api(WOO, WOO_SECRETS, FakeHttp({f"GET {HOOKS}": reply(rows, headers={"x-wp-total": "3"})}))

    assert registers("woocommerce").subscriptions(ADDRESS, api) == (
        PushSubscription("order.created", "1"),
        PushSubscription("order.updated", "2", active=False),
    )
    assert ("status", "all") in sent(api)[0].query


def test_woocommerce_switches_on_what_is_off_and_makes_what_is_missing() -> None:
    done = reply({"id": 2}, 201)
    api = make_api(WOO, WOO_SECRETS, FakeHttp({f"PUT {HOOKS}/2": reply({"id": 2}), f"POST {HOOKS}": done}))

    registers("woocommerce").subscribe("order.updated", ADDRESS, PushSubscription("order.updated", "2", active=False), api)
    registers("woocommerce").subscribe("order.deleted", ADDRESS, None, api)

    again, new = (json.loads(each.body or b"") for each in sent(api))
    assert again == {"status": "active", "secret": "hooksecret"}
    assert (new["topic"], new["delivery_url"], new["secret"], new["status"]) == ("order.deleted", ADDRESS, "hooksecret", "active")


def test_tiktokshop_lists_and_sets_by_type() -> None:
    rows = [
        {"event_type": "ORDER_STATUS_CHANGE", "address": ADDRESS},
        {"event_type": "PACKAGE_UPDATE", "address": "https://e.example.com"},
    ]
    listed = reply({"code": 0, "data": {"webhooks": rows, "total_count": 2}})
    routes = {f"GET {EVENTS}": listed, f"PUT {EVENTS}": [reply({"code": 0, "data": {}}), reply({"code": 0})]}
    api = make_api(TIKTOK, {"app_key": "k", "app_secret": "s", "refresh_token": "r"}, FakeHttp(routes))

    assert registers("tiktokshop").subscriptions(ADDRESS, api) == (PushSubscription("ORDER_STATUS_CHANGE"),)
    for topic in ("PACKAGE_UPDATE", "RETURN_STATUS_CHANGE"):
        registers("tiktokshop").subscribe(topic, ADDRESS, None, api)
    assert json.loads(sent(api)[1].body or b"") == {"address": ADDRESS, "event_type": "PACKAGE_UPDATE"}


def test_tiktokshop_says_when_it_is_refused() -> None:
    api = make_api(
        TIKTOK,
        {"app_key": "k", "app_secret": "s", "refresh_token": "r"},
        FakeHttp({f"PUT {EVENTS}": reply({"code": 99999, "message": "no"})}),
    )
    with pytest.raises(Permanent, match="99999"):
        registers("tiktokshop").subscribe("PACKAGE_UPDATE", ADDRESS, None, api)
