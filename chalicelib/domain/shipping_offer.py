"""Free shipping: who is just under a threshold, and what another threshold would cost and bring. Pure.

Made from baskets: orders by the value of their goods after discounts, cut to two significant digits. Counts at a threshold that
lies on such an edge are exact; all thresholds but the shop's own are chosen so. Money is in the merchant's currency, values and
thresholds in the account's own.

What is known: who is where, what they were charged for shipping, what their parcels cost, what their goods leave. What nobody
knows is how many would add something to reach a threshold. Two answers are given and kept apart: the share of them that would pay
for the offer, which follows from the figures, and what comes of a share that is assumed, which says so. A higher threshold loses
orders, and nobody knows how many: of it only the share is told that may stay away before it costs more than it brings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from chalicelib.domain.cost_parts import is_most
from chalicelib.domain.cost_terms import AccountKey
from chalicelib.domain.costs import CostBook
from chalicelib.domain.facts import low_edge
from chalicelib.domain.metrics import Sums
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.worth import Days, Freighted, Worth, freighted

UNDER = (100, 200)  # permille under a threshold that is told
NEAR = 150  # permille under a threshold from which somebody may add something to reach it
LEAST_ORDERS = 20  # with fewer baskets a table would be of chance
MOST_CANDIDATES = 6
MOST_CATEGORIES = 6


@dataclass(frozen=True, slots=True)
class Bin:
    """Baskets from `edge` to under the next one. `amount` in the account's currency, `worth` and `shipping` in the merchant's."""

    edge: int
    orders: int = 0
    amount: int = 0
    worth: int = 0
    shipping: int = 0

    @property
    def end(self) -> int:
        """Where the next one begins."""
        return self.edge + int(10 ** max(len(str(self.edge)) - 2, 0))

    def plus(self, other: Bin) -> Bin:
        """Both; of the same edge."""
        told = (self.orders + other.orders, self.amount + other.amount, self.worth + other.worth, self.shipping + other.shipping)
        return Bin(self.edge, *told)


Bins = Mapping[int, Bin]


@dataclass(frozen=True, slots=True)
class Basis:
    """What is known of an account, or assumed. None: not known.

    `margin`: what a unit of goods leaves after their cost, commission and payment. `freight` of an order. `top_up`: the assumed
    share of those within NEAR under a threshold who add something to reach it.
    """

    current: tuple[int, ...] = ()
    margin: Fraction | None = None
    freight: Fraction | None = None
    top_up: Fraction = Fraction(150, 1000)


@dataclass(frozen=True, slots=True)
class Under:
    """Orders from `since` to under `threshold`, at most `permille` under it, and what they lack to it in the account's currency."""

    threshold: int
    permille: int
    since: int
    orders: int
    lack: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Free shipping from `threshold` on. `current`: it is so now.

    `orders` reach it, `unsure` may (the threshold lies within their bin). `given_up`: what they were charged for shipping and would
    not be. `regained`: what those under it would be charged at the mean of who is charged today, None between two thresholds of
    today. `freight`: what their parcels cost. `margin`: what their goods leave after it. `near`: orders within NEAR under it, that
    lack `lack`. `break_even`: the share of these that has to add something for the offer to pay; above one it cannot; None
    where no share would, or the margin is not known. `expected`: what the assumed share brings, after what is given up. Of a
    threshold above those of today neither is told, but `may_lose`: the share of orders that ship free today and would not, that
    may stay away before more is lost with them than the others are charged.
    """

    threshold: int
    current: bool
    orders: int
    share: Ratio
    unsure: int
    given_up: int
    regained: int | None
    freight: int | None
    margin: int | None
    near: int
    lack: int
    break_even: Ratio | None
    expected: int | None
    may_lose: Ratio | None = None


@dataclass(frozen=True, slots=True)
class OfferPart:
    """All baskets of an account, or those whose dearest product is of one category. `category` None: all; "": of none."""

    category: str | None
    orders: int
    under: tuple[Under, ...]
    rows: tuple[WhatIf, ...]


@dataclass(frozen=True, slots=True)
class ShippingOffer:
    """One account in one currency. `categories`: the largest, none where there is but one. `assumed`: the share that is assumed.

    `margin` and `freight` as in Basis, for goods and for an order; unknown where too few costs are known.
    """

    account: AccountKey
    currency: str
    current: tuple[int, ...]
    whole: OfferPart
    categories: tuple[OfferPart, ...]
    margin: Ratio
    freight: Ratio
    assumed: Ratio


def shipping_offers(days: Days, book: CostBook, also: Callable[[str], Iterable[int]] = lambda _: ()) -> tuple[ShippingOffer, ...]:
    """Every account and currency with enough baskets that charges for shipping, or has a threshold.

    `also`: more thresholds to try, by currency.
    """
    found = []
    for account in sorted({account for booked in days.values() for account in booked}):
        currencies = _currencies(days, account)
        for currency in currencies:
            by_category = baskets(days, account, currency, book)
            whole = _merged(by_category.values())
            current = book.terms.free_shipping(account) if currency == currencies[0] else ()
            told = sum(each.shipping for each in whole.values()) > 0 or current
            if told and sum(each.orders for each in whole.values()) >= LEAST_ORDERS:
                basis = basis_of(days, account, current, book)
                found.append(_offer((account, currency), by_category, basis, tuple(also(currency))))
    return tuple(found)


def baskets(days: Days, account: AccountKey, currency: str, book: CostBook) -> dict[str, dict[int, Bin]]:
    """An account's baskets in one currency by category; none where the currency has no rate."""
    found: dict[str, dict[int, Bin]] = {}
    for day, booked in days.items():
        worth = Worth(book.rates, day, set())
        sums = booked.get(account, {}).get(currency)
        for category, edges in (sums.baskets if sums else {}).items():
            for edge, basket in edges.items():
                money, shipping = worth.of(basket.amount, currency), worth.of(basket.shipping, currency)
                if money is not None and shipping is not None:
                    mine = found.setdefault(category, {})
                    mine[edge] = mine.get(edge, Bin(edge)).plus(Bin(edge, basket.orders, basket.amount, money, shipping))
    return found


