"""Shapes of WooCommerce's REST objects, which webhooks carry byte for byte: only the fields that are read.

Amounts are decimal text in the order's currency, without tax. Times of the `_gmt` fields are UTC without saying so.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

Id = int | str
Amount = str | int

# The value of a field that is only looked at, not read; a union with None would not take objects.
ABSENT = msgspec.Raw()


class Shape(msgspec.Struct, gc=False):
    """Base of all shapes; unknown fields are skipped."""


class Meta(Shape):
    """A note that the shop or a plugin left; its value may be of any type."""

    key: str | None = None
    value: msgspec.Raw = ABSENT


class LineItem(Shape):
    """A line. `subtotal` before, `total` after discounts, both for all pieces."""

    id: Id
    name: str | None = None
    product_id: Id | None = None
    variation_id: Id | None = None
    sku: str | None = None
    quantity: int | Decimal = 1
    subtotal: Amount | None = None
    total: Amount | None = None
    total_tax: Amount | None = None


class RefundItem(Shape):
    """A line of a refund: quantity and amounts are negative, a note tells which line it takes back."""

    quantity: int | Decimal = 1
    total: Amount | None = None
    total_tax: Amount | None = None
    meta_data: list[Meta] | None = None


class Fee(Shape):
    """A named charge; negative where a plugin gives something off."""

    total: Amount | None = None


class Coupon(Shape):
    """A coupon as entered."""

    code: str | None = None


class Person(Shape):
    """A billing or shipping address."""

    first_name: str | None = None
    last_name: str | None = None
    address_1: str | None = None
    address_2: str | None = None
    city: str | None = None
    state: str | None = None
    postcode: str | None = None
    country: str | None = None
    email: str | None = None
    phone: str | None = None


class Link(Shape):
    """A link to another resource."""

    href: str | None = None


class Links(Shape):
    """Links of a refund; `up` is its order."""

    up: list[Link] | None = None


class RefundBody(Shape):
    """A refund: of its own, with `amount` and lines; or as its order tells it, with a negative `total` alone."""

    id: Id
    reason: str | None = None
    total: Amount | None = None
    amount: Amount | None = None
    parent_id: Id | None = None
    date_created_gmt: datetime | None = None
    line_items: list[RefundItem] | None = None
    links: Links | None = msgspec.field(name="_links", default=None)


class OrderBody(Shape):
    """An order. `id`, `status` and `currency` are required when it is mapped."""

    id: Id | None = None
    number: str | None = None
    status: str | None = None
    currency: str | None = None
    date_created_gmt: datetime | None = None
    date_modified_gmt: datetime | None = None
    date_paid_gmt: datetime | None = None
    date_completed_gmt: datetime | None = None
    discount_total: Amount | None = None
    shipping_total: Amount | None = None
    total: Amount | None = None
    total_tax: Amount | None = None
    customer_id: Id | None = None
    billing: Person | None = None
    shipping: Person | None = None
    payment_method: str | None = None
    meta_data: list[Meta] | None = None
    line_items: list[LineItem] | None = None
    fee_lines: list[Fee] | None = None
    coupon_lines: list[Coupon] | None = None
    refunds: list[RefundBody] | None = None
    code: str | None = None


class OrderTop(OrderBody):
    """A bare order, or a document of ours: `{"order": ..., "refunds": [...]}` with the refunds as read one by one."""

    order: OrderBody | None = None


class ReviewBody(Shape):
    """A product review. `rating` 0: none was given."""

    id: Id
    product_id: Id | None = None
    status: str | None = None
    reviewer: str | None = None
    reviewer_email: str | None = None
    review: str | None = None
    rating: int | None = None
    date_created_gmt: datetime | None = None


class Tracking(Shape):
    """A parcel as the Shipment Tracking plugin notes it; `date_shipped` in Unix seconds."""

    tracking_provider: str | None = None
    custom_tracking_provider: str | None = None
    tracking_number: str | None = None
    date_shipped: Id | None = None


class Peek(Shape):
    """What tells an event's resource and whether the body holds all of it."""

    id: Id | None = None
    code: str | None = None
    line_items: msgspec.Raw = ABSENT
    review: msgspec.Raw = ABSENT
    refunds: list[msgspec.Raw] | None = None
    date_modified_gmt: datetime | None = None
    date_created_gmt: datetime | None = None


class Said(Shape):
    """What WordPress answers to a comment, or says of an error."""

    id: Id | None = None
    code: Id | None = None
