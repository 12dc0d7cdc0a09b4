"""Douyin's API: the vector of the signature, tokens, errors inside HTTP 200, hydration and the pull."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, RawRequest, Ref, Token
from chalicelib.domain.order import Order, Refund
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from connectors.douyin import CONNECTOR
from connectors.douyin.api import call, param_json, renew, sign
from connectors.douyin.pull import SIZE
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

ACCOUNT = Account("demo", "douyin", "acme", {"shop_id": "95250"})
SECRETS = {"app_key": "6838370429421454862", "app_secret": "7ab5a1d0-2c3e-4f50-8a6b-0123456789ab"}
DETAIL, AFTERSALE = "POST /order/orderDetail", "POST /afterSale/Detail"
ORDERS, AFTERSALES = "POST /order/searchList", "POST /afterSale/List"
EXPIRED = {"code": 40003, "msg": "x", "sub_code": "isv.access-token-expired", "data": None}


def ok(data: Any) -> HttpResponse:
    return reply({"code": 10000, "msg": "success", "data": data})


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT, **secrets: str) -> Api:
    return make_api(account, {**SECRETS, **secrets}, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def order(number: int = 6900000000000000101, **told: Any) -> dict[str, Any]:
    sku = {"order_id": number, "item_num": 1, "origin_amount": 900, "promotion_amount": 0}
    return {"order_id": str(number), "shop_id": 95250, "order_status": 2, "pay_amount": 900, "sku_order_list": [sku], **told}


def push(tag: int = 101, **data: Any) -> Event:
    body = json.dumps([{"tag": tag, "msg_id": "m-1", "data": {"p_id": 6900000000000000101, "shop_id": 95250, **data}}])
    request = RawRequest("POST", "https://hooks.example.com", {}, (), body.encode())
    return CONNECTOR.events(request, Ref(ACCOUNT, "d-1", "push"))[0]


def test_vector_of_the_signature() -> None:
    """The official SDK's algorithm over fixed parameters gives the fixed signature; the JSON is what is signed."""
    params = {"size": 100, "page": 0, "update_time_start": 1618990000, "order_by": "update_time"}
    expected = "ea7428db7edaaaa190f235a0ec6a82939b81b1f0f117a09cc254d7df6267399b"

    told = param_json(params)

    assert told == b'{"order_by":"update_time","page":0,"size":100,"update_time_start":1618990000}'
    assert sign(SECRETS["app_key"], SECRETS["app_secret"], "order.searchList", told, "1618990587") == expected


def test_parameters_are_not_escaped() -> None:
    """Angle brackets, ampersands and Chinese stay literal, keys are sorted at every depth."""
    assert param_json({"b": {"y": "<&>", "x": "中"}, "a": 1}) == '{"a":1,"b":{"x":"中","y":"<&>"}}'.encode()
    assert param_json({}) == b"{}"


def test_call_sends_what_it_signs() -> None:
    """The token is a query parameter of its own, neither it nor the method of signing is signed."""
    api = api_of({DETAIL: ok({"x": 1})})

    call(api, "order.orderDetail", {"shop_order_id": "1"})

    (sent,) = http_of(api).sent
    query = dict(sent.query)
    stamp = str(int(NOW.timestamp()))
    assert sent.url == "https://openapi-fxg.jinritemai.com/order/orderDetail"
    assert sent.body == b'{"shop_order_id":"1"}'
    assert query["access_token"] == "token-one" and query["timestamp"] == stamp
    assert query["sign"] == sign(SECRETS["app_key"], SECRETS["app_secret"], "order.orderDetail", sent.body, stamp)


def test_sandbox_is_an_option() -> None:
    """A sandbox shop is read from the sandbox."""
    api = api_of({DETAIL: ok({"x": 1})}, account=replace(ACCOUNT, options={"sandbox": "true"}))

    call(api, "order.orderDetail", {})

    assert urlsplit(http_of(api).sent[0].url).hostname == "openapi-sandbox.jinritemai.com"


