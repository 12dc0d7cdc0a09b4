"""eBay's API: tokens, public keys, what each answer means, hydration, both pulls, feedback and messages."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, Page, Ref, Target, Token
from chalicelib.domain.order import Order, Refund
from chalicelib.domain.voice import BuyerMessage, Review
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected, Retriable, Skippable
from connectors.ebay import CONNECTOR
from connectors.ebay.api import fetch_key, get, renew
from connectors.ebay.pull import RETURN_SIZE
from tests.kit.cases import load
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

ACCOUNT = Account("demo", "ebay", "acme", {"user_id": "ma8vendedor01", "username": "acme-outlet"})
SECRETS = {"client_id": "app-1", "client_secret": "a-client-secret", "refresh_token": "refresh-zero"}
REF = Ref(ACCOUNT, "d-1", "push")
TOKEN = "POST /identity/v1/oauth2/token"
FRESH = {"access_token": "token-two", "expires_in": 7200, "token_type": "User Access Token"}
ORDERS = "GET /sell/fulfillment/v1/order"
ORDER = f"{ORDERS}/12-34567-89012"
RETURNS = "GET /post-order/v2/return/search"
FEEDBACK = "GET /commerce/feedback/v1/feedback"
RESPOND = "POST /commerce/feedback/v1/respond_to_feedback"
SINCE, UNTIL = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
PEM = (
    "-----BEGIN PUBLIC KEY-----"
    + next(value[0] for name, value in load("ebay", "push-order").secrets.values.items() if name.startswith("public_key:")).split(
        "-----"
    )[2]
    + "-----END PUBLIC KEY-----"
)


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT) -> Api:
    return make_api(account, SECRETS, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def order(**told: Any) -> dict[str, Any]:
    return {**json.loads(load("ebay", "order-paid").body), **told}


def notice(topic: str = "ORDER_CONFIRMATION", resource: str = "12-34567-89012", kind: str = "order") -> Event:
    return Event("n-1", topic, kind, resource, None, thin=True, payload=b"{}")  # type: ignore[arg-type]


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, REF)


def collect(pages: Any) -> list[Page]:
    return list(pages)


def test_expired_token_is_renewed_once_and_its_refresh_token_kept() -> None:
    tokens = FakeTokens()
    api = api_of({ORDERS: [reply({}, 401), reply({})], TOKEN: [reply(FRESH)]}, tokens)

    get(api, "/sell/fulfillment/v1/order")

    assert tokens.stored == Token("token-two", NOW + timedelta(seconds=7200), "refresh-one") and tokens.refreshes == 1
    asked = http_of(api).sent[1]
    assert parse_qs((asked.body or b"").decode()) == {"grant_type": ["refresh_token"], "refresh_token": ["refresh-one"]}
    assert asked.headers["authorization"] == "Basic YXBwLTE6YS1jbGllbnQtc2VjcmV0"
    assert http_of(api).sent[2].headers["authorization"] == "Bearer token-two"


def test_refused_again_does_not_loop() -> None:
    tokens = FakeTokens()
    with pytest.raises(Retriable, match="token-refused"):
        get(api_of({ORDERS: reply({}, 401), TOKEN: [reply(FRESH)]}, tokens), "/sell/fulfillment/v1/order")
    assert tokens.refreshes == 1


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (reply({"error": "invalid_grant"}, 400), Permanent, "token-revoked"),
        (reply({"error": "invalid_client"}, 401), ConfigError, "application-refused"),
        (reply(b"<html>", 403), ConfigError, "application-refused"),
        (reply(b"<html>", 400), Permanent, "platform-refused"),
        (reply({"access_token": 1}), Permanent, "payload-malformed"),
    ],
)
def test_refusals_of_a_token(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error) as raised:
        renew(api_of({TOKEN: answer}), None)
    assert raised.value.reason == reason and "refresh-zero" not in str(raised.value)


def test_newly_authorised_shop_does_not_stay_with_its_dead_token() -> None:
    """The stored refresh token is revoked, the one in the secrets is new: both are tried."""
    api = api_of({TOKEN: [reply({"error": "invalid_grant"}, 400), reply(FRESH)]})
    assert renew(api, Token("a", None, "refresh-dead")).refresh_token == "refresh-zero"


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (reply({}, 404), Skippable, "resource-missing"),
        (reply({"errors": [{"errorId": 30500, "message": "Ada Example"}]}, 400), Permanent, "platform-refused"),
        (reply(b"<html>Ada Example</html>", 403), Permanent, "platform-refused"),
        (reply({}, 302), Permanent, "platform-refused"),
    ],
)
def test_answers_and_what_they_mean(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error) as raised:
        get(api_of({ORDERS: answer}), "/sell/fulfillment/v1/order")
    assert (raised.value.reason, raised.value.connector) == (reason, "ebay")
    assert "Ada" not in str(raised.value)


def test_unknown_environment_calls_nobody() -> None:
    account = replace(ACCOUNT, options={**ACCOUNT.options, "environment": "api.rival.example"})
    with pytest.raises(ConfigError):
        get(api_of({}, account=account), "/sell/fulfillment/v1/order")


def test_sandbox_has_its_own_host() -> None:
    api = api_of({ORDERS: reply({})}, account=replace(ACCOUNT, options={"environment": "sandbox"}))
    get(api, "/sell/fulfillment/v1/order")
    assert http_of(api).sent[0].url == "https://api.sandbox.ebay.com/sell/fulfillment/v1/order"


KID = "9936261a-7d7b-4621-a0f1-96ccb428af49"
KEY_PATH = f"GET /commerce/notification/v1/public_key/{KID}"


def test_public_key_is_fetched_with_the_applications_token() -> None:
    """The seller's token is left alone; the key comes with its digest, and verifies."""
    told = {"key": PEM, "algorithm": "ECDSA", "digest": "SHA1"}
    api = api_of({TOKEN: [reply({"access_token": "app-token"})], KEY_PATH: reply(told)})

    found = fetch_key(KID, api)

    form = parse_qs((http_of(api).sent[0].body or b"").decode())
    assert form["grant_type"] == ["client_credentials"] and form["scope"] == ["https://api.ebay.com/oauth/api_scope"]
    assert http_of(api).sent[1].headers["authorization"] == "Bearer app-token"
    assert found == f"digest: SHA1\n{PEM}"
    case = load("ebay", "push-order")
    name = next(each for each in case.secrets.values if each.startswith("public_key:"))
    secrets = replace(case.secrets, values={name: (found,)})
    assert CONNECTOR.verify(case.request, case.account, secrets, NOW).carries_event


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply({}, 404), Rejected),
        (reply({}, 400), Rejected),
        (reply({"key": PEM, "algorithm": "ECDSA", "digest": "MD5"}), Rejected),
        (reply({"key": PEM, "algorithm": "RSA", "digest": "SHA1"}), Rejected),
        (reply({}, 403), Retriable),
        (reply(b"<html>"), Retriable),
        (reply({"key": "none", "algorithm": "ECDSA", "digest": "SHA1"}), Retriable),
    ],
)
def test_keys_that_are_none(answer: HttpResponse, error: type[HuitouError]) -> None:
    with pytest.raises(error):
        fetch_key(KID, api_of({TOKEN: [reply(FRESH)], KEY_PATH: answer}))


