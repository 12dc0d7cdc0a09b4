"""Orders and refunds of Ele.me to the canonical model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

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
from chalicelib.toolkit.beijing import moment
from chalicelib.toolkit.clocks import rfc3339
from chalicelib.toolkit.loose import Odd, epoch, ident, number, shown, text, yes
from chalicelib.toolkit.records import quick
from connectors.eleme import status
from connectors.eleme.payloads import Change, Claim, Group
from connectors.eleme.payloads import Order as Told
from connectors.eleme.values import CURRENCY, KEY, READ, minutes_of, yuan

# See chalicelib/toolkit/records.py.
new_order, new_amounts, new_line = quick(Order), quick(Amounts), quick(Line)
new_buyer, new_ship_to = quick(Buyer), quick(ShipTo)
NO_ATTRIBUTION, NO_CHANGE, UNTOLD = Attribution(), Change(), Amounts()
NONE, REQUESTED = RefundStatus.NONE, RefundStatus.REQUESTED
UNKNOWN, PAID, PENDING = Status.UNKNOWN, Status.PAID, Status.PENDING_PAYMENT
ENDED = frozenset({RefundState.SUCCEEDED, RefundState.CLOSED, RefundState.REJECTED})
CARRIED = {status.SHIPPED: Status.SHIPPED, status.DELIVERED: Status.DELIVERED}
BACK = "successful"
MANY = 10**6


def to_order(told: Told, change: Change | None, ref: Ref, path: str, refund: Claim | None = None) -> Order:
    """The order, with what was said beside it and its refund. Permanent with the path on a value that cannot be read."""
    try:
        return _order(told, change or NO_CHANGE, refund, ref)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _order(told: Told, change: Change, refund: Claim | None, ref: Ref) -> Order:
    order_id = ident(told.id) or ident(told.orderId)
    if order_id is None:
        raise Odd("an order without an id", "id")
    state = status.ORDER_STATUS.get(told.status or "", UNKNOWN)
    carried = CARRIED.get(change.type)
    if state is PAID and carried is not None:
        state = carried
    changed_at, active_at = epoch(change.at, "change.at"), moment(told.activeAt, "activeAt")
    cod = told.onlinePaid is not None and not yes(told.onlinePaid)
    lines, cost = _lines(told.groups or (), order_id)
    amounts, extra = _amounts(told, cost, state, refund, cod=cod)
    _notes(extra, told, active_at, ref)
    account = ref.account
    return new_order(
        account.merchant,
        KEY,
        account.account,
        order_id,
        order_id,
        state,
        text(told.status),
        _refund_status(told, amounts),
        False,
        CURRENCY,
        True,
        amounts,
        moment(told.createdAt, "createdAt"),
        None if cod or state is PENDING else active_at,
        changed_at if carried is Status.SHIPPED else None,
        changed_at if carried is Status.DELIVERED else None,
        None,
        None,
        _later(changed_at, active_at),
        _buyer(told),
        _ship_to(told),
        lines,
        (),
        NO_ATTRIBUTION,
        extra,
    )


def _notes(extra: dict[str, Any], told: Told, active_at: datetime | None, ref: Ref) -> None:
    if told.status == status.UNACCEPTED and active_at is not None and (minutes := minutes_of(ref.account)):
        extra["confirm_by"] = rfc3339(active_at + timedelta(minutes=minutes))
    seq = ident(told.daySn)
    if seq:
        extra["day_seq"] = seq


def _later(changed_at: datetime | None, active_at: datetime | None) -> datetime | None:
    """The order tells no time of change: that of the push, else when it took effect."""
    return max(changed_at, active_at) if changed_at and active_at else changed_at or active_at


def _lines(groups: Sequence[Group], order_id: str) -> tuple[tuple[Line, ...], int | None]:
    """The positions by their place, since one dish can be ordered twice in two ways; and their cost. Gifts cost nothing.

    What is taken off the order is not allotted to them.
    """
    found: list[Line] = []
    cost: int | None = 0
    place = 0
    try:
        for place, group in enumerate(groups):  # noqa: B007  # named where it fails
            if group.type == "extra":
                continue  # boxes and freight, which the order states itself
            gift = group.type == "discount"
            for item in group.items or ():
                price, pieces = 0 if gift else yuan(item.price, "items.price"), item.quantity
                if type(pieces) is not int or not 0 <= pieces < MANY:
                    pieces = number(pieces, "items.quantity")
                    if pieces is None or not 0 <= pieces < MANY:
                        raise Odd("expected a quantity", "items.quantity")
                whole = None if price is None else price * pieces
                cost = None if cost is None or whole is None else cost + whole
                sku = item.skuId
                found.append(
                    new_line(
                        f"{order_id}-{len(found) + 1}",
                        ident(item.vfoodId) or ident(item.id),
                        None if sku in (-1, "-1") else ident(sku),
                        ident(item.extendCode) or ident(item.barCode),
                        item.name or None,
                        pieces,
                        price,
                        0,
                        whole,
                        NONE,
                    )
                )
    except Odd as odd:
        raise odd.below(f"groups[{place}]") from None
    return tuple(found), cost if found else None


def _amounts(told: Told, cost: int | None, state: Status, refund: Claim | None, *, cod: bool) -> tuple[Amounts, dict[str, Any]]:
    """The parts. A downgraded order has zeros for what is not known yet: nothing of it is believed."""
    if yes(told.downgraded):
        return UNTOLD, {"downgraded": True}
    total = yuan(told.totalPrice, "totalPrice")
    shop, platform, packet = yuan(told.shopPart, "shopPart"), yuan(told.elemePart, "elemePart"), yuan(told.hongbao, "hongbao")
    freight, off = yuan(told.deliverFee, "deliverFee"), abs(yuan(told.vipDeliveryFeeDiscount, "vipDeliveryFeeDiscount") or 0)
    amounts = new_amounts(
        cost,
        None if shop is None else -shop,
        None if platform is None and packet is None else -(platform or 0) - (packet or 0),
        None if freight is None else max(0, freight - off),
        0,
        yuan(told.packageFee, "packageFee") or 0,
        total,
        _paid(state, total, cod=cod, back=told.refundStatus == BACK),
        _refunded(told, refund),
    )
    difference = gap(amounts, True)
    extra: dict[str, Any] = {"amounts_gap": difference} if difference else {}
    return amounts, extra | ({"payment": "cod"} if cod else {})


def _refunded(told: Told, refund: Claim | None) -> int | None:
    """What went back; None where the refund, which alone tells how much, was not read."""
    if told.refundStatus != BACK:
        return 0
    return yuan(refund.totalPrice, "refund.totalPrice") if refund and refund.refundStatus == BACK else None


def _paid(state: Status, total: int | None, *, cod: bool, back: bool) -> int | None:
    """All once it took effect: unpaid orders are never pushed. Cash once the order is settled."""
    if cod:
        return total if state is Status.COMPLETED else 0
    if earned(state) or back:
        return total
    return 0 if state is PENDING else None


def _refund_status(told: Told, amounts: Amounts) -> RefundStatus:
    word = status.REFUND_STATUS.get(told.refundStatus or "noRefund", NONE)
    return word if amounts.refunded is None else refund_status(amounts.paid, amounts.refunded, word is REQUESTED)


def _buyer(told: Told) -> Buyer:
    masked: list[str] = []
    name, phone = shown("name", told.consignee, masked), _phone(told, masked)
    return new_buyer(ident(told.userId), None, name, None, phone, tuple(masked))


def _phone(told: Told, masked: list[str]) -> str | None:
    """A number of the person's own; one that the platform lends (`138...,123`) is a mask."""
    found = shown("phone", told.phoneList[0] if told.phoneList else None, masked)
    if found and "," in found:
        masked.append("phone")
        return None
    return found


