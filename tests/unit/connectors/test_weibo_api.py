"""Weibo: the vector of the signature and what it leaves out, tokens that nothing renews, claims asked about, lists, answers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, RawRequest, Ref, Secrets, Target, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected, Retriable, Skippable
from connectors.weibo import CONNECTOR
from connectors.weibo.api import call, renew
from connectors.weibo.push import signature
from connectors.weibo.values import instant
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

UID = "1902530001"
ACCOUNT = Account("demo", "weibo", "acme", {"uid": UID})
SECRETS = {"app_key": "2323547071", "app_secret": "xyz123xyz", "access_token": "token-one"}
PERSON = "GET /2/eps/user/info.json"
TO_ME, NAMED, POSTS = "GET /2/comments/to_me.json", "GET /2/comments/mentions.json", "GET /2/statuses/mentions.json"
REPLY, CREATE, MESSAGE = "POST /2/comments/reply.json", "POST /2/comments/create.json", "POST /2/messages/reply.json"
INFO = "POST /oauth2/get_token_info"
KNOWN = reply({"uid": int(UID), "appkey": "2323547071", "expire_in": 86_400})
SINCE = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
URL = "https://hooks.example.com/webhooks/weibo/acme"


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT, **secrets: str) -> Api:
    return make_api(account, {**SECRETS, **secrets}, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def form_of(request: HttpRequest) -> dict[str, str]:
    return dict(parse_qsl((request.body or b"").decode()))


def problem(code: int, status: int = 400) -> HttpResponse:
    return reply({"error": "x", "error_code": code, "request": "/2/x.json"}, status=status)


def body(**told: Any) -> bytes:
    push = {"type": "text", "receiver_id": int(UID), "sender_id": 2489510001, "text": "在吗", "data": {}, **told}
    return json.dumps({"created_at": "Sat Nov 21 19:58:20 +0800 2026", **push}).encode()


def push(**told: Any) -> Event:
    return CONNECTOR.events(RawRequest("POST", URL, {}, (), body(**told)), Ref(ACCOUNT, "d-1", "push"))[0]


def mapped(event: Event) -> tuple[Any, ...]:
    return CONNECTOR.canonical(event.kind, event.payload, Ref(ACCOUNT, event.delivery_id, "push"))


def secrets_of(**values: str) -> Secrets:
    return Secrets({name: (value,) for name, value in {**SECRETS, **values}.items()})


def verify(request: RawRequest, account: Account = ACCOUNT, now: datetime = NOW) -> Any:
    return CONNECTOR.verify(request, account, secrets_of(), now)


def signed(content: bytes = b"", method: str = "POST", query: tuple[tuple[str, str], ...] = ()) -> RawRequest:
    return CONNECTOR.sign(RawRequest(method, URL, {}, query, content), ACCOUNT, secrets_of(), NOW)


def test_vector_of_the_signature_and_the_check_of_the_address() -> None:
    expected = "90e4c22c90a58f26526c2dd5b6c56c8822edeaa1"
    assert signature("xyz123xyz", "1397022061823", "57155157") == expected
    query = (("nonce", "57155157"), ("timestamp", "1397022061823"), ("echostr", "dnPdpTZz85"), ("signature", expected))
    at = datetime.fromtimestamp(1397022061, UTC)
    found = verify(RawRequest("GET", URL, {}, query, b""), now=at)
    assert (found.reply.status, found.reply.body, found.reply.content_type) == (200, "dnPdpTZz85", "text/plain")
    assert not found.carries_event
    for wrong in ((), query[:2], query[:3], (*query, query[3]), (*query[:3], ("signature", "0" * 40))):
        with pytest.raises(Rejected):
            verify(RawRequest("GET", URL, {}, wrong, b""), now=at)


@pytest.mark.parametrize("challenge", ["", "<" * 201, "签名", "a\r\nb"])
def test_a_challenge_that_is_none_is_not_echoed(challenge: str) -> None:
    with pytest.raises(Rejected, match="challenge-missing"):
        verify(signed(method="GET", query=(("echostr", challenge),)))


def test_time_and_nonce_are_signed_and_the_body_is_not() -> None:
    good = signed(body())
    found = verify(good)
    assert found.shop == {"uid": UID} and (found.reply.status, found.reply.body) == (200, "")
    verify(replace(good, body=body(text="anything")))  # so it is a hint and no more
    given = dict(good.query)
    for name in ("signature", "timestamp", "nonce"):
        with pytest.raises(Rejected):
            verify(replace(good, query=tuple({**given, name: given[name][:-1] + "0"}.items() if given[name][-1] != "0" else ())))
        with pytest.raises(Rejected):
            verify(replace(good, query=tuple((key, value) for key, value in good.query if key != name)))
        with pytest.raises(Rejected):
            verify(replace(good, query=(*good.query, (name, given[name]))))


def test_an_old_time_is_refused_and_the_tolerance_is_a_setting() -> None:
    late = NOW + timedelta(minutes=6)
    with pytest.raises(Rejected, match="timestamp-stale"):
        verify(signed(body()), now=late)
    verify(signed(body()), Account("demo", "weibo", "acme", {"uid": UID, "tolerance_seconds": "600"}), late)
    with pytest.raises(ConfigError):
        verify(signed(body()), Account("demo", "weibo", "acme", {"tolerance_seconds": "x"}))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"x", b'{"type":"text"}', b'{"type":"text","receiver_id":"me"}'])
def test_a_body_that_nobody_vouches_for_must_be_readable(content: bytes) -> None:
    with pytest.raises(Rejected) as refused:
        verify(signed(content))
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, ("text", "message", True)),
        ({"type": "voice", "data": {"vfid": 1}}, ("voice", "message", True)),
        ({"type": "event", "data": {"subtype": "subscribe"}}, ("event/subscribe", "contact", True)),
        ({"type": "event", "data": {"subtype": "view", "key": "https://example.com"}}, ("event/view", "other", False)),
        ({"type": "event", "data": {"subtype": "text"}}, ("event/text", "other", False)),
        ({"type": "event", "data": {"subtype": "mention", "key": "5"}}, ("event/mention", "review", True)),
        ({"type": "follow"}, ("follow", "other", False)),
        ({"type": "new"}, ("new", "other", False)),
    ],
)
def test_what_pushes_are_about(told: dict[str, Any], expected: tuple[str, str, bool]) -> None:
    event = push(**told)
    assert (event.topic, event.kind, event.thin) == expected


def test_the_same_push_twice_is_one_and_another_text_is_another() -> None:
    assert push().delivery_id == push().delivery_id != push(text="好的").delivery_id


def test_times_have_english_names_and_an_offset() -> None:
    assert instant("Mon Jul 16 18:09:20 +0800 2012") == datetime(2012, 7, 16, 10, 9, 20, tzinfo=UTC)
    assert instant("Fri Feb 29 23:59:59 -0330 2008") == datetime(2008, 3, 1, 3, 29, 59, tzinfo=UTC)
    for text in ("2012-07-16", "Mon Jul 16 18:09:20 2012", "Mon Foo 16 18:09:20 +0800 2012", "Mon Feb 31 18:09:20 +0800 2012"):
        with pytest.raises(ValueError, match=r".+"):
            instant(text)


def person(**told: Any) -> HttpResponse:
    return reply({"id": 2489510001, "nickname": "小鹿爱喝茶", "follow": 1, "subscribe": 1, **told})


def test_a_message_counts_when_the_platform_knows_who_wrote() -> None:
    api = api_of({PERSON: person()})
    (message,) = mapped(CONNECTOR.hydrate(push(), api))
    assert (message.text, message.sender, message.thread_id) == ("在吗", "buyer", "2489510001")
    assert (message.buyer.id, message.buyer.nickname) == ("2489510001", "小鹿爱喝茶")
    (sent,) = http_of(api).sent
    assert sent.query == (("uid", "2489510001"),) and sent.headers["authorization"] == "OAuth2 token-one"
    with pytest.raises(Skippable, match="resource-missing"):
        CONNECTOR.hydrate(push(), api_of({PERSON: problem(20003)}))
    with pytest.raises(Permanent, match="somebody else"):
        CONNECTOR.hydrate(push(), api_of({PERSON: person(id=7)}))


@pytest.mark.parametrize(
    ("subtype", "told", "state"),
    [
        ("follow", {}, "active"),
        ("follow", {"follow": 0, "subscribe": 0}, "left"),
        ("unfollow", {"follow": 0, "subscribe": 0}, "left"),
        ("unfollow", {}, "active"),
        ("unsubscribe", {}, "left"),
    ],
)
def test_followers_are_as_the_api_tells_them(subtype: str, told: dict[str, Any], state: str) -> None:
    event = push(type="event", data={"subtype": subtype})
    (contact,) = mapped(CONNECTOR.hydrate(event, api_of({PERSON: person(**told)})))
    assert (contact.contact_id, contact.state, contact.source) == ("2489510001", state, subtype)


def test_mentions_are_read() -> None:
    post = {"id": 5, "idstr": "5", "created_at": "Sat Nov 21 19:58:20 +0800 2026", "text": "@回头小店", "user": {"id": 9}}
    event = push(type="mention", data={"subtype": "status", "key": "5"})
    api = api_of({POSTS: reply({"statuses": [post]})})
    (review,) = mapped(CONNECTOR.hydrate(event, api))
    assert (review.review_id, review.product_id, review.buyer.id) == ("mention:5", "5", "9")
    asked = dict(http_of(api).sent[0].query)
    assert (asked["since_id"], asked["max_id"]) == ("4", "5")
    # A post that is there but does not name the account: the list leaves it out, or begins with another.
    for others in ([], [{**post, "idstr": "6"}]):
        with pytest.raises(Skippable, match="no such mention"):
            CONNECTOR.hydrate(event, api_of({POSTS: reply({"statuses": others})}))

    comment = {**post, "id": 7, "idstr": "7", "status": {"id": 5}}
    under = push(type="mention", data={"subtype": "comment", "key": "7"})
    (review,) = mapped(CONNECTOR.hydrate(under, api_of({NAMED: reply({"comments": [comment]})})))
    assert (review.review_id, review.product_id) == ("7", "5")
    with pytest.raises(Skippable):
        CONNECTOR.hydrate(under, api_of({NAMED: reply({"comments": []})}))


def test_a_time_that_has_not_come_is_refused() -> None:
    """Nobody vouches for it: kept, it would outlive whatever is told of the person until then."""
    for told in ({"type": "event", "data": {"subtype": "follow"}}, {}):
        event = push(created_at="Sat Nov 21 20:11:00 +0800 2026", **told)
        with pytest.raises(Permanent, match="has not come"):
            CONNECTOR.hydrate(event, api_of({PERSON: person()}))
        CONNECTOR.hydrate(push(created_at="Sat Nov 21 20:09:00 +0800 2026", **told), api_of({PERSON: person()}))


def test_rows_without_an_author_are_kept_where_no_uid_is_configured() -> None:
    row = {"id": 5, "created_at": "Sat Nov 21 19:58:20 +0800 2026", "text": "x", "user": {"screen_name": "x"}, "status": {"id": 1}}
    first = {TO_ME: lambda request: reply({"comments": [] if "max_id" in dict(request.query) else [row]})}
    api = api_of({**lists(), **first}, account=Account("demo", "weibo", "acme"))
    assert [event.resource_id for page in CONNECTOR.pull_reviews(SINCE, NOW, None, api) for event in page.events] == ["5"]


def test_a_configured_token_is_looked_at_once_and_nothing_renews_it() -> None:
    tokens = FakeTokens(stored=None)
    api = api_of({PERSON: person(), INFO: KNOWN}, tokens)
    CONNECTOR.hydrate(push(), api)
    assert tokens.stored == Token("token-one", NOW + timedelta(days=1))
    assert form_of(http_of(api).sent[0]) == {"access_token": "token-one"}

    with pytest.raises(Permanent, match="token-revoked"):
        call(api_of({PERSON: problem(21327, 403)}), "https://api.weibo.com/2/eps/user/info.json", [])
    again = api_of({PERSON: [problem(21332), person()], INFO: KNOWN}, FakeTokens(), access_token="token-two")
    CONNECTOR.hydrate(push(), again)
    assert http_of(again).sent[-1].headers["authorization"] == "OAuth2 token-two"


def test_a_new_token_that_is_refused_pauses_the_account_by_the_next_call() -> None:
    """What a call says pauses nothing, and its work would be set aside; what asking for a token says does."""
    url, tokens = "https://api.weibo.com/2/eps/user/info.json", FakeTokens()
    api = api_of({PERSON: problem(21332), INFO: KNOWN}, tokens, access_token="token-two")
    with pytest.raises(Retriable, match="token-refused"):
        call(api, url, [])
    with pytest.raises(Permanent, match="token-revoked"):
        api.tokens.get(lambda last: renew(api, last))


@pytest.mark.parametrize("told", [{"appkey": "1"}, {"uid": 7}])
def test_a_token_of_somebody_else_is_refused(told: dict[str, Any]) -> None:
    info = reply({"uid": int(UID), "appkey": "2323547071", "expire_in": 1, **told})
    with pytest.raises(ConfigError, match="token-foreign"):
        renew(api_of({INFO: info}), None)


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (problem(10023, 403), Retriable, "platform-throttled"),
        (problem(10001), Retriable, "platform-unavailable"),
        (problem(10014, 403), ConfigError, "permission-missing"),
        (problem(20101), Skippable, "resource-missing"),
        (problem(20019), Permanent, "said-before"),
        (problem(29999), Permanent, "platform-refused"),
        (reply({"result": False}), Permanent, "platform-refused"),
        (reply(b"<html>", status=403), Permanent, "platform-refused"),
        (reply(b"<html>"), Retriable, "answer-malformed"),
    ],
)
def test_answers_told_apart(answer: HttpResponse, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        call(api_of({PERSON: answer}), "https://api.weibo.com/2/eps/user/info.json", [])


def rows(count: int, field: str, first: int = 1000) -> Any:
    """A list whose ids rise with time, the newest first, 50 a page, by `max_id`."""
    told = []
    for number in range(count):
        at = (NOW - timedelta(minutes=number)).strftime("%a %b %d %H:%M:%S +0000 %Y")
        row: dict[str, Any] = {
            "id": first + count - number,
            "created_at": at,
            "text": "好",
            "user": {"id": int(UID) if number == 3 else 5},
        }
        told.append({**row, "status": {"id": 1}} if field == "comments" else row)

    def answer(request: HttpRequest) -> HttpResponse:
        query = dict(request.query)
        most = int(query.get("max_id", 10**18))
        return reply({field: [row for row in told if row["id"] <= most][: int(query["count"])], "total_number": count})

    return answer


def lists(**counts: int) -> dict[str, Any]:
    return {
        TO_ME: rows(counts.get("received", 0), "comments"),
        NAMED: rows(counts.get("named", 0), "comments", 5000),
        POSTS: rows(counts.get("posts", 0), "statuses", 9000),
    }


def test_lists_are_read_to_the_window_and_resume_anywhere() -> None:
    api = api_of(lists(received=400, named=3, posts=60))
    pages = list(CONNECTOR.pull_reviews(SINCE, NOW, None, api))
    events = [event for page in pages for event in page.events]
    received = [event for event in events if event.topic == "comments/to_me"]
    assert len(received) == 180, "three hours of one a minute, both ends included, less what the account wrote itself"
    assert len([event for event in events if event.topic == "statuses/mentions"]) == 59
    assert http_of(api).paths().count("/2/comments/to_me.json") == 4, "not the rows before the window"
    assert all(mapped(event)[0].buyer.id == "5" for event in events) and pages[-1].cursor is None
    for place, page in enumerate(pages[:-1]):
        rest = list(CONNECTOR.pull_reviews(SINCE, NOW, page.cursor, api_of(lists(received=400, named=3, posts=60))))
        assert [each.events for each in rest] == [each.events for each in pages[place + 1 :]]
    for cursor in ("x", "received:abc", "other:1"):
        with pytest.raises(Permanent, match="cursor-malformed"):
            list(CONNECTOR.pull_reviews(SINCE, NOW, cursor, api_of({})))


def test_business_accounts_call_the_business_api() -> None:
    account = Account("demo", "weibo", "acme", {"uid": UID, "api": "business", "rip": "192.0.2.1"})
    routes = {"POST /2/comments/reply/biz.json": reply({"id": 77})}
    api = api_of(routes, account=account)
    assert CONNECTOR.reply(Target("review", "7", product_id="5"), "谢谢", api).platform_id == "77"
    (sent,) = http_of(api).sent
    assert sent.url.startswith("https://c.api.weibo.com/") and form_of(sent)["rip"] == "192.0.2.1"
    with pytest.raises(ConfigError, match="rip"):
        CONNECTOR.reply(
            Target("review", "7", product_id="5"), "x", api_of({}, account=replace(account, options={"api": "business"}))
        )


def test_comments_and_mentions_are_answered_once() -> None:
    api = api_of({REPLY: reply({"id": 1, "idstr": "900"}), CREATE: reply({"idstr": "901"})})
    assert CONNECTOR.reply(Target("review", "7", product_id="5"), "谢谢 & 欢迎", api).platform_id == "900"
    assert CONNECTOR.reply(Target("review", "mention:5", product_id="5"), "谢谢", api).platform_id == "901"
    first, second = http_of(api).sent
    assert first.once and second.once
    assert form_of(first) == {"cid": "7", "id": "5", "comment": "谢谢 & 欢迎", "without_mention": "0"}
    assert form_of(second) == {"id": "5", "comment": "谢谢"}
    with pytest.raises(Permanent, match="outcome-unknown"):
        CONNECTOR.reply(Target("review", "mention:5"), "x", api_of({CREATE: reply(b"<html>")}))
    unnamed: list[Any] = [{"id": {}}, {}, [1]]
    for told in unnamed:
        assert CONNECTOR.reply(Target("review", "mention:5"), "x", api_of({CREATE: reply(told)})).platform_id is None
    for target in (Target("review", "7"), Target("review", "x"), Target("order", "7")):
        with pytest.raises(Permanent, match="target-unknown"):
            CONNECTOR.reply(target, "x", api_of({}))


def test_messages_go_by_the_token_of_the_fans_service_where_there_is_one() -> None:
    api = api_of({MESSAGE: reply({"result": True})}, fans_token="fans-token")
    CONNECTOR.send_message(Target("thread", "2489510001"), "有货 😀", api)
    (sent,) = http_of(api).sent
    assert sent.url == "https://m.api.weibo.com/2/messages/reply.json" and sent.once
    assert sent.headers["authorization"] == "OAuth2 fans-token"
    assert form_of(sent) == {
        "type": "text",
        "receiver_id": "2489510001",
        "save_sender_box": "1",
        "data": '{"text":"有货 😀"}',
    }
    with pytest.raises(ConfigError, match="token-refused"):
        CONNECTOR.send_message(Target("thread", "1"), "x", api_of({MESSAGE: problem(21332)}, fans_token="gone"))
    plain = api_of({MESSAGE: reply({"result": True})})
    CONNECTOR.send_message(Target("thread", "1"), "x", plain)
    assert http_of(plain).sent[0].headers["authorization"] == "OAuth2 token-one"
    with pytest.raises(Permanent, match="target-unknown"):
        CONNECTOR.send_message(Target("order", "1"), "x", api_of({}))
    limits = CONNECTOR.info.messages
    assert limits is not None and (limits.longest, limits.window) == (300, timedelta(hours=48))
