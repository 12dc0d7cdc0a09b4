"""The canonical order, refund and what hangs on them. Shapes and counting rules: docs/canonical-model.md.

Ids are strings; times are aware datetimes in UTC (the platform's, never ours) or None; money is an integer in minor
units of the order's currency; unknown is None, never 0 or "".
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import msgspec


class Status(StrEnum):
    """An order's life. The order of definition is the rank that breaks ties between equal clocks."""

    UNKNOWN = "unknown"
    PENDING_PAYMENT = "pending_payment"
    PAID = "paid"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


STATUS_RANK: dict[str, int] = {status.value: rank for rank, status in enumerate(Status)}
_EARNED = frozenset({Status.PAID, Status.PARTIALLY_SHIPPED, Status.SHIPPED, Status.DELIVERED, Status.COMPLETED})


class RefundStatus(StrEnum):
    """How far an order or a line is refunded, independent of its life."""

    NONE = "none"
    REQUESTED = "requested"
    PARTIAL = "partial"
    FULL = "full"


class RefundKind(StrEnum):
    """What the buyer asked for. Exchange and repair have amount 0 and leave the order's refund status alone."""

    REFUND = "refund"
    RETURN = "return"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    COMPENSATION = "compensation"


class RefundState(StrEnum):
    """A refund's life; the order of definition is its rank."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    CLOSED = "closed"
    SUCCEEDED = "succeeded"


REFUND_RANK: dict[str, int] = {state.value: rank for rank, state in enumerate(RefundState)}


class Amounts(msgspec.Struct, frozen=True, gc=False):
    """Minor units of the order's currency. None: the platform does not tell; 0: it cannot have this part.

    `total = items - discount_seller - discount_platform + shipping + (0 if tax_included else tax) + other`.
    """

    items: int | None = None
    discount_seller: int | None = None
    discount_platform: int | None = None
    shipping: int | None = None
    tax: int | None = None
    other: int | None = None
    total: int | None = None
    paid: int | None = None
    refunded: int | None = None


AMOUNT_NAMES = ("items", "discount_seller", "discount_platform", "shipping", "tax", "other", "total", "paid", "refunded")


class Buyer(msgspec.Struct, frozen=True):
    """Who bought. A masked or encrypted value is None and named in `masked` or `encrypted`."""

    id: str | None = None
    nickname: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    masked: tuple[str, ...] = ()
    encrypted: tuple[str, ...] = ()


class ShipTo(msgspec.Struct, frozen=True):
    """Where it goes. `country` is ISO 3166-1 alpha-2, the rest as the platform writes it."""

    name: str | None = None
    phone: str | None = None
    country: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    address: str | None = None
    postcode: str | None = None
    masked: tuple[str, ...] = ()
    encrypted: tuple[str, ...] = ()


class Line(msgspec.Struct, frozen=True, gc=False):
    """One position as the buyer saw it. `total = unit_price * quantity - discount`."""

    line_id: str
    product_id: str | None
    sku: str | None
    merchant_sku: str | None
    title: str | None
    quantity: int
    unit_price: int | None
    discount: int | None
    total: int | None
    refund_status: str = RefundStatus.NONE


class Shipment(msgspec.Struct, frozen=True):
    """One parcel. `carrier` is the platform's name for it."""

    carrier: str | None
    tracking_no: str | None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None


class Attribution(msgspec.Struct, frozen=True):
    """What the platform tells of where the order came from."""

    source: str | None = None
    campaign: str | None = None
    coupons: tuple[str, ...] = ()
    creator: str | None = None


class Order(msgspec.Struct, frozen=True):
    """One order in one currency, as one platform tells it."""

    merchant: str
    platform: str
    account: str
    order_id: str
    order_no: str | None
    status: str
    platform_status: str | None
    refund_status: str
    test: bool
    currency: str
    tax_included: bool | None
    amounts: Amounts
    placed_at: datetime | None
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    updated_at: datetime | None
    buyer: Buyer = Buyer()
    ship_to: ShipTo = ShipTo()
    lines: tuple[Line, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    attribution: Attribution = Attribution()
    extra: dict[str, Any] = msgspec.field(default_factory=dict)


ORDER_TIMES = ("placed_at", "paid_at", "shipped_at", "delivered_at", "completed_at", "cancelled_at", "updated_at")


class RefundLine(msgspec.Struct, frozen=True, gc=False):
    """A part of a refund that the platform allots to one line of the order."""

    line_id: str
    quantity: int | None = None
    amount: int | None = None


class Refund(msgspec.Struct, frozen=True):
    """One refund, return, exchange, repair or compensation of one order."""

    merchant: str
    platform: str
    account: str
    refund_id: str
    order_id: str
    kind: str
    status: str
    platform_status: str | None
    amount: int | None
    currency: str | None
    reason: str | None
    lines: tuple[RefundLine, ...] = ()
    requested_at: datetime | None = None
    closed_at: datetime | None = None
    updated_at: datetime | None = None


def gap(amounts: Amounts, tax_included: bool | None) -> int | None:
    """What the stated total exceeds the sum of its parts by (minor units); None where a part is unknown.

    A connector puts a gap that is not 0 into `extra["amounts_gap"]`; it never bends a part to fit.
    """
    tax = 0 if tax_included else amounts.tax
    if (
        amounts.total is None
        or amounts.items is None
        or amounts.discount_seller is None
        or amounts.discount_platform is None
        or amounts.shipping is None
        or amounts.other is None
        or tax is None
        or tax_included is None
    ):
        return None
    parts = amounts.items - amounts.discount_seller - amounts.discount_platform + amounts.shipping + tax + amounts.other
    return amounts.total - parts


def refund_status(paid: int | None, refunded: int | None, open_refund: bool) -> RefundStatus:
    """The order's refund status from its amounts (minor units) and whether a refund is open."""
    if refunded and refunded > 0:
        return RefundStatus.FULL if paid is not None and refunded >= paid > 0 else RefundStatus.PARTIAL
    return RefundStatus.REQUESTED if open_refund else RefundStatus.NONE


def earned(status: str) -> bool:
    """Whether this status means paid for or later (cancelled and unknown do not)."""
    return status in _EARNED


def purchase(order: Order) -> bool:
    """Whether it is somebody's purchase from the shop: no test, no replacement, and none of the merchant's own."""
    return not order.test and "replaces" not in order.extra and order.extra.get("view") != "buyer"


def counts(order: Order, *, ever_paid: bool) -> bool:
    """Whether the order counts: a purchase that is not cancelled, and was ever paid."""
    return ever_paid and order.status != Status.CANCELLED and purchase(order)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The calendar day of an instant in the merchant's zone."""
    return at.astimezone(zone).date()


def order_day(order: Order, zone: ZoneInfo) -> date | None:
    """The day an order counts on: that of `paid_at`, else `placed_at`, in the merchant's zone."""
    at = order.paid_at or order.placed_at
    return local_day(at, zone) if at else None