def test_order_is_read_with_its_tax_and_parcels() -> None:
    parcels = {
        "fulfillments": [{"shipmentTrackingNumber": "1Z", "shippingCarrierCode": "UPS", "shippedDate": "2026-11-21T09:30:00.000Z"}]
    }
    api = api_of({ORDER: reply(order(orderFulfillmentStatus="FULFILLED")), f"{ORDER}/shipping_fulfillment": reply(parcels)})

    event = CONNECTOR.hydrate(notice(), api)

    assert http_of(api).sent[0].query == (("fieldGroups", "TAX_BREAKDOWN"),)
    assert not event.thin
    (found,) = mapped(event)
    assert (found.status, found.shipments[0].tracking_no, found.amounts.tax) == ("shipped", "1Z", 273)


def test_return_notice_reads_the_returns_of_its_order() -> None:
    told = json.loads(load("ebay", "refund-return-pulled").body)
    api = api_of({ORDER: reply(order()), RETURNS: reply(told)})

    event = CONNECTOR.hydrate(notice("ORDER_RETURN_ACTIVITY"), api)

    assert http_of(api).sent[1].headers["authorization"].startswith("IAF ")
    assert dict(http_of(api).sent[1].query)["order_id"] == "12-34567-89012"
    found, back = mapped(event)
    assert isinstance(found, Order) and isinstance(back, Refund)
    assert (found.refund_status, back.kind, back.status) == ("requested", "return", "approved")


