"""Magento: Adobe I/O events that name an order; orders, invoices, shipments and credit memos as REST tells them.

Amounts are JSON numbers in the order's currency, and again in the shop's own under names that begin with `base_`. Times are
UTC without saying so.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ops.simulator.delivery import LATENCY, Delivery, dump, number
from ops.simulator.model import Buyer, Claim, Item, Parcel, SimOrder, State, Step, World, seller_sku
from ops.simulator.platforms.magento.keys import key_path

HOST = "garden.example.com"
STORE = f"https://{HOST}"
KEY_HOST = "static.adobeioevents.com"
BASE = "EUR"  # the shop's own currency, at 5 for 4 of the order's
ORDER = "sales_order_save_commit_after"
Json = dict[str, Any]
_BESIDE = {"paid": "invoice", "shipped": "shipment", "refunded": "creditmemo"}


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every event for steps with since <= at < until; on some orders those of one step come in one batch."""
    secrets = world.secrets["magento"]
    for order in world.of("magento"):
        for step in order.happened(since, until):
            found = list(events(order, step, secrets["adobe_client_id"]))
            if len(found) > 1 and int(order.order_id) % 5 == 0:
                yield _delivery(found, order, step.at, secrets)
            else:
                for index, event in enumerate(found):
                    yield _delivery([event], order, step.at, secrets, index)


def snapshot(world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """An event after which the receiver reads the order with all that belongs to it."""
    secrets, state = world.secrets["magento"], order.known_at(now)
    event = _event(ORDER, {"entity_id": order.order_id}, order, state.updated_at, secrets["adobe_client_id"])
    yield _delivery([event], order, state.updated_at, secrets, 9)


def events(order: SimOrder, step: Step, client: str) -> Iterator[Json]:
    """The events of one step: what was made beside the order, and the order. Of arrival the shop hears nothing."""
    if step.kind in {"delivered", "completed"}:
        return
    if made := _BESIDE.get(step.kind):
        yield _event(f"sales_order_{made}_save_commit_after", {"order_id": order.order_id}, order, step.at, client)
    yield _event(ORDER, {"entity_id": order.order_id, "increment_id": order.order_no}, order, step.at, client)


def _event(name: str, value: Json, order: SimOrder, at: datetime, client: str) -> Json:
    """A CloudEvent with the fields that it was subscribed with; numbers in it are text."""
    own = _uuid(f"{name}/{order.order_id}/{at.isoformat()}")
    return {
        "specversion": "1.0",
        "id": own,
        "source": "urn:uuid:00000000-0000-4000-8000-000000000002",
        "type": f"com.adobe.commerce.observer.{name}",
        "datacontenttype": "application/json",
        "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "event_id": own,
        "recipient_client_id": client,
        "data": {"key": _uuid(own), "value": value, "source": "garden.production", "_metadata": {"storeId": "1", "websiteId": "1"}},
    }


def _uuid(text: str) -> str:
    return str(uuid.UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=4))


def _delivery(found: list[Json], order: SimOrder, at: datetime, secrets: dict[str, str], index: int = 0) -> Delivery:
    path = key_path(secrets["private_key"])
    headers = {
        "content-type": "application/json",
        "x-adobe-event-id": found[0]["event_id"],
        "x-adobe-public-key1-path": path,
        "x-adobe-public-key2-path": path.replace("pub-key-", "pub-key-next-"),
    }
    body = dump(found if len(found) > 1 else found[0])
    topic = "+".join(each["type"].rpartition(".")[2] for each in found)
    late = LATENCY * (index + 1)
    return Delivery(at + late, "magento", order.shop.account, topic, order.order_id, body, headers, thin=True)


def stamp(at: datetime | None) -> str | None:
    """A time as the shop writes it: UTC, without a zone."""
    return at.strftime("%Y-%m-%d %H:%M:%S") if at else None


