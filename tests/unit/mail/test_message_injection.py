"""Injection list x every message x every value: nothing comes alive. Each guard, taken away, is missed."""

from __future__ import annotations

import email
from collections.abc import Sequence
from email.policy import SMTP
from typing import Any

import jinja2
import pytest

from chalicelib.adapters import catalogue, message_view, mime
from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain import wording
from chalicelib.domain.wording import Rendered
from chalicelib.errors import ConfigError
from ops import mails
from tests.unit.mail import every
from tests.unit.mail import mails as letters
from tests.unit.mail.injections import MESSAGE_PAYLOADS, live

TEXTS = ("shop_name", "postal", "buyer_name", "offer", "offer_until")
LINKS = (
    "javascript:alert(1)",
    "JaVaScRiPt://x.example/%0aalert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>1</script>",
    "vbscript:x",
    "//evil.example/x",
    "https://",
    "https://a.example/x y",
    "https://a.example/\r\nBcc: y",
    "https://a.example/\u202ex",
    "https://[bad/",
    "ftp://a.example/",
    "mailto:a@evil.example",
)
# URLs that are ones, and hold what would leave the attribute if it could.
ODD_LINKS = (
    "https://a.example/?a='onmouseover='x'",
    'https://a.example/?a="onmouseover="x"',
    "https://a.example/?<script>1</script>",
    "https://a.example/?{{7*7}}{%x%}",
    "https://a.example/?a=1&lt;b&amp;c=2",
    "https://a.example/-->",
)


def _case(*parts: Any) -> every.Case:
    return every.Case(*parts)


def _findings(renderer: JinjaRenderer, case: every.Case, names: Sequence[str] = TEXTS) -> tuple[list[str], int]:
    """What came alive in one message with each payload in all these values at once; and how many were tried."""
    how: dict[str, Any] = {"locale": case.locale, "template": case.template, "variant": case.variant}
    found, tried = [], 0
    plain = case.values() | dict.fromkeys(names, "plain")
    harmless = renderer.winback(plain, **how)
    nameless = renderer.winback(plain | {"buyer_name": ""}, **how)
    for payload in MESSAGE_PAYLOADS:
        values = case.values() | dict.fromkeys(names, payload)
        mail, line = renderer.winback(values, **how), renderer.line(values, **how)
        # A name that would become a link is left out, and the greeting is the one without a name.
        called = "buyer_name" not in names or bool(message_view.buyer(payload))
        shown = called or len(names) > 1
        found += [f"{payload!r}: {sign}" for sign in live(mail, line, harmless if called else nameless, payload, shown=shown)]
        tried += 1
    return found, tried


@pytest.mark.fault(59)
@pytest.mark.parametrize("case", every.ALL, ids=every.NAMES)
def test_nothing_comes_alive(case: every.Case) -> None:
    found, tried = _findings(JinjaRenderer(), case)
    assert found == []
    assert tried == len(MESSAGE_PAYLOADS)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize(
    "case", [case for case in every.ALL if case.locale == "en"], ids=lambda case: f"{case.template}-{case.variant}"
)
def test_nothing_comes_alive_in_one_value_alone(case: every.Case, name: str) -> None:
    if case.template == "survey" and name in ("offer", "offer_until"):
        how: dict[str, Any] = {"locale": case.locale, "template": case.template, "variant": case.variant}
        given = case.values() | {"offer": "BACK10", name: "told to nobody"}
        assert JinjaRenderer().winback(given, **how) == JinjaRenderer().winback(case.values(), **how)
        return
    assert _findings(JinjaRenderer(), case, [name]) == ([], len(MESSAGE_PAYLOADS))


@pytest.mark.fault(59)
@pytest.mark.parametrize("case", every.ALL, ids=every.NAMES)
def test_a_link_leads_to_the_web_or_nowhere(case: every.Case) -> None:
    renderer, how = JinjaRenderer(), {"locale": case.locale, "template": case.template, "variant": case.variant}
    harmless = renderer.winback(case.values(), **how)
    for field in ("unsubscribe_url", "shop_url", *(["survey_url"] if case.template == "survey" else [])):
        for link in LINKS:
            with pytest.raises(ConfigError):
                renderer.winback(case.values() | {field: link}, **how)
            with pytest.raises(ConfigError):
                renderer.line(case.values() | {field: link}, **how)
        for link in ODD_LINKS:
            values = case.values() | {field: link}
            assert live(renderer.winback(values, **how), renderer.line(values, **how), harmless, "", shown=False) in ([], ["told"])