def test_answer_about_another_order_or_seller_is_not_taken() -> None:
    with pytest.raises(Permanent, match="another order"):
        CONNECTOR.hydrate(notice(), api_of({ORDER: reply(order(orderId="99-99999-99999"))}))
    with pytest.raises(Skippable, match="sale-of-another"):
        CONNECTOR.hydrate(notice(), api_of({ORDER: reply(order(sellerId="rival"))}))


@pytest.mark.parametrize("resource", ["../../../identity", "12-34567-89012?x=1", "a/b", ""])
def test_an_id_is_never_a_path(resource: str) -> None:
    with pytest.raises(Permanent):
        CONNECTOR.hydrate(notice(resource=resource), api_of({}))


def test_push_and_pull_of_one_order_are_the_same() -> None:
    """Also where the list leaves something out: such an order comes thin and is read."""
    plain, sent = order(), order(orderFulfillmentStatus="FULFILLED", fulfillmentHrefs=["x"])
    parcels = {"fulfillments": [{"shipmentTrackingNumber": "1Z", "shippedDate": "2026-11-21T09:30:00.000Z"}]}
    for told, thin in ((plain, False), (sent, True)):
        routes = {ORDERS: reply({"orders": [told], "total": 1}), RETURNS: reply({"members": [], "total": 0})}
        api = api_of({**routes, ORDER: reply(told), f"{ORDER}/shipping_fulfillment": reply(parcels)})
        pushed = CONNECTOR.hydrate(notice(), api)
        (page, *_) = collect(CONNECTOR.pull_orders(SINCE, UNTIL, None, api))
        (pulled,) = page.events
        assert pulled.thin is thin
        assert mapped(CONNECTOR.hydrate(pulled, api)) == mapped(pushed)


def test_pull_asks_for_the_window_and_resumes() -> None:
    """Last page first, so that an order that changes meanwhile is seen twice and none is missed."""
    rows = [order(orderId=f"12-34567-{number:05d}") for number in range(250)]

    def answer(request: HttpRequest) -> HttpResponse:
        query = dict(request.query)
        offset = int(query["offset"])
        return reply({"orders": rows[offset : offset + int(query["limit"])], "total": len(rows)})

    api = api_of({ORDERS: answer, RETURNS: reply({"members": [], "total": 0})})
    pages = collect(CONNECTOR.pull_orders(SINCE, UNTIL, None, api))

    assert dict(http_of(api).sent[0].query)["filter"] == "lastmodifieddate:[2026-11-20T00:00:00.000Z..2026-11-21T00:00:00.000Z]"
    assert all(request.rate is not None for request in http_of(api).sent)
    seen = [event.resource_id for page in pages for event in page.events]
    assert len(seen) == 250 and set(seen) == {row["orderId"] for row in rows}
    assert [page.cursor is None for page in pages] == [False, False, True]
    again = collect(CONNECTOR.pull_orders(SINCE, UNTIL, pages[0].cursor, api))
    assert [event.resource_id for page in again for event in page.events] == seen[50:]


def test_pull_brings_returns_that_began_weeks_ago() -> None:
    told = json.loads(load("ebay", "refund-return-pulled").body)
    api = api_of({ORDERS: reply({"orders": [], "total": 0}), RETURNS: reply({**told, "total": 1})})

    pages = collect(CONNECTOR.pull_orders(SINCE, UNTIL, None, api))

    assert dict(http_of(api).sent[-1].query)["creation_date_range_from"] == "2026-10-06T00:00:00.000Z"
    (event,) = pages[-1].events
    (found,) = mapped(event)
    assert (found.refund_id, found.order_id, found.status) == ("return:5100000006", "12-34567-89022", "approved")


@pytest.mark.parametrize("answer", [{"orders": []}, {"orders": [], "total": -1}, {"orders": [{"creationDate": None}], "total": 1}])
def test_lists_that_are_none(answer: dict[str, Any]) -> None:
    with pytest.raises(Permanent):
        collect(CONNECTOR.pull_orders(SINCE, UNTIL, None, api_of({ORDERS: reply(answer)})))


def test_full_page_of_returns_without_a_total_is_no_end() -> None:
    (row,) = json.loads(load("ebay", "refund-return-pulled").body)["members"]
    for count, ends in ((RETURN_SIZE - 1, True), (RETURN_SIZE, False)):
        api = api_of({RETURNS: reply({"members": [row] * count})})
        with nullcontext() if ends else pytest.raises(Permanent, match="expected a total"):
            collect(CONNECTOR.pull_orders(SINCE, UNTIL, "returns:", api))


