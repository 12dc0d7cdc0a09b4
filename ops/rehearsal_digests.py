"""The rehearsal's digests with everything in them: sheets that a merchant would give, and the mails of a day, a week, a month.

The sheets are invented from what was sold, and say so by their source. They come after the comparison with the oracle, of which
nothing depends on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from chalicelib.domain.freight import ANY, FreightRow
from chalicelib.domain.metrics import Sums
from chalicelib.domain.periods import KINDS, Kind, period_of
from chalicelib.domain.products import ProductInfo, Role, Structure
from chalicelib.domain.report import as_read_by
from chalicelib.domain.spend import SpendRow
from chalicelib.domain.stock import StockRow
from chalicelib.domain.traffic import TrafficRow
from chalicelib.sheet_kinds import FREIGHT, PRODUCTS, STOCK, TRAFFIC
from ops.rehearsal_stage import Outcome, Progress, Stage

SOURCE = "invented for the demo"
LOCALES: Mapping[Kind, tuple[str, ...]] = {"day": ("en", "zh-CN"), "week": ("en",), "month": ("zh-CN",)}
LOOKED_AT = 35  # days whose goods are in the sheets
CLASSES: tuple[tuple[Structure, Role], ...] = (("hero", "traffic"), ("core", "profit"), ("core", "profit"), ("long-tail", "profit"))
CATEGORIES = (("Tea", "Green tea"), ("Tea", "Black tea"), ("Ware", "Cups"), ("Ware", "Pots"), ("Gifts", "Boxes"))


def rehearse_digests(on: Stage, outcome: Outcome, progress: Progress) -> None:
    """Give the sheets, then render the digests of the day, its week and its month."""
    progress("digests", 0, 1 + len(KINDS))
    _give_sheets(on)
    for number, kind in enumerate(KINDS):
        progress("digests", 1 + number, 1 + len(KINDS))
        report = on.app.digest.report(period_of(kind, on.world.day))
        for locale in LOCALES[kind]:
            outcome.digests[f"{kind}.{locale}"] = on.app.parts.renderer().digest(as_read_by(report, "owner", locale))
    progress("digests", 1 + len(KINDS), 1 + len(KINDS))


def _give_sheets(on: Stage) -> None:
    days = [on.world.day - timedelta(days=number) for number in range(LOOKED_AT)]
    sold = {day: dict(_sums(on, day)) for day in days}
    merchant, sheets = on.config.merchant, on.app.cost_sheets
    goods: dict[str, ProductInfo] = {}
    for by_shop in sold.values():
        for (_, _, currency), sums in by_shop.items():
            goods |= {info.sku: info for info in _goods(sums, currency)}
    sheets.take(merchant, PRODUCTS, goods.values(), source=SOURCE)
    sheets.take(merchant, FREIGHT, [FreightRow(ANY, ANY, ANY, 1000, 600, on.config.currency, 500, 150, 4)], source=SOURCE)
    stock = [StockRow(on.world.day, sku, 5 + number * 7 % 60) for number, sku in enumerate(sorted(goods))]
    sheets.take(merchant, STOCK, stock, source=SOURCE)
    shops = {(platform, account) for by_shop in sold.values() for platform, account, _ in by_shop}
    visits = []
    for day in days:
        for shop in sorted(shops):
            orders = sum(sums.orders for key, sums in sold[day].items() if key[:2] == shop)
            visits.append(TrafficRow(day, *shop, uv=20 + orders * 30))
    sheets.take(merchant, TRAFFIC, visits, source=SOURCE)
    spend = [_spend(on, day, *shop) for day in days for shop in sorted(shops)[:3]]
    on.app.spending.take(merchant, spend, SOURCE.encode(), SOURCE)


def _sums(on: Stage, day: date) -> Iterator[tuple[tuple[str, str, str], Sums]]:
    for account, by_currency in on.app.reporting.day(day).sums.items():
        for currency, sums in by_currency.items():
            yield (*account, currency), sums


def _goods(sums: Sums, currency: str) -> Iterator[ProductInfo]:
    """Each thing costs two fifths of what it was sold for."""
    for product in sums.products.values():
        for sku, item in product.items.items():
            if item.quantity and item.amount:
                place = sum(sku.encode())
                structure, role = CLASSES[place % len(CLASSES)]
                yield ProductInfo(
                    sku=sku,
                    cost=item.amount * 2 // (5 * item.quantity),
                    currency=currency,
                    category=CATEGORIES[place % len(CATEGORIES)],
                    role=role,
                    structure=structure,
                    weight_grams=200 + place % 9 * 100,
                    fast=structure == "hero",
                )


def _spend(on: Stage, day: date, platform: str, account: str) -> SpendRow:
    views = 4000 + day.toordinal() % 5 * 500
    return SpendRow(
        merchant=on.config.merchant,
        platform=platform,
        account=account,
        product="search",
        campaign_id="demo",
        campaign="Demo",
        day=day,
        zone=on.config.zone.key,
        currency=on.config.currency,
        impressions=views,
        clicks=views // 30,
        spend=views * 3,
        orders=views // 900,
        revenue=views * 11,
    )
