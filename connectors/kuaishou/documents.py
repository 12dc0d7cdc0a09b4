"""What a payload of Kuaishou is: our document, an answer of the API, or one object bare."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from chalicelib.contract import EventKind, Ref
from chalicelib.domain.events import Canonical
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.loose import told
from connectors.kuaishou.mapping import to_order
from connectors.kuaishou.payloads import Anything, Comment, Document, Order, Refund
from connectors.kuaishou.refunds import to_refund
from connectors.kuaishou.reviews import to_review
from connectors.kuaishou.values import KEY, READ

_BOM = b"\xef\xbb\xbf"
_OURS = (b'{"order":', b'{"refunds":')


def to_canonical(kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """All objects of a payload, an order before its refunds. Skippable for kinds that are not mapped, Permanent with the path."""
    if kind not in ("order", "refund", "review"):
        raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)
    raw = payload.removeprefix(_BOM).strip()
    if raw.startswith(_OURS) and kind != "review":
        found = tuple(_document(READ.decode(Document, raw, ref.delivery_id), ref, "$"))
    else:
        found = tuple(_any(raw, kind, ref, "$", depth=0))
    if not found:
        raise READ.malformed(f"no {kind}", "$", ref.delivery_id)
    return found


def _document(document: Document, ref: Ref, path: str) -> Iterator[Canonical]:
    if document.order is not None:
        yield to_order(document.order, document.fees, document.refunds, ref, f"{path}.order")
    for index, refund in enumerate(document.refunds or ()):
        yield to_refund(refund, ref, f"{path}.refunds[{index}]")


def _any(raw: bytes, kind: EventKind, ref: Ref, path: str, depth: int) -> Iterator[Canonical]:
    """A payload of any of the forms that the platform, or a document of ours, has."""
    if raw[:1] == b"[":
        yield from _list(raw, kind, ref, path)
        return
    answer = READ.decode(Anything, raw, ref.delivery_id, path)
    if answer.event is not None:
        raise Permanent(
            "payload-thin",
            "a push names its object, it does not hold it",
            connector=KEY,
            path=f"{path}.event",
            delivery_id=ref.delivery_id,
        )
    if told(answer.data) and depth == 0:
        yield from _any(bytes(answer.data), kind, ref, f"{path}.data", depth=1)
    elif kind == "review":
        yield from _reviews(raw, answer, ref, path)
    else:
        yield from _trade(raw, answer, ref, path)


def _reviews(raw: bytes, answer: Anything, ref: Ref, path: str) -> Iterator[Canonical]:
    if told(answer.root_comment):
        yield from _list(bytes(answer.root_comment), "review", ref, f"{path}.rootComment")
    elif answer.comment_id is not None:
        yield to_review(READ.decode(Comment, raw, ref.delivery_id, path), ref, path)


def _trade(raw: bytes, answer: Anything, ref: Ref, path: str) -> Iterator[Canonical]:
    if told(answer.order) or told(answer.refunds):
        yield from _document(READ.decode(Document, raw, ref.delivery_id, path), ref, path)
    elif told(answer.order_list):
        yield from _list(bytes(answer.order_list), "order", ref, f"{path}.orderList")
    elif told(answer.refund_order_info_list):
        yield from _list(bytes(answer.refund_order_info_list), "refund", ref, f"{path}.refundOrderInfoList")
    elif told(answer.order_base_info):
        yield to_order(READ.decode(Order, raw, ref.delivery_id, path), None, None, ref, path)
    elif answer.refund_id is not None:
        yield to_refund(READ.decode(Refund, raw, ref.delivery_id, path), ref, path)


def _list(raw: bytes, kind: EventKind, ref: Ref, path: str) -> Iterator[Canonical]:
    for index, each in enumerate(READ.decode(list[msgspec.Raw], raw, ref.delivery_id, path)):
        place = f"{path}[{index}]"
        if kind == "order":
            yield to_order(READ.decode(Order, bytes(each), ref.delivery_id, place), None, None, ref, place)
        elif kind == "refund":
            yield to_refund(READ.decode(Refund, bytes(each), ref.delivery_id, place), ref, place)
        else:
            yield to_review(READ.decode(Comment, bytes(each), ref.delivery_id, place), ref, place)
