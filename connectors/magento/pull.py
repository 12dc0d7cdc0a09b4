"""Reading the shop: orders that changed, and all there is of one order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from chalicelib.contract import Api, Event, Page
from chalicelib.errors import Permanent
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.loose import told
from chalicelib.toolkit.texts import digits
from chalicelib.toolkit.windows import walk_back
from connectors.magento.api import get, search
from connectors.magento.payloads import OrderBody, Rows
from connectors.magento.values import KEY, READ

SIZE = 100
DEPTH = 20_000  # rows a window, beyond which it is halved
RELATED = 200  # invoices, shipments or credit memos of one order; more is an error


def orders(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Orders updated in the window, last page first: one that changes meanwhile leaves the window, and none is skipped.

    Asked for a page beyond the last, the shop answers the last again: the total decides, never an empty page.
    """

    def fetch(start: int, end: int, page: int) -> tuple[list[Event], int]:
        answer = READ.decode(Rows, get(api, "orders", _window(start, end, page)), None)
        if answer.total_count is None or answer.total_count < 0:
            raise Permanent("pull-truncated", "a list that does not tell how long it is", connector=KEY, path="$.total_count")
        return [_event(bytes(row), index) for index, row in enumerate(answer.items or ())], answer.total_count

    first, last = int(since.timestamp()), int(until.timestamp()) + 1
    for events, following in walk_back(fetch, first, last, cursor, size=SIZE, depth=DEPTH, connector=KEY):
        yield Page(tuple(events), following)


def _window(start: int, end: int, page: int) -> tuple[tuple[str, str], ...]:
    def bound(group: int, at: int, condition: str) -> tuple[tuple[str, str], ...]:
        prefix = f"searchCriteria[filter_groups][{group}][filters][0]"
        stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        return ((f"{prefix}[field]", "updated_at"), (f"{prefix}[value]", stamp), (f"{prefix}[condition_type]", condition))

    return (
        *bound(0, start, "gteq"),
        *bound(1, end, "lt"),
        ("searchCriteria[sortOrders][0][field]", "updated_at"),
        ("searchCriteria[sortOrders][0][direction]", "ASC"),
        # Many rows may have one second: without a second word the database may cut them into pages as it likes.
        ("searchCriteria[sortOrders][1][field]", "entity_id"),
        ("searchCriteria[sortOrders][1][direction]", "ASC"),
        ("searchCriteria[pageSize]", str(SIZE)),
        ("searchCriteria[currentPage]", str(page + 1)),
    )


def _event(row: bytes, index: int) -> Event:
    path = f"$.items[{index}]"
    order = READ.decode(OrderBody, row, None, path)
    if order.entity_id is None:
        raise READ.malformed("a row without an id", f"{path}.entity_id", None)
    mark = hashlib.sha256(row).hexdigest()[:32]
    payload = msgspec.json.encode({"order": msgspec.Raw(row)})
    at = utc(order.updated_at)
    return Event(
        f"pull:{order.entity_id}:{mark}", "orders.pulled", "order", str(order.entity_id), at, thin=_more(order), payload=payload
    )


def _more(order: OrderBody) -> bool:
    """Whether there are invoices, shipments or credit memos to read: without any, an order says all of itself."""
    moved = any(item.qty_shipped for item in order.items or ())
    return bool(order.total_paid or order.total_refunded or moved)


class _Document(msgspec.Struct, gc=False):
    """A document of ours, the order as it came."""

    order: msgspec.Raw = msgspec.Raw()
    data: msgspec.Raw = msgspec.Raw()


def hydrated(event: Event, api: Api) -> Event:
    """The order with its invoices, shipments and credit memos, where it says that there are any.

    A shop connected by events alone, without keys of its API, has what its events tell.
    """
    held = READ.decode(_Document, event.payload, event.delivery_id)
    if not api.secrets.values.get("access_token") and told(held.data):
        return replace(event, thin=False)
    number = digits(event.resource_id)
    if number is None:
        raise READ.malformed("an order without a number", "$.entity_id", event.delivery_id)
    raw = bytes(held.order) if told(held.order) and not told(held.data) and _is_pulled(event) else get(api, f"orders/{number}")
    order = READ.decode(OrderBody, raw, event.delivery_id, "$.order")
    if digits(order.entity_id) != number:
        raise READ.malformed("an answer about another order", "$.order.entity_id", event.delivery_id)
    document: dict[str, Any] = {"order": msgspec.Raw(raw)}
    if order.total_paid:
        document["invoices"] = _related("invoices", number, api)
    if any(item.qty_shipped for item in order.items or ()):
        document["shipments"] = _related("shipments", number, api)
    if order.total_refunded:
        document["creditmemos"] = _related("creditmemos", number, api)
    return replace(event, kind="order", thin=False, resource_id=number, payload=msgspec.json.encode(document))


def _is_pulled(event: Event) -> bool:
    """A Commerce webhook's body may hold an `order` too, but only the few fields that somebody chose."""
    return event.topic == "orders.pulled"


def _related(name: str, order_id: str, api: Api) -> list[msgspec.Raw]:
    answer = READ.decode(Rows, get(api, name, search("order_id", order_id, RELATED)), None)
    found = answer.items or []
    if answer.total_count is None or len(found) < answer.total_count:
        raise Permanent("pull-truncated", f"not all {name} of an order were told", connector=KEY, path="$.total_count")
    return found
