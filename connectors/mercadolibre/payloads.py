"""Shapes of Mercado Libre's payloads, only the fields that are read. Money is a JSON number in major units."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar

import msgspec

T = TypeVar("T")
Id = int | str | None
Amount = int | Decimal | None  # a whole number is decoded to int, at a third of the cost


class Notification(msgspec.Struct, gc=False):
    """A push: which resource of which seller changed. Nothing in it is believed."""

    resource: str
    topic: str
    user_id: int | str
    application_id: Id = None
    id: Id = msgspec.field(name="_id", default=None)
    sent: str | None = None


class Item(msgspec.Struct, gc=False):
    """The listing that a line sells."""

    id: Id = None
    title: str | None = None
    variation_id: Id = None
    seller_sku: str | None = None
    seller_custom_field: str | None = None


class DiscountAmounts(msgspec.Struct, gc=False):
    """A discount and the seller's share of it; per unit in `full`, for all units in `total`."""

    full: Amount = None
    total: Amount = None
    seller: Amount = None


class LineDiscount(msgspec.Struct, gc=False):
    """A discount as the order tells it, per unit."""

    amounts: DiscountAmounts | None = None


class OrderItem(msgspec.Struct, gc=False):
    """A line. `unit_price` is after discounts, `full_unit_price` before; `gross_price` is before, for all units."""

    item: Item
    quantity: int
    unit_price: Amount = None
    full_unit_price: Amount = None
    gross_price: Amount = None
    sale_fee: Amount = None
    currency_id: str | None = None
    discounts: list[LineDiscount] | None = None


class Payment(msgspec.Struct, gc=False):
    """A payment of the order."""

    id: Id = None
    status: str | None = None
    currency_id: str | None = None
    transaction_amount: Amount = None
    transaction_amount_refunded: Amount = None
    shipping_cost: Amount = None
    date_approved: str | None = None
    date_last_modified: str | None = None


class Thing(msgspec.Struct, gc=False):
    """Anything that has an id."""

    id: Id = None


class Coupon(msgspec.Struct, gc=False):
    """The platform's coupon on the order."""

    id: Id = None
    amount: Amount = None


class Taxes(msgspec.Struct, gc=False):
    """Taxes charged on top of the prices."""

    amount: Amount = None
    currency_id: str | None = None


class Buyer(msgspec.Struct, gc=False):
    """The buyer; the personal fields are no longer given to most applications."""

    id: Id = None
    nickname: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None


class CancelDetail(msgspec.Struct, gc=False):
    """Why an order was cancelled, and when."""

    group: str | None = None
    code: str | None = None
    date: str | None = None


class OrderShape(msgspec.Struct, gc=False):
    """GET /orders/{id}, or an element of /orders/search."""

    id: Id = None
    status: str | None = None
    date_created: str | None = None
    last_updated: str | None = None
    date_last_updated: str | None = None
    total_amount: Amount = None
    paid_amount: Amount = None
    shipping_cost: Amount = None
    currency_id: str | None = None
    pack_id: Id = None
    fulfilled: bool | None = None
    tags: list[str] | None = None
    order_items: list[OrderItem] | None = None
    payments: list[Payment] | None = None
    shipping: Thing | None = None
    coupon: Coupon | None = None
    taxes: Taxes | None = None
    buyer: Buyer | None = None
    seller: Thing | None = None
    cancel_detail: CancelDetail | None = None
    mediations: list[Thing] | None = None


class Place(msgspec.Struct, gc=False):
    """A city, state or country."""

    id: Id = None
    name: str | None = None


class Address(msgspec.Struct, gc=False):
    """`destination.shipping_address`, or `receiver_address` of the older format."""

    address_line: str | None = None
    street_name: str | None = None
    street_number: str | None = None
    zip_code: str | None = None
    city: Place | None = None
    state: Place | None = None
    country: Place | None = None
    neighborhood: Place | None = None
    receiver_name: str | None = None
    receiver_phone: str | None = None


class Destination(msgspec.Struct, gc=False):
    """Where a shipment goes."""

    receiver_name: str | None = None
    receiver_phone: str | None = None
    shipping_address: Address | None = None


class Cost(msgspec.Struct, gc=False):
    """`lead_time`, or `shipping_option` of the older format: `cost` is what the buyer pays."""

    cost: Amount = None
    currency_id: str | None = None


class StatusHistory(msgspec.Struct, gc=False):
    """When a shipment left and arrived, in the older format."""

    date_shipped: str | None = None
    date_delivered: str | None = None


class Step(msgspec.Struct, gc=False):
    """An element of /shipments/{id}/history."""

    status: str | None = None
    date: str | None = None


class ShipmentShape(msgspec.Struct, gc=False):
    """GET /shipments/{id}."""

    id: Id = None
    status: str | None = None
    tracking_number: Id = None
    tracking_method: str | None = None
    last_updated: str | None = None
    order_id: Id = None
    lead_time: Cost | None = None
    shipping_option: Cost | None = None
    status_history: StatusHistory | None = None
    destination: Destination | None = None
    receiver_address: Address | None = None


class ShipmentItem(msgspec.Struct, gc=False):
    """An element of /shipments/{id}/items."""

    order_id: Id = None


class DiscountItem(msgspec.Struct, gc=False):
    """What a discount takes off one listing, for all units."""

    id: Id = None
    amounts: DiscountAmounts | None = None


class DiscountDetail(msgspec.Struct, gc=False):
    """One discount: a price cut, a coupon or a cashback."""

    type: str | None = None
    items: list[DiscountItem] | None = None


class Discounts(msgspec.Struct, gc=False):
    """GET /orders/{id}/discounts."""

    details: list[DiscountDetail] | None = None


class Claim(msgspec.Struct, gc=False):
    """GET /post-purchase/v1/claims/{id}."""

    id: Id = None
    type: str | None = None
    status: str | None = None
    resource: str | None = None
    resource_id: Id = None


class Collection(msgspec.Struct, gc=False):
    """GET /collections/{id}, with or without its wrapper."""

    order_id: Id = None
    collection: Collection | None = None


class Document(msgspec.Struct, gc=False):
    """A document of ours: the order with what was read beside it."""

    order: OrderShape | None = None
    shipment: ShipmentShape | None = None
    history: list[Step] | None = None
    discounts: Discounts | None = None
    claims: list[Claim] | None = None
    results: list[OrderShape] | None = None
    order_items: msgspec.Raw = msgspec.Raw(b"null")
    resource: msgspec.Raw = msgspec.Raw(b"null")


class Paging(msgspec.Struct, gc=False):
    """Where a search stands."""

    total: int


class SearchPage(msgspec.Struct, gc=False):
    """GET /orders/search."""

    paging: Paging
    results: list[msgspec.Raw]


class TokenAnswer(msgspec.Struct, gc=False):
    """POST /oauth/token; `expires_in` in seconds."""

    access_token: str
    expires_in: int
    refresh_token: str | None = None
    user_id: Id = None


class TokenError(msgspec.Struct, gc=False):
    """The refusal of /oauth/token."""

    error: str | None = None
