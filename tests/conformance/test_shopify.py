"""Shopify beyond the suite: vectors from outside, the API's answers, pages, hydration, rules of status."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, RawRequest, Secrets, Token
from chalicelib.domain.order import Order
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected, Retriable, Skippable
from connectors.shopify import CONNECTOR
from connectors.shopify.mapping import landing, order_status
from connectors.shopify.status import BY_FINANCE, BY_FULFILMENT, kind_of
from tests.kit.cases import load

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SINCE = datetime(2026, 11, 20, tzinfo=UTC)
NODE = json.loads(load("shopify", "order-graphql-node").body)
REST = json.loads(load("shopify", "order-sample").body)

VECTORS = [
    ("test_secret_key", b'{"foo": "bar"}', "B23tXN681gZ0qIWNRrgtzBE9XSDo5yaUu6wfmhu3a7g="),
    ("hush", b'"my secret message"', "hMTq0K2x7oyOjoBwGYeTj5oxfnaVYXzbanUG9aajpKI="),
]


@pytest.mark.parametrize(("secret", "body", "signature"), VECTORS)
@pytest.mark.parametrize("header", ["x-shopify-hmac-sha256", "shopify-hmac-sha256"])
def test_vectors_of_the_platforms_own_sdks(secret: str, body: bytes, signature: str, header: str) -> None:
    request = RawRequest("POST", "https://hooks.example.com/", {header: (signature,)}, (), body)
    account, secrets = Account("demo", "shopify", "acme"), Secrets({"webhook_secret": (secret,)})
    assert CONNECTOR.verify(request, account, secrets, NOW).carries_event
    with pytest.raises(Rejected):
        CONNECTOR.verify(request, account, Secrets({"webhook_secret": (secret + "x",)}), NOW)


@dataclass
class Shop:
    """Answers in turn; keeps what was asked. Serves as HttpClient and Tokens."""

    answers: Sequence[HttpResponse | Callable[[HttpRequest], HttpResponse]]
    asked: list[HttpRequest] = field(default_factory=list)
    stored: list[Token] = field(default_factory=list)
    expired: list[str] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpResponse:
        answer = self.answers[len(self.asked)]
        self.asked.append(request)
        return answer if isinstance(answer, HttpResponse) else answer(request)

    def get(self, refresh: Callable[[Token | None], Token]) -> str:
        if not self.stored or self.stored[-1].access_token in self.expired:
            self.stored.append(refresh(self.stored[-1] if self.stored else None))
        return self.stored[-1].access_token

    def expire(self, access_token: str) -> None:
        self.expired.append(access_token)

    def api(self, secrets: dict[str, str] | None = None, **options: str) -> Api:
        account = Account("demo", "shopify", "acme", {"shop": "acme", **options})
        told = {"access_token": "shpat_1"} if secrets is None else secrets
        return Api(account, Secrets({name: (value,) for name, value in told.items()}), self, self, lambda: NOW)

    def variables(self, index: int) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.asked[index].body or b"{}")["variables"]
        return found


def _json(value: Any, status: int = 200, **headers: str) -> HttpResponse:
    return HttpResponse(status, {name.replace("_", "-"): text for name, text in headers.items()}, json.dumps(value).encode())


def _page(*nodes: Any, following: str | None = None, more: bool | None = None) -> HttpResponse:
    info = {"hasNextPage": following is not None if more is None else more, "endCursor": following}
    return _json({"data": {"orders": {"nodes": nodes, "pageInfo": info}}})


def _refused(code: str, **extensions: Any) -> HttpResponse:
    return _json({"errors": [{"message": "of john@example.com", "extensions": {"code": code}}], "extensions": extensions})


def _pull(shop: Shop, cursor: str | None = None, **options: str) -> list[Event]:
    return [event for page in CONNECTOR.pull_orders(SINCE, NOW, cursor, shop.api(None, **options)) for event in page.events]


def test_graphql_pull_reads_every_page_and_maps_each_order() -> None:
    shop = Shop([_page(NODE, following="c1"), _page({**NODE, "legacyResourceId": "7", "id": "gid://shopify/Order/7"})])
    events = _pull(shop)
    assert [event.resource_id for event in events] == ["820982911946154508", "7"]
    assert shop.variables(0)["q"] == "updated_at:>='2026-11-20T00:00:00Z' AND updated_at:<'2026-11-21T12:00:00Z'"
    assert [shop.variables(index)["after"] for index in (0, 1)] == [None, "c1"]
    assert shop.asked[0].url == "https://acme.myshopify.com/admin/api/2026-07/graphql.json"
    assert shop.asked[0].headers["x-shopify-access-token"] == "shpat_1"
    (order, *_) = CONNECTOR.canonical("order", events[1].payload, load("shopify", "order-sample").ref)
    assert isinstance(order, Order) and order.order_id == "7"


def test_the_cursor_of_a_page_resumes_after_it() -> None:
    first = next(iter(CONNECTOR.pull_orders(SINCE, NOW, None, Shop([_page(NODE, following="c1")]).api())))
    shop = Shop([_page(NODE)])
    _pull(shop, first.cursor)
    assert shop.variables(0)["after"] == "c1"


@pytest.mark.parametrize("cursor", ["", "%%%", "bm8=", "WzEsMl0="])
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Permanent, match="cursor-malformed"):
        _pull(Shop([_page(NODE)]), cursor)


def test_a_repeated_cursor_raises() -> None:
    with pytest.raises(Permanent, match="cursor-repeated"):
        _pull(Shop([_page(NODE, following="c1"), _page(NODE, following="c2"), _page(NODE, following="c1")]))


def test_more_without_a_cursor_raises() -> None:
    with pytest.raises(Permanent, match="pull-truncated"):
        _pull(Shop([_page(NODE, more=True)]))


def test_throttled_with_http_200_waits_for_the_bucket() -> None:
    status = {"currentlyAvailable": 100, "restoreRate": 50, "maximumAvailable": 1000}
    shop = Shop([_refused("THROTTLED", cost={"requestedQueryCost": 600, "throttleStatus": status})])
    with pytest.raises(Retriable) as caught:
        _pull(shop)
    assert caught.value.after == 11


def test_a_page_too_costly_is_halved_and_stays_small() -> None:
    shop = Shop([_refused("MAX_COST_EXCEEDED"), _page(NODE, following="c1"), _page(NODE)])
    assert len(_pull(shop)) == 2
    assert [shop.variables(index)["first"] for index in range(3)] == [10, 5, 5]
    with pytest.raises(Permanent, match="query-too-costly"):
        _pull(Shop([_refused("MAX_COST_EXCEEDED")] * 10))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (_refused("ACCESS_DENIED"), Permanent),
        (_refused("INTERNAL_SERVER_ERROR"), Retriable),
        (_json({"data": None}), Permanent),
        (_json([]), Permanent),
        (_json({}, 402), Permanent),
        (_json({}, 403), Permanent),
        (_json({}, 404), Skippable),
        (_json({}, 429, retry_after="2.0"), Retriable),
        (_json({}, 503), Retriable),
    ],
)
def test_what_the_api_answers_is_named_by_what_to_do(answer: HttpResponse, error: type[HuitouError]) -> None:
    with pytest.raises(error) as caught:
        _pull(Shop([answer]))
    assert "john@example.com" not in str(caught.value)


def test_lines_beyond_the_first_page_are_read() -> None:
    cut = {**NODE, "lineItems": {"nodes": NODE["lineItems"]["nodes"], "pageInfo": {"hasNextPage": True, "endCursor": "l1"}}}
    more = [{**NODE["lineItems"]["nodes"][0], "id": f"gid://shopify/LineItem/{index}"} for index in (1, 2)]

    def lines(node: Any, end: str | None) -> HttpResponse:
        info = {"hasNextPage": end is not None, "endCursor": end}
        return _json({"data": {"order": {"lineItems": {"nodes": [node], "pageInfo": info}}}})

    shop = Shop([_page(cut), lines(more[0], "l2"), lines(more[1], None)])
    (event,) = _pull(shop)
    (order, *_) = CONNECTOR.canonical("order", event.payload, load("shopify", "order-sample").ref)
    assert isinstance(order, Order)
    assert [line.line_id for line in order.lines] == ["866550311766439020", "1", "2"]
    with pytest.raises(Permanent, match="cursor-repeated"):
        _pull(Shop([_page(cut), lines(more[0], "l1")]))


def test_rest_pull_follows_page_info_only() -> None:
    link = '<https://rival.example/o?page_info=p0>; rel="previous", <https://rival.example/o?page_info=p2>; rel="next"'
    shop = Shop([_json({"orders": [REST]}, link=link), _json({"orders": [{**REST, "id": 8}]})])
    events = _pull(shop, api="rest")
    assert [event.resource_id for event in events] == ["820982911946154508", "8"]
    assert dict(shop.asked[0].query)["status"] == "any"
    assert dict(shop.asked[1].query) == {"limit": "250", "page_info": "p2"}
    assert {each.url for each in shop.asked} == {"https://acme.myshopify.com/admin/api/2026-07/orders.json"}


@pytest.mark.parametrize(
    "link", ['<https://acme.myshopify.com/x?page_info=p1>; rel="next"', '<https://acme.myshopify.com/x>; rel="next"']
)
def test_rest_pull_that_goes_round_or_loses_its_way_raises(link: str) -> None:
    with pytest.raises(Permanent):
        _pull(Shop([_json({"orders": []}, link=link) for _ in range(3)]), api="rest")


def test_a_refused_token_is_renewed_once() -> None:
    grant = _json({"access_token": "t2", "expires_in": 86400})
    shop = Shop([_json({"access_token": "t1", "expires_in": 86400}), _json({}, 401), grant, _page(NODE)])
    api = shop.api({"client_id": "id", "client_secret": "se"})
    assert len(list(CONNECTOR.pull_orders(SINCE, NOW, None, api))) == 1
    assert shop.expired == ["t1"] and shop.asked[3].headers["x-shopify-access-token"] == "t2"
    assert shop.asked[0].url == "https://acme.myshopify.com/admin/oauth/access_token"


def test_a_revoked_offline_token_is_permanent() -> None:
    with pytest.raises(Permanent, match="token-revoked"):
        _pull(Shop([_json({}, 401), _json({}, 401)]))


@pytest.mark.parametrize("shop", ["", "rival.example", "acme.myshopify.com.rival.example", "a/b", "acme.myshopify.com/x"])
def test_only_the_platforms_hosts_are_called(shop: str) -> None:
    found = Shop([])
    with pytest.raises(ConfigError):
        list(CONNECTOR.pull_orders(SINCE, NOW, None, found.api(shop=shop)))
    assert not found.asked


def _thin(kind: Any, resource: str | None = "5") -> Event:
    return Event("d", "Order/update", kind, resource, NOW, thin=True, payload=b"{}")


def test_hydrate_reads_the_order_whole() -> None:
    for shop, options in ((Shop([_json({"data": {"order": NODE}})]), {}), (Shop([_json({"order": REST})]), {"api": "rest"})):
        event = CONNECTOR.hydrate(_thin("order"), shop.api(None, **options))
        assert (event.thin, event.delivery_id, event.kind) == (False, "d", "order")
        (order, *_) = CONNECTOR.canonical("order", event.payload, load("shopify", "order-sample").ref)
        assert isinstance(order, Order) and order.amounts.total == 38800


def test_hydrate_reads_refunds_and_parcels_through_their_order() -> None:
    for kind in ("refund", "parcel"):
        shop = Shop([_json({"data": {"node": {"order": {"id": "gid://shopify/Order/9"}}}}), _json({"data": {"order": NODE}})])
        assert CONNECTOR.hydrate(_thin(kind), shop.api()).kind == "order"
        assert shop.variables(1)["id"] == "gid://shopify/Order/9"
        with pytest.raises(Permanent, match="hydration-unsupported"):
            CONNECTOR.hydrate(_thin(kind), Shop([]).api(api="rest"))


def test_hydrate_reads_consents() -> None:
    consent = {"marketingState": "SUBSCRIBED", "consentUpdatedAt": "2026-11-20T00:00:00Z"}
    shop = Shop([_json({"data": {"customer": {"legacyResourceId": "5", "emailMarketingConsent": consent}}})])
    event = CONNECTOR.hydrate(_thin("buyer"), shop.api())
    (found,) = CONNECTOR.canonical("buyer", event.payload, load("shopify", "order-sample").ref)
    assert getattr(found, "granted", None) is True


def test_hydrate_of_what_is_gone_or_unnamed() -> None:
    for data in ({"order": None}, {}):
        with pytest.raises(Skippable):
            CONNECTOR.hydrate(_thin("order"), Shop([_json({"data": data})]).api())
    with pytest.raises(Skippable):
        CONNECTOR.hydrate(_thin("refund"), Shop([_json({"data": {"node": None}})]).api())
    for resource in (None, "../../x", "5?x"):
        with pytest.raises(Permanent, match="resource-unnamed"):
            CONNECTOR.hydrate(_thin("order", resource), Shop([]).api())


@pytest.mark.parametrize(
    ("finance", "fulfilment", "flags", "status"),
    [
        ("pending", None, {}, "pending_payment"),
        ("partially_paid", "unfulfilled", {}, "pending_payment"),
        ("pending", None, {"cod": True}, "paid"),
        ("pending", "fulfilled", {}, "shipped"),
        ("refunded", "restocked", {}, "paid"),
        ("paid", "partial", {"delivered": True, "closed": True}, "partially_shipped"),
        ("paid", "fulfilled", {"delivered": True}, "delivered"),
        ("paid", "fulfilled", {"closed": True}, "completed"),
        ("paid", None, {"closed": True}, "paid"),
        ("voided", "fulfilled", {}, "cancelled"),
        ("paid", "fulfilled", {"cancelled": True}, "cancelled"),
        ("paid", "beamed", {}, "unknown"),
        ("beamed", None, {"cod": True}, "unknown"),
        (None, None, {}, "unknown"),
        ("PAID", "FULFILLMENT_NOT_REQUIRED", {}, "paid"),
    ],
)
def test_status_is_the_first_rule_that_fits(finance: str, fulfilment: str, flags: dict[str, bool], status: str) -> None:
    told = {"cancelled": False, "closed": False, "delivered": False, "cod": False, **flags}
    assert order_status(finance, fulfilment, **told) == status


def test_tables_cover_the_platforms_words() -> None:
    assert len(BY_FINANCE) == 7 and len(BY_FULFILMENT) == 13


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("orders/create", "order"),
        ("orders/delete", "other"),
        ("refunds/create", "refund"),
        ("fulfillments/update", "parcel"),
        ("customers/redact", "privacy"),
        ("customers/update", "buyer"),
        ("Order/update", "order"),
        ("products/create", "product"),
        ("app/uninstalled", "privacy"),
        ("order_transactions/create", "other"),
    ],
)
def test_kinds_by_topic(topic: str, kind: str) -> None:
    assert kind_of(topic) == kind


def test_landing_tells_source_and_campaign() -> None:
    assert landing("/p?utm_source=news&utm_campaign=bf", "https://a.example/") == ("news", "bf")
    assert landing("/p?x=1", "https://a.example/y") == ("a.example", None)
    assert landing(None, "http://[broken") == (None, None)


@pytest.mark.parametrize(
    ("stamp", "occurred"),
    [
        ("2026-11-20T18:00:27.877041743Z", datetime(2026, 11, 20, 18, 0, 27, 877041, UTC)),
        ("2026-11-20T18:00:27", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_an_unsigned_time_never_stops_an_order(stamp: str, occurred: datetime | None) -> None:
    case = load("shopify", "push-order-paid")
    request = RawRequest("POST", case.request.url, {**case.headers, "x-shopify-triggered-at": (stamp,)}, (), case.body)
    (event,) = CONNECTOR.events(request, case.ref)
    assert (event.kind, event.occurred_at) == ("order", occurred)


def test_a_body_without_headers_is_told_by_its_fields() -> None:
    kinds = {
        "order-sample": "order",
        "push-refund": "refund",
        "push-fulfilment": "parcel",
        "push-customer": "buyer",
        "privacy-erase-buyer": "privacy",
        "order-delete": "other",
    }
    for name, kind in kinds.items():
        case = load("shopify", name)
        (event,) = CONNECTOR.events(RawRequest("POST", "https://hooks.example.com/", {}, (), case.body), case.ref)
        assert (name, event.kind) == (name, kind)
