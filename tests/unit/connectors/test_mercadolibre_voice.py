"""Mercado Libre: what is said is read, pulled and answered; what ads cost is pulled by day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, Page, RawRequest, Ref, Sent, Target
from chalicelib.domain.voice import BuyerMessage, Question, Review
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from connectors.mercadolibre import CONNECTOR
from connectors.mercadolibre.voice_hydrate import MAX_MESSAGES
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

SELLER, BUYER, PACK, ORDER = "100000001", "200000007", "2000003508553001", "2000003508897001"
ACCOUNT = Account("demo", "mercadolibre", "loja", {"user_id": SELLER})
SECRETS = {"client_id": "1", "client_secret": "a-client-secret", "refresh_token": "refresh-zero"}
REF = Ref(ACCOUNT, "d-1", "push")
MISSING = reply({"error": "not_found"}, 404)
CONVERSATION = f"GET /messages/packs/{PACK}/sellers/{SELLER}"
DIRECT = f"POST /messages/packs/{PACK}/sellers/{SELLER}"
GUIDE = f"POST /messages/action_guide/packs/{PACK}/option"
SINCE = NOW - timedelta(hours=2)


def api_of(routes: dict[str, Any], account: Account = ACCOUNT, tokens: FakeTokens | None = None) -> Api:
    return make_api(account, SECRETS, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def with_options(**told: str) -> Account:
    return replace(ACCOUNT, options={**ACCOUNT.options, **told})


def push(topic: str, resource: str) -> Event:
    body = json.dumps({"_id": "n-1", "resource": resource, "user_id": 100000001, "topic": topic, "application_id": 1}).encode()
    return CONNECTOR.events(RawRequest("POST", "https://hooks.example.com", {}, (), body), REF)[0]


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, REF)


def asked(request: HttpRequest) -> dict[str, str]:
    return dict(request.query)


def body_of(request: HttpRequest) -> Any:
    return json.loads(request.body or b"null")


def question(number: int = 11760000001, **told: Any) -> dict[str, Any]:
    base = {"id": number, "item_id": "MLB1", "seller_id": int(SELLER), "status": "UNANSWERED", "text": "Serve?"}
    return {**base, "date_created": "2026-11-21T11:30:00Z", "answer": None, "from": {"id": int(BUYER)}, **told}


def message(writer: str = BUYER, at: str = "2026-11-20T15:14:10Z", **told: Any) -> dict[str, Any]:
    reader = SELLER if writer != SELLER else BUYER
    sides = {"from": {"user_id": int(writer)}, "to": {"user_id": int(reader)}}
    return {"id": f"m{writer}{at}", **sides, "text": "Oi", "message_date": {"created": at}, **told}


def talk(*messages: dict[str, Any], status: str = "active", substatus: str | None = None) -> HttpResponse:
    told = {"status": status, "substatus": substatus, "path": f"/packs/{PACK}/sellers/{SELLER}"}
    return reply({"paging": {"total": len(messages)}, "conversation_status": told, "messages": list(messages)})


def test_question_is_read_again() -> None:
    api = api_of({"GET /questions/11760000001": reply(question())})

    event = CONNECTOR.hydrate(push("questions", "/questions/11760000001"), api)
    (told,) = mapped(event)

    assert isinstance(told, Question) and not event.thin
    assert (told.question_id, told.status, told.product_id, told.buyer.id) == ("11760000001", "open", "MLB1", BUYER)
    assert asked(http_of(api).sent[0])["api_version"] == "4"


def test_question_of_global_selling_reads_under_its_own_prefix() -> None:
    api = api_of({"GET /marketplace/questions/7": reply(question(7))})
    assert CONNECTOR.hydrate(push("marketplace_questions", "/marketplace/questions/7"), api).kind == "question"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (MISSING, Skippable),
        (reply(question(2)), Permanent),
        (reply(question(seller_id=2)), Skippable),
        (reply({}, 403), Permanent),
    ],
)
def test_forged_question_costs_one_read(answer: HttpResponse, error: type[HuitouError]) -> None:
    """One that is not there, is another, or was put by this account to somebody else: nothing is stored."""
    api = api_of({"GET /questions/11760000001": answer})
    with pytest.raises(error):
        CONNECTOR.hydrate(push("questions", "/questions/11760000001"), api)
    assert len(http_of(api).sent) == 1


@pytest.mark.parametrize(
    ("topic", "resource"),
    [
        ("questions", "/users/1"),
        ("questions", "/questions/abc"),
        ("orders_feedback", "/orders/1"),
        ("orders_feedback", "/users/1/feedback"),
        ("messages", "/users/me/addresses"),
        ("messages", "/messages/unread/all"),
        ("messages", "/messages/packs/x/sellers/1"),
        ("messages", "/messages/packs/1/buyers/1"),
    ],
)
def test_resources_that_are_nothing_said_are_never_fetched(topic: str, resource: str) -> None:
    api = api_of({})
    with pytest.raises(Permanent):
        CONNECTOR.hydrate(push(topic, resource), api)
    assert http_of(api).sent == []


def test_feedback_is_the_buyers_word() -> None:
    told = {"sale": {"id": 1}, "purchase": {"id": 5, "rating": "neutral", "message": "Ok", "from": {"id": 7}}}
    api = api_of({f"GET /orders/{ORDER}/feedback": reply(told)})

    event = CONNECTOR.hydrate(push("orders_feedback", f"/orders/{ORDER}/feedback"), api)
    (review,) = mapped(event)

    assert isinstance(review, Review)
    assert (review.review_id, review.order_id, review.rating, review.text) == ("feedback:5", ORDER, 3, "Ok")


def test_feedback_that_is_not_there_yet() -> None:
    api = api_of({f"GET /orders/{ORDER}/feedback": reply({"sale": {"id": 1}, "purchase": None})})
    with pytest.raises(Skippable, match="nothing-told"):
        CONNECTOR.hydrate(push("orders_feedback", f"/orders/{ORDER}/feedback"), api)


def test_message_by_its_id_is_not_marked_as_read() -> None:
    about = [{"id": PACK, "name": "packs"}, {"id": SELLER, "name": "sellers"}]
    api = api_of({"GET /messages/2d45a5": reply({"paging": None, "messages": [message(message_resources=about)]})})

    (told,) = mapped(CONNECTOR.hydrate(push("messages", "2d45a5"), api))

    assert isinstance(told, BuyerMessage) and (told.sender, told.thread_id, told.buyer.id) == ("buyer", PACK, BUYER)
    (sent,) = http_of(api).sent
    assert asked(sent) == {"tag": "post_sale", "mark_as_read": "false"} and sent.rate is not None


def test_conversation_is_read_to_its_end() -> None:
    """The topic may name the conversation: its messages come by pages."""
    all_of_them = [message(at=f"2026-11-20T15:{number // 60:02}:{number % 60:02}Z") for number in range(130)]

    def page(request: HttpRequest) -> HttpResponse:
        told = asked(request)
        start = int(told["offset"])
        return reply({"paging": {"total": 130}, "messages": all_of_them[start : start + int(told["limit"])]})

    event = CONNECTOR.hydrate(push("messages", f"/packs/{PACK}/sellers/{SELLER}"), api_of({CONVERSATION: page}))

    assert event.resource_id == PACK and len(mapped(event)) == 130


@pytest.mark.parametrize("total", [5, MAX_MESSAGES * 2])
def test_conversation_that_does_not_end_raises(total: int) -> None:
    rows = [] if total == 5 else [message()] * 100
    api = api_of({CONVERSATION: reply({"paging": {"total": total}, "messages": rows})})
    with pytest.raises(Permanent, match="pull-truncated"):
        CONNECTOR.hydrate(push("messages", f"/messages/packs/{PACK}/sellers/{SELLER}"), api)


def test_conversation_of_a_purchase_is_left_alone() -> None:
    api = api_of({})
    with pytest.raises(Skippable, match="sale-of-another"):
        CONNECTOR.hydrate(push("messages", f"/packs/{PACK}/sellers/9"), api)
    assert http_of(api).sent == []


def pulled(routes: dict[str, Any], cursor: str | None = None, account: Account = ACCOUNT, since: datetime = SINCE) -> list[Page]:
    return list(CONNECTOR.pull_reviews(since, NOW, cursor, api_of(routes, account)))


def asks(count: int) -> Any:
    """The search of questions, the newest first, one a minute."""
    rows = [question(1000 + number, date_created=_before(number)) for number in range(count)]

    def answer(request: HttpRequest) -> HttpResponse:
        told = asked(request)
        assert (told["seller_id"], told["sort_fields"], told["sort_types"]) == (SELLER, "date_created", "DESC")
        start = int(told["offset"])
        return reply({"total": len(rows), "limit": 50, "questions": rows[start : start + int(told["limit"])]})

    return answer


def _before(minutes: int) -> str:
    return (NOW - timedelta(minutes=minutes)).astimezone(UTC).isoformat()


ITEMS = f"GET /users/{SELLER}/items/search"
NO_ITEMS = {ITEMS: reply({"results": []})}


def test_questions_are_pulled_back_to_since() -> None:
    """Of 300 questions, one a minute, those of two hours: three pages are read, not six."""
    pages = pulled({"GET /questions/search": asks(300), **NO_ITEMS})

    events = [event for page in pages for event in page.events]
    assert len(events) == 121 and {event.kind for event in events} == {"question"}
    assert [page.cursor for page in pages] == ["questions:50", "questions:100", "reviews:", None]
    assert all(not event.thin for event in events) and mapped(events[0])[0].status == "open"


def test_pull_of_questions_goes_on_from_its_cursor() -> None:
    routes = {"GET /questions/search": asks(300), **NO_ITEMS}
    pages = pulled(routes)
    for index, page in enumerate(pages[:-1]):
        assert pulled(routes, page.cursor) == pages[index + 1 :]


def test_pull_that_tells_less_than_it_counts_raises() -> None:
    with pytest.raises(Permanent, match="pull-truncated"):
        pulled({"GET /questions/search": reply({"total": 3, "questions": []})})


@pytest.mark.parametrize("cursor", ["questions:x", "questions:-1", "questions:1234567890", "questions:٣"])
def test_strange_place_in_the_questions_is_refused(cursor: str) -> None:
    """Never the beginning once more."""
    with pytest.raises(Permanent, match="cursor-malformed"):
        pulled({}, cursor)


def test_pulled_and_pushed_questions_are_one() -> None:
    told = question()
    (page, _) = pulled({"GET /questions/search": reply({"total": 1, "questions": [told]}), **NO_ITEMS})
    pushed = CONNECTOR.hydrate(push("questions", "/questions/11760000001"), api_of({"GET /questions/11760000001": reply(told)}))
    assert mapped(page.events[0]) == mapped(pushed)


def review(number: int, at: str = "2026-11-20T13:18:21Z") -> dict[str, Any]:
    return {"id": number, "reviewable_object": {"id": "MLB1"}, "date_created": at, "status": "published", "rate": 4}


class Listings:
    """A shop's listings with one review each, by the scan that ends with an empty page."""

    def __init__(self, count: int) -> None:
        self.ids = [f"MLB{3_500_000_000 + number}" for number in range(count)]
        self.read: list[str] = []

    def scan(self, request: HttpRequest) -> HttpResponse:
        start = int(asked(request).get("scroll_id", "s0")[1:])
        return reply({"results": self.ids[start : start + 100], "scroll_id": f"s{start + 100}"})

    def reviews(self, request: HttpRequest) -> HttpResponse:
        self.read.append(request.url.rsplit("/", 1)[-1])
        return reply({"paging": {"total": 1}, "reviews": [review(len(self.read))]})

    def routes(self) -> dict[str, Any]:
        return {ITEMS: self.scan, **{f"GET /reviews/item/{item}": self.reviews for item in self.ids}}


