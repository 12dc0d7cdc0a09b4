"""Orders that lie on no day that anybody walks over: noted by name, so that they are found when their account leaves.

Used by normalise, which notes them, and by leaving.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from chalicelib.domain.order import Order
from chalicelib.domain.record import OrderKey

FIRST_DAY = date(2005, 1, 1)  # no shop that is connected had an order before
AHEAD = timedelta(days=2)  # clocks of platforms that go ahead, and zones


def is_undated(order: Order, now: datetime) -> bool:
    """Whether an order as told so far has no day, or one before the first or long after today."""
    at = order.paid_at or order.placed_at
    return at is None or not FIRST_DAY < at.date() < (now + AHEAD).date()


def undated_name(key: OrderKey) -> str:
    """The mark of such an order."""
    return f"undated#{key.platform}#{key.account}#{key.order_id}"
