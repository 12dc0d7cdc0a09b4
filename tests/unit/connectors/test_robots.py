"""Robots: signatures by public vectors, what a notice looks like, what people wrote in it, sizes, addresses, answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.channels import Notice
from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, RawRequest, ReceivesWebhooks
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from connectors.robots import CONNECTOR
from connectors.robots.kinds import KINDS, dingtalk_sign, feishu_sign
from connectors.robots.text import cut, link, plain, size
from tests.unit.connectors.fakes import NOW, FakeHttp, make_api, reply

TOKEN = "SecretOfTests0123456789"
URLS = {
    "dingtalk": f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}",
    "feishu": f"https://open.feishu.cn/open-apis/bot/v2/hook/{TOKEN}",
    "wecom": f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={TOKEN}",
}
ROUTES = {
    "dingtalk": "POST /robot/send",
    "feishu": f"POST /open-apis/bot/v2/hook/{TOKEN}",
    "wecom": "POST /cgi-bin/webhook/send",
}
TAKEN = {
    "dingtalk": reply({"errcode": 0, "errmsg": "ok"}),
    "feishu": reply({"code": 0, "msg": "success", "data": {}, "StatusCode": 0}),
    "wecom": reply({"errcode": 0, "errmsg": "ok"}),
}
NOTICE = Notice(
    "日报 2026-11-20",
    (("销售", ("订单 12", "净额 ¥1,234.00")), ("退款", ("2 笔 (¥58.00)",))),
    (("看板", "https://shop.example.com/console?day=2026-11-20"),),
)


def api_of(kind: str, answer: Any = None, url: str | None = None, secret: str | None = None, **options: str) -> Api:
    secrets = {"webhook_url": url or URLS.get(kind, "")} | ({"secret": secret} if secret else {})
    http = FakeHttp({ROUTES.get(kind, ""): answer or TAKEN.get(kind)})
    return make_api(Account("demo", "robots", "ops", {"kind": kind, **options}), secrets, http)


def sent(api: Api, notice: Notice = NOTICE) -> tuple[HttpRequest, dict[str, Any]]:
    assert CONNECTOR.post(notice, api).platform_id is None
    assert isinstance(api.http, FakeHttp)
    (request,) = api.http.sent
    return request, json.loads(request.body or b"{}")


def shown(kind: str, message: dict[str, Any]) -> str:
    """All that a client would read as Markdown."""
    if kind == "feishu":
        elements = message["card"]["elements"]
        return "\n\n".join(each["text"]["content"] for each in elements if each["tag"] == "div")
    part = message["markdown"]
    return str(part["text"] if kind == "dingtalk" else part["content"])


def test_signatures_of_public_vectors() -> None:
    assert dingtalk_sign("this is secret", "1577262236757") == "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM="
    assert dingtalk_sign("this is a secret", "1577262236757") == "DJrE6qdyVGCQz9z5r2MDuNcNAhwYnuAkyj13cx169CA="
    assert feishu_sign("demo", "1599360473") == "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="
    assert feishu_sign("demo-secret", "1599360473") == "3/MaVZ8JLIy4TUG+7KSFJqvUkTKd+HWY8g+56DZWq8s="
    assert dingtalk_sign("demo", "1599360473") != feishu_sign("demo", "1599360473"), "the two forms are each other's reverse"


def test_dingtalk_is_signed_in_the_query_when_it_is_sent() -> None:
    request, message = sent(api_of("dingtalk", secret="SECofTests"))

    millis = str(int(NOW.timestamp() * 1000))
    assert request.url == "https://oapi.dingtalk.com/robot/send"
    assert list(request.query) == [("access_token", TOKEN), ("timestamp", millis), ("sign", dingtalk_sign("SECofTests", millis))]
    assert message["msgtype"] == "markdown"
    assert message["markdown"]["title"] == "日报 2026-11-20"
    assert message["markdown"]["text"].split("  \n") == [
        "#### 日报 2026-11-20",
        "",
        "**销售**",
        "- 订单 12",
        "- 净额 ¥1,234.00",
        "",
        "**退款**",
        "- 2 笔 (¥58.00)",
        "",
        "[看板](https://shop.example.com/console?day=2026-11-20)",
    ]


def test_feishu_is_signed_in_the_body_when_it_is_sent() -> None:
    request, message = sent(api_of("feishu", secret="demo"))

    seconds = str(int(NOW.timestamp()))
    assert request.query == ()
    assert (message["timestamp"], message["sign"]) == (seconds, feishu_sign("demo", seconds))
    card = message["card"]
    assert (message["msg_type"], card["header"]["template"]) == ("interactive", "blue")
    assert [each["tag"] for each in card["elements"]] == ["div", "div", "action"]
    assert card["elements"][2]["actions"][0]["url"].startswith("https://shop.example.com/")
    lark = "https://open.larksuite.com/open-apis/bot/v2/hook/" + TOKEN
    assert sent(api_of("feishu", url=lark))[0].url == lark


def test_wecom_has_no_signature_and_a_colour() -> None:
    request, message = sent(api_of("wecom", secret="ignored"))
    urgent = Notice("库存", NOTICE.sections, urgent=True)

    assert list(request.query) == [("key", TOKEN)]
    assert message["markdown"]["content"].startswith('<font color="info">日报 2026-11-20</font>\n\n**销售**\n> 订单 12')
    assert '<font color="warning">' in sent(api_of("wecom"), urgent)[1]["markdown"]["content"]
    assert sent(api_of("feishu"), urgent)[1]["card"]["header"]["template"] == "red"


HOSTILE = (
    "<at id=all></at>",
    '<at user_id="all">所有人</at>',
    "<@all>",
    "@all",
    "@13800000000",
    "[click](https://evil.example.com)",
    "![x](https://evil.example.com/x.png)",
    "**bold** _x_ ~y~ `z`",
    "# heading\n> quote\n- list",
    '<font color="warning">x</font>',
    "\u202eevil\u200b\ufeff",
    "\ud800",
)


@pytest.mark.fault(59)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nick", HOSTILE)
def test_what_a_person_wrote_is_shown_and_never_read(kind: str, nick: str) -> None:
    notice = Notice(nick, ((nick, (f"评价 {nick}",)),), ((nick, "https://shop.example.com/"),))
    _, message = sent(api_of(kind), notice)
    told = plain(nick)

    assert not set("<>@*_[]`~#\\|\n") & set(told)
    assert f"评价 {told}" in shown(kind, message)
    text = json.dumps(message, ensure_ascii=False)
    for mark in ("<at", "<@", "@all", "@138", "](https://evil", "# heading", "\u202e"):
        assert mark not in text
    assert "at" not in message, "nobody is mentioned"


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_notice_is_cut_at_a_line_and_keeps_its_links(kind: str) -> None:
    lines = tuple(f"第 {number} 行：青釉茶杯 × {number}" for number in range(2000))
    request, message = sent(api_of(kind, secret="demo"), Notice("长", (("商品", lines),), NOTICE.links))
    text = shown(kind, message)

    assert len(request.body or b"") <= 20_000
    assert len(text.encode()) <= {"dingtalk": 5_000, "wecom": 4_096, "feishu": 20_000}[kind]
    assert len(text.encode()) >= {"dingtalk": 3_500, "wecom": 3_900, "feishu": 13_000}[kind], "as much as fits"
    kept = [line for line in text.replace("  \n", "\n").split("\n") if "行" in line]
    assert all(any(line.endswith(whole) for whole in lines[: len(kept)]) for line in kept), "no line is cut in two"
    assert "…" in text
    assert "shop.example.com" in json.dumps(message)


@pytest.mark.parametrize("kind", KINDS)
def test_what_grows_in_json_still_fits(kind: str) -> None:
    lines = tuple('"""' * 20 for _ in range(3000))
    request, _ = sent(api_of(kind, secret="demo"), Notice("长", (("商品", lines),)))
    assert len(request.body or b"") <= 20_000


