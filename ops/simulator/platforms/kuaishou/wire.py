"""Kuaishou shop: one event a push, with its object as text in `info`; orders in fen and milliseconds, fees apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ops.simulator.delivery import LATENCY, Delivery, dump
from ops.simulator.model import Claim, SimOrder, State, Step, World, seller_sku
from ops.simulator.remarks import Remark

Json = dict[str, Any]
KEY = "kuaishou"
_EVENTS = {
    "placed": "kwaishop_order_addOrder",
    "paid": "kwaishop_order_paySuccess",
    "amended": "kwaishop_order_totalFeeChange",
    "shipped": "kwaishop_order_delivering",
    "delivered": "kwaishop_order_deliverySuccess",
    "completed": "kwaishop_order_orderSuccess",
    "cancelled": "kwaishop_order_orderFail",
    "refund_requested": "kwaishop_aftersales_addRefund",
    "refund_rejected": "kwaishop_aftersales_updateRefund",
    "refunded": "kwaishop_aftersales_updateRefund",
    "exchanged": "kwaishop_aftersales_addRefund",
}
_CLAIMS = frozenset({"refund_requested", "refund_rejected", "refunded", "exchanged"})


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every push for steps with since <= at < until."""
    for order in world.of(KEY):
        for step in order.happened(since, until):
            yield _delivery(world, order, step, _EVENTS[step.kind])