def test_old_shape_of_an_answer_is_read() -> None:
    """Without `code` it is `err_no` that says success."""
    assert bytes(call(api_of({DETAIL: reply({"err_no": 0, "message": "success", "data": {"x": 1}})}), "order.orderDetail", {}))
    with pytest.raises(Permanent):
        call(api_of({DETAIL: reply({"err_no": 7, "message": "no", "data": None})}), "order.orderDetail", {})


def test_expired_token_is_renewed_once_and_the_call_repeated() -> None:
    """Expiry in the middle costs one refresh, and the second try has the new token."""
    fresh = {"access_token": "token-two", "expires_in": 604800, "refresh_token": "refresh-two"}
    tokens = FakeTokens()
    api = api_of({DETAIL: [reply(EXPIRED), ok({"x": 1})], "POST /token/refresh": [ok(fresh)]}, tokens)

    call(api, "order.orderDetail", {})

    assert tokens.refreshes == 1
    assert tokens.stored == Token("token-two", NOW + timedelta(seconds=604800), "refresh-two")
    assert json.loads(http_of(api).sent[1].body or b"") == {"grant_type": "refresh_token", "refresh_token": "refresh-one"}
    assert dict(http_of(api).sent[2].query)["access_token"] == "token-two"


def test_token_that_is_refused_again_does_not_loop() -> None:
    """A token that was just renewed and is refused leaves the work for later."""
    fresh = ok({"access_token": "token-two", "expires_in": "604800", "refresh_token": "r"})
    tokens = FakeTokens()
    api = api_of({DETAIL: [reply(EXPIRED), reply(EXPIRED)], "POST /token/refresh": [fresh]}, tokens)

    with pytest.raises(Retriable, match="token-refused"):
        call(api, "order.orderDetail", {})
    assert tokens.refreshes == 1


def test_self_use_application_asks_for_its_own_grant() -> None:
    """Without any refresh token the option shop_id is what a grant is asked with; an expired one falls back on it."""
    created = ok({"access_token": "token-new", "expires_in": 1, "refresh_token": "refresh-new"})
    gone = reply({"code": 50001, "sub_code": "dop.token-generate-failed:token-expired", "data": None})
    api = api_of({"POST /token/create": [created, created], "POST /token/refresh": [gone]})

    assert renew(api, None).access_token == "token-new"
    assert renew(api, Token("old", None, "refresh-old")).refresh_token == "refresh-new"
    assert json.loads(http_of(api).sent[0].body or b"") == {"code": "", "grant_type": "authorization_self", "shop_id": "95250"}
    assert "access_token" not in dict(http_of(api).sent[0].query)


def test_revoked_grant_and_missing_grant() -> None:
    """A shop that must authorise again is Permanent token-revoked; an account without any grant is misconfigured."""
    alone = replace(ACCOUNT, options={})
    gone = reply({"code": 50002, "sub_code": "isv.business-failed:31009", "data": None})

    with pytest.raises(Permanent, match="token-revoked"):
        renew(api_of({"POST /token/refresh": gone}, account=alone, refresh_token="r"), None)
    odd = reply({"code": 50002, "sub_code": "isv.business-failed:1", "data": None})
    with pytest.raises(ConfigError, match="grant-refused"):
        renew(api_of({"POST /token/refresh": odd}, account=alone, refresh_token="r"), None)
    with pytest.raises(ConfigError, match="token-missing"):
        renew(api_of({}, account=alone), None)


def test_new_authorisation_is_tried_beside_a_dead_token_that_is_stored() -> None:
    gone = reply({"code": 50001, "sub_code": "dop.token-generate-failed:token-expired", "data": None})
    fresh = ok({"access_token": "token-two", "expires_in": 604800, "refresh_token": "refresh-two"})
    alone = replace(ACCOUNT, options={})
    api = api_of({"POST /token/refresh": [gone, fresh]}, account=alone, refresh_token="anew")
    assert renew(api, Token("old", None, "dead")).access_token == "token-two"
    assert [json.loads(sent.body or b"")["refresh_token"] for sent in http_of(api).sent] == ["dead", "anew"]


