"""How long personal data may be kept, by platform: the platforms' own terms, and what a merchant shortens them to.

The terms are data, each with its source. A platform that is not in the table sets no limit of its own. What is over is read by
nobody (chalicelib/keeping.py), whether or not it has been removed yet (chalicelib/retention.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # every push waits for what is loaded here
    from chalicelib.domain.merge import Layers
    from chalicelib.domain.order import Order

RAW_DAYS = 30  # raw requests, wherever they lie (archive, queue, dead letters, quarantine), unless the merchant says otherwise
MOST_DAYS = 180  # after an order was placed its time is over in any case, delivered or not, where its platform has a limit


@dataclass(frozen=True, slots=True)
class Limit:
    """Days for which personal data may be kept, None for as long as the merchant likes.

    `orders`: of buyers and receivers, from delivery on. `records`: of reviews, questions, messages and contacts, from their own
    time on. `source` says whose term it is.
    """

    orders: int | None = None
    records: int | None = None
    source: str = ""


UNLIMITED = Limit()
LIMITS: Mapping[str, Limit] = {
    # Amazon's Data Protection Policy, "Data retention": PII for no longer than 30 days after order delivery. Known second-hand.
    "amazon": Limit(30, 30, "Amazon Services API Data Protection Policy, data retention"),
}


@dataclass(frozen=True, slots=True)
class RetentionTerms:
    """What holds for a merchant: the platforms' limits, each as short as the merchant made it."""

    platforms: Mapping[str, Limit] = field(default_factory=lambda: dict(LIMITS))
    others: Limit = UNLIMITED
    raw_days: int = RAW_DAYS

    def of(self, platform: str) -> Limit:
        """The limit of a platform."""
        return self.platforms.get(platform, self.others)


def order_since(order: Order, layers: Layers) -> datetime:
    """From when on an order's time is counted: its delivery, or what is known that was no later than that.

    An order that was never delivered as far as is known is counted from when it was shipped, else from when it came to its
    end, else from when it was placed; one that tells no time at all from its newest telling.
    """
    known = (order.delivered_at, order.shipped_at, order.cancelled_at, order.completed_at, order.paid_at, order.placed_at)
    at = next((each for each in known if each), None)
    return at or datetime.fromtimestamp(max((clock.millis for clock in layers), default=0) / 1000, UTC)


def order_over(order: Order, layers: Layers, days: int, now: datetime) -> bool:
    """Whether an order's personal data must not be read any more."""
    placed = order.placed_at or order.paid_at
    return now >= order_since(order, layers) + timedelta(days=days) or (
        placed is not None and now >= placed + timedelta(days=max(days, MOST_DAYS))
    )


def record_over(millis: int, days: int, now: datetime) -> bool:
    """Whether a record's must not; `millis` is its time; 0, which is nobody's time, is over."""
    return now >= datetime.fromtimestamp(millis / 1000, UTC) + timedelta(days=days)


def raw_over(day: date, days: int, now: datetime) -> bool:
    """Whether what was sealed on a day (UTC) must not be opened any more."""
    return (now.date() - day).days > days
