"""Returns and cancellations of TikTok Shop to canonical refunds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib.contract import Ref
from chalicelib.domain.order import Refund, RefundKind, RefundLine, RefundState
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd, epoch, ident, money_in, text
from connectors.tiktokshop import status
from connectors.tiktokshop.payloads import Cancellation, RefundAmount, Return, ReturnLine
from connectors.tiktokshop.values import KEY, READ

_ENDED = (RefundState.SUCCEEDED, RefundState.CLOSED, RefundState.REJECTED)


def from_return(told: Return, lines: Mapping[str, str], ref: Ref, path: str) -> Refund:
    """An element of `return_orders`. `lines` leads from units to lines. Permanent with the path, never a guessed state."""
    kind = status.RETURN_KIND.get(told.return_type or "")
    if kind is None:
        raise _unmapped("kind-unmapped", "return_type", told.return_type, path, ref)
    word = _even(told.return_status)
    state = status.RETURN_STATE.get(word)
    if state is None:
        raise _unmapped("status-unmapped", "return_status", told.return_status, path, ref)
    if word == status.PAID_INSTEAD:
        kind = RefundKind.REFUND
    reason = text(told.return_reason_text) or text(told.return_reason)
    units = told.return_line_items or ()
    return _refund(told, told.return_id, kind, state, told.return_status, reason, units, lines, ref, path)


def from_cancellation(told: Cancellation, lines: Mapping[str, str], ref: Ref, path: str) -> Refund:
    """An element of `cancellations`; as from_return. One of an order that was never paid tells no amount."""
    state = status.CANCEL_STATE.get(_even(told.cancel_status))
    if state is None:
        raise _unmapped("status-unmapped", "cancel_status", told.cancel_status, path, ref)
    reason = text(told.cancel_reason_text) or text(told.cancel_reason)
    units = told.cancel_line_items or ()
    return _refund(told, told.cancel_id, RefundKind.REFUND, state, told.cancel_status, reason, units, lines, ref, path)


def _refund(  # noqa: PLR0917
    told: Return | Cancellation,
    refund: int | str | None,
    kind: RefundKind,
    state: RefundState,
    word: str | None,
    reason: str | None,
    units: Sequence[ReturnLine],
    lines: Mapping[str, str],
    ref: Ref,
    path: str,
) -> Refund:
    refund_id, order_id = text(refund), text(told.order_id)
    if refund_id is None or order_id is None:
        raise READ.malformed("a return without ids", f"{path}.order_id", ref.delivery_id)
    try:
        amount, currency = _amount(told.refund_amount, "refund_amount")
        updated_at = epoch(told.update_time, "update_time")
        return Refund(
            merchant=ref.account.merchant,
            platform=KEY,
            account=ref.account.account,
            refund_id=refund_id,
            order_id=order_id,
            kind=kind,
            status=state,
            platform_status=word,
            amount=0 if kind is RefundKind.EXCHANGE else amount,
            currency=currency,
            reason=reason,
            lines=_lines(units, lines),
            requested_at=epoch(told.create_time, "create_time"),
            closed_at=updated_at if state in _ENDED else None,
            updated_at=updated_at,
        )
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _amount(told: RefundAmount | None, name: str) -> tuple[int | None, str | None]:
    if told is None or not told.currency:
        return None, None
    try:
        amount = money_in(told.currency)(told.refund_total, f"{name}.refund_total")
    except ValueError as error:
        raise Odd(str(error), f"{name}.currency") from None
    if amount is not None and amount < 0:
        raise Odd("a negative refund", f"{name}.refund_total")
    return amount, told.currency


def _lines(units: Sequence[ReturnLine], lines: Mapping[str, str]) -> tuple[RefundLine, ...]:
    """Units by line; an amount only where every unit of the line tells one."""
    found: dict[str, tuple[int, int | None]] = {}
    for index, unit in enumerate(units):
        unit_id = ident(unit.order_line_item_id)
        if unit_id is None:
            continue
        line_id = lines.get(unit_id, unit_id)
        amount, _ = _amount(unit.refund_amount, f"line_items[{index}].refund_amount")
        count, total = found.get(line_id, (0, 0))
        found[line_id] = (count + 1, None if amount is None or total is None else total + amount)
    return tuple(RefundLine(line_id, count, amount) for line_id, (count, amount) in found.items())


def _even(word: str | None) -> str:
    """The documentation itself doubles underscores and spells "cancel" in two ways."""
    even = (word or "").replace("__", "_")
    return even.removesuffix("LED") if even.endswith("_CANCELLED") else even


def _unmapped(reason: str, name: str, word: str | None, path: str, ref: Ref) -> Permanent:
    """The word itself stays out of the message unless it is one: it could be anything."""
    plain = word is not None and len(word) < 60 and word.isascii() and word.isupper() and word.replace("_", "").isalnum()
    detail = f"{name} {word if plain else 'unreadable'}"
    return Permanent(reason, detail, connector=KEY, path=f"{path}.{name}", delivery_id=ref.delivery_id)
