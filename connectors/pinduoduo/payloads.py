"""Shapes of Pinduoduo's payloads, only the fields that are read. Amounts come as numbers or text."""

from __future__ import annotations

import msgspec

from chalicelib.toolkit.loose import Id

NULL = msgspec.Raw(b"null")
Amount = msgspec.Raw  # a number or text, as it came: values.py reads its digits, so that none becomes a float or a Decimal


class Item(msgspec.Struct, gc=False):
    """An element of `item_list`. An order is normally one."""

    goods_id: Id = None
    sku_id: Id = None
    outer_id: str | None = None
    outer_goods_id: str | None = None
    goods_name: str | None = None
    goods_price: Amount = NULL
    goods_count: Id = None


class Delivery(msgspec.Struct, gc=False):
    """An element of `extra_delivery_list`."""

    tracking_number: Id = None
    logistics_id: Id = None


class Order(msgspec.Struct, gc=False):
    """`order_info`. Amounts are yuan, times local times of China, empty where there is none. No buyer is told."""

    order_sn: Id = None
    order_status: Id = None
    confirm_status: Id = None
    group_status: Id = None
    refund_status: Id = None
    after_sales_status: Id = None
    pay_amount: Amount = NULL
    goods_amount: Amount = NULL
    discount_amount: Amount = NULL
    postage: Amount = NULL
    platform_discount: Amount = NULL
    seller_discount: Amount = NULL
    capital_free_discount: Amount = NULL
    order_change_amount: Amount = NULL
    created_time: str | None = None
    pay_time: str | None = None
    confirm_time: str | None = None
    shipping_time: str | None = None
    receive_time: str | None = None
    updated_at: str | None = None
    item_list: list[Item] | None = None
    receiver_name: str | None = None
    receiver_name_mask: str | None = None
    receiver_phone: str | None = None
    receiver_phone_mask: str | None = None
    receiver_address: str | None = None
    receiver_address_mask: str | None = None
    address: str | None = None
    address_mask: str | None = None
    country: str | None = None
    province: str | None = None
    city: str | None = None
    town: str | None = None
    tracking_number: Id = None
    logistics_id: Id = None
    extra_delivery_list: list[Delivery] | None = None
    risk_control_status: Id = None
    trade_type: Id = None
    is_pre_sale: Id = None


class Refund(msgspec.Struct, gc=False):
    """A refund, of the list (yuan) or of the detail (fen)."""

    id: Id = None
    order_sn: Id = None
    after_sale_reason: str | None = None
    after_sales_status: Id = None
    after_sales_type: Id = None
    refund_amount: Amount = NULL
    sku_id: Id = None
    goods_number: Id = None
    created_time: Id = None
    updated_time: Id = None


class Inner(msgspec.Struct, gc=False):
    """What stands inside an answer's wrapper, or bare in our documents. `refund_detail` is ours: that answer has no wrapper."""

    order_info: Order | None = None
    order_list: list[Order] | None = None
    order_sn_list: list[Order] | None = None
    refund_list: list[Refund] | None = None
    refund_detail: Refund | None = None


class Document(Inner, gc=False):
    """Our document, or an answer in its wrapper."""

    order_info_get_response: Inner | None = None
    order_list_get_response: Inner | None = None
    order_sn_increment_get_response: Inner | None = None
    refund_increment_get_response: Inner | None = None


class Listed(msgspec.Struct, gc=False):
    """A page of changed orders or refunds."""

    order_sn_list: list[msgspec.Raw] | None = None
    refund_list: list[msgspec.Raw] | None = None
    total_count: Id = None


class Row(msgspec.Struct, gc=False):
    """What names a row of a list."""

    order_sn: Id = None
    id: Id = None
    updated_at: Id = None
    updated_time: Id = None


class Refusal(msgspec.Struct, gc=False):
    """`error_response`."""

    error_code: Id = None
    sub_code: Id = None


class Grant(msgspec.Struct, gc=False):
    """What a refresh answers. The expiry is read, never assumed."""

    access_token: str
    refresh_token: str | None = None
    expires_in: Id = None
    expires_at: Id = None


class Message(msgspec.Struct, gc=False):
    """`message` of a frame. `content` is JSON once more."""

    type: str | None = None
    mallID: Id = None
    mallId: Id = None
    content: str | None = None


class Frame(Message, gc=False):
    """A frame of the socket, or a message on its own."""

    id: Id = None
    commandType: str | None = None
    sendTime: Id = None
    message: Message | None = None


class Content(msgspec.Struct, gc=False):
    """`content` of a message."""

    mall_id: Id = None
    tid: Id = None
    refund_id: Id = None
    modified: Id = None
