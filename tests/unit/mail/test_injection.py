"""What platforms, buyers and sellers write is shown as it is and never comes alive, in any field, part or locale."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain import wording
from chalicelib.domain.metrics import DayReport, MessagesDay
from chalicelib.domain.wording import Rendered
from chalicelib.errors import ConfigError
from tests.unit.mail import pages, reports
from tests.unit.mail.injections import PAYLOADS

RENDERER = JinjaRenderer()
every_payload = pytest.mark.parametrize("payload", PAYLOADS)
every_locale = pytest.mark.parametrize("locale", wording.LOCALES)
_ALLOWED = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "div",
    "table",
    "tbody",
    "tr",
    "td",
    "th",
    "span",
    "strong",
    "b",
    "br",
    "h2",
    "p",
    "a",
}


def _poisoned(payload: str, locale: str) -> DayReport:
    """Every field of a report that anyone outside can write, all at once."""
    report = reports.usual(locale)
    accounts = tuple(replace(line, platform_name=payload, account=payload) for line in report.accounts)
    return replace(
        report,
        merchant=payload,
        accounts=accounts,
        products=tuple(replace(p, title=payload, account=payload, platform_name=payload) for p in report.products),
        messages=(MessagesDay(payload, 1, 1, {payload: 3}),),
        freshness=tuple(replace(s, platform=payload, account=payload) for s in report.freshness),
    )


def _check(mail: Rendered, plain: Rendered) -> None:
    page, clean = pages.read(mail.html), pages.read(plain.html)
    assert {tag for tag, _ in page.tags} <= _ALLOWED
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in clean.tags]
    assert [sorted(known) for _, known in page.tags] == [sorted(known) for _, known in clean.tags]
    for part in (mail.html, mail.text, mail.subject, mail.preheader):
        assert not any(char in part for char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\x1b\r")
    assert "=?" not in mail.subject
    assert len(mail.subject.splitlines()) == 1
    assert not any(line.startswith(("Bcc:", "Subject:")) for line in mail.text.splitlines())


@every_payload
@every_locale
def test_digest(payload: str, locale: str) -> None:
    mail = RENDERER.digest(_poisoned(payload, locale))
    _check(mail, RENDERER.digest(_poisoned("plain", locale)))
    assert wording.clean(payload) in pages.read(mail.html).shown
    assert wording.clean(payload) in mail.text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/x",
        "https://",
        "https://a.example/x y",
        "https://a.example/\r\nX: y",
        "https://[bad/",
        "",
    ],
)
@pytest.mark.parametrize("field", ["unsubscribe_url", "shop_url"])
def test_a_link_is_a_web_link(url: str, field: str) -> None:
    values = {"shop_name": "Acme", "postal": "1 Example Road", "unsubscribe_url": "https://shop.example/u/1", field: url}
    if field == "shop_url" and not url:
        RENDERER.winback(values, locale="en", template="winback")
        return
    with pytest.raises(ConfigError):
        RENDERER.winback(values, locale="en", template="winback")


def test_a_quote_in_a_link_stays_in_the_link() -> None:
    url = "https://shop.example/u/1?a=%22&b='onmouseover=x'"
    mail = RENDERER.winback({"shop_name": "A", "postal": "B", "unsubscribe_url": url}, locale="en", template="winback")
    links = [known for tag, known in pages.read(mail.html).tags if tag == "a"]
    assert [known["href"] for known in links] == [url]
    assert all(set(known) <= {"href", "class", "style"} for known in links)
