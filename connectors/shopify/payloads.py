"""Shapes of what is read from Shopify's bodies: only the fields that are mapped, so that decoding skips the rest.

Amounts are decimal text ("19.90"); in a refund's lines they are JSON numbers, read as exact Decimals. A number where
text belongs is refused: a float is never read. Times are ISO 8601 with the shop's offset and must have one.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Annotated

import msgspec

from chalicelib.toolkit.decode import decoder

Id = int | str
Amount = str | int

# The value of a field that is only looked at, not read; a union with None would not take objects.
ABSENT = msgspec.Raw()


def present(raw: msgspec.Raw) -> bool:
    """Whether the field is there and not null."""
    return bytes(raw) not in (b"", b"null")


Time = Annotated[datetime, msgspec.Meta(tz=True)]


class Shape(msgspec.Struct, gc=False):
    """Base of all shapes; unknown fields are skipped."""


class ShopMoney(Shape):
    """An amount in the shop's currency."""

    amount: Amount


class MoneySet(Shape):
    """An amount in both currencies, of which the shop's is read."""

    shop_money: ShopMoney | None = None


class Allocation(Shape):
    """A share of a discount that the platform allots to a line."""

    amount: Amount


class LineItem(Shape):
    """One line of an order."""

    id: Id
    quantity: int
    price: Amount
    product_id: Id | None = None
    variant_id: Id | None = None
    sku: str | None = None
    title: str | None = None
    total_discount: Amount | None = None
    discount_allocations: list[Allocation] | None = None
    discounted_total: Amount | None = msgspec.field(name="graphql:discountedTotal", default=None)


class ShippingLine(Shape):
    """One shipping charge, before its discounts."""

    price: Amount | None = None
    discounted_price: Amount | None = None
    discount_allocations: list[Allocation] | None = None


class TaxLine(Shape):
    """One tax; `channel_liable`: collected and remitted by the channel itself."""

    price: Amount | None = None
    channel_liable: bool | None = None


class Coupon(Shape):
    """A discount code as entered."""

    code: str | None = None


class Transaction(Shape):
    """One movement of money, in the currency of the payment."""

    kind: str | None = None
    status: str | None = None
    amount: Amount | None = None
    currency: str | None = None
    processed_at: Time | None = None
    created_at: Time | None = None


class RefundLineItem(Shape):
    """What a refund allots to one line of the order."""

    line_item_id: Id
    quantity: int | None = None
    subtotal: Decimal | None = None
    subtotal_set: MoneySet | None = None


class RefundBody(Shape):
    """A refund: bare, or inside its order."""

    id: Id
    order_id: Id | None = None
    created_at: Time | None = None
    processed_at: Time | None = None
    note: str | None = None
    restock: bool | None = None
    return_: msgspec.Raw = msgspec.field(name="return", default=ABSENT)
    refund_line_items: list[RefundLineItem] | None = None
    transactions: list[Transaction] | None = None


class FulfilmentBody(Shape):
    """A fulfilment: bare, or inside its order."""

    id: Id
    order_id: Id | None = None
    status: str | None = None
    shipment_status: str | None = None
    created_at: Time | None = None
    updated_at: Time | None = None
    tracking_company: str | None = None
    tracking_number: str | None = None
    tracking_numbers: list[str] | None = None
    delivered_at: Time | None = msgspec.field(name="graphql:deliveredAt", default=None)


class Person(Shape):
    """The customer inside an order."""

    id: Id | None = None
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class Address(Shape):
    """Where it goes."""

    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    province: str | None = None
    province_code: str | None = None
    zip: str | None = None
    country_code: str | None = None


class OrderBody(Shape):
    """An order as REST and webhooks write it. `id` and `currency` are required when it is mapped."""

    id: Id | None = None
    name: str | None = None
    currency: str | None = None
    presentment_currency: str | None = None
    test: bool | None = None
    taxes_included: bool | None = None
    financial_status: str | None = None
    fulfillment_status: str | None = None
    created_at: Time | None = None
    processed_at: Time | None = None
    updated_at: Time | None = None
    cancelled_at: Time | None = None
    closed_at: Time | None = None
    total_line_items_price: Amount | None = None
    total_discounts: Amount | None = None
    total_shipping_price_set: MoneySet | None = None
    total_tax: Amount | None = None
    total_tip_received: Amount | None = None
    original_total_duties_set: MoneySet | None = None
    original_total_additional_fees_set: MoneySet | None = None
    duties_included: bool | None = None
    total_price: Amount | None = None
    current_total_price: Amount | None = None
    total_outstanding: Amount | None = None
    email: str | None = None
    contact_email: str | None = None
    phone: str | None = None
    landing_site: str | None = None
    referring_site: str | None = None
    payment_gateway_names: list[str] | None = None
    discount_codes: list[Coupon] | None = None
    tax_lines: list[TaxLine] | None = None
    customer: Person | None = None
    shipping_address: Address | None = None
    shipping_lines: list[ShippingLine] | None = None
    line_items: list[LineItem] | None = None
    fulfillments: list[FulfilmentBody] | None = None
    refunds: list[RefundBody] | None = None
    transactions: list[Transaction] | None = None
    # Told by GraphQL only; no REST body has fields of these names.
    received: Amount | None = msgspec.field(name="graphql:received", default=None)
    refunded: Amount | None = msgspec.field(name="graphql:refunded", default=None)
    return_open: bool = msgspec.field(name="graphql:returnOpen", default=False)


