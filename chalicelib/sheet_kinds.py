"""What each sheet holds: its columns in English and Chinese, how a line is read, and what a row is of. See docs/costs.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chalicelib.domain.cost_terms import AccountKey
from chalicelib.domain.freight import ANY, FreightRow, place_of
from chalicelib.domain.money import exponent
from chalicelib.domain.products import ProductInfo, Role, Structure
from chalicelib.domain.rates import Rate
from chalicelib.domain.spend import SpendRow
from chalicelib.domain.stock import StockRow
from chalicelib.domain.traffic import TrafficRow
from chalicelib.toolkit.loose import Odd
from chalicelib.toolkit.reports import near_minor
from chalicelib.toolkit.tables import BadCell, Column, Flaw, TableRead, TableRow, read_table, words

T = TypeVar("T")
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_CATEGORY = re.compile(r"[/>＞／]")
_OFFSET = re.compile(r"[+-](?:0[0-9]|1[0-4]):[0-5][0-9]", re.ASCII)
OTHER = "other"  # the platform of accounts that advertise where nothing is connected

ROLES: Mapping[str, Role] = words(
    {"traffic": ("traffic", "引流款", "引流"), "profit": ("profit", "利润款", "利润"), "image": ("image", "形象款", "形象")}
)
STRUCTURES: Mapping[str, Structure] = words(
    {
        "hero": ("hero", "爆款", "主推款", "头部"),
        "core": ("core", "核心款", "常规款", "腰部"),
        "long-tail": ("long-tail", "长尾款", "长尾"),
        "new": ("new", "新品"),
    }
)
TRUTH = words({True: ("yes", "true", "1", "是", "快销"), False: ("no", "false", "0", "否", "慢销")})


@dataclass(frozen=True, slots=True)
class Shop:
    """What a line is read beside: the merchant, its currency and zone, its accounts, and those whose spend is pulled."""

    currency: str
    accounts: Collection[AccountKey]
    merchant: str = ""
    zone: str = "UTC"
    pulled: Collection[AccountKey] = ()


@dataclass(frozen=True, slots=True)
class SheetKind(Generic[T]):
    """A kind of sheet. Rows with one `key` speak of the same thing. `part`: which of several sheets a row lies in."""

    name: str
    row: type[T]
    columns: Sequence[Column]
    read: Callable[[TableRow, Shop], T]
    key: Callable[[T], tuple[str, ...]]
    part: Callable[[T], str] = lambda _: ""

    def sheet(self, part: str) -> str:
        """The name of one of its sheets."""
        return f"{self.name}-{part}" if part else self.name


def read_sheet(kind: SheetKind[T], data: bytes, shop: Shop) -> TableRead[T]:
    """The rows of a file, by line. A line that contradicts an earlier one is a flaw; one that repeats it is not."""
    found = read_table(data, kind.columns, lambda row: kind.read(row, shop))
    first: dict[tuple[str, ...], int] = {}
    for line, row in list(found.taken.items()):
        known = first.setdefault(kind.key(row), line)
        if known != line:
            if found.taken[known] != row:
                found.flaws.append(Flaw(line, "", f"speaks of the same as line {known}, and says something else"))
            del found.taken[line]
    found.flaws.sort()
    return found


def currency_of(row: TableRow, shop: Shop, column: str = "currency") -> str:
    """A currency; the merchant's own where none is told."""
    told = row.text(column, 3)
    if told is None:
        return shop.currency
    if not _CURRENCY.fullmatch(told.upper()):
        raise BadCell("not a currency such as CNY", column)
    return told.upper()


def account_of(row: TableRow, shop: Shop) -> AccountKey:
    """An account that is there."""
    account = row.need("platform").lower(), row.need("account")
    if account not in shop.accounts:
        raise BadCell("no such account: see `huitou accounts list`", "account")
    return account


def _product(row: TableRow, shop: Shop) -> ProductInfo:
    currency = currency_of(row, shop)
    cost = row.money("cost", currency)
    return ProductInfo(
        sku=row.need("sku"),
        cost=cost,
        currency=None if cost is None else currency,
        category=_category(row),
        role=row.choice("role", ROLES),
        structure=row.choice("structure", STRUCTURES),
        weight_grams=row.whole("weight_grams", 10**7, 1),
        fast=row.choice("fast", TRUTH),
        safety_days=row.whole("safety_days", 3650),
        lead_days=row.whole("lead_days", 3650),
        since=row.day("from"),
    )


