"""Meituan: the signed address, the API's signature, hydration, the sweep by numbers, reviews and answers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode

import pytest
from msgspec.structs import replace as changed

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, RawRequest, Ref, Secrets, Target
from chalicelib.domain.order import Refund
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected, Retriable, Skippable
from connectors.meituan import CONNECTOR, pull
from connectors.meituan.api import call
from connectors.meituan.push import address, sign
from tests.unit.connectors.fakes import NOW, FakeHttp, make_api, reply

ACCOUNT = Account("demo", "meituan", "acme", {"app_poi_code": "test_poi_01"})
SECRETS = {"app_id": "1234", "app_secret": "mt-secret-0001"}
BASE = "https://hooks.example.com/webhooks/meituan/acme"
ID = "1234567890123456789"
DETAIL, REFUNDS = "GET /api/v1/order/getOrderDetail", "GET /api/v1/ecommerce/order/getOrderRefundDetail"
LAST, BY_SEQ = "GET /api/v1/order/getOrderDaySeq", "GET /api/v1/ecommerce/order/getOrderIdByDaySeq"
QUERY, ANSWER = "GET /api/v1/comment/query", "POST /api/v1/poi/comment/add_reply"


def ok(data: Any) -> HttpResponse:
    return reply({"data": data})


def ng(code: int) -> HttpResponse:
    return reply({"data": "ng", "error": {"code": code, "msg": "x"}})


def api_of(routes: dict[str, Any], **options: str) -> Api:
    account = replace(ACCOUNT, options={**ACCOUNT.options, **options})
    return make_api(account, SECRETS, FakeHttp(routes))


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def order(order_id: str = ID, **told: Any) -> dict[str, Any]:
    food = {"app_food_code": "TEA", "food_name": "茶", "price": 10, "quantity": 1}
    head = {"order_id": int(order_id), "status": 4, "total": 16.0, "shipping_fee": 6.0, "pay_type": 2, "ctime": 1795190700}
    return {**head, "utime": 1795190760, "detail": [food], "extras": [], **told}


def refund(refund_id: int = 1, **told: Any) -> dict[str, Any]:
    return {
        "refund_id": refund_id,
        "order_id": int(ID),
        "res_type": 2,
        "money": 5.0,
        "ctime": 1795191000,
        "utime": 1795192000,
        **told,
    }


def push(**told: Any) -> Event:
    body = "&".join(f"{name}={value}" for name, value in {"app_id": "1234", "order_id": ID, **told}.items())
    return CONNECTOR.events(RawRequest("POST", BASE, {}, (), body.encode(), "x"), Ref(ACCOUNT, "d-1", "push"))[0]


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, Ref(ACCOUNT, event.delivery_id, "push"))


def test_vector_of_calls() -> None:
    """The inputs of a public SDK's test."""
    params = [("app_id", "0000"), ("timestamp", "1389751221"), ("app_poi_code", "31号测试店")]
    url = "https://waimaiopen.meituan.com/api/v1/order/getOrderDaySeq"
    assert sign(url, params, "a00ba58f000001aa697ab000006d52d") == "488c2c2302262b62e3666a4aa4b48083"


def test_signed_address_is_the_registered_one() -> None:
    """The gateway's address and its last segment; an address that is told whole is taken as it is."""
    bare = RawRequest("POST", BASE, {}, (), b"x=1")
    assert address(replace(bare, topic="new")) == f"{BASE}/new"
    assert address(bare) == BASE
    whole = replace(bare, url="http://shop.example/waimai/callback.json?a=1", topic="callback.json")
    assert address(whole) == "http://shop.example/waimai/callback.json"
    url = "https://hooks.example.com/webhooks/meituan/new"
    assert address(replace(bare, url=url, topic="new")) == f"{url}/new"


def signed(request: RawRequest) -> RawRequest:
    secrets = Secrets({name: (value,) for name, value in SECRETS.items()})
    return CONNECTOR.sign(request, ACCOUNT, secrets, NOW)


def verify(request: RawRequest) -> bool:
    secrets = Secrets({name: (value,) for name, value in SECRETS.items()})
    return CONNECTOR.verify(request, ACCOUNT, secrets, NOW).carries_event


def test_probes_are_answered_and_carry_nothing() -> None:
    for method in ("GET", "POST"):
        assert not verify(RawRequest(method, BASE, {}, (), b"", "new"))
    with pytest.raises(Rejected):
        verify(RawRequest("GET", BASE, {}, (("order_id", "1"),), b"", "new"))


