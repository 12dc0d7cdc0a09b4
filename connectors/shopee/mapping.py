"""Shopee's order and returns to canonical objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.contract import Ref
from chalicelib.domain import order as model
from chalicelib.domain.order import Order, Refund, RefundKind, RefundLine, RefundState, Shipment, Status
from chalicelib.errors import Permanent
from chalicelib.toolkit.floats import RawMoney, money_in_floats, raw_money_in_floats
from chalicelib.toolkit.loose import Odd, epoch, ident, shown
from chalicelib.toolkit.records import quick
from connectors.shopee import status
from connectors.shopee.amounts import figures
from connectors.shopee.payloads import Escrow, Moved, OrderBody, Package, ReturnBody, Top
from connectors.shopee.values import KEY, READ

new_order, new_buyer, new_ship_to = quick(Order), quick(model.Buyer), quick(model.ShipTo)
NOBODY, NOWHERE, NO_ATTRIBUTION = model.Buyer(), model.ShipTo(), model.Attribution()
T = TypeVar("T")
_OPEN = frozenset({RefundState.REQUESTED, RefundState.APPROVED})
_ENDED = frozenset({RefundState.SUCCEEDED, RefundState.CLOSED, RefundState.REJECTED})
_MOVED_OR_ARRIVED = frozenset({Status.SHIPPED, Status.DELIVERED})


def order_and_refunds(order: OrderBody, beside: Top | None, ref: Ref, path: str) -> Iterator[Order | Refund]:
    """The order, then the returns read beside it. Permanent with the path on what cannot be read."""
    if not order.order_sn or order.order_status is None:
        missing = "order_status" if order.order_sn else "order_sn"
        raise READ.malformed("an order without it", f"{path}.{missing}", ref.delivery_id)
    money = _reader(raw_money_in_floats, order.currency, f"{path}.currency", ref)
    returns = beside.returns if beside else None
    refunds = None if returns is None else [to_refund(each, ref, f"$.returns[{index}]") for index, each in enumerate(returns)]
    try:
        yield _order(order, beside, refunds, money, ref)
    except Odd as odd:
        raise READ.of(odd, "$" if odd.name.startswith(("escrow", "moved")) else path, ref.delivery_id) from None
    yield from refunds or ()


def _reader(make: Callable[[str], T], currency: str | None, path: str, ref: Ref) -> T:
    try:
        return make(currency or "")
    except ValueError as error:
        raise READ.malformed(str(error), path, ref.delivery_id) from None


def _order(order: OrderBody, beside: Top | None, refunds: Sequence[Refund] | None, money: RawMoney, ref: Ref) -> Order:
    account, escrow = ref.account, beside.escrow if beside else None
    moved = beside.moved if beside else None
    life = _life(order)
    told = figures(order, escrow if _same(escrow, order) else None, refunds, money)
    open_refund = order.order_status in status.REFUND_ASKED or any(each.status in _OPEN for each in refunds or ())
    shipped_at = epoch(order.pickup_done_time, "pickup_done_time")
    return new_order(
        merchant=account.merchant,
        platform=KEY,
        account=account.account,
        order_id=order.order_sn or "",
        order_no=order.order_sn,
        status=life.value,
        platform_status=order.order_status,
        refund_status=model.refund_status(told.amounts.paid, told.amounts.refunded, open_refund).value,
        test=False,
        currency=order.currency or "",
        tax_included=True,
        amounts=told.amounts,
        placed_at=epoch(order.create_time, "create_time"),
        paid_at=epoch(order.pay_time, "pay_time"),
        shipped_at=shipped_at,
        delivered_at=_delivered_at(order, moved),
        completed_at=None,
        cancelled_at=None,
        updated_at=epoch(order.update_time, "update_time"),
        buyer=_buyer(order),
        ship_to=_ship_to(order),
        lines=told.lines,
        shipments=_shipments(order, beside, shipped_at),
        attribution=NO_ATTRIBUTION,
        extra=told.notes | _notes(order),
    )


def _same(escrow: Escrow | None, order: OrderBody) -> bool:
    return escrow is not None and escrow.order_sn in (None, "", order.order_sn)


def _parcels(order: OrderBody) -> list[tuple[Package, str]]:
    """The parcels that are or will be, with how far they got."""
    found = [(each, (each.logistics_status or "").removeprefix(status.PARCEL_PREFIX)) for each in order.package_list or ()]
    return [(each, word) for each, word in found if word not in status.VOID]


def _life(order: OrderBody) -> Status:
    """The order's own word; on its way, its parcels know better. A word of a parcel that is not known says nothing."""
    own = status.ORDER_STATUS.get(order.order_status or "", Status.UNKNOWN)
    if order.order_status not in status.ON_ITS_WAY or not order.package_list:
        return own
    states = [status.PARCEL.get(word) for _, word in _parcels(order)]
    if states and all(state is Status.DELIVERED for state in states):
        return Status.DELIVERED
    gone = sum(state in _MOVED_OR_ARRIVED for state in states)
    if own is Status.SHIPPED:
        # One parcel may be behind what the order says already; of several, those that stand still are still here.
        return Status.PARTIALLY_SHIPPED if 0 < gone < len(states) else own
    return own if not gone else Status.SHIPPED if gone == len(states) else Status.PARTIALLY_SHIPPED


