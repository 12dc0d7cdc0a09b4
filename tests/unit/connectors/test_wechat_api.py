"""WeChat's API: tokens, errcodes, hydration, pulls, subscribe messages, customer service messages, trade reviews."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.channels import Recipient
from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, RawRequest, Ref, Target, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.canonical_json import to_plain
from connectors.wechat import CONNECTOR
from connectors.wechat.api import renew
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

SHOP = Account("demo", "wechat", "acme")
MINI = Account("demo", "wechat", "acme", {"app": "miniprogram"})
SECRETS = {"app_id": "wx00112233445566aa", "app_secret": "secret-of-tests"}
TOKEN = "POST /cgi-bin/stable_token"
ORDER, LIST = "POST /channels/ec/order/get", "POST /channels/ec/order/list/get"
SALE, SALES = "POST /channels/ec/aftersale/getaftersaleorder", "POST /channels/ec/aftersale/getaftersalelist"
SEND, CUSTOM = "POST /cgi-bin/message/subscribe/send", "POST /cgi-bin/message/custom/send"
BIZ = "POST /cgi-bin/message/subscribe/bizsend"
COMMENTS, ANSWER = "GET /wxaapi/comment/mpcommentlist/get", "POST /wxaapi/comment/reply/add"
ID, SALE_ID = "3705115058471208928", "2000003430060001"
OPENID = "oBuyer_0000000000000000000001"
TEMPLATE = "TmplOfTests_0000000000000000000000000000001"
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
TO = Recipient("user", OPENID)


def ok(**told: Any) -> HttpResponse:
    return reply({"errcode": 0, "errmsg": "ok", **told})


def refused(code: int, message: str = "x") -> HttpResponse:
    return reply({"errcode": code, "errmsg": message})


def order(sales: list[dict[str, Any]] | None = None, **told: Any) -> dict[str, Any]:
    detail = {
        "product_infos": [{"sku_id": "5", "product_id": "7", "sku_cnt": 2, "sale_price": 5900, "real_price": 11800}],
        "price_info": {"product_price": 11800, "freight": 0, "order_price": 11800},
        "pay_info": {"pay_time": 1795161660, "payment_method": 1},
    }
    marks = {"aftersale_order_list": sales or [], "on_aftersale_order_cnt": 0}
    base = {"order_id": ID, "status": 30, "openid": OPENID, "create_time": 1795161600, "update_time": 1795161700}
    return {**base, "order_detail": detail, "aftersale_detail": marks, **told}


def sale(**told: Any) -> dict[str, Any]:
    words = {"status": "MERCHANT_REFUND_SUCCESS", "type": "REFUND", "refund_info": {"amount": 5900}}
    goods = {"product_info": {"sku_id": "5", "count": 1}, "create_time": 1795240000, "update_time": 1795250000}
    return {"after_sale_order_id": SALE_ID, "order_id": ID, **words, **goods, **told}


def api_of(routes: dict[str, Any], account: Account = SHOP, tokens: FakeTokens | None = None) -> Api:
    return make_api(account, SECRETS, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def bodies(api: Api) -> list[dict[str, Any]]:
    return [json.loads(request.body or b"{}") for request in http_of(api).sent]


def event(kind: str = "order", resource: str = ID) -> Event:
    subject = {"order_info": {"order_id": resource}, "Event": "channels_ec_order_pay"}
    if kind == "refund":
        named = {"after_sale_order_id": resource, "order_id": ID, "status": "X"}
        subject = {"finder_shop_aftersale_status_update": named, "Event": "channels_ec_aftersale_update"}
    told = {"ToUserName": "gh_1", "FromUserName": OPENID, "CreateTime": 1795161700, "MsgType": "event", **subject}
    request = RawRequest("POST", "https://hooks.example.com", {}, (), json.dumps(told).encode())
    return CONNECTOR.events(request, Ref(SHOP, "d-1", "push"))[0]


def mapped(found: Event) -> list[Any]:
    return [to_plain(each) for each in CONNECTOR.canonical(found.kind, found.payload, Ref(SHOP, "d-1", "push"))]


ROUTES: dict[str, Any] = {
    ORDER: ok(order=order([{"aftersale_order_id": SALE_ID, "status": 13}])),
    SALE: ok(after_sale_order=sale()),
}


def test_an_order_is_read_with_its_after_sales() -> None:
    api = api_of(dict(ROUTES))

    found = mapped(CONNECTOR.hydrate(event(), api))

    assert [one["platform"] for one in found] == ["wechat", "wechat"]
    assert (found[0]["amounts"]["refunded"], found[0]["refund_status"]) == (5900, "partial")
    assert found[1]["lines"] == [{"line_id": "5", "quantity": 1, "amount": 5900}]
    assert bodies(api) == [{"order_id": ID}, {"after_sale_order_id": SALE_ID}]
    assert all(("access_token", "token-one") in request.query for request in http_of(api).sent)


def test_push_of_an_order_push_of_an_after_sale_and_pull_say_the_same() -> None:
    by_order = mapped(CONNECTOR.hydrate(event(), api_of(dict(ROUTES))))
    by_sale = mapped(CONNECTOR.hydrate(event("refund", SALE_ID), api_of(dict(ROUTES))))
    lists = {LIST: ok(order_id_list=[int(ID)], has_more=False), SALES: ok(after_sale_order_id_list=[], has_more=False)}
    api = api_of({**ROUTES, **lists})
    pages = list(CONNECTOR.pull_orders(NOW - timedelta(hours=1), NOW, None, api))
    (listed,) = [one for page in pages for one in page.events]

    assert by_order == by_sale == mapped(CONNECTOR.hydrate(listed, api))


@pytest.mark.parametrize(
    "routes",
    [
        {ORDER: ok()},
        {ORDER: ok(order=None)},
        {ORDER: ok(order={**order(), "order_id": "1"})},
        {**ROUTES, SALE: ok(after_sale_order=sale(after_sale_order_id="1"))},
        {**ROUTES, SALE: ok()},
    ],
)
def test_an_answer_about_something_else_is_no_answer(routes: dict[str, Any]) -> None:
    with pytest.raises(Permanent, match="payload-malformed"):
        CONNECTOR.hydrate(event(), api_of(routes))


def test_pull_walks_windows_of_seven_days_and_of_one() -> None:
    def orders(request: HttpRequest) -> HttpResponse:
        told = json.loads(request.body or b"{}")
        key = told.get("next_key")
        return ok(order_id_list=[ID], next_key="k2" if key is None else "", has_more=key is None)

    api = api_of({LIST: orders, SALES: ok(after_sale_order_id_list=[SALE_ID], has_more=False)})
    until = SINCE + timedelta(days=9)

    pages = list(CONNECTOR.pull_orders(SINCE, until, None, api))

    asked = bodies(api)
    windows = [one["update_time_range"] for one in asked if "update_time_range" in one]
    days = [one for one in asked if "begin_update_time" in one]
    assert len(windows) == 4 and len(days) == 10
    assert all(one["end_time"] - one["start_time"] <= 7 * 86_400 for one in windows)
    assert all(one["end_update_time"] - one["begin_update_time"] <= 86_400 for one in days)
    assert (windows[0]["start_time"], windows[-1]["end_time"]) == (int(SINCE.timestamp()), int(until.timestamp()) + 1)
    assert windows[0] == windows[1], "the conditions stay while a window is paged"
    assert [page.cursor for page in pages].count(None) == 1 and pages[-1].cursor is None
    assert {one.thin for page in pages for one in page.events} == {True}


def test_pull_goes_on_from_every_cursor() -> None:
    routes: dict[str, Any] = {
        LIST: ok(order_id_list=[ID], has_more=False),
        SALES: ok(after_sale_order_id_list=[SALE_ID], has_more=False),
    }
    until = SINCE + timedelta(days=16)
    whole = list(CONNECTOR.pull_orders(SINCE, until, None, api_of(routes)))
    for place, page in enumerate(whole[:-1]):
        api = api_of(routes)
        assert list(CONNECTOR.pull_orders(SINCE, until, page.cursor, api)) == whole[place + 1 :]
    assert len(whole) == 3 + 17


@pytest.mark.parametrize("cursor", ["x", "orders", "orders.1", "orders.1.2", "reviews.1.2.", "orders.a.2.", "orders.1.²."])
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Permanent, match="cursor-malformed"):
        list(CONNECTOR.pull_orders(SINCE, NOW, cursor, api_of({})))


def test_a_list_that_ends_early_is_an_error() -> None:
    for answer in (ok(order_id_list=[ID], has_more=True), ok(order_id_list=[ID], has_more=True, next_key="")):
        with pytest.raises(Permanent, match="pull-truncated"):
            list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of({LIST: answer})))
    with pytest.raises(Permanent, match="cursor-repeated"):
        list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of({LIST: ok(order_id_list=[], has_more=True, next_key="k")})))
    with pytest.raises(Permanent, match="payload-malformed"):
        list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of({LIST: ok()})))
    with pytest.raises(Permanent, match=r"has_more"):
        list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of({LIST: ok(order_id_list=[ID] * 100)})))


def test_a_mini_program_has_no_orders_and_a_store_no_reviews() -> None:
    assert [page.events for page in CONNECTOR.pull_orders(SINCE, NOW, None, api_of({}, MINI))] == [()]
    assert [page.events for page in CONNECTOR.pull_reviews(SINCE, NOW, None, api_of({}))] == [()]
    with pytest.raises(ConfigError, match="option-malformed"):
        list(CONNECTOR.pull_orders(SINCE, NOW, None, api_of({}, Account("demo", "wechat", "acme", {"app": "shop"}))))


def test_a_token_that_is_over_is_renewed_once() -> None:
    for code in (40001, 40014, 42001):
        tokens = FakeTokens()
        api = api_of(
            {ORDER: [refused(code), ROUTES[ORDER]], SALE: ROUTES[SALE], TOKEN: ok(access_token="t2", expires_in=7200)},
            tokens=tokens,
        )
        assert mapped(CONNECTOR.hydrate(event(), api))
        assert (tokens.refreshes, tokens.expired) == (1, ["token-one"])
    api = api_of({ORDER: refused(42001), TOKEN: ok(access_token="t2", expires_in=7200)})
    with pytest.raises(Retriable, match="token-refused"):
        CONNECTOR.hydrate(event(), api)


def test_a_new_token_is_forced_only_when_the_refused_one_comes_again() -> None:
    """Forcing ends the token that others hold, and the platform lets it be done 20 times a day."""
    api = api_of({TOKEN: [ok(access_token="one", expires_in=7000), ok(access_token="two", expires_in=7200)]})
    assert renew(api, Token("one", None)).access_token == "two"
    assert [body["force_refresh"] for body in bodies(api)] == [False, True]

    ending = api_of({TOKEN: ok(access_token="one", expires_in=200)})
    assert renew(ending, Token("one", None)) == Token("one", NOW + timedelta(seconds=200))
    first = api_of({TOKEN: ok(access_token="one", expires_in="7200")})
    assert renew(first, None) == Token("one", NOW + timedelta(hours=2))
    assert len(bodies(ending)) == len(bodies(first)) == 1


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        (40001, ConfigError, "app-secret-refused"),
        (40013, ConfigError, "app-id-refused"),
        (40125, ConfigError, "app-secret-refused"),
        (40164, ConfigError, "address-not-trusted"),
        (45009, Retriable, "platform-throttled"),
        (-1, Retriable, "platform-error"),
        (99999, ConfigError, "token-unavailable"),
    ],
)
def test_what_the_token_call_refuses(code: int, kind: type[HuitouError], reason: str) -> None:
    with pytest.raises(kind, match=reason) as error:
        renew(api_of({TOKEN: refused(code, "secret-of-tests")}), None)
    assert "secret-of-tests" not in str(error.value)


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (refused(-1), Retriable, "platform-error"),
        (refused(45009), Retriable, "platform-throttled"),
        (refused(45011), Retriable, "platform-throttled"),
        (refused(48001), ConfigError, "permission-missing"),
        (refused(61004), ConfigError, "address-not-trusted"),
        (refused(10020004), Permanent, "platform-refused"),
        (reply(b"<html>"), Retriable, "answer-malformed"),
        (reply({"errcode": "x"}), Retriable, "answer-malformed"),
        (reply({}, 404), Permanent, "platform-refused"),
    ],
)
def test_what_an_answer_means(answer: HttpResponse, kind: type[HuitouError], reason: str) -> None:
    with pytest.raises(kind) as error:
        CONNECTOR.hydrate(event(), api_of({ORDER: answer}))
    assert error.value.reason == reason


def send(values: dict[str, str], answer: HttpResponse, account: Account = MINI, to: Recipient = TO, route: str = SEND) -> Api:
    api = api_of({route: answer}, account)
    sent = CONNECTOR.send_template(to, TEMPLATE, values, "m-1", api)
    assert sent.platform_id == "1864323726461255680"
    return api


def test_a_subscribe_message_is_sent_once_as_it_fits() -> None:
    account = Account("demo", "wechat", "acme", {"app": "miniprogram", "page": "pages/order", "miniprogram_state": "trial"})

    api = send(
        {"thing1": "一二三四五六七八九十一二三四五六七八九十一", "amount2": "¥58.00"}, ok(msgid=1864323726461255680), account
    )

    (request,) = http_of(api).sent
    assert request.once
    assert bodies(api) == [
        {
            "touser": OPENID,
            "template_id": TEMPLATE,
            "data": {"thing1": {"value": "一二三四五六七八九十一二三四五六七八九…"}, "amount2": {"value": "¥58.00"}},
            "page": "pages/order",
            "miniprogram_state": "trial",
            "lang": "zh_CN",
        }
    ]
    official = send(
        {"thing1": "x"}, ok(msgid="1864323726461255680"), Account("demo", "wechat", "acme", {"app": "official"}), route=BIZ
    )
    assert "miniprogram_state" not in bodies(official)[0]


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        (43101, Permanent, "permission-used"),
        (40003, Permanent, "recipient-refused"),
        (43004, Permanent, "recipient-refused"),
        (40037, Permanent, "template-refused"),
        (47003, Permanent, "template-refused"),
        (41030, ConfigError, "page-refused"),
        (43107, ConfigError, "permission-missing"),
        (45168, Retriable, "platform-throttled"),
        (45009, Retriable, "platform-throttled"),
        (-1, Permanent, "outcome-unknown"),
        (99999, Permanent, "platform-refused"),
    ],
)
def test_what_sending_refuses(code: int, kind: type[HuitouError], reason: str) -> None:
    with pytest.raises(kind) as error:
        send({"thing1": "x"}, refused(code, "argument invalid! data.thing1.value is too long: Ada Example"))
    assert error.value.reason == reason
    assert "Ada" not in str(error.value)
    if code == 47003:
        assert "thing1" in str(error.value)


def test_a_lost_answer_is_never_sent_again() -> None:
    def lost(_: HttpRequest) -> HttpResponse:
        raise Retriable("platform-unreachable", "timed out")

    calls: tuple[Callable[[Api], object], ...] = (
        lambda api: CONNECTOR.send_template(TO, TEMPLATE, {"thing1": "x"}, "m-1", api),
        lambda api: CONNECTOR.send_message(Target("thread", OPENID), "hello", api),
        lambda api: CONNECTOR.reply(Target("review", "2797755680173111111"), "thanks", api),
    )
    for call in calls:
        api = api_of({SEND: lost, CUSTOM: lost, ANSWER: lost}, MINI)
        with pytest.raises(Permanent, match="outcome-unknown"):
            call(api)
        assert len(http_of(api).sent) == 1


@pytest.mark.parametrize("to", [Recipient("phone", "+8613800000000"), Recipient("user", ""), Recipient("user", "a b")])
def test_a_subscribe_message_goes_to_an_openid(to: Recipient) -> None:
    with pytest.raises(Permanent, match="recipient-refused") as error:
        CONNECTOR.send_template(to, TEMPLATE, {"thing1": "x"}, "m-1", api_of({}, MINI))
    assert "138" not in str(error.value)


def test_an_unknown_state_of_the_mini_program_is_refused() -> None:
    account = Account("demo", "wechat", "acme", {"app": "miniprogram", "miniprogram_state": "beta"})
    with pytest.raises(ConfigError):
        CONNECTOR.send_template(TO, TEMPLATE, {"thing1": "x"}, "m-1", api_of({}, account))


@pytest.mark.parametrize(
    ("name", "value", "fit"),
    [
        ("thing1", "a" * 20, "a" * 20),
        ("thing1", "a" * 21, "a" * 19 + "…"),
        ("thing1", " a\n b\t", "a b"),
        ("number2", "-12.50", "-12.50"),
        ("letter3", "AbC", "AbC"),
        ("symbol1", "~!@#$", "~!@#$"),
        ("character_string4", "SF1234-5678", "SF1234-5678"),
        ("time5", "15:01", "15:01"),
        ("time5", "2026年11月20日 15:01", "2026年11月20日 15:01"),
        ("date6", "2026-11-20", "2026-11-20"),
        ("amount7", "¥1234567890.00", None),
        ("amount7", "¥123456789.1", "¥123456789.1"),
        ("amount7", "12元", "12元"),
        ("phone_number8", "+86-0766-66888866", "+86-0766-66888866"),
        ("car_number9", "粤A8Z888挂", "粤A8Z888挂"),
        ("name10", "欧阳修", "欧阳修"),
        ("phrase11", "已发货", "已发货"),
        ("enum12", "OPEN", "OPEN"),
        ("number2", "twelve", None),
        ("number2", "1" * 33, None),
        ("letter3", "回头", None),
        ("symbol1", "abc", None),
        ("character_string4", "单号123", None),
        ("time5", "tomorrow", None),
        ("amount7", "12,00", None),
        ("phone_number8", "call me", None),
        ("name10", "一二三四五六七八九十一", None),
        ("name10", "Ada 例", None),
        ("phrase11", "已经发货了吗", None),
        ("phrase11", "ok", None),
        ("thing1", "  \n ", None),
        ("thing", "x", None),
        ("secret1", "x", None),
        ("thing1; DROP", "x", None),
    ],
)
def test_values_are_fitted_or_refused(name: str, value: str, fit: str | None) -> None:
    if fit is not None:
        assert CONNECTOR.check_template(TEMPLATE, {name: value}) == {name: fit}
        return
    with pytest.raises(Permanent, match="template-refused") as error:
        CONNECTOR.check_template(TEMPLATE, {name: value})
    assert len(value) < 3 or value not in str(error.value), "what is said to a person stays out of errors"


def test_a_template_without_id_or_values_is_refused() -> None:
    for template, values in (("x", {"thing1": "a"}), (TEMPLATE, {})):
        with pytest.raises(Permanent, match="template-refused"):
            CONNECTOR.check_template(template, values)


def test_a_message_goes_to_whoever_wrote() -> None:
    api = api_of({CUSTOM: ok()}, MINI)
    assert CONNECTOR.send_message(Target("thread", OPENID), "你好", api).platform_id is None
    assert bodies(api) == [{"touser": OPENID, "msgtype": "text", "text": {"content": "你好"}}]
    for code, reason in (
        (45015, "window-closed"),
        (45047, "limit-used"),
        (40003, "recipient-unreachable"),
        (9, "platform-refused"),
    ):
        with pytest.raises(Permanent, match=reason):
            CONNECTOR.send_message(Target("thread", OPENID), "你好", api_of({CUSTOM: refused(code)}, MINI))
    for target in (Target("order", ID), Target("thread", "a b")):
        with pytest.raises(Permanent, match="target-refused"):
            CONNECTOR.send_message(target, "你好", api_of({}, MINI))
    with pytest.raises(Permanent, match="text-too-long"):
        CONNECTOR.send_message(Target("thread", OPENID), "你" * 683, api_of({}, MINI))


def comment(number: int) -> dict[str, Any]:
    return {"commentId": str(2797755680173111111 + number), "createTime": "1795161700", "score": 500, "content": {"txt": "好"}}


def test_reviews_are_read_backwards_and_whole() -> None:
    rows = [comment(number) for number in range(19)]

    def page(request: HttpRequest) -> HttpResponse:
        query = dict(request.query)
        start = int(query["offset"])
        assert (query["limit"], query["filterType"]) == ("8", "6")
        return ok(commentList=rows[start : start + 8], total=19)

    found = [one for each in CONNECTOR.pull_reviews(SINCE, NOW, None, api_of({COMMENTS: page}, MINI)) for one in each.events]

    assert {one.resource_id for one in found} == {row["commentId"] for row in rows}
    assert mapped(found[0])[0]["rating"] == 5
    short = api_of({COMMENTS: ok(commentList=rows[:3], total=19)}, MINI)
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_reviews(SINCE, NOW, None, short))
    with pytest.raises(Permanent, match="payload-malformed"):
        list(CONNECTOR.pull_reviews(SINCE, NOW, None, api_of({COMMENTS: ok(commentList=rows[:3])}, MINI)))


def test_a_review_is_answered_once() -> None:
    api = api_of({ANSWER: ok(replyId="77")}, MINI)
    assert CONNECTOR.reply(Target("review", "2797755680173111111"), "谢谢", api).platform_id == "77"
    assert bodies(api) == [{"commentId": "2797755680173111111", "content": "谢谢"}]
    for target, account in ((Target("order", "1"), MINI), (Target("review", "x"), MINI), (Target("review", "1"), SHOP)):
        with pytest.raises(Permanent, match="target-refused"):
            CONNECTOR.reply(target, "谢谢", api_of({}, account))


@pytest.mark.parametrize("told", [{"replyId": {}}, {"replyId": [1]}])
def test_an_answer_that_was_given_is_not_called_a_failure(told: dict[str, Any]) -> None:
    """Else it would be offered for another approval, and stand there twice."""
    assert CONNECTOR.reply(Target("review", "1"), "谢谢", api_of({ANSWER: ok(**told)}, MINI)).platform_id is None


def test_an_answer_without_a_code_does_not_say_that_it_was_said() -> None:
    silent = reply({})
    with pytest.raises(Permanent, match="outcome-unknown"):
        CONNECTOR.reply(Target("review", "1"), "谢谢", api_of({ANSWER: silent}, MINI))
    with pytest.raises(Permanent, match="outcome-unknown"):
        CONNECTOR.send_message(Target("thread", OPENID), "你好", api_of({CUSTOM: silent}, MINI))
    with pytest.raises(Permanent, match="outcome-unknown"):
        CONNECTOR.send_template(TO, TEMPLATE, {"thing1": "茶杯"}, "m-1", api_of({SEND: silent}, MINI))


@pytest.mark.parametrize("parts", [{"merchant_discounted_price": 700}, {}])
def test_the_influencers_share_of_the_coupons_is_counted_once(parts: dict[str, int]) -> None:
    """`discounted_price` is all coupons; what the shop bears of it is told apart, or is what the influencer leaves."""
    price = {"product_price": 10000, "freight": 0, "order_price": 9000, "discounted_price": 1000, "finder_discounted_price": 300}
    told = order()
    told["order_detail"]["price_info"] = price | parts
    amounts = mapped(replace(event(), payload=json.dumps({"order": told}).encode(), thin=False))[0]
    assert (amounts["amounts"]["discount_seller"], amounts["amounts"]["discount_platform"]) == (700, 300)
    assert "amounts_gap" not in amounts["extra"]
