"""Meta: the check of the address, vectors, tokens, errors by their codes, mentions, pulls, replies, messages, spend."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.channels import Recipient
from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, Page, RawRequest, Ref, Secrets, Target, Token
from chalicelib.domain.spend import SpendRow
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected, Retriable, Skippable
from connectors.meta import CONNECTOR
from connectors.meta.api import appsecret_proof, get, renew
from connectors.meta.push import signature
from tests.kit.cases import load
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

IG, PAGE = "17841400000000001", "100000000000001"
OPTIONS = {"ig_id": IG, "page_id": PAGE, "ad_account_id": "1234"}
ACCOUNT = Account("demo", "meta", "acme", OPTIONS)
SECRETS = {"access_token": "token-one", "app_secret": "app_secret"}
REF = Ref(ACCOUNT, "d-1", "push")
V = "/v25.0"
SINCE, UNTIL = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
ADDRESS = Secrets({"verify_token": ("a-verify-token", "an-older-token")})


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT) -> Api:
    return make_api(account, SECRETS, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def problem(code: int, sub: int | None = None, status: int = 400) -> HttpResponse:
    return reply({"error": {"code": code, "error_subcode": sub, "message": "Ada Example"}}, status)


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, REF)


def collect(pages: Any) -> list[Page]:
    return list(pages)


def address(*query: tuple[str, str]) -> RawRequest:
    return RawRequest("GET", "https://hooks.example.com/webhooks/meta/acme", {}, query, b"")


MODE, CHALLENGE = ("hub.mode", "subscribe"), ("hub.challenge", "1158201444")


@pytest.mark.parametrize("token", ["a-verify-token", "an-older-token"])
def test_address_gives_the_challenge_back(token: str) -> None:
    found = CONNECTOR.verify(address(MODE, CHALLENGE, ("hub.verify_token", token)), ACCOUNT, ADDRESS, NOW)
    assert (found.reply.status, found.reply.body, found.reply.content_type) == (200, "1158201444", "text/plain")
    assert not found.carries_event


@pytest.mark.parametrize(
    "query",
    [
        (MODE, CHALLENGE),
        (MODE, CHALLENGE, ("hub.verify_token", "")),
        (MODE, CHALLENGE, ("hub.verify_token", "a-verify-tokem")),
        (MODE, CHALLENGE, ("hub.verify_token", "签名")),
        (CHALLENGE, ("hub.verify_token", "a-verify-token")),
        (MODE, ("hub.verify_token", "a-verify-token")),
        (MODE, ("hub.challenge", "x" * 300), ("hub.verify_token", "a-verify-token")),
    ],
)
def test_address_is_not_given_to_others(query: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(Rejected) as raised:
        CONNECTOR.verify(address(*query), ACCOUNT, ADDRESS, NOW)
    assert raised.value.status == 403


def test_address_without_a_token_configured_is_closed() -> None:
    with pytest.raises(ConfigError):
        CONNECTOR.verify(address(MODE, CHALLENGE, ("hub.verify_token", "")), ACCOUNT, Secrets({"app_secret": ("x",)}), NOW)


def test_signature_and_proof_vectors() -> None:
    assert signature("test_secret", b'{"object":"page"}') == (
        "sha256=100d9a3ba5e6f3e6a12a1a15213cc19b0f1d726ccf9996ee70bafe7ac4628e0b"
    )
    assert appsecret_proof("app_secret", "token") == "059a4ea9403818b051f7309a311095ac009e10fdbaeafbc3ea4d066fab212e18"


def test_old_sha1_header_is_no_signature() -> None:
    case = load("meta", "push-ig-comment")
    sha1 = replace(case.request, headers={"x-hub-signature": ("sha1=" + "0" * 40,)})
    with pytest.raises(Rejected):
        CONNECTOR.verify(sha1, case.account, case.secrets, NOW)


def test_events_of_other_assets_in_one_delivery_are_left_out() -> None:
    """One callback serves all of an application: what is another account's stays out, and tells the same when it comes again."""
    case = load("meta", "push-of-two-accounts")
    (event,) = CONNECTOR.events(case.request, case.ref)
    assert mapped(event)[0].review_id == "17858893269000001"
    alone = load("meta", "push-ig-comment")
    assert CONNECTOR.events(alone.request, alone.ref)[0].delivery_id == event.delivery_id


