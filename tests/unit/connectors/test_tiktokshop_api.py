"""TikTok Shop's API: signatures by printed vectors, tokens, the cipher, hydration, pulls, chat."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, RawRequest, Ref, Target, Token
from chalicelib.domain.identity import RELAY_DOMAINS
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from connectors.tiktokshop import CONNECTOR
from connectors.tiktokshop.api import call, renew, sign
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

ACCOUNT = Account("demo", "tiktokshop", "acme", {"shop_id": "7495540735365777507", "shop_cipher": "ROW_x"})
SECRETS = {"app_key": "29a39d", "app_secret": "e59af819cc"}
ORDER_ID = "576461413038785752"
DETAIL, SEARCH = "GET /order/202507/orders", "POST /order/202309/orders/search"
RETURNS, CANCELS = "POST /return_refund/202309/returns/search", "POST /return_refund/202309/cancellations/search"
REFRESH, SHOPS = "GET /api/v2/token/refresh", "GET /authorization/202309/shops"
ENDS = int((NOW + timedelta(days=7)).timestamp())
OVER = {"code": 105002, "message": "x", "request_id": "r"}
SINCE = datetime(2026, 11, 1, tzinfo=UTC)


def ok(data: Any) -> HttpResponse:
    return reply({"code": 0, "message": "Success", "data": data, "request_id": "r"})


FRESH = ok({"access_token": "token-two", "access_token_expire_in": ENDS, "refresh_token": "refresh-two"})


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT, **secrets: str) -> Api:
    return make_api(account, {**SECRETS, **secrets}, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def order(order_id: str = ORDER_ID, **told: Any) -> dict[str, Any]:
    payment = {"currency": "USD", "total_amount": "25.00", "shipping_fee": "0", "tax": "0", "seller_discount": "0"}
    unit = {"id": "11", "sku_id": "5", "original_price": "25.00", "sale_price": "25.00", "currency": "USD"}
    times = {"create_time": 1795161600, "paid_time": 1795161660, "update_time": 1795161700}
    return {"id": order_id, "user_id": "702", "status": "IN_TRANSIT", "payment": payment, "line_items": [unit], **times, **told}


def returned(**told: Any) -> dict[str, Any]:
    units = [{"order_line_item_id": "11", "refund_amount": {"currency": "USD", "refund_total": "25.00"}}]
    words = {"return_type": "REFUND", "return_status": "RETURN_OR_REFUND_REQUEST_COMPLETE", "update_time": 1795251600}
    amount = {"refund_amount": {"currency": "USD", "refund_total": "25.00"}, "return_line_items": units}
    return {"return_id": "403", "order_id": ORDER_ID, **words, **amount, **told}


def push(kind: int = 1, **data: Any) -> Event:
    body = json.dumps({"type": kind, "tts_notification_id": "n-1", "shop_id": "7495540735365777507", "data": data})
    return CONNECTOR.events(RawRequest("POST", "https://hooks.example.com", {}, (), body.encode()), Ref(ACCOUNT, "d-1", "push"))[0]


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, Ref(ACCOUNT, event.delivery_id, "push"))


@pytest.mark.parametrize(
    ("path", "params", "body", "expected"),
    [
        (
            "/authorization/202309/shops",
            {"app_key": "29a39d", "timestamp": "1623812664"},
            b"",
            "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8",
        ),
        (
            "/event/202309/webhooks",
            {"app_key": "68xu9ks5p4i8", "shop_cipher": "ROW_xkMbgAAAeVAQra0eZWebFQq5aIKt", "timestamp": "1696909648"},
            b'{"address":"https://partner.tiktokshop.com","event_type":"PACKAGE_UPDATE"}',
            "a75b9c8cd57140cab6dc95bf31c37bd6ffface74210768b6517c0ff81659b0ba",
        ),
        (
            "/order/202309/orders/search",
            {
                "app_key": "29a39d",
                "page_size": "100",
                "page_token": "6AsPQsUMvH3RkchNUPPh22NROHkE0D8pmq/N5M1kHYcZmtRyv9aVrNv65W7Q6tFA+7D1ud64MPNz5OaT",
                "shop_cipher": "GCP_XF90igAAAABh00qsWgtvOiGFNqyubMt3",
                "timestamp": "1623812664",
                "access_token": "never signed",
            },
            b'{"order_status":"UNPAID"}',
            "6b55918cfea8c0a45c2e533b88a5d8c2c379f23ded442d71d9be1fa86d28f73e",
        ),
    ],
)
def test_vectors(path: str, params: dict[str, str], body: bytes, expected: str) -> None:
    assert sign("e59af819cc", path, list(params.items()), body) == expected


def test_call_signs_the_body_that_it_sends() -> None:
    api = api_of({SEARCH: ok({"orders": []})})

    call(api, "POST", "/order/202309/orders/search", [("page_size", "10")], {"update_time_ge": 1})

    (sent,) = http_of(api).sent
    query = dict(sent.query)
    rest = [(name, value) for name, value in sent.query if name != "sign"]
    assert sent.body == b'{"update_time_ge":1}' and sent.headers["x-tts-access-token"] == "token-one"
    assert (query["shop_cipher"], query["timestamp"]) == ("ROW_x", str(int(NOW.timestamp())))
    assert "access_token" not in query
    assert query["sign"] == sign(SECRETS["app_secret"], "/order/202309/orders/search", rest, sent.body)


def test_cipher_is_looked_up_where_it_is_not_given() -> None:
    account = replace(ACCOUNT, options={"shop_id": "2"})
    shops = ok({"shops": [{"id": "1", "cipher": "A"}, {"id": "2", "cipher": "B"}]})
    api = api_of({SHOPS: shops, DETAIL: ok({"orders": []})}, account=account)

    call(api, "GET", "/order/202507/orders")

    assert "shop_cipher" not in dict(http_of(api).sent[0].query)
    assert dict(http_of(api).sent[1].query)["shop_cipher"] == "B"
    with pytest.raises(ConfigError, match="option-missing"):
        call(api_of({SHOPS: shops}, account=replace(ACCOUNT, options={})), "GET", "/order/202507/orders")


def test_token_that_is_over_is_renewed_once() -> None:
    """The expiry is a point in time, and both tokens are stored together."""
    tokens = FakeTokens()
    api = api_of({DETAIL: [reply(OVER, status=401), ok({"orders": []})], REFRESH: [FRESH]}, tokens)

    call(api, "GET", "/order/202507/orders")

    assert tokens.stored == Token("token-two", NOW + timedelta(days=7), "refresh-two")
    assert dict(http_of(api).sent[1].query)["refresh_token"] == "refresh-one"
    assert http_of(api).sent[1].url == "https://auth.tiktok-shops.com/api/v2/token/refresh"


def test_token_refused_again_does_not_loop() -> None:
    with pytest.raises(Retriable, match="token-refused"):
        call(api_of({DETAIL: [reply(OVER), reply(OVER)], REFRESH: [FRESH]}), "GET", "/order/202507/orders")


def test_revoked_token_and_new_authorisation() -> None:
    gone = reply({"code": 36004004, "message": "x"})
    with pytest.raises(Permanent, match="token-revoked"):
        renew(api_of({REFRESH: gone}), Token("old", None, "dead"))
    assert renew(api_of({REFRESH: [gone, FRESH]}, refresh_token="anew"), Token("old", None, "dead")).access_token == "token-two"
    with pytest.raises(Retriable):
        renew(api_of({REFRESH: reply({"code": 36009002})}), Token("old", None, "dead"))
    with pytest.raises(ConfigError, match="secret-missing"):
        renew(api_of({}), None)


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        ({"code": 36004004, "message": "x"}, Permanent, "token-revoked"),
        ({"code": 1, "message": "The refresh_token is invalid"}, Permanent, "token-revoked"),
        ({"code": 1, "message": "please re-authorize"}, Permanent, "token-revoked"),
        ({"code": 1, "message": "app_secret does not match"}, ConfigError, "application-refused"),
        ({"code": 36009033, "message": "x"}, ConfigError, "address-not-trusted"),
        ({"code": 36009003, "message": "x"}, Retriable, "platform-error"),
        ({"code": 99, "message": "x"}, Permanent, "platform-refused"),
    ],
)
def test_why_there_is_no_token(answer: dict[str, Any], error: type[HuitouError], reason: str) -> None:
    """A revoked authorisation pauses the account: nothing else may be taken for one."""
    with pytest.raises(error) as raised:
        renew(api_of({REFRESH: reply(answer)}), Token("old", None, "stored"))
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (reply({"code": 36009002}), Retriable, "platform-throttled"),
        (reply({"code": 36009003}), Retriable, "platform-error"),
        (reply({"code": 105005}), ConfigError, "permission-missing"),
        (reply({"code": 106001}), ConfigError, "signature-refused"),
        (reply({"code": 36009004, "message": "Invalid timestamp"}), ConfigError, "call-refused"),
        (reply({"code": 36009033}, status=403), ConfigError, "address-not-trusted"),
        (reply({"code": 25001001}), Permanent, "platform-refused"),
        (reply({"code": 0, "data": None}), Permanent, "answer-empty"),
        (reply(b"<html>"), Retriable, "answer-malformed"),
        (reply(b"<html>", status=404), Permanent, "platform-refused"),
    ],
)
def test_answers_told_apart(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        call(api_of({DETAIL: answer}), "GET", "/order/202507/orders")


def test_order_push_is_read_again() -> None:
    """Of the push only the id counts: its status may be old."""
    api = api_of({DETAIL: ok({"orders": [order()]})})

    (told,) = mapped(CONNECTOR.hydrate(push(order_id=ORDER_ID, order_status="UNPAID"), api))

    assert (told.order_id, told.status) == (ORDER_ID, "shipped")
    assert dict(http_of(api).sent[0].query)["ids"] == ORDER_ID


@pytest.mark.parametrize(
    "event",
    [push(12, order_id=ORDER_ID, return_id="403"), push(67, rma_id="1", line_items=[{"main_order_id": ORDER_ID}])],
    ids=["return", "refund success"],
)
def test_return_pushes_read_order_returns_and_cancellations(event: Event) -> None:
    routes = {DETAIL: ok({"orders": [order()]}), RETURNS: ok({"return_orders": [returned()]}), CANCELS: ok({"cancellations": []})}
    api = api_of(routes)

    told, refund = mapped(CONNECTOR.hydrate(event, api))

    assert (refund.refund_id, refund.amount, refund.lines[0].line_id) == ("403", 2500, told.lines[0].line_id)
    assert json.loads(http_of(api).sent[1].body or b"") == {"order_ids": [ORDER_ID]}


def test_more_returns_than_a_page_and_another_order_are_errors() -> None:
    routes = {DETAIL: ok({"orders": [order()]}), RETURNS: ok({"return_orders": [returned()], "next_page_token": "x"})}
    with pytest.raises(Permanent, match="pull-truncated"):
        CONNECTOR.hydrate(push(12, order_id=ORDER_ID, return_id="403"), api_of(routes))
    with pytest.raises(Permanent, match="another order"):
        CONNECTOR.hydrate(push(order_id="1"), api_of({DETAIL: ok({"orders": [order()]})}))


def listing(rows: list[dict[str, Any]], field: str, size: int = 2) -> Any:
    """A search that pages by token; tokens hold a plus and a slash, as the platform's do."""

    def answer(request: HttpRequest) -> HttpResponse:
        start = int(dict(request.query).get("page_token", "a+/0")[3:])
        body = json.loads(request.body or b"")
        assert body["update_time_ge"] == int(SINCE.timestamp())
        following = f"a+/{start + size}" if start + size < len(rows) else ""
        return ok({field: rows[start : start + size], "next_page_token": following, "total_count": len(rows)})

    return answer


