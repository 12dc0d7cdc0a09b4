"""Amazon's order into the canonical order and its refunds. Sources: the status tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.contract import Ref
from chalicelib.domain.order import (
    Attribution,
    Buyer,
    Line,
    Order,
    Refund,
    RefundState,
    Shipment,
    ShipTo,
    Status,
    gap,
    refund_status,
)
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.loose import Odd, shown, told
from chalicelib.toolkit.records import quick
from connectors.amazon import payloads as shapes
from connectors.amazon import status as words
from connectors.amazon.amounts import Lot, OrderPurse, is_cash, order_amounts, shipping_discount, sums
from connectors.amazon.refunds import refunds
from connectors.amazon.values import KEY, READ

new_order, new_line, new_shipment = quick(Order), quick(Line), quick(Shipment)
new_buyer, new_ship_to = quick(Buyer), quick(ShipTo)
NOBODY, NOWHERE, NO_ATTRIBUTION = Buyer(), ShipTo(), Attribution()
BEFORE = frozenset({Status.PENDING_PAYMENT, Status.PAID})
SELLER_ORDER_ID = "SELLER_ORDER_ID"


def to_canonical(
    body: shapes.OrderShape, transactions: Sequence[shapes.Transaction] | None, ref: Ref, path: str
) -> Iterator[Order | Refund]:
    """The order, then its refunds. `transactions` None: they were not asked for. Permanent with the path on what cannot be read."""
    try:
        if not body.order_id:
            raise Odd("a required field is missing", "orderId")
        purse = OrderPurse(*_currency(body, ref))
        backs = list(refunds(transactions or (), body.order_id, ref))
        yield _order(body, purse, None if transactions is None else backs, ref)
        yield from backs
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _currency(body: shapes.OrderShape, ref: Ref) -> tuple[str, str]:
    """The currency of the total, else of a price, else of the marketplace: a pending order carries no money at all."""
    if body.proceeds and body.proceeds.grand_total:
        return body.proceeds.grand_total.currency_code, "proceeds.grandTotal.currencyCode"
    for item in body.order_items or ():
        price = item.product.price.unit_price if item.product and item.product.price else None
        if price is not None:
            return price.currency_code, "orderItems[...].product.price.unitPrice.currencyCode"
    market = body.sales_channel.marketplace_id if body.sales_channel else None
    found = words.CURRENCY.get(market or "") or ref.account.options.get("currency")
    if found is None:
        raise Odd("no price, and a marketplace whose currency is not known", "salesChannel.marketplaceId")
    return found, "salesChannel.marketplaceId"


def _order(body: shapes.OrderShape, purse: OrderPurse, backs: Sequence[Refund] | None, ref: Ref) -> Order:
    word = body.fulfillment.fulfillment_status if body.fulfillment else None
    status = _life(word, body.packages)
    lot = Lot()
    lines = _lines(body.order_items or (), purse, lot)
    amounts, included = order_amounts(body, purse, lot, status, _refunded(backs, purse, status))
    extra = _extra(body, word, lot)
    if difference := gap(amounts, included):
        extra["amounts_gap"] = difference
    wished = status in BEFORE and _cancel_wished(body.order_items or ())
    if wished:
        extra["cancel_requested"] = True
    account = ref.account
    return new_order(
        merchant=account.merchant,
        platform=KEY,
        account=account.account,
        order_id=body.order_id or "",
        order_no=body.order_id,
        status=status.value,
        platform_status=word,
        refund_status=refund_status(amounts.paid, amounts.refunded, wished).value,
        test=account.options.get("environment") == "sandbox",
        currency=purse.currency,
        tax_included=included,
        amounts=amounts,
        placed_at=utc(body.created_time),
        paid_at=None,
        shipped_at=min([at for each in body.packages if (at := utc(each.ship_time))], default=None) if body.packages else None,
        delivered_at=None,
        completed_at=None,
        cancelled_at=None,
        updated_at=utc(body.last_updated_time),
        buyer=_buyer(body.buyer),
        ship_to=_ship_to(body.recipient.delivery_address if body.recipient else None),
        lines=lines,
        shipments=_shipments(body.packages) if body.packages else (),
        attribution=_attribution(body.order_items or ()),
        extra=extra,
    )


def _life(word: str | None, packages: Sequence[shapes.Package] | None) -> Status:
    found = words.ORDER.get(word or "", Status.UNKNOWN)
    if found is Status.SHIPPED and packages:
        arrived = [each.package_status is not None and each.package_status.status == words.DELIVERED for each in packages]
        return Status.DELIVERED if all(arrived) else found
    return found


def _refunded(backs: Sequence[Refund] | None, purse: OrderPurse, status: Status) -> int | None:
    """Σ of the refunds where the transactions were read. Nothing goes back of what was not taken."""
    if backs is None:
        return 0 if status in BEFORE else None
    total = 0
    for each in backs:
        if each.status == RefundState.SUCCEEDED:
            if each.amount is None or each.currency != purse.currency:
                return None
            total += each.amount
    return total


def _extra(body: shapes.OrderShape, word: str | None, lot: Lot) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if lot.collected:
        extra["tax_platform"] = lot.collected
    if body.sales_channel and body.sales_channel.marketplace_id:
        extra["marketplace"] = body.sales_channel.marketplace_id
    if body.fulfillment and body.fulfillment.fulfilled_by:
        extra["fulfilled_by"] = body.fulfillment.fulfilled_by
    for alias in body.order_aliases or ():
        if alias.alias_type == SELLER_ORDER_ID and alias.alias_id:
            extra["seller_order_id"] = alias.alias_id
    for other in body.associated_orders or ():
        if other.association_type in words.REPLACES and other.order_id:
            extra["replaces"] = other.order_id
    if word in words.UNFULFILLABLE:
        extra["unfulfillable"] = True
    if is_cash(body):
        extra["payment"] = "cod"
    return extra


def _cancel_wished(items: Sequence[shapes.Item]) -> bool:
    for item in items:
        wish = item.cancellation
        asked = wish.cancellation_request if wish else None
        if asked and asked.requester == words.BUYER and wish and not told(wish.cancellation_execution):
            return True
    return False


def _buyer(person: shapes.Person | None) -> Buyer:
    """There is no id of a buyer; the address is Amazon's relay."""
    if person is None:
        return NOBODY
    masked: list[str] = []
    name, email = shown("name", person.buyer_name or None, masked), shown("email", person.buyer_email or None, masked)
    return new_buyer(None, None, name, email, None, tuple(masked))


