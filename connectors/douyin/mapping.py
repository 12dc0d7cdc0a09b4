"""Orders of Douyin shop to the canonical model."""

from __future__ import annotations

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
    earned,
    gap,
)
from chalicelib.toolkit.loose import Odd, yes
from chalicelib.toolkit.records import quick
from connectors.douyin import status
from connectors.douyin.payloads import Address, LineAftersale, Parcel, Promotions, Region, ShopOrder, SkuOrder
from connectors.douyin.values import CURRENCY, KEY, ident, instant, malformed, number, text

# An order is many small records; see chalicelib/toolkit/records.py.
new_order, new_amounts, new_line, new_shipment = quick(Order), quick(Amounts), quick(Line), quick(Shipment)
new_buyer, new_ship_to, new_attribution = quick(Buyer), quick(ShipTo), quick(Attribution)
NO_ATTRIBUTION, NO_ADDRESS = Attribution(), Address()
# An enum member costs a search of its class each time it is named.
NONE, REQUESTED, PARTIAL, FULL = RefundStatus.NONE, RefundStatus.REQUESTED, RefundStatus.PARTIAL, RefundStatus.FULL
UNKNOWN, COMPLETED = Status.UNKNOWN, Status.COMPLETED

_CASH_ON_DELIVERY = 0  # pay_type [sdk]
_FREE_GIFT = "FREE"  # given_product_type [sdk]
_NOT_YET = (None, "0", 0, "")  # a time that has not come
_CIPHER_MARKS = ("#", "$", "~")  # what cipher text begins with


def to_order(shop: ShopOrder, ref: Ref, path: str) -> Order:
    """One `shop_order_detail` or element of `shop_order_list`; fen of CNY, Unix seconds. Permanent with the path."""
    try:
        return _order(shop, ref)
    except Odd as odd:
        raise malformed(odd.detail, f"{path}.{odd.name}", ref.delivery_id) from None


def _order(shop: ShopOrder, ref: Ref) -> Order:
    order_id, skus = _head(shop)
    account = ref.account
    state, platform_status = _status(shop)
    lines, oddities = _lines(skus, order_id)
    cod = number(shop.pay_type, "pay_type") == _CASH_ON_DELIVERY
    paid_at = None if cod else instant(shop.pay_time, "pay_time")
    finished_at = instant(shop.finish_time, "finish_time")
    refunds = _refund_status(lines)
    paid = _paid(shop, state, cod=cod, paid_at=paid_at)
    amounts, tax_included, extra = _amounts(shop, lines, paid, refunds)
    if oddities or cod:
        extra |= ({"aftersale_unmapped": oddities} if oddities else {}) | ({"payment": "cod"} if cod else {})
    return new_order(
        account.merchant,
        KEY,
        account.account,
        order_id,
        order_id,
        state,
        platform_status,
        refunds,
        False,
        CURRENCY,
        tax_included,
        amounts,
        placed_at=instant(shop.create_time, "create_time"),
        paid_at=paid_at,
        shipped_at=instant(shop.ship_time, "ship_time"),
        delivered_at=_delivered_at(skus),
        completed_at=finished_at if state is COMPLETED else None,
        cancelled_at=None,
        updated_at=instant(shop.update_time, "update_time"),
        buyer=_buyer(shop),
        ship_to=_ship_to(shop),
        lines=lines,
        shipments=_shipments(shop.logistics_info) if shop.logistics_info else (),
        attribution=_attribution(shop, skus),
        extra=extra,
    )


def _head(shop: ShopOrder) -> tuple[str, list[SkuOrder]]:
    order_id = ident(shop.order_id)
    if order_id is None:
        raise Odd("an order without an id", "order_id")
    if shop.sku_order_list is None:
        raise Odd("an order without lines", "sku_order_list")
    return order_id, shop.sku_order_list


def _status(shop: ShopOrder) -> tuple[Status, str | None]:
    """`order_status` decides; `main_status` is deprecated and only stands in where the other is not told."""
    told, name = shop.order_status, "order_status"
    if told is None:
        told, name = shop.main_status, "main_status"
    code = number(told, name)
    return (UNKNOWN if code is None else status.ORDER_STATUS.get(code, UNKNOWN)), text(told)


def _lines(skus: list[SkuOrder], order_id: str) -> tuple[tuple[Line, ...], list[int]]:
    """The lines, and the after-sale states among them that are none we know."""
    lines, odd = [], set()
    index = 0
    try:
        for index, sku in enumerate(skus):
            refund, unmapped = NONE, None
            if sku.after_sale_info is not None:
                refund, unmapped = _line_refund(sku.after_sale_info)
            lines.append(_line(sku, order_id, index, refund))
            if unmapped is not None:
                odd.add(unmapped)
    except Odd as found:
        raise found.below(f"sku_order_list[{index}]") from None
    return tuple(lines), sorted(odd)


