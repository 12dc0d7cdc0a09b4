"""Magento's order and credit memos to canonical objects. Sources: the status tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from chalicelib.contract import Ref
from chalicelib.domain import order as model
from chalicelib.domain.order import Amounts, Order, Refund, RefundKind, RefundLine, RefundState, RefundStatus, Shipment, Status, gap
from chalicelib.errors import Permanent
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.floats import Money, money_in_floats
from chalicelib.toolkit.loose import Odd, ident
from chalicelib.toolkit.records import quick
from chalicelib.toolkit.texts import joined, text
from connectors.magento import status
from connectors.magento.lines import Row, lines, rows, shipped
from connectors.magento.payloads import Address, Extension, Invoice, Memo, OrderBody, Top
from connectors.magento.payloads import Shipment as ShipmentBody
from connectors.magento.values import KEY, READ, quantity

new_order, new_amounts = quick(Order), quick(Amounts)
new_buyer, new_ship_to = quick(model.Buyer), quick(model.ShipTo)
NOWHERE, NO_ATTRIBUTION, NO_EXTENSION = model.ShipTo(), model.Attribution(), Extension()
_ENDED = frozenset({RefundState.SUCCEEDED, RefundState.CLOSED, RefundState.REJECTED})


def order_and_refunds(
    body: OrderBody, beside: Top | None, ref: Ref, path: str, *, event_at: datetime | None = None
) -> Iterator[Order | Refund]:
    """The order, then its credit memos. `event_at`: the order is what an event told, then; what it leaves out is unknown."""
    for name in ("entity_id", "state", "order_currency_code", "grand_total"):
        if getattr(body, name) is None:
            raise READ.malformed("a required field is missing", f"{path}.{name}", ref.delivery_id)
    money = _money(body.order_currency_code, f"{path}.order_currency_code", ref)
    memos = beside.creditmemos if beside else None
    refunds = [to_refund(memo, ref, f"$.creditmemos[{index}]") for index, memo in enumerate(memos or ())]
    try:
        yield _order(body, beside, refunds, money, ref, event_at=event_at)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
    yield from refunds


def _money(currency: str | None, path: str, ref: Ref) -> Money:
    try:
        return money_in_floats(currency or "")
    except ValueError as error:
        raise READ.malformed(str(error), path, ref.delivery_id) from None


def _order(
    body: OrderBody, beside: Top | None, refunds: Sequence[Refund], money: Money, ref: Ref, *, event_at: datetime | None
) -> Order:
    account, found = ref.account, rows(body.items or ())
    cod = body.payment is not None and body.payment.method in status.COD
    life = _life(body, found, cod=cod, complete=account.options.get("complete"))
    told, items = lines(found, money)
    amounts = _amounts(body, money, items, life, partial=event_at is not None)
    open_refund = any(each.status == RefundState.APPROVED for each in refunds)
    sent = (beside.shipments if beside else None) or ()
    return new_order(
        merchant=account.merchant,
        platform=KEY,
        account=account.account,
        order_id=str(body.entity_id),
        order_no=ident(body.increment_id),
        status=life.value,
        platform_status=f"{body.state}/{body.status}" if body.status else body.state,
        refund_status=_refund_status(body, amounts, open_refund=open_refund),
        test=False,
        currency=body.order_currency_code or "",
        tax_included=False,
        amounts=amounts,
        placed_at=utc(body.created_at),
        paid_at=_first(beside.invoices if beside else None),
        shipped_at=_first(sent),
        delivered_at=None,
        completed_at=None,
        cancelled_at=None,
        updated_at=utc(body.updated_at) or event_at,
        buyer=_buyer(body),
        ship_to=_ship_to(body),
        lines=told,
        shipments=_shipments(sent),
        attribution=model.Attribution(coupons=(body.coupon_code,)) if body.coupon_code else NO_ATTRIBUTION,
        extra=_extra(body, amounts, cod=cod),
    )


def _life(body: OrderBody, found: Sequence[Row], *, cod: bool, complete: str | None) -> Status:
    state = body.state or ""
    if state == status.HOLD:
        state = body.hold_before_state or status.PROCESSING
    if state not in status.ORDER_STATE or state == status.HOLD:
        return Status.UNKNOWN
    if state == status.NEW and cod:
        return Status.PAID  # released to the shop: it waits for the parcel, not for the money
    if state == status.COMPLETE and complete == "completed":
        return Status.COMPLETED
    if body.status == status.FRAUD and state == status.PROCESSING:
        return Status.PENDING_PAYMENT
    settled = status.ORDER_STATE[state]
    if settled is not None:
        return settled
    gone = shipped(found)
    if state == status.CLOSED:
        return Status.PAID if gone is None else Status.SHIPPED
    return gone or Status.PAID


def _amounts(body: OrderBody, money: Money, items: int | None, life: Status, *, partial: bool) -> Amounts:
    """Without tax, in the order's currency. The order's discount holds that on shipping; gift cards and credit are payment."""

    def part(name: str) -> int | None:
        """One amount; what REST leaves out is 0, what an event leaves out is unknown."""
        found = money(getattr(body, name), name)
        return (None if partial else 0) if found is None else found

    off_shipping = abs(money(body.shipping_discount_amount, "shipping_discount_amount") or 0)
    discount, shipping, tax = part("discount_amount"), part("shipping_amount"), part("tax_amount")
    hidden = money(body.discount_tax_compensation_amount, "discount_tax_compensation_amount") or 0
    hidden += money(body.shipping_discount_tax_compensation_amount, "shipping_discount_tax_compensation_amount") or 0
    credit, due = _credit(body, money), money(body.grand_total, "grand_total") or 0
    subtotal = money(body.subtotal, "subtotal")
    return new_amounts(
        items=items if items is not None and body.items else subtotal,
        discount_seller=None if discount is None else abs(discount) - off_shipping,
        discount_platform=0,  # a shop of one's own: there is nobody else to give one
        shipping=None if shipping is None else shipping - off_shipping,
        tax=None if tax is None else tax + hidden,
        other=0,
        total=due + credit,
        paid=_paid(body, money, due, credit, life),
        refunded=part("total_refunded"),
    )


def _credit(body: OrderBody, money: Money) -> int:
    """Gift cards and store credit, which Adobe Commerce takes off the grand total."""
    beside = body.extension_attributes or NO_EXTENSION
    cards = body.gift_cards_amount if body.gift_cards_amount is not None else beside.gift_cards_amount
    balance = body.customer_balance_amount if body.customer_balance_amount is not None else beside.customer_balance_amount
    return abs(money(cards, "gift_cards_amount") or 0) + abs(money(balance, "customer_balance_amount") or 0)


def _paid(body: OrderBody, money: Money, due: int, credit: int, life: Status) -> int | None:
    paid = money(body.total_paid, "total_paid")
    if paid is not None:
        return paid + credit
    left = money(body.total_due, "total_due")
    if left is not None:
        return due - left + (credit if left < due or not due else 0)
    return 0 if life is Status.PENDING_PAYMENT or body.state == status.NEW else None


def _refund_status(body: OrderBody, amounts: Amounts, *, open_refund: bool) -> str:
    if body.state == status.CLOSED and not amounts.refunded:
        return RefundStatus.FULL.value if amounts.refunded is None else RefundStatus.NONE.value
    return model.refund_status(amounts.paid, amounts.refunded, open_refund).value


def _first(told: Sequence[Invoice | ShipmentBody] | None) -> datetime | None:
    return min((at for each in told or () if (at := utc(each.created_at))), default=None)


def _shipments(told: Sequence[ShipmentBody]) -> tuple[Shipment, ...]:
    return tuple(
        Shipment(text(track.title) or text(track.carrier_code), text(track.track_number), utc(each.created_at))
        for each in told
        for track in each.tracks or ()
        if text(track.track_number)
    )


def _buyer(body: OrderBody) -> model.Buyer:
    bill = body.billing_address or _address(body, "billing")
    name = joined(" ", body.customer_firstname, body.customer_lastname)
    if name is None and bill is not None:
        name = joined(" ", bill.firstname, bill.lastname)
    email = text(body.customer_email) or (text(bill.email) if bill else None)
    return new_buyer(ident(body.customer_id), None, name, email, text(bill.telephone) if bill else None)


def _address(body: OrderBody, kind: str) -> Address | None:
    return next((each for each in body.addresses or () if each.address_type == kind), None)


def _ship_to(body: OrderBody) -> model.ShipTo:
    """Where the first assignment goes; what is not sent goes where the bill goes."""
    assignments = (body.extension_attributes or NO_EXTENSION).shipping_assignments or ()
    to = next((each.shipping.address for each in assignments if each.shipping and each.shipping.address), None)
    to = to or _address(body, "shipping") or body.billing_address or _address(body, "billing")
    if to is None:
        return NOWHERE
    street = to.street.split("\n") if isinstance(to.street, str) else to.street or ()
    return new_ship_to(
        joined(" ", to.firstname, to.lastname),
        text(to.telephone),
        text(to.country_id),
        text(to.region),
        text(to.city),
        None,
        joined(", ", *street),
        text(to.postcode),
    )


def _extra(body: OrderBody, amounts: Amounts, *, cod: bool) -> dict[str, Any]:
    extra: dict[str, Any] = {"payment": "cod"} if cod else {}
    if body.state == status.HOLD:
        extra["on_hold"] = True
    if body.state == status.REVIEW or body.status == status.FRAUD:
        extra["payment_review"] = True
    if body.base_currency_code and body.base_currency_code != body.order_currency_code:
        extra["base_currency"] = body.base_currency_code
    if difference := gap(amounts, tax_included=False):
        extra["amounts_gap"] = difference
    return extra


def to_refund(memo: Memo, ref: Ref, path: str) -> Refund:
    """A credit memo. An unknown state is Permanent: whether money went back is never guessed."""
    if memo.entity_id is None or memo.order_id is None:
        missing = "order_id" if memo.entity_id is not None else "entity_id"
        raise READ.malformed("a credit memo without it", f"{path}.{missing}", ref.delivery_id)
    state = status.CREDITMEMO.get(_state(memo.state))
    if state is None:
        raise Permanent(
            "status-unmapped",
            "a state of credit memos that is not known",
            connector=KEY,
            path=f"{path}.state",
            delivery_id=ref.delivery_id,
        )
    money = _money(memo.order_currency_code, f"{path}.order_currency_code", ref)
    made, updated = utc(memo.created_at), utc(memo.updated_at)
    try:
        return Refund(
            merchant=ref.account.merchant,
            platform=KEY,
            account=ref.account.account,
            refund_id=str(memo.entity_id),
            order_id=str(memo.order_id),
            kind=RefundKind.REFUND,
            status=state,
            platform_status=ident(memo.state),
            amount=money(memo.grand_total, "grand_total"),
            currency=memo.order_currency_code,
            reason=None,
            lines=_memo_lines(memo, money),
            requested_at=made,
            closed_at=made if state in _ENDED else None,
            updated_at=updated or made,
        )
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _state(told: int | str | None) -> int:
    found = ident(told) or ""
    return int(found) if found.isascii() and found.isdigit() and len(found) < 4 else -1


def _memo_lines(memo: Memo, money: Money) -> tuple[RefundLine, ...]:
    """Rows with an amount: those of what a product is made of have none."""
    found = []
    for item in memo.items or ():
        line, net = ident(item.order_item_id), money(item.row_total, "items[...].row_total")
        if line is None or not net:
            continue
        tax = (money(item.tax_amount, "items[...].tax_amount") or 0) + (
            money(item.discount_tax_compensation_amount, "items[...].discount_tax_compensation_amount") or 0
        )
        pieces = quantity(item.qty, "items[...].qty")
        off = abs(money(item.discount_amount, "items[...].discount_amount") or 0)
        found.append(RefundLine(line, pieces if isinstance(pieces, int) else None, net + tax - off))
    return tuple(found)
