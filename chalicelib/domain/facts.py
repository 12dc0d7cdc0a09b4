"""Facts: small rows under the key of whoever reads them, and the sums of a cell recomputed from its rows.

An order's image gives one row in its day's cell (also when it does not count: then it is only listed), one row for each
succeeded refund on the refund's own day, and one row for its member. The rows carry no personal data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from chalicelib.domain.merge import Layers
from chalicelib.domain.metrics import MOST_DAYS, MOST_HOURS, UNWEIGHED, Basket, Item, People, Product, Sums, Trail
from chalicelib.domain.order import (
    Order,
    Refund,
    RefundState,
    RefundStatus,
    Shipment,
    Status,
    counts,
    local_day,
    order_day,
    purchase,
)
from chalicelib.domain.record import OrderKey, ever_earned, refunds, told_order, view

TITLE_LENGTH = 40  # a title is there to be recognised in a list; rows must stay small
EVER = datetime.min.replace(tzinfo=UTC)
HALF_KILO = 500  # grams

Row = Mapping[str, Any]


class Goods(Protocol):
    """What the product master says of an item, for sums that depend on it."""

    @property
    def fingerprint(self) -> str:
        """Changes when an answer could."""

    def category_of(self, item: str) -> str:
        """Its main category, "" when it has none or is not known."""

    def grams_of(self, item: str) -> int | None:
        """What one piece weighs, None when that is not known."""


class NoGoods:
    """No product master."""

    @property
    def fingerprint(self) -> str:
        """Always the same."""
        return ""

    def category_of(self, item: str) -> str:  # noqa: ARG002  # the Protocol's name
        """Of none."""
        return ""

    def grams_of(self, item: str) -> int | None:  # noqa: ARG002  # the Protocol's name
        """Not known."""
        return None


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A bounded set of rows with one summary. `kind`: orders or people."""

    merchant: str
    day: date
    kind: str
    platform: str
    account: str
    bucket: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a cell. `row` is unique in the cell; `doc` its compact content."""

    cell: Cell
    row: str
    doc: Row


@dataclass(frozen=True, slots=True)
class MemberOrder:
    """An order as its member's profile needs it. `member` is its buyer's subject; `identities` tell who else that person is."""

    member: str
    platform: str
    account: str
    order_id: str
    day: date
    counts: bool
    currency: str
    net: int
    identities: tuple[str, ...] = ()
    version: int = field(default=0, compare=False)  # as read; two rows that say the same are the same row


@dataclass(frozen=True, slots=True)
class Image:
    """A stored order as the stream shows it: its version, where its rows live, and its layers without personal data."""

    key: OrderKey
    version: int
    bucket: int
    member: str | None
    layers: Layers


def order_facts(image: Image, zone: ZoneInfo) -> list[Fact]:
    """The rows of an order's image. None for an order of which only refunds or parcels were told, or that has no date.

    An order that was placed on another day than the one it counts on has a second row, on that day.
    """
    if not told_order(image.layers):
        return []
    order = view(image.key, image.layers)
    day = order_day(order, zone)
    if day is None:
        return []
    counted = counts(order, ever_paid=ever_earned(image.layers))
    placed = local_day(order.placed_at, zone) if order.placed_at else day
    row = _order_row(order, counted)
    facts = [Fact(_cell(image, day), f"o#{order.order_id}", row)]
    if purchase(order):
        if placed == day:
            row["p"] = 1
        else:
            facts.append(Fact(_cell(image, placed), f"p#{order.order_id}", {"cur": order.currency, "t": row["t"], "p": 1}))
    if counted:
        facts += _refund_facts(image, order, day, zone)
    return facts


def member_order(image: Image, zone: ZoneInfo, identities: tuple[str, ...] = ()) -> MemberOrder | None:
    """The order as a row of its buyer; None without one, or where there are no order facts."""
    if image.member is None or not told_order(image.layers):
        return None
    order = view(image.key, image.layers)
    day = order_day(order, zone)
    if day is None:
        return None
    counted = counts(order, ever_paid=ever_earned(image.layers))
    net = _worth(order) or 0
    net -= order.amounts.refunded or 0
    shop = (order.platform, order.account, order.order_id)
    return MemberOrder(image.member, *shop, day, counted, order.currency, net, identities)


def sum_orders(rows: Iterable[Row], goods: Goods) -> dict[str, Sums]:
    """The sums of an orders cell by currency."""
    by_currency: dict[str, Sums] = {}
    for row in rows:
        sums = by_currency.setdefault(row["cur"], Sums())
        if "a" in row:
            sums.refunds += row["a"]
            sums.refund_count += 1
            sums.tax_platform -= row.get("x", 0)
            continue
        if "p" in row:
            sums.placed_orders += 1
            sums.placed_gmv += row["t"] or 0
        sums.unmapped += row.get("s") == Status.UNKNOWN
        if row.get("c"):
            _add_order(sums, row, goods)
    return {currency: sums for currency, sums in by_currency.items() if sums != Sums()}


def sum_people(rows: Iterable[Row]) -> People:
    """The people of a people cell: one row a member."""
    people = People()
    for row in rows:
        if row["new"]:
            people.new += 1
        else:
            people.returning += 1
    return people


def _add_order(sums: Sums, row: Row, goods: Goods) -> None:
    sums.orders += 1
    if row["t"] is None:
        sums.unpriced += 1
    else:
        sums.gmv += row["t"]
    tax, refunded = row.get("x", 0), row.get("r", 0)
    sums.tax_platform += tax
    sums.tax_own += tax - tax_in(refunded, tax, row["t"])
    seller, platform, shipping = row.get("d", (0, 0, 0))
    sums.discount_seller += seller
    sums.discount_platform += platform
    sums.shipping += shipping
    if refunded:
        sums.refunded_own += refunded
        sums.refunded_orders += 1
        sums.refunded_whole += row.get("f", 0)
    if not row["l"]:
        sums.lineless += 1
        sums.lineless_gmv += row["t"] or 0
    for product_id, title, quantity, amount, name in row["l"]:
        sums.products.setdefault(product_id, Product()).add(Product(title, quantity, amount, {name: Item(quantity, amount)}))
        sums.units += quantity
    for name in row.get("o", ()):
        trail = sums.trails.setdefault(name, Trail())
        trail.orders += 1
        trail.gmv += row["t"] or 0
    _add_way(sums, row, goods)
    _add_basket(sums, row, goods)


def _add_way(sums: Sums, row: Row, goods: Goods) -> None:
    """How it went to the buyer: when it left, in how many parcels, of which weight, by whom, how long they took."""
    if "h" not in row and not row.get("q") and row["s"] in (Status.PAID, Status.UNKNOWN):
        sums.waiting += 1
        return
    if "h" in row:
        sums.ship_hours[row["h"]] = sums.ship_hours.get(row["h"], 0) + 1
    parcels = row.get("q") or [["", None]]
    half_kilos = _half_kilos(row, goods, len(parcels))
    for carrier, days in parcels:
        weights = sums.parcels.setdefault(carrier, {}).setdefault(row.get("w", ""), {})
        weights[half_kilos] = weights.get(half_kilos, 0) + 1
        if days is not None:
            taken = sums.delivery_days.setdefault(carrier, {})
            taken[days] = taken.get(days, 0) + 1


def _half_kilos(row: Row, goods: Goods, parcels: int) -> int:
    """What each parcel weighs, were the pieces spread evenly over them."""
    grams = 0
    for *_, quantity, _, name in row["l"]:
        piece = goods.grams_of(name)
        if piece is None:
            return UNWEIGHED
        grams += piece * quantity
    return max(-(-grams // (HALF_KILO * parcels)), 1)


def _add_basket(sums: Sums, row: Row, goods: Goods) -> None:
    worth = row.get("g")
    if worth is None or worth <= 0 or not row["l"]:
        return
    dearest = max(row["l"], key=lambda line: (line[3], line[4]))
    baskets = sums.baskets.setdefault(goods.category_of(dearest[4]), {})
    basket = baskets.setdefault(low_edge(worth), Basket())
    basket.orders += 1
    basket.amount += worth
    basket.shipping += row.get("d", (0, 0, 0))[2]


def low_edge(worth: int) -> int:
    """Where a basket lies on a scale of 90 steps a decade: its value cut to two significant digits."""
    step: int = 10 ** max(len(str(worth)) - 2, 0)
    return worth // step * step


def _cell(image: Image, day: date) -> Cell:
    return Cell(image.key.merchant, day, "orders", image.key.platform, image.key.account, image.bucket)


def _worth(order: Order) -> int | None:
    return order.amounts.total if order.amounts.total is not None else order.amounts.paid


def _order_row(order: Order, counted: bool) -> dict[str, Any]:
    """Keys: c counts, cur currency, s status, t total, no order number, p placed that day. Of an order that counts also x tax that
    the platform remits, d discounts (seller, platform) and shipping, g goods after discounts, r refunded, f in full, h hours to
    the first parcel, q parcels, w region, o ways it came, l products. What would be 0 or empty is left out.
    """
    row: dict[str, Any] = {"c": int(counted), "cur": order.currency, "s": order.status, "t": _worth(order)}
    if order.order_no != order.order_id:
        row["no"] = order.order_no
    if not counted:
        return row
    amounts = order.amounts
    if tax := order.extra.get("tax_platform"):
        row["x"] = tax
    told = (amounts.discount_seller or 0, amounts.discount_platform or 0, amounts.shipping or 0)
    if any(told):
        row["d"] = told
    if amounts.items is not None and amounts.discount_seller is not None and amounts.discount_platform is not None:
        row["g"] = amounts.items - amounts.discount_seller - amounts.discount_platform
    if amounts.refunded:
        row["r"] = amounts.refunded
        if order.refund_status == RefundStatus.FULL:
            row["f"] = 1
    row |= _way(order)
    came = [f"{kind}:{name}"[:TITLE_LENGTH] for kind, name in _came_by(order) if name]
    if came:
        row["o"] = came
    row["l"] = _products(order)
    return row


def _products(order: Order) -> list[list[Any]]:
    """[product, title, pieces, money, item] by product and item."""
    products: dict[tuple[str, str], list[Any]] = {}
    for line in order.lines:
        product = line.product_id or line.sku or line.merchant_sku or line.line_id
        item = line.merchant_sku or line.sku or product
        entry = products.setdefault((product, item), [product, (line.title or "")[:TITLE_LENGTH], 0, 0, item])
        entry[2] += line.quantity
        entry[3] += line.total or 0
    return list(products.values())


def _way(order: Order) -> dict[str, Any]:
    left = min((at for at in (order.shipped_at, *(each.shipped_at for each in order.shipments)) if at), default=None)
    told: dict[str, Any] = {}
    released = order.paid_at or order.placed_at
    if left and released:
        told["h"] = min(max(_begun(left - released, timedelta(hours=1)), 0), MOST_HOURS)
    if order.shipments:
        told["q"] = [[(each.carrier or "")[:TITLE_LENGTH], _days_taken(order, each)] for each in order.shipments]
    if region := " ".join(filter(None, (order.ship_to.country, order.ship_to.province))):
        told["w"] = region[:TITLE_LENGTH]
    return told


def _days_taken(order: Order, parcel: Shipment) -> int | None:
    """Whole days begun on the way. Of an order of one parcel the order's own times stand in for the parcel's."""
    alone = len(order.shipments) == 1
    left = parcel.shipped_at or (order.shipped_at if alone else None)
    came = parcel.delivered_at or (order.delivered_at if alone else None)
    return min(_begun(came - left, timedelta(days=1)), MOST_DAYS) if left and came and came >= left else None


def _begun(taken: timedelta, unit: timedelta) -> int:
    return -(-taken // unit)


def _came_by(order: Order) -> tuple[tuple[str, str | None], ...]:
    return ("creator", order.attribution.creator), ("source", order.attribution.source)


def _refund_facts(image: Image, order: Order, day: date, zone: ZoneInfo) -> list[Fact]:
    """A refund lies on the day it was closed; what the order tells beyond its refunds, or undated, on the order's own day.

    With the tax in it that the platform remits for the order, and no longer does: the undated first, then by time.
    """
    told = [(refund.closed_at, refund.refund_id, refund.amount or 0) for refund in _succeeded(image, order)]
    left = (order.amounts.refunded or 0) - sum(amount for _, _, amount in told)
    if left > 0:
        told.append((None, "", left))
    told.sort(key=lambda each: (each[0] is not None, each[0] or EVER, each[1]))
    tax, worth, back, given = int(order.extra.get("tax_platform") or 0), _worth(order), 0, 0
    facts = []
    for closed_at, name, amount in told:
        row = {"cur": order.currency, "a": amount}
        back += amount
        if (share := tax_in(back, tax, worth) - given) != 0:
            row["x"] = share
            given += share
        closed = local_day(closed_at, zone) if closed_at else day
        facts.append(Fact(_cell(image, closed), f"r#{order.order_id}#{name}", row))
    return facts


def tax_in(refunded: int, tax: int, worth: int | None) -> int:
    """How much of what was refunded of an order is tax that the platform remits, and so takes back: its share, at the end all."""
    return (2 * tax * min(refunded, worth) + worth) // (2 * worth) if tax and worth and worth > 0 else 0


def _succeeded(image: Image, order: Order) -> list[Refund]:
    return [
        refund
        for refund in refunds(image.key, image.layers)
        if refund.status == RefundState.SUCCEEDED and refund.amount and refund.currency == order.currency
    ]
