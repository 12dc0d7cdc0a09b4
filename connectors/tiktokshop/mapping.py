"""Orders of TikTok Shop to the canonical model. A line item is one unit; units of one SKU at one price are one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import add
from typing import Any

from chalicelib.contract import Ref
from chalicelib.domain.order import Amounts, Attribution, Buyer, Line, Order, RefundStatus, Shipment, ShipTo, Status, earned, gap
from chalicelib.toolkit.loose import Odd, column, epoch, exact_in, fields, ident, shown, summed, text, told_by, yes
from chalicelib.toolkit.records import quick
from connectors.tiktokshop import status
from connectors.tiktokshop.payloads import Address, Payment
from connectors.tiktokshop.payloads import Line as Unit
from connectors.tiktokshop.payloads import Order as Told
from connectors.tiktokshop.values import KEY, READ

# See chalicelib/toolkit/records.py.
new_order, new_amounts, new_line, new_shipment = quick(Order), quick(Amounts), quick(Line), quick(Shipment)
new_buyer, new_ship_to = quick(Buyer), quick(ShipTo)
Column = list[int | None]
PARTS = (
    "seller_discount",
    "platform_discount",
    "shipping_fee",
    "tax",
    "total_amount",
    "original_total_product_price",
    "payment_platform_discount",
    *status.FEES,
)
NO_GIFT = frozenset({None, False, "false"})
NOWHERE, NO_ATTRIBUTION = ShipTo(), Attribution()
NONE, REQUESTED, PARTIAL, FULL = RefundStatus.NONE, RefundStatus.REQUESTED, RefundStatus.PARTIAL, RefundStatus.FULL
UNKNOWN, CANCELLED, PENDING = Status.UNKNOWN, Status.CANCELLED, Status.PENDING_PAYMENT
ARRIVED = (Status.DELIVERED, Status.COMPLETED)
LEFT = (Status.PARTIALLY_SHIPPED, Status.SHIPPED, *ARRIVED)


def to_order(told: Told, ref: Ref, path: str) -> Order:
    """An element of `orders`. Permanent with the path on a value that cannot be read."""
    try:
        return _order(told, ref)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def line_ids(units: Sequence[Unit]) -> dict[str, str]:
    """The line that each unit belongs to, by the unit's id."""
    found: dict[str, str] = {}
    for places in _grouped(units):
        ids = [one for place in places if (one := ident(units[place].id))]
        found |= dict.fromkeys(ids, min(ids, key=_by_number, default=""))
    return found


def _grouped(units: Sequence[Unit]) -> list[list[int]]:
    """The places of units of one SKU at one price, in the order in which they come. Odd on a price of another kind."""
    groups: dict[Any, list[int]] = {}
    for place, unit in enumerate(units):
        key = (unit.sku_id, str(unit.original_price), str(unit.sale_price))
        groups.setdefault(key, []).append(place)
    return list(groups.values())


def _by_number(unit: str) -> tuple[int, str]:
    return len(unit), unit


def _order(told: Told, ref: Ref) -> Order:
    order_id, units, payment = ident(told.id), told.line_items, told.payment
    if order_id is None or units is None or payment is None:
        raise Odd("an order without id, lines or payment", "id" if order_id is None else "payment" if units else "line_items")
    currency, exact = _currency(payment, units)
    state = status.ORDER_STATUS.get(told.status or "", UNKNOWN)
    cod, paid_time = yes(told.is_cod), epoch(told.paid_time, "paid_time")
    lines, items = _lines(units, exact, paid=paid_time is not None and not cod)
    refund = _refund_status(told, lines, state, paid=paid_time is not None and not cod)
    amounts, included, extra = _amounts(payment, currency, items)
    amounts = _settled(amounts, state, refund, cod=cod, paid=paid_time is not None)
    account = ref.account
    return new_order(
        account.merchant,
        KEY,
        account.account,
        order_id,
        order_id,
        state,
        text(told.status),
        refund,
        yes(told.is_sample_order),
        currency,
        included,
        amounts,
        epoch(told.create_time, "create_time"),
        None if cod else paid_time,
        *_times(told, state),
        epoch(told.update_time, "update_time"),
        _buyer(told),
        _ship_to(told.recipient_address) if told.recipient_address else NOWHERE,
        lines,
        _shipments(told, units),
        NO_ATTRIBUTION,
        extra | _notes(told, amounts, included, cod=cod),
    )