def test_authorisation_that_is_closed_is_told_by_the_grant_which_pauses_the_account() -> None:
    """The core pauses an account for what a grant says: told by a call alone, its work would be set aside one by one."""
    closed = reply({"code": 30001, "sub_code": "dop.authorization-closed", "data": None})
    tokens = FakeTokens()
    with pytest.raises(Permanent, match="token-revoked"):
        call(api_of({DETAIL: closed, "POST /token/refresh": closed, "POST /token/create": closed}, tokens), "order.orderDetail", {})
    assert tokens.refreshes == 1


def test_an_aftersale_that_was_not_asked_for_is_refused() -> None:
    told = [{"tag": "206", "msg_id": "m", "data": {"p_id": 1, "aftersale_id": "7", "shop_id": 95250}}]
    request = RawRequest("POST", "https://hooks.example.com", {}, (), json.dumps(told).encode())
    (event,) = CONNECTOR.events(request, Ref(ACCOUNT, "d-1", "push"))
    for info, order in (({"after_sale_id": 8}, {}), ({"after_sale_id": 7}, {"shop_order_id": 2})):
        found = ok({"process_info": {"after_sale_info": info}, "order_info": order})
        with pytest.raises(Permanent, match="another after-sale"):
            CONNECTOR.hydrate(event, api_of({"POST /afterSale/Detail": found}))


@pytest.mark.parametrize(
    ("code", "sub_code", "error", "reason"),
    [
        (60000, "", Retriable, "platform-throttled"),
        (30002, "isv.app-call-limit", Retriable, "platform-throttled"),
        (20000, "dop.service-error", Retriable, "platform-unavailable"),
        (30001, "isv.app-permissions-insufficient", ConfigError, "permission-missing"),
        (30002, "", ConfigError, "address-not-trusted"),
        (40003, "isv.signature-invalid", ConfigError, "signature-refused"),
        (40004, "isv.parameter-invalid", Permanent, "platform-refused"),
        ("50002", "isv.business-failed:1", Permanent, "platform-refused"),
    ],
)
def test_errors_inside_http_200(code: int | str, sub_code: str, error: type[HuitouError], reason: str) -> None:
    """What the platform means decides, not the HTTP status."""
    with pytest.raises(error) as raised:
        call(api_of({DETAIL: reply({"code": code, "sub_code": sub_code, "msg": "m", "data": None})}), "order.orderDetail", {})

    assert (raised.value.reason, raised.value.connector) == (reason, "douyin")


def test_answers_that_are_no_answers() -> None:
    """A page of HTML may be better next time; HTTP 4xx and a success without data will not."""
    with pytest.raises(Retriable, match="answer-malformed"):
        call(api_of({DETAIL: reply(b"<html>gateway</html>")}), "order.orderDetail", {})
    with pytest.raises(Permanent, match="answer-empty"):
        call(api_of({DETAIL: ok(None)}), "order.orderDetail", {})
    with pytest.raises(Permanent, match="platform-refused"):
        call(api_of({DETAIL: reply({}, 403)}), "order.orderDetail", {})


def test_order_message_is_hydrated() -> None:
    """The payload becomes the order as the platform tells it; ids keep every digit."""
    api = api_of({DETAIL: ok({"shop_order_detail": order()})})

    event = CONNECTOR.hydrate(push(), api)
    (told,) = CONNECTOR.canonical(event.kind, event.payload, Ref(ACCOUNT, "d-1", "push"))

    assert not event.thin and isinstance(told, Order)
    assert (told.order_id, told.status, told.amounts.total) == ("6900000000000000101", "paid", 900)
    assert json.loads(http_of(api).sent[0].body or b"") == {"shop_order_id": "6900000000000000101"}
    assert CONNECTOR.hydrate(event, api) is event


