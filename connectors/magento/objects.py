"""Canonical objects from each kind of payload. Loaded on the first one, so that receiving a push stays light."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.contract import EventKind, Ref
from chalicelib.domain.events import Canonical
from chalicelib.errors import Skippable
from chalicelib.toolkit.clocks import from_iso
from chalicelib.toolkit.loose import told
from connectors.magento import mapping, status
from connectors.magento.payloads import Count, Memo, Memos, OrderBody, OrderList, Top
from connectors.magento.values import KEY, READ


def canonical(kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """An order with its credit memos, as REST, a document of ours or an event tells it; credit memos. Skippable for the others."""
    if kind == "order":
        return tuple(_orders(payload, ref))
    if kind == "refund":
        return tuple(_refunds(payload, ref))
    raise Skippable("kind-ignored", f"{kind} has no mapping", connector=KEY, delivery_id=ref.delivery_id)


def _orders(payload: bytes, ref: Ref) -> Iterator[Canonical]:
    top = READ.decode(Top, payload, ref.delivery_id)
    if top.order is not None:
        yield from mapping.order_and_refunds(top.order, top, ref, "$.order")
    elif top.data is not None:
        yield from _of_event(top, ref)
    elif top.total_count is not None and top.entity_id is None:
        for index, body in enumerate(READ.decode(OrderList, payload, ref.delivery_id).items or ()):
            yield from mapping.order_and_refunds(body, None, ref, f"$.items[{index}]")
    else:
        yield from mapping.order_and_refunds(top, None, ref, "$")


def _of_event(top: Top, ref: Ref) -> Iterator[Canonical]:
    """What an event tells of an order. One about an invoice or a shipment names its order, and holds none."""
    name = (top.type or "").removeprefix(status.PREFIX)
    kind, where = status.EVENTS.get(name, ("other", ""))
    if kind != "order":
        raise Skippable("topic-ignored", "the event is about no order", connector=KEY, delivery_id=ref.delivery_id)
    if where != "entity_id" or top.data is None or not told(top.data.value):
        raise READ.malformed("the event names an order, it does not hold one", "$.data.value", ref.delivery_id)
    body = READ.decode(OrderBody, bytes(top.data.value), ref.delivery_id, "$.data.value")
    try:
        at = from_iso(top.time or "")
    except (ValueError, OverflowError):
        raise READ.malformed("expected a time with an offset", "$.time", ref.delivery_id) from None
    yield from mapping.order_and_refunds(body, None, ref, "$.data.value", event_at=at)


def _refunds(payload: bytes, ref: Ref) -> Iterator[Canonical]:
    listed = READ.decode(Count, payload, ref.delivery_id).total_count is not None
    if listed:
        for index, memo in enumerate(READ.decode(Memos, payload, ref.delivery_id).items or ()):
            yield mapping.to_refund(memo, ref, f"$.items[{index}]")
    else:
        yield mapping.to_refund(READ.decode(Memo, payload, ref.delivery_id), ref, "$")
