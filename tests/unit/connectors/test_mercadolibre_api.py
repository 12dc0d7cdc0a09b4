"""Mercado Libre's API: single-use refresh tokens, what each answer means, hydration by topic, and the pull."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, RawRequest, Ref, Token
from chalicelib.domain.order import Order, Refund
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from connectors.mercadolibre import CONNECTOR
from connectors.mercadolibre.api import get, renew
from connectors.mercadolibre.pull import SIZE
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

ACCOUNT = Account("demo", "mercadolibre", "loja", {"user_id": "100000001"})
SECRETS = {"client_id": "5500000000000001", "client_secret": "a-client-secret", "refresh_token": "refresh-zero"}
REF = Ref(ACCOUNT, "d-1", "push")
TOKEN = "POST /oauth/token"
FRESH = {"access_token": "token-two", "expires_in": 21600, "refresh_token": "refresh-two", "user_id": 100000001}
MISSING = reply({"error": "not_found"}, 404)


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT) -> Api:
    return make_api(account, SECRETS, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def order(number: int = 2000003508897001, **told: Any) -> dict[str, Any]:
    item = {"item": {"id": "MLB1"}, "quantity": 1, "unit_price": 50, "full_unit_price": 50}
    base = {"id": number, "status": "paid", "currency_id": "BRL", "total_amount": 50, "paid_amount": 50, "order_items": [item]}
    return {**base, "payments": [], "shipping": {"id": None}, "seller": {"id": 100000001}, **told}


def push(topic: str = "orders_v2", resource: str = "/orders/2000003508897001") -> Event:
    body = json.dumps({"_id": "n-1", "resource": resource, "user_id": 100000001, "topic": topic, "application_id": 1}).encode()
    return CONNECTOR.events(RawRequest("POST", "https://hooks.example.com", {}, (), body), REF)[0]


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, REF)


def test_read_carries_the_token_in_a_header() -> None:
    """Never in the query, where it would be logged; and in the new format."""
    api = api_of({"GET /orders/1": reply({})})

    get(api, "/orders/1")

    (sent,) = http_of(api).sent
    assert sent.headers["authorization"] == "Bearer token-one" and sent.headers["x-format-new"] == "true"
    assert sent.query == ()


def test_expired_token_is_renewed_once() -> None:
    """The refresh token is good for one use: one refresh, its successor is stored with the access token."""
    tokens = FakeTokens()
    api = api_of({"GET /orders/1": [reply({}, 401), reply({})], TOKEN: [reply(FRESH)]}, tokens)

    get(api, "/orders/1")

    assert tokens.refreshes == 1
    assert tokens.stored == Token("token-two", NOW + timedelta(seconds=21600), "refresh-two")
    form = parse_qs((http_of(api).sent[1].body or b"").decode())
    assert form["grant_type"] == ["refresh_token"] and form["refresh_token"] == ["refresh-one"]
    assert http_of(api).sent[2].headers["authorization"] == "Bearer token-two"


def test_refused_again_does_not_loop() -> None:
    """A token that was just renewed and is refused leaves the work for later."""
    tokens = FakeTokens()

    with pytest.raises(Retriable, match="token-refused"):
        get(api_of({"GET /orders/1": reply({}, 401), TOKEN: [reply(FRESH)]}, tokens), "/orders/1")
    assert tokens.refreshes == 1


def test_first_token_comes_from_the_secrets() -> None:
    """Until one is stored, the refresh token of the installation is used."""
    api = api_of({TOKEN: [reply(FRESH)]})

    assert renew(api, None).refresh_token == "refresh-two"
    assert parse_qs((http_of(api).sent[0].body or b"").decode())["refresh_token"] == ["refresh-zero"]


def test_seller_who_authorised_again_is_not_held_to_a_dead_token() -> None:
    """The new refresh token is in the secrets while the revoked one is still stored."""
    api = api_of({TOKEN: [reply({"error": "invalid_grant"}, 400), reply(FRESH)]})

    assert renew(api, Token("token-one", NOW, "refresh-dead")).refresh_token == "refresh-two"
    asked = [parse_qs((sent.body or b"").decode())["refresh_token"] for sent in http_of(api).sent]
    assert asked == [["refresh-dead"], ["refresh-zero"]]


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (reply({"error": "invalid_grant"}, 400), Permanent, "token-revoked"),
        (reply({"error": "invalid_client"}, 400), ConfigError, "application-refused"),
        (reply(b"<html>", 403), ConfigError, "application-refused"),
        (reply({"error": "bad_request"}, 400), Permanent, "platform-refused"),
        (reply({**FRESH, "user_id": 2}), ConfigError, "seller-mismatch"),
        (reply(b"<html>"), Retriable, "answer-malformed"),
        (reply({"access_token": 1}), Permanent, "payload-malformed"),
    ],
)
def test_refusals_of_a_token(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    """A revoked grant pauses the account, a wrong application or seller is misconfiguration."""
    with pytest.raises(error) as raised:
        renew(api_of({TOKEN: answer}), None)

    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (MISSING, Skippable, "resource-missing"),
        (reply({}, 403), Permanent, "resource-forbidden"),
        (reply({}, 400), Permanent, "platform-refused"),
        (reply({}, 302), Permanent, "platform-refused"),
        (reply({"id": 1}, 206, {"x-content-missing": "buyer, shipping"}), Retriable, "content-missing"),
        (reply(b"<html>oops</html>"), Retriable, "answer-malformed"),
        (reply(b'{"id":'), Retriable, "answer-malformed"),
    ],
)
def test_answers_and_what_they_mean(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    """Each answer has one of the five recoveries."""
    with pytest.raises(error) as raised:
        get(api_of({"GET /orders/1": answer}), "/orders/1")

    assert (raised.value.reason, raised.value.connector) == (reason, "mercadolibre")


def test_partial_content_that_does_not_matter_is_taken() -> None:
    """An order without its feedback is an order."""
    assert get(api_of({"GET /orders/1": reply({"id": 1}, 206, {"x-content-missing": "buyer,feedback"})}), "/orders/1")


def test_order_notification_reads_order_shipment_and_history() -> None:
    """The new format of a shipment tells no times: its history does."""
    shipment = {"id": 5, "status": "delivered", "tracking_number": "BR1", "lead_time": {"cost": 12.9}, "last_updated": None}
    history = [
        {"status": "shipped", "date": "2026-11-20T10:00:00.000-04:00"},
        {"status": "delivered", "date": "2026-11-21T10:00:00Z"},
    ]
    api = api_of(
        {
            "GET /orders/2000003508897001": reply(order(shipping={"id": 5})),
            "GET /shipments/5": reply(shipment),
            "GET /shipments/5/history": reply(history),
        }
    )

    event = CONNECTOR.hydrate(push(), api)
    (told,) = mapped(event)

    assert isinstance(told, Order) and not event.thin
    assert (told.status, told.platform_status, told.amounts.shipping) == ("delivered", "paid/delivered", 1290)
    assert told.shipped_at is not None and told.shipped_at.hour == 14
    assert CONNECTOR.hydrate(event, api) is event


def test_discounts_and_claims_are_read_only_where_there_are_any() -> None:
    """A plain order costs one call; one with a coupon and a mediation, three."""
    plain = api_of({"GET /orders/2000003508897001": reply(order())})
    CONNECTOR.hydrate(push(), plain)
    rich = order(coupon={"id": 1, "amount": 10}, mediations=[{"id": 77}])
    discounts = {"details": [{"type": "coupon", "items": [{"id": "MLB1", "amounts": {"total": 10, "seller": 4}}]}]}
    api = api_of(
        {
            "GET /orders/2000003508897001": reply(rich),
            "GET /orders/2000003508897001/discounts": reply(discounts),
            "GET /post-purchase/v1/claims/77": reply({"id": 77, "type": "return", "status": "opened"}),
        }
    )

    (told,) = mapped(CONNECTOR.hydrate(push(), api))

    assert len(http_of(plain).sent) == 1 and len(http_of(api).sent) == 3
    assert (told.amounts.discount_seller, told.amounts.discount_platform, told.refund_status) == (400, 600, "requested")


def test_shipment_of_a_cart_is_several_orders() -> None:
    """One parcel, one notification, every order of the cart read."""
    items = [{"order_id": 1}, {"order_id": 2}, {"order_id": 1}]
    api = api_of({"GET /shipments/5/items": reply(items), "GET /orders/1": reply(order(1)), "GET /orders/2": reply(order(2))})

    event = CONNECTOR.hydrate(push("shipments", "/shipments/5"), api)

    assert [told.order_id for told in mapped(event)] == ["1", "2"] and event.resource_id == "1"


CLAIM = "GET /post-purchase/v1/claims/4"


@pytest.mark.parametrize(
    ("topic", "resource", "routes"),
    [
        ("shipments", "/shipments/5", {"GET /shipments/5/items": MISSING, "GET /shipments/5": reply({"id": 5, "order_id": 1})}),
        ("payments", "/collections/9", {"GET /collections/9": reply({"collection": {"id": 9, "order_id": 1}})}),
        ("payments", "/collections/9", {"GET /collections/9": reply({"id": 9, "order_id": "1"})}),
        (
            "claims",
            "/post-purchase/v1/claims/4",
            {CLAIM: reply({"resource": "order", "resource_id": 1})},
        ),
        (
            "post_purchase",
            "/post-purchase/v1/claims/4",
            {
                CLAIM: reply({"resource": "shipment", "resource_id": 5}),
                "GET /shipments/5/items": reply([{"order_id": 1}]),
            },
        ),
        ("orders", "orders/1", {}),
    ],
)
def test_each_topic_leads_to_its_order(topic: str, resource: str, routes: Mapping[str, Any]) -> None:
    """Whatever changed, the order is read again."""
    event = CONNECTOR.hydrate(push(topic, resource), api_of({**routes, "GET /orders/1": reply(order(1))}))

    assert (event.kind, event.resource_id, event.thin) == ("order", "1", False)


def test_global_selling_reads_under_its_own_prefix() -> None:
    """The same API under /marketplace."""
    api = api_of({"GET /marketplace/orders/7": reply(order(7))})

    assert CONNECTOR.hydrate(push("marketplace_orders", "/marketplace/orders/7"), api).resource_id == "7"


@pytest.mark.parametrize("topic", ["items", "invoices", "something_new"])
def test_topics_that_are_not_taken_in_cost_no_call(topic: str) -> None:
    """They are acknowledged and counted, nothing is read."""
    with pytest.raises(Skippable) as skipped:
        CONNECTOR.hydrate(push(topic, "/x/1"), api_of({}))

    assert skipped.value.reason == "topic-ignored" and skipped.value.detail


@pytest.mark.parametrize(
    "resource", ["/users/me", "/orders/abc", "/users/1", "/orders/1/feedback", "/orders/99999999999999999999999"]
)
def test_resources_that_are_no_order_are_never_fetched(resource: str) -> None:
    """A hint cannot make us read another part of the API."""
    api = api_of({})

    with pytest.raises(Permanent):
        CONNECTOR.hydrate(push("orders_v2", resource), api)
    assert http_of(api).sent == []


def test_forged_order_costs_one_read() -> None:
    """An order that is not there, not this seller's, or not the one asked for: nothing is stored."""
    for answer, error in (
        (MISSING, Skippable),
        (reply(order(seller={"id": 2})), Skippable),
        (reply(order(1)), Permanent),
        (reply({}, 403), Permanent),
    ):
        api = api_of({"GET /orders/2000003508897001": answer})
        with pytest.raises(error):
            CONNECTOR.hydrate(push(), api)
        assert len(http_of(api).sent) == 1