@pytest.mark.fault(59)
@pytest.mark.parametrize("locale", wording.MESSAGE_LOCALES)
def test_no_header_is_added(locale: wording.MessageLocale) -> None:
    expected = None
    for payload in ("plain", *MESSAGE_PAYLOADS):
        values = _case("winback", locale, "a").values() | {"shop_name": payload, "postal": payload, "buyer_name": payload}
        rendered = JinjaRenderer().winback(values, locale=locale, template="winback")
        raw = mime.build(letters.mail(rendered=rendered), sent_at=letters.AT)
        names = [name for name, _ in email.message_from_bytes(raw, policy=SMTP).raw_items()]
        expected = expected or names
        assert names == expected, payload
        assert raw.isascii()


class _NoEscape(JinjaRenderer):
    """Saboteur: nothing is escaped."""

    @property
    def _environment(self) -> jinja2.Environment:
        return jinja2.Environment(loader=jinja2.FileSystemLoader(catalogue.root()), autoescape=False)


class _Twice(JinjaRenderer):
    """Saboteur: what has been filled in is read as a template once more."""

    def winback(self, values: Any, **how: Any) -> Rendered:
        mail = super().winback(values, **how)
        try:
            again = jinja2.Environment(autoescape=True).from_string(mail.html).render()
        except (TypeError, jinja2.TemplateError):
            again = "broken"
        return Rendered(mail.subject, again, mail.text, mail.preheader)


class _FilledFirst(JinjaRenderer):
    """Saboteur: values are put into the MJML, which is compiled afterwards."""

    def winback(self, values: Any, **how: Any) -> Rendered:
        mail = super().winback(values, **how)
        source = mails.SOURCE.read_text(encoding="utf-8").replace("{{ m.shop }}", values["shop_name"])
        view = message_view.build(values, **how)
        try:
            page = jinja2.Environment(autoescape=True).from_string(mails.compiled(source)).render(m=view)
        except (ValueError, TypeError, jinja2.TemplateError):
            page = "broken"
        return Rendered(mail.subject, page, mail.text, mail.preheader)


@pytest.mark.fault(59, saboteur=True)
@pytest.mark.parametrize(
    ("saboteur", "payload"),
    [
        (_NoEscape, "<script>alert(1)</script>"),
        (_NoEscape, "--><![endif]-->"),
        (_Twice, "{{7*7}}"),
        (_Twice, "{{ ''.__class__.__mro__[1].__subclasses__() }}"),
        (_FilledFirst, "</mj-text><mj-raw><script>1</script></mj-raw>"),
        (_FilledFirst, "{{7*7}}"),
    ],
)
def test_a_renderer_without_its_guard_is_caught(saboteur: type[JinjaRenderer], payload: str) -> None:
    found, _ = _findings(saboteur(), _case("winback", "en", "a"))
    assert [each for each in found if repr(payload) in each]


@pytest.mark.fault(59, saboteur=True)
def test_names_that_are_not_cleaned_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "clean", lambda text, limit=None: text)
    found, _ = _findings(JinjaRenderer(), _case("winback", "en", "a"))
    signs = {each.rpartition(": ")[2] for each in found}
    assert {"hidden character", "another line"} <= signs


@pytest.mark.fault(59, saboteur=True)
def test_a_sentence_filled_by_format_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_filled", lambda text, values: text.format(**values).format(**values))
    with pytest.raises((KeyError, IndexError, ValueError, AssertionError)):
        assert _findings(JinjaRenderer(), _case("winback", "en", "a"))[0] == []


@pytest.mark.fault(59, saboteur=True)
@pytest.mark.parametrize("link", LINKS[:4])
def test_links_that_are_not_checked_are_caught(link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_view, "_is_web", lambda url: True)
    case = _case("winback", "en", "a")
    how: dict[str, Any] = {"locale": "en", "template": "winback"}
    mail = JinjaRenderer().winback(case.values() | {"shop_url": link}, **how)
    assert "active attribute" in live(mail, "", JinjaRenderer().winback(case.values(), **how), "", shown=False)


def test_a_template_reaches_for_nothing() -> None:
    environment = JinjaRenderer()._environment
    for source in ("{{ ''.__class__.__mro__ }}", "{{ m.__init__.__globals__ }}", "{{ missing }}"):
        with pytest.raises((jinja2.exceptions.SecurityError, jinja2.exceptions.UndefinedError)):
            environment.from_string(source).render(m=object())