def pulled_routes() -> dict[str, Any]:
    return {
        SEARCH: listing([order(str(1000 + index)) for index in range(5)], "orders"),
        RETURNS: listing([returned(return_id=str(index)) for index in range(1, 4)], "return_orders"),
        CANCELS: listing([], "cancellations"),
        DETAIL: ok({"orders": [order()]}),
    }


def test_pull_lists_orders_returns_and_cancellations() -> None:
    pages = list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of(pulled_routes())))
    events = [event for page in pages for event in page.events]

    assert [event.resource_id for event in events] == ["1000", "1001", "1002", "1003", "1004", "1", "2", "3"]
    assert pages[-1].cursor is None and not any(event.thin for event in events)
    for place, page in enumerate(pages[:-1]):
        rest = list(CONNECTOR.pull_orders(SINCE, NOW, page.cursor, api_of(pulled_routes())))
        assert [each.events for each in rest] == [each.events for each in pages[place + 1 :]]


def test_token_that_comes_back_and_a_list_that_ends_early_are_errors() -> None:
    same = ok({"orders": [order()], "next_page_token": "a", "total_count": 9})
    with pytest.raises(Permanent, match="cursor-repeated"):
        list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of({SEARCH: same})))
    short = ok({"orders": [order()], "next_page_token": "", "total_count": 9})
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of({SEARCH: short})))
    last = [ok({"orders": [order()], "next_page_token": "a", "total_count": 9}), short]
    with pytest.raises(Permanent, match="pull-truncated"):  # the count holds on the last page as on the first
        list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of({SEARCH: last})))
    with pytest.raises(Permanent, match="pull-truncated"):  # and for a pull that goes on where another stopped
        list(CONNECTOR.pull_orders(SINCE, NOW, "orders:1.a", api_of({SEARCH: short})))
    for cursor in ("goods:x", "orders:a", "orders:1.", "orders:x.a"):
        with pytest.raises(Permanent, match="cursor-malformed"):
            list(CONNECTOR.pull_orders(SINCE, NOW, cursor, api_of({})))


