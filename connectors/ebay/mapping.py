"""eBay's order into the canonical order, its refunds and its returns. Sources: the status tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from chalicelib.contract import Ref
from chalicelib.domain.order import (
    Buyer,
    Line,
    Order,
    Refund,
    RefundState,
    RefundStatus,
    Shipment,
    ShipTo,
    Status,
    refund_status,
)
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.loose import Odd, shown
from chalicelib.toolkit.records import quick
from chalicelib.toolkit.texts import text
from connectors.ebay import payloads as shapes
from connectors.ebay import status as words
from connectors.ebay.amounts import OrderPurse, came_in, order_amounts
from connectors.ebay.refunds import line_refunds, order_refunds, returns
from connectors.ebay.values import KEY, READ

new_order, new_line, new_shipment = quick(Order), quick(Line), quick(Shipment)
new_buyer, new_ship_to = quick(Buyer), quick(ShipTo)
NOBODY, NOWHERE = Buyer(), ShipTo()
NOT_BACK, SOME_BACK, ALL_BACK = RefundStatus.NONE.value, RefundStatus.PARTIAL.value, RefundStatus.FULL.value
DONE = RefundState.SUCCEEDED.value
OPEN = frozenset({RefundState.REQUESTED.value, RefundState.APPROVED.value})


def to_canonical(document: shapes.Document, body: shapes.OrderShape, ref: Ref, path: str) -> Iterator[Order | Refund]:
    """The order, then its refunds, then its returns. Permanent with the path on what cannot be read."""
    try:
        if body.pricing_summary is None or not body.order_id:
            raise Odd("a required field is missing", "orderId" if not body.order_id else "pricingSummary")
        purse = OrderPurse(body.pricing_summary.total.currency)
        backs = [*order_refunds(body, purse, ref), *line_refunds(body, purse, ref)]
        backs += returns(document.returns, body.order_id, ref)
        yield _order(document, body, purse, backs, ref)
        yield from backs
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _order(
    document: shapes.Document,
    body: shapes.OrderShape,
    purse: OrderPurse,
    backs: Sequence[Refund],
    ref: Ref,
) -> Order:
    amounts, extra = order_amounts(body, purse)
    cancel = body.cancel_status
    lines = body.line_items or ()
    if lines and (market := lines[0].purchase_marketplace_id):
        extra["marketplace"] = market
    money = body.payment_summary
    if money and money.total_due_seller and money.total_due_seller.currency != purse.currency:
        extra["payout_currency"] = money.total_due_seller.currency
    wished = _cancel_wished(cancel)
    if wished:
        extra["cancel_requested"] = True
    account = ref.account
    open_refund = wished or any(each.status in OPEN for each in backs)
    return new_order(
        merchant=account.merchant,
        platform=KEY,
        account=account.account,
        order_id=body.order_id or "",
        order_no=body.order_id,
        status=_life(body).value,
        platform_status=_told_status(body),
        refund_status=refund_status(amounts.paid, amounts.refunded, open_refund).value,
        test=account.options.get("environment") == "sandbox",
        currency=purse.currency,
        tax_included=False,
        amounts=amounts,
        placed_at=utc(body.creation_date),
        paid_at=_paid_at(money),
        shipped_at=_first([each.shipped_date for each in document.fulfillments or ()]),
        delivered_at=None,
        completed_at=None,
        cancelled_at=utc(cancel.cancelled_date) if cancel else None,
        updated_at=utc(body.last_modified_date),
        buyer=_buyer(body.buyer),
        ship_to=_ship_to(body.fulfillment_start_instructions),
        lines=_lines(lines, purse, backs),
        shipments=tuple([_shipment(each) for each in document.fulfillments]) if document.fulfillments else (),
        extra=extra,
    )


def _life(body: shapes.OrderShape) -> Status:
    """Cancelled, else how far it was shipped, else how far it was paid. One word that is not known: unknown."""
    cancel = body.cancel_status.cancel_state if body.cancel_status else None
    payment, shipped = body.order_payment_status or "", body.order_fulfillment_status or ""
    if (cancel and cancel not in words.CANCEL) or payment not in words.PAYMENT or shipped not in words.FULFILMENT:
        return Status.UNKNOWN
    if cancel and (found := words.CANCEL[cancel]):
        return found
    return words.FULFILMENT[shipped] or (Status.PAID if came_in(body) else words.PAYMENT[payment])


def _told_status(body: shapes.OrderShape) -> str:
    told = f"{body.order_payment_status or 'none'}/{body.order_fulfillment_status or 'none'}"
    cancel = body.cancel_status.cancel_state if body.cancel_status else None
    return f"{told}/{cancel}" if cancel and cancel != "NONE_REQUESTED" else told


def _cancel_wished(cancel: shapes.CancelStatus | None) -> bool:
    if cancel is None or words.CANCEL.get(cancel.cancel_state or "") is Status.CANCELLED:
        return False
    wishes = cancel.cancel_requests or ()
    return cancel.cancel_state == words.CANCEL_OPEN or any(
        each.cancel_request_state == words.CANCEL_REQUEST_OPEN for each in wishes
    )


def _paid_at(money: shapes.PaymentSummary | None) -> datetime | None:
    """When the whole was paid: the last payment's date."""
    dates = [each.payment_date for each in money.payments or () if each.payment_date] if money else []
    return utc(max(dates)) if dates else None


