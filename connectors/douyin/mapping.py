"""Orders of Douyin shop to the canonical model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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
from connectors.douyin import status
from connectors.douyin.payloads import Address, LineAftersale, Parcel, Promotions, ShopOrder, SkuOrder
from connectors.douyin.values import CURRENCY, KEY, ident, malformed, moment, text, whole, yes

_CASH_ON_DELIVERY = 0  # pay_type [sdk]
_FREE_GIFT = "FREE"  # given_product_type [sdk]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the amounts depend on."""

    shop: ShopOrder
    lines: tuple[Line, ...]
    state: Status
    cod: bool
    paid_at: datetime | None
    refunds: RefundStatus
    delivery_id: str
    path: str

    def fen(self, name: str) -> int | None:
        """An amount of the order by its name, in fen."""
        return whole(getattr(self.shop, name), f"{self.path}.{name}", self.delivery_id)


def to_order(shop: ShopOrder, ref: Ref, path: str) -> Order:
    """One `shop_order_detail` or element of `shop_order_list`; fen of CNY, Unix seconds. Permanent with the path."""
    order_id, skus = _head(shop, ref, path)
    state, platform_status = _status(shop, ref, path)
    lines = tuple(_line(sku, ref, f"{path}.sku_order_list[{index}]", order_id, index) for index, sku in enumerate(skus))
    cod = whole(shop.pay_type, f"{path}.pay_type", ref.delivery_id) == _CASH_ON_DELIVERY
    paid_at = None if cod else moment(shop.pay_time, f"{path}.pay_time", ref.delivery_id)
    shipped_at = moment(shop.ship_time, f"{path}.ship_time", ref.delivery_id)
    finished_at = moment(shop.finish_time, f"{path}.finish_time", ref.delivery_id)
    refunds, oddities = _refund_status(skus, ref, path)
    facts = _Facts(shop, lines, state, cod, paid_at, refunds, ref.delivery_id, path)
    amounts, tax_included, notes = _amounts(facts)
    return Order(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        order_id=order_id,
        order_no=order_id,
        status=state,
        platform_status=platform_status,
        refund_status=refunds,
        test=False,
        currency=CURRENCY,
        tax_included=tax_included,
        amounts=amounts,
        placed_at=moment(shop.create_time, f"{path}.create_time", ref.delivery_id),
        paid_at=paid_at,
        shipped_at=shipped_at,
        delivered_at=_delivered_at(skus, ref, path),
        completed_at=finished_at if state is Status.COMPLETED else None,
        cancelled_at=None,
        updated_at=moment(shop.update_time, f"{path}.update_time", ref.delivery_id),
        buyer=_buyer(shop),
        ship_to=_ship_to(shop),
        lines=lines,
        shipments=_shipments(shop.logistics_info or [], ref, path),
        attribution=_attribution(shop),
        extra=notes | oddities | ({"payment": "cod"} if cod else {}),
    )


def _head(shop: ShopOrder, ref: Ref, path: str) -> tuple[str, list[SkuOrder]]:
    order_id = ident(shop.order_id)
    if order_id is None:
        raise malformed("an order without an id", f"{path}.order_id", ref.delivery_id)
    if shop.sku_order_list is None:
        raise malformed("an order without lines", f"{path}.sku_order_list", ref.delivery_id)
    return order_id, shop.sku_order_list


def _status(shop: ShopOrder, ref: Ref, path: str) -> tuple[Status, str | None]:
    """`order_status` decides; `main_status` is deprecated and only stands in where the other is not told."""
    name = "order_status" if shop.order_status is not None else "main_status"
    told = getattr(shop, name)
    code = whole(told, f"{path}.{name}", ref.delivery_id)
    return (status.ORDER_STATUS.get(code, Status.UNKNOWN) if code is not None else Status.UNKNOWN), text(told)


def _line(sku: SkuOrder, ref: Ref, path: str, order_id: str, index: int) -> Line:
    quantity = whole(sku.item_num, f"{path}.item_num", ref.delivery_id)
    if quantity is None or quantity < 0:
        raise malformed("expected a quantity", f"{path}.item_num", ref.delivery_id)
    unit_price = whole(sku.origin_amount, f"{path}.origin_amount", ref.delivery_id)
    discount = whole(sku.promotion_amount, f"{path}.promotion_amount", ref.delivery_id)
    if sku.given_product_type == _FREE_GIFT and not whole(sku.pay_amount, f"{path}.pay_amount", ref.delivery_id):
        unit_price, discount = 0, 0
    return Line(
        line_id=ident(sku.order_id) or f"{order_id}-{index + 1}",
        product_id=text(sku.product_id_str) or ident(sku.product_id),
        sku=ident(sku.sku_id),
        merchant_sku=text(sku.code) or text(sku.out_sku_id),
        title=text(sku.product_name),
        quantity=quantity,
        unit_price=unit_price,
        discount=discount,
        total=None if unit_price is None or discount is None else unit_price * quantity - discount,
        refund_status=_line_refund(sku.after_sale_info, ref, f"{path}.after_sale_info")[0],
    )