def test_refunds_follow_their_order() -> None:
    """One for each payment of which anything went back; payments in other states are none."""
    payments = [
        {"id": 1, "status": "refunded", "transaction_amount": 30, "transaction_amount_refunded": 30},
        {"id": 2, "status": "approved", "transaction_amount": 20, "transaction_amount_refunded": 5.5},
        {"id": 3, "status": "rejected", "transaction_amount": 20, "transaction_amount_refunded": 0},
    ]

    told = mapped(replace(push(), payload=json.dumps(order(payments=payments)).encode()))

    assert isinstance(told[0], Order) and (told[0].amounts.refunded, told[0].refund_status) == (3550, "partial")
    assert [(each.refund_id, each.amount) for each in told[1:] if isinstance(each, Refund)] == [("1", 3000), ("2", 550)]


@pytest.mark.parametrize(
    ("currency", "written", "minor"),
    [("CLP", "10990", 10990), ("PYG", "15000.0", 15000), ("BRL", "14.290000000000001", 1429), ("COP", "1e5", 10_000_000)],
)
def test_money_is_exact(currency: str, written: str, minor: int) -> None:
    """Currencies without cents, floating point noise, and exponents."""
    body = json.dumps(order(currency_id=currency, paid_amount="@", total_amount="@")).replace('"@"', written)

    (told,) = mapped(replace(push(), payload=body.encode()))

    assert (told.amounts.total, told.amounts.paid) == (minor, minor)


