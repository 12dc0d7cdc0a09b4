"""What a day came to: the numbers a digest shows, and the sums they are made from.

Definitions (docs/metrics.md). Only orders that count (`order.counts`) contribute; an order counts on the day of
`paid_at`, else `placed_at`; a refund on the day of `closed_at`; days are those of the merchant's zone. All money is
in minor units of one currency; two currencies are never added.

gmv            sum of `total` of the orders of the day
refunds        sum of the succeeded refunds closed that day, whatever day their orders have
tax_platform   tax that platforms remit themselves: of the orders of the day, less that of the refunds closed that day
net_sales      gmv - tax_platform - refunds
aov            gmv / orders, rounded half up; None without orders
buyers         members with an order on the day; new: their first order ever has that day; returning: the others
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import msgspec

from chalicelib.domain.ratio import Ratio

MOST_PROMISED = 240  # hours from payment to the first parcel
MOST_HOURS, MOST_DAYS = MOST_PROMISED + 1, 60  # what took longer than may be promised never counts as in time
UNWEIGHED = -1


class Item(msgspec.Struct, array_like=True, gc=False):
    """One item of the product master (docs/costs.md): pieces and money, as in Product."""

    quantity: int = 0
    amount: int = 0


class Product(msgspec.Struct, array_like=True):
    """One product's share of a day: pieces and money before order discounts that the platform does not allot.

    `items` by what the product master knows them by: the merchant's own sku, else the platform's, else the product's id.
    """

    title: str = ""
    quantity: int = 0
    amount: int = 0
    items: dict[str, Item] = msgspec.field(default_factory=dict)

    def add(self, other: Product) -> None:
        """Add another's. Of two titles the greater stays, whatever the order."""
        self.title = max(self.title, other.title)
        self.quantity += other.quantity
        self.amount += other.amount
        for name, item in other.items.items():
            mine = self.items.setdefault(name, Item())
            mine.quantity += item.quantity
            mine.amount += item.amount


class Trail(msgspec.Struct, array_like=True, gc=False):
    """Orders that came by one way: a creator, or a source as the platform names it (live, search ...). Money as in gmv."""

    orders: int = 0
    gmv: int = 0


class Basket(msgspec.Struct, array_like=True, gc=False):
    """Orders of about one value: how many, their goods after discounts, and what they were charged for shipping."""

    orders: int = 0
    amount: int = 0
    shipping: int = 0


Counts = dict[int, int]


class Sums(msgspec.Struct, omit_defaults=True):
    """Sums over any set of facts in one currency. Adding is exact, commutative and associative.

    By order day, of the orders that count: all but what follows. By the day they were closed: `refunds`, `refund_count`. By the day
    they were placed, of all purchases, paid or not: `placed_orders`, `placed_gmv`.

    `tax_own`: tax that platforms remit for this day's orders, as refunded so far; `tax_platform` has it by the day of the refund.
    `refunded_own`: what was refunded so far of this day's own orders; `refunded_orders` of how many, `refunded_whole` of how many
    in full. `lineless`: orders that tell no lines, with their part of gmv. `ship_hours`: orders by whole hours begun from payment
    to the first parcel (at most MOST_HOURS); `waiting`: orders that have not left. `delivery_days`: by carrier, parcels by whole
    days begun on the way (at most MOST_DAYS). `parcels`: by carrier and region ("CN 浙江", "" unknown), parcels by half kilos begun
    (UNWEIGHED where an item has no weight). `trails`: by `creator:...` and by `source:...`, of which an order may have both.
    `baskets`: by category of the dearest line ("" none) and low edge in minor units.
    """

    orders: int = 0
    gmv: int = 0
    tax_platform: int = 0
    refunds: int = 0
    refund_count: int = 0
    units: int = 0
    unpriced: int = 0
    products: dict[str, Product] = msgspec.field(default_factory=dict)
    unmapped: int = 0
    placed_orders: int = 0
    placed_gmv: int = 0
    discount_seller: int = 0
    discount_platform: int = 0
    shipping: int = 0
    refunded_own: int = 0
    refunded_orders: int = 0
    refunded_whole: int = 0
    tax_own: int = 0
    waiting: int = 0
    lineless: int = 0
    lineless_gmv: int = 0
    ship_hours: Counts = msgspec.field(default_factory=dict)
    delivery_days: dict[str, Counts] = msgspec.field(default_factory=dict)
    parcels: dict[str, dict[str, Counts]] = msgspec.field(default_factory=dict)
    trails: dict[str, Trail] = msgspec.field(default_factory=dict)
    baskets: dict[str, dict[int, Basket]] = msgspec.field(default_factory=dict)

    def add(self, other: Sums) -> None:
        """Add another set's sums to this one."""
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for key, product in other.products.items():
            self.products.setdefault(key, Product()).add(product)
        _count_in(self.ship_hours, other.ship_hours)
        for carrier, days in other.delivery_days.items():
            _count_in(self.delivery_days.setdefault(carrier, {}), days)
        for carrier, regions in other.parcels.items():
            for region, weights in regions.items():
                _count_in(self.parcels.setdefault(carrier, {}).setdefault(region, {}), weights)
        for key, trail in other.trails.items():
            mine = self.trails.setdefault(key, Trail())
            mine.orders += trail.orders
            mine.gmv += trail.gmv
        for category, baskets in other.baskets.items():
            for edge, basket in baskets.items():
                here = self.baskets.setdefault(category, {}).setdefault(edge, Basket())
                here.orders += basket.orders
                here.amount += basket.amount
                here.shipping += basket.shipping

    @property
    def net_sales(self) -> int:
        """Gmv - tax_platform - refunds."""
        return self.gmv - self.tax_platform - self.refunds

    @property
    def net_restated(self) -> int:
        """Gmv - tax_own - what was refunded so far of these same orders, whenever it was."""
        return self.gmv - self.tax_own - self.refunded_own

    @property
    def shipped(self) -> int:
        """Orders of which a parcel has left at a known time."""
        return sum(self.ship_hours.values())

    def on_time(self, hours: int) -> int:
        """Of these, how many left within so many hours of being paid."""
        return sum(count for taken, count in self.ship_hours.items() if taken <= hours)

    @property
    def aov(self) -> int | None:
        """Average order value, half up; None without orders."""
        return average_of(self.gmv, self.orders)


_NUMBERS = tuple(field.name for field in msgspec.structs.fields(Sums) if field.type is int)


def _count_in(mine: Counts, others: Counts) -> None:
    for value, count in others.items():
        mine[value] = mine.get(value, 0) + count


@dataclass(slots=True)
class People:
    """Buyers of a day: members with an order that counts. Guests are no members and count nowhere here."""

    new: int = 0
    returning: int = 0

    def add(self, other: People) -> None:
        """Add another set's people. Only sets that cannot share a member may be added."""
        self.new += other.new
        self.returning += other.returning


@dataclass(frozen=True, slots=True)
class AccountDay:
    """One account's day: sums by currency, and its people."""

    platform: str
    account: str
    day: date
    sums: dict[str, Sums]
    people: People


def average_of(gmv: int, orders: int) -> int | None:
    """Average order value, half up; None without orders."""
    return Ratio(gmv, orders).scaled(1)


def add_in(mine: dict[str, Sums], others: Mapping[str, Sums]) -> None:
    """Add sums by currency to others."""
    for currency, sums in others.items():
        mine.setdefault(currency, Sums()).add(sums)