def _ship_to(place: shapes.Address | None) -> ShipTo:
    if place is None:
        return NOWHERE
    masked: list[str] = []
    street = ", ".join([each for each in (place.address_line1, place.address_line2, place.address_line3) if each])
    return new_ship_to(
        shown("name", place.name or None, masked),
        shown("phone", place.phone or None, masked),
        place.country_code or None,
        place.state_or_region or None,
        place.city or None,
        place.district_or_county or None,
        shown("address", street or None, masked),
        place.postal_code or None,
        tuple(masked),
    )


def _shipments(packages: Sequence[shapes.Package]) -> tuple[Shipment, ...]:
    return tuple(
        [
            new_shipment(each.carrier or None, each.tracking_number or None, utc(each.ship_time), None)
            for each in packages
            if each.package_status is None or each.package_status.status not in words.NO_PARCEL
        ]
    )


def _attribution(items: Sequence[shapes.Item]) -> Attribution:
    codes = [each.promotion_id for item in items if item.promotion for each in item.promotion.breakdowns or () if each.promotion_id]
    return Attribution(coupons=tuple(dict.fromkeys(codes))) if codes else NO_ATTRIBUTION


def _lines(items: Sequence[shapes.Item], purse: OrderPurse, lot: Lot) -> tuple[Line, ...]:
    lines, index = [], 0
    try:
        for index, item in enumerate(items):  # noqa: B007 - names the line in a refusal
            lines.append(_line(item, purse, lot))
    except Odd as odd:
        raise odd.below(f"orderItems[{index}]") from None
    return tuple(lines)


def _line(item: shapes.Item, purse: OrderPurse, lot: Lot) -> Line:
    product, proceeds, quantity = item.product, item.proceeds, item.quantity_ordered
    if quantity < 0:
        raise Odd("expected a number of pieces", "quantityOrdered")
    breakdowns = proceeds.breakdowns if proceeds else None
    discount = _parts(item, breakdowns, purse, lot) if breakdowns else None
    price = total = None
    if product and product.price and product.price.unit_price:
        price = purse.must(product.price.unit_price, "product.price.unitPrice")
    elif quantity and breakdowns:
        whole = sums(breakdowns, purse).get("ITEM")
        price = None if whole is None or whole % quantity else whole // quantity
    if price is None or lot.priced is None:
        lot.priced = None
    else:
        lot.priced += price * quantity
    if price is not None and discount is not None:
        total = price * quantity - discount
    if product is None:
        return new_line(item.order_item_id, None, None, None, None, quantity, price, discount, total)
    sku, title = product.seller_sku or None, product.title or None
    return new_line(item.order_item_id, product.asin or None, None, sku, title, quantity, price, discount, total)


def _parts(item: shapes.Item, breakdowns: Sequence[shapes.Breakdown], purse: OrderPurse, lot: Lot) -> int:
    """The discount of a line without what is off the shipping; that, and the tax which Amazon collects, go into the lot."""
    discount = 0
    for each in breakdowns:
        if each.subtotal is None:
            continue
        if each.type == "TAX":
            if item.tax and any(one.model == words.FACILITATOR for one in item.tax.tax_collections or ()):
                lot.collected += purse.must(each.subtotal, "breakdowns.subtotal")
        elif each.type == "DISCOUNT":
            off = shipping_discount(each, purse)
            lot.off_shipping += off
            discount += abs(purse.must(each.subtotal, "breakdowns.subtotal")) - off
    return discount
