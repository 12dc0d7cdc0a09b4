"""Orders and refunds of Meituan to the canonical model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from chalicelib.contract import Ref
from chalicelib.domain.order import (
    Amounts,
    Attribution,
    Buyer,
    Line,
    Order,
    Refund,
    RefundKind,
    RefundState,
    RefundStatus,
    ShipTo,
    Status,
    earned,
    gap,
    refund_status,
)
from chalicelib.errors import Permanent
from chalicelib.toolkit.clocks import rfc3339
from chalicelib.toolkit.loose import Id, Odd, epoch, ident, number, shown, text
from chalicelib.toolkit.records import quick
from connectors.meituan import status
from connectors.meituan.payloads import Extra, Food, Logistics
from connectors.meituan.payloads import Order as Told
from connectors.meituan.payloads import Refund as ToldRefund
from connectors.meituan.values import CURRENCY, KEY, READ, minutes_of, yuan

# See chalicelib/toolkit/records.py.
new_order, new_amounts, new_line = quick(Order), quick(Amounts), quick(Line)
new_buyer, new_ship_to = quick(Buyer), quick(ShipTo)
NO_ATTRIBUTION, NO_LOGISTICS = Attribution(), Logistics()
NONE, UNKNOWN, PAID, PENDING = RefundStatus.NONE, Status.UNKNOWN, Status.PAID, Status.PENDING_PAYMENT
ENDED = frozenset({RefundState.SUCCEEDED, RefundState.CLOSED, RefundState.REJECTED})
OPEN = frozenset({RefundState.REQUESTED, RefundState.APPROVED})
MANY = 10**6
T = TypeVar("T")


def to_order(told: Told, refunds: Sequence[Refund] | None, ref: Ref, path: str, logistics: Logistics | None = None) -> Order:
    """The order. `refunds`: all it has, None where nobody asked. Permanent with the path on a value that cannot be read."""
    try:
        return _order(told, refunds, logistics or NO_LOGISTICS, ref, path)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _order(told: Told, refunds: Sequence[Refund] | None, logistics: Logistics, ref: Ref, path: str) -> Order:
    order_id = ident(told.order_id) or ident(told.wm_order_id_view)
    if order_id is None:
        raise Odd("an order without an id", "order_id")
    code, state = _states(told, logistics)
    updated_at = epoch(told.utime, "utime")
    cod = number(told.pay_type, "pay_type") == status.CASH
    paid = _paid(state, yuan(told.total, "total"), refunds, cod=cod)
    off = _off(_nested(told.extras, Extra, "extras", ref, path))
    goods = _goods(_nested(told.detail, Food, "detail", ref, path), order_id)
    amounts, extra = _amounts(told, goods, off, paid, refunds)
    shipped_at, delivered_at = _moved(told, logistics)
    moved, account = delivered_at or shipped_at, ref.account
    _notes(extra, told, code, updated_at or epoch(told.ctime, "ctime"), ref, cod=cod)
    return new_order(
        account.merchant,
        KEY,
        account.account,
        order_id,
        ident(told.wm_order_id_view) or order_id,
        state,
        text(told.status),
        _refund_status(amounts, refunds),
        False,
        CURRENCY,
        True,
        amounts,
        epoch(told.ctime, "ctime"),
        None,
        shipped_at,
        delivered_at,
        epoch(told.order_completed_time, "order_completed_time"),
        epoch(told.order_cancel_time, "order_cancel_time"),
        max(updated_at, moved) if updated_at and moved else updated_at,
        _buyer(told),
        _ship_to(told),
        tuple(goods.lines),
        (),
        NO_ATTRIBUTION,
        extra,
    )


def _nested(value: list[T] | str | None, kind: type[T], name: str, ref: Ref, path: str) -> Sequence[T]:
    """A list, or one as text."""
    if isinstance(value, str):
        if not text(value):
            return ()
        return READ.decode(list[kind], value.encode("utf-8", "surrogatepass"), ref.delivery_id, f"{path}.{name}")  # type: ignore[valid-type]
    return value or ()


def _states(told: Told, logistics: Logistics) -> tuple[int | None, Status]:
    """The platform's code, and the order's status: as far as the courier took it, by what the push says or the order."""
    code = number(told.status, "status")
    state = status.ORDER_STATUS.get(code or 0, UNKNOWN)
    if state is not PAID:
        return code, state
    far = {_carried(logistics.logistics_status), _carried(told.logistics_status)}
    return code, Status.DELIVERED if Status.DELIVERED in far else Status.SHIPPED if Status.SHIPPED in far else state


def _carried(value: Id) -> Status | None:
    return status.LOGISTICS.get(number(value, "logistics_status") or 0)


def _moved(told: Told, logistics: Logistics) -> tuple[datetime | None, datetime | None]:
    """When the courier took it and handed it over: as the order tells, else the push."""
    carried = _carried(logistics.logistics_status)
    at = epoch(logistics.time, "time") if carried else None
    taken, handed = (
        epoch(told.logistics_fetch_time, "logistics_fetch_time"),
        epoch(told.logistics_completed_time, "logistics_completed_time"),
    )
    return taken or (at if carried is Status.SHIPPED else None), handed or (at if carried is Status.DELIVERED else None)


def _refund_status(amounts: Amounts, refunds: Sequence[Refund] | None) -> RefundStatus:
    if refunds is None:
        return NONE
    return refund_status(amounts.paid, amounts.refunded, any(each.status in OPEN for each in refunds))


def _notes(extra: dict[str, Any], told: Told, code: int | None, at: datetime | None, ref: Ref, *, cod: bool) -> None:
    if cod:
        extra["payment"] = "cod"
    seq = ident(told.day_seq)
    if seq:
        extra["day_seq"] = seq  # the number that kitchen and courier know the order by
    minutes = minutes_of(ref.account) if code == status.UNCONFIRMED else 0
    if minutes and at is not None:
        extra["confirm_by"] = rfc3339(at + timedelta(minutes=minutes))


@dataclass(slots=True)
class Goods:
    """The positions with what they and their boxes cost; None where a price is not told."""

    lines: list[Line]
    cost: int | None
    boxes: int


def _goods(foods: Sequence[Food], order_id: str) -> Goods:
    """The positions by their place, since they have no id. What an activity takes off is not allotted: it stays on the order."""
    goods = Goods([], 0 if foods else None, 0)
    try:
        for food in foods:
            price, box, pieces = yuan(food.price, "price"), yuan(food.box_price, "box_price"), food.quantity
            if type(pieces) is not int or not 0 <= pieces < MANY:
                pieces = number(pieces, "quantity")
                if pieces is None or not 0 <= pieces < MANY:
                    raise Odd("expected a quantity", "quantity")
            whole = None if price is None else price * pieces
            goods.cost = None if goods.cost is None or whole is None else goods.cost + whole
            if box:
                goods.boxes += _boxed(box, food)
            code, sku = food.app_food_code or food.app_spu_code or None, food.sku_id or None
            goods.lines.append(
                new_line(
                    f"{order_id}-{len(goods.lines) + 1}",
                    code if type(code) is str else ident(code),
                    sku if type(sku) is str else ident(sku),
                    text(sku or code),
                    food.food_name or None,
                    pieces,
                    price,
                    0,
                    whole,
                    NONE,
                )
            )
    except Odd as odd:
        raise odd.below(f"detail[{len(goods.lines)}]") from None
    return goods


def _amounts(
    told: Told, goods: Goods, off: Off, paid: int | None, refunds: Sequence[Refund] | None
) -> tuple[Amounts, dict[str, Any]]:
    """The parts, and notes."""
    bag = number(told.package_bag_money, "package_bag_money") or 0  # fen, the one amount here that is not yuan
    freight = yuan(told.shipping_fee, "shipping_fee")
    amounts = new_amounts(
        goods.cost,
        off.seller,
        off.platform,
        None if freight is None else max(0, freight - off.freight),
        0,
        goods.boxes + bag,
        yuan(told.total, "total"),
        paid,
        _refunded(refunds, paid),
    )
    extra: dict[str, Any] = {}
    if off.seller is None:
        extra["discount"] = off.all  # who bears it is not told to shops that did not subscribe to it
    difference = gap(amounts, True)
    if difference:
        extra["amounts_gap"] = difference
    return amounts, extra


def _boxed(box: int, food: Food) -> int:
    """Boxes are counted in fractions: a price times hundredths of a box, which must be exact."""
    hundredths = box * (yuan(food.box_num, "box_num") or 0)
    if hundredths % 100:
        raise Odd("boxes that are not exact in fen", "box_num")
    return hundredths // 100


@dataclass(slots=True)
class Off:
    """What activities take off: of the seller, of the platform (None: not told who bears it), off the freight, off the goods."""

    seller: int | None = 0
    platform: int | None = 0
    freight: int = 0
    all: int = 0


def _off(extras: Sequence[Extra]) -> Off:
    if not extras:
        return NOTHING_OFF
    seller = platform = 0
    off = Off()
    try:
        for index, each in enumerate(extras):  # noqa: B007  # named where it fails
            reduced = yuan(each.reduce_fee, "reduce_fee")
            if not reduced:
                continue  # gifts: their cost is the seller's, and nothing is taken off
            kind = number(each.type, "type")
            coupon = kind == status.COUPON and number(each.type_9_coupon_type, "type_9_coupon_type") == status.FREIGHT_COUPON
            if kind in status.FREIGHT or coupon:
                off.freight += reduced
                continue
            off.all += reduced
            theirs, ours = yuan(each.mt_charge, "mt_charge"), yuan(each.poi_charge, "poi_charge")
            if theirs is None and ours is None:
                off.seller = off.platform = None
            else:
                platform += reduced - (ours or 0) if theirs is None else theirs
                seller += reduced - (theirs or 0) if ours is None else ours
    except Odd as odd:
        raise odd.below(f"extras[{index}]") from None
    if off.seller is not None:
        off.seller, off.platform = seller, platform
    return off


NOTHING_OFF = Off()


def _paid(state: Status, total: int | None, refunds: Sequence[Refund] | None, *, cod: bool) -> int | None:
    """All once it was pushed to the shop; cash once the order is completed. Of a cancelled one only a refund tells that it was."""
    if cod:
        return total if state is Status.COMPLETED else 0
    if earned(state) or any(each.status == RefundState.SUCCEEDED for each in refunds or ()):
        return total
    return 0 if state is PENDING else None


def _refunded(refunds: Sequence[Refund] | None, paid: int | None) -> int | None:
    if refunds is None:
        return 0 if paid == 0 else None
    done = [each.amount for each in refunds if each.status == RefundState.SUCCEEDED]
    return None if None in done else sum([each or 0 for each in done])


def _phone(value: str | None, masked: list[str]) -> str | None:
    """A number of the person's own; one that the platform lends (`138..._1234`) is a mask."""
    found = shown("phone", value, masked)
    if found and "_" in found:
        masked.append("phone")
        return None
    return found


