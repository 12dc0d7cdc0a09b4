"""Shapes of Ele.me's payloads, only the fields that are read. Amounts are yuan as JSON numbers."""

from __future__ import annotations

import msgspec

from chalicelib.toolkit.floats import ABSENT
from chalicelib.toolkit.loose import Id

Amount = msgspec.Raw  # as it came; chalicelib.toolkit.floats.raw_money_in_floats reads it
Flag = bool | str | int | None
NULL = msgspec.Raw(b"null")


class Push(msgspec.Struct, gc=False):
    """A push: `message` is JSON as text."""

    type: int
    message: str
    requestId: Id = None
    shopId: Id = None
    timestamp: Id = None


class Notice(msgspec.Struct, gc=False):
    """What a message names. `updateTime` is seconds, `updateAt` milliseconds."""

    orderId: Id = None
    id: Id = None
    downgraded: Flag = None
    updateTime: Id = None
    updateAt: Id = None
    activeAt: str | None = None


class Item(msgspec.Struct, gc=False):
    """An element of a group's `items`: one position."""

    id: Id = None
    skuId: Id = None
    name: str | None = None
    price: Amount = ABSENT
    quantity: Id = None
    extendCode: Id = None
    barCode: Id = None
    vfoodId: Id = None


class Group(msgspec.Struct, gc=False):
    """An element of `groups`: what was ordered (normal), fees (extra), or what is given (discount)."""

    type: str | None = None
    items: list[Item] | None = None


class Order(msgspec.Struct, gc=False):
    """OOrder. Discounts are 0 or less."""

    id: Id = None
    orderId: Id = None
    address: str | None = None
    createdAt: str | None = None
    activeAt: str | None = None
    deliverFee: Amount = ABSENT
    groups: list[Group] | None = None
    onlinePaid: Flag = None
    phoneList: list[str] | None = None
    daySn: Id = None
    status: str | None = None
    refundStatus: str | None = None
    userId: Id = None
    totalPrice: Amount = ABSENT
    consignee: str | None = None
    hongbao: Amount = ABSENT
    packageFee: Amount = ABSENT
    shopPart: Amount = ABSENT
    elemePart: Amount = ABSENT
    downgraded: Flag = None
    vipDeliveryFeeDiscount: Amount = ABSENT


class Claim(msgspec.Struct, gc=False):
    """The message of a cancellation or refund, or the answer of getRefundOrder, which tells no time."""

    orderId: Id = None
    refundStatus: str | None = None
    reason: str | None = None
    totalPrice: Amount = ABSENT
    updateTime: Id = None


class Change(msgspec.Struct, gc=False):
    """What was said beside the order: the type of the push, or of the one that a delivery would have made, and its time."""

    type: int = 0
    at: Id = None


class Result(Order, gc=False):
    """`result`: an order, or a list of them."""

    rows: list[Order] | None = msgspec.field(name="list", default=None)


class Document(Order, gc=False):
    """What hydrating puts together, an answer of the API, a whole push, or an order on its own."""

    order: Order | None = None
    change: Change | None = None
    refund: Claim | None = None
    ended: bool = False
    result: Result | None = None
    type: Id = None
    message: str | None = None


class ApiError(msgspec.Struct, gc=False):
    """`error`."""

    code: str | None = None


class Answer(msgspec.Struct, gc=False):
    """Any answer of the API."""

    result: msgspec.Raw = NULL
    error: ApiError | None = None


class Row(msgspec.Struct, gc=False):
    """What hydrating and paging need of an order."""

    id: Id = None
    orderId: Id = None
    downgraded: Flag = None
    status: str | None = None
    refundStatus: str | None = None


class Delivery(msgspec.Struct, gc=False):
    """A value of batchGetDeliveryStates: the newest record of a delivery, and when it was made, local time of China."""

    state: str | None = None
    createdAt: str | None = None


class OrderPage(msgspec.Struct, gc=False):
    """`result` of getAllOrders, as pulling cuts it."""

    rows: list[msgspec.Raw] | None = msgspec.field(name="list", default=None)
    total: Id = None


class Rate(msgspec.Struct, gc=False):
    """A review."""

    id: Id = None
    rateId: Id = None
    orderId: Id = None
    rating: Id = None
    rateContent: str | None = None
    ratedAt: str | None = None
    orderRateReply: str | None = None


class RateDocument(msgspec.Struct, gc=False):
    """Reviews, as pulled or as the API answers them."""

    result: list[Rate] | None = None
