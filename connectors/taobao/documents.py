"""What a payload of orders or refunds is: our document, an answer of TOP, or what stands in one."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.contract import Ref
from chalicelib.domain.events import Canonical
from connectors.taobao import idle
from connectors.taobao.mapping import to_order
from connectors.taobao.payloads import Document, Inner, Refunds
from connectors.taobao.refunds import to_refund
from connectors.taobao.values import READ

_WRAPPERS = (
    "trade_fullinfo_get_response",
    "refund_get_response",
    "refunds_receive_get_response",
    "alibaba_idle_isv_order_query_response",
)


def to_canonical(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """The order before its refunds. Permanent with the path on what holds neither."""
    document = READ.decode(Document, payload, ref.delivery_id)
    found = [*_inside(document, ref, "$")]
    if not found:
        for name in _WRAPPERS:
            inner = getattr(document, name)
            if inner is not None:
                found += _inside(inner, ref, f"$.{name}")
    if not found:
        raise READ.malformed("neither a trade nor a refund", "$", ref.delivery_id)
    return tuple(found)


def _inside(told: Inner, ref: Ref, path: str) -> Iterator[Canonical]:
    if told.trade is not None:
        yield to_order(told.trade, ref, f"{path}.trade")
    if told.result is not None and told.result.module is not None:
        yield idle.to_order(told.result.module, ref, f"{path}.result.module")
    if told.refund is not None:
        yield to_refund(told.refund, ref, f"{path}.refund")
    rows = told.refunds.refund if isinstance(told.refunds, Refunds) else told.refunds
    for index, row in enumerate(rows or ()):
        yield to_refund(row, ref, f"{path}.refunds[{index}]")
