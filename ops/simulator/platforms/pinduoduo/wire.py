"""Pinduoduo: orders, refunds and messages in the platform's words. Yuan in orders and lists, fen in details and messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ops.simulator.api.wrapped import stamp
from ops.simulator.delivery import LATENCY, Delivery, dump, major, number
from ops.simulator.model import Claim, Item, SimOrder, State, Step, World, seller_sku

Json = dict[str, Any]
KEY = "pinduoduo"
MALL = "171504183"
_TYPES = {"paid": "pdd_trade_TradeConfirmed", "shipped": "pdd_trade_TradeSellerShip", "completed": "pdd_trade_TradeSuccess"}
_REFUNDS = {
    "refund_requested": "pdd_refund_RefundCreated",
    "refund_rejected": "pdd_refund_RefundClosed",
    "refunded": "pdd_refund_RefundAgreeAgreement",
}
AFTER_SALES = {"open": 2, "rejected": 11, "done": 10}


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every message for steps with since <= at < until. Nothing tells of a delivery or of a cancellation but its refund."""
    for order in world.of(KEY):
        for step in order.happened(since, until):
            yield from _of_step(order, step)


def snapshot(_world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """Messages after which the receiver has read the order and its refunds as of `now`."""
    state = order.known_at(now)
    if state.released:
        yield _message("pdd_trade_TradeMemoModified", order, state.updated_at, {"mall_id": int(MALL), "tid": order.order_id})
    for claim in state.claims:
        yield _message("pdd_refund_RefundCreated", order, claim.at, _refund_content(order, claim))


def _of_step(order: SimOrder, step: Step) -> Iterator[Delivery]:
    if step.kind in _REFUNDS:
        claim = next(claim for claim in order.known_at(step.at).claims if claim.id == step.ref)
        yield _message(_REFUNDS[step.kind], order, step.at, _refund_content(order, claim))
    elif step.kind in _TYPES:
        yield _message(_TYPES[step.kind], order, step.at, {"mall_id": int(MALL), "tid": order.order_id})


def _refund_content(order: SimOrder, claim: Claim) -> Json:
    ids = {"mall_id": int(MALL), "tid": order.order_id, "refund_id": int(claim.id), "refund_fee": claim.amount}
    return {**ids, "bill_type": 1, "operation": 1, "modified": int(claim.at.timestamp() * 1000)}


def _message(kind: str, order: SimOrder, at: datetime, content: Json) -> Delivery:
    millis = int(at.timestamp() * 1000)
    message = {"type": kind, "mallID": int(MALL), "content": json.dumps(content)}
    frame = {"id": millis * 1000, "commandType": "Common", "time": millis, "sendTime": millis, "message": message}
    return Delivery(at + LATENCY, KEY, order.shop.account, kind, order.order_id, dump(frame), {}, thin=True)


def order(state: State) -> Json:
    """`order_info`. Orders that are not paid for are never shown."""
    told = state.order
    province, city, *_ = told.buyer.city.split("|")
    back, waiting = bool(state.refunded), any(claim.state == "open" for claim in state.claims)
    parcels = state.parcels if state.shipped_all else ()
    return {
        "order_sn": told.order_id,
        "order_status": 3 if state.delivered_all else 2 if state.shipped_all else 1,
        "confirm_status": 2 if state.cancelled_at else 1,
        "group_status": 1,
        "refund_status": 4 if back else 2 if waiting else 1,
        "pay_amount": number(state.total),
        "goods_amount": number(state.gross),
        "discount_amount": number(state.off_seller + state.off_platform),
        "postage": number(state.shipping),
        "platform_discount": number(state.off_platform),
        "seller_discount": number(state.off_seller),
        "capital_free_discount": 0,
        "order_change_amount": 0,
        "created_time": stamp(told.placed_at),
        "pay_time": stamp(state.paid_at),
        "confirm_time": stamp(state.paid_at),
        "shipping_time": stamp(max(parcel.shipped_at for parcel in parcels) if parcels else None, ""),
        "receive_time": stamp(state.delivered_at, ""),
        "updated_at": stamp(state.updated_at),
        "item_list": [_item(item) for item in state.items],
        "receiver_name": "" if parcels else "~c2ltdWxhdGVk~1~",
        "receiver_name_mask": "测**",
        "receiver_phone": "" if parcels else "$13000c2lt$1$",
        "receiver_address": "" if parcels else "~c2ltdWxhdGVk~1~",
        "country": "中国",
        "province": province,
        "city": city,
        "tracking_number": parcels[0].number if parcels else "",
        "logistics_id": 85 if parcels else 0,
        "risk_control_status": 0,
        "trade_type": 0,
    }


def _item(item: Item) -> Json:
    return {
        "goods_id": item.product.id,
        "sku_id": item.line_id,
        "outer_id": seller_sku(item.product),
        "goods_name": item.product.title,
        "goods_price": number(item.unit_price),
        "goods_count": item.quantity,
        "goods_spec": "",
    }


def listed_refund(state: State, claim: Claim) -> Json:
    """An element of `refund_list`: yuan, and the list's own count of types."""
    return {**_refund(state, claim), "after_sales_type": 2, "refund_amount": major(claim.amount), "goods_number": "1"}


def refund_detail(state: State, claim: Claim) -> Json:
    """The detail of a refund: fen, and another count of types."""
    return {**_refund(state, claim), "after_sales_type": 1, "refund_amount": claim.amount, "goods_number": 1}


def _refund(state: State, claim: Claim) -> Json:
    return {
        "id": int(claim.id),
        "order_sn": state.order.order_id,
        "after_sale_reason": "不想要了",
        "after_sales_status": AFTER_SALES[claim.state],
        "sku_id": claim.lines[0] if claim.lines else state.items[0].line_id,
        "created_time": stamp(claim.opened_at),
        "updated_time": stamp(claim.at),
    }
