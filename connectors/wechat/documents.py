"""From payloads to canonical orders and refunds, whichever way they came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chalicelib.contract import Ref
from chalicelib.domain.events import Canonical
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd
from connectors.wechat.mapping import lines_by_sku, to_order
from connectors.wechat.payloads import AfterSale, Document, Order
from connectors.wechat.refunds import to_refund
from connectors.wechat.values import KEY, READ


def to_canonical(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """An order with its after-sales, of our documents and of the platform's own answers, in their wrapping or bare."""
    document = READ.decode(Document, payload, ref.delivery_id)
    if document.Event is not None:
        thin = "a push names an order, it does not hold one"
        raise Permanent("payload-thin", thin, connector=KEY, path="$.Event", delivery_id=ref.delivery_id)
    path = "$.order"
    if document.order is None and document.after_sale_order is None and document.aftersales is None:
        if document.after_sale_order_id is not None:
            return (to_refund(READ.decode(AfterSale, payload, ref.delivery_id), {}, ref, "$"),)
        if document.order_id is None:
            raise READ.malformed("neither an order nor an after-sale", "$", ref.delivery_id)
        document.order, path = READ.decode(Order, payload, ref.delivery_id), "$"
    found = tuple(_all(document, ref, path))
    if not found:
        raise READ.malformed("neither an order nor an after-sale", "$", ref.delivery_id)
    return found


def _all(document: Document, ref: Ref, path: str) -> Iterator[Canonical]:
    aftersales, lines = document.aftersales or [], dict[str, str]()
    if document.order is not None:
        yield to_order(document.order, aftersales, ref, path)
        lines |= _lines(document.order, ref, path) if aftersales else {}
    for index, one in enumerate(aftersales):
        yield to_refund(one, lines, ref, f"$.aftersales[{index}]")
    if document.after_sale_order is not None:
        yield to_refund(document.after_sale_order, lines, ref, "$.after_sale_order")


def _lines(order: Order, ref: Ref, path: str) -> Mapping[str, str]:
    try:
        return lines_by_sku(order)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
