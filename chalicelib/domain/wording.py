"""How numbers, money, dates and names are written for a reader. Pure: no words of a sentence live here.

Digests have two locales, `en` and `zh-CN`; messages to buyers, and the pages behind their links, have eight. What is unknown
is written `n/a` / `—`, never as 0. Every name that came from outside goes through `clean` before it is shown anywhere.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from chalicelib.domain.money import Money

Locale = Literal["en", "zh-CN"]
LOCALES: tuple[Locale, ...] = ("en", "zh-CN")
MessageLocale = Literal["zh-CN", "zh-TW", "en", "es", "pt-BR", "id", "th", "vi"]
MESSAGE_LOCALES: tuple[MessageLocale, ...] = ("zh-CN", "zh-TW", "en", "es", "pt-BR", "id", "th", "vi")

_NONE: dict[Locale, str] = {"en": "n/a", "zh-CN": "—"}

# Symbols that no second currency of a report can share: in English a bare ¥ could be CNY or JPY, a bare $ a dozen.
_SYMBOLS: dict[Locale, dict[str, str]] = {
    "en": {"CNY": "CN¥", "JPY": "JP¥"},
    "zh-CN": {"CNY": "¥", "JPY": "JP¥"},
}
_SHARED_SYMBOLS = {
    "AUD": "A$",
    "BRL": "R$",
    "CAD": "CA$",
    "EUR": "€",
    "GBP": "£",
    "HKD": "HK$",
    "INR": "₹",
    "KRW": "₩",
    "MXN": "MX$",
    "NZD": "NZ$",
    "PHP": "₱",
    "SGD": "S$",
    "THB": "฿",
    "TWD": "NT$",
    "USD": "US$",
    "VND": "₫",
}
_WEEKDAYS: dict[Locale, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh-CN": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
}
_SHORT_WEEKDAYS: dict[Locale, tuple[str, ...]] = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "zh-CN": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
_OTHER_MONTHS: dict[MessageLocale, str] = {
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt-BR": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "th": "มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม",
}
_BUDDHIST_ERA = 543  # Thailand counts years from the Buddha's death
_TRADITIONAL = frozenset({"tw", "hk", "mo", "hant"})
# Joiners that words and emoji need; every other format character (bidi overrides, zero width, tags) is taken out.
_KEPT_FORMATS = frozenset("\u200c\u200d")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as a reader gets it: one line of subject and preheader, HTML and plain text of the same content."""

    subject: str
    html: str
    text: str
    preheader: str


@dataclass(frozen=True, slots=True)
class Change:
    """A change in words and the direction for arrow and colour; `none` where there is nothing to compare with."""

    text: str
    direction: Literal["up", "down", "flat", "none"]

    @property
    def arrow(self) -> str:
        """A sign beside the colour, for those who do not see the colour."""
        return {"up": "▲", "down": "▼", "flat": "", "none": ""}[self.direction]


def locale_of(tag: str) -> Locale:
    """The locale that serves a language tag: any Chinese reads `zh-CN`, everybody else `en`."""
    return "zh-CN" if tag.lower().replace("_", "-").split("-")[0] == "zh" else "en"


def message_locale(tag: str) -> MessageLocale:
    """The locale that serves a language tag in a message to a buyer; a language without one reads English.

    Chinese of Taiwan, Hong Kong, Macau or in the traditional script reads `zh-TW`, all other `zh-CN`.
    """
    first, *rest = tag.lower().replace("_", "-").split("-")
    if first == "zh":
        # A script says more than a region: zh-Hans-HK is simplified.
        return "zh-TW" if _TRADITIONAL.intersection(rest) and "hans" not in rest else "zh-CN"
    # Java still writes Indonesian by its code of before 1989.
    others: dict[str, MessageLocale] = {"es": "es", "pt": "pt-BR", "id": "id", "in": "id", "th": "th", "vi": "vi"}
    return others.get(first, "en")


