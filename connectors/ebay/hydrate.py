"""From the id in a notification to what it is about, read with the seller's own token."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from chalicelib.contract import Api, Event
from chalicelib.errors import Permanent, Skippable
from connectors.ebay import payloads as shapes
from connectors.ebay import status as words
from connectors.ebay.api import FULFILMENT, POST_ORDER, get
from connectors.ebay.feedback import one as one_feedback
from connectors.ebay.messages import conversation
from connectors.ebay.values import KEY, READ, ident

ORDER_PATH = "/sell/fulfillment/v1/order"
RETURN_PATH = "/post-order/v2/return/search"
# With it the stated total holds the tax that eBay collects, and the lines show it.
BREAKDOWN = ("fieldGroups", "TAX_BREAKDOWN")
RETURN_TOPIC = "ORDER_RETURN_ACTIVITY"
PULLED_RETURN = "pull:return"


def hydrate(event: Event, api: Api) -> Event:
    """The event with what the API tells. Skippable for kinds that are not read."""
    resource = ident(event.resource_id)
    if resource is None:
        raise READ.malformed("no id to read by", "$.notification.data", event.delivery_id)
    if event.kind == "order":
        payload = _order(resource, api, event.delivery_id, returns=event.topic in (RETURN_TOPIC, PULLED_RETURN))
    elif event.kind == "review":
        payload = one_feedback(resource, api, event.delivery_id)
    elif event.kind == "message":
        payload = conversation(resource, event.occurred_at, api)
    else:
        raise Skippable("topic-ignored", f"{event.kind} is not read", connector=KEY, delivery_id=event.delivery_id)
    return replace(event, thin=False, payload=payload)


def _order(order_id: str, api: Api, delivery_id: str, *, returns: bool) -> bytes:
    """`{"order", "fulfillments", "returns"}`; parcels where there are any, returns where the event is about them."""
    raw = get(api, f"{ORDER_PATH}/{order_id}", (BREAKDOWN,), rate=FULFILMENT)
    body = READ.decode(shapes.OrderShape, raw, delivery_id, "$.order")
    if body.order_id != order_id:
        raise READ.malformed("an answer about another order", "$.order.orderId", delivery_id)
    seller = api.account.options.get("username")
    if seller and body.seller_id and body.seller_id != seller:
        raise Skippable("sale-of-another", "the order is another seller's sale", connector=KEY, delivery_id=delivery_id)
    document: dict[str, object] = {"order": msgspec.Raw(raw)}
    if body.fulfillment_hrefs or words.FULFILMENT.get(body.order_fulfillment_status or ""):
        answer = get(api, f"{ORDER_PATH}/{order_id}/shipping_fulfillment", rate=FULFILMENT)
        document["fulfillments"] = READ.decode(shapes.Fulfilments, answer, delivery_id).fulfillments or []
    if returns:
        # The Post-Order API wants its own word before the token [memory].
        answer = get(api, RETURN_PATH, (("order_id", order_id), ("limit", "50")), rate=POST_ORDER, scheme="IAF")
        found = READ.decode(shapes.Returns, answer, delivery_id)
        document["returns"] = found.members or []
        if (found.total or 0) > len(found.members or ()):
            raise Permanent("pull-truncated", "not all returns of an order were told", connector=KEY, delivery_id=delivery_id)
    return msgspec.json.encode(document)
