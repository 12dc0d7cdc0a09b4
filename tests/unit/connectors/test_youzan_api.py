"""Youzan's API: where the token goes, tokens of both kinds of application, hydration, pulls, evaluations."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, RawRequest, Ref, Secrets, Token
from chalicelib.domain.order import Order, Refund
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected, Retriable, Skippable
from chalicelib.toolkit.beijing import wall
from connectors.youzan import CONNECTOR
from connectors.youzan.api import call, renew
from connectors.youzan.push import event_sign
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

ACCOUNT = Account("demo", "youzan", "acme", {"kdt_id": "56232"})
SECRETS = {"client_id": "0a1b2c3d4e5f6a7b8c", "client_secret": "yz-secret-000111222"}
TID = "E20261120160000012345678"
GET, SOLD = "POST /api/youzan.trade.get/4.0.2", "POST /api/youzan.trades.sold.get/4.0.4"
REFUND, SEARCH = "POST /api/youzan.trade.refund.get/3.0.1", "POST /api/youzan.trade.refund.search/3.0.1"
EVALUATIONS, TOKEN = "POST /api/youzan.item.evaluation.query/1.0.0", "POST /auth/token"
OVER = {"gw_err_resp": {"err_code": 4203, "err_msg": "x", "trace_id": "t"}}
SINCE, UNTIL = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)


def ok(data: Any) -> HttpResponse:
    return reply({"success": True, "code": 200, "data": data, "message": "successful"})


def granted(**told: Any) -> HttpResponse:
    expires = int((NOW + timedelta(days=7)).timestamp() * 1000)
    return ok({"access_token": "token-two", "expires": expires, "scope": "x", "authority_id": "56232", **told})


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT, **secrets: str) -> Api:
    return make_api(account, {**SECRETS, **secrets}, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def body_of(request: HttpRequest) -> Any:
    assert request.body is not None
    return json.loads(request.body)


def trade(tid: str = TID, status: str = "WAIT_SELLER_SEND_GOODS", refunds: list[Any] | None = None) -> dict[str, Any]:
    head = {"tid": tid, "status": status, "refund_state": 2 if refunds else 0, "created": "2026-11-21 00:00:02"}
    row = {"oid": "2907387350277163963", "num": 1, "price": "40.00", "payment": "40.00", "title": "茶"}
    told = {"order_info": {**head, "pay_time": "2026-11-21 00:05:08", "update_time": "2026-11-21 10:00:00"}, "orders": [row]}
    return {"full_order_info": {**told, "pay_info": {"payment": "40.00", "post_fee": "0.00"}}, "refund_order": refunds}


def listed(refund_id: str = "R1") -> dict[str, Any]:
    return {"refund_id": refund_id, "refund_fee": "10.00", "refund_type": 1, "refund_state": 60, "oids": []}


def refund(refund_id: str = "R1", tid: str = TID, **told: Any) -> dict[str, Any]:
    times = {"created": "2026-11-21 09:00:00", "modified": "2026-11-21 10:00:00"}
    return {"refund_id": refund_id, "tid": tid, "status": "SUCCESS", "refund_fee": "10.00", "demand": 1, **times, **told}


def push(kind: str, at: datetime | None = None, **msg: Any) -> Event:
    told = {"tid": TID, **({"update_time": wall(at)} if at else {}), **msg}
    body = {"type": kind, "kdt_id": 56232, "id": TID, "msg_id": "m-1", "msg": told}
    request = RawRequest("POST", "https://hooks.example.com", {}, (), json.dumps(body).encode())
    return CONNECTOR.events(request, Ref(ACCOUNT, "d-1", "push"))[0]


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, Ref(ACCOUNT, event.delivery_id, "push"))


def test_token_goes_into_the_query_and_nowhere_else() -> None:
    api = api_of({GET: ok({"x": 1})})

    assert call(api, "youzan.trade.get", "4.0.2", {"tid": TID}) == b'{"x": 1}'

    (sent,) = http_of(api).sent
    assert (sent.url, sent.query) == ("https://open.youzanyun.com/api/youzan.trade.get/4.0.2", (("access_token", "token-one"),))
    assert sent.headers == {"content-type": "application/json"}
    assert body_of(sent) == {"tid": TID}


def test_own_application_asks_for_its_shop() -> None:
    api = api_of({TOKEN: granted()})

    found = renew(api, None)

    assert found == Token("token-two", NOW + timedelta(days=7), None)
    assert body_of(http_of(api).sent[0]) == {**SECRETS, "authorize_type": "silent", "grant_id": "56232", "refresh": False}
    assert http_of(api).sent[0].query == ()


def test_tool_application_renews_by_its_refresh_token() -> None:
    api = api_of({TOKEN: granted(refresh_token="refresh-two")}, refresh_token="refresh-zero")

    found = renew(api, Token("token-one", None, "refresh-one"))

    assert found.refresh_token == "refresh-two"
    assert body_of(http_of(api).sent[0])["refresh_token"] == "refresh-one"


def test_refused_refresh_tokens() -> None:
    """A tool application's shop must authorise again; an own application asks anew."""
    refused = reply({"success": False, "code": 10010, "message": "x"})
    with pytest.raises(Permanent, match="token-revoked"):
        renew(api_of({TOKEN: refused}, refresh_token="dead"), None)
    again = api_of({TOKEN: [refused, granted()]})
    assert renew(again, Token("old", None, "dead")).access_token == "token-two"
    with pytest.raises(ConfigError, match="application-refused"):
        renew(api_of({TOKEN: refused}), None)
    with pytest.raises(ConfigError, match="token-missing"):
        renew(api_of({}, account=replace(ACCOUNT, options={})), None)


