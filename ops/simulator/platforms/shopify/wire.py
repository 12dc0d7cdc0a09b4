"""Shopify: fat webhooks whose body is the REST resource, not wrapped; order, refund, fulfilment and customer bodies.

Money is decimal text in shop currency with its `*_set` twins; times carry the shop's offset; ids exceed 2^53.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from ops.simulator.delivery import LATENCY, Delivery, dump, major, number
from ops.simulator.model import Buyer, Claim, Item, Parcel, SimOrder, State, Step, World, seller_sku

DOMAIN = "acme.myshopify.com"
VERSION = "2026-07"
_OFFSET = timezone(timedelta(hours=-5))
Json = dict[str, Any]


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every webhook for steps with since <= at < until, the original body of each as it was then."""
    for order in world.of("shopify"):
        for step in order.happened(since, until):
            yield from _of_step(order, step)
    for buyer in world.buyers:
        if buyer.shop.platform == "shopify" and buyer.withdrawn_at and since <= buyer.withdrawn_at < until:
            yield _customer_update(buyer, buyer.withdrawn_at)


def people(_world: World, buyer: Buyer, now: datetime) -> Iterator[Delivery]:
    """A `customers/update` webhook, the only one that tells consent, as of `now`."""
    yield _customer_update(buyer, now)


