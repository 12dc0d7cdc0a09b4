"""Shopify's order, as REST and webhooks write it, into the canonical order and its refunds. Sources: the status tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chalicelib.contract import Ref
from chalicelib.domain.order import (
    Amounts,
    Attribution,
    Buyer,
    Line,
    Order,
    Refund,
    RefundStatus,
    Shipment,
    ShipTo,
    Status,
    gap,
    refund_status,
)
from chalicelib.errors import Permanent
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.records import quick
from chalicelib.toolkit.texts import joined, text
from connectors.shopify import payloads as shapes
from connectors.shopify import status as words
from connectors.shopify.numbers import Minor
from connectors.shopify.refunds import APPROVED, SUCCEEDED, refund

# An order is many small records; see chalicelib/toolkit/records.py.
new_order, new_amounts, new_line = quick(Order), quick(Amounts), quick(Line)
new_buyer, new_ship_to, new_attribution = quick(Buyer), quick(ShipTo), quick(Attribution)
NOWHERE, NO_ATTRIBUTION = ShipTo(), Attribution()

PRICE = "$.line_items[...].price"
CAPTURES = frozenset({"sale", "capture"})
ARRIVED = frozenset({Status.DELIVERED, Status.COMPLETED})


def order_and_refunds(body: shapes.OrderBody, ref: Ref) -> tuple[Order | Refund, ...]:
    """The order first, then the refunds it holds. Permanent("payload-malformed") with the path on what cannot be read."""
    if body.id is None:
        raise _missing("$.id", ref)
    if body.currency is None:
        raise _missing("$.currency", ref)
    minor = Minor(body.currency, ref)
    order_id = str(body.id)
    refunds = tuple([refund(each, ref, order_id=order_id, shared=minor) for each in body.refunds or ()])
    return (_order(body, ref, minor, order_id, refunds), *refunds)


def _order(body: shapes.OrderBody, ref: Ref, minor: Minor, order_id: str, refunds: Sequence[Refund]) -> Order:
    account = ref.account
    finance, fulfilment = body.financial_status, body.fulfillment_status
    fulfilments = body.fulfillments or ()
    parcels = [each for each in fulfilments if each.status in words.FULFILMENT_DONE] if fulfilments else []
    cod = _is_cod(body, ref)
    status = _life(body, parcels, cod=cod)
    amounts, extra = _amounts(body, minor, refunds)
    if cod:
        extra["payment"] = "cod"
    open_refund = body.return_open or bool(refunds and any(each.status == APPROVED for each in refunds))
    return new_order(
        merchant=account.merchant,
        platform=account.platform,
        account=account.account,
        order_id=order_id,
        order_no=text(body.name),
        status=status.value,
        platform_status=f"{finance or 'none'}/{fulfilment or 'unfulfilled'}",
        refund_status=order_refund_status(finance, amounts, open_refund=open_refund).value,
        test=bool(body.test),
        currency=minor.currency,
        tax_included=body.taxes_included,
        amounts=amounts,
        placed_at=utc(body.processed_at or body.created_at),
        paid_at=_paid_at(body.transactions) if body.transactions else None,
        shipped_at=utc(min((each.created_at for each in parcels if each.created_at), default=None)) if parcels else None,
        delivered_at=_delivered_at(parcels) if status in ARRIVED else None,
        completed_at=utc(body.closed_at) if status is Status.COMPLETED else None,
        cancelled_at=utc(body.cancelled_at),
        updated_at=utc(body.updated_at),
        buyer=_buyer(body),
        ship_to=_ship_to(body.shipping_address),
        lines=_lines(body.line_items or (), minor, _refunded_quantities(refunds)),
        shipments=tuple([shipment(each) for each in fulfilments if travels(each)]) if fulfilments else (),
        attribution=_attribution(body),
        extra=extra,
    )


def _life(body: shapes.OrderBody, parcels: Sequence[shapes.FulfilmentBody], *, cod: bool) -> Status:
    return order_status(
        body.financial_status,
        body.fulfillment_status,
        cancelled=body.cancelled_at is not None,
        closed=body.closed_at is not None,
        delivered=bool(parcels) and all(each.shipment_status == words.DELIVERED for each in parcels),
        cod=cod,
    )


def order_status(
    finance: str | None, fulfilment: str | None, *, cancelled: bool, closed: bool, delivered: bool, cod: bool
) -> Status:
    """The first rule that fits: cancelled or voided; what has been shipped; what has been paid. Unmapped words: unknown."""
    money = (finance or "").lower()
    if cancelled or money == words.CANCELLED_BY_FINANCE:
        return Status.CANCELLED
    goods = (fulfilment or "unfulfilled").lower()
    if goods not in words.BY_FULFILMENT:
        return Status.UNKNOWN
    shipped = words.BY_FULFILMENT[goods]
    if shipped is Status.SHIPPED:
        return Status.COMPLETED if closed else Status.DELIVERED if delivered else Status.SHIPPED
    if shipped is not None:
        return shipped
    paid = words.BY_FINANCE.get(money, Status.UNKNOWN)
    # Cash on delivery is released to the shop at once: it waits for the parcel, not for the money.
    return Status.PAID if cod and paid is Status.PENDING_PAYMENT else paid


def order_refund_status(finance: str | None, amounts: Amounts, *, open_refund: bool) -> RefundStatus:
    """From the amounts; where the body leaves the refunds out, from finance."""
    if amounts.refunded is None:
        told = {"refunded": RefundStatus.FULL, "partially_refunded": RefundStatus.PARTIAL}.get((finance or "").lower())
        if told is not None:
            return told
    return refund_status(amounts.paid, amounts.refunded, open_refund)


def _amounts(body: shapes.OrderBody, minor: Minor, refunds: Sequence[Refund]) -> tuple[Amounts, dict[str, Any]]:
    items = minor.maybe(body.total_line_items_price, "$.total_line_items_price")
    if items is None and body.line_items is not None:
        items = sum(minor(each.price, "$.line_items[...].price") * each.quantity for each in body.line_items)
    total = minor.maybe(body.total_price, "$.total_price")
    discount, shipping = _discount_and_shipping(body, minor)
    amounts = new_amounts(
        items=items,
        discount_seller=discount,
        discount_platform=0,  # Shopify is no marketplace: it gives no discount of its own
        shipping=shipping,
        tax=minor.maybe(body.total_tax, "$.total_tax"),
        other=_other(body, minor),
        total=total,
        paid=_paid(body, minor, total),
        refunded=_refunded(body, minor, refunds),
    )
    return amounts, _extra(body, minor, amounts)


def _extra(body: shapes.OrderBody, minor: Minor, amounts: Amounts) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    difference = gap(amounts, body.taxes_included)
    if difference:
        extra["amounts_gap"] = difference
    if body.current_total_price is not None and body.current_total_price != body.total_price:
        extra["current_total"] = minor(body.current_total_price, "$.current_total_price")
    if body.presentment_currency and body.presentment_currency != minor.currency:
        extra["presentment_currency"] = body.presentment_currency
    collected = [each.price for each in body.tax_lines if each.channel_liable and each.price is not None] if body.tax_lines else ()
    if collected:
        extra["tax_platform"] = sum(minor(each, "$.tax_lines[...].price") for each in collected)
    return extra


def _discount_and_shipping(body: shapes.OrderBody, minor: Minor) -> tuple[int | None, int | None]:
    """The platform counts a discount on shipping among the discounts and leaves shipping as listed; ours is after it."""
    discount = minor.maybe(body.total_discounts, "$.total_discounts")
    shipping = minor.of_set(body.total_shipping_price_set, "$.total_shipping_price_set")
    lines = body.shipping_lines
    if lines is None:
        return discount, shipping
    listed = off = 0
    for each in lines:
        price = minor.maybe(each.price, "$.shipping_lines[...].price") or 0
        listed, off = listed + price, off + _shipping_discount(each, price, minor)
    if shipping is None:
        shipping = listed
    if off and discount is not None and shipping == listed and off <= min(discount, shipping):
        return discount - off, shipping - off
    return discount, shipping


def _shipping_discount(line: shapes.ShippingLine, price: int, minor: Minor) -> int:
    if line.discount_allocations is not None:
        return sum([minor(each.amount, "$.shipping_lines[...].discount_allocations") for each in line.discount_allocations])
    reduced = line.discounted_price
    return 0 if reduced is None else max(0, price - minor(reduced, "$.shipping_lines[...].discounted_price"))


def _other(body: shapes.OrderBody, minor: Minor) -> int:
    """Tips, duties and fees; a body that does not have them is of an order that cannot (older API versions)."""
    tip = minor.maybe(body.total_tip_received, "$.total_tip_received") or 0
    fees = minor.of_set(body.original_total_additional_fees_set, "$.original_total_additional_fees_set") or 0
    if body.duties_included:
        return tip + fees
    return tip + fees + (minor.of_set(body.original_total_duties_set, "$.original_total_duties_set") or 0)


def _paid(body: shapes.OrderBody, minor: Minor, total: int | None) -> int | None:
    if body.transactions:
        moved = [each for each in body.transactions if each.kind in CAPTURES and each.status == "success"]
        if all(each.currency in (None, minor.currency) for each in moved):
            return sum(minor.maybe(each.amount, "$.transactions[...].amount") or 0 for each in moved)
    if body.received is not None:
        return minor(body.received, "$.totalReceivedSet")
    money = (body.financial_status or "").lower()
    if money in words.CAPTURED_ALL:
        return total
    if money in words.CAPTURED_NONE:
        return 0
    due = minor.maybe(body.total_outstanding, "$.total_outstanding")
    return total - due if money == "partially_paid" and total is not None and due is not None else None


def _refunded(body: shapes.OrderBody, minor: Minor, refunds: Sequence[Refund]) -> int | None:
    """The sum of succeeded refunds, None where the body does not hold them, or states them in another currency."""
    if body.refunds is None and body.refunded is not None:
        return minor(body.refunded, "$.totalRefundedSet")
    if body.refunds is None:
        return 0 if (body.financial_status or "").lower() in words.NEVER_REFUNDED else None
    total = 0
    for each in refunds:
        if each.status == SUCCEEDED:
            if each.amount is None or each.currency not in (None, minor.currency):
                return None
            total += each.amount
    told = (body.financial_status or "").lower() in words.REFUNDED
    return None if told and total == 0 else total


def _paid_at(transactions: Iterable[shapes.Transaction] | None) -> datetime | None:
    times = [
        each.processed_at for each in transactions or () if each.kind in CAPTURES and each.status == "success" and each.processed_at
    ]
    return utc(min(times)) if times else None


def _delivered_at(parcels: Sequence[shapes.FulfilmentBody]) -> datetime | None:
    times = [each.delivered_at for each in parcels if each.delivered_at is not None]
    return utc(max(times)) if times and len(times) == len(parcels) else None


def _lines(items: Sequence[shapes.LineItem], minor: Minor, refunded: dict[str, int]) -> tuple[Line, ...]:
    lines = []
    for item in items:
        price, quantity, shares, line_id = minor(item.price, PRICE), item.quantity, item.discount_allocations, str(item.id)
        discount: int | None = 0
        if shares or shares is None:
            discount = _line_discount(item, price, minor)
        lines.append(
            new_line(
                line_id,
                None if item.product_id is None else str(item.product_id),
                None if item.variant_id is None else str(item.variant_id),
                item.sku or None,
                item.title or None,
                quantity,
                price,
                discount,
                None if discount is None else price * quantity - discount,
                _line_refund(refunded[line_id], quantity) if line_id in refunded else "none",
            )
        )
    return tuple(lines)


def _line_discount(item: shapes.LineItem, price: int, minor: Minor) -> int | None:
    """What is allotted to the line, shares of order discounts included; `total_discount` holds the line's own only."""
    shares = item.discount_allocations
    if shares is not None:
        discount = 0
        for each in shares:
            discount += minor(each.amount, "$.line_items[...].discount_allocations")
        return discount
    if item.discounted_total is not None:
        return price * item.quantity - minor(item.discounted_total, "$.lineItems[...].discountedTotalSet")
    return minor.maybe(item.total_discount, "$.line_items[...].total_discount")


