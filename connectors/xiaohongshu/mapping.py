"""Orders of Xiaohongshu to the canonical model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import Any

from chalicelib.contract import Ref
from chalicelib.domain.order import (
    Amounts,
    Buyer,
    Line,
    Order,
    RefundKind,
    RefundState,
    RefundStatus,
    Shipment,
    ShipTo,
    Status,
    earned,
    gap,
    refund_status,
)
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Id, Odd, epoch, ident, number, shown, text
from chalicelib.toolkit.records import quick
from connectors.xiaohongshu import status
from connectors.xiaohongshu.aftersales import amount_of, lines_of, state_of
from connectors.xiaohongshu.payloads import Aftersale, Detail, Sku
from connectors.xiaohongshu.payloads import Order as Told
from connectors.xiaohongshu.values import CURRENCY, KEY, READ, fen

# An order is many small records; see chalicelib/toolkit/records.py.
new_order, new_amounts, new_line, new_shipment = quick(Order), quick(Amounts), quick(Line), quick(Shipment)
new_buyer, new_ship_to = quick(Buyer), quick(ShipTo)
UNKNOWN, PENDING, CANCELLED, COMPLETED = Status.UNKNOWN, Status.PENDING_PAYMENT, Status.CANCELLED, Status.COMPLETED
NONE, REQUESTED = RefundStatus.NONE, RefundStatus.REQUESTED
FULL, PARTIAL = RefundStatus.FULL, RefundStatus.PARTIAL
_MOST = 10**9  # fen or pieces of one line; more is looked at closely
_SHORT = 5  # a word of this length means nothing but itself


def to_order(told: Told, aftersales: Sequence[Aftersale] | None, ref: Ref, path: str) -> Order:
    """`data` of the detail, with its after-sales where they were read; or a row of the list. Permanent with the path."""
    try:
        return _order(told, aftersales, ref)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _order(told: Told, aftersales: Sequence[Aftersale] | None, ref: Ref) -> Order:
    order_id = ident(told.order_id)
    if order_id is None:
        raise Odd("an order without an id", "orderId")
    code = number(told.order_status, "orderStatus")
    state = UNKNOWN if code is None else status.ORDER_STATUS.get(code, UNKNOWN)
    paid_at = _time(told.paid_time, "paidTime")
    lines, items, tax = _lines(told.sku_list or ())
    amounts, tax_included, extra = _amounts(told, items, tax)
    paid = _paid(told, amounts.total, state, paid=paid_at is not None)
    refunded, standing = _refunds(told, code, aftersales, paid)
    if aftersales:
        lines = _given_back(lines, aftersales)
    return new_order(
        ref.account.merchant,
        KEY,
        ref.account.account,
        order_id,
        order_id,
        state,
        text(told.order_status),
        standing,
        False,
        CURRENCY,
        tax_included,
        _settled(amounts, paid, refunded),
        _time(told.created_time, "createdTime"),
        paid_at,
        _time(told.delivery_time, "deliveryTime"),
        None,
        _time(told.finish_time, "finishTime") if state is COMPLETED else None,
        _time(told.cancel_time, "cancelTime") if state is CANCELLED else None,
        _time(told.update_time, "updateTime"),
        new_buyer(ident(told.user_id)),
        _ship_to(told),
        lines,
        _shipments(told),
        extra=extra | _notes(told),
    )


def _time(value: Id, name: str) -> datetime | None:
    return epoch(value, name) if value else None


def _lines(skus: Sequence[Sku]) -> tuple[tuple[Line, ...], int | None, int | None]:
    """The lines, what all pieces cost before any discount, and the tax on them. A child of a bundle is no line.

    A line is told by its own totals: what was paid and what came off, over all its pieces. Where pieces of one line cost
    differently, no single price is told.
    """
    if not skus:
        return (), None, None
    lines: list[Line] = []
    items, known, taxes = 0, True, 0
    for index, (sku, sku_id, line_id, figures) in enumerate(zip(skus, *_ids(skus), _figures(skus), strict=True)):
        pieces, paid, seller, platform, tax = figures
        taxes += tax
        code = sku.erpcode if type(sku.erpcode) is str and len(sku.erpcode) >= _SHORT else _code(sku, index)
        title = sku.sku_name or None
        if paid is None:
            known = False
            lines.append(new_line(line_id, None, sku_id, code, title, pieces, None, None, None, NONE))
            continue
        off = 0 if sku.sku_tag == status.GIFT and not paid else seller + platform
        gross = paid + off
        items += gross
        unit = gross // pieces if pieces and gross % pieces == 0 else None
        lines.append(new_line(line_id, None, sku_id, code, title, pieces, unit, off, paid, NONE))
    return tuple(lines), items if known else None, taxes


_FIGURES = attrgetter("sku_quantity", "total_paid_amount", "total_merchant_discount", "total_red_discount", "total_tax_amount")
Figures = tuple[int, int | None, int, int, int]


def _figures(skus: Sequence[Sku]) -> Sequence[Figures]:
    """Of every line: pieces, what was paid, what came off by both bearers, the tax."""
    rows: list[Figures] = list(map(_FIGURES, skus))
    flat: list[Any] = [*chain.from_iterable(rows)]
    if {*map(type, flat)} == {int} and min(flat) >= 0 and max(flat) < _MOST:
        return rows  # what nearly every order is
    return [_read(sku, index) for index, sku in enumerate(skus)]


def _read(sku: Sku, index: int) -> Figures:
    try:
        pieces = number(sku.sku_quantity, "skuQuantity")
        if pieces is None or not 0 <= pieces < _MOST:
            raise Odd("expected a quantity", "skuQuantity")
        return (
            pieces,
            fen(sku.total_paid_amount, "totalPaidAmount"),
            fen(sku.total_merchant_discount, "totalMerchantDiscount") or 0,
            fen(sku.total_red_discount, "totalRedDiscount") or 0,
            fen(sku.total_tax_amount, "totalTaxAmount") or 0,
        )
    except Odd as odd:
        raise odd.below(f"skuList[{index}]") from None


def _ids(skus: Sequence[Sku]) -> tuple[list[str], list[str]]:
    """The SKU of every line, and the line's own id: the SKU, with its place where a gift has the same."""
    found = [
        sku.sku_id if type(sku.sku_id) is str and len(sku.sku_id) >= _SHORT else _named(sku, at) for at, sku in enumerate(skus)
    ]
    if len({*found}) == len(found):
        return found, found
    return found, [each if each not in found[:at] else f"{each}-{at + 1}" for at, each in enumerate(found)]


