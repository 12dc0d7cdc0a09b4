"""What a payload of orders or refunds is: our document, or an answer of the gateway."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.contract import Ref
from chalicelib.domain.events import Canonical
from connectors.pinduoduo.mapping import to_order
from connectors.pinduoduo.payloads import Document, Inner
from connectors.pinduoduo.refunds import to_refund
from connectors.pinduoduo.values import READ

_WRAPPERS = tuple(name for name in Document.__struct_fields__ if name.endswith("_response"))
_LISTS = ("order_list", "order_sn_list")


def to_canonical(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """Orders, each before its refunds. Permanent with the path on what holds neither."""
    document = READ.decode(Document, payload, ref.delivery_id)
    found = [*_inside(document, ref, "$")]
    for name in _WRAPPERS if not found else ():
        inner = getattr(document, name)
        if inner is not None:
            found += _inside(inner, ref, f"$.{name}")
    if not found:
        raise READ.malformed("neither an order nor a refund", "$", ref.delivery_id)
    return tuple(found)


def _inside(told: Inner, ref: Ref, path: str) -> Iterator[Canonical]:
    if told.order_info is not None:
        yield to_order(told.order_info, ref, f"{path}.order_info")
    for name in _LISTS:
        for index, order in enumerate(getattr(told, name) or ()):
            yield to_order(order, ref, f"{path}.{name}[{index}]")
    if told.refund_detail is not None:
        yield to_refund(told.refund_detail, ref, f"{path}.refund_detail", detail=True)
    for index, refund in enumerate(told.refund_list or ()):
        yield to_refund(refund, ref, f"{path}.refund_list[{index}]", detail=False)
