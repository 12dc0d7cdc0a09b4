"""From a hint to what is true: the order behind a notification, with its shipment, discounts and claims."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from chalicelib.contract import Api, Event
from chalicelib.errors import Skippable
from connectors.mercadolibre import status
from connectors.mercadolibre.api import get
from connectors.mercadolibre.payloads import Claim, Collection, Notification, OrderItem, OrderShape, ShipmentItem, ShipmentShape
from connectors.mercadolibre.push import full_resource
from connectors.mercadolibre.values import KEY, decode, malformed, number_id

MAX_CLAIMS = 5
MAX_ORDERS = 50  # orders of one cart
_MOVED = frozenset({"shipped", "delivered", "not_delivered"})
_WHY = {"product": "listings are not taken in"}


def hydrate(event: Event, api: Api) -> Event:
    """The event with what the API tells; nothing of the notification but the kind and the id of the resource is used."""
    notification = decode(Notification, event.payload, event.delivery_id)
    kind = status.TOPICS.get(notification.topic, "other")
    prefix = "/marketplace" if notification.topic.startswith(status.GLOBAL_PREFIX) else ""
    resource = full_resource(notification).removeprefix("/marketplace")
    if kind in ("question", "review", "message"):
        from connectors.mercadolibre import voice_hydrate

        return voice_hydrate.hydrate(replace(event, kind=kind), resource, prefix, api)
    if kind != "order":
        why = _WHY.get(kind, "the topic carries no order")
        raise Skippable("topic-ignored", why, connector=KEY, delivery_id=event.delivery_id)
    order_ids = _orders_of(resource, prefix, api, event.delivery_id)
    documents = [_document(order_id, prefix, api, event.delivery_id) for order_id in order_ids]
    payload = msgspec.json.encode(documents[0] if len(documents) == 1 else documents)
    return replace(event, thin=False, kind="order", resource_id=order_ids[0], payload=payload)


def _orders_of(resource: str, prefix: str, api: Api, delivery_id: str) -> list[str]:
    """The orders that a resource is about. Skippable where there is none, Permanent where the path is none we know."""
    head, _, tail = resource.strip("/").rpartition("/")
    number = number_id(tail)
    if number is None:
        raise malformed("the resource names no number", "$.resource", delivery_id)
    if head == "orders":
        return [number]
    if head == "shipments":
        return _orders_of_shipment(number, prefix, api, delivery_id)
    if head == "collections":
        return [_order_of_payment(number, api, delivery_id)]
    if head.endswith("claims"):
        return _orders_of_claim(number, prefix, api, delivery_id)
    raise malformed("the resource is none that holds an order", "$.resource", delivery_id)


def _orders_of_shipment(number: str, prefix: str, api: Api, delivery_id: str) -> list[str]:
    """A cart ships its orders together, so that a shipment may be several orders'. The older format names one of them."""
    raw = _optional(api, f"{prefix}/shipments/{number}/items")
    items = decode(list[ShipmentItem], bytes(raw), delivery_id) if raw else []
    found = list(dict.fromkeys(order for item in items if (order := number_id(item.order_id))))
    if not found:
        shipment = decode(ShipmentShape, get(api, f"{prefix}/shipments/{number}"), delivery_id)
        found = [order] if (order := number_id(shipment.order_id)) else []
    if not found:
        raise Skippable("shipment-without-order", "the shipment belongs to no order", connector=KEY, delivery_id=delivery_id)
    if len(found) > MAX_ORDERS:
        raise malformed(f"a shipment of more than {MAX_ORDERS} orders", "$", delivery_id)
    return found


def _order_of_payment(number: str, api: Api, delivery_id: str) -> str:
    answer = decode(Collection, get(api, f"/collections/{number}"), delivery_id)
    order_id = number_id((answer.collection or answer).order_id)
    if order_id is None:
        raise Skippable("payment-without-order", "the payment belongs to no order", connector=KEY, delivery_id=delivery_id)
    return order_id


def _orders_of_claim(number: str, prefix: str, api: Api, delivery_id: str) -> list[str]:
    claim = decode(Claim, get(api, f"/post-purchase/v1/claims/{number}"), delivery_id)
    resource_id = number_id(claim.resource_id)
    if resource_id and claim.resource == "order":
        return [resource_id]
    if resource_id and claim.resource == "shipment":
        return _orders_of_shipment(resource_id, prefix, api, delivery_id)
    raise Skippable("claim-without-order", "the claim is about no order", connector=KEY, delivery_id=delivery_id)


def _document(order_id: str, prefix: str, api: Api, delivery_id: str) -> dict[str, msgspec.Raw | list[msgspec.Raw]]:
    """The order with its shipment, and with discounts and claims where the order says that there are any."""
    raw = get(api, f"{prefix}/orders/{order_id}")
    order = decode(OrderShape, raw, delivery_id, "$.order")
    if number_id(order.id) != order_id:
        raise malformed("an answer about another order", "$.order.id", delivery_id)
    seller, ours = number_id(order.seller.id) if order.seller else None, api.account.options.get("user_id")
    if seller and ours and seller != ours:
        raise Skippable("sale-of-another", "the order is another seller's sale", connector=KEY, delivery_id=delivery_id)
    document: dict[str, msgspec.Raw | list[msgspec.Raw]] = {"order": msgspec.Raw(raw)}
    document |= _shipment(order, prefix, api, delivery_id)
    if _discounted(order):
        discounts = _optional(api, f"{prefix}/orders/{order_id}/discounts")
        document |= {"discounts": discounts} if discounts else {}
    claims = [number for one in (order.mediations or ())[:MAX_CLAIMS] if (number := number_id(one.id))]
    read = [_optional(api, f"/post-purchase/v1/claims/{number}") for number in claims]
    found = [claim for claim in read if claim]
    return document | ({"claims": found} if found else {})


def _shipment(order: OrderShape, prefix: str, api: Api, delivery_id: str) -> dict[str, msgspec.Raw]:
    number = number_id(order.shipping.id) if order.shipping else None
    raw = _optional(api, f"{prefix}/shipments/{number}") if number else None
    if raw is None:
        return {}
    shipment = decode(ShipmentShape, bytes(raw), delivery_id, "$.shipment")
    steps = None
    if shipment.status in _MOVED and shipment.status_history is None:
        steps = _optional(api, f"{prefix}/shipments/{number}/history")
    return {"shipment": raw} | ({"history": steps} if steps else {})


def _discounted(order: OrderShape) -> bool:
    """Whether the platform has more to tell of who bears a discount."""
    if order.coupon is not None and order.coupon.amount:
        return True
    return any(_cut(entry) for entry in order.order_items or ())


def _cut(entry: OrderItem) -> bool:
    if entry.full_unit_price is not None and entry.full_unit_price != entry.unit_price:
        return True
    if entry.gross_price is not None and entry.unit_price is not None and entry.gross_price != entry.unit_price * entry.quantity:
        return True
    return bool(entry.discounts)


def _optional(api: Api, path: str) -> msgspec.Raw | None:
    """A part that may not be there."""
    try:
        return msgspec.Raw(get(api, path))
    except Skippable:
        return None