def test_token_goes_into_a_header_with_its_proof() -> None:
    api = api_of({f"GET {V}/1": reply({})})
    get(api, "/1", (("fields", "id"),))
    (sent,) = http_of(api).sent
    assert sent.headers["authorization"] == "Bearer token-one"
    assert dict(sent.query) == {"fields": "id", "appsecret_proof": appsecret_proof("app_secret", "token-one")}
    assert sent.url == "https://graph.facebook.com/v25.0/1" and sent.rate is not None


def test_dead_token_is_revoked_once_and_does_not_loop() -> None:
    tokens = FakeTokens(Token("token-one", None))
    with pytest.raises(Permanent, match="token-revoked"):
        get(api_of({f"GET {V}/1": problem(190, 463, 401)}, tokens), "/1", ())
    assert tokens.refreshes == 1


def test_newly_configured_token_replaces_a_dead_one() -> None:
    tokens = FakeTokens(Token("token-old", None))
    api = api_of({f"GET {V}/1": [problem(190), reply({})]}, tokens)
    get(api, "/1", ())
    assert tokens.stored == Token("token-one", None)


LOGIN = replace(ACCOUNT, options={**OPTIONS, "login": "instagram"})
REFRESH = "GET /refresh_access_token"


def test_instagram_tokens_are_exchanged_before_they_are_over() -> None:
    api = api_of({REFRESH: reply({"access_token": "token-two", "expires_in": 5_184_000})}, account=LOGIN)
    assert renew(api, Token("token-x", NOW)) == Token("token-two", NOW + timedelta(days=60))
    assert dict(http_of(api).sent[0].query) == {"grant_type": "ig_refresh_token", "access_token": "token-x"}


def test_young_instagram_token_is_used_as_it_is() -> None:
    assert renew(api_of({REFRESH: problem(100)}, account=LOGIN), None) == Token("token-one", NOW + timedelta(days=1))
    with pytest.raises(Permanent, match="token-revoked"):
        renew(api_of({REFRESH: problem(190)}, account=LOGIN), Token("token-one", NOW))


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (problem(4), Retriable, "platform-throttled"),
        (problem(80004), Retriable, "platform-throttled"),
        (problem(613), Retriable, "platform-throttled"),
        (problem(2), Retriable, "platform-unavailable"),
        (problem(10), Permanent, "permission-missing"),
        (problem(200), Permanent, "permission-missing"),
        (problem(100), Permanent, "platform-refused"),
        (problem(100, 33), Skippable, "resource-missing"),
        (reply(b"<html>Ada Example</html>", 400), Permanent, "platform-refused"),
        (reply({}, 302), Permanent, "platform-refused"),
        (reply({}, 404), Skippable, "resource-missing"),
    ],
)
def test_answers_and_what_they_mean(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error) as raised:
        get(api_of({f"GET {V}/1": answer}), "/1", ())
    assert (raised.value.reason, raised.value.connector) == (reason, "meta") and "Ada" not in str(raised.value)


