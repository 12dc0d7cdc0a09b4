"""What platforms, buyers and sellers write is shown as it is and never comes alive, in any field, part or locale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

import pytest

from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain import wording
from chalicelib.domain.cost_parts import Gap
from chalicelib.domain.creators import TrailLine
from chalicelib.domain.report import MessagesDay, Report
from chalicelib.domain.wording import Rendered
from chalicelib.errors import ConfigError
from tests.unit.mail import pages, whole
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
    "h1",
    "h2",
    "p",
    "a",
    "img",
}


# Fields that somebody outside can write, in whatever part of a report they stand.
_OUTSIDE = frozenset({"merchant", "account", "platform_name", "title", "campaign", "carrier", "sku", "category", "source"})


def poisoned(payload: str, locale: str) -> Report:
    """Every field of a report that anyone outside can write, all at once."""
    report: Report = spoil(whole.everything(locale), payload)
    return replace(
        report,
        messages=(MessagesDay(payload, 1, 1, {payload: 3}),),
        freshness=tuple(replace(s, platform=payload, account=payload) for s in report.freshness),
    )


def spoil(value: Any, payload: str) -> Any:
    """A report, or a part of one, with a payload in each of its fields that somebody outside can write."""
    if isinstance(value, Gap | TrailLine):
        return replace(value, name=payload)
    if is_dataclass(value) and not isinstance(value, type):
        outside = {one.name for one in fields(value) if one.name in _OUTSIDE and isinstance(getattr(value, one.name), str)}
        made = {one.name: payload if one.name in outside else spoil(getattr(value, one.name), payload) for one in fields(value)}
        return replace(value, **made)
    if isinstance(value, Mapping):
        return {(key[0], payload) if isinstance(key, tuple) else key: spoil(one, payload) for key, one in value.items()}
    return tuple(spoil(one, payload) for one in value) if type(value) is tuple else value


@cache
def _harmless(locale: str) -> Rendered:
    return RENDERER.digest(poisoned("plain", locale))


def _check(mail: Rendered, plain: Rendered) -> None:
    page, clean = pages.read(mail.html), pages.read(plain.html)
    assert {tag for tag, _ in page.tags} <= _ALLOWED
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in clean.tags]
    assert [sorted(known) for _, known in page.tags] == [sorted(known) for _, known in clean.tags]
    assert all(known["src"].startswith("cid:") for tag, known in page.tags if tag == "img")
    for part in (mail.html, mail.text, mail.subject, mail.preheader):
        assert not any(char in part for char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\x1b\r")
    assert "=?" not in mail.subject
    assert len(mail.subject.splitlines()) == 1
    assert not any(line.startswith(("Bcc:", "Subject:")) for line in mail.text.splitlines())


@pytest.mark.fault(59)
@every_payload
@every_locale
def test_digest(payload: str, locale: str) -> None:
    mail = RENDERER.digest(poisoned(payload, locale))
    _check(mail, _harmless(locale))
    assert wording.clean(payload) in pages.read(mail.html).shown
    assert wording.clean(payload) in mail.text


@pytest.mark.fault(59)
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
