"""Shapes of Amazon's payloads, only the fields that are read. Money is decimal text in major units, in Finances a JSON number."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec

Time = Annotated[datetime, msgspec.Meta(tz=True)]
ABSENT = msgspec.Raw()


class Shape(msgspec.Struct, gc=False, rename="camel"):
    """Base of all shapes; unknown fields are skipped."""


class Old(msgspec.Struct, gc=False, rename="pascal"):
    """Base of the shapes of v0 and of notifications in PascalCase."""


class Money(Shape):
    """An amount."""

    amount: str | int
    currency_code: str


class Detail(Shape):
    """A part of a tax or a discount."""

    subtype: str | None = None
    value: Money | None = None


class Breakdown(Shape):
    """A kind of charge."""

    type: str | None = None
    subtotal: Money | None = None
    detailed_breakdowns: list[Detail] | None = None


class Proceeds(Shape):
    """What is charged, of the order (`grandTotal`) or of an item."""

    grand_total: Money | None = None
    breakdowns: list[Breakdown] | None = None


class Price(Shape):
    """The price of one piece."""

    unit_price: Money | None = None


class Product(Shape):
    """What was sold."""

    asin: str | None = None
    title: str | None = None
    seller_sku: str | None = None
    price: Price | None = None


class CancelRequest(Shape):
    """A wish to cancel."""

    requester: str | None = None


class Cancellation(Shape):
    """How far the cancellation of an item is."""

    cancellation_request: CancelRequest | None = None
    cancellation_execution: msgspec.Raw = ABSENT


class TaxCollection(Shape):
    """Who collects the tax."""

    model: str | None = None


class ItemTax(Shape):
    """The tax of an item."""

    tax_collections: list[TaxCollection] | None = None


class PromotionName(Shape):
    """A promotion."""

    promotion_id: str | None = None


class Promotion(Shape):
    """The promotions of an item."""

    breakdowns: list[PromotionName] | None = None


class Item(Shape):
    """A line."""

    order_item_id: str
    quantity_ordered: int
    product: Product | None = None
    proceeds: Proceeds | None = None
    cancellation: Cancellation | None = None
    tax: ItemTax | None = None
    promotion: Promotion | None = None


class Alias(Shape):
    """Another name of the order."""

    alias_id: str | None = None
    alias_type: str | None = None


class Associated(Shape):
    """An order that this one belongs to."""

    order_id: str | None = None
    association_type: str | None = None


class Channel(Shape):
    """Where it was sold."""

    marketplace_id: str | None = None


class Person(Shape):
    """The buyer."""

    buyer_name: str | None = None
    buyer_email: str | None = None


class Address(Shape):
    """A postal address."""

    name: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    address_line3: str | None = None
    city: str | None = None
    district_or_county: str | None = None
    state_or_region: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    phone: str | None = None


class Recipient(Shape):
    """Where it goes."""

    delivery_address: Address | None = None


class Fulfilment(Shape):
    """How far it is."""

    fulfillment_status: str | None = None
    fulfilled_by: str | None = None


class PackageStatus(Shape):
    """How far a parcel is."""

    status: str | None = None


class Package(Shape):
    """A parcel; only where the merchant ships."""

    carrier: str | None = None
    tracking_number: str | None = None
    ship_time: Time | None = None
    package_status: PackageStatus | None = None


class Execution(Shape):
    """A payment."""

    payment_method: str | None = None


class Payment(Shape):
    """How it is paid."""

    payment_executions: list[Execution] | None = None


class OrderShape(Shape):
    """An order as the API of 2026-01-01 writes it. What a role may not see is silently absent."""

    order_id: str | None = None
    order_aliases: list[Alias] | None = None
    created_time: Time | None = None
    last_updated_time: Time | None = None
    associated_orders: list[Associated] | None = None
    sales_channel: Channel | None = None
    buyer: Person | None = None
    recipient: Recipient | None = None
    proceeds: Proceeds | None = None
    fulfillment: Fulfilment | None = None
    payment: Payment | None = None
    order_items: list[Item] | None = None
    packages: list[Package] | None = None


class Number(Shape):
    """An amount of Finances: a JSON number."""

    currency_amount: int | Decimal | None = None
    currency_code: str | None = None


class Related(Shape):
    """What a transaction belongs to."""

    related_identifier_name: str | None = None
    related_identifier_value: str | None = None


class Part(Shape):
    """A part of a transaction's amount."""

    breakdown_type: str | None = None
    breakdown_amount: Number | None = None


class Transaction(Shape):
    """A movement on the seller's account; what leaves it is negative."""

    transaction_type: str | None = None
    transaction_id: str | None = None
    transaction_status: str | None = None
    description: str | None = None
    posted_date: Time | None = None
    related_identifiers: list[Related] | None = None
    breakdowns: list[Part] | None = None


class Document(OrderShape):
    """An order alone, wrapped, in a page, or with its transactions as `hydrate` keeps them; a record of the feed; a v0 answer."""

    order: OrderShape | None = None
    transactions: list[Transaction] | None = None
    orders: list[OrderShape] | None = None
    payload: msgspec.Raw = ABSENT
    old_payload: msgspec.Raw = msgspec.field(name="Payload", default=ABSENT)
    detail: msgspec.Raw = ABSENT


class Pagination(Shape):
    """Where a list goes on."""

    next_token: str | None = None


class OrderPage(Shape):
    """A page of orders, each as it came."""

    orders: list[msgspec.Raw] | None = None
    pagination: Pagination | None = None


class TransactionList(Shape):
    """A page of transactions."""

    transactions: list[Transaction] | None = None
    next_token: str | None = None


class TransactionPage(Shape):
    """A page of transactions in its wrapper; some versions have none."""

    payload: TransactionList | None = None
    transactions: list[Transaction] | None = None
    next_token: str | None = None


class RawTransactionList(Shape):
    """A page of transactions, each as it came."""

    transactions: list[msgspec.Raw] | None = None
    next_token: str | None = None


class RawTransactionPage(RawTransactionList):
    """The same in its wrapper."""

    payload: RawTransactionList | None = None


class Action(Shape):
    """Something that one may send for an order."""

    name: str | None = None


class Links(Shape):
    """What one may send."""

    actions: list[Action] | None = None


class Actions(msgspec.Struct, gc=False):
    """The answer to what one may send for an order."""

    links: Links | None = msgspec.field(name="_links", default=None)


class ApiError(msgspec.Struct, gc=False):
    """One error of an answer."""

    code: str | None = None
    message: str | None = None
    details: str | None = None


class ApiErrors(msgspec.Struct, gc=False):
    """What an answer says when it refuses."""

    errors: list[ApiError] | None = None
