"""Amazon's transactions into canonical refunds. Only what went back to the buyer is counted, not the fees that came back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from chalicelib.contract import Ref
from chalicelib.domain.order import Refund, RefundKind
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.loose import Odd, money_in
from chalicelib.toolkit.records import quick
from connectors.amazon import payloads as shapes
from connectors.amazon import status as words
from connectors.amazon.values import KEY

new_refund = quick(Refund)


def refunds(transactions: Sequence[shapes.Transaction], order_id: str, ref: Ref) -> Iterator[Refund]:
    """A refund for each transaction of that kind; one that is told twice is told once, as it stands last.

    A refund that was deferred comes again when it is released to the seller's account, days later: the buyer had the money
    from the first time on.
    """
    found: dict[str, Refund] = {}
    listed = {each.transaction_id: each for each in transactions if each.transaction_id}
    for index, each in enumerate(transactions):
        if each.transaction_type in words.REFUND_TYPES and _owner(each) in (None, order_id):
            refund = _refund(each, f"transactions[{index}]", order_id, _name(each, listed), ref)
            known = found.get(refund.refund_id)
            found[refund.refund_id] = _joined(known, refund) if known else refund
    yield from found.values()


def _name(told: shapes.Transaction, listed: Mapping[str, shapes.Transaction]) -> str | None:
    """What a refund is kept under: a release under the name of what was deferred, since that was told first."""
    deferred = related(told, "DEFERRED_TRANSACTION_ID")
    first = listed.get(deferred) if deferred else None
    own = related(told, "REFUND_ID") or (related(first, "REFUND_ID") if first else None)
    return own or deferred or told.transaction_id or None


def _joined(one: Refund, other: Refund) -> Refund:
    """Two tellings of one refund: closed when the first was posted, else as the last one says."""
    posted = [each.closed_at for each in (one, other) if each.closed_at]
    last = one if one.updated_at and other.updated_at and one.updated_at > other.updated_at else other
    return replace(last, closed_at=min(posted, default=None))


def _owner(told: shapes.Transaction) -> str | None:
    return related(told, "ORDER_ID")


def related(told: shapes.Transaction, name: str) -> str | None:
    """The related identifier of this name."""
    for each in told.related_identifiers or ():
        if each.related_identifier_name == name:
            return each.related_identifier_value or None
    return None


def _refund(told: shapes.Transaction, name: str, order_id: str, refund_id: str | None, ref: Ref) -> Refund:
    state = words.TRANSACTION.get(told.transaction_status or "RELEASED")
    if state is None:
        raise Odd("a transaction status that is not known", f"{name}.transactionStatus")
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
    """What the buyer got: the sales part of the transaction, which leaves the seller and is negative.

    Its total is after Amazon's fees, and never taken for it. A part that came to the seller is no money that went back: of
    such a transaction nobody knows what the buyer got.
    """
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
    return (-total if total <= 0 else None, currency) if currency else (None, None)