@pytest.mark.parametrize("options", [{"login": "rival.example"}, {"graph_version": "../x"}])
def test_unknown_hosts_are_not_called(options: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        get(api_of({}, account=replace(ACCOUNT, options={**OPTIONS, **options})), "/1", ())


def mention() -> Event:
    case = load("meta", "push-ig-mention")
    return CONNECTOR.events(case.request, case.ref)[0]


def test_mention_is_read_as_the_account_sees_it() -> None:
    told = {"mentioned_comment": {"id": "17858893269000005", "text": "@acme nice", "username": "ada.example"}, "id": IG}
    api = api_of({f"GET {V}/{IG}": reply(told)})

    (review,) = mapped(CONNECTOR.hydrate(mention(), api))

    assert "mentioned_comment.comment_id(17858893269000005)" in dict(http_of(api).sent[0].query)["fields"]
    assert (review.review_id, review.text) == ("mention:17918195224117852:17858893269000005", "@acme nice")
    with pytest.raises(Skippable):
        CONNECTOR.hydrate(mention(), api_of({f"GET {V}/{IG}": reply({"id": IG})}))


MEDIA, RATINGS = f"GET {V}/{IG}/media", f"GET {V}/{PAGE}/ratings"
COMMENT = {
    "id": "17858893269000001",
    "text": "Is the blue mug back? 😊",
    "from": {"id": "5550000000000001", "username": "ada.example"},
}


def comments(request: HttpRequest) -> HttpResponse:
    if "after" not in dict(request.query):
        old = {**COMMENT, "id": "1", "timestamp": "2026-11-19T10:00:00+0000"}
        return reply({"data": [old], "paging": {"cursors": {"after": "c2"}, "next": "https://x/?access_token=t"}})
    return reply({"data": [{**COMMENT, "timestamp": "2026-11-20T10:00:00+0000"}]})


def test_comments_are_pulled_as_they_would_be_pushed() -> None:
    """The same comment, pushed and pulled, is the same review but for its time, which a push does not tell."""
    listed = {"data": [{"id": "17918195224117851", "comments_count": 2}, {"id": "17918195224117859", "comments_count": 0}]}
    routes = {MEDIA: reply(listed), f"GET {V}/17918195224117851/comments": comments, RATINGS: reply({"data": []})}
    api = api_of(routes)

    pages = collect(CONNECTOR.pull_reviews(SINCE, UNTIL, None, api))

    (event,) = pages[0].events
    (pulled,) = mapped(event)
    case = load("meta", "push-ig-comment")
    (pushed,) = mapped(CONNECTOR.events(case.request, case.ref)[0])
    assert pulled.created_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert replace(pulled, created_at=None, updated_at=None) == replace(pushed, created_at=None, updated_at=None)
    assert dict(http_of(api).sent[0].query)["since"] == str(int((SINCE - timedelta(days=30)).timestamp()))
    assert [page.cursor for page in pages] == ["ratings:", None]


def test_post_that_is_gone_does_not_hold_up_the_others() -> None:
    """Deleted between the list of posts and the reading of its comments."""
    listed = {"data": [{"id": "1", "comments_count": 1}, {"id": "17918195224117851", "comments_count": 2}]}
    under = {f"GET {V}/1/comments": problem(100, 33), f"GET {V}/17918195224117851/comments": comments}
    pages = collect(
        CONNECTOR.pull_reviews(SINCE, UNTIL, None, api_of({MEDIA: reply(listed), **under, RATINGS: reply({"data": []})}))
    )
    assert pages[0].events


def test_replies_to_comments_are_pulled_and_the_shops_own_are_not() -> None:
    def said(number: str, writer: str, **told: Any) -> dict[str, Any]:
        return {"id": number, "text": "Yes", "timestamp": "2026-11-20T10:00:00+0000", "username": writer, **told}

    more = {"cursors": {"after": "x"}, "next": "https://graph.facebook.com/y"}
    under = {"data": [said("21", "bo.example"), said("22", "acme.example")], "paging": more}
    old = said("11", "ada.example", timestamp="2026-01-01T10:00:00+0000", replies=under)
    listed = {"data": [{"id": "1", "comments_count": 4, "username": "acme.example"}]}
    routes = {
        MEDIA: reply(listed),
        f"GET {V}/1/comments": reply({"data": [old, said("12", "acme.example")]}),
        f"GET {V}/11/replies": reply({"data": [said("23", "cy.example", parent_id="11")]}),
        RATINGS: reply({"data": []}),
    }
    api = api_of(routes)
    pages = collect(CONNECTOR.pull_reviews(SINCE, UNTIL, None, api))
    reviews = [mapped(event)[0] for event in pages[0].events]
    assert [(each.review_id, each.follow_up_of, each.product_id) for each in reviews] == [("21", "11", "1"), ("23", "11", "1")]
    assert dict(http_of(api).sent[2].query)["after"] == "x"


def test_rating_without_a_story_is_kept_and_cannot_be_replied_to() -> None:
    rating = {"created_time": "2026-11-20T10:00:00+0000", "recommendation_type": "positive", "reviewer": {"id": "6", "name": "Bo"}}
    (page,) = collect(CONNECTOR.pull_reviews(SINCE, UNTIL, "ratings:", api_of({RATINGS: reply({"data": [rating]})})))
    (review,) = mapped(page.events[0])
    at = int(datetime(2026, 11, 20, 10, tzinfo=UTC).timestamp())
    assert (review.review_id, review.rating) == (f"rating:by:6:{at}", 5)
    with pytest.raises(Permanent, match="target-unknown"):
        CONNECTOR.reply(Target("review", review.review_id), "Thanks", api_of({}))


def test_ratings_are_pulled_until_the_window_begins() -> None:
    def rating(day: int, story: str) -> dict[str, Any]:
        told = {"created_time": f"2026-11-{day:02d}T10:00:00+0000", "recommendation_type": "negative", "review_text": "Chipped"}
        return {**told, "open_graph_story": {"id": story}, "reviewer": {"id": "6", "name": "Bo Example"}}

    rows = [rating(22, "1_1"), rating(20, "1_2"), rating(19, "1_3")]
    api = api_of({RATINGS: reply({"data": rows, "paging": {"cursors": {"after": "x"}, "next": "y"}})})

    (page,) = collect(CONNECTOR.pull_reviews(SINCE, UNTIL, "ratings:", api))

    (event,) = page.events
    (review,) = mapped(event)
    assert (review.review_id, review.rating, review.buyer.name, page.cursor) == ("rating:1_2", 1, "Bo Example", None)


def test_pulls_that_go_wrong_are_errors() -> None:
    more = reply({"data": [], "paging": {"next": "https://x"}})
    with pytest.raises(Permanent, match="pull-truncated"):
        collect(CONNECTOR.pull_reviews(SINCE, UNTIL, None, api_of({MEDIA: more})))
    with pytest.raises(Permanent, match="payload-malformed"):
        collect(CONNECTOR.pull_reviews(SINCE, UNTIL, None, api_of({MEDIA: reply({})})))
    with pytest.raises(Permanent, match="cursor-malformed"):
        collect(CONNECTOR.pull_reviews(SINCE, UNTIL, "elsewhere:", api_of({})))
    with pytest.raises(ConfigError):
        collect(CONNECTOR.pull_reviews(SINCE, UNTIL, None, api_of({}, account=replace(ACCOUNT, options={}))))


@pytest.mark.parametrize(
    ("target", "path", "body"),
    [
        ("17858893269000001", "/17858893269000001/replies", {"message": "Yes!"}),
        ("1_3", "/1_3/comments", {"message": "Yes!"}),
        ("rating:777_888", "/777_888/comments", {"message": "Yes!"}),
        ("mention:17:18", f"/{IG}/mentions", {"media_id": "17", "message": "Yes!", "comment_id": "18"}),
        ("mention:17", f"/{IG}/mentions", {"media_id": "17", "message": "Yes!"}),
    ],
)
def test_replies_go_where_their_review_came_from(target: str, path: str, body: dict[str, str]) -> None:
    api = api_of({f"POST {V}{path}": reply({"id": "99"})})
    assert CONNECTOR.reply(Target("review", target), "Yes!", api).platform_id == "99"
    assert json.loads(http_of(api).sent[0].body or b"") == body


@pytest.mark.parametrize(
    ("target", "path", "body"),
    [
        (
            Target("thread", "whatsapp:106:15550100987"),
            "/106/messages",
            {
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                "to": "15550100987",
                "type": "text",
                "text": {"body": "Hello"},
            },
        ),
        (
            Target("thread", f"instagram:{IG}:5550000000000001"),
            f"/{IG}/messages",
            {"recipient": {"id": "5550000000000001"}, "messaging_type": "RESPONSE", "message": {"text": "Hello"}},
        ),
        (
            Target("review", "17858893269000001"),
            f"/{IG}/messages",
            {"recipient": {"comment_id": "17858893269000001"}, "message": {"text": "Hello"}},
        ),
        (Target("review", "1_3"), f"/{PAGE}/messages", {"recipient": {"comment_id": "1_3"}, "message": {"text": "Hello"}}),
    ],
)
def test_messages_go_by_their_channel(target: Target, path: str, body: dict[str, Any]) -> None:
    api = api_of({f"POST {V}{path}": reply({"messages": [{"id": "wamid.9"}]})})
    assert CONNECTOR.send_message(target, "Hello", api).platform_id == "wamid.9"
    assert http_of(api).sent[0].once
    assert json.loads(http_of(api).sent[0].body or b"") == body


def broken(request: HttpRequest) -> HttpResponse:
    raise Retriable("platform-unavailable", "no answer")


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (problem(131047), Permanent, "window-closed"),
        (problem(10, 2018278), Permanent, "window-closed"),
        (problem(131050), Permanent, "opted-out"),
        (problem(551), Permanent, "recipient-unreachable"),
        (problem(100, 2018001), Permanent, "recipient-unreachable"),
        (problem(131056), Retriable, "platform-throttled"),
        (problem(2), Permanent, "outcome-unknown"),
        (broken, Permanent, "outcome-unknown"),
        (problem(131048), Permanent, "platform-refused"),
    ],
)
def test_messages_that_are_not_said(answer: Any, error: type[HuitouError], reason: str) -> None:
    """A limit refuses unheard and may be tried again; a fault on their side leaves it open, and is not."""
    api = api_of({f"POST {V}/106/messages": answer})
    with pytest.raises(error) as raised:
        CONNECTOR.send_message(Target("thread", "whatsapp:106:15550100987"), "Secret words", api)
    assert raised.value.reason == reason
    assert "Secret" not in str(raised.value) and "15550100987" not in str(raised.value)


