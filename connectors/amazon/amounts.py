"""The amounts of an Amazon order."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain.order import Amounts, Status
from chalicelib.toolkit.purse import Purse
from chalicelib.toolkit.records import quick
from connectors.amazon import payloads as shapes
from connectors.amazon import status as words

new_amounts = quick(Amounts)


class OrderPurse(Purse):
    """Reads the amounts of one order."""

    __slots__ = ()

    def __init__(self, currency: str, where: str) -> None:
        super().__init__(currency, where, ("amount", "currencyCode"))

    def must(self, told: shapes.Money, name: str) -> int:
        """An amount in the order's currency."""
        return self.read(told.amount, told.currency_code, name)


def sums(breakdowns: Sequence[shapes.Breakdown] | None, purse: OrderPurse) -> dict[str, int]:
    """Amounts by kind; a discount always as what comes off."""
    found: dict[str, int] = {}
    for each in breakdowns or ():
        if each.type and each.subtotal is not None:
            amount = purse.must(each.subtotal, "breakdowns.subtotal")
            found[each.type] = found.get(each.type, 0) + (abs(amount) if each.type == "DISCOUNT" else amount)
    return found


def shipping_discount(discount: shapes.Breakdown, purse: OrderPurse) -> int:
    """The part of a discount that is off the shipping."""
    total = 0
    for part in discount.detailed_breakdowns or ():
        if part.subtype == "SHIPPING" and part.value is not None:
            total += abs(purse.must(part.value, "detailedBreakdowns.value"))
    return total


class Lot:
    """What the lines of an order come to."""

    __slots__ = ("collected", "off_shipping", "priced")

    def __init__(self) -> None:
        self.priced: int | None = 0
        self.off_shipping = 0
        self.collected = 0


def order_amounts(
    body: shapes.OrderShape, purse: OrderPurse, lot: Lot, status: Status, refunded: int | None
) -> tuple[Amounts, bool]:
    """Amounts, and whether the prices hold the tax.

    Without breakdowns only the total and the prices are known. With them a kind that is not there is 0. Whether tax is on top
    shows by the total: it is, where the parts add up only with it.
    """
    proceeds = body.proceeds
    total = purse.must(proceeds.grand_total, "proceeds.grandTotal") if proceeds and proceeds.grand_total else None
    cash = is_cash(body)
    paid = _paid(total, status, cash=cash)
    if proceeds is None or not proceeds.breakdowns:
        items = lot.priced if body.order_items else None
        return new_amounts(items, None, 0, None, None, None, total, paid, refunded), False
    told = sums(proceeds.breakdowns, purse)
    items = told.get("ITEM", 0)
    off = min(lot.off_shipping, told.get("DISCOUNT", 0), told.get("SHIPPING", 0))
    discount, shipping = told.get("DISCOUNT", 0) - off, told.get("SHIPPING", 0) - off
    other = sum([amount for kind, amount in told.items() if kind in words.OTHER_CHARGES])
    tax = told.get("TAX", 0)
    included = bool(tax) and total == items - discount + shipping + other
    return new_amounts(items, discount, 0, shipping, tax, other, total, paid, refunded), included


def is_cash(body: shapes.OrderShape) -> bool:
    """Whether the buyer pays at the door."""
    executions = body.payment.payment_executions if body.payment else None
    return bool(executions) and any(each.payment_method in words.CASH for each in executions or ())


def _paid(total: int | None, status: Status, *, cash: bool) -> int | None:
    """Amazon lets the shop ship when it has the payment. Of a cancelled order it is not told whether there was one."""
    if status is Status.PENDING_PAYMENT:
        return 0
    if status in (Status.CANCELLED, Status.UNKNOWN):
        return None
    return 0 if cash and status is not Status.DELIVERED else total
