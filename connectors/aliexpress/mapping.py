"""Orders of AliExpress to the canonical model, and the refunds that stand in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from chalicelib.contract import Ref
from chalicelib.domain.order import (
    Amounts,
    Buyer,
    Line,
    Order,
    Refund,
    RefundKind,
    RefundLine,
    RefundState,
    RefundStatus,
    Shipment,
    ShipTo,
    Status,
    earned,
    gap,
)
from chalicelib.domain.order import refund_status as by_amounts
from chalicelib.toolkit.loose import Odd, exact_in, ident, number, shown, text
from chalicelib.toolkit.records import quick
from connectors.aliexpress import status
from connectors.aliexpress.payloads import Address, Child, Parcel, RefundInfo
from connectors.aliexpress.payloads import Order as Told
from connectors.aliexpress.values import KEY, READ, moment, money, rows

# See chalicelib/toolkit/records.py.
new_order, new_amounts, new_line, new_shipment = quick(Order), quick(Amounts), quick(Line), quick(Shipment)
new_buyer, new_ship_to = quick(Buyer), quick(ShipTo)
NOWHERE = ShipTo()
UNKNOWN, CANCELLED, PENDING = Status.UNKNOWN, Status.CANCELLED, Status.PENDING_PAYMENT
_ENDED = (RefundState.SUCCEEDED, RefundState.CLOSED)


def to_canonical(told: Told, ref: Ref, path: str) -> Iterator[Order | Refund]:
    """The order, then the refunds of its lines, or its own. Permanent with the path on a value that cannot be read."""
    try:
        currency = _currency(told)
        refunds = tuple(_refunds(told, currency, ref))
        yield _order(told, currency, refunds, ref)
        yield from refunds
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _currency(told: Told) -> str:
    for name, amount in (("order_amount", told.order_amount), ("pay_amount", told.pay_amount)):
        if amount is not None and amount.currency_code:
            try:
                exact_in(amount.currency_code)
            except ValueError as error:
                raise Odd(str(error), f"{name}.currency_code") from None
            return amount.currency_code
    raise Odd("an order without an amount", "order_amount")


def _id(told: Told) -> str:
    order_id = ident(told.id) or ident(told.order_id)
    if order_id is None:
        raise Odd("an order without an id", "id")
    return order_id


def _order(told: Told, currency: str, refunds: Sequence[Refund], ref: Ref) -> Order:
    order_id, children, parcels = _id(told), _children(told), rows(told.logistic_info_list)
    state = _status(told, parcels)
    lines = tuple([_line(child, place, currency) for place, child in enumerate(children)])
    amounts, extra = _amounts(told, lines, children, state=state, refunds=refunds, currency=currency)
    account = ref.account
    paid_at = moment(told.gmt_pay_success or told.gmt_pay_time, "gmt_pay_success")
    ended_at = moment(told.gmt_trade_end, "gmt_trade_end")
    shipments = tuple([_shipment(parcel, place) for place, parcel in enumerate(parcels) if ident(parcel.logistics_no)])
    return new_order(
        account.merchant,
        KEY,
        account.account,
        order_id,
        order_id,
        state,
        text(told.order_status),
        _refund_status(told, amounts, refunds),
        told.biz_type in status.TEST_KINDS,
        currency,
        None,
        amounts,
        moment(told.gmt_create, "gmt_create"),
        paid_at,
        min([one.shipped_at for one in shipments if one.shipped_at], default=None),
        _delivered_at(shipments),
        ended_at if state is Status.COMPLETED else None,
        ended_at if state is CANCELLED else None,
        moment(told.gmt_modified or told.gmt_update, "gmt_modified"),
        _buyer(told),
        _ship_to(told.receipt_address) if told.receipt_address else NOWHERE,
        lines,
        shipments,
        extra=extra,
    )


def _children(told: Told) -> list[Child]:
    return rows(told.child_order_list) or rows(told.product_list)


def _status(told: Told, parcels: Sequence[Parcel]) -> Status:
    word = told.order_status or ""
    if word in status.BY_FUNDS:
        return Status.PAID if told.fund_status == status.PAID else PENDING
    if word in status.ENDED:
        return _ending(told)
    disputed = word in status.BY_LOGISTICS
    state = status.LOGISTICS.get(told.logistics_status or "", UNKNOWN) if disputed else status.ORDER_STATUS.get(word, UNKNOWN)
    if state is Status.SHIPPED and parcels and all(parcel.receive_status == status.RECEIVED for parcel in parcels):
        return Status.DELIVERED
    return state


def _ending(told: Told) -> Status:
    """An order that is over ended well or not: its reason says, else whether the goods were accepted or never paid for."""
    reason = (told.order_end_reason or told.end_reason or "").lower()
    if any(word in reason for word in status.DONE_WORDS) or told.logistics_status == status.ACCEPTED:
        return Status.COMPLETED
    if any(word in reason for word in status.VOID_WORDS) or told.fund_status == status.NOT_PAID:
        return CANCELLED
    return UNKNOWN


def _line(child: Child, place: int, currency: str) -> Line:
    """A line. Nothing that comes off an order is allotted to its lines: it stays on the order."""
    name = f"lines[{place}]"
    line_id, quantity = ident(child.id) or ident(child.child_id), number(child.product_count, f"{name}.product_count")
    if line_id is None or quantity is None or quantity < 0:
        raise Odd("a line without an id or a quantity", f"{name}.{'id' if line_id is None else 'product_count'}")
    price = money(child.product_price or child.product_unit_price, currency, f"{name}.product_price")
    refund, issue = child.refund_info, child.issue_status == status.IN_ISSUE
    cost = None if price is None else price * quantity
    if refund is not None and status.REFUND_STATE.get(refund.refund_status or "") is RefundState.SUCCEEDED:
        back = _refunded(cost, _cash(refund, currency, f"{name}.refund_info"), issue)
    else:
        back = by_amounts(cost, 0, issue)
    return new_line(
        line_id,
        ident(child.product_id),
        text(child.sku_code),
        text(child.sku_code),
        child.product_name or None,
        quantity,
        price,
        0,
        cost,
        back,
    )


def _refunded(cost: int | None, cash: int | None, asked: bool) -> RefundStatus:
    """How far something is refunded of which money went back: where nobody tells how much, only that it is in part is sure."""
    return RefundStatus.PARTIAL if cash is None else by_amounts(cost, cash, asked)


def _cash(info: RefundInfo, currency: str, name: str) -> int | None:
    """Money alone: a coupon that is given back was never paid."""
    return money(info.refund_cash_amt, currency, f"{name}.refund_cash_amt")


def _amounts(
    told: Told, lines: Sequence[Line], children: Sequence[Child], *, state: Status, refunds: Sequence[Refund], currency: str
) -> tuple[Amounts, dict[str, Any]]:
    """Goods, shipping and total are told; of a discount only the sum, not who bears it."""
    items: int | None = 0 if lines else None
    for line in lines:
        items = None if items is None or line.unit_price is None else items + line.unit_price * line.quantity
    total = money(told.order_amount or told.pay_amount, currency, "order_amount")
    shipping = _shipping(told, children, currency)
    off = None if items is None or shipping is None or total is None else items + shipping - total
    none = 0 if off == 0 else None
    came = total if told.fund_status == status.PAID or earned(state) else 0 if state in (PENDING, CANCELLED) else None
    back = [refund.amount for refund in refunds if refund.status is RefundState.SUCCEEDED]
    amounts = new_amounts(items, none, none, shipping, None, 0, total, came, None if None in back else sum(filter(None, back)))
    extra: dict[str, Any] = {"discount": off} if off and off > 0 else {}
    if told.settlement_currency:
        extra["settlement_currency"] = told.settlement_currency
    if told.order_status == status.IN_CANCEL:
        extra["cancel_requested"] = True
    return amounts, extra | ({"amounts_gap": difference} if (difference := gap(amounts, None)) else {})


def _shipping(told: Told, children: Sequence[Child], currency: str) -> int | None:
    if told.logistics_amount is not None:
        return money(told.logistics_amount, currency, "logistics_amount")
    parts = [money(child.logistics_amount, currency, f"lines[{place}].logistics_amount") for place, child in enumerate(children)]
    return sum([part or 0 for part in parts]) if parts and None not in parts else None


def _refund_status(told: Told, amounts: Amounts, refunds: Sequence[Refund]) -> RefundStatus:
    pending = any(refund.status in (RefundState.REQUESTED, RefundState.APPROVED) for refund in refunds)
    asked = pending or told.issue_status == status.IN_ISSUE or told.order_status in (status.IN_ISSUE, status.IN_CANCEL)
    if any(refund.status is RefundState.SUCCEEDED for refund in refunds):
        return _refunded(amounts.paid, amounts.refunded, asked)
    return by_amounts(amounts.paid, amounts.refunded, asked)


def _refunds(told: Told, currency: str, ref: Ref) -> Iterator[Refund]:
    """One for each line that tells of one; where none does, the order's own."""
    order_id, found = _id(told), False
    for place, child in enumerate(_children(told)):
        line_id = ident(child.id) or ident(child.child_id)
        if child.refund_info is not None and child.refund_info.refund_status and line_id:
            found = True
            yield _refund(child.refund_info, order_id, line_id, currency, f"lines[{place}].refund_info", ref)
    if not found and told.refund_info is not None and told.refund_info.refund_status:
        yield _refund(told.refund_info, order_id, None, currency, "refund_info", ref)


