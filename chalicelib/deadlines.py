"""Orders that the shop has to confirm before the platform cancels them. Used by normalise."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from chalicelib.domain.order import Order
from chalicelib.domain.record import OrderKey, view
from chalicelib.envelope import Envelope, encode
from chalicelib.ports import Clock, Counters, OrderStore, Work
from chalicelib.toolkit.clocks import from_iso

WARNING = timedelta(seconds=90)  # so long before its time an order that still waits is counted, which raises the alarm


class Deadlines:
    """Each waiting order is looked at once more, shortly before its time, by what the table says then."""

    def __init__(self, *, orders: OrderStore, work: Work, clock: Clock, counters: Counters) -> None:
        self._orders = orders
        self._work = work
        self._clock = clock
        self._counters = counters

    def watch(self, key: OrderKey, order: Order) -> None:
        """Remember an order that was just told with `extra.confirm_by`. One whose time is over is history, and no alarm."""
        due = str(order.extra["confirm_by"])
        if order.status != "paid" or self._clock.now() >= from_iso(due):
            return
        deadline = Envelope(
            digest=hashlib.sha256(f"{key}\0{due}".encode()).hexdigest()[:32],
            merchant=key.merchant,
            platform=key.platform,
            account=key.account,
            source="push",
            form="deadline",
            topic=order.platform_status,
            delivery_id=key.order_id,
            received_at=self._clock.now(),
        )
        self._work.park(key.merchant, deadline.digest, encode(deadline), from_iso(due) - WARNING, "confirm")

    def look_at(self, deadline: Envelope) -> None:
        """Count the order if it is where it was."""
        key = OrderKey(deadline.merchant, deadline.platform, deadline.account, deadline.delivery_id)
        order = view(key, self._orders.read(key).layers)
        if order.status == "paid" and order.platform_status == deadline.topic:
            self._counters.count("confirm_due", platform=deadline.platform)
