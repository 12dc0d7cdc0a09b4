"""A platform of our own making, whose list can be short, thin, late or broken. It speaks as the generic connector does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from chalicelib.contract import Account, Api, Capability, Event, Page
from chalicelib.errors import Permanent, Retriable
from chalicelib.subscribing import PushSubscription
from connectors.generic.connector import Generic
from tests.functional.stack import Stack

DAY = date(2026, 11, 19)
BEGINS = datetime(2026, 11, 18, 16, 0, tzinfo=UTC)  # of that day, in Shanghai
NEWS = ("pending_payment", "paid", "shipped")


def at(hours: float) -> datetime:
    """A moment of the day."""
    return BEGINS + timedelta(hours=hours)


def body(order_id: str, placed: datetime, changed: datetime, status: str = "paid") -> bytes:
    """An order."""
    return json.dumps(
        {
            "order_id": order_id,
            "status": status,
            "platform_status": status,
            "currency": "CNY",
            "amounts": {"total": 100, "paid": 0 if status == "pending_payment" else 100},
            "placed_at": placed.isoformat(),
            "updated_at": changed.isoformat(),
            "lines": [{"line_id": "1", "product_id": "tea", "title": "Tea", "quantity": 1, "unit_price": 100, "total": 100}],
        }
    ).encode()


class Listing(Generic):
    """Lists what was sold on it, by last change. `thin`: ids alone; `timed` False: without the time of change."""

    info = replace(
        Generic.info,
        capabilities=Generic.info.capabilities | {Capability.PULLS_ORDERS, Capability.HYDRATES, Capability.REGISTERS_PUSH},
    )

    def __init__(self, size: int = 4) -> None:
        self.size = size
        self.orders: dict[str, tuple[datetime, bytes]] = {}
        self.asked: list[tuple[datetime, datetime, str | None]] = []
        self.hidden: set[str] = set()
        self.thin, self.timed, self.breaks_before = False, True, -1
        self.pushes_to: list[PushSubscription] = []
        self.made: list[str] = []

    def sell(self, order_id: str, placed: datetime, changed: datetime | None = None, status: str = "paid") -> bytes:
        """An order, or its next state; returns what a push of it says."""
        self.orders[order_id] = (changed or placed, body(order_id, placed, changed or placed, status))
        return self.orders[order_id][1]

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Pages by last change, from the cursor on."""
        self.asked.append((since, until, cursor))
        shown = sorted((when, name) for name, (when, _) in self.orders.items() if since <= when < until and name not in self.hidden)
        pages = max(-(-len(shown) // self.size), 1)
        for number in range(int(cursor or 0), pages):
            if number == self.breaks_before:
                raise Retriable("platform-unavailable", "broken on purpose", after=60)
            part = shown[number * self.size : (number + 1) * self.size]
            yield Page(tuple(self._event(name) for _, name in part), str(number + 1) if number + 1 < pages else None)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order."""
        return replace(event, thin=False, payload=self.orders[event.resource_id or ""][1])

    def push_topics(self, account: Account) -> tuple[str, ...]:
        """Two."""
        return ("orders", "refunds")

    def subscriptions(self, address: str, api: Api) -> tuple[PushSubscription, ...]:
        """Those that are there."""
        return tuple(self.pushes_to)

    def subscribe(self, topic: str, address: str, off: PushSubscription | None, api: Api) -> None:
        """Make one, or switch it on."""
        if topic == "refused":
            raise Permanent("subscription-refused", "refused on purpose")
        self.made.append(topic)
        self.pushes_to = [each for each in self.pushes_to if each is not off]
        self.pushes_to.append(PushSubscription(topic, str(len(self.made))))

    def _event(self, name: str) -> Event:
        when, told = self.orders[name]
        payload = json.dumps({"id": name}).encode() if self.thin else told
        return Event(f"pull:{name}:{when}", "orders", "order", name, when if self.timed else None, thin=self.thin, payload=payload)


class Hub:
    """Connectors: this one, whatever the key."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing

    def connector(self, _key: str) -> Any:
        """The one."""
        return self._listing

    def api(self, _account: Account) -> Any:
        """Nobody calls."""
        return None


class Shop:
    """The platform, and the core over it."""

    def __init__(self, engine: Any, size: int = 4) -> None:
        self.stack, self.platform = Stack(engine), Listing(size)
        app: Any = self.stack.app
        app.hub = Hub(self.platform)
        self.app = app

    def sold(self, order_id: str, hours: float, *, changed: float | None = None, status: str = "paid", pushed: bool = True) -> None:
        """An order of the day, pushed or not."""
        told = self.platform.sell(order_id, at(hours), None if changed is None else at(changed), status)
        if pushed:
            assert self.stack.push("generic", "erp", told) == 200
            self.stack.settle()

    def reconcile(self, day: date = DAY, **how: Any) -> Any:
        """Reconcile, and take in what it sent."""
        found = self.app.reconcile.account("generic", "erp", day, **how)
        self.stack.settle()
        return found