def _currency(payment: Payment, units: Sequence[Unit]) -> tuple[str, Callable[[Any], int | None]]:
    """The currency of the payment, and the reader of amounts in it. The lines must be in the same."""
    currency = payment.currency or (units[0].currency if units else None) or ""
    try:
        exact = exact_in(currency)
    except ValueError as error:
        raise Odd(str(error), "payment.currency") from None
    if told_by(units, "currency") - {None, "", currency}:
        raise Odd("an order in two currencies", "line_items[0].currency")
    return currency, exact


def _lines(units: Sequence[Unit], exact: Callable[[Any], int | None], *, paid: bool) -> tuple[tuple[Line, ...], int | None]:
    """The lines, and what all units cost before any discount."""
    try:
        price, sale = column(units, "original_price", exact), column(units, "sale_price", exact)
        seller, platform = column(units, "seller_discount", exact), column(units, "platform_discount", exact)
    except Odd as odd:
        raise Odd(odd.detail, f"line_items{odd.name}") from None
    if None in price or not told_by(units, "is_gift") <= NO_GIFT:
        _mend(units, price, sale, seller, platform)
    if None in seller or None in platform:
        discounts = [_off(*parts) for parts in zip(price, sale, seller, platform, strict=True)]
    else:
        discounts = list(map(add, seller, platform))
    gone = paid and not status.LINE_CANCELLED.isdisjoint(told_by(units, "display_status"))
    lines = tuple([_line(units, places, price, discounts, gone=gone) for places in _grouped(units)])
    return lines, summed(price) if units else None


def _mend(units: Sequence[Unit], price: Column, sale: Column, seller: Column, platform: Column) -> None:
    """A free gift costs nothing; a price that is not told is what was paid and what came off it."""
    for place, unit in enumerate(units):
        if yes(unit.is_gift) and not sale[place]:
            price[place] = seller[place] = platform[place] = 0
        elif price[place] is None and sale[place] is not None:
            price[place] = _plus(sale[place], (seller[place] or 0) + (platform[place] or 0))


def _off(price: int | None, sale: int | None, seller: int | None, platform: int | None) -> int | None:
    """What is off a unit: as told by bearer, else by its two prices."""
    if seller is not None or platform is not None:
        return (seller or 0) + (platform or 0)
    return None if price is None or sale is None else price - sale


def _line(units: Sequence[Unit], places: Sequence[int], prices: Column, discounts: Column, *, gone: bool) -> Line:
    place, count = places[0], len(places)
    unit, price = units[place], prices[place]
    if count == 1:
        line_id, discount = ident(unit.id), discounts[place]
    else:
        line_id = min([ident(units[each].id) or "" for each in places], key=_by_number)
        discount = summed([discounts[each] for each in places])
    if not line_id:
        raise Odd("a line without an id", f"line_items[{place}].id")
    cancelled = sum([units[each].display_status in status.LINE_CANCELLED for each in places]) if gone else 0
    return new_line(
        line_id,
        ident(unit.product_id),
        ident(unit.sku_id),
        text(unit.seller_sku),
        unit.product_name or None,
        count,
        price,
        discount,
        None if price is None or discount is None else price * count - discount,
        NONE if not cancelled else FULL if cancelled == count else PARTIAL,
    )


def _refund_status(told: Told, lines: Sequence[Line], state: Status, *, paid: bool) -> RefundStatus:
    """What the order itself tells: cancelled after payment is paid back. Returns tell the rest."""
    if state is CANCELLED:
        return FULL if paid else NONE
    states = {line.refund_status for line in lines}
    if FULL in states or PARTIAL in states:
        return FULL if states == {FULL} else PARTIAL
    return REQUESTED if yes(told.is_buyer_request_cancel) else NONE


