"""1688's API: signing, tokens, views, refunds from page 0, missed messages that are confirmed once they are durable."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from chalicelib.contract import Account, Api, Event, FeedRecord, HttpRequest, HttpResponse, RawRequest, Ref, Token
from chalicelib.domain.order import Order, Refund
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected, Retriable, Skippable
from connectors.alibaba1688 import CONNECTOR
from connectors.alibaba1688.api import call, renew
from connectors.alibaba1688.push import aop_signature, topic_of
from tests.kit.cases import load
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

SELLER, BUYER = "b2b-1623492085", "b2b-1624961198"
ACCOUNT = Account("demo", "alibaba1688", "acme", {"member_id": SELLER})
SECRETS = {"app_key": "1000000", "app_secret": "test-app-secret"}
ORDER_ID = "2953441303243969811"
TRADE = "POST /openapi/param2/1/com.alibaba.trade"
SELLER_VIEW, BUYER_VIEW = f"{TRADE}/alibaba.trade.get.sellerView/1000000", f"{TRADE}/alibaba.trade.get.buyerView/1000000"
ORDERS, REFUNDS = f"{TRADE}/alibaba.trade.getSellerOrderList/1000000", f"{TRADE}/alibaba.trade.refund.queryOrderRefundList/1000000"
BUYER_REFUNDS = f"{TRADE}/alibaba.trade.refund.buyer.queryOrderRefundList/1000000"
MISSED = "POST /openapi/param2/1/cn.alibaba.open/push.query.messageList/1000000"
CONFIRM = "POST /openapi/param2/1/cn.alibaba.open/push.message.confirm/1000000"
TOKEN = "POST /openapi/http/1/system.oauth2/getToken/1000000"
SINCE, UNTIL = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)


def ok(result: Any, **told: Any) -> HttpResponse:
    return reply({"result": result, "success": "true", **told})


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT, **secrets: str) -> Api:
    return make_api(account, {**SECRETS, **secrets}, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def form_of(request: HttpRequest) -> dict[str, str]:
    assert request.body is not None
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def order(order_id: str = ORDER_ID, **told: Any) -> dict[str, Any]:
    base = {"idOfStr": order_id, "id": int(order_id) + 9, "status": "waitsellersend", "totalAmount": 11, "shippingFee": 1}
    times = {"createTime": "20261121000002000+0800", "modifyTime": "20261121000509000+0800", "payTime": "20261121000508000+0800"}
    item = {"subItemIDString": f"{order_id}1", "price": 5, "quantity": 2, "itemAmount": 10, "logisticsStatus": 1}
    return {"baseInfo": {**base, **times, **told}, "productItems": [item]}


def refund(refund_id: str = "TQ1", **told: Any) -> dict[str, Any]:
    times = {"gmtApply": "20261121141034000+0800", "gmtModified": "20261122141113000+0800"}
    return {"refundId": refund_id, "orderId": int(ORDER_ID), "status": "refundsuccess", "refundPayment": 500, **times, **told}


def push(kind: str = "ORDER_PAY", user: str = SELLER, **data: Any) -> Event:
    told = {"orderId": int(ORDER_ID), "buyerMemberId": BUYER, "sellerMemberId": SELLER, **data}
    message = {"msgId": 7, "type": kind, "userInfo": user, "data": told}
    body = urlencode({"message": json.dumps(message), "_aop_signature": "X"}).encode()
    return CONNECTOR.events(RawRequest("POST", "https://hooks.example.com", {}, (), body), Ref(ACCOUNT, "d-1", "push"))[0]


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, Ref(ACCOUNT, event.delivery_id, "push"))


def test_official_vector() -> None:
    """The example of open.1688.com/doc/signature.htm, and one more made from public code."""
    path = "param2/1/system/currentTime/1000000"
    assert aop_signature("test123", path, [("b", "2"), ("a", "1")]) == "33E54F4F7B989E3E0E912D3FBD2F1A03CA7CCE88"
    params = [
        ("_aop_timestamp", "1700000000000"),
        ("access_token", "tok-abc"),
        ("orderId", "123456789012345678"),
        ("webSite", "1688"),
    ]
    path = "param2/1/com.alibaba.trade/alibaba.trade.get.sellerView/1000000"
    assert aop_signature("test-app-secret", path, params) == "E973E9DC5F298DA575A39E906AADD6C0C23C2A6C"


def test_call_signs_what_it_sends() -> None:
    api = api_of({SELLER_VIEW: ok({})})

    call(api, "alibaba.trade.get.sellerView", [("orderId", ORDER_ID)])

    (sent,) = http_of(api).sent
    form = form_of(sent)
    assert sent.url == "https://gw.open.1688.com/openapi/param2/1/com.alibaba.trade/alibaba.trade.get.sellerView/1000000"
    assert (form["access_token"], form["_aop_timestamp"]) == ("token-one", str(int(NOW.timestamp() * 1000)))
    assert form["_aop_signature"] == aop_signature(
        "test-app-secret", "param2/1/com.alibaba.trade/alibaba.trade.get.sellerView/1000000", form.items()
    )


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("ORDER_PAY", "PAY"),
        ("ORDER_BUYER_VIEW_ORDER_PAY", "PAY"),
        ("ORDER_BATCH_PAY", "BATCH_PAY"),
        ("ORDER_BUYER_MAKE", "BUYER_MAKE"),
        ("ORDER_BUYER_VIEW_BUYER_MAKE", "BUYER_MAKE"),
        ("ORDER_ORDER_PRICE_MODIFY", "PRICE_MODIFY"),
        ("ORDER_BUYER_VIEW_ORDER_STEP_PAY", "STEP_PAY"),
        ("ORDER_PART_PART_SENDGOODS", "PART_PART_SENDGOODS"),
        ("ORDER_BUYER_VIEW_ORDER_COMFIRM_RECEIVEGOODS", "COMFIRM_RECEIVEGOODS"),
        ("ORDER_ORDER_REFUND_AFTER_SALES", "REFUND_AFTER_SALES"),
        ("PRODUCT_ORDER_X", "PRODUCT_ORDER_X"),
    ],
)
def test_types_of_both_views_are_one(name: str, topic: str) -> None:
    assert topic_of(name) == topic


def test_view_is_that_of_whom_the_push_is_for() -> None:
    for user, route, view in ((SELLER, SELLER_VIEW, None), (BUYER, BUYER_VIEW, "buyer")):
        (told,) = mapped(CONNECTOR.hydrate(push(user=user), api_of({route: ok(order())})))
        assert (told.order_id, told.extra.get("view")) == (ORDER_ID, view)
    typed = push("ORDER_BUYER_VIEW_ORDER_PAY", user="b2b-3")
    CONNECTOR.hydrate(typed, api_of({BUYER_VIEW: ok(order())}))
    plain = push("ORDER_PAY", user="b2b-3")
    CONNECTOR.hydrate(plain, api_of({BUYER_VIEW: ok(order())}, account=replace(ACCOUNT, options={"view": "buyer"})))
    with pytest.raises(ConfigError, match="option-malformed"):
        CONNECTOR.hydrate(plain, api_of({}, account=replace(ACCOUNT, options={"view": "both"})))


def test_shops_with_encrypted_orders_have_calls_of_their_own() -> None:
    route = f"{TRADE}/alibaba.trade.ec.getOrder.sellerView/1000000"
    CONNECTOR.hydrate(push(), api_of({route: ok(order())}, account=replace(ACCOUNT, options={"encrypted": "true"})))


def test_refunds_of_an_order_are_listed_from_page_0() -> None:
    rows = [refund(f"TQ{number}") for number in range(25)]
    pages = {"0": rows[:20], "1": rows[20:]}

    def listed(request: HttpRequest) -> HttpResponse:
        return ok({"opOrderRefundModels": pages[form_of(request)["currentPageNum"]], "totalCount": 25, "currentPageNum": 0})

    api = api_of({SELLER_VIEW: ok(order(refundStatus="refundsuccess", refundPayment=500)), REFUNDS: listed})

    told = mapped(CONNECTOR.hydrate(push(), api))

    assert isinstance(told[0], Order) and len(told) == 26 and all(isinstance(each, Refund) for each in told[1:])
    assert form_of(http_of(api).sent[1])["orderId"] == ORDER_ID


def test_refund_push_asks_for_refunds_in_the_view_of_its_reader() -> None:
    routes = {BUYER_VIEW: ok(order()), BUYER_REFUNDS: ok({"opOrderRefundModels": [refund()], "totalCount": 1})}
    told = mapped(CONNECTOR.hydrate(push("ORDER_BUYER_VIEW_ORDER_BUYER_REFUND_IN_SALES", user=BUYER), api_of(routes)))
    assert [type(each) for each in told] == [Order, Refund]


def test_refunds_that_are_not_all_told_are_an_error() -> None:
    routes = {SELLER_VIEW: ok(order(refundPayment=1)), REFUNDS: ok({"opOrderRefundModels": [], "totalCount": 2})}
    with pytest.raises(Permanent, match="pull-truncated"):
        CONNECTOR.hydrate(push(), api_of(routes))


def test_part_sent_push_says_so_where_the_lines_do_not() -> None:
    (told,) = mapped(CONNECTOR.hydrate(push("ORDER_PART_PART_SENDGOODS"), api_of({SELLER_VIEW: ok(order())})))
    assert told.status == "partially_shipped"


def test_what_reads_as_two_messages_is_refused() -> None:
    """A signed push wrapped into JSON: as a form it holds what was signed, as JSON what somebody wrote around it."""
    case = load("alibaba1688", "push-paid")
    told = json.dumps({"type": "ORDER_PAY", "msgId": 666, "userInfo": SELLER, "data": {"orderId": 1}})
    forged = b'{"a":"&' + case.body + b'&b=",' + told[1:].encode()
    assert json.loads(forged)["msgId"] == 666
    for body in (forged, b" \n" + forged):
        with pytest.raises(Rejected):
            CONNECTOR.verify(case.with_body(body), case.account, case.secrets, case.now)


def test_rounded_id_of_a_push_still_finds_its_order() -> None:
    (told,) = mapped(CONNECTOR.hydrate(push(orderId=int(ORDER_ID) + 9), api_of({SELLER_VIEW: ok(order())})))
    assert told.order_id == ORDER_ID
    with pytest.raises(Permanent, match="another order"):
        CONNECTOR.hydrate(push(), api_of({SELLER_VIEW: ok(order("2953441303243969999"))}))


def test_renewed_by_the_newest_refresh_token_that_lives() -> None:
    fresh = reply({"access_token": "token-two", "expires_in": "36000", "refresh_token": "refresh-two", "memberId": SELLER})
    api = api_of({TOKEN: [reply({"error": "invalid_grant"}, status=400), fresh]}, refresh_token="anew")

    assert renew(api, Token("old", None, "dead")) == Token("token-two", NOW + timedelta(hours=10), "refresh-two")

    assert [form_of(sent)["refresh_token"] for sent in http_of(api).sent] == ["dead", "anew"]
    with pytest.raises(Permanent, match="token-revoked"):
        renew(api_of({TOKEN: reply({"error": "invalid_grant"}, status=400)}, refresh_token="dead"), None)


@pytest.mark.parametrize("told", [{}, {"expires_in": "0"}, {"expires_in": "-5"}, {"expires_in": None}])
def test_token_of_no_known_life_is_kept_for_the_usual_one(told: dict[str, Any]) -> None:
    """One that is over at once would be asked for again with every call."""
    api = api_of({TOKEN: reply({"access_token": "token-two", **told})}, refresh_token="r")
    assert renew(api, None) == Token("token-two", NOW + timedelta(hours=10), "r")


def test_token_that_is_over_is_renewed_once() -> None:
    over = reply({"error_code": "401", "error_message": "Request need user authorized"}, status=401)
    fresh = reply({"access_token": "token-two", "expires_in": "36000"})
    tokens = FakeTokens()
    api = api_of({SELLER_VIEW: [over, ok({})], TOKEN: fresh}, tokens, refresh_token="r")
    call(api, "alibaba.trade.get.sellerView")
    assert form_of(http_of(api).sent[2])["access_token"] == "token-two"
    with pytest.raises(Retriable, match="token-refused"):
        call(api_of({SELLER_VIEW: over, TOKEN: fresh}, refresh_token="r"), "alibaba.trade.get.sellerView")


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (reply({"error_code": "gw.QosAppFrequencyLimit"}, status=400), Retriable, "platform-throttled"),
        (reply({"error_code": "gw.SignatureInvalid"}, status=400), ConfigError, "signature-refused"),
        (reply({"error_code": "gw.AppKeyNotFound"}, status=400), ConfigError, "app-key-refused"),
        (reply({"error_code": "gw.APIACLDecline"}, status=403), ConfigError, "permission-missing"),
        (reply({"success": "false", "errorCode": "ORDER_NOT_EXIST"}), Permanent, "platform-refused"),
        (reply({"errorCode": "500_1"}), Permanent, "platform-refused"),
        (reply({}, status=404), Permanent, "platform-refused"),
        (reply(b"<html>"), Retriable, "answer-malformed"),
    ],
)
def test_answers_told_apart(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        call(api_of({SELLER_VIEW: answer}), "alibaba.trade.get.sellerView")


def orders_listed(rows: list[Any]) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        form = form_of(request)
        page, size = int(form["page"]), int(form["pageSize"])
        assert page >= 1 and size <= 20
        return ok(rows[(page - 1) * size : page * size], totalRecord=len(rows))

    return answer


def pulled(api: Api) -> list[Event]:
    return [event for page in CONNECTOR.pull_orders(SINCE, UNTIL, None, api) for event in page.events]


def test_pull_counts_orders_from_1_and_refunds_from_0() -> None:
    rows = [order(str(int(ORDER_ID) + number * 10)) for number in range(45)]
    api = api_of({ORDERS: orders_listed(rows), REFUNDS: ok({"opOrderRefundModels": [refund()], "totalCount": 1})})

    events = pulled(api)

    assert len({event.resource_id for event in events}) == 46
    first, last = form_of(http_of(api).sent[0]), form_of(http_of(api).sent[-1])
    assert (first["modifyStartTime"], first["modifyEndTime"]) == ("20261120080000000+0800", "20261121080001000+0800")
    assert (first["page"], last["currentPageNum"]) == ("1", "0")


def test_short_page_is_an_error() -> None:
    with pytest.raises(Permanent, match="pull-truncated"):
        pulled(api_of({ORDERS: ok([order()], totalRecord=2)}))


def test_push_and_pull_give_the_same_order() -> None:
    thin = CONNECTOR.hydrate(push(), api_of({SELLER_VIEW: ok(order())}))
    routes = {ORDERS: orders_listed([order()]), REFUNDS: ok({"opOrderRefundModels": [], "totalCount": 0})}
    (row,) = pulled(api_of(routes))
    assert mapped(thin) == mapped(row)


class Queue:
    """The platform's list of missed messages: what is confirmed leaves it."""

    def __init__(self, count: int) -> None:
        self.held: list[dict[str, Any]] = [
            {"msgId": number, "type": "ORDER_PAY", "userInfo": SELLER, "data": {}} for number in range(1, count + 1)
        ]

    def list(self, request: HttpRequest, at_most: int = 200) -> HttpResponse:
        form = form_of(request)
        assert form["userInfo"] == SELLER and "access_token" not in form
        page, size = int(form["page"]), min(int(form["pageSize"]), at_most)
        rows = self.held[(page - 1) * size : page * size]
        return reply({"pushMessagePage": {"datas": rows, "totalCount": len(self.held)}})

    def confirm(self, request: HttpRequest) -> HttpResponse:
        gone = set(json.loads(form_of(request)["msgIdList"]))
        self.held = [each for each in self.held if each["msgId"] not in gone]
        return reply({"isSuccess": True})


