"""What a payload of orders or refunds is: our document, an answer of the API, or one of them bare."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.contract import Ref
from chalicelib.domain.events import Canonical
from chalicelib.domain.order import Refund, RefundKind, RefundLine, RefundState
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd, ident, number, text, yes
from connectors.alibaba1688.mapping import refund_word, to_order
from connectors.alibaba1688.payloads import Document, Order, Result
from connectors.alibaba1688.payloads import Refund as Told
from connectors.alibaba1688.values import KEY, READ, moment

ENDED = frozenset({RefundState.SUCCEEDED, RefundState.CLOSED})


def to_canonical(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """Orders, each before its refunds, and refunds. Permanent with the path on what holds neither."""
    found = tuple(_document(READ.decode(Document, payload, ref.delivery_id), payload, ref))
    if not found:
        raise READ.malformed("neither an order nor a refund", "$", ref.delivery_id)
    return found


def _document(document: Document, payload: bytes, ref: Ref) -> Iterator[Canonical]:
    if document.msgId is not None:
        thin = "a push names an order, it does not hold one"
        raise Permanent("payload-thin", thin, connector=KEY, path="$.msgId", delivery_id=ref.delivery_id)
    if document.result is not None:
        yield from _result(document.result, ref)
        return
    if document.order is not None:
        yield to_order(document.order, ref, "$.order", part_sent=document.partSent, view=document.view)
    elif document.baseInfo is not None:
        yield to_order(document, ref, "$")
    for index, refund in enumerate(document.refunds or ()):
        yield to_refund(refund, ref, f"$.refunds[{index}]")
    if document.refundId is not None:
        yield to_refund(READ.decode(Told, payload, ref.delivery_id), ref, "$")


def _result(result: Result | list[Order], ref: Ref) -> Iterator[Canonical]:
    if isinstance(result, list):
        for index, order in enumerate(result):
            yield to_order(order, ref, f"$.result[{index}]")
        return
    if result.baseInfo is not None:
        yield to_order(result, ref, "$.result")
    for index, refund in enumerate(result.opOrderRefundModels or ()):
        yield to_refund(refund, ref, f"$.result.opOrderRefundModels[{index}]")


def to_refund(refund: Told, ref: Ref, path: str) -> Refund:
    """A refund. Permanent with the path on one that cannot be read, or whose state no table knows."""
    try:
        return _refund(refund, ref, path)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _refund(refund: Told, ref: Ref, path: str) -> Refund:
    refund_id, order_id, state = ident(refund.refundId), ident(refund.orderId), refund_word(refund.status)
    if refund_id is None or order_id is None:
        raise Odd("a refund without an id", "refundId")
    if state is None:
        unknown = "a state that is not known"
        raise Permanent("status-unmapped", unknown, connector=KEY, path=f"{path}.status", delivery_id=ref.delivery_id)
    paid_back = number(refund.refundPayment, "refundPayment")
    returned = yes(refund.isRefundGoods) or yes(refund.refundGoods)
    modified, completed = moment(refund.gmtModified, "gmtModified"), moment(refund.gmtCompleted, "gmtCompleted")
    return Refund(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        refund_id=refund_id,
        order_id=order_id,
        kind=RefundKind.RETURN if returned else RefundKind.REFUND,
        status=state,
        platform_status=refund.status,
        amount=paid_back if state is RefundState.SUCCEEDED or paid_back else number(refund.applyPayment, "applyPayment"),
        currency="CNY",
        reason=text(refund.applyReason),
        lines=tuple([RefundLine(line) for each in refund.orderEntryIdList or () if (line := ident(each))]),
        requested_at=moment(refund.gmtApply, "gmtApply"),
        closed_at=(completed or modified) if state in ENDED else None,
        updated_at=modified,
    )