def _amounts(payment: Payment, currency: str, items: int | None) -> tuple[Amounts, bool, dict[str, Any]]:
    """The parts, whether prices hold the tax (figures that prove otherwise win over the country's habit), and what is left."""
    try:
        seller, platform, shipping, tax, total, listed, discount, *fees = fields(payment, PARTS, exact_in(currency))
    except Odd as odd:
        raise odd.below("payment") from None
    other = sum([fee for fee in fees if fee is not None])
    items = listed if items is None else items
    amounts = new_amounts(items, seller, platform, shipping, tax, other, total)
    included = currency not in status.TAX_ON_TOP
    if tax and gap(amounts, included) and gap(amounts, not included) == 0:
        included = not included
    return amounts, included, {"discount_payment": discount} if discount else {}


def _settled(amounts: Amounts, state: Status, refund: RefundStatus, *, cod: bool, paid: bool) -> Amounts:
    """The same with what came in and what went back."""
    total = amounts.total
    if cod:
        came = total if state in ARRIVED else 0
    elif paid or earned(state):
        came = total
    else:
        came = 0 if state in (PENDING, CANCELLED) else None
    return new_amounts(
        amounts.items,
        amounts.discount_seller,
        amounts.discount_platform,
        amounts.shipping,
        amounts.tax,
        amounts.other,
        total,
        came,
        None if refund is FULL or refund is PARTIAL else 0,
    )


def _times(told: Told, state: Status) -> tuple[datetime | None, datetime | None, datetime | None, datetime | None]:
    """Shipped, delivered, completed (not told), cancelled: only where the status says that it came to that."""
    return (
        epoch(told.collection_time, "collection_time") if state in LEFT else None,
        epoch(told.delivery_time, "delivery_time") if state in ARRIVED else None,
        None,
        epoch(told.cancel_time, "cancel_time") if state is CANCELLED else None,
    )


def _buyer(told: Told) -> Buyer:
    masked: list[str] = []
    nickname, email = shown("nickname", told.buyer_nickname, masked), shown("email", told.buyer_email, masked)
    return new_buyer(ident(told.user_id), nickname, None, email, None, tuple(masked))


def _ship_to(address: Address) -> ShipTo:
    masked: list[str] = []
    places = {one.address_level: one.address_name for one in address.district_info or ()}
    region = address.region_code or ""
    return new_ship_to(
        shown("name", address.name, masked),
        shown("phone", address.phone_number, masked),
        region if len(region) == 2 and region.isascii() and region.isupper() else None,
        shown("province", places.get("L1"), masked),
        shown("city", places.get("L2"), masked),
        shown("district", places.get("L3"), masked),
        shown("address", address.address_detail or address.address_line1 or address.full_address, masked),
        shown("postcode", address.postal_code, masked),
        tuple(masked),
    )


def _shipments(told: Told, units: Sequence[Unit]) -> tuple[Shipment, ...]:
    """The parcels of the units, which may be split; without any, the order's own."""
    parcels = dict.fromkeys([(unit.shipping_provider_name, unit.tracking_number) for unit in units])
    found = tuple([new_shipment(text(carrier), number) for carrier, code in parcels if (number := text(code))])
    if not found and (number := text(told.tracking_number)):
        return (new_shipment(text(told.shipping_provider), number),)
    return found


def _notes(told: Told, amounts: Amounts, included: bool, *, cod: bool) -> dict[str, Any]:
    notes: dict[str, Any] = {"payment": "cod"} if cod else {}
    difference = gap(amounts, included)
    if difference:
        notes["amounts_gap"] = difference
    if yes(told.is_sample_order):
        notes["sample"] = True
    replaced = told.replaced_order_id if yes(told.is_replacement_order) else None
    replaced = told.exchange_source_order_id if yes(told.is_exchange_order) else replaced
    if ident(replaced):
        notes["replaces"] = ident(replaced)
    return notes


def _plus(one: int | None, other: int) -> int | None:
    return None if one is None else one + other
