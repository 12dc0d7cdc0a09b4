"""Ele.me: one signed object a push with its message as text; orders without a time of change, deliveries and refunds apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ops.simulator.api.wrapped import CHINA
from ops.simulator.delivery import LATENCY, Delivery, dump, number
from ops.simulator.model import Claim, Item, SimOrder, State, Step, World, seller_sku

Json = dict[str, Any]
KEY = "eleme"
SHOP = 2036688001
ACCEPTED = timedelta(seconds=40)  # how long the shop takes to accept an order
MEMBERS = 200  # what members pay less for the delivery of every third order
_CLAIMS = {"open": (20, "applied"), "rejected": (22, "rejected"), "done": (23, "successful")}


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every push for steps with since <= at < until. Nobody tells of an order before it is paid."""
    for order in world.of(KEY):
        for step in order.happened(since, until):
            yield from _of_step(order, step)


def snapshot(_world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """Pushes after which the receiver knows the order and its refund as of `now`."""
    state = order.known_at(now)
    if state.parcels:
        yield _carried(state, state.delivered_at or state.parcels[0].shipped_at)
    kind = 15 if state.cancelled_at else 18 if state.completed_at else 12
    at = state.cancelled_at or state.completed_at or (state.paid_at or order.placed_at)
    yield _moved(state, kind, at)
    for claim in state.claims:
        yield _claimed(state, claim)


def _of_step(order: SimOrder, step: Step) -> Iterator[Delivery]:
    state = order.known_at(step.at)
    claim = next((claim for claim in state.claims if claim.id == step.ref), None)
    if step.kind == "paid":
        yield _new(state, step.at)
        then = order.known_at(step.at + ACCEPTED)
        if not then.cancelled_at:  # a hasty buyer is faster than the shop
            yield _moved(then, 12, step.at + ACCEPTED)
    elif step.kind == "completed":
        yield _moved(state, 18, step.at)
    elif step.kind == "cancelled":
        yield _moved(state, 15, step.at)
    elif claim is not None:
        yield _claimed(state, claim)
    elif step.kind in {"shipped", "delivered"}:
        yield _carried(state, step.at)


def _new(state: State, at: datetime) -> Delivery:
    """The whole order (10), as older applications have it, or its core (217), which is read again: here by turns."""
    if int(state.order.order_id) % 2:
        core = {"id": state.order.order_id, "orderId": state.order.order_id, "shopId": SHOP, "status": "unprocessed"}
        return _push(state, 217, {**core, "activeAt": local(state.paid_at)}, at)
    return _push(state, 10, order_body(state, at), at, thin=False)


def _moved(state: State, kind: int, at: datetime) -> Delivery:
    word = {12: "valid", 15: "invalid", 18: "settled"}[kind]
    told = {"orderId": state.order.order_id, "state": word, "shopId": SHOP, "updateTime": int(at.timestamp()), "role": 3}
    return _push(state, kind, told, at)


def _carried(state: State, at: datetime) -> Delivery:
    told = {
        "orderId": state.order.order_id,
        "shopId": SHOP,
        "state": "completed" if state.delivered_all else "delivering",
        "subState": "noneReason",
        "name": "王**",
        "phone": "138****0000",
        "updateAt": int(at.timestamp() * 1000),
        "remark": "",
    }
    return _push(state, 56 if state.delivered_all else 55, told, at)


def _claimed(state: State, claim: Claim) -> Delivery:
    """A wish for money back before the end; no list tells when it was granted."""
    kind, word = _CLAIMS[claim.state]
    lines = claim.lines or tuple(item.line_id for item in state.items)
    told = {
        "orderId": state.order.order_id,
        "refundStatus": word,
        "reason": "不想要了",
        "shopId": SHOP,
        "goodsList": [{"name": item.product.title, "quantity": item.quantity} for item in state.items if item.line_id in lines],
        "refundType": refund_type(state, claim),
        "totalPrice": number(claim.amount),
        "updateTime": int(claim.at.timestamp()),
    }
    return _push(state, kind, told, claim.at, thin=False, pulled=False)


def _push(state: State, kind: int, told: Json, at: datetime, *, thin: bool = True, pulled: bool = True) -> Delivery:
    order, sent = state.order, at + LATENCY
    mark = hashlib.sha256(f"{order.order_id}{kind}{at.isoformat()}".encode()).hexdigest()[:12]
    body = {
        "requestId": f"2{int(mark, 16):017d}",
        "type": kind,
        "appId": 62933118,
        "message": dump(told).decode(),
        "shopId": SHOP,
        "timestamp": int(sent.timestamp() * 1000),
        "userId": 411391574328276013,
    }
    headers = {"content-type": "application/json; charset=utf-8"}
    return Delivery(
        sent, KEY, order.shop.account, str(kind), order.order_id, dump(body), headers, thin=thin, pulled=pulled
    )  # fmt: skip


def local(at: datetime | None) -> str | None:
    """Local time of China without a zone."""
    return at.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M:%S") if at else None


def less(minor: int) -> Decimal | int:
    """What lowers a price: 0 or less."""
    return number(-minor) if minor else 0


def refund_type(state: State, claim: Claim) -> str:
    """`refundType`."""
    return "normal" if claim.amount >= state.total else "part"


def order_status(state: State, now: datetime) -> str:
    """`status`. It does not tell how far the order is delivered."""
    if state.cancelled_at:
        return "invalid"
    if state.completed_at:
        return "settled"
    if state.paid_at is None:
        return "pending"
    if any(claim.state == "open" for claim in state.claims):
        return "refunding"
    return "valid" if now >= state.paid_at + ACCEPTED else "unprocessed"


def newest(state: State) -> Claim | None:
    """The claim that the order's `refundStatus` is about."""
    return max(state.claims, key=lambda claim: (claim.at, claim.id), default=None)


def refund_status(state: State) -> str:
    """`refundStatus`."""
    claim = newest(state)
    return _CLAIMS[claim.state][1] if claim else "noRefund"


def order_body(state: State, now: datetime) -> Json:
    """OOrder."""
    order = state.order
    packet = state.off_platform // 2
    members = MEMBERS if int(order.order_id) % 3 == 0 else 0
    groups: list[Json] = [{"name": "1号篮子", "type": "normal", "items": [_item(item) for item in state.items]}]
    if order.tip:
        groups.append({"name": "其它费用", "type": "extra", "items": [_box(order.tip)]})
    return {
        "id": order.order_id,
        "orderId": order.order_id,
        "address": "上海市黄浦区示例路1号",
        "createdAt": local(order.placed_at),
        "activeAt": local(state.paid_at),
        "deliverFee": number(state.shipping + members),
        "vipDeliveryFeeDiscount": less(members),
        "deliverTime": None,
        "description": "",
        "groups": groups,
        "invoice": None,
        "book": False,
        "onlinePaid": True,
        "phoneList": [f"{order.buyer.phone[:11]},{order.order_id[-4:]}"],
        "shopId": SHOP,
        "shopName": "回头奶茶(示例店)",
        "daySn": int(order.order_id) % 97 + 1,
        "status": order_status(state, now),
        "refundStatus": refund_status(state),
        "userId": int(order.buyer.id),
        "totalPrice": number(state.total),
        "originalPrice": number(state.total + state.off_seller + state.off_platform + members),
        "consignee": f"{order.buyer.name[0]}(女士)",
        "deliveryGeo": "121.475,31.228",
        "hongbao": less(packet),
        "packageFee": number(order.tip),
        "activityTotal": less(state.off_seller + state.off_platform - packet),
        "shopPart": less(state.off_seller),
        "elemePart": less(state.off_platform - packet),
        "serviceFee": less(state.gross // 20),
        "downgraded": False,
        "openId": "",
    }


def _item(item: Item) -> Json:
    return {
        "id": int(item.product.id) + 7,
        "vfoodId": int(item.product.id),
        "skuId": -1 if item.product.number % 2 else 238_000_000_000 + item.product.number,
        "name": item.product.title,
        "categoryId": 1,
        "price": number(item.unit_price),
        "quantity": item.quantity,
        "total": number(item.gross),
        "extendCode": seller_sku(item.product),
        "barCode": "",
        "weight": 1,
    }


def _box(cents: int) -> Json:
    head = {"id": -70000, "skuId": -1, "vfoodId": 0, "name": "餐盒", "categoryId": 102}
    return {**head, "price": number(cents), "quantity": 1, "total": number(cents), "extendCode": "", "barCode": ""}


def refund_body(state: State) -> Json | None:
    """ORefundOrder, which tells neither an id nor a time; None where nothing was ever asked for."""
    claim = newest(state)
    if claim is None:
        return None
    return {
        "orderId": state.order.order_id,
        "refundStatus": refund_status(state),
        "refundType": refund_type(state, claim),
        "totalPrice": number(claim.amount),
        "goodsList": [],
        "applyRefundReason": "不想要了",
        "refundImages": [],
    }


def delivery_body(state: State) -> Json | None:
    """The newest ODeliveryRecord; None before a courier is asked for."""
    if state.paid_at is None:
        return None
    taken = state.parcels[0].shipped_at if state.parcels else None
    word = "completed" if state.delivered_at else "delivering" if taken else "tobeAssignedCourier"
    return {
        "orderId": state.order.order_id,
        "state": word,
        "subState": "noneReason",
        "deliverName": "王**",
        "deliverPhone": "138****0000",
        "createdAt": local(state.delivered_at or taken or state.paid_at),
    }