def _category(row: TableRow) -> tuple[str, ...]:
    """One cell `大类/中类/小类`, or a column each, which may not leave one open before the next."""
    told = [row.text(f"category_{number}") for number in (1, 2, 3)]
    if whole := row.text("category"):
        if any(told):
            raise BadCell("told twice", "category")
        parts = [part.strip() for part in _CATEGORY.split(whole)]
        if len(parts) > 3 or not all(parts):
            raise BadCell("at most three, each with a name", "category")
        return tuple(parts)
    found = tuple(part for part in told if part)
    if found != tuple(told[: len(found)]):
        raise BadCell("empty, and a narrower one is told", f"category_{told.index(None) + 1}")
    return found


def _freight(row: TableRow, shop: Shop) -> FreightRow:
    currency = currency_of(row, shop)
    price = row.money("first_price", currency)
    if price is None:
        raise BadCell("empty", "first_price")
    step_grams, step_price = row.whole("step_grams", 10**7, 1), row.money("step_price", currency)
    if (step_grams is None) != (step_price is None):
        raise BadCell("step_grams and step_price are told together", "step_grams" if step_grams is None else "step_price")
    first_grams = row.whole("first_grams", 10**7)
    if step_grams is not None and first_grams is None:
        raise BadCell("empty, and a step above it is told", "first_grams")
    return FreightRow(
        carrier=row.text("carrier") or ANY,
        country=(row.text("country") or ANY).upper(),
        province=row.text("province") or ANY,
        first_grams=first_grams or 0,
        first_price=price,
        currency=currency,
        step_grams=step_grams,
        step_price=step_price,
        promised_days=row.whole("promised_days", 365),
        since=row.day("from"),
    )


def _traffic(row: TableRow, shop: Shop) -> TrafficRow:
    platform, account = account_of(row, shop)
    found = TrafficRow(row.need_day("day"), platform, account, row.whole("uv"), row.whole("pv"))
    if found.uv is None and found.pv is None:
        raise BadCell("neither uv nor pv", "uv")
    return found


def _stock(row: TableRow, shop: Shop) -> StockRow:
    currency = currency_of(row, shop)
    on_hand = row.whole("on_hand", 10**9)
    if on_hand is None:
        raise BadCell("empty", "on_hand")
    value = row.money("value", currency)
    return StockRow(
        day=row.need_day("day"),
        sku=row.need("sku"),
        on_hand=on_hand,
        reserved=row.whole("reserved", 10**9),
        value=value,
        currency=None if value is None else currency,
    )


def _rate(row: TableRow, shop: Shop) -> Rate:
    currency = row.need("currency", 3).upper()
    if not _CURRENCY.fullmatch(currency) or currency == shop.currency:
        raise BadCell("not a currency other than the merchant's own", "currency")
    exponent(currency)
    told = row.decimal("rate")
    if told is None or not told.strip("0."):
        raise BadCell("empty, or nothing", "rate")
    whole, _, part = told.partition(".")
    return Rate(currency, int(whole + part), len(part), row.need_day("day"), row.need("source"))


def _spend(row: TableRow, shop: Shop) -> SpendRow:
    """A campaign's day. What is advertised where nothing is connected has the platform `other` and a name for its account."""
    platform, account = row.need("platform").lower(), row.need("account", 64)
    if platform != OTHER:
        account_of(row, shop)
    elif not _ACCOUNT.fullmatch(account):
        raise BadCell("letters, digits, dots, - and _", "account")
    if (platform, account) in shop.pulled:
        raise BadCell("its spend is pulled: counted from a file too it would be counted twice", "account")
    currency = currency_of(row, shop)
    campaign = row.text("campaign")
    found = SpendRow(
        merchant=shop.merchant,
        platform=platform,
        account=account,
        product=row.text("product") or "ads",
        campaign_id=row.text("campaign_id") or campaign or "-",
        campaign=campaign,
        day=row.need_day("day"),
        zone=_zone(row) or shop.zone,
        currency=currency,
        impressions=row.whole("impressions"),
        clicks=row.whole("clicks"),
        spend=_near(row, "spend", currency),
        orders=row.whole("orders"),
        revenue=_near(row, "revenue", currency),
    )
    if found.spend is None:
        raise BadCell("empty", "spend")
    return found


def _zone(row: TableRow) -> str | None:
    """An IANA name, or an offset such as +08:00."""
    told = row.text("zone")
    if told is None or _OFFSET.fullmatch(told):
        return told
    try:
        return ZoneInfo(told).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadCell("not a zone such as Asia/Shanghai or +08:00", "zone") from None


def _near(row: TableRow, column: str, currency: str) -> int | None:
    """Reports state spend finer than the smallest coin: to the nearest, as connectors read it."""
    try:
        return near_minor(row.decimal(column), currency, column)
    except Odd as odd:
        raise BadCell(str(odd), column) from None


