"""Shopee's API: signing, single-use refresh tokens, what each error means, hydration, windows, comments, chat, ads."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, RawRequest, Ref, Target, Token
from chalicelib.domain.order import Order, Refund
from chalicelib.domain.spend import SpendRow
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from connectors.shopee import CONNECTOR
from connectors.shopee.api import call, renew, sign
from connectors.shopee.pull import LONGEST, SIZE
from tests.kit.cases import load
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

SHOP = Account("demo", "shopee", "kopi", {"shop_id": "700001", "region": "SG"})
SECRETS = {"partner_id": "2001887", "partner_key": "PARTNER_KEY", "refresh_token": "refresh-zero"}
REF = Ref(SHOP, "d-1", "push")
P = "/api/v2/"
LIST, DETAIL, ESCROW = f"GET {P}order/get_order_list", f"GET {P}order/get_order_detail", f"GET {P}payment/get_escrow_detail"
RETURNS, RETURN = f"GET {P}returns/get_return_list", f"GET {P}returns/get_return_detail"
TRACKING, COMMENTS = f"GET {P}logistics/get_tracking_number", f"GET {P}product/get_comment"
REPLY, CHAT, ADS = (
    f"POST {P}product/reply_comment",
    f"POST {P}sellerchat/send_message",
    f"GET {P}ads/get_all_cpc_ads_daily_performance",
)
TOKEN = f"POST {P}auth/access_token/get"
FRESH = {"error": "", "access_token": "token-two", "refresh_token": "refresh-two", "expire_in": 14400}


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = SHOP) -> Api:
    return make_api(account, SECRETS, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def ok(response: Any, error: str = "") -> HttpResponse:
    return reply({"error": error, "message": "", "response": response})


def refused(code: str) -> HttpResponse:
    return reply({"error": code, "message": "no"})


def fixture(name: str) -> Any:
    return json.loads(load("shopee", name).body)


def push(code: int, **data: Any) -> Event:
    body = json.dumps({"code": code, "data": data, "shop_id": 700001, "timestamp": 1795262400}).encode()
    return CONNECTOR.events(RawRequest("POST", "https://h.example.com", {}, (), body), REF)[0]


def test_vectors_of_signing() -> None:
    token, shop, stamp = "59777174636562737266615546704c6d", "14701711", "1655714431"
    shop_call = sign("PARTNER_KEY", "2001887", "/api/v2/order/get_order_list", stamp, token, shop)

    assert shop_call == "9ef9354268bdfac282647be8258446ae58e3016fbddaff0d95d43d02679680f8"
    public = sign("PARTNER_KEY", "2001887", "/api/v2/auth/token/get", stamp)
    assert public == "3d3e2826097ed68ee763c166f4aa08e16254ff5e9c460fc24048bd0210150e1b"


def test_a_call_is_signed_over_token_and_shop() -> None:
    api = api_of({LIST: ok({})})
    call(api, "order/get_order_list", (("page_size", "1"),))

    (sent,) = http_of(api).sent
    query = dict(sent.query)
    stamp = str(int(NOW.timestamp()))
    assert query["sign"] == sign("PARTNER_KEY", "2001887", "/api/v2/order/get_order_list", stamp, "token-one", "700001")
    assert (query["timestamp"], query["access_token"], query["shop_id"], query["page_size"]) == (stamp, "token-one", "700001", "1")
    assert urlsplit(sent.url).hostname == "partner.shopeemobile.com"


def test_hosts_are_chosen_by_option() -> None:
    api = api_of({LIST: ok({})}, account=Account("demo", "shopee", "k", {**SHOP.options, "host": "br"}))
    call(api, "order/get_order_list")
    assert urlsplit(http_of(api).sent[0].url).hostname == "openplatform.shopee.com.br"
    with pytest.raises(ConfigError):
        call(api_of({}, account=Account("demo", "shopee", "k", {**SHOP.options, "host": "evil.example"})), "order/get_order_list")


@pytest.mark.parametrize("code", ["invalid_acceess_token", "error_auth"])
def test_expired_token_is_renewed_once_with_its_single_use_refresh_token(code: str) -> None:
    tokens = FakeTokens()
    api = api_of({LIST: [refused(code), ok({})], TOKEN: [reply(FRESH)]}, tokens)

    call(api, "order/get_order_list")

    assert tokens.refreshes == 1
    assert tokens.stored == Token("token-two", NOW + timedelta(seconds=14400), "refresh-two")
    sent = http_of(api).sent[1]
    assert json.loads(sent.body or b"") == {"refresh_token": "refresh-one", "partner_id": 2001887, "shop_id": 700001}
    assert "access_token" not in dict(sent.query)
    assert dict(http_of(api).sent[2].query)["access_token"] == "token-two"


def test_refused_again_does_not_loop() -> None:
    tokens = FakeTokens()
    with pytest.raises(Retriable, match="token-refused"):
        call(api_of({LIST: refused("error_auth"), TOKEN: [reply(FRESH)]}, tokens), "order/get_order_list")
    assert tokens.refreshes == 1


@pytest.mark.parametrize(
    ("told", "seconds"),
    [(14400, 14400), (int(NOW.timestamp()) + 7200, 7200), (None, 0), (-5, 0), (999_999_999, 31 * 86_400)],
)
def test_a_life_may_be_written_as_an_end(told: int | None, seconds: int) -> None:
    found = renew(api_of({TOKEN: reply({**FRESH, "expire_in": told})}), None)
    assert found.expires_at == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (refused("refresh_token_expired"), Permanent, "token-revoked"),
        (refused("error_shop_refresh_token"), Permanent, "token-revoked"),
        (refused("shop_no_linked"), Permanent, "token-revoked"),
        (refused("error_auth"), Permanent, "token-revoked"),
        (refused("error_sign"), ConfigError, "signature-refused"),
        (refused("error_server"), Retriable, "platform-unavailable"),
        (reply({"error": "", "access_token": "x"}), Permanent, "payload-malformed"),
        (reply(b"<html>"), Retriable, "answer-malformed"),
    ],
)
def test_refusals_of_a_token(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error) as raised:
        renew(api_of({TOKEN: answer}), None)
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (refused("error_rate_limit"), Retriable, "platform-throttled"),
        (refused("ads.rate_limit.exceed_shop_api"), Retriable, "platform-throttled"),
        (refused("error_limit"), Retriable, "platform-throttled"),
        (refused("error_server"), Retriable, "platform-unavailable"),
        (refused("source_ip_undeclared"), ConfigError, "address-not-trusted"),
        (refused("error_permission"), ConfigError, "permission-missing"),
        (refused("shop_banned"), Permanent, "token-revoked"),
        (refused("error_not_found"), Skippable, "resource-missing"),
        (refused("error_param"), Permanent, "platform-refused"),
        (refused("Quilliam Thistlewood"), Permanent, "platform-refused"),
        (reply({"error": "-"}), Permanent, "answer-empty"),
        (reply(b"<html>oops</html>"), Retriable, "answer-malformed"),
        (reply(b'{"error":'), Retriable, "answer-malformed"),
    ],
)
def test_answers_and_what_they_mean(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    """Errors come with HTTP 200; the text of one is never repeated."""
    with pytest.raises(error) as raised:
        call(api_of({LIST: answer}), "order/get_order_list")
    assert (raised.value.reason, raised.value.connector) == (reason, "shopee")
    assert "Quilliam" not in str(raised.value)


def test_daily_limit_waits_for_midnight_in_singapore() -> None:
    with pytest.raises(Retriable) as raised:
        call(api_of({LIST: refused("error_limit")}), "order/get_order_list")
    assert raised.value.after == 4 * 3_600  # 12:00 UTC is 20:00 there


@pytest.mark.parametrize("error", ["", "-"])
def test_success_has_several_spellings(error: str) -> None:
    assert call(api_of({LIST: ok({"more": False}, error)}), "order/get_order_list") == b'{"more": false}'


def hydration(document: Any) -> dict[str, Any]:
    numbers = document.get("tracking") or {}
    escrow = {**document["escrow"], "return_order_sn_list": [each["return_sn"] for each in document["returns"]]}
    return {
        DETAIL: ok({"order_list": [document["order"]]}),
        ESCROW: ok(escrow),
        RETURN: [ok(each) for each in document["returns"]],
        TRACKING: lambda sent: ok({"tracking_number": numbers.get(dict(sent.query)["package_number"], "")}),
    }


def test_a_push_reads_order_escrow_returns_and_tracking() -> None:
    document = fixture("order-refunded-partly")
    api = api_of(hydration(document))

    event = CONNECTOR.hydrate(push(3, ordersn="261120KOPI0001", status="TO_RETURN"), api)
    order, refund = CONNECTOR.canonical(event.kind, event.payload, REF)

    assert isinstance(order, Order) and isinstance(refund, Refund) and not event.thin
    assert (order.amounts.refunded, order.refund_status, refund.amount) == (2000, "partial", 2000)
    assert (order.amounts.discount_seller, order.amounts.discount_platform) == (500, 650)
    assert CONNECTOR.hydrate(event, api) is event
    assert dict(http_of(api).sent[0].query)["request_order_status_pending"] == "true"


def test_a_parcel_push_tells_when_it_arrived() -> None:
    document = fixture("order-shipped")
    document["order"]["package_list"][0]["logistics_status"] = "LOGISTICS_DELIVERY_DONE"
    told = push(
        30, ordersn="261120KOPI0001", package_number="OFG1", fulfillment_status="LOGISTICS_DELIVERY_DONE", update_time=1795262000
    )

    event = CONNECTOR.hydrate(told, api_of(hydration(document)))
    (order,) = CONNECTOR.canonical(event.kind, event.payload, REF)

    assert isinstance(order, Order) and order.status == "delivered" and order.delivered_at is not None
    assert order.shipments[0].tracking_no == "SGX000000001"


def test_a_return_push_reads_the_return() -> None:
    api = api_of({RETURN: ok(fixture("refund"))})
    event = CONNECTOR.hydrate(push(29, order_sn="261120KOPI0001", return_sn="RET1"), api)

    (refund,) = CONNECTOR.canonical(event.kind, event.payload, REF)
    assert isinstance(refund, Refund) and (refund.refund_id, refund.status) == ("RET1", "succeeded")


def test_an_unpaid_order_has_no_escrow_yet() -> None:
    api = api_of({DETAIL: ok({"order_list": [fixture("order-bare")]})})
    event = CONNECTOR.hydrate(push(3, ordersn="261120KOPI0001"), api)

    (order,) = CONNECTOR.canonical("order", event.payload, REF)
    assert isinstance(order, Order) and (order.status, order.amounts.total) == ("pending_payment", None)


def test_an_escrow_that_is_not_there_leaves_the_parts_unknown() -> None:
    document = fixture("order-paid")
    api = api_of({**hydration(document), ESCROW: refused("order_not_found")})
    (order,) = CONNECTOR.canonical("order", CONNECTOR.hydrate(push(3, ordersn="261120KOPI0001"), api).payload, REF)

    assert isinstance(order, Order) and order.amounts.discount_seller is None and order.amounts.total == 4149


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"order_list": []}, Skippable),
        ({"order_list": [{"order_sn": "OTHER", "order_status": "UNPAID"}]}, Permanent),
    ],
)
def test_an_order_that_is_not_the_one_asked_for(answer: Any, error: type[HuitouError]) -> None:
    with pytest.raises(error):
        CONNECTOR.hydrate(push(3, ordersn="261120KOPI0001"), api_of({DETAIL: ok(answer)}))


@pytest.mark.parametrize("number", ["a b", "../x", "x,y", "x&y=1", "é"])
def test_a_number_that_is_none_is_never_asked_for(number: str) -> None:
    api = api_of({})
    with pytest.raises(Permanent):
        CONNECTOR.hydrate(push(3, ordersn=number), api)
    assert http_of(api).sent == []


def test_windows_are_cut_into_15_days_and_resumed() -> None:
    """Orders of each piece, then returns of each; the cursor leads to the piece and the page."""
    asked: list[tuple[int, int]] = []

    def listed(sent: HttpRequest) -> HttpResponse:
        query = dict(sent.query)
        asked.append((int(query["time_from"]), int(query["time_to"])))
        page = query["cursor"]
        return ok({"order_list": [{"order_sn": f"A{len(asked)}"}], "more": page == "", "next_cursor": "20" if page == "" else ""})

    routes = {LIST: listed, RETURNS: ok({"return": [], "more": False})}
    since = NOW - timedelta(days=40)
    pages = list(CONNECTOR.pull_orders(since, NOW, None, api_of(routes)))

    assert all(end - start <= LONGEST for start, end in asked) and len(set(asked)) == 3
    assert asked[0][0] == int(since.timestamp()) and asked[-1][1] >= int(NOW.timestamp())
    assert [len(page.events) for page in pages] == [1] * 6 + [0] * 3
    for position, page in enumerate(pages[:-1]):
        rest = list(CONNECTOR.pull_orders(since, NOW, page.cursor, api_of(routes)))
        assert [each.cursor for each in rest] == [each.cursor for each in pages[position + 1 :]]
    assert pages[-1].cursor is None and all(event.thin for page in pages for event in page.events)


@pytest.mark.parametrize("page", [{"more": True, "next_cursor": ""}, {"more": True}])
def test_a_list_that_breaks_off_is_an_error(page: dict[str, Any]) -> None:
    with pytest.raises(Permanent, match="pull-truncated"):
        list(CONNECTOR.pull_orders(NOW - timedelta(hours=1), NOW, None, api_of({LIST: ok({"order_list": [], **page})})))


@pytest.mark.parametrize("listed", ["orders", "returns", "comments"])
def test_a_page_that_does_not_say_whether_there_is_more_is_no_end(listed: str) -> None:
    orders = ok({"order_list": [{"order_sn": "A1"}]}) if listed == "orders" else ok({})
    returns = ok({"return": [fixture("refund")]}) if listed == "returns" else ok({})
    routes = {LIST: orders, RETURNS: returns, COMMENTS: ok({"item_comment_list": [comment(1)]})}
    pull = CONNECTOR.pull_reviews if listed == "comments" else CONNECTOR.pull_orders
    with pytest.raises(Permanent, match="does not say whether there is more"):
        list(pull(NOW - timedelta(hours=9), NOW, None, api_of(routes)))


def test_a_cursor_that_comes_back_is_an_error() -> None:
    with pytest.raises(Permanent, match="cursor-repeated"):
        list(CONNECTOR.pull_orders(NOW - timedelta(hours=1), NOW, None, api_of({LIST: ok({"more": True, "next_cursor": "20"})})))


@pytest.mark.parametrize("cursor", ["", "x", "orders.x.", "orders.99999999999999.", "reviews.1."])
def test_a_strange_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Permanent, match="cursor-malformed"):
        list(CONNECTOR.pull_orders(NOW - timedelta(hours=1), NOW, cursor, api_of({})))


def test_returns_that_do_not_fit_one_page_halve_the_window() -> None:
    """The list pages by number: rows that move meanwhile would be lost between two pages."""
    spans: list[int] = []

    def listed(sent: HttpRequest) -> HttpResponse:
        query = dict(sent.query)
        spans.append(int(query["update_time_to"]) - int(query["update_time_from"]))
        assert query["page_no"] == "0"
        many = spans[-1] > 1_000
        rows = [{**fixture("refund"), "return_sn": f"R{number}"} for number in range(SIZE if many else 1)]
        return ok({"return": rows, "more": many})

    pages = list(CONNECTOR.pull_orders(NOW - timedelta(hours=1), NOW, None, api_of({LIST: ok({}), RETURNS: listed})))

    fitting = [span for span in spans if span <= 1_000]
    assert sum(fitting) == 3_601 and len(fitting) < len(spans)  # all of the hour, and nothing of what did not fit
    assert sum(len(page.events) for page in pages) == len(fitting) and pages[-1].cursor is None


def test_push_and_pull_of_one_order_say_the_same() -> None:
    document = fixture("order-shipped")
    listed = ok({"order_list": [{"order_sn": "261120KOPI0001"}], "more": False})
    page = next(iter(CONNECTOR.pull_orders(NOW - timedelta(hours=1), NOW, None, api_of({LIST: listed}))))
    (pulled,) = page.events
    told = [CONNECTOR.hydrate(event, api_of(hydration(document))) for event in (push(3, ordersn="261120KOPI0001"), pulled)]

    assert CONNECTOR.canonical("order", told[0].payload, REF) == CONNECTOR.canonical("order", told[1].payload, REF)
    assert told[0].payload == told[1].payload


def test_more_returns_than_are_read_for_one_order() -> None:
    document = fixture("order-paid")
    escrow = {"order_sn": "261120KOPI0001", "return_order_sn_list": [f"R{number}" for number in range(21)]}
    routes = {**hydration(document), ESCROW: ok(escrow), RETURN: lambda sent: ok({"return_sn": dict(sent.query)["return_sn"]})}
    with pytest.raises(Permanent, match="pull-truncated"):
        CONNECTOR.hydrate(push(3, ordersn="261120KOPI0001"), api_of(routes))


def test_foreign_cursor_of_spend_is_refused() -> None:
    with pytest.raises(Permanent, match="cursor-malformed"):
        list(CONNECTOR.pull_spend(NOW.date(), NOW.date(), "x", api_of({})))


def comment(number: int, hours: int = 1) -> dict[str, Any]:
    return {**fixture("review"), "comment_id": number, "create_time": int((NOW - timedelta(hours=hours)).timestamp())}


def test_comments_of_the_window() -> None:
    rows = [comment(1), comment(2, 9), comment(3)]
    pages = [
        ok({"item_comment_list": rows[:2], "more": True, "next_cursor": "2"}),
        ok({"item_comment_list": rows[2:], "more": False}),
    ]
    found = list(CONNECTOR.pull_reviews(NOW - timedelta(hours=5), NOW, None, api_of({COMMENTS: pages})))

    assert [event.resource_id for page in found for event in page.events] == ["1", "3"]


@pytest.mark.parametrize(("hours", "fails"), [(1, True), (9, False), (-1, True)])
def test_more_comments_than_the_platform_tells(hours: int, fails: bool) -> None:
    """At 500 it goes on saying that there are more; whether one of ours is among them shows by the oldest, never the newest."""

    def listed(sent: HttpRequest) -> HttpResponse:
        at = int(dict(sent.query)["cursor"] or 0)
        rows = [comment(at + number, hours if number % 2 else 1) for number in range(SIZE)]
        return ok({"item_comment_list": rows, "more": True, "next_cursor": str(at + SIZE)})

    def run() -> int:
        return len(list(CONNECTOR.pull_reviews(NOW - timedelta(hours=5), NOW, None, api_of({COMMENTS: listed}))))

    if fails:
        with pytest.raises(Permanent, match="pull-truncated"):
            run()
    else:
        assert run() == 5


def test_an_answer_to_a_comment() -> None:
    api = api_of({REPLY: ok({"result_list": [{"comment_id": 7}]})})
    CONNECTOR.reply(Target("review", "7"), "Thank you", api)
    assert http_of(api).sent[0].once
    assert json.loads(http_of(api).sent[0].body or b"") == {"comment_list": [{"comment_id": 7, "comment": "Thank you"}]}


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (ok({"result_list": [{"comment_id": 7, "fail_error": "product.duplicate_request"}]}), Permanent, "platform-refused"),
        (ok({"result_list": []}), Permanent, "outcome-unknown"),
        (reply(b"<html>"), Permanent, "outcome-unknown"),
        (refused("error_server"), Permanent, "outcome-unknown"),
        (refused("error_rate_limit"), Retriable, "platform-throttled"),
    ],
)
def test_answers_that_are_not_taken(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error) as raised:
        CONNECTOR.reply(Target("review", "7"), "Thank you", api_of({REPLY: answer}))
    assert raised.value.reason == reason


def test_a_message_goes_to_the_buyer_of_a_thread_or_an_order() -> None:
    api = api_of({CHAT: ok({"message_id": "227"}), DETAIL: ok({"order_list": [{"order_sn": "S1", "buyer_user_id": 990001}]})})

    assert CONNECTOR.send_message(Target("thread", "990001"), "Hello", api).platform_id == "227"
    CONNECTOR.send_message(Target("order", "S1"), "Hello", api)
    told = [json.loads(sent.body) for sent in http_of(api).sent if sent.body]
    assert told == [{"to_id": 990001, "message_type": "text", "content": {"text": "Hello"}}] * 2


@pytest.mark.parametrize("target", [Target("thread", "conversation:3779"), Target("review", "7"), Target("order", "a b")])
def test_a_message_to_nobody_is_not_sent(target: Target) -> None:
    api = api_of({})
    with pytest.raises(Permanent, match="target-malformed"):
        CONNECTOR.send_message(target, "Hello", api)
    assert http_of(api).sent == []


def test_ads_are_asked_for_in_pieces_that_never_are_one_day() -> None:
    asked: list[tuple[str, str]] = []

    def report(sent: HttpRequest) -> HttpResponse:
        query = dict(sent.query)
        asked.append((query["start_date"], query["end_date"]))
        return ok([{"date": query["start_date"], "expense": 1}, {"date": query["end_date"], "expense": 2.5, "broad_gmv": 10}])

    pages = list(CONNECTOR.pull_spend(date(2026, 10, 1), date(2026, 10, 28), None, api_of({ADS: report})))

    assert asked == [("30-09-2026", "27-10-2026"), ("27-10-2026", "28-10-2026")]
    assert [event.resource_id for page in pages for event in page.events] == ["2026-10-27", "2026-10-28"]
    assert [page.cursor for page in pages] == ["2026-10-28", None]
    (row,) = CONNECTOR.canonical("spend", pages[0].events[0].payload, REF)
    assert isinstance(row, SpendRow) and (row.spend, row.revenue, row.currency, row.reported_at) == (250, 1000, "SGD", NOW)


def test_ids_beyond_a_float_stay_whole() -> None:
    payload = msgspec.json.encode({**fixture("review"), "comment_id": 2**63})
    (review,) = CONNECTOR.canonical("review", payload, REF)
    assert getattr(review, "review_id", "") == str(2**63)
