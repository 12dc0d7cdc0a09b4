"""From a push to what it is about: the order, and its returns and cancellations where the push is about one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from chalicelib.contract import Api, Event
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.loose import ident
from chalicelib.toolkit.texts import digits
from connectors.tiktokshop.api import call
from connectors.tiktokshop.payloads import Listed, Row
from connectors.tiktokshop.push import order_of, parse
from connectors.tiktokshop.values import KEY, READ

ORDERS = "/order/202507/orders"
RETURNS, CANCELLATIONS = "/return_refund/202309/returns/search", "/return_refund/202309/cancellations/search"
BATCH = 50  # orders asked for at once [docs get-order-detail]; returns a page [docs search-returns]


def hydrate(event: Event, api: Api) -> Event:
    """The event with what the API tells. Of the push only type and ids are used."""
    push, notice = parse(event.payload, event.delivery_id)
    order_id = digits(order_of(notice))
    if event.kind not in ("order", "refund"):
        raise Skippable("topic-ignored", f"type {push.type} is not handled", connector=KEY, delivery_id=event.delivery_id)
    if order_id is None:
        raise READ.malformed("a push that names no order", "$.data.order_id", event.delivery_id)
    orders = orders_of([order_id], api)
    if order_id not in orders:
        raise READ.malformed("an answer about another order", "$.data.orders", event.delivery_id)
    document: dict[str, msgspec.Raw | Sequence[msgspec.Raw]] = {"order": orders[order_id]}
    if event.kind == "refund":
        document["returns"] = _all(RETURNS, order_id, api).return_orders or []
        document["cancellations"] = _all(CANCELLATIONS, order_id, api).cancellations or []
    return replace(event, thin=False, payload=msgspec.json.encode(document))


def orders_of(order_ids: Sequence[str], api: Api) -> dict[str, msgspec.Raw]:
    """Orders by id; those that the platform does not answer are missing."""
    found: dict[str, msgspec.Raw] = {}
    for start in range(0, len(order_ids), BATCH):
        data = call(api, "GET", ORDERS, [("ids", ",".join(order_ids[start : start + BATCH]))])
        for index, raw in enumerate(READ.decode(Listed, bytes(data), None, "$.data").orders or ()):
            order_id = ident(READ.decode(Row, bytes(raw), None, f"$.data.orders[{index}]").id)
            if order_id is None:
                raise READ.malformed("an order without an id", f"$.data.orders[{index}].id", None)
            found[order_id] = raw
    return found


def _all(path: str, order_id: str, api: Api) -> Listed:
    """All returns or cancellations of one order: more than a page holds is an error."""
    data = call(api, "POST", path, [("page_size", str(BATCH))], {"order_ids": [order_id]})
    found = READ.decode(Listed, bytes(data), None, "$.data")
    if found.next_page_token:
        raise Permanent("pull-truncated", "an order with more returns than a page holds", connector=KEY, path="$.data")
    return found
