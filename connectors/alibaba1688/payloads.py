"""Shapes of 1688's payloads, only the fields that are read. Amounts are yuan as numbers unless a field says cents."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.toolkit.floats import ABSENT
from chalicelib.toolkit.loose import Id

Amount = msgspec.Raw  # as it came; chalicelib.toolkit.floats.raw_money_in_floats reads it
Flag = bool | str | int | None
NULL = msgspec.Raw(b"null")


class Message(msgspec.Struct, gc=False):
    """`message` of a push, and an element of the lists of missed messages. `data` is an object, or one as text."""

    type: str
    msgId: Id = None
    userInfo: str | None = None
    gmtBorn: Id = None
    data: msgspec.Raw = NULL


class Named(msgspec.Struct, gc=False):
    """Whatever names an order."""

    orderId: Id = None


class Tracing(msgspec.Struct, gc=False):
    """`OrderLogisticsTracingModel`."""

    orderLogsItems: list[Named] | None = None


class Notice(msgspec.Struct, gc=False):
    """`data` of a push."""

    orderId: Id = None
    refundId: Id = None
    msgSendTime: str | None = None
    buyerMemberId: str | None = None
    sellerMemberId: str | None = None
    batchPay: list[Named] | None = None
    OrderLogisticsTracingModel: Tracing | None = None


class Contact(msgspec.Struct, gc=False):
    """`buyerContact`."""

    phone: str | None = None
    name: str | None = None
    mobile: str | None = None


class Receiver(msgspec.Struct, gc=False):
    """`receiverInfo`."""

    toFullName: str | None = None
    toMobile: str | None = None
    toPost: Id = None
    toArea: str | None = None


class BaseInfo(msgspec.Struct, gc=False):
    """`baseInfo`. `refundPayment` is cents."""

    allDeliveredTime: str | None = None
    buyerID: Id = None
    completeTime: str | None = None
    createTime: str | None = None
    currency: str | None = None
    id: Id = None
    modifyTime: str | None = None
    payTime: str | None = None
    receivingTime: str | None = None
    refund: Amount = ABSENT
    shippingFee: Amount = ABSENT
    status: str | None = None
    totalAmount: Amount = ABSENT
    buyerContact: Contact | None = None
    refundStatus: str | None = None
    refundStatusForAs: str | None = None
    refundPayment: Id = None
    idOfStr: Id = None
    receiverInfo: Receiver | None = None
    buyerLoginId: str | None = None
    sumProductPayment: Amount = ABSENT
    caid: str | None = None
    encryptOutOrderInfo: Any = None


class Item(msgspec.Struct, gc=False):
    """An element of `productItems`. `subItemID` may be rounded: the text beside it is not."""

    itemAmount: Amount = ABSENT
    name: str | None = None
    price: Amount = ABSENT
    productID: Id = None
    quantity: Any = None
    refund: Amount = ABSENT
    skuID: Id = None
    subItemID: Id = None
    cargoNumber: str | None = None
    productCargoNumber: str | None = None
    unit: str | None = None
    refundStatus: str | None = None
    logisticsStatus: Id = None
    subItemIDString: Id = None


class Bill(msgspec.Struct, gc=False):
    """An element of `logisticsItems`: one parcel."""

    deliveredTime: str | None = None
    logisticsBillNo: Id = None
    logisticsCompanyName: str | None = None
    logisticsCode: str | None = None


class Logistics(msgspec.Struct, gc=False):
    """`nativeLogistics`."""

    address: str | None = None
    area: str | None = None
    city: str | None = None
    contactPerson: str | None = None
    mobile: str | None = None
    province: str | None = None
    zip: Id = None
    town: str | None = None
    logisticsItems: list[Bill] | None = None
    caid: str | None = None


class Refund(msgspec.Struct, gc=False):
    """An element of `opOrderRefundModels`. Amounts in cents."""

    refundId: Id = None
    orderId: Id = None
    status: str | None = None
    applyPayment: Id = None
    refundPayment: Id = None
    applyReason: str | None = None
    orderEntryIdList: list[Id] | None = None
    gmtApply: str | None = None
    gmtCompleted: str | None = None
    gmtModified: str | None = None
    refundGoods: Flag = None
    isRefundGoods: Flag = None


class Order(msgspec.Struct, gc=False):
    """An order, of the detail calls or the lists."""

    nativeLogistics: Logistics | None = None
    productItems: list[Item] | None = None
    baseInfo: BaseInfo | None = None


class Result(Order, gc=False):
    """`result` of a detail call or of the list of refunds."""

    opOrderRefundModels: list[Refund] | None = None


class Document(Order, gc=False):
    """What hydrating and pulling put together, an order on its own, or a refund on its own."""

    order: Order | None = None
    refunds: list[Refund] | None = None
    partSent: bool = False
    view: str | None = None
    result: Result | list[Order] | None = None
    refundId: Id = None
    msgId: Id = None


class Answer(msgspec.Struct, gc=False):
    """Any answer of the API."""

    result: msgspec.Raw = NULL
    success: Flag = None
    isSuccess: Flag = None
    errorCode: Id = None
    error_code: Id = None
    error: str | None = None
    totalRecord: Id = None
    pushMessagePage: msgspec.Raw = NULL


class MessageHead(msgspec.Struct, gc=False):
    """What confirming needs of a message."""

    msgId: Id = None


class MessagePage(msgspec.Struct, gc=False):
    """`pushMessagePage`."""

    datas: list[msgspec.Raw] | None = None
    totalCount: Id = None


class Head(msgspec.Struct, gc=False):
    """What hydrating and paging need of an order."""

    baseInfo: BaseInfo | None = None


class RefundHead(msgspec.Struct, gc=False):
    """What paging needs of a refund."""

    refundId: Id = None
    orderId: Id = None
    gmtModified: str | None = None


class RefundPage(msgspec.Struct, gc=False):
    """`result` of the list of refunds, as pulling cuts it."""

    opOrderRefundModels: list[msgspec.Raw] | None = None
    totalCount: Id = None


class TokenAnswer(msgspec.Struct, gc=False):
    """What getToken answers; `expires_in` is seconds, as text."""

    access_token: str
    expires_in: Id = None
    refresh_token: str | None = None
