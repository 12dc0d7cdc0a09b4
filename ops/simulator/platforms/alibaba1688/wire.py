"""Alibaba 1688: forms whose message names an order, and orders and refunds as the seller's view of the API answers them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from ops.simulator.delivery import LATENCY, Delivery, dump, number
from ops.simulator.model import Claim, Item, Parcel, SimOrder, State, Step, World, seller_sku

Json = dict[str, Any]
KEY = "alibaba1688"
ZONE = timezone(timedelta(hours=8))
_TYPES = {
    "placed": "ORDER_BUYER_MAKE",
    "paid": "ORDER_PAY",
    "delivered": "ORDER_ORDER_COMFIRM_RECEIVEGOODS",
    "completed": "ORDER_ORDER_SUCCESS",
    "cancelled": "ORDER_ORDER_SELLER_CLOSE",
}
_ACTIONS = {"open": "BUYER_APPLY_REFUND", "rejected": "SELLER_REJECT_REFUND", "done": "SELLER_AGREE_REFUND"}
_REFUNDS = {"open": "waitselleragree", "rejected": "refundclose", "done": "refundsuccess"}


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every push for steps with since <= at < until."""
    for order in world.of(KEY):
        for step in order.happened(since, until):
            yield from _of_step(order, step)


def snapshot(_world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """A push after which the receiver has read the order and its refunds as of `now`."""
    state = order.known_at(now)
    yield _push(state, "ORDER_MODIFY_MEMO", state.updated_at)


def _of_step(order: SimOrder, step: Step) -> Iterator[Delivery]:
    state = order.known_at(step.at)
    if step.kind in _TYPES:
        yield _push(state, _TYPES[step.kind], step.at)
    if step.kind == "shipped":
        yield _push(state, "ORDER_ANNOUNCE_SENDGOODS" if state.shipped_all else "ORDER_PART_PART_SENDGOODS", step.at)
    claim = next((claim for claim in state.claims if claim.id == step.ref), None)
    if claim is not None:
        name = "ORDER_ORDER_REFUND_AFTER_SALES" if state.delivered_all else "ORDER_ORDER_BUYER_REFUND_IN_SALES"
        yield _push(state, name, step.at, refundId=claim.id, refundAction=_ACTIONS[claim.state], operator="buyer")


def _push(state: State, name: str, at: datetime, **more: str) -> Delivery:
    order = state.order
    sent = at + LATENCY
    data = {
        "orderId": int(order.order_id),
        "currentStatus": order_status(state),
        "msgSendTime": at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S"),
        "buyerMemberId": order.buyer.id,
        "sellerMemberId": order.shop.account,
        **more,
    }
    own = f"{int(at.timestamp())}{int(order.order_id) % 10**6}{sum(map(ord, name + more.get('refundId', ''))) % 1000:03d}"
    message = {
        "msgId": int(own),
        "gmtBorn": int(sent.timestamp() * 1000),
        "data": data,
        "userInfo": order.shop.account,
        "type": name,
    }
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    body = urlencode({"message": dump(message).decode()}).encode()
    return Delivery(sent, KEY, order.shop.account, name, order.order_id, body, headers, thin=True)


def stamp(at: datetime | None) -> str | None:
    """A time with its offset at the end; None for unset."""
    return at.astimezone(ZONE).strftime("%Y%m%d%H%M%S000%z") if at else None


def order_status(state: State) -> str:
    """`baseInfo.status`."""
    if state.cancelled_at:
        return "cancel"
    if state.completed_at:
        return "success"
    if state.delivered_all:
        return "confirm_goods"
    if state.shipped_all:
        return "waitbuyerreceive"
    return "waitsellersend" if state.released else "waitbuyerpay"


def rounded(text: str) -> int:
    """An id as a number that went through a double."""
    return int(text) // 1000 * 1000


def _refunds(state: State) -> Json:
    """How refunds show on the order: a word, and cents and yuan of what went back."""
    claims = [claim for claim in state.claims if claim.state != "rejected"]
    word = {"refundStatus": "refundsuccess" if state.refunded else "waitselleragree"} if claims else {}
    return {**word, "refund": number(state.refunded), "refundPayment": state.refunded}


def order(state: State) -> Json:
    """`result` of the detail call, and an element of the list."""
    base = {
        "idOfStr": state.order.order_id,
        "id": rounded(state.order.order_id),
        "status": order_status(state),
        "totalAmount": number(state.total),
        "sumProductPayment": number(state.gross),
        "shippingFee": number(state.shipping),
        "discount": 0,
        **_refunds(state),
        "buyerID": state.order.buyer.id,
        "buyerLoginId": f"buyer{state.order.buyer.id[-6:]}",
        "sellerID": state.order.shop.account,
        "createTime": stamp(state.order.placed_at),
        "payTime": stamp(state.paid_at),
        "allDeliveredTime": stamp(state.parcels[-1].shipped_at) if state.shipped_all else None,
        "receivingTime": stamp(state.delivered_at),
        "completeTime": stamp(state.completed_at),
        "modifyTime": stamp(state.updated_at),
        "tradeType": "50060",
    }
    return {
        "baseInfo": {name: value for name, value in base.items() if value is not None},
        "productItems": [_item(state, item) for item in state.items],
        "nativeLogistics": {**_receiver(state), "logisticsItems": [_bill(parcel) for parcel in state.parcels]},
        "tradeTerms": [],
        "orderRateInfo": {"buyerRateStatus": 5, "sellerRateStatus": 5},
    }


def _receiver(state: State) -> Json:
    province, city, area = state.order.buyer.city.split("|")
    return {"province": province, "city": city, "area": area, "address": "测试路1号", "contactPerson": state.order.buyer.name}


def _item(state: State, item: Item) -> Json:
    sent = any(item.line_id in parcel.lines for parcel in state.parcels)
    return {
        "subItemIDString": item.line_id,
        "subItemID": rounded(item.line_id),
        "productID": int(item.product.id),
        "cargoNumber": seller_sku(item.product),
        "name": item.product.title,
        "quantity": item.quantity,
        "unit": "件",
        "price": number(item.unit_price),
        "itemAmount": number(item.gross - item.off_seller),
        "entryDiscount": -item.off_seller,
        "logisticsStatus": 2 if sent else 1,
        "status": order_status(state),
        "refund": 0,
    }


def _bill(parcel: Parcel) -> Json:
    return {
        "logisticsBillNo": parcel.number,
        "logisticsCompanyName": parcel.carrier,
        "logisticsCode": parcel.id,
        "deliveredTime": stamp(parcel.shipped_at),
    }


def refund(state: State, claim: Claim) -> Json:
    """An element of `opOrderRefundModels`, in cents."""
    lines = claim.lines or tuple(item.line_id for item in state.items)
    ended = claim.at if claim.state != "open" else None
    told = {
        "refundId": claim.id,
        "orderId": int(state.order.order_id),
        "status": _REFUNDS[claim.state],
        "applyPayment": claim.amount,
        "refundPayment": claim.amount if claim.state == "done" else 0,
        "refundCarriage": 0,
        "applyReason": "不想买了",
        "orderEntryIdList": [int(line) for line in lines],
        "gmtApply": stamp(claim.opened_at),
        "gmtModified": stamp(claim.at),
        "gmtCompleted": stamp(ended),
        "isRefundGoods": False,
    }
    return {name: value for name, value in told.items() if value is not None}
