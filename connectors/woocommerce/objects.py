"""Canonical objects from each kind of payload. Loaded on the first one, so that receiving a push stays light."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from chalicelib.contract import EventKind, Ref
from chalicelib.domain.events import Canonical
from chalicelib.errors import Skippable
from connectors.woocommerce import mapping
from connectors.woocommerce.payloads import OrderBody, OrderTop, RefundBody, ReviewBody
from connectors.woocommerce.push import KEY, READ
from connectors.woocommerce.refunds import alone

T = TypeVar("T")
_BOM = b"\xef\xbb\xbf"


def canonical(kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """An order with its refunds, a refund or a review, or a list of one of these; Skippable for the other kinds."""
    if kind == "order":
        return tuple(_orders(payload, ref))
    if kind == "refund":
        return tuple(_refunds(payload, ref))
    if kind == "review":
        return tuple(mapping.to_review(each, ref) for each in _several(payload, ReviewBody, list[ReviewBody], ref))
    raise Skippable("kind-ignored", f"{kind} has no mapping", connector=KEY, delivery_id=ref.delivery_id)


def _orders(payload: bytes, ref: Ref) -> Iterator[Canonical]:
    if _is_list(payload):
        for index, body in enumerate(_several(payload, OrderBody, list[OrderBody], ref)):
            yield from mapping.order_and_refunds(body, None, ref, f"$[{index}]")
        return
    top = READ.decode(OrderTop, payload, ref.delivery_id)
    if top.order is not None:
        yield from mapping.order_and_refunds(top.order, top.refunds, ref, "$.order")
    else:
        yield from mapping.order_and_refunds(top, None, ref, "$")


def _refunds(payload: bytes, ref: Ref) -> Iterator[Canonical]:
    listed = _is_list(payload)
    for index, body in enumerate(_several(payload, RefundBody, list[RefundBody], ref)):
        yield alone(body, ref, f"$[{index}]" if listed else "$")


def _several(payload: bytes, kind: type[T], many: type[list[T]], ref: Ref) -> list[T]:
    if not _is_list(payload):
        return [READ.decode(kind, payload, ref.delivery_id)]
    found = READ.decode(many, payload, ref.delivery_id)
    if not found:
        raise READ.malformed("an empty list", "$", ref.delivery_id)
    return found


def _is_list(payload: bytes) -> bool:
    return payload[:64].removeprefix(_BOM).lstrip()[:1] == b"["