def test_every_listing_has_its_turn_once_a_day() -> None:
    """A day in windows of 40 minutes looks at each of 250 listings once, whatever the windows' edges."""
    shop = Listings(250)
    start = NOW - timedelta(days=1)
    for number in range(36):
        since = start + number * timedelta(minutes=40)
        list(CONNECTOR.pull_reviews(since, since + timedelta(minutes=40), "reviews:", api_of(shop.routes())))
    assert sorted(shop.read) == sorted(shop.ids)


def test_reviews_go_on_from_their_cursor() -> None:
    shop, account = Listings(60), with_options(review_hours="1")
    pages = pulled(shop.routes(), "reviews:", account)
    again = pulled(shop.routes(), pages[0].cursor, account)

    assert len(pages) == 3 and pages[-1].cursor is None
    assert [event.resource_id for page in again for event in page.events] == sorted(shop.ids)[20:]


def test_scan_that_stands_still_is_not_the_end() -> None:
    """Without a way on, the first hundred listings would pass for all of them."""
    first = reply({"results": [f"MLB{number}" for number in range(100)]})
    with pytest.raises(Permanent, match="cursor-repeated"):
        pulled({ITEMS: first}, "reviews:", with_options(review_hours="1"))


def test_window_without_a_turn_lists_nothing() -> None:
    since = NOW + timedelta(minutes=5)
    (page,) = CONNECTOR.pull_reviews(since, since + timedelta(minutes=30), "reviews:", api_of({}))
    assert page == Page((), None)


