"""Orders of Pinduoduo to the canonical model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.contract import Ref
from chalicelib.domain.order import Amounts, Attribution, Buyer, Line, Order, RefundStatus, Shipment, ShipTo, Status, earned, gap
from chalicelib.toolkit.beijing import moment
from chalicelib.toolkit.loose import Odd, fields, ident, number, plain, text
from chalicelib.toolkit.records import quick
from connectors.pinduoduo import status
from connectors.pinduoduo.payloads import Item
from connectors.pinduoduo.payloads import Order as Told
from connectors.pinduoduo.values import CURRENCY, KEY, READ, order_sn, yuan, yuan_at

# See chalicelib/toolkit/records.py.
new_order, new_amounts, new_line, new_shipment = quick(Order), quick(Amounts), quick(Line), quick(Shipment)
new_ship_to = quick(ShipTo)
NOBODY, NO_ATTRIBUTION = Buyer(), Attribution()
NONE, REQUESTED, PARTIAL, FULL = RefundStatus.NONE, RefundStatus.REQUESTED, RefundStatus.PARTIAL, RefundStatus.FULL
CIPHERS = ("~", "$", "#")  # how cipher text begins [memory]
MONEY = (
    "pay_amount",
    "postage",
    "seller_discount",
    "platform_discount",
    "capital_free_discount",
    "order_change_amount",
    "goods_amount",
)
Minor = int | None


def to_order(told: Told, ref: Ref, path: str) -> Order:
    """One order; fen of CNY. Permanent with the path on a value that cannot be read."""
    try:
        return _order(told, ref)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _order(told: Told, ref: Ref) -> Order:
    order_id = order_sn(told.order_sn)
    if order_id is None:
        raise Odd("an order without a number", "order_sn")
    lines = _lines(told.item_list)
    state, refunds, notes = _status(told)
    paid_at = moment(told.pay_time, "pay_time") or moment(told.confirm_time, "confirm_time")
    amounts, gap_note = _amounts(told, lines, state, refunds)
    shipped_at = moment(told.shipping_time, "shipping_time")
    return new_order(
        ref.account.merchant,
        KEY,
        ref.account.account,
        order_id,
        order_id,
        state,
        _platform_status(told),
        refunds,
        False,
        CURRENCY,
        True,
        amounts,
        moment(told.created_time, "created_time"),
        paid_at,
        shipped_at,
        moment(told.receive_time, "receive_time"),
        None,
        None,
        moment(told.updated_at, "updated_at"),
        NOBODY,
        _ship_to(told),
        tuple(lines),
        _shipments(told, shipped_at),
        NO_ATTRIBUTION,
        notes | gap_note,
    )


def _status(told: Told) -> tuple[Status, RefundStatus, dict[str, Any]]:
    """The state, how far it is refunded, and what is worth a note. Each field overrules only where it is told: old bodies have
    neither `confirm_status` nor `group_status`. Nothing is shown before it is paid.
    """
    code, back = number(told.order_status, "order_status"), number(told.refund_status, "refund_status")
    confirmed, group = number(told.confirm_status, "confirm_status"), number(told.group_status, "group_status")
    state = status.ORDER_STATUS.get(code or 0, Status.UNKNOWN)
    unshipped_back = back == status.REFUNDED and code == status.NOT_SHIPPED
    notes: dict[str, Any] = {}
    if status.CANCELLED in (confirmed, group) or unshipped_back:
        state = Status.CANCELLED
    elif state is not Status.UNKNOWN and status.NOT_YET in (confirmed, group):
        state = Status.PAID
        notes["group"] = "pending"
    refunds = NONE
    if back == status.REFUNDED:
        refunds = FULL if unshipped_back else PARTIAL
    elif back in status.ASKED:
        refunds = REQUESTED
    if number(told.risk_control_status, "risk_control_status") == 1:
        notes["risk_hold"] = True
    if number(told.trade_type, "trade_type") == 1:
        notes["presale"] = "deposit"
    elif number(told.is_pre_sale, "is_pre_sale") == 1:
        notes["presale"] = "full"
    return state, refunds, notes


def _platform_status(told: Told) -> str | None:
    """The four fields that decide, as they came."""
    words = [text(told.order_status), text(told.confirm_status), text(told.group_status), text(told.refund_status)]
    return "/".join([word or "-" for word in words]) if any(words) else None


def _lines(items: list[Item] | None) -> list[Line]:
    """The lines, by SKU. The platform allots no discount to them: it stays on the order."""
    if items is None:
        raise Odd("an order without lines", "item_list")
    lines: list[Line] = []
    seen: set[str] = set()
    try:
        for item in items:
            lines.append(_line(item, seen, len(lines)))
    except Odd as odd:
        raise odd.below(f"item_list[{len(lines)}]") from None
    return lines


def _line(item: Item, seen: set[str], place: int) -> Line:
    sku, quantity = ident(item.sku_id) or ident(item.goods_id), number(item.goods_count, "goods_count")
    if sku is None or quantity is None or quantity < 0:
        raise Odd("an item without an id or a quantity", "goods_count" if sku else "sku_id")
    line_id = sku if sku not in seen else f"{sku}-{place + 1}"
    seen.add(sku)
    price = yuan_at(item.goods_price, "goods_price")
    return new_line(
        line_id,
        ident(item.goods_id),
        ident(item.sku_id),
        item.outer_id or item.outer_goods_id or None,
        item.goods_name or None,
        quantity,
        price,
        0,
        None if price is None else price * quantity,
    )


def _amounts(told: Told, lines: Sequence[Line], state: Status, refunds: RefundStatus) -> tuple[Amounts, dict[str, Any]]:
    """The shop bears its discount and what it took off by hand; the platform its own and the free order of a group's leader."""
    total, shipping, seller, platform, leader, change, goods = fields(told, MONEY, yuan)
    changed = change or 0
    sums = [line.total for line in lines]
    items = sum([one or 0 for one in sums]) if sums and None not in sums else None if goods is None else goods + changed
    amounts = new_amounts(
        items,
        None if seller is None else seller + max(0, changed),
        None if platform is None else platform + (leader or 0),
        shipping,
        0,
        max(0, -changed),
        total,
        total if earned(state) or state is Status.CANCELLED else None,
        0 if refunds in (NONE, REQUESTED) else None,
    )
    notes = {"amounts_gap": gap(amounts, True), "discount_group_leader": leader}
    return amounts, {name: value for name, value in notes.items() if value}


