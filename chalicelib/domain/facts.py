"""Facts: small rows under the key of whoever reads them, and the sums of a cell recomputed from its rows.

An order's image gives one row in its day's cell (also when it does not count: then it is only listed), one row for each
succeeded refund on the refund's own day, and one row for its member. The rows carry no personal data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.domain.merge import Layers
from chalicelib.domain.metrics import People, Product, Sums
from chalicelib.domain.order import Order, Refund, RefundState, Status, counts, local_day, order_day
from chalicelib.domain.record import OrderKey, ever_earned, refunds, told_order, view

TITLE_LENGTH = 40  # a title is there to be recognised in a list; rows must stay small

Row = Mapping[str, Any]


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
    """The rows of an order's image. None for an order of which only refunds or parcels were told, or that has no date."""
    if not told_order(image.layers):
        return []
    order = view(image.key, image.layers)
    day = order_day(order, zone)
    if day is None:
        return []
    counted = counts(order, ever_paid=ever_earned(image.layers))
    facts = [Fact(_cell(image, day), f"o#{order.order_id}", _order_row(order, counted))]
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


def sum_orders(rows: Iterable[Row]) -> dict[str, Sums]:
    """The sums of an orders cell by currency."""
    by_currency: dict[str, Sums] = {}
    for row in rows:
        sums = by_currency.setdefault(row["cur"], Sums())
        if "a" in row:
            sums.refunds += row["a"]
            sums.refund_count += 1
            continue
        sums.unmapped += row["s"] == Status.UNKNOWN
        if row["c"]:
            _add_order(sums, row)
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


def _add_order(sums: Sums, row: Row) -> None:
    sums.orders += 1
    if row["t"] is None:
        sums.unpriced += 1
    else:
        sums.gmv += row["t"]
    sums.tax_platform += row.get("x", 0)
    for product_id, title, quantity, amount in row["l"]:
        product = sums.products.setdefault(product_id, Product())
        product.title = max(product.title, title)
        product.quantity += quantity
        product.amount += amount
        sums.units += quantity


def _cell(image: Image, day: date) -> Cell:
    return Cell(image.key.merchant, day, "orders", image.key.platform, image.key.account, image.bucket)


def _worth(order: Order) -> int | None:
    return order.amounts.total if order.amounts.total is not None else order.amounts.paid


def _order_row(order: Order, counted: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"c": int(counted), "cur": order.currency, "s": order.status, "t": _worth(order)}
    if order.order_no != order.order_id:
        row["no"] = order.order_no
    if not counted:
        return row
    if tax := order.extra.get("tax_platform"):
        row["x"] = tax
    products: dict[str, list[Any]] = {}
    for line in order.lines:
        key = line.product_id or line.sku or line.merchant_sku or line.line_id
        entry = products.setdefault(key, [key, (line.title or "")[:TITLE_LENGTH], 0, 0])
        entry[2] += line.quantity
        entry[3] += line.total or 0
    row["l"] = list(products.values())
    return row


def _refund_facts(image: Image, order: Order, day: date, zone: ZoneInfo) -> list[Fact]:
    """A refund lies on the day it was closed; what the order tells beyond its refunds, or undated, on the order's own day."""
    facts = []
    left = order.amounts.refunded or 0
    for refund in _succeeded(image, order):
        closed = local_day(refund.closed_at, zone) if refund.closed_at else day
        amount = refund.amount or 0
        left -= amount
        facts.append(Fact(_cell(image, closed), f"r#{order.order_id}#{refund.refund_id}", {"cur": order.currency, "a": amount}))
    if left > 0:
        facts.append(Fact(_cell(image, day), f"r#{order.order_id}#", {"cur": order.currency, "a": left}))
    return facts


def _succeeded(image: Image, order: Order) -> list[Refund]:
    return [
        refund
        for refund in refunds(image.key, image.layers)
        if refund.status == RefundState.SUCCEEDED and refund.amount and refund.currency == order.currency
    ]
