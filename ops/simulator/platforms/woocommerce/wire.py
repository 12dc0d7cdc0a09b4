"""WooCommerce: webhooks with the whole REST order; refunds of their own. Amounts are decimal text without tax.

Times come twice: in the shop's zone, and in UTC under names that end in `_gmt`; neither says which it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from ops.simulator.delivery import LATENCY, Delivery, dump, major, number
from ops.simulator.model import Buyer, Claim, Item, SimOrder, State, World, seller_sku
from ops.simulator.remarks import Remark

HOST = "kessel.example.com"
STORE = f"https://{HOST}/shop"
ZONE = timezone(timedelta(hours=1))
RATE = 75  # the number of the shop's one tax rate
Json = dict[str, Any]
_CHECKOUT: Json = {
    "payment_method": "bacs",
    "payment_method_title": "Direct bank transfer",
    "transaction_id": "",
    "customer_ip_address": "203.0.113.7",
    "customer_user_agent": "Mozilla/5.0",
    "created_via": "checkout",
    "customer_note": "",
    "needs_processing": True,
    "currency_symbol": "€",
}


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """A webhook for every step with since <= at < until: `order.created`, then `order.updated` whatever it was."""
    for order in world.of("woocommerce"):
        for step in order.happened(since, until):
            topic = "order.created" if step.kind == "placed" else "order.updated"
            yield delivery(topic, order.known_at(step.at), step.at)


def snapshot(_world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """An `order.updated` webhook with the order as of `now`."""
    state = order.known_at(now)
    yield delivery("order.updated", state, state.updated_at)


def delivery(topic: str, state: State, at: datetime) -> Delivery:
    """One webhook. Once money went back the receiver reads when: the order itself tells sums alone."""
    resource, event = topic.split(".")
    headers = {
        "content-type": "application/json",
        "user-agent": "WooCommerce/9.4.2 Hookshot (WordPress/6.7)",
        "x-wc-webhook-source": f"{STORE}/",
        "x-wc-webhook-topic": topic,
        "x-wc-webhook-resource": resource,
        "x-wc-webhook-event": event,
        "x-wc-webhook-id": "3" if event == "created" else "4",
        # Of webhook and second alone: two orders of one second carry the same.
        "x-wc-webhook-delivery-id": hashlib.sha256(f"{event}/{int(at.timestamp())}".encode()).hexdigest()[:32],
    }
    escaped = dump(order_body(state)).replace(b"/", b"\\/")  # as PHP writes it
    shop = state.order.shop
    return Delivery(
        at + LATENCY, shop.platform, shop.account, topic, state.order.order_id, escaped, headers, thin=bool(state.claims)
    )


def stamp(at: datetime | None) -> str | None:
    """A time without a zone, in UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%S") if at else None


def _both(name: str, at: datetime | None) -> Json:
    return {name: stamp(at.astimezone(ZONE)) if at else None, f"{name}_gmt": stamp(at)}


def status(state: State) -> str:
    """`status` of the order. It turns `refunded` by itself once all of it went back."""
    if state.refunded and state.refunded >= state.total:
        return "refunded"
    if state.cancelled_at:
        return "cancelled"
    if state.completed_at:
        return "completed"
    return "processing" if state.released else "pending"


def order_body(state: State) -> Json:
    """`GET /orders/{id}`, also the body of a webhook."""
    order = state.order
    own = int(order.order_id)
    return {
        "id": own,
        "parent_id": 0,
        "status": status(state),
        "currency": order.shop.currency,
        "version": "9.4.2",
        "prices_include_tax": False,
        **_both("date_created", order.placed_at),
        **_both("date_modified", state.updated_at),
        "discount_total": major(state.off_seller),
        "discount_tax": "0.00",
        "shipping_total": major(state.shipping),
        "shipping_tax": "0.00",
        "cart_tax": major(state.tax),
        "total": major(state.total),
        "total_tax": major(state.tax),
        "customer_id": int(order.buyer.id),
        "order_key": f"wc_order_{own:013x}",
        "billing": {**_person(order.buyer), "email": order.buyer.email or "", "phone": order.buyer.phone},
        "shipping": {**_person(order.buyer), "phone": ""},
        **_CHECKOUT,
        **_both("date_completed", state.completed_at),
        **_both("date_paid", state.paid_at),
        "cart_hash": f"{own:032x}",
        "number": order.order_no,
        "meta_data": _notes(state),
        "line_items": _lines(state),
        "tax_lines": _tax_lines(state),
        "shipping_lines": _shipping(state),
        "fee_lines": _fees(state),
        "coupon_lines": _coupons(state),
        "refunds": [
            {"id": int(claim.id), "reason": "as agreed", "total": f"-{major(claim.amount)}"} for claim in reversed(state.claims)
        ],
        "needs_payment": not state.released,
        "_links": _links(f"orders/{own}", "orders"),
    }


def _person(buyer: Buyer) -> Json:
    given, family = buyer.name.split(" ", 1)
    province, city, _ = buyer.city.split("|")
    return {
        "first_name": given,
        "last_name": family,
        "company": "",
        "address_1": "Beispielweg 7",
        "address_2": "",
        "city": city,
        "state": province,
        "postcode": "10115",
        "country": buyer.shop.country,
    }


def _notes(state: State) -> list[Json]:
    """Where the order came from, and the parcels as the Shipment Tracking plugin notes them."""
    own = int(state.order.order_id) * 20
    found: list[Json] = [
        {"id": own, "key": "_wc_order_attribution_source_type", "value": "utm"},
        {"id": own + 1, "key": "_wc_order_attribution_utm_source", "value": "newsletter"},
    ]
    if state.parcels:
        parcels = [
            {
                "tracking_provider": parcel.carrier,
                "custom_tracking_provider": "",
                "custom_tracking_link": "",
                "tracking_number": parcel.number,
                "date_shipped": str(int(parcel.shipped_at.timestamp())),
                "tracking_id": parcel.id,
            }
            for parcel in state.parcels
        ]
        found.append({"id": own + 2, "key": "_wc_shipment_tracking_items", "value": parcels})
    return found


