"""What a day came to: the numbers a digest shows, and the sums they are made from.

Definitions (docs/metrics.md). Only orders that count (`order.counts`) contribute; an order counts on the day of
`paid_at`, else `placed_at`; a refund on the day of `closed_at`; days are those of the merchant's zone. All money is
in minor units of one currency; two currencies are never added.

gmv            sum of `total` of the orders of the day
refunds        sum of the succeeded refunds closed that day, whatever day their orders have
net_sales      gmv - tax_platform - refunds
aov            gmv / orders, rounded half up; None without orders
buyers         members with an order on the day; new: their first order ever has that day; returning: the others
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(slots=True)
class Product:
    """One product's share of a day: pieces and money before order discounts that the platform does not allot."""

    title: str = ""
    quantity: int = 0
    amount: int = 0


@dataclass(slots=True)
class Sums:
    """Sums over any set of facts in one currency. Adding is exact, commutative and associative."""

    orders: int = 0
    gmv: int = 0
    tax_platform: int = 0
    refunds: int = 0
    refund_count: int = 0
    units: int = 0
    unpriced: int = 0
    products: dict[str, Product] = field(default_factory=dict)
    unmapped: int = 0

    def add(self, other: Sums) -> None:
        """Add another set's sums to this one."""
        self.orders += other.orders
        self.gmv += other.gmv
        self.tax_platform += other.tax_platform
        self.refunds += other.refunds
        self.refund_count += other.refund_count
        self.units += other.units
        self.unpriced += other.unpriced
        self.unmapped += other.unmapped
        for key, product in other.products.items():
            mine = self.products.setdefault(key, Product())
            mine.title = max(mine.title, product.title)
            mine.quantity += product.quantity
            mine.amount += product.amount

    @property
    def net_sales(self) -> int:
        """Gmv - tax_platform - refunds."""
        return self.gmv - self.tax_platform - self.refunds

    @property
    def aov(self) -> int | None:
        """Average order value, half up; None without orders."""
        return (2 * self.gmv + self.orders) // (2 * self.orders) if self.orders else None


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


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh one source is. `state`: fresh, late (older than its schedule allows), never (nothing seen yet)."""

    platform: str
    account: str
    last_push_at: datetime | None
    last_pull_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class MessagesDay:
    """Messages of a day by campaign: sent, and not sent by reason."""

    campaign: str
    sent: int
    holdout: int
    withheld: dict[str, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One number of today beside yesterday and the same weekday a week ago; None where there is nothing to compare with."""

    today: int | None
    yesterday: int | None
    last_week: int | None

    @staticmethod
    def change(now: int | None, then: int | None) -> int | None:
        """Change in tenths of a percent, half away from zero; None when there is no base."""
        if now is None or not then:
            return None
        scaled = (now - then) * 2000 // abs(then)
        return (scaled + 1) // 2 if scaled >= 0 else -((-scaled + 1) // 2)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account's line of the digest, in its own currency (an account with two currencies has two lines)."""

    platform: str
    platform_name: str
    account: str
    currency: str
    gmv: Comparison
    net_sales: Comparison
    orders: Comparison
    aov: Comparison
    refunds: Comparison
    new_buyers: Comparison
    returning_buyers: Comparison


@dataclass(frozen=True, slots=True)
class TopProduct:
    """One of the best-selling products of the day, by amount."""

    platform: str
    platform_name: str
    account: str
    currency: str
    product_id: str
    title: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class DayReport:
    """All that a day's digest says. `totals` holds one line a currency; `provisional` when a source is not fresh.

    `totals` lines have platform and account "". People are counted per account: totals of people are None where one member
    may have bought at several. `unmapped` counts orders whose platform status has no meaning here yet.
    """

    merchant: str
    day: date
    zone: str
    currency: str
    locale: str
    generated_at: datetime
    totals: tuple[AccountLine, ...]
    accounts: tuple[AccountLine, ...]
    products: tuple[TopProduct, ...]
    messages: tuple[MessagesDay, ...]
    freshness: tuple[Freshness, ...]
    provisional: bool
    unmapped: int = 0
    quarantined: int = 0


def add_all(parts: Iterable[dict[str, Sums]]) -> dict[str, Sums]:
    """Sum by currency over many cells."""
    whole: dict[str, Sums] = {}
    for part in parts:
        for currency, sums in part.items():
            whole.setdefault(currency, Sums()).add(sums)
    return whole
