"""Orders of 1688 to the canonical model."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
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
from chalicelib.toolkit.loose import Odd, ident, number, shown, text
from chalicelib.toolkit.records import quick
from connectors.alibaba1688 import status
from connectors.alibaba1688.payloads import BaseInfo, Item, Logistics
from connectors.alibaba1688.payloads import Order as Told
from connectors.alibaba1688.values import CURRENCIES, KEY, READ, moment, quantity, yuan

# See chalicelib/toolkit/records.py.
new_order, new_amounts, new_line, new_shipment = quick(Order), quick(Amounts), quick(Line), quick(Shipment)
new_buyer, new_ship_to = quick(Buyer), quick(ShipTo)
NOWHERE, NO_ATTRIBUTION, NO_LOGISTICS = ShipTo(), Attribution(), Logistics()
NONE, REQUESTED, PARTIAL, FULL = RefundStatus.NONE, RefundStatus.REQUESTED, RefundStatus.PARTIAL, RefundStatus.FULL
UNKNOWN, PENDING, PAID, COMPLETED = Status.UNKNOWN, Status.PENDING_PAYMENT, Status.PAID, Status.COMPLETED
OPEN = frozenset({RefundState.REQUESTED, RefundState.APPROVED})
SUCCEEDED = RefundState.SUCCEEDED
MANY = 10**9


def to_order(told: Told, ref: Ref, path: str, *, part_sent: bool = False, view: str | None = None) -> Order:
    """The order. `part_sent`: a push said that a part was sent. Permanent with the path on a value that cannot be read."""
    try:
        return _order(told, ref, part_sent, view)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def order_id_of(base: BaseInfo | None) -> str | None:
    """The id as text; the number beside it is rounded in some answers."""
    return (ident(base.idOfStr) or ident(base.id)) if base else None


def _order(told: Told, ref: Ref, part_sent: bool, view: str | None) -> Order:
    base, order_id, currency = _head(told)
    items = told.productItems or ()
    state = _status(base, items, part_sent)
    lines, extra = _lines(items)
    amounts = _amounts(base, lines, state)
    difference = gap(amounts, True)
    if difference:
        extra["amounts_gap"] = difference
    if view == "buyer":
        extra["view"] = view  # a purchase of the merchant's own
    account = ref.account
    logistics = told.nativeLogistics or NO_LOGISTICS
    return new_order(
        account.merchant,
        KEY,
        account.account,
        order_id,
        order_id,
        state,
        text(base.status),
        _refund_status(base, amounts),
        False,
        currency,
        True,
        amounts,
        moment(base.createTime, "baseInfo.createTime"),
        moment(base.payTime, "baseInfo.payTime"),
        moment(base.allDeliveredTime, "baseInfo.allDeliveredTime"),
        moment(base.receivingTime, "baseInfo.receivingTime"),
        moment(base.completeTime, "baseInfo.completeTime") if state is COMPLETED else None,
        None,
        moment(base.modifyTime, "baseInfo.modifyTime"),
        _buyer(base),
        _ship_to(base, logistics),
        lines,
        _shipments(logistics) if logistics.logisticsItems else (),
        NO_ATTRIBUTION,
        extra,
    )


def _head(told: Told) -> tuple[BaseInfo, str, str]:
    base, order_id = told.baseInfo, order_id_of(told.baseInfo)
    if base is None or order_id is None:
        raise Odd("an order without an id", "baseInfo.idOfStr")
    currency = CURRENCIES.get(base.currency or "", base.currency or "CNY")
    if currency != "CNY":
        raise Odd("an order in another currency than CNY", "baseInfo.currency")
    return base, order_id, currency


def _status(base: BaseInfo, items: Sequence[Item], part_sent: bool) -> Status:
    state = status.ORDER_STATUS.get(base.status or "", UNKNOWN)
    if state is PAID and (part_sent or any([each.logisticsStatus in status.SENT for each in items])):  # noqa: C419
        return Status.PARTIALLY_SHIPPED
    return state


def _lines(items: Sequence[Item]) -> tuple[tuple[Line, ...], dict[str, Any]]:
    """The lines. One that is sold by a fraction of its unit is one piece at the price of all; `extra.quantities` has the figure."""
    found: list[Line] = []
    odd_counts: dict[str, str] = {}
    try:
        for item in items:
            found.append(_line(item, odd_counts))
    except Odd as odd:
        raise odd.below(f"productItems[{len(found)}]") from None
    return tuple(found), {"quantities": odd_counts} if odd_counts else {}


def _line(item: Item, odd_counts: dict[str, str]) -> Line:
    line_id = item.subItemIDString
    if type(line_id) is not str or len(line_id) < 5:  # what nearly every id is, is not read twice
        line_id = ident(line_id) or ident(item.subItemID)
        if line_id is None:
            raise Odd("a position without an id", "subItemIDString")
    price, net, pieces = yuan(item.price, "price"), yuan(item.itemAmount, "itemAmount"), item.quantity
    if type(pieces) is not int or not 0 <= pieces < MANY:
        pieces = _pieces(item)
        if isinstance(pieces, Decimal):
            odd_counts[line_id] = f"{pieces:f} {item.unit}" if item.unit else f"{pieces:f}"
            price, pieces = _whole(price, pieces), 1
    return new_line(
        line_id,
        str(product) if type(product := item.productID) is int and product else ident(product),
        str(sku) if type(sku := item.skuID) is int and sku else ident(sku),
        item.cargoNumber or item.productCargoNumber or None,
        item.name or None,
        pieces,
        price,
        None if price is None or net is None else price * pieces - net,
        net,
        _line_refund(item, net) if item.refundStatus else NONE,
    )


def _pieces(item: Item) -> int | Decimal:
    try:
        return quantity(item.quantity)
    except ValueError as error:
        raise Odd(str(error), "quantity") from None


def _whole(price: int | None, amount: Decimal) -> int | None:
    """What a fraction of a unit costs, where that is exact in fen; None otherwise, never rounded."""
    cost = None if price is None else price * amount
    return int(cost) if cost is not None and cost == cost.to_integral_value() else None


def refund_word(value: str | None) -> RefundState | None:
    """A state in either spelling; None for none, and for one that no table knows."""
    return status.REFUND_STATE.get(value.lower().replace("_", "")) if value else None


def _line_refund(item: Item, net: int | None) -> RefundStatus:
    state = refund_word(item.refundStatus)
    if state is SUCCEEDED:
        back = yuan(item.refund, "refund")
        return PARTIAL if back is None or net is None or back < net else FULL
    return REQUESTED if state in OPEN else NONE


def _amounts(base: BaseInfo, lines: Sequence[Line], state: Status) -> Amounts:
    """Who bears a discount is not told: it is the seller's, as the lines fall short of their prices."""
    costs = [None if line.unit_price is None else line.unit_price * line.quantity for line in lines]
    goods = (
        yuan(base.sumProductPayment, "baseInfo.sumProductPayment") if None in costs or not lines else sum([c or 0 for c in costs])
    )
    nets = [line.total for line in lines]
    net = None if None in nets or not lines else sum([each or 0 for each in nets])
    total = yuan(base.totalAmount, "baseInfo.totalAmount")
    return new_amounts(
        goods,
        None if goods is None or net is None else goods - net,
        0,
        yuan(base.shippingFee, "baseInfo.shippingFee"),
        0,
        0,
        total,
        _paid(base, state, total),
        _refunded(base),
    )


