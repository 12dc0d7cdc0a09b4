"""JD: orders, refund applications and after-sales in the platform's words. Orders tell yuan, applications fen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ops.simulator.api.wrapped import stamp
from ops.simulator.delivery import major, number
from ops.simulator.model import Claim, Item, State, seller_sku

Json = dict[str, Any]
KEY = "jd"
NEVER = "0001-01-01 00:00:00"
_APPLY = {"open": "0", "rejected": "2", "done": "3"}


def order_state(state: State) -> str:
    """`orderState`. A part that has left does not change it."""
    if state.cancelled_at:
        return "TRADE_CANCELED"
    if state.completed_at:
        return "FINISHED_L"
    if state.delivered_all:
        return "RECEIPTS_CONFIRM"
    if state.shipped_all:
        return "WAIT_GOODS_RECEIVE_CONFIRM"
    return "WAIT_SELLER_STOCK_OUT" if state.released else "NOT_PAY"


def order(state: State) -> Json:
    """`orderInfo`."""
    told = state.order
    province, city, *_ = told.buyer.city.split("|")
    parcels = state.parcels if state.shipped_all else ()
    partly = state.parcels if not state.shipped_all else ()
    return {
        "orderId": told.order_id,
        "venderId": "10600001",
        "parentOrderId": "0",
        "directParentOrderId": "0",
        "orderType": "22",
        "orderState": order_state(state),
        "payType": "4-在线支付",
        "orderTotalPrice": major(state.gross),
        "sellerDiscount": major(state.off_seller),
        "orderSellerPrice": major(state.gross - state.off_seller),
        "freightPrice": major(state.shipping),
        "taxFee": "0.00",
        "balanceUsed": "0.00",
        "orderPayment": major(state.total),
        "orderStartTime": stamp(told.placed_at),
        "paymentConfirmTime": stamp(state.paid_at, NEVER),
        "outBoundDate": stamp(max(parcel.shipped_at for parcel in parcels) if parcels else None, NEVER),
        "orderEndTime": stamp(state.completed_at or state.cancelled_at, NEVER),
        "modified": stamp(state.updated_at),
        "itemInfoList": [_item(item) for item in state.items],
        "open_id_buyer": told.buyer.id,
        "pin": "",
        "consigneeInfo": {
            "fullname": "AAS/c2ltdWxhdGVkIG5hbWU=",
            "fullAddress": "AAS/c2ltdWxhdGVkIGFkZHJlc3M=",
            "mobile": "136*******5",
            "province": province,
            "city": city,
        },
        "waybill": ",".join(parcel.number for parcel in parcels),
        "logisticsId": "2087" if parcels else "",
        "partialLogisticsInfoModel": [_parcel(parcel.number, parcel.shipped_at) for parcel in partly],
        "orderSource": "移动端订单",
    }


def _item(item: Item) -> Json:
    return {
        "skuName": item.product.title,
        "itemTotal": str(item.quantity),
        "wareId": item.product.id,
        "outerSkuId": seller_sku(item.product),
        "jdPrice": major(item.unit_price),
        "productNo": "",
        "skuId": item.line_id,
    }


def _parcel(waybill: str, at: datetime) -> Json:
    return {"shipmentId": 1, "waybillId": waybill, "logicId": 2087, "shipmentTime": int(at.timestamp() * 1000)}


def is_application(state: State, claim: Claim) -> bool:
    """Whether a refund is one before shipping: of the whole, of an order of which nothing has left."""
    return not claim.lines and not state.parcels


def application(state: State, claim: Claim) -> Json:
    """An element of `queryResult.result`. The sum is in fen."""
    return {
        "id": claim.id,
        "orderId": state.order.order_id,
        "applyRefundSum": str(claim.amount),
        "applyTime": stamp(claim.opened_at),
        "checkTime": stamp(claim.at) if claim.state != "open" else None,
        "status": _APPLY[claim.state],
    }


def service(state: State, claim: Claim) -> Json:
    """An element of `pageResult.data`. The sum is in yuan; what is refused ends as a refund that failed."""
    ended = claim.state != "open"
    bill = {
        "serviceId": int(claim.id),
        "orderId": int(state.order.order_id),
        "wareId": int(claim.lines[0] if claim.lines else state.items[0].line_id),
        "serviceCount": 1,
        "afsApplyTime": _millis(claim.opened_at),
        "approveDate": _millis(claim.at) if ended else None,
        "applyReason": "商品破损",
    }
    return {
        "afsRefundId": int(claim.id) + 1,
        "refoundAmount": number(claim.amount),
        "completeTime": _millis(claim.at) if ended else None,
        "status": {"open": 10, "rejected": 14, "done": 13}[claim.state],
        "sameOrderServiceBill": bill,
    }


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)
