"""Shapes of JD's payloads, only the fields that are read. An empty object may come as an empty list."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.toolkit.loose import Id

Amount = Any  # text, int or Decimal; chalicelib.toolkit.loose refuses the rest
Flag = bool | str | int | None
NULL = msgspec.Raw(b"null")


class Item(msgspec.Struct, gc=False):
    """An element of `itemInfoList`. `jdPrice` is for one piece, before any discount."""

    skuName: str | None = None
    itemTotal: Id = None
    wareId: Id = None
    outerSkuId: str | None = None
    jdPrice: Amount = None
    productNo: str | None = None
    skuId: Id = None


class Parcel(msgspec.Struct, gc=False):
    """An element of `partialLogisticsInfoModel`. `shipmentTime` is in Unix milliseconds."""

    waybillId: Id = None
    logicId: Id = None
    shipmentTime: Id = None


class Consignee(msgspec.Struct, gc=False):
    """`consigneeInfo`."""

    town: str | None = None
    city: str | None = None
    county: str | None = None
    mobile: str | None = None
    telephone: str | None = None
    province: str | None = None
    fullAddress: str | None = None
    fullname: str | None = None


class Order(msgspec.Struct, gc=False):
    """`orderInfo`. Amounts are yuan, times local times of China, 0001-01-01 where there is none."""

    orderId: Id = None
    parentOrderId: Id = None
    directParentOrderId: Id = None
    orderState: str | None = None
    payType: str | None = None
    orderTotalPrice: Amount = None
    sellerDiscount: Amount = None
    freightPrice: Amount = None
    taxFee: Amount = None
    balanceUsed: Amount = None
    orderPayment: Amount = None
    orderStartTime: str | None = None
    paymentConfirmTime: str | None = None
    outBoundDate: str | None = None
    orderEndTime: str | None = None
    modified: str | None = None
    itemInfoList: list[Item] | None = None
    open_id_buyer: str | None = None
    pin: str | None = None
    consigneeInfo: Consignee | list[Any] | None = None
    waybill: str | None = None
    logisticsId: Id = None
    partialLogisticsInfoModel: list[Parcel] | Parcel | str | None = None
    orderSource: str | None = None


class Apply(msgspec.Struct, gc=False):
    """A refund before shipping. `applyRefundSum` is in fen: what was applied for."""

    id: Id = None
    orderId: Id = None
    applyRefundSum: Id = None
    applyTime: Id = None
    checkTime: Id = None
    status: Id = None
    reason: str | None = None


class Bill(msgspec.Struct, gc=False):
    """`sameOrderServiceBill` of an after-sale. `wareId` is the SKU."""

    serviceId: Id = None
    orderId: Id = None
    wareId: Id = None
    serviceCount: Id = None
    afsApplyTime: Id = None
    approveDate: Id = None
    applyReason: str | None = None


class Actual(msgspec.Struct, gc=False):
    """`afsActualRefundDetail`, in yuan."""

    actualRefundAmount: Amount = None


class Detail(msgspec.Struct, gc=False):
    """`result.data` of jingdong.b2c.shop.aftersales.refund.get."""

    afsActualRefundDetail: Actual | None = None


class Service(msgspec.Struct, gc=False):
    """An after-sale with its refund, if there is one. `refoundAmount` is in yuan, by all clients; no page says so."""

    sameOrderServiceBill: Bill | None = None
    afsRefundId: Id = None
    refoundAmount: Amount = None
    status: Id = None
    completeTime: Id = None
    detail: Detail | None = None  # ours: what jingdong.b2c.shop.aftersales.refund.get tells of it


class OrderDetail(msgspec.Struct, gc=False):
    """`orderDetailInfo`."""

    orderInfo: Order | None = None


class OrderList(msgspec.Struct, gc=False):
    """`searchorderinfo_result`."""

    orderInfoList: list[Order] | None = None


class ApplyList(msgspec.Struct, gc=False):
    """`queryResult`."""

    result: list[Apply] | None = None


class ServiceList(msgspec.Struct, gc=False):
    """`pageResult`."""

    data: list[Service] | None = None


class Inner(msgspec.Struct, gc=False):
    """What stands inside an answer's wrapper, or bare in our documents."""

    orderInfo: Order | None = None
    orderDetailInfo: OrderDetail | None = None
    searchorderinfo_result: OrderList | None = None
    apply: Apply | None = None
    queryResult: ApplyList | None = None
    service: Service | None = None
    pageResult: ServiceList | None = None


class Document(Inner, gc=False):
    """Our document, or an answer in its wrapper, whose last word the platform misspells."""

    jingdong_pop_order_enGet_responce: Inner | None = None
    jingdong_pop_order_get_responce: Inner | None = None
    jingdong_pop_order_enSearch_responce: Inner | None = None
    jingdong_pop_order_search_responce: Inner | None = None
    jingdong_pop_order_enGet_response: Inner | None = None
    jingdong_pop_order_enSearch_response: Inner | None = None
    jingdong_pop_afs_soa_refundapply_queryPageList_responce: Inner | None = None
    jingdong_asc_serviceAndRefund_view_responce: Inner | None = None
    orderId: Id = None  # an order on its own


class Outcome(msgspec.Struct, gc=False):
    """The second level of success, inside the wrapper."""

    success: Flag = None
    englishErrCode: Id = None
    numberCode: Id = None
    code: Id = None


class Listed(msgspec.Struct, gc=False):
    """Any list's rows and how many there are."""

    orderInfoList: list[msgspec.Raw] | None = None
    orderTotal: Id = None
    result: list[msgspec.Raw] | None = None
    data: list[msgspec.Raw] | None = None
    totalCount: Id = None
    apiResult: Outcome | None = None
    success: Flag = None
    code: Id = None


class Refusal(msgspec.Struct, gc=False):
    """`error_response`."""

    code: Id = None


class TokenAnswer(msgspec.Struct, gc=False):
    """What a refresh answers; without a token it is a refusal."""

    access_token: str | None = None
    expires_in: Id = None
    refresh_token: str | None = None
