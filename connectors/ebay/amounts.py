"""The amounts of an eBay order, in the currency of its pricing summary."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain.order import Amounts, Status, gap
from chalicelib.toolkit.purse import Purse
from chalicelib.toolkit.records import quick
from connectors.ebay import payloads as shapes
from connectors.ebay import status as words

new_amounts = quick(Amounts)
NONE_AT_ALL = (b"", b"null", b"[]")


class OrderPurse(Purse):
    """Reads the amounts of one order."""

    __slots__ = ()

    def __init__(self, currency: str) -> None:
        super().__init__(currency, "pricingSummary.total.currency", ("value", "currency"))

    def own(self, told: shapes.Amount | None, name: str) -> int | None:
        """An amount that must be in the order's currency; None for nothing."""
        return None if told is None else self.must(told, name)

    def must(self, told: shapes.Amount, name: str) -> int:
        """An amount that is there, in the order's currency."""
        return self.read(told.value, told.currency, name)

    def either(self, told: shapes.Amount | None, name: str) -> int | None:
        """An amount in the order's currency, or converted from it; None for nothing and for any other."""
        if told is None:
            return None
        if told.currency == self.currency:
            return self.must(told, name)
        if told.converted_from_currency == self.currency and told.converted_from_value is not None:
            return self.must(shapes.Amount(told.converted_from_value, self.currency), name)
        return None


def order_amounts(body: shapes.OrderShape, purse: OrderPurse) -> tuple[Amounts, dict[str, object]]:
    """Amounts, and what goes with them into `extra`: `tax_platform`, `amounts_gap`.

    A part that is not told is not there: eBay writes each only where it applies. eBay's own coupons lower what eBay pays in,
    not what the seller is shown, so that there is no platform discount here.
    """
    own, pricing = purse.own, body.pricing_summary or shapes.Pricing(shapes.Amount(0, purse.currency))
    items = own(pricing.price_subtotal, "pricingSummary.priceSubtotal")
    if items is None:
        items = _items(body.line_items, purse)
    tax = own(pricing.tax, "pricingSummary.tax") or 0
    other = (own(pricing.adjustment, "pricingSummary.adjustment") or 0) + (own(pricing.fee, "pricingSummary.fee") or 0)
    shipping = own(pricing.delivery_cost, "pricingSummary.deliveryCost") or 0
    shipping += own(pricing.delivery_discount, "pricingSummary.deliveryDiscount") or 0
    discount = -(own(pricing.price_discount, "pricingSummary.priceDiscount") or 0)
    total = own(pricing.total, "pricingSummary.total")
    collected = _collected(body.line_items, purse)
    if collected and total is not None:
        tax, total = _with_collected(body, collected, (items or 0) - discount + shipping + other, tax, total)
    paid = _paid(body, total)
    amounts = new_amounts(items, discount, 0, shipping, tax, other, total, paid, _refunded(body, purse, paid, collected))
    extra: dict[str, object] = {}
    if collected:
        extra["tax_platform"] = collected
    if difference := gap(amounts, tax_included=False):
        extra["amounts_gap"] = difference
    return amounts, extra


def _items(lines: Sequence[shapes.LineItem] | None, purse: OrderPurse) -> int | None:
    if not lines:
        return None
    total = 0
    for line in lines:
        cost = purse.own(line.line_item_cost, "lineItems[...].lineItemCost")
        if cost is None:
            return None
        total += cost
    return total


def _collected(lines: Sequence[shapes.LineItem] | None, purse: OrderPurse) -> int:
    """Tax that eBay collects from the buyer and remits itself."""
    total, must = 0, purse.must
    for line in lines or ():
        taxes = line.ebay_collect_and_remit_taxes
        if taxes:
            for each in taxes:
                if each.amount is not None:
                    total += must(each.amount, "lineItems[...].ebayCollectAndRemitTaxes")
    return total


def _with_collected(body: shapes.OrderShape, collected: int, before_tax: int, tax: int, total: int) -> tuple[int, int]:
    """Tax and total with the collected tax in both.

    The stated total holds it only with the field group TAX_BREAKDOWN, and then sometimes beside `pricingSummary.tax`, sometimes
    within it. The figures themselves tell; where they do not add up either way, a line with both tax lists does [spec].
    """
    if total == before_tax + tax + collected:
        return tax + collected, total
    breakdown = any(bytes(line.taxes) not in NONE_AT_ALL and line.ebay_collect_and_remit_taxes for line in body.line_items or ())
    if tax >= collected and (total == before_tax + tax or breakdown):
        return tax, total
    return tax + collected, total if breakdown else total + collected


def came_in(body: shapes.OrderShape) -> bool:
    """Whether the money came in. PENDING and FAILED may be of a refund: then there is a payment's date or a refund."""
    if words.PAYMENT.get(body.order_payment_status or "") is Status.PAID:
        return True
    money = body.payment_summary
    return money is not None and (bool(money.refunds) or any(each.payment_date for each in money.payments or ()))


def _paid(body: shapes.OrderShape, total: int | None) -> int | None:
    if came_in(body):
        return total
    return 0 if body.order_payment_status in words.PAYMENT else None


def _refunded(body: shapes.OrderShape, purse: OrderPurse, paid: int | None, collected: int) -> int | None:
    """What went back. Refunds are told without the tax eBay collected: of a full one the buyer got all that was paid."""
    total = 0
    for amount, state in _moves(body):
        if state == "REFUNDED":
            share = purse.either(amount, "refunds[...].amount")
            if share is None:
                return None
            total += share
    if body.order_payment_status == words.FULLY_REFUNDED and paid is not None:
        return paid if total + collected >= paid or total == 0 else total
    if total == 0 and body.order_payment_status == "PARTIALLY_REFUNDED":
        return None
    return total


def _moves(body: shapes.OrderShape) -> list[tuple[shapes.Amount | None, str | None]]:
    """Refunds of the order, and those of lines that the order does not list: one with a date was given."""
    money = body.payment_summary
    orders = (money.refunds or []) if money else []
    moves: list[tuple[shapes.Amount | None, str | None]] = [(each.amount, each.refund_status) for each in orders]
    known = {each.refund_id for each in orders}
    for line in body.line_items or ():
        if not line.refunds:
            continue
        for refund in line.refunds:
            if refund.refund_id not in known and refund.refund_date:
                moves.append((refund.amount, "REFUNDED"))
    return moves
