"""Thirty days of a shop as they come in: late, twice, out of order, edited, refunded, cancelled later, paid the day after.

And what the days must come to, reckoned from the canonical orders by the definitions of docs/metrics.md and of `Sums` alone. It
shares no code with facts, cells or sums.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import floor
from typing import Any

from chalicelib.domain.order import Order
from chalicelib.domain.products import ProductInfo
from tests.functional.exactness.world import Delivery, Told

BEGIN = datetime(2026, 10, 1, 16, 0, tzinfo=UTC)  # midnight in Shanghai of the 2nd
SHANGHAI = timedelta(hours=8)
CARRIERS = ("SF", "中通", "EMS", None)
PLACES: tuple[dict[str, str], ...] = (
    {"country": "CN", "province": "浙江"},
    {"country": "CN", "province": "新疆维吾尔自治区"},
    {"country": "US"},
    {},
)
SHELF: tuple[tuple[str | None, str | None, str | None, str | None, int], ...] = (
    # sku, merchant's sku, product, title, price
    ("s-tea", "TEA-1", "p-tea", "Tea", 12_900),
    ("s-pot", "POT-1", "p-pot", "A teapot with a title that is much longer than any list has room for", 25_500),
    ("s-cup", None, "p-cup", "Cup", 1_950),
    (None, None, "p-tray", "Tray", 8_000),
    (None, "POT-2", "p-pot", "A teapot", 31_000),
    ("s-gift", "GIFT", None, None, 0),
)
MASTER = (
    ProductInfo("TEA-1", category=("茶", "绿茶"), weight_grams=480),
    ProductInfo("POT-1", category=("器",), weight_grams=1_250),
    ProductInfo("s-cup", category=("器",), weight_grams=210),
    ProductInfo("GIFT", weight_grams=90),
)


@dataclass
class Month:
    """Deliveries by the day they come in, the orders they tell of, and which of these were ever paid for or later."""

    arrivals: dict[int, list[Delivery]] = field(default_factory=dict)
    orders: set[str] = field(default_factory=set)
    ever_paid: set[str] = field(default_factory=set)
    tellings: int = 0


def month(seed: int, days: int, a_day: int) -> Month:
    """`days` days of `a_day` orders."""
    dice, found = random.Random(seed), Month()
    for number in range(days * a_day):
        at = BEGIN + timedelta(days=number // a_day, minutes=dice.randrange(24 * 60))
        _Life(f"M{number:04}", at, dice, found).live()
    for arrivals in found.arrivals.values():
        dice.shuffle(arrivals)  # out of order
    return found


class _Life:
    """One order, told several times, each time as it then was."""

    def __init__(self, order_id: str, at: datetime, dice: random.Random, into: Month) -> None:
        self.order_id, self.at, self.dice, self.into = order_id, at, dice, into
        self.body: dict[str, Any] = {}
        into.orders.add(order_id)

    def live(self) -> None:
        """From placing to whatever becomes of it."""
        dice = self.dice
        self._place()
        if dice.random() < 0.12:
            return None  # nobody pays
        self._wait(dice.choice((0, 1, 30, 60 * 14)))
        if dice.random() < 0.8:
            self.body["paid_at"] = _text(self.at)
        self.body["amounts"] |= {"paid": self.body["amounts"].get("total")}
        self._tell("paid")
        if dice.random() < 0.1:
            self._wait(60 * 20)
            return self._cancel()
        if dice.random() < 0.2:
            self._edit()
        if dice.random() < 0.85:
            self._ship()
        if dice.random() < 0.3:
            self._refund()
        if dice.random() < 0.06:
            self._wait(60 * 24 * dice.randrange(1, 9))
            return self._cancel()
        if dice.random() < 0.05:
            self._wait(90)
            self._tell("unknown")
        return None

    def _place(self) -> None:
        dice = self.dice
        currency = dice.choice(("CNY",) * 5 + ("USD",))
        self.body = {
            "order_id": self.order_id,
            "order_no": f"no-{self.order_id}",
            "currency": currency,
            "tax_included": True,
            "test": dice.random() < 0.04,
            "placed_at": _text(self.at),
            "buyer": {"id": f"b{dice.randrange(60)}"} if dice.random() < 0.9 else {},
            "ship_to": dict(dice.choice(PLACES)),
            "attribution": {
                "source": dice.choice((None, "live", "search", "a source whose name is longer than forty characters are")),
                "creator": dice.choice((None, None, "kol-7", "kol-8")),
            },
            "extra": {"replaces": "M0000"} if dice.random() < 0.03 else {"tax_platform": 77} if dice.random() < 0.1 else {},
        }
        self._price()
        self._tell(dice.choice(("pending_payment", "pending_payment", "paid")))

    def _price(self) -> None:
        """Lines and what they come to; some platforms tell no discounts, a few no total."""
        dice = self.dice
        lines: list[dict[str, Any]] = []
        for number in range(dice.randrange(1, 4)):
            sku, own, product, title, price = dice.choice(SHELF)
            quantity = dice.randrange(1, 4)
            lines.append(
                {
                    "line_id": str(number),
                    "product_id": product,
                    "sku": sku,
                    "merchant_sku": own,
                    "title": title,
                    "quantity": quantity,
                    "unit_price": price,
                    "total": price * quantity,
                }
            )
        items = sum(line["total"] for line in lines)
        seller, platform = dice.choice((0, 500, items // 7)), dice.choice((0, 0, 300))
        shipping = dice.choice((0, 1_000))
        amounts = {"items": items, "discount_seller": seller, "discount_platform": platform, "shipping": shipping}
        amounts["total"] = items - seller - platform + shipping
        for unknown, share in (("discount_platform", 0.1), ("items", 0.05), ("total", 0.03)):
            if dice.random() < share:
                del amounts[unknown]
        self.body["lines"] = [] if dice.random() < 0.04 else lines
        self.body["amounts"] = amounts

    def _edit(self) -> None:
        self._wait(self.dice.randrange(60 * 30))
        paid = self.body["amounts"].get("paid")
        self._price()
        self.body["amounts"] |= {"paid": paid}
        self._tell("paid")

    def _ship(self) -> None:
        dice = self.dice
        self._wait(dice.randrange(10, 60 * 24 * 4))
        if dice.random() < 0.15:
            self.body["shipped_at"] = _text(self.at)  # when, but not by whom
            return self._tell("shipped")
        parcels: list[dict[str, Any]] = [
            {"carrier": dice.choice(CARRIERS), "tracking_no": f"{self.order_id}-{number}"}
            | ({"shipped_at": _text(self.at)} if dice.random() < 0.8 else {})
            for number in range(dice.choice((1, 1, 1, 2, 3)))
        ]
        self.body["shipments"] = parcels
        if dice.random() < 0.3:
            self.body["shipped_at"] = _text(self.at)
        self._tell("shipped")
        if dice.random() < 0.7:
            self._wait(dice.randrange(60, 60 * 24 * 9))
            for parcel in parcels:
                if dice.random() < 0.9:
                    parcel["delivered_at"] = _text(self.at)
            if dice.random() < 0.3:
                self.body["delivered_at"] = _text(self.at)
            self._tell("delivered")
        return None

    def _refund(self) -> None:
        dice = self.dice
        paid = self.body["amounts"].get("total") or 5_000
        for number in range(dice.choice((1, 1, 2))):
            self._wait(dice.randrange(60, 60 * 24 * 6))
            told = {
                "refund_id": f"r-{self.order_id}-{number}",
                "order_id": self.order_id,
                "amount": dice.choice((paid, paid // 2, 700)),
                "currency": dice.choice((self.body["currency"],) * 9 + ("EUR",)),
                "requested_at": _text(self.at),
            }
            self._refund_is(told, "requested")
            self._wait(dice.randrange(60, 60 * 24 * 4))
            ends = dice.choice(("succeeded", "succeeded", "succeeded", "rejected"))
            if ends == "succeeded" and dice.random() < 0.8:
                told["closed_at"] = _text(self.at)
            self._refund_is(told, ends)
        if dice.random() < 0.3:  # the order says that more went back than its refunds do
            self.body["amounts"] |= {"refunded": paid}
            self._tell("completed")

    def _cancel(self) -> None:
        self.body["cancelled_at"] = _text(self.at)
        self._tell("cancelled")

    def _wait(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes + 1)

    def _refund_is(self, told: dict[str, Any], status: str) -> None:
        self._arrive({"type": "refund", "data": told | {"status": status, "updated_at": _text(self.at)}})

    def _tell(self, status: str) -> None:
        if status not in ("pending_payment", "cancelled", "unknown"):
            self.into.ever_paid.add(self.order_id)
        self._arrive(self.body | {"status": status, "platform_status": status, "updated_at": _text(self.at)})

    def _arrive(self, told: dict[str, Any]) -> None:
        dice, day = self.dice, (self.at - BEGIN).days
        delivery = Delivery("generic", "erp", None, json.dumps(told).encode())
        late = dice.choice((0,) * 8 + (1, 2, 6))
        for again in (0,) if dice.random() < 0.8 else (0, dice.randrange(4)):
            self.into.arrivals.setdefault(day + late + again, []).append(delivery)
            self.into.tellings += 1


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


# --- what the days must come to ---------------------------------------------------------------------------------------------

Cell = tuple[date, str, str, str]
Plain = dict[str, Any]
NUMBERS = (
    *("orders", "gmv", "tax_platform", "refunds", "refund_count", "units", "unpriced", "unmapped", "placed_orders", "placed_gmv"),
    *("discount_seller", "discount_platform", "shipping", "refunded_own", "refunded_orders", "refunded_whole", "waiting"),
    *("lineless", "lineless_gmv", "tax_own"),
)
TABLES = ("products", "ship_hours", "delivery_days", "parcels", "trails", "baskets")


def blank() -> Plain:
    """A cell's sums before anything is in them, in plain words."""
    return dict.fromkeys(NUMBERS, 0) | {name: {} for name in TABLES}


