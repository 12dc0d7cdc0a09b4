"""Refunds of JD: applications before shipping, in fen, and after-sales, in yuan."""

from __future__ import annotations

from chalicelib.contract import Ref
from chalicelib.domain.order import Refund, RefundKind, RefundLine, RefundState
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd, ident, number, text
from connectors.jd import status
from connectors.jd.payloads import Apply, Bill, Service
from connectors.jd.values import CURRENCY, KEY, READ, required, when, yuan_at

_ENDED = (RefundState.SUCCEEDED, RefundState.REJECTED, RefundState.CLOSED)


def from_apply(told: Apply, ref: Ref, path: str) -> Refund:
    """A refund before shipping. Permanent with the path on an odd value, or a status that no table knows."""
    try:
        return _apply(told, ref, path)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _apply(told: Apply, ref: Ref, path: str) -> Refund:
    code = number(told.status, "status")
    state = status.APPLY_STATE.get(code) if code is not None else None
    if state is None:
        detail = f"refund application in state {code}"
        raise Permanent("status-unmapped", detail, connector=KEY, path=f"{path}.status", delivery_id=ref.delivery_id)
    requested_at, checked_at = when(told.applyTime, "applyTime"), when(told.checkTime, "checkTime")
    return Refund(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        refund_id=required(told.id, "id"),
        order_id=required(told.orderId, "orderId"),
        kind=RefundKind.REFUND,
        status=state,
        platform_status=text(told.status),
        amount=number(told.applyRefundSum, "applyRefundSum"),
        currency=CURRENCY,
        reason=text(told.reason),
        requested_at=requested_at,
        closed_at=checked_at if state in _ENDED else None,
        updated_at=checked_at or requested_at,
    )


def has_money(told: Service) -> bool:
    """Whether an after-sale has a refund: exchanges, repairs and what is not decided yet have none."""
    return ident(told.afsRefundId) is not None or told.refoundAmount is not None or told.status is not None


def from_service(told: Service, ref: Ref, path: str) -> Refund:
    """The refund of an after-sale. Permanent with the path on an odd value."""
    try:
        return _service(told, ref)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _service(told: Service, ref: Ref) -> Refund:
    bill = told.sameOrderServiceBill or Bill()
    code = number(told.status, "status")
    state = RefundState.REQUESTED
    if code == status.SERVICE_DONE:
        state = RefundState.SUCCEEDED
    elif code == status.SERVICE_FAILED:
        state = RefundState.CLOSED
    amount = _amount(told)
    ended_at, sku = when(told.completeTime, "completeTime"), ident(bill.wareId)
    times = [
        when(bill.afsApplyTime, "sameOrderServiceBill.afsApplyTime"),
        when(bill.approveDate, "sameOrderServiceBill.approveDate"),
    ]
    count = number(bill.serviceCount, "sameOrderServiceBill.serviceCount")
    return Refund(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        refund_id=required(bill.serviceId, "sameOrderServiceBill.serviceId"),
        order_id=required(bill.orderId, "sameOrderServiceBill.orderId"),
        kind=RefundKind.REFUND,  # the answer does not tell whether goods came back
        status=state,
        platform_status=text(told.status),
        amount=amount,
        currency=CURRENCY,
        reason=text(bill.applyReason),
        lines=(RefundLine(sku, count, amount),) if sku else (),
        requested_at=times[0],
        closed_at=ended_at if state in _ENDED else None,
        updated_at=ended_at or times[1] or times[0],
    )


def _amount(told: Service) -> int | None:
    actual = told.detail.afsActualRefundDetail if told.detail else None
    if actual is not None and actual.actualRefundAmount is not None:
        return yuan_at(actual.actualRefundAmount, "detail.afsActualRefundDetail.actualRefundAmount")
    return yuan_at(told.refoundAmount, "refoundAmount")
