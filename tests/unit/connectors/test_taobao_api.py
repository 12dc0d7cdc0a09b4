"""Taobao through TOP: what is signed and sent, sessions, messages and their confirmation, hydration, pulls, explanations."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from chalicelib.contract import Account, Api, Event, FeedRecord, HttpRequest, HttpResponse, RawRequest, Ref, Target, Token
from chalicelib.domain.order import Order, Refund
from chalicelib.domain.voice import Review
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from connectors.taobao import CONNECTOR
from connectors.taobao.api import call, connect_sign, renew, sign
from tests.kit.cases import load
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

ACCOUNT = Account("demo", "taobao", "acme", {"user_id": "2207654321098"})
SECRETS = {"app_key": "12345678", "app_secret": "helloworld"}
TID = "3291847560218937655"
TOP, TOKEN = "POST /router/rest", "POST /token"
OVER = {"error_response": {"code": 27, "msg": "Invalid session", "sub_code": "invalid-sessionkey"}}
SINCE, UNTIL = datetime(2026, 11, 21, 10, 0, tzinfo=UTC), datetime(2026, 11, 21, 10, 40, tzinfo=UTC)


class Top:
    """TOP by method: a route holds an answer, a list to be used up, or a function of the parameters."""

    def __init__(self, **routes: Any) -> None:
        self.routes = {name.replace("__", "."): route for name, route in routes.items()}
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: HttpRequest) -> HttpResponse:
        params = dict(parse_qsl((request.body or b"").decode(), strict_parsing=True))
        self.asked.append(params)
        route = self.routes[params["method"]]
        found = route.pop(0) if isinstance(route, list) else route
        found = found(params) if callable(found) else found
        return found if isinstance(found, HttpResponse) else reply(found)


def api_of(
    top: Top, *, tokens: FakeTokens | None = None, account: Account = ACCOUNT, grant: HttpResponse | None = None, **secrets: str
) -> Api:
    return make_api(account, {**SECRETS, **secrets}, FakeHttp({TOP: top, TOKEN: grant}), tokens)


def trade(**told: Any) -> dict[str, Any]:
    line = {"oid": int(TID) + 1, "num": 1, "price": "100.00", "divide_order_fee": "90.00", "discount_fee": "10.00"}
    head = {"tid": int(TID), "tid_str": TID, "status": "WAIT_SELLER_SEND_GOODS", "payment": "98.00", "post_fee": "8.00"}
    times = {"created": "2026-11-20 21:14:03", "pay_time": "2026-11-20 21:15:38", "modified": "2026-11-21 18:05:00"}
    return {**head, **times, "discount_fee": "0.00", "orders": {"order": [line]}, **told}


def full(**told: Any) -> dict[str, Any]:
    return {"trade_fullinfo_get_response": {"trade": trade(**told), "request_id": "r"}}


def refund(refund_id: int = 290081337742893655, **told: Any) -> dict[str, Any]:
    times = {"created": "2026-11-21 18:00:00", "modified": "2026-11-21 18:10:00"}
    return {
        "refund_id": refund_id,
        "tid": int(TID),
        "oid": int(TID) + 1,
        "status": "SUCCESS",
        "refund_fee": "90.00",
        **times,
        **told,
    }


def message(topic: str, **content: Any) -> bytes:
    told = {"id": 1, "topic": topic, "user_id": 2207654321098, "pub_time": "2026-11-21 18:05:00", "content": json.dumps(content)}
    return json.dumps(told).encode()


def event_of(topic: str, **content: Any) -> Event:
    request = RawRequest("POST", "https://hooks.example.com", {}, (), message(topic, **content))
    return CONNECTOR.events(request, Ref(ACCOUNT, "d-1", "push"))[0]


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, Ref(ACCOUNT, event.delivery_id, "push"))


VECTOR = {
    "method": "taobao.item.seller.get",
    "app_key": "12345678",
    "session": "test",
    "timestamp": "2016-01-01 12:00:00",
    "format": "json",
    "v": "2.0",
    "fields": "num_iid,title,nick,price,num",
    "num_iid": "11223344",
}


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("md5", "66987CB115214E59E6EC978214934FB8"),
        ("hmac", "D56D7858309C31B6251083A874D48273"),
        ("hmac-sha256", "04DB15AD0774D5CFCE2C837DE43E3FCEA9011ED74F3038FB6AB5F3C4CEA119E8"),
    ],
)
def test_sign_has_the_official_values(method: str, expected: str) -> None:
    """The example of open.taobao.com, docId=101617."""
    assert sign("helloworld", [*VECTOR.items(), ("sign_method", method)], method) == expected


def test_consume_is_signed_as_published_and_the_socket_too() -> None:
    params = {
        "method": "taobao.tmc.messages.consume",
        "app_key": "12345678",
        "format": "json",
        "group_name": "default",
        "quantity": "100",
        "sign_method": "hmac-sha256",
        "simplify": "true",
        "timestamp": "2016-01-01 12:00:00",
        "v": "2.0",
    }
    assert sign("helloworld", params.items()) == "3990CE9413DE3BEC9D31F029C1F8B700B63BA35F42027A953A063EE447429AD0"
    assert connect_sign("helloworld", "12345678", "default", 1700000000000) == "C86848D198760FA334AA309207C72ECD"


def test_call_signs_what_it_sends_in_chinas_time() -> None:
    top = Top(taobao__trade__fullinfo__get=full())
    api = api_of(top)
    call(api, "taobao.trade.fullinfo.get", [("tid", TID), ("empty", "")])
    (asked,) = top.asked
    assert (asked["session"], asked["timestamp"]) == ("token-one", "2026-11-21 20:00:00")
    assert "empty" not in asked
    assert asked["sign"] == sign("helloworld", asked.items())
    assert isinstance(api.http, FakeHttp)
    assert api.http.sent[0].url == "https://gw.api.taobao.com/router/rest"


def test_sandbox_is_another_host() -> None:
    api = api_of(Top(m={}), account=replace(ACCOUNT, options={"sandbox": "true"}))
    call(api, "m")
    assert isinstance(api.http, FakeHttp)
    assert api.http.sent[0].url.startswith("https://gw.api.tbsandbox.com/")


def test_session_that_is_over_is_renewed_once() -> None:
    tokens, top = FakeTokens(), Top(m=[OVER, {"m_response": {"x": 1}}])
    fresh = {"access_token": "token-two", "expires_in": 3600, "refresh_token": "refresh-two", "taobao_user_nick": "x"}
    api = api_of(top, tokens=tokens, grant=reply(fresh))
    assert call(api, "m") == b'{"x": 1}'
    assert tokens.stored == Token("token-two", NOW + timedelta(hours=1), "refresh-two")
    assert top.asked[1]["session"] == "token-two"
    assert isinstance(api.http, FakeHttp)
    form = dict(parse_qsl((api.http.sent[1].body or b"").decode()))
    assert form == {
        "grant_type": "refresh_token",
        "client_id": "12345678",
        "client_secret": "helloworld",
        "refresh_token": "refresh-one",
    }


def test_session_refused_again_does_not_loop() -> None:
    api = api_of(Top(m=[OVER, OVER]), grant=reply({"access_token": "t2", "expires_in": 5}))
    with pytest.raises(Retriable, match="token-refused"):
        call(api, "m")


def test_a_session_that_was_bought_serves_until_it_is_refused() -> None:
    """Refresh tokens often end with their session: then a person must authorise again."""
    gone = reply({"error": "invalid_grant"}, status=400)
    with pytest.raises(Permanent, match="token-revoked"):
        renew(api_of(Top(), grant=gone), Token("old", None, "dead"))
    assert renew(api_of(Top(), access_token="bought"), None) == Token("bought", None)
    with pytest.raises(Permanent, match="token-revoked"):
        renew(api_of(Top(), access_token="bought"), Token("bought", None))
    with pytest.raises(ConfigError, match="token-missing"):
        renew(api_of(Top()), None)


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        ({"error_response": {"code": 7, "msg": "x"}}, Retriable, "platform-throttled"),
        ({"error_response": {"code": 15, "sub_code": "isp.remote-service-timeout"}}, Retriable, "platform-error"),
        ({"error_response": {"code": 15, "sub_code": "isv.trade-not-exist"}}, Permanent, "platform-refused"),
        ({"error_response": {"code": 12}}, ConfigError, "permission-missing"),
        ({"error_response": {"code": "25"}}, ConfigError, "signature-refused"),
        (reply(b"<html>"), Retriable, "answer-malformed"),
        (reply({}, status=404), Permanent, "platform-refused"),
    ],
)
def test_errors_say_what_to_do(answer: Any, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        call(api_of(Top(m=answer)), "m")


def test_messages_are_asked_for_without_a_session_until_none_is_left() -> None:
    """And confirmed by their ids, at most 200 at once."""
    rows = [{"id": 9007199254740993 + index, "topic": "t", "content": "{}"} for index in range(3)]
    pages = [
        {"tmc_messages_consume_response": {"messages": {"tmc_message": rows[:2]}}},
        {"messages": [rows[2]]},
        {"tmc_messages_consume_response": {"request_id": "r"}},
    ]
    top = Top(
        taobao__tmc__messages__consume=pages, taobao__tmc__messages__confirm={"tmc_messages_confirm_response": {"is_success": True}}
    )
    api = api_of(top, account=replace(ACCOUNT, options={"tmc_group": "orders"}))
    batches = list(CONNECTOR.poll(api))
    assert [[record.receipt for record in batch] for batch in batches] == [
        ["9007199254740993", "9007199254740994"],
        ["9007199254740995"],
    ]
    assert json.loads(batches[0][0].body) == rows[0]
    assert all("session" not in asked and asked["group_name"] == "orders" for asked in top.asked)
    CONNECTOR.confirm([FeedRecord(str(number), "{}") for number in range(201)], api)
    assert [asked["s_message_ids"].count(",") for asked in top.asked[-2:]] == [199, 0]


def test_messages_that_nobody_confirms_do_not_go_round() -> None:
    """The platform gives them again; a batch that brings nothing new ends the run."""
    rows = [{"id": 1, "topic": "t"}]
    top = Top(taobao__tmc__messages__consume={"messages": rows})
    assert len(list(CONNECTOR.poll(api_of(top)))) == 1
    assert len(top.asked) == 2


def test_a_refused_confirmation_is_no_confirmation() -> None:
    top = Top(taobao__tmc__messages__confirm={"tmc_messages_confirm_response": {"is_success": False}})
    with pytest.raises(Retriable, match="confirmation-refused"):
        CONNECTOR.confirm([FeedRecord("1", "{}")], api_of(top))


def test_a_message_names_its_owner_and_another_owners_is_refused() -> None:
    assert CONNECTOR.address(message("t")) == {"user_id": "2207654321098"}
    with pytest.raises(Permanent, match="seller-unknown"):
        CONNECTOR.address(b'{"id":1,"topic":"t"}')
    request = RawRequest("POST", "https://hooks.example.com", {}, (), message("taobao_trade_TradeClose", tid=1))
    other = Ref(replace(ACCOUNT, options={"user_id": "1"}), "d", "push")
    with pytest.raises(Permanent, match="seller-mismatch"):
        CONNECTOR.events(request, other)


def test_nothing_of_a_message_is_believed_but_its_ids() -> None:
    """The trade is read again, and an answer about another one is refused."""
    event = event_of("taobao_trade_TradeBuyerPay", tid=int(TID), oid=1, payment="0.01")
    hydrated = CONNECTOR.hydrate(event, api_of(Top(taobao__trade__fullinfo__get=full())))
    (order,) = mapped(hydrated)
    assert isinstance(order, Order)
    assert (order.order_id, order.amounts.total, hydrated.thin) == (TID, 9800, False)
    with pytest.raises(Permanent, match="another one"):
        CONNECTOR.hydrate(event, api_of(Top(taobao__trade__fullinfo__get=full(tid_str="1"))))


def test_a_refund_message_brings_the_refund_and_its_trade() -> None:
    event = event_of("taobao_refund_RefundSuccess", tid=int(TID), refund_id=290081337742893655)
    top = Top(taobao__refund__get={"refund_get_response": {"refund": refund()}}, taobao__trade__fullinfo__get=full())
    order, told = mapped(CONNECTOR.hydrate(event, api_of(top)))
    assert isinstance(order, Order)
    assert isinstance(told, Refund)
    assert (told.refund_id, told.amount, told.status) == ("290081337742893655", 9000, "succeeded")


def test_ratings_of_taobao_and_tmall() -> None:
    """Taobao is asked by trade, Tmall by line; what is not shown any more is skipped."""
    event = event_of("taobao_trade_TradeRated", tid=int(TID), oid=int(TID) + 1)
    rows = [{"oid": int(TID) + 1, "tid": int(TID), "result": "bad", "content": "x"}, {"oid": 5, "result": "good"}]
    top = Top(taobao__traderates__get={"traderates_get_response": {"trade_rates": {"trade_rate": rows}}})
    (review,) = mapped(CONNECTOR.hydrate(event, api_of(top)))
    assert isinstance(review, Review)
    assert (review.rating, review.order_id) == (1, TID)
    assert (top.asked[0]["rate_type"], top.asked[0]["role"], top.asked[0]["tid"]) == ("get", "buyer", TID)

    tmall = replace(ACCOUNT, options={"tmall": "true"})
    top = Top(tmall__traderate__feeds__get={"tmall_traderate_feeds_get_response": {"tmall_rate_info": {"content": "好"}}})
    (review,) = mapped(CONNECTOR.hydrate(event, api_of(top, account=tmall)))
    assert (review.review_id, review.order_id, review.rating, review.text) == (str(int(TID) + 1), TID, None, "好")
    assert top.asked[0]["child_trade_id"] == str(int(TID) + 1)
    with pytest.raises(Skippable, match="review-hidden"):
        CONNECTOR.hydrate(event, api_of(Top(tmall__traderate__feeds__get={}), account=tmall))


def test_a_xianyu_message_brings_its_order() -> None:
    event = event_of("idle_autotrade_OrderStateSync", order_id=TID, order_status=2)
    module = {"biz_order_id": int(TID), "order_status": 2, "payment": 15000, "pay_time": 1795180538000}
    top = Top(alibaba__idle__isv__order__query={"alibaba_idle_isv_order_query_response": {"result": {"module": module}}})
    (order,) = mapped(CONNECTOR.hydrate(event, api_of(top)))
    assert (order.order_id, order.amounts.paid, order.extra) == (TID, 15000, {"channel": "xianyu"})
    for other in ({"result": {"module": {**module, "biz_order_id": 1}}}, {"result": {"success": False}}):
        with pytest.raises(Permanent, match="about another one"):
            CONNECTOR.hydrate(event, api_of(Top(alibaba__idle__isv__order__query=other)))


class Increments:
    """Lists of changed trades and refunds: rows by time of change."""

    def __init__(self, rows: list[dict[str, Any]], wrapper: str, name: str) -> None:
        self.rows, self.wrapper, self.name = rows, wrapper, name
        self.pages: list[int] = []

    def __call__(self, params: dict[str, str]) -> Any:
        start, end = params["start_modified"], params["end_modified"]
        found = [row for row in self.rows if start <= row["modified"] < end]
        page, size = int(params["page_no"]), int(params["page_size"])
        self.pages.append(page)
        shown = found[(page - 1) * size : page * size]
        assert params["use_has_next"] == "false"
        return {self.wrapper: {f"{self.name}s": {self.name: shown} if shown else {}, "total_results": len(found)}}


def test_pull_pages_backwards_in_half_hours_and_then_the_refunds() -> None:
    """Trades are thin, so that the normalise step reads them as after a message; refunds are whole."""
    rows = [{"tid": 1000 + index, "modified": f"2026-11-21 18:{index // 4:02d}:{index % 4:02d}"} for index in range(130)]
    trades = Increments(rows, "trades_sold_increment_get_response", "trade")
    refunds = Increments([refund()], "refunds_receive_get_response", "refund")
    top = Top(taobao__trades__sold__increment__get=trades, taobao__refunds__receive__get=refunds)
    pages = list(CONNECTOR.pull_orders(SINCE, UNTIL, None, api_of(top)))
    events = [event for page in pages for event in page.events]
    assert {event.resource_id for event in events if event.thin} == {str(1000 + index) for index in range(130)}
    assert [event.resource_id for event in events if not event.thin] == ["290081337742893655"]
    assert trades.pages[:4] == [1, 3, 2, 1]
    assert top.asked[0]["end_modified"] == "2026-11-21 18:30:00"
    assert pages[-1].cursor is None
    resumed = list(CONNECTOR.pull_orders(SINCE, UNTIL, pages[1].cursor, api_of(top)))
    assert resumed == pages[2:]


def test_pull_before_what_the_platform_keeps_is_refused() -> None:
    with pytest.raises(Permanent, match="pull-too-old"):
        list(CONNECTOR.pull_orders(NOW - timedelta(days=91), NOW, None, api_of(Top())))


def test_a_pull_that_is_resumed_later_goes_on_where_it_was() -> None:
    """The clock moves between two runs; the window, and what a cursor names in it, does not."""
    top = Top(
        taobao__trades__sold__increment__get={"trades_sold_increment_get_response": {"total_results": 0}},
        taobao__refunds__receive__get={"refunds_receive_get_response": {"total_results": 0}},
        taobao__traderates__get={"traderates_get_response": {"total_results": 0}},
    )
    later = replace(api_of(top), now=lambda: NOW + timedelta(hours=5))
    since = NOW - timedelta(days=90)
    first = next(iter(CONNECTOR.pull_orders(since, since + timedelta(hours=1), None, api_of(top))))
    assert list(CONNECTOR.pull_orders(since, since + timedelta(hours=1), first.cursor, later))
    since = NOW - timedelta(days=400)
    pages = list(CONNECTOR.pull_reviews(since, NOW, None, api_of(top)))
    assert list(CONNECTOR.pull_reviews(since, NOW, pages[3].cursor, later)) == pages[4:]


def test_a_short_page_is_no_short_result() -> None:
    top = Top(taobao__trades__sold__increment__get={"trades_sold_increment_get_response": {"total_results": 3}})
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_orders(SINCE, UNTIL, None, api_of(top)))


def test_push_and_pull_give_the_same_parts() -> None:
    """A message and a row of the list lead to the same call; what comes out is one order and one refund."""
    trades = Increments([{"tid": int(TID), "modified": "2026-11-21 18:05:00"}], "trades_sold_increment_get_response", "trade")
    refunds = Increments([refund()], "refunds_receive_get_response", "refund")
    top = Top(
        taobao__trades__sold__increment__get=trades,
        taobao__refunds__receive__get=refunds,
        taobao__trade__fullinfo__get=full(),
        taobao__refund__get={"refund_get_response": {"refund": refund()}},
    )
    api = api_of(top)
    pulled = [event for page in CONNECTOR.pull_orders(SINCE, UNTIL, None, api) for event in page.events]
    by_pull = [each for event in pulled for each in mapped(CONNECTOR.hydrate(event, api))]
    pushed = event_of("taobao_refund_RefundSuccess", tid=int(TID), refund_id=290081337742893655)
    assert list(mapped(CONNECTOR.hydrate(pushed, api))) == by_pull


def test_ratings_are_pulled_by_week_and_never_before_what_is_kept() -> None:
    top = Top(taobao__traderates__get={"traderates_get_response": {"total_results": 0}})
    list(CONNECTOR.pull_reviews(NOW - timedelta(days=400), NOW, None, api_of(top)))
    assert top.asked[0]["start_date"] >= "2026-05-26 00:00:00"
    assert len(top.asked) == 26
    assert (
        list(CONNECTOR.pull_reviews(SINCE, UNTIL, None, api_of(Top(), account=replace(ACCOUNT, options={"tmall": "true"})))) == []
    )
    rows = [{"oid": int(TID) + 1, "tid": int(TID), "result": "good", "created": "2026-11-21 18:05:00"}]
    found = {"traderates_get_response": {"trade_rates": {"trade_rate": rows}, "total_results": 1}}
    (page,) = CONNECTOR.pull_reviews(SINCE, UNTIL, None, api_of(Top(taobao__traderates__get=found)))
    (review,) = mapped(page.events[0])
    assert (review.review_id, review.rating) == (str(int(TID) + 1), 5)


def test_explaining_says_it_once() -> None:
    top = Top(taobao__traderate__explain__add={"traderate_explain_add_response": {"is_success": True}})
    api = api_of(top)
    CONNECTOR.reply(Target("review", "77"), "谢谢", api)
    assert (top.asked[0]["oid"], top.asked[0]["reply"]) == ("77", "谢谢")
    assert isinstance(api.http, FakeHttp)
    assert api.http.sent[0].once
    with pytest.raises(Permanent, match="target-refused"):
        CONNECTOR.reply(Target("review", "77:append"), "谢谢", api)
    with pytest.raises(Permanent, match="platform-refused"):
        CONNECTOR.reply(Target("review", "77"), "x", api_of(Top(taobao__traderate__explain__add={"is_success": False})))
    with pytest.raises(Permanent, match="outcome-unknown"):
        CONNECTOR.reply(Target("review", "77"), "x", api_of(Top(taobao__traderate__explain__add=reply(b"<html>"))))


def test_the_lists_simplified_form_maps_alike() -> None:
    """With and without simplify=true one trade is one order."""
    results = [load("taobao", name) for name in ("order-paid", "order-simplified")]
    orders = [CONNECTOR.canonical("order", case.body, case.ref) for case in results]
    assert orders[0] == orders[1]
