"""The sums of an order of Mercado Libre, each from where the platform tells it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chalicelib.domain.order import Amounts, Line, RefundStatus, Status, gap
from chalicelib.toolkit.records import quick
from connectors.mercadolibre import status
from connectors.mercadolibre.payloads import Amount, Cost, Discounts, Document, OrderItem, OrderShape, Payment, ShipmentShape
from connectors.mercadolibre.values import LIMIT, LOWEST, MOST, ident, malformed, money, units

# See chalicelib/toolkit/records.py.
new_amounts, new_line = quick(Amounts), quick(Line)
NONE = RefundStatus.NONE


@dataclass(frozen=True, slots=True)
class Figures:
    """Amounts and lines in minor units; `captured` whether any money came in; `notes` go to `extra`."""

    amounts: Amounts
    lines: tuple[Line, ...]
    captured: bool
    notes: dict[str, Any]


@dataclass(slots=True)
class _Sum:
    """Reads amounts of one order."""

    currency: str
    delivery_id: str
    path: str
    units: Decimal
    whole: int

    def of(self, value: Amount, name: str, index: int = 0) -> int | None:
        """An amount at `name` below the order; `{}` in it stands for `index`. The path is put together on failure only."""
        if value is None:
            return None
        if isinstance(value, int) and -MOST < value < MOST:
            return value * self.whole
        try:
            scaled = value * self.units
            if LOWEST < scaled < LIMIT and scaled == (minor := int(scaled)):
                return minor
        except ArithmeticError:
            pass  # money() refuses it
        return money(value, self.currency, f"{self.path}.{name.format(index)}", self.delivery_id)

    def apart(self, value: Amount) -> int | None:
        """An amount of the discounts read beside the order."""
        return money(value, self.currency, "$.discounts.details", self.delivery_id)


def figures(document: Document, order: OrderShape, currency: str, delivery_id: str, path: str) -> Figures:
    """Lines and amounts. `total` is goods, taxes and shipping less the coupon; unknown while the shipping is."""
    reader = _Sum(currency, delivery_id, path, units(currency), int(units(currency)))
    lines = _lines(document.discounts, order, reader)
    seller, platform = _discounts(document.discounts, order, reader, sum([line.discount or 0 for line in lines]))
    items = _all([None if line.unit_price is None else line.unit_price * line.quantity for line in lines])
    tax, taxes_note = _tax(order, reader)
    shipping = _shipping(document.shipment, order, reader)
    captured, base, refunded = _payments(order, reader)
    paid = _paid(order, reader, base)
    amounts = new_amounts(
        items=items,
        discount_seller=seller,
        discount_platform=platform,
        shipping=shipping,
        tax=tax,
        other=0,
        total=_total(order, reader, shipping, tax, paid),
        paid=paid,
        refunded=_refunded(order, captured, refunded),
    )
    notes = {"amounts_gap": gap(amounts, False) or None, "sale_fee": _fees(order, reader), **taxes_note}
    return Figures(amounts, lines, captured, {name: value for name, value in notes.items() if value is not None})


def _lines(discounts: Discounts | None, order: OrderShape, reader: _Sum) -> tuple[Line, ...]:
    items = order.order_items or []
    apart = _cuts_by_item(discounts, reader) if discounts else {}
    lines_of = Counter(ident(entry.item.id) for entry in items) if apart else {}
    seen: dict[str, int] = {}
    lines = []
    for index, entry in enumerate(items):
        item, quantity = entry.item, entry.quantity
        product, variation = ident(item.id), ident(item.variation_id)
        if quantity < 0:
            raise malformed("a negative quantity", f"{reader.path}.order_items[{index}].quantity", reader.delivery_id)
        cut = apart.get(product or "") if apart and lines_of[product] == 1 else None
        unit, full = _prices(entry, index, cut, reader)
        discount = None if full is None or unit is None else (full - unit) * quantity
        if cut is not None and discount:
            discount = cut  # told for all units at once, where the price of one unit is rounded
        name = f"{product}-{variation}" if product and variation else product or variation or str(index + 1)
        seen[name] = times = seen.get(name, 0) + 1
        lines.append(
            new_line(
                name if times == 1 else f"{name}-{times}",
                product,
                variation,
                item.seller_sku or item.seller_custom_field or None,
                item.title,
                quantity,
                full,
                discount,
                None if full is None or discount is None else full * quantity - discount,
                NONE,
            )
        )
    return tuple(lines)


def _prices(entry: OrderItem, index: int, cut: int | None, reader: _Sum) -> tuple[int | None, int | None]:
    """The price of one unit after and before discounts. The first of four tellings of the latter that is there counts."""
    unit = reader.of(entry.unit_price, "order_items[{}].unit_price", index)
    listed, gross = entry.full_unit_price, entry.gross_price
    if listed is not None and gross is None and listed == entry.unit_price:
        return unit, unit  # what most lines tell
    full, count = reader.of(listed, "order_items[{}].full_unit_price", index), entry.quantity
    whole = reader.of(gross, "order_items[{}].gross_price", index)
    if full is None and whole is not None and count and whole % count == 0:
        full = whole // count
    if full is None and unit is not None and entry.discounts:
        full = unit + sum(
            reader.of(one.amounts.full, "order_items[{}].discounts", index) or 0 for one in entry.discounts if one.amounts
        )
    if full is None and unit is not None and cut and count and cut % count == 0:
        full = unit + cut // count
    return unit, full if full is not None else unit


def _cuts_by_item(discounts: Discounts | None, reader: _Sum) -> dict[str, int]:
    """What price cuts (not coupons) take off each listing, for all its units."""
    cuts: Counter[str] = Counter()
    for detail in (discounts.details if discounts else None) or ():
        for item in detail.items or ():
            if detail.type == "discount" and item.amounts:
                cuts[ident(item.id) or ""] += reader.apart(item.amounts.total) or 0
    return dict(cuts)


def _discounts(discounts: Discounts | None, order: OrderShape, reader: _Sum, cuts: int) -> tuple[int, int]:
    """The seller's and the platform's part. A price cut of which no share is told is the seller's, a coupon the platform's."""
    coupon = (reader.of(order.coupon.amount, "coupon.amount") if order.coupon else None) or 0
    _, coupon_seller = _shares(discounts, reader, "coupon") or (0, 0)
    told = _shares(discounts, reader, "discount")
    if told is None:
        by_lines = _line_shares(order, reader)
        told = (cuts, cuts if by_lines is None else by_lines)
    whole, seller = told
    return seller + coupon_seller, max(0, whole - seller) + max(0, coupon - coupon_seller)


def _shares(discounts: Discounts | None, reader: _Sum, kind: str) -> tuple[int, int] | None:
    """Discounts of one type, summed: the whole and the seller's share; None where none is told."""
    if discounts is None:
        return None
    found = [
        (reader.apart(item.amounts.total) or 0, reader.apart(item.amounts.seller) or 0)
        for detail in discounts.details or ()
        if detail.type == kind
        for item in detail.items or ()
        if item.amounts and item.amounts.seller is not None
    ]
    return (sum(whole for whole, _ in found), sum(seller for _, seller in found)) if found else None


