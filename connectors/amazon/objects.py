"""Canonical objects from each kind of payload."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.contract import EventKind, Ref
from chalicelib.domain.events import Canonical
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.loose import told
from connectors.amazon import v0
from connectors.amazon.mapping import to_canonical
from connectors.amazon.payloads import Document
from connectors.amazon.values import KEY, READ


def canonical(kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """Orders with the refunds that their transactions hold; Skippable for the other kinds."""
    if kind not in ("order", "refund"):
        raise Skippable("kind-ignored", f"{kind} has no mapping", connector=KEY, delivery_id=ref.delivery_id)
    return tuple(_orders(payload, ref))


def _orders(payload: bytes, ref: Ref) -> Iterator[Canonical]:
    document = READ.decode(Document, payload, ref.delivery_id)
    if document.order is not None:
        yield from to_canonical(document.order, document.transactions, ref, "$.order")
    elif document.order_id is not None:
        yield from to_canonical(document, None, ref, "$")
    elif document.orders:
        for index, each in enumerate(document.orders):
            yield from to_canonical(each, None, ref, f"$.orders[{index}]")
    elif told(document.old_payload) or told(document.detail):
        thin = "a notification names an order, it does not hold one"
        raise Permanent("payload-thin", thin, connector=KEY, path="$.Payload", delivery_id=ref.delivery_id)
    elif told(document.payload):
        for path, order in v0.orders(bytes(document.payload), ref):
            yield from to_canonical(order, None, ref, path)
    else:
        raise READ.malformed("not an order", "$", ref.delivery_id)
