"""Lazada in Vietnam: a thin push for each unit; orders, units and reverse orders as the API answers them.

Money is decimal text in dong with two decimals, but whole dong in reverse orders. A unit is a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from ops.simulator.delivery import LATENCY, Delivery, dump
from ops.simulator.model import Claim, Item, Parcel, SimOrder, State, Step, World, seller_sku
from ops.simulator.remarks import Remark

Json = dict[str, Any]
KEY = "lazada"
SITE, COUNTRY = "lazada_vn", "Vietnam"
ZONE = timezone(timedelta(hours=7))
ORDER, REVERSE, PACKAGE = 0, 10, 14
_PUSHED = {"open": "RTM_INIT", "rejected": "REFUND_REJECTED", "done": "REFUND_SUCCESS"}
_LISTED = {"open": "REQUEST_INITIATE", "rejected": "REQUEST_REJECT", "done": "REFUND_SUCCESS"}


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every push for steps with since <= at < until: one for each unit that the step concerns."""
    for order in world.of(KEY):
        for step in order.happened(since, until):
            yield from _of_step(order, step)


def snapshot(_world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """Pushes after which the receiver has read the order and its reverse orders as of `now`."""
    state = order.known_at(now)
    yield _trade(state, state.items[0], 0, state.updated_at)
    for claim in state.claims:
        item = claimed(state, claim)[0]
        yield _reverse(state, claim, item, 0, claim.at)


def _of_step(order: SimOrder, step: Step) -> Iterator[Delivery]:
    state = order.known_at(step.at)
    claim = next((claim for claim in state.claims if claim.id == step.ref), None)
    if claim is not None:
        for item in claimed(state, claim):
            for unit in range(item.quantity):
                yield _reverse(state, claim, item, unit, step.at)
    parcel = next((parcel for parcel in state.parcels if parcel.id == step.ref), None)
    if parcel is not None:
        yield _package(state, parcel, step.at)
    if step.kind in {"placed", "paid", "shipped", "delivered", "cancelled"} or (claim is not None and claim.state == "done"):
        for item in _concerned(state, step, claim):
            for unit in range(item.quantity):
                yield _trade(state, item, unit, step.at)


def _concerned(state: State, step: Step, claim: Claim | None) -> tuple[Item, ...]:
    if claim is not None:
        return claimed(state, claim)
    parcel = next((parcel for parcel in state.parcels if parcel.id == step.ref), None)
    return tuple(item for item in state.items if parcel is None or item.line_id in parcel.lines)


def claimed(state: State, claim: Claim) -> tuple[Item, ...]:
    """The positions that a claim is about."""
    return tuple(item for item in state.items if not claim.lines or item.line_id in claim.lines)


def _trade(state: State, item: Item, unit: int, at: datetime) -> Delivery:
    data = {
        "order_status": unit_status(state, item),
        "trade_order_id": state.order.order_id,
        "trade_order_line_id": str(unit_id(item, unit)),
        "status_update_time": seconds(at),
    }
    claim = _claim_of(state, item)
    if claim is not None:
        data |= {"reverse_order_id": claim.id, "reverse_order_line_id": str(reverse_line_id(state, claim, item, unit))}
    return _push(state.order, ORDER, data, at, millis=True)


def _reverse(state: State, claim: Claim, item: Item, unit: int, at: datetime) -> Delivery:
    word = "CANCEL_REFUND_ISSUED" if is_cancel(state, claim) else _PUSHED[claim.state]
    data = {
        "reverse_order_id": int(claim.id),
        "reverse_status": word,
        "trade_order_id": int(state.order.order_id),
        "extraParams": {},
        "trade_order_line_id": unit_id(item, unit),
        "buyer_id": int(state.order.buyer.id),
        "seller_id": int(state.order.shop.account),
        "reverse_order_line_id": reverse_line_id(state, claim, item, unit),
        "status_update_time": seconds(at),
    }
    return _push(state.order, REVERSE, data, at)


def _package(state: State, parcel: Parcel, at: datetime) -> Delivery:
    data = {
        "trade_order_id": int(state.order.order_id),
        "buyer_id": int(state.order.buyer.id),
        "fulfillment_package_id": parcel.id,
        "status": "DELIVERED" if parcel.delivered_at else "SHIPPED",
        "status_update_time": seconds(at),
    }
    return _push(state.order, PACKAGE, data, at)


def _push(order: SimOrder, kind: int, data: Json, at: datetime, *, millis: bool = False) -> Delivery:
    """The envelope's time is of sending: in milliseconds for orders, in seconds for the rest."""
    sent = at + LATENCY
    stamp = seconds(sent) * 1000 if millis else seconds(sent)
    body = {"seller_id": order.shop.account, "message_type": kind, "data": data, "timestamp": stamp, "site": SITE}
    headers = {"content-type": "application/json"}
    return Delivery(sent, KEY, order.shop.account, str(kind), order.order_id, dump(body), headers, thin=True)


def seconds(at: datetime) -> int:
    """Unix seconds."""
    return int(at.timestamp())


def money(dong: int) -> str:
    """Dong have no minor unit, and are written with two decimals nevertheless."""
    return f"{dong}.00"


def iso(at: datetime) -> str:
    """As lists of orders spell a time."""
    return at.astimezone(ZONE).isoformat(timespec="seconds")


def spaced(at: datetime) -> str:
    """As units and single orders spell it."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S %z")


def unit_id(item: Item, unit: int) -> int:
    """`order_item_id` of a position's unit."""
    return int(item.line_id) + unit


def unit_status(state: State, item: Item) -> str:
    """`status` of the units of a position. That a buyer confirmed is told by no word that is documented."""
    if state.cancelled_at:
        return "canceled"
    parcel = _parcel_of(state, item)
    if parcel is None:
        return "pending" if state.released else "unpaid"
    claim = _claim_of(state, item)
    if claim is not None and claim.state == "done":
        return "returned"
    return "delivered" if parcel.delivered_at else "shipped"


def is_cancel(state: State, claim: Claim) -> bool:
    """Whether money goes back because the order was cancelled before anything left."""
    return not state.parcels and claim.state == "done"


def _parcel_of(state: State, item: Item) -> Parcel | None:
    return next((parcel for parcel in state.parcels if item.line_id in parcel.lines), None)


def _claim_of(state: State, item: Item) -> Claim | None:
    return next((claim for claim in state.claims if not claim.lines or item.line_id in claim.lines), None)


def shares(amount: int, count: int) -> list[int]:
    """An amount over `count` units, the first ones getting what is left over."""
    each, rest = divmod(amount, count)
    return [each + (place < rest) for place in range(count)]


def order_head(state: State, *, listed: bool) -> Json:
    """`data` of /order/get, and an element of /orders/get, which spells times otherwise. `price` holds goods only."""
    order, spell = state.order, iso if listed else spaced
    first, *rest = order.buyer.name.split(" ")
    return {
        "order_id": int(order.order_id),
        "order_number": int(order.order_no),
        "created_at": spell(order.placed_at),
        "updated_at": spell(state.updated_at),
        "statuses": sorted({unit_status(state, item) for item in state.items}),
        "items_count": sum(item.quantity for item in state.items),
        "price": money(state.gross),
        "shipping_fee": money(state.shipping),
        "shipping_fee_original": money(state.shipping),
        "shipping_fee_discount_seller": money(0),
        "shipping_fee_discount_platform": money(0),
        "voucher": money(state.off_seller + state.off_platform),
        "voucher_seller": money(state.off_seller),
        "voucher_platform": money(state.off_platform),
        "voucher_code": "",
        "payment_method": "MOMO",
        "customer_first_name": f"{first[0]}******{first[-1]}",
        "customer_last_name": "".join(rest)[:1],
        "national_registration_number": "",
        "gift_option": False,
        "address_updated_at": "null",
        "extra_attributes": "null",
        "address_shipping": _address(order),
        "address_billing": _address(order),
    }


def _address(order: SimOrder) -> Json:
    province, city, district = order.buyer.city.split("|")
    return {
        "first_name": f"{order.buyer.name[0]}******",
        "last_name": "",
        "phone": "84*******67",
        "phone2": "",
        "country": COUNTRY,
        "address1": "*****",
        "address2": "",
        "address3": province,
        "address4": city,
        "address5": district,
        "city": f"{city}-{province}",
        "post_code": "",
    }


def units(state: State) -> list[Json]:
    """`data` of /order/items/get: a row a unit, shipping and coupons cut over them."""
    rows = [(item, unit) for item in state.items for unit in range(item.quantity)]
    freight = shares(state.shipping, len(rows))
    return [_unit(state, item, unit, shipping) for (item, unit), shipping in zip(rows, freight, strict=True)]


def _unit(state: State, item: Item, unit: int, shipping: int) -> Json:
    seller, platform = shares(item.off_seller, item.quantity)[unit], shares(item.off_platform, item.quantity)[unit]
    parcel, claim = _parcel_of(state, item), _claim_of(state, item)
    order, status = state.order, unit_status(state, item)
    return {
        "order_item_id": unit_id(item, unit),
        "order_id": int(order.order_id),
        "status": status,
        "name": item.product.title,
        "sku": seller_sku(item.product),
        "shop_sku": f"{item.product.id}_VNAMZ-{_sku(item)}",
        "sku_id": _sku(item),
        "product_id": item.product.id,
        "variation": "",
        "currency": order.shop.currency,
        "item_price": money(item.unit_price),
        "paid_price": money(item.unit_price - seller - platform),
        "voucher_amount": money(seller + platform),
        "voucher_seller": money(seller),
        "voucher_seller_lpi": money(0),
        "voucher_platform": money(platform),
        "voucher_platform_lpi": money(0),
        "shipping_amount": money(shipping),
        "tax_amount": money(0),
        "wallet_credits": money(0),
        "buyer_id": int(order.buyer.id),
        "shipment_provider": parcel.carrier if parcel else "",
        "tracking_code": parcel.number if parcel else "",
        "package_id": parcel.id if parcel else "",
        "payment_time": seconds(state.paid_at) * 1000 if state.paid_at else None,
        "created_at": spaced(order.placed_at),
        "updated_at": spaced(state.updated_at),
        "order_type": "Normal",
        "stage_pay_status": "",
        "is_cancel_pending": "false",
        "need_cancel_confirm": "false",
        "reverse_order_id": claim.id if claim else "",
        "return_status": "",
        "reason": "Change of mind" if status in {"canceled", "returned"} else "",
    }


def _sku(item: Item) -> str:
    return str(9_541_954_000 + item.product.number)


def reverse_line_id(state: State, claim: Claim, item: Item, unit: int) -> int:
    """The id of one unit's line of a reverse order."""
    before = 0
    for each in claimed(state, claim):
        if each.line_id == item.line_id:
            break
        before += each.quantity
    return int(claim.id) * 10 + before + unit


def reverse_order(state: State, claim: Claim) -> Json:
    """An element of /reverse/getreverseordersforseller."""
    return {
        "reverse_order_id": int(claim.id),
        "trade_order_id": int(state.order.order_id),
        "request_type": "CANCEL" if is_cancel(state, claim) else "RETURN",
        "is_rtm": not is_cancel(state, claim),
        "shipping_type": "" if is_cancel(state, claim) else "PICK_UP",
        "reverse_order_lines": [
            _reverse_line(state, claim, item, unit) for item in claimed(state, claim) for unit in range(item.quantity)
        ],
    }


def _reverse_line(state: State, claim: Claim, item: Item, unit: int) -> Json:
    off = shares(item.off_seller, item.quantity)[unit] + shares(item.off_platform, item.quantity)[unit]
    return {
        "reverse_order_line_id": reverse_line_id(state, claim, item, unit),
        "trade_order_line_id": unit_id(item, unit),
        "reverse_status": "CANCEL_SUCCESS" if is_cancel(state, claim) else _LISTED[claim.state],
        "refund_amount": item.unit_price - off,  # whole dong; elsewhere this would be cents
        "is_need_refund": "true",
        "reason_text": "Change of mind",
        "reason_code": 123,
        "return_order_line_gmt_create": seconds(claim.opened_at),
        "return_order_line_gmt_modified": seconds(claim.at),
        "seller_sku_id": seller_sku(item.product),
        "buyer": {"buyer_id": int(state.order.buyer.id)},
        "product": {"product_id": int(item.product.id), "product_sku": _sku(item)},
    }


def review(remark: Remark) -> Json:
    """An element of /review/seller/list/v2."""
    return {
        "id": remark.number,
        "product_id": int(remark.item.product.id),
        "order_id": int(remark.order.order_id),
        "submit_time": seconds(remark.at) * 1000,
        "create_time": seconds(remark.at) * 1000,
        "review_type": "PRODUCT_REVIEW",
        "review_content": remark.text,
        "ratings": {"overall_rating": remark.stars, "product_rating": remark.stars},
        "can_reply": remark.answer is None,
        "seller_reply": remark.answer or "",
    }
