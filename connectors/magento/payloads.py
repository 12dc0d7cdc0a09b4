"""Shapes of Magento's REST objects and of Adobe's events: only what is read. Amounts are JSON numbers, in events also text.

Times are UTC without saying so. What begins with `base_` is the shop's own currency and is left alone.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

Id = int | str | None
Number = int | Decimal | None
ABSENT = msgspec.Raw()


class Shape(msgspec.Struct, gc=False):
    """Base of all shapes; unknown fields are skipped."""


class Item(Shape):
    """A row of an order. A configurable product or a bundle is followed by rows of what it is made of."""

    item_id: Id = None
    parent_item_id: Id = None
    product_id: Id = None
    product_type: str | None = None
    sku: str | None = None
    name: str | None = None
    qty_ordered: Number = None
    qty_shipped: Number = None
    qty_refunded: Number = None
    qty_canceled: Number = None
    price: Number = None
    row_total: Number = None
    discount_amount: Number = None


class Address(Shape):
    """An address. `street` is a list of lines, in events one text."""

    address_type: str | None = None
    firstname: str | None = None
    lastname: str | None = None
    street: list[str] | str | None = None
    city: str | None = None
    region: str | None = None
    postcode: str | None = None
    country_id: str | None = None
    telephone: str | None = None
    email: str | None = None


class Shipping(Shape):
    """Where an assignment goes."""

    address: Address | None = None


class Assignment(Shape):
    """What is sent where."""

    shipping: Shipping | None = None


class Extension(Shape):
    """Attributes beside the order's own; the last two of Adobe Commerce alone."""

    shipping_assignments: list[Assignment] | None = None
    gift_cards_amount: Number = None
    customer_balance_amount: Number = None


class Payment(Shape):
    """How the order is paid."""

    method: str | None = None


class OrderBody(Shape):
    """An order, as REST tells it, or as many of its fields as an event was subscribed with."""

    entity_id: Id = None
    increment_id: Id = None
    state: str | None = None
    status: str | None = None
    hold_before_state: str | None = None
    order_currency_code: str | None = None
    base_currency_code: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    subtotal: Number = None
    discount_amount: Number = None
    shipping_amount: Number = None
    shipping_discount_amount: Number = None
    tax_amount: Number = None
    discount_tax_compensation_amount: Number = None
    shipping_discount_tax_compensation_amount: Number = None
    grand_total: Number = None
    total_paid: Number = None
    total_due: Number = None
    total_refunded: Number = None
    gift_cards_amount: Number = None
    customer_balance_amount: Number = None
    coupon_code: str | None = None
    customer_id: Id = None
    customer_email: str | None = None
    customer_firstname: str | None = None
    customer_lastname: str | None = None
    items: list[Item] | None = None
    billing_address: Address | None = None
    addresses: list[Address] | None = None
    payment: Payment | None = None
    extension_attributes: Extension | None = None


class MemoItem(Shape):
    """A row of a credit memo."""

    order_item_id: Id = None
    qty: Number = None
    row_total: Number = None
    tax_amount: Number = None
    discount_amount: Number = None
    discount_tax_compensation_amount: Number = None


class Memo(Shape):
    """A credit memo: what was paid back."""

    entity_id: Id = None
    order_id: Id = None
    state: Id = None
    grand_total: Number = None
    order_currency_code: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    items: list[MemoItem] | None = None


class Track(Shape):
    """A parcel's number."""

    track_number: str | None = None
    title: str | None = None
    carrier_code: str | None = None


class Shipment(Shape):
    """A shipment with its parcels."""

    created_at: datetime | None = None
    tracks: list[Track] | None = None


class Invoice(Shape):
    """An invoice; its day is that of the payment."""

    created_at: datetime | None = None


class Memos(Shape):
    """A list of credit memos."""

    items: list[Memo] | None = None
    total_count: int | None = None


class Rows(Shape):
    """A list of anything, as it came."""

    items: list[msgspec.Raw] | None = None
    total_count: int | None = None


class EventData(Shape):
    """What an event is about."""

    key: str | None = None
    value: msgspec.Raw = ABSENT


class CloudEvent(Shape):
    """An Adobe I/O event."""

    type: str | None = None
    event_id: str | None = None
    id: str | None = None
    time: str | None = None
    source: str | None = None
    recipient_client_id: str | None = None
    recipientclientid: str | None = None
    data: EventData | None = None


class Ids(Shape):
    """The numbers by which an event's value names an order."""

    entity_id: Id = None
    order_id: Id = None


class Hook(Shape):
    """A Commerce webhook, whose body the merchant chooses; an order in it stands under `order`, or is the body."""

    order: Ids | None = None
    entity_id: Id = None


class Top(OrderBody):
    """A bare order, a list of orders' answer, a document of ours, or an event."""

    order: OrderBody | None = None
    creditmemos: list[Memo] | None = None
    shipments: list[Shipment] | None = None
    invoices: list[Invoice] | None = None
    total_count: int | None = None
    type: str | None = None
    time: str | None = None
    data: EventData | None = None


class OrderList(Shape):
    """The answer of an order search."""

    items: list[OrderBody] | None = None


class Count(Shape):
    """Tells a list from a single thing."""

    total_count: int | None = None
