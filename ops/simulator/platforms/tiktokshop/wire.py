"""TikTok Shop in Britain: thin pushes by type; orders, returns and cancellations as the API answers them.

Money is decimal text in major units, times are Unix seconds. A unit is a row of its own. Prices hold the tax.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from ops.simulator.delivery import LATENCY, Delivery, dump, major
from ops.simulator.model import Claim, Item, Parcel, SimOrder, State, Step, World, seller_sku

Json = dict[str, Any]
KEY = "tiktokshop"
STATUS, CANCELLATION, RETURN, REFUNDED = 1, 11, 12, 67
_RETURN = {
    "open": "RETURN_OR_REFUND_REQUEST_PENDING",
    "rejected": "REFUND_OR_RETURN_REQUEST_REJECT",
    "done": "RETURN_OR_REFUND_REQUEST_COMPLETE",
}
_TOLD = {"placed", "paid", "shipped", "delivered", "completed", "cancelled"}


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every push for steps with since <= at < until."""
    for order in world.of(KEY):
        for step in order.happened(since, until):
            yield from _of_step(order, step)


def snapshot(_world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """Pushes after which the receiver has read the order, its returns and cancellations as of `now`."""
    state = order.known_at(now)
    yield _status(state, state.updated_at)
    for claim in state.claims:
        yield _claim(state, claim, claim.at)


def _of_step(order: SimOrder, step: Step) -> Iterator[Delivery]:
    state = order.known_at(step.at)
    claim = next((claim for claim in state.claims if claim.id == step.ref), None)
    if claim is not None:
        yield _claim(state, claim, step.at)
        if claim.state == "done" and claim.kind == "refund":
            yield _refunded(state, claim, step.at)
    elif step.kind in _TOLD:
        yield _status(state, step.at)


def _status(state: State, at: datetime) -> Delivery:
    word = order_status(state)
    data = {
        "order_id": state.order.order_id,
        "order_status": "CANCEL" if word == "CANCELLED" else word,  # the push spells it otherwise than the API
        "is_on_hold_order": False,
        "update_time": unix(at),
    }
    return _push(state.order, STATUS, data, at)


def _claim(state: State, claim: Claim, at: datetime) -> Delivery:
    order_id, times = state.order.order_id, {"create_time": unix(claim.opened_at), "update_time": unix(at)}
    if is_cancellation(state, claim):
        told = {"cancellations_role": "BUYER", "cancel_status": "CANCELLATION_REQUEST_COMPLETE", "cancel_id": claim.id}
        return _push(state.order, CANCELLATION, {"order_id": order_id, **told, "create_time": unix(claim.opened_at)}, at)
    told = {"return_role": "BUYER", "return_type": return_type(claim), "return_status": return_status(claim)}
    return _push(state.order, RETURN, {"order_id": order_id, "return_id": claim.id, **told, **times}, at)


def _refunded(state: State, claim: Claim, at: datetime) -> Delivery:
    """Money went back; the order is named on the lines only."""
    order = state.order
    data = {
        "aftersales_request_id": claim.id,
        "rma_id": claim.id,
        "refund_status": "REFUND_SUCCESS",
        "refund_total": major(claim.amount),
        "refund_currency": order.shop.currency,
        "refund_timestamp": unix(at),
        "line_items": [
            {
                "main_order_id": order.order_id,
                "return_line_item_id": f"{claim.id}{place}",
                "sku_id": sku_id(item),
                "sku_return_request_id": claim.id,
            }
            for place, item in enumerate(claimed(state, claim))
        ],
    }
    return _push(order, REFUNDED, data, at)


def _push(order: SimOrder, kind: int, data: Json, at: datetime) -> Delivery:
    sent = at + LATENCY
    own = hashlib.sha256(f"{kind}/{order.order_id}/{dump(data).decode()}".encode()).hexdigest()
    body = {
        "type": kind,
        "tts_notification_id": str(int(own[:15], 16)),
        "shop_id": order.shop.account,
        "timestamp": unix(sent),
        "data": data,
    }
    headers = {"content-type": "application/json"}
    return Delivery(sent, KEY, order.shop.account, str(kind), order.order_id, dump(body), headers, thin=True)


def unix(at: datetime | None) -> int:
    """Unix seconds; 0 for not yet."""
    return int(at.timestamp()) if at else 0


def order_status(state: State) -> str:
    """`status` of the order."""
    if state.cancelled_at:
        return "CANCELLED"
    if state.completed_at:
        return "COMPLETED"
    if state.delivered_all:
        return "DELIVERED"
    if state.shipped_all:
        return "IN_TRANSIT"
    if state.parcels:
        return "PARTIALLY_SHIPPING"
    return "AWAITING_SHIPMENT" if state.released else "UNPAID"


def is_cancellation(state: State, claim: Claim) -> bool:
    """Whether money goes back because the order was cancelled before anything left."""
    return claim.kind == "refund" and not state.parcels


def return_type(claim: Claim) -> str:
    """`return_type`."""
    return "REPLACEMENT" if claim.kind == "exchange" else "RETURN_AND_REFUND"


def return_status(claim: Claim) -> str:
    """`return_status`."""
    return "REPLACEMENT_REQUEST_COMPLETE" if claim.kind == "exchange" else _RETURN[claim.state]


def claimed(state: State, claim: Claim) -> tuple[Item, ...]:
    """The positions that a claim is about."""
    return tuple(item for item in state.items if not claim.lines or item.line_id in claim.lines)


def sku_id(item: Item) -> str:
    """`sku_id` of a product's only variant."""
    return str(2_729_382_476_852_921_000 + item.product.number)


def shares(amount: int, count: int) -> list[int]:
    """An amount over `count` units, the last ones getting what is left over."""
    each, rest = divmod(amount, count)
    return [each + (place >= count - rest) for place in range(count)]


def order_body(state: State) -> Json:
    """An element of `orders`, of the search and of the detail call."""
    order, buyer = state.order, state.order.buyer
    shipped = min((parcel.shipped_at for parcel in state.parcels), default=None)
    first = state.parcels[0] if state.parcels else None
    return {
        "id": order.order_id,
        "status": order_status(state),
        "user_id": buyer.id,
        "buyer_nickname": buyer.name.split(" ")[0].lower(),
        "buyer_email": f"{hashlib.sha256(buyer.id.encode()).hexdigest()[:12]}@chat.seller.tiktok.com",
        "buyer_message": "",
        "cpf": "",
        "create_time": unix(order.placed_at),
        "paid_time": unix(state.paid_at),
        "update_time": unix(state.updated_at),
        "collection_time": unix(shipped),
        "delivery_time": unix(state.delivered_at),
        "cancel_time": unix(state.cancelled_at),
        "cancel_reason": "No longer needed" if state.cancelled_at else "",
        "tts_sla_time": unix(order.placed_at + timedelta(days=3)),
        "rts_sla_time": unix(order.placed_at + timedelta(days=2)),
        "is_cod": False,
        "is_sample_order": order.test,
        "is_replacement_order": False,
        "is_exchange_order": False,
        "is_buyer_request_cancel": False,
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "shipping_type": "TIKTOK",
        "payment_method_name": "Visa",
        "shipping_provider": first.carrier if first else "",
        "tracking_number": first.number if first else "",
        "payment": _payment(state),
        "recipient_address": _address(order),
        "packages": [{"id": parcel.id} for parcel in state.parcels],
        "line_items": [row for item in state.items for row in _units(state, item)],
    }


def _payment(state: State) -> Json:
    """Sums of the order. The tax is within the prices, so the total does without it."""
    return {
        "currency": state.order.shop.currency,
        "original_total_product_price": major(state.gross),
        "sub_total": major(state.gross - state.off_seller - state.off_platform),
        "seller_discount": major(state.off_seller),
        "platform_discount": major(state.off_platform),
        "original_shipping_fee": major(state.shipping + 100),
        "shipping_fee": major(state.shipping),
        "shipping_fee_seller_discount": "0",
        "shipping_fee_platform_discount": "1.00",
        "shipping_fee_cofunded_discount": "0",
        "tax": major(state.tax),
        "product_tax": major(state.tax),
        "shipping_fee_tax": "0",
        "buyer_service_fee": "0",
        "total_amount": major(state.total),
    }


def _address(order: SimOrder) -> Json:
    county, city, _ = order.buyer.city.split("|")
    places = (("L0", "Country", "United Kingdom"), ("L1", "Country", "England"), ("L2", "County", county), ("L3", "City", city))
    return {
        "name": f"{order.buyer.name[0]}***",
        "phone_number": "(+44)7***-***-123",
        "full_address": "1 Exa*****",
        "address_line1": "1 Exa*****",
        "address_detail": "1 Exa*****",
        "postal_code": "AB1 2CD",
        "region_code": order.shop.country,
        "district_info": [
            {"address_level": level, "address_level_name": kind, "address_name": name} for level, kind, name in places
        ],
    }


def unit_id(item: Item, unit: int) -> str:
    """`id` of a position's unit."""
    return str(int(item.line_id) + unit)


def _units(state: State, item: Item) -> Iterator[Json]:
    parcel = next((parcel for parcel in state.parcels if item.line_id in parcel.lines), None)
    for unit in range(item.quantity):
        yield _unit(state, item, unit, parcel)


def _unit(state: State, item: Item, unit: int, parcel: Parcel | None) -> Json:
    seller, platform = shares(item.off_seller, item.quantity)[unit], shares(item.off_platform, item.quantity)[unit]
    return {
        "id": unit_id(item, unit),
        "product_id": item.product.id,
        "product_name": item.product.title,
        "sku_id": sku_id(item),
        "sku_name": "",
        "sku_type": "NORMAL",
        "seller_sku": seller_sku(item.product),
        "currency": state.order.shop.currency,
        "original_price": major(item.unit_price),
        "sale_price": major(item.unit_price - seller - platform),
        "seller_discount": major(seller),
        "platform_discount": major(platform),
        "display_status": _display(state, parcel),
        "is_gift": False,
        "package_id": parcel.id if parcel else "",
        "shipping_provider_name": parcel.carrier if parcel else "",
        "tracking_number": parcel.number if parcel else "",
        "cancel_reason": "No longer needed" if state.cancelled_at else "",
    }


def _display(state: State, parcel: Parcel | None) -> str:
    """`display_status` of a unit."""
    whole = order_status(state)
    if whole != "PARTIALLY_SHIPPING":
        return whole
    if parcel is None:
        return "TO_SHIP"
    return "DELIVERED" if parcel.delivered_at else "IN_TRANSIT"


def _refund(state: State, amount: int) -> Json:
    return {"currency": state.order.shop.currency, "refund_total": major(amount), "refund_subtotal": major(amount)}


def _claimed_units(state: State, claim: Claim) -> list[tuple[Item, int, int]]:
    """Item, place of the unit, and what it comes to."""
    return [
        (item, unit, item.unit_price - seller - platform)
        for item in claimed(state, claim)
        for unit, (seller, platform) in enumerate(
            zip(shares(item.off_seller, item.quantity), shares(item.off_platform, item.quantity), strict=True)
        )
    ]


def return_body(state: State, claim: Claim) -> Json:
    """An element of `return_orders`."""
    money = claim.kind == "refund"
    return {
        "return_id": claim.id,
        "order_id": state.order.order_id,
        "return_type": return_type(claim),
        "return_status": return_status(claim),
        "return_reason": "ecom_order_delivered_refund_and_return_reason_no_longer_needed",
        "return_reason_text": "No longer needed",
        "role": "BUYER",
        **({"refund_amount": _refund(state, claim.amount)} if money else {}),
        "return_line_items": [
            {
                "return_line_item_id": f"{claim.id}{place}",
                "order_line_item_id": unit_id(item, unit),
                "sku_id": sku_id(item),
                **({"refund_amount": _refund(state, worth)} if money else {}),
            }
            for place, (item, unit, worth) in enumerate(_claimed_units(state, claim))
        ],
        "create_time": unix(claim.opened_at),
        "update_time": unix(claim.at),
    }


def cancellation_body(state: State, claim: Claim) -> Json:
    """An element of `cancellations`."""
    return {
        "cancel_id": claim.id,
        "order_id": state.order.order_id,
        "cancel_type": "BUYER_CANCEL",
        "cancel_status": "CANCELLATION_REQUEST_COMPLETE",
        "cancel_reason": "ecom_order_to_ship_canceled_reason_no_longer_needed",
        "cancel_reason_text": "No longer needed",
        "role": "BUYER",
        "refund_amount": _refund(state, claim.amount),
        "cancel_line_items": [
            {"cancel_line_item_id": f"{claim.id}{place}", "order_line_item_id": unit_id(item, unit), "sku_id": sku_id(item)}
            for place, (item, unit, _) in enumerate(_claimed_units(state, claim))
        ],
        "create_time": unix(claim.opened_at),
        "update_time": unix(claim.at),
    }