def both(name: str, minor: int) -> Json:
    """An amount in the order's currency and in the shop's own."""
    return {name: number(minor), f"base_{name}": number(minor * 5 // 4)}


def order_state(state: State) -> tuple[str, str]:
    """`state` and `status`. What is invoiced and sent is complete, for ever."""
    if state.cancelled_at:
        return "canceled", "canceled"
    if state.refunded and state.refunded >= state.total:
        return "closed", "closed"
    if state.paid and state.shipped_all:
        return "complete", "complete"
    return ("processing", "processing") if state.paid or state.parcels else ("new", "pending")


def order_body(state: State) -> Json:
    """`GET /V1/orders/{id}`, also a row of a search."""
    order, buyer = state.order, state.order.buyer
    word, status = order_state(state)
    given, family = buyer.name.split(" ", 1)
    return {
        "entity_id": int(order.order_id),
        "increment_id": order.order_no,
        "state": word,
        "status": status,
        "created_at": stamp(order.placed_at),
        "updated_at": stamp(state.updated_at),
        "base_currency_code": BASE,
        "global_currency_code": BASE,
        "order_currency_code": order.shop.currency,
        "store_currency_code": BASE,
        "store_id": 1,
        "store_name": "Main Website\nMain Website Store\n",
        "base_to_order_rate": number(80),
        "customer_id": int(buyer.id),
        "customer_email": buyer.email,
        "customer_firstname": given,
        "customer_lastname": family,
        "customer_is_guest": 0,
        "customer_group_id": 1,
        "is_virtual": 0,
        "protect_code": f"{int(order.order_id):06x}",
        "quote_id": int(order.order_id) + 1,
        "total_item_count": len(state.items),
        "total_qty_ordered": sum(item.quantity for item in state.items),
        **_totals(state),
        "items": [row for item in state.items for row in rows(state, item)],
        "billing_address": _address(buyer, "billing"),
        "payment": {"method": "cashondelivery" if order.cod else "checkmo", "additional_information": ["Check / Money order"]},
        "status_histories": [],
        "extension_attributes": {
            "shipping_assignments": [{"shipping": {"address": _address(buyer, "shipping"), "method": "flatrate_flatrate"}}]
        },
    }


def _totals(state: State) -> Json:
    told = {
        **both("subtotal", state.gross),
        **both("discount_amount", -state.off_seller),
        **both("shipping_amount", state.shipping),
        **both("shipping_discount_amount", 0),
        **both("discount_tax_compensation_amount", 0),
        **both("tax_amount", state.tax),
        **both("grand_total", state.total),
        **both("total_due", state.total - state.paid),
        **both("subtotal_incl_tax", state.gross + state.tax),
    }
    if state.paid:
        told |= {**both("total_paid", state.paid), **both("total_invoiced", state.paid)}
    if state.refunded:
        told |= both("total_refunded", state.refunded)
    if state.off_seller:
        told |= {"coupon_code": "TEAWEEK", "discount_description": "TEAWEEK"}
    return told


def configurable(item: Item) -> bool:
    """Every third product is one that comes in sizes: a row for what was chosen, below the row with its price."""
    return item.product.number % 3 == 0


def rows(state: State, item: Item) -> list[Json]:
    """A row of an order; a product that comes in sizes has another below it, without a price."""
    gone = item.quantity if any(item.line_id in parcel.lines for parcel in state.parcels) else 0
    back = item.quantity if _whole(state) else 0
    called_off = item.quantity if state.cancelled_at else 0
    own: Json = {
        "item_id": int(item.line_id),
        "order_id": int(state.order.order_id),
        "product_id": int(item.product.id),
        "product_type": "configurable" if configurable(item) else "simple",
        "sku": seller_sku(item.product),
        "name": item.product.title,
        "qty_ordered": item.quantity,
        "qty_invoiced": item.quantity if state.paid else 0,
        "qty_shipped": gone,
        "qty_refunded": back,
        "qty_canceled": called_off,
        **both("price", item.unit_price),
        **both("original_price", item.unit_price),
        **both("row_total", item.gross),
        **both("discount_amount", item.off_seller),
        "row_weight": 1,
        "store_id": 1,
        "is_virtual": 0,
    }
    if not configurable(item):
        return [own]
    free = {name: 0 for base in ("price", "original_price", "row_total", "discount_amount") for name in (base, f"base_{base}")}
    part = {"item_id": int(item.line_id) + 5, "parent_item_id": int(item.line_id), "product_type": "simple", "qty_invoiced": 0}
    return [own, {**own, **free, **part, "product_id": int(item.product.id) + 500, "qty_shipped": 0}]


def _whole(state: State) -> bool:
    return any(not claim.lines for claim in state.claims)


def _address(buyer: Buyer, kind: str) -> Json:
    given, family = buyer.name.split(" ", 1)
    province, city, _ = buyer.city.split("|")
    return {
        "address_type": kind,
        "firstname": given,
        "lastname": family,
        "street": ["12 Example Lane", "Flat 3"],
        "city": city,
        "region": province,
        "region_code": province,
        "postcode": "EX1 1AA",
        "country_id": buyer.shop.country,
        "telephone": buyer.phone,
        "email": buyer.email,
    }


def invoices(state: State) -> list[Json]:
    """Invoices of an order: one, once it is paid."""
    if not state.paid_at:
        return []
    own = int(state.order.order_id)
    told = {"entity_id": own + 7, "order_id": own, "increment_id": f"{own:09d}", "state": 2}
    return [{**told, **both("grand_total", state.paid), "created_at": stamp(state.paid_at), "updated_at": stamp(state.paid_at)}]


def shipments(state: State) -> list[Json]:
    """Shipments of an order, one a parcel."""
    return [_shipment(state, parcel) for parcel in state.parcels]


def _shipment(state: State, parcel: Parcel) -> Json:
    own = int(parcel.id)
    track = {"entity_id": own, "parent_id": own, "track_number": parcel.number, "title": parcel.carrier, "carrier_code": "custom"}
    return {
        "entity_id": own,
        "order_id": int(state.order.order_id),
        "increment_id": f"{own:09d}",
        "created_at": stamp(parcel.shipped_at),
        "updated_at": stamp(parcel.shipped_at),
        "tracks": [{**track, "order_id": int(state.order.order_id), "created_at": stamp(parcel.shipped_at)}],
        "items": [
            {"order_item_id": int(item.line_id), "qty": item.quantity} for item in state.items if item.line_id in parcel.lines
        ],
    }


def creditmemos(state: State) -> list[Json]:
    """Credit memos of an order. A part is given back as an adjustment, without pieces; all of it with every row and the freight."""
    return [_memo(state, claim) for claim in state.claims]


def _memo(state: State, claim: Claim) -> Json:
    order, whole = state.order, not claim.lines
    lines = [
        {
            "order_item_id": int(item.line_id),
            "sku": seller_sku(item.product),
            "qty": item.quantity,
            **both("price", item.unit_price),
            **both("row_total", item.gross),
            **both("discount_amount", item.off_seller),
        }
        for item in state.items
        if whole
    ]
    return {
        "entity_id": int(claim.id),
        "order_id": int(order.order_id),
        "increment_id": f"{int(claim.id):09d}",
        "state": 2,
        "order_currency_code": order.shop.currency,
        "base_currency_code": BASE,
        **both("grand_total", claim.amount),
        **both("adjustment_positive", 0 if whole else claim.amount),
        **both("shipping_amount", state.shipping if whole else 0),
        **both("tax_amount", state.tax if whole else 0),
        "created_at": stamp(claim.at),
        "updated_at": stamp(claim.at),
        "items": lines,
    }
