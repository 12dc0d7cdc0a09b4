"""Pinduoduo: the socket's frames, what is signed and sent, tokens, hydration, pulls in half hours."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, RawRequest, Ref, Secrets, Token
from chalicelib.domain.order import Order, Refund
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from connectors.pinduoduo import CONNECTOR
from connectors.pinduoduo.api import call, renew, sign
from connectors.pinduoduo.pull import LAG, ORDER, ORDERS, REFUND, REFUNDS, WINDOW
from tests.kit.cases import load
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

ACCOUNT = Account("demo", "pinduoduo", "acme", {"mall_id": "171504183"})
SECRETS = {"client_id": "cid-1", "client_secret": "sec-1"}
ROUTER = "POST /api/router"
RENEW = "pdd.pop.auth.token.refresh"
OVER = {"error_response": {"error_code": 10019, "error_msg": "x", "sub_code": "10019"}}
SN = "261120-364770100011509"
SINCE, UNTIL = NOW - timedelta(minutes=45), NOW - timedelta(minutes=5)


class Router:
    """The gateway by type of call."""

    def __init__(self, routes: dict[str, Any]) -> None:
        self.routes = routes
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: HttpRequest) -> HttpResponse:
        params = dict(parse_qsl((request.body or b"").decode(), strict_parsing=True))
        assert request.rate is not None
        self.asked.append(params)
        route = self.routes[params["type"]]
        found = route.pop(0) if isinstance(route, list) else route
        found = found(params) if callable(found) else found
        return found if isinstance(found, HttpResponse) else reply(found)

    def of(self, name: str) -> list[dict[str, str]]:
        return [params for params in self.asked if params["type"] == name]


def api_of(
    routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT, **secrets: str
) -> tuple[Api, Router]:
    router = Router(routes)
    return make_api(account, {**SECRETS, **secrets}, FakeHttp({ROUTER: router}), tokens), router


def told(name: str) -> Any:
    return json.loads(load("pinduoduo", name).body)


def order(sn: str = SN, **more: Any) -> dict[str, Any]:
    return {**told("order-paid")["order_info_get_response"]["order_info"], "order_sn": sn, **more}


def answered(params: dict[str, str]) -> Any:
    return {"order_info_get_response": {"order_info": order(params["order_sn"])}}


def event_of(kind: str, **content: Any) -> Event:
    message = {"type": kind, "mallID": 171504183, "content": json.dumps(content)}
    request = RawRequest("POST", "https://hooks.example.com", {}, (), json.dumps({"id": 1, "message": message}).encode())
    return CONNECTOR.events(request, Ref(ACCOUNT, "d-1", "push"))[0]


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, Ref(ACCOUNT, event.delivery_id, "push"))


def increments(rows: list[dict[str, Any]], at: str = "at") -> Any:
    def listed(params: dict[str, str]) -> Any:
        start, end = int(params["start_updated_at"]), int(params["end_updated_at"])
        assert end - start <= WINDOW
        assert end <= int((NOW - LAG).timestamp())
        assert params["use_has_next"] == "false"
        found = [row for row in rows if start <= row[at] < end]
        page, size = int(params["page"]), int(params["page_size"])
        shown = [{"order_sn": row["sn"]} for row in found[(page - 1) * size : page * size]]
        return {"order_sn_increment_get_response": {"order_sn_list": shown, "total_count": len(found)}}

    return listed


def no_refunds(params: dict[str, str]) -> Any:
    return {"refund_increment_get_response": {"refund_list": [], "total_count": 0}}


def test_sign_has_the_official_value() -> None:
    """The example of open.pinduoduo.com, idStr=8EC06C399636041E, and one that was computed by its rules."""
    official = {
        "access_token": "asd78172s8ds9a921j9qqwda12312w1w21211",
        "client_id": "1",
        "data_type": "XML",
        "order_status": "1",
        "page": "1",
        "page_size": "10",
        "timestamp": "1480411125",
        "type": "pdd.order.number.list.get",
    }
    assert sign("testSecret", official.items()) == "E4DE3ED21002510DED352819E7AE6775"
    computed = {
        "access_token": "tok-1",
        "client_id": "cid-1",
        "data_type": "JSON",
        "end_updated_at": "1699999800",
        "is_lucky_flag": "0",
        "order_status": "5",
        "page": "1",
        "page_size": "100",
        "refund_status": "5",
        "start_updated_at": "1699999000",
        "timestamp": "1700000000",
        "type": "pdd.order.number.list.increment.get",
        "use_has_next": "true",
    }
    assert sign("sec-1", computed.items()) == "B167636BB88F0A421611A3D9FD6BBE30"


def test_the_sockets_address_is_the_known_one() -> None:
    """base64 of the 32 hex characters, not of the 16 bytes."""
    secrets = Secrets({"client_id": ("app",), "client_secret": ("secret",)})
    at = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert CONNECTOR.connect_url(secrets, at) == (
        "wss://message-api.pinduoduo.com/message/app/1700000000000/OTgxODMwNDI2NWZiN2NiNzA2NzIxOTI0ZjJlMDMxMjE%3D"
    )


def test_heartbeats_and_their_pace() -> None:
    told_beat = json.loads(CONNECTOR.heartbeat(NOW))
    millis = int(NOW.timestamp() * 1000)
    assert told_beat == {"id": millis, "commandType": "HeartBeat", "time": millis}
    assert (CONNECTOR.heartbeat_seconds, CONNECTOR.silent_seconds) == (5, 60)


@pytest.mark.parametrize("mall", ['"mallID":171504183', '"mallId":"171504183","extra":{"a":[1]}'])
def test_a_message_is_answered_with_its_own_ids(mall: str) -> None:
    """Any order of keys, extra ones, ids above 2^53 and shops as number or text."""
    text = (
        '{"sendTime":1700000000123,"message":{"content":"{\\"tid\\":\\"order-test\\"}",'
        + mall
        + ',"type":"pdd_trade_TradeConfirmed"},'
        '"commandType":"COMMON","id":9007199254740993,"time":1}'
    )
    frame = CONNECTOR.frame(text, NOW)
    assert frame.body == text
    assert json.loads(frame.ack or "") == {
        "id": 9007199254740993,
        "commandType": "Ack",
        "time": int(NOW.timestamp() * 1000),
        "sendTime": 1700000000123,
        "type": "pdd_trade_TradeConfirmed",
        "mallID": 171504183 if "mallID" in mall else "171504183",
    }
    assert CONNECTOR.address((frame.body or "").encode()) == {"mall_id": "171504183"}


@pytest.mark.parametrize("command", ["HeartBeat", "Ack", "Fail", "Something"])
def test_other_frames_carry_nothing(command: str) -> None:
    frame = CONNECTOR.frame(json.dumps({"id": 1, "commandType": command, "time": 1}), NOW)
    assert (frame.body, frame.ack) == (None, None)


@pytest.mark.parametrize(
    "text", ["", "hello", "[]", '{"commandType":"Common","id":1}', '{"commandType":"Common","message":{"type":"t"}}']
)
def test_a_frame_that_cannot_be_read_is_not_answered(text: str) -> None:
    with pytest.raises(Permanent):
        CONNECTOR.frame(text, NOW)


def test_a_redelivery_under_another_id_is_the_same_delivery() -> None:
    case = load("pinduoduo", "feed-refund")
    again = json.dumps({**json.loads(case.body), "id": 5, "sendTime": 6}).encode()
    events = [CONNECTOR.events(replace(case.request, body=body), case.ref)[0] for body in (case.body, again)]
    assert events[0].delivery_id == events[1].delivery_id
    with pytest.raises(Permanent, match="seller-mismatch"):
        CONNECTOR.events(case.request, Ref(replace(ACCOUNT, options={"mall_id": "1"}), "d", "push"))
    with pytest.raises(Permanent, match="seller-unknown"):
        CONNECTOR.address(b'{"type":"pdd_trade_TradeConfirmed","content":"{}"}')


def test_call_signs_what_it_sends_in_seconds() -> None:
    api, router = api_of({"m": {"m_get_response": {"x": 1}}})
    assert json.loads(call(api, "m", [("flag", "true")])) == {"x": 1}
    (asked,) = router.asked
    assert (asked["access_token"], asked["timestamp"]) == ("token-one", str(int(NOW.timestamp())))
    assert asked["sign"] == sign(SECRETS["client_secret"], asked.items())


def test_token_that_is_over_is_renewed_through_the_gateway() -> None:
    """Its expiry is read, as seconds from now or as a time."""
    tokens = FakeTokens()
    ends = int((NOW + timedelta(days=1)).timestamp())
    grant = {"pop_auth_token_refresh_response": {"access_token": "token-two", "refresh_token": "refresh-two", "expires_at": ends}}
    api, router = api_of({"m": [OVER, {"m_response": {}}], RENEW: grant}, tokens)
    call(api, "m")
    assert tokens.stored == Token("token-two", NOW + timedelta(days=1), "refresh-two")
    assert (router.of(RENEW)[0]["refresh_token"], "access_token" in router.of(RENEW)[0]) == ("refresh-one", False)
    grant = {"pop_auth_token_refresh_response": {"access_token": "token-three", "expires_in": 60}}
    assert renew(api_of({RENEW: grant})[0], Token("old", None, "r")) == Token("token-three", NOW + timedelta(seconds=60), "r")


def test_revoked_and_bought_tokens() -> None:
    with pytest.raises(Permanent, match="token-revoked"):
        renew(api_of({RENEW: OVER})[0], Token("old", None, "dead"))
    with pytest.raises(Permanent, match="platform-refused"):  # whoever answers 404 says nothing of the token
        renew(api_of({RENEW: reply({}, status=404)})[0], Token("old", None, "live"))
    assert renew(api_of({}, access_token="bought")[0], None) == Token("bought", None)
    with pytest.raises(ConfigError, match="token-missing"):
        renew(api_of({})[0], None)


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        ({"error_response": {"error_code": 70031}}, Retriable, "platform-throttled"),
        ({"error_response": {"error_code": 50000}}, Retriable, "platform-error"),
        ({"error_response": {"error_code": "20004"}}, ConfigError, "signature-refused"),
        ({"error_response": {"error_code": 1}}, Permanent, "platform-refused"),
        (reply(b"<html>"), Retriable, "answer-malformed"),
        (reply({}, status=404), Permanent, "platform-refused"),
    ],
)
def test_errors_say_what_to_do(answer: Any, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        call(api_of({"m": answer})[0], "m")


def test_nothing_of_a_message_is_believed_but_its_ids() -> None:
    event = event_of("pdd_trade_TradeConfirmed", mall_id=171504183, tid=SN, pay_amount=1)
    (found,) = mapped(CONNECTOR.hydrate(event, api_of({ORDER: answered})[0]))
    assert isinstance(found, Order)
    assert (found.order_id, found.amounts.total, found.buyer.id) == (SN, 8350, None)
    other = {"order_info_get_response": {"order_info": order("261120-000000000000001")}}
    with pytest.raises(Permanent, match="another order"):
        CONNECTOR.hydrate(event, api_of({ORDER: other})[0])


def test_list_in_yuan_and_detail_in_fen_are_one_refund() -> None:
    """Their enumerations of types differ as well; push and pull give the same parts."""
    detail = told("refund-hydrated")["refund_detail"]
    event = event_of("pdd_refund_RefundCreated", tid=SN, refund_id=detail["id"], refund_fee=1)
    found, pushed = mapped(CONNECTOR.hydrate(event, api_of({ORDER: answered, REFUND: detail})[0]))
    assert isinstance(found, Order)
    row = told("refund-list")["refund_increment_get_response"]["refund_list"][0]

    def listed(params: dict[str, str]) -> Any:
        rows = [row] if params["after_sales_status"] == "10" and int(params["end_updated_at"]) == int(UNTIL.timestamp()) else []
        return {"refund_increment_get_response": {"refund_list": rows, "total_count": len(rows)}}

    api, _ = api_of({ORDERS: increments([]), REFUNDS: listed})
    (pulled,) = [event for page in CONNECTOR.pull_orders(SINCE, UNTIL, None, api) for event in page.events]
    assert mapped(pulled) == (pushed,)
    assert isinstance(pushed, Refund)
    assert (pushed.amount, pushed.kind) == (4175, "return")
    with pytest.raises(Permanent, match="another refund"):
        CONNECTOR.hydrate(event, api_of({ORDER: answered, REFUND: {**detail, "id": 7}})[0])


def test_pull_goes_backwards_in_half_hours_and_ends_three_minutes_back() -> None:
    """Orders that the list names are read as after a message."""
    first = int(SINCE.timestamp())
    rows = [{"sn": f"261121-{index:015d}", "at": first + index * 9} for index in range(260)]
    api, router = api_of({ORDERS: increments(rows), REFUNDS: no_refunds, ORDER: answered})
    pages = list(CONNECTOR.pull_orders(SINCE, NOW, None, api))
    events = [event for page in pages for event in page.events]
    assert {event.resource_id for event in events} == {row["sn"] for row in rows}
    assert all(event.thin for event in events)
    asked = router.of(ORDERS)
    assert [params["page"] for params in asked[:3]] == ["1", "2", "1"]
    assert asked[-1]["end_updated_at"] == str(int((NOW - LAG).timestamp()))
    assert {params["after_sales_status"] for params in router.of(REFUNDS)} == {str(state) for state in range(2, 14)}
    assert list(CONNECTOR.pull_orders(SINCE, NOW, pages[0].cursor, api)) == pages[1:]
    (one,) = mapped(CONNECTOR.hydrate(events[0], api))
    assert one.order_id == events[0].resource_id


def test_rows_that_are_numbers_alone_are_read_too() -> None:
    page = {"order_sn_increment_get_response": {"order_sn_list": [SN], "total_count": 1}}
    api, _ = api_of({ORDERS: page, REFUNDS: no_refunds})
    events = [event for each in CONNECTOR.pull_orders(UNTIL - timedelta(minutes=1), UNTIL, None, api) for event in each.events]
    assert [event.resource_id for event in events] == [SN]


def test_pulls_that_cannot_be_whole_are_refused() -> None:
    with pytest.raises(Permanent, match="pull-too-old"):
        list(CONNECTOR.pull_orders(NOW - timedelta(days=91), NOW, None, api_of({})[0]))
    short = {"order_sn_increment_get_response": {"order_sn_list": [], "total_count": 3}}
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_orders(SINCE, UNTIL, None, api_of({ORDERS: short})[0]))
    untold = {"order_sn_increment_get_response": {"order_sn_list": [], "has_next": False}}
    with pytest.raises(Permanent, match="total"):
        list(CONNECTOR.pull_orders(SINCE, UNTIL, None, api_of({ORDERS: untold})[0]))
    account = replace(ACCOUNT, options={"after_sales_states": "2;3"})
    with pytest.raises(ConfigError, match="option-malformed"):
        list(CONNECTOR.pull_orders(SINCE, UNTIL, None, api_of({}, account=account)[0]))
    assert list(CONNECTOR.pull_orders(NOW - timedelta(minutes=2), NOW, None, api_of({})[0])) == []


def test_a_pull_that_is_resumed_later_goes_on_where_it_was() -> None:
    api, _ = api_of({ORDERS: increments([]), REFUNDS: no_refunds})
    since = NOW - timedelta(days=90)
    pages = list(CONNECTOR.pull_orders(since, since + timedelta(hours=1), None, api))
    later = replace(api, now=lambda: NOW + timedelta(hours=5))
    assert list(CONNECTOR.pull_orders(since, since + timedelta(hours=1), pages[0].cursor, later)) == pages[1:]


def test_nobody_is_told_of_and_nobody_is_made_up() -> None:
    """No buyer's id in any form; cipher text and masks are named, not kept."""
    case = load("pinduoduo", "order-paid")
    (found,) = CONNECTOR.canonical("order", case.body, case.ref)
    assert isinstance(found, Order)
    assert found.buyer.id is None
    assert (found.ship_to.name, found.ship_to.phone, found.ship_to.address) == (None, None, None)
    assert set(found.ship_to.encrypted) == {"name", "phone", "address"}
    assert set(found.ship_to.masked) == {"name", "phone", "address"}
