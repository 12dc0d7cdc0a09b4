"""The money of an order of Shopee: what its escrow tells by who bears it, else the little that the order tells itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.order import Amounts, Line, Refund, RefundState, RefundStatus, gap
from chalicelib.toolkit.floats import RawMoney
from chalicelib.toolkit.loose import Odd
from chalicelib.toolkit.records import quick
from connectors.shopee import status
from connectors.shopee.payloads import Escrow, EscrowItem, Income, Item, OrderBody, Payment

new_amounts, new_line = quick(Amounts), quick(Line)
NONE, REQUESTED = str(RefundStatus.NONE), str(RefundStatus.REQUESTED)
PARTIAL, FULL = str(RefundStatus.PARTIAL), str(RefundStatus.FULL)
NO_INCOME, NO_PAYMENT = Income(), Payment()
_INCOME_CHARGES = ("buyer_transaction_fee", "buyer_paid_packaging_fee", "cross_border_tax", "bcrs_deposit")
_PAYMENT_CHARGES = (
    "buyer_service_fee",
    "buyer_tax_amount",
    "icms_tax_amount",
    "import_tax_amount",
    "iof_tax_amount",
    "shipping_fee_sst_amount",
    "insurance_premium",
    "bulky_handling_fee",
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Amounts and lines in minor units; `notes` go to `extra`."""

    amounts: Amounts
    lines: tuple[Line, ...]
    notes: dict[str, Any]


def figures(order: OrderBody, escrow: Escrow | None, refunds: Sequence[Refund] | None, money: RawMoney) -> Figures:
    """`items` is the price before any discount. Who bears a discount only the escrow tells; without it that is unknown."""
    lines, items = _lines(order, escrow, money)
    total = _total(order, money)
    paid = _paid(order, total)
    refunded = None if refunds is None else _refunded(refunds)
    income = escrow.order_income if escrow else None
    if income is None:
        return Figures(new_amounts(items=items, total=total, paid=paid, refunded=refunded), lines, {})
    told = _Income(income, money)
    original = told.part("original_price")
    amounts = new_amounts(
        items=items if items is not None else original,
        discount_seller=told.sum("seller_discount", "voucher_from_seller"),
        discount_platform=told.sum("shopee_discount", "voucher_from_shopee", "coins", "payment_promotion"),
        shipping=told.part("buyer_paid_shipping_fee"),
        tax=None,  # within the prices, and nowhere told
        other=_charges(told, escrow, money),
        total=total if total is not None else told.part("buyer_total_amount"),
        paid=paid,
        refunded=refunded,
    )
    fees = {
        "commission": told.part("commission_fee"),
        "service_fee": told.part("service_fee"),
        "payout": told.part("escrow_amount"),
    }
    notes = {name: value for name, value in fees.items() if value}
    if difference := gap(amounts, tax_included=True):
        notes["amounts_gap"] = difference
    return Figures(amounts, lines, notes)


class _Income:
    """Reads parts of the escrow by name."""

    def __init__(self, income: Income, money: RawMoney) -> None:
        self._income, self._money = income, money

    def part(self, name: str) -> int | None:
        """One amount; discounts are positive whatever sign a market writes."""
        return self._money(getattr(self._income, name), f"escrow.order_income.{name}")

    def sum(self, *names: str) -> int | None:
        """Several, None where none is told."""
        parts = [abs(part) for name in names if (part := self.part(name)) is not None]
        return sum(parts) if parts else None


def _charges(told: _Income, escrow: Escrow | None, money: RawMoney) -> int:
    payment = (escrow.buyer_payment_info if escrow else None) or NO_PAYMENT
    own = sum(told.part(name) or 0 for name in _INCOME_CHARGES)
    return own + sum(money(getattr(payment, name), f"escrow.buyer_payment_info.{name}") or 0 for name in _PAYMENT_CHARGES)


def _total(order: OrderBody, money: RawMoney) -> int | None:
    """What the buyer pays; told once it is paid."""
    total = money(order.total_amount, "total_amount")
    return None if order.order_status == status.UNPAID and not total else total


