"""Xiaohongshu: vectors of both signatures and what they leave out, tokens, errors, an order read whole, pulls."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, RawRequest, Ref, Secrets, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected, Retriable, Skippable
from chalicelib.toolkit.canonical_json import to_plain
from chalicelib.toolkit.clocks import to_millis
from connectors.xiaohongshu import CONNECTOR
from connectors.xiaohongshu.api import call, renew, sign
from connectors.xiaohongshu.push import signature
from tests.kit.cases import load
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

ACCOUNT = Account("demo", "xiaohongshu", "acme", {"seller_id": "5e1d2c3b4a59687766554401"})
SECRETS = {"app_key": "a1b2c3d4e5f6a7b8c9d0", "app_secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}
GATEWAY = "POST /ark/open_api/v3/common_controller"
DOCUMENT = json.loads(load("xiaohongshu", "order-completed-refunded-in-part").body)
ORDER_ID = DOCUMENT["order"]["orderId"]
RETURNS_ID = DOCUMENT["aftersales"][0]["returnsId"]
SINCE = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
URL = "https://hooks.example.com/webhooks/xiaohongshu/acme"


def ok(data: Any) -> HttpResponse:
    return reply({"error_code": 0, "success": True, "error_msg": "", "data": data})


def inner(data: Any) -> HttpResponse:
    """The newer calls' answer: an envelope in the envelope."""
    return ok({"code": 0, "msg": "", "success": True, "data": data})


def no(code: int, words: str = "") -> HttpResponse:
    return reply({"error_code": code, "success": False, "error_msg": words, "data": None})


FRESH = ok({"accessToken": "token-two", "accessTokenExpiresAt": to_millis(NOW + timedelta(days=7)), "refreshToken": "refresh-two"})


def gateway(methods: dict[str, Any]) -> dict[str, Any]:
    """One address for all: answers by `method` in the body."""

    def answer(request: HttpRequest) -> HttpResponse:
        fields = json.loads(request.body or b"")
        found = methods[fields["method"]]
        if isinstance(found, list):
            found = found.pop(0)
        told = found(fields) if callable(found) else found
        assert isinstance(told, HttpResponse)
        return told

    return {GATEWAY: answer}


def api_of(methods: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT, **secrets: str) -> Api:
    return make_api(account, {**SECRETS, **secrets}, FakeHttp(gateway(methods)), tokens)


def sent(api: Api) -> list[dict[str, Any]]:
    assert isinstance(api.http, FakeHttp)
    return [json.loads(request.body or b"") for request in api.http.sent]


def methods_of(api: Api) -> list[str]:
    return [str(fields["method"]) for fields in sent(api)]


def aftersale(returns_id: str) -> dict[str, Any]:
    return next(each for each in DOCUMENT["aftersales"] if each["returnsId"] == returns_id)


def whole() -> dict[str, Any]:
    rows = [{"returnsId": each["returnsId"], "orderId": ORDER_ID, "status": each["status"]} for each in DOCUMENT["aftersales"]]
    return {
        "order.getOrderDetail": ok(DOCUMENT["order"]),
        "afterSale.listAfterSaleInfos": inner({"afterSaleBasicInfos": rows, "totalCount": len(rows)}),
        "afterSale.getAfterSaleInfo": lambda fields: inner({"afterSaleInfo": aftersale(fields["returnsId"])}),
    }


def push(tag: str = "msg_fulfillment_status_change", **data: Any) -> Event:
    told = [{"msgTag": tag, "sellerId": ACCOUNT.options["seller_id"], "data": json.dumps({"orderId": ORDER_ID, **data})}]
    request = RawRequest("POST", URL, {}, (), json.dumps(told).encode())
    return CONNECTOR.events(request, Ref(ACCOUNT, "d-1", "push"))[0]


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, Ref(ACCOUNT, event.delivery_id, "pull"))


def test_vectors_of_the_calls_and_of_the_push() -> None:
    assert sign("order.getOrderList", SECRETS["app_key"], "1712018379", SECRETS["app_secret"]) == "b8ddbb81fb9f309127b2c114f913ac38"
    legacy = [("status", "0"), ("page_no", "1"), ("page_size", "50"), ("timestamp", "1469902537"), ("app-key", "xhs")]
    secret = "9a539709cafc1efc9ef05838be468a28"
    assert signature("/ark/open_api/v1/items", legacy, secret) == "72be6fad4dd0e5104dbdebbcdadb2a06"
    params = [("app-key", SECRETS["app_key"]), ("timestamp", "1712018379")]
    assert signature("/webhooks/xiaohongshu", params, SECRETS["app_secret"]) == "70bef4b55da0b9a956337e71bef6056b"