def _line_refund(refunded: int, quantity: int) -> str:
    if refunded <= 0:
        return RefundStatus.NONE.value
    return RefundStatus.FULL.value if refunded >= quantity else RefundStatus.PARTIAL.value


def _refunded_quantities(refunds: Sequence[Refund]) -> dict[str, int]:
    """Pieces for which money went back; a line taken off by an edit moves no money and is not refunded."""
    pieces: dict[str, int] = {}
    for each in refunds:
        if each.status == SUCCEEDED and each.amount:
            for line in each.lines:
                pieces[line.line_id] = pieces.get(line.line_id, 0) + (line.quantity or 0)
    return pieces


def travels(body: shapes.FulfilmentBody) -> bool:
    """Whether the fulfilment is a parcel: done or booked, not cancelled or failed."""
    return body.status in words.FULFILMENT_DONE or body.status in words.FULFILMENT_BOOKED


def shipment(body: shapes.FulfilmentBody) -> Shipment:
    """The parcel; it has left when the fulfilment succeeded. Only GraphQL states the time of delivery."""
    number = text(body.tracking_number) or next((each for each in body.tracking_numbers or () if each), None)
    left = utc(body.created_at) if body.status in words.FULFILMENT_DONE else None
    return Shipment(carrier=text(body.tracking_company), tracking_no=number, shipped_at=left, delivered_at=utc(body.delivered_at))