def _paid(order: OrderBody, total: int | None) -> int | None:
    """All or nothing. Cash on delivery is paid when the platform has a time for it, at the latest when the order is complete."""
    if order.order_status == status.UNPAID:
        return 0
    if order.pay_time or (order.order_status == status.COMPLETED):
        return total
    if order.cod:
        return 0
    return total if order.order_status in _EARNED else 0 if order.order_status == "CANCELLED" else None


_EARNED = frozenset(name for name in status.ORDER_STATUS if name not in ("UNPAID", "CANCELLED"))


def _refunded(refunds: Sequence[Refund]) -> int | None:
    done = [refund.amount for refund in refunds if refund.status == RefundState.SUCCEEDED]
    return None if None in done else sum([amount for amount in done if amount is not None])


def _lines(order: OrderBody, escrow: Escrow | None, money: RawMoney) -> tuple[tuple[Line, ...], int | None]:
    """The lines, and what they come to before any discount."""
    allotted = _by_line(escrow) if escrow else {}
    items, lines = 0, []
    known, seen = order.item_list is not None, dict[str, int]()
    for item in order.item_list or ():
        quantity, product, model, line = item.model_quantity_purchased, item.item_id, item.model_id, item.line_item_id
        if quantity < 0:
            raise Odd("a negative quantity", "item_list[...].model_quantity_purchased")
        price, discount = money(item.model_original_price, "item_list[...].model_original_price"), None
        if price is None:
            known = False
        else:
            items += price * quantity
            # One share for each line: of two lines that look the same, the second has none.
            share = allotted.pop(line or (product, model), None)
            discount = _discount(item, share, price * quantity, money)
        # A line is named by its item and model, as returns name it too; the platform's own number of it no return tells.
        name = f"{product or 0}-{model}" if model else str(product or 0)
        times = seen[name] = seen.get(name, 0) + 1
        lines.append(
            new_line(
                name if times == 1 else f"{name}-{times}",
                str(product) if product else None,
                str(model) if model else None,
                item.model_sku or item.item_sku or None,
                item.item_name or None,
                quantity,
                price,
                discount,
                None if price is None or discount is None else price * quantity - discount,
                _refund_status(item, quantity) if item.returned_qty or item.return_requested_qty else NONE,
            )
        )
    return tuple(lines), items if known else None


def _by_line(escrow: Escrow) -> dict[object, EscrowItem]:
    """The escrow's lines by the order's, where that is certain: one of two equals is nobody's."""
    found: dict[object, EscrowItem] = {}
    twice = set()
    for each in (escrow.order_income.items if escrow.order_income else None) or ():
        key = each.line_item_id or (each.item_id, each.model_id)
        if key in found:
            twice.add(key)
        found[key] = each
    for key in twice:
        del found[key]
    return found


def _discount(item: Item, share: EscrowItem | None, whole: int, money: RawMoney) -> int | None:
    """What is taken off a line: by the escrow with its shares of vouchers and coins, else the price cut alone.

    In a bundle deal the order tells 0 as the price after discounts, which is none.
    """
    path = "escrow.order_income.items"
    cut = None if share is None else money(share.discounted_price, path)
    if share is not None and cut is not None:
        coins = money(share.discount_from_coin, path) or 0
        shopee = money(share.discount_from_voucher_shopee, path) or 0
        seller = money(share.discount_from_voucher_seller, path) or 0
        return whole - cut + abs(coins) + abs(shopee) + abs(seller)
    after = money(item.model_discounted_price, "item_list[...].model_discounted_price")
    if after is None or (after == 0 and item.promotion_type == "bundle_deal"):
        return None
    return whole - after * item.model_quantity_purchased


def _refund_status(item: Item, quantity: int) -> str:
    if item.returned_qty:
        return FULL if item.returned_qty >= quantity else PARTIAL
    return REQUESTED if item.return_requested_qty else NONE
