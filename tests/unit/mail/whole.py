"""A report with every section that a digest can have. All names and figures are invented, and add up where they have to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

from chalicelib.domain.anomaly import Anomaly, Driver, Metric, Series
from chalicelib.domain.carriers import CarrierLine
from chalicelib.domain.cohorts import Cohort
from chalicelib.domain.cost_parts import Gap, Part
from chalicelib.domain.costs import Waterfall, Waterfalls
from chalicelib.domain.creators import Creators, PlatformTrails, TrailLine
from chalicelib.domain.figures import BY_KEY, METRICS
from chalicelib.domain.funnel import CampaignFunnel, CampaignGain
from chalicelib.domain.metrics import Trail
from chalicelib.domain.rates import Rate
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.report import ChannelLine, Comparison, Figure, Report
from chalicelib.domain.shipping_offer import OfferPart, ShippingOffer, Under, WhatIf
from chalicelib.domain.stocking import StockLine, StockReport
from chalicelib.domain.storm import StormLine
from chalicelib.domain.structure import Group, ProductStructure, Sold
from tests.unit.mail import reports
from tests.unit.mail.reports import DAY

DOUYIN, SHOPIFY = ("douyin", "青禾茶叶旗舰店"), ("shopify", "qinghe-tea")


def everything(locale: str = "en") -> Report:
    """The usual day with every section."""
    return replace(
        reports.charted(locale),
        figures=tuple(Figure(metric.key, metric.unit, Comparison(*_values(number), None)) for number, metric in enumerate(METRICS)),
        channels=(_channel(*DOUYIN, 712, 1), _channel(*SHOPIFY, 288, 2), _channel("generic", "wholesale", None, 3)),
        profit=_profit(),
        cohorts=tuple(_cohort(number) for number in range(4)),
        anomalies=_anomalies(),
        structure=_structure(),
        stock=_stock(),
        shipping=(_shipping(),),
        carriers=(
            CarrierLine("SF 顺丰", 412, 412, Ratio(412 * 1_350, 412), 400, Ratio(760, 400), (1, 3), Ratio(8, 400)),
            CarrierLine("ZTO 中通", 301, 290, Ratio(290 * 480, 290), 255, Ratio(880, 255), (3, 3), Ratio(31, 255)),
            CarrierLine("", 12, 0, Ratio(None, 0), 0, Ratio(None, 0), None, Ratio(None, None)),
        ),
        creators=_creators(),
        funnels=(
            CampaignFunnel("silent-60", 412, 41, 366, True, 122, 61, 4, DAY + timedelta(days=9)),
            CampaignFunnel("silent-180", 88, 9, 79),
        ),
        gains=(
            CampaignGain("silent-60", DAY - timedelta(days=36), DAY - timedelta(days=30), 1_204, 128_400, -21_050, 277_900),
            CampaignGain("silent-180", DAY - timedelta(days=36), DAY - timedelta(days=30), 88),
        ),
        storms=(
            StormLine("douyin", "青禾茶叶旗舰店", "T-100", 3, _at(14, 5), _at(18, 40)),
            StormLine("", "", "", 1, _at(9, 30), _at(9, 30)),
        ),
        rates=(Rate("BRL", 13412, 4, date(2026, 11, 16), "central bank"), Rate("USD", 7, 0, date(2026, 11, 1), "owner")),
        unrated=("THB",),
    )


def _at(hour: int, minute: int) -> datetime:
    """A time of the day, in Shanghai."""
    return datetime(DAY.year, DAY.month, DAY.day, hour, minute, tzinfo=timezone(timedelta(hours=8)))


def _values(number: int) -> tuple[int | None, int | None]:
    if number % 13 == 12:
        return None, None
    return 1_240 + number * 37, None if number % 7 == 6 else 1_180 + number * 41


def _channel(platform: str, account: str, score: int | None, number: int) -> ChannelLine:
    told = {"ad_spend": 1_204_500 // number, "ctr": 15 * number, "cpc": 82 * number, "roas": 412 // number, "roi": 310 // number}
    known = {key: value if score is not None else None for key, value in told.items()}
    figures = tuple(Figure(key, BY_KEY[key].unit, Comparison(value, None, None)) for key, value in known.items())
    return ChannelLine(platform, "", account, figures, score, () if score is not None else ("brand",))


def _profit() -> Waterfalls:
    gaps = (Gap("TEA-0007", 12, 96_000), Gap("TEA-0311", 3, 21_000), Gap("GIFT-2", 1, 9_900), Gap("CUP-11", 1, 4_500))
    parts = (
        Part("goods", 4_310_000, 240_000, Ratio(93, 100), True, gaps, 4),
        Part("commission", 520_000, 0, Ratio(1, 1), True, usual=("shopify/qinghe-tea",)),
        Part("freight", 610_000, 0, Ratio(940, 1000), False, (Gap("waiting", 44),), 1),
        Part("payment", 70_000, 0, Ratio(1, 1), True),
        Part("messages", 9_300, 0, Ratio(1, 1), True),
        Part("ads", 1_204_500, 0, Ratio(1, 1), True),
    )
    total = _waterfall(None, 12_152_930, 355_000, parts)
    most, least = (tuple(replace(part, amount=part.amount * share // 10) for part in parts) for share in (8, 2))
    accounts = {DOUYIN: _waterfall(DOUYIN, 8_642_050, 312_400, most), SHOPIFY: _waterfall(SHOPIFY, 2_310_880, 42_600, least)}
    return Waterfalls(total, accounts, fixed=330_000)


def _waterfall(account: tuple[str, str] | None, gmv: int, refunds: int, parts: tuple[Part, ...]) -> Waterfall:
    net = gmv - refunds
    margin = net - sum(part.cost or 0 for part in parts)
    without = tuple(part.kind for part in parts if not part.whole)
    return Waterfall(account, 763, gmv, 0, refunds, net, parts, margin, without, 81_000, 412_000, 55_000)


def _cohort(number: int) -> Cohort:
    last = DAY - timedelta(days=30 * number)
    again = {
        days: Ratio(None if number == 0 and days > 7 else 6 + days * (number + 1) // 3, 310 - number)
        for days in (1, 3, 7, 30, 60, 90)
    }
    return Cohort(last - timedelta(days=29), last, again)


def _anomalies() -> tuple[Anomaly, ...]:
    since = DAY - timedelta(days=2)
    return (
        Anomaly(
            Series(*SHOPIFY, Metric.ORDERS),
            DAY,
            since,
            True,
            3,
            96,
            171,
            148,
            195,
            -1_120_400,
            "down",
            Driver("rate", "conversion", 810),
        ),
        Anomaly(
            Series("", "", Metric.REFUNDS),
            DAY,
            DAY,
            False,
            1,
            31,
            12,
            5,
            19,
            214_000,
            "up",
            Driver("platform", "/".join(DOUYIN), 640),
        ),
        Anomaly(
            Series(*DOUYIN, Metric.UNITS, "p4"), DAY, DAY, False, 1, 0, 118, 80, 160, -98_800, "down", Driver("product", "p4", 1000)
        ),
        Anomaly(
            Series(*DOUYIN, Metric.CONVERSION),
            DAY,
            DAY,
            False,
            1,
            212,
            318,
            270,
            361,
            -77_000,
            "down",
            Driver("product", "p1", 410),
        ),
    )


def _structure() -> ProductStructure:
    def group(name: str, amount: int, band: tuple[int, int] | None, title: str) -> Group:
        top = (Sold(f"SKU-{name}", title, 10, amount // 2),)
        return Group(name, 7, amount, Ratio(amount, 10_000_000), band, Ratio(amount * 4 // 10, amount), Ratio(9, 10), top)

    classes = (
        group("hero", 3_100_000, (150, 200), "【双11】明前龙井 2026 新茶 250g"),
        group("core", 4_900_000, (500, 600), "Longjing Before the Rain, 100 g tin"),
        group("long-tail", 1_400_000, (200, 300), "Sencha, 1 kg"),
        group("new", 600_000, (50, 100), "白毫银针 散装 50g"),
    )
    roles = (group("traffic", 2_000_000, None, "试饮装"), group("profit", 8_000_000, None, "礼盒"))
    return ProductStructure(classes, roles, Ratio(94, 100), True, (Sold("TEA-0007", "碧螺春 50g", 12, 96_000),), 3, ())


def _stock() -> StockReport:
    lines = (
        StockLine(
            "TEA-0001", "【双11】明前龙井 2026 新茶 250g 礼盒装", "out", 0, 0, DAY, 214, Ratio(0, 15), (3, 7), 5, 184, 4_258_600
        ),
        StockLine(
            "TEA-0002", "Longjing Before the Rain, 100 g tin", "below", 44, 21, DAY, 66, Ratio(21, 9), (3, 7), None, 42, 357_000
        ),
        StockLine("CUP-11", "", "slow", 900, 900, DAY - timedelta(days=6), 3, Ratio(900, 1), None, None, None, 1_350_000),
    )
    return StockReport(DAY, 14, 212, 180, lines, 1, 1, 1, 48_200_000, 9, Ratio(61, 10), DAY, ())


def _shipping() -> ShippingOffer:
    def row(threshold: int, current: bool, orders: int, near: int, even: Ratio | None, expected: int | None) -> WhatIf:
        share = Ratio(orders, 612)
        return WhatIf(threshold, current, orders, share, 0, 42_000, None, 310_000, 1_900_000, near, near * 900, even, expected)

    rows = (
        row(6_900, False, 488, 61, Ratio(1_300, 1_000), -21_000),
        row(8_800, False, 402, 77, Ratio(310, 1_000), -4_000),
        row(9_900, True, 351, 80, Ratio(None, None), None),
        row(12_900, False, 222, 97, Ratio(90, 1_000), 41_500),
    )
    under = (Under(9_900, 100, 8_910, 41, 22_400), Under(9_900, 200, 7_920, 96, 101_000))
    whole = OfferPart(None, 612, under, rows)
    categories = (OfferPart("绿茶", 401, (), rows[2:]), OfferPart("", 88, (), rows[:1]))
    return ShippingOffer(DOUYIN, "CNY", (9_900,), whole, categories, Ratio(41, 100), Ratio(760, 1), Ratio(150, 1000))


def _creators() -> Creators:
    lines = (
        TrailLine("creator", "douyin", "茶马古道小姐姐", 118, 1_620_000, Ratio(1_620, 8_642)),
        TrailLine("creator", "douyin", "7311223344", 44, 402_000, Ratio(402, 8_642)),
        TrailLine("source", "douyin", "live:7400012", 201, 2_900_000, Ratio(2_900, 8_642)),
    )
    return Creators(lines, (PlatformTrails("douyin", 612, 8_642_050, Trail(162, 2_022_000), Trail(201, 2_900_000)),), 2, 1, ())
