"""Orders of Mercado Libre to the canonical model: the order, its refunds, and what the shipment adds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from chalicelib.contract import Ref
from chalicelib.domain import order as model
from chalicelib.domain.money import exponent
from chalicelib.domain.order import Order, Refund, RefundKind, RefundState, RefundStatus, Status, earned
from chalicelib.toolkit.records import quick
from connectors.mercadolibre import status
from connectors.mercadolibre.amounts import Figures, figures, refunded_of
from connectors.mercadolibre.payloads import Address, Document, OrderShape, ShipmentShape
from connectors.mercadolibre.values import KEY, ident, malformed, moment

# See chalicelib/toolkit/records.py.
new_order, new_attribution = quick(Order), quick(model.Attribution)
new_buyer, new_ship_to = quick(model.Buyer), quick(model.ShipTo)
NOBODY, NOWHERE, NO_ATTRIBUTION, NO_ADDRESS = model.Buyer(), model.ShipTo(), model.Attribution(), Address()


def to_canonical(document: Document, order: OrderShape, ref: Ref, path: str) -> Iterator[Order | Refund]:
    """The order, then one refund for each payment that went back, wholly or in part. Permanent with the path."""
    currency = _currency(order.currency_id, f"{path}.currency_id", ref.delivery_id)
    yield _order(document, order, currency, ref, path)
    yield from _refunds(order, currency, ref, path)


def _order(document: Document, order: OrderShape, currency: str, ref: Ref, path: str) -> Order:
    order_id = ident(order.id)
    if order_id is None or order.order_items is None:
        raise malformed("an order without id or lines", f"{path}.{'id' if order_id is None else 'order_items'}", ref.delivery_id)
    shipment, delivery_id = document.shipment, ref.delivery_id
    state = _status(order, shipment)
    sums = figures(document, order, currency, delivery_id, path)
    shipped_at, delivered_at = _parcel_times(document, ref)
    shipments = () if shipment is None else _shipments(shipment, shipped_at, delivered_at)
    return new_order(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        order_id=order_id,
        order_no=order_id,
        status=state,
        platform_status=_platform_status(order, shipment),
        refund_status=_refund_status(document, order, sums),
        test=status.TEST_TAG in (order.tags or ()),
        currency=currency,
        tax_included=False,
        amounts=sums.amounts,
        placed_at=moment(order.date_created, f"{path}.date_created", delivery_id),
        paid_at=_paid_at(order, state, delivery_id, path),
        shipped_at=shipped_at,
        delivered_at=delivered_at,
        completed_at=None,
        cancelled_at=_cancelled_at(order, delivery_id, path),
        updated_at=_updated_at(order, shipment, delivery_id, path),
        buyer=_buyer(order),
        ship_to=_ship_to(shipment),
        lines=sums.lines,
        shipments=shipments,
        attribution=new_attribution(coupons=(coupon,)) if order.coupon and (coupon := ident(order.coupon.id)) else NO_ATTRIBUTION,
        extra=sums.notes | _notes(order, shipment),
    )


def _currency(told: str | None, path: str, delivery_id: str) -> str:
    try:
        exponent(told or "")
    except ValueError as error:
        raise malformed(str(error), path, delivery_id) from None
    return told or ""


def _status(order: OrderShape, shipment: ShipmentShape | None) -> Status:
    """The order's own status; once it is paid, how far the shipment got. Cancelled and invalid win over everything."""
    own = status.ORDER_STATUS.get(order.status or "", Status.UNKNOWN)
    if own is not Status.PAID:
        return own
    if shipment is not None:
        state = status.SHIPMENT_STATUS.get(shipment.status or "", Status.UNKNOWN) or own
        return Status.COMPLETED if order.fulfilled and state is Status.DELIVERED else state
    if order.fulfilled:
        return Status.COMPLETED
    return Status.DELIVERED if status.DELIVERED_TAG in (order.tags or ()) else own


def _platform_status(order: OrderShape, shipment: ShipmentShape | None) -> str | None:
    if shipment is None or not shipment.status:
        return order.status
    return f"{order.status}/{shipment.status}"


def _refund_status(document: Document, order: OrderShape, sums: Figures) -> RefundStatus:
    """By the amounts where the payments tell any, else by what the order's status implies, else by open claims."""
    if sums.amounts.refunded:
        return model.refund_status(sums.amounts.paid, sums.amounts.refunded, open_refund=False)
    if order.status == status.PARTLY_REFUNDED:
        return RefundStatus.PARTIAL
    if status.ORDER_STATUS.get(order.status or "") is Status.CANCELLED and sums.captured:
        return RefundStatus.FULL
    claims = document.claims or ()
    asked = any(claim.status == status.OPEN_CLAIM and claim.type in status.REFUND_CLAIMS for claim in claims)
    return RefundStatus.REQUESTED if asked or order.status == status.CANCEL_PENDING else RefundStatus.NONE


def _refunds(order: OrderShape, currency: str, ref: Ref, path: str) -> Iterator[Refund]:
    """A payment tells the sum that went back, not each return of money: one refund a payment, growing."""
    for index, payment in enumerate(order.payments or ()):
        if not payment.transaction_amount_refunded and payment.status != status.REFUNDED and payment.currency_id == currency:
            continue  # nothing went back
        at = f"{path}.payments[{index}]"
        paid_in = _currency(payment.currency_id, f"{at}.currency_id", ref.delivery_id) if payment.currency_id else currency
        amount = refunded_of(payment, paid_in, at, ref.delivery_id)
        if not amount:
            continue
        refund_id, order_id = ident(payment.id), ident(order.id)
        if refund_id is None or order_id is None:
            raise malformed("a refunded payment without an id", f"{at}.id", ref.delivery_id)
        changed_at = moment(payment.date_last_modified, f"{at}.date_last_modified", ref.delivery_id)
        yield Refund(
            merchant=ref.account.merchant,
            platform=KEY,
            account=ref.account.account,
            refund_id=refund_id,
            order_id=order_id,
            kind=RefundKind.REFUND,
            status=RefundState.SUCCEEDED,
            platform_status=payment.status,
            amount=amount,
            currency=paid_in,
            reason=None,
            closed_at=changed_at,
            updated_at=changed_at,
        )


