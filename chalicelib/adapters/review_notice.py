"""Notices in words: deadlines that are near or over, storms, and silent sources. The same lines for robots and as a mail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import time
from html import escape

from chalicelib.adapters.catalogue import Words, words
from chalicelib.channels import Notice
from chalicelib.config import Config
from chalicelib.coverage import Spell
from chalicelib.domain.report import Freshness
from chalicelib.domain.storm import LOUD_GRADE, Finding
from chalicelib.domain.wording import Rendered, clean, locale_of
from chalicelib.notices import DeadlineLine, Quote

MARKS = ("first_breached", "solve_breached", "first_reminded", "solve_reminded")
LONGEST = 200  # columns of a quoted review
LONGEST_NAME = 64
_STYLE = "font-family:sans-serif;font-size:15px;line-height:1.6;max-width:640px;margin:0 auto;padding:16px"


class ReviewNotices:
    """NoticeWords. `platform_name`: what a platform is called."""

    def __init__(self, platform_name: Callable[[str], str]) -> None:
        self._platform_name = platform_name

    def deadlines(self, config: Config, lines: Sequence[DeadlineLine], more: int) -> Notice:
        """See the port."""
        say = words("notices", locale_of(config.digest.locale))
        sections = []
        for mark in MARKS:
            mine = tuple(self._deadline(config, say, line) for line in lines if line.mark == mark)
            sections += [(say(mark), mine)] if mine else []
        if more:
            sections.append(("…", (say("more", count=str(more)),)))
        title = f"{_shop(config)} · {say('deadlines', count=str(len(lines) + more))}"
        return Notice(title, tuple(sections), urgent=any(line.mark.endswith("breached") for line in lines))

    def storm(self, config: Config, found: Finding, product: str | None, quotes: Sequence[Quote]) -> Notice:
        """See the port."""
        say = words("notices", locale_of(config.digest.locale))
        about = say("whole_shop") if product is None else say("product", product=clean(product, LONGEST_NAME))
        figures = say("storm_line", negative=str(found.negative), total=str(found.total), platforms=str(found.platforms))
        sections: list[tuple[str, tuple[str, ...]]] = [(say("storm_figures"), (figures,))]
        if quotes:
            sections.append((say("quotes"), tuple(self._quote(say, quote) for quote in quotes)))
        title = f"{_shop(config)} · {say('storm', grade=str(found.grade), about=about)}"
        return Notice(title, tuple(sections), urgent=found.grade >= LOUD_GRADE)

    def stale(self, config: Config, source: Freshness, held_until: time | None) -> Notice:
        """See the port."""
        say = words("stale", locale_of(config.digest.locale))
        heard = max((at for at in (source.last_push_at, source.last_pull_at) if at), default=None)
        account = clean(source.account, LONGEST_NAME)
        name = say("source", platform=self._platform_name(source.platform), account=account)
        last = say("never") if heard is None else say("last", at=heard.astimezone(config.zone).strftime("%Y-%m-%d %H:%M"))
        sent = say("flagged") if held_until is None else say("held", until=held_until.strftime("%H:%M"))
        todo = say.lines("todo", place=f"{source.platform} {account}", path=f"{source.platform}/{account}")
        sections = ((say("known"), (last, sent)), (say("to_do"), tuple(todo)))
        return Notice(f"{_shop(config)} · {say('title', source=name)}", sections, urgent=True)

    def dry(self, config: Config, source: tuple[str, str], spell: Spell) -> Notice:
        """See the port."""
        say = words("push_dry", locale_of(config.digest.locale))
        account = clean(source[1], LONGEST_NAME)
        name = say("source", platform=self._platform_name(source[0]), account=account)
        since = spell.since.astimezone(config.zone).strftime("%Y-%m-%d %H:%M")
        known = (say("since", at=since, orders=str(spell.orders)), say("pulled"), say("mended" if spell.mended else "not_mended"))
        place = f"{source[0]}/{account}"
        todo = say.lines("todo", place=f"{source[0]} {account}", path=place, url=config.webhook_url(*source))
        sections = ((say("known"), known), (say("to_do"), tuple(todo)))
        return Notice(f"{_shop(config)} · {say('title', source=name)}", sections, urgent=not spell.mended)

    def mail(self, config: Config, notice: Notice) -> Rendered:
        """See the port."""
        plain, marked = [notice.title, ""], [f"<h1 style='font-size:19px'>{escape(notice.title)}</h1>"]
        for heading, lines in notice.sections:
            plain += [heading, *(f"- {line}" for line in lines), ""]
            items = "".join(f"<li>{escape(line)}</li>" for line in lines)
            marked.append(f"<h2 style='font-size:16px'>{escape(heading)}</h2><ul>{items}</ul>")
        lang = locale_of(config.digest.locale)
        head = f"<head><meta charset='utf-8'><title>{escape(notice.title)}</title></head>"
        page = f"<!doctype html><html lang='{lang}'>{head}<body style='{_STYLE}'>{''.join(marked)}</body></html>"
        first = next((line for _, lines in notice.sections for line in lines), "")
        return Rendered(notice.title, page, "\n".join(plain).rstrip() + "\n", first)

    def _deadline(self, config: Config, say: Words, line: DeadlineLine) -> str:
        return say(
            "deadline_line",
            platform=self._platform_name(line.place.platform),
            account=clean(line.place.account, LONGEST_NAME),
            what=say(line.place.kind),
            id=clean(line.place.id, LONGEST_NAME),
            stars=_stars(say, line.stars),
            due=line.due.astimezone(config.zone).strftime("%Y-%m-%d %H:%M"),
            owner=clean(line.owner, LONGEST_NAME) if line.owner else say("nobody"),
        )

    def _quote(self, say: Words, quote: Quote) -> str:
        text = clean(quote.text, LONGEST) or say("no_text")
        name = self._platform_name(quote.platform)
        return say("quote", platform=name, stars=_stars(say, quote.stars), colon=say("colon"), text=text)


def _stars(say: Words, stars: int | None) -> str:
    return "" if stars is None else say("stars", stars=str(stars))


def _shop(config: Config) -> str:
    return clean(config.name or config.merchant, LONGEST_NAME)
