"""Orders of Kuaishou to the canonical model. An order has one item."""

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
    RefundStatus,
    Shipment,
    ShipTo,
    Status,
    earned,
    gap,
    refund_status,
)
from chalicelib.toolkit.loose import Odd, epoch, ident, number, shown, text, yes
from chalicelib.toolkit.records import quick
from connectors.kuaishou import status
from connectors.kuaishou.payloads import Address, Base, Delivery, Fees, Item, Newest, Refund
from connectors.kuaishou.payloads import Order as Told
from connectors.kuaishou.values import CURRENCY, KEY, READ, fen

# An order is many small records; see chalicelib/toolkit/records.py.
new_order, new_amounts, new_line, new_shipment = quick(Order), quick(Amounts), quick(Line), quick(Shipment)
new_buyer, new_ship_to, new_attribution = quick(Buyer), quick(ShipTo), quick(Attribution)
NO_ADDRESS, NO_ATTRIBUTION = Address(), Attribution()
UNKNOWN, PENDING, SHIPPED, CANCELLED = Status.UNKNOWN, Status.PENDING_PAYMENT, Status.SHIPPED, Status.CANCELLED
PARTLY, COMPLETED, DELIVERED = Status.PARTIALLY_SHIPPED, Status.COMPLETED, Status.DELIVERED
NONE, REQUESTED, PARTIAL = RefundStatus.NONE, RefundStatus.REQUESTED, RefundStatus.PARTIAL
ARRIVED = frozenset({DELIVERED, COMPLETED})


def to_order(told: Told, fees: Fees | None, refunds: Sequence[Refund] | None, ref: Ref, path: str) -> Order:
    """An order with its fees and refunds, where they were read. Permanent with the path on what cannot be read."""
    if told.order_base_info is None:
        raise READ.malformed("an order without its head", f"{path}.orderBaseInfo", ref.delivery_id)
    try:
        return _order(told, told.order_base_info, fees, refunds, ref)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _order(told: Told, base: Base, fees: Fees | None, refunds: Sequence[Refund] | None, ref: Ref) -> Order:
    order_id, item = ident(base.oid), told.order_item_info
    if order_id is None:
        raise Odd("an order without an id", "orderBaseInfo.oid")
    if item is None:
        raise Odd("an order without its item", "orderItemInfo")
    pieces = _pieces(item)
    state = _status(base, pieces, told.order_delivery_info)
    paid_at = _time(base.pay_time, "payTime")
    amounts, extra = _amounts(base, item, pieces, fees)
    refunded, requested = _refunded(refunds, told.order_refund_list or told.order_detail_refund_list or ())
    paid = _paid(amounts.total, state, paid=paid_at is not None, deposit=paid_at is not None or yes(base.pre_sale))
    standing = PARTIAL if refunded is None else refund_status(paid, refunded, requested)
    return new_order(
        ref.account.merchant,
        KEY,
        ref.account.account,
        order_id,
        order_id,
        state,
        text(base.status),
        standing,
        False,
        CURRENCY,
        True,
        _settled(amounts, paid, refunded),
        _time(base.create_time, "createTime"),
        paid_at,
        _time(base.send_time, "sendTime"),
        _time(base.recv_time, "recvTime"),
        None,
        None,
        _time(base.update_time, "updateTime"),
        _buyer(base),
        _ship_to(told.order_address or NO_ADDRESS),
        (_line(order_id, item, (pieces, amounts.items, _discount(amounts)), standing),),
        _shipments(told),
        _attribution(told),
        extra,
    )


def _pieces(item: Item) -> int:
    try:
        pieces = number(item.num, "num")
    except Odd as odd:
        raise odd.below("orderItemInfo") from None
    if pieces is None or not 0 <= pieces < 10**9:
        raise Odd("expected a quantity", "orderItemInfo.num")
    return pieces


def _time(value: int | str | None, name: str) -> Any:
    return epoch(value, f"orderBaseInfo.{name}") if value else None


def _status(base: Base, pieces: int, delivery: Delivery | None) -> Status:
    """40 as soon as one piece is sent: the count of those sent tells whether it is all of them."""
    code = number(base.status, "orderBaseInfo.status")
    state = UNKNOWN if code is None else status.ORDER_STATUS.get(code, UNKNOWN)
    if state is SHIPPED and delivery is not None:
        sent = number(delivery.delivery_num, "orderDeliveryInfo.deliveryNum")
        if sent is not None and 0 < sent < pieces:
            return PARTLY
    return state


def _amounts(base: Base, item: Item, pieces: int, fees: Fees | None) -> tuple[Amounts, dict[str, Any]]:
    """The parts as the fee call tells them; without it as far as the order's own figures go."""
    try:
        price = fen(item.price, "price")
        unit = fen(item.original_price, "originalPrice") or price
    except Odd as odd:
        raise odd.below("orderItemInfo") from None
    try:
        extra: dict[str, Any] = {}
        paid_by = {
            "discount_government": fen(base.government_discount, "governmentDiscount"),
            "discount_payment": fen(base.pay_channel_discount, "payChannelDiscount"),
        }
        extra = {name: value for name, value in paid_by.items() if value}
        amounts = _with_fees(base, fees, unit, price, pieces) if fees else _alone(base, unit, price, pieces, extra)
    except Odd as odd:
        raise odd.below("orderBaseInfo") from None
    if difference := gap(amounts, True):
        extra["amounts_gap"] = difference
    if yes(base.pre_sale):
        extra["presale"] = True
    return amounts, extra


