"""Day reports to render: a realistic day and the odd ones. All names are invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from chalicelib.domain.metrics import AccountLine, Comparison, DayReport, Freshness, MessagesDay, TopProduct

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 0, 5, tzinfo=UTC)
NOTHING = Comparison(None, None, None)


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
    return Freshness(platform, account, push, push, state)


def usual(locale: str = "en") -> DayReport:
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
    return DayReport(
        merchant="qinghe",
        day=DAY,
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


def calm(locale: str = "en") -> DayReport:
    """The usual day with every source fresh."""
    report = usual(locale)
    return replace(report, provisional=False, freshness=tuple(replace(source, state="fresh") for source in report.freshness))


def empty(locale: str = "en") -> DayReport:
    """A day without a single order, from sources that were heard."""
    return replace(calm(locale), totals=(), accounts=(), products=(), messages=())


def stale(locale: str = "en") -> DayReport:
    """No source was heard and nothing is known."""
    report = empty(locale)
    never = tuple(fresh(source.platform, source.account, "never") for source in report.freshness)
    return replace(report, provisional=True, freshness=never)


def first(locale: str = "en") -> DayReport:
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


def thirty(locale: str = "en") -> DayReport:
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
