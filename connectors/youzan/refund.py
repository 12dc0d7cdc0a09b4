"""Refunds of Youzan: of the refund calls, which know their times, and of an order, which knows little more than the amount."""

from __future__ import annotations

from datetime import datetime

from chalicelib.contract import Ref
from chalicelib.domain.order import Refund, RefundKind, RefundLine, RefundState
from chalicelib.errors import Permanent
from chalicelib.toolkit.beijing import moment
from chalicelib.toolkit.loose import Odd, ident, number, text, yes
from connectors.youzan import status
from connectors.youzan.mapping import exchanged, state_of
from connectors.youzan.payloads import RefundRow, TradeRefund
from connectors.youzan.values import CURRENCY, KEY, READ, part, yuan

ENDED = frozenset({RefundState.SUCCEEDED, RefundState.CLOSED})


def to_refund(told: RefundRow, ref: Ref, path: str) -> Refund:
    """A refund of the refund calls. Permanent with the path on one that cannot be read, or whose state no table knows."""
    try:
        return _refund(told, ref, path)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _refund(told: RefundRow, ref: Ref, path: str) -> Refund:
    refund_id, order_id = ident(told.refund_id), ident(told.tid)
    if refund_id is None or order_id is None:
        raise Odd("a refund without an id", "refund_id")
    state = status.REFUND_STATE.get(told.status or "")
    if state is None:
        reason = "a state that is not known"
        raise Permanent("status-unmapped", reason, connector=KEY, path=f"{path}.status", delivery_id=ref.delivery_id)
    demand = number(told.demand, "demand")
    kind = status.DEMAND.get(demand or 0) or (RefundKind.RETURN if yes(told.return_goods) else RefundKind.REFUND)
    if text(told.refund_type) in status.EXCHANGES:
        kind = RefundKind.EXCHANGE
    modified, succeeded = moment(told.modified, "modified"), moment(told.refund_success_time, "refund_success_time")
    closed = (succeeded or modified) if state is RefundState.SUCCEEDED else modified if state in ENDED else None
    line = ident(told.oid)
    return Refund(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        refund_id=refund_id,
        order_id=order_id,
        kind=kind,
        status=state,
        platform_status=told.status,
        amount=0 if kind is RefundKind.EXCHANGE else yuan(told.refund_fee, "refund_fee"),
        currency=CURRENCY,
        reason=text(told.reason),
        lines=(RefundLine(line),) if line else (),
        requested_at=moment(told.created, "created"),
        closed_at=closed,
        updated_at=modified or succeeded,
    )


def of_trade(told: TradeRefund, order_id: str, at: datetime | None, ref: Ref, index: int) -> Refund | None:
    """An element of `refund_order`, as of the order's own time; None for a state that no table knows. Odd on an odd value."""
    refund_id, state = ident(told.refund_id), state_of(told, index)
    if refund_id is None or state is None:
        return None
    exchange = exchanged(told)
    name = f"refund_order[{index}]"
    oids = part(told.oids, f"{name}.oids") or ()
    return Refund(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        refund_id=refund_id,
        order_id=order_id,
        kind=RefundKind.EXCHANGE if exchange else RefundKind.REFUND,
        status=state,
        platform_status=text(told.refund_state),
        amount=0 if exchange else yuan(told.refund_fee, f"{name}.refund_fee"),
        currency=CURRENCY,
        reason=None,
        lines=tuple([RefundLine(oid) for each in oids if (oid := ident(each.oid))]),
        requested_at=None,
        closed_at=None,
        updated_at=at,
    )
