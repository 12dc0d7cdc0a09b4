"""Ele.me: the signature of calls and pushes, tokens, hydration, the orders of each day, reviews and answers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, RawRequest, Ref, Secrets, Target, Token
from chalicelib.domain.order import Order, Refund
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from connectors.eleme import CONNECTOR
from connectors.eleme.api import call, renew, sign
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

SECRETS = {"app_key": "wYO4C8ZLzB", "app_secret": "8e81ef8b73593d6b24e0cd9f11cbe3132d11ab8e"}
ACCOUNT = Account("demo", "eleme", "acme", {"shop_id": "968861"})
ID = "3012966986714717290"
API, TOKEN = "POST /api/v1/", "POST /token"
GET, ALL = "eleme.order.getOrder", "eleme.order.getAllOrders"
REFUND, DELIVERIES = "eleme.order.getRefundOrder", "eleme.order.batchGetDeliveryStates"
RATES, REPLY = "eleme.ugc.getOrderRatesByShopId", "eleme.ugc.replyRateByRateIdAndShopId"


def ok(result: Any) -> HttpResponse:
    return reply({"id": "X|1", "result": result, "error": None})


def refused(code: str) -> HttpResponse:
    return reply({"id": "X|1", "result": None, "error": {"code": code, "message": "x"}})


def body_of(request: HttpRequest) -> Any:
    assert request.body is not None
    return json.loads(request.body)


def by_action(answers: dict[str, Any]) -> Any:
    def answer(request: HttpRequest) -> HttpResponse:
        found = answers[body_of(request)["action"]]
        made = found(body_of(request)["params"]) if callable(found) else found.pop(0) if isinstance(found, list) else found
        assert isinstance(made, HttpResponse)
        return made

    return answer


def api_of(answers: dict[str, Any], tokens: FakeTokens | None = None, token: Any = None, **secrets: str) -> Api:
    return make_api(ACCOUNT, {**SECRETS, **secrets}, FakeHttp({API: by_action(answers), TOKEN: token}), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def order(order_id: str = ID, **told: Any) -> dict[str, Any]:
    items = [{"id": 1, "name": "茶", "price": 10.0, "quantity": 1}]
    head = {"id": order_id, "orderId": order_id, "createdAt": "2026-11-21T00:05:00", "activeAt": "2026-11-21T00:05:10"}
    money = {"totalPrice": 10.0, "deliverFee": 0.0, "packageFee": 0.0, "hongbao": 0.0, "shopPart": 0.0, "elemePart": 0.0}
    return {**head, **money, "status": "valid", "onlinePaid": True, "groups": [{"type": "normal", "items": items}], **told}


def push(kind: int, **message: Any) -> Event:
    told = json.dumps({"orderId": ID, **message})
    body = json.dumps({"requestId": "r-1", "type": kind, "message": told, "shopId": 968861}).encode()
    return CONNECTOR.events(RawRequest("POST", "https://hooks.example.com", {}, (), body), Ref(ACCOUNT, "d-1", "push"))[0]


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, Ref(ACCOUNT, event.delivery_id, "push"))


def test_official_vector() -> None:
    """The walk-through of the platform's signing page."""
    metas, params = {"app_key": SECRETS["app_key"], "timestamp": 1486217703}, {"orderId": "100027526535707064"}
    token = "ed72bdaef7b635ecf9279147d76d6a55"
    assert sign(GET, token, metas, params, SECRETS["app_secret"]) == "B450D7598455D163488A2ABEB1E0E0C5"


def test_what_is_nested_is_signed_as_compact_json() -> None:
    """Neither slashes nor Chinese are escaped, and keys keep their order."""
    told, turned = {"x": {"b": "茶/1", "a": [1, 2]}}, {"x": {"a": [1, 2], "b": "茶/1"}}
    assert sign("a", "t", {}, told, "s") == sign("a", "t", told, {}, "s")
    assert sign("a", "t", {}, told, "s") != sign("a", "t", {}, turned, "s")


