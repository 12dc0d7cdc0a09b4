"""Canonical objects from each kind of payload. Loaded on the first one, so that receiving a push stays light."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.contract import EventKind, Ref
from chalicelib.domain.events import Canonical
from chalicelib.errors import Permanent, Skippable
from connectors.shopee import mapping, status, voice
from connectors.shopee.payloads import CommentTop, RefundTop, SpendTop, Top
from connectors.shopee.push import read
from connectors.shopee.values import KEY, READ


def canonical(kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """What an answer of the API, a document of ours or a chat push holds. Skippable for the other kinds."""
    if kind == "order":
        return tuple(_orders(payload, ref))
    if kind == "refund":
        return tuple(_refunds(payload, ref))
    if kind == "review":
        return tuple(_reviews(payload, ref))
    if kind == "message":
        push = read(payload, ref.delivery_id)
        if status.CODES.get(push.code) != "message":
            raise READ.malformed("not a message", "$.code", ref.delivery_id)
        return (voice.to_message(push, ref),)
    if kind == "spend":
        return tuple(_spend(payload, ref))
    raise Skippable("kind-ignored", f"{kind} has no mapping", connector=KEY, delivery_id=ref.delivery_id)


def _orders(payload: bytes, ref: Ref) -> Iterator[Canonical]:
    top = READ.decode(Top, payload, ref.delivery_id)
    if top.order is not None:
        yield from mapping.order_and_refunds(top.order, top, ref, "$.order")
    elif top.response is not None and top.response.order_list:
        for index, order in enumerate(top.response.order_list):
            yield from mapping.order_and_refunds(order, None, ref, f"$.response.order_list[{index}]")
    elif top.code is not None:
        raise _thin(ref)
    else:
        yield from mapping.order_and_refunds(top, None, ref, "$")


def _refunds(payload: bytes, ref: Ref) -> Iterator[Canonical]:
    top = READ.decode(RefundTop, payload, ref.delivery_id)
    if top.code is not None:
        raise _thin(ref)
    told = top.response
    if told is None:
        yield mapping.to_refund(top, ref, "$")
    elif told.return_list is not None:
        for index, each in enumerate(told.return_list):
            yield mapping.to_refund(each, ref, f"$.response.return[{index}]")
    else:
        yield mapping.to_refund(told, ref, "$.response")


def _reviews(payload: bytes, ref: Ref) -> Iterator[Canonical]:
    top = READ.decode(CommentTop, payload, ref.delivery_id)
    listed = top.response.item_comment_list if top.response else None
    if listed is None:
        yield voice.to_review(top, ref, "$")
    for index, each in enumerate(listed or ()):
        yield voice.to_review(each, ref, f"$.response.item_comment_list[{index}]")


def _spend(payload: bytes, ref: Ref) -> Iterator[Canonical]:
    top = READ.decode(SpendTop, payload, ref.delivery_id)
    if top.response is None:
        raise READ.malformed("not a report", "$.response", ref.delivery_id)
    for index, row in enumerate(top.response):
        yield voice.to_spend(row, top.reported_at, ref, f"$.response[{index}]")


def _thin(ref: Ref) -> Permanent:
    detail = "a push names an order or a return, it does not hold one"
    return Permanent("payload-thin", detail, connector=KEY, path="$.data", delivery_id=ref.delivery_id)