def _with_fees(base: Base, fees: Fees, unit: int | None, price: int | None, pieces: int) -> Amounts:
    """By the fee call's own formulas: `buyerPay` is price x pieces, less both bearers' parts, with freight.

    What the price is lowered by before that is the shop's: a promotion of its own.
    """
    platform, merchant = fen(fees.platform_bear_amount, "platformBearAmount"), fen(fees.merchant_bear_amount, "merchantBearAmount")
    shipping = fen(fees.express_fee, "expressFee")
    lowered = None if unit is None or price is None else max(0, unit - price) * pieces
    return new_amounts(
        None if unit is None else unit * pieces,
        None if merchant is None or lowered is None else merchant + lowered,
        platform,
        fen(base.express_fee, "expressFee") if shipping is None else shipping,
        0,
        0,
        fen(fees.buyer_pay, "buyerPay"),
    )


def _alone(base: Base, unit: int | None, price: int | None, pieces: int, extra: dict[str, Any]) -> Amounts:
    """The order alone tells the sum of its discounts, not who bears them; whether its total holds the freight, its figures show."""
    total, shipping, off = (
        fen(base.total_fee, "totalFee"),
        fen(base.express_fee, "expressFee"),
        fen(base.discount_fee, "discountFee"),
    )
    items = None if unit is None else unit * pieces
    if total is not None and shipping and items is not None:
        goods = {items - (off or 0)} if price is None else {items - (off or 0), price * pieces}
        if total in goods and total - shipping not in goods:
            total += shipping
    known = items is not None and shipping is not None and total is not None and items + shipping == total
    if off and not known:
        extra["discount"] = off
    bearer = 0 if known or off == 0 else None
    return new_amounts(items, bearer, bearer, shipping, 0, 0, total)


def _discount(amounts: Amounts) -> int | None:
    """All discounts of an order fall on its one item."""
    if amounts.discount_seller is None or amounts.discount_platform is None:
        return None
    return amounts.discount_seller + amounts.discount_platform


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


def _paid(total: int | None, state: Status, *, paid: bool, deposit: bool) -> int | None:
    """What is captured. While the order waits for its last payment a deposit may be: of how much, nothing tells."""
    if state is PENDING:
        return None if deposit else 0
    if paid or earned(state):
        return total
    return 0 if state is CANCELLED else None


def _refunded(refunds: Sequence[Refund] | None, newest: Sequence[Newest]) -> tuple[int | None, bool]:
    """What went back, and whether a refund is open. An order alone shows its newest refund, without an amount: then None."""
    back: int | None = 0
    requested = False
    if refunds is None:
        done = False
        for index, one in enumerate(newest):
            path = f"orderRefundList[{index}]"
            state = _state(one.refund_status, f"{path}.refundStatus")
            if number(one.handling_way, f"{path}.handlingWay") in NO_MONEY_WAYS:
                continue
            done, requested = done or state == "succeeded", requested or state in status.OPEN
        return None if done else 0, requested
    for index, refund in enumerate(refunds):
        if number(refund.handling_way, f"refunds[{index}].handlingWay") in NO_MONEY_WAYS:
            continue
        state = _state(refund.status, f"refunds[{index}].status")
        if state == "succeeded":
            amount = fen(refund.refund_fee, f"refunds[{index}].refundFee")
            back = None if back is None or amount is None else back + amount
        requested = requested or state in status.OPEN
    return back, requested


NO_MONEY_WAYS = frozenset(way for way, kind in status.REFUND_KIND.items() if kind in status.NO_MONEY)


def _state(value: int | str | None, name: str) -> str | None:
    code = number(value, name)
    return None if code is None else status.REFUND_STATE.get(code)


def _line(order_id: str, item: Item, figures: tuple[int, int | None, int | None], standing: RefundStatus) -> Line:
    """The one line, named after its order. `figures`: pieces, their sum, what comes off."""
    pieces, items, discount = figures
    unit = None if items is None or not pieces else items // pieces
    return new_line(
        order_id,
        ident(item.item_id),
        ident(item.sku_id),
        text(item.sku_nick) or text(item.goods_code),
        text(item.item_title),
        pieces,
        unit,
        discount,
        None if unit is None or discount is None else unit * pieces - discount,
        standing,
    )


def _buyer(base: Base) -> Buyer:
    masked: list[str] = []
    nickname = shown("nickname", base.buyer_nick, masked)
    return new_buyer(ident(base.buyer_open_id), nickname, masked=tuple(masked))


def _ship_to(address: Address) -> ShipTo:
    """Places in clear; who, where exactly and by which number only as cipher text and behind a mask."""
    hidden = (
        ("name", address.encrypted_consignee, address.desensitise_consignee),
        ("phone", address.encrypted_mobile, address.desensitise_mobile),
        ("address", address.encrypted_address, address.desensitise_address),
    )
    return new_ship_to(
        None,
        None,
        "CN",
        text(address.province),
        text(address.city),
        text(address.district),
        None,
        None,
        tuple([name for name, _, mask in hidden if mask]),
        tuple([name for name, cipher, _ in hidden if cipher]),
    )


def _shipments(told: Told) -> tuple[Shipment, ...]:
    """Parcels; the carrier is the platform's number for it. When each was sent is not told, but when the first was."""
    return tuple(
        [new_shipment(ident(one.express_code), code) for one in told.order_logistics_info or () if (code := ident(one.express_no))]
    )


def _attribution(told: Told) -> Attribution:
    """The channel it was sold in (live, item card, short video), and whoever sold it for a commission."""
    base, sold = told.order_base_info, told.order_cps_info
    source = text(base.channel) if base is not None else None
    creator = None
    if sold is not None:
        creator = ident(sold.distributor_id) or ident(sold.activity_user_id) or ident(sold.kwai_money_user_id)
    return new_attribution(source, None, (), creator) if source or creator else NO_ATTRIBUTION