def _first(times: Sequence[datetime | None]) -> datetime | None:
    told = [each for each in times if each]
    return utc(min(told)) if told else None


def _shipment(told: shapes.Fulfilment) -> Shipment:
    return new_shipment(text(told.shipping_carrier_code), text(told.shipment_tracking_number), utc(told.shipped_date), None)


def _buyer(person: shapes.Person | None) -> Buyer:
    """The user name (for users in the US its immutable id); the address, e-mail and telephone are gone after a while."""
    if person is None:
        return NOBODY
    masked: list[str] = []
    contact = person.buyer_registration_address
    name = text(person.username)
    if contact is None:
        return new_buyer(name, name)
    phone = contact.primary_phone.phone_number if contact.primary_phone else None
    return new_buyer(
        name,
        name,
        shown("name", text(contact.full_name), masked),
        shown("email", text(contact.email), masked),
        shown("phone", text(phone), masked),
        tuple(masked),
    )


def _ship_to(instructions: Sequence[shapes.Instruction] | None) -> ShipTo:
    """Where it goes in the end: behind a hub, the final address."""
    if not instructions:
        return NOWHERE
    masked: list[str] = []
    first = instructions[0]
    contact = first.shipping_step.ship_to if first.shipping_step else None
    place = first.final_destination_address or (contact.contact_address if contact else None)
    phone = contact.primary_phone.phone_number if contact and contact.primary_phone else None
    name = shown("name", text(contact.full_name), masked) if contact else None
    number = shown("phone", text(phone), masked)
    if place is None:
        return new_ship_to(name, number, masked=tuple(masked))
    second, street = text(place.address_line2), text(place.address_line1)
    return new_ship_to(
        name,
        number,
        text(place.country_code),
        shown("province", text(place.state_or_province), masked),
        shown("city", text(place.city), masked),
        text(place.county),
        shown("address", f"{street}, {second}" if street and second else street or second, masked),
        shown("postcode", text(place.postal_code), masked),
        tuple(masked),
    )


def _lines(told: Sequence[shapes.LineItem], purse: OrderPurse, backs: Sequence[Refund]) -> tuple[Line, ...]:
    back: dict[str, int] = {}
    for each in backs:
        if each.status == DONE:
            for part in each.lines:
                back[part.line_id] = back.get(part.line_id, 0) + (part.amount or 0)
    lines: list[Line] = []
    try:
        for item in told:
            lines.append(_line(item, purse, back))
    except Odd as odd:
        raise odd.below(f"lineItems[{len(lines)}]") from None
    return tuple(lines)


def _line(item: shapes.LineItem, purse: OrderPurse, back: dict[str, int]) -> Line:
    """A line. The platform states the price of all pieces; where that cannot be cut evenly it is left whole."""
    quantity, told, reduced = item.quantity, item.line_item_cost, item.discounted_line_item_cost
    if quantity < 1:
        raise Odd("expected a number of pieces", "quantity")
    variation, discount, total = item.legacy_variation_id, 0, None
    cost = price = None
    if told is not None:
        total = cost = purse.must(told, "lineItemCost")
        price = cost if quantity == 1 else None if cost % quantity else cost // quantity
        if reduced is not None:
            total = purse.must(reduced, "discountedLineItemCost")
            discount = cost - total
        elif item.applied_promotions:
            discount = _promotions(item.applied_promotions, purse)
            total = cost - discount
    state = NOT_BACK
    if back and (returned := back.get(item.line_item_id)):
        state = ALL_BACK if total is not None and returned >= total else SOME_BACK
    return new_line(
        item.line_item_id,
        item.legacy_item_id,
        variation if variation and variation != "0" else None,
        item.sku or None,
        item.title or None,
        quantity,
        price,
        None if cost is None else discount,
        total,
        state,
    )


def _promotions(told: Sequence[shapes.Promotion], purse: OrderPurse) -> int:
    return sum([purse.own(each.discount_amount, "appliedPromotions") or 0 for each in told])
