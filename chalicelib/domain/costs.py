"""What is left of sales after what selling cost: the contribution margin as a waterfall, by account and in whole. Pure.

Rules (docs/costs.md has a worked example):
- All money is in the merchant's currency, each day's at that day's rate. What has no rate is in no figure, and is named.
- Net sales are gmv less tax that the platform remits less refunds, by the day each happened. Platform subsidies are in gmv and paid
  out by the platform: they are told aside and taken off nowhere. The seller's own discounts are not in gmv: likewise.
- Cost of goods is pieces times the cost of the order's day. A refund gives none of it back: it says that money went back, not that
  the thing can be sold again.
- What is not known is no zero. Each part says of which share of sales it is known, and what is missing. Goods and freight that are
  known of most of an account are estimated for its rest, at the same rate, beside what is known and never within it. Below that
  share of goods there is no margin; other parts that lack something are named with it.
- Accounts come to the whole exactly. What belongs to none (advertising, messages) is allotted to them by sales.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from chalicelib.domain.cost_parts import (
    LINELESS,
    WAITING,
    Fee,
    Gap,
    Kind,
    Known,
    Part,
    Shares,
    Told,
    allotted,
    by_rate,
    by_sales,
    is_most,
)
from chalicelib.domain.cost_terms import AccountKey, CostTerms
from chalicelib.domain.freight import Freight
from chalicelib.domain.metrics import Sums
from chalicelib.domain.money import allot
from chalicelib.domain.products import Products
from chalicelib.domain.rates import Rates
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.spend import AdCost
from chalicelib.domain.worth import Booked, Worth, parcels_of


@dataclass(frozen=True, slots=True)
class Waterfall:
    """From sales to contribution margin, in minor units of the merchant's currency. `account` None: all of them.

    `margin` None: too few costs of goods are known. `without`: costs that are not, or not wholly, taken off. `subsidy` (platform
    discounts), `coupons` (the seller's) and `shipping` (charged to buyers, part of gmv) are told for information.
    """

    account: AccountKey | None
    orders: int
    gmv: int
    tax_platform: int
    refunds: int
    net_sales: int
    parts: tuple[Part, ...]
    margin: int | None
    without: tuple[Kind, ...]
    subsidy: int
    coupons: int
    shipping: int

    def part(self, kind: Kind) -> Part:
        """One of its costs."""
        return next(part for part in self.parts if part.kind == kind)


@dataclass(frozen=True, slots=True)
class Waterfalls:
    """The whole, its accounts, and what stands beside: fixed costs of these days, and currencies without a rate."""

    total: Waterfall
    accounts: Mapping[AccountKey, Waterfall]
    fixed: int = 0
    unrated: tuple[str, ...] = ()


@dataclass(frozen=True)
class CostBook:
    """All that costs are known by."""

    products: Products
    freight: Freight
    terms: CostTerms
    rates: Rates


@dataclass(slots=True)
class _Shop:
    """One account over the days. Money is the merchant's."""

    orders: int = 0
    gmv: int = 0
    tax_platform: int = 0
    refunds: int = 0
    subsidy: int = 0
    coupons: int = 0
    shipping: int = 0
    goods: Known = field(default_factory=Known)
    freight: Known = field(default_factory=Known)

    @property
    def sales(self) -> int:
        """Before refunds: what is allotted by sales needs shares that are not below nothing."""
        return max(self.gmv - self.tax_platform, 0)

    @property
    def net_sales(self) -> int:
        """After them."""
        return self.gmv - self.tax_platform - self.refunds


Shops = Mapping[AccountKey, _Shop]


def waterfalls(
    days: Mapping[date, Booked], book: CostBook, *, ads: Sequence[AdCost] | None = None, messages: Mapping[str, int] | None = None
) -> Waterfalls:
    """The waterfall of some days. `ads` None: nobody tells what advertising cost; `messages` likewise, else sent by channel."""
    shops: dict[AccountKey, _Shop] = {}
    unrated: set[str] = set()
    for day, booked in days.items():
        worth = Worth(book.rates, day, unrated)
        for account, by_currency in booked.items():
            shop = shops.setdefault(account, _Shop())
            for currency, sums in by_currency.items():
                if worth.of(0, currency) is not None:
                    _add(shop, sums, currency, worth, book)
    spent = _spent(ads or (), shops, book.terms)
    shops |= {account: _Shop() for account in spent if account not in shops}
    shops = dict(sorted(shops.items()))
    shares = _shares(shops, book.terms, ads, spent, messages)
    total = _waterfall(None, shops.values(), [whole for whole, _ in shares], book.terms)
    accounts = {
        account: _waterfall(account, [shop], [parts[account] for _, parts in shares], book.terms) for account, shop in shops.items()
    }
    return Waterfalls(total, accounts, sum(book.terms.fixed_on(day) for day in days), tuple(sorted(unrated)))


def _add(shop: _Shop, sums: Sums, currency: str, worth: Worth, book: CostBook) -> None:
    """An account's day in one currency, which has a rate."""
    told = (sums.gmv, sums.tax_platform, sums.refunds, sums.discount_platform, sums.discount_seller, sums.shipping)
    gmv, tax, refunds, subsidy, coupons, shipping = (worth.of(minor, currency) or 0 for minor in told)
    shop.orders += sums.orders
    shop.gmv += gmv
    shop.tax_platform += tax
    shop.refunds += refunds
    shop.subsidy += subsidy
    shop.coupons += coupons
    shop.shipping += shipping
    _add_goods(shop.goods, sums, currency, worth, book.products)
    _add_freight(shop.freight, sums, worth, book.freight)


def _add_goods(goods: Known, sums: Sums, currency: str, worth: Worth, products: Products) -> None:
    if sums.lineless:
        amount = worth.of(sums.lineless_gmv, currency) or 0
        goods.all += amount
        goods.free += 0 if amount else sums.lineless
        goods.lack(LINELESS, sums.lineless, amount)
    for product in sums.products.values():
        for sku, item in product.items.items():
            amount = worth.of(item.amount, currency) or 0
            info = products.get(sku, worth.day)
            cost = worth.cost_of(info, item.quantity)
            goods.all += amount
            if cost is None:
                goods.lack(sku, item.quantity, amount)
                goods.free += 0 if amount else item.quantity
            else:
                goods.known += amount
                goods.cost += cost


def _add_freight(freight: Known, sums: Sums, worth: Worth, table: Freight) -> None:
    for parcels in parcels_of(sums):
        cost = worth.freight_of(parcels, table.row(parcels.carrier, parcels.region, worth.day))
        freight.all += parcels.number
        if cost is None:
            freight.lack(f"{parcels.carrier}, {parcels.region}", parcels.number)
        else:
            freight.known += parcels.number
            freight.cost += cost
    if sums.waiting:
        freight.all += sums.waiting
        freight.lack(WAITING, sums.waiting)


def _shares(
    shops: Shops,
    terms: CostTerms,
    ads: Sequence[AdCost] | None,
    spent: Mapping[AccountKey, int],
    messages: Mapping[str, int] | None,
) -> list[Shares]:
    """Each cost of all accounts and of each, in the order that they are taken off."""
    sales = {account: (shop.sales, shop.orders) for account, shop in shops.items()}
    commissions = {account: _commission(account, shop, terms) for account, shop in shops.items()}
    payments = {account: _payment(account, shop, terms) for account, shop in shops.items()}
    said, spending = _messages(terms, messages), _ads(ads)
    by_account = allot(said.amount, [shop.sales for shop in shops.values()]) if shops else []
    return [
        by_rate("goods", {account: shop.goods for account, shop in shops.items()}, terms.least_covered),
        by_sales("commission", sales, commissions),
        by_rate("freight", {account: shop.freight for account, shop in shops.items()}, terms.least_covered),
        by_sales("payment", sales, payments),
        allotted("messages", dict(zip(shops, by_account, strict=True)), said),
        allotted("ads", {account: spent.get(account, 0) for account in shops}, spending),
    ]


def _commission(account: AccountKey, shop: _Shop, terms: CostTerms) -> Fee | None:
    told = terms.commission(account)
    if told is None:
        return None
    return Fee(round(told.share * shop.net_sales) + (terms.order_fee(account) or 0) * shop.orders, usual=told.usual is not None)


def _payment(account: AccountKey, shop: _Shop, terms: CostTerms) -> Fee | None:
    share, fee = terms.payment(account), terms.payment_fee(account)
    if share is None and fee is None:
        return None
    return Fee(round((share or 0) * shop.net_sales) + (fee or 0) * shop.orders)


def _messages(terms: CostTerms, sent: Mapping[str, int] | None) -> Told:
    if sent is None:
        return Told()
    priced = {channel: count for channel, count in sent.items() if channel in terms.messages}
    cost = sum((terms.messages[channel] * count for channel, count in priced.items()), Fraction(0))
    gaps = {channel: Gap(channel, count) for channel, count in sent.items() if count and channel not in priced}
    return Told(round(cost), Ratio(sum(priced.values()), sum(sent.values())), gaps)


def _ads(ads: Sequence[AdCost] | None) -> Told:
    """An account of which some days are missing is named with how many; those days are no days without spend."""
    if not ads:
        return Told()
    covered = Ratio(sum(each.told for each in ads), sum(each.days for each in ads))
    missing = {"/".join(each.account): each.days - each.told for each in ads}
    return Told(sum(each.spend for each in ads), covered, {name: Gap(name, days) for name, days in missing.items() if days})


def _spent(ads: Sequence[AdCost], shops: Shops, terms: CostTerms) -> dict[AccountKey, int]:
    """By shop: what an advertising account cost goes to the shops that it serves, else to itself if it sells, else to all."""
    selling = sorted(account for account, shop in shops.items() if shop.sales)
    found: dict[AccountKey, int] = {}
    for each in ads:
        itself = (each.account,)
        served = terms.serves(each.account) or (itself if each.account in selling else tuple(selling) or itself)
        weights = [shops[account].sales if account in shops else 0 for account in served]
        for account, part in zip(served, allot(each.spend, weights), strict=True):
            found[account] = found.get(account, 0) + part
    return found


def _waterfall(account: AccountKey | None, shops: Iterable[_Shop], parts: Sequence[Part], terms: CostTerms) -> Waterfall:
    told, goods = list(shops), parts[0]
    net_sales = sum(shop.net_sales for shop in told)
    enough = is_most(goods.covered.numerator or 0, goods.covered.denominator or 0, terms.least_covered)
    return Waterfall(
        account=account,
        orders=sum(shop.orders for shop in told),
        gmv=sum(shop.gmv for shop in told),
        tax_platform=sum(shop.tax_platform for shop in told),
        refunds=sum(shop.refunds for shop in told),
        net_sales=net_sales,
        parts=tuple(parts),
        margin=net_sales - sum(part.cost or 0 for part in parts) if enough else None,
        without=tuple(part.kind for part in parts if not part.whole),
        subsidy=sum(shop.subsidy for shop in told),
        coupons=sum(shop.coupons for shop in told),
        shipping=sum(shop.shipping for shop in told),
    )
