"""Mails to send in tests. All people and shops are invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from chalicelib.domain.mail import Mail
from chalicelib.domain.wording import File, Picture, Rendered

AT = datetime(2026, 11, 21, 0, 5, tzinfo=UTC)
RENDERED = Rendered("Fri 20 Nov: 净销售额 ¥1,234.50", "<p>Hello 你好</p>\n<p>.dot</p>", "Hello 你好\n.dot\n..two\n", "Hello")


def mail(**changes: object) -> Mail:
    """A digest mail; `changes` replace fields."""
    values: dict[str, object] = {
        "message_id": "digest.demo.2026-11-20@mail.acme.example",
        "sender": "Acme <digest@acme.example>",
        "recipient": "marketing@acme.example",
        "reply_to": None,
        "rendered": RENDERED,
        "unsubscribe_url": None,
        "marketing": False,
        "tags": {"kind": "digest"},
    }
    return Mail(**(values | changes))  # type: ignore[arg-type]


PICTURES = (Picture("trend.1f@charts.acme.example", b"\x89PNG one"), Picture("rank.2e@charts.acme.example", b"\x89PNG two"))
FILES = (File("acme-2026-11-20.json", "application/json", b'{"a": 1}'), File("acme-2026-11-20.csv", "text/csv", b"a,b\r\n1,2\r\n"))
ILLUSTRATED = replace(
    RENDERED,
    html="<p>Hello 你好</p>\n"
    '<img src="cid:trend.1f@charts.acme.example" alt="">\n<img src="cid:rank.2e@charts.acme.example" alt="">',
    pictures=PICTURES,
    files=FILES,
)


def shape(message: Any) -> Any:
    """The tree of a parsed message's media types."""
    kind = message.get_content_type()
    return (kind, [shape(part) for part in message.iter_parts()]) if message.is_multipart() else kind