def test_reviews_of_a_listing_are_read_to_the_end_and_old_ones_left_out() -> None:
    """They come by relevance: new ones may stand behind old ones."""
    item = "MLB3500000000"
    old, new = review(1, "2025-01-01T00:00:00Z"), review(2)

    def page(request: HttpRequest) -> HttpResponse:
        return reply({"paging": {"total": 2}, "reviews": [old, new][int(asked(request)["offset"]) :][:1]})

    account = with_options(review_hours="1")
    routes = {ITEMS: [reply({"results": [item]}), reply({"results": []})], f"GET /reviews/item/{item}": page}
    (found,) = pulled(routes, "reviews:", account)

    assert [each.review_id for each in mapped(found.events[0])] == ["2"]
    gone = {ITEMS: [reply({"results": [item]}), reply({"results": []})], f"GET /reviews/item/{item}": MISSING}
    assert pulled(gone, "reviews:", account)[0].events == ()


@pytest.mark.parametrize(("paging", "fails"), [({"total": 3}, True), ({"total": 3, "reviews_with_comment": 1}, False)])
def test_reviews_that_end_below_their_count(paging: dict[str, int], fails: bool) -> None:
    """Stars without words may be counted and not listed; anything else that is missing is an error."""
    item, account = "MLB1", with_options(review_hours="1")

    def page(request: HttpRequest) -> HttpResponse:
        return reply({"paging": paging, "reviews": [review(1)][int(asked(request)["offset"]) :]})

    routes = {ITEMS: [reply({"results": [item]}), reply({"results": []})], f"GET /reviews/item/{item}": page}
    if fails:
        with pytest.raises(Permanent, match="pull-truncated"):
            pulled(routes, "reviews:", account)
    else:
        (found,) = pulled(routes, "reviews:", account)
        assert len(found.events) == 1