def test_answer_without_a_token_is_no_revocation() -> None:
    """It would pause the account until its secrets change."""
    with pytest.raises(Permanent) as caught:
        renew(api_of({TOKEN: ok({"token": "x"})}, refresh_token="r"), None)
    assert caught.value.reason == "payload-malformed"


@pytest.mark.parametrize("told", [{"refund_type": "EXCHANGE_GOODS_FLOW"}, {"refund_type": 4}])
@pytest.mark.parametrize("state", [60, 1])
def test_exchange_gives_no_money_back(told: dict[str, Any], state: int) -> None:
    """Not even where its fee says what the goods are worth; nor does it leave a refund open."""
    row = trade(refunds=[{**listed(), **told, "refund_state": state, "oids": [{"oid": "2907387350277163963"}]}])
    row["full_order_info"]["order_info"]["refund_state"] = 0
    whole = push("trade_TradePaid", **row)
    order, exchange = mapped(whole)
    assert (order.amounts.refunded, order.refund_status, order.lines[0].refund_status) == (0, "none", "none")
    assert (exchange.kind, exchange.amount) == ("exchange", 0)


@pytest.mark.parametrize(
    ("expires", "life"),
    [
        (604800, timedelta(days=7)),
        (None, timedelta(hours=2)),
        (10**14, timedelta(hours=2)),
        (6 * 10**12, timedelta(days=366)),
        (1_600_000_000_000, timedelta(hours=2)),
    ],
    ids=["seconds", "untold", "beyond any time", "an instant far away", "an instant long ago"],
)
def test_lives_of_tokens(expires: int | None, life: timedelta) -> None:
    """An instant, a life in seconds, or nothing; never longer than a year."""
    assert renew(api_of({TOKEN: granted(expires=expires)}), None).expires_at == NOW + life