def _delivered_at(order: OrderBody, moved: Moved | None) -> datetime | None:
    """Told by the push of a parcel alone, and the order's only where it has one."""
    if moved is None or not (moved.fulfillment_status or "").endswith("DELIVERY_DONE") or len(order.package_list or ()) > 1:
        return None
    return epoch(moved.update_time, "moved.update_time")


def _shipments(order: OrderBody, beside: Top | None, shipped_at: datetime | None) -> tuple[Shipment, ...]:
    numbers, found = (beside.tracking if beside else None) or {}, []
    parcels = _parcels(order)
    for each, word in parcels:
        number = numbers.get(ident(each.package_number) or "")
        if number:
            left = shipped_at if len(parcels) == 1 and status.PARCEL.get(word) else None
            found.append(Shipment(each.shipping_carrier or order.shipping_carrier or None, number, left))
    return tuple(found)


def _buyer(order: OrderBody) -> model.Buyer:
    masked: list[str] = []
    name = shown("nickname", order.buyer_username, masked)
    return new_buyer(ident(order.buyer_user_id), name, masked=tuple(masked))


def _ship_to(order: OrderBody) -> model.ShipTo:
    to = order.recipient_address
    if to is None:
        return NOWHERE
    masked: list[str] = []
    return new_ship_to(
        shown("name", to.name, masked),
        shown("phone", to.phone, masked),
        shown("country", to.region, masked),
        shown("province", to.state, masked),
        shown("city", to.city, masked),
        shown("district", to.district, masked),
        shown("address", to.full_address, masked),
        shown("postcode", to.zipcode, masked),
        tuple(masked),
    )


def _notes(order: OrderBody) -> dict[str, Any]:
    notes: dict[str, Any] = {}
    if order.cod:
        notes["payment"] = "cod"
    if order.order_status == "IN_CANCEL":
        notes["cancel_requested"] = True
    if order.cancel_by:
        notes["cancelled_by"] = order.cancel_by
    return notes


def to_refund(told: ReturnBody, ref: Ref, path: str) -> Refund:
    """A return of goods or of money alone. An unknown state is Permanent: whether money went back is never guessed."""
    if not told.return_sn or not told.order_sn:
        missing = "order_sn" if told.return_sn else "return_sn"
        raise READ.malformed("a return without it", f"{path}.{missing}", ref.delivery_id)
    state = status.RETURN_STATE.get(told.status or "")
    if state is None:
        raise Permanent(
            "status-unmapped",
            "a state of returns that is not known",
            connector=KEY,
            path=f"{path}.status",
            delivery_id=ref.delivery_id,
        )
    money = _reader(money_in_floats, told.currency, f"{path}.currency", ref)
    goods = told.needs_logistics if told.return_solution is None else told.return_solution != status.REFUND_ONLY
    try:
        updated = epoch(told.update_time, "update_time")
        return Refund(
            merchant=ref.account.merchant,
            platform=KEY,
            account=ref.account.account,
            refund_id=told.return_sn,
            order_id=told.order_sn,
            kind=RefundKind.RETURN if goods else RefundKind.REFUND,
            status=state,
            platform_status=told.status,
            amount=money(told.refund_amount, "refund_amount"),
            currency=told.currency,
            reason=told.reason or told.text_reason or None,
            lines=_return_lines(told),
            requested_at=epoch(told.create_time, "create_time"),
            closed_at=updated if state in _ENDED else None,
            updated_at=updated,
        )
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _return_lines(told: ReturnBody) -> tuple[RefundLine, ...]:
    """Lines by item and model, as the order names lines outside of bundle deals."""
    lines = []
    for each in told.item or ():
        product, variation = ident(each.item_id), ident(each.model_id)
        if product:
            lines.append(RefundLine(f"{product}-{variation}" if variation else product, each.amount))
    return tuple(lines)