def _line_shares(order: OrderShape, reader: _Sum) -> int | None:
    """The seller's shares as the lines tell them, per unit."""
    shares = [
        (reader.of(one.amounts.seller, "order_items.discounts.amounts.seller") or 0) * entry.quantity
        for entry in order.order_items or ()
        if entry.discounts
        for one in entry.discounts
        if one.amounts and one.amounts.seller is not None
    ]
    return sum(shares) if shares else None


def _tax(order: OrderShape, reader: _Sum) -> tuple[int | None, dict[str, Any]]:
    """Taxes on top of the prices. An order that names none has none; in another currency they are unknown here."""
    if order.taxes is None or order.taxes.amount is None:
        return 0, {}
    if order.taxes.currency_id not in (None, reader.currency):
        return None, {"tax_foreign": f"{order.taxes.amount} {order.taxes.currency_id}"}
    return reader.of(order.taxes.amount, "taxes.amount"), {}


def _shipping(shipment: ShipmentShape | None, order: OrderShape, reader: _Sum) -> int | None:
    """What the buyer pays for shipping.

    Of a cart, the payments' share: the shipment's cost is that of all its orders. Otherwise the shipment's cost, the
    payments', the order's. An order without a shipment has none.
    """
    shares = [
        reader.of(payment.shipping_cost, "payments[{}].shipping_cost", index)
        for index, payment in enumerate(order.payments or ())
        if payment.status in status.CAPTURED
    ]
    by_payments = _all(shares) if shares else None
    if order.pack_id is None and shipment is not None:
        for cost in (shipment.lead_time, shipment.shipping_option):
            told = _cost(cost, reader)
            if told is not None:
                return told
    if by_payments is not None:
        return by_payments
    own = reader.of(order.shipping_cost, "shipping_cost")
    if own is not None:
        return own
    return 0 if order.shipping is not None and order.shipping.id is None else None