@pytest.mark.parametrize(
    "target", [Target("order", "1"), Target("thread", "fax:1:2"), Target("thread", "page:1:../x"), Target("review", "../x")]
)
def test_nobody_else_is_written_to(target: Target) -> None:
    with pytest.raises(Permanent, match="target-unknown"):
        CONNECTOR.send_message(target, "Hello", api_of({}))


def test_each_channel_has_its_own_length() -> None:
    for thread, text in ((f"instagram:{IG}:5", "é" * 501), ("page:1:5", "x" * 2001), ("whatsapp:1:5", "x" * 4097)):
        with pytest.raises(Permanent, match="text-too-long"):
            CONNECTOR.send_message(Target("thread", thread), text, api_of({}))


WHATSAPP = replace(ACCOUNT, options={**OPTIONS, "phone_number_id": "106", "template_language": "en_US"})
ADA = Recipient("phone", "+15550100987")
SENT = reply({"messages": [{"id": "wamid.9", "message_status": "accepted"}]})


@pytest.mark.parametrize(
    ("values", "language", "components"),
    [
        ({}, "en_US", []),
        (
            {"2": "10 %", "1": "Ada", "language": "zh_CN", "header": "Hello", "button.0": "u/abc"},
            "zh_CN",
            [
                {"type": "header", "parameters": [{"type": "text", "text": "Hello"}]},
                {"type": "body", "parameters": [{"type": "text", "text": "Ada"}, {"type": "text", "text": "10 %"}]},
                {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "u/abc"}]},
            ],
        ),
        (
            {"first_name": "Ada\n  Example"},
            "en_US",
            [{"type": "body", "parameters": [{"type": "text", "parameter_name": "first_name", "text": "Ada Example"}]}],
        ),
    ],
)
def test_a_template_is_sent_once_with_its_values(values: dict[str, str], language: str, components: list[Any]) -> None:
    api = api_of({f"POST {V}/106/messages": SENT}, account=WHATSAPP)
    assert CONNECTOR.send_template(ADA, "winback_30", values, "m-1", api).platform_id == "wamid.9"
    (sent,) = http_of(api).sent
    assert sent.once
    assert json.loads(sent.body or b"") == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "15550100987",
        "type": "template",
        "template": {"name": "winback_30", "language": {"code": language}, "components": components},
        "biz_opaque_callback_data": "m-1",
    }


