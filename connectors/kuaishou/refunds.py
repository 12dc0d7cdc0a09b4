"""Refunds of Kuaishou to the canonical model."""

from __future__ import annotations

from chalicelib.contract import Ref
from chalicelib.domain.order import Refund, RefundKind, RefundLine
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd, epoch, ident, number, text
from connectors.kuaishou import status
from connectors.kuaishou.payloads import Refund as Told
from connectors.kuaishou.values import CURRENCY, KEY, READ, fen


def to_refund(told: Told, ref: Ref, path: str) -> Refund:
    """An element of `refundOrderInfoList`, or the detail. Permanent with the path, never a guessed state or kind."""
    refund_id, order_id = ident(told.refund_id), ident(told.oid)
    if refund_id is None or order_id is None:
        raise READ.malformed("a refund without ids", f"{path}.refundId", ref.delivery_id)
    try:
        kind = _kind(told, ref, path)
        code = number(told.status, "status")
        state = status.REFUND_STATE.get(code) if code is not None else None
        if state is None:
            raise _unmapped("status-unmapped", f"refund status {code}", f"{path}.status", ref)
        updated_at, ended_at = epoch(told.update_time, "updateTime"), epoch(told.end_time, "endTime")
        amount = 0 if kind in status.NO_MONEY else fen(told.refund_fee, "refundFee")
        return Refund(
            merchant=ref.account.merchant,
            platform=KEY,
            account=ref.account.account,
            refund_id=refund_id,
            order_id=order_id,
            kind=kind,
            status=state,
            platform_status=text(told.status),
            amount=amount,
            currency=CURRENCY,
            reason=text(told.refund_reason_desc),
            # An order has one item, and its line is named after the order.
            lines=(RefundLine(order_id, number(told.product_num, "productNum") or None, amount),),
            requested_at=epoch(told.submit_time, "submitTime") or epoch(told.create_time, "createTime"),
            closed_at=(ended_at or updated_at) if state in status.ENDED else None,
            updated_at=updated_at,
        )
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _kind(told: Told, ref: Ref, path: str) -> RefundKind:
    if number(told.special_refund_type, "specialRefundType") == status.PRICE_PROTECTION:
        return RefundKind.COMPENSATION
    code = number(told.handling_way, "handlingWay")
    kind = status.REFUND_KIND.get(code) if code is not None else None
    if kind is None:
        raise _unmapped("kind-unmapped", f"handling way {code}", f"{path}.handlingWay", ref)
    return kind


def _unmapped(reason: str, detail: str, path: str, ref: Ref) -> Permanent:
    return Permanent(reason, detail, connector=KEY, path=path, delivery_id=ref.delivery_id)