def _paid_at(order: OrderShape, state: Status, delivery_id: str, path: str) -> datetime | None:
    """When the last payment that makes up the whole was approved."""
    if not earned(state) and state is not Status.CANCELLED:
        return None
    times = [
        moment(payment.date_approved, f"{path}.payments[{index}].date_approved", delivery_id)
        for index, payment in enumerate(order.payments or ())
        if payment.status in status.CAPTURED
    ]
    return max([time for time in times if time is not None], default=None)


def _cancelled_at(order: OrderShape, delivery_id: str, path: str) -> datetime | None:
    if order.cancel_detail is None or status.ORDER_STATUS.get(order.status or "") is not Status.CANCELLED:
        return None
    return moment(order.cancel_detail.date, f"{path}.cancel_detail.date", delivery_id)


def _updated_at(order: OrderShape, shipment: ShipmentShape | None, delivery_id: str, path: str) -> datetime | None:
    """The later of order and shipment: a document of both is as new as its newer part."""
    own = moment(order.last_updated or order.date_last_updated, f"{path}.last_updated", delivery_id)
    other = moment(shipment.last_updated, "$.shipment.last_updated", delivery_id) if shipment else None
    return max(own, other) if own and other else own or other


def _parcel_times(document: Document, ref: Ref) -> tuple[datetime | None, datetime | None]:
    """When the parcel left and arrived: from `status_history`, else the first such step of the history."""
    if document.history is None and (document.shipment is None or document.shipment.status_history is None):
        return None, None
    told = document.shipment.status_history if document.shipment else None
    shipped = moment(told.date_shipped, "$.shipment.status_history.date_shipped", ref.delivery_id) if told else None
    delivered = moment(told.date_delivered, "$.shipment.status_history.date_delivered", ref.delivery_id) if told else None
    steps: dict[str, datetime] = {}
    for index, step in enumerate(document.history or ()):
        time = moment(step.date, f"$.history[{index}].date", ref.delivery_id)
        if time is not None and step.status:
            steps[step.status] = min(time, steps.get(step.status, time))
    return shipped or steps.get("shipped"), delivered or steps.get("delivered")


def _shipments(shipment: ShipmentShape, shipped_at: datetime | None, delivered_at: datetime | None) -> tuple[model.Shipment, ...]:
    number = ident(shipment.tracking_number)
    if number is None:
        return ()
    return (model.Shipment(shipment.tracking_method, number, shipped_at, delivered_at),)


def _buyer(order: OrderShape) -> model.Buyer:
    if order.buyer is None:
        return NOBODY
    buyer = order.buyer
    masked: list[str] = []
    first, last = buyer.first_name, buyer.last_name
    name = f"{first} {last}" if first and last else first or last
    return new_buyer(
        ident(buyer.id),
        name=_plain("name", name, masked),
        email=_plain("email", buyer.email, masked),
        nickname=_plain("nickname", buyer.nickname, masked),
        masked=tuple(masked),
    )


def _plain(name: str, value: str | None, masked: list[str]) -> str | None:
    """A value that is told plainly, None for nothing; a masked one is None and named in `masked`."""
    if not value:
        return None
    if hidden(value):
        masked.append(name)
        return None
    return value


def _ship_to(shipment: ShipmentShape | None) -> model.ShipTo:
    if shipment is None:
        return NOWHERE
    to = shipment.destination
    address = (to.shipping_address if to else None) or shipment.receiver_address or NO_ADDRESS
    number, street = address.street_number, address.street_name
    country = address.country.id if address.country else None
    masked: list[str] = []
    return new_ship_to(
        _plain("name", (to.receiver_name if to else None) or address.receiver_name, masked),
        _plain("phone", (to.receiver_phone if to else None) or address.receiver_phone, masked),
        _plain("country", country if isinstance(country, str) and len(country) == 2 else None, masked),
        _plain("province", address.state.name if address.state else None, masked),
        _plain("city", address.city.name if address.city else None, masked),
        _plain("district", address.neighborhood.name if address.neighborhood else None, masked),
        _plain("address", address.address_line or (f"{street} {number}" if street and number else street or number), masked),
        _plain("postcode", address.zip_code, masked),
        tuple(masked),
    )


def hidden(value: str | None) -> bool:
    """Whether a value is masked: a row of X, or with asterisks in it."""
    if not value:
        return False
    return "*" in value or (value[0] == "X" and len(value) > 2 and not value.strip("X "))


def _notes(order: OrderShape, shipment: ShipmentShape | None) -> dict[str, Any]:
    cancel = order.cancel_detail
    notes = {
        "pack_id": ident(order.pack_id),
        "not_delivered": True if shipment is not None and shipment.status == "not_delivered" else None,
        "cancel_requested": True if order.status == status.CANCEL_PENDING else None,
        "cancel_group": cancel.group if cancel else None,
        "cancel_code": cancel.code if cancel else None,
    }
    return {name: value for name, value in notes.items() if value is not None}
