"""Taobao: trades, refunds and messages in the platform's words. Amounts are yuan as text, times local times of China."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ops.simulator.api.wrapped import stamp
from ops.simulator.delivery import LATENCY, Delivery, dump, major
from ops.simulator.model import Claim, Item, SimOrder, State, Step, World, seller_sku

Json = dict[str, Any]
KEY = "taobao"
SELLER = "2207654321098"
_TOPICS = {
    "placed": "TradeCreate",
    "paid": "TradeBuyerPay",
    "shipped": "TradeSellerShip",
    "completed": "TradeSuccess",
    "cancelled": "TradeClose",
}
_REFUND_TOPICS = {"refund_requested": "RefundCreated", "refund_rejected": "RefundClosed", "refunded": "RefundSuccess"}
_STATES = {"open": "WAIT_SELLER_AGREE", "rejected": "CLOSED", "done": "SUCCESS"}


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every message for steps with since <= at < until. Nothing tells of a delivery."""
    for order in world.of(KEY):
        for step in order.happened(since, until):
            yield from _of_step(order, step)


def snapshot(_world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """Messages after which the receiver has read the trade and its refunds as of `now`."""
    state = order.known_at(now)
    yield _message("taobao_trade_TradeChanged", order, state.updated_at, _trade_content(order))
    for claim in state.claims:
        yield _message("taobao_refund_RefundCreated", order, claim.at, _refund_content(order, claim))


def _of_step(order: SimOrder, step: Step) -> Iterator[Delivery]:
    if step.kind in _REFUND_TOPICS:
        claim = next(claim for claim in order.known_at(step.at).claims if claim.id == step.ref)
        topic = f"taobao_refund_{_REFUND_TOPICS[step.kind]}"
        yield _message(topic, order, step.at, _refund_content(order, claim))
    elif step.kind in _TOPICS:
        partly = step.kind == "shipped" and not order.known_at(step.at).shipped_all
        topic = "TradePartlySellerShip" if partly else _TOPICS[step.kind]
        yield _message(f"taobao_trade_{topic}", order, step.at, _trade_content(order))


def _trade_content(order: SimOrder) -> Json:
    content = {"buyer_nick": "买**家", "oid": int(order.items[0].line_id), "tid": int(order.order_id)}
    return {**content, "type": "guarantee_trade", "seller_nick": "示例店"}


def _refund_content(order: SimOrder, claim: Claim) -> Json:
    line = claim.lines[0] if claim.lines else order.items[0].line_id
    ids = {"tid": int(order.order_id), "oid": int(line), "refund_id": int(claim.id)}
    return {**ids, "refund_fee": major(claim.amount), "bill_type": "refund_bill", "modified": stamp(claim.at)}


def _message(topic: str, order: SimOrder, at: datetime, content: Json) -> Delivery:
    body = {
        "id": int.from_bytes(f"{topic}{order.order_id}{at.timestamp()}".encode()) % 10**16,
        "topic": topic,
        "pub_app_key": "23456789",
        "pub_time": stamp(at),
        "user_id": int(SELLER),
        "user_nick": "示例店",
        "content": json.dumps(content, ensure_ascii=False),
    }
    return Delivery(at + LATENCY, KEY, order.shop.account, topic, order.order_id, dump(body), {}, thin=True)


def trade_status(state: State) -> str:
    """`status`."""
    if state.cancelled_at:
        return "TRADE_CLOSED" if state.paid_at else "TRADE_CLOSED_BY_TAOBAO"
    if state.completed_at:
        return "TRADE_FINISHED"
    if state.shipped_all:
        return "WAIT_BUYER_CONFIRM_GOODS"
    if state.parcels:
        return "SELLER_CONSIGNED_PART"
    return "WAIT_SELLER_SEND_GOODS" if state.released else "WAIT_BUYER_PAY"


def trade(state: State) -> Json:
    """`trade` of taobao.trade.fullinfo.get."""
    order = state.order
    province, city, *_ = order.buyer.city.split("|")
    told: Json = {
        "adjust_fee": "0.00",
        "buyer_nick": f"{order.buyer.name[0]}**",
        "buyer_open_uid": order.buyer.id,
        "consign_time": stamp(max(parcel.shipped_at for parcel in state.parcels) if state.shipped_all else None),
        "created": stamp(order.placed_at),
        "discount_fee": "0.00",
        "end_time": stamp(state.completed_at or state.cancelled_at),
        "modified": stamp(state.updated_at),
        "orders": {"order": [_line(state, item) for item in state.items]},
        "pay_time": stamp(state.paid_at),
        "payment": major(state.total),
        "platform_subsidy_fee": major(state.off_platform),
        "post_fee": major(state.shipping),
        "receiver_address": "示例路*号",
        "receiver_city": city,
        "receiver_mobile": "*******0000",
        "receiver_name": f"{order.buyer.name[0]}**",
        "receiver_state": province,
        "status": trade_status(state),
        "tid": int(order.order_id),
        "tid_str": order.order_id,
        "total_fee": major(state.gross),
        "trade_from": "WAP,WAP",
        "type": "fixed",
    }
    return {name: value for name, value in told.items() if value is not None}


def _line(state: State, item: Item) -> Json:
    claim = next((claim for claim in state.claims if not claim.lines or item.line_id in claim.lines), None)
    parcel = next((parcel for parcel in state.parcels if item.line_id in parcel.lines), None)
    told: Json = {
        "adjust_fee": "0.00",
        "consign_time": stamp(parcel.shipped_at) if parcel else None,
        "discount_fee": major(item.off_seller),
        "divide_order_fee": major(item.gross - item.off_seller - item.off_platform),
        "invoice_no": parcel.number if parcel else None,
        "logistics_company": parcel.carrier if parcel else None,
        "num": item.quantity,
        "num_iid": int(item.product.id),
        "oid": int(item.line_id),
        "oid_str": item.line_id,
        "outer_sku_id": seller_sku(item.product),
        "part_mjz_discount": "0.00",
        "price": major(item.unit_price),
        "refund_status": _STATES[claim.state] if claim else "NO_REFUND",
        "sku_id": f"5{item.product.id}",
        "status": trade_status(state),
        "title": item.product.title,
    }
    return {name: value for name, value in told.items() if value is not None}


def refund(state: State, claim: Claim) -> Json:
    """`refund` of taobao.refund.get. A refund of the whole names its first line."""
    return {
        "refund_id": claim.id,
        "tid": int(state.order.order_id),
        "oid": int(claim.lines[0] if claim.lines else state.items[0].line_id),
        "status": _STATES[claim.state],
        "refund_fee": major(claim.amount),
        "reason": "不想要了",
        "has_good_return": False,
        "created": stamp(claim.opened_at),
        "modified": stamp(claim.at),
    }