def _line_refund(info: LineAftersale | None, ref: Ref, path: str) -> tuple[RefundStatus, int | None]:
    """The line's refund status, and its after-sale state where that is none we know."""
    if info is None:
        return RefundStatus.NONE, None
    state = whole(info.after_sale_status, f"{path}.after_sale_status", ref.delivery_id) or 0
    kind = whole(info.after_sale_type, f"{path}.after_sale_type", ref.delivery_id)
    money = whole(info.refund_status, f"{path}.refund_status", ref.delivery_id)
    if kind in status.NO_MONEY_TYPES and state not in status.LINE_CLOSED:
        return RefundStatus.NONE, None
    if state in status.LINE_OPEN:
        return RefundStatus.REQUESTED, None
    done = state in status.LINE_DONE
    unmapped = None if done or state in status.LINE_CLOSED else state
    if done or (unmapped is not None and money == status.REFUND_PAID):
        return (RefundStatus.PARTIAL if kind == status.PRICE_PROTECTION else RefundStatus.FULL), unmapped
    return RefundStatus.NONE, unmapped


def _refund_status(skus: list[SkuOrder], ref: Ref, path: str) -> tuple[RefundStatus, dict[str, Any]]:
    """The order's refund status from its lines; states that we do not know go to `extra.aftersale_unmapped`."""
    found = [
        _line_refund(sku.after_sale_info, ref, f"{path}.sku_order_list[{index}].after_sale_info") for index, sku in enumerate(skus)
    ]
    states = [state for state, _ in found]
    odd = sorted({number for _, number in found if number is not None})
    oddities = {"aftersale_unmapped": odd} if odd else {}
    if states and all(state is RefundStatus.FULL for state in states):
        return RefundStatus.FULL, oddities
    if RefundStatus.FULL in states or RefundStatus.PARTIAL in states:
        return RefundStatus.PARTIAL, oddities
    return (RefundStatus.REQUESTED if RefundStatus.REQUESTED in states else RefundStatus.NONE), oddities


def _amounts(facts: _Facts) -> tuple[Amounts, bool, dict[str, Any]]:
    """The amounts, whether prices hold the tax, and what goes to `extra`.

    An influencer's discount is borne by neither shop nor buyer: it counts with the platform's and is told apart in
    `extra.discount_talent`. The payment channel's discount is how the buyer paid, no discount of the order.
    """
    fen, shop = facts.fen, facts.shop
    items = _sum(None if line.unit_price is None else line.unit_price * line.quantity for line in facts.lines)
    shipping, other, tax = fen("post_amount"), fen("packing_amount") or 0, fen("tax_amount")
    platform, seller, talent = fen("promotion_platform_amount"), fen("promotion_shop_amount"), fen("promotion_talent_amount")
    tax_included = not tax or any(yes(sku.has_tax) for sku in shop.sku_order_list or ())
    change = fen("modify_amount") or 0
    # A price the seller changed by hand counts where the platform's gross shows that the unit prices do not hold it yet.
    gross = _sum((items, shipping, other, 0 if tax_included else tax))
    if change and seller is not None and gross is not None and fen("order_amount") == gross + change:
        seller, other = seller + max(0, -change), other + max(0, change)
    amounts = Amounts(
        items=items,
        discount_seller=seller,
        discount_platform=None if platform is None else platform + (talent or 0),
        shipping=shipping,
        tax=tax,
        other=other,
        total=fen("pay_amount"),
        paid=_paid(facts),
        refunded=None if facts.refunds in (RefundStatus.PARTIAL, RefundStatus.FULL) else 0,
    )
    notes = {
        "discount_talent": talent,
        "discount_payment": fen("promotion_pay_amount"),
        "price_change": change,
        "amounts_gap": gap(amounts, tax_included),
    }
    return amounts, tax_included, {name: value for name, value in notes.items() if value}