@pytest.mark.parametrize(("currency", "written"), [("CLP", "10990.5"), ("BRL", "1.005"), ("BRL", "1e400"), ("BRL", '"NaN"')])
def test_money_that_is_not_exact_is_refused(currency: str, written: str) -> None:
    """A real fraction of the minor unit, and what is no number."""
    body = json.dumps(order(currency_id=currency, total_amount="@")).replace('"@"', written)

    with pytest.raises(Permanent) as refusal:
        mapped(replace(push(), payload=body.encode()))
    assert refusal.value.path == "$.total_amount"


class Shop:
    """The search of a seller, as a function of the request."""

    def __init__(self, orders: int, cancelled: int = 0) -> None:
        self.found = [order(1000 + number, last_updated="2026-11-20T10:00:00Z") for number in range(orders)]
        self.cancelled = [order(9000 + number, status="cancelled") for number in range(cancelled)]
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = dict(request.query)
        self.asked.append(told)
        rows = self.cancelled if told.get("order.status") == "cancelled" else self.found
        start = int(told["offset"])
        paging = {"total": len(rows), "offset": start, "limit": 50}
        return reply({"results": rows[start : start + int(told["limit"])], "paging": paging})


SINCE = NOW - timedelta(days=3) + timedelta(minutes=25)


