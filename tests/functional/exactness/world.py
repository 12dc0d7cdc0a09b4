"""A recorded world: deliveries of two connectors, what they must come to, and what the tables say they came to.

`expected` is written from the definitions in docs/metrics.md and from the orders alone. It shares no code with facts,
cells, profiles or sums.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from chalicelib.domain.cohorts import BUYERS, NEW
from chalicelib.domain.merge import Clock, Layers
from chalicelib.domain.order import Order, Refund
from chalicelib.domain.purchases import NO_DAY, purchases_in
from chalicelib.domain.record import OrderKey, refunds, told_order, unite, view
from chalicelib.ports import CellStore, MemberStore, OrderStore, Vault
from chalicelib.reckoning import Reckoning, order_sums, people
from tests.functional.stack import Stack

T0 = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)  # noon in Shanghai
SHANGHAI = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook."""

    platform: str
    account: str
    topic: str | None
    body: bytes

    @property
    def order_id(self) -> str:
        """The order it tells of."""
        told = json.loads(self.body)
        told = told.get("data", told)
        return str(told.get("order_id") or told["id"])


def stamp(hours: float) -> str:
    """A time of this world."""
    return (T0 + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


def erp(order_id: str, hours: float, status: str, total: int, *, buyer: str | None = None, **parts: Any) -> Delivery:
    """An order as the generic connector takes it. Two units of one product, the rest of the total on a second one."""
    body: dict[str, Any] = {
        "order_id": order_id,
        "status": status,
        "platform_status": status,
        "currency": "CNY",
        "tax_included": True,
        "amounts": {"total": total, "paid": 0 if status == "pending_payment" else total},
        "placed_at": stamp(0),
        "updated_at": stamp(hours),
        "buyer": {"id": buyer, "name": f"Buyer {buyer}", "email": f"{buyer}@example.com"} if buyer else {},
        "ship_to": {"name": f"Buyer {buyer}", "country": "CN", "city": "Hangzhou", "address": "1 Example Road"},
        "lines": [
            {"line_id": "1", "product_id": "tea", "title": "Tea", "quantity": 2, "unit_price": 50, "total": 100},
            {"line_id": "2", "product_id": "pot", "title": "Pot", "quantity": 1, "unit_price": total - 100, "total": total - 100},
        ],
    }
    return Delivery("generic", "erp", None, json.dumps(body | parts).encode())


def erp_refund(order_id: str, hours: float, status: str, amount: int, **parts: Any) -> Delivery:
    """A refund as the generic connector takes it."""
    body = {
        "refund_id": f"r-{order_id}",
        "order_id": order_id,
        "status": status,
        "amount": amount,
        "currency": "CNY",
        "requested_at": stamp(100),
        "updated_at": stamp(hours),
    }
    return Delivery("generic", "erp", None, json.dumps({"type": "refund", "data": body | parts}).encode())


def shop(order_id: int, hours: float, topic: str, total: str, **parts: Any) -> Delivery:
    """An order as Shopify pushes it."""
    body: dict[str, Any] = {
        "id": order_id,
        "name": f"#{order_id}",
        "created_at": stamp(0),
        "processed_at": stamp(0),
        "updated_at": stamp(hours),
        "currency": "USD",
        "total_price": total,
        "total_line_items_price": total,
        "total_discounts": "0.00",
        "total_tax": "0.00",
        "taxes_included": False,
        "financial_status": "paid",
        "fulfillment_status": None,
        "customer": {"id": 77, "email": "cy@example.com", "first_name": "Cy", "last_name": "Example", "phone": None},
        "shipping_address": {"name": "Cy Example", "address1": "2 Sample Street", "city": "Town", "country_code": "US", "zip": "1"},
        "line_items": [
            {"id": order_id + 5, "title": "Mug", "product_id": 5, "quantity": 1, "price": total, "total_discount": "0.00"}
        ],
        "fulfillments": [],
    }
    return Delivery("shopify", "acme", topic, json.dumps(body | parts).encode())


def shop_refund(order_id: int, status: str, hours: float) -> Delivery:
    """A refund as Shopify pushes it."""
    move = {"id": 1, "kind": "refund", "status": status, "amount": "5.00", "currency": "USD", "processed_at": stamp(hours)}
    body = {"id": order_id + 9, "order_id": order_id, "created_at": stamp(48), "refund_line_items": [], "transactions": [move]}
    return Delivery("shopify", "acme", "refunds/create", json.dumps(body).encode())


def shop_parcel(order_id: int, hours: float) -> Delivery:
    """A fulfilment as Shopify pushes it."""
    body = {
        "id": order_id + 3,
        "order_id": order_id,
        "status": "success",
        "created_at": stamp(hours),
        "updated_at": stamp(hours),
        "tracking_company": "UPS",
        "tracking_number": "1Z5",
    }
    return Delivery("shopify", "acme", "fulfillments/create", json.dumps(body).encode())


HIDDEN = {"country": "CN", "city": "Hangzhou", "masked": ["address", "name"]}
DELIVERIES: tuple[Delivery, ...] = (
    # One order's whole life: its payment moves it to the next day, an edit to another total, masks, a refund of its own day.
    erp("E1", 0, "pending_payment", 400, buyer="b1"),
    erp("E1", 13, "paid", 400, buyer="b1", paid_at=stamp(13)),
    erp("E1", 20, "partially_shipped", 400, buyer="b1", paid_at=stamp(13), shipments=[{"carrier": "SF", "tracking_no": "9"}]),
    erp("E1", 21, "partially_shipped", 350, buyer="b1", paid_at=stamp(13), amounts={"total": 350}),
    erp("E1", 22, "shipped", 350, paid_at=stamp(13), ship_to=HIDDEN, buyer=None, amounts={"total": 350, "paid": 400}),
    erp_refund("E1", 100, "requested", 60),
    erp_refund("E1", 121, "succeeded", 60, closed_at=stamp(121)),
    # An older order of the same buyer that comes late and moves their first purchase.
    erp("E2", 1, "paid", 210, buyer="b1", placed_at=stamp(-240), paid_at=stamp(-240)),
    erp("E3", 2, "paid", 220, buyer="b2"),
    erp("E3", 30, "cancelled", 220, buyer="b2", cancelled_at=stamp(30)),
    erp("E4", 3, "paid", 230),  # a guest, until the platform tells who it was
    erp("E4", 5, "paid", 230, buyer="b3"),
    erp("E5", 4, "paid", 300, buyer="b3"),  # changes and changes back
    erp("E5", 6, "paid", 360, buyer="b3"),
    erp("E5", 8, "paid", 300, buyer="b3"),
    erp("E5", 9, "completed", 300, buyer="b3", placed_at=stamp(0), completed_at=stamp(9)),
    erp("E6", 3, "paid", 999, buyer="b2", test=True),
    erp("E7", 3, "paid", 999, buyer="b2", extra={"replaces": "E3"}),
    erp_refund("E8", 50, "succeeded", 70, closed_at=stamp(50)),  # of an order that nobody tells
    erp("E9", 26, "paid", 310, buyer="b2", placed_at=stamp(26), extra={"tax_platform": 10}),
    erp("E9", 27, "pending_payment", 310, buyer="b2", placed_at=stamp(50)),  # moves by a day, and was paid once
    shop(1001, 0, "orders/create", "20.00", financial_status="pending"),
    shop(1001, 1, "orders/paid", "20.00"),
    shop_parcel(1001, 2),
    shop(1001, 3, "orders/edited", "25.50"),
    shop_refund(1001, "pending", 48),
    shop_refund(1001, "success", 50),
    shop(1002, 30, "orders/paid", "7.00", created_at=stamp(30), processed_at=stamp(30)),
    shop(1003, 31, "orders/create", "9.00", financial_status="pending"),
    shop(1003, 60, "orders/cancelled", "9.00", financial_status="voided", cancelled_at=stamp(60)),
)
EVER_PAID = frozenset({"E1", "E2", "E3", "E4", "E5", "E6", "E7", "E9", "1001", "1002"})
DAYS = tuple(date(2026, 10, 20) + timedelta(days=count) for count in range(20))


def keys(deliveries: Iterable[Delivery] = DELIVERIES, merchant: str = "demo") -> list[OrderKey]:
    """The orders that these deliveries tell of."""
    return sorted({OrderKey(merchant, d.platform, d.account, d.order_id) for d in deliveries}, key=lambda key: key.order_id)


def deliver(stack: Stack, deliveries: Iterable[Delivery]) -> None:
    """Push each; every one must be acknowledged."""
    for number, each in enumerate(deliveries):
        headers = {"x-shopify-topic": each.topic, "x-shopify-webhook-id": f"w-{number}"} if each.topic else {}
        assert stack.push(each.platform, each.account, each.body, headers) == 200


@dataclass(frozen=True, slots=True)
class Told:
    """An order as it lies in the table, whole, with what it belongs to."""

    order: Order
    refunds: tuple[Refund, ...]
    member: str | None
    is_order: bool


def read_order(orders: OrderStore, vault: Vault, key: OrderKey) -> Told | None:
    """The order with its personal data opened; None when there is none."""
    stored = orders.read(key)
    if not stored.version:
        return None
    personal: Layers = {}
    if stored.personal is not None and stored.subject is not None:
        raw = msgspec.json.decode(vault.open(key.merchant, stored.subject, stored.personal, key.place))
        personal = {Clock(*clock): told for clock, told in raw}
    layers = unite(stored.layers, personal)
    return Told(view(key, layers), refunds(key, layers), stored.member, told_order(layers))


def read_orders(stack: Stack, deliveries: Iterable[Delivery] = DELIVERIES) -> dict[str, Told]:
    """All orders of these deliveries by id."""
    found = {key.order_id: read_order(stack.app.orders, stack.app.parts.vault, key) for key in keys(deliveries)}
    return {name: told for name, told in found.items() if told}


def expected(told: Iterable[Told]) -> dict[tuple[str, ...], Any]:
    """What the days come to, from the orders alone."""
    sums: dict[tuple[str, ...], dict[str, Any]] = {}
    buyers: dict[str, list[tuple[date, str, str]]] = {}
    for each in told:
        order = each.order
        when = order.paid_at or order.placed_at
        if when is None or not each.is_order or order.test or "replaces" in order.extra:
            continue
        cell = _cell(sums, order, ((order.placed_at or when) + SHANGHAI).date())
        cell["placed"] += 1
        cell["placed_gmv"] += order.amounts.total
        if order.order_id not in EVER_PAID or order.status == "cancelled":
            continue
        day = (when + SHANGHAI).date()
        _add_order(sums, order, day)
        back = 0
        for refund in each.refunds:
            if refund.status == "succeeded" and refund.amount:
                closed = (refund.closed_at + SHANGHAI).date() if refund.closed_at else day
                _add_refund(sums, order, closed, refund.amount)
                back += refund.amount
        if (order.amounts.refunded or 0) > back:
            _add_refund(sums, order, day, (order.amounts.refunded or 0) - back)
        if order.buyer.id is not None:
            buyers.setdefault(f"{order.platform}/{order.buyer.id}", []).append((day, order.platform, order.account))
    return {**sums, **_visits(buyers)}


def _cell(sums: dict[tuple[str, ...], dict[str, Any]], order: Order, day: date) -> dict[str, Any]:
    numbers = ("placed", "placed_gmv", "orders", "gmv", "tax", "refunds", "refund_count", "units")
    blank: dict[str, Any] = dict.fromkeys(numbers, 0) | {"products": {}}
    return sums.setdefault(("orders", day.isoformat(), order.platform, order.account, order.currency), blank)


def _add_order(sums: dict[tuple[str, ...], dict[str, Any]], order: Order, day: date) -> None:
    cell = _cell(sums, order, day)
    cell["orders"] += 1
    cell["gmv"] += order.amounts.total
    cell["tax"] += order.extra.get("tax_platform", 0)
    for line in order.lines:
        cell["units"] += line.quantity
        pieces, money = cell["products"].get(line.product_id, (0, 0))
        cell["products"][line.product_id] = (pieces + line.quantity, money + (line.total or 0))


def _add_refund(sums: dict[tuple[str, ...], dict[str, Any]], order: Order, day: date, amount: int) -> None:
    cell = _cell(sums, order, day)
    cell["refunds"] += amount
    cell["refund_count"] += 1


def _visits(buyers: Mapping[str, list[tuple[date, str, str]]]) -> dict[tuple[str, ...], Any]:
    days: dict[tuple[str, ...], list[int]] = {}
    for visits in buyers.values():
        first = min(day for day, _, _ in visits)
        for day, platform, account in set(visits):
            counts = days.setdefault(("people", day.isoformat(), platform, account), [0, 0])
            counts[0 if day == first else 1] += 1
    return {name: tuple(counts) for name, counts in days.items()}


def reckoned(reckoning: Reckoning, merchant: str = "demo", days: Sequence[date] = DAYS) -> dict[tuple[str, ...], Any]:
    """What the cells say, in the same words."""
    found: dict[tuple[str, ...], Any] = {}
    for day in days:
        for head in reckoning.day(merchant, day):
            cell = head.cell
            if cell.kind == "orders":
                for currency, sums in order_sums(head.summary or b"").items():
                    name = ("orders", day.isoformat(), cell.platform, cell.account, currency)
                    mine = {
                        "placed": sums.placed_orders,
                        "placed_gmv": sums.placed_gmv,
                        "orders": sums.orders,
                        "gmv": sums.gmv,
                        "tax": sums.tax_platform,
                        "refunds": sums.refunds,
                        "refund_count": sums.refund_count,
                        "units": sums.units,
                        "products": {key: (product.quantity, product.amount) for key, product in sums.products.items()},
                    }
                    found[name] = _plus(found[name], mine) if name in found else mine
            elif cell.kind == "people":
                counts = people(head.summary or b"")
                place = ("people", day.isoformat(), cell.platform, cell.account)
                new, returning = found.get(place, (0, 0))
                if (new + counts.new, returning + counts.returning) != (0, 0):
                    found[place] = (new + counts.new, returning + counts.returning)
    return found


def _plus(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both: dict[str, Any] = {name: one[name] + other[name] for name in one if name != "products"}
    products = dict(one["products"])
    for key, (pieces, money) in other["products"].items():
        held = products.get(key, (0, 0))
        products[key] = (held[0] + pieces, held[1] + money)
    return both | {"products": products}


def profiles(members: MemberStore, told: Iterable[Told], merchant: str = "demo") -> dict[str, Any]:
    """Each buyer's profile by platform and buyer id."""
    found: dict[str, Any] = {}
    for each in told:
        if each.member is not None and each.is_order:
            found[f"{each.order.platform}/{each.order.buyer.id}"] = members.profile(merchant, each.member).profile
    return found


def expected_profiles(told: Iterable[Told]) -> dict[str, tuple[int, date | None, date | None, dict[str, int]]]:
    """(orders, first day, last day, net) of each buyer, from the orders alone."""
    found: dict[str, tuple[int, date | None, date | None, dict[str, int]]] = {}
    for each in told:
        order = each.order
        if order.buyer.id is None or not each.is_order:
            continue
        name = f"{order.platform}/{order.buyer.id}"
        count, first, last, net = found.get(name, (0, None, None, {}))
        when = order.paid_at or order.placed_at
        if (
            when is not None
            and order.order_id in EVER_PAID
            and not order.test
            and order.status != "cancelled"
            and "replaces" not in order.extra
        ):
            day = (when + SHANGHAI).date()
            money = (order.amounts.total or 0) - (order.amounts.refunded or 0)
            count, first, last = count + 1, min(first or day, day), max(last or day, day)
            net = net | {order.currency: net.get(order.currency, 0) + money}
        found[name] = (count, first, last, net)
    return found


def expected_members(told: Iterable[Told]) -> dict[str, dict[Any, Any]]:
    """What each member's row must hold, from the orders alone: the net of each day by currency, and the platforms."""
    found: dict[str, dict[Any, Any]] = {}
    for each in told:
        order = each.order
        when = order.paid_at or order.placed_at
        unlike = order.test or order.status == "cancelled" or "replaces" in order.extra or order.order_id not in EVER_PAID
        if each.member is None or not each.is_order or when is None or unlike:
            continue
        row = found.setdefault(each.member, {"platforms": set()})
        day = ((when + SHANGHAI).date(), order.currency)
        row[day] = row.get(day, 0) + (order.amounts.total or 0) - (order.amounts.refunded or 0)
        row["platforms"].add(order.platform)
    return found


def members(cells: CellStore, merchant: str = "demo") -> dict[str, dict[Any, Any]]:
    """The rows of the member cells, in the same words. A member with two rows is none."""
    found: dict[str, dict[Any, Any]] = {}
    for head in cells.heads(merchant, NO_DAY):
        for member, raw in cells.named_rows(head.cell):
            row = purchases_in(raw)
            words: dict[Any, Any] = {(day, currency): net for currency, dated in row.net for day, net in dated}
            found[member] = {"twice": True} if member in found else words | {"platforms": set(row.platforms)}
    return found


def counted_members(reckoning: Reckoning, merchant: str = "demo") -> dict[str, Any]:
    """What the member cells' summaries say: how many members have which last day and frequency; (buyers, new) of each day."""
    found, history = reckoning.members(merchant), reckoning.history(merchant)
    return {
        "members": found.members,
        "days": found.histograms.days,
        "frequencies": found.histograms.frequencies,
        "bought": {date.fromordinal(day): (told[BUYERS], told[NEW]) for day, told in history.counts.items()},
    }


def expected_counts(rows: Iterable[Mapping[Any, Any]]) -> dict[str, Any]:
    """The same from what the rows must hold."""
    days = [{name[0] for name in row if name != "platforms"} for row in rows]
    firsts = Counter(min(each) for each in days)
    return {
        "members": len(days),
        "bought": {day: (buyers, firsts[day]) for day, buyers in Counter(day for each in days for day in each).items()},
        "days": dict(Counter(max(each).toordinal() for each in days)),
        "frequencies": dict(Counter(len(each) for each in days)),
    }


def require_exact(stack: Stack, deliveries: Sequence[Delivery] = DELIVERIES) -> dict[str, Told]:
    """Cells, people, profiles and member cells equal the recomputation; returns the orders."""
    told = read_orders(stack, deliveries)
    assert reckoned(stack.app.reckoning) == expected(told.values())
    found = profiles(stack.app.members, told.values())
    shown = {name: (p.orders, p.first_day, p.last_day, p.net) for name, p in found.items()}
    assert shown == expected_profiles(told.values())
    rows = expected_members(told.values())
    assert members(stack.app.cells) == rows
    assert counted_members(stack.app.reckoning) == expected_counts(rows.values())
    return told
