"""Shapes of the canonical JSON as it comes in: docs/canonical-model.md, with what the sender may leave out."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal

import msgspec

from chalicelib.toolkit.decode import decoder

Time = Annotated[datetime, msgspec.Meta(tz=True)] | None
MAX_MINOR = 10**17
MAX_QUANTITY = 10**9
Whole = (
    Annotated[int, msgspec.Meta(gt=-MAX_MINOR, lt=MAX_MINOR)] | None
)  # a float is refused, also a whole one: who sends 19.0 will send 19.9
Count = Annotated[int, msgspec.Meta(ge=0, lt=MAX_MINOR)] | None
Quantity = Annotated[int, msgspec.Meta(ge=0, lt=MAX_QUANTITY)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]{1,32}$")]


class Shape(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Base of the shapes: a field that the model does not have is an error of the sender's, not to be lost."""


class AmountsIn(Shape):
    """Minor units; null or left out: not told."""

    items: Whole = None
    discount_seller: Whole = None
    discount_platform: Whole = None
    shipping: Whole = None
    tax: Whole = None
    other: Whole = None
    total: Whole = None
    paid: Whole = None
    refunded: Whole = None


class BuyerIn(Shape):
    """Who bought."""

    id: str | None = None
    nickname: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    masked: list[str] = []
    encrypted: list[str] = []


class ShipToIn(Shape):
    """Where it goes."""

    name: str | None = None
    phone: str | None = None
    country: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    address: str | None = None
    postcode: str | None = None
    masked: list[str] = []
    encrypted: list[str] = []


class LineIn(Shape):
    """One position."""

    line_id: Id
    quantity: Quantity
    product_id: str | None = None
    sku: str | None = None
    merchant_sku: str | None = None
    title: str | None = None
    unit_price: Whole = None
    discount: Whole = None
    total: Whole = None
    refund_status: Literal["none", "requested", "partial", "full"] = "none"


class ShipmentIn(Shape):
    """One parcel."""

    carrier: str | None = None
    tracking_no: str | None = None
    shipped_at: Time = None
    delivered_at: Time = None


class AttributionIn(Shape):
    """Where the order came from."""

    source: str | None = None
    campaign: str | None = None
    coupons: list[str] = []
    creator: str | None = None


class Owned(Shape):
    """Whose it is; left out, it is the account's that it came in by."""

    merchant: str | None = None
    platform: Name | None = None
    account: str | None = None


class OrderIn(Owned, kw_only=True):
    """An order."""

    order_id: Id
    status: str
    currency: str
    order_no: str | None = None
    platform_status: str | None = None
    refund_status: Literal["none", "requested", "partial", "full"] | None = None
    test: bool = False
    tax_included: bool | None = None
    amounts: AmountsIn = msgspec.field(default_factory=AmountsIn)
    placed_at: Time = None
    paid_at: Time = None
    shipped_at: Time = None
    delivered_at: Time = None
    completed_at: Time = None
    cancelled_at: Time = None
    updated_at: Time = None
    buyer: BuyerIn = msgspec.field(default_factory=BuyerIn)
    ship_to: ShipToIn = msgspec.field(default_factory=ShipToIn)
    lines: list[LineIn] = []
    shipments: list[ShipmentIn] = []
    attribution: AttributionIn = msgspec.field(default_factory=AttributionIn)
    extra: dict[str, Any] = {}


class RefundLineIn(Shape):
    """A part of a refund."""

    line_id: Id
    quantity: Quantity | None = None
    amount: Whole = None


class RefundIn(Owned, kw_only=True):
    """A refund."""

    refund_id: Id
    order_id: Id
    status: Literal["requested", "approved", "rejected", "closed", "succeeded"]
    kind: Literal["refund", "return", "exchange", "repair", "compensation"] = "refund"
    platform_status: str | None = None
    amount: Whole = None
    currency: str | None = None
    reason: str | None = None
    lines: list[RefundLineIn] = []
    requested_at: Time = None
    closed_at: Time = None
    updated_at: Time = None


class ConsentIn(Owned, kw_only=True):
    """A buyer's word on being written to."""

    buyer_id: Id
    channel: Literal["email", "sms", "wechat", "wecom", "whatsapp"]
    granted: bool
    at: Time = None
    source: str | None = None
    purpose: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_-]{0,31}$")] = "marketing"
    text_version: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class AnswerIn(Shape):
    """The shop's answer."""

    text: Annotated[str, msgspec.Meta(min_length=1)]
    at: Time = None


class SaidIn(Owned, kw_only=True):
    """What reviews, questions and messages have in common."""

    text: str | None = None
    product_id: str | None = None
    buyer: BuyerIn = msgspec.field(default_factory=BuyerIn)
    created_at: Time = None


class ReviewIn(SaidIn, kw_only=True):
    """A review."""

    review_id: Id
    order_id: str | None = None
    sku: str | None = None
    rating: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    locale: str | None = None
    media: list[str] = []
    updated_at: Time = None
    follow_up_of: str | None = None
    reply: AnswerIn | None = None
    platform_default: bool = False
    deleted: bool = False


class QuestionIn(SaidIn, kw_only=True):
    """A question before the purchase."""

    question_id: Id
    status: Literal["open", "answered", "closed", "unknown"] = "open"
    platform_status: str | None = None
    updated_at: Time = None
    reply: AnswerIn | None = None


class MessageIn(SaidIn, kw_only=True):
    """One message of a thread."""

    message_id: Id
    thread_id: Id
    order_id: str | None = None
    sender: Literal["buyer", "shop", "platform", "unknown"] = "buyer"
    media: list[str] = []


class SpendIn(Owned, kw_only=True):
    """One day of one campaign."""

    day: date
    zone: str
    currency: str
    campaign_id: Id
    product: Name = "ads"
    campaign: str | None = None
    impressions: Count = None
    clicks: Count = None
    spend: Whole = None
    orders: Count = None
    revenue: Whole = None
    attribution: str | None = None
    reported_at: Time = None


class Peek(msgspec.Struct):
    """What tells an object's kind: the wrapper's type, or the id that only it has."""

    type: str | None = None
    data: msgspec.Raw = msgspec.Raw()
    order_id: str | None = None
    refund_id: str | None = None
    review_id: str | None = None
    question_id: str | None = None
    message_id: str | None = None
    campaign_id: str | None = None
    buyer_id: str | None = None
    updated_at: Time = None


@cache
def peek() -> msgspec.json.Decoder[Peek]:
    """Decoder of what makes an event."""
    return decoder(Peek)


@cache
def orders() -> msgspec.json.Decoder[OrderIn]:
    """Decoder of orders."""
    return decoder(OrderIn)


@cache
def refunds() -> msgspec.json.Decoder[RefundIn]:
    """Decoder of refunds."""
    return decoder(RefundIn)


@cache
def consents() -> msgspec.json.Decoder[ConsentIn]:
    """Decoder of consents."""
    return decoder(ConsentIn)