def test_check_of_the_address_is_answered_and_carries_nothing() -> None:
    secrets = Secrets({"app_secret": (SECRETS["app_secret"],)})
    for method in ("GET", "POST"):
        found = CONNECTOR.verify(RawRequest(method, "https://hooks.example.com", {}, (), b""), ACCOUNT, secrets, NOW)
        assert (found.carries_event, found.reply.body) == (False, '{"message":"ok"}')


def test_call_signs_what_it_sends() -> None:
    api = api_of({GET: ok({"x": 1})})

    assert call(api, GET, {"orderId": ID}) == b'{"x": 1}'

    (sent,) = http_of(api).sent
    told = body_of(sent)
    assert sent.url == "https://open-api.shop.ele.me/api/v1/"
    assert sent.headers["x-eleme-requestid"] == told["id"] and told["id"].endswith(f"|{int(NOW.timestamp() * 1000)}")
    assert (told["nop"], told["token"], told["metas"]["timestamp"]) == ("1.0.0", "token-one", int(NOW.timestamp()))
    assert told["signature"] == sign(GET, "token-one", told["metas"], told["params"], SECRETS["app_secret"])


def test_tokens_of_own_and_of_other_shops() -> None:
    fresh = reply({"access_token": "token-two", "expires_in": 86400, "refresh_token": "refresh-two"})
    own = api_of({}, token=fresh)
    assert renew(own, None) == Token("token-two", NOW + timedelta(days=1), "refresh-two")
    (sent,) = http_of(own).sent
    assert dict(parse_qsl((sent.body or b"").decode()))["grant_type"] == "client_credentials"
    assert sent.headers["authorization"].startswith("Basic ")
    other = api_of({}, token=[reply({"error": "invalid_grant"}, status=400), fresh], refresh_token="anew")
    assert renew(other, Token("old", None, "dead")).access_token == "token-two"
    with pytest.raises(Permanent, match="token-revoked"):
        renew(api_of({}, token=reply({"error": "invalid_grant"}, status=400), refresh_token="dead"), None)


def test_own_shops_ask_anew_when_their_refresh_token_is_over() -> None:
    """Nobody authorised anything that could be revoked."""
    answers = [reply({"error": "invalid_grant"}, status=400), reply({"access_token": "token-two", "expires_in": 60})]
    api = api_of({}, token=answers)
    assert renew(api, Token("old", None, "dead")) == Token("token-two", NOW + timedelta(minutes=1), None)
    kinds = [dict(parse_qsl((sent.body or b"").decode()))["grant_type"] for sent in http_of(api).sent]
    assert kinds == ["refresh_token", "client_credentials"]