class OrderTop(OrderBody):
    """A bare order, `{"order": ...}`, `{"orders": [...]}`, or a GraphQL answer under `data`."""

    order: OrderBody | None = None
    orders: list[OrderBody] | None = None
    data: msgspec.Raw = ABSENT


class RefundTop(Shape):
    """`{"refund": ...}` or `{"refunds": [...]}`."""

    refund: RefundBody | None = None
    refunds: list[RefundBody] | None = None
    id: Id | None = None


class FulfilmentTop(Shape):
    """`{"fulfillment": ...}` or `{"fulfillments": [...]}`."""

    fulfillment: FulfilmentBody | None = None
    fulfillments: list[FulfilmentBody] | None = None
    id: Id | None = None


class ConsentState(Shape):
    """A marketing consent as told."""

    state: str | None = None
    consent_updated_at: Time | None = None


class CustomerBody(Shape):
    """A customer, or the body of a consent topic, which names the customer `id` or `customer_id`."""

    id: Id | None = None
    customer_id: Id | None = None
    updated_at: Time | None = None
    email_marketing_consent: ConsentState | None = None
    sms_marketing_consent: ConsentState | None = None
    accepts_marketing: bool | None = None
    accepts_marketing_updated_at: Time | None = None


class CustomerTop(CustomerBody):
    """A bare customer or `{"customer": ...}`."""

    customer: CustomerBody | None = None


class PrivacyCustomer(Shape):
    """Whom a privacy request is about; a guest has no id."""

    id: Id | None = None


class PrivacyBody(Shape):
    """One of the three privacy bodies; which one shows by its fields. The shop itself: it removed the application."""

    shop_domain: str | None = None
    myshopify_domain: str | None = None
    customer: PrivacyCustomer | None = None
    orders_requested: list[Id] | None = None
    orders_to_redact: list[Id] | None = None
    data_request: msgspec.Raw = ABSENT


class Peek(Shape):
    """What tells an event's resource and whether the body holds it."""

    id: Id | None = None
    admin_graphql_api_id: str | None = None
    order_id: Id | None = None
    customer_id: Id | None = None
    shop_domain: msgspec.Raw = ABSENT
    currency: msgspec.Raw = ABSENT
    line_items: msgspec.Raw = ABSENT
    transactions: msgspec.Raw = ABSENT
    refund_line_items: msgspec.Raw = ABSENT
    tracking_number: msgspec.Raw = ABSENT
    email_marketing_consent: msgspec.Raw = ABSENT
    sms_marketing_consent: msgspec.Raw = ABSENT
    detail: msgspec.Raw = ABSENT


@cache
def orders() -> msgspec.json.Decoder[OrderTop]:
    """Decoder of order bodies."""
    return decoder(OrderTop)


@cache
def refunds() -> msgspec.json.Decoder[RefundTop]:
    """Decoder of wrapped refunds; a bare one has an id and is read by `refund`."""
    return decoder(RefundTop)


@cache
def refund() -> msgspec.json.Decoder[RefundBody]:
    """Decoder of a bare refund."""
    return decoder(RefundBody)


@cache
def fulfilments() -> msgspec.json.Decoder[FulfilmentTop]:
    """Decoder of wrapped fulfilments; a bare one has an id and is read by `fulfilment`."""
    return decoder(FulfilmentTop)


@cache
def fulfilment() -> msgspec.json.Decoder[FulfilmentBody]:
    """Decoder of a bare fulfilment."""
    return decoder(FulfilmentBody)


@cache
def customers() -> msgspec.json.Decoder[CustomerTop]:
    """Decoder of customers and consent bodies."""
    return decoder(CustomerTop)


@cache
def privacy() -> msgspec.json.Decoder[PrivacyBody]:
    """Decoder of privacy requests."""
    return decoder(PrivacyBody)


@cache
def peek() -> msgspec.json.Decoder[Peek]:
    """Decoder of the few fields that make an event."""
    return decoder(Peek)