def snapshot(_world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """An `orders/updated` webhook with the order as of `now`."""
    state = order.known_at(now)
    yield _delivery("orders/updated", order.order_id, order_body(state), state.updated_at)


def _customer_update(buyer: Buyer, now: datetime, topic: str = "customers/update") -> Delivery:
    return _delivery(topic, buyer.id, customer(buyer, now), now, pulled=False)


def _of_step(order: SimOrder, step: Step) -> Iterator[Delivery]:
    state = order.known_at(step.at)
    body = order_body(state)
    if step.kind == "placed" and order.buyer.habit == "new":
        yield _customer_update(order.buyer, step.at, "customers/create")
    for topic in _topics(state, step):
        yield _delivery(topic, order.order_id, body, step.at)
    if step.kind == "refunded":
        claim = next(claim for claim in state.claims if claim.id == step.ref)
        yield _delivery("refunds/create", order.order_id, refund_body(state, claim), step.at)
    if step.kind in {"shipped", "delivered"}:
        parcel = next(parcel for parcel in state.parcels if parcel.id == step.ref)
        topic = "fulfillments/create" if step.kind == "shipped" else "fulfillments/update"
        yield _delivery(topic, order.order_id, fulfillment_body(state, parcel), step.at)


def _topics(state: State, step: Step) -> tuple[str, ...]:
    if step.kind == "shipped":
        return ("orders/fulfilled" if state.shipped_all else "orders/partially_fulfilled",)
    return {"placed": ("orders/create",), "paid": ("orders/paid", "orders/updated"), "cancelled": ("orders/cancelled",)}.get(
        step.kind, ("orders/updated",)
    )


def _delivery(topic: str, subject: str, body: Json, at: datetime, *, pulled: bool = True) -> Delivery:
    digest = hashlib.sha256(f"{topic}/{body.get('id')}/{at.isoformat()}".encode()).hexdigest()
    headers = {
        "content-type": "application/json",
        "user-agent": "Shopify-Captain-Hook",
        "x-shopify-topic": topic,
        "x-shopify-shop-domain": DOMAIN,
        "x-shopify-api-version": VERSION,
        "x-shopify-webhook-id": _uuid(digest),
        "x-shopify-event-id": _uuid(hashlib.sha256(f"{subject}/{at.isoformat()}".encode()).hexdigest()),
        "x-shopify-triggered-at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    escaped = dump(body).replace(b"/", b"\\/")  # as the platform writes it; re-serialising would break the signature
    return Delivery(at + LATENCY, "shopify", "acme", topic, subject, escaped, headers, thin=False, pulled=pulled)


def _uuid(digest: str) -> str:
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def stamp(at: datetime | None) -> str | None:
    """ISO 8601 with the shop's offset."""
    return at.astimezone(_OFFSET).isoformat(timespec="seconds") if at else None


def money(minor: int, currency: str) -> Json:
    """The `*_set` twin of an amount."""
    one = {"amount": major(minor), "currency_code": currency}
    return {"shop_money": one, "presentment_money": dict(one)}


def _both(name: str, minor: int, currency: str) -> Json:
    return {name: major(minor), f"{name}_set": money(minor, currency)}


def financial_status(state: State) -> str:
    """`financial_status` of the REST order."""
    if state.refunded and state.refunded >= state.paid:
        return "refunded"
    if state.refunded:
        return "partially_refunded"
    if state.paid_at:
        return "paid"
    if state.paid:
        return "partially_paid"
    return "voided" if state.cancelled_at else "pending"


def fulfillment_status(state: State) -> str | None:
    """`fulfillment_status` of the REST order."""
    if state.shipped_all:
        return "fulfilled"
    return "partial" if state.parcels else None


def order_body(state: State) -> Json:
    """The REST order as of a state."""
    order, currency = state.order, state.order.shop.currency
    own = int(order.order_id)
    return {
        "id": own,
        **_heading(own),
        "buyer_accepts_marketing": bool(order.buyer.allows(state.updated_at)),
        "cancel_reason": "customer" if state.cancelled_at else None,
        "cancelled_at": stamp(state.cancelled_at),
        "closed_at": stamp(state.completed_at),
        "contact_email": order.buyer.email,
        "created_at": stamp(order.placed_at),
        "currency": currency,
        "email": order.buyer.email or "",
        "financial_status": financial_status(state),
        "fulfillment_status": fulfillment_status(state),
        **_origin(order),
        "phone": None,
        "presentment_currency": currency,
        "processed_at": stamp(order.placed_at),
        "referring_site": "",
        "source_name": "web",
        "tags": "",
        "taxes_included": False,
        "test": order.test,
        "token": f"{own:032x}",
        "updated_at": stamp(state.updated_at),
        **_totals(state, currency),
        "billing_address": address(order.buyer),
        "customer": customer(order.buyer, state.updated_at),
        "discount_applications": _applications(state),
        "fulfillments": [fulfillment_body(state, parcel) for parcel in state.parcels],
        "line_items": [line_body(state, item, index) for index, item in enumerate(state.items)],
        "refunds": [refund_body(state, claim) for claim in state.claims],
        "shipping_address": address(order.buyer),
        "shipping_lines": _shipping(state, currency),
    }


def _heading(own: int) -> Json:
    return {
        "confirmed": True,
        "customer_locale": "en",
        "discount_codes": [],
        "estimated_taxes": False,
        "payment_terms": None,
        "admin_graphql_api_id": f"gid://shopify/Order/{own}",
        "app_id": 580111,
        "browser_ip": None,
    }


def _origin(order: SimOrder) -> Json:
    return {
        "landing_site": "/?utm_source=newsletter",
        "name": order.order_no,
        "note": None,
        "note_attributes": [],
        "number": int(order.order_no[1:]) - 1000,
        "order_number": int(order.order_no[1:]),
        "payment_gateway_names": ["Cash on Delivery (COD)"] if order.cod else ["shopify_payments"],
    }


def _totals(state: State, currency: str) -> Json:
    net = state.gross - state.off_seller
    return {
        **_both("current_subtotal_price", net, currency),
        **_both("current_total_discounts", state.off_seller, currency),
        **_both("current_total_price", state.total - state.refunded, currency),
        **_both("current_total_tax", state.tax, currency),
        "original_total_duties_set": None,
        **_both("subtotal_price", net, currency),
        "tax_lines": [_tax_line(state, state.tax, currency)] if state.tax else [],
        **_both("total_discounts", state.off_seller, currency),
        **_both("total_line_items_price", state.gross, currency),
        "total_outstanding": major(0 if state.cancelled_at else max(state.total - state.paid, 0)),
        **_both("total_price", state.total, currency),
        "total_shipping_price_set": money(state.shipping, currency),
        **_both("total_tax", state.tax, currency),
        "total_tip_received": major(state.order.tip),
        "total_weight": 420,
    }


def _tax_line(state: State, amount: int, currency: str) -> Json:
    rate = Decimal(state.order.tax_rate).scaleb(-3)
    return {
        "channel_liable": False,
        "price": major(amount),
        "price_set": money(amount, currency),
        "rate": rate,
        "title": "State Tax",
    }


def _applications(state: State) -> list[Json]:
    if not state.off_seller:
        return []
    kept = {"target_type": "line_item", "type": "automatic", "value": major(state.off_seller), "value_type": "fixed_amount"}
    return [{**kept, "allocation_method": "across", "target_selection": "explicit", "title": "Tea week"}]


def line_body(state: State, item: Item, index: int) -> Json:
    """One REST line item."""
    currency = state.order.shop.currency
    sent = any(item.line_id in parcel.lines for parcel in state.parcels)
    allocated = {"amount": major(item.off_seller), "amount_set": money(item.off_seller, currency), "discount_application_index": 0}
    return {
        "id": int(item.line_id),
        "admin_graphql_api_id": f"gid://shopify/LineItem/{item.line_id}",
        "current_quantity": item.quantity,
        "fulfillable_quantity": 0 if sent else item.quantity,
        "fulfillment_service": "manual",
        "fulfillment_status": "fulfilled" if sent else None,
        "gift_card": False,
        "grams": 420,
        "name": item.product.title,
        **_both("price", item.unit_price, currency),
        "product_exists": True,
        "product_id": int(item.product.id),
        "properties": [],
        "quantity": item.quantity,
        "requires_shipping": True,
        "sku": seller_sku(item.product),
        "taxable": True,
        "title": item.product.title,
        **_both("total_discount", 0, currency),
        "variant_id": 808950810000000 + item.product.number,
        "variant_inventory_management": "shopify",
        "variant_title": None,
        "vendor": "Acme",
        "tax_lines": [_tax_line(state, state.tax, currency)] if state.tax and index == 0 else [],
        "duties": [],
        "discount_allocations": [allocated] if item.off_seller else [],
    }


def _shipping(state: State, currency: str) -> list[Json]:
    fee = _both("price", state.shipping, currency)
    less = _both("discounted_price", state.shipping, currency)
    named = {"id": int(state.order.order_id) - 451, "code": "Standard", "source": "shopify", "title": "Standard"}
    return [{**named, **fee, **less, "tax_lines": [], "discount_allocations": []}]


def fulfillment_body(state: State, parcel: Parcel) -> Json:
    """One REST fulfilment."""
    at = parcel.delivered_at or parcel.shipped_at
    return {
        "id": int(parcel.id),
        "admin_graphql_api_id": f"gid://shopify/Fulfillment/{parcel.id}",
        "order_id": int(state.order.order_id),
        "name": f"{state.order.order_no}.1",
        "status": "success",
        "service": "manual",
        "shipment_status": "delivered" if parcel.delivered_at else "confirmed",
        "location_id": 905684977,
        "created_at": stamp(parcel.shipped_at),
        "updated_at": stamp(at),
        "tracking_company": parcel.carrier,
        "tracking_number": parcel.number,
        "tracking_numbers": [parcel.number],
        "tracking_url": f"https://track.example/{parcel.number}",
        "tracking_urls": [f"https://track.example/{parcel.number}"],
        "line_items": [{"id": int(line), "quantity": _quantity(state, line)} for line in parcel.lines],
    }


def _quantity(state: State, line: str) -> int:
    return next(item.quantity for item in state.items if item.line_id == line)


def refund_body(state: State, claim: Claim) -> Json:
    """One REST refund; a part is returned as a goodwill amount on the position, money in its transaction."""
    currency = state.order.shop.currency
    transaction = {
        "id": int(claim.id) + 3,
        "order_id": int(state.order.order_id),
        "kind": "refund",
        "gateway": "shopify_payments",
        "status": "success",
        "created_at": stamp(claim.at),
        "processed_at": stamp(claim.at),
        "amount": major(claim.amount),
        "currency": currency,
        "test": state.order.test,
    }
    lines = [
        {"id": int(claim.id) + 5, "line_item_id": int(line), "quantity": 1, "subtotal": number(claim.amount), "total_tax": 0}
        for line in claim.lines
    ]
    return {
        "id": int(claim.id),
        "admin_graphql_api_id": f"gid://shopify/Refund/{claim.id}",
        "order_id": int(state.order.order_id),
        "created_at": stamp(claim.at),
        "processed_at": stamp(claim.at),
        "note": "as agreed",
        "restock": False,
        "refund_line_items": lines,
        "transactions": [transaction],
        "order_adjustments": [],
    }


def address(buyer: Buyer) -> Json:
    """A REST address."""
    province, city, _ = buyer.city.split("|")
    given, family = buyer.name.split(" ", 1)
    return {
        "first_name": given,
        "last_name": family,
        "name": buyer.name,
        "address1": f"{int(buyer.id) % 400 + 1} Shipping Street",
        "address2": None,
        "company": None,
        "city": city,
        "province": province,
        "province_code": province,
        "country": "United States",
        "country_code": "US",
        "zip": "40003",
        "phone": buyer.phone,
        "latitude": None,
        "longitude": None,
    }


def customer(buyer: Buyer, now: datetime) -> Json:
    """The REST customer, also the body of `customers/*`, with consent as of `now`."""
    given, family = buyer.name.split(" ", 1)
    state = (
        "subscribed"
        if buyer.allows(now)
        else "unsubscribed"
        if buyer.withdrawn_at and buyer.withdrawn_at <= now
        else "not_subscribed"
    )
    said = stamp(buyer.said_at(now))
    return {
        "id": int(buyer.id),
        "admin_graphql_api_id": f"gid://shopify/Customer/{buyer.id}",
        "email": buyer.email,
        "first_name": given,
        "last_name": family,
        "created_at": stamp(buyer.consent_at),
        "updated_at": stamp(now),
        "state": "disabled",
        "verified_email": True,
        "phone": None,
        "tags": "",
        "currency": "USD",
        "email_marketing_consent": {"state": state, "opt_in_level": "single_opt_in", "consent_updated_at": said},
        "sms_marketing_consent": None,
        "default_address": {"id": int(buyer.id) + 1, "customer_id": int(buyer.id), "default": True, **address(buyer)},
    }
