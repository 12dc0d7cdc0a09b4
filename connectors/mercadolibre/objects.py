"""Canonical objects from each kind of payload."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from chalicelib.contract import EventKind, Ref
from chalicelib.domain.events import Canonical
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.loose import told
from connectors.mercadolibre.mapping import to_canonical
from connectors.mercadolibre.payloads import Document, OrderShape
from connectors.mercadolibre.values import KEY, decode, malformed

MAX_NESTING = 2
_BOM = b"\xef\xbb\xbf"


def canonical(kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """An order with its refunds, a question, reviews, messages, or rows of spend. Skippable for the other kinds."""
    if kind in ("order", "refund", "parcel"):
        found = tuple(_map(payload, ref, "$", 0))
        if not found:
            raise malformed("not an order", "$", ref.delivery_id)
        return found
    return _spoken(kind, payload, ref)


def _spoken(kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    from connectors.mercadolibre import spend, voice

    if kind == "question":
        return voice.questions(payload, ref)
    if kind == "review":
        return voice.reviews(payload, ref)
    if kind == "message":
        return voice.messages(payload, ref)
    if kind == "spend":
        return spend.rows(payload, ref)
    raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)


def _map(payload: bytes, ref: Ref, path: str, depth: int) -> Iterator[Canonical]:
    raw = payload.removeprefix(_BOM).strip()
    if raw.startswith(b"[") and depth < MAX_NESTING:
        for index, element in enumerate(decode(list[msgspec.Raw], raw, ref.delivery_id, path)):
            yield from _map(bytes(element), ref, f"{path}[{index}]", depth + 1)
        return
    document = decode(Document, raw, ref.delivery_id, path)
    if document.order is not None:
        yield from to_canonical(document, document.order, ref, f"{path}.order")
    elif document.results is not None:
        for index, order in enumerate(document.results):
            yield from to_canonical(Document(), order, ref, f"{path}.results[{index}]")
    elif told(document.order_items):
        yield from to_canonical(Document(), decode(OrderShape, raw, ref.delivery_id, path), ref, path)
    elif told(document.resource):
        thin = "a notification names an order, it does not hold one"
        raise Permanent("payload-thin", thin, connector=KEY, path=f"{path}.resource", delivery_id=ref.delivery_id)
    else:
        raise malformed("not an order", path, ref.delivery_id)