class Recomputed(dict[Cell, Plain]):
    """Sums by day, platform, account and currency."""

    def __init__(self, told: Iterable[Told], ever_paid: set[str], master: Iterable[ProductInfo] = ()) -> None:
        super().__init__()
        self._paid = ever_paid
        self._about = {info.sku: info for info in master}
        for each in told:
            if each.is_order:
                self._order(each)
        for cell in [cell for cell, sums in self.items() if sums == blank()]:
            del self[cell]

    def _at(self, day: date, order: Order) -> Plain:
        return self.setdefault((day, order.platform, order.account, order.currency), blank())

    def _order(self, told: Told) -> None:
        order = told.order
        at = order.paid_at or order.placed_at
        if at is None:
            return
        day = (at + SHANGHAI).date()
        theirs = order.amounts.paid if order.amounts.total is None else order.amounts.total
        sold = not order.test and "replaces" not in order.extra and order.extra.get("view") != "buyer"
        if sold:
            placed = self._at(((order.placed_at or at) + SHANGHAI).date(), order)
            placed["placed_orders"] += 1
            placed["placed_gmv"] += theirs or 0
        self._at(day, order)["unmapped"] += order.status == "unknown"
        if not sold or order.status == "cancelled" or order.order_id not in self._paid:
            return
        self._counted(self._at(day, order), order, theirs)
        taxed = Fraction(order.extra.get("tax_platform") or 0, theirs) if theirs else Fraction(0)
        back = 0
        for closed, amount in sorted(_went_back(told, day), key=lambda each: each[0]):
            then = self._at(closed, order)
            then["refunds"] += amount
            then["refund_count"] += 1
            before, back = back, back + amount
            then["tax_platform"] -= _nearest(taxed * min(back, theirs or 0)) - _nearest(taxed * min(before, theirs or 0))
        self._at(day, order)["tax_own"] += (order.extra.get("tax_platform") or 0) - _nearest(
            taxed * min(order.amounts.refunded or 0, theirs or 0)
        )

    def _counted(self, sums: Plain, order: Order, theirs: int | None) -> None:
        amounts = order.amounts
        back = amounts.refunded or 0
        for name, value in (
            ("orders", 1),
            ("gmv", theirs),
            ("unpriced", theirs is None),
            ("tax_platform", order.extra.get("tax_platform")),
            ("discount_seller", amounts.discount_seller),
            ("discount_platform", amounts.discount_platform),
            ("shipping", amounts.shipping),
            ("units", sum(line.quantity for line in order.lines)),
            ("lineless", not order.lines),
            ("lineless_gmv", None if order.lines else theirs),
            ("refunded_own", back),
            ("refunded_orders", back != 0),
            ("refunded_whole", back != 0 and amounts.paid is not None and back >= amounts.paid > 0),
        ):
            sums[name] += int(value or 0)
        self._products(sums, order)
        self._trails(sums, order, theirs or 0)
        self._way(sums, order)
        self._basket(sums, order)

    def _products(self, sums: Plain, order: Order) -> None:
        titled: dict[tuple[str, str], str] = {}
        for line in order.lines:
            product, item = _names(line)
            entry = sums["products"].setdefault(product, {"title": "", "quantity": 0, "amount": 0, "items": {}})
            mine = entry["items"].setdefault(item, {"quantity": 0, "amount": 0})
            for each in (entry, mine):
                each["quantity"] += line.quantity
                each["amount"] += line.total or 0
            titled.setdefault((product, item), (line.title or "")[:40])
        for (product, _), title in titled.items():
            sums["products"][product]["title"] = max(sums["products"][product]["title"], title)

    @staticmethod
    def _trails(sums: Plain, order: Order, theirs: int) -> None:
        for kind in ("creator", "source"):
            if name := getattr(order.attribution, kind):
                trail = sums["trails"].setdefault(f"{kind}:{name}"[:40], {"orders": 0, "gmv": 0})
                trail["orders"] += 1
                trail["gmv"] += theirs

    def _way(self, sums: Plain, order: Order) -> None:
        began = order.paid_at or order.placed_at
        times = [order.shipped_at, *(parcel.shipped_at for parcel in order.shipments)]
        left = min((at for at in times if at), default=None)
        if left is None and not order.shipments and order.status in ("paid", "unknown"):
            sums["waiting"] += 1
            return
        if left is not None and began is not None:
            hours = min(max(math.ceil((left - began) / timedelta(hours=1)), 0), 241)
            sums["ship_hours"][hours] = sums["ship_hours"].get(hours, 0) + 1
        region = f"{order.ship_to.country or ''} {order.ship_to.province or ''}".strip()[:40]
        weight = self._half_kilos(order)
        for carrier, days in _parcels(order):
            weights = sums["parcels"].setdefault(carrier, {}).setdefault(region, {})
            weights[weight] = weights.get(weight, 0) + 1
            if days is not None:
                taken = sums["delivery_days"].setdefault(carrier, {})
                taken[days] = taken.get(days, 0) + 1

    def _half_kilos(self, order: Order) -> int:
        grams = 0
        for line in order.lines:
            info = self._about.get(_names(line)[1])
            if info is None or info.weight_grams is None:
                return -1
            grams += info.weight_grams * line.quantity
        return max(math.ceil(grams / (500 * max(len(order.shipments), 1))), 1)

    def _basket(self, sums: Plain, order: Order) -> None:
        amounts = order.amounts
        if amounts.items is None or amounts.discount_seller is None or amounts.discount_platform is None or not order.lines:
            return
        goods = amounts.items - amounts.discount_seller - amounts.discount_platform
        if goods <= 0:
            return
        each: dict[tuple[str, str], int] = {}
        for line in order.lines:
            each[_names(line)] = each.get(_names(line), 0) + (line.total or 0)
        _, item = max((money, name) for (_, name), money in each.items())
        info = self._about.get(item)
        digits = str(goods)
        edge = int(digits[:2].ljust(len(digits), "0"))
        category = info.category[0] if info and info.category else ""
        basket = sums["baskets"].setdefault(category, {}).setdefault(edge, {"orders": 0, "amount": 0, "shipping": 0})
        basket["orders"] += 1
        basket["amount"] += goods
        basket["shipping"] += amounts.shipping or 0


