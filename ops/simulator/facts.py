"""What the oracle claims: facts of an order, of an account's day. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

AMOUNTS = ("items", "discount_seller", "discount_platform", "shipping", "tax", "other", "total", "paid", "refunded")
EITHER: Any = object()  # the platform tells it one way and not the other: no claim is made
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What is claimed of one order as of an instant. `day` is None where it does not count."""

    key: Key
    status: str
    refund_status: str
    test: bool
    currency: str
    amounts: Mapping[str, Any]
    placed_at: datetime
    paid_at: Any
    buyer_id: str | None
    units: Any
    counted: bool
    day: date | None


@dataclass(slots=True)
class DayFacts:
    """One account's day in one currency; `new` and `returning` count members over all currencies of the account.

    `placed_gmv` and `refunded_own` are EITHER where the platform does not tell one way only what an order of the day came to.
    """

    platform: str
    account: str
    day: date
    currency: str
    orders: int = 0
    gmv: int = 0
    tax_platform: int = 0
    refunds: int = 0
    refund_count: int = 0
    units: int = 0
    placed_orders: int = 0
    placed_gmv: Any = 0
    refunded_own: Any = 0
    new: int = 0
    returning: int = 0
    products: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def net_sales(self) -> int:
        """Gmv less platform tax and refunds."""
        return self.gmv - self.tax_platform - self.refunds

    @property
    def aov(self) -> int | None:
        """Average order value, half up."""
        return (self.gmv * 2 + self.orders) // (self.orders * 2) if self.orders else None
