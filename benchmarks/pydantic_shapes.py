"""Shopify's shapes as pydantic models, field by field those of connectors/shopify/payloads.py, so that one mapping reads both."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from connectors.shopify import payloads as shapes

Id = int | str
Amount = str | int
Time = AwareDatetime | None


class Shape(BaseModel):
    """Base of all models; unknown fields are skipped."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)


class ShopMoney(Shape):
    """See the shape of that name; so for all that follow."""

    amount: Amount


class MoneySet(Shape):
    """As above."""

    shop_money: ShopMoney | None = None


class Allocation(Shape):
    """As above."""

    amount: Amount


class LineItem(Shape):
    """As above."""

    id: Id
    quantity: int
    price: Amount
    product_id: Id | None = None
    variant_id: Id | None = None
    sku: str | None = None
    title: str | None = None
    total_discount: Amount | None = None
    discount_allocations: list[Allocation] | None = None
    discounted_total: Amount | None = Field(alias="graphql:discountedTotal", default=None)


class ShippingLine(Shape):
    """As above."""

    price: Amount | None = None
    discounted_price: Amount | None = None
    discount_allocations: list[Allocation] | None = None


class TaxLine(Shape):
    """As above."""

    price: Amount | None = None
    channel_liable: bool | None = None


class Coupon(Shape):
    """As above."""

    code: str | None = None


class Transaction(Shape):
    """As above."""

    kind: str | None = None
    status: str | None = None
    amount: Amount | None = None
    currency: str | None = None
    processed_at: Time = None
    created_at: Time = None


class RefundLineItem(Shape):
    """As above."""

    line_item_id: Id
    quantity: int | None = None
    subtotal: Decimal | None = None
    subtotal_set: MoneySet | None = None


class RefundBody(Shape):
    """As above, but for the marker of a return, which pydantic cannot leave undecoded."""

    id: Id
    order_id: Id | None = None
    created_at: Time = None
    processed_at: Time = None
    note: str | None = None
    restock: bool | None = None
    refund_line_items: list[RefundLineItem] | None = None
    transactions: list[Transaction] | None = None

    @property
    def return_(self) -> object:
        """Never there in these bodies."""
        return shapes.ABSENT


class FulfilmentBody(Shape):
    """As above."""

    id: Id
    order_id: Id | None = None
    status: str | None = None
    shipment_status: str | None = None
    created_at: Time = None
    updated_at: Time = None
    tracking_company: str | None = None
    tracking_number: str | None = None
    tracking_numbers: list[str] | None = None
    delivered_at: datetime | None = Field(alias="graphql:deliveredAt", default=None)


class Person(Shape):
    """As above."""

    id: Id | None = None
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class Address(Shape):
    """As above."""

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
    """As above."""

    id: Id | None = None
    name: str | None = None
    currency: str | None = None
    presentment_currency: str | None = None
    test: bool | None = None
    taxes_included: bool | None = None
    financial_status: str | None = None
    fulfillment_status: str | None = None
    created_at: Time = None
    processed_at: Time = None
    updated_at: Time = None
    cancelled_at: Time = None
    closed_at: Time = None
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
    received: Amount | None = Field(alias="graphql:received", default=None)
    refunded: Amount | None = Field(alias="graphql:refunded", default=None)
    return_open: bool = Field(alias="graphql:returnOpen", default=False)