def test_returns_of_an_order_that_are_not_all_told_are_no_short_result() -> None:
    told = json.loads(load("ebay", "refund-return-pulled").body)
    api = api_of({ORDER: reply(order()), RETURNS: reply({**told, "total": 2})})
    with pytest.raises(Permanent, match="pull-truncated"):
        CONNECTOR.hydrate(notice("ORDER_RETURN_ACTIVITY"), api)


def test_foreign_cursors_are_refused() -> None:
    for pull, cursor in (
        (CONNECTOR.pull_orders, "elsewhere:1"),
        (CONNECTOR.pull_orders, "orders:x"),
        (CONNECTOR.pull_reviews, "x"),
    ):
        with pytest.raises(Permanent, match="cursor-malformed"):
            collect(pull(SINCE, UNTIL, cursor, api_of({})))


def feedback(number: int, day: int, **told: Any) -> dict[str, Any]:
    base = json.loads(load("ebay", "review-one").body)
    return {**base, "feedbackId": f"21000{number:05d}", "feedbackEnteredDate": f"2026-11-{day:02d}T10:00:00.000Z", **told}


def test_feedback_is_pulled_newest_first_until_the_window_begins() -> None:
    newest = [feedback(number, 25) for number in range(200)]
    older = [feedback(300, 20), feedback(301, 19)]

    def answer(request: HttpRequest) -> HttpResponse:
        offset = int(dict(request.query)["offset"])
        return reply({"feedbackEntries": newest if offset == 0 else older, "pagination": {"total": 5000}})

    api = api_of({FEEDBACK: answer})
    until = datetime(2026, 11, 26, tzinfo=UTC)
    pages = collect(CONNECTOR.pull_reviews(SINCE, until, None, api))

    query = dict(http_of(api).sent[0].query)
    assert (query["user_id"], query["feedback_type"], query["sort"]) == ("acme-outlet", "FEEDBACK_RECEIVED", "TIME")
    assert [len(page.events) for page in pages] == [200, 1] and [page.cursor for page in pages] == ["200", None]
    (review,) = mapped(pages[1].events[0])
    assert isinstance(review, Review) and review.rating == 1
    assert len(collect(CONNECTOR.pull_reviews(SINCE, until, "200", api))) == 1


def test_feedback_out_of_its_place_does_not_end_the_pull() -> None:
    page = [feedback(number, 25) for number in range(199)]
    rows = [*page[:50], feedback(900, 2), *page[50:], feedback(901, 24)]
    api = api_of(
        {
            FEEDBACK: lambda sent: reply(
                {"feedbackEntries": rows[int(dict(sent.query)["offset"]) :][:200], "pagination": {"total": 201}}
            )
        }
    )
    since = datetime(2026, 11, 20, tzinfo=UTC)
    pages = list(CONNECTOR.pull_reviews(since, since + timedelta(days=6), None, api))
    assert sum(len(page.events) for page in pages) == 200 and len(pages) == 2


def test_feedback_that_ends_early_is_no_short_result() -> None:
    api = api_of({FEEDBACK: reply({"feedbackEntries": [], "pagination": {"total": 3}})})
    with pytest.raises(Permanent, match="pull-truncated"):
        collect(CONNECTOR.pull_reviews(SINCE, UNTIL, None, api))


def test_feedback_needs_the_sellers_name() -> None:
    with pytest.raises(ConfigError, match="username"):
        collect(CONNECTOR.pull_reviews(SINCE, UNTIL, None, api_of({}, account=replace(ACCOUNT, options={}))))


def test_feedback_notice_is_read() -> None:
    api = api_of({FEEDBACK: reply({"feedbackEntries": [feedback(1, 25)]})})
    event = CONNECTOR.hydrate(notice("FEEDBACK_RECEIVED", "2100000001", "review"), api)
    assert mapped(event)[0].review_id == "2100000001"
    gone = api_of({FEEDBACK: reply({"feedbackEntries": []})})
    with pytest.raises(Skippable):
        CONNECTOR.hydrate(notice("FEEDBACK_RECEIVED", "2100000001", "review"), gone)


def test_reply_goes_to_whoever_left_the_feedback() -> None:
    api = api_of({FEEDBACK: reply({"feedbackEntries": [feedback(1, 25)]}), RESPOND: reply({})})

    CONNECTOR.reply(Target("review", "2100000001"), "We are sorry.", api)

    assert [request.once for request in http_of(api).sent] == [False, True]

    assert json.loads(http_of(api).sent[-1].body or b"") == {
        "feedbackId": "2100000001",
        "recipientUserId": "ada_example",
        "responseText": "We are sorry.",
        "responseType": "REPLY",
    }


