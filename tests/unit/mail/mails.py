"""Mails to send in tests. All people and shops are invented."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.domain.mail import Mail
from chalicelib.domain.wording import Rendered

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
