"""Mercado Libre: thin unsigned notifications; orders, shipments, costs and discounts as the API answers them.

Money is JSON numbers in major units; times carry milliseconds and the offset -04:00.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from ops.simulator.delivery import LATENCY, Delivery, dump, number
from ops.simulator.model import Item, SimOrder, State, World, seller_sku
from ops.simulator.remarks import Remark

Json = dict[str, Any]
_OFFSET = timezone(timedelta(hours=-4))


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every notification for steps with since <= at < until."""
    secrets = world.secrets["mercadolibre"]
    for order in world.of("mercadolibre"):
        for step in order.happened(since, until):
            if step.kind in {"shipped", "delivered"}:
                yield notification("shipments", f"/shipments/{shipment_id(order)}", order, step.at, secrets)
            if step.kind != "shipped":
                yield notification("orders_v2", f"/orders/{order.order_id}", order, step.at, secrets)


def snapshot(world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """A notification that makes the receiver read the order again as of `now`."""
    secrets, at = world.secrets["mercadolibre"], order.known_at(now).updated_at + timedelta(milliseconds=1)
    yield notification("orders_v2", f"/orders/{order.order_id}", order, at, secrets)


def notification(topic: str, resource: str, order: SimOrder, at: datetime, secrets: dict[str, str]) -> Delivery:
    """One notification; the registered URL ends in the secret segment."""
    body = {
        "_id": hashlib.sha256(f"{resource}/{at.isoformat()}".encode()).hexdigest()[:24],
        "resource": resource,
        "user_id": int(order.shop.account),
        "topic": topic,
        "application_id": int(secrets["application_id"]),
        "attempts": 1,
        "sent": _utc(at + timedelta(milliseconds=420)),
        "received": _utc(at + timedelta(milliseconds=400)),
    }
    headers = {"content-type": "application/json"}
    segment = secrets["url_secret"]
    return Delivery(at + LATENCY, "mercadolibre", order.shop.account, topic, order.order_id, dump(body), headers, True, segment)


def _utc(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stamp(at: datetime | None) -> str | None:
    """ISO 8601 with milliseconds and the platform's offset."""
    return at.astimezone(_OFFSET).isoformat(timespec="milliseconds") if at else None


def shipment_id(order: SimOrder) -> int:
    """The shipment of an order."""
    return int(order.order_id) - 1_999_962_211_366_722


def order_status(state: State) -> str:
    """`status` of the order; it knows no shipping."""
    if state.cancelled_at:
        return "cancelled"
    if state.paid_at:
        return "partially_refunded" if 0 < state.refunded < _goods(state) else "paid"
    return "partially_paid" if state.paid else "payment_required"


def _goods(state: State) -> int:
    return state.gross - state.off_seller


def order_body(state: State) -> Json:
    """`GET /orders/{id}`."""
    order = state.order
    payments = _payments(state)
    approved = sum((payment["total_paid_amount"] for payment in payments), Decimal(0))
    return {
        "id": int(order.order_id),
        "pack_id": None,
        "date_created": stamp(order.placed_at),
        "date_closed": stamp(state.paid_at),
        "last_updated": stamp(state.updated_at),
        "date_last_updated": stamp(state.updated_at),
        "expiration_date": stamp(order.placed_at + timedelta(days=28)),
        "total_amount": number(_goods(state)),
        "paid_amount": approved,
        "currency_id": order.shop.currency,
        "status": order_status(state),
        "status_detail": None,
        "cancel_detail": _cancelled(state),
        "order_items": [_item(state, item) for item in state.items],
        "payments": payments,
        "shipping": {"id": shipment_id(order)},
        "buyer": {"id": int(order.buyer.id), "nickname": f"COMPRADOR{int(order.buyer.id) % 100000}"},
        "seller": {"id": int(order.shop.account), "nickname": "VOLTAR"},
        "coupon": {"id": "7700" if state.off_platform else None, "amount": number(state.off_platform)},
        "taxes": {"amount": None, "currency_id": None, "id": None},
        "tags": _tags(state),
        "fulfilled": bool(state.completed_at) or None,
        "mediations": [],
        "feedback": {"buyer": None, "seller": None},
        "context": {"channel": "marketplace", "site": "MLB", "flows": []},
    }


def _cancelled(state: State) -> Json | None:
    if state.cancelled_at is None:
        return None
    why = {"group": "buyer", "code": "buyer_cancel_express", "description": "desistiu"}
    return {**why, "requested_by": "buyer", "date": stamp(state.cancelled_at)}


def _tags(state: State) -> list[str]:
    tags = ["paid" if state.paid_at else "not_paid", "delivered" if state.delivered_all else "not_delivered"]
    return [*tags, "test_order"] if state.order.test else tags


def _item(state: State, item: Item) -> Json:
    each = (item.gross - item.off_seller) // item.quantity
    return {
        "item": {
            "id": item.product.id,
            "title": item.product.title,
            "category_id": "MLB31447",
            "variation_id": None,
            "variation_attributes": [],
            "condition": "new",
            "seller_sku": seller_sku(item.product),
            "seller_custom_field": None,
        },
        "quantity": item.quantity,
        "requested_quantity": {"value": item.quantity, "measure": "unit"},
        "unit_price": number(each),
        "full_unit_price": number(item.unit_price),
        "gross_price": number(item.gross),
        "currency_id": state.order.shop.currency,
        "sale_fee": number(each * 12 // 100),
        "listing_type_id": "gold_special",
    }


def _payments(state: State) -> list[Json]:
    """One payment; a part payment and the rest when the order was reserved with a deposit."""
    goods = _goods(state)
    first = next((step for step in state.order.steps if step.kind == "deposit" and step.at <= state.updated_at), None)
    if first is None:
        return [_payment(state, 0, goods, state.paid_at)] if state.paid_at else []
    parts = [_payment(state, 0, first.amount, first.at)]
    return [*parts, _payment(state, 1, goods - first.amount, state.paid_at)] if state.paid_at else parts


def _payment(state: State, index: int, amount: int, at: datetime | None) -> Json:
    back = state.refunded if index == 0 else 0
    done = next((claim.at for claim in state.claims if claim.state == "done"), None)
    own = index == 0
    shipping, coupon = (state.shipping, state.off_platform) if own else (0, 0)
    return {
        "id": int(state.order.order_id) - 1_999_979_039_508_273 + index,
        "order_id": int(state.order.order_id),
        "payer_id": int(state.order.buyer.id),
        "site_id": "MLB",
        "reason": state.items[0].product.title,
        "payment_method_id": "account_money",
        "currency_id": state.order.shop.currency,
        "installments": 1,
        "status": "refunded" if back and back >= amount else "approved",
        "status_detail": "partially_refunded" if 0 < back < amount else "accredited",
        "transaction_amount": number(amount),
        "transaction_amount_refunded": number(back),
        "shipping_cost": number(shipping),
        "coupon_amount": number(coupon),
        "taxes_amount": 0,
        "total_paid_amount": number(amount + shipping - coupon),
        "overpaid_amount": 0,
        "date_approved": stamp(at),
        "date_created": stamp(at),
        "date_last_modified": stamp(done if back else at),
    }


def shipment_body(state: State) -> Json:
    """`GET /shipments/{id}` in the new format."""
    order = state.order
    parcel = state.parcels[0] if state.parcels else None
    province, city, _ = order.buyer.city.split("|")
    status = "ready_to_ship" if state.paid_at else "pending"
    if parcel:
        status = "delivered" if parcel.delivered_at else "shipped"
    if state.cancelled_at:
        status = "cancelled"
    history = {
        "date_handling": stamp(state.paid_at),
        "date_ready_to_ship": stamp(state.paid_at),
        "date_shipped": stamp(parcel.shipped_at) if parcel else None,
        "date_delivered": stamp(parcel.delivered_at) if parcel else None,
        "date_cancelled": stamp(state.cancelled_at),
    }
    place = {"address_line": "Rua Exemplo 12", "zip_code": "01001000", "city": {"id": None, "name": city}}
    where = {**place, "state": {"id": f"BR-{province}", "name": province}, "country": {"id": "BR", "name": "Brasil"}}
    return {
        "id": shipment_id(order),
        "order_id": int(order.order_id),
        "status": status,
        "substatus": None,
        "status_history": history,
        "date_created": stamp(order.placed_at),
        "last_updated": stamp(_shipment_clock(state)),
        "tracking_number": parcel.number if parcel else None,
        "tracking_method": parcel.carrier if parcel else None,
        "logistic": {"mode": "me2", "type": "drop_off"},
        "logistic_type": "drop_off",
        "mode": "me2",
        "receiver_id": int(order.buyer.id),
        "receiver_address": {**where, "receiver_name": order.buyer.name, "receiver_phone": "XXXXXXX"},
        "destination": {"receiver_id": int(order.buyer.id), "receiver_name": order.buyer.name, "shipping_address": where},
        "shipping_option": {"cost": number(state.shipping), "list_cost": number(state.shipping + 900), "currency_id": "BRL"},
    }


def _shipment_clock(state: State) -> datetime | None:
    times = [state.order.placed_at, state.paid_at, state.cancelled_at]
    times += [at for parcel in state.parcels for at in (parcel.shipped_at, parcel.delivered_at)]
    return max((at for at in times if at), default=None)


def costs_body(state: State) -> Json:
    """`GET /shipments/{id}/costs`."""
    return {
        "gross_amount": number(state.shipping + 900),
        "receiver": {"user_id": int(state.order.buyer.id), "cost": number(state.shipping), "compensation": 0, "discounts": []},
        "senders": [{"user_id": int(state.order.shop.account), "cost": number(900), "compensation": 0, "discounts": []}],
    }


def shipment_items(state: State) -> list[Json]:
    """`GET /shipments/{id}/items`."""
    order = state.order
    return [
        {
            "order_id": int(order.order_id),
            "item_id": item.product.id,
            "description": item.product.title,
            "quantity": item.quantity,
            "variation_id": None,
        }
        for item in state.items
    ]


def shipment_history(state: State) -> list[Json]:
    """`GET /shipments/{id}/history`."""
    told = shipment_body(state)["status_history"]
    return [{"status": name.removeprefix("date_"), "substatus": None, "date": at} for name, at in told.items() if at]


def discounts_body(state: State) -> Json:
    """`GET /orders/{id}/discounts`: what seller and platform bear of each discount."""
    details = []
    for item in state.items:
        mine = item.product.id
        if item.off_seller:
            amounts = {"total": number(item.off_seller), "seller": number(item.off_seller)}
            details.append({"type": "discount", "items": [{"id": mine, "quantity": item.quantity, "amounts": amounts}]})
        if item.off_platform:
            amounts = {"total": number(item.off_platform), "seller": Decimal(0)}
            details.append({"type": "coupon", "items": [{"id": mine, "quantity": item.quantity, "amounts": amounts}]})
    return {"details": details}


def question(remark: Remark) -> Json:
    """An element of /questions/search."""
    told = {"text": remark.answer, "status": "ACTIVE", "date_created": stamp(remark.answered_at)} if remark.answer else None
    return {
        "id": remark.number,
        "item_id": remark.item.product.id,
        "seller_id": int(remark.order.shop.account),
        "status": "ANSWERED" if told else "UNANSWERED",
        "text": remark.text,
        "date_created": stamp(remark.at),
        "deleted_from_listing": False,
        "hold": False,
        "answer": told,
        "from": {"id": int(remark.order.buyer.id)},
    }


def review(remark: Remark) -> Json:
    """An element of /reviews/item/{id}."""
    return {
        "id": remark.number,
        "reviewable_object": {"id": remark.item.product.id, "type": "product"},
        "date_created": stamp(remark.at),
        "status": "published",
        "title": "",
        "content": remark.text,
        "rate": remark.stars,
        "reviewer_id": 0,
    }