def message_day(day: date, locale: str) -> str:
    """A day inside a sentence of a message: `20 November 2026`, `2026年11月20日`, `20 de noviembre de 2026`, `20/11/2026` (vi).

    `locale` is a language tag, read by `message_locale`. Thai years are those of the Buddhist era.
    """
    tongue = message_locale(locale)
    if tongue in ("zh-CN", "zh-TW"):
        return f"{day.year}年{day.month}月{day.day}日"
    if tongue == "vi":
        return f"{day.day}/{day.month}/{day.year}"
    months = _OTHER_MONTHS[tongue].split() if tongue in _OTHER_MONTHS else _MONTHS
    month, year = months[day.month - 1], day.year + (_BUDDHIST_ERA if tongue == "th" else 0)
    of = " de " if tongue in ("es", "pt-BR") else " "
    return f"{day.day}{of}{month}{of}{year}"


def money(minor: int | None, currency: str, locale: Locale) -> str:
    """An amount in minor units with its symbol, grouped, with the currency's own digits: `US$1,234.50`, `JP¥1,234`."""
    if minor is None:
        return _NONE[locale]
    whole, point, digits = Money(abs(minor), currency).major().partition(".")
    symbol = _SYMBOLS[locale].get(currency) or _SHARED_SYMBOLS.get(currency) or f"{currency}\u00a0"
    return f"{'-' if minor < 0 else ''}{symbol}{int(whole):,}{point}{digits}"


def count(number: int | None, locale: Locale) -> str:
    """A number of things, grouped by thousands."""
    return _NONE[locale] if number is None else f"{number:,}"


def change(tenths: int | None, locale: Locale) -> Change:
    """A change in tenths of a percent as `+12.3%`; with no base it is unknown, never 0 %."""
    if tenths is None:
        return Change(_NONE[locale], "none")
    sign = "+" if tenths > 0 else "-" if tenths < 0 else ""
    whole, tenth = divmod(abs(tenths), 10)
    direction: Literal["up", "down", "flat"] = "up" if tenths > 0 else "down" if tenths < 0 else "flat"
    return Change(f"{sign}{whole:,}.{tenth}%", direction)


def long_day(day: date, locale: Locale) -> str:
    """`Friday, 20 November 2026` / `2026年11月20日 星期五`."""
    weekday = _WEEKDAYS[locale][day.weekday()]
    if locale == "zh-CN":
        return f"{day.year}年{day.month}月{day.day}日 {weekday}"
    return f"{weekday}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_day(day: date, locale: Locale) -> str:
    """`20 Nov` / `11月20日`."""
    return f"{day.month}月{day.day}日" if locale == "zh-CN" else f"{day.day} {_MONTHS[day.month - 1][:3]}"


def weekday(day: date, locale: Locale) -> str:
    """`Fri` / `周五`."""
    return _SHORT_WEEKDAYS[locale][day.weekday()]


def moment(at: datetime | None, zone: ZoneInfo, locale: Locale) -> str:
    """An aware time in `zone`, to the minute: `20 Nov 23:58` / `11月20日 23:58`. Naive: ValueError."""
    if at is None:
        return _NONE[locale]
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    local = at.astimezone(zone)
    return f"{short_day(local.date(), locale)} {local:%H:%M}"


def clean(text: str, limit: int | None = None) -> str:
    """A name from outside made fit to show: one line, no control, bidi or invisible characters, at most `limit` columns.

    Masked and real names alike come from platforms and buyers, so they may hold anything. HTML is not escaped here: that is
    the template's work.
    """
    kept = []
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if category in ("Cc", "Zl", "Zp", "Zs"):
            kept.append(" ")
        elif category not in ("Cf", "Cs", "Co", "Cn") or char in _KEPT_FORMATS:
            kept.append(char)
    line = " ".join("".join(kept).split())
    return line if limit is None else clip(line, limit)


def header_text(text: str, limit: int | None = None) -> str:
    """`clean`, and safe inside a mail header: a name cannot pose as an RFC 2047 encoded word and smuggle characters in."""
    line = clean(text).replace("=?", "= ?").replace("?=", "? =")
    return line if limit is None else clip(line, limit)


def width(text: str) -> int:
    """Columns in a monospace font: 2 for wide characters, 0 for combining ones."""
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def clip(text: str, limit: int) -> str:
    """At most `limit` columns; what is cut off is shown by an ellipsis."""
    if width(text) <= limit:
        return text
    kept, used = "", 0
    for char in text:
        used += _columns(char)
        if used > limit - 1:
            break
        kept += char
    return kept.rstrip() + "…"


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """Fill with spaces to `columns`, counting wide characters twice; `right` aligns to the right edge."""
    fill = " " * max(0, columns - width(text))
    return fill + text if right else text + fill
