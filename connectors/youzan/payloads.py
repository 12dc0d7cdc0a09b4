"""Shapes of Youzan's payloads, only the fields that are read. An object or list may come as a text that means nothing."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.toolkit.loose import Id

Amount = Any  # text, int or Decimal; chalicelib.toolkit.loose.money_in refuses the rest
Flag = bool | str | int | None
NULL = msgspec.Raw(b"null")


class Push(msgspec.Struct, gc=False):
    """A push. `msg` is an object, or one as URL-encoded text."""

    type: str
    id: Id = None
    kdt_id: Id = None
    client_id: str | None = None
    msg_id: str | None = None
    version: Id = None
    test: Flag = None
    msg: msgspec.Raw = NULL


class Notice(msgspec.Struct, gc=False):
    """`msg` of a thin push."""

    tid: Id = None
    refund_id: Id = None
    update_time: str | None = None


class Tags(msgspec.Struct, gc=False):
    """`order_tags`."""

    is_virtual: Flag = None


class OrderInfo(msgspec.Struct, gc=False):
    """`order_info`."""

    consign_time: str | None = None
    created: str | None = None
    success_time: str | None = None
    tid: Id = None
    pay_time: str | None = None
    update_time: str | None = None
    refund_state: Id = None
    status: str | None = None
    pay_type_str: str | None = None
    order_tags: Tags | str | None = None


class PayInfo(msgspec.Struct, gc=False):
    """`pay_info`: yuan as text, but for the deductions, which are cents."""

    post_fee: Amount = None
    payment: Amount = None
    deduction_pay: Id = None


class BuyerInfo(msgspec.Struct, gc=False):
    """`buyer_info`."""

    yz_open_id: Id = None
    buyer_id: Id = None
    buyer_phone: str | None = None
    fans_nickname: str | None = None


class AddressInfo(msgspec.Struct, gc=False):
    """`address_info`."""

    delivery_address: str | None = None
    delivery_postal_code: str | None = None
    receiver_name: str | None = None
    delivery_province: str | None = None
    delivery_city: str | None = None
    delivery_district: str | None = None
    receiver_tel: str | None = None


class Row(msgspec.Struct, gc=False):
    """An element of `orders`: one position."""

    outer_item_id: str | None = None
    num: Id = None
    oid: Id = None
    title: str | None = None
    price: Amount = None
    payment: Amount = None
    outer_sku_id: str | None = None
    item_id: Id = None
    sku_id: Id = None


class Origin(msgspec.Struct, gc=False):
    """`source_info.source`."""

    platform: str | None = None


class SourceInfo(msgspec.Struct, gc=False):
    """`source_info`."""

    source: Origin | str | None = None


class FullOrder(msgspec.Struct, gc=False):
    """`full_order_info`."""

    address_info: AddressInfo | str | None = None
    pay_info: PayInfo | str | None = None
    buyer_info: BuyerInfo | str | None = None
    orders: list[Row] | str | None = None
    source_info: SourceInfo | str | None = None
    order_info: OrderInfo | None = None


class Promotion(msgspec.Struct, gc=False):
    """`order_promotion`: what the shop gives, in yuan."""

    order_discount_fee: Amount = None
    adjust_fee: Amount = None
    item_discount_fee: Amount = None


class Express(msgspec.Struct, gc=False):
    """`express_info`."""

    express_id: Id = None
    express_no: Id = None


class Dist(msgspec.Struct, gc=False):
    """An element of `dists`: one parcel."""

    create_time: str | None = None
    express_info: Express | str | None = None


class Delivery(msgspec.Struct, gc=False):
    """An element of `delivery_order`."""

    express_state: Id = None
    dists: list[Dist] | str | None = None


class Oid(msgspec.Struct, gc=False):
    """A position that a refund is about."""

    oid: Id = None


class TradeRefund(msgspec.Struct, gc=False):
    """An element of `refund_order`: no times, and a vocabulary of its own."""

    refund_type: Id = None
    refund_fee: Amount = None
    refund_id: Id = None
    refund_state: Id = None
    oids: list[Oid] | str | None = None


class RefundRow(msgspec.Struct, gc=False):
    """A refund of youzan.trade.refund.search or youzan.trade.refund.get."""

    refund_id: Id = None
    tid: Id = None
    oid: Id = None
    status: str | None = None
    refund_fee: Amount = None
    reason: Id = None
    demand: Id = None
    refund_type: Id = None
    return_goods: Flag = None
    created: str | None = None
    modified: str | None = None
    refund_success_time: str | None = None


class Trade(RefundRow, gc=False):
    """One order with what stands beside it; or one refund; or a list of either."""

    full_order_info: FullOrder | str | None = None
    order_promotion: Promotion | str | None = None
    delivery_order: list[Delivery] | str | None = None
    refund_order: list[TradeRefund] | str | None = None
    full_order_info_list: list[Trade] | str | None = None
    refunds: list[RefundRow] | str | None = None


class Document(Trade, gc=False):
    """Anything: an answer of the API, what hydrating put together, a push, or what they hold on its own."""

    data: Trade | str | None = None
    response: Trade | None = None
    trade: Trade | None = None
    type: Id = None
    msg: msgspec.Raw = NULL


class GatewayError(msgspec.Struct, gc=False):
    """`gw_err_resp`."""

    err_code: Id = None


class ApiError(msgspec.Struct, gc=False):
    """`error_response`."""

    code: Id = None


class Answer(msgspec.Struct, gc=False):
    """Any answer of the API, HTTP 200."""

    success: Flag = None
    code: Id = None
    data: msgspec.Raw = NULL
    response: msgspec.Raw = NULL
    gw_err_resp: GatewayError | None = None
    error_response: ApiError | None = None


class TokenData(msgspec.Struct, gc=False):
    """`data` of /auth/token. `expires` is an instant in milliseconds."""

    access_token: str
    expires: Id = None
    refresh_token: str | None = None


class Head(msgspec.Struct, gc=False):
    """What hydrating and paging need of an order."""

    order_info: OrderInfo | None = None


class TradeRow(msgspec.Struct, gc=False):
    """An element of `full_order_info_list`, or the data of youzan.trade.get."""

    full_order_info: Head | None = None
    refund_order: list[TradeRefund] | str | None = None


class TradePage(msgspec.Struct, gc=False):
    """`data` of youzan.trades.sold.get."""

    total_results: Id = None
    full_order_info_list: list[msgspec.Raw] | None = None


class RefundPage(msgspec.Struct, gc=False):
    """`data` of youzan.trade.refund.search."""

    total: Id = None
    refunds: list[msgspec.Raw] | None = None


class Evaluation(msgspec.Struct, gc=False):
    """One evaluation of an item, by the names of the older call; those of the newer are not published."""

    id: Id = None
    evaluation_id: Id = None
    alias: str | None = None
    tid: Id = None
    order_no: Id = None
    item_id: Id = None
    sku_id: Id = None
    desc_rate: Id = None
    rate: Id = None
    review: str | None = None
    picture: list[str] | str | None = None
    seller_comment: str | None = None
    created_time: str | None = None
    update_time: str | None = None
    fans_nickname: str | None = None
    yz_open_id: Id = None


class EvaluationPage(msgspec.Struct, gc=False):
    """A page of evaluations."""

    items: list[msgspec.Raw]
    total_count: Id = None
    totalCount: Id = None
    total: Id = None


class EvaluationDocument(msgspec.Struct, gc=False):
    """One or several evaluations: as pulled, or as the API answers them."""

    items: list[Evaluation] | None = None
    data: EvaluationDocument | str | None = None
