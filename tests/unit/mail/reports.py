"""Day reports to render: a realistic day and the odd ones. All names are invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from chalicelib.domain.figures import METRICS, PARTS
from chalicelib.domain.periods import period_of
from chalicelib.domain.report import (
    AccountLine,
    Comparison,
    Figure,
    Freshness,
    MessagesDay,
    Point,
    Report,
    Restated,
    Spark,
    TopProduct,
)

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 0, 5, tzinfo=UTC)
NOTHING = Comparison(None, None, None)
NAMES = {"douyin": "Douyin Shop", "shopify": "Shopify", "mercadolibre": "Mercado Libre", "generic": "Generic"}


def line(
    platform: str,
    name: str,
    account: str,
    currency: str,
    gmv: tuple[int | None, int | None, int | None],
    orders: tuple[int | None, int | None, int | None],
    refunds: tuple[int | None, int | None, int | None],
    new: tuple[int | None, int | None, int | None] = (None, None, None),
    returning: tuple[int | None, int | None, int | None] = (None, None, None),
) -> AccountLine:
    """An account's line; net sales and average follow from the rest."""
    net = [None if g is None or r is None else g - r for g, r in zip(gmv, refunds, strict=True)]
    aov = [None if g is None or not o else (2 * g + o) // (2 * o) for g, o in zip(gmv, orders, strict=True)]
    return AccountLine(
        platform,
        name,
        account,
        currency,
        Comparison(*gmv),
        Comparison(*net),
        Comparison(*orders),
        Comparison(*aov),
        Comparison(*refunds),
        Comparison(*new),
        Comparison(*returning),
    )


def fresh(platform: str, account: str, state: str = "fresh") -> Freshness:
    """A source; one never seen has no times."""
    push = None if state == "never" else datetime(2026, 11, 20, 15, 58, tzinfo=UTC)
    return Freshness(platform, account, push, push, state, NAMES.get(platform, ""))


def usual(locale: str = "en") -> Report:
    """Four accounts on four platforms, two currencies, one source late."""
    accounts = (
        line(
            "douyin",
            "Douyin Shop",
            "青禾茶叶旗舰店",
            "CNY",
            (8_642_050, 7_410_000, 9_120_400),
            (612, 540, 655),
            (312_400, 288_000, 275_500),
            (341, 300, 372),
            (255, 221, 260),
        ),
        line(
            "shopify",
            "Shopify",
            "qinghe-tea",
            "CNY",
            (2_310_880, 2_498_000, 2_105_000),
            (148, 155, 139),
            (42_600, 0, 51_000),
            (61, 70, 58),
            (80, 79, 77),
        ),
        line(
            "mercadolibre",
            "Mercado Libre",
            "CASA DO CHÁ",
            "BRL",
            (1_482_390, 1_310_010, None),
            (97, 88, None),
            (0, 12_990, None),
            (83, 75, None),
            (12, 11, None),
        ),
        line("generic", "Generic", "wholesale", "CNY", (1_200_000, 0, 960_000), (3, 0, 2), (0, 0, 0), (1, 0, 0), (2, 0, 2)),
    )
    return Report(
        merchant="qinghe",
        period=period_of("day", DAY),
        zone="Asia/Shanghai",
        currency="CNY",
        locale=locale,
        generated_at=NOW,
        totals=(
            line("", "", "", "CNY", (12_152_930, 9_908_000, 12_185_400), (763, 695, 796), (355_000, 288_000, 326_500)),
            line("", "", "", "BRL", (1_482_390, 1_310_010, None), (97, 88, None), (0, 12_990, None)),
        ),
        accounts=accounts,
        products=(
            TopProduct(
                "douyin",
                "Douyin Shop",
                "青禾茶叶旗舰店",
                "CNY",
                "p1",
                "【双11】明前龙井 2026 新茶 250g 礼盒装 送礼长辈",
                214,
                4_258_600,
            ),
            TopProduct("shopify", "Shopify", "qinghe-tea", "CNY", "p2", "Longjing Before the Rain, 100 g tin", 66, 1_122_000),
            TopProduct(
                "mercadolibre",
                "Mercado Libre",
                "CASA DO CHÁ",
                "BRL",
                "p3",
                "Chá verde Longjing 100g – colheita de primavera",
                61,
                609_390,
            ),
            TopProduct("douyin", "Douyin Shop", "青禾茶叶旗舰店", "CNY", "p4", "白毫银针 散装 50g", 120, 598_800),
            TopProduct("generic", "Generic", "wholesale", "CNY", "p5", "Sencha, 1 kg", 40, 480_000),
        ),
        messages=(
            MessagesDay("silent-60", 128, 14, {"consent": 41, "frequency_cap": 9, "quiet_hours": 6}),
            MessagesDay("silent-180", 32, 4, {}),
        ),
        freshness=(
            fresh("douyin", "青禾茶叶旗舰店"),
            fresh("shopify", "qinghe-tea"),
            fresh("mercadolibre", "CASA DO CHÁ", "late"),
            fresh("generic", "wholesale"),
        ),
        provisional=True,
    )


def calm(locale: str = "en") -> Report:
    """The usual day with every source fresh."""
    report = usual(locale)
    return replace(report, provisional=False, freshness=tuple(replace(source, state="fresh") for source in report.freshness))


def empty(locale: str = "en") -> Report:
    """A day without a single order, from sources that were heard."""
    return replace(calm(locale), totals=(), accounts=(), products=(), messages=())


def stale(locale: str = "en") -> Report:
    """No source was heard and nothing is known."""
    report = empty(locale)
    never = tuple(fresh(source.platform, source.account, "never") for source in report.freshness)
    return replace(report, provisional=True, freshness=never)


def first(locale: str = "en") -> Report:
    """The first day of a shop: nothing to compare with."""
    account = line(
        "shopify",
        "Shopify",
        "acme",
        "USD",
        (3_880_000, None, None),
        (312, None, None),
        (0, None, None),
        (312, None, None),
        (0, None, None),
    )
    total = replace(account, platform="", platform_name="", account="")
    return replace(
        calm(locale),
        currency="USD",
        totals=(total,),
        accounts=(account,),
        products=(),
        messages=(),
        freshness=(fresh("shopify", "acme"),),
    )


def thirty(locale: str = "en") -> Report:
    """Thirty platforms with an account each, long names, all sources late, fifty products."""
    numbers = (
        (123_456_789_012, 118_222_333_444, 99_888_777_666),
        (1_234_567, 1_111_222, 999_888),
        (9_876_543_210, 8_765_432_109, 7_654_321_098),
    )
    people = ((654_321, 600_001, 543_210), (580_246, 511_221, 456_678))
    accounts = tuple(
        line(f"platform{i}", f"平台 Platform Number {i}", f"旗舰店 flagship store {i} 名字很长的店铺", "CNY", *numbers, *people)
        for i in range(30)
    )
    products = tuple(
        TopProduct(a.platform, a.platform_name, a.account, "CNY", f"p{a.platform}", "很长的商品标题" * 20, 99_999, 9_999_999_999)
        for a in accounts
    )
    return replace(
        usual(locale),
        totals=(line("", "", "", "CNY", *numbers),),
        accounts=accounts,
        products=products[:10],
        messages=tuple(MessagesDay(f"campaign-{i}", 99_999, 9_999, {"consent": 9_999, "quiet_hours": 999}) for i in range(10)),
        freshness=tuple(fresh(a.platform, a.account, "late") for a in accounts),
        unmapped=1234,
        quarantined=56,
    )


def charted(locale: str = "en") -> Report:
    """The usual day with a month of days behind it, one of them unknown, and each account's last fortnight."""
    report = usual(locale)
    days = [DAY - timedelta(days=number) for number in range(37, -1, -1)]
    sales = [7_000_000 + 730_000 * (number * number % 9) for number in range(37)]
    trend = [Point(day, amount, amount // 15_000) for day, amount in zip(days, [*sales, 11_797_930], strict=True)]
    trend[20] = Point(days[20], None, None)
    sparks = tuple(
        Spark(line.platform, line.account, line.currency, tuple(None if day == 4 else 10_000 * (day * 7 % 11) for day in range(14)))
        for line in report.accounts
    )
    return replace(report, trend=tuple(trend), sparks=sparks)


def restated(locale: str = "en") -> Report:
    """A week of which some days were told otherwise before."""
    report = charted(locale)
    week = period_of("week", DAY)
    changed = (
        Restated(week.before, "CNY", "net_sales", 70_415_300, 69_210_000),
        Restated(period_of("day", DAY - timedelta(days=3)), "CNY", "orders", 801, 812),
        Restated(period_of("day", DAY - timedelta(days=3)), "BRL", "refunds", 0, 12_990),
    )
    return replace(report, period=week, restated=changed)


def idle(locale: str = "en") -> Report:
    """A day of advertising and nothing else: whatever is divided by orders, visitors or sales is divided by nothing."""
    parts = dict.fromkeys(PARTS, 0) | {"spend": 120_450, "impressions": 9_120, "cpm_spend": 120_450, "cpm_views": 9_120}
    before = parts | {"gmv": 9_908_000, "orders": 695, "buyers": 640, "uv": 9_000, "visited_orders": 695}
    figures = tuple(
        Figure(metric.key, metric.unit, Comparison(metric.value(parts), metric.value(before), None)) for metric in METRICS
    )
    nothing = line("", "", "", "CNY", (0, 9_908_000, 0), (0, 695, 0), (0, 288_000, 0))
    shop = replace(nothing, platform="douyin", platform_name="Douyin Shop", account="青禾茶叶旗舰店")
    return replace(empty(locale), totals=(nothing,), accounts=(shop,), figures=figures)


# Every kind of day that a digest has to be right on.
ALL = (usual, calm, empty, stale, first, thirty, charted, restated, idle)