def _names(line: Any) -> tuple[str, str]:
    product = line.product_id or line.sku or line.merchant_sku or line.line_id
    return product, line.merchant_sku or line.sku or product


def _parcels(order: Order) -> Iterator[tuple[str, int | None]]:
    """Carrier, and days on the way where both ends are known."""
    if not order.shipments:
        yield "", None
    for parcel in order.shipments:
        left, came = parcel.shipped_at, parcel.delivered_at
        if len(order.shipments) == 1:
            left, came = left or order.shipped_at, came or order.delivered_at
        known = left is not None and came is not None and came >= left
        days = min(math.ceil((came - left) / timedelta(days=1)), 60) if known and left and came else None
        yield (parcel.carrier or "")[:40], days


def _nearest(exact: Fraction) -> int:
    return floor(exact + Fraction(1, 2))


def _went_back(told: Told, day: date) -> Iterator[tuple[date, int]]:
    """Each refund on the day it was closed; undated ones, and what the order tells beyond them, on the order's."""
    listed = 0
    for refund in told.refunds:
        if refund.status == "succeeded" and refund.amount and refund.currency == told.order.currency:
            listed += refund.amount
            yield ((refund.closed_at + SHANGHAI).date() if refund.closed_at else day), refund.amount
    if (told.order.amounts.refunded or 0) > listed:
        yield day, (told.order.amounts.refunded or 0) - listed