def test_aftersale_message_is_hydrated_with_its_order() -> None:
    """The after-sale's own call tells the amount, the order comes with it."""
    info = {
        "after_sale_id": 7,
        "after_sale_status": 12,
        "after_sale_type": 0,
        "refund_total_amount": 900,
        "update_time": 1795449600,
    }
    detail = {"process_info": {"after_sale_info": info}, "order_info": {"shop_order_id": 6900000000000000101}}
    api = api_of({AFTERSALE: ok(detail), DETAIL: ok({"shop_order_detail": order()})})

    event = CONNECTOR.hydrate(push(206, aftersale_id="7", aftersale_status=12, aftersale_type=0), api)
    told = CONNECTOR.canonical(event.kind, event.payload, Ref(ACCOUNT, "d-1", "push"))

    assert http_of(api).paths() == ["/afterSale/Detail", "/order/orderDetail"]
    assert [type(each) for each in told] == [Order, Refund]
    assert isinstance(told[1], Refund) and (told[1].amount, told[1].kind, told[1].status) == (900, "return", "succeeded")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"shop_order_detail": order(6900000000000000999)}, "payload-malformed"),
        ({"shop_order_detail": order(shop_id=1)}, "shop-mismatch"),
        ({"shop_order_detail": None}, "payload-malformed"),
    ],
)
def test_an_answer_about_something_else_is_refused(answer: Mapping[str, Any], reason: str) -> None:
    """Another order, another shop's order, or none: nothing is stored."""
    with pytest.raises(Permanent) as raised:
        CONNECTOR.hydrate(push(), api_of({DETAIL: ok(answer)}))

    assert raised.value.reason == reason


def test_message_without_an_id_and_topics_without_an_order() -> None:
    """An order message that names none cannot be read; a product's is skipped."""
    with pytest.raises(Permanent, match="p_id"):
        CONNECTOR.hydrate(push(p_id=0), api_of({}))
    with pytest.raises(Skippable):
        CONNECTOR.hydrate(replace(push(400), thin=True), api_of({}))


class Shop:
    """The two lists of a shop, as a function of the request."""

    def __init__(self, orders: int, aftersales: int = 0) -> None:
        self.orders = [order(6900000000000000000 + number, update_time=1795190000 + number) for number in range(orders)]
        self.aftersales = [
            {"aftersale_info": {"aftersale_id": str(number + 1), "update_time": 1795190000}} for number in range(aftersales)
        ]

    def routes(self) -> dict[str, Any]:
        return {
            ORDERS: lambda request: self._page(request, self.orders, "shop_order_list", "update_time_start", "update_time_end"),
            AFTERSALES: lambda request: self._page(request, self.aftersales, "items", "update_start_time", "update_end_time"),
        }

    def _page(self, request: HttpRequest, rows: list[dict[str, Any]], name: str, low: str, high: str) -> HttpResponse:
        told = json.loads(request.body or b"")
        fit = [row for row in rows if told[low] <= row.get("update_time", 1795190000) <= told[high]]
        start = told["page"] * told["size"]
        return ok({"total": str(len(fit)), "page": told["page"], "size": told["size"], name: fit[start : start + told["size"]]})


SINCE = NOW.replace(year=2026, month=11, day=1)


def pulled(api: Api, cursor: str | None = None) -> list[Any]:
    return list(CONNECTOR.pull_orders(SINCE, NOW, cursor, api))


def test_pull_reads_every_page_of_both_lists_once() -> None:
    """The last page first, so that rows that leave the window while we read cannot push others past us."""
    api = api_of(Shop(2 * SIZE + 5, 3).routes())

    pages = pulled(api)

    ids = [event.resource_id for page in pages for event in page.events if event.kind == "order"]
    assert len(ids) == len(set(ids)) == 2 * SIZE + 5
    assert [len(page.events) for page in pages] == [5, SIZE, SIZE, 3]
    assert [event.kind for event in pages[-1].events] == ["refund"] * 3
    assert pages[-1].cursor is None and all(page.cursor for page in pages[:-1])
    assert not any(event.thin for page in pages for event in page.events)


def test_pull_maps_what_it_lists() -> None:
    """A listed order is a payload like any other."""
    (first, _) = pulled(api_of(Shop(1).routes()))

    (told,) = CONNECTOR.canonical("order", first.events[0].payload, Ref(ACCOUNT, "d", "pull"))

    assert isinstance(told, Order) and told.order_id == "6900000000000000000"