def basis_of(days: Days, account: AccountKey, current: tuple[int, ...], book: CostBook) -> Basis:
    """What is known of an account's goods and parcels over some days."""
    known = money = cost = orders = 0
    parcels = Freighted()
    for day, booked in days.items():
        worth = Worth(book.rates, day, set())
        for currency, sums in booked.get(account, {}).items():
            orders += sums.orders - sums.waiting
            money += worth.of(sums.lineless_gmv, currency) or 0  # nobody knows what was sold, nor what it cost
            for sent in freighted(sums, book.freight, worth).values():
                parcels = parcels.plus(sent)
            for sku, item in ((sku, item) for product in sums.products.values() for sku, item in product.items.items()):
                amount = worth.of(item.amount, currency) or 0
                spent = worth.cost_of(book.products.get(sku, day), item.quantity)
                money += amount
                if spent is not None:
                    known, cost = known + amount, cost + spent
    least, fee = book.terms.least_covered, book.terms.commission(account)
    charged = (fee.share if fee else Fraction(0)) + (book.terms.payment(account) or 0)
    margin = Fraction(known - cost, known) - charged if known > 0 and is_most(known, money, least) else None
    told = parcels.known and orders > 0 and is_most(parcels.known, parcels.all, least)
    freight = Fraction(parcels.cost * parcels.all, parcels.known * orders) if told else None
    return Basis(current, margin, freight, Fraction(book.terms.top_up, 1000))


def part(bins: Bins, thresholds: Iterable[int], basis: Basis, category: str | None = None) -> OfferPart:
    """Some baskets at some thresholds."""
    under = [_under(bins, threshold, permille) for threshold in basis.current for permille in UNDER]
    rows = [what_if(bins, threshold, basis) for threshold in sorted(set(thresholds) | set(basis.current))]
    return OfferPart(category, sum(each.orders for each in bins.values()), tuple(under), tuple(rows))