def snapshot(world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """Pushes that make the receiver read the order as of `now` with all its refunds."""
    state = order.known_at(now)
    yield _delivery(world, order, Step(state.updated_at, "note"), "kwaishop_order_addNote")


def _delivery(world: World, order: SimOrder, step: Step, event: str) -> Delivery:
    state = order.known_at(step.at)
    info: Json = {"oid": int(order.order_id), "sellerId": int(order.shop.account), "updateTime": millis(step.at)}
    if step.kind in _CLAIMS:
        claim = next(claim for claim in state.claims if claim.id == step.ref)
        info = {
            "orderId": int(order.order_id),
            "refundId": int(claim.id),
            "handlingWay": handling_way(claim),
            "specialRefundType": 0,
            "status": refund_status(claim),
            "updateTime": millis(step.at),
        }
    else:
        info["status"] = order_status(state)
    mark = hashlib.sha256(f"{order.order_id}{event}{step.at.isoformat()}{step.ref}".encode()).hexdigest()[:12]
    body = {
        "eventId": f"243_4027_{int(mark, 16)}",
        "bizId": int(step.ref) if step.kind in _CLAIMS else int(order.order_id),
        "userId": int(order.shop.account),
        "openId": "f1b68e8f2a4995ed14bf57245903f001",
        "appKey": world.secrets[KEY]["app_key"],
        "event": event,
        "info": dump(info).decode(),
        "status": 2,
        "createTime": millis(step.at),
        "updateTime": millis(step.at),
    }
    headers = {"content-type": "text/plain;charset=utf-8"}
    return Delivery(step.at + LATENCY, KEY, order.shop.account, event, order.order_id, dump(body), headers, thin=True)


def millis(at: datetime | None) -> int:
    """Milliseconds; 0 for unset."""
    return round(at.timestamp() * 1000) if at else 0


def order_status(state: State) -> int:
    """`status` of an order."""
    if state.cancelled_at:
        return 80
    if state.completed_at:
        return 70
    if state.delivered_all:
        return 50
    if state.parcels:
        return 40
    return 30 if state.released else 10


def handling_way(claim: Claim) -> int:
    """1 return and refund, 10 refund, 3 exchange; every third refund has goods that come back."""
    if claim.kind == "exchange":
        return 3
    return 1 if int(claim.id) % 3 == 0 else 10


def refund_status(claim: Claim) -> int:
    """`status` of a refund."""
    return {"open": 10, "done": 60, "rejected": 12}[claim.state]


def _by_price(state: State) -> bool:
    """Whether the shop's discount lowers the price, or comes off the order: both occur."""
    return int(state.order.order_id) % 2 == 0


def order_row(state: State, *, listed: bool) -> Json:
    """An element of `orderList`, or `data` of the detail, which names its refunds otherwise."""
    item = state.items[0]
    newest = max(state.claims, key=lambda claim: (claim.at, claim.id), default=None)
    refunds = [
        {"refundId": int(claim.id), "refundStatus": refund_status(claim), "handlingWay": handling_way(claim)}
        for claim in ([newest] if newest else [])
    ]
    return {
        "orderBaseInfo": _base(state, newest),
        "orderItemInfo": _item(state),
        ("orderRefundList" if listed else "orderDetailRefundList"): refunds,
        "orderLogisticsInfo": [
            {"expressNo": parcel.number, "expressCode": int(parcel.carrier), "logisticsId": int(parcel.id)}
            for parcel in state.parcels
        ],
        "orderAddress": _address(state),
        "orderDeliveryInfo": {"splitDeliveryOrder": False, "deliveryNum": item.quantity if state.parcels else 0},
        "orderCpsInfo": {"distributorId": 0, "activityUserId": 0, "kwaiMoneyUserId": 0},
    }


def _base(state: State, newest: Claim | None) -> Json:
    order, item = state.order, state.items[0]
    return {
        "oid": int(order.order_id),
        "status": order_status(state),
        "createTime": millis(order.placed_at),
        "payTime": millis(state.paid_at),
        "sendTime": millis(state.parcels[0].shipped_at if state.parcels else None),
        "recvTime": millis(state.delivered_at),
        "refundTime": millis(newest.opened_at if newest else None),
        "updateTime": millis(state.updated_at),
        "totalFee": item.gross - item.off_seller,
        "expressFee": state.shipping,
        "discountFee": item.off_seller + item.off_platform,
        "governmentDiscount": 0,
        "payChannelDiscount": 0,
        "preSale": 0,
        "buyerOpenId": order.buyer.id,
        "buyerNick": f"{order.buyer.name[0]}**",
        "sellerOpenId": "f1b68e8f2a4995ed14bf57245903f001",
        "channel": ("live", "itemCard", "shortVideo")[int(order.order_id) % 3],
    }


def _item(state: State) -> Json:
    item = state.items[0]
    lowered = item.off_seller // item.quantity if _by_price(state) else 0
    return {
        "itemId": int(item.product.id),
        "skuId": int(item.product.id) + 500_000,
        "skuNick": seller_sku(item.product),
        "itemTitle": item.product.title,
        "num": item.quantity,
        "originalPrice": item.unit_price,
        "price": item.unit_price - lowered,
        "discountFee": lowered * item.quantity,
    }


def _address(state: State) -> Json:
    buyer = state.order.buyer
    token = hashlib.sha256(buyer.id.encode()).hexdigest()
    province, city, district = buyer.city.split("|")
    return {
        "province": province,
        "city": city,
        "district": district,
        "encryptedConsignee": f"#{token[:24]}#",
        "encryptedMobile": f"${token[24:48]}$",
        "encryptedAddress": f"#{token[40:64]}#",
        "desensitiseConsignee": f"{buyer.name[0]}*",
        "desensitiseMobile": f"{buyer.phone[:3]}****{buyer.phone[-4:]}",
        "desensitiseAddress": "***1号",
    }


def fees(state: State) -> Json:
    """`data` of the fee call, by the documented formulas."""
    item = state.items[0]
    merchant = 0 if _by_price(state) else item.off_seller
    goods = item.gross - item.off_seller
    return {
        "oid": int(state.order.order_id),
        "sellerId": int(state.order.shop.account),
        "totalFee": goods,
        "discountFee": merchant + item.off_platform,
        "expressFee": state.shipping,
        "platformAllowance": merchant + item.off_platform,
        "sellerRecv": goods + state.shipping,
        "buyerPay": goods + state.shipping - item.off_platform,
        "platformBearAmount": item.off_platform,
        "merchantBearAmount": merchant,
    }


def refund(state: State, claim: Claim) -> Json:
    """An element of `refundOrderInfoList`, and `data` of the refund detail."""
    item = state.items[0]
    return {
        "refundId": int(claim.id),
        "oid": int(state.order.order_id),
        "sellerId": int(state.order.shop.account),
        "itemId": int(item.product.id),
        "refundFee": claim.amount,
        "status": refund_status(claim),
        "handlingWay": handling_way(claim),
        "refundReasonDesc": "不想要了",
        "createTime": millis(claim.opened_at),
        "submitTime": millis(claim.opened_at),
        "updateTime": millis(claim.at),
        "endTime": 0 if claim.state == "open" else millis(claim.at),
    }


def comment(remark: Remark) -> Json:
    """An element of `rootComment`. It tells no buyer, and of an answer nothing."""
    changed = remark.changed_at or remark.at
    return {
        "commentId": remark.number,
        "rootCommentId": remark.follows or remark.number,
        "attached": remark.follows is not None,
        "orderId": int(remark.order.order_id),
        "itemId": int(remark.item.product.id),
        "content": remark.text,
        "qualityScore": remark.stars,
        "auto": remark.by_platform,
        "valid": not remark.gone,
        "sellerReply": False,
        "createTime": millis(remark.at),
        "updateTime": millis(changed),
    }