def _cost(cost: Cost | None, reader: _Sum) -> int | None:
    if cost is None or cost.currency_id not in (None, reader.currency):
        return None
    return money(cost.cost, reader.currency, "$.shipment.lead_time.cost", reader.delivery_id)


def _payments(order: OrderShape, reader: _Sum) -> tuple[bool, int, int]:
    """Whether any money came in; what came in, goods and shipping; what of it went back."""
    captured, base, refunded = False, 0, 0
    for index, payment in enumerate(order.payments or ()):
        if payment.currency_id not in (None, reader.currency):
            continue
        if payment.transaction_amount_refunded or payment.status == status.REFUNDED:
            refunded += refunded_of(payment, reader.currency, f"{reader.path}.payments[{index}]", reader.delivery_id)
        if payment.status in status.CAPTURED:
            captured = True
            base += reader.of(payment.transaction_amount, "payments[{}].transaction_amount", index) or 0
            base += reader.of(payment.shipping_cost, "payments[{}].shipping_cost", index) or 0
    return captured, base, refunded


def refunded_of(payment: Payment, currency: str, path: str, delivery_id: str | None) -> int:
    """What of a payment went back, in minor units: as told, or all of it where its status says so and no sum is told."""
    told = money(payment.transaction_amount_refunded, currency, f"{path}.transaction_amount_refunded", delivery_id)
    if not told and payment.status == status.REFUNDED:
        told = money(payment.transaction_amount, currency, f"{path}.transaction_amount", delivery_id)
    return told or 0


def _paid(order: OrderShape, reader: _Sum, captured: int) -> int | None:
    """The order's own figure, shipping included; it falls to 0 on some cancelled orders, then what the payments tell."""
    told = reader.of(order.paid_amount, "paid_amount")
    if told:
        return told
    return captured if captured or order.payments is not None else told


def _total(order: OrderShape, reader: _Sum, shipping: int | None, tax: int | None, paid: int | None) -> int | None:
    goods = reader.of(order.total_amount, "total_amount")
    coupon = (reader.of(order.coupon.amount, "coupon.amount") if order.coupon else None) or 0
    whole = _all([goods, shipping, tax])
    if whole is not None:
        return whole - coupon
    # Paid in full: what the buyer owed is what was paid, whatever of it was shipping.
    return paid if status.ORDER_STATUS.get(order.status or "") is Status.PAID and paid else None


def _refunded(order: OrderShape, captured: bool, refunded: int) -> int | None:
    """What went back; unknown where the status says that money did and no payment says how much."""
    silent = order.status == status.PARTLY_REFUNDED or (
        captured and status.ORDER_STATUS.get(order.status or "") is Status.CANCELLED
    )
    return None if refunded == 0 and silent else refunded


def _fees(order: OrderShape, reader: _Sum) -> int | None:
    """The platform's commission: `sale_fee` is per unit."""
    fees = 0
    for index, entry in enumerate(order.order_items or ()):
        if entry.sale_fee is not None:
            fees += (reader.of(entry.sale_fee, "order_items[{}].sale_fee", index) or 0) * entry.quantity
    return fees or None


def _all(parts: list[int | None]) -> int | None:
    return None if None in parts else sum([part for part in parts if part is not None])
