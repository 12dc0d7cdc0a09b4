"""Shapes of eBay's payloads, only the fields that are read. Money is decimal text in major units; times are UTC."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec

Time = Annotated[datetime, msgspec.Meta(tz=True)]
ABSENT = msgspec.Raw()


class Shape(msgspec.Struct, gc=False, rename="camel"):
    """Base of all shapes; unknown fields are skipped."""


class Amount(Shape):
    """An amount; where eBay converted it, what it was before."""

    value: str | int
    currency: str
    converted_from_value: str | int | None = None
    converted_from_currency: str | None = None


class Tax(Shape):
    """A tax of a line."""

    amount: Amount | None = None


class Promotion(Shape):
    """A discount of a line."""

    promotion_id: str | None = None
    discount_amount: Amount | None = None


class LineRefund(Shape):
    """A refund that was given for one line."""

    amount: Amount | None = None
    refund_date: Time | None = None
    refund_id: str | None = None


class LineItem(Shape):
    """A line. `lineItemCost` is before discounts, for all units."""

    line_item_id: str
    quantity: int
    line_item_cost: Amount | None = None
    discounted_line_item_cost: Amount | None = None
    legacy_item_id: str | None = None
    legacy_variation_id: str | None = None
    sku: str | None = None
    title: str | None = None
    purchase_marketplace_id: str | None = None
    applied_promotions: list[Promotion] | None = None
    taxes: msgspec.Raw = ABSENT  # only whether there are any
    ebay_collect_and_remit_taxes: list[Tax] | None = None
    refunds: list[LineRefund] | None = None


class Pricing(Shape):
    """What the buyer pays, in the order's currency. Discounts are negative."""

    total: Amount
    price_subtotal: Amount | None = None
    price_discount: Amount | None = None
    delivery_cost: Amount | None = None
    delivery_discount: Amount | None = None
    adjustment: Amount | None = None
    fee: Amount | None = None
    tax: Amount | None = None


class Payment(Shape):
    """A payment, in the seller's currency."""

    payment_date: Time | None = None
    payment_status: str | None = None


class OrderRefund(Shape):
    """A refund of the order, in the seller's currency, without the tax that eBay collected."""

    amount: Amount | None = None
    refund_date: Time | None = None
    refund_id: str | None = None
    refund_reference_id: str | None = None
    refund_status: str | None = None


class PaymentSummary(Shape):
    """What the seller gets."""

    payments: list[Payment] | None = None
    refunds: list[OrderRefund] | None = None
    total_due_seller: Amount | None = None


class CancelRequest(Shape):
    """A buyer's wish to cancel; told by getOrder only."""

    cancel_request_state: str | None = None


class CancelStatus(Shape):
    """Where a cancellation stands."""

    cancel_state: str | None = None
    cancelled_date: Time | None = None
    cancel_requests: list[CancelRequest] | None = None


class Address(Shape):
    """A postal address."""

    address_line1: str | None = None
    address_line2: str | None = None
    city: str | None = None
    state_or_province: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    county: str | None = None


class Phone(Shape):
    """A telephone number."""

    phone_number: str | None = None


class Contact(Shape):
    """A person with an address."""

    full_name: str | None = None
    company_name: str | None = None
    contact_address: Address | None = None
    primary_phone: Phone | None = None
    email: str | None = None


class Person(Shape):
    """The buyer."""

    username: str | None = None
    buyer_registration_address: Contact | None = None


class ShippingStep(Shape):
    """Where the seller sends it."""

    ship_to: Contact | None = None


class Instruction(Shape):
    """How it is to be sent; `finalDestinationAddress` where a hub sends it on."""

    shipping_step: ShippingStep | None = None
    final_destination_address: Address | None = None


class Fulfilment(Shape):
    """A parcel."""

    fulfillment_id: str | None = None
    shipment_tracking_number: str | None = None
    shipping_carrier_code: str | None = None
    shipped_date: Time | None = None


class OrderShape(Shape):
    """An order as getOrder and getOrders write it."""

    order_id: str | None = None
    pricing_summary: Pricing | None = None
    order_payment_status: str | None = None
    order_fulfillment_status: str | None = None
    creation_date: Time | None = None
    last_modified_date: Time | None = None
    seller_id: str | None = None
    buyer: Person | None = None
    payment_summary: PaymentSummary | None = None
    cancel_status: CancelStatus | None = None
    fulfillment_start_instructions: list[Instruction] | None = None
    fulfillment_hrefs: list[str] | None = None
    line_items: list[LineItem] | None = None


class PostMoney(Shape):
    """An amount as the Post-Order API writes it: a JSON number."""

    value: int | Decimal | None = None
    currency: str | None = None


