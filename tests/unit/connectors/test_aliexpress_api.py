"""AliExpress's API: two ways of signing, tokens, answers told apart, orders read and listed; pushes refused by default."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, RawRequest, Ref, Secrets, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected, Retriable, Skippable
from chalicelib.toolkit.iop import sign
from connectors.aliexpress import CONNECTOR
from connectors.aliexpress.api import call, renew
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

ACCOUNT = Account("demo", "aliexpress", "acme", {"push_algorithm": "hmac-sha256"})
SECRETS = {"app_key": "501234", "app_secret": "AliSecretOfTests0123456789abcdef"}
DETAIL, LIST = "aliexpress.trade.new.redefining.findorderbyid", "aliexpress.solution.order.get"
ORDER_ID = "8190000000000001"
SYNC, REFRESH = "POST /sync", "POST /rest/auth/token/refresh"
FRESH = {"code": "0", "access_token": "token-two", "expires_in": "86400", "refresh_token": "refresh-two", "expire_time": 1}
OVER = {"error_response": {"code": "IllegalAccessToken", "msg": "x", "request_id": "r"}}
SINCE = datetime(2026, 11, 1, tzinfo=UTC)


def root(method: str, value: Any) -> HttpResponse:
    return reply({f"{method.replace('.', '_')}_response": value})


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, **secrets: str) -> Api:
    return make_api(ACCOUNT, {**SECRETS, **secrets}, FakeHttp(routes), tokens)


def form(request: HttpRequest) -> dict[str, str]:
    return dict(parse_qsl((request.body or b"").decode()))


def sent(api: Api) -> list[HttpRequest]:
    assert isinstance(api.http, FakeHttp)
    return api.http.sent


def order(**told: Any) -> dict[str, Any]:
    money = {"amount": "20.00", "currency_code": "USD"}
    child = {"id": 11, "product_count": 1, "product_price": money, "logistics_amount": {"amount": "0", "currency_code": "USD"}}
    times = {"gmt_create": "2026-11-20 00:00:00", "gmt_modified": "2026-11-20 00:02:00"}
    lines = {"child_order_list": {"aeop_tp_child_order_dto": [child]}}
    head = {"id": int(ORDER_ID), "order_status": "WAIT_SELLER_SEND_GOODS", "fund_status": "PAY_SUCCESS", "order_amount": money}
    return {**head, **times, **lines, **told}


def push(**data: Any) -> Event:
    body = json.dumps(
        {"data": {"orderId": int(ORDER_ID), **data}, "message_type": 53, "seller_id": "1234", "timestamp": 1795248000}
    )
    return CONNECTOR.events(RawRequest("POST", "https://hooks.example.com", {}, (), body.encode()), Ref(ACCOUNT, "d-1", "push"))[0]


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, Ref(ACCOUNT, event.delivery_id, "push"))


def test_business_methods_are_signed_without_a_path() -> None:
    """What goes out in the form is what is signed; parameters that are objects go as JSON."""
    api = api_of({SYNC: root(DETAIL, {"target": order()})})

    call(api, DETAIL, {"param1": {"order_id": 1}})

    told = form(sent(api)[0])
    assert sent(api)[0].url == "https://api-sg.aliexpress.com/sync"
    assert (told["param1"], told["session"], told["timestamp"]) == ('{"order_id":1}', "token-one", str(int(NOW.timestamp() * 1000)))
    assert told["sign"] == sign(SECRETS["app_secret"], "", told.items())


def test_token_that_is_over_is_renewed_once_and_system_calls_are_signed_with_their_path() -> None:
    tokens = FakeTokens()
    api = api_of({SYNC: [reply(OVER), root(DETAIL, {"target": {}})], REFRESH: [reply(FRESH)]}, tokens)

    call(api, DETAIL, {})

    told = form(sent(api)[1])
    assert tokens.stored == Token("token-two", NOW + timedelta(days=1), "refresh-two")
    assert told["refresh_token"] == "refresh-one"
    assert told["sign"] == sign(SECRETS["app_secret"], "/auth/token/refresh", told.items())
    assert form(sent(api)[2])["session"] == "token-two"


def test_token_refused_again_does_not_loop() -> None:
    with pytest.raises(Retriable, match="token-refused"):
        call(api_of({SYNC: [reply(OVER), reply(OVER)], REFRESH: [reply(FRESH)]}), DETAIL, {})


def test_revoked_token_and_new_authorisation() -> None:
    gone = reply({"code": "IllegalRefreshToken", "type": "ISV"})
    with pytest.raises(Permanent, match="token-revoked"):
        renew(api_of({REFRESH: gone}), Token("old", None, "dead"))
    assert (
        renew(api_of({REFRESH: [gone, reply(FRESH)]}, refresh_token="anew"), Token("x", None, "dead")).access_token == "token-two"
    )
    with pytest.raises(ConfigError, match="secret-missing"):
        renew(api_of({}), None)


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (reply({"error_response": {"code": 7, "sub_code": "x"}}), Retriable, "platform-throttled"),
        (reply({"code": "ApiCallLimit", "type": "ISV"}), Retriable, "platform-throttled"),
        (reply({"error_response": {"code": "IncompleteSignature"}}), ConfigError, "signature-refused"),
        (reply({"error_response": {"code": 15, "sub_code": "isv.x"}}), Permanent, "platform-refused"),
        (reply({"something_else": {}}), Retriable, "answer-malformed"),
        (reply(b"<html>"), Retriable, "answer-malformed"),
        (reply({}, status=404), Permanent, "platform-refused"),
    ],
)
def test_answers_told_apart(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        call(api_of({SYNC: answer}), DETAIL, {})


def test_push_is_a_hint_to_read_the_order() -> None:
    """The push says closed, the platform says paid: the platform is believed."""
    api = api_of({SYNC: root(DETAIL, {"target": order()})})

    (told,) = mapped(CONNECTOR.hydrate(push(orderStatus="OrderClosed"), api))

    assert (told.order_id, told.status) == (ORDER_ID, "paid")
    assert json.loads(form(sent(api)[0])["param1"]) == {"order_id": int(ORDER_ID), "show_id": 1}


def test_answers_about_nothing_or_another_order() -> None:
    with pytest.raises(Skippable, match="resource-missing"):
        CONNECTOR.hydrate(push(), api_of({SYNC: root(DETAIL, {})}))
    with pytest.raises(Permanent, match="another order"):
        CONNECTOR.hydrate(push(), api_of({SYNC: root(DETAIL, {"target": order(id=5)})}))
    with pytest.raises(Permanent, match="platform-refused"):
        CONNECTOR.hydrate(push(), api_of({SYNC: root(DETAIL, {"result": {"success": False, "error_code": "13"}})}))


@pytest.mark.parametrize("algorithm", [None, "", "none", "HMAC-SHA256 "])
def test_pushes_are_refused_until_configured(algorithm: str | None) -> None:
    """Even a signature that would be right opens nothing."""
    options = {} if algorithm is None else {"push_algorithm": algorithm}
    account, secrets = Account("demo", "aliexpress", "acme", options), Secrets({name: (value,) for name, value in SECRETS.items()})
    request = CONNECTOR.sign(RawRequest("POST", "https://hooks.example.com", {}, (), b"{}"), account, secrets, NOW)
    with pytest.raises(Rejected, match="push-not-configured") as caught:
        CONNECTOR.verify(request, account, secrets, NOW)
    assert caught.value.status == 403


class Shop:
    """Orders by change, searched in US Pacific time as the platform does."""

    def __init__(self, count: int) -> None:
        self.orders = {8190000000000000 + index: SINCE + timedelta(hours=index) for index in range(count)}

    def search(self, request: HttpRequest) -> HttpResponse:
        told = json.loads(form(request)["param0"])
        assert told["page_size"] <= 50
        spelt = {key: self.spell(at) for key, at in self.orders.items()}
        low, high = told["modified_date_start"], told["modified_date_end"]
        found = sorted((at, key) for key, at in spelt.items() if low <= at <= high)
        start = (told["current_page"] - 1) * told["page_size"]
        page = [{"order_id": key, "gmt_update": at} for at, key in found[start : start + told["page_size"]]]
        return root(
            LIST, {"result": {"success": True, "total_count": len(found), "target_list": {"order_dto": page} if page else {}}}
        )

    def spell(self, at: datetime) -> str:
        winter = at >= datetime(2026, 11, 1, 9, tzinfo=UTC)
        return (at - timedelta(hours=8 if winter else 7)).strftime("%Y-%m-%d %H:%M:%S")


def test_every_changed_order_comes_thin_also_across_the_end_of_summer_time() -> None:
    shop = Shop(170)
    pages = list(CONNECTOR.pull_orders(SINCE, SINCE + timedelta(hours=170), None, api_of({SYNC: shop.search})))
    events = [event for page in pages for event in page.events]

    assert {event.resource_id for event in events} == {str(key) for key in shop.orders}
    assert all(event.thin for event in events) and pages[-1].cursor is None
    for place, page in enumerate(pages[:-1]):
        rest = CONNECTOR.pull_orders(SINCE, SINCE + timedelta(hours=170), page.cursor, api_of({SYNC: shop.search}))
        assert [each.events for each in rest] == [each.events for each in pages[place + 1 :]]


def test_list_that_ends_early_or_fails_is_an_error() -> None:
    short = root(LIST, {"result": {"success": True, "total_count": 2, "target_list": {}}})
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of({SYNC: short})))
    failed = root(LIST, {"result": {"success": False, "error_code": "13", "total_count": 0}})
    with pytest.raises(Permanent, match="platform-refused"):
        list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of({SYNC: failed})))
    with pytest.raises(Permanent, match="cursor-malformed"):
        list(CONNECTOR.pull_orders(SINCE, NOW, "x", api_of({})))


def test_push_and_pull_of_one_order_tell_the_same() -> None:
    listed = root(LIST, {"result": {"total_count": 1, "target_list": {"order_dto": [{"order_id": int(ORDER_ID)}]}}})
    pulled = next(iter(CONNECTOR.pull_orders(SINCE, NOW, None, api_of({SYNC: listed})))).events[0]
    detail = {SYNC: root(DETAIL, {"target": order()})}
    assert mapped(CONNECTOR.hydrate(pulled, api_of(detail))) == mapped(CONNECTOR.hydrate(push(), api_of(detail)))
