"""eBay's refunds of an order and of its lines, and returns, into canonical refunds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chalicelib.contract import Ref
from chalicelib.domain.order import Refund, RefundKind, RefundLine, RefundState
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.loose import Odd, money_in
from chalicelib.toolkit.records import quick
from chalicelib.toolkit.texts import text
from connectors.ebay import payloads as shapes
from connectors.ebay import status as words
from connectors.ebay.amounts import OrderPurse
from connectors.ebay.values import KEY, ident

new_refund, new_refund_line = quick(Refund), quick(RefundLine)


def order_refunds(body: shapes.OrderShape, purse: OrderPurse, ref: Ref) -> Iterator[Refund]:
    """Refunds of the whole order. Without an id of their own (a refund just begun) they have none to be kept under."""
    for index, each in enumerate((body.payment_summary.refunds or ()) if body.payment_summary else ()):
        refund_id = text(each.refund_id) or text(each.refund_reference_id)
        if refund_id is None:
            continue
        name = f"paymentSummary.refunds[{index}]"
        state = words.REFUND.get(each.refund_status or "")
        if state is None:
            raise Odd("a refund status that is not known", f"{name}.refundStatus")
        amount, currency = _amount(each.amount, purse, f"{name}.amount")
        yield new_refund(
            merchant=ref.account.merchant,
            platform=KEY,
            account=ref.account.account,
            refund_id=refund_id,
            order_id=body.order_id or "",
            kind=RefundKind.REFUND.value,
            status=state.value,
            platform_status=each.refund_status,
            amount=amount,
            currency=currency,
            reason=None,
            closed_at=None if state is RefundState.APPROVED else utc(each.refund_date),
            updated_at=utc(each.refund_date),
        )


def line_refunds(body: shapes.OrderShape, purse: OrderPurse, ref: Ref) -> Iterator[Refund]:
    """Refunds given for single lines, which have no status: one with a date was given. Those that the order lists too are its."""
    if not any(line.refunds for line in body.line_items or ()):
        return
    money = body.payment_summary
    known = {each.refund_id for each in money.refunds or ()} if money else set()
    for index, line in enumerate(body.line_items or ()):
        for each in line.refunds or ():
            refund_id = text(each.refund_id) or _dated(line, each)
            if refund_id is None or refund_id in known:
                continue
            amount, currency = _amount(each.amount, purse, f"lineItems[{index}].refunds[...].amount")
            state = RefundState.SUCCEEDED if each.refund_date else RefundState.APPROVED
            yield new_refund(
                merchant=ref.account.merchant,
                platform=KEY,
                account=ref.account.account,
                refund_id=refund_id,
                order_id=body.order_id or "",
                kind=RefundKind.REFUND.value,
                status=state.value,
                platform_status=None,
                amount=amount,
                currency=currency,
                reason=None,
                lines=(new_refund_line(line.line_item_id, None, amount if currency == purse.currency else None),),
                closed_at=utc(each.refund_date),
                updated_at=utc(each.refund_date),
            )


def _dated(line: shapes.LineItem, each: shapes.LineRefund) -> str | None:
    """A refund without an id is known by its line and moment."""
    return f"{line.line_item_id}:{each.refund_date:%Y%m%d%H%M%S}" if each.refund_date else None


def _amount(told: shapes.Amount | None, purse: OrderPurse, name: str) -> tuple[int | None, str | None]:
    """In the order's currency where it is told in it, else in the seller's."""
    if told is None:
        return None, None
    found = purse.either(told, name)
    if found is not None:
        return found, purse.currency
    return OrderPurse(told.currency).must(told, name), told.currency


def returns(told: Sequence[shapes.ReturnShape] | None, order_id: str | None, ref: Ref) -> Iterator[Refund]:
    """Returns. What is paid back for one is a refund of the order, so that a return itself never succeeds and never counts."""
    for index, each in enumerate(told or ()):
        name, owner = f"returns[{index}]", text(each.order_id) or order_id
        if owner is None:
            raise Odd("a return without its order", f"{name}.orderId")
        state = words.RETURN.get(each.state or "") or words.RETURN.get(each.status or "")
        if state is None:
            raise Odd("a return state that is not known", f"{name}.state")
        yield _return(each, name, owner, state, ref)


def _return(each: shapes.ReturnShape, name: str, owner: str, state: RefundState, ref: Ref) -> Refund:
    begun, total = each.creation_info, each.seller_total_refund
    swapped = each.current_type == words.REPLACEMENT
    money = total.estimated_refund_amount if total and not swapped else None
    amount = 0 if swapped else None
    if money is not None and money.currency and money.value is not None:
        try:
            amount = money_in(money.currency)(money.value, f"{name}.sellerTotalRefund")
        except ValueError as error:
            raise Odd(str(error), f"{name}.sellerTotalRefund") from None
    return new_refund(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        refund_id=f"return:{each.return_id}",
        order_id=owner,
        kind=(RefundKind.EXCHANGE if swapped else RefundKind.RETURN).value,
        status=state.value,
        platform_status=each.state or each.status,
        amount=amount,
        currency=money.currency if money else None,
        reason=text(begun.reason) if begun else None,
        lines=_return_lines(begun.item if begun else None),
        requested_at=utc(begun.creation_date.value) if begun and begun.creation_date else None,
    )


def _return_lines(item: shapes.ReturnItem | None) -> tuple[RefundLine, ...]:
    line_id = ident(item.transaction_id) if item else None
    return (new_refund_line(line_id, item.return_quantity if item else None, None),) if line_id else ()
