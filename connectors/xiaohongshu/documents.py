"""What a payload of Xiaohongshu is: our document, an answer of the API, or one object bare."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from chalicelib.contract import EventKind, Ref
from chalicelib.domain.events import Canonical
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.loose import told
from connectors.xiaohongshu.aftersales import to_refund
from connectors.xiaohongshu.mapping import to_order
from connectors.xiaohongshu.payloads import Aftersale, Anything, Document, Order
from connectors.xiaohongshu.values import KEY, READ

_BOM = b"\xef\xbb\xbf"
_OURS = b'{"order":'
DEPTH = 2  # the newer calls stand in two envelopes


def to_canonical(kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """All objects of a payload, an order before its after-sales. Skippable for other kinds, Permanent with the path."""
    if kind not in ("order", "refund"):
        raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)
    raw = payload.removeprefix(_BOM).strip()
    if raw.startswith(_OURS):
        found = tuple(_document(READ.decode(Document, raw, ref.delivery_id), ref, "$"))
    else:
        found = tuple(_any(raw, ref, "$", 0))
    if not found:
        raise READ.malformed("neither an order nor an after-sale", "$", ref.delivery_id)
    return found


def _document(document: Document, ref: Ref, path: str) -> Iterator[Canonical]:
    if document.order is not None:
        yield to_order(document.order, document.aftersales, ref, f"{path}.order")
    for index, each in enumerate(document.aftersales or ()):
        yield to_refund(each, ref, f"{path}.aftersales[{index}]")


def _any(raw: bytes, ref: Ref, path: str, depth: int) -> Iterator[Canonical]:
    if raw[:1] == b"[":
        for index, each in enumerate(READ.decode(list[msgspec.Raw], raw, ref.delivery_id, path)):
            yield from _one(bytes(each), ref, f"{path}[{index}]")
        return
    answer = READ.decode(Anything, raw, ref.delivery_id, path)
    if answer.msg_tag is None and told(answer.data) and depth < DEPTH:
        yield from _any(bytes(answer.data), ref, f"{path}.data", depth + 1)
    elif told(answer.order) or told(answer.aftersales):
        yield from _document(READ.decode(Document, raw, ref.delivery_id, path), ref, path)
    elif told(answer.order_list):
        for index, order in enumerate(READ.decode(list[Order], bytes(answer.order_list), ref.delivery_id, f"{path}.orderList")):
            yield to_order(order, None, ref, f"{path}.orderList[{index}]")
    elif told(answer.after_sale_basic_infos):
        place = f"{path}.afterSaleBasicInfos"
        for index, row in enumerate(READ.decode(list[Aftersale], bytes(answer.after_sale_basic_infos), ref.delivery_id, place)):
            yield to_refund(row, ref, f"{place}[{index}]")
    elif told(answer.after_sale_info):
        place = f"{path}.afterSaleInfo"
        yield to_refund(READ.decode(Aftersale, bytes(answer.after_sale_info), ref.delivery_id, place), ref, place)
    else:
        yield from _one(raw, ref, path)


def _one(raw: bytes, ref: Ref, path: str) -> Iterator[Canonical]:
    """An object bare. A message of a push looks like a small one: it has no time of making, and no status of its own."""
    answer = READ.decode(Anything, raw, ref.delivery_id, path)
    if answer.msg_tag is None and answer.returns_id is not None and answer.status is not None:
        yield to_refund(READ.decode(Aftersale, raw, ref.delivery_id, path), ref, path)
    elif answer.msg_tag is None and answer.order_id is not None and answer.created_time is not None:
        yield to_order(READ.decode(Order, raw, ref.delivery_id, path), None, ref, path)
    elif answer.msg_tag is not None or answer.order_id is not None:
        thin = "a push names its object, it does not hold it"
        raise Permanent("payload-thin", thin, connector=KEY, path=path, delivery_id=ref.delivery_id)