def broken(request: HttpRequest) -> HttpResponse:
    raise Retriable("platform-unavailable", "no answer")


def busy(request: HttpRequest) -> HttpResponse:
    raise Retriable("platform-throttled", "429", after=60)


@pytest.mark.parametrize(
    ("entries", "answer", "error", "reason"),
    [
        ([feedback(1, 25, replyComment={"commentText": "Done", "state": "ENTERED"})], None, Permanent, "already-answered"),
        ([feedback(1, 25, providerUserDetail=None)], None, Permanent, "target-unknown"),
        ([feedback(1, 25)], reply({"errors": [{"errorId": 501032}]}, 409), Permanent, "reply-refused"),
        ([feedback(1, 25)], broken, Permanent, "outcome-unknown"),
        ([feedback(1, 25)], busy, Retriable, "platform-throttled"),
    ],
)
def test_replies_that_are_not_said(entries: list[Any], answer: Any, error: type[HuitouError], reason: str) -> None:
    """A call whose outcome is not known is never repeated; one that was throttled is."""
    api = api_of({FEEDBACK: reply({"feedbackEntries": entries}), RESPOND: answer})
    with pytest.raises(error) as raised:
        CONNECTOR.reply(Target("review", "2100000001"), "Sorry", api)
    assert raised.value.reason == reason and "Sorry" not in str(raised.value)


SEND = "POST /commerce/message/v1/send_message"


def test_messages_are_read_and_written() -> None:
    told = json.loads(load("ebay", "message-conversation").body)
    api = api_of({"GET /commerce/message/v1/conversation/123456789": reply(told), SEND: reply({"messageId": "9009"})})

    event = CONNECTOR.hydrate(notice("NEW_MESSAGE", "123456789", "message"), api)
    first, second = mapped(event)
    assert isinstance(first, BuyerMessage) and (first.sender, second.sender) == ("buyer", "shop")

    assert CONNECTOR.send_message(Target("thread", "123456789"), "Thanks", api).platform_id == "9009"
    assert json.loads(http_of(api).sent[-1].body or b"") == {"conversationId": "123456789", "messageText": "Thanks"}


def talk(days: list[int]) -> Any:
    """A conversation by pages; each message is of a day of November."""

    def answer(sent: HttpRequest) -> HttpResponse:
        query = dict(sent.query)
        told = [{"messageId": str(number), "createdDate": f"2026-11-{day:02d}T10:00:00.000Z"} for number, day in enumerate(days)]
        offset, limit = int(query.get("offset", 0)), int(query["limit"])
        return reply({"messages": told[offset : offset + limit], "total": len(told)})

    return answer


@pytest.mark.parametrize(
    ("days", "read"),
    [([25] * 60, 60), ([25] * 30 + [10] * 70, 50), ([10] * 30 + [25] * 30, 60)],
    ids=["all", "back to a week before", "in another order"],
)
def test_long_conversations_are_read_as_far_as_the_notice_reaches(days: list[int], read: int) -> None:
    api = api_of({"GET /commerce/message/v1/conversation/123456789": talk(days)})
    event = replace(notice("NEW_MESSAGE", "123456789", "message"), occurred_at=datetime(2026, 11, 25, 11, tzinfo=UTC))
    assert len(json.loads(CONNECTOR.hydrate(event, api).payload)["messages"]) == read


def test_conversation_that_breaks_off_is_no_short_one() -> None:
    api = api_of({"GET /commerce/message/v1/conversation/123456789": reply({"messages": [], "total": 3})})
    with pytest.raises(Permanent, match="pull-truncated"):
        CONNECTOR.hydrate(notice("NEW_MESSAGE", "123456789", "message"), api)


def test_message_about_an_order_goes_to_its_buyer() -> None:
    api = api_of({ORDER: reply(order()), SEND: reply(b"")})

    assert CONNECTOR.send_message(Target("order", "12-34567-89012"), "Shipped today", api).platform_id is None
    assert json.loads(http_of(api).sent[-1].body or b"") == {
        "otherPartyUsername": "ada_example",
        "reference": {"referenceType": "LISTING", "referenceId": "110000000001"},
        "messageText": "Shipped today",
    }


@pytest.mark.parametrize("target", [Target("review", "1"), Target("thread", "../x")])
def test_nobody_else_is_written_to(target: Target) -> None:
    with pytest.raises(Permanent, match="target-unknown"):
        CONNECTOR.send_message(target, "Hello", api_of({}))
