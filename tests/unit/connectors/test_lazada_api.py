"""Lazada's API: what is signed and sent, tokens, hydration, pulls in windows, saying things once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, RawRequest, Ref, Target, Token
from chalicelib.domain.order import Order, Refund
from chalicelib.domain.spend import SpendRow
from chalicelib.domain.voice import Review
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from chalicelib.toolkit.iop import sign
from connectors.lazada import CONNECTOR
from connectors.lazada.api import call, renew
from connectors.lazada.pull import WINDOW
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

ACCOUNT = Account("demo", "lazada", "acme", {"country": "sg", "seller_id": "500176629136"})
SECRETS = {"app_key": "100131", "app_secret": "Vt6xLazadaSecretOfTests0123456789"}
ORDER_ID = "260422900198363"
GET, ITEMS, MANY = "GET /rest/order/get", "GET /rest/order/items/get", "GET /rest/orders/items/get"
ORDERS, REVERSES = "GET /rest/orders/get", "GET /rest/reverse/getreverseordersforseller"
REFRESH = "GET /rest/auth/token/refresh"
OVER = {"code": "IllegalAccessToken", "type": "ISV", "message": "x", "request_id": "r"}
FRESH = {"code": "0", "access_token": "token-two", "expires_in": 604800, "refresh_token": "refresh-two", "refresh_expires_in": 5}


def ok(data: Any) -> HttpResponse:
    return reply({"code": "0", "data": data, "request_id": "r"})


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT, **secrets: str) -> Api:
    return make_api(account, {**SECRETS, **secrets}, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def head(order_id: str = ORDER_ID, **told: Any) -> dict[str, Any]:
    times = {"created_at": "2026-11-20T16:00:00+08:00", "updated_at": "2026-11-20T16:31:05+08:00"}
    return {"order_id": order_id, "order_number": order_id, "payment_method": "MIXEDCARD", **times, **told}


def item(order_id: str = ORDER_ID, **told: Any) -> dict[str, Any]:
    money = {"item_price": "53.00", "paid_price": "53.00", "shipping_amount": "0.00", "tax_amount": "0.00"}
    unit = {"order_item_id": "1", "order_id": order_id, "status": "pending", "currency": "SGD", "sku": "TEA", "sku_id": "7"}
    return {**unit, **money, "payment_time": "1795161664000", **told}


def reverse(order_id: str = ORDER_ID, **told: Any) -> dict[str, Any]:
    times = {"return_order_line_gmt_create": 1795248000, "return_order_line_gmt_modified": 1795251600}
    line = {"reverse_order_line_id": 71, "trade_order_line_id": 1, "reverse_status": "REFUND_SUCCESS", "refund_amount": 5300}
    return {
        "reverse_order_id": 70,
        "trade_order_id": int(order_id),
        "request_type": "RETURN",
        "reverse_order_lines": [{**line, **times, **told}],
    }


def reversed_page(*rows: dict[str, Any], total: int | None = None) -> HttpResponse:
    return reply({"code": "0", "result": {"success": True, "total": len(rows) if total is None else total, "items": list(rows)}})


def push(kind: int = 0, **data: Any) -> Event:
    body = json.dumps({"seller_id": "500176629136", "message_type": kind, "data": {"trade_order_id": ORDER_ID, **data}})
    return CONNECTOR.events(RawRequest("POST", "https://hooks.example.com", {}, (), body.encode()), Ref(ACCOUNT, "d-1", "push"))[0]


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, Ref(ACCOUNT, event.delivery_id, "push"))


def test_call_signs_what_it_sends() -> None:
    """The token is signed as any parameter; the path is signed without /rest; the clock is in milliseconds."""
    api = api_of({GET: ok({"x": 1})})

    call(api, "/order/get", [("order_id", "1234"), ("empty", "")])

    (sent,) = http_of(api).sent
    query = dict(sent.query)
    assert sent.url == "https://api.lazada.sg/rest/order/get"
    assert (query["access_token"], query["timestamp"]) == ("token-one", str(int(NOW.timestamp() * 1000)))
    assert "empty" not in query
    assert query["sign"] == sign(
        SECRETS["app_secret"], "/order/get", [(name, value) for name, value in sent.query if name != "sign"]
    )


@pytest.mark.parametrize("country", ["", "cn"])
def test_the_country_is_needed(country: str) -> None:
    with pytest.raises(ConfigError, match="option-missing"):
        call(api_of({}, account=replace(ACCOUNT, options={"country": country})), "/order/get")


def test_token_that_is_over_is_renewed_once() -> None:
    tokens = FakeTokens()
    api = api_of({GET: [reply(OVER), ok({"x": 1})], REFRESH: [reply(FRESH)]}, tokens)

    call(api, "/order/get")

    assert tokens.stored == Token("token-two", NOW + timedelta(seconds=604800), "refresh-two")
    assert http_of(api).sent[1].url == "https://auth.lazada.com/rest/auth/token/refresh"
    assert dict(http_of(api).sent[1].query)["refresh_token"] == "refresh-one"
    assert dict(http_of(api).sent[2].query)["access_token"] == "token-two"


def test_token_refused_again_does_not_loop() -> None:
    tokens = FakeTokens()
    with pytest.raises(Retriable, match="token-refused"):
        call(api_of({GET: [reply(OVER), reply(OVER)], REFRESH: [reply(FRESH)]}, tokens), "/order/get")
    assert tokens.refreshes == 1


def test_revoked_token_and_new_authorisation() -> None:
    """A dead stored token gives way to the one that ops configured anew; without one the account must be authorised again."""
    gone = reply({"code": "IllegalRefreshToken", "type": "ISV", "message": "x"})
    with pytest.raises(Permanent, match="token-revoked"):
        renew(api_of({REFRESH: [gone]}), Token("old", None, "dead"))
    renewed = renew(api_of({REFRESH: [gone, reply(FRESH)]}, refresh_token="anew"), Token("old", None, "dead"))
    assert renewed.access_token == "token-two"


def test_access_token_alone_serves_until_it_is_refused() -> None:
    api = api_of({}, access_token="bought")
    assert renew(api, None) == Token("bought", None)
    with pytest.raises(Permanent, match="token-revoked"):
        renew(api, Token("bought", None))
    with pytest.raises(ConfigError, match="token-missing"):
        renew(api_of({}), None)


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (reply({"code": "ApiCallLimit", "type": "ISV"}), Retriable, "platform-throttled"),
        (reply({"code": "IncompleteSignature", "type": "ISV"}), ConfigError, "signature-refused"),
        (reply({"code": "Mp3SellerApiLimit", "type": "ISV"}), ConfigError, "permission-missing"),
        (reply({"code": "16", "type": "ISV"}), Permanent, "platform-refused"),
        (reply(b"<html>maintenance</html>"), Retriable, "answer-malformed"),
        (reply(b'{"code":"0","data":'), Retriable, "answer-malformed"),
        (reply({}, status=403), Permanent, "platform-refused"),
    ],
)
def test_answers_told_apart(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        call(api_of({GET: answer}), "/order/get")


def test_order_push_is_read_again_whole() -> None:
    api = api_of({GET: ok(head()), ITEMS: ok([item()])})

    (order,) = mapped(CONNECTOR.hydrate(push(order_status="unpaid"), api))

    assert (order.order_id, order.status, order.amounts.total) == (ORDER_ID, "paid", 5300)
    assert http_of(api).paths() == ["/rest/order/get", "/rest/order/items/get"]


@pytest.mark.parametrize(
    "event",
    [push(reverse_order_id="70"), push(10, reverse_order_id=70)],
    ids=["order push that names a reverse order", "reverse push"],
)
def test_reverse_orders_come_with_their_order(event: Event) -> None:
    routes = {GET: ok(head()), ITEMS: ok([item(status="returned")]), REVERSES: reversed_page(reverse())}

    order, refund = mapped(CONNECTOR.hydrate(event, api_of(routes)))

    assert isinstance(order, Order) and isinstance(refund, Refund)
    assert (refund.refund_id, refund.amount, refund.currency, refund.status) == ("71", 5300, "SGD", "succeeded")
    assert refund.lines[0].line_id == order.lines[0].line_id


def test_returned_unit_asks_for_its_reverse_orders_though_the_push_names_none() -> None:
    api = api_of({GET: ok(head()), ITEMS: ok([item(status="returned")]), REVERSES: reversed_page(reverse())})
    assert len(mapped(CONNECTOR.hydrate(push(), api))) == 2


def test_answer_about_another_order_is_refused() -> None:
    with pytest.raises(Permanent, match="another order"):
        CONNECTOR.hydrate(push(), api_of({GET: ok(head("1"))}))


def test_reverse_orders_that_the_platform_failed_to_list_are_not_none() -> None:
    failed = reply({"code": "0", "result": {"success": False, "total": 0, "items": []}})
    routes = {GET: ok(head()), ITEMS: ok([item()]), REVERSES: failed}
    with pytest.raises(Permanent, match="platform-refused"):
        CONNECTOR.hydrate(push(10, reverse_order_id=70), api_of(routes))


def test_more_reverse_orders_than_a_page_is_an_error() -> None:
    routes = {GET: ok(head()), ITEMS: ok([item()]), REVERSES: reversed_page(reverse(), total=101)}
    with pytest.raises(Permanent, match="pull-truncated"):
        CONNECTOR.hydrate(push(10, reverse_order_id=70), api_of(routes))


def test_review_push_is_read_and_a_hidden_one_skipped() -> None:
    told = {"id": 5, "product_id": 6, "order_id": 7, "review_content": "Good", "ratings": {"product_rating": 5}}
    route = "GET /rest/review/seller/list/v2"
    event = push(21, id=5, item_id=6, order_id=7)

    (review,) = mapped(CONNECTOR.hydrate(event, api_of({route: ok({"review_list": [told]})})))

    assert isinstance(review, Review) and (review.review_id, review.rating, review.text) == ("5", 5, "Good")
    with pytest.raises(Skippable, match="review-hidden"):
        CONNECTOR.hydrate(event, api_of({route: ok({"review_list": [], "outdated_reviews": [5]})}))


class Shop:
    """Orders by update time, searched as the platform does."""

    def __init__(self, times: list[int], reverses: list[dict[str, Any]] | None = None) -> None:
        self.orders = {str(1000 + index): at for index, at in enumerate(times)}
        self.reverses = reverses or []
        self.windows: list[tuple[int, int]] = []

    def routes(self) -> dict[str, Any]:
        return {ORDERS: self.search, MANY: self.items, REVERSES: lambda _: reversed_page(*self.reverses)}

    def search(self, request: HttpRequest) -> HttpResponse:
        query = dict(request.query)
        low, high = (int(datetime.fromisoformat(query[name]).timestamp()) for name in ("update_after", "update_before"))
        self.windows.append((low, high))
        found = sorted((at, key) for key, at in self.orders.items() if low <= at <= high)
        page = found[int(query["offset"]) :][: int(query["limit"])]
        return ok({"count": len(page), "countTotal": len(found), "orders": [self.head(key, at) for at, key in page]})

    def head(self, key: str, at: int) -> dict[str, Any]:
        return head(key, updated_at=datetime.fromtimestamp(at, UTC).isoformat())

    def items(self, request: HttpRequest) -> HttpResponse:
        ids = json.loads(dict(request.query)["order_ids"])
        assert len(ids) <= 50, "the platform takes 50 orders at a time"
        return ok([{"order_id": key, "order_number": key, "order_items": [item(str(key))]} for key in ids])


SINCE = datetime(2026, 11, 1, tzinfo=UTC)
START = int(SINCE.timestamp())


def test_windows_are_cut_and_every_order_comes() -> None:
    """40 days are three windows; 230 orders are pages, last one first; each order comes with its units."""
    shop = Shop([START + 60 * 60 * 4 * index for index in range(230)], [reverse("1000")])
    api = api_of(shop.routes())

    events = [each for page in CONNECTOR.pull_orders(SINCE, SINCE + timedelta(days=40), None, api) for each in page.events]

    assert {each.resource_id for each in events if each.kind == "order"} == set(shop.orders)
    assert max(high - low for low, high in shop.windows) <= WINDOW
    assert not any(each.thin for each in events)
    refunds = [each for event in events if event.kind == "refund" for each in mapped(event)]
    assert {(each.refund_id, each.currency) for each in refunds} == {("71", "SGD")}


def test_pull_resumes_from_any_cursor() -> None:
    shop = Shop([START + 60 * 60 * 4 * index for index in range(230)], [reverse("1000")])
    until = SINCE + timedelta(days=40)
    pages = list(CONNECTOR.pull_orders(SINCE, until, None, api_of(shop.routes())))
    assert pages[-1].cursor is None and len({page.cursor for page in pages}) == len(pages)
    for place, page in enumerate(pages[:-1]):
        rest = list(CONNECTOR.pull_orders(SINCE, until, page.cursor, api_of(shop.routes())))
        assert [each.events for each in rest] == [each.events for each in pages[place + 1 :]]


def test_foreign_cursor_is_refused() -> None:
    for cursor in ("x", "orders:5:", "orders:", "goods:1:"):
        with pytest.raises(Permanent, match="cursor-malformed"):
            list(CONNECTOR.pull_orders(SINCE, SINCE + timedelta(days=1), cursor, api_of({})))


def test_page_that_ends_early_and_units_that_are_missing_are_errors() -> None:
    short = ok({"count": 1, "countTotal": 2, "orders": [head()]})
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_orders(SINCE, SINCE + timedelta(days=1), None, api_of({ORDERS: short, MANY: ok([_units()])})))
    one = ok({"count": 1, "countTotal": 1, "orders": [head()]})
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_orders(SINCE, SINCE + timedelta(days=1), None, api_of({ORDERS: one, MANY: ok([])})))


def _units(*units: dict[str, Any]) -> dict[str, Any]:
    return {"order_id": ORDER_ID, "order_number": ORDER_ID, "order_items": list(units) or [item()]}


def test_push_and_pull_of_one_order_tell_the_same() -> None:
    units = [item(order_item_id="2"), item()]
    hydrated = mapped(CONNECTOR.hydrate(push(), api_of({GET: ok(head()), ITEMS: ok(units)})))
    listed = ok({"count": 1, "countTotal": 1, "orders": [head()]})
    routes = {ORDERS: listed, MANY: ok([_units(*reversed(units))]), REVERSES: reversed_page()}
    pulled = next(iter(CONNECTOR.pull_orders(SINCE, SINCE + timedelta(days=1), None, api_of(routes)))).events
    assert mapped(pulled[0]) == hydrated


def test_reviews_are_pulled_product_by_product() -> None:
    """The history is asked for seven days at a time, never further back than the platform looks; reviews ten at a time."""
    spans: list[int] = []

    def history(request: HttpRequest) -> HttpResponse:
        query = dict(request.query)
        spans.append(int(query["end_time"]) - int(query["start_time"]))
        assert int(query["start_time"]) >= int((NOW - timedelta(days=90)).timestamp() * 1000)
        start = (int(query["current"]) - 1) * 8
        ids = list(range(start, min(start + 8, 12))) if query["item_id"] == "6" and len(spans) < 5 else []
        return ok({"current": query["current"], "total": 12 if ids else 0, "page_size": 8, "id_list": [each + 100 for each in ids]})

    def listing(request: HttpRequest) -> HttpResponse:
        ids = json.loads(dict(request.query)["id_list"])
        assert len(ids) <= 10
        return ok({"review_list": [{"id": each, "product_id": 6, "review_content": "Good"} for each in ids]})

    def products(request: HttpRequest) -> HttpResponse:
        rows = [{"item_id": 6}, {"item_id": 8}][int(dict(request.query)["offset"]) :]
        return ok({"total_products": 2, "products": rows})

    routes = {
        "GET /rest/products/get": products,
        "GET /rest/review/seller/history/list": history,
        "GET /rest/review/seller/list/v2": listing,
    }
    pages = list(CONNECTOR.pull_reviews(NOW - timedelta(days=300), NOW, None, api_of(routes)))

    assert len(pages) == 2 * 13 and pages[-1].cursor is None
    assert max(spans) <= 7 * 86_400_000
    assert [len(page.events) for page in pages[:2]] == [12, 12]
    rest = list(CONNECTOR.pull_reviews(NOW - timedelta(days=300), NOW, pages[-2].cursor, api_of(routes)))
    assert len(rest) == 1


def test_products_without_their_total_are_refused() -> None:
    routes = {
        "GET /rest/products/get": ok({"products": [{"item_id": 6}]}),
        "GET /rest/review/seller/history/list": ok({"total": 0, "id_list": []}),
    }
    with pytest.raises(Permanent, match="payload-malformed"):
        list(CONNECTOR.pull_reviews(NOW - timedelta(days=3), NOW, None, api_of(routes)))


@pytest.mark.parametrize("data", [None, {}, {"total_products": 0, "products": []}])
def test_shop_without_products_has_no_reviews(data: Any) -> None:
    routes = {"GET /rest/products/get": ok(data)}
    assert not list(CONNECTOR.pull_reviews(NOW - timedelta(days=3), NOW, None, api_of(routes)))


@pytest.mark.parametrize("cursor", ["x", "1", "1.x", "-1.0"])
def test_foreign_cursor_of_reviews_is_refused(cursor: str) -> None:
    with pytest.raises(Permanent, match="cursor-malformed"):
        list(CONNECTOR.pull_reviews(NOW - timedelta(days=7), NOW, cursor, api_of({})))


REPLY, OPEN, SEND = "GET /rest/review/seller/reply/add", "POST /rest/im/session/open", "POST /rest/im/message/send"


def test_review_is_answered() -> None:
    api = api_of({REPLY: reply({"code": "0", "data": True, "success": True})})

    CONNECTOR.reply(Target("review", "5"), "Thank you", api)

    query = dict(http_of(api).sent[0].query)
    assert (query["id"], query["content"]) == ("5", "Thank you")
    assert http_of(api).sent[0].once, "the client must not try it again of its own"


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        ({"success": False, "error_code": "PARAMS_VALIDATE_ERROR", "error_msg": "REPLY_ALREADY"}, Permanent, "reply-already"),
        ({"success": False, "error_code": "TRAFFIC_CONTROL", "error_msg": "TRAFFIC_CONTROL"}, Retriable, "platform-throttled"),
        ({"success": "false"}, Permanent, "platform-refused"),
    ],
)
def test_reply_that_is_refused(answer: dict[str, Any], error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        CONNECTOR.reply(Target("review", "5"), "Thank you", api_of({REPLY: reply({"code": "0", **answer})}))


def _down(_: HttpRequest) -> HttpResponse:
    raise Retriable("platform-unavailable")


@pytest.mark.parametrize("answer", [_down, reply(b"<html>")], ids=["broken off", "no JSON"])
def test_outcome_that_is_not_known_is_never_said_again(answer: Any) -> None:
    with pytest.raises(Permanent, match="outcome-unknown"):
        CONNECTOR.reply(Target("review", "5"), "Thank you", api_of({REPLY: answer}))
    with pytest.raises(Permanent, match="outcome-unknown"):
        CONNECTOR.send_message(Target("thread", "s-1"), "Hello", api_of({SEND: answer}))


def test_message_to_the_buyer_of_an_order_opens_a_session() -> None:
    """The form that goes out is the one that is signed."""
    sent = reply({"code": "0", "err_code": "0", "success": True, "data": {"message_id": "m-9"}})
    api = api_of({OPEN: reply({"code": "0", "session_id": "s-1"}), SEND: sent})

    assert CONNECTOR.send_message(Target("order", ORDER_ID), "Hello & welcome", api).platform_id == "m-9"

    assert [request.once for request in http_of(api).sent] == [False, True]
    body = (http_of(api).sent[1].body or b"").decode()
    assert "txt=Hello+%26+welcome" in body and "session_id=s-1" in body and "template_id=1" in body and "sign=" in body


def test_session_that_cannot_be_opened_says_nothing() -> None:
    """Before the message itself a failure is a plain one: it can be tried again."""
    with pytest.raises(Retriable, match="platform-unavailable"):
        CONNECTOR.send_message(Target("order", ORDER_ID), "Hello", api_of({OPEN: _down}))
    with pytest.raises(Permanent, match="platform-refused"):
        CONNECTOR.send_message(Target("order", ORDER_ID), "Hello", api_of({OPEN: reply({"code": "0", "err_code": "-22"})}))


@pytest.mark.parametrize("target", [Target("question", "1"), Target("review", "1"), Target("order", "../x")])
def test_what_cannot_be_written_to(target: Target) -> None:
    with pytest.raises(Permanent, match="target-refused"):
        CONNECTOR.send_message(target, "Hello", api_of({}))
    with pytest.raises(Permanent, match="target-refused"):
        CONNECTOR.reply(replace(target, kind="question"), "Hello", api_of({}))


REPORT = "GET /rest/sponsor/solutions/report/getDiscoveryReportCampaign"


def test_spend_is_pulled_day_by_day() -> None:
    def report(request: HttpRequest) -> HttpResponse:
        query = dict(request.query)
        assert query["startDate"] == query["endDate"]
        number = int(query["pageNo"])
        rows = [{"campaignId": number * 1000 + each, "spend": "1.50", "storeRevenue": "9", "clicks": 3} for each in range(100)]
        return reply({"code": "0", "result": {"success": True, "totalCount": 150, "result": rows[: 100 if number == 1 else 50]}})

    api = api_of({REPORT: report})
    pages = list(CONNECTOR.pull_spend(date(2026, 11, 18), date(2026, 11, 20), None, api))

    assert [page.cursor for page in pages] == ["2026-11-19", "2026-11-20", None]
    rows = mapped(pages[0].events[0])
    assert len(rows) == 150
    row = rows[0]
    assert isinstance(row, SpendRow)
    assert (row.day, row.zone, row.currency, row.spend, row.revenue) == (date(2026, 11, 18), "Asia/Singapore", "SGD", 150, 900)
    assert len(list(CONNECTOR.pull_spend(date(2026, 11, 18), date(2026, 11, 20), "2026-11-20", api))) == 1


def test_report_that_ends_early_is_an_error() -> None:
    empty = reply({"code": "0", "result": {"success": True, "totalCount": 1, "result": []}})
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_spend(date(2026, 11, 18), date(2026, 11, 18), None, api_of({REPORT: empty})))
