"""After-sales of Xiaohongshu to canonical refunds. Their amounts are yuan, as JSON numbers."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.contract import Ref
from chalicelib.domain.order import Refund, RefundKind, RefundLine, RefundState
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd, epoch, ident, number, text
from connectors.xiaohongshu import status
from connectors.xiaohongshu.payloads import Aftersale, ReturnedSku
from connectors.xiaohongshu.values import CURRENCY, KEY, READ, yuan


def state_of(told: Aftersale) -> tuple[RefundKind | None, RefundState | None]:
    """Kind and state; None where the tables do not know them.

    Money counts as paid back by `refundStatus` alone, whatever the after-sale's own status says; an exchange is done by its
    status.
    """
    kind_code, code = number(told.return_type, "returnType"), number(told.status, "status")
    kind = status.AFTERSALE_KIND.get(kind_code) if kind_code is not None else None
    if kind is not RefundKind.EXCHANGE and number(told.refund_status, "refundStatus") == status.REFUND_PAID:
        return kind, RefundState.SUCCEEDED
    if kind is RefundKind.EXCHANGE and code == status.DONE:
        return kind, RefundState.SUCCEEDED
    return kind, status.AFTERSALE_STATE.get(code) if code is not None else None


def to_refund(told: Aftersale, ref: Ref, path: str) -> Refund:
    """`afterSaleInfo` of the detail, or a row of the list. Permanent with the path, never a guessed state or kind."""
    refund_id, order_id = ident(told.returns_id), ident(told.order_id)
    if refund_id is None or order_id is None:
        raise READ.malformed("an after-sale without ids", f"{path}.returnsId", ref.delivery_id)
    try:
        kind, state = state_of(told)
        if kind is None:
            raise _unmapped("kind-unmapped", "returnType", told.return_type, path, ref)
        if state is None:
            raise _unmapped("status-unmapped", "status", told.status, path, ref)
        updated_at = epoch(told.updated_at, "updatedAt")
        ended_at = epoch(told.refund_time, "refundTime") if state is RefundState.SUCCEEDED else None
        return Refund(
            merchant=ref.account.merchant,
            platform=KEY,
            account=ref.account.account,
            refund_id=refund_id,
            order_id=order_id,
            kind=kind,
            status=state,
            platform_status=_words(told),
            amount=amount_of(told, kind, state),
            currency=CURRENCY,
            reason=text(told.reason_name_zh),
            lines=lines_of(told.skus or (), kind),
            requested_at=epoch(told.apply_time, "applyTime"),
            closed_at=(ended_at or updated_at) if state in status.ENDED else None,
            updated_at=updated_at,
        )
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _words(told: Aftersale) -> str | None:
    """Both statuses, as the platform writes them: `4/2`."""
    own, money = text(told.status), text(told.refund_status)
    return f"{own}/{money}" if own and money else own


def amount_of(told: Aftersale, kind: RefundKind, state: RefundState) -> int | None:
    """What was paid back, freight included; what is expected until then."""
    if kind is RefundKind.EXCHANGE:
        return 0
    back = yuan(told.refund_amount_yuan, "refundAmountYuan")
    expected = yuan(told.expected_refund_amount_yuan, "expectedRefundAmountYuan")
    if state is RefundState.SUCCEEDED:
        return expected if back is None else back
    return back if expected is None else expected


def lines_of(skus: Sequence[ReturnedSku], kind: RefundKind) -> tuple[RefundLine, ...]:
    """The lines that an after-sale is about. Odd on a number that is none."""
    found: list[RefundLine] = []
    for index, sku in enumerate(skus):
        sku_id = ident(sku.sku_id)
        if sku_id is None:
            continue
        amount = 0 if kind is RefundKind.EXCHANGE else yuan(sku.applied_total_amount_yuan, f"skus[{index}].appliedTotalAmountYuan")
        found.append(RefundLine(sku_id, number(sku.applied_count, f"skus[{index}].appliedCount"), amount))
    return tuple(found)


def _unmapped(reason: str, name: str, value: int | str | None, path: str, ref: Ref) -> Permanent:
    shown = value if isinstance(value, int) else "unreadable"
    return Permanent(reason, f"{name} {shown}", connector=KEY, path=f"{path}.{name}", delivery_id=ref.delivery_id)