def test_token_that_is_over_is_renewed_once() -> None:
    fresh = reply({"access_token": "token-two", "expires_in": 86400})
    api = api_of({GET: [refused("UNAUTHORIZED"), ok({})]}, FakeTokens(), fresh)
    call(api, GET, {})
    assert body_of(http_of(api).sent[2])["token"] == "token-two"
    with pytest.raises(Retriable, match="token-refused"):
        call(api_of({GET: refused("UNAUTHORIZED")}, FakeTokens(), fresh), GET, {})


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (refused("EXCEED_LIMIT"), Retriable, "platform-throttled"),
        (refused("SERVER_ERROR"), Retriable, "platform-error"),
        (refused("INVALID_SIGNATURE"), ConfigError, "signature-refused"),
        (refused("INVALID_TIMESTAMP"), ConfigError, "clock-refused"),
        (refused("PERMISSION_DENIED"), ConfigError, "permission-missing"),
        (refused("BIZ_1001"), Permanent, "platform-refused"),
        (reply(b"<html>"), Retriable, "answer-malformed"),
        (reply({}, status=404), Permanent, "platform-refused"),
    ],
)
def test_answers_told_apart(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        call(api_of({GET: answer}), GET, {})


def test_core_push_is_read_again() -> None:
    (told,) = mapped(CONNECTOR.hydrate(push(217), api_of({GET: ok(order(status="unprocessed"))})))
    assert (told.order_id, told.status, told.amounts.total) == (ID, "paid", 1000)


def test_downgraded_order_is_read_until_it_is_whole() -> None:
    event = push(10, id=ID, status="unprocessed", downgraded=True)
    assert event.thin
    with pytest.raises(Retriable, match="order-downgraded") as caught:
        CONNECTOR.hydrate(event, api_of({GET: ok(order(downgraded=True))}))
    assert caught.value.after == 30
    assert mapped(CONNECTOR.hydrate(event, api_of({GET: ok(order())})))[0].amounts.total == 1000


def test_delivery_moves_the_order_and_its_clock() -> None:
    event = push(55, updateAt=1795191500000)
    (told,) = mapped(CONNECTOR.hydrate(event, api_of({GET: ok(order())})))
    at = datetime.fromtimestamp(1795191500, UTC)
    assert (told.status, told.shipped_at, told.updated_at, event.occurred_at) == ("shipped", at, at, at)


def test_refund_push_is_whole_and_leaves_the_order_alone() -> None:
    """A re-read order would say accepted again where deliveries said that it was handed over."""
    event = push(33, refundStatus="successful", refundType="part", totalPrice=2.5, updateTime=1795199000)
    (told,) = mapped(CONNECTOR.hydrate(event, api_of({})))
    assert isinstance(told, Refund) and (told.amount, told.status) == (250, "succeeded")
    answers = {GET: ok(order(refundStatus="successful")), REFUND: ok({"refundStatus": "successful", "totalPrice": 2.5})}
    (again,) = mapped(CONNECTOR.hydrate(push(218), api_of(answers)))
    assert isinstance(again, Order) and (again.refund_status, again.amounts.refunded) == ("partial", 250)


def test_whole_push_is_not_read_again() -> None:
    event = push(10, **order())
    assert not event.thin and CONNECTOR.hydrate(event, api_of({})) is event


def test_others_are_refused() -> None:
    with pytest.raises(Permanent, match="another order"):
        CONNECTOR.hydrate(push(12), api_of({GET: ok(order("5"))}))
    with pytest.raises(Skippable):
        CONNECTOR.hydrate(replace(push(12), kind="product"), api_of({}))


def listed(days: dict[str, int]) -> Any:
    def answer(params: dict[str, Any]) -> HttpResponse:
        assert params["shopId"] == 968861 and params["pageSize"] == 50
        rows = [order(f"{params['date'].replace('-', '')}{number:05d}") for number in range(days.get(params["date"], 0))]
        return ok({"list": rows[(params["pageNo"] - 1) * 50 : params["pageNo"] * 50], "total": len(rows)})

    return answer


def test_every_order_of_every_day_and_a_pull_that_resumes() -> None:
    answers = {ALL: listed({"2026-11-19": 3, "2026-11-20": 120, "2026-11-21": 50}), DELIVERIES: ok(None)}
    since = datetime(2026, 11, 20, 1, tzinfo=UTC)

    pages = list(CONNECTOR.pull_orders(since, NOW, None, api_of(answers)))

    found = [event.resource_id for page in pages for event in page.events]
    assert len(found) == len(set(found)) == 173 and pages[-1].cursor is None
    for place, page in enumerate(pages[:-1]):
        rest = list(CONNECTOR.pull_orders(since, NOW, page.cursor, api_of(answers)))
        assert [each.resource_id for one in rest for each in one.events] == found[sum(len(p.events) for p in pages[: place + 1]) :]
    with pytest.raises(Permanent, match="cursor-malformed"):
        list(CONNECTOR.pull_orders(since, NOW, "2026-11-21.x", api_of({})))


def swept(row: dict[str, Any], deliveries: Any, **answers: Any) -> Event:
    """The event of a pull of one row."""
    api = api_of({ALL: ok({"list": [row], "total": 1}), DELIVERIES: ok(deliveries), **answers})
    return next(iter(CONNECTOR.pull_orders(NOW, NOW, "2026-11-21.1", api))).events[0]


@pytest.mark.parametrize(("state", "told"), [("delivering", "shipped"), ("completed", "delivered"), ("tobeFetched", "paid")])
def test_row_is_as_far_as_its_delivery(state: str, told: str) -> None:
    """What the push of the delivery would have said, and when."""
    (found,) = mapped(swept(order(), {ID: {"orderId": ID, "state": state, "createdAt": "2026-11-21T00:45:00"}}))
    at = datetime(2026, 11, 20, 16, 45, tzinfo=UTC)
    assert (found.status, found.shipped_at or found.delivered_at) == (told, None if told == "paid" else at)
    assert (found.updated_at == at) is (told != "paid")


def test_row_of_an_order_that_ended_is_newer_than_its_delivery() -> None:
    """A lost push of the end is made good, although a row tells no time; read again it is the same delivery."""
    event = swept(order(status="settled"), {})
    (found,) = mapped(event)
    assert (found.status, found.updated_at, event.occurred_at) == ("completed", None, NOW)
    api = api_of({ALL: ok({"list": [order(status="settled")], "total": 1})})
    later = replace(api, now=lambda: NOW + timedelta(hours=1))
    again = next(iter(CONNECTOR.pull_orders(NOW, NOW, "2026-11-21.1", later))).events[0]
    assert again.delivery_id == event.delivery_id != swept(order(status="invalid"), {}).delivery_id
    assert again.occurred_at == NOW + timedelta(hours=1) and mapped(again) == (found,)


def test_row_tells_how_much_went_back() -> None:
    back = {"orderId": ID, "refundStatus": "successful", "refundType": "part", "totalPrice": 2.5}
    (found,) = mapped(swept(order(refundStatus="successful"), {}, **{REFUND: ok(back)}))
    assert (found.refund_status, found.amounts.refunded) == ("partial", 250)


def test_what_is_taken_off_stays_on_the_order() -> None:
    (found,) = mapped(swept(order(shopPart=-2.0, hongbao=-1.0, totalPrice=7.0), {}))
    (line,) = found.lines
    assert (line.discount, line.total, found.amounts.discount_seller, found.amounts.discount_platform) == (0, 1000, 200, 100)


def test_short_page_is_an_error() -> None:
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_orders(NOW, NOW, None, api_of({ALL: ok({"list": [order()], "total": 2})})))


