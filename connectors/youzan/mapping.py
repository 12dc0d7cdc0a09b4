"""Orders of Youzan to the canonical model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.contract import Ref
from chalicelib.domain.order import (
    Amounts,
    Attribution,
    Buyer,
    Line,
    Order,
    RefundState,
    RefundStatus,
    Shipment,
    ShipTo,
    Status,
    earned,
    gap,
    refund_status,
)
from chalicelib.toolkit.beijing import moment
from chalicelib.toolkit.loose import Odd, column, ident, number, text, yes
from chalicelib.toolkit.records import quick
from connectors.youzan import status
from connectors.youzan.payloads import AddressInfo, BuyerInfo, Delivery, FullOrder, OrderInfo, PayInfo, Promotion, Row, Trade
from connectors.youzan.payloads import TradeRefund as Told
from connectors.youzan.values import CURRENCY, KEY, READ, count, exact, hidden, part, yuan

# See chalicelib/toolkit/records.py.
new_order, new_amounts, new_line, new_shipment = quick(Order), quick(Amounts), quick(Line), quick(Shipment)
new_buyer, new_ship_to, new_attribution = quick(Buyer), quick(ShipTo), quick(Attribution)
NOWHERE, NO_ATTRIBUTION, NOBODY = ShipTo(), Attribution(), Buyer()
NO_PAY, NO_PROMOTION, NO_HEAD = PayInfo(), Promotion(), OrderInfo()
NONE, REQUESTED, PARTIAL, FULL = RefundStatus.NONE, RefundStatus.REQUESTED, RefundStatus.PARTIAL, RefundStatus.FULL
UNKNOWN, PAID, SUCCEEDED = Status.UNKNOWN, Status.PAID, RefundState.SUCCEEDED
ALL_BACK = 12  # refund_state
OPEN = frozenset({RefundState.REQUESTED, RefundState.APPROVED})


def to_order(trade: Trade, ref: Ref, path: str) -> Order:
    """The order of a document. Permanent with the path on a value that cannot be read."""
    try:
        return _order(trade, ref)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _order(trade: Trade, ref: Ref) -> Order:
    full, head, tid = _head(trade)
    parcels = part(trade.delivery_order, "delivery_order") or ()
    refunds = part(trade.refund_order, "refund_order") or ()
    state = _status(head, parcels)
    code = number(head.refund_state, "full_order_info.order_info.refund_state")
    lines = _lines(part(full.orders, "full_order_info.orders") or (), refunds, all_back=code == ALL_BACK)
    amounts, extra = _amounts(trade, full, state, lines, refunds)
    account = ref.account
    address = part(full.address_info, "full_order_info.address_info")
    buyer = part(full.buyer_info, "full_order_info.buyer_info")
    return new_order(
        account.merchant,
        KEY,
        account.account,
        tid,
        tid,
        state,
        text(head.status),
        _refund_status(head, amounts, refunds),
        False,
        CURRENCY,
        True,
        amounts,
        moment(head.created, "full_order_info.order_info.created"),
        None if "payment" in extra else moment(head.pay_time, "full_order_info.order_info.pay_time"),
        moment(head.consign_time, "full_order_info.order_info.consign_time"),
        None,
        moment(head.success_time, "full_order_info.order_info.success_time"),
        None,
        moment(head.update_time, "full_order_info.order_info.update_time"),
        _buyer(buyer) if buyer else NOBODY,
        _ship_to(address) if address else NOWHERE,
        lines,
        _shipments(parcels) if parcels else (),
        _attribution(full),
        extra,
    )


def _head(trade: Trade) -> tuple[FullOrder, OrderInfo, str]:
    full = part(trade.full_order_info, "full_order_info")
    head = full.order_info if full else None
    if full is None or head is None:
        raise Odd("an order without its head", "full_order_info.order_info")
    tid = ident(head.tid)
    if tid is None:
        raise Odd("an order without an id", "full_order_info.order_info.tid")
    return full, head, tid


def _status(head: OrderInfo, parcels: Sequence[Delivery]) -> Status:
    state = status.ORDER_STATUS.get(head.status or "", UNKNOWN)
    if state is PAID and parcels and any([number(each.express_state, "delivery_order") == status.PART_SHIPPED for each in parcels]):  # noqa: C419
        return Status.PARTIALLY_SHIPPED
    return state


def _lines(rows: Sequence[Row], refunds: Sequence[Told], *, all_back: bool) -> tuple[Line, ...]:
    try:
        prices, paid, counts = column(rows, "price", exact), column(rows, "payment", exact), column(rows, "num", count)
    except Odd as odd:
        raise Odd(odd.detail, f"full_order_info.orders{odd.name}") from None
    claims = _claims(refunds) if refunds else {}
    found: list[Line] = []
    for row, price, pays, quantity in zip(rows, prices, paid, counts, strict=True):
        line_id, item_id, sku_id = row.oid, row.item_id, row.sku_id
        if type(line_id) is not str or len(line_id) < 5:  # what nearly every id is, is not read twice
            line_id = ident(line_id)
            if line_id is None:
                raise Odd("a position without an id", f"full_order_info.orders[{len(found)}].oid")
        found.append(
            new_line(
                line_id,
                str(item_id) if type(item_id) is int and item_id else ident(item_id),
                str(sku_id) if type(sku_id) is int and sku_id else ident(sku_id),
                row.outer_sku_id or row.outer_item_id or None,
                row.title or None,
                quantity,
                price,
                None if price is None or pays is None else price * quantity - pays,
                None if price is None else pays,
                FULL if all_back else _line_refund(claims[line_id], pays) if line_id in claims else NONE,
            )
        )
    return tuple(found)


Claim = tuple[int | None, RefundState | None, bool]  # fee, state, about this position alone


def _claims(refunds: Sequence[Told]) -> dict[str, list[Claim]]:
    """The refunds of every position."""
    found: dict[str, list[Claim]] = {}
    for index, told in enumerate(refunds):
        if exchanged(told):
            continue
        oids = part(told.oids, f"refund_order[{index}].oids") or ()
        fee, state = yuan(told.refund_fee, f"refund_order[{index}].refund_fee"), state_of(told, index)
        for each in oids:
            if (oid := ident(each.oid)) is not None:
                found.setdefault(oid, []).append((fee, state, len(oids) == 1))
    return found


def exchanged(told: Told) -> bool:
    """Whether goods come in the place of goods: no money goes back, whatever the fee says."""
    return text(told.refund_type) in status.EXCHANGES


def state_of(told: Told, index: int) -> RefundState | None:
    """The state of an element of `refund_order`; None for one that no table knows."""
    code = number(told.refund_state, f"refund_order[{index}].refund_state")
    return None if code is None else status.TRADE_REFUND.get(code)


def _line_refund(claims: Sequence[Claim], pays: int | None) -> RefundStatus:
    done = [fee for fee, state, alone in claims if state is SUCCEEDED and alone]
    if done and pays is not None and None not in done and sum([fee or 0 for fee in done]) >= pays:
        return FULL
    if any([state is SUCCEEDED for _, state, _ in claims]):  # noqa: C419
        return PARTIAL
    return REQUESTED if any([state in OPEN for _, state, _ in claims]) else NONE  # noqa: C419


def _amounts(
    trade: Trade, full: FullOrder, state: Status, lines: Sequence[Line], refunds: Sequence[Told]
) -> tuple[Amounts, dict[str, Any]]:
    """`payment` = goods - discounts + price change + freight. What the platform bears is not told apart."""
    head = full.order_info or NO_HEAD
    pay = part(full.pay_info, "full_order_info.pay_info") or NO_PAY
    promotion = part(trade.order_promotion, "order_promotion") or NO_PROMOTION
    total = yuan(pay.payment, "full_order_info.pay_info.payment")
    adjust = yuan(promotion.adjust_fee, "order_promotion.adjust_fee") or 0
    given = (yuan(promotion.order_discount_fee, "order_promotion.order_discount_fee") or 0) + (
        yuan(promotion.item_discount_fee, "order_promotion.item_discount_fee") or 0
    )
    cod = head.pay_type_str in status.CASH
    amounts = new_amounts(
        _items(lines),
        given - min(adjust, 0),
        0,
        yuan(pay.post_fee, "full_order_info.pay_info.post_fee") or 0,
        0,
        max(adjust, 0),
        total,
        _paid(head, state, total, cod=cod),
        _refunded(head, refunds),
    )
    extra: dict[str, Any] = {"payment": "cod"} if cod else {}
    difference = gap(amounts, True)
    if difference:
        extra["amounts_gap"] = difference
    deduction = number(pay.deduction_pay, "full_order_info.pay_info.deduction_pay")
    if deduction:
        extra["deduction_pay"] = deduction  # stored value, in cents: a payment, no discount
    tags = part(head.order_tags, "full_order_info.order_info.order_tags")
    if tags is not None and yes(tags.is_virtual):
        extra["virtual"] = True
    return amounts, extra


def _items(lines: Sequence[Line]) -> int | None:
    if not lines or None in [line.unit_price for line in lines]:
        return None
    return sum([(line.unit_price or 0) * line.quantity for line in lines])


def _paid(head: OrderInfo, state: Status, total: int | None, *, cod: bool) -> int | None:
    if cod:
        return total if state is Status.COMPLETED else 0
    if earned(state) or text(head.pay_time):
        return total
    return None if state is UNKNOWN else 0


def _refunded(head: OrderInfo, refunds: Sequence[Told]) -> int | None:
    """The sum of what succeeded; None where the order is refunded and does not tell how much."""
    code = number(head.refund_state, "full_order_info.order_info.refund_state")
    if not refunds and code == 0:
        return 0  # what nearly every order says
    done = [
        yuan(told.refund_fee, f"refund_order[{index}].refund_fee")
        for index, told in enumerate(refunds)
        if state_of(told, index) is SUCCEEDED and not exchanged(told)
    ]
    if None in done or (not done and (code is None or code in status.REFUNDED)):
        return None
    return sum([fee or 0 for fee in done])


def _refund_status(head: OrderInfo, amounts: Amounts, refunds: Sequence[Told]) -> RefundStatus:
    code = number(head.refund_state, "full_order_info.order_info.refund_state")
    if not refunds and code == 0:
        return NONE
    if amounts.refunded is None:
        return status.ORDER_REFUND.get(code or 0, NONE)
    asked = status.ORDER_REFUND.get(code or 0) is REQUESTED
    waiting = asked or any(
        [state_of(told, index) in OPEN for index, told in enumerate(refunds) if not exchanged(told)]  # noqa: C419
    )
    return refund_status(amounts.paid, amounts.refunded, waiting)


def _buyer(told: BuyerInfo) -> Buyer:
    masked: list[str] = []
    encrypted: list[str] = []
    phone = hidden("phone", told.buyer_phone, masked, encrypted)
    nickname = hidden("nickname", told.fans_nickname, masked, encrypted)
    return new_buyer(ident(told.yz_open_id) or ident(told.buyer_id), nickname, None, None, phone, tuple(masked), tuple(encrypted))


def _ship_to(told: AddressInfo) -> ShipTo:
    masked: list[str] = []
    encrypted: list[str] = []
    return new_ship_to(
        hidden("name", told.receiver_name, masked, encrypted),
        hidden("phone", told.receiver_tel, masked, encrypted),
        "CN",
        text(told.delivery_province),
        text(told.delivery_city),
        text(told.delivery_district),
        hidden("address", told.delivery_address, masked, encrypted),
        text(told.delivery_postal_code),
        tuple(masked),
        tuple(encrypted),
    )


def _shipments(parcels: Sequence[Delivery]) -> tuple[Shipment, ...]:
    found: list[Shipment] = []
    for index, parcel in enumerate(parcels):
        for dist in part(parcel.dists, f"delivery_order[{index}].dists") or ():
            express = part(dist.express_info, f"delivery_order[{index}].dists.express_info")
            tracking = ident(express.express_no) if express else None
            if express and tracking:
                at = moment(dist.create_time, f"delivery_order[{index}].dists.create_time")
                found.append(new_shipment(ident(express.express_id), tracking, at))
    return tuple(found)


def _attribution(full: FullOrder) -> Attribution:
    told = part(full.source_info, "full_order_info.source_info")
    origin = part(told.source, "full_order_info.source_info.source") if told else None
    source = text(origin.platform) if origin else None
    return new_attribution(source) if source else NO_ATTRIBUTION