def signed(body: bytes = b"[]", at: datetime = NOW, query: tuple[tuple[str, str], ...] = ()) -> RawRequest:
    secrets = Secrets({name: (value,) for name, value in SECRETS.items()})
    return CONNECTOR.sign(RawRequest("POST", URL, {}, query, body), ACCOUNT, secrets, at)


def verify(request: RawRequest, account: Account = ACCOUNT) -> Any:
    return CONNECTOR.verify(request, account, Secrets({name: (value,) for name, value in SECRETS.items()}), NOW)


def test_path_query_application_and_time_are_signed_and_the_body_is_not() -> None:
    good = signed(query=(("canshu", "test"),))
    verify(good)
    verify(replace(good, body=b'[{"msgTag":"msg_new_thing","sellerId":"1","data":"{}"}]'))  # so it is a hint and no more
    for bad in (
        replace(good, url=URL + "/other"),
        replace(good, query=(("canshu", "tast"),)),
        replace(good, query=()),
        replace(good, headers={**good.headers, "app-key": ("other",)}),
        replace(good, headers={**good.headers, "timestamp": (str(int(NOW.timestamp()) + 1),)}),
        replace(good, headers={name: value for name, value in good.headers.items() if name != "timestamp"}),
        replace(good, headers={**good.headers, "sign": ("0" * 32,)}),
        replace(good, headers={**good.headers, "sign": good.headers["sign"] * 2}),
    ):
        with pytest.raises(Rejected) as refused:
            verify(bad)
        assert refused.value.status == 401


def test_an_old_time_is_refused_and_the_tolerance_is_a_setting() -> None:
    for minutes, fits in ((9, True), (11, False), (-11, False)):
        request = signed(at=NOW - timedelta(minutes=minutes))
        if fits:
            verify(request)
        else:
            with pytest.raises(Rejected, match="timestamp-stale"):
                verify(request)
    old = signed(at=NOW - timedelta(days=3))
    verify(old, Account("demo", "xiaohongshu", "acme", {"tolerance_seconds": "0"}))
    with pytest.raises(ConfigError):
        verify(old, Account("demo", "xiaohongshu", "acme", {"tolerance_seconds": "long"}))


def test_milliseconds_are_told_apart() -> None:
    millis = {"timestamp": (str(to_millis(NOW)),)}
    secrets = Secrets({name: (value,) for name, value in SECRETS.items()})
    request = CONNECTOR.sign(RawRequest("POST", URL, millis, (), b"[]"), ACCOUNT, secrets, NOW)
    assert not verify(request).carries_event


@pytest.mark.parametrize("body", [b"", b"x", b"{}", b"[1]", b'[{"msgTag":"msg_after_sale_create","data":"x"}]'])
def test_a_body_that_nobody_vouches_for_must_be_readable(body: bytes) -> None:
    with pytest.raises(Rejected) as refused:
        verify(signed(body))
    assert refused.value.status == 400


def test_call_signs_the_four_system_parameters() -> None:
    api = api_of({"order.getOrderDetail": ok({"x": 1})})

    call(api, "order.getOrderDetail", {"orderId": "P1"})

    (fields,) = sent(api)
    stamp = str(int(NOW.timestamp()))
    assert fields == {
        "method": "order.getOrderDetail",
        "appId": SECRETS["app_key"],
        "timestamp": stamp,
        "version": "2.0",
        "accessToken": "token-one",
        "sign": sign("order.getOrderDetail", SECRETS["app_key"], stamp, SECRETS["app_secret"]),
        "orderId": "P1",
    }


def test_token_that_is_over_is_renewed_once_with_both_tokens() -> None:
    tokens = FakeTokens()
    api = api_of({"order.getOrderDetail": [no(401, "accessToken过期"), ok({"x": 1})], "oauth.refreshToken": FRESH}, tokens)

    call(api, "order.getOrderDetail", {})

    assert tokens.stored == Token("token-two", NOW + timedelta(days=7), "refresh-two")
    assert sent(api)[1]["refreshToken"] == "refresh-one" and "accessToken" not in sent(api)[1]
    with pytest.raises(Retriable, match="token-refused"):
        call(api_of({"order.getOrderDetail": no(401), "oauth.refreshToken": FRESH}), "order.getOrderDetail", {})