def _line(sku: SkuOrder, order_id: str, index: int, refund: RefundStatus) -> Line:
    quantity = number(sku.item_num, "item_num")
    if quantity is None or quantity < 0:
        raise Odd("expected a quantity", "item_num")
    unit_price = number(sku.origin_amount, "origin_amount")
    discount = number(sku.promotion_amount, "promotion_amount")
    if sku.given_product_type == _FREE_GIFT and not number(sku.pay_amount, "pay_amount"):
        unit_price, discount = 0, 0
    return new_line(
        ident(sku.order_id) or f"{order_id}-{index + 1}",
        text(sku.product_id_str) or ident(sku.product_id),
        ident(sku.sku_id),
        text(sku.code) or text(sku.out_sku_id),
        text(sku.product_name),
        quantity,
        unit_price,
        discount,
        None if unit_price is None or discount is None else unit_price * quantity - discount,
        refund,
    )


def _line_refund(info: LineAftersale) -> tuple[RefundStatus, int | None]:
    """The line's refund status, and its after-sale state where that is none we know."""
    if info.after_sale_status == info.after_sale_type == info.refund_status == "0":
        return NONE, None  # what nearly every line tells
    state = number(info.after_sale_status, "after_sale_info.after_sale_status")
    kind = number(info.after_sale_type, "after_sale_info.after_sale_type")
    money = number(info.refund_status, "after_sale_info.refund_status")
    if not state:
        return NONE, None  # no after-sale at all
    if kind in status.NO_MONEY_TYPES and state not in status.LINE_CLOSED:
        return NONE, None
    if state in status.LINE_OPEN:
        return REQUESTED, None
    done = state in status.LINE_DONE
    unmapped = None if done or state in status.LINE_CLOSED else state
    if done or (unmapped is not None and money == status.REFUND_PAID):
        return (PARTIAL if kind == status.PRICE_PROTECTION else FULL), unmapped
    return NONE, unmapped


def _refund_status(lines: tuple[Line, ...]) -> RefundStatus:
    """The order's refund status from its lines."""
    states = {line.refund_status for line in lines}
    if FULL in states or PARTIAL in states:
        return FULL if len(states) == 1 and FULL in states else PARTIAL
    return REQUESTED if REQUESTED in states else NONE


def _amounts(
    shop: ShopOrder, lines: tuple[Line, ...], paid: int | None, refunds: RefundStatus
) -> tuple[Amounts, bool, dict[str, Any]]:
    """The amounts, whether prices hold the tax, and what goes to `extra`.

    An influencer's discount is borne by neither shop nor buyer: it counts with the platform's and is told apart in
    `extra.discount_talent`. The payment channel's discount is how the buyer paid, no discount of the order.
    """
    items = _items(lines)
    shipping, tax = number(shop.post_amount, "post_amount"), number(shop.tax_amount, "tax_amount")
    other = number(shop.packing_amount, "packing_amount") or 0
    seller = number(shop.promotion_shop_amount, "promotion_shop_amount")
    platform = number(shop.promotion_platform_amount, "promotion_platform_amount")
    talent = number(shop.promotion_talent_amount, "promotion_talent_amount")
    tax_included = not tax or any(yes(sku.has_tax) for sku in shop.sku_order_list or ())
    change = number(shop.modify_amount, "modify_amount") or 0
    # A price the seller changed by hand counts where the platform's gross shows that the unit prices do not hold it yet.
    if change and seller is not None and items is not None and shipping is not None:
        gross = items + shipping + other + (0 if tax_included or tax is None else tax)
        if number(shop.order_amount, "order_amount") == gross + change:
            seller, other = seller + max(0, -change), other + max(0, change)
    amounts = new_amounts(
        items,
        seller,
        None if platform is None else platform + (talent or 0),
        shipping,
        tax,
        other,
        number(shop.pay_amount, "pay_amount"),
        paid,
        None if refunds is PARTIAL or refunds is FULL else 0,
    )
    notes = {
        "discount_talent": talent,
        "discount_payment": number(shop.promotion_pay_amount, "promotion_pay_amount"),
        "price_change": change,
        "amounts_gap": gap(amounts, tax_included),
    }
    return amounts, tax_included, {name: value for name, value in notes.items() if value}