def test_pushes_by_get_are_signed_over_their_query() -> None:
    query = (("app_id", "1234"), ("order_id", ID), ("reason", "%E7%94%A8%E6%88%B7+%E5%8F%96%E6%B6%88"), ("deal_op_type", "1"))
    plain = [("app_id", "1234"), ("order_id", ID), ("reason", "用户 取消"), ("deal_op_type", "1")]
    sig = sign(f"{BASE}/cancelled", plain, SECRETS["app_secret"])
    assert verify(RawRequest("GET", BASE, {}, (*query, ("sig", sig)), b"", "cancelled"))
    with pytest.raises(Rejected, match="mismatch"):
        verify(RawRequest("GET", BASE, {}, (*query, ("sig", sig)), b"", "refund"))


def test_address_with_a_query_joins_the_signed_fields() -> None:
    request = signed(RawRequest("POST", BASE, {}, (("shop", "1"),), b"app_id=1234&order_id=1", "new"))
    assert verify(request)
    with pytest.raises(Rejected):
        verify(replace(request, query=()))


def test_call_signs_what_it_sends() -> None:
    api = api_of({DETAIL: ok({"x": 1})})

    call(api, "order/getOrderDetail", [("order_id", ID)])

    (sent,) = http_of(api).sent
    query = dict(sent.query)
    assert sent.url == "https://waimaiopen.meituan.com/api/v1/order/getOrderDetail"
    assert query["timestamp"] == str(int(NOW.timestamp()))
    assert query.pop("sig") == sign(sent.url, query.items(), SECRETS["app_secret"])
    call(api_of({DETAIL: ok(1)}, sandbox="true"), "order/getOrderDetail", [])


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (ng(711), Retriable, "platform-throttled"),
        (ng(700), Retriable, "platform-error"),
        (ng(703), ConfigError, "signature-refused"),
        (ng(704), ConfigError, "permission-missing"),
        (ng(806), Permanent, "order-unknown"),
        (ng(1), Permanent, "platform-refused"),
        (reply({"data": "ng"}), Permanent, "platform-refused"),
        (reply(b"<html>"), Retriable, "answer-malformed"),
        (reply({}, status=404), Permanent, "platform-refused"),
    ],
)
def test_answers_told_apart(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        call(api_of({DETAIL: answer}), "order/getOrderDetail", [])


def test_refund_push_is_read_again_whole_and_in_part() -> None:
    """The refunds only: an order read again might not tell how far it was delivered."""
    pages = {"1": ok([refund(1, res_type=0, money=11.0)]), "2": ok([refund(2)])}
    api = api_of({REFUNDS: lambda request: pages[dict(request.query)["refund_type"]]})

    told = mapped(CONNECTOR.hydrate(push(notify_type="apply", refund_id="1"), api))

    assert all(isinstance(each, Refund) for each in told)
    assert [(each.refund_id, each.status, each.amount) for each in told] == [("1", "requested", 1100), ("2", "succeeded", 500)]


def test_refund_push_that_the_api_does_not_know_yet_stands_for_itself() -> None:
    (told,) = mapped(CONNECTOR.hydrate(push(refund_status="13", refund_id="7", money="5.0"), api_of({REFUNDS: ng(806)})))
    assert (told.refund_id, told.status, told.amount, told.order_id) == ("7", "succeeded", 500, ID)


def test_refund_push_that_the_api_lists_without_its_news_is_told_beside_what_it_lists() -> None:
    """A second partial refund, while the list still ends with the first; rows need not name their order."""
    first = {name: value for name, value in refund(1).items() if name != "order_id"}
    api = api_of({REFUNDS: [ng(806), ok([first])]})
    told = mapped(CONNECTOR.hydrate(push(notify_type="apply", refund_id="2", money="3.0"), api))
    assert [(each.refund_id, each.status, each.amount, each.order_id) for each in told] == [
        ("1", "succeeded", 500, ID),
        ("2", "requested", 300, ID),
    ]


def test_order_of_another_shop_of_the_application_is_left_alone() -> None:
    """Its push names no shop and goes to the one address that there is."""
    event = push(reason_code="1", deal_op_type="1")
    with pytest.raises(Skippable, match="shop-unknown"):
        CONNECTOR.hydrate(event, api_of({DETAIL: ok(order(app_poi_code="another"))}))
    CONNECTOR.hydrate(event, api_of({DETAIL: ok(order(app_poi_code="test_poi_01"))}))


def test_order_without_a_time_of_change_is_waited_for_from_its_beginning() -> None:
    (told,) = mapped(push(detail="[]", status="2", total="1", ctime="1795190700"))
    assert told.extra["confirm_by"] == "2026-11-20T16:10:00Z"


@pytest.mark.parametrize("day", ["today", "yesterday"])
def test_day_of_more_orders_than_are_read_is_an_error_every_time(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    """Its last page does not move the cursor on to the next day."""
    monkeypatch.setattr(pull, "MOST", 100)
    count = {"today": {"20261121": 101}, "yesterday": {"20261120": 101, "20261121": 0}}[day]
    routes = {BY_SEQ: by_seq(count), DETAIL: detail, LAST: ok({"day_seq": count["20261121"]}), REFUNDS: ng(806)}
    cursors = [None, "20261120.1" if day == "yesterday" else "20261121.1"]
    with pytest.raises(Permanent, match="pull-truncated"):
        for page in CONNECTOR.pull_orders(NOW, NOW, None, api_of(routes)):
            cursors.append(page.cursor)
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_orders(NOW, NOW, cursors[-1], api_of(routes)))


def test_delivery_push_moves_the_order() -> None:
    (told,) = mapped(CONNECTOR.hydrate(push(logistics_status="40", time="1795193000"), api_of({DETAIL: ok(order())})))
    assert (told.status, told.delivered_at) == ("delivered", datetime.fromtimestamp(1795193000, UTC))


def test_sweep_makes_good_a_refund_whose_push_was_lost() -> None:
    """Of an order that stands: nothing in it says that a part of the money went back."""
    routes = {
        LAST: ok({"day_seq": 1}),
        BY_SEQ: ok({"order_ids": [int(ID)]}),
        DETAIL: ok(order()),
        REFUNDS: [ng(806), ok([refund()])],
    }
    page = next(iter(CONNECTOR.pull_orders(NOW, NOW, "20261121.1", api_of(routes))))
    told, back = mapped(page.events[0])
    assert (told.refund_status, told.amounts.refunded, back.amount, back.status) == ("partial", 500, 500, "succeeded")


def test_order_tells_itself_how_far_the_courier_is() -> None:
    """So that a lost push is made good, and a late one does not turn it back."""
    times: dict[str, Any] = {"logistics_fetch_time": 1795191600, "logistics_completed_time": 1795193000}
    answer = ok(order(logistics_status=40, **times))
    (told,) = mapped(CONNECTOR.hydrate(push(logistics_status="20", time="1795191600"), api_of({DETAIL: answer})))
    handed = datetime.fromtimestamp(1795193000, UTC)
    assert (told.status, told.shipped_at, told.delivered_at) == ("delivered", datetime.fromtimestamp(1795191600, UTC), handed)
    assert told.updated_at == handed
    done = order(status=8, order_completed_time=1795194000, **times)
    (told,) = mapped(CONNECTOR.hydrate(push(reason_code="1"), api_of({DETAIL: ok(done)})))
    assert (told.status, told.completed_at) == ("completed", datetime.fromtimestamp(1795194000, UTC))


def test_what_an_activity_takes_off_stays_on_the_order() -> None:
    """No position is allotted a part of it; shops that sell goods name a position's product otherwise."""
    food = {"app_spu_code": "CUP", "food_name": "杯", "price": 10, "quantity": 2}
    off = [{"type": 2, "reduce_fee": 3.0, "mt_charge": 1.0, "poi_charge": 2.0}]
    (told,) = mapped(CONNECTOR.hydrate(push(reason_code="1"), api_of({DETAIL: ok(order(detail=[food], extras=off))})))
    (line,) = told.lines
    assert (line.product_id, line.discount, line.total) == ("CUP", 0, 2000)
    assert (told.amounts.discount_seller, told.amounts.discount_platform) == (200, 100)


def test_cancelled_order_brings_its_refund_or_none() -> None:
    routes = {DETAIL: ok(order(status=9)), REFUNDS: [ok([refund(money=16)]), ng(806)]}
    told = mapped(CONNECTOR.hydrate(push(reason_code="1", deal_op_type="1"), api_of(routes)))
    assert (told[0].status, told[0].refund_status, told[0].amounts.paid) == ("cancelled", "full", 1600)


def test_whole_push_is_not_read_again() -> None:
    event = push(detail="[]", status="2", total="1")
    assert not event.thin
    assert CONNECTOR.hydrate(event, api_of({})) is event


def test_answer_about_another_order_is_refused() -> None:
    with pytest.raises(Permanent, match="another order"):
        CONNECTOR.hydrate(push(reason_code="1"), api_of({DETAIL: ok(order("5"))}))


def by_seq(days: dict[str, int]) -> Any:
    def answer(request: HttpRequest) -> HttpResponse:
        told = dict(request.query)
        low, high = int(told["day_seq_start"]), min(int(told["day_seq_end"]), days.get(told["date_time"], 0))
        ids = [int(told["date_time"]) * 100_000 + number for number in range(low, high + 1)]
        return ok({"result": "ok", "order_ids": ids}) if ids else ng(806)

    return answer


def detail(request: HttpRequest) -> HttpResponse:
    return ok(order(dict(request.query)["order_id"]))


def test_sweep_reads_every_order_of_every_day_and_resumes() -> None:
    """From the day before, since orders change after their day; today as far as it got."""
    days = {"20261119": 3, "20261120": 130, "20261121": 7}
    routes = {BY_SEQ: by_seq(days), DETAIL: detail, REFUNDS: ng(806), LAST: ok({"result": "ok", "day_seq": 7})}
    since, until = datetime(2026, 11, 20, 1, tzinfo=UTC), NOW

    pages = list(CONNECTOR.pull_orders(since, until, None, api_of(routes)))

    found = [event.resource_id for page in pages for event in page.events]
    assert len(found) == len(set(found)) == 140
    assert pages[-1].cursor is None
    for place, page in enumerate(pages[:-1]):
        rest = list(CONNECTOR.pull_orders(since, until, page.cursor, api_of(routes)))
        assert [each.resource_id for one in rest for each in one.events] == found[sum(len(p.events) for p in pages[: place + 1]) :]
    with pytest.raises(Permanent, match="cursor-malformed"):
        list(CONNECTOR.pull_orders(since, until, "x", api_of(routes)))


def test_sweep_needs_the_shop() -> None:
    api = make_api(replace(ACCOUNT, options={}), SECRETS, FakeHttp({}))
    with pytest.raises(ConfigError, match="app_poi_code"):
        list(CONNECTOR.pull_orders(NOW, NOW, None, api))


def test_push_and_pull_give_the_same_order() -> None:
    """A whole push, one that is read again and a swept order."""
    fields = {name: json.dumps(value) if isinstance(value, list) else str(value) for name, value in order().items()}
    body = urlencode({name: quote_plus(value) for name, value in fields.items()}).encode()
    (whole,) = CONNECTOR.events(RawRequest("POST", BASE, {}, (), body, "confirmed"), Ref(ACCOUNT, "d", "push"))
    thin = CONNECTOR.hydrate(push(reason_code="1"), api_of({DETAIL: ok(order())}))
    routes = {LAST: ok({"day_seq": 1}), BY_SEQ: ok({"order_ids": [int(ID)]}), DETAIL: ok(order()), REFUNDS: ng(806)}
    page = next(iter(CONNECTOR.pull_orders(NOW, NOW, "20261121.1", api_of(routes))))

    (swept,) = mapped(page.events[0])
    assert swept.amounts.refunded == 0  # its refunds were asked for
    assert mapped(whole) == mapped(thin) == (changed(swept, amounts=changed(swept.amounts, refunded=None)),)


def test_reviews_of_past_days() -> None:
    rows = [{"comment_id": number, "comment_time": "2026-11-19", "food_comment_score": 5} for number in range(1, 26)]

    def answer(request: HttpRequest) -> HttpResponse:
        offset = int(dict(request.query)["pageoffset"])
        return ok(rows[offset : offset + 20])

    api = api_of({QUERY: answer})
    since = datetime(2026, 10, 1, tzinfo=UTC)

    pages = list(CONNECTOR.pull_reviews(since, NOW, None, api))

    assert [len(page.events) for page in pages] == [20, 5, 0]
    query = dict(http_of(api).sent[0].query)
    assert (query["start_time"], query["end_time"], query["replyStatus"]) == ("20261023", "20261120", "-1")
    assert mapped(pages[0].events[0])[0].rating == 5
    assert list(CONNECTOR.pull_reviews(NOW, NOW, None, api_of({}))) == []


def test_reviews_end_with_an_empty_page_however_short_pages_are() -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        offset = int(dict(request.query)["pageoffset"])
        return ok([{"comment_id": number} for number in range(1, 26)][offset : offset + 8])

    pages = CONNECTOR.pull_reviews(datetime(2026, 11, 1, tzinfo=UTC), NOW, None, api_of({QUERY: answer}))
    assert [event.resource_id for page in pages for event in page.events] == [str(number) for number in range(1, 26)]


def test_answers_are_said_once() -> None:
    api = api_of({ANSWER: ok("ok")})
    CONNECTOR.reply(Target("review", "7"), "谢谢", api)
    (sent,) = http_of(api).sent
    assert sent.once and dict(parse_qsl((sent.body or b"").decode()))["reply"] == "谢谢"
    assert dict(sent.query)["sig"] == sign(
        sent.url,
        [(name, value) for name, value in sent.query if name != "sig"] + parse_qsl((sent.body or b"").decode()),
        SECRETS["app_secret"],
    )
    with pytest.raises(Permanent, match="outcome-unknown"):
        CONNECTOR.reply(Target("review", "7"), "x", api_of({ANSWER: ng(700)}))
    with pytest.raises(Retriable, match="throttled"):
        CONNECTOR.reply(Target("review", "7"), "x", api_of({ANSWER: ng(711)}))
    with pytest.raises(Permanent, match="target-refused"):
        CONNECTOR.reply(Target("order", "7"), "x", api_of({}))