def _ship_to(told: Told) -> ShipTo:
    """Cipher text while the order is to be shipped, and nothing afterwards; masks stand beside."""
    masked: list[str] = []
    encrypted: list[str] = []
    hidden = (masked, encrypted)
    return new_ship_to(
        _person("name", told.receiver_name, told.receiver_name_mask, hidden),
        _person("phone", told.receiver_phone, told.receiver_phone_mask, hidden),
        "CN" if told.country in (None, "", "中国") else None,
        told.province or None,
        told.city or None,
        told.town or None,
        _person("address", told.receiver_address or told.address, told.receiver_address_mask or told.address_mask, hidden),
        None,
        tuple(masked),
        tuple(encrypted),
    )


def _person(name: str, value: str | None, mask: str | None, hidden: tuple[list[str], list[str]]) -> str | None:
    masked, encrypted = hidden
    found = plain(name, value, masked, encrypted, CIPHERS)
    if found is None and mask and name not in masked:
        masked.append(name)
    return found


def _shipments(told: Told, shipped_at: datetime | None) -> tuple[Shipment, ...]:
    rows = [
        (told.tracking_number, told.logistics_id),
        *[(row.tracking_number, row.logistics_id) for row in told.extra_delivery_list or ()],
    ]
    found = {code: ident(carrier) for number_, carrier in rows if (code := ident(number_))}
    return tuple([new_shipment(carrier, code, shipped_at) for code, carrier in found.items()])
