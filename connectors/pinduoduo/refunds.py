"""Refunds of Pinduoduo: the list tells yuan, the detail fen, and they count their types differently."""

from __future__ import annotations

from chalicelib.contract import Ref
from chalicelib.domain.order import Refund, RefundLine, RefundState
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd, ident, number, text
from connectors.pinduoduo import status
from connectors.pinduoduo.payloads import Refund as Told
from connectors.pinduoduo.values import CURRENCY, KEY, READ, fen, order_sn, when, yuan_at

_ENDED = (RefundState.SUCCEEDED, RefundState.REJECTED, RefundState.CLOSED)


def to_refund(told: Told, ref: Ref, path: str, *, detail: bool) -> Refund:
    """One refund. Permanent with the path on an odd value, or a type or status that no table knows."""
    try:
        return _refund(told, ref, path, detail=detail)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _refund(told: Told, ref: Ref, path: str, *, detail: bool) -> Refund:
    refund_id, order_id = ident(told.id), order_sn(told.order_sn)
    if refund_id is None or order_id is None:
        raise Odd("a refund without an id", "order_sn" if refund_id else "id")
    kind = (status.DETAIL_KIND if detail else status.LIST_KIND).get(number(told.after_sales_type, "after_sales_type") or 0)
    state = status.AFTER_SALES.get(number(told.after_sales_status, "after_sales_status") or 0)
    if kind is None or state is None:
        name = "after_sales_type" if kind is None else "after_sales_status"
        reason = "kind-unmapped" if kind is None else "status-unmapped"
        raise Permanent(reason, "an after-sale", connector=KEY, path=f"{path}.{name}", delivery_id=ref.delivery_id)
    read_amount = fen if detail else yuan_at
    amount = 0 if kind in status.NO_MONEY else read_amount(told.refund_amount, "refund_amount")
    updated_at, sku = when(told.updated_time, "updated_time"), ident(told.sku_id)
    return Refund(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        refund_id=refund_id,
        order_id=order_id,
        kind=kind,
        status=state,
        platform_status=text(told.after_sales_status),
        amount=amount,
        currency=CURRENCY,
        reason=text(told.after_sale_reason),
        lines=(RefundLine(sku, number(told.goods_number, "goods_number"), amount),) if sku else (),
        requested_at=when(told.created_time, "created_time"),
        closed_at=updated_at if state in _ENDED else None,
        updated_at=updated_at,
    )
