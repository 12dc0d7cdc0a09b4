"""A message to a person in words, before it is a mail or a line: checked values, sentences, plain text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from chalicelib.adapters import catalogue
from chalicelib.adapters.catalogue import Words
from chalicelib.domain import wording
from chalicelib.domain.nps import HIGHEST
from chalicelib.domain.wording import MessageLocale
from chalicelib.errors import ConfigError

_SUBJECT, _NAME, _SHORT, _POSTAL, _OFFER = 59, 60, 24, 200, 60
_MAIL_NEEDS = ("shop_name", "postal", "unsubscribe_url")
_LINE_NEEDS = ("shop_name",)
_KNOWN = (*_MAIL_NEEDS, "buyer_name", "offer", "offer_until", "shop_url", "survey_url")
_URLS = ("unsubscribe_url", "shop_url", "survey_url")
# Clients turn such text into a link without being asked, and a buyer's name is the buyer's to choose.
_LINKABLE = re.compile(r"://|\bwww\.|@|\w\.[a-z]{2,}\b|\d{5}|(?:javascript|data|tel|mailto)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message in words; optional parts are empty. `tongue` is the locale it is in. `scale`: scores with their links."""

    tongue: MessageLocale
    subject: str
    preheader: str
    headline: str
    shop: str
    greeting: str
    lines: tuple[str, ...]
    offer_line: str
    offer: str
    code_label: str
    until: str
    button: str
    shop_url: str
    closing: str
    why: str
    postal: str
    unsubscribe: str
    unsubscribe_url: str
    scale: tuple[tuple[str, str], ...] = ()
    scale_ends: tuple[str, str] = ("", "")


def build(values: Mapping[str, str], *, locale: str, template: str, variant: str) -> MessageView:
    """The message as a mail tells it. ConfigError: an unknown template or variant, a missing or unknown value, a bad link."""
    tongue, say, common = catalogue.message(template, locale, variant)
    given = _checked(values, (*_MAIL_NEEDS, *catalogue.needs(template)))
    shop, name = wording.clean(given["shop_name"], _NAME), buyer(given["buyer_name"])
    offer = _offer(given, _OFFER)
    suffix = "_offer" if offer else ""
    until = wording.clean(given["offer_until"], _NAME) if offer else ""
    return MessageView(
        tongue=tongue,
        subject=wording.header_text(say(f"subject{suffix}", shop_name=wording.clip(shop, _SHORT)), _SUBJECT),
        preheader=say(f"preheader{suffix}", shop_name=shop),
        headline=say("headline"),
        shop=shop,
        greeting=common("greeting_name", buyer_name=name) if name else common("greeting"),
        lines=tuple(say.lines("body", shop_name=shop)),
        offer_line=say("offer") if offer else "",
        offer=offer,
        code_label=common("code"),
        until=common("until", offer_until=until) if until else "",
        button=say("button"),
        shop_url=given["survey_url"] or given["shop_url"],
        closing=common("closing"),
        why=common("why", shop_name=shop),
        postal=wording.clean(given["postal"], _POSTAL),
        unsubscribe=common("unsubscribe"),
        unsubscribe_url=given["unsubscribe_url"],
        **_scale(say, given["survey_url"]),
    )


def text(view: MessageView) -> str:
    """The mail as plain text."""
    parts = [view.greeting, *view.lines]
    if view.offer:
        parts.append(f"{view.offer_line}\n\n    {view.offer}" + (f"\n\n{view.until}" if view.until else ""))
    if view.shop_url:
        parts.append(f"{view.button}\n{view.shop_url}")
    parts += [f"{view.closing}\n{view.shop}", "-- "]
    foot = f"{view.why}\n{view.postal}\n{view.unsubscribe}\n{view.unsubscribe_url}"
    return "\n\n".join(parts) + f"\n{foot}\n"


def line(values: Mapping[str, str], *, locale: str, template: str, variant: str) -> str:
    """The message in one line of plain text; postal and unsubscribe_url may be given and are not told. ConfigError as `build`."""
    _, say, common = catalogue.message(template, locale, variant)
    given = _checked(values, (*_LINE_NEEDS, *catalogue.needs(template)))
    name, offer = buyer(given["buyer_name"], _SHORT), _offer(given, _SHORT)
    until = wording.clean(given["offer_until"], _NAME) if offer else ""
    shop = wording.clean(given["shop_name"], _SHORT)
    parts = [
        common("hello_name", buyer_name=name) if name else common("hello"),
        say("line_offer", shop_name=shop, offer=offer) if offer else say("line", shop_name=shop),
    ]
    if until:
        parts.append(common("until", offer_until=until))
    told = common("gap").join(parts)
    # Always a blank before the link: clients take the sign in front of it for a part of it, or it for no link at all.
    link = given["survey_url"] or given["shop_url"]
    return f"{told} {link}" if link else told


def buyer(raw: str, limit: int = _NAME) -> str:
    """A buyer's name as it may be shown; none when a client would make a link or a number to call of it."""
    name = wording.clean(raw, limit)
    return "" if _LINKABLE.search(name) else name


def _offer(given: Mapping[str, str], limit: int) -> str:
    """The code; none beside a question, since what is given for an answer buys it."""
    return "" if given["survey_url"] else wording.clean(given["offer"], limit)


def _scale(say: Words, url: str) -> dict[str, Any]:
    """A survey's scores. Each leads to the page with itself marked; none is an answer, since programs follow every link."""
    if not url:
        return {}
    scores = tuple((str(score), f"{url}?score={score}") for score in range(HIGHEST + 1))
    return {"scale": scores, "scale_ends": (say("least"), say("most"))}


def _checked(values: Mapping[str, str], required: tuple[str, ...]) -> dict[str, str]:
    missing = [key for key in required if not values.get(key, "").strip()]
    unknown = sorted(set(values) - set(_KNOWN))
    if missing or unknown:
        raise ConfigError("template-values", f"missing: {missing}, unknown: {unknown}")
    given = {key: values.get(key, "") for key in _KNOWN}
    for key in _URLS:
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