def _paid(shop: ShopOrder, state: Status, *, cod: bool, paid_at: datetime | None) -> int | None:
    """What is captured so far: the deposit while payment is pending, cash on delivery only once the order is completed."""
    if state is Status.PENDING_PAYMENT:
        return _deposit(shop)
    if cod:
        return number(shop.pay_amount, "pay_amount") if state is COMPLETED else 0
    if earned(state) or paid_at is not None:
        return number(shop.pay_amount, "pay_amount")
    return 0 if state is Status.CANCELLED else None


def _deposit(shop: ShopOrder) -> int:
    return sum(
        number(phase.phase_pay_amount, f"order_phase_list[{index}].phase_pay_amount") or 0
        for index, phase in enumerate(shop.order_phase_list or ())
        if yes(phase.pay_success)
    )


def _items(lines: tuple[Line, ...]) -> int | None:
    total = 0
    for line in lines:
        if line.unit_price is None:
            return None
        total += line.unit_price * line.quantity
    return total


def _delivered_at(skus: list[SkuOrder]) -> datetime | None:
    """When the last line arrived; None while one is under way."""
    if all([sku.logistics_receipt_time in _NOT_YET for sku in skus]):  # noqa: C419  a generator is slower
        return None
    times = [
        instant(sku.logistics_receipt_time, f"sku_order_list[{index}].logistics_receipt_time") for index, sku in enumerate(skus)
    ]
    arrived = [time for time in times if time is not None]
    return max(arrived) if arrived and len(arrived) == len(times) else None


def _shipments(parcels: list[Parcel]) -> tuple[Shipment, ...]:
    return tuple(
        new_shipment(
            text(parcel.company_name) or text(parcel.company),
            text(parcel.tracking_no),
            instant(parcel.ship_time, f"logistics_info[{index}].ship_time"),
        )
        for index, parcel in enumerate(parcels)
    )


def _buyer(shop: ShopOrder) -> Buyer:
    """The platform's id of the person; the rest is told of the receiver, encrypted or masked."""
    masked = _named(shop.mask_post_receiver, shop.mask_post_tel)
    encrypted = _named(shop.encrypt_post_receiver, shop.encrypt_post_tel)
    return new_buyer(ident(shop.doudian_open_id) or ident(shop.open_id), masked=masked, encrypted=encrypted)


def _named(name: str | None, phone: str | None) -> tuple[str, ...]:
    if name:
        return ("name", "phone") if phone else ("name",)
    return ("phone",) if phone else ()


def _ship_to(shop: ShopOrder) -> ShipTo:
    """Where it goes. What comes only as cipher text or behind a mask is named, never kept."""
    address, mask = shop.post_addr or NO_ADDRESS, shop.mask_post_addr or NO_ADDRESS
    masked: list[str] = []
    encrypted: list[str] = []
    hidden = masked, encrypted
    return new_ship_to(
        _plain("name", shop.post_receiver, shop.encrypt_post_receiver, shop.mask_post_receiver, hidden),
        _plain("phone", shop.post_tel, shop.encrypt_post_tel, shop.mask_post_tel, hidden),
        "CN",
        _place(address.province or mask.province),
        _place(address.city or mask.city),
        _place(address.town or mask.town),
        _plain("address", address.detail, address.encrypt_detail, mask.detail, hidden),
        None,
        tuple(masked),
        tuple(encrypted),
    )


def _plain(name: str, value: str | None, cipher: str | None, mask: str | None, hidden: tuple[list[str], list[str]]) -> str | None:
    """A value that is told plainly; any other is named in `hidden` (masked, encrypted) by how it is hidden."""
    starred, ciphered = value is not None and "*" in value, value is not None and value[:1] in _CIPHER_MARKS
    if value and not starred and not ciphered:
        return value
    masked, encrypted = hidden
    if mask or starred:
        masked.append(name)
    if cipher or ciphered:
        encrypted.append(name)
    return None


def _place(region: Region | None) -> str | None:
    return None if region is None else text(region.name)


def _attribution(shop: ShopOrder, skus: list[SkuOrder]) -> Attribution:
    """The advertisement's kind and the host or author that sold it, of the first line that tells them."""
    source = creator = None
    for sku in skus:
        source = source or text(sku.ad_env_type)
        creator = creator or ident(sku.author_id)
        if source and creator:
            break
    promotions = shop.promotion_detail
    coupons = () if promotions is None else _coupons(promotions)
    return new_attribution(source, None, coupons, creator) if source or creator or coupons else NO_ATTRIBUTION


def _coupons(promotions: Promotions) -> tuple[str, ...]:
    bearers = (promotions.shop_discount_detail, promotions.platform_discount_detail, promotions.kol_discount_detail)
    found = [ident(coupon.coupon_meta_id) for bearer in bearers if bearer for coupon in bearer.coupon_info or ()]
    return tuple(dict.fromkeys([coupon for coupon in found if coupon]))
