"""Messages as HTML and plain text: the port `Renderer`.

    class Renderer(Protocol):
        def digest(self, report: DayReport) -> Rendered: ...
        def notice(self, report: DayReport) -> Notice: ...
        def winback(self, values: Mapping[str, str], *, locale: str, template: str) -> Rendered: ...
        def page(self, name: str, locale: str) -> str: ...

Words come from tables by locale (`templates/email/words`, `templates/messages/<template>`), HTML from Jinja2 with everything
escaped and nothing undefined, CSS is inlined. The plain text is written from the same model, not from the HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import css_inline
import jinja2
from markupsafe import Markup

from chalicelib.adapters import catalogue, digest_notice, digest_text, digest_view
from chalicelib.channels import Notice
from chalicelib.domain import wording
from chalicelib.domain.metrics import DayReport
from chalicelib.domain.wording import Locale, Rendered
from chalicelib.errors import ConfigError

_SUBJECT, _NAME, _POSTAL, _OFFER = 59, 60, 200, 60
_REQUIRED = ("shop_name", "postal", "unsubscribe_url")
_PAGES = frozenset({"unsubscribe", "unsubscribed", "unknown"})
_OPTIONAL = ("buyer_name", "offer", "shop_url")

# Which class a rise and a fall get. In China red is what rises, elsewhere green; the arrow and the sign say it to all.
_TONES: dict[Locale, tuple[str, str]] = {"en": ("u", "d"), "zh-CN": ("ur", "dr")}


@dataclass(frozen=True, slots=True)
class _Message:
    """A win-back message in words; optional parts are empty."""

    shop: str
    greeting: str
    lines: tuple[str, ...]
    offer_line: str
    offer: str
    visit: str
    shop_url: str
    closing: str
    why: str
    postal: str
    unsubscribe: str
    unsubscribe_url: str


class JinjaRenderer:
    """Renders from the templates folder. Nothing is read before the first message; safe to share between threads."""

    def digest(self, report: DayReport) -> Rendered:
        """The mail of one day, in `report.locale` (any Chinese is zh-CN, all else en)."""
        view = digest_view.build(report)
        rise, fall = _TONES[view.locale]
        html = self._html(
            "email/digest/html.j2",
            lang=view.locale,
            title=view.subject,
            preheader=view.preheader,
            v=view,
            say=catalogue.words("digest", view.locale),
            rise=rise,
            fall=fall,
        )
        return Rendered(view.subject, html, digest_text.write(view), view.preheader)

    def notice(self, report: DayReport) -> Notice:
        """The same day as a robot says it in a group."""
        return digest_notice.write(digest_view.build(report))

    def winback(self, values: Mapping[str, str], *, locale: str, template: str) -> Rendered:
        """A win-back message.

        `values`: `shop_name`, `postal` (the sender's address line) and `unsubscribe_url` must be given; `buyer_name` (never a
        masked one), `offer` (a code) and `shop_url` may be. An unknown template, a missing or unknown value,
        or a URL that is not http(s): ConfigError.
        """
        tongue = wording.locale_of(locale)
        say = catalogue.message(template, tongue)
        given = _checked(values)
        message = _message(given, say, catalogue.words("winback_layout", tongue))
        suffix = "_offer" if message.offer else ""
        subject = wording.header_text(say(f"subject{suffix}", shop_name=wording.clip(message.shop, 24)), _SUBJECT)
        preheader = say(f"preheader{suffix}")
        html = self._html(f"messages/{template}/html.j2", lang=tongue, title=subject, preheader=preheader, m=message)
        return Rendered(subject, html, _text(message), preheader)

    def page(self, name: str, locale: str) -> str:
        """A small page for people: `unsubscribe` (asks), `unsubscribed` (done), `unknown` (no such link). Another: ConfigError."""
        if name not in _PAGES:
            raise ConfigError("page-unknown", "there is no page of that name")
        tongue = wording.locale_of(locale)
        template = self._environment.get_template("pages/page.html.j2")
        return template.render(lang=tongue, name=name, say=catalogue.words(f"page_{name}", tongue))

    def _html(self, template: str, **values: Any) -> str:
        page = self._environment.get_template(template).render(client_css=self._client_css, **values)
        # Indentation is for whoever reads the template; mail clients cut a message by its bytes.
        compact = "\n".join(line for line in (line.strip() for line in page.splitlines()) if line)
        return self._inliner.inline(compact)

    @cached_property
    def _environment(self) -> jinja2.Environment:
        return jinja2.Environment(
            loader=jinja2.FileSystemLoader(catalogue.root()),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    @cached_property
    def _inliner(self) -> css_inline.CSSInliner:
        css = (catalogue.root() / "email" / "mail.css").read_text(encoding="utf-8")
        return css_inline.CSSInliner(extra_css=css, load_remote_stylesheets=False, minify_css=True)

    @cached_property
    def _client_css(self) -> Markup:
        # Our own file, not a value from outside: escaping would break its quotes.
        return Markup((catalogue.root() / "email" / "client.css").read_text(encoding="utf-8"))  # noqa: S704


def _checked(values: Mapping[str, str]) -> dict[str, str]:
    missing = [key for key in _REQUIRED if not values.get(key, "").strip()]
    unknown = sorted(set(values) - set(_REQUIRED) - set(_OPTIONAL))
    if missing or unknown:
        raise ConfigError("template-values", f"missing: {missing}, unknown: {unknown}")
    given = {key: values.get(key, "") for key in (*_REQUIRED, *_OPTIONAL)}
    for key in ("unsubscribe_url", "shop_url"):
        if given[key] and not _is_web(given[key]):
            raise ConfigError("template-url", "a link in a message must be an http(s) URL", path=key)
    return given


def _is_web(url: str) -> bool:
    """True for an absolute http(s) URL without blanks or control characters."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _message(given: dict[str, str], say: catalogue.Words, layout: catalogue.Words) -> _Message:
    shop, name = wording.clean(given["shop_name"], _NAME), wording.clean(given["buyer_name"], _NAME)
    return _Message(
        shop=shop,
        greeting=say("greeting_name", buyer_name=name) if name else say("greeting"),
        lines=tuple(say.lines("body", shop_name=shop)),
        offer_line=say("body_offer"),
        offer=wording.clean(given["offer"], _OFFER),
        visit=say("visit", shop_name=shop),
        shop_url=given["shop_url"],
        closing=say("closing"),
        why=layout("why", shop_name=shop),
        postal=wording.clean(given["postal"], _POSTAL),
        unsubscribe=layout("unsubscribe"),
        unsubscribe_url=given["unsubscribe_url"],
    )


def _text(message: _Message) -> str:
    parts = [message.greeting, *message.lines]
    if message.offer:
        parts.append(f"{message.offer_line}\n\n    {message.offer}")
    if message.shop_url:
        parts.append(f"{message.visit}\n{message.shop_url}")
    parts += [f"{message.closing}\n{message.shop}", "-- "]
    foot = f"{message.why}\n{message.postal}\n{message.unsubscribe}\n{message.unsubscribe_url}"
    return "\n\n".join(parts) + f"\n{foot}\n"
