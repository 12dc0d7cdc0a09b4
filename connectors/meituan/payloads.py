"""Shapes of Meituan's payloads, only the fields that are read. Pushes are forms of text; what is nested is JSON as text."""

from __future__ import annotations

import msgspec

from chalicelib.toolkit.floats import ABSENT
from chalicelib.toolkit.loose import Id

Amount = msgspec.Raw  # yuan, as it came; chalicelib.toolkit.floats.raw_money_in_floats reads it
NULL = msgspec.Raw(b"null")


class Food(msgspec.Struct, gc=False):
    """An element of `detail`: one position. It has no id."""

    app_food_code: Id = None
    app_spu_code: Id = None  # what shops that sell goods have in its place
    box_num: Amount = ABSENT
    box_price: Amount = ABSENT
    food_name: str | None = None
    price: Amount = ABSENT
    quantity: Id = None
    sku_id: Id = None


class Extra(msgspec.Struct, gc=False):
    """An element of `extras`: one activity. Some are empty."""

    mt_charge: Amount = ABSENT
    poi_charge: Amount = ABSENT
    reduce_fee: Amount = ABSENT
    type: Id = None
    type_9_coupon_type: Id = None


class Refund(msgspec.Struct, gc=False):
    """A refund: a push, or an element of getOrderRefundDetail."""

    order_id: Id = None
    refund_id: Id = None
    ctime: Id = None
    utime: Id = None
    money: Amount = ABSENT
    notify_type: str | None = None
    refund_status: Id = None
    res_type: Id = None
    service_type: Id = None
    status: Id = None
    reason: str | None = None
    apply_reason: str | None = None


class Order(Refund, gc=False):
    """An order: a push, or the answer of getOrderDetail. `package_bag_money` is fen."""

    detail: list[Food] | str | None = None
    extras: list[Extra] | str | None = None
    wm_order_id_view: Id = None
    recipient_name: str | None = None
    recipient_phone: str | None = None
    recipient_address: str | None = None
    shipping_fee: Amount = ABSENT
    total: Amount = ABSENT
    package_bag_money: Id = None
    pay_type: Id = None
    day_seq: Id = None
    app_poi_code: Id = None
    incmp_code: Id = None
    logistics_status: Id = None
    logistics_fetch_time: Id = None
    logistics_completed_time: Id = None
    order_completed_time: Id = None
    order_cancel_time: Id = None
    time: Id = None
    reason_code: Id = None
    deal_op_type: Id = None


class Logistics(msgspec.Struct, gc=False):
    """What a push about the delivery says."""

    logistics_status: Id = None
    time: Id = None


class Document(Order, gc=False):
    """What hydrating and pulling put together, an answer of the API, or an order or refund on its own."""

    order: Order | None = None
    refunds: list[Refund] | None = None
    logistics: Logistics | None = None
    data: Order | list[Order] | str | None = None


class ApiError(msgspec.Struct, gc=False):
    """`error`."""

    code: Id = None


class Answer(msgspec.Struct, gc=False):
    """Any answer of the API; `data` is "ng" where it failed."""

    data: msgspec.Raw = NULL
    error: ApiError | None = None
    order_ids: list[Id] | None = None


class DaySeq(msgspec.Struct, gc=False):
    """`data` of getOrderDaySeq and of getOrderIdByDaySeq."""

    day_seq: Id = None
    order_ids: list[Id] | None = None


class Comment(msgspec.Struct, gc=False):
    """A review; what is added to it later has its id too."""

    comment_id: Id = None
    comment_content: str | None = None
    comment_time: str | None = None
    comment_pictures: str | list[str] | None = None
    food_comment_score: Id = None
    order_comment_score: Id = None
    add_comment: str | None = None
    add_comment_time: str | None = None
    e_reply_content: str | None = None
    e_reply_time: str | None = None


class CommentDocument(msgspec.Struct, gc=False):
    """Reviews, as pulled or as the API answers them."""

    data: list[Comment] | None = None
