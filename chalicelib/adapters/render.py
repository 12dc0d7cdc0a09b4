"""Messages as HTML and plain text: the port `Renderer`.

Words come from tables by locale (`templates/email/words`, `templates/messages/<template>`), HTML from Jinja2 in a sandbox with
everything escaped and nothing undefined. A digest's CSS is inlined here, a message's was when its MJML was compiled (ops/mails.py).
The plain text is written from the same model, not from the HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import css_inline
import jinja2
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from chalicelib.adapters import catalogue, digest_mail, digest_notice, digest_view, message_view
from chalicelib.adapters.digest_model import View, sums
from chalicelib.channels import Notice
from chalicelib.domain import wording
from chalicelib.domain.nps import HIGHEST
from chalicelib.domain.report import Report
from chalicelib.domain.wording import Locale, Rendered
from chalicelib.errors import ConfigError

SHOP_NAME = 60  # columns
_PAGES = frozenset({"unsubscribe", "unsubscribed", "unknown", "surveyed", "survey_over"})

# Which class a rise and a fall get. In China red is what rises, elsewhere green; the arrow and the sign say it to all.
_TONES: dict[Locale, tuple[str, str]] = {"en": ("u", "d"), "zh-CN": ("ur", "dr")}


class JinjaRenderer:
    """Renders from the templates folder. Nothing is read before the first message; safe to share between threads."""

    def digest(self, report: Report) -> Rendered:
        """The mail of a report in its locale (any Chinese is zh-CN, all else en), with pictures and files."""
        return digest_mail.render(report, self.page_of)

    def page_of(self, view: View) -> str:
        """A digest's view as HTML."""
        rise, fall = _TONES[view.locale]
        return self._html(
            "email/digest/html.j2",
            lang=view.locale,
            title=view.subject,
            preheader=view.preheader,
            v=view,
            sums=sums(view),
            say=catalogue.words("digest", view.locale),
            rise=rise,
            fall=fall,
        )

    def notice(self, report: Report) -> Notice:
        """The same as a robot says it in a group."""
        return digest_notice.write(digest_view.build(report))

    def winback(self, values: Mapping[str, str], *, locale: str, template: str, variant: str = "a") -> Rendered:
        """A message to a person as a mail; `locale` is a language tag, see `wording.message_locale`.

        `values`: `shop_name`, `postal` (the sender's address line) and `unsubscribe_url` must be given; `buyer_name` (never a
        masked one), `offer` (a code), `offer_until` (a day in words, see `wording.message_day`) and `shop_url` may be, where
        the template does not need them (`catalogue.needs`). An unknown template or variant, a missing or unknown value, or a
        URL that is not http(s): ConfigError.
        """
        view = message_view.build(values, locale=locale, template=template, variant=variant)
        html = self._environment.get_template("messages/html.j2").render(m=view)
        return Rendered(view.subject, html, message_view.text(view), view.preheader)

    def line(self, values: Mapping[str, str], *, locale: str, template: str, variant: str = "a") -> str:
        """The same message as one short plain text without a line break. Only `shop_name` and the template's needs must be given.

        How to unsubscribe is not in it: a channel that needs it adds it.
        """
        return message_view.line(values, locale=locale, template=template, variant=variant)

    def variants(self, template: str, locale: str) -> tuple[str, ...]:
        """The variants a template has in the locale that serves the tag, in order. An unknown template: ConfigError."""
        return catalogue.variants(template, locale)

    def page(self, name: str, locale: str) -> str:
        """A small page for people: `unsubscribe` (asks), `unsubscribed` (done), `unknown` (no such link), `surveyed` and
        `survey_over`.

        In the languages that messages have. Another name: ConfigError.
        """
        if name not in _PAGES:
            raise ConfigError("page-unknown", "there is no page of that name")
        tongue, say = catalogue.page(name, locale)
        return self._environment.get_template("pages/page.html.j2").render(lang=tongue, name=name, say=say)

    def survey(self, locale: str, *, shop: str, chosen: int | None = None, missing: bool = False) -> str:
        """The page of a survey: one question, and words if somebody likes. `chosen` is marked, and is no answer yet.

        In the languages that messages have. `missing`: says that a score has to be picked.
        """
        tongue, say = catalogue.page("survey", locale)
        template = self._environment.get_template("pages/survey.html.j2")
        shown = wording.clean(shop, SHOP_NAME)
        return template.render(lang=tongue, say=say, shop=shown, scores=range(HIGHEST + 1), chosen=chosen, missing=missing)

    def _html(self, template: str, **values: Any) -> str:
        page = self._environment.get_template(template).render(client_css=self._client_css, **values)
        # Indentation is for whoever reads the template; mail clients cut a message by its bytes.
        compact = "\n".join(line for line in (line.strip() for line in page.splitlines()) if line)
        return self._inliner.inline(compact)

    @cached_property
    def _environment(self) -> jinja2.Environment:
        return SandboxedEnvironment(
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
        return css_inline.CSSInliner(extra_css=css, load_remote_stylesheets=False, minify_css=True, keep_style_tags=True)

    @cached_property
    def _client_css(self) -> Markup:
        # Our own file, not a value from outside: escaping would break its quotes.
        return Markup((catalogue.root() / "email" / "client.css").read_text(encoding="utf-8"))  # noqa: S704  # nosec B704