@pytest.mark.parametrize("told", ["0", "-1", "x", "²", "99999"])
def test_review_hours_are_a_number(told: str) -> None:
    with pytest.raises(ConfigError, match="review_hours"):
        pulled({}, "reviews:", with_options(review_hours=told))


def test_pull_of_reviews_needs_a_cursor_of_its_own_and_a_seller() -> None:
    with pytest.raises(Permanent, match="cursor-malformed"):
        pulled({}, "elsewhere:1")
    with pytest.raises(ConfigError, match="user_id"):
        pulled({}, None, replace(ACCOUNT, options={}))


def test_question_is_answered() -> None:
    api = api_of({"POST /answers": reply({"id": 11760000001, "status": "ANSWERED"})})

    assert CONNECTOR.reply(Target("question", "11760000001"), "Serve, sim.", api) == Sent(None)

    (sent,) = http_of(api).sent
    assert body_of(sent) == {"question_id": 11760000001, "text": "Serve, sim."} and sent.once


def test_feedback_is_replied_to() -> None:
    api = api_of({"POST /feedback/5/reply": reply({}, 201)})
    CONNECTOR.reply(Target("review", "feedback:5", ORDER), "Obrigado!", api)
    assert body_of(http_of(api).sent[0]) == {"reply": "Obrigado!"}


