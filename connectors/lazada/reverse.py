"""Reverse orders of Lazada to canonical refunds: one for each unit, since each unit has a state and an amount of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chalicelib.contract import Ref
from chalicelib.domain.order import Refund, RefundLine, RefundState
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd, epoch, number, text
from chalicelib.toolkit.records import quick
from connectors.lazada import status
from connectors.lazada.payloads import Reverse, ReverseLine
from connectors.lazada.values import KEY, READ

new_refund = quick(Refund)
_ENDED = (RefundState.SUCCEEDED, RefundState.CLOSED, RefundState.REJECTED)


def to_refunds(reverse: Reverse, currency: str | None, lines: Mapping[str, str], ref: Ref, path: str) -> Iterator[Refund]:
    """The refunds of a reverse order. `lines` leads from units to lines. Permanent with the path, never a guessed state."""
    name = "reverse_order_lines" if reverse.reverse_order_lines is not None else "reverseOrderLineDTOList"
    told = reverse.reverse_order_lines or reverse.reverseOrderLineDTOList
    order_id = text(reverse.trade_order_id)
    if not told or order_id is None:
        missing = "trade_order_id" if told else name
        raise READ.malformed("a reverse order without its order or lines", f"{path}.{missing}", ref.delivery_id)
    kind = status.REVERSE_KIND.get(reverse.request_type or "")
    if kind is None:
        raise _unmapped("kind-unmapped", "request_type", reverse.request_type, path, ref)
    for index, line in enumerate(told):
        at = f"{path}.{name}[{index}]"
        try:
            yield _refund(line, order_id=order_id, kind=kind, currency=currency, lines=lines, ref=ref, path=at)
        except Odd as odd:
            raise READ.of(odd, at, ref.delivery_id) from None


def _refund(
    line: ReverseLine, *, order_id: str, kind: str, currency: str | None, lines: Mapping[str, str], ref: Ref, path: str
) -> Refund:
    state = status.REVERSE_STATE.get(line.reverse_status or "")
    if state is None:
        raise _unmapped("status-unmapped", "reverse_status", line.reverse_status, path, ref)
    refund_id = text(line.reverse_order_line_id)
    if refund_id is None:
        raise Odd("a reverse order line without an id", "reverse_order_line_id")
    unit = text(line.trade_order_line_id)
    amount = number(line.refund_amount, "refund_amount")
    if amount is not None and amount < 0:
        raise Odd("a negative refund", "refund_amount")
    if line.is_need_refund in status.NO_REFUND:
        amount = 0  # nothing was paid, or nothing goes back: the amount is what the unit cost
    updated_at = epoch(line.return_order_line_gmt_modified, "return_order_line_gmt_modified")
    return new_refund(
        ref.account.merchant,
        KEY,
        ref.account.account,
        refund_id,
        order_id,
        kind,
        state,
        line.reverse_status,
        amount,
        currency,
        text(line.reason_text),
        (RefundLine(lines.get(unit, unit), 1, amount),) if unit and unit != "0" else (),
        epoch(line.return_order_line_gmt_create, "return_order_line_gmt_create"),
        updated_at if state in _ENDED else None,
        updated_at,
    )


def _unmapped(reason: str, name: str, word: str | None, path: str, ref: Ref) -> Permanent:
    """The word itself stays out of the message unless it is one: it could be anything."""
    known = (
        word if word and len(word) < 60 and word.replace("_", "").isalnum() and word.isupper() and word.isascii() else "unreadable"
    )
    return Permanent(reason, f"{name} {known}", connector=KEY, path=f"{path}.{name}", delivery_id=ref.delivery_id)