def test_push_and_pull_of_one_order_tell_the_same() -> None:
    hydrated = mapped(CONNECTOR.hydrate(push(order_id=ORDER_ID), api_of({DETAIL: ok({"orders": [order()]})})))
    routes = {**pulled_routes(), SEARCH: listing([order()], "orders")}
    pulled = next(iter(CONNECTOR.pull_orders(SINCE, NOW, None, api_of(routes)))).events
    assert mapped(pulled[0]) == hydrated


CHAT = replace(ACCOUNT, options={**ACCOUNT.options, "customer_service": "true"})
OPEN, SAY = "POST /customer_service/202309/conversations", "POST /customer_service/202309/conversations/77/messages"


def test_message_to_the_buyer_of_an_order() -> None:
    """The text is JSON inside JSON."""
    routes = {DETAIL: ok({"orders": [order()]}), OPEN: ok({"conversation_id": "77"}), SAY: ok({"message_id": "m-1"})}
    api = api_of(routes, account=CHAT)

    assert CONNECTOR.send_message(Target("order", ORDER_ID), 'Say "hi"', api).platform_id == "m-1"

    assert [request.once for request in http_of(api).sent] == [False, False, True]
    assert json.loads(http_of(api).sent[1].body or b"") == {"buyer_user_id": "702"}
    assert json.loads(json.loads(http_of(api).sent[2].body or b"")["content"]) == {"content": 'Say "hi"'}


def test_chat_is_off_until_the_account_says_so() -> None:
    with pytest.raises(ConfigError, match="scope-not-granted"):
        CONNECTOR.send_message(Target("thread", "77"), "Hello", api_of({}))


def _down(_: HttpRequest) -> HttpResponse:
    raise Retriable("platform-unavailable")


def test_open_outcomes_and_targets() -> None:
    with pytest.raises(Permanent, match="outcome-unknown"):
        CONNECTOR.send_message(Target("thread", "77"), "Hello", api_of({SAY: _down}, account=CHAT))
    with pytest.raises(Retriable, match="platform-throttled"):
        CONNECTOR.send_message(Target("thread", "77"), "Hello", api_of({SAY: reply({"code": 36009002})}, account=CHAT))
    for target in (Target("review", "77"), Target("thread", "../x"), Target("order", "x")):
        with pytest.raises(Permanent, match="target-refused"):
            CONNECTOR.send_message(target, "Hello", api_of({}, account=CHAT))


def test_relay_addresses_link_nobody() -> None:
    assert "tiktok.com" in RELAY_DOMAINS
