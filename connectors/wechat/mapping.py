"""Orders of WeChat Store to the canonical model. Amounts are whole fen, times Unix seconds; prices hold the tax."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.contract import Ref
from chalicelib.domain.order import (
    Amounts,
    Attribution,
    Buyer,
    Line,
    Order,
    RefundStatus,
    Shipment,
    ShipTo,
    Status,
    gap,
    refund_status,
)
from chalicelib.toolkit.loose import Odd, epoch, ident, number, shown, text, yes
from chalicelib.toolkit.records import quick
from connectors.wechat import status
from connectors.wechat.payloads import Address, AfterSale, Delivery, Detail, Ext, Marks, Price, Product
from connectors.wechat.payloads import Order as Told
from connectors.wechat.values import CURRENCY, KEY, READ

# See chalicelib/toolkit/records.py.
new_order, new_amounts, new_line, new_shipment = quick(Order), quick(Amounts), quick(Line), quick(Shipment)
new_buyer, new_ship_to, new_attribution = quick(Buyer), quick(ShipTo), quick(Attribution)
NOWHERE, NOTHING_TOLD, NO_MARKS = ShipTo(), Detail(), Marks()
NONE, REQUESTED, PARTIAL, FULL = RefundStatus.NONE, RefundStatus.REQUESTED, RefundStatus.PARTIAL, RefundStatus.FULL
UNKNOWN, PENDING, CANCELLED = Status.UNKNOWN, Status.PENDING_PAYMENT, Status.CANCELLED
SENT = (Status.SHIPPED, Status.COMPLETED)
EXCHANGE = "EXCHANGE"


def to_order(told: Told, aftersales: Sequence[AfterSale], ref: Ref, path: str) -> Order:
    """`order` of order/get, with those of its after-sales that were read. Permanent with the path on what cannot be read."""
    try:
        return _order(told, aftersales, ref)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def line_ids(products: Sequence[Product]) -> list[str]:
    """The line's id of each product: its own where it is told, else the SKU's; a repeated one has its place behind it."""
    found: list[str] = []
    for place, product in enumerate(products):
        line_id = ident(product.product_unique_id) or ident(product.sku_id) or ident(product.product_id)
        if line_id is None:
            raise Odd("a line without an id", f"order_detail.product_infos[{place}].sku_id")
        found.append(line_id)
    if len(set(found)) < len(found):
        return [each if each not in found[:place] else f"{each}.{place + 1}" for place, each in enumerate(found)]
    return found


def _order(told: Told, aftersales: Sequence[AfterSale], ref: Ref) -> Order:
    order_id, detail = ident(told.order_id), told.order_detail
    if order_id is None or detail is None or detail.price_info is None:
        raise Odd("an order without id, details or price", "order_detail" if order_id else "order_id")
    code = number(told.status, "status")
    state = status.ORDER_STATUS.get(code or 0, UNKNOWN)
    pay = detail.pay_info
    paid_at = epoch(pay.pay_time, "order_detail.pay_info.pay_time") if pay else None
    later = pay is not None and number(pay.payment_method, "order_detail.pay_info.payment_method") == status.PAY_LATER
    lines = _lines(detail.product_infos or (), aftersales)
    amounts, extra = _amounts(detail.price_info, detail.product_infos or ())
    amounts, refund = _settled(told, amounts, aftersales, code, _captured(amounts, state, paid_at, later=later))
    delivery, ext, account = detail.delivery_info, detail.ext_info, ref.account
    done = epoch(ext.confirm_receipt_time, "order_detail.ext_info.confirm_receipt_time") if ext else None
    return new_order(
        account.merchant,
        KEY,
        account.account,
        order_id,
        order_id,
        state,
        text(told.status),
        refund,
        False,
        CURRENCY,
        True,
        amounts,
        epoch(told.create_time, "create_time"),
        paid_at,
        _shipped_at(delivery, state),
        None,
        done if state is Status.COMPLETED else None,
        None,
        epoch(told.update_time, "update_time"),
        new_buyer(text(told.present_giver_openid) or text(told.openid)),
        _ship_to(delivery.address_info) if delivery and delivery.address_info else NOWHERE,
        lines,
        _shipments(delivery),
        _attribution(detail),
        extra | _notes(told, ext, later=later and not amounts.paid),
    )


def _notes(told: Told, ext: Ext | None, *, later: bool) -> dict[str, Any]:
    notes: dict[str, Any] = {"payment": "pay_later"} if later else {}
    if told.present_giver_openid:
        notes["gift"] = True  # the unionid is then the receiver's, who bought nothing
    elif unionid := text(told.unionid):
        notes["unionid"] = unionid  # stored sealed; its keyed hash links the person's buyers
    if ext and (scene := text(ext.order_scene)):
        notes["order_scene"] = scene
    return notes


def _lines(products: Sequence[Product], aftersales: Sequence[AfterSale]) -> tuple[Line, ...]:
    ids, exchanged, lines = line_ids(products), _exchanged(aftersales), []
    for place, product in enumerate(products):
        count, price, real = product.sku_cnt, product.sale_price, product.real_price
        if count is None:
            raise Odd("a line without a quantity", f"order_detail.product_infos[{place}].sku_cnt")
        if product.is_free_gift is not None and yes(product.is_free_gift):
            price = real = 0
        sku = ident(product.sku_id)
        lines.append(
            new_line(
                ids[place],
                ident(product.product_id),
                sku,
                text(product.sku_code) or text(product.out_sku_id),
                product.title or None,
                count,
                price,
                None if price is None or real is None else price * count - real,
                real if price is not None else None,
                _line_refund(product, count, exchanged.get(sku or "", 0)),
            )
        )
    return tuple(lines)


def _exchanged(aftersales: Sequence[AfterSale]) -> dict[str, int]:
    """How many pieces of each SKU were exchanged: they are counted as settled, yet nothing was paid back for them."""
    found: dict[str, int] = {}
    for one in aftersales:
        goods = one.product_info
        if one.type == EXCHANGE and goods and (sku := ident(goods.sku_id)):
            found[sku] = found.get(sku, 0) + (goods.count or 0)
    return found


def _line_refund(product: Product, count: int, exchanged: int) -> RefundStatus:
    done = (product.finish_aftersale_sku_cnt or 0) - exchanged
    if done > 0:
        return FULL if done >= count else PARTIAL
    return REQUESTED if product.on_aftersale_sku_cnt and exchanged <= 0 else NONE


def _amounts(price: Price, products: Sequence[Product]) -> tuple[Amounts, dict[str, Any]]:
    """The parts, and by how much they miss the total.

    Of a member's and a group's price cut it is not told whether the coupons hold them: the order's own figures decide.
    """
    coupons, finders = price.merchant_discounted_price, price.finder_discounted_price or 0
    if coupons is None:  # all coupons, the influencer's among them
        coupons = price.discounted_price or 0
        coupons -= finders if coupons >= finders else 0
    own = coupons + (price.deduction_price or 0) + (price.change_down_price or 0)
    own += price.national_subsidy_merchant_discounted_price or 0
    other = finders + (price.national_subsidy_discounted_price or 0)
    other += price.cash_coupon_discounted_price or 0
    items = price.product_price
    if items is None:
        items = sum([(each.sale_price or 0) * (each.sku_cnt or 0) for each in products]) if products else None
    shipping = price.change_freight if yes(price.is_change_freight) and price.change_freight is not None else price.freight
    amounts = new_amounts(items, own, other, shipping or 0, 0, 0, price.order_price)
    difference = gap(amounts, tax_included=True)
    cuts = (price.vip_discounted_price or 0) + (price.bulkbuy_discounted_price or 0)
    if difference and cuts and difference == -cuts:
        amounts, difference = new_amounts(items, own + cuts, other, shipping or 0, 0, 0, price.order_price), 0
    return amounts, {"amounts_gap": difference} if difference else {}


def _captured(amounts: Amounts, state: Status, paid_at: datetime | None, *, later: bool) -> int | None:
    if paid_at is not None:
        return amounts.total
    if later or state in (PENDING, CANCELLED):
        return 0
    return None if state is UNKNOWN else amounts.total


def _settled(
    told: Told, amounts: Amounts, aftersales: Sequence[AfterSale], code: int | None, paid: int | None
) -> tuple[Amounts, RefundStatus]:
    """The same with what came in and went back, and the refund status. The order alone tells no amount that went back."""
    marks = told.aftersale_detail or NO_MARKS
    listed, pending = marks.aftersale_order_list or (), bool(marks.on_aftersale_order_cnt)
    read = {ident(one.after_sale_order_id) for one in aftersales}
    back: int | None = None
    if code == status.ALL_REFUNDED:
        back, refund = paid, FULL
    elif all(ident(mark.aftersale_order_id) in read for mark in listed):
        back = _paid_back(aftersales)
        refund = refund_status(paid, back, pending)
    elif pending:
        refund = REQUESTED
    else:
        words = {text(mark.status) for mark in listed}
        refund = PARTIAL if words & status.DONE else REQUESTED if words - status.OVER else NONE
        back = 0 if refund is NONE else None
    parts = (amounts.items, amounts.discount_seller, amounts.discount_platform, amounts.shipping)
    return new_amounts(*parts, amounts.tax, amounts.other, amounts.total, paid, back), refund


def _paid_back(aftersales: Sequence[AfterSale]) -> int | None:
    """What all that went through sums up to; None where one of them does not tell."""
    done = [one for one in aftersales if one.status in status.DONE and one.type != EXCHANGE]
    sums = [one.refund_info.amount if one.refund_info else None for one in done]
    known = [each for each in sums if each is not None]
    return sum(known) if len(known) == len(sums) else None


def _shipped_at(delivery: Delivery | None, state: Status) -> datetime | None:
    if delivery is None or state not in (*SENT, Status.PARTIALLY_SHIPPED):
        return None
    done = epoch(delivery.ship_done_time, "order_detail.delivery_info.ship_done_time") if state in SENT else None
    if done is not None:
        return done
    name = "order_detail.delivery_info.delivery_product_info"
    times = [epoch(each.delivery_time, name) for each in delivery.delivery_product_info or ()]
    return min([at for at in times if at is not None], default=None)


def _shipments(delivery: Delivery | None) -> tuple[Shipment, ...]:
    if delivery is None:
        return ()
    name = "order_detail.delivery_info.delivery_product_info"
    return tuple(
        [
            new_shipment(each.delivery_name or each.delivery_id or None, code, epoch(each.delivery_time, name))
            for each in delivery.delivery_product_info or ()
            if (code := text(each.waybill_id))
        ]
    )


def _ship_to(address: Address) -> ShipTo:
    """Masked until the platform is asked to open it. A number that the platform lends (use_tel_number) is no one's own."""
    masked: list[str] = []
    phone = shown("phone", address.tel_number, masked)
    if phone and yes(address.use_tel_number):
        masked.append("phone")
        phone = None
    street = shown("address", f"{address.detail_info or ''}{address.house_number or ''}", masked)
    return new_ship_to(
        shown("name", address.user_name, masked),
        phone,
        "CN",
        text(address.province_name),
        text(address.city_name),
        text(address.county_name),
        street,
        text(address.postal_code),
        tuple(masked),
    )


def _attribution(detail: Detail) -> Attribution:
    coupon, ext = detail.coupon_info, detail.ext_info
    code = text(coupon.user_coupon_id) if coupon else None
    return new_attribution(None, None, (code,) if code else (), text(ext.finder_id) if ext else None)


def lines_by_sku(told: Told) -> Mapping[str, str]:
    """From SKU, and from a line's own id, to the line's id; of a SKU on two lines the first."""
    products = (told.order_detail or NOTHING_TOLD).product_infos or ()
    found: dict[str, str] = {}
    for product, line_id in zip(products, line_ids(products), strict=True):
        for name in (ident(product.product_unique_id), ident(product.sku_id)):
            if name:
                found.setdefault(name, line_id)
    return found
