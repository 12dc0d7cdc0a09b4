"""Kuaishou's API: vectors of the signature, tokens, errors, an order read whole, pulls, reviews and what is said to them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, RawRequest, Ref, Target, Token
from chalicelib.domain.order import Order
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from chalicelib.toolkit.canonical_json import to_plain
from chalicelib.toolkit.clocks import to_millis
from connectors.kuaishou import CONNECTOR
from connectors.kuaishou.api import call, renew, sign
from tests.kit.cases import load
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

ACCOUNT = Account("demo", "kuaishou", "acme", {"seller_id": "2000000101"})
SECRETS = {"app_key": "ks699183844582120001", "app_secret": "app-secret", "sign_secret": "d3f0a1b2c3d4e5f60718293a4b5c6d7e"}
OID = 26076022402403012
DETAIL, FEES = "GET /open/order/detail", "GET /open/seller/order/fee/detail"
ORDERS, REFUNDS = "GET /open/order/cursor/list", "GET /open/seller/order/refund/pcursor/list"
COMMENTS, ADD, REFRESH = "GET /open/comment/list/get", "POST /open/comment/add", "POST /oauth2/refresh_token"
DOCUMENT = json.loads(load("kuaishou", "order-completed-refunded-in-part").body)
FRESH = reply({"result": 1, "access_token": "token-two", "expires_in": 172800, "refresh_token": "refresh-two"})
OVER = reply({"result": 100200102, "error": "access_denied", "error_msg": "invalid token"})
SINCE = NOW - timedelta(days=10)


def ok(data: Any) -> HttpResponse:
    return reply({"result": 1, "msg": "success", "data": data})


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT, **secrets: str) -> Api:
    return make_api(account, {**SECRETS, **secrets}, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def param_of(request: HttpRequest) -> dict[str, Any]:
    pairs = dict(request.query) | dict(parse_qsl((request.body or b"").decode()))
    return dict(json.loads(pairs["param"]))


def detail() -> dict[str, Any]:
    told = dict(DOCUMENT["order"])
    told["orderDetailRefundList"] = told.pop("orderRefundList")
    return told


def whole() -> dict[str, Any]:
    return {
        DETAIL: ok(detail()),
        FEES: ok(DOCUMENT["fees"]),
        REFUNDS: ok({"refundOrderInfoList": DOCUMENT["refunds"], "pcursor": "nomore"}),
    }


def push(event: str = "kwaishop_order_paySuccess", **info: Any) -> Event:
    told = {"eventId": "e-1", "event": event, "info": json.dumps({"oid": OID, **info})}
    request = RawRequest("POST", "https://hooks.example.com", {}, (), json.dumps(told).encode())
    return CONNECTOR.events(request, Ref(ACCOUNT, "d-1", "push"))[0]


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, Ref(ACCOUNT, event.delivery_id, "pull"))


def test_vectors_of_the_signature() -> None:
    params = [
        ("access_token", "tok123"),
        ("appkey", "ks669064233797003102"),
        ("method", "open.order.cursor.list"),
        ("timestamp", "1591274070333"),
        ("version", "1"),
        ("param", '{"beginTime":1591200000000,"cursor":"","endTime":1591274070333,"pageSize":50,"queryType":2}'),
    ]
    secret = SECRETS["sign_secret"]
    hmac, md5 = [*params, ("signMethod", "HMAC_SHA256")], [*params, ("signMethod", "MD5")]
    assert sign(secret, hmac) == "GFEYLeXIVl6fyiicXJSZ7dTnvgzm/+8lR11ietNDWr4="
    assert sign(secret, md5, "MD5") == "0b32fea339706bb03f3fddd31eb896eb"


def test_call_signs_what_it_sends_and_posts_param_in_the_body() -> None:
    api = api_of({DETAIL: ok({"x": 1}), ADD: ok({"x": 1})})

    call(api, "open.order.detail", {"oid": OID})
    call(api, "open.comment.add", {"content": "谢谢 & 欢迎"}, post=True)

    for sent in http_of(api).sent:
        pairs = [*sent.query, *parse_qsl((sent.body or b"").decode())]
        rest = [pair for pair in pairs if pair[0] != "sign"]
        assert dict(pairs)["sign"] == sign(SECRETS["sign_secret"], rest)
        assert dict(pairs)["timestamp"] == str(int(NOW.timestamp() * 1000))
        assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
        assert not {"signSecret", "app_secret"} & set(dict(pairs))
    assert "param" in dict(http_of(api).sent[0].query) and "param" not in dict(http_of(api).sent[1].query)


def test_token_that_is_over_is_renewed_once() -> None:
    tokens = FakeTokens()
    api = api_of({DETAIL: [OVER, ok({"x": 1})], REFRESH: [FRESH]}, tokens)

    call(api, "open.order.detail", {"oid": 1})

    assert tokens.stored == Token("token-two", NOW + timedelta(hours=48), "refresh-two")
    form = dict(parse_qsl((http_of(api).sent[1].body or b"").decode()))
    assert form == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-one",
        "app_id": SECRETS["app_key"],
        "app_secret": "app-secret",
    }
    assert not http_of(api).sent[1].query, "the secret is in no URL"
    with pytest.raises(Retriable, match="token-refused"):
        call(api_of({DETAIL: [OVER, OVER], REFRESH: [FRESH]}), "open.order.detail", {"oid": 1})


def test_revoked_token_and_new_authorisation() -> None:
    gone = reply({"result": 100200102, "error": "access_denied", "error_msg": "refreshToken.discarded"})
    with pytest.raises(Permanent, match="token-revoked"):
        renew(api_of({REFRESH: gone}), Token("old", None, "dead"))
    assert renew(api_of({REFRESH: [gone, FRESH]}, refresh_token="anew"), Token("old", None, "dead")).access_token == "token-two"
    with pytest.raises(Permanent, match="token-revoked"):
        renew(api_of({REFRESH: reply({"result": 100200106, "error": "invalid_scope"})}), Token("old", None, "dead"))
    with pytest.raises(ConfigError, match="secret-missing"):
        renew(api_of({}), None)
    with pytest.raises(ConfigError, match="grant-refused"):
        renew(api_of({REFRESH: reply({"result": 77, "error": "new"})}), Token("old", None, "r"))
    with pytest.raises(ConfigError, match="app-key-refused"):
        renew(api_of({REFRESH: reply({"result": 100200101})}), Token("old", None, "r"))
    with pytest.raises(Retriable):
        renew(api_of({REFRESH: reply({"result": 100200500})}), Token("old", None, "r"))
    with pytest.raises(Retriable):
        renew(api_of({REFRESH: reply(b"<html>")}), Token("old", None, "r"))


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (reply({"result": 5, "error_msg": "Exceed qps limit, KEY [apiId:x], MAX_QPS [300.0]"}), Retriable, "platform-throttled"),
        (reply({"result": 5, "error_msg": "[1017] exceed quota limit"}), Retriable, "platform-throttled"),
        (reply({"result": 5, "error_msg": "签名校验失败"}), ConfigError, "signature-refused"),
        (reply({"result": 5, "error_msg": "token中无scope权限"}), ConfigError, "permission-missing"),
        (reply({"result": 100200101}), ConfigError, "app-key-refused"),
        (reply({"result": 100200500}), Retriable, "platform-error"),
        (reply({"result": 300011, "error_msg": "REFUND ORDER NOT FOUND"}), Skippable, "resource-missing"),
        (reply({"result": 300004}), Permanent, "platform-refused"),
        (reply({"result": 1}), Permanent, "answer-empty"),
        (reply(b"<html>"), Retriable, "answer-malformed"),
        (reply({"result": 1}, status=403), Permanent, "platform-refused"),
    ],
)
def test_answers_told_apart(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        call(api_of({DETAIL: answer}), "open.order.detail", {"oid": 1})


@pytest.mark.parametrize("event", [push(), push("kwaishop_aftersales_updateRefund", refundId=3520000000000001, orderId=OID)])
def test_a_push_is_read_again_with_fees_and_all_refunds(event: Event) -> None:
    api = api_of(whole())

    hydrated = CONNECTOR.hydrate(event, api)
    order, *refunds = mapped(hydrated)

    assert not hydrated.thin
    assert [param_of(sent).get("oid") or param_of(sent)["orderId"] for sent in http_of(api).sent] == [OID, OID, OID]
    assert (order.status, order.refund_status, order.amounts.total) == ("completed", "partial", 11700)
    assert [refund.refund_id for refund in refunds] == ["3520000000000001", "3520000000000002"]


def test_an_order_without_refunds_costs_two_calls() -> None:
    api = api_of({**whole(), DETAIL: ok({**detail(), "orderDetailRefundList": []})})
    CONNECTOR.hydrate(push(), api)
    assert http_of(api).paths() == ["/open/order/detail", "/open/seller/order/fee/detail"]


def test_refund_push_reads_the_refunds_even_where_the_order_names_none_yet() -> None:
    event = push("kwaishop_aftersales_addRefund", refundId=3520000000000001, orderId=OID)
    found = mapped(CONNECTOR.hydrate(event, api_of({**whole(), DETAIL: ok({**detail(), "orderDetailRefundList": []})})))
    assert len(found) == 3 and found[0].refund_status == "partial"


def test_a_list_that_says_neither_how_it_goes_on_nor_that_it_ends_is_an_error() -> None:
    refunds = ok({"refundOrderInfoList": DOCUMENT["refunds"]})
    with pytest.raises(Permanent, match="pull-truncated"):
        CONNECTOR.hydrate(push(), api_of({**whole(), REFUNDS: refunds}))
    orders = {**whole(), ORDERS: ok({"orderList": [DOCUMENT["order"]], "cursor": ""})}
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_orders(NOW - timedelta(hours=1), NOW, None, api_of(orders)))
    with pytest.raises(Permanent, match="pull-truncated"):
        routes = {ORDERS: ok({"orderList": []}), REFUNDS: refunds}
        list(CONNECTOR.pull_orders(NOW - timedelta(hours=1), NOW, None, api_of(routes)))


@pytest.mark.parametrize("refusal", [reply({"result": 300011}), reply({"result": 5, "error_msg": "x"}), ok({"oid": 1})])
def test_an_order_whose_fees_are_refused_holds_up_no_other(refusal: HttpResponse) -> None:
    """It is handed on thin, to be read again and to fail by itself."""
    row = {**DOCUMENT["order"], "orderRefundList": []}
    routes = {**whole(), ORDERS: ok({"orderList": [row, row], "cursor": "nomore"}), FEES: [refusal, ok(DOCUMENT["fees"])]}
    routes[REFUNDS] = ok({"refundOrderInfoList": [], "pcursor": "nomore"})
    events = next(CONNECTOR.pull_orders(NOW - timedelta(hours=1), NOW, None, api_of(routes))).events
    assert [event.thin for event in events] == [True, False]
    assert mapped(CONNECTOR.hydrate(events[0], api_of(whole())))[0].order_id == events[1].resource_id
    with pytest.raises(HuitouError):
        CONNECTOR.hydrate(events[0], api_of({**whole(), FEES: refusal}))


@pytest.mark.parametrize("refusal", [OVER, reply({"result": 5, "error_msg": "exceed qps limit"}), reply({"result": 100200101})])
def test_a_refusal_of_the_account_ends_the_pull(refusal: HttpResponse) -> None:
    routes = {**whole(), ORDERS: ok({"orderList": [DOCUMENT["order"]], "cursor": "nomore"}), FEES: refusal, REFRESH: FRESH}
    with pytest.raises((Retriable, ConfigError)):
        list(CONNECTOR.pull_orders(NOW - timedelta(hours=1), NOW, None, api_of(routes)))
    with pytest.raises(Permanent, match="token-revoked"):
        list(CONNECTOR.pull_orders(NOW - timedelta(hours=1), NOW, None, api_of({**routes, FEES: OVER, REFRESH: OVER})))


def paid_of(**head: Any) -> Any:
    order = json.loads(load("kuaishou", "order-presale").body)
    order["order"]["orderBaseInfo"] |= head
    ref = Ref(ACCOUNT, "d-1", "pull")
    return CONNECTOR.canonical("order", json.dumps(order, separators=(",", ":")).encode(), ref)[0].amounts.paid  # type: ignore[union-attr]


def test_a_deposit_is_not_the_whole() -> None:
    assert paid_of() == 11700
    assert paid_of(status=10) is None, "its last payment is waited for; what the first was is not told"
    assert paid_of(status=10, payTime=0) is None
    assert paid_of(status=10, payTime=0, preSale=0) == 0


def test_a_refund_of_no_known_amount_is_not_nothing() -> None:
    refunds = [{**DOCUMENT["refunds"][0], "refundFee": None}, *DOCUMENT["refunds"][1:]]
    routes = {**whole(), REFUNDS: ok({"refundOrderInfoList": refunds, "pcursor": "nomore"})}
    order = mapped(CONNECTOR.hydrate(push(), api_of(routes)))[0]
    assert (order.amounts.refunded, order.refund_status) == (None, "partial")


def test_an_answer_about_another_order_is_refused() -> None:
    with pytest.raises(Permanent, match="another order"):
        CONNECTOR.hydrate(push(oid=OID + 1), api_of(whole()))
    with pytest.raises(Permanent, match="another order"):
        CONNECTOR.hydrate(push(), api_of({**whole(), FEES: ok({"oid": 1, "buyerPay": 1})}))


def test_refunds_of_an_order_are_read_to_the_end() -> None:
    first = ok({"refundOrderInfoList": DOCUMENT["refunds"][:1], "pcursor": "p2"})
    second = ok({"refundOrderInfoList": DOCUMENT["refunds"][1:], "pcursor": "nomore"})
    found = mapped(CONNECTOR.hydrate(push(), api_of({**whole(), REFUNDS: [first, second]})))
    assert len(found) == 3
    with pytest.raises(Permanent, match="cursor-repeated"):
        CONNECTOR.hydrate(push(), api_of({**whole(), REFUNDS: [first, first]}))


def listing(rows: list[dict[str, Any]], field: str, cursor: str, time: str) -> Any:
    """A list that gives two rows a page within its window, by a cursor that counts."""

    def answer(request: HttpRequest) -> HttpResponse:
        param = param_of(request)
        if "orderId" in param:
            return ok({"refundOrderInfoList": list(DOCUMENT["refunds"]), "pcursor": "nomore"})
        assert 0 <= param["endTime"] - param["beginTime"] < (7 if field == "orderList" else 1) * 86_400_000
        assert param["queryType"] == 2
        inside = [row for row in rows if param["beginTime"] <= _time(row, time) <= param["endTime"]]
        start = int(param[cursor] or 0)
        following = str(start + 2) if start + 2 < len(inside) else "nomore"
        return ok({field: inside[start : start + 2], cursor: following})

    return answer


def _time(row: dict[str, Any], path: str) -> int:
    value: Any = row
    for name in path.split("."):
        value = value[name]
    return int(value)


def rows() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    start = to_millis(SINCE)
    orders, refunds = [], []
    for index in range(7):
        order = json.loads(json.dumps(DOCUMENT["order"]))
        order["orderBaseInfo"] |= {"oid": OID, "updateTime": start + index * 86_400_000}
        orders.append(order)
        refunds.append({**DOCUMENT["refunds"][0], "refundId": 100 + index, "updateTime": start + index * 40_000_000})
    return orders, refunds


def pulled_routes() -> dict[str, Any]:
    orders, refunds = rows()
    return {
        ORDERS: listing(orders, "orderList", "cursor", "orderBaseInfo.updateTime"),
        REFUNDS: listing(refunds, "refundOrderInfoList", "pcursor", "updateTime"),
        FEES: ok(DOCUMENT["fees"]),
    }


def test_pull_lists_orders_then_refunds_window_by_window_and_resumes_anywhere() -> None:
    pages = list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of(pulled_routes())))
    events = [event for page in pages for event in page.events]

    assert [event.resource_id for event in events] == [str(OID)] * 7 + [str(100 + index) for index in range(7)]
    assert not any(event.thin for event in events) and pages[-1].cursor is None
    for place, page in enumerate(pages[:-1]):
        rest = list(CONNECTOR.pull_orders(SINCE, NOW, page.cursor, api_of(pulled_routes())))
        assert [each.events for each in rest] == [each.events for each in pages[place + 1 :]]


def test_push_and_pull_tell_one_order_alike() -> None:
    pushed = mapped(CONNECTOR.hydrate(push(), api_of(whole())))
    row = DOCUMENT["order"]
    routes = {**pulled_routes(), ORDERS: ok({"orderList": [row], "cursor": "nomore"})}
    page = next(CONNECTOR.pull_orders(NOW - timedelta(hours=1), NOW, None, api_of(routes)))
    pulled = mapped(page.events[0])
    assert isinstance(pushed[0], Order)
    assert [to_plain(each) for each in pushed] == [to_plain(each) for each in pulled]


def test_pull_looks_no_further_back_than_the_platform_does() -> None:
    api = api_of({ORDERS: ok({"orderList": [], "cursor": "nomore"}), REFUNDS: ok({"refundOrderInfoList": [], "pcursor": "nomore"})})
    list(CONNECTOR.pull_orders(datetime(2020, 1, 1, tzinfo=UTC), NOW, None, api))
    assert param_of(http_of(api).sent[0])["beginTime"] == to_millis(NOW - timedelta(days=89))


def test_cursors_that_come_back_and_foreign_ones_are_errors() -> None:
    again = ok({"orderList": [], "cursor": "same"})
    with pytest.raises(Permanent, match="cursor-repeated"):
        list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of({ORDERS: again})))
    for cursor in ("x", "orders.1.2", "orders.a.2.", "other.1.2.3"):
        with pytest.raises(Permanent, match="cursor-malformed"):
            list(CONNECTOR.pull_orders(SINCE, NOW, cursor, api_of({})))


def comments(count: int) -> Any:
    told = [{"commentId": 1 + index, "content": "好", "qualityScore": 5, "createTime": to_millis(NOW)} for index in range(count)]
    told.append({"commentId": 900, "content": "谢谢", "sellerReply": True, "createTime": to_millis(NOW)})

    def answer(request: HttpRequest) -> HttpResponse:
        param = param_of(request)
        return ok({"rootComment": told[param["offset"] : param["offset"] + param["limit"]], "total": len(told)})

    return answer


def test_reviews_are_pulled_page_by_page_without_what_the_shop_said() -> None:
    api = api_of({COMMENTS: comments(45)})
    events = [event for page in CONNECTOR.pull_reviews(SINCE, NOW, None, api) for event in page.events]
    assert sorted(int(event.resource_id or 0) for event in events) == list(range(1, 46))
    assert {param_of(sent)["createTimeFrom"] for sent in http_of(api).sent} == {int(SINCE.timestamp())}
    assert all(mapped(event)[0].rating == 5 for event in events)

    millis = api_of({COMMENTS: comments(1)}, account=Account("demo", "kuaishou", "acme", {"review_time_unit": "ms"}))
    list(CONNECTOR.pull_reviews(SINCE, NOW, None, millis))
    assert param_of(http_of(millis).sent[0])["createTimeFrom"] == int(SINCE.timestamp()) * 1000
    with pytest.raises(ConfigError):
        list(CONNECTOR.pull_reviews(SINCE, NOW, None, api_of({}, account=Account("d", "kuaishou", "a", {"review_time_unit": "h"}))))


def test_a_list_of_reviews_that_ends_early_is_an_error() -> None:
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_reviews(SINCE, NOW, None, api_of({COMMENTS: ok({"rootComment": [], "total": 3})})))


def test_a_review_is_answered_once() -> None:
    api = api_of({ADD: ok({"commentId": 77})})
    assert CONNECTOR.reply(Target("review", "70000000000000001"), "感谢支持", api).platform_id == "77"
    (sent,) = http_of(api).sent
    assert param_of(sent) == {"replyToCommentId": 70000000000000001, "content": "感谢支持", "option": {"official": True}}
    assert sent.once

    for told in (ok(True), ok(None), reply({"result": 1}), ok({"commentId": {}})):  # said, however little is told of it
        assert CONNECTOR.reply(Target("review", "1"), "x", api_of({ADD: told})).platform_id is None
    with pytest.raises(Permanent, match="outcome-unknown"):
        CONNECTOR.reply(Target("review", "1"), "x", api_of({ADD: reply(b"<html>")}))
    for target in (Target("order", "1"), Target("review", "x-1")):
        with pytest.raises(Permanent, match="target-refused"):
            CONNECTOR.reply(target, "x", api_of({}))