def _paid(base: BaseInfo, state: Status, total: int | None) -> int | None:
    """All once it is paid; of an order paid in steps nobody tells here how much came in before the last."""
    if earned(state):
        return total
    if state is PENDING:
        return None if text(base.payTime) else 0
    if text(base.payTime):
        return total
    return None if state is UNKNOWN else 0


def _states(base: BaseInfo) -> tuple[RefundState | None, RefundState | None]:
    """How its refunds stand, before and after the buyer received the goods."""
    return refund_word(base.refundStatus), refund_word(base.refundStatusForAs)


def _refunded(base: BaseInfo) -> int | None:
    """Cents that went back. While a refund is open its amount may be what is asked for, so nothing is claimed."""
    cents = number(base.refundPayment, "baseInfo.refundPayment")
    back = yuan(base.refund, "baseInfo.refund")
    if SUCCEEDED in _states(base):
        return cents or back
    return None if cents or back else 0


def _refund_status(base: BaseInfo, amounts: Amounts) -> RefundStatus:
    states = _states(base)
    waiting = not OPEN.isdisjoint(states)
    if amounts.refunded is None:
        return PARTIAL if SUCCEEDED in states else REQUESTED if waiting else NONE
    return refund_status(amounts.paid, amounts.refunded, waiting)


def _buyer(base: BaseInfo) -> Buyer:
    masked: list[str] = []
    contact = base.buyerContact
    name = shown("name", contact.name, masked) if contact else None
    phone = shown("phone", contact.mobile or contact.phone, masked) if contact else None
    return new_buyer(ident(base.buyerID), shown("nickname", base.buyerLoginId, masked), name, None, phone, tuple(masked))


def _ship_to(base: BaseInfo, logistics: Logistics) -> ShipTo:
    """Where it goes. Orders that come from another marketplace have cipher text in place of the receiver."""
    receiver = base.receiverInfo
    masked: list[str] = []
    name = shown("name", logistics.contactPerson or (receiver.toFullName if receiver else None), masked)
    phone = shown("phone", logistics.mobile or (receiver.toMobile if receiver else None), masked)
    address = shown("address", _address(logistics) or (receiver.toArea if receiver else None), masked)
    hidden = base.caid or logistics.caid or base.encryptOutOrderInfo
    encrypted = ("name", "phone", "address") if hidden and not (name or phone) else ()
    if not encrypted and receiver is None and name is None and phone is None and address is None and not logistics.province:
        return NOWHERE if not masked else new_ship_to(masked=tuple(masked))
    return new_ship_to(
        name,
        phone,
        "CN",
        text(logistics.province),
        text(logistics.city),
        text(logistics.area),
        None if encrypted else address,
        ident(logistics.zip) or (ident(receiver.toPost) if receiver else None),
        tuple(masked),
        encrypted,
    )


def _address(logistics: Logistics) -> str | None:
    town, street = text(logistics.town), text(logistics.address)
    return f"{town} {street}" if town and street else street


def _shipments(logistics: Logistics) -> tuple[Shipment, ...]:
    found: list[Shipment] = []
    for index, bill in enumerate(logistics.logisticsItems or ()):
        tracking = ident(bill.logisticsBillNo)
        if tracking and tracking != status.NO_PARCEL:
            at = moment(bill.deliveredTime, f"nativeLogistics.logisticsItems[{index}].deliveredTime")
            found.append(new_shipment(text(bill.logisticsCompanyName) or text(bill.logisticsCode), tracking, at))
    return tuple(found)
