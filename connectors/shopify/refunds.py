"""Refunds, bare or inside their order. What moved money decides: the refund's transactions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.contract import Ref
from chalicelib.domain.order import Refund, RefundKind, RefundLine, RefundState
from chalicelib.errors import Permanent
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.records import quick
from chalicelib.toolkit.texts import text
from connectors.shopify import payloads as shapes
from connectors.shopify.numbers import Minor

new_refund, new_refund_line = quick(Refund), quick(RefundLine)
# Plain text: an enum's `.value` costs a call, and there are many of them in an order.
KIND_REFUND, KIND_RETURN = str(RefundKind.REFUND), str(RefundKind.RETURN)
APPROVED, REJECTED, SUCCEEDED = str(RefundState.APPROVED), str(RefundState.REJECTED), str(RefundState.SUCCEEDED)
NO_MONEY = str(RefundState.CLOSED)
CLOSED = frozenset({REJECTED, SUCCEEDED, NO_MONEY})


def refund(body: shapes.RefundBody, ref: Ref, *, order_id: str | None = None, shared: Minor | None = None) -> Refund:
    """One refund. Its amount is what its refund transactions moved, in their currency, shipping and tax included."""
    order = order_id if body.order_id is None else str(body.order_id)
    if order is None:
        raise Permanent(
            "payload-malformed",
            "a required field is missing",
            connector="shopify",
            path="$.order_id",
            delivery_id=ref.delivery_id,
        )
    moves = [each for each in body.transactions or () if each.kind == "refund"]
    state, chosen = _refund_state(moves)
    currency = next((each.currency for each in moves if each.currency), None) if moves else None
    minor = shared if shared is not None and shared.currency == currency else Minor(currency, ref) if currency else None
    # Into UTC first: comparing times of different offsets costs ten times as much.
    created, processed, last = utc(body.created_at), utc(body.processed_at), _latest(chosen)
    account = ref.account
    return new_refund(
        account.merchant,
        account.platform,
        account.account,
        str(body.id),
        order,
        KIND_RETURN if shapes.present(body.return_) else KIND_REFUND,
        state,
        _told_states(moves),
        _refund_amount(body, chosen, minor),
        currency,
        text(body.note),
        _refund_lines(body, minor) if body.refund_line_items else (),
        created,
        # When the last of its money moved; never before the refund was made.
        _later(created, last or processed) if state in CLOSED else None,
        _later(_later(created, processed), last),
    )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(one, other)


def _latest(moves: Sequence[shapes.Transaction]) -> datetime | None:
    found = None
    for each in moves:
        found = _later(found, utc(each.processed_at or each.created_at))
    return found


def _told_states(moves: Sequence[shapes.Transaction]) -> str | None:
    if len(moves) == 1:
        return moves[0].status or None
    return ",".join(dict.fromkeys([each.status for each in moves if each.status])) or None


def _refund_state(moves: Sequence[shapes.Transaction]) -> tuple[str, Sequence[shapes.Transaction]]:
    """The state, and the transactions that make the amount: a retry after a failure must not count twice."""
    done = [each for each in moves if each.status == "success"]
    if done:
        return SUCCEEDED, done
    waiting = [each for each in moves if each.status not in ("failure", "error")]
    if waiting:
        return APPROVED, waiting
    # Without a transaction goods went back and no money: the record is done.
    return (REJECTED, moves[-1:]) if moves else (NO_MONEY, ())


def _refund_amount(body: shapes.RefundBody, moves: Sequence[shapes.Transaction], minor: Minor | None) -> int | None:
    if body.transactions is None:
        return None
    if not moves:
        return 0
    amount = 0
    for each in moves:
        if minor is None or each.amount is None or each.currency not in (None, minor.currency):
            return None
        amount += minor(each.amount, "$.transactions[...].amount")
    return amount


def _refund_lines(body: shapes.RefundBody, minor: Minor | None) -> tuple[RefundLine, ...]:
    path = "$.refund_line_items[...].subtotal"
    lines = []
    for each in body.refund_line_items or ():
        share = each.subtotal_set.shop_money.amount if each.subtotal_set and each.subtotal_set.shop_money else each.subtotal
        lines.append(new_refund_line(str(each.line_item_id), each.quantity, minor.maybe(share, path) if minor else None))
    return tuple(lines)
