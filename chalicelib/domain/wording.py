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

from chalicelib.domain.money import Money, exponent
from chalicelib.domain.periods import Period

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
# Letters of thousands and more, with their powers of ten. Chinese counts in steps of ten thousand.
_STEPS: dict[Locale, tuple[tuple[str, int], ...]] = {
    "en": (("k", 3), ("M", 6), ("B", 9), ("T", 12)),
    "zh-CN": (("万", 4), ("亿", 8), ("万亿", 12)),
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
class Picture:
    """A PNG that the HTML shows as `cid:` and its id, which is `local@domain` in ASCII."""

    cid: str
    png: bytes


@dataclass(frozen=True, slots=True)
class File:
    """What is attached for a program to read: a name in ASCII, a media type such as `text/csv`, the bytes."""

    name: str
    media: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as a reader gets it: one line of subject and preheader, HTML and plain text of the same content.

    `pictures` are those the HTML shows; `files` are attached.
    """

    subject: str
    html: str
    text: str
    preheader: str
    pictures: tuple[Picture, ...] = ()
    files: tuple[File, ...] = ()


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


def short_money(minor: int | None, currency: str, locale: Locale) -> str:
    """An amount to three digits, for a chart's axis or a narrow cell: `US$12.3k`, `CN¥1.2M`; `¥1.23万`, `¥4.5亿` in Chinese.

    Below the first step (1,000; 10,000 in Chinese) whole major units, half away from zero.
    """
    if minor is None:
        return _NONE[locale]
    symbol = _SYMBOLS[locale].get(currency) or _SHARED_SYMBOLS.get(currency) or f"{currency}\u00a0"
    return f"{'-' if minor < 0 else ''}{symbol}{_short(abs(minor), 10 ** exponent(currency), locale)}"


def short_count(number: int | None, locale: Locale) -> str:
    """A number of things to three digits: `12.3k`, `1.23万`."""
    return _NONE[locale] if number is None else f"{'-' if number < 0 else ''}{_short(abs(number), 1, locale)}"


def _short(number: int, unit: int, locale: Locale) -> str:
    """`number` of `unit`ths with at most three digits and a step's letter, rounded half up; 999,950 is `1M`, not `1000k`."""
    letter, step = "", unit
    for name, power in _STEPS[locale]:
        if number * 2 >= (2 * unit * 10**power) - (unit * 10**power) // 1000:
            letter, step = name, unit * 10**power
    whole = number // step
    digits = 0 if not letter or whole >= 100 else 1 if whole >= 10 else 2
    scaled = (2 * number * 10**digits + step) // (2 * step)
    text = f"{scaled // 10**digits:,}"
    rest = str(scaled % 10**digits).rjust(digits, "0").rstrip("0") if digits else ""
    return f"{text}{'.' if rest else ''}{rest}{letter}"


def signs() -> str:
    """Every character that figures, days and money are written with here, besides ASCII."""
    days = [*_WEEKDAYS["zh-CN"], *_SHORT_WEEKDAYS["zh-CN"], "年月日"]
    symbols = [*_SHARED_SYMBOLS.values(), *(symbol for table in _SYMBOLS.values() for symbol in table.values())]
    letters = [letter for table in _STEPS.values() for letter, _ in table]
    return "".join(sorted({char for word in (*days, *symbols, *letters, *_NONE.values(), "▲▼…·−\u00a0") for char in word}))


def count(number: int | None, locale: Locale) -> str:
    """A number of things, grouped by thousands."""
    return _NONE[locale] if number is None else f"{number:,}"


def percent(tenths: int | None, locale: Locale) -> str:
    """A share in tenths of a percent: `12.3%`."""
    if tenths is None:
        return _NONE[locale]
    whole, tenth = divmod(abs(tenths), 10)
    return f"{'-' if tenths < 0 else ''}{whole:,}.{tenth}%"


def hundredths(number: int | None, locale: Locale) -> str:
    """A number in hundredths: `3.25`."""
    if number is None:
        return _NONE[locale]
    whole, rest = divmod(abs(number), 100)
    return f"{'-' if number < 0 else ''}{whole:,}.{rest:02}"


def tenths(number: int | None, locale: Locale) -> str:
    """A number in tenths: `3.2`."""
    if number is None:
        return _NONE[locale]
    whole, rest = divmod(abs(number), 10)
    return f"{'-' if number < 0 else ''}{whole:,}.{rest}"


def change(tenths: int | None, locale: Locale) -> Change:
    """A change in tenths of a percent as `+12.3%`; with no base it is unknown, never 0 %."""
    if tenths is None:
        return Change(_NONE[locale], "none")
    sign = "+" if tenths > 0 else "-" if tenths < 0 else ""
    whole, tenth = divmod(abs(tenths), 10)
    direction: Literal["up", "down", "flat"] = "up" if tenths > 0 else "down" if tenths < 0 else "flat"
    return Change(f"{sign}{whole:,}.{tenth}%", direction)


def points(now: int | None, then: int | None, locale: Locale, unit: str = "percent") -> Change:
    """The difference of two shares (`+1.2 pp`, `+1.2个百分点`), two scores (`+1.2`) or two means in hundredths (`+0.12`)."""
    if now is None or then is None:
        return Change(_NONE[locale], "none")
    off = now - then
    direction: Literal["up", "down", "flat"] = "up" if off > 0 else "down" if off < 0 else "flat"
    if unit == "stars":
        return Change(f"{'+' if off > 0 else ''}{hundredths(off, locale)}", direction)
    told = change(off, locale).text.removesuffix("%")
    return Change(told + ({"en": "\u00a0pp", "zh-CN": "个百分点"}[locale] if unit == "percent" else ""), direction)


def long_day(day: date, locale: Locale) -> str:
    """`Friday, 20 November 2026` / `2026年11月20日 星期五`."""
    weekday = _WEEKDAYS[locale][day.weekday()]
    if locale == "zh-CN":
        return f"{day.year}年{day.month}月{day.day}日 {weekday}"
    return f"{weekday}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def long_period(period: Period, locale: Locale) -> str:
    """A day as `long_day`; `Week 47, 16 to 22 November 2026` / `2026年第47周（11月16日至22日）`; `November 2026` / `2026年11月`."""
    if period.kind == "day":
        return long_day(period.last, locale)
    year, week, _ = period.first.isocalendar()
    if period.kind == "month":
        return (
            f"{period.first.year}年{period.first.month}月"
            if locale == "zh-CN"
            else f"{_MONTHS[period.first.month - 1]} {period.first.year}"
        )
    if locale == "zh-CN":
        return f"{year}年第{week}周（{_span(period, locale)}）"
    return f"Week {week}, {_span(period, locale)} {period.last.year}"


def named_period(period: Period, locale: Locale) -> str:
    """In a subject: `Fri 20 Nov`, `11月20日周五`; `Week 47 (16 to 22 Nov)`, `第47周（11月16日至22日）`; months as `long_period`."""
    if period.kind == "month":
        return long_period(period, locale)
    if period.kind == "day":
        day, name = short_day(period.last, locale), weekday(period.last, locale)
        return f"{day}{name}" if locale == "zh-CN" else f"{name} {day}"
    week = period.first.isocalendar()[1]
    first, last = short_day(period.first, locale), short_day(period.last, locale)
    if locale == "zh-CN":
        return f"第{week}周（{_span(period, locale)}）"
    return f"Week {week} ({first.split()[0] if period.first.month == period.last.month else first} to {last})"


def short_period(period: Period, locale: Locale) -> str:
    """`20 Nov` / `11月20日`, `Week 47` / `第47周`, `Nov 2026` / `2026年11月`."""
    if period.kind == "day":
        return short_day(period.last, locale)
    if period.kind == "month":
        return long_period(period, locale) if locale == "zh-CN" else f"{_MONTHS[period.first.month - 1][:3]} {period.first.year}"
    week = period.first.isocalendar()[1]
    return f"第{week}周" if locale == "zh-CN" else f"Week {week}"


def _span(period: Period, locale: Locale) -> str:
    """`16 to 22 November`, `30 November to 6 December`; `11月16日至22日`, `11月30日至12月6日`."""
    first, last = period.first, period.last
    if locale == "zh-CN":
        return f"{first.month}月{first.day}日至{'' if first.month == last.month else f'{last.month}月'}{last.day}日"
    begin = f"{first.day}" if first.month == last.month else f"{first.day} {_MONTHS[first.month - 1]}"
    return f"{begin} to {last.day} {_MONTHS[last.month - 1]}"


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
