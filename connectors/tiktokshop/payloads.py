"""Shapes of TikTok Shop's payloads, only the fields that are read. Amounts are decimal text in major units."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.toolkit.loose import Id

Amount = Any  # text, int or Decimal; chalicelib.toolkit.loose refuses the rest
Flag = bool | str | int | None
NULL = msgspec.Raw(b"null")


class Notice(msgspec.Struct, gc=False):
    """`data` of a push: ids and times (Unix seconds)."""

    order_id: Id = None
    return_id: Id = None
    cancel_id: Id = None
    rma_id: Id = None
    aftersales_request_id: Id = None
    product_id: Id = None
    message_id: Id = None
    conversation_id: Id = None
    update_time: Id = None
    create_time: Id = None
    refund_timestamp: Id = None
    line_items: list[NoticeLine] | None = None


class NoticeLine(msgspec.Struct, gc=False):
    """A line of a refund push, which names the order only here."""

    main_order_id: Id = None


class Push(msgspec.Struct, gc=False):
    """A push."""

    type: int
    tts_notification_id: Id = None
    shop_id: Id = None
    timestamp: Id = None
    data: msgspec.Raw = NULL


class Payment(msgspec.Struct, gc=False):
    """`payment` of an order."""

    currency: str | None = None
    shipping_fee: Amount = None
    seller_discount: Amount = None
    platform_discount: Amount = None
    total_amount: Amount = None
    original_total_product_price: Amount = None
    tax: Amount = None
    small_order_fee: Amount = None
    retail_delivery_fee: Amount = None
    buyer_service_fee: Amount = None
    handling_fee: Amount = None
    shipping_insurance_fee: Amount = None
    item_insurance_fee: Amount = None
    item_insurance_tax: Amount = None
    payment_platform_discount: Amount = None


class District(msgspec.Struct, gc=False):
    """A place of the address tree."""

    address_level: str | None = None
    address_name: str | None = None


class Address(msgspec.Struct, gc=False):
    """`recipient_address`."""

    full_address: str | None = None
    phone_number: str | None = None
    name: str | None = None
    region_code: str | None = None
    postal_code: str | None = None
    address_line1: str | None = None
    district_info: list[District] | None = None
    address_detail: str | None = None


class Line(msgspec.Struct, gc=False):
    """One unit. The prices are for it alone."""

    id: Id = None
    sku_id: Id = None
    product_id: Id = None
    product_name: str | None = None
    original_price: Amount = None
    sale_price: Amount = None
    platform_discount: Amount = None
    display_status: str | None = None
    seller_sku: Id = None
    seller_discount: Amount = None
    currency: str | None = None
    shipping_provider_name: str | None = None
    is_gift: Flag = None
    tracking_number: Id = None


class Order(msgspec.Struct, gc=False):
    """An order of the search or of the detail call."""

    id: Id = None
    shipping_provider: str | None = None
    user_id: Id = None
    status: str | None = None
    payment: Payment | None = None
    recipient_address: Address | None = None
    create_time: Id = None
    tracking_number: Id = None
    paid_time: Id = None
    update_time: Id = None
    is_sample_order: Flag = None
    line_items: list[Line] | None = None
    buyer_email: str | None = None
    delivery_time: Id = None
    is_cod: Flag = None
    is_buyer_request_cancel: Flag = None
    collection_time: Id = None
    cancel_time: Id = None
    is_replacement_order: Flag = None
    replaced_order_id: Id = None
    is_exchange_order: Flag = None
    exchange_source_order_id: Id = None
    buyer_nickname: str | None = None


class RefundAmount(msgspec.Struct, gc=False):
    """What is paid back, shipping and tax included."""

    currency: str | None = None
    refund_total: Amount = None


class ReturnLine(msgspec.Struct, gc=False):
    """A unit of a return or a cancellation."""

    order_line_item_id: Id = None
    refund_amount: RefundAmount | None = None


class Return(msgspec.Struct, gc=False):
    """An element of `return_orders`."""

    return_id: Id = None
    order_id: Id = None
    return_type: str | None = None
    return_status: str | None = None
    return_reason_text: str | None = None
    return_reason: str | None = None
    refund_amount: RefundAmount | None = None
    return_line_items: list[ReturnLine] | None = None
    create_time: Id = None
    update_time: Id = None


class Cancellation(msgspec.Struct, gc=False):
    """An element of `cancellations`."""

    cancel_id: Id = None
    order_id: Id = None
    cancel_status: str | None = None
    cancel_reason_text: str | None = None
    cancel_reason: str | None = None
    refund_amount: RefundAmount | None = None
    cancel_line_items: list[ReturnLine] | None = None
    create_time: Id = None
    update_time: Id = None


class Document(msgspec.Struct, gc=False):
    """What hydrating and pulling put together, or `data` of an answer."""

    order: Order | None = None
    orders: list[Order] | None = None
    returns: list[Return] | None = None
    return_orders: list[Return] | None = None
    cancellations: list[Cancellation] | None = None


class Wrapped(msgspec.Struct, gc=False):
    """Anything else: an answer of the API, a bare order, return or cancellation, or a push."""

    data: msgspec.Raw = NULL
    line_items: msgspec.Raw = NULL
    return_id: Id = None
    cancel_id: Id = None
    type: Id = None


class Row(msgspec.Struct, gc=False):
    """What paging needs of an order, a return or a cancellation."""

    id: Id = None
    order_id: Id = None
    return_id: Id = None
    cancel_id: Id = None
    update_time: Id = None


class Listed(msgspec.Struct, gc=False):
    """One page of a search."""

    orders: list[msgspec.Raw] | None = None
    return_orders: list[msgspec.Raw] | None = None
    cancellations: list[msgspec.Raw] | None = None
    next_page_token: str | bool | None = None
    total_count: Id = None


class Answer(msgspec.Struct, gc=False):
    """What every call answers. `code` 0 is success, whatever the HTTP status."""

    code: int
    message: str | None = None
    data: msgspec.Raw = NULL


class TokenData(msgspec.Struct, gc=False):
    """`data` of a refresh; the expiry is a point in time (Unix seconds), not a duration."""

    access_token: str
    access_token_expire_in: Id = None
    refresh_token: str | None = None


class Shop(msgspec.Struct, gc=False):
    """A shop that authorised the application."""

    id: Id = None
    cipher: str | None = None


class Shops(msgspec.Struct, gc=False):
    """`data` of /authorization/202309/shops."""

    shops: list[Shop] | None = None


class Sender(msgspec.Struct, gc=False):
    """Who wrote a message. `im_user_id` is another id than that of orders."""

    role: str | None = None


class Message(msgspec.Struct, gc=False):
    """`data` of a chat push. `content` is an object as text."""

    message_id: Id = None
    conversation_id: Id = None
    type: str | None = None
    content: str | None = None
    create_time: Id = None
    sender: Sender | None = None


class MessageContent(msgspec.Struct, gc=False):
    """`content` of a message: its text, or the address of a picture."""

    content: str | None = None
    url: str | None = None


class Said(msgspec.Struct, gc=False):
    """`data` of what opens a conversation or sends a message."""

    conversation_id: Id = None
    message_id: Id = None
