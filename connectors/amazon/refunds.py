"""Amazon's transactions into canonical refunds. Only what went back to the buyer is counted, not the fees that came back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chalicelib.contract import Ref
from chalicelib.domain.order import Refund, RefundKind
from chalicelib.toolkit.loose import Odd, money_in
from chalicelib.toolkit.records import quick
from connectors.amazon import payloads as shapes
from connectors.amazon import status as words
from connectors.amazon.values import KEY, utc

new_refund = quick(Refund)
# A deferred transaction may come again under another id when it is released: the older id names both.
NAMES = ("REFUND_ID", "DEFERRED_TRANSACTION_ID")


def refunds(transactions: Sequence[shapes.Transaction], order_id: str, ref: Ref) -> Iterator[Refund]:
    """A refund for each transaction of that kind; one that is told twice is told once, as it stands last."""
    found: dict[str, Refund] = {}
    for index, each in enumerate(transactions):
        if each.transaction_type in words.REFUND_TYPES and _owner(each) in (None, order_id):
            refund = _refund(each, f"transactions[{index}]", order_id, ref)
            found[refund.refund_id] = refund
    yield from found.values()


def _owner(told: shapes.Transaction) -> str | None:
    return related(told, "ORDER_ID")


def related(told: shapes.Transaction, name: str) -> str | None:
    """The related identifier of this name."""
    for each in told.related_identifiers or ():
        if each.related_identifier_name == name:
            return each.related_identifier_value or None
    return None


def _refund(told: shapes.Transaction, name: str, order_id: str, ref: Ref) -> Refund:
    state = words.TRANSACTION.get(told.transaction_status or "RELEASED")
    if state is None:
        raise Odd("a transaction status that is not known", f"{name}.transactionStatus")
    refund_id = next((found for each in NAMES if (found := related(told, each))), None) or told.transaction_id
    if not refund_id:
        raise Odd("a refund without an id", f"{name}.transactionId")
    amount, currency = _amount(told, name, ref)
    posted = utc(told.posted_date)
    return new_refund(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        refund_id=refund_id,
        order_id=order_id,
        kind=RefundKind.REFUND.value,
        status=state.value,
        platform_status=told.transaction_status,
        amount=amount,
        currency=currency,
        reason=None,
        closed_at=posted,
        updated_at=posted,
    )


def _amount(told: shapes.Transaction, name: str, ref: Ref) -> tuple[int | None, str | None]:
    """What the buyer got: the sales part of the transaction. Its total is after Amazon's fees, and never taken for it."""
    own = ref.account.options.get("refund_breakdowns")
    kinds = frozenset(each.strip() for each in own.split(",")) if own else words.SALES_BREAKDOWNS
    total, currency = 0, None
    for each in told.breakdowns or ():
        money = each.breakdown_amount
        if each.breakdown_type in kinds and money and money.currency_code and money.currency_amount is not None:
            if currency not in (None, money.currency_code):
                return None, None
            currency = money.currency_code
            try:
                total += money_in(currency)(money.currency_amount, f"{name}.breakdowns") or 0
            except ValueError as error:
                raise Odd(str(error), f"{name}.breakdowns") from None
    return (abs(total), currency) if currency else (None, None)