@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("Winback", {}),
        ("../106", {}),
        ("winback", {"1": " \n"}),
        ("winback", {"2": "Ada"}),
        ("winback", {"1": "Ada", "name": "Ada"}),
        ("winback", {"0": "Ada"}),
        ("winback", {"button.x": "a"}),
        ("winback", {"Ada Example": "a"}),
        ("winback", {"language": "English"}),
        ("winback", {str(number): "x" for number in range(1, 22)}),
    ],
)
def test_values_that_do_not_fit_are_refused_before_anything_is_sent(template: str, values: dict[str, str]) -> None:
    with pytest.raises(Permanent, match="template-refused") as raised:
        CONNECTOR.check_template(template, values)
    assert "Ada" not in str(raised.value)
    with pytest.raises(Permanent, match="template-refused"):
        CONNECTOR.send_template(ADA, template, values, "m-1", api_of({}, account=WHATSAPP))


def test_values_are_cut_to_what_the_platform_takes() -> None:
    found = CONNECTOR.check_template("winback", {"1": "é" * 2000, "header": "h" * 99, "button.0": "b" * 3000})
    assert {name: len(text) for name, text in found.items()} == {"1": 1024, "header": 60, "button.0": 2000}


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (problem(131050), Permanent, "recipient-refused"),
        (problem(131026), Permanent, "recipient-refused"),
        (problem(132001), Permanent, "template-refused"),
        (problem(132015), Permanent, "template-refused"),
        (problem(131049), Retriable, "platform-throttled"),
        (problem(2), Permanent, "outcome-unknown"),
        (broken, Permanent, "outcome-unknown"),
    ],
)
def test_templates_that_are_not_sent(answer: Any, error: type[HuitouError], reason: str) -> None:
    api = api_of({f"POST {V}/106/messages": answer}, account=WHATSAPP)
    with pytest.raises(error) as raised:
        CONNECTOR.send_template(ADA, "winback", {"1": "Secret"}, "m-1", api)
    assert raised.value.reason == reason
    assert "Secret" not in str(raised.value) and "15550100987" not in str(raised.value)
    if isinstance(raised.value, Retriable):
        assert raised.value.after == 86_400


