"""The rows of an order of Magento, as the buyer saw them: what a product is made of is no line of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.domain.order import Line, RefundStatus, Status
from chalicelib.toolkit.floats import Money
from chalicelib.toolkit.loose import ident
from chalicelib.toolkit.records import quick
from connectors.magento import status
from connectors.magento.payloads import Item
from connectors.magento.values import quantity

new_line = quick(Line)
NONE, PARTIAL, FULL = str(RefundStatus.NONE), str(RefundStatus.PARTIAL), str(RefundStatus.FULL)


@dataclass(slots=True)
class Row:
    """A row that the buyer saw, with the rows of what it is made of."""

    item: Item
    parts: list[Item]


def rows(items: Sequence[Item]) -> list[Row]:
    """Configurable products and bundles with their parts below them.

    An event may leave `parent_item_id` out: a row without a price that repeats the sku of the row before it is then its part.
    """
    found: list[Row] = []
    by_id: dict[int | str, Row] = {}
    for item in items:
        parent = item.parent_item_id
        if parent:
            above = by_id.get(parent) or by_id.get(str(parent))
            if above is not None:
                above.parts.append(item)
                continue
        elif item.item_id is None and not item.price and found and item.sku and found[-1].item.sku == item.sku:
            found[-1].parts.append(item)
            continue
        row = Row(item, [])
        found.append(row)
        if item.item_id is not None:
            by_id[item.item_id] = by_id[str(item.item_id)] = row
    return found


def lines(found: Sequence[Row], money: Money) -> tuple[tuple[Line, ...], int | None]:
    """The lines, and what they come to before discounts, without tax."""
    made, items, known = [], 0, True
    for index, row in enumerate(found):
        item = row.item
        pieces = quantity(item.qty_ordered, "items[...].qty_ordered")
        count = pieces if isinstance(pieces, int) else 1  # sold by weight: one piece at the price of the whole
        whole = money(item.row_total, "items[...].row_total")
        discount = abs(money(item.discount_amount, "items[...].discount_amount") or 0)
        if not discount and row.parts:
            discount = sum(abs(money(part.discount_amount, "items[...].discount_amount") or 0) for part in row.parts)
        if whole is None:
            known = False
        else:
            items += whole
        made.append(
            new_line(
                ident(item.item_id) or str(index + 1),
                ident(item.product_id),
                None,
                item.sku or None,
                item.name or None,
                count,
                whole // count if whole is not None and count and whole % count == 0 else None,
                discount,
                None if whole is None else whole - discount,
                _refunded(row, pieces),
            )
        )
    return tuple(made), items if known else None


def _refunded(row: Row, pieces: int | Decimal) -> str:
    back = quantity(row.item.qty_refunded, "items[...].qty_refunded")
    if not back and row.item.product_type == status.BUNDLE and row.parts:
        backs = [quantity(part.qty_refunded, "items[...].qty_refunded") for part in row.parts]
        whole = all(one >= quantity(part.qty_ordered, "items[...].qty_ordered") for one, part in zip(backs, row.parts, strict=True))
        return NONE if not any(backs) else FULL if whole else PARTIAL
    return NONE if not back else FULL if back >= pieces else PARTIAL


def shipped(found: Sequence[Row]) -> Status | None:
    """How much of what can be sent has been: None nothing, else partially_shipped or shipped.

    A bundle may be sent part by part; then its own row tells nothing. What was cancelled or paid back is not waited for.
    """
    gone = waiting = False
    for row in found:
        if row.item.product_type in status.UNSHIPPED:
            continue
        for each in _sendable(row):
            sent = quantity(each.qty_shipped, "items[...].qty_shipped")
            left = quantity(each.qty_ordered, "items[...].qty_ordered") - quantity(each.qty_canceled, "items[...].qty_canceled")
            gone = gone or sent > 0
            waiting = waiting or sent < left - quantity(each.qty_refunded, "items[...].qty_refunded")
    return None if not gone else Status.PARTIALLY_SHIPPED if waiting else Status.SHIPPED


def _sendable(row: Row) -> list[Item]:
    parts = [part for part in row.parts if part.product_type not in status.UNSHIPPED]
    if row.item.product_type == status.BUNDLE and not row.item.qty_shipped and any(part.qty_shipped for part in parts):
        return parts
    return [row.item]