def _named(sku: Sku, index: int) -> str:
    found = ident(sku.sku_id)
    if found is None:
        raise Odd("a line without an id", f"skuList[{index}].skuId")
    return found


def _code(sku: Sku, index: int) -> str | None:
    """The merchant's code; where the line names none, that of the one piece that it is made of."""
    if code := text(sku.erpcode):
        return code
    raw = bytes(sku.sku_detail_list)
    try:
        details = READ.decode(list[Detail], raw, None) if raw[:1] == b"[" else []
    except Permanent as error:
        raise Odd(error.detail, f"skuList[{index}].skuDetailList") from None
    return text(details[0].erp_code) if len(details) == 1 else None


def _amounts(told: Told, items: int | None, tax: int | None) -> tuple[Amounts, bool, dict[str, Any]]:
    """The parts; prices hold the tax unless the figures prove otherwise (cross-border orders)."""
    amounts = new_amounts(
        items,
        fen(told.total_merchant_discount, "totalMerchantDiscount"),
        fen(told.total_red_discount, "totalRedDiscount"),
        fen(told.total_shipping_free, "totalShippingFree"),
        tax,
        0,
        fen(told.total_pay_amount, "totalPayAmount"),
    )
    included = not (tax and gap(amounts, True) and gap(amounts, False) == 0)
    difference = gap(amounts, included)
    return amounts, included, {"amounts_gap": difference} if difference else {}


def _settled(amounts: Amounts, paid: int | None, refunded: int | None) -> Amounts:
    return new_amounts(
        amounts.items,
        amounts.discount_seller,
        amounts.discount_platform,
        amounts.shipping,
        amounts.tax,
        amounts.other,
        amounts.total,
        paid,
        refunded,
    )


def _paid(told: Told, total: int | None, state: Status, *, paid: bool) -> int | None:
    """What is captured: of a deposit order that waits for the rest, the deposit once a payment is told."""
    if state is PENDING:
        return (_deposit(told) or 0) if paid and number(told.order_type, "orderType") == status.DEPOSIT_SALE else 0
    if paid or earned(state):
        return total
    return 0 if state is CANCELLED else None