def test_revoked_token_and_new_authorisation() -> None:
    gone = no(-1, "refreshToken invalid")
    with pytest.raises(Permanent, match="token-revoked"):
        renew(api_of({"oauth.refreshToken": gone}), Token("old", None, "dead"))
    for odd in (no(-1, "授权异常"), reply(b"", status=403), ok(None)):
        with pytest.raises(ConfigError, match="grant-refused"):
            renew(api_of({"oauth.refreshToken": odd}), Token("old", None, "dead"))
    anew = api_of({"oauth.refreshToken": [gone, FRESH]}, refresh_token="anew")
    assert renew(anew, Token("old", None, "dead")).access_token == "token-two"
    with pytest.raises(ConfigError, match="secret-missing"):
        renew(api_of({}), None)


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (no(-9013, "触发Method维度的限流"), Retriable, "platform-throttled"),
        (no(-9014, "触发AppId维度的限流"), Retriable, "platform-throttled"),
        (no(-100, "sign校验失败"), ConfigError, "signature-refused"),
        (no(-100, "没有权限"), ConfigError, "permission-missing"),
        (no(-100, "订单不存在"), Skippable, "resource-missing"),
        (no(-100, "busy"), Permanent, "platform-refused"),
        (reply({"error_code": 0, "success": False, "data": {"x": 1}}), Permanent, "platform-refused"),
        (reply({"error_code": 0, "data": {"x": 1}}), Permanent, "platform-refused"),
        (ok({"code": 1, "success": False, "msg": "x", "data": None}), Permanent, "platform-refused"),
        (ok(None), Permanent, "answer-empty"),
        (reply(b"<html>"), Retriable, "answer-malformed"),
        (reply(b"<html>", status=404), Permanent, "platform-refused"),
    ],
)
def test_answers_told_apart(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        call(api_of({"order.getOrderDetail": answer}), "order.getOrderDetail", {})


def test_order_push_is_read_again_with_its_aftersales() -> None:
    """Of the push only the id counts: what it says of status or money is nobody's word."""
    api = api_of(whole())

    order, *refunds = mapped(CONNECTOR.hydrate(push(orderStatus=1), api))

    assert (order.status, order.refund_status, order.amounts.refunded) == ("completed", "partial", 4500)
    assert [refund.status for refund in refunds] == ["succeeded", "closed"]
    assert methods_of(api) == ["order.getOrderDetail", "afterSale.listAfterSaleInfos", *["afterSale.getAfterSaleInfo"] * 2]


def test_an_order_without_aftersales_costs_one_call() -> None:
    api = api_of({"order.getOrderDetail": ok({**DOCUMENT["order"], "orderAfterSalesStatus": 1})})
    CONNECTOR.hydrate(push(), api)
    assert methods_of(api) == ["order.getOrderDetail"]


def test_aftersale_push_reads_its_own_even_where_the_list_is_behind() -> None:
    behind = {**whole(), "afterSale.listAfterSaleInfos": inner({"afterSaleBasicInfos": [], "totalCount": 0})}
    api = api_of({**behind, "order.getOrderDetail": ok({**DOCUMENT["order"], "orderAfterSalesStatus": 1})})
    event = push("msg_after_sale_refund_finished", returnsId=RETURNS_ID, refundFee=999.0)
    order, refund = mapped(CONNECTOR.hydrate(event, api))
    assert (order.refund_status, refund.refund_id, refund.amount) == ("partial", RETURNS_ID, 4500)

    alone = push("msg_after_sale_refund_finished", orderId=None, returnsId=RETURNS_ID)
    assert mapped(CONNECTOR.hydrate(alone, api_of(whole())))[0].order_id == ORDER_ID


def test_every_shop_of_a_delivery_takes_its_own_out_of_it() -> None:
    mine, other = ACCOUNT.options["seller_id"], "5e1d2c3b4a59687766554402"
    told = [
        {"msgTag": "msg_fulfillment_status_change", "sellerId": each, "data": '{"orderId":"P1"}'} for each in (mine, other, mine)
    ]
    request = signed(json.dumps(told).encode())
    found = verify(request)
    assert (found.shop, found.also) == ({"seller_id": mine}, ({"seller_id": other},))
    theirs = CONNECTOR.events(request, Ref(replace(ACCOUNT, options={"seller_id": other}), "d-1", "push"))
    assert [event.kind for event in theirs] == ["other", "order"]


def orders_with(*aftersales: dict[str, Any]) -> Any:
    told = [{**DOCUMENT["aftersales"][0], **each} for each in aftersales]
    document = json.dumps({"order": DOCUMENT["order"], "aftersales": told}, separators=(",", ":")).encode()
    return CONNECTOR.canonical("order", document, Ref(ACCOUNT, "d-1", "pull"))


def test_what_the_order_counts_as_given_back_is_what_its_aftersales_say() -> None:
    """Where only the expected amount is told, both take it; where none is, neither is nothing."""
    order, refund = orders_with({"refundAmountYuan": None, "expectedRefundAmountYuan": 12.5})
    assert order.amounts.refunded == refund.amount == 1250
    order, refund = orders_with({"refundAmountYuan": None, "expectedRefundAmountYuan": None})
    assert (order.amounts.refunded, refund.amount, order.refund_status) == (None, None, "partial")


def test_lines_stand_as_their_aftersales_do() -> None:
    sku = DOCUMENT["order"]["skuList"][0]
    line, pieces, paid = sku["skuId"], sku["skuQuantity"], sku["totalPaidAmount"] / 100

    def standing(**told: Any) -> str:
        told = {"skuId": line, "appliedCount": pieces, "appliedTotalAmountYuan": paid} | told
        kind: dict[str, Any] = {name: told.pop(name) for name in ("returnType", "refundStatus", "status") if name in told}
        lines = orders_with({"skus": [told], **kind})[0].lines
        assert {each.refund_status for each in lines if each.line_id != line} <= {"none"}
        return str(lines[0].refund_status)

    assert standing() == "full"
    assert standing(appliedCount=pieces - 1) == standing(appliedTotalAmountYuan=0.01) == "partial"
    assert standing(refundStatus=0, status=1) == "requested"
    assert standing(refundStatus=0, status=5) == standing(returnType=2) == standing(skuId="another") == "none"


def test_an_aftersale_without_an_id_and_a_full_page_without_a_total_are_errors() -> None:
    listed = "afterSale.listAfterSaleInfos"
    with pytest.raises(Permanent, match="without an id"):
        CONNECTOR.hydrate(push(), api_of({**whole(), listed: inner({"afterSaleBasicInfos": [{"returnsId": "../R1"}]})}))
    rows = [{"returnsId": f"R{index}"} for index in range(100)]
    with pytest.raises(Permanent, match="pull-truncated"):
        CONNECTOR.hydrate(push(), api_of({**whole(), listed: inner({"afterSaleBasicInfos": rows})}))


def test_answers_about_something_else_and_short_lists_are_errors() -> None:
    with pytest.raises(Permanent, match="another order"):
        CONNECTOR.hydrate(push(orderId="P1"), api_of(whole()))
    foreign = lambda fields: inner({"afterSaleInfo": {**aftersale(fields["returnsId"]), "orderId": "P9"}})  # noqa: E731
    with pytest.raises(Permanent, match="another order"):
        CONNECTOR.hydrate(push(), api_of({**whole(), "afterSale.getAfterSaleInfo": foreign}))
    other = inner({"afterSaleInfo": {**DOCUMENT["aftersales"][0], "returnsId": "R9"}})
    with pytest.raises(Permanent, match="another after-sale"):
        CONNECTOR.hydrate(push(), api_of({**whole(), "afterSale.getAfterSaleInfo": other}))
    short = inner({"afterSaleBasicInfos": [], "totalCount": 3})
    with pytest.raises(Permanent, match="pull-truncated"):
        CONNECTOR.hydrate(push(), api_of({**whole(), "afterSale.listAfterSaleInfos": short}))


class Lists:
    """Both lists over rows with times, as the platform gives them: windows of half an hour, pages from 1, 100 rows a page."""

    def __init__(self, orders: int, aftersales: int, every: timedelta = timedelta(seconds=20)) -> None:
        self.orders = [(f"P{index}", SINCE + every * index) for index in range(orders)]
        self.aftersales = [(f"R{index}", SINCE + every * index) for index in range(aftersales)]
        self.asked: list[tuple[str, int, int]] = []
        self.unit = 1

    def methods(self) -> dict[str, Any]:
        return {"order.getOrderList": self._orders, "afterSale.listAfterSaleInfos": self._aftersales}

    def _window(
        self, rows: list[tuple[str, datetime]], fields: dict[str, Any], unit: int
    ) -> tuple[list[tuple[str, datetime]], int]:
        start, end = fields["startTime"] / unit, fields["endTime"] / unit
        assert 0 < end - start <= 1800 and fields["timeType"] == 2
        self.asked.append((str(fields["method"]), fields["startTime"], fields["pageNo"]))
        inside = [row for row in rows if start <= row[1].timestamp() <= end]
        first = (fields["pageNo"] - 1) * fields["pageSize"]
        return inside[first : first + fields["pageSize"]], len(inside)

    def _orders(self, fields: dict[str, Any]) -> HttpResponse:
        rows, total = self._window(self.orders, fields, self.unit)
        told = [{"orderId": name, "updateTime": to_millis(at)} for name, at in rows]
        return ok({"orderList": told, "total": total, "maxPageNo": -(-total // 100)})

    def _aftersales(self, fields: dict[str, Any]) -> HttpResponse:
        rows, total = self._window(self.aftersales, fields, 1000)
        told = [{"returnsId": name, "orderId": "P1", "updatedAt": to_millis(at)} for name, at in rows]
        return inner({"afterSaleBasicInfos": told, "totalCount": total})


def pulled(lists: Lists, cursor: str | None = None, account: Account = ACCOUNT) -> list[Any]:
    return list(CONNECTOR.pull_orders(SINCE, SINCE + timedelta(hours=2), cursor, api_of(lists.methods(), account=account)))


def test_pull_reads_windows_of_half_an_hour_from_the_last_page_on() -> None:
    lists = Lists(orders=350, aftersales=3, every=timedelta(seconds=10))
    pages = pulled(lists)
    events = [event for page in pages for event in page.events]

    assert {event.resource_id for event in events if event.kind == "order"} == {f"P{index}" for index in range(350)}
    assert [event.resource_id for event in events if event.kind == "refund"] == ["R0", "R1", "R2"]
    assert all(event.thin for event in events)
    first = [page for method, start, page in lists.asked if method == "order.getOrderList" and start == int(SINCE.timestamp())]
    assert first == [1, 2, 1], "the first answer only says how many there are; then the last page, then the first"
    assert pages[-1].cursor is None


def test_pull_resumes_at_every_page() -> None:
    pages = pulled(Lists(250, 120))
    for place, page in enumerate(pages[:-1]):
        rest = pulled(Lists(250, 120), page.cursor)
        assert [each.events for each in rest] == [each.events for each in pages[place + 1 :]]


def test_unit_of_the_window_is_a_setting() -> None:
    lists = Lists(1, 0)
    lists.unit = 1000
    pulled(lists, account=replace(ACCOUNT, options={"order_time_unit": "ms"}))
    assert lists.asked[0][1] == int(SINCE.timestamp()) * 1000
    with pytest.raises(ConfigError):
        pulled(lists, account=replace(ACCOUNT, options={"order_time_unit": "h"}))


def test_days_without_a_row_still_say_how_far_the_pull_is() -> None:
    lists = Lists(0, 0)
    pages = list(CONNECTOR.pull_orders(SINCE - timedelta(days=3), SINCE, None, api_of(lists.methods())))
    assert 4 <= len(pages) <= 12 and pages[-1].cursor is None and not any(page.events for page in pages)


def test_short_pages_and_foreign_cursors_are_errors() -> None:
    short = {"order.getOrderList": ok({"orderList": [], "total": 5})}
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of(short)))
    for cursor in ("x", "orders/1/2", "other/1/2/", "orders/a/2/"):
        with pytest.raises(Permanent, match="cursor-malformed"):
            list(CONNECTOR.pull_orders(SINCE, NOW, cursor, api_of({})))


def test_push_and_pull_tell_one_order_alike() -> None:
    listed = {
        "order.getOrderList": lambda fields: ok({"orderList": [{"orderId": ORDER_ID, "updateTime": 1795161661500}], "total": 1}),
        **whole(),
    }
    page = next(CONNECTOR.pull_orders(SINCE, SINCE + timedelta(minutes=10), None, api_of(listed)))
    from_pull = mapped(CONNECTOR.hydrate(page.events[0], api_of(whole())))
    from_push = mapped(CONNECTOR.hydrate(push(), api_of(whole())))
    assert [to_plain(each) for each in from_pull] == [to_plain(each) for each in from_push]