def test_lines_are_cut_by_bytes_between_characters() -> None:
    assert cut(["ab", "cd"], 5) == ["ab", "cd"]
    assert cut(["ab", "cd"], 4) == ["…"] or size(cut(["ab", "cd"], 4)) <= 4
    for longest in range(6, 40):
        found = cut(["回头客回头客", "ab", "cd"], longest, after=["z"])
        assert size(found) <= longest
        assert found[-1] == "z"
        "\n".join(found).encode().decode()


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://", "ftp://x.example.com", "https://x.example.com/a b", "http://[", "https://x/<y>"]
)
def test_a_link_is_an_address_or_none(url: str) -> None:
    assert link("x", url) is None


def test_a_link_cannot_be_ended_early() -> None:
    assert link("a](b", "https://x.example.com/(y)") == "[a］(b](https://x.example.com/%28y%29)"


def test_the_keyword_of_the_robots_settings_is_in_every_title() -> None:
    _, message = sent(api_of("dingtalk", keyword="回头"))
    assert message["markdown"]["title"] == "回头 日报 2026-11-20"
    assert sent(api_of("dingtalk", keyword="日报"))[1]["markdown"]["title"] == "日报 2026-11-20"


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("dingtalk", f"http://oapi.dingtalk.com/robot/send?access_token={TOKEN}"),
        ("dingtalk", f"https://oapi.dingtalk.com.evil.example/robot/send?access_token={TOKEN}"),
        ("dingtalk", f"https://x@oapi.dingtalk.com/robot/send?access_token={TOKEN}"),
        ("dingtalk", f"https://oapi.dingtalk.com:444/robot/send?access_token={TOKEN}"),
        ("dingtalk", f"https://oapi.dingtalk.com/other?access_token={TOKEN}"),
        ("dingtalk", URLS["wecom"]),
        ("feishu", f"https://open.feishu.cn/other/{TOKEN}"),
        ("feishu", URLS["feishu"] + "#x"),
        ("wecom", URLS["feishu"]),
        ("wecom", "https://["),
        ("wecom", "169.254.169.254"),
        ("slack", URLS["wecom"]),
    ],
)
def test_only_a_robots_own_address_is_called(kind: str, url: str) -> None:
    with pytest.raises(ConfigError) as error:
        CONNECTOR.post(NOTICE, api_of(kind, url=url))
    assert TOKEN not in str(error.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_never_shows_the_address(kind: str) -> None:
    request, _ = sent(api_of(kind, secret="SECofTests"))
    assert TOKEN in request.url + str(request.query)
    assert repr(request) == f"HttpRequest(method='POST', rate={request.rate!r}, once=True)"


@pytest.mark.parametrize(
    ("kind", "answer", "error", "reason"),
    [
        ("dingtalk", {"status": 1111, "wait": 5, "punish": "deny", "errcode": 130101}, Retriable, "platform-throttled"),
        ("dingtalk", {"errcode": -1}, Retriable, "platform-throttled"),
        ("dingtalk", {"errcode": 310000, "errmsg": "keywords not in content"}, ConfigError, "security-refused"),
        ("dingtalk", {"errcode": 400102}, ConfigError, "robot-gone"),
        ("dingtalk", {"errcode": 430101}, Permanent, "notice-refused"),
        ("dingtalk", {"errcode": 7}, Permanent, "platform-refused"),
        ("feishu", {"code": 19021, "msg": "sign match fail"}, ConfigError, "signature-refused"),
        ("feishu", {"code": 19022}, ConfigError, "address-not-trusted"),
        ("feishu", {"code": 19024}, ConfigError, "keyword-missing"),
        ("feishu", {"code": 19001}, ConfigError, "robot-gone"),
        ("feishu", {"code": 11232}, Retriable, "platform-throttled"),
        ("feishu", {"code": 11246}, Permanent, "notice-refused"),
        ("feishu", {"StatusCode": 19001}, ConfigError, "robot-gone"),
        ("feishu", {}, Permanent, "outcome-unknown"),
        ("feishu", b"<html>", Permanent, "outcome-unknown"),
        ("wecom", {"errcode": 45009}, Retriable, "platform-throttled"),
        ("wecom", {"errcode": 93000}, ConfigError, "robot-gone"),
        ("wecom", {"errcode": 40058}, Permanent, "notice-refused"),
        ("wecom", b"", Permanent, "outcome-unknown"),
        ("wecom", {}, Permanent, "outcome-unknown"),
        ("dingtalk", {"errmsg": "ok"}, Permanent, "outcome-unknown"),
    ],
)
def test_what_an_answer_means(kind: str, answer: Any, error: type[HuitouError], reason: str) -> None:
    with pytest.raises(error) as raised:
        CONNECTOR.post(NOTICE, api_of(kind, reply(answer)))
    assert raised.value.reason == reason


def test_feishus_refusal_with_another_status_is_read() -> None:
    with pytest.raises(Permanent, match="notice-refused"):
        CONNECTOR.post(NOTICE, api_of("feishu", reply({"code": 9499, "msg": "Bad Request", "data": {}}, 400)))
    with pytest.raises(Permanent, match="platform-refused"):
        CONNECTOR.post(NOTICE, api_of("feishu", reply(b"", 404)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_answer_is_never_posted_again(kind: str) -> None:
    def lost(_: HttpRequest) -> HttpResponse:
        raise Retriable("platform-unreachable", "timed out")

    api = api_of(kind, lost)
    with pytest.raises(Permanent, match="outcome-unknown"):
        CONNECTOR.post(NOTICE, api)
    assert isinstance(api.http, FakeHttp)
    assert [request.once for request in api.http.sent] == [True]


@pytest.mark.parametrize(
    ("kind", "most", "seconds"), [("dingtalk", 20, 60), ("wecom", 20, 60), ("feishu", 5, 1), ("feishu", 100, 60)]
)
def test_no_minute_has_more_than_is_allowed(kind: str, most: int, seconds: int) -> None:
    """A bucket gives its burst and what flows in meanwhile: both together must not exceed the platform's count."""
    rate = KINDS[kind].rate
    assert rate.burst + seconds / rate.every <= most
    assert sent(api_of(kind))[0].rate == rate


def test_robots_take_no_pushes() -> None:
    assert not isinstance(CONNECTOR, ReceivesWebhooks)
    assert CONNECTOR.info.push_trust == "none"
    assert not hasattr(CONNECTOR, "verify"), RawRequest
