"""Amazon: records of the feed, tokens, what each answer means, hydration, the pull, and what may be sent to a buyer."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from chalicelib.contract import (
    Account,
    Api,
    Event,
    HttpRequest,
    HttpResponse,
    Page,
    RawRequest,
    ReceivesWebhooks,
    Ref,
    Target,
    Token,
)
from chalicelib.domain.order import Refund
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from connectors.amazon import CONNECTOR
from connectors.amazon.api import GET_ORDER, get, renew
from connectors.amazon.pull import INCLUDED
from tests.kit.cases import load
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

OPTIONS = {"seller_id": "A3EXAMPLE0SHOP", "marketplace_ids": "ATVPDKIKX0DER", "region": "eu"}
ACCOUNT = Account("demo", "amazon", "acme", OPTIONS)
SECRETS = {"client_id": "amzn1.app", "client_secret": "a-client-secret", "refresh_token": "Atzr|zero"}
REF = Ref(ACCOUNT, "d-1", "push")
TOKEN = "POST /auth/o2/token"
FRESH = {"access_token": "Atza|two", "expires_in": 3600, "token_type": "bearer", "refresh_token": "Atzr|two"}
ORDERS = "GET /orders/2026-01-01/orders"
ORDER_ID = "114-1234567-8901234"
ORDER = f"{ORDERS}/{ORDER_ID}"
FINANCES = "GET /finances/2024-06-19/transactions"
SINCE, UNTIL = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT) -> Api:
    return make_api(account, SECRETS, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def body(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(load("amazon", name).body)
    return found


def notice(topic: str = "ORDER_CHANGE", order_id: str = ORDER_ID) -> Event:
    return Event("n-1", topic, "order", order_id, None, thin=True, payload=b"{}")


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, REF)


def collect(pages: Any) -> list[Page]:
    return list(pages)


def record(value: Any) -> RawRequest:
    return RawRequest("POST", "", {}, (), json.dumps(value).encode())


def test_there_is_no_webhook() -> None:
    """Nothing of Amazon comes by HTTP: whoever posts there is not Amazon."""
    assert not isinstance(CONNECTOR, ReceivesWebhooks) and CONNECTOR.info.push_trust == "none"


def test_both_spellings_and_the_bus_name_seller_and_order() -> None:
    pascal = body("feed-order-change")
    inner = pascal["Payload"]["OrderChangeNotification"]
    camel = {
        "notificationType": "ORDER_CHANGE",
        "eventTime": pascal["EventTime"],
        "payload": {"orderChangeNotification": {"sellerId": inner["SellerId"], "amazonOrderId": inner["AmazonOrderId"]}},
        "notificationMetadata": {"notificationId": "n-2"},
    }
    bus = {"source": "aws.partner/sellingpartnerapi.amazon.com/1/2", "detail": pascal}
    for value, delivery in (
        (pascal, "d0e9e693-c3ad-4373-979f-ed4ec98d0001"),
        (camel, "n-2"),
        (bus, "d0e9e693-c3ad-4373-979f-ed4ec98d0001"),
    ):
        assert CONNECTOR.address(json.dumps(value).encode()) == {"seller_id": "A3EXAMPLE0SHOP"}
        (event,) = CONNECTOR.events(record(value), REF)
        assert (event.kind, event.thin, event.resource_id, event.delivery_id) == ("order", True, ORDER_ID, delivery)


@pytest.mark.parametrize("source", ["aws.partner/rival.example/1", "custom", "", None])
def test_bus_events_of_others_are_refused(source: str | None) -> None:
    with pytest.raises(Permanent):
        CONNECTOR.address(json.dumps({"source": source, "detail": body("feed-order-change")}).encode())


def test_records_without_a_seller_are_refused() -> None:
    value = body("feed-order-change")
    del value["Payload"]["OrderChangeNotification"]["SellerId"]
    with pytest.raises(Permanent, match="seller-unknown"):
        CONNECTOR.address(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"application_id": "amzn1.another"}, "application-mismatch"), ({"seller_id": "A0ANOTHER"}, "seller-mismatch")],
)
def test_records_of_another_application_or_seller_are_refused(options: dict[str, str], reason: str) -> None:
    ref = Ref(replace(ACCOUNT, options=options), "d", "push")
    with pytest.raises(Permanent, match=reason):
        CONNECTOR.events(record(body("feed-order-change")), ref)


def test_expired_token_is_renewed_once() -> None:
    tokens = FakeTokens()
    api = api_of({ORDERS: [reply({}, 401), reply({})], TOKEN: [reply(FRESH)]}, tokens)

    get(api, "/orders/2026-01-01/orders", (), GET_ORDER)

    assert tokens.stored == Token("Atza|two", NOW + timedelta(seconds=3600), "Atzr|two") and tokens.refreshes == 1
    form = parse_qs((http_of(api).sent[1].body or b"").decode())
    assert form["grant_type"] == ["refresh_token"] and http_of(api).sent[1].url == "https://api.amazon.com/auth/o2/token"
    sent = http_of(api).sent[2]
    assert sent.headers["x-amz-access-token"] == "Atza|two" and sent.headers["x-amz-date"] == "20261121T120000Z"
    assert sent.url.startswith("https://sellingpartnerapi-eu.amazon.com/") and sent.rate is GET_ORDER


@pytest.mark.parametrize(("sign", "amount"), [(1, 1800), (-1, None)])
def test_a_refund_that_came_to_the_seller_is_none_of_known_size(sign: int, amount: int | None) -> None:
    """What goes back to a buyer leaves the seller: its sales part is negative."""
    document = json.loads(load("amazon", "order-refunded-in-part").body)
    told = [each for each in document["transactions"] if each["transactionType"] == "Refund"]
    for part in (part for each in told for part in each["breakdowns"] if part["breakdownType"] == "Sales"):
        part["breakdownAmount"]["currencyAmount"] *= sign
    _, refund, *_ = CONNECTOR.canonical("order", json.dumps(document).encode(), Ref(ACCOUNT, "d-1", "pull"))
    assert isinstance(refund, Refund) and refund.amount == amount


OVER = {"code": "Unauthorized", "message": "Access is denied.", "details": "The access token you provided has expired."}


def test_expired_token_may_be_told_with_403() -> None:
    tokens = FakeTokens()
    api = api_of({ORDERS: [reply({"errors": [OVER]}, 403), reply({})], TOKEN: [reply(FRESH)]}, tokens)
    get(api, "/orders/2026-01-01/orders", (), GET_ORDER)
    assert tokens.refreshes == 1


@pytest.mark.parametrize(
    "error",
    [
        {"code": "Unauthorized", "message": "The role of the application has expired."},
        {"code": "InvalidInput", "message": "The access token of the window expired."},
    ],
)
def test_other_things_that_expired_are_no_token(error: dict[str, str]) -> None:
    tokens = FakeTokens()
    with pytest.raises(Permanent, match="platform-refused"):
        get(api_of({ORDERS: reply({"errors": [error]}, 403)}, tokens), "/orders/2026-01-01/orders", (), GET_ORDER)
    assert tokens.refreshes == 0


def test_refused_again_does_not_loop() -> None:
    with pytest.raises(Retriable, match="token-refused"):
        get(api_of({ORDERS: reply({}, 401), TOKEN: [reply(FRESH)]}), "/orders/2026-01-01/orders", (), GET_ORDER)


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (reply({"error": "invalid_grant"}, 400), Permanent, "token-revoked"),
        (reply({"error": "access_denied"}, 400), Permanent, "token-revoked"),
        (reply({"error": "unauthorized_client"}, 400), ConfigError, "application-refused"),
        (reply({"error": "invalid_client"}, 401), ConfigError, "application-refused"),
        (reply({"error": "temporarily_unavailable"}, 400), Retriable, "token-unavailable"),
        (reply(b"<html>", 400), Permanent, "platform-refused"),
    ],
)
def test_refusals_of_a_token(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error) as raised:
        renew(api_of({TOKEN: answer}), None)
    assert raised.value.reason == reason and "Atzr" not in str(raised.value)


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (reply({"errors": [{"code": "NotFound", "message": "Ada Example"}]}, 404), Skippable, "resource-missing"),
        (reply({"errors": [{"code": "InvalidInput", "message": "Ada Example"}]}, 400), Permanent, "platform-refused"),
        (reply({"errors": [{"code": "Unauthorized", "message": "Ada Example"}]}, 403), Permanent, "platform-refused"),
        (reply(b"<html>Ada Example</html>", 302), Permanent, "platform-refused"),
    ],
)
def test_answers_and_what_they_mean(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error) as raised:
        get(api_of({ORDERS: answer}), "/orders/2026-01-01/orders", (), GET_ORDER)
    assert (raised.value.reason, raised.value.connector) == (reason, "amazon") and "Ada" not in str(raised.value)


@pytest.mark.parametrize("options", [{"region": "rival.example"}, {"environment": "staging"}])
def test_unknown_regions_call_nobody(options: dict[str, str]) -> None:
    account = replace(ACCOUNT, options={**OPTIONS, **options})
    with pytest.raises(ConfigError):
        get(api_of({}, account=account), "/orders/2026-01-01/orders", (), GET_ORDER)


def test_order_change_reads_the_order() -> None:
    api = api_of({ORDER: reply(body("order-unshipped"))})
    (order,) = mapped(CONNECTOR.hydrate(notice(), api))
    assert order.order_id == ORDER_ID and order.amounts.total == 5323
    assert http_of(api).sent[0].query == (("includedData", INCLUDED),)


def test_transaction_reads_all_transactions_of_its_order() -> None:
    """Over all pages, an empty one among them; with or without the wrapper."""
    order_id = "114-1234567-8901249"
    told = body("order-refunded-in-part")
    pages = [
        reply({"payload": {"transactions": told["transactions"][:2], "nextToken": "t1"}}),
        reply({"payload": {"transactions": [], "nextToken": "t2"}}),
        reply({"transactions": told["transactions"][2:]}),
    ]
    api = api_of({f"{ORDERS}/{order_id}": reply({"order": told["order"]}), FINANCES: pages})

    order, *refunds = mapped(CONNECTOR.hydrate(notice("TRANSACTION_UPDATE", order_id), api))

    assert (order.refund_status, order.amounts.refunded) == ("partial", 2350)
    assert [refund.amount for refund in refunds] == [1800, 550]
    assert dict(http_of(api).sent[1].query) == {"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": order_id}


def test_answer_about_another_order_is_not_taken() -> None:
    other = body("order-unshipped")
    other["order"]["orderId"] = "114-9999999-9999999"
    for answer in (other, {}, {"order": None}):
        with pytest.raises(Permanent):
            CONNECTOR.hydrate(notice(), api_of({ORDER: reply(answer)}))


@pytest.mark.parametrize("order_id", ["../x", "114/1", "", "1?x=2"])
def test_an_id_is_never_a_path(order_id: str) -> None:
    with pytest.raises(Permanent):
        CONNECTOR.hydrate(notice(order_id=order_id), api_of({}))


def listed(request: HttpRequest) -> HttpResponse:
    """Two pages of orders."""
    order = body("order-unshipped")["order"]
    token = dict(request.query).get("paginationToken")
    if token is None:
        return reply({"orders": [order], "pagination": {"nextToken": "abc=="}})
    assert token == "abc=="
    return reply({"orders": [{**order, "orderId": "114-0000000-0000001"}]})


NO_MONEY = reply({"payload": {"transactions": []}})


def test_push_and_pull_of_one_order_are_the_same() -> None:
    api = api_of({ORDERS: listed, FINANCES: NO_MONEY, ORDER: reply(body("order-unshipped"))})
    (page, *_) = collect(CONNECTOR.pull_orders(SINCE, UNTIL, None, api))
    (pulled,) = page.events
    assert not pulled.thin and mapped(pulled) == mapped(CONNECTOR.hydrate(notice(), api))


def test_pull_asks_rarely_and_resumes_with_amazons_own_token() -> None:
    """One call in three minutes after the burst: it has to be one for a hundred orders with all they hold."""
    api = api_of({ORDERS: listed, FINANCES: NO_MONEY})

    pages = collect(CONNECTOR.pull_orders(SINCE, UNTIL, None, api))

    first = http_of(api).sent[0]
    assert dict(first.query) == {
        "lastUpdatedAfter": "2026-11-20T00:00:00Z",
        "lastUpdatedBefore": "2026-11-21T00:00:00Z",
        "marketplaceIds": "ATVPDKIKX0DER",
        "maxResultsPerPage": "100",
        "includedData": INCLUDED,
    }
    assert first.rate is not None and (round(first.rate.every), first.rate.burst) == (179, 20)
    assert [page.cursor for page in pages] == ["orders:1795219200:abc==", "refunds:1795219200:", None]
    again = api_of({ORDERS: listed, FINANCES: NO_MONEY})
    assert [
        event.resource_id for event in collect(CONNECTOR.pull_orders(SINCE, UNTIL, "orders:1795219200:abc==", again))[0].events
    ] == ["114-0000000-0000001"]
    later = api_of({FINANCES: NO_MONEY})
    assert len(collect(CONNECTOR.pull_orders(SINCE, UNTIL, "refunds:1795219200:", later))) == 1


def test_pull_brings_orders_that_got_money_back() -> None:
    told = body("order-refunded-in-part")
    api = api_of({ORDERS: reply({"orders": []}), FINANCES: reply({"payload": {"transactions": told["transactions"]}})})

    events = collect(CONNECTOR.pull_orders(SINCE, UNTIL, None, api))[-1].events

    assert [(event.resource_id, event.thin, event.topic) for event in events] == [
        ("114-1234567-8901249", True, "pull:transaction"),
        ("114-0000000-0000000", True, "pull:transaction"),
    ]


def test_windows_end_before_the_present() -> None:
    """Amazon refuses an end less than two minutes back."""
    api = api_of({ORDERS: reply({"orders": []}), FINANCES: NO_MONEY})
    collect(CONNECTOR.pull_orders(SINCE, NOW, None, api))
    assert dict(http_of(api).sent[0].query)["lastUpdatedBefore"] == "2026-11-21T11:57:00Z"
    assert collect(CONNECTOR.pull_orders(NOW - timedelta(minutes=1), NOW, None, api_of({}))) == [Page((), None)]


def test_a_resumed_pull_keeps_the_end_its_token_was_made_for() -> None:
    """The clock has gone on; Amazon refuses a token for another window."""
    api = api_of({ORDERS: listed, FINANCES: NO_MONEY})
    first = next(iter(CONNECTOR.pull_orders(SINCE, NOW, None, api)))
    later = api_of({ORDERS: listed, FINANCES: NO_MONEY})
    moved = replace(later, now=lambda: NOW + timedelta(hours=1))
    collect(CONNECTOR.pull_orders(SINCE, NOW, first.cursor, moved))
    asked = [dict(sent.query) for sent in (*http_of(api).sent, *http_of(later).sent) if "lastUpdatedBefore" in dict(sent.query)]
    assert len(asked) == 2 and {each["lastUpdatedBefore"] for each in asked} == {"2026-11-21T11:57:00Z"}


@pytest.mark.parametrize("cursor", ["orders:tomorrow:abc", "orders:-1:abc", f"orders:{'9' * 12}:abc"])
def test_a_cursor_of_nobody_s_is_refused(cursor: str) -> None:
    with pytest.raises(Permanent, match="cursor-malformed"):
        collect(CONNECTOR.pull_orders(SINCE, UNTIL, cursor, api_of({})))


def test_pulls_that_go_wrong_are_errors() -> None:
    again = reply({"orders": [], "pagination": {"nextToken": "same"}})
    with pytest.raises(Permanent, match="cursor-repeated"):
        collect(CONNECTOR.pull_orders(SINCE, UNTIL, None, api_of({ORDERS: again})))
    with pytest.raises(Permanent, match="payload-malformed"):
        collect(CONNECTOR.pull_orders(SINCE, UNTIL, None, api_of({ORDERS: reply({})})))
    with pytest.raises(Permanent, match="cursor-malformed"):
        collect(CONNECTOR.pull_orders(SINCE, UNTIL, "elsewhere:1:", api_of({})))
    with pytest.raises(Permanent, match="a page without transactions"):
        collect(CONNECTOR.pull_orders(SINCE, UNTIL, "refunds:1795219200:", api_of({FINANCES: reply({})})))
    with pytest.raises(Permanent, match="a page without transactions"):
        CONNECTOR.hydrate(notice("TRANSACTION_UPDATE"), api_of({ORDER: reply(body("order-unshipped")), FINANCES: reply({})}))
    with pytest.raises(ConfigError, match="marketplace_ids"):
        collect(CONNECTOR.pull_orders(SINCE, UNTIL, None, api_of({}, account=replace(ACCOUNT, options={}))))


MESSAGING = f"GET /messaging/v1/orders/{ORDER_ID}"
SAY = f"POST /messaging/v1/orders/{ORDER_ID}/messages/unexpectedProblem"
SOLICIT = f"GET /solicitations/v1/orders/{ORDER_ID}"
ASK = f"POST /solicitations/v1/orders/{ORDER_ID}/solicitations/productReviewAndSellerFeedback"


def actions(*names: str) -> HttpResponse:
    return reply({"_links": {"actions": [{"name": name, "href": "/x"} for name in names]}})


def test_message_about_an_order_is_sent_where_amazon_allows_it() -> None:
    api = api_of({ORDER: reply(body("order-unshipped")), MESSAGING: actions("unexpectedProblem"), SAY: reply({}, 201)})

    CONNECTOR.send_message(Target("order", ORDER_ID), "The parcel is late.", api)

    sent = http_of(api).sent[-1]
    assert [request.once for request in http_of(api).sent] == [False, False, True]
    assert json.loads(sent.body or b"") == {"text": "The parcel is late."} and sent.query == (("marketplaceIds", "ATVPDKIKX0DER"),)


def test_request_for_a_review_has_no_words_of_ours() -> None:
    routes = {ORDER: reply(body("order-unshipped")), SOLICIT: actions("productReviewAndSellerFeedback"), ASK: reply({}, 201)}
    api = api_of(routes)

    CONNECTOR.send_message(Target("review", ORDER_ID), "", api)

    assert http_of(api).sent[-1].body is None
    with pytest.raises(Permanent, match="text-refused"):
        CONNECTOR.send_message(Target("review", ORDER_ID), "Five stars please", api_of({}))


def broken(request: HttpRequest) -> HttpResponse:
    raise Retriable("platform-unavailable", "no answer")


def test_a_message_that_waits_for_a_token_was_not_said() -> None:
    """Only the message itself leaves open whether it was said: while no token is to be had, it may be sent later."""
    later = reply({"error": "server_error"}, 500)
    routes = {ORDER: reply(body("order-unshipped")), MESSAGING: actions("unexpectedProblem"), SAY: reply({}, 401), TOKEN: later}
    api = api_of(routes)
    with pytest.raises(Retriable, match="token-unavailable"):
        CONNECTOR.send_message(Target("order", ORDER_ID), "The parcel is late.", api)
    assert [request.once for request in http_of(api).sent] == [False, False, True, False]


@pytest.mark.parametrize(
    ("allowed", "answer", "reason"),
    [
        (actions(), None, "message-not-allowed"),
        (actions("warranty"), None, "message-not-allowed"),
        (reply({}, 403), None, "platform-refused"),
        (actions("unexpectedProblem"), reply({"errors": [{"code": "InvalidInput"}]}, 400), "message-refused"),
        (actions("unexpectedProblem"), broken, "outcome-unknown"),
    ],
)
def test_messages_that_are_not_sent(allowed: HttpResponse, answer: Any, reason: str) -> None:
    api = api_of({ORDER: reply(body("order-unshipped")), MESSAGING: allowed, SAY: answer})
    with pytest.raises(Permanent) as raised:
        CONNECTOR.send_message(Target("order", ORDER_ID), "Secret words", api)
    assert raised.value.reason == reason and "Secret" not in str(raised.value)


@pytest.mark.parametrize("target", [Target("thread", "1"), Target("question", "1"), Target("order", "../x")])
def test_nobody_else_is_written_to(target: Target) -> None:
    with pytest.raises(Permanent, match="target-unknown"):
        CONNECTOR.send_message(target, "Hello", api_of({}))


def test_kinds_of_messages_without_a_text_are_refused() -> None:
    account = replace(ACCOUNT, options={**OPTIONS, "message_kind": "negativeFeedbackRemoval"})
    with pytest.raises(ConfigError):
        CONNECTOR.send_message(Target("order", ORDER_ID), "Hello", api_of({}, account=account))


PAYLOADS = os.environ.get("HUITOU_PAYLOADS", "")


@pytest.mark.payloads
@pytest.mark.skipif(not PAYLOADS, reason="HUITOU_PAYLOADS names no folder of real payloads")
@pytest.mark.parametrize(
    ("name", "seller", "kind", "order_id"),
    [
        ("ORDER_CHANGE", "A3TH9S8BH6GOGM", "order", "903-8868176-2219830"),
        ("TRANSACTION_UPDATE", "A3TH9S8BH6GOGM", "order", "8129762527551"),
        ("FBA_OUTBOUND_SHIPMENT_STATUS", "merchantId", "order", "113-2646096-4474645"),
        ("REPORT_PROCESSING_FINISHED", "A3TH9S8BH6GOGM", "other", None),
        ("SHIPMENT_TRACKING_MILESTONE_CHANGED", None, "other", None),
    ],
)
def test_published_notifications_are_read(name: str, seller: str | None, kind: str, order_id: str | None) -> None:
    raw = (Path(PAYLOADS) / "amazon" / f"notification_{name}.json").read_bytes()
    if seller is None:
        with pytest.raises(Permanent, match="seller-unknown"):
            CONNECTOR.address(raw)
    else:
        assert CONNECTOR.address(raw) == {"seller_id": seller}
    (event,) = CONNECTOR.events(RawRequest("POST", "", {}, (), raw), Ref(Account("demo", "amazon", "acme"), "d", "push"))
    assert (event.topic, event.kind, event.resource_id) == (name, kind, order_id) and event.occurred_at is not None