class PostTime(Shape):
    """A time as the Post-Order API writes it."""

    value: Time | None = None


class ReturnItem(Shape):
    """What is returned."""

    item_id: str | int | None = None
    transaction_id: str | int | None = None
    return_quantity: int | None = None


class ReturnCreation(Shape):
    """How a return began."""

    item: ReturnItem | None = None
    reason: str | None = None
    creation_date: PostTime | None = None


class ReturnTotal(Shape):
    """What it may cost the seller."""

    estimated_refund_amount: PostMoney | None = None


class ReturnShape(Shape):
    """A return's summary."""

    return_id: str | int
    order_id: str | None = None
    current_type: str | None = None
    state: str | None = None
    status: str | None = None
    creation_info: ReturnCreation | None = None
    seller_total_refund: ReturnTotal | None = None


class Document(OrderShape):
    """An order alone, `{"order", "fulfillments", "returns"}` as `hydrate` puts them together, or a page of orders."""

    order: OrderShape | None = None
    fulfillments: list[Fulfilment] | None = None
    returns: list[ReturnShape] | None = None
    orders: list[OrderShape] | None = None
    members: list[ReturnShape] | None = None
    notification: msgspec.Raw = ABSENT


class Metadata(Shape):
    """What a notification is about."""

    topic: str


class OrderOfUser(Shape):
    """One of the two places where a notification may name its order."""

    order_id: str | None = None


class User(Shape):
    """Whom a notification is of."""

    user_id: str | None = None
    username: str | None = None


class Data(Shape):
    """The inside of a notification, as far as it names what it is about. Two shapes are known for orders."""

    order: OrderOfUser | None = None
    order_id: str | None = None
    user: User | None = None
    user_id: str | None = None
    username: str | None = None
    feedback_id: str | None = None
    conversation_id: str | None = None


class Inner(Shape):
    """A notification without its envelope."""

    notification_id: str
    event_date: Time | None = None
    data: Data = msgspec.field(default_factory=Data)


class Notification(Shape):
    """A notification."""

    metadata: Metadata
    notification: Inner


class Comment(Shape):
    """A comment, reply or follow-up."""

    comment_text: str | None = None
    comment_text_removed_per_policy: bool | None = None
    state: str | None = None


class Image(Shape):
    """A picture."""

    url: str | None = None


class Provider(Shape):
    """Who gave the feedback."""

    user_id: str | None = None
    role: str | None = None


class Sold(Shape):
    """What the feedback is for."""

    listing_id: str | None = None
    order_line_item_id: str | None = None


class FeedbackShape(Shape):
    """One feedback."""

    feedback_id: str
    comment_type: str | None = None
    feedback_comment: Comment | None = None
    feedback_entered_date: Time | None = None
    followup_comment: Comment | None = None
    reply_comment: Comment | None = None
    images: list[Image] | None = None
    provider_user_detail: Provider | None = None
    order_line_item_summary: Sold | None = None


class FeedbackPages(Shape):
    """Where a list of feedback stands."""

    total: int | None = None


class FeedbackList(Shape):
    """A page of feedback, or one alone."""

    feedback_entries: list[FeedbackShape] | None = None
    pagination: FeedbackPages | None = None
    feedback_id: str | None = None


class RawFeedbackList(Shape):
    """A page of feedback, each as it came."""

    feedback_entries: list[msgspec.Raw] | None = None
    pagination: FeedbackPages | None = None


class Media(Shape):
    """An attachment."""

    media_url: str | None = None


class MessageShape(Shape):
    """One message of a conversation."""

    message_id: str
    message_body: str | None = None
    created_date: Time | None = None
    sender_username: str | None = None
    recipient_username: str | None = None
    message_media: list[Media] | None = None


class Conversation(Shape):
    """A conversation as `hydrate` keeps it."""

    conversation_id: str
    messages: list[MessageShape] | None = None


class Page(Shape):
    """A page of orders, each as it came."""

    orders: list[msgspec.Raw] | None = None
    total: int | None = None


class Fulfilments(Shape):
    """The parcels of an order, each as it came."""

    fulfillments: list[msgspec.Raw] | None = None


class Returns(Shape):
    """A page of returns, each as it came."""

    members: list[msgspec.Raw] | None = None
    total: int | None = None


class KeyAnswer(Shape):
    """A public key, without line breaks."""

    key: str
    algorithm: str | None = None
    digest: str | None = None


class ApiError(Shape):
    """One error of an answer."""

    error_id: int | str | None = None


class ApiErrors(Shape):
    """What an answer says when it refuses."""

    errors: list[ApiError] | None = None