def test_push_and_pull_give_the_same_order() -> None:
    """A whole push, one that is read again and a listed row."""
    whole = push(10, **order())
    thin = CONNECTOR.hydrate(push(217), api_of({GET: ok(order())}))
    assert mapped(whole) == mapped(thin) == mapped(swept(order(), None))


def test_reviews() -> None:
    rows = [{"rateId": str(number), "rating": 5, "ratedAt": "2026-11-20T12:00:00"} for number in range(1, 26)]
    api = api_of({RATES: lambda params: ok(rows[params["offset"] : params["offset"] + params["pageSize"]])})

    pages = list(CONNECTOR.pull_reviews(datetime(2026, 1, 1, tzinfo=UTC), NOW, None, api))

    assert [len(page.events) for page in pages] == [20, 5, 0]
    assert body_of(http_of(api).sent[0])["params"]["startTime"] == "2026-08-24T20:00:00"
    assert mapped(pages[0].events[0])[0].rating == 5


def test_reviews_end_with_an_empty_page_however_short_pages_are() -> None:
    rows = [{"rateId": str(number), "rating": 5} for number in range(1, 26)]
    api = api_of({RATES: lambda params: ok(rows[params["offset"] : params["offset"] + 8])})
    pages = CONNECTOR.pull_reviews(NOW - timedelta(days=1), NOW, None, api)
    assert [event.resource_id for page in pages for event in page.events] == [row["rateId"] for row in rows]


def test_answers_are_said_once() -> None:
    api = api_of({REPLY: ok(None)})
    CONNECTOR.reply(Target("review", "7"), "谢谢", api)
    (sent,) = http_of(api).sent
    assert sent.once and body_of(sent)["params"]["reply"] == "谢谢"
    with pytest.raises(Permanent, match="outcome-unknown"):
        CONNECTOR.reply(Target("review", "7"), "x", api_of({REPLY: refused("SERVER_ERROR")}))
    with pytest.raises(Permanent, match="target-refused"):
        CONNECTOR.reply(Target("order", "7"), "x", api_of({}))