def _refund(info: RefundInfo, order_id: str, line_id: str | None, currency: str, name: str, ref: Ref) -> Refund:  # noqa: PLR0917
    """The platform gives a refund no id: it is the line's, else the order's. A state of another name is Odd, never guessed."""
    state = status.REFUND_STATE.get(info.refund_status or "")
    if state is None:
        raise Odd("a refund status that is not known", f"{name}.refund_status")
    at, amount = moment(info.refund_time, f"{name}.refund_time"), _cash(info, currency, name)
    return Refund(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        refund_id=line_id or order_id,
        order_id=order_id,
        kind=RefundKind.REFUND,
        status=state,
        platform_status=info.refund_status,
        amount=amount,
        currency=currency,
        reason=text(info.refund_reason),
        lines=(RefundLine(line_id, None, amount),) if line_id else (),
        requested_at=None,
        closed_at=at if state in _ENDED else None,
        updated_at=at,
    )


def _shipment(parcel: Parcel, place: int) -> Shipment:
    name = f"logistic_info_list[{place}]"
    return new_shipment(
        text(parcel.logistics_service_name),
        ident(parcel.logistics_no),
        moment(parcel.gmt_send, f"{name}.gmt_send"),
        moment(parcel.gmt_received, f"{name}.gmt_received") if parcel.receive_status == status.RECEIVED else None,
    )