def _deposit(told: Told) -> int | None:
    detail = fen(told.total_deposit_amount_total, "totalDepositAmountTotal")
    return fen(told.total_deposit_amount, "totalDepositAmount") if detail is None else detail


def _refunds(
    told: Told, code: int | None, aftersales: Sequence[Aftersale] | None, paid: int | None
) -> tuple[int | None, RefundStatus]:
    """What went back by the after-sales themselves; an order alone only tells how they stand, in one number for all."""
    if aftersales is None:
        standing = status.AFTERSALES.get(number(told.order_after_sales_status, "orderAfterSalesStatus") or 0, NONE)
        if code == status.CLOSED and paid:
            standing = FULL
        return (None if standing in (FULL, PARTIAL) else 0), standing
    back: int | None = 0
    requested = False
    for index, one in enumerate(aftersales):
        try:
            kind, state = state_of(one)
            if kind is None or kind is RefundKind.EXCHANGE:
                continue
            if state is RefundState.SUCCEEDED:
                amount = amount_of(one, kind, state)
                back = None if back is None or amount is None else back + amount
        except Odd as odd:
            raise odd.below(f"aftersales[{index}]") from None
        requested = requested or state in status.OPEN
    return back, PARTIAL if back is None else refund_status(paid, back, requested)


def _given_back(lines: tuple[Line, ...], aftersales: Sequence[Aftersale]) -> tuple[Line, ...]:
    """The lines with how far each was given back, by the after-sales that name it: all of it by pieces and by money, or part."""
    back: dict[str, tuple[int, int]] = {}
    requested: set[str] = set()
    for index, one in enumerate(aftersales):
        try:
            kind, state = state_of(one)
            if kind is None or kind is RefundKind.EXCHANGE:
                continue
            for line in lines_of(one.skus or (), kind):
                if state is RefundState.SUCCEEDED:
                    pieces, money = back.get(line.line_id, (0, 0))
                    back[line.line_id] = pieces + (line.quantity or 0), money + (line.amount or 0)
                elif state in status.OPEN:
                    requested.add(line.line_id)
        except Odd as odd:
            raise odd.below(f"aftersales[{index}]") from None
    return tuple([_standing(line, _far(line, back.get(line.line_id), line.line_id in requested)) for line in lines])


def _standing(line: Line, far: RefundStatus) -> Line:
    named = (line.line_id, line.product_id, line.sku, line.merchant_sku, line.title)
    return line if far is NONE else new_line(*named, line.quantity, line.unit_price, line.discount, line.total, far)


def _far(line: Line, back: tuple[int, int] | None, requested: bool) -> RefundStatus:
    if back is None:
        return REQUESTED if requested else NONE
    return FULL if back[0] >= line.quantity and back[1] >= (line.total or 0) else PARTIAL


def _ship_to(told: Told) -> ShipTo:
    """Places in clear. Who, where exactly and by which number is told masked, or behind `openAddressId` only."""
    masked: list[str] = []
    name = shown("name", told.receiver_name, masked)
    phone = shown("phone", told.receiver_phone, masked)
    address = shown("address", told.receiver_address, masked)
    hidden: tuple[str, ...] = ()
    if told.open_address_id:
        plain = (("name", name), ("phone", phone), ("address", address))
        hidden = tuple([key for key, value in plain if value is None and key not in masked])
    country = told.receiver_country_id or "CN"
    return new_ship_to(
        name,
        phone,
        country if len(country) == 2 and country.isascii() and country.isupper() else None,
        text(told.receiver_province_name),
        text(told.receiver_city_name),
        text(told.receiver_district_name),
        address,
        None,
        tuple(masked),
        hidden,
    )


def _shipments(told: Told) -> tuple[Shipment, ...]:
    """The packages of a split order; else the one of the order."""
    packages = [(one.express_company_code, one.express_tracking_no) for one in told.simple_delivery_order_list or ()]
    packages = packages or [(told.express_company_code, told.express_tracking_no)]
    found = dict.fromkeys([(text(carrier), code) for carrier, number_ in packages if (code := ident(number_))])
    return tuple([new_shipment(carrier, code) for carrier, code in found])


def _notes(told: Told) -> dict[str, Any]:
    kind = number(told.order_type, "orderType")
    notes: dict[str, Any] = {}
    if deposit := _deposit(told):
        notes["deposit"] = deposit
    if kind == status.RESHIPPED and (original := ident(told.original_order_id)):
        notes["replaces"] = original
    return notes
