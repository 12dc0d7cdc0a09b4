"""What a payload of orders or refunds is: our document, an answer of the API, a whole push, or what they hold on its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chalicelib.contract import Ref
from chalicelib.domain.events import Canonical
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd, ident, told
from connectors.youzan import status
from connectors.youzan.mapping import to_order
from connectors.youzan.payloads import Document, RefundRow, Trade
from connectors.youzan.push import message
from connectors.youzan.refund import of_trade, to_refund
from connectors.youzan.values import KEY, READ, part


def to_canonical(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """Orders, each before its refunds, and refunds. Permanent with the path on what holds neither."""
    document = READ.decode(Document, payload, ref.delivery_id)
    try:
        found = tuple(_document(document, ref))
    except Odd as odd:
        raise READ.of(odd, "$", ref.delivery_id) from None
    if not found:
        raise READ.malformed("neither an order nor a refund", "$", ref.delivery_id)
    return found


def _document(document: Document, ref: Ref) -> Iterator[Canonical]:
    if told(document.msg):
        yield from _push(document, ref)
    elif document.trade is not None or (document.refunds and document.full_order_info is None):
        refunds = part(document.refunds, "refunds") or ()
        if document.trade is not None:
            yield from _trade(document.trade, refunds, ref, "$.trade")
        for index, row in enumerate(refunds):
            yield to_refund(row, ref, f"$.refunds[{index}]")
    elif (data := part(document.data, "data")) is not None:
        yield from _any(data, ref, "$.data")
    elif document.response is not None:
        yield from _any(document.response, ref, "$.response")
    else:
        yield from _any(document, ref, "$")


def _push(document: Document, ref: Ref) -> Iterator[Canonical]:
    if str(document.type) not in status.FAT:
        thin = "this push names an order, it does not hold one"
        raise Permanent("payload-thin", thin, connector=KEY, path="$.msg", delivery_id=ref.delivery_id)
    yield from _any(READ.decode(Trade, message(document.msg, ref.delivery_id), ref.delivery_id, "$.msg"), ref, "$.msg")


def _any(trade: Trade, ref: Ref, path: str) -> Iterator[Canonical]:
    if part(trade.full_order_info, f"{path[2:]}full_order_info") is not None:
        yield from _trade(trade, (), ref, path)
    for index, each in enumerate(part(trade.full_order_info_list, "full_order_info_list") or ()):
        yield from _trade(each, (), ref, f"{path}.full_order_info_list[{index}]")
    for index, row in enumerate(part(trade.refunds, "refunds") or ()):
        yield to_refund(row, ref, f"{path}.refunds[{index}]")
    if trade.refund_id is not None:
        yield to_refund(trade, ref, path)


def _trade(trade: Trade, known: Sequence[RefundRow], ref: Ref, path: str) -> Iterator[Canonical]:
    """The order, and those of its refunds that no refund call told."""
    order = to_order(trade, ref, path)
    yield order
    better = {ident(row.refund_id) for row in known}
    try:
        for index, row in enumerate(part(trade.refund_order, "refund_order") or ()):
            if ident(row.refund_id) not in better:
                refund = of_trade(row, order.order_id, order.updated_at, ref, index)
                if refund is not None:
                    yield refund
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