def test_pull_goes_on_from_its_cursor() -> None:
    """What follows a cursor is what followed it."""
    pages = pulled(api_of(Shop(2 * SIZE + 5, 3).routes()))

    for index, page in enumerate(pages[:-1]):
        assert pulled(api_of(Shop(2 * SIZE + 5, 3).routes()), page.cursor) == pages[index + 1 :]


def test_row_that_moves_up_while_we_read_is_not_lost() -> None:
    """An order of the first page changes after the last page was read: its neighbours move up, none is skipped."""
    shop = Shop(2 * SIZE)
    wanted = {row["order_id"] for row in shop.orders}
    seen: set[str | None] = set()

    for number, page in enumerate(CONNECTOR.pull_orders(SINCE, NOW, None, api_of(shop.routes()))):
        seen |= {event.resource_id for event in page.events}
        if number == 0:
            moved = shop.orders.pop(3)

    assert wanted - seen == {moved["order_id"]}  # it comes back in the window of its new time


def test_pull_that_is_cut_short_raises() -> None:
    """Fewer rows than the platform counts is an error, never a short result."""
    api = api_of({ORDERS: ok({"total": 5, "shop_order_list": [order()]})})

    with pytest.raises(Permanent, match="pull-truncated"):
        pulled(api)


def test_pull_halves_a_window_that_is_too_deep() -> None:
    """Past 50,000 rows the platform pages no further: shorter windows, all of the time covered."""
    spans: list[tuple[int, int]] = []

    def answer(request: HttpRequest) -> HttpResponse:
        told = json.loads(request.body or b"")
        low, high = told["update_time_start"], told["update_time_end"]
        spans.append((low, high))
        return ok({"total": 50_001, "shop_order_list": []} if high - low > 900_000 else {"total": 0, "shop_order_list": []})

    api = api_of({ORDERS: answer, AFTERSALES: ok({"total": 0, "items": []})})

    pulled(api)

    read = [span for span in spans if span[1] - span[0] <= 900_000]
    assert read[0][0] == int(SINCE.timestamp()) and read[-1][1] >= int(NOW.timestamp())
    assert all(one[1] == two[0] for one, two in pairwise(read))


def test_second_that_holds_too_much_raises() -> None:
    """A window that cannot be halved any more is an error."""
    with pytest.raises(Permanent, match="pull-truncated"):
        pulled(api_of({ORDERS: ok({"total": 50_001, "shop_order_list": []})}))


def test_token_that_expires_between_pages() -> None:
    """The pull goes on with the new token; no page is lost."""
    shop = Shop(2 * SIZE)
    inner = shop.routes()[ORDERS]
    calls: list[str] = []

    def answer(request: HttpRequest) -> HttpResponse:
        calls.append(dict(request.query)["access_token"])
        return reply(EXPIRED) if len(calls) == 2 else inner(request)

    fresh = ok({"access_token": "token-two", "expires_in": 9, "refresh_token": "r"})
    tokens = FakeTokens()
    pages = pulled(api_of({**shop.routes(), ORDERS: answer, "POST /token/refresh": [fresh]}, tokens))

    assert tokens.refreshes == 1 and calls == ["token-one", "token-one", "token-two", "token-two"]
    assert sum(len(page.events) for page in pages) == 2 * SIZE


@pytest.mark.parametrize("cursor", ["nonsense", "orders:1.2", "orders:a.b.c", "orders:1.2.-3"])
def test_foreign_cursor_is_refused(cursor: str) -> None:
    """Only a cursor of our own goes on."""
    with pytest.raises(Permanent, match="cursor-malformed"):
        pulled(api_of(Shop(0).routes()), cursor)


def test_listed_order_of_another_shop_is_refused() -> None:
    """Whatever the platform lists, only this shop's orders are taken."""
    with pytest.raises(Permanent, match="shop-mismatch"):
        pulled(api_of({ORDERS: ok({"total": 1, "shop_order_list": [order(shop_id=1)]})}))