def _since(day: date | None) -> str:
    return day.isoformat() if day else ""


_DAY = Column("day", ("date", "日期", "统计日期"), required=True)
_SKU = Column("sku", ("货号", "商家编码", "商品编码", "sku编码"), required=True)
_CURRENCY_COLUMN = Column("currency", ("币种", "货币"))
_FROM = Column("from", ("since", "生效日期", "起始日期"))
PLATFORM = Column("platform", ("平台",), required=True)
ACCOUNT = Column("account", ("shop", "店铺", "账户", "账号"), required=True)

PRODUCTS = SheetKind(
    "products",
    ProductInfo,
    (
        _SKU,
        Column("cost", ("成本", "成本价", "采购价")),
        _CURRENCY_COLUMN,
        _FROM,
        Column("category", ("类目", "品类", "分类")),
        Column("category_1", ("大类", "一级类目")),
        Column("category_2", ("中类", "二级类目")),
        Column("category_3", ("小类", "三级类目")),
        Column("role", ("角色", "商品角色")),
        Column("structure", ("结构", "商品结构")),
        Column("weight_grams", ("weight", "重量", "重量g", "克重")),
        Column("fast", ("快销", "是否快销")),
        Column("safety_days", ("安全库存天数", "安全天数")),
        Column("lead_days", ("supplier lead days", "供货天数", "补货周期")),
    ),
    _product,
    lambda row: (row.sku, _since(row.since)),
)
FREIGHT = SheetKind(
    "freight",
    FreightRow,
    (
        Column("carrier", ("承运商", "快递", "快递公司", "物流公司")),
        Column("country", ("国家",)),
        Column("province", ("省份", "省", "地区")),
        Column("first_grams", ("首重", "首重克")),
        Column("first_price", ("首重价格", "首重费用", "首费"), required=True),
        Column("step_grams", ("续重", "续重克")),
        Column("step_price", ("续重价格", "续重费用", "续费")),
        _CURRENCY_COLUMN,
        Column("promised_days", ("承诺天数", "时效天数")),
        _FROM,
    ),
    _freight,
    lambda row: (*place_of(row), _since(row.since)),
)
TRAFFIC = SheetKind(
    "traffic",
    TrafficRow,
    (_DAY, PLATFORM, ACCOUNT, Column("uv", ("visitors", "访客数", "访客")), Column("pv", ("views", "浏览量", "浏览数"))),
    _traffic,
    lambda row: (row.day.isoformat(), row.platform, row.account),
    lambda row: f"{row.day.year}",
)
STOCK = SheetKind(
    "stock",
    StockRow,
    (
        _DAY,
        _SKU,
        Column("on_hand", ("stock", "库存", "库存数量", "在库"), required=True),
        Column("reserved", ("占用", "锁定库存")),
        Column("value", ("库存金额", "库存货值")),
        _CURRENCY_COLUMN,
    ),
    _stock,
    lambda row: (row.day.isoformat(), row.sku),
    lambda row: f"{row.day:%Y-%m}",
)
RATES = SheetKind(
    "rates",
    Rate,
    (
        Column("day", ("date", "日期"), required=True),
        Column("currency", ("币种", "货币"), required=True),
        Column("rate", ("per", "汇率"), required=True),
        Column("source", ("来源",), required=True),
    ),
    _rate,
    lambda row: (row.currency, row.day.isoformat()),
)
SPEND = SheetKind(
    "spend",
    SpendRow,
    (
        PLATFORM,
        ACCOUNT,
        Column("product", ("广告产品", "推广产品")),
        Column("campaign_id", ("计划id",)),
        Column("campaign", ("计划", "推广计划", "计划名称")),
        _DAY,
        _CURRENCY_COLUMN,
        Column("zone", ("时区",)),
        Column("impressions", ("展现", "展现量", "曝光")),
        Column("clicks", ("点击", "点击量")),
        Column("spend", ("cost", "花费", "消耗"), required=True),
        Column("orders", ("成交笔数", "订单数")),
        Column("revenue", ("成交金额", "成交额")),
    ),
    _spend,
    lambda row: (row.platform, row.account, row.day.isoformat(), row.product, row.campaign_id),
)
KINDS: Mapping[
    str, SheetKind[ProductInfo] | SheetKind[FreightRow] | SheetKind[TrafficRow] | SheetKind[StockRow] | SheetKind[Rate]
] = {kind.name: kind for kind in (PRODUCTS, FREIGHT, TRAFFIC, STOCK, RATES)}