def _taxes(state: State) -> list[int]:
    """The order's tax by position; the last one takes what rounding leaves."""
    nets = [item.gross - item.off_seller for item in state.items]
    shares = [state.tax * net // max(sum(nets), 1) for net in nets[:-1]]
    return [*shares, state.tax - sum(shares)]


def _lines(state: State) -> list[Json]:
    return [_line(item, tax) for item, tax in zip(state.items, _taxes(state), strict=True)]


def _line(item: Item, tax: int) -> Json:
    net = item.gross - item.off_seller
    return {
        "id": int(item.line_id),
        "name": item.product.title.replace(",", " &ndash;"),
        "product_id": int(item.product.id),
        "variation_id": 0,
        "quantity": item.quantity,
        "tax_class": "",
        "subtotal": major(item.gross),
        "subtotal_tax": major(tax),
        "total": major(net),
        "total_tax": major(tax),
        "taxes": [{"id": RATE, "total": major(tax), "subtotal": major(tax)}] if tax else [],
        "meta_data": [],
        "sku": seller_sku(item.product),
        "price": number(net // item.quantity),
        "image": {"id": "", "src": ""},
        "parent_name": None,
    }


def _tax_lines(state: State) -> list[Json]:
    if not state.tax:
        return []
    percent = number(state.order.tax_rate, 1)
    told = {"id": int(state.order.order_id) * 10 + 9, "rate_code": "DE-VAT-1", "rate_id": RATE, "label": "VAT", "compound": False}
    return [{**told, "tax_total": major(state.tax), "shipping_tax_total": "0.00", "rate_percent": percent, "meta_data": []}]


def _shipping(state: State) -> list[Json]:
    told = {"id": int(state.order.order_id) * 10 + 5, "method_title": "Flat rate", "method_id": "flat_rate", "instance_id": "1"}
    return [{**told, "total": major(state.shipping), "total_tax": "0.00", "taxes": [], "meta_data": []}]


def _fees(state: State) -> list[Json]:
    if not state.order.tip:
        return []
    told = {"id": int(state.order.order_id) * 10 + 6, "name": "Gift wrapping", "tax_class": "", "tax_status": "none"}
    amount = major(state.order.tip)
    return [{**told, "amount": amount, "total": amount, "total_tax": "0.00", "taxes": [], "meta_data": []}]


def _coupons(state: State) -> list[Json]:
    if not state.off_seller:
        return []
    told = {"id": int(state.order.order_id) * 10 + 7, "code": "teaweek", "discount": major(state.off_seller)}
    return [{**told, "discount_tax": "0.00", "meta_data": [], "discount_type": "percent", "free_shipping": False}]


def _links(own: str, above: str) -> Json:
    root = f"{STORE}/wp-json/wc/v3"
    return {"self": [{"href": f"{root}/{own}"}], "collection": [{"href": f"{root}/{above}"}]}


def refund_body(state: State, claim: Claim) -> Json:
    """An element of `GET /orders/{id}/refunds`. Pieces and sums of its lines are negative; a whole refund has every line."""
    own, order = int(claim.id), state.order
    several = [item for item in state.items if not claim.lines or item.line_id in claim.lines]
    whole = not claim.lines
    taxes = dict(zip([item.line_id for item in state.items], _taxes(state), strict=True))
    lines = [
        _back(
            own * 10 + index,
            item,
            item.gross - item.off_seller if whole else claim.amount,
            taxes[item.line_id] if whole else 0,
            item.quantity if whole else 0,  # a part is given back as an amount, without pieces
        )
        for index, item in enumerate(several)
    ]
    return {
        "id": own,
        "parent_id": int(order.order_id),
        **_both("date_created", claim.at),
        "amount": major(claim.amount),
        "reason": "as agreed",
        "refunded_by": 1,
        "refunded_payment": True,
        "meta_data": [],
        "line_items": lines,
        "shipping_lines": [{**row, "total": f"-{row['total']}"} for row in _shipping(state)] if whole else [],
        "tax_lines": [],
        "fee_lines": [{**row, "total": f"-{row['total']}"} for row in _fees(state)] if whole else [],
        "_links": {
            **_links(f"orders/{order.order_id}/refunds/{own}", f"orders/{order.order_id}/refunds"),
            "up": [{"href": f"{STORE}/wp-json/wc/v3/orders/{order.order_id}"}],
        },
    }


def _back(own: int, item: Item, net: int, tax: int, pieces: int) -> Json:
    line = _line(item, tax)
    return {
        **line,
        "id": own,
        "quantity": -pieces,
        "subtotal": f"-{major(net)}",
        "subtotal_tax": f"-{major(tax)}",
        "total": f"-{major(net)}",
        "total_tax": f"-{major(tax)}",
        "taxes": [],
        "meta_data": [{"id": own * 10, "key": "_refunded_item_id", "value": item.line_id}],
    }


def review(remark: Remark) -> Json:
    """An element of products/reviews."""
    return {
        "id": remark.number,
        "date_created": stamp(remark.at.astimezone(ZONE)),
        "date_created_gmt": stamp(remark.at),
        "product_id": int(remark.item.product.id),
        "status": "trash" if remark.gone else "approved",
        "reviewer": remark.order.buyer.name,
        "reviewer_email": remark.order.buyer.email or "",
        "review": f"<p>{remark.text}</p>\n",
        "rating": remark.stars,
        "verified": True,
    }