def candidates(bins: Bins, current: tuple[int, ...]) -> tuple[int, ...]:
    """Thresholds that are worth a look: those of today, edges around them, edges that a quarter, half ... of orders lie under."""
    around = [low_edge(threshold * permille // 1000) for threshold in current[:1] for permille in (800, 1250, 1500)]
    orders, reached, passed = sum(each.orders for each in bins.values()), 0, 0
    quarters: list[int] = []
    for edge in sorted(bins):
        if reached * 4 // orders > passed:
            passed = reached * 4 // orders
            quarters.append(edge)
        reached += bins[edge].orders
    found = [each for each in dict.fromkeys((*current, *around, *quarters)) if each > 0]
    return tuple(sorted(found[:MOST_CANDIDATES]))


def what_if(bins: Bins, threshold: int, basis: Basis) -> WhatIf:
    """Free shipping from one threshold on."""
    reach = _sum(each for each in bins.values() if each.edge >= threshold)
    unsure = sum(each.orders for each in bins.values() if each.edge < threshold < each.end)
    near = _sum(_between(bins, threshold, NEAR))
    given_up, regained = _charged(bins, threshold, basis.current)
    freight = None if basis.freight is None else round(basis.freight * reach.orders)
    left = None if basis.margin is None or freight is None else round(basis.margin * reach.worth) - freight
    lack = threshold * near.orders - near.amount
    lowers = not basis.current or threshold < basis.current[0]
    gain = _gain(near, lack, basis.margin) if lowers else None
    return WhatIf(
        threshold=threshold,
        current=threshold in basis.current,
        orders=reach.orders,
        share=Ratio(reach.orders, sum(each.orders for each in bins.values())),
        unsure=unsure,
        given_up=given_up,
        regained=regained,
        freight=freight,
        margin=left,
        near=near.orders,
        lack=lack,
        break_even=None if gain is None else _break_even(gain, given_up),
        expected=None if gain is None else round(basis.top_up * gain) - given_up,
        may_lose=_may_lose(bins, threshold, regained, basis),
    )


def _gain(near: Bin, lack: int, margin: Fraction | None) -> Fraction | None:
    """What all of them together would bring, were each to add what it lacks; of nobody that is nothing."""
    if not near.orders:
        return Fraction(0)
    return None if margin is None else margin * lack * Fraction(near.worth, near.amount) - near.shipping


def _break_even(gain: Fraction, given_up: int) -> Ratio | None:
    if given_up <= 0:
        return Ratio(0, 1)
    if gain <= 0:
        return None
    share = given_up / gain
    return Ratio(share.numerator, share.denominator)


def _may_lose(bins: Bins, threshold: int, regained: int | None, basis: Basis) -> Ratio | None:
    if not basis.current or threshold <= basis.current[-1] or regained is None or basis.margin is None or basis.freight is None:
        return None
    between = _sum(each for each in bins.values() if basis.current[-1] <= each.edge < threshold)
    left = basis.margin * between.worth - basis.freight * between.orders
    if left <= regained:
        return Ratio(1, 1)  # were all of them to stay away, no more would be lost
    share = regained / left
    return Ratio(share.numerator, share.denominator)


def _charged(bins: Bins, threshold: int, current: tuple[int, ...]) -> tuple[int, int | None]:
    """What shipping brought in and would not, and what it would bring in and did not. What is charged above a threshold of today
    (far places, heavy goods) goes on being charged.
    """
    if not current:
        return sum(each.shipping for each in bins.values() if each.edge >= threshold), 0
    if threshold <= current[0] or threshold in current:
        return sum(each.shipping for each in bins.values() if threshold <= each.edge < current[0]), 0
    if threshold < current[-1]:
        return 0, None
    paying = _sum(each for each in bins.values() if each.edge < low_edge(current[0]))
    between = _sum(each for each in bins.values() if current[-1] <= each.edge < threshold)
    fee = Fraction(paying.shipping, paying.orders) if paying.orders else Fraction(0)
    return 0, max(round(fee * between.orders) - between.shipping, 0)


def _under(bins: Bins, threshold: int, permille: int) -> Under:
    found = _sum(_between(bins, threshold, permille))
    return Under(threshold, permille, _since(threshold, permille), found.orders, threshold * found.orders - found.amount)


def _between(bins: Bins, threshold: int, permille: int) -> list[Bin]:
    since = _since(threshold, permille)
    return [each for each in bins.values() if since <= each.edge and each.end <= threshold]


def _since(threshold: int, permille: int) -> int:
    """The first edge that is at most so far under it: no bin is cut."""
    least = -(-threshold * (1000 - permille) // 1000)
    edge = low_edge(least) if least > 0 else 0
    return edge if edge == least else Bin(edge).end


def _offer(of: tuple[AccountKey, str], by_category: Mapping[str, Bins], basis: Basis, also: tuple[int, ...]) -> ShippingOffer:
    whole = _merged(by_category.values())
    at = (*candidates(whole, basis.current), *also)
    sizes = {name: sum(each.orders for each in bins.values()) for name, bins in by_category.items()}
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))[:MOST_CATEGORIES] if len(sizes) > 1 else []
    return ShippingOffer(
        account=of[0],
        currency=of[1],
        current=basis.current,
        whole=part(whole, at, basis),
        categories=tuple(part(by_category[name], at, basis, name) for name in largest),
        margin=_ratio(basis.margin),
        freight=_ratio(basis.freight),
        assumed=_ratio(basis.top_up),
    )


def thresholds_of(days: Days, book: CostBook) -> dict[str, set[int]]:
    """The thresholds of today of all accounts, by the currency that they are in."""
    found: dict[str, set[int]] = {}
    for account in {account for booked in days.values() for account in booked}:
        for currency in _currencies(days, account)[:1]:
            found.setdefault(currency, set()).update(book.terms.free_shipping(account))
    return found


def _currencies(days: Days, account: AccountKey) -> list[str]:
    """An account's currencies, the one that it sells most orders in first."""
    orders: dict[str, int] = {}
    for booked in days.values():
        for currency, sums in booked.get(account, {}).items():
            orders[currency] = orders.get(currency, 0) + _orders(sums)
    return sorted(orders, key=lambda currency: (-orders[currency], currency))


def _orders(sums: Sums) -> int:
    return sum(basket.orders for edges in sums.baskets.values() for basket in edges.values())


def _merged(parts: Iterable[Bins]) -> dict[int, Bin]:
    whole: dict[int, Bin] = {}
    for bins in parts:
        for edge, each in bins.items():
            whole[edge] = whole.get(edge, Bin(edge)).plus(each)
    return whole


def _sum(bins: Iterable[Bin]) -> Bin:
    whole = Bin(0)
    for each in bins:
        whole = whole.plus(each)
    return whole


def _ratio(value: Fraction | None) -> Ratio:
    return Ratio(None, 1) if value is None else Ratio(value.numerator, value.denominator)