def pulled(shop: Any, cursor: str | None = None, tokens: FakeTokens | None = None, **routes: Any) -> list[Any]:
    return list(CONNECTOR.pull_orders(SINCE, NOW, cursor, api_of({"GET /orders/search": shop, **routes}, tokens)))


def test_pull_reads_all_pages_and_the_cancelled_ones() -> None:
    """The search hides cancelled orders: a second one asks for them. Hours are whole, two are overlapped, the offset numeric."""
    shop = Shop(2 * SIZE + 3, 2)

    pages = pulled(shop)

    ids = [event.resource_id for page in pages for event in page.events]
    assert len(ids) == len(set(ids)) == 2 * SIZE + 5 and "9001" in ids
    assert pages[-1].cursor is None and all(event.thin for page in pages for event in page.events)
    first = shop.asked[0]
    assert (first["seller"], first["limit"], first["sort"]) == ("100000001", "50", "date_asc")
    assert first["order.date_last_updated.from"] == "2026-11-18T10:00:00.000-00:00"
    assert first["order.date_last_updated.to"] == "2026-11-21T12:00:00.000-00:00"


def test_pulled_orders_are_hydrated_like_pushed_ones() -> None:
    """The list does not know how far a shipment got, so its orders come as notifications would."""
    (first, _) = pulled(Shop(1))

    event = CONNECTOR.hydrate(first.events[0], api_of({"GET /orders/1000": reply(order(1000))}))

    assert mapped(event)[0].order_id == "1000"


def test_pull_goes_on_from_its_cursor() -> None:
    """What follows a cursor is what followed it."""
    pages = pulled(Shop(2 * SIZE + 3, 2))

    for index, page in enumerate(pages[:-1]):
        assert pulled(Shop(2 * SIZE + 3, 2), page.cursor) == pages[index + 1 :]


def test_pull_that_is_cut_short_raises() -> None:
    """Fewer results than counted is an error."""
    with pytest.raises(Permanent, match="pull-truncated"):
        pulled(reply({"results": [], "paging": {"total": 3, "offset": 0, "limit": 50}}))


def test_window_past_the_offset_is_halved() -> None:
    """Beyond offset 10,000 the search answers nothing: shorter windows, down to an hour, then an error."""
    asked: list[tuple[str, str]] = []

    def deep(request: HttpRequest) -> HttpResponse:
        told = dict(request.query)
        asked.append((told["order.date_last_updated.from"], told["order.date_last_updated.to"]))
        return reply({"results": [], "paging": {"total": 10_001 if len(asked) < 3 else 0}})

    pages = pulled(deep)

    assert asked[0][0] == asked[1][0] == asked[2][0] and asked[0][1] > asked[1][1] > asked[2][1]
    assert pages[-1].cursor is None
    with pytest.raises(Permanent, match="pull-truncated"):
        pulled(reply({"results": [], "paging": {"total": 10_001}}))


def test_token_that_expires_between_pages() -> None:
    """The pull goes on; the refresh token is used once."""
    shop, tokens, calls = Shop(2 * SIZE), FakeTokens(), []

    def answer(request: HttpRequest) -> HttpResponse:
        calls.append(request.headers["authorization"])
        return reply({}, 401) if len(calls) == 2 else shop(request)

    pages = pulled(answer, None, tokens, **{TOKEN: [reply(FRESH)]})

    assert tokens.refreshes == 1 and sum(len(page.events) for page in pages) == 2 * SIZE


def test_pull_needs_the_seller_and_a_cursor_of_its_own() -> None:
    """Without the seller's id there is nothing to search for."""
    with pytest.raises(Permanent, match="cursor-malformed"):
        pulled(Shop(0), "elsewhere:1.2.3")
    with pytest.raises(ConfigError, match="user_id"):
        list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of({}, account=replace(ACCOUNT, options={}))))