def _name(value: str | None, masked: list[str]) -> str | None:
    found = shown("name", value, masked)
    if found == status.NO_NAME:
        masked.append("name")
        return None
    return found


def _buyer(told: Told) -> Buyer:
    masked: list[str] = []
    name, phone = _name(told.recipient_name, masked), _phone(told.recipient_phone, masked)
    return new_buyer(None, None, name, None, phone, tuple(masked))


def _ship_to(told: Told) -> ShipTo:
    masked: list[str] = []
    written = (told.recipient_address or "").partition("@#")[0]
    name, phone = _name(told.recipient_name, masked), _phone(told.recipient_phone, masked)
    address = shown("address", written, masked)
    return new_ship_to(name, phone, "CN", None, None, None, address, None, tuple(masked))


def to_refund(told: ToldRefund, ref: Ref, path: str, order_id: str | None = None) -> Refund:
    """A refund; `order_id` stands in where it names none. Permanent with the path on one that cannot be read or is not known."""
    try:
        return _refund(told, ref, path, order_id)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _refund(told: ToldRefund, ref: Ref, path: str, order_id: str | None) -> Refund:
    order_id = ident(told.order_id) or order_id
    if order_id is None:
        raise Odd("a refund without an order", "order_id")
    state, word = _state(told)
    if state is None:
        unknown = "a state that is not known"
        raise Permanent("status-unmapped", unknown, connector=KEY, path=f"{path}.status", delivery_id=ref.delivery_id)
    updated_at = epoch(told.utime, "utime")
    returned = text(told.service_type) == status.RETURNS
    return Refund(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        refund_id=ident(told.refund_id) or order_id,
        order_id=order_id,
        kind=RefundKind.RETURN if returned else RefundKind.REFUND,
        status=state,
        platform_status=word,
        amount=yuan(told.money, "money"),
        currency=CURRENCY,
        reason=text(told.apply_reason) or text(told.reason),
        requested_at=epoch(told.ctime, "ctime"),
        closed_at=updated_at if state in ENDED else None,
        updated_at=updated_at or epoch(told.ctime, "ctime"),
    )


def _state(told: ToldRefund) -> tuple[RefundState | None, str | None]:
    """How far it is, by the first word that tells it; shops that take goods back have one of their own."""
    if told.refund_status is not None:
        return status.REFUND_STATUS.get(number(told.refund_status, "refund_status") or 0), text(told.refund_status)
    if told.service_type is not None and text(told.service_type) != "0" and text(told.status):
        return status.AFTERSALE.get(number(told.status, "status") or 0), text(told.status)
    if text(told.notify_type):
        return status.NOTIFY.get(told.notify_type or ""), told.notify_type
    code = number(told.res_type, "res_type")
    return (None if code is None else status.RES_TYPE.get(code)), text(told.res_type)
