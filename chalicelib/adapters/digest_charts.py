"""The charts of a digest: which figures they show, what they say in words, and the same figures as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from chalicelib.adapters import charts
from chalicelib.adapters.catalogue import words
from chalicelib.adapters.chart_fonts import drawable
from chalicelib.adapters.charts import Rank, Ranking, Trend
from chalicelib.adapters.digest_model import Cell, Column, Line, Section, Shown, Table
from chalicelib.adapters.digest_words import Tongue
from chalicelib.domain import wording
from chalicelib.domain.report import Comparison, Point, Report

DAYS, BARS = 31, 10


def section(report: Report, tongue: Tongue) -> Section | None:
    """The charts there is something to draw for."""
    shown = [one for one in (trend(report, tongue), ranking(report, tongue)) if one is not None]
    return Section("charts", tongue.say("charts"), shown=tuple(shown)) if shown else None


def trend(report: Report, tongue: Tongue) -> Shown | None:
    """Net sales of the last days beside those of the same weekdays a week before; nothing where the last day is not known."""
    known = {point.day: point.net_sales for point in report.trend}
    days = [point.day for point in report.trend][-DAYS:]
    values = [known[day] for day in days]
    if len(days) < 2 or values[-1] is None:
        return None
    base = [known.get(day - timedelta(days=7)) for day in days]
    say, locale, currency = words("chart", tongue.locale), tongue.locale, report.currency
    told = [value for value in (*values, *base) if value is not None]
    grid = charts.steps(min(told), max(told))
    chart = Trend(
        values=tuple(values),
        base=tuple(base),
        axis=tuple((value, wording.short_money(value, currency, locale)) for value in grid),
        days=tuple((index, wording.short_day(days[index], locale)) for index in range((len(days) - 1) % 7, len(days), 7)),
        mark=tongue.money(values[-1]),
        legend=(say("net_sales"), say("base_day")),
    )
    rows = [
        Line((Cell(wording.short_day(day, locale)), Cell(tongue.money(value)), Cell(tongue.money(before))))
        for day, value, before in zip(days, values, base, strict=True)
    ]
    head = (Column(tongue.say("day_column"), right=False), Column(tongue.say("net_sales")), Column(tongue.say("base_column")))
    caption = tongue.say("trend_caption_all" if report.rates else "trend_caption", days=str(len(days)), currency=currency)
    return Shown("trend", caption, _trend_says(report.trend[-DAYS:], base[-1], tongue), chart, Table(head, tuple(rows), whole=True))


def _trend_says(points: Sequence[Point], base: int | None, tongue: Tongue) -> str:
    known = [(point.net_sales, point.day) for point in points if point.net_sales is not None]
    (high, high_day), (low, low_day), (now, day) = max(known), min(known), known[-1]
    sentence = tongue.say(
        "trend_alt",
        days=str(len(points)),
        amount=tongue.money(now),
        day=wording.short_day(day, tongue.locale),
        high=tongue.money(high),
        high_day=wording.short_day(high_day, tongue.locale),
        low=tongue.money(low),
        low_day=wording.short_day(low_day, tongue.locale),
    )
    change = wording.change(Comparison.change(now, base), tongue.locale)
    if change.direction == "none":
        return sentence
    return sentence + tongue.say("gap") + tongue.say("trend_change", amount=tongue.money(base), change=change.text)


def ranking(report: Report, tongue: Tongue) -> Shown | None:
    """Orders by platform; orders are counted, so accounts in any currency add up. Nothing where there is one platform."""
    orders: dict[str, list[Comparison]] = {}
    for line in report.accounts:
        orders.setdefault(line.platform, []).append(line.orders)
    sums = [(_sum([one.now for one in cells]) or 0, _sum([one.base for one in cells]), key) for key, cells in orders.items()]
    if len(sums) < 2 or not any(now for now, _, _ in sums):
        return None
    names = {line.platform: line.platform_name or line.platform for line in report.accounts}
    ordered = sorted(sums, key=lambda one: (-one[0], one[2]))
    rows = [Rank(_label(names[key], key, tongue), now, base, tongue.count(now)) for now, base, key in ordered]
    say = words("chart", tongue.locale)
    if len(rows) > BARS:
        rest = ordered[BARS - 1 :]
        now, base = sum(one[0] for one in rest), _sum([one[1] for one in rest])
        rows = [*rows[: BARS - 1], Rank(say("others", number=str(len(rest))), now, base, tongue.count(now), rest=True)]
    compared = any(row.base is not None for row in rows)
    legend = (say("orders"), say(f"base_{report.period.kind}") if compared else "")
    head = (Column(tongue.say("platform"), right=False), Column(tongue.say("orders")), Column(tongue.versus_base))
    lines = [Line((Cell(row.label), Cell(row.figure), Cell(tongue.count(row.base)))) for row in rows]
    alt = tongue.say("ranking_alt", parts=tongue.say("separator").join(_part(row, tongue) for row in rows))
    return Shown("orders", tongue.say("ranking_caption"), alt, Ranking(tuple(rows), legend), Table(head, tuple(lines), whole=True))


def _label(name: str, key: str, tongue: Tongue) -> str:
    """A platform's name as far as it can be drawn; its key where nothing of it can."""
    return drawable(brief_name(wording.clean(name), tongue.locale)) or drawable(key) or "?"


def _part(row: Rank, tongue: Tongue) -> str:
    name = row.label.replace(" ", "\u00a0")  # no line of a plain text begins inside a name
    if row.base is None:
        return tongue.say("ranking_part", name=name, orders=row.figure)
    return tongue.say("ranking_part_base", name=name, orders=row.figure, base=tongue.count(row.base))


def _sum(parts: Sequence[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def brief_name(name: str, locale: wording.Locale) -> str:
    """`Douyin shop (抖店)` in the half that the reader's language needs, short enough to stand beside a bar."""
    outside, _, inside = name.partition(" (")
    own = inside.rstrip(")") if inside and locale == "zh-CN" else outside
    return wording.clip(own, 24)