def _delivered_at(shipments: Sequence[Shipment]) -> datetime | None:
    """When the last parcel arrived; None while one is under way."""
    times = [one.delivered_at for one in shipments]
    return max([at for at in times if at], default=None) if None not in times else None


def _buyer(told: Told) -> Buyer:
    masked: list[str] = []
    person = told.buyer_info
    login = told.buyerloginid or told.buyer_login_id or (person.login_id if person else None)
    first, last = (text(person.first_name), text(person.last_name)) if person else (None, None)
    name = shown("name", f"{first} {last}" if first and last else first or last, masked)
    return new_buyer(None if login and "*" in login else text(login), None, name, None, None, tuple(masked))


def _ship_to(address: Address) -> ShipTo:
    masked: list[str] = []
    country = address.country or ""
    mobile, prefix = text(address.mobile_no), text(address.phone_country)
    lines = [line for line in (text(address.detail_address), text(address.address2)) if line]
    return new_ship_to(
        shown("name", address.contact_person, masked),
        shown("phone", f"{prefix} {mobile}" if prefix and mobile else mobile, masked),
        country if len(country) == 2 and country.isascii() and country.isupper() else None,
        shown("province", address.province, masked),
        shown("city", address.city, masked),
        None,
        shown("address", ", ".join(lines), masked),
        shown("postcode", text(address.zip), masked),
        tuple(masked),
    )