@pytest.mark.parametrize("confirmed", [True, False])
def test_missed_messages_come_once_each_whether_confirmed_or_not(confirmed: bool) -> None:
    queue = Queue(450)
    api = api_of({MISSED: queue.list, CONFIRM: queue.confirm})
    found: list[FeedRecord] = []
    for batch in CONNECTOR.poll(api):
        found += batch
        if confirmed:
            CONNECTOR.confirm(batch, api)

    assert [record.receipt for record in found] == [str(number) for number in range(1, 451)]
    assert len(queue.held) == (0 if confirmed else 450)
    assert CONNECTOR.address(found[0].body.encode()) == {"member_id": SELLER}


def test_missed_messages_end_with_an_empty_page_however_short_pages_are() -> None:
    """The platform may give less than it is asked for, and what belongs to nobody is never confirmed."""
    queue = Queue(90)
    short = api_of({MISSED: lambda request: queue.list(request, at_most=40)})
    assert len([record for batch in CONNECTOR.poll(short) for record in batch]) == 90


def test_message_that_cannot_be_read_holds_up_no_other() -> None:
    queue = Queue(3)
    queue.held[1] = {"msgId": 2, "type": None}
    batch = next(iter(CONNECTOR.poll(api_of({MISSED: queue.list}))))
    assert [record.receipt for record in batch] == ["1", "2", "3"]
    with pytest.raises(Permanent):
        CONNECTOR.address(batch[1].body.encode())


def test_confirming_that_fails_is_told() -> None:
    with pytest.raises(Permanent, match="platform-refused"):
        CONNECTOR.confirm([FeedRecord("1", "{}")], api_of({CONFIRM: reply({"isSuccess": False})}))
    CONNECTOR.confirm([], api_of({}))


def test_message_for_nobody_has_no_owner() -> None:
    with pytest.raises(Permanent, match="for nobody"):
        CONNECTOR.address(b'{"type":"ORDER_PAY","msgId":1}')


def test_other_kinds_are_not_read() -> None:
    with pytest.raises(Skippable):
        CONNECTOR.hydrate(replace(push(), kind="product"), api_of({}))
