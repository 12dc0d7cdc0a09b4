"""The digest as a mail: how long it takes, and how large it and its pictures are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import median

from benchmarks.harness import ROUNDS, Line, Options, at_most
from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain.cost_parts import KINDS, Gap, Part
from chalicelib.domain.costs import Waterfall, Waterfalls
from chalicelib.domain.figures import METRICS, OF_CHANNEL
from chalicelib.domain.periods import period_of
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.report import (
    AccountLine,
    ChannelLine,
    Comparison,
    Figure,
    Freshness,
    MessagesDay,
    Point,
    Report,
    Spark,
    TopProduct,
)

PLATFORMS, DAYS = 30, 31
DAY = date(2026, 11, 20)
HEARD = datetime(2026, 11, 20, 15, 58, tzinfo=UTC)
SHOPS = tuple((f"platform{number:02}", f"Example Marketplace {number}", f"flagship-store-{number}") for number in range(PLATFORMS))


def measure_mail(_: Options) -> Iterator[Line]:
    """All sections and charts of 30 platforms over 31 days, every source late and every name long, in both languages."""
    for locale in ("en", "zh-CN"):
        report = busy(locale)
        renderer = JinjaRenderer()
        renderer.digest(report)  # fonts, templates and style are read once
        spent = []
        for _round in range(ROUNDS):
            began = time.process_time()
            mail = renderer.digest(report)
            spent.append(time.process_time() - began)
        what = f"digest of {PLATFORMS} platforms, {DAYS} days, {locale}"
        yield Line(f"{what}: rendered", median(spent), " s", at_most(2), "processor time, charts and files included")
        yield Line(f"{what}: HTML", len(mail.html.encode()), " bytes", at_most(100_000 - 1), "Gmail clips at 102 KB")
        sizes = [len(picture.png) for picture in mail.pictures]
        yield Line(f"{what}: largest of {len(sizes)} PNG", max(sizes), " bytes", at_most(40_000 - 1))


def busy(locale: str) -> Report:
    """A report that leaves no room."""
    days = [DAY - timedelta(days=number) for number in range(DAYS + 6, -1, -1)]
    trend = tuple(Point(day, 128_642_050 + 9_777_001 * (number * 7 % 13), 61_200) for number, day in enumerate(days))
    accounts = tuple(_line(*shop, ("CNY", "USD", "BRL")[number % 3], number) for number, shop in enumerate(SHOPS))
    return Report(
        merchant="Example Tea Trading Company Limited",
        period=period_of("day", DAY),
        zone="Asia/Shanghai",
        currency="CNY",
        locale=locale,
        generated_at=HEARD,
        totals=tuple(_line("", "", "", code, 0) for code in ("CNY", "USD", "BRL")),
        accounts=accounts,
        products=tuple(
            TopProduct(*shop, "CNY", f"p{number}", "【双11】明前龙井 2026 新茶 250g 礼盒装 送礼长辈 限量版", 214, 4_258_600)
            for number, shop in enumerate(SHOPS[:10])
        ),
        messages=tuple(MessagesDay(f"back{days}", 1200, 130, {"consent": 40, "cap": 12, "quiet": 7}) for days in (30, 60, 90)),
        freshness=tuple(Freshness(shop[0], shop[2], HEARD, HEARD, "late") for shop in SHOPS),
        provisional=True,
        unmapped=3,
        quarantined=2,
        trend=trend,
        sparks=tuple(Spark(a.platform, a.account, a.currency, tuple(range(9_000, 9_014))) for a in accounts),
        figures=tuple(Figure(metric.key, metric.unit, Comparison(123_456, 120_001, None)) for metric in METRICS),
        channels=tuple(ChannelLine(*shop, _figures(), 1000 // PLATFORMS) for shop in SHOPS),
        profit=_profit(),
    )


def _figures() -> tuple[Figure, ...]:
    units = {metric.key: metric.unit for metric in METRICS}
    return tuple(Figure(key, units[key], Comparison(12_345, 12_000, None)) for key in OF_CHANNEL)


def _profit() -> Waterfalls:
    gaps = tuple(Gap(f"SKU-{number:05}", 3, 4_500) for number in range(10))
    parts = tuple(Part(kind, 8_000_000, 120_000, Ratio(9, 10), False, gaps, 412) for kind in KINDS)
    net = 128_642_050
    margin = net - sum(part.cost or 0 for part in parts)
    whole = Waterfall(None, 61_200, net + 410_000, 10_000, 400_000, net, parts, margin, KINDS, 81_000, 412_000, 55_000)
    return Waterfalls(whole, {(shop[0], shop[2]): replace(whole, account=(shop[0], shop[2])) for shop in SHOPS}, fixed=330_000)


def _line(platform: str, name: str, account: str, currency: str, number: int) -> AccountLine:
    money, count = (
        Comparison(128_642_050, 127_410_000, 119_120_400),
        Comparison(61_200 - 900 * number, 54_000, 65_500 - 870 * number),
    )
    return AccountLine(platform, name, account, currency, money, money, count, money, money, count, count)