def _ship_to(told: Told) -> ShipTo:
    masked: list[str] = []
    name, phone = shown("name", told.consignee, masked), _phone(told, masked)
    address = shown("address", told.address, masked)
    return new_ship_to(name, phone, "CN", None, None, None, address, None, tuple(masked))


def to_refund(claim: Claim, kind: int, ref: Ref, path: str) -> Refund:
    """The refund of a push of type `kind`. It has no id: an order has one cancellation and one refund, whose latest push counts."""
    try:
        return _refund(claim, kind, ref)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _refund(claim: Claim, kind: int, ref: Ref) -> Refund:
    order_id, state = ident(claim.orderId), status.CLAIM_STATE[kind % 10]
    if order_id is None:
        raise Odd("a refund without an order", "orderId")
    at = epoch(claim.updateTime, "updateTime")
    return Refund(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        refund_id=f"{order_id}-{'cancel' if kind in status.CANCELLING else 'refund'}",
        order_id=order_id,
        kind=RefundKind.REFUND,
        status=state,
        platform_status=text(claim.refundStatus) or str(kind),
        amount=yuan(claim.totalPrice, "totalPrice"),
        currency=CURRENCY,
        reason=text(claim.reason),
        requested_at=at if kind in (20, 30) else None,
        closed_at=at if state in ENDED else None,
        updated_at=at,
    )