@pytest.mark.parametrize(
    "target", [Target("review", "60900001"), Target("question", "feedback:5x"), Target("order", ORDER), Target("question", "../me")]
)
def test_what_cannot_be_answered_is_not_tried(target: Target) -> None:
    """Product reviews above all: the platform has no reply to them."""
    api = api_of({})
    with pytest.raises(Permanent, match="target-unknown"):
        CONNECTOR.reply(target, "Obrigado!", api)
    assert http_of(api).sent == []


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (reply({"error": "not_unanswered_question", "message": "Ada Example"}, 400), Permanent, "already-answered"),
        (reply({"error": "bad_request", "cause": "limit_exceeded"}, 400), Permanent, "message-limit"),
        (reply({"error": "Ada Example", "cause": []}, 400), Permanent, "platform-refused"),
        (reply({"error": "token_revoked"}, 400), Permanent, "platform-refused"),  # a word of theirs must never be a reason of ours
        (reply(b"<html>", 403), Permanent, "platform-refused"),
        (MISSING, Permanent, "target-missing"),
        (reply({"error": "conflict"}, 409), Retriable, "platform-throttled"),
    ],
)
def test_refused_answers(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    """By the platform's own word, never by its text."""
    with pytest.raises(error) as raised:
        CONNECTOR.reply(Target("question", "1"), "Sim.", api_of({"POST /answers": answer}))
    assert raised.value.reason == reason and "Ada" not in str(raised.value)


def test_answer_whose_outcome_is_not_known_is_not_said_again() -> None:
    def broken(request: HttpRequest) -> HttpResponse:
        raise Retriable("platform-unavailable", "HTTP 502")

    api = api_of({"POST /answers": broken})
    with pytest.raises(Permanent, match="outcome-unknown"):
        CONNECTOR.reply(Target("question", "1"), "Sim.", api)
    assert len(http_of(api).sent) == 1


def test_throttled_answer_was_not_said() -> None:
    def limited(request: HttpRequest) -> HttpResponse:
        raise Retriable("platform-throttled", "429", after=9)

    with pytest.raises(Retriable):
        CONNECTOR.reply(Target("question", "1"), "Sim.", api_of({"POST /answers": limited}))


def test_token_that_is_over_is_renewed_before_it_is_said() -> None:
    fresh = {"access_token": "token-two", "expires_in": 21600, "refresh_token": "refresh-two"}
    routes = {"POST /answers": [reply({}, 401), reply({})], "POST /oauth/token": reply(fresh)}
    tokens = FakeTokens()
    CONNECTOR.reply(Target("question", "1"), "Sim.", api_of(routes, tokens=tokens))
    assert tokens.refreshes == 1


def test_message_goes_to_whoever_wrote_last() -> None:
    """Where a user of the platform's own stands between, the answer goes to that one."""
    agent = "3037675074"
    heard = (
        message(BUYER, "2026-11-01T00:00:00Z"),
        message(agent, "2026-11-20T00:00:00Z"),
        message(SELLER, "2026-11-21T00:00:00Z"),
    )
    api = api_of({CONVERSATION: talk(*heard), DIRECT: reply({"id": "sent-1", "status": "available"}, 201)})

    assert CONNECTOR.send_message(Target("thread", PACK), "Hoje mesmo.", api) == Sent("sent-1")

    sent = http_of(api).sent[-1]
    assert body_of(sent) == {"from": {"user_id": int(SELLER)}, "to": {"user_id": int(agent)}, "text": "Hoje mesmo."}
    assert asked(sent) == {"tag": "post_sale"} and sent.once and sent.rate is not None


@pytest.mark.parametrize(("status", "substatus"), [("active", None), ("blocked", "blocked_by_conversation_started_by_seller")])
def test_first_message_of_an_order_gives_its_reason(status: str, substatus: str | None) -> None:
    order = {"id": int(ORDER), "pack_id": int(PACK), "seller": {"id": int(SELLER)}, "buyer": {"id": int(BUYER)}}
    routes = {f"GET /orders/{ORDER}": reply(order), CONVERSATION: talk(status=status, substatus=substatus)}
    api = api_of({**routes, GUIDE: reply({"id": "sent-2", "status": "available"})})

    assert CONNECTOR.send_message(Target("order", ORDER), "Olá!", api) == Sent("sent-2")
    assert body_of(http_of(api).sent[-1]) == {"option_id": "OTHER", "text": "Olá!"}


def test_order_without_a_pack_names_the_conversation() -> None:
    order = {"id": int(PACK), "pack_id": None, "buyer": {"id": int(BUYER)}}
    api = api_of({f"GET /orders/{PACK}": reply(order), CONVERSATION: talk(), GUIDE: reply(b"no json")})
    assert CONNECTOR.send_message(Target("order", PACK), "Olá!", api) == Sent(None)


def test_sale_that_needs_no_reason_is_written_to_directly() -> None:
    order = {"id": int(ORDER), "pack_id": int(PACK), "buyer": {"id": int(BUYER)}}
    excepted = reply({"error": "bad_request", "cause": "blocked_by_excepted_case"}, 400)
    routes = {f"GET /orders/{ORDER}": reply(order), CONVERSATION: talk(), GUIDE: excepted, DIRECT: reply({"id": "sent-3"})}

    assert CONNECTOR.send_message(Target("order", ORDER), "Olá!", api_of(routes)) == Sent("sent-3")
    with pytest.raises(Permanent, match="reason-not-needed"):
        CONNECTOR.send_message(Target("thread", PACK), "Olá!", api_of({CONVERSATION: talk(), GUIDE: excepted}))


def _refusals() -> Iterator[tuple[Target, dict[str, Any], str]]:
    thread = Target("thread", PACK)
    yield thread, {CONVERSATION: talk(message(), status="blocked", substatus="blocked_by_buyer")}, "conversation-blocked"
    moderated = reply({"id": "x", "status": "moderated", "message_moderation": {"status": "rejected"}})
    yield thread, {CONVERSATION: talk(message()), DIRECT: moderated}, "message-moderated"
    yield Target("thread", "user:7"), {}, "target-unknown"
    yield Target("review", "1"), {}, "target-unknown"
    other = {f"GET /orders/{ORDER}": reply({"id": 1, "seller": {"id": 2}})}
    yield Target("order", ORDER), other, "target-unknown"


@pytest.mark.parametrize(("target", "routes", "reason"), list(_refusals()))
def test_messages_that_are_refused(target: Target, routes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Permanent) as raised:
        CONNECTOR.send_message(target, "Olá!", api_of(routes))
    assert raised.value.reason == reason


def campaign(number: int, **told: Any) -> dict[str, Any]:
    return {"id": number, "name": "Panelas", "metrics": {"clicks": 8, "prints": 100, "cost": 5.5, "total_amount": 45.0}, **told}


ADVERTISERS = "GET /advertising/advertisers"
ONE = reply({"advertisers": [{"advertiser_id": 36, "site_id": "MLB"}]})
REPORT = "GET /advertising/MLB/advertisers/36/product_ads/campaigns/search"
DAYS = (date(2026, 11, 19), date(2026, 11, 20))


def spent(routes: dict[str, Any], cursor: str | None = None, account: Account = ACCOUNT) -> list[Page]:
    return list(CONNECTOR.pull_spend(*DAYS, cursor, api_of(routes, account)))


def test_spend_is_pulled_day_by_day() -> None:
    """The platform's own daily rows do not name their campaign, so that each day is asked for alone."""
    calls: list[HttpRequest] = []

    def report(request: HttpRequest) -> HttpResponse:
        calls.append(request)
        told = asked(request)
        rows = [campaign(number) for number in range(1, 61)]
        start = int(told["offset"])
        return reply({"paging": {"total": 60}, "results": rows[start : start + int(told["limit"])]})

    pages = spent({ADVERTISERS: ONE, REPORT: report})

    assert [page.cursor for page in pages] == ["2026-11-20", None] and len(calls) == 4
    assert asked(calls[0])["date_from"] == asked(calls[0])["date_to"] == "2026-11-19"
    assert calls[0].headers["api-version"] == "2"
    rows = mapped(pages[0].events[0])
    assert len(rows) == 60
    assert (rows[0].day, rows[0].currency, rows[0].zone, rows[0].spend) == (DAYS[0], "BRL", "America/Sao_Paulo", 550)
    assert spent({ADVERTISERS: ONE, REPORT: report}, "2026-11-20") == pages[1:]


def test_report_that_says_the_same_is_the_same_event() -> None:
    routes = {ADVERTISERS: ONE, REPORT: reply({"paging": {"total": 1}, "results": [campaign(1)]})}
    first = spent(routes)[0].events[0]
    later = replace(api_of(routes), now=lambda: NOW + timedelta(hours=6))
    second = next(iter(CONNECTOR.pull_spend(*DAYS, None, later))).events[0]
    assert first.delivery_id == second.delivery_id and first.payload != second.payload


def test_shop_without_ads_has_no_pages() -> None:
    assert spent({ADVERTISERS: MISSING}) == spent({ADVERTISERS: reply({"advertisers": []})}) == []


def test_days_that_the_platform_no_longer_keeps_are_not_asked_for() -> None:
    report = reply({"paging": {"total": 0}, "results": []})
    api = api_of({ADVERTISERS: ONE, REPORT: report})
    pages = list(CONNECTOR.pull_spend(date(2025, 1, 1), date(2026, 11, 20), None, api))
    assert len(pages) == 90 and asked(http_of(api).sent[1])["date_from"] == "2026-08-23"


def test_advertiser_is_chosen_where_there_are_several() -> None:
    two = reply({"advertisers": [{"advertiser_id": 36, "site_id": "MLB"}, {"advertiser_id": 37, "site_id": "MLA"}]})
    empty = reply({"paging": {"total": 0}, "results": []})
    assert len(spent({ADVERTISERS: two, REPORT: empty}, account=with_options(advertiser_id="36"))) == 2
    for account in (ACCOUNT, with_options(advertiser_id="38")):
        with pytest.raises(ConfigError, match="advertiser_id"):
            spent({ADVERTISERS: two}, account=account)


@pytest.mark.parametrize(
    "advertiser", [{"advertiser_id": 36, "site_id": "../x"}, {"advertiser_id": 36}, {"advertiser_id": "a/b", "site_id": "MLB"}]
)
def test_advertiser_goes_into_no_other_path(advertiser: dict[str, Any]) -> None:
    with pytest.raises(Permanent, match="payload-malformed"):
        spent({ADVERTISERS: reply({"advertisers": [advertiser]})})


def test_spend_that_is_cut_short_raises() -> None:
    with pytest.raises(Permanent, match="pull-truncated"):
        spent({ADVERTISERS: ONE, REPORT: reply({"paging": {"total": 3}, "results": []})})
    with pytest.raises(Permanent, match="cursor-malformed"):
        spent({ADVERTISERS: ONE}, "elsewhere")
