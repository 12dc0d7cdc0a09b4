"""The three kinds of robots: how a notice looks, how it is signed, what the answer means. Sources: each platform's robot guide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from chalicelib.channels import Notice
from chalicelib.contract import Rate
from chalicelib.toolkit.errcodes import Codes
from chalicelib.toolkit.signing import b64, hmac_sha256
from connectors.robots.text import address_of, cut, link, plain

BUTTONS = 5  # of a card
_BODY = 20_000  # bytes of a request that Feishu takes [docs]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of robot. `render(notice, title)` makes the message; `refused` are codes of a message that will never be taken.

    `rate`: no minute has more than the platform allows, whatever was sent before it.
    """

    hosts: tuple[str, ...]
    path: str
    rate: Rate
    render: Callable[[Notice, str], dict[str, Any]]
    codes: Codes
    refused: frozenset[int]


def dingtalk_sign(secret: str, millis: str) -> str:
    """Base64 HMAC-SHA256 of time (milliseconds) and secret, under the secret. Not yet encoded for the query."""
    return b64(hmac_sha256(secret.encode(), f"{millis}\n{secret}".encode()))


def feishu_sign(secret: str, seconds: str) -> str:
    """Base64 HMAC-SHA256 of nothing, under time (seconds) and secret: the reverse of DingTalk's."""
    return b64(hmac_sha256(f"{seconds}\n{secret}".encode(), b""))


def _lines(notice: Notice, bullet: str) -> list[str]:
    found: list[str] = []
    for heading, lines in notice.sections:
        found += ["", f"**{plain(heading)}**"] if heading else [""]
        found += [f"{bullet}{plain(line)}" for line in lines]
    return found


def _links(notice: Notice) -> list[str]:
    return [made for text, url in notice.links if (made := link(text, url))]


def dingtalk(notice: Notice, title: str) -> dict[str, Any]:
    """Markdown without tables. A line break needs two blanks before it."""
    lines = [f"#### {title}", *_lines(notice, "- ")]
    after = ["", *links] if (links := _links(notice)) else []
    text = "  \n".join(cut(lines, 4_500, after=after))  # of 5,000, as a break is three bytes here
    return {"msgtype": "markdown", "markdown": {"title": title, "text": text}}


def wecom(notice: Notice, title: str) -> dict[str, Any]:
    """Markdown of at most 4,096 bytes; the colour says that it is urgent."""
    colour = "warning" if notice.urgent else "info"
    lines = [f'<font color="{colour}">{title}</font>', *_lines(notice, "> ")]
    after = ["", *links] if (links := _links(notice)) else []
    return {"msgtype": "markdown", "markdown": {"content": "\n".join(cut(lines, 4_096, after=after))}}


def feishu(notice: Notice, title: str) -> dict[str, Any]:
    """A card: an element for each section, a button for each link, red when urgent."""
    longest = 14_000
    while True:
        message = _card(notice, title, longest)
        over = len(msgspec.json.encode(message)) - _BODY + 200  # room for time and signature
        if over <= 0 or longest <= 500:
            return message
        longest = max(500, longest - over)


def _card(notice: Notice, title: str, longest: int) -> dict[str, Any]:
    text = "\n".join(cut(_lines(notice, ""), longest)).strip("\n")
    elements: list[dict[str, Any]] = [
        {"tag": "div", "text": {"tag": "lark_md", "content": part}} for part in text.split("\n\n") if part
    ]
    buttons = [
        {"tag": "button", "text": {"tag": "plain_text", "content": plain(words)}, "url": address, "type": "default"}
        for words, url in notice.links
        if (address := address_of(url))
    ]
    if buttons:
        elements.append({"tag": "action", "actions": buttons[:BUTTONS]})
    header = {"title": {"tag": "plain_text", "content": title}, "template": "red" if notice.urgent else "blue"}
    card = {"config": {"wide_screen_mode": True}, "header": header, "elements": elements}
    return {"msg_type": "interactive", "card": card}


KINDS: Mapping[str, Kind] = {
    "dingtalk": Kind(
        hosts=("oapi.dingtalk.com",),
        path="/robot/send",
        rate=Rate("dingtalk", every=4.0, burst=5),  # 20 a minute, else silence for 10 [docs]
        render=dingtalk,
        codes=Codes(
            throttled={130101: 600, 410100: 600, -1: 60},
            busy=frozenset(),
            misconfigured={
                310000: "security-refused",  # keyword, signature or address
                400013: "robot-gone",
                400101: "robot-gone",
                400102: "robot-gone",
                400106: "robot-gone",
            },
        ),
        refused=frozenset({300001, 40035, 400105, 430101, 430102, 430103, 430104}),
    ),
    "feishu": Kind(
        hosts=("open.feishu.cn", "open.larksuite.com"),
        path="/open-apis/bot/v2/hook/",
        rate=Rate("feishu", every=1.0, burst=4),  # 5 a second, 100 a minute [docs]
        render=feishu,
        codes=Codes(
            throttled={11232: 60},
            busy=frozenset(),
            misconfigured={
                19021: "signature-refused",
                19022: "address-not-trusted",
                19024: "keyword-missing",
                19001: "robot-gone",
            },
        ),
        refused=frozenset({9499, 11246}),
    ),
    "wecom": Kind(
        hosts=("qyapi.weixin.qq.com",),
        path="/cgi-bin/webhook/send",
        rate=Rate("wecom", every=4.0, burst=5),  # 20 a minute [docs]
        render=wecom,
        codes=Codes(throttled={45009: 60, -1: 60}, busy=frozenset(), misconfigured={93000: "robot-gone"}),
        refused=frozenset({40058, 44004, 45002}),
    ),
}
HOSTS = tuple(host for kind in KINDS.values() for host in kind.hosts)