@pytest.mark.parametrize(
    ("to", "account", "error"),
    [
        (Recipient("phone", "15550100987"), WHATSAPP, Permanent),
        (Recipient("user", "../x"), WHATSAPP, Permanent),
        (ADA, ACCOUNT, ConfigError),
        (ADA, replace(ACCOUNT, options={"phone_number_id": "106"}), ConfigError),
    ],
)
def test_templates_to_nobody_from_nowhere_or_in_no_language(to: Recipient, account: Account, error: type[HuitouError]) -> None:
    with pytest.raises(error):
        CONNECTOR.send_template(to, "winback", {}, "m-1", api_of({}, account=account))


def test_who_has_no_number_is_known_by_an_id() -> None:
    api = api_of({f"POST {V}/106/messages": SENT}, account=WHATSAPP)
    CONNECTOR.send_template(Recipient("user", "US.1349"), "winback", {}, "m-1", api)
    assert json.loads(http_of(api).sent[0].body or b"")["to"] == "US.1349"


AD, INSIGHTS = f"GET {V}/act_1234", f"GET {V}/act_1234/insights"


def test_spend_is_pulled_by_day_in_the_accounts_zone() -> None:
    told = json.loads(load("meta", "spend-report").body)

    def report(request: HttpRequest) -> HttpResponse:
        if "after" not in dict(request.query):
            next_page = {"cursors": {"after": "p2"}, "next": "https://graph.example/?access_token=secret"}
            return reply({"data": told["data"][:1], "paging": next_page})
        return reply({"data": told["data"][1:2], "paging": {"cursors": {"after": "p3"}}})

    api = api_of({AD: reply(told["account"]), INSIGHTS: report})
    pages = collect(CONNECTOR.pull_spend(date(2026, 11, 20), date(2026, 11, 20), None, api))

    query = dict(http_of(api).sent[1].query)
    assert (query["level"], query["time_increment"]) == ("campaign", "1")
    assert json.loads(query["time_range"]) == {"since": "2026-11-20", "until": "2026-11-20"}
    assert [page.cursor for page in pages] == ["p2", None]
    (row,) = mapped(pages[0].events[0])
    assert isinstance(row, SpendRow)
    assert (row.day, row.zone, row.spend, row.orders, row.revenue) == (date(2026, 11, 20), "America/New_York", 5339, 5, 15025)
    assert row.reported_at == NOW and b"secret" not in pages[0].events[0].payload
    assert len(collect(CONNECTOR.pull_spend(date(2026, 11, 20), date(2026, 11, 20), "p2", api))) == 1


def test_the_same_report_is_the_same_event() -> None:
    """Restated reports come for weeks: what did not change must be known again, whenever it was read."""
    told = json.loads(load("meta", "spend-report").body)
    api = api_of({AD: reply(told["account"]), INSIGHTS: reply({"data": told["data"]})})
    days = date(2026, 11, 20), date(2026, 11, 20)
    first = collect(CONNECTOR.pull_spend(*days, None, api))[0].events[0]
    later = replace(api, now=lambda: NOW + timedelta(days=1))
    second = collect(CONNECTOR.pull_spend(*days, None, later))[0].events[0]
    assert first.delivery_id == second.delivery_id and first.payload != second.payload


def test_spend_needs_its_account() -> None:
    with pytest.raises(ConfigError):
        collect(
            CONNECTOR.pull_spend(date(2026, 11, 20), date(2026, 11, 20), None, api_of({}, account=replace(ACCOUNT, options={})))
        )


PAYLOADS = os.environ.get("HUITOU_PAYLOADS", "")


@pytest.mark.payloads
@pytest.mark.skipif(not PAYLOADS, reason="HUITOU_PAYLOADS names no folder of real payloads")
@pytest.mark.parametrize("name", ["meta_insights_docs.json", "meta_insights_actions_docs.json"])
def test_published_reports_of_many_days_are_refused_in_kind(name: str) -> None:
    """Both cover weeks: no day's spend can be told from them."""
    with pytest.raises(Permanent) as raised:
        CONNECTOR.canonical("spend", (Path(PAYLOADS) / "adspend" / name).read_bytes(), REF)
    assert (raised.value.path or "").startswith("$.data")
