"""WooCommerce's REST API: addresses and keys, what answers mean, refunds read, pages, reviews, replies."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, RawRequest, Ref, Target
from chalicelib.domain.order import Order, Refund
from chalicelib.domain.voice import Review
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from connectors.woocommerce import CONNECTOR
from connectors.woocommerce.api import get
from connectors.woocommerce.pull import SIZE
from tests.kit.cases import load
from tests.unit.connectors.fakes import NOW, FakeHttp, make_api, reply

SHOP = Account("demo", "woocommerce", "keramik", {"store_url": "https://keramik.example.com/laden/"})
SECRETS = {"consumer_key": "ck_1", "consumer_secret": "cs_1", "wordpress_user": "edda", "wordpress_password": "abcd efgh"}
REF = Ref(SHOP, "d-1", "push")
ORDERS, REVIEWS = "GET /laden/wp-json/wc/v3/orders", "GET /laden/wp-json/wc/v3/products/reviews"
REPLY = "POST /laden/wp-json/wp/v2/comments"
SINCE = NOW - timedelta(hours=6)


def api_of(routes: dict[str, Any], account: Account = SHOP, secrets: dict[str, str] | None = None) -> Api:
    return make_api(account, SECRETS if secrets is None else secrets, FakeHttp(routes))


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def listed(rows: list[Any], total: int) -> HttpResponse:
    return reply(rows, headers={"x-wp-total": str(total)})


def fixture(name: str) -> Any:
    return json.loads(load("woocommerce", name).body)


def pushed(body: Any, topic: str = "order.updated") -> Any:
    request = RawRequest("POST", "https://h.example.com", {"x-wc-webhook-topic": (topic,)}, (), json.dumps(body).encode())
    return CONNECTOR.events(request, REF)[0]


def test_keys_go_in_a_header_and_never_elsewhere() -> None:
    api = api_of({f"{ORDERS}/7": reply({})})
    get(api, "orders/7")

    (sent,) = http_of(api).sent
    assert sent.headers["authorization"] == f"Basic {base64.b64encode(b'ck_1:cs_1').decode()}"
    assert sent.query == () and sent.url == "https://keramik.example.com/laden/wp-json/wc/v3/orders/7"


def test_keys_go_in_the_query_only_where_that_is_chosen() -> None:
    api = api_of({f"{ORDERS}/7": reply({})}, Account("demo", "woocommerce", "k", {**SHOP.options, "auth": "query"}))
    get(api, "orders/7")

    (sent,) = http_of(api).sent
    assert dict(sent.query) == {"consumer_key": "ck_1", "consumer_secret": "cs_1"} and "authorization" not in sent.headers


@pytest.mark.parametrize(
    "address", ["", "http://keramik.example.com", "https://10.0.0.1", "https://localhost", "https://x.internal"]
)
def test_only_a_public_address_is_called(address: str) -> None:
    api = api_of({}, Account("demo", "woocommerce", "k", {"store_url": address}))
    with pytest.raises(ConfigError):
        get(api, "orders/7")
    assert http_of(api).sent == []


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (reply({}, 404), Skippable, "resource-missing"),
        (reply({"code": "rest_no_route"}, 404), ConfigError, "api-missing"),
        (reply({}, 401), ConfigError, "keys-refused"),
        (reply(b"<html>", 403), ConfigError, "keys-refused"),
        (reply(b"", 301), ConfigError, "address-moved"),
        (reply({}, 400), Permanent, "platform-refused"),
        (reply(b"<html>oops</html>"), Retriable, "answer-malformed"),
        (reply(b'<br />Warning: in x.php{"id":1}'), Retriable, "answer-malformed"),
        (reply(b'{"id":'), Retriable, "answer-malformed"),
    ],
)
def test_answers_and_what_they_mean(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error) as raised:
        get(api_of({f"{ORDERS}/7": answer}), "orders/7")
    assert (raised.value.reason, raised.value.connector) == (reason, "woocommerce")


def test_refunds_of_an_order_are_read_with_their_days() -> None:
    """The order sums its refunds up; the day they count on and their lines are told by the refunds alone."""
    document = fixture("order-refunded-partly")
    api = api_of({f"{ORDERS}/1002/refunds": listed(document["refunds"], 2)})

    event = CONNECTOR.hydrate(pushed(document["order"]), api)
    order, first, second = CONNECTOR.canonical(event.kind, event.payload, REF)

    assert isinstance(order, Order) and isinstance(first, Refund) and isinstance(second, Refund) and not event.thin
    assert (order.amounts.refunded, order.refund_status) == (3511, "partial")
    assert [line.refund_status for line in order.lines] == ["partial", "full"]
    assert first.closed_at is not None and second.closed_at is not None and second.closed_at.day == 23
    assert CONNECTOR.hydrate(event, api) is event


def test_more_refunds_than_a_page() -> None:
    rows = [{"id": number, "amount": "0.01"} for number in range(SIZE + 1)]
    api = api_of({f"{ORDERS}/1002/refunds": [listed(rows[:SIZE], SIZE + 1), listed(rows[SIZE:], SIZE + 1)]})
    event = CONNECTOR.hydrate(pushed(fixture("order-refunded-partly")["order"]), api)

    assert len(CONNECTOR.canonical("order", event.payload, REF)) == SIZE + 2


def test_refunds_that_end_early_are_no_short_result() -> None:
    rows = [{"id": number, "amount": "0.01"} for number in range(SIZE + 1)]
    for pages in ([listed(rows[: SIZE - 1], SIZE)], [listed(rows[:SIZE], SIZE + 2), listed(rows[SIZE:], SIZE + 2)]):
        with pytest.raises(Permanent, match="pull-truncated"):
            CONNECTOR.hydrate(pushed(fixture("order-refunded-partly")["order"]), api_of({f"{ORDERS}/1002/refunds": pages}))


def test_answer_about_another_order_is_not_taken() -> None:
    api = api_of({f"{ORDERS}/1002": reply({**fixture("order-refunded-partly")["order"], "id": 1003, "refunds": []})})
    with pytest.raises(Permanent, match="another order"):
        CONNECTOR.hydrate(pushed({"id": 1002}), api)


def test_a_deleted_order_is_read_again() -> None:
    """The body is an id alone. What lies in the bin is cancelled; what is gone for good stays as it was."""
    gone = {**fixture("order-paid"), "id": 5, "status": "trash"}
    event = CONNECTOR.hydrate(pushed({"id": 5}, "order.deleted"), api_of({f"{ORDERS}/5": reply(gone)}))
    (order,) = CONNECTOR.canonical("order", event.payload, REF)
    assert isinstance(order, Order) and order.status == "cancelled"

    with pytest.raises(Skippable):
        CONNECTOR.hydrate(pushed({"id": 5}, "order.deleted"), api_of({f"{ORDERS}/5": reply({}, 404)}))


def test_without_keys_an_order_stays_as_it_was_told() -> None:
    document = fixture("order-refunded-partly")
    event = CONNECTOR.hydrate(pushed(document["order"]), api_of({}, secrets={}))
    order, *refunds = CONNECTOR.canonical("order", event.payload, REF)

    assert isinstance(order, Order) and order.amounts.refunded == 3511 and len(refunds) == 2
    with pytest.raises(ConfigError):
        CONNECTOR.hydrate(pushed({"id": 5}, "order.deleted"), api_of({}, secrets={}))


def test_an_id_that_is_no_number_is_never_a_path() -> None:
    api = api_of({})
    with pytest.raises(Permanent):
        CONNECTOR.hydrate(pushed({"id": "../users/1"}, "order.deleted"), api)
    assert http_of(api).sent == []


def test_pull_reads_the_last_page_first_and_resumes() -> None:
    rows = [{**fixture("order-paid"), "id": number} for number in range(SIZE + 2)]
    pages = {"1": listed(rows[:SIZE], SIZE + 2), "2": listed(rows[SIZE:], SIZE + 2)}
    api = api_of({ORDERS: lambda sent: pages[dict(sent.query)["page"]]})

    first, second = list(CONNECTOR.pull_orders(SINCE, NOW, None, api))
    again = list(CONNECTOR.pull_orders(SINCE, NOW, first.cursor, api))

    assert [len(first.events), len(second.events)] == [2, SIZE] and second.cursor is None
    assert [page.events for page in again] == [second.events]
    query = dict(http_of(api).sent[0].query)
    assert query["dates_are_gmt"] == "true" and query["status"] == "any"
    assert (query["modified_after"], query["modified_before"]) == ("2026-11-21T05:59:59", "2026-11-21T12:00:01")


def test_a_short_page_is_an_error() -> None:
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of({ORDERS: listed([fixture("order-paid")], 2)})))
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of({ORDERS: reply([fixture("order-paid")])})))


def test_push_and_pull_of_one_order_say_the_same() -> None:
    body = fixture("order-shipped")
    ((page),) = CONNECTOR.pull_orders(SINCE, NOW, None, api_of({ORDERS: listed([body], 1)}))
    event = pushed(body)

    assert CONNECTOR.canonical("order", page.events[0].payload, REF) == CONNECTOR.canonical("order", event.payload, REF)
    assert (page.events[0].occurred_at, page.events[0].thin) == (event.occurred_at, event.thin)


def review(number: int, hours: int) -> dict[str, Any]:
    at = (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S")
    return {**fixture("review"), "id": number, "date_created_gmt": at}


def test_reviews_come_newest_first_and_stop_where_the_window_begins() -> None:
    rows = [review(number, 1) for number in range(SIZE)]
    pages = {"1": listed(rows, 500), "2": listed([review(900, 2), review(901, 9), *rows[2:]], 500)}
    api = api_of({REVIEWS: lambda sent: pages[dict(sent.query)["page"]]})

    first, second = CONNECTOR.pull_reviews(SINCE, NOW, None, api)

    assert first.cursor == "2" and second.cursor is None and len(http_of(api).sent) == 2
    assert "901" not in {event.resource_id for event in second.events}
    (told,) = CONNECTOR.canonical("review", first.events[0].payload, REF)
    assert isinstance(told, Review) and told.text == "Lovely mug & fast\ndelivery."


def test_a_reply_is_a_comment_below_the_review() -> None:
    api = api_of({REPLY: reply({"id": 991}, 201)})

    assert CONNECTOR.reply(Target("review", "88", product_id="41"), "Thank you!", api).platform_id == "991"
    (sent,) = http_of(api).sent
    assert json.loads(sent.body or b"") == {"post": 41, "parent": 88, "content": "Thank you!"}
    assert sent.headers["authorization"] == f"Basic {base64.b64encode(b'edda:abcd efgh').decode()}"


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (reply({"code": "comment_flood"}, 400), Retriable, "platform-throttled"),
        (reply({"code": "rest_comment_closed"}, 403), Permanent, "platform-refused"),
        (reply({}, 401), ConfigError, "keys-refused"),
        (reply(b"<html>", 201), Permanent, "outcome-unknown"),
    ],
)
def test_refused_replies(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error) as raised:
        CONNECTOR.reply(Target("review", "88", product_id="41"), "Thank you!", api_of({REPLY: answer}))
    assert raised.value.reason == reason


def test_a_reply_that_stands_already_is_said() -> None:
    """WordPress refuses the same words by the same author a second time."""
    api = api_of({REPLY: reply({"code": "comment_duplicate"}, 409)})
    assert CONNECTOR.reply(Target("review", "88", product_id="41"), "Thank you!", api).platform_id is None


def test_a_reply_that_broke_off_is_not_said_again() -> None:
    def broken(_: HttpRequest) -> HttpResponse:
        raise Retriable("platform-unavailable", "ReadTimeout")

    with pytest.raises(Permanent, match="outcome-unknown"):
        CONNECTOR.reply(Target("review", "88", product_id="41"), "Thank you!", api_of({REPLY: broken}))


@pytest.mark.parametrize(
    "target", [Target("review", "88"), Target("order", "88", product_id="41"), Target("review", "x", product_id="1")]
)
def test_a_reply_needs_a_review_and_its_product(target: Target) -> None:
    with pytest.raises(Permanent, match="target-malformed"):
        CONNECTOR.reply(target, "Thank you!", api_of({}))


def test_a_reply_is_plain_text_where_markup_is_read_and_tried_once() -> None:
    api = api_of({REPLY: reply({"id": 99}, 201)})
    CONNECTOR.reply(Target("review", "88", product_id="41"), "1 < 2 & <b>bold</b>", api)
    (sent,) = http_of(api).sent
    assert json.loads(sent.body or b"")["content"] == "1 &lt; 2 &amp; &lt;b&gt;bold&lt;/b&gt;"
    assert sent.once
