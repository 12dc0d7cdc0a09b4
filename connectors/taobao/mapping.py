"""Trades of Taobao and Tmall to the canonical order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.contract import Ref
from chalicelib.domain.order import Amounts, Attribution, Buyer, Line, Order, RefundStatus, Shipment, ShipTo, Status, earned, gap
from chalicelib.toolkit.beijing import moment
from chalicelib.toolkit.loose import Odd, column, fields, ident, number, plain, shown, summed, text, yes
from chalicelib.toolkit.records import quick
from connectors.taobao import status
from connectors.taobao.payloads import Line as Row
from connectors.taobao.payloads import Promotions, Trade
from connectors.taobao.values import CURRENCY, KEY, READ, yuan

# See chalicelib/toolkit/records.py.
new_order, new_amounts, new_line, new_shipment = quick(Order), quick(Amounts), quick(Line), quick(Shipment)
new_buyer, new_ship_to, new_attribution = quick(Buyer), quick(ShipTo), quick(Attribution)
NO_ATTRIBUTION = Attribution()
NONE, REQUESTED, PARTIAL, FULL = RefundStatus.NONE, RefundStatus.REQUESTED, RefundStatus.PARTIAL, RefundStatus.FULL
UNKNOWN, PENDING, COMPLETED, CANCELLED = Status.UNKNOWN, Status.PENDING_PAYMENT, Status.COMPLETED, Status.CANCELLED
CIPHERS = ("~", "$")  # how cipher text begins [memory]
NO_POSTCODE = "000000"
LINE_MONEY = ("price", "discount_fee", "adjust_fee", "part_mjz_discount", "divide_order_fee")
TRADE_MONEY = ("payment", "post_fee", "discount_fee", "adjust_fee", "order_tax_fee", "platform_subsidy_fee", "buyer_cod_fee")
Minor = int | None


class Money(NamedTuple):
    """What LINE_MONEY names, column by column, in fen. `divided` is what was paid for the line, whatever was taken off."""

    price: list[Minor]
    own: list[Minor]
    adjusted: list[Minor]
    share: list[Minor]
    divided: list[Minor]


def to_order(trade: Trade, ref: Ref, path: str) -> Order:
    """One trade; fen of CNY. Permanent with the path on a value that cannot be read."""
    try:
        return _order(trade, ref)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _order(trade: Trade, ref: Ref) -> Order:
    order_id = text(trade.tid_str) or ident(trade.tid)
    if order_id is None:
        raise Odd("a trade without an id", "tid")
    rows = _rows(trade)
    lines, money, unmapped = _lines(rows)
    state = _status(trade)
    cod = trade.type in status.CASH
    refunds = _whole([line.refund_status for line in lines])
    paid_at = None if cod else moment(trade.pay_time, "pay_time")
    ended_at = moment(trade.end_time, "end_time")
    amounts, tax_included, extra = _amounts(trade, lines, money, state, refunds, cod=cod, paid_at=paid_at)
    account = ref.account
    return new_order(
        account.merchant,
        KEY,
        account.account,
        order_id,
        order_id,
        state,
        trade.status,
        refunds,
        False,
        CURRENCY,
        tax_included,
        amounts,
        moment(trade.created, "created"),
        paid_at,
        moment(trade.consign_time, "consign_time"),
        None,
        ended_at if state is COMPLETED else None,
        ended_at if state is CANCELLED else None,
        moment(trade.modified, "modified"),
        _buyer(trade),
        _ship_to(trade),
        tuple(lines),
        _shipments(rows),
        _attribution(trade),
        extra | _notes(trade, rows, unmapped, cod=cod),
    )


def _rows(trade: Trade) -> list[Row]:
    rows = trade.orders if isinstance(trade.orders, list) else trade.orders.order if trade.orders else None
    if rows is None:
        raise Odd("a trade without lines", "orders")
    return rows


def _status(trade: Trade) -> Status:
    """A deposit that is paid while the rest is not is no payment, whatever the trade is called meanwhile."""
    state = status.TRADE_STATUS.get(trade.status or "", UNKNOWN)
    if trade.step_trade_status in status.STEP_UNPAID and state is not CANCELLED and state is not UNKNOWN:
        return PENDING
    return state


def _lines(rows: Sequence[Row]) -> tuple[list[Line], Money, list[str]]:
    """The lines, the columns of their money, and the refund words among them that are none we know."""
    try:
        money = Money(*[column(rows, name, yuan) for name in LINE_MONEY])
        quantities = [row.num if type(row.num) is int else _quantity(row, place) for place, row in enumerate(rows)]
    except Odd as odd:
        raise Odd(odd.detail, f"orders{odd.name}") from None
    lines: list[Line] = []
    unmapped: list[str] = []
    for row, quantity, price, own, adjusted, share, divided in zip(rows, quantities, *money, strict=True):
        line_id = row.oid_str or ident(row.oid)
        if line_id is None or quantity < 0:
            raise Odd("a line without an id or a quantity", f"orders[{len(lines)}].{'num' if line_id else 'oid'}")
        refund = NONE
        if row.refund_status not in status.NOT_ASKED:
            refund = _line_refund(row, unmapped)
        gross = total = discount = None
        if price is not None:
            gross = price * quantity
        if divided is not None and gross is not None:
            discount = gross - divided if divided < gross else 0
        elif own is not None or share is not None:
            discount = (own or 0) + (share or 0) + max(0, -(adjusted or 0))
        if gross is not None and discount is not None:
            total = gross - discount
        lines.append(
            new_line(
                line_id,
                str(product) if type(product := row.num_iid) is int and product else ident(product),
                sku if type(sku := row.sku_id) is str and len(sku) > 4 else ident(sku),
                row.outer_sku_id or row.outer_iid or None,
                row.title or None,
                quantity,
                price,
                discount,
                total,
                refund,
            )
        )
    return lines, money, unmapped


def _quantity(row: Row, place: int) -> int:
    try:
        found = number(row.num, "num")
    except Odd as odd:
        raise Odd(odd.detail, f"[{place}].num") from None
    if found is None:
        raise Odd("a line without a quantity", f"[{place}].num")
    return found


def _line_refund(row: Row, unmapped: list[str]) -> RefundStatus:
    """A refund that closed its line gave all of it back; of another one the line does not tell how much."""
    word = row.refund_status or ""
    state = status.REFUND_STATE.get(word)
    if state is None:
        unmapped.append(word)
    if row.refund_status == status.REFUNDED:
        return FULL if row.status == status.CLOSED_PAID else PARTIAL
    return NONE if state is None or row.refund_status in status.EXCHANGES else REQUESTED


def _whole(refunds: Sequence[str]) -> RefundStatus:
    states = set(refunds)
    if FULL in states or PARTIAL in states:
        return FULL if states == {FULL} else PARTIAL
    return REQUESTED if REQUESTED in states else NONE


def _amounts(
    trade: Trade,
    lines: Sequence[Line],
    money: Money,
    state: Status,
    refunds: RefundStatus,
    *,
    cod: bool,
    paid_at: datetime | None,
) -> tuple[Amounts, bool, dict[str, Any]]:
    """The shop bears discounts of lines and trade and what it takes off by hand; what it puts on is a charge of its own.

    The platform's share is only told as `platform_subsidy_fee`: where that is not told, it is 0 if the rest explains the payment.
    """
    total, shipping, trade_discount, trade_adjusted, tax, platform, cash_fee = fields(trade, TRADE_MONEY, yuan)
    items = summed([None if line.unit_price is None else line.unit_price * line.quantity for line in lines])
    changes = set(money.adjusted)
    adjusted = [trade_adjusted] if changes == {None} else money.adjusted if changes - {0} else []
    own = [one for one in money.own if one is not None]
    seller: Minor = None
    if trade_discount is not None or own:
        seller = (trade_discount or 0) + sum(own) + sum([-one for one in adjusted if one and one < 0])
    other = sum([one for one in adjusted if one and one > 0]) + ((cash_fee or 0) if cod else 0)

    def made(told: Minor, included: bool) -> tuple[Amounts, int | None]:
        refunded = 0 if refunds in (NONE, REQUESTED) else None
        found = new_amounts(
            items, seller, told, shipping, tax, other, total, _paid(trade, state, total, cod=cod, paid_at=paid_at), refunded
        )
        return found, gap(found, included)

    included = not tax or made(platform or 0, False)[1] != 0
    amounts, difference = made(platform or 0, included)
    if platform is None and difference != 0:
        amounts, difference = made(None, included)
    return amounts, included, {"amounts_gap": difference} if difference else {}


def _paid(trade: Trade, state: Status, total: Minor, *, cod: bool, paid_at: datetime | None) -> Minor:
    """What came in: the deposit while the rest is open; cash on delivery once the trade is finished."""
    if state is PENDING:
        deposit = trade.step_trade_status == status.STEP_DEPOSIT
        return fields(trade, ("step_paid_fee", "payment"), yuan)[0] if deposit else 0
    if cod:
        return total if state is COMPLETED else 0
    if earned(state) or paid_at is not None:
        return total
    return 0 if state is CANCELLED else None


def _buyer(trade: Trade) -> Buyer:
    """The id that stays the same for this application; the nick is mostly masked, and nothing else is told of who bought."""
    masked: list[str] = []
    encrypted: list[str] = []
    nick = plain("nickname", trade.buyer_nick, masked, encrypted, CIPHERS)
    return new_buyer(text(trade.buyer_open_uid) or text(trade.ouid), nick, masked=tuple(masked), encrypted=tuple(encrypted))


def _ship_to(trade: Trade) -> ShipTo:
    masked: list[str] = []
    encrypted: list[str] = []
    state = trade.receiver_state or None
    postcode = (trade.receiver_zip or "").strip()
    return new_ship_to(
        plain("name", trade.receiver_name, masked, encrypted, CIPHERS),
        plain("phone", trade.receiver_mobile or trade.receiver_phone, masked, encrypted, CIPHERS),
        status.COUNTRY.get(state or "", "CN"),
        state,
        trade.receiver_city or trade.receiver_district or None,
        trade.receiver_district or None,
        plain("address", trade.receiver_address, masked, encrypted, CIPHERS),
        None if postcode == NO_POSTCODE else shown("postcode", postcode, masked),
        tuple(masked),
        tuple(encrypted),
    )


def _shipments(rows: Sequence[Row]) -> tuple[Shipment, ...]:
    """One for each number: lines that went together share it."""
    told = dict.fromkeys([(row.logistics_company, row.invoice_no, row.consign_time) for row in rows if row.invoice_no])
    return tuple([new_shipment(text(carrier), code, moment(at, "orders.consign_time")) for carrier, code, at in told])


def _attribution(trade: Trade) -> Attribution:
    """The first terminal of `trade_from`, and the promotions that were applied."""
    promotions = trade.promotion_details
    rows = promotions.promotion_detail if isinstance(promotions, Promotions) else promotions
    used = tuple(dict.fromkeys([each.promotion_id for each in rows or () if each.promotion_id]))
    source = (trade.trade_from or "").partition(",")[0] or None
    return new_attribution(source, None, used, None) if source or used else NO_ATTRIBUTION


def _notes(trade: Trade, rows: Sequence[Row], unmapped: list[str], *, cod: bool) -> dict[str, Any]:
    notes: dict[str, Any] = {}
    if cod:
        notes["payment"] = "cod"
    if trade.step_trade_status:
        notes["presale"] = trade.step_trade_status
    if any([row.is_idle is not None and yes(row.is_idle) for row in rows]):  # noqa: C419  a generator is slower
        notes["channel"] = "xianyu"
    if unmapped:
        notes["aftersale_unmapped"] = sorted(set(unmapped))
    return notes
