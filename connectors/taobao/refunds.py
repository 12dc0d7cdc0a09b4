"""Refunds of Taobao and Tmall to the canonical refund."""

from __future__ import annotations

from chalicelib.contract import Ref
from chalicelib.domain.order import Refund, RefundKind, RefundLine, RefundState
from chalicelib.errors import Permanent
from chalicelib.toolkit.beijing import moment
from chalicelib.toolkit.loose import Odd, ident, number, text, yes
from connectors.taobao import status
from connectors.taobao.payloads import Refund as Told
from connectors.taobao.values import CURRENCY, KEY, READ, yuan

_ENDED = (RefundState.SUCCEEDED, RefundState.CLOSED)


def to_refund(told: Told, ref: Ref, path: str) -> Refund:
    """One refund; fen of CNY. Permanent with the path on a value that cannot be read, or a status that no table knows."""
    try:
        return _refund(told, ref, path)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _refund(told: Told, ref: Ref, path: str) -> Refund:
    refund_id, order_id = ident(told.refund_id), ident(told.tid)
    if refund_id is None or order_id is None:
        raise Odd("a refund without an id", "tid" if refund_id else "refund_id")
    state = status.REFUND_STATE.get(told.status or "")
    if state is None:
        raise Permanent("status-unmapped", "a refund status", connector=KEY, path=f"{path}.status", delivery_id=ref.delivery_id)
    exchange = told.status in status.EXCHANGES
    kind = RefundKind.EXCHANGE if exchange else RefundKind.RETURN if yes(told.has_good_return) else RefundKind.REFUND
    amount = _amount(told, exchange=exchange)
    modified_at, line = moment(told.modified, "modified"), ident(told.oid)
    return Refund(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        refund_id=refund_id,
        order_id=order_id,
        kind=kind,
        status=state,
        platform_status=told.status,
        amount=amount,
        currency=CURRENCY,
        reason=text(told.reason),
        lines=(RefundLine(line, number(told.num, "num"), amount),) if line else (),
        requested_at=moment(told.created, "created"),
        closed_at=modified_at if state in _ENDED else None,
        updated_at=modified_at,
    )


def _amount(told: Told, *, exchange: bool) -> int | None:
    if exchange:
        return 0
    try:
        return yuan(told.refund_fee)
    except (ValueError, TypeError) as error:
        raise Odd(str(error), "refund_fee") from None