def _buyer(body: shapes.OrderBody) -> Buyer:
    person = body.customer
    if person is None:
        return new_buyer(email=text(body.email) or text(body.contact_email), phone=text(body.phone))
    return new_buyer(
        id=None if person.id is None else str(person.id),
        name=joined(" ", person.first_name, person.last_name),
        email=text(person.email) or text(body.email) or text(body.contact_email),
        phone=text(person.phone) or text(body.phone),
    )


def _ship_to(address: shapes.Address | None) -> ShipTo:
    if address is None:
        return NOWHERE
    return new_ship_to(
        text(address.name) or joined(" ", address.first_name, address.last_name),
        text(address.phone),
        text(address.country_code),
        text(address.province_code) or text(address.province),
        text(address.city),
        None,
        joined(", ", address.address1, address.address2) if address.address2 else text(address.address1),
        text(address.zip),
    )


def _attribution(body: shapes.OrderBody) -> Attribution:
    codes, page, referrer = body.discount_codes, body.landing_site, body.referring_site
    if not codes and not page and not referrer:
        return NO_ATTRIBUTION
    coupons = tuple([each.code for each in codes if each.code]) if codes else ()
    source, campaign = landing(page, referrer)
    return new_attribution(source, campaign, coupons)


def landing(page: str | None, referrer: str | None) -> tuple[str | None, str | None]:
    """Source and campaign: the `utm_` marks of the first page, else the host of the referring site as the source."""
    source = campaign = None
    try:
        if page and "utm_" in page:
            marks = parse_qs(urlsplit(page).query)
            source, campaign = marks.get("utm_source", [None])[0], marks.get("utm_campaign", [None])[0]
        if source is None and referrer:
            source = urlsplit(referrer).hostname
    except ValueError:
        # Any visitor can write these two; an address that is none tells nothing and must not stop an order.
        return source, campaign
    return source, campaign


def _is_cod(body: shapes.OrderBody, ref: Ref) -> bool:
    names = body.payment_gateway_names
    if not names:
        return False
    own = ref.account.options.get("cod_gateways")
    known = frozenset(each.strip().lower() for each in own.split(",")) if own else words.COD_GATEWAYS
    return not known.isdisjoint([each.lower() for each in names])


def _missing(path: str, ref: Ref) -> Permanent:
    return Permanent(
        "payload-malformed", "a required field is missing", connector="shopify", path=path, delivery_id=ref.delivery_id
    )
