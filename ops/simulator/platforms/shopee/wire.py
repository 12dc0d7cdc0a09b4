"""Shopee: thin pushes by code; orders, escrow and returns as the API tells them. Money is JSON numbers, dong have no decimals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from ops.simulator.delivery import LATENCY, Delivery, dump, number
from ops.simulator.model import Claim, Item, SimOrder, State, Step, World, seller_sku
from ops.simulator.remarks import Remark

Json = dict[str, Any]
DECIMALS = 0  # of the dong
STATUS, TRACKING, RETURN, PARCEL = 3, 4, 29, 30


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every push for steps with since <= at < until."""
    for order in world.of("shopee"):
        for step in order.happened(since, until):
            for index, (code, data) in enumerate(pushes(order, step)):
                yield push(code, data, order, step.at, index)


def snapshot(_world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """A status push after which the receiver reads the order with its returns."""
    state = order.known_at(now)
    yield push(STATUS, _status(state), order, state.updated_at, 0)


def pushes(order: SimOrder, step: Step) -> Iterator[tuple[int, Json]]:
    """Codes and data of one step. That cash was collected at the door is told by no push."""
    state = order.known_at(step.at)
    if step.kind in {"shipped", "delivered"}:
        parcel = next(parcel for parcel in state.parcels if parcel.id == step.ref)
        named = {"ordersn": order.order_id, "package_number": parcel.id}
        if step.kind == "shipped":
            yield TRACKING, {**named, "tracking_no": parcel.number, "forder_id": parcel.id}
        word = "LOGISTICS_DELIVERY_DONE" if step.kind == "delivered" else "LOGISTICS_PICKUP_DONE"
        yield PARCEL, {**named, "fulfillment_status": word, "update_time": unix(step.at)}
    if step.kind in {"refund_requested", "refund_rejected", "refunded"}:
        changed = [{"update_field": "return_status", "update_time": unix(step.at)}]
        yield RETURN, {"order_sn": order.order_id, "return_sn": step.ref, "updated_values": changed}
    if not (order.cod and step.kind == "paid"):
        yield STATUS, _status(state)


def _status(state: State) -> Json:
    scenario: Json = {"completed_scenario": "NORMAL" if state.completed_at else "", "items": []}
    return {**scenario, "ordersn": state.order.order_id, "status": order_status(state), "update_time": unix(state.updated_at)}


def push(code: int, data: Json, order: SimOrder, at: datetime, index: int) -> Delivery:
    """One push; the ones of one step follow each other by a second or two."""
    own = hashlib.sha256(f"{code}/{order.order_id}/{at.isoformat()}/{dump(data).decode()}".encode()).hexdigest()[:32]
    body = {"msg_id": own, "data": data, "shop_id": int(order.shop.account), "code": code, "timestamp": unix(at) + 1}
    headers = {"content-type": "application/json"}
    late = LATENCY * (index + 1)
    return Delivery(at + late, "shopee", order.shop.account, str(code), order.order_id, dump(body), headers, thin=True)


def unix(at: datetime | None) -> int:
    """Unix seconds; 0 for unset."""
    return int(at.timestamp()) if at else 0


def money(minor: int) -> Decimal:
    """An amount as a JSON number in major units."""
    return number(minor, DECIMALS)


def order_status(state: State) -> str:
    """`order_status`."""
    if state.cancelled_at:
        return "CANCELLED"
    if state.completed_at:
        return "COMPLETED"
    if any(claim.state == "open" for claim in state.claims):
        return "TO_RETURN"
    if state.shipped_all:
        return "TO_CONFIRM_RECEIVE" if state.delivered_all else "SHIPPED"
    if state.parcels:
        return "PROCESSED"
    return "READY_TO_SHIP" if settled(state) else "UNPAID"


def settled(state: State) -> bool:
    """Whether the order was released to the shop: paid, or to be paid at the door. Only then is there an escrow."""
    return state.released or state.order.cod


BASE = frozenset(
    {"order_sn", "region", "currency", "cod", "order_status", "message_to_seller", "create_time", "update_time", "days_to_ship",
     "ship_by_date", "reverse_shipping_fee"}
)  # fmt: skip


def order_body(state: State, wanted: frozenset[str]) -> Json:
    """A row of get_order_detail: the base fields, and the optional ones that were asked for."""
    order = state.order
    cancelled = "testing" if state.cancelled_at else ""
    whole: Json = {
        "order_sn": order.order_id,
        "region": order.shop.country,
        "currency": order.shop.currency,
        "cod": order.cod,
        "order_status": order_status(state),
        "message_to_seller": "",
        "create_time": unix(order.placed_at),
        "update_time": unix(state.updated_at),
        "days_to_ship": 2,
        "ship_by_date": unix(order.placed_at) + 172_800,
        "reverse_shipping_fee": 0,
        "actual_shipping_fee_confirmed": state.delivered_all,
        "buyer_cancel_reason": cancelled,
        "buyer_user_id": int(order.buyer.id),
        "buyer_username": f"khach{int(order.buyer.id) % 10_000}",
        "cancel_by": "buyer" if cancelled else "",
        "cancel_reason": cancelled,
        "estimated_shipping_fee": money(state.shipping + 5000),
        "fulfillment_flag": "fulfilled_by_local_seller",
        "item_list": [_item(item) for item in state.items],
        "note": "",
        "package_list": [_package(state, number, word, lines) for number, word, lines in packages(state)],
        "pay_time": unix(state.paid_at) or None,
        "payment_method": "Cash on Delivery" if order.cod else "ShopeePay",
        "pickup_done_time": unix(state.parcels[0].shipped_at if state.parcels else None),
        "recipient_address": _recipient(order),
        "shipping_carrier": order.shop.carrier,
        "split_up": len(state.parcels) > 1,
    }
    if settled(state):
        whole["total_amount"] = money(state.total)  # only after payment
    return {name: value for name, value in whole.items() if name in BASE or name in wanted}


def _item(item: Item) -> Json:
    return {
        "item_id": int(item.product.id),
        "item_name": item.product.title,
        "item_sku": "",
        "model_id": 0,
        "model_name": "",
        "model_sku": seller_sku(item.product),
        "model_quantity_purchased": item.quantity,
        "model_original_price": money(item.unit_price),
        "model_discounted_price": money(item.unit_price - item.off_seller // item.quantity),
        "order_item_id": int(item.product.id),
        "promotion_type": "product_promotion" if item.off_seller else "",
        "promotion_id": 0,
        "promotion_group_id": 0,
        "add_on_deal": False,
        "main_item": False,
        "wholesale": False,
        "weight": Decimal("0.42"),
        "is_prescription_item": False,
        "image_info": {"image_url": f"https://cf.example/{item.product.id}_tn"},
    }


def packages(state: State) -> list[tuple[str, str, tuple[str, ...]]]:
    """Number, how far it got, and positions: the parcels that left, and one with what is still here."""
    found = [
        (parcel.id, "LOGISTICS_DELIVERY_DONE" if parcel.delivered_at else "LOGISTICS_PICKUP_DONE", parcel.lines)
        for parcel in state.parcels
    ]
    gone = {line for parcel in state.parcels for line in parcel.lines}
    if rest := tuple(item.line_id for item in state.items if item.line_id not in gone):
        word = "LOGISTICS_INVALID" if state.cancelled_at else "LOGISTICS_READY" if settled(state) else "LOGISTICS_NOT_START"
        found.append((f"OFG{state.order.order_id}9", word, rest))
    return found


def _package(state: State, number: str, word: str, lines: tuple[str, ...]) -> Json:
    return {
        "package_number": number,
        "logistics_status": word,
        "logistics_channel_id": 50021,
        "shipping_carrier": state.order.shop.carrier,
        "allow_self_design_awb": True,
        "item_list": [
            {"item_id": int(item.product.id), "model_id": 0, "model_quantity": item.quantity, "order_item_id": int(item.product.id)}
            for item in state.items
            if item.line_id in lines
        ],
    }


def _recipient(order: SimOrder) -> Json:
    """Masked, as most applications see it."""
    name, phone = order.buyer.name, order.buyer.phone
    _, city, _ = order.buyer.city.split("|")
    where = {"town": "", "district": "Quan Vi Du", "city": city, "state": "Ha Noi", "region": order.shop.country, "zipcode": ""}
    return {"name": f"{name[0]}******{name[-1]}", "phone": f"******{phone[-2:]}", **where, "full_address": "So******"}


def escrow(state: State) -> Json:
    """`response` of get_escrow_detail: each part of the money by who bears it."""
    fee = state.gross * 4 // 100
    income = {
        "escrow_amount": money(state.gross - state.off_seller - fee - state.refunded),
        "buyer_total_amount": money(state.total),
        "original_price": money(state.gross),
        "seller_discount": money(state.off_seller),
        "shopee_discount": 0,
        "voucher_from_seller": 0,
        "voucher_from_shopee": money(state.off_platform),
        "coins": 0,
        "buyer_paid_shipping_fee": money(state.shipping),
        "buyer_transaction_fee": 0,
        "cross_border_tax": 0,
        "payment_promotion": 0,
        "commission_fee": money(fee),
        "service_fee": 0,
        "seller_return_refund": money(-state.refunded),
        "items": [_escrow_item(item) for item in state.items],
    }
    return {
        "order_sn": state.order.order_id,
        "buyer_user_name": f"khach{int(state.order.buyer.id) % 10_000}",
        "return_order_sn_list": [claim.id for claim in state.claims],
        "order_income": income,
        "buyer_payment_info": {"buyer_payment_method": "ShopeePay", "buyer_service_fee": 0, "buyer_tax_amount": 0},
    }


def _escrow_item(item: Item) -> Json:
    return {
        "item_id": int(item.product.id),
        "item_name": item.product.title,
        "model_id": 0,
        "model_sku": seller_sku(item.product),
        "original_price": money(item.gross),
        "discounted_price": money(item.gross - item.off_seller),
        "seller_discount": money(item.off_seller),
        "shopee_discount": 0,
        "discount_from_coin": 0,
        "discount_from_voucher_shopee": money(item.off_platform),
        "discount_from_voucher_seller": 0,
        "quantity_purchased": item.quantity,
        "activity_type": "",
    }


def return_body(state: State, claim: Claim) -> Json:
    """A row of get_return_list, and `response` of get_return_detail: money alone goes back."""
    claimed = [item for item in state.items if not claim.lines or item.line_id in claim.lines]
    return {
        "return_sn": claim.id,
        "order_sn": state.order.order_id,
        "status": {"open": "REQUESTED", "done": "ACCEPTED", "rejected": "CLOSED"}[claim.state],
        "reason": "NOT_RECEIPT",
        "text_reason": "changed my mind",
        "refund_amount": money(claim.amount),
        "amount_before_discount": money(sum(item.gross for item in claimed)),
        "currency": state.order.shop.currency,
        "create_time": unix(claim.opened_at),
        "update_time": unix(claim.at),
        "due_date": unix(claim.opened_at) + 172_800,
        "needs_logistics": False,
        "return_solution": 1,
        "image": [],
        "user": {"username": f"khach{int(state.order.buyer.id) % 10_000}", "email": "****"},
        "item": [
            {"item_id": int(item.product.id), "model_id": 0, "name": item.product.title, "amount": item.quantity}
            for item in claimed
        ],
        "negotiation_status": "PENDING_RESPOND",
    }


def comment(remark: Remark) -> Json:
    """An element of get_comment's list."""
    reply = {"reply": remark.answer, "hidden": False, "create_time": unix(remark.answered_at)} if remark.answer else None
    return {
        "comment_id": remark.number,
        "comment": remark.text,
        "buyer_username": f"khach{int(remark.order.buyer.id) % 10_000}",
        "order_sn": remark.order.order_id,
        "item_id": int(remark.item.product.id),
        "model_id": 0,
        "create_time": unix(remark.at),
        "rating_star": remark.stars,
        "editable": "EXPIRED",
        "hidden": remark.gone,
        **({"comment_reply": reply} if reply else {}),
    }
