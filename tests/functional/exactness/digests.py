"""Digests in few words and without pictures, for tests of when and to whom they go; and what such a mail said."""

from __future__ import annotations

import re

from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain.mail import Mail
from chalicelib.domain.report import Report
from chalicelib.domain.wording import Rendered
from tests.functional.stack import Stack


class Plain(JinjaRenderer):
    """What a digest says, a fact a line."""

    def digest(self, report: Report) -> Rendered:
        """See the port."""
        lines = [f"period {report.period.name}", f"provisional {report.provisional}", f"leave {report.leave}"]
        lines += [f"total {line.currency} {line.gmv.now} {line.net_sales.now} {line.orders.now}" for line in report.totals]
        lines += [f"restated {each.period.name} {each.currency} {each.what} {each.told} {each.now}" for each in report.restated]
        text = "\n".join(lines)
        return Rendered(f"Digest {report.period.name}", f"<a href='{report.leave}'>leave</a>", text, "")


def plainly(stack: Stack) -> Stack:
    """The stack, its digests plain."""
    stack.app.parts.renderer = Plain
    return stack


def digests(stack: Stack) -> list[Mail]:
    """The digests that went, in order."""
    return [mail for mail in stack.channel.mails if mail.rendered.subject.startswith("Digest ")]


def restated(mail: Mail) -> list[str]:
    """What a digest says is not as it was told."""
    return [line.removeprefix("restated ") for line in mail.rendered.text.splitlines() if line.startswith("restated ")]


def said(mail: Mail) -> tuple[str, str]:
    """All that a digest says, without its reader's own link, and to whom."""
    return mail.recipient, re.sub(r"leave .*", "", mail.rendered.text)
