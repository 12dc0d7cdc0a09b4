"""Magento's REST API: OAuth 1.0a, what answers mean, what is read of an order, pages."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, RawRequest, Ref
from chalicelib.domain.order import Order, Refund
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from chalicelib.toolkit.oauth1 import Credentials, base_string, signature
from connectors.magento import CONNECTOR
from connectors.magento.api import get
from connectors.magento.pull import SIZE
from tests.kit.cases import load
from tests.unit.connectors.fakes import NOW, FakeHttp, make_api, reply

SHOP = Account("demo", "magento", "garden", {"store_url": "https://garden.example.com"})
SECRETS = {"consumer_key": "abcd", "consumer_secret": "cs_secret", "access_token": "tok", "access_token_secret": "tok_secret"}
REF = Ref(SHOP, "d-1", "push")
V1 = "GET /rest/V1/"
SINCE = NOW - timedelta(hours=6)


def api_of(routes: dict[str, Any], account: Account = SHOP, secrets: dict[str, str] | None = None) -> Api:
    return make_api(account, SECRETS if secrets is None else secrets, FakeHttp(routes))


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def fixture(name: str) -> Any:
    return json.loads(load("magento", name).body)


def listed(rows: list[Any], total: int | None = None) -> HttpResponse:
    return reply({"items": rows, "search_criteria": {}, "total_count": len(rows) if total is None else total})


def query_of(sent: HttpRequest) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(sent.url).query))


def pushed(name: str) -> Any:
    return CONNECTOR.events(RawRequest("POST", "https://h.example.com", {}, (), load("magento", name).body), REF)[0]


def test_a_call_is_signed_over_its_query() -> None:
    api = api_of({V1 + "orders": listed([])})
    get(api, "orders", (("searchCriteria[filter]", "2026-05-01 00:00:00"), ("searchCriteria[pageSize]", "1")))

    (sent,) = http_of(api).sent
    header = sent.headers["authorization"]
    parts = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}
    given = parts.pop("oauth_signature")
    base = base_string("GET", sent.url.partition("?")[0], [*parse_qsl(urlsplit(sent.url).query), *parts.items()])

    assert header.startswith("OAuth ") and given == signature(base, Credentials("abcd", "cs_secret", "tok", "tok_secret"))
    assert "%20" in sent.url and "+" not in sent.url and sent.query == ()
    assert parts["oauth_timestamp"] == str(int(NOW.timestamp())) and len(parts["oauth_nonce"]) == 32


def test_no_nonce_is_used_twice() -> None:
    api = api_of({V1 + "orders": listed([])})
    get(api, "orders")
    get(api, "orders")
    nonces = {re.findall(r'oauth_nonce="(\w+)"', sent.headers["authorization"])[0] for sent in http_of(api).sent}
    assert len(nonces) == 2


def test_a_bearer_is_sent_only_where_that_is_chosen() -> None:
    api = api_of(
        {"GET /shop/rest/de/V1/orders": listed([])},
        Account("demo", "magento", "g", {"store_url": "https://garden.example.com/shop/", "store_code": "de", "auth": "bearer"}),
    )
    get(api, "orders")
    assert http_of(api).sent[0].headers["authorization"] == "Bearer tok"


@pytest.mark.parametrize(
    "options",
    [{}, {"store_url": "http://garden.example.com"}, {"store_url": "https://127.0.0.1"}, {**SHOP.options, "store_code": "../x"}],
)
def test_only_a_public_address_is_called(options: dict[str, str]) -> None:
    api = api_of({}, Account("demo", "magento", "g", options))
    with pytest.raises(ConfigError):
        get(api, "orders")
    assert http_of(api).sent == []


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (reply({}, 404), Skippable, "resource-missing"),
        (reply({"message": "The consumer isn't authorized to access %resources."}, 401), ConfigError, "keys-refused"),
        (reply(b"<html>", 403), ConfigError, "keys-refused"),
        (reply(b"", 302), ConfigError, "address-moved"),
        (reply({}, 400), Permanent, "platform-refused"),
        (reply(b"<html>oops</html>"), Retriable, "answer-malformed"),
        (reply(b'{"items":'), Retriable, "answer-malformed"),
    ],
)
def test_answers_and_what_they_mean(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error) as raised:
        get(api_of({V1 + "orders": answer}), "orders")
    assert (raised.value.reason, raised.value.connector) == (reason, "magento")


def hydration(document: Any, number: str = "77") -> dict[str, Any]:
    order = {**document["order"], "entity_id": int(number)}
    return {
        V1 + f"orders/{number}": reply(order),
        V1 + "invoices": listed(document.get("invoices", [])),
        V1 + "shipments": listed(document.get("shipments", [])),
        V1 + "creditmemos": listed([{**memo, "order_id": int(number)} for memo in document.get("creditmemos", [])]),
    }


def test_an_event_reads_the_order_and_what_belongs_to_it() -> None:
    api = api_of(hydration(fixture("order-refunded-partly")))
    event = CONNECTOR.hydrate(pushed("push-refund"), api)
    order, first, second = CONNECTOR.canonical(event.kind, event.payload, REF)

    assert isinstance(order, Order) and isinstance(first, Refund) and isinstance(second, Refund) and not event.thin
    assert (order.amounts.refunded, first.amount, second.amount, order.refund_status) == (2812, 2712, 100, "partial")
    asked = {urlsplit(sent.url).path: query_of(sent) for sent in http_of(api).sent}
    prefix = "searchCriteria[filter_groups][0][filters][0]"
    assert (
        asked["/rest/V1/creditmemos"][f"{prefix}[field]"] == "order_id"
        and asked["/rest/V1/creditmemos"][f"{prefix}[value]"] == "77"
    )
    assert CONNECTOR.hydrate(event, api) is event


def test_an_order_to_which_nothing_belongs_costs_one_call() -> None:
    api = api_of(hydration({"order": fixture("order-waiting")}))
    CONNECTOR.hydrate(pushed("push-order"), api)
    assert http_of(api).paths() == ["/rest/V1/orders/77"]


def test_a_commerce_webhook_reads_the_order_and_believes_nothing_else() -> None:
    body = json.dumps({"order": {"entity_id": "77", "grand_total": 1}}).encode()
    request = RawRequest("POST", "https://h.example.com", {"x-adobe-commerce-webhook-signature": ("x",)}, (), body)
    (event,) = CONNECTOR.events(request, REF)
    found = CONNECTOR.hydrate(event, api_of(hydration({"order": fixture("order-waiting")})))

    (order,) = CONNECTOR.canonical("order", found.payload, REF)
    assert isinstance(order, Order) and order.amounts.total == 7592


def test_without_keys_an_event_says_what_it_says() -> None:
    event = CONNECTOR.hydrate(pushed("push-order"), api_of({}, secrets={}))
    (order,) = CONNECTOR.canonical("order", event.payload, REF)

    assert isinstance(order, Order) and len(order.lines) == 1
    assert (order.amounts.items, order.amounts.shipping, order.amounts.refunded, order.amounts.total) == (4800, None, None, 5300)
    assert order.updated_at is not None and order.updated_at.microsecond == 553000
    with pytest.raises(Permanent):
        CONNECTOR.canonical("order", CONNECTOR.hydrate(pushed("push-refund"), api_of({}, secrets={})).payload, REF)


def test_what_is_not_told_whole_is_an_error() -> None:
    routes = hydration(fixture("order-shipped"))
    for answer in (listed([], 2), reply({"items": []})):
        with pytest.raises(Permanent, match="pull-truncated"):
            CONNECTOR.hydrate(pushed("push-order"), api_of({**routes, V1 + "shipments": answer}))


def test_an_answer_about_another_order_is_refused() -> None:
    with pytest.raises(Permanent, match="another order"):
        CONNECTOR.hydrate(pushed("push-order"), api_of({V1 + "orders/77": reply(fixture("order-paid"))}))


def test_pull_reads_the_last_page_first_and_stops_by_the_total() -> None:
    """Beyond the last page the shop answers the last again, so that an empty page never comes."""
    rows = [{**fixture("order-waiting"), "entity_id": number} for number in range(1, SIZE + 3)]

    def pages(sent: HttpRequest) -> HttpResponse:
        page = min(int(query_of(sent)["searchCriteria[currentPage]"]), 2)
        return listed(rows[(page - 1) * SIZE : page * SIZE], len(rows))

    api = api_of({V1 + "orders": pages})
    first, second = list(CONNECTOR.pull_orders(SINCE, NOW, None, api))
    again = list(CONNECTOR.pull_orders(SINCE, NOW, first.cursor, api))

    assert [len(first.events), len(second.events)] == [2, SIZE] and second.cursor is None
    assert [page.events for page in again] == [second.events]
    query = query_of(http_of(api).sent[0])
    bounds = [query[f"searchCriteria[filter_groups][{group}][filters][0][value]"] for group in (0, 1)]
    assert bounds == ["2026-11-21 06:00:00", "2026-11-21 12:00:01"]
    order = [query[f"searchCriteria[sortOrders][{index}][field]"] for index in (0, 1)]
    assert order == ["updated_at", "entity_id"]  # rows of one second have an order too


@pytest.mark.parametrize("answer", [listed([], 1), reply({"items": []})])
def test_a_short_page_is_an_error(answer: HttpResponse) -> None:
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of({V1 + "orders": answer})))


def test_push_and_pull_of_one_order_say_the_same() -> None:
    document = fixture("order-shipped")
    routes = hydration(document)
    row = {**document["order"], "entity_id": 77}
    ((page),) = CONNECTOR.pull_orders(SINCE, NOW, None, api_of({V1 + "orders": listed([row])}))
    api = api_of(routes)
    pulled = CONNECTOR.hydrate(page.events[0], api)
    event = CONNECTOR.hydrate(pushed("push-order"), api_of(routes))

    assert CONNECTOR.canonical("order", pulled.payload, REF) == CONNECTOR.canonical("order", event.payload, REF)
    assert "/rest/V1/orders/77" not in http_of(api).paths()  # the list holds the whole order
