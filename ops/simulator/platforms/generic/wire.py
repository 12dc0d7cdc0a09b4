"""The merchant's own ERP: Standard Webhooks whose data is the canonical JSON (docs/canonical-model.md), one event a body."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ops.simulator.delivery import LATENCY, Delivery, dump
from ops.simulator.model import Buyer, Claim, Item, Parcel, SimOrder, State, World, seller_sku

Json = dict[str, Any]
_CLAIM_STEPS = {"refund_requested", "refund_rejected", "refunded", "exchanged"}


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every webhook for steps with since <= at < until."""
    for order in world.of("generic"):
        for step in order.happened(since, until):
            state = order.known_at(step.at)
            yield delivery("order", order.order_id, order_json(state), step.at)
            if step.kind in _CLAIM_STEPS:
                claim = next(claim for claim in state.claims if claim.id == step.ref)
                yield delivery("refund", order.order_id, refund_json(state, claim), step.at)
            if step.kind == "placed" and order.buyer.consent_at:
                yield from consents(order.buyer, step.at)
    for buyer in world.buyers:
        if buyer.shop.platform == "generic" and buyer.withdrawn_at and since <= buyer.withdrawn_at < until:
            yield delivery("consent", buyer.id, consent_json(buyer, buyer.withdrawn_at), buyer.withdrawn_at)


def snapshot(_world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """Webhooks with the order, its refunds and its buyer's consent as of `now`."""
    state = order.known_at(now)
    yield delivery("order", order.order_id, order_json(state), state.updated_at)
    for claim in state.claims:
        yield delivery("refund", order.order_id, refund_json(state, claim), claim.at)
    if order.buyer.consent_at:
        yield from consents(order.buyer, now)


def delivery(topic: str, subject: str, data: Json, at: datetime) -> Delivery:
    """One webhook; its id is that of the event and stays over retries."""
    body = dump({"type": topic, "timestamp": z(at), "data": data})
    own = hashlib.sha256(body).hexdigest()[:24]
    headers = {"content-type": "application/json", "webhook-id": f"msg_{own}"}
    return Delivery(at + LATENCY, "generic", "erp", topic, subject, body, headers, thin=False, pulled=False)


def z(at: datetime | None) -> str | None:
    """RFC 3339 UTC."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def status(state: State) -> str:
    """The ERP's word for where the order stands; it speaks our own vocabulary."""
    if state.cancelled_at:
        return "cancelled"
    if state.completed_at:
        return "completed"
    if state.shipped_all:
        return "delivered" if state.delivered_all else "shipped"
    if state.parcels:
        return "partially_shipped"
    return "paid" if state.paid_at or state.order.cod else "pending_payment"


def order_json(state: State) -> Json:
    """The canonical order."""
    order, buyer = state.order, state.order.buyer
    shipped = [parcel.shipped_at for parcel in state.parcels]
    return {
        **_names(state),
        "order_id": order.order_id,
        "order_no": order.order_no,
        "status": status(state),
        "platform_status": status(state).upper(),
        "refund_status": _refund_status(state),
        "test": order.test,
        "currency": order.shop.currency,
        "tax_included": order.tax_included,
        "amounts": _amounts(state),
        "placed_at": z(order.placed_at),
        "paid_at": z(state.paid_at),
        "shipped_at": z(min(shipped)) if shipped else None,
        "delivered_at": z(state.delivered_at),
        "completed_at": z(state.completed_at),
        "cancelled_at": z(state.cancelled_at),
        "updated_at": z(state.updated_at),
        "buyer": _buyer(buyer),
        "ship_to": _ship_to(buyer),
        "lines": [_line(item) for item in state.items],
        "shipments": [_shipment(parcel) for parcel in state.parcels],
        "attribution": {"source": "store", "campaign": None, "coupons": [order.coupon] if order.coupon else [], "creator": None},
        "extra": {"payment": "cod"} if order.cod else {},
    }


def _ship_to(buyer: Buyer) -> Json:
    province, city, district = buyer.city.split("|")
    return {
        "name": buyer.name,
        "phone": buyer.phone,
        "country": "CN",
        "province": province,
        "city": city,
        "district": district,
        "address": "和平路 12 号",
        "postcode": "310000",
        "masked": [],
        "encrypted": [],
    }


def _names(state: State) -> Json:
    return {"merchant": "demo", "platform": "generic", "account": state.order.shop.account}


def _amounts(state: State) -> Json:
    return {
        "items": state.gross,
        "discount_seller": state.off_seller,
        "discount_platform": state.off_platform,
        "shipping": state.shipping,
        "tax": state.tax,
        "other": 0,
        "total": state.total,
        "paid": state.paid,
        "refunded": state.refunded,
    }


def _buyer(buyer: Buyer) -> Json:
    known = {"id": buyer.id, "nickname": None, "name": buyer.name, "email": buyer.email, "phone": buyer.phone}
    return {**known, "masked": [], "encrypted": []}


def _refund_status(state: State) -> str:
    if state.refunded:
        return "full" if state.refunded >= state.paid > 0 else "partial"
    return "requested" if any(claim.state == "open" and claim.kind == "refund" for claim in state.claims) else "none"


def _line(item: Item) -> Json:
    off = item.off_seller + item.off_platform
    return {
        "line_id": item.line_id,
        "product_id": item.product.id,
        "sku": f"SKU-{item.product.number:03d}",
        "merchant_sku": seller_sku(item.product),
        "title": item.product.title,
        "quantity": item.quantity,
        "unit_price": item.unit_price,
        "discount": off,
        "total": item.gross - off,
        "refund_status": "none",
    }


def _shipment(parcel: Parcel) -> Json:
    times = {"shipped_at": z(parcel.shipped_at), "delivered_at": z(parcel.delivered_at)}
    return {"carrier": parcel.carrier, "tracking_no": parcel.number, **times}


def refund_json(state: State, claim: Claim) -> Json:
    """The canonical refund."""
    word = {"open": "requested", "rejected": "rejected", "done": "succeeded"}[claim.state]
    return {
        **_names(state),
        "refund_id": claim.id,
        "order_id": state.order.order_id,
        "kind": claim.kind,
        "status": word,
        "platform_status": word.upper(),
        "amount": claim.amount,
        "currency": state.order.shop.currency,
        "reason": "不想要了",
        "lines": [{"line_id": line, "quantity": 1, "amount": claim.amount} for line in claim.lines[:1]],
        "requested_at": z(claim.opened_at),
        "closed_at": None if claim.state == "open" else z(claim.at),
        "updated_at": z(claim.at),
    }


def consents(buyer: Buyer, now: datetime) -> Iterator[Delivery]:
    """What a buyer said to mail and text messages, as of `now`."""
    yield delivery("consent", buyer.id, consent_json(buyer, now), now)
    if buyer.texts is not None:
        said = {"granted": buyer.texts, "at": z(buyer.consent_at), "source": "erp"}
        yield delivery("consent", buyer.id, {"buyer_id": buyer.id, "channel": "sms", **said}, now)


def consent_json(buyer: Buyer, now: datetime) -> Json:
    """Marketing consent by e-mail as of `now`."""
    said = {"granted": bool(buyer.allows(now)), "at": z(buyer.said_at(now)), "source": "erp"}
    return {"buyer_id": buyer.id, "channel": "email", **said}
