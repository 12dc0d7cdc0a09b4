"""Orders of JD to the canonical model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from chalicelib.contract import Ref
from chalicelib.domain.order import Amounts, Attribution, Buyer, Line, Order, RefundStatus, Shipment, ShipTo, Status, earned, gap
from chalicelib.toolkit.beijing import moment
from chalicelib.toolkit.loose import Odd, column, epoch, fields, ident, number, plain, text
from chalicelib.toolkit.records import quick
from connectors.jd import status
from connectors.jd.payloads import Consignee, Item, Parcel
from connectors.jd.payloads import Order as Told
from connectors.jd.values import CURRENCY, KEY, READ, required, yuan

# See chalicelib/toolkit/records.py.
new_order, new_amounts, new_line, new_shipment = quick(Order), quick(Amounts), quick(Line), quick(Shipment)
new_buyer, new_ship_to = quick(Buyer), quick(ShipTo)
NONE = RefundStatus.NONE
UNKNOWN, PENDING, PAID, PARTLY = Status.UNKNOWN, Status.PENDING_PAYMENT, Status.PAID, Status.PARTIALLY_SHIPPED
COMPLETED, CANCELLED = Status.COMPLETED, Status.CANCELLED
CIPHERS = ("AAS/",)  # how cipher text begins [code]
NOBODY = Consignee()
MONEY = ("orderTotalPrice", "sellerDiscount", "freightPrice", "taxFee", "balanceUsed", "orderPayment")
Minor = int | None


def to_orders(told: Told, ref: Ref, path: str) -> Iterator[Order]:
    """The order, and after a child of a split the orders whose place it took. Permanent with the path on an odd value."""
    try:
        yield from _orders(told, ref)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _orders(told: Told, ref: Ref) -> Iterator[Order]:
    order_id = required(told.orderId, "orderId")
    parents = dict.fromkeys([ident(told.directParentOrderId), ident(told.parentOrderId)])
    above = [parent for parent in parents if parent and parent != order_id]
    child = _order(told, order_id, above, ref)
    yield child
    for parent in above:
        yield _replaced(parent, child, ref)


def _replaced(parent: str, child: Order, ref: Ref) -> Order:
    """The platform forgets an order that it splits: it says so here, or parent and children would both count."""
    return new_order(
        ref.account.merchant,
        KEY,
        ref.account.account,
        parent,
        parent,
        CANCELLED,
        status.SPLIT,
        NONE,
        False,
        CURRENCY,
        None,
        new_amounts(),
        child.placed_at,
        None,
        None,
        None,
        None,
        None,
        child.updated_at,
        extra={"split": True},
    )


def _order(told: Told, order_id: str, above: Sequence[str], ref: Ref) -> Order:
    lines = _lines(told.itemInfoList)
    parcels = told.partialLogisticsInfoModel
    some = [parcels] if isinstance(parcels, Parcel) else parcels if isinstance(parcels, list) else []
    state = status.ORDER_STATUS.get(told.orderState or "", UNKNOWN)
    if some and told.orderState in status.STOCKING:
        state = PARTLY
    cod = (told.payType or "").partition("-")[0].strip() == status.CASH
    paid_at = None if cod else moment(told.paymentConfirmTime, "paymentConfirmTime")
    ended_at = moment(told.orderEndTime, "orderEndTime")
    amounts, tax_included, extra = _amounts(told, lines, state, cod=cod, paid_at=paid_at)
    shipped_at = moment(told.outBoundDate, "outBoundDate")
    return new_order(
        ref.account.merchant,
        KEY,
        ref.account.account,
        order_id,
        order_id,
        state,
        told.orderState,
        NONE,
        False,
        CURRENCY,
        tax_included,
        amounts,
        moment(told.orderStartTime, "orderStartTime"),
        paid_at,
        shipped_at,
        None,
        ended_at if state is COMPLETED else None,
        ended_at if state is CANCELLED else None,
        moment(told.modified, "modified"),
        _buyer(told),
        _ship_to(told),
        tuple(lines),
        _shipments(told, some, shipped_at),
        _attribution(told),
        extra | ({"payment": "cod"} if cod else {}) | ({"parent_order": above[0]} if above else {}),
    )


def _lines(items: list[Item] | None) -> list[Line]:
    """The lines, by SKU. The platform allots no discount to them: it stays on the order."""
    if items is None:
        raise Odd("an order without lines", "itemInfoList")
    try:
        prices = column(items, "jdPrice", yuan)
    except Odd as odd:
        raise Odd(odd.detail, f"itemInfoList{odd.name}") from None
    lines: list[Line] = []
    seen: set[str] = set()
    try:
        for item, price in zip(items, prices, strict=True):
            lines.append(_line(item, price, seen, len(lines)))
    except Odd as odd:
        raise odd.below(f"itemInfoList[{len(lines)}]") from None
    return lines


def _line(item: Item, price: Minor, seen: set[str], place: int) -> Line:
    sku, quantity = ident(item.skuId), number(item.itemTotal, "itemTotal")
    if sku is None or quantity is None or quantity < 0:
        raise Odd("an item without an id or a quantity", "itemTotal" if sku else "skuId")
    line_id = sku if sku not in seen else f"{sku}-{place + 1}"
    seen.add(sku)
    return new_line(
        line_id,
        ident(item.wareId),
        sku,
        item.outerSkuId or item.productNo or None,
        item.skuName or None,
        quantity,
        price,
        0,
        None if price is None else price * quantity,
    )


def _amounts(
    told: Told, lines: Sequence[Line], state: Status, *, cod: bool, paid_at: datetime | None
) -> tuple[Amounts, bool, dict[str, Any]]:
    """What the buyer lays out is `orderPayment` and the balance used for it.

    Nothing says what the platform gives: it is what is left over, a service charge of the platform included, if there is one.
    """
    goods, seller, shipping, tax, balance, payment = fields(told, MONEY, yuan)
    sums = [line.total for line in lines]
    items = goods if None in sums or not sums else sum([one or 0 for one in sums])
    total: Minor = None if payment is None else payment + (balance or 0)
    included = not tax
    platform: Minor = None
    if items is not None and seller is not None and shipping is not None and total is not None:
        platform = max(0, items - seller + shipping + (tax or 0) - total)
    amounts = new_amounts(items, seller, platform, shipping, tax, 0, total, _paid(state, total, cod=cod, paid_at=paid_at), None)
    notes = {"amounts_gap": gap(amounts, included), "balance_used": balance}
    return amounts, included, {name: value for name, value in notes.items() if value}


def _paid(state: Status, total: Minor, *, cod: bool, paid_at: datetime | None) -> Minor:
    """What came in; cash on delivery once the order is finished."""
    if state is PENDING:
        return 0
    if cod:
        return total if state is COMPLETED else 0
    if earned(state) or paid_at is not None:
        return total
    return 0 if state is CANCELLED else None


def _buyer(told: Told) -> Buyer:
    """`pin` is being withdrawn, and may come masked or as cipher text: then it is no id."""
    if found := text(told.open_id_buyer):
        return new_buyer(found)
    masked: list[str] = []
    encrypted: list[str] = []
    pin = plain("id", text(told.pin), masked, encrypted, CIPHERS)
    return new_buyer(pin, masked=tuple(masked), encrypted=tuple(encrypted))


def _ship_to(told: Told) -> ShipTo:
    who = told.consigneeInfo if isinstance(told.consigneeInfo, Consignee) else NOBODY
    masked: list[str] = []
    encrypted: list[str] = []
    return new_ship_to(
        plain("name", who.fullname, masked, encrypted, CIPHERS),
        plain("phone", who.mobile or who.telephone, masked, encrypted, CIPHERS),
        "CN",
        who.province or None,
        who.city or None,
        who.county or who.town or None,
        plain("address", who.fullAddress, masked, encrypted, CIPHERS),
        None,
        tuple(masked),
        tuple(encrypted),
    )


def _shipments(told: Told, some: Sequence[Parcel], shipped_at: datetime | None) -> tuple[Shipment, ...]:
    """Companies stand between bars, numbers of one company between commas; of a part shipment the parcels are told apart."""
    found = {
        code: new_shipment(text(parcel.logicId), code, epoch(parcel.shipmentTime, "partialLogisticsInfoModel.shipmentTime"))
        for parcel in some
        if (code := ident(parcel.waybillId))
    }
    companies = (text(told.logisticsId) or "").split("|")
    for place, numbers in enumerate((told.waybill or "").split("|")):
        carrier = companies[place].strip() if place < len(companies) else ""
        for code in [each.strip() for each in numbers.split(",")]:
            if code and code not in found:
                found[code] = new_shipment(carrier or None, code, shipped_at)
    return tuple(found.values())


def _attribution(told: Told) -> Attribution:
    return Attribution(source=text(told.orderSource))
