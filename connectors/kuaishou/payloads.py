"""Shapes of Kuaishou's payloads, only the fields that are read. Amounts are whole fen, times milliseconds."""

from __future__ import annotations

import msgspec

from chalicelib.toolkit.loose import Id

NULL = msgspec.Raw(b"null")
Flag = bool | int | str | None


class Shape(msgspec.Struct, gc=False, rename="camel"):
    """Kuaishou writes camel case."""


class Push(Shape):
    """A push, opened. `info` is an object as text."""

    event_id: Id = None
    user_id: Id = None
    app_key: str | None = None
    event: str | None = None
    info: str | None = None
    create_time: Id = None
    update_time: Id = None
    test: Flag = None


class Info(Shape):
    """What `info` of a push names. One message spells its seller `seller_id`; it is not read."""

    oid: Id = None
    order_id: Id = None
    refund_id: Id = None
    create_time: Id = None
    update_time: Id = None


class Base(Shape):
    """`orderBaseInfo`."""

    oid: Id = None
    status: Id = None
    create_time: Id = None
    pay_time: Id = None
    send_time: Id = None
    recv_time: Id = None
    update_time: Id = None
    total_fee: Id = None
    express_fee: Id = None
    discount_fee: Id = None
    government_discount: Id = None
    pay_channel_discount: Id = None
    pre_sale: Id = None
    buyer_open_id: Id = None
    buyer_nick: str | None = None
    channel: str | None = None


class Item(Shape):
    """`orderItemInfo`: the one item of an order."""

    item_id: Id = None
    sku_id: Id = None
    sku_nick: Id = None
    goods_code: Id = None
    item_title: str | None = None
    num: Id = None
    price: Id = None
    original_price: Id = None
    discount_fee: Id = None


class Newest(Shape):
    """An element of `orderRefundList` or `orderDetailRefundList`: the newest refund, without an amount."""

    refund_id: Id = None
    refund_status: Id = None
    handling_way: Id = None


class Parcel(Shape):
    """An element of `orderLogisticsInfo`."""

    express_no: Id = None
    express_code: Id = None


class Address(Shape):
    """`orderAddress`: places in clear, the rest as cipher text and behind a mask."""

    province: str | None = None
    city: str | None = None
    district: str | None = None
    encrypted_consignee: str | None = None
    encrypted_mobile: str | None = None
    encrypted_address: str | None = None
    desensitise_consignee: str | None = None
    desensitise_mobile: str | None = None
    desensitise_address: str | None = None


class Delivery(Shape):
    """`orderDeliveryInfo`: how many of the pieces are sent."""

    delivery_num: Id = None


class Sold(Shape):
    """`orderCpsInfo`: who sold it for the shop."""

    distributor_id: Id = None
    activity_user_id: Id = None
    kwai_money_user_id: Id = None


class Order(Shape):
    """An element of `orderList`, or `data` of the detail call, which names its refunds otherwise."""

    order_base_info: Base | None = None
    order_item_info: Item | None = None
    order_refund_list: list[Newest] | None = None
    order_detail_refund_list: list[Newest] | None = None
    order_logistics_info: list[Parcel] | None = None
    order_address: Address | None = None
    order_delivery_info: Delivery | None = None
    order_cps_info: Sold | None = None


class Fees(Shape):
    """`data` of the fee call: who bears the discounts, and what the buyer pays."""

    oid: Id = None
    express_fee: Id = None
    buyer_pay: Id = None
    platform_bear_amount: Id = None
    merchant_bear_amount: Id = None


class Refund(Shape):
    """An element of `refundOrderInfoList`, or `data` of the refund detail."""

    refund_id: Id = None
    oid: Id = None
    refund_fee: Id = None
    status: Id = None
    handling_way: Id = None
    special_refund_type: Id = None
    refund_reason_desc: str | None = None
    product_num: Id = None
    submit_time: Id = None
    create_time: Id = None
    update_time: Id = None
    end_time: Id = None


class Document(Shape):
    """What hydrating and pulling put together: an order with its fees and refunds, or refunds alone."""

    order: Order | None = None
    fees: Fees | None = None
    refunds: list[Refund] | None = None


class Anything(Shape):
    """Any payload, to tell what it is: our document, an answer, an order or a refund bare, or a push."""

    order: msgspec.Raw = NULL
    refunds: msgspec.Raw = NULL
    order_base_info: msgspec.Raw = NULL
    order_list: msgspec.Raw = NULL
    refund_order_info_list: msgspec.Raw = NULL
    root_comment: msgspec.Raw = NULL
    data: msgspec.Raw = NULL
    refund_id: Id = None
    comment_id: Id = None
    event: Id = None


class Listed(Shape):
    """`data` of a listing; both name their cursor otherwise."""

    order_list: list[msgspec.Raw] | None = None
    refund_order_info_list: list[msgspec.Raw] | None = None
    cursor: Id = None
    pcursor: Id = None


class Row(Shape):
    """The head of an order in a list."""

    order_base_info: Base | None = None
    order_refund_list: list[Newest] | None = None
    order_detail_refund_list: list[Newest] | None = None


class Comment(Shape):
    """An element of `rootComment`. Scores are stars from 1 to 5."""

    comment_id: Id = None
    item_id: Id = None
    item_sku_id: Id = None
    order_id: Id = None
    root_comment_id: Id = None
    content: str | None = None
    quality_score: Id = None
    credit_score: Id = None
    valid: Flag = None
    attached: Flag = None
    auto: Flag = None
    seller_reply: Flag = None
    image_url: list[str] | None = None
    video_cover_image_url: list[str] | None = None
    create_time: Id = None
    update_time: Id = None


class Comments(Shape):
    """`data` of the review list."""

    root_comment: list[msgspec.Raw] | None = None
    total: Id = None


class Said(Shape):
    """`data` of a reply, where it is an object."""

    comment_id: Id = None


class Answer(msgspec.Struct, gc=False):
    """What every call answers; `result` 1 is success."""

    result: Id = None
    code: Id = None
    msg: str | None = None
    error_msg: str | None = None
    sub_msg: str | None = None
    data: msgspec.Raw = NULL


class Granted(msgspec.Struct, gc=False):
    """What the token address answers; `expires_in` in seconds."""

    result: Id = None
    access_token: str | None = None
    expires_in: Id = None
    refresh_token: str | None = None
