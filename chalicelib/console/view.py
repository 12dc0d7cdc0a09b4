"""The console's pages: what every one of them is given, and what is answered where there is none.

A page has no script of its own, no style of its own, and no address that was not made by `urls`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.adapters.console_pages import ConsolePages, Say
from chalicelib.config import Config
from chalicelib.config_console import LOCALES
from chalicelib.console.urls import Urls
from chalicelib.console.visit import Page, Visit
from chalicelib.console.web import LANGUAGE, Answer, Request
from chalicelib.domain import wording
from chalicelib.domain.mail import Mail
from chalicelib.domain.seats import Right, Seat
from chalicelib.domain.wording import Locale, Rendered
from chalicelib.errors import Rejected
from chalicelib.signing_in import Signed

_FOREVER = (("Cache-Control", "public, max-age=31536000, immutable"),)


class ConsoleView:
    """Puts pages into HTML; safe to share between threads."""

    def __init__(self, pages: ConsolePages) -> None:
        self._pages = pages

    def locale(self, request: Request, seat: Seat | None = None) -> Locale:
        """As chosen by hand, else as the seat says, else as the browser asks."""
        chosen = request.cookies.get(LANGUAGE, "")
        if chosen in LOCALES:
            return wording.locale_of(chosen)
        if seat is not None and seat.locale is not None:
            return wording.locale_of(seat.locale)
        return wording.locale_of(request.header("accept-language")[:2])

    def page(
        self,
        page: Page,
        visit: Visit,
        signed: Signed,
        *,
        nav: str,
        menu: Sequence[str],
        merchants: Sequence[tuple[str, str]],
    ) -> str:
        """A page of a merchant, with the menu around it."""
        config = visit.config
        said, failed = (visit.request.query.get(name, "") for name in ("said", "failed"))
        return self._render(
            f"{page.template}.html.j2",
            visit.locale,
            visit.urls,
            **_formats(visit.locale, config.zone),
            at=visit.urls.at,
            nav=nav,
            menu=menu,
            merchants=merchants,
            shop=config.name or config.merchant,
            merchant=config.merchant,
            form=signed.form_token(),
            seat=visit.seat,
            may={right.value: visit.may(right) for right in Right},
            here=_here(visit),
            said=said,
            failed=failed,
            now=visit.now,
            zone_name=config.zone.key,
            today=visit.today,
            currency=config.currency,
            **page.values,
        )

    def door(self, name: str, request: Request, urls: Urls, **values: object) -> str:
        """A page for who is not signed in: `sign_in`, `sent`, `enter`, `link_over`."""
        here = urls.inside(urls.path(*request.path)) if request.method == "GET" else None
        return self._render("door.html.j2", self.locale(request), urls, name=name, here=here or urls.path("sign-in"), **values)

    def chooser(self, merchants: Sequence[tuple[str, str]], request: Request, urls: Urls) -> str:
        """Which of several merchants."""
        return self._render("chooser.html.j2", self.locale(request), urls, merchants=merchants, here=urls.path())

    def error(self, status: int, reason: str, urls: Urls, locale: Locale | None = None) -> Answer:
        """What is answered to what cannot be answered, in both languages where nobody said which."""
        return Answer(status, self._render("error.html.j2", locale or "en", urls, status=status, reason=reason, both=Say("zh-CN")))

    def link_mail(self, config: Config, address: str, link: str, locale: Locale, *, message: str) -> Mail:
        """The mail with a sign-in link."""
        say, shop = Say(locale), config.name or config.merchant
        subject = say("door.mail_subject", shop=wording.header_text(shop, 60))
        html = self._pages.render("mail.html.j2", locale, link=link, shop=shop)
        sender = config.console.sender or config.digest.sender or config.sending.sender or "console@localhost"
        domain = sender.rpartition("@")[2].rstrip("> ") or "localhost"
        return Mail(
            message_id=f"sign-in.{message}@{domain}",
            sender=sender,
            recipient=address,
            reply_to=None,
            rendered=Rendered(subject, html, say("door.mail_text", link=link, shop=shop), ""),
            unsubscribe_url=None,
            marketing=False,
            tags={"kind": "sign-in"},
        )

    def static(self, name: str) -> Answer:
        """A static file under the hash of its content; anything else: Rejected 404."""
        found = self._pages.static(name)
        if found is None:
            raise Rejected("no-such-page", "not found", status=404)
        return Answer(200, found[0], found[1], _FOREVER)

    def _render(self, template: str, locale: Locale, urls: Urls, **values: Any) -> str:
        def asset(name: str) -> str:
            return urls.path("static", self._pages.hashed(name))

        return self._pages.render(template, locale, url=urls.path, asset=asset, **values)


def _formats(locale: Locale, zone: ZoneInfo) -> dict[str, Any]:
    """How values are written: money in minor units, counts, tenths of a percent, days, moments in the merchant's zone."""
    return {
        "money": lambda minor, currency: wording.money(minor, currency, locale),
        "count": lambda number: wording.count(number, locale),
        "percent": lambda tenths: wording.percent(tenths, locale),
        "day": lambda day: wording.long_day(day, locale),
        "short_day": lambda day: wording.short_day(day, locale),
        "moment": lambda at: wording.moment(at, zone, locale),
        "change": lambda tenths: wording.change(tenths, locale),
        "clip": wording.clip,
        "clean": wording.clean,
    }


def _here(visit: Visit) -> str:
    """The page's own address, without what was said on the way to it."""
    asked = {name: value for name, value in visit.request.query.items() if name not in ("said", "failed")}
    return visit.urls.at(*visit.request.path[2:], **asked)