def test_token_that_is_over_is_renewed_once() -> None:
    tokens = FakeTokens()
    api = api_of({GET: [reply(OVER), ok({"x": 1})], TOKEN: [granted()]}, tokens, refresh_token="r")

    call(api, "youzan.trade.get", "4.0.2", {})

    assert dict(http_of(api).sent[2].query) == {"access_token": "token-two"}
    with pytest.raises(Retriable, match="token-refused"):
        call(api_of({GET: reply(OVER), TOKEN: granted()}), "youzan.trade.get", "4.0.2", {})


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (reply({"gw_err_resp": {"err_code": 4101}}), Retriable, "platform-throttled"),
        (reply({"gw_err_resp": {"err_code": 4204}}), ConfigError, "permission-missing"),
        (reply({"gw_err_resp": {"err_code": 4005}}), ConfigError, "api-unknown"),
        (reply({"gw_err_resp": {"err_code": 9}}), Permanent, "platform-refused"),
        (reply({"success": False, "code": 5000, "message": "trade not found"}), Permanent, "platform-refused"),
        (reply({"error_response": {"code": 50000, "msg": "x"}}), Permanent, "platform-refused"),
        (reply({"success": True, "code": 200, "data": None}), Permanent, "answer-empty"),
        (reply(b"<html>"), Retriable, "answer-malformed"),
        (reply({}, status=404), Permanent, "platform-refused"),
    ],
)
def test_answers_told_apart(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        call(api_of({GET: answer}), "youzan.trade.get", "4.0.2", {})


def test_thin_push_is_read_again_with_its_refunds() -> None:
    api = api_of({GET: ok(trade(refunds=[listed()])), REFUND: ok(refund())})

    order, told = mapped(CONNECTOR.hydrate(push("trade_TradeMemoModified"), api))

    assert isinstance(order, Order) and isinstance(told, Refund)
    assert (order.order_id, order.amounts.refunded, order.refund_status) == (TID, 1000, "partial")
    assert (told.refund_id, told.closed_at) == ("R1", datetime(2026, 11, 21, 2, tzinfo=UTC))


def test_refund_push_reads_the_refund_that_the_order_does_not_name_yet() -> None:
    api = api_of({GET: ok(trade()), REFUND: ok(refund("R9", status="WAIT_SELLER_AGREE"))})

    _, told = mapped(CONNECTOR.hydrate(push("youzan_trade_RefundCreated", refund_id="R9"), api))

    assert (told.refund_id, told.status) == ("R9", "requested")


def test_read_that_is_behind_the_push_comes_too_early() -> None:
    """For five minutes; then the platform is believed."""
    api = api_of({GET: ok(trade())})
    with pytest.raises(Retriable, match="platform-behind") as caught:
        CONNECTOR.hydrate(push("trade_TradeSellerShip", NOW - timedelta(seconds=2)), api)
    assert caught.value.after == 30
    (order,) = mapped(CONNECTOR.hydrate(push("trade_TradeSellerShip", NOW - timedelta(minutes=6)), api))
    assert order.status == "paid"
    further = api_of({GET: ok(trade(status="TRADE_SUCCESS"))})
    assert mapped(CONNECTOR.hydrate(push("trade_TradeSellerShip", NOW), further))[0].status == "completed"


@pytest.mark.parametrize(
    ("routes", "match"),
    [
        ({GET: ok(trade("E1"))}, "another order"),
        ({GET: ok({"full_order_info": {}})}, "another order"),
        ({GET: ok(trade(refunds=[listed()])), REFUND: ok(refund("R2"))}, "another refund"),
        ({GET: ok(trade(refunds=[listed()])), REFUND: ok(refund(tid="E1"))}, "another refund"),
    ],
)
def test_answers_about_something_else_are_refused(routes: dict[str, Any], match: str) -> None:
    with pytest.raises(Permanent, match=match):
        CONNECTOR.hydrate(push("trade_TradeMemoModified"), api_of(routes))


def test_other_kinds_are_not_read() -> None:
    with pytest.raises(Skippable):
        CONNECTOR.hydrate(replace(push("trade_TradeMemoModified"), kind="product"), api_of({}))


def listing(name: str, rows: list[Any], total_name: str) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        told = body_of(request)
        size, page = told["page_size"], told["page_no"]
        return ok({total_name: len(rows), name: rows[(page - 1) * size : page * size]})

    return answer


def pulled(api: Api, cursor: str | None = None) -> list[Event]:
    return [event for page in CONNECTOR.pull_orders(SINCE, UNTIL, cursor, api) for event in page.events]


def test_pull_of_orders_and_refunds() -> None:
    rows = [{"full_order_info": trade(f"E{number}")["full_order_info"]} for number in range(130)]
    routes = {
        SOLD: listing("full_order_info_list", rows, "total_results"),
        SEARCH: listing("refunds", [refund(tid="E1")], "total"),
    }
    api = api_of(routes)

    events = pulled(api)

    assert sorted(event.resource_id or "" for event in events) == sorted([*(f"E{number}" for number in range(130)), "R1"])
    first = body_of(http_of(api).sent[0])
    assert (first["start_update"], first["end_update"]) == ("2026-11-20 08:00:00", "2026-11-21 08:00:01")
    assert (first["page_no"], first["page_size"]) == (1, 100)
    search = body_of(next(sent for sent in http_of(api).sent if "refund.search" in sent.url))
    assert search["update_time_start"] == int(SINCE.timestamp())


def test_pull_ends_half_a_minute_ago() -> None:
    api = api_of({SOLD: listing("full_order_info_list", [], "total_results"), SEARCH: listing("refunds", [], "total")})

    list(CONNECTOR.pull_orders(SINCE, NOW, None, api))

    assert body_of(http_of(api).sent[0])["end_update"] == wall(NOW - timedelta(seconds=29))


def test_short_page_is_an_error() -> None:
    with pytest.raises(Permanent, match="pull-truncated"):
        pulled(api_of({SOLD: ok({"total_results": 3, "full_order_info_list": [trade("E1")]})}))


def test_push_and_pull_give_the_same_order() -> None:
    """A whole push, a hydrated one and a pulled row of one order are the same canonical order."""
    row = {**trade(), "delivery_order": []}
    whole = push("trade_TradePaid", **row)
    thin = CONNECTOR.hydrate(push("trade_TradeMemoModified"), api_of({GET: ok(row)}))
    routes = {SOLD: listing("full_order_info_list", [row], "total_results"), SEARCH: listing("refunds", [], "total")}
    (listed_row,) = pulled(api_of(routes))

    assert not whole.thin
    assert mapped(whole) == mapped(thin) == mapped(listed_row)


def test_evaluations() -> None:
    row = {"alias": "a1", "order_no": TID, "desc_rate": 5, "review": "好", "created_time": "2026-11-20 10:00:00"}
    api = api_of({EVALUATIONS: listing("items", [row], "total_count")})

    (page,) = CONNECTOR.pull_reviews(SINCE, UNTIL, None, api)

    (review,) = mapped(page.events[0])
    assert (review.review_id, review.rating, review.order_id) == ("a1", 5, TID)
    assert body_of(http_of(api).sent[0])["start_created"] == "2026-11-20 08:00:00"


def test_evaluations_of_another_shape_are_an_error_not_none() -> None:
    api = api_of({EVALUATIONS: ok({"total_count": 0, "list": []})})
    with pytest.raises(Permanent, match="payload-malformed"):
        list(CONNECTOR.pull_reviews(SINCE, UNTIL, None, api))


def test_the_body_s_own_sign_is_worth_nothing() -> None:
    """It leaves most of the body out; only the header counts."""
    body = json.dumps({"client_id": SECRETS["client_id"], "type": "POINTS", "kdt_id": 1, "msg": "x", "sign": "0" * 32}).encode()
    secrets = Secrets({name: (value,) for name, value in SECRETS.items()})
    good = event_sign(SECRETS["client_id"], body, SECRETS["client_secret"]).upper()
    request = RawRequest("POST", "https://hooks.example.com", {"event-sign": (good,)}, (), body)
    assert CONNECTOR.verify(request, ACCOUNT, secrets, NOW).shop == {"kdt_id": "1"}
    with pytest.raises(Rejected, match="client-id"):
        CONNECTOR.verify(replace(request, headers={**request.headers, "client-id": ("other",)}), ACCOUNT, secrets, NOW)