def _paid(facts: _Facts) -> int | None:
    """What is captured so far: the deposit while payment is pending, cash on delivery only once the order is completed."""
    if facts.state is Status.PENDING_PAYMENT:
        return _deposit(facts)
    if facts.cod:
        return facts.fen("pay_amount") if facts.state is Status.COMPLETED else 0
    if earned(facts.state) or facts.paid_at is not None:
        return facts.fen("pay_amount")
    return 0 if facts.state is Status.CANCELLED else None


def _deposit(facts: _Facts) -> int:
    return sum(
        whole(phase.phase_pay_amount, f"{facts.path}.order_phase_list[{index}].phase_pay_amount", facts.delivery_id) or 0
        for index, phase in enumerate(facts.shop.order_phase_list or ())
        if yes(phase.pay_success)
    )


def _sum(parts: Iterable[int | None]) -> int | None:
    known = list(parts)
    return None if None in known else sum(part for part in known if part is not None)


def _delivered_at(skus: list[SkuOrder], ref: Ref, path: str) -> datetime | None:
    """When the last line arrived; None while one is under way."""
    times = [
        moment(sku.logistics_receipt_time, f"{path}.sku_order_list[{index}].logistics_receipt_time", ref.delivery_id)
        for index, sku in enumerate(skus)
    ]
    arrived = [time for time in times if time is not None]
    return max(arrived) if arrived and len(arrived) == len(times) else None


def _shipments(parcels: list[Parcel], ref: Ref, path: str) -> tuple[Shipment, ...]:
    return tuple(
        Shipment(
            carrier=text(parcel.company_name) or text(parcel.company),
            tracking_no=text(parcel.tracking_no),
            shipped_at=moment(parcel.ship_time, f"{path}.logistics_info[{index}].ship_time", ref.delivery_id),
        )
        for index, parcel in enumerate(parcels)
    )


def _buyer(shop: ShopOrder) -> Buyer:
    """The platform's id of the person; the rest is told of the receiver, encrypted or masked."""
    hidden = (("name", shop.encrypt_post_receiver, shop.mask_post_receiver), ("phone", shop.encrypt_post_tel, shop.mask_post_tel))
    return Buyer(
        id=ident(shop.doudian_open_id) or ident(shop.open_id),
        masked=tuple(name for name, _, mask in hidden if mask),
        encrypted=tuple(name for name, cipher, _ in hidden if cipher),
    )


def _ship_to(shop: ShopOrder) -> ShipTo:
    """Where it goes. What comes only as cipher text or behind a mask is named, never kept."""
    address, mask = shop.post_addr or Address(), shop.mask_post_addr or Address()
    values = {
        "name": (shop.post_receiver, shop.encrypt_post_receiver, shop.mask_post_receiver),
        "phone": (shop.post_tel, shop.encrypt_post_tel, shop.mask_post_tel),
        "address": (address.detail, address.encrypt_detail, mask.detail),
    }
    plain = {name: _plain(value) for name, (value, _, _) in values.items()}
    return ShipTo(
        name=plain["name"],
        phone=plain["phone"],
        country="CN",
        province=_place(address.province or mask.province),
        city=_place(address.city or mask.city),
        district=_place(address.town or mask.town),
        address=plain["address"],
        masked=tuple(name for name, (value, _, hidden) in values.items() if not plain[name] and (hidden or _starred(value))),
        encrypted=tuple(name for name, (value, cipher, _) in values.items() if not plain[name] and (cipher or _cipher(value))),
    )


def _place(region: Any) -> str | None:
    return text(region.name) if region is not None else None


def _plain(value: str | None) -> str | None:
    return None if not value or _starred(value) or _cipher(value) else value


def _starred(value: str | None) -> bool:
    return value is not None and "*" in value


def _cipher(value: str | None) -> bool:
    return value is not None and value[:1] in ("#", "$", "~")


def _attribution(shop: ShopOrder) -> Attribution:
    """The advertisement's kind and the host or author that sold it, of the first line that tells them."""
    skus = shop.sku_order_list or ()
    return Attribution(
        source=next((found for sku in skus if (found := text(sku.ad_env_type))), None),
        coupons=_coupons(shop.promotion_detail),
        creator=next((found for sku in skus if (found := ident(sku.author_id))), None),
    )


def _coupons(promotions: Promotions | None) -> tuple[str, ...]:
    if promotions is None:
        return ()
    bearers = (promotions.shop_discount_detail, promotions.platform_discount_detail, promotions.kol_discount_detail)
    found = (ident(coupon.coupon_meta_id) for bearer in bearers if bearer for coupon in bearer.coupon_info or ())
    return tuple(dict.fromkeys(coupon for coupon in found if coupon))
