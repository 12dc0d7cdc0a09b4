"""JD through JOS: what is signed and sent, tokens, both levels of success, pulls of orders and refunds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, Ref, Token
from chalicelib.domain.order import Order, Refund
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from connectors.jd import CONNECTOR
from connectors.jd.api import call, renew, sign
from connectors.jd.payloads import Order as Shape
from connectors.jd.pull import APPLIES, OPTIONAL_FIELDS, ORDERS, SERVICES
from tests.kit.cases import load
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

ACCOUNT = Account("demo", "jd", "acme", {})
SECRETS = {"app_key": "yourappkey", "app_secret": "yourappSecret"}
ROUTER, REFRESH = "POST /routerjson", "GET /oauth2/refresh_token"
OVER = {"error_response": {"code": "19", "zh_desc": "x", "en_desc": "Invalid token"}}
SINCE, UNTIL = datetime(2026, 11, 21, 10, 0, tzinfo=UTC), datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
ORDER_ID = "324978630973200001"


class Jos:
    """JOS by method; lists answer by their windows and pages."""

    def __init__(self, routes: dict[str, Any]) -> None:
        self.routes = routes
        self.asked: list[tuple[str, dict[str, Any], dict[str, str]]] = []

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = dict(parse_qsl((request.body or b"").decode(), strict_parsing=True))
        assert request.rate is not None
        params = json.loads(sent["360buy_param_json"])
        self.asked.append((sent["method"], params, sent))
        route = self.routes[sent["method"]]
        found = route.pop(0) if isinstance(route, list) else route
        found = found(params) if callable(found) else found
        return found if isinstance(found, HttpResponse) else reply(found)

    def of(self, method: str) -> list[dict[str, Any]]:
        return [params for name, params, _ in self.asked if name == method]


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT, **more: Any) -> tuple[Api, Jos]:
    jos = Jos(routes)
    secrets = {name: value for name, value in more.items() if name != "grant"}
    return make_api(account, {**SECRETS, **secrets}, FakeHttp({ROUTER: jos, REFRESH: more.get("grant")}), tokens), jos


def wrapped(method: str, told: dict[str, Any]) -> dict[str, Any]:
    return {f"{method.replace('.', '_')}_responce": {"code": "0", **told}}


def order(**told: Any) -> dict[str, Any]:
    base: dict[str, Any] = json.loads(load("jd", "order-bare").body)
    return {**base, **told}


def orders(rows: list[dict[str, Any]]) -> Any:
    def listed(params: dict[str, Any]) -> Any:
        found = [row for row in rows if params["start_date"] <= row["modified"] < params["end_date"]]
        page, size = int(params["page"]), int(params["page_size"])
        shown = found[(page - 1) * size : page * size]
        result = {"orderTotal": str(len(found)), "orderInfoList": shown, "apiResult": {"success": True, "numberCode": 0}}
        return wrapped(ORDERS, {"searchorderinfo_result": result})

    return listed


def applies(rows: list[dict[str, Any]]) -> Any:
    def listed(params: dict[str, Any]) -> Any:
        name = "applyTime" if "applyTimeStart" in params else "checkTime"
        found = [row for row in rows if params[f"{name}Start"] <= (row[name] or "") < params[f"{name}End"]]
        size = params["pageSize"]
        shown = found[(params["pageIndex"] - 1) * size : params["pageIndex"] * size]
        return wrapped(APPLIES, {"queryResult": {"success": True, "totalCount": len(found), "result": shown}})

    return listed


def services(rows: list[dict[str, Any]]) -> Any:
    return wrapped(SERVICES, {"pageResult": {"success": True, "code": "00000", "totalCount": str(len(rows)), "data": rows}})


def lists(**more: Any) -> dict[str, Any]:
    return {
        ORDERS: orders(more.get("orders", [])),
        APPLIES: applies(more.get("applies", [])),
        SERVICES: services(more.get("services", [])),
    }


def pulled(api: Api, since: datetime = SINCE, until: datetime = UNTIL) -> list[Event]:
    return [event for page in CONNECTOR.pull_orders(since, until, None, api) for event in page.events]


def mapped(events: list[Event]) -> Iterator[Any]:
    for event in events:
        yield from CONNECTOR.canonical(event.kind, event.payload, Ref(ACCOUNT, event.delivery_id, "pull"))


def test_sign_has_the_official_value() -> None:
    """The example of open.jd.com, listId=2643."""
    told = {
        "360buy_param_json": '{"end_date":null,"optional_fields":null,"order_state":"WAIT_SELLER_STOCK_OUT","page":"1","page_size":"200","start_date":null}',  # noqa: E501
        "access_token": "yourtoken",
        "app_key": "yourappkey",
        "method": "jingdong.pop.order.search",
        "timestamp": "2021-05-07 09:20:39.683+0800",
        "v": "2.0",
    }
    assert sign("yourappSecret", told.items()) == "D70825340F4084360B9362B60DFD7930"


def test_call_signs_exactly_what_it_sends() -> None:
    api, jos = api_of({"m": {"m_responce": {"code": "0", "x": 1}}})
    assert json.loads(call(api, "m", {"name": "茶", "page": 1})) == {"code": "0", "x": 1}
    ((_, params, sent),) = jos.asked
    assert params == {"name": "茶", "page": 1}
    assert (sent["timestamp"], sent["access_token"], sent["v"]) == ("2026-11-21 20:00:00", "token-one", "2.0")
    assert sent["sign"] == sign(SECRETS["app_secret"], sent.items())
    assert "format" not in sent


def test_both_spellings_of_the_wrapper_are_read_and_no_other() -> None:
    api, _ = api_of({"m": [{"m_response": {"code": "0"}}, {"n_responce": {"code": "0"}}]})
    call(api, "m", {})
    with pytest.raises(Retriable, match="answer-malformed"):
        call(api, "m", {})


def test_token_that_is_over_is_renewed_once_and_its_secret_stays_in_the_query() -> None:
    tokens = FakeTokens()
    fresh = {"access_token": "token-two", "expires_in": 3600, "refresh_token": "refresh-two", "xid": "x"}
    api, _ = api_of({"m": [OVER, {"m_responce": {"code": "0"}}]}, tokens, grant=reply(fresh))
    call(api, "m", {})
    assert tokens.stored == Token("token-two", NOW + timedelta(hours=1), "refresh-two")
    assert isinstance(api.http, FakeHttp)
    asked = api.http.sent[1]
    assert asked.url == "https://open-oauth.jd.com/oauth2/refresh_token"
    assert dict(asked.query)["refresh_token"] == "refresh-one"


def test_a_token_without_a_life_is_not_renewed_at_every_call() -> None:
    for told in ({}, {"expires_in": ""}, {"expires_in": 0}):
        token = renew(api_of({}, grant=reply({"access_token": "token-two", **told}))[0], Token("old", None, "refresh-one"))
        assert token == Token("token-two", NOW + timedelta(hours=1), "refresh-one")


def test_an_answer_from_the_way_revokes_nothing() -> None:
    with pytest.raises(Retriable, match="answer-malformed"):
        renew(api_of({}, grant=reply(b"<html>"))[0], Token("old", None, "live"))


def test_a_refused_refresh_token_names_no_secret() -> None:
    api, _ = api_of({}, grant=reply({"code": 1, "msg": "yourappSecret"}))
    with pytest.raises(Permanent, match="token-revoked") as refused:
        renew(api, Token("old", None, "dead"))
    assert "yourappSecret" not in repr(refused.value)
    assert renew(api_of({}, access_token="bought")[0], None) == Token("bought", None)
    with pytest.raises(ConfigError, match="token-missing"):
        renew(api_of({})[0], None)


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (OVER, Retriable, "token-refused"),
        ({"error_response": {"code": "65"}}, Retriable, "platform-throttled"),
        ({"error_response": {"code": "67"}}, Retriable, "platform-error"),
        ({"error_response": {"code": "25"}}, ConfigError, "signature-refused"),
        ({"error_response": {"code": "99"}}, Permanent, "platform-refused"),
        ({"m_responce": {"code": "403"}}, Permanent, "platform-refused"),
        (reply(b"<html>"), Retriable, "answer-malformed"),
        (reply({}, status=404), Permanent, "platform-refused"),
    ],
)
def test_errors_say_what_to_do(answer: Any, error: type[HuitouError], reason: str) -> None:
    api, _ = api_of({"m": answer}, grant=reply({"access_token": "token-two", "expires_in": 60}))
    with pytest.raises(error, match=reason):
        call(api, "m", {})


def test_code_zero_with_a_failure_inside_is_a_failure() -> None:
    """Both lists say it in their own way; an answer without its list is none either."""
    refused = wrapped(ORDERS, {"searchorderinfo_result": {"apiResult": {"success": False, "englishErrCode": "param error"}}})
    with pytest.raises(Permanent, match="param error"):
        pulled(api_of({**lists(), ORDERS: refused})[0])
    refused = wrapped(APPLIES, {"queryResult": {"success": False, "totalCount": 0}})
    with pytest.raises(Permanent, match="platform-refused"):
        pulled(api_of({**lists(), APPLIES: refused})[0])
    with pytest.raises(Permanent, match="without its list"):
        pulled(api_of({**lists(), ORDERS: wrapped(ORDERS, {})})[0])


def test_all_that_is_read_is_asked_for() -> None:
    """What is not named in optional_fields is simply absent."""
    asked = set(OPTIONAL_FIELDS.split(","))
    assert set(Shape.__struct_fields__) <= asked
    assert len(asked) == len(OPTIONAL_FIELDS.split(","))


def test_orders_are_pulled_by_time_of_change_from_the_last_page_back() -> None:
    rows = [order(orderId=str(1000 + index), modified=f"2026-11-21 18:0{index // 60}:{index % 60:02d}") for index in range(250)]
    api, jos = api_of(lists(orders=rows))
    events = pulled(api)
    assert {event.resource_id for event in events} == {str(1000 + index) for index in range(250)}
    asked = jos.of(ORDERS)
    assert [params["page"] for params in asked] == ["1", "3", "2", "1"]
    assert {(params["dateType"], params["order_state"], params["optional_fields"]) for params in asked} == {
        ("0", "ALL", OPTIONAL_FIELDS)
    }
    assert (asked[0]["start_date"], asked[0]["end_date"]) == ("2026-11-21 18:00:00", "2026-11-21 18:30:01")


def test_any_cursor_resumes_behind_its_page() -> None:
    rows = [order(orderId=str(1000 + index), modified="2026-11-21 18:00:00") for index in range(150)]
    apply = {"id": "1", "orderId": "2", "applyTime": "2026-11-21 18:01:00", "checkTime": "2026-11-21 18:02:00", "status": 1}
    api, _ = api_of(lists(orders=rows, applies=[apply]))
    pages = list(CONNECTOR.pull_orders(SINCE, UNTIL, None, api))
    for place, page in enumerate(pages[:-1]):
        assert list(CONNECTOR.pull_orders(SINCE, UNTIL, page.cursor, api)) == pages[place + 1 :]
    with pytest.raises(Permanent, match="cursor-malformed"):
        list(CONNECTOR.pull_orders(SINCE, UNTIL, "somewhere:1:", api))


def test_a_refund_that_ends_days_after_its_check_is_found_once_an_hour() -> None:
    """No list is by the time the money went back."""
    old = {"id": "1", "orderId": ORDER_ID, "applyRefundSum": "9800", "status": 3}
    old |= {"applyTime": "2026-11-15 10:00:00", "checkTime": "2026-11-15 11:00:00"}
    within, _ = api_of(lists(applies=[old]))
    assert pulled(within, SINCE + timedelta(minutes=1)) == []
    across, jos = api_of(lists(applies=[old]))
    (event,) = pulled(across, SINCE - timedelta(minutes=5))
    assert event.resource_id == "1"
    assert min(params["approveTimeBegin"] for params in jos.of(SERVICES) if "approveTimeBegin" in params) == "2026-11-11 18:30:01"


def test_a_refund_that_ends_weeks_after_its_check_is_found_once_a_day() -> None:
    """Goods on their way back take longer than the list of a few days."""
    old = {"id": "1", "orderId": ORDER_ID, "applyRefundSum": "9800", "status": 3}
    old |= {"applyTime": "2026-10-15 10:00:00", "checkTime": "2026-10-15 11:00:00"}
    midnight = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    api, jos = api_of(lists(applies=[old]))
    (event,) = pulled(api, midnight - timedelta(minutes=5), midnight + timedelta(minutes=5))
    assert event.resource_id == "1"
    windows = [params for params in jos.of(SERVICES) if "approveTimeBegin" in params]
    assert min(params["approveTimeBegin"] for params in windows) == "2026-10-07 08:05:01"
    assert len(windows) == 5  # of ten days at most each
    api, _ = api_of(lists(applies=[old]))
    assert pulled(api, midnight + timedelta(minutes=55), midnight + timedelta(minutes=65)) == []


def test_after_sales_without_a_refund_make_no_event() -> None:
    bill = {"serviceId": 2, "orderId": int(ORDER_ID), "afsApplyTime": 1795258800000}
    api, _ = api_of(lists(services=[{"sameOrderServiceBill": bill}]))
    assert pulled(api) == []


def test_the_stated_sum_is_read_where_the_account_says_so() -> None:
    method = "jingdong.b2c.shop.aftersales.refund.get"
    bill = {"serviceId": 2, "orderId": int(ORDER_ID), "afsApplyTime": 1795258800000}
    row = {"sameOrderServiceBill": bill, "status": 13, "refoundAmount": 49.5, "completeTime": 1795345200000}
    stated = wrapped(method, {"result": {"data": {"afsActualRefundDetail": {"actualRefundAmount": "48.00"}}}})
    account = replace(ACCOUNT, options={"refund_detail": "true"})
    api, jos = api_of({**lists(services=[row]), method: stated}, account=account)
    refund = next(mapped(pulled(api)))
    assert isinstance(refund, Refund)
    assert (refund.amount, refund.status) == (4800, "succeeded")
    assert jos.of(method)[0] == {"afsServiceId": "2"}
    plain, _ = api_of(lists(services=[row]))
    assert next(mapped(pulled(plain))).amount == 4950


def test_fen_and_yuan_meet_in_fen() -> None:
    """An order in yuan, its application in fen, its after-sale in yuan: the sums can be compared."""
    apply = {"id": "1", "orderId": ORDER_ID, "applyRefundSum": "9800", "status": 3}
    apply |= {"applyTime": "2026-11-21 18:01:00", "checkTime": "2026-11-21 18:02:00"}
    row = {"sameOrderServiceBill": {"serviceId": 2, "orderId": int(ORDER_ID)}, "status": 13, "refoundAmount": "98.00"}
    api, _ = api_of(lists(orders=[order(modified="2026-11-21 18:03:00")], applies=[apply], services=[row]))
    found = list(mapped(pulled(api)))
    assert {each.amounts.total for each in found if isinstance(each, Order)} == {9800}
    assert {each.amount for each in found if isinstance(each, Refund)} == {9800}


def test_list_and_detail_give_the_same_parts() -> None:
    """What the list tells of an order is what the detail call tells."""
    api, _ = api_of(lists(orders=[order(modified="2026-11-21 18:03:00")]))
    ref = Ref(ACCOUNT, "d", "pull")
    (event,) = pulled(api)
    detail = {"orderDetailInfo": {"orderInfo": order(modified="2026-11-21 18:03:00")}}
    body = msgspec.json.encode(wrapped("jingdong.pop.order.enGet", detail))
    assert CONNECTOR.canonical("order", event.payload, ref) == CONNECTOR.canonical("order", body, ref)


def test_a_child_takes_its_parents_place() -> None:
    """The platform forgets an order that it splits: without a word of it both would count."""
    case = load("jd", "order-split-grandchild")
    child, *parents = CONNECTOR.canonical("order", case.body, case.ref)
    assert isinstance(child, Order)
    assert child.extra["parent_order"] == "324978630973200003"
    assert [(each.order_id, each.status) for each in parents if isinstance(each, Order)] == [
        ("324978630973200003", "cancelled"),
        ("324978630973200001", "cancelled"),
    ]
