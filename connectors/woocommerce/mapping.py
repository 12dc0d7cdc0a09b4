"""WooCommerce's order, its refunds and reviews, into canonical objects. Amounts are those without tax, as REST tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from chalicelib.contract import Account, Ref
from chalicelib.domain import order as model
from chalicelib.domain.order import Amounts, Line, Order, Refund, RefundStatus, Shipment, Status, earned
from chalicelib.domain.voice import NOBODY, Review
from chalicelib.errors import ConfigError, Permanent, Skippable
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.decode import decoder
from chalicelib.toolkit.html import plain, unescaped
from chalicelib.toolkit.loose import Odd, epoch
from chalicelib.toolkit.records import quick
from chalicelib.toolkit.texts import joined, text
from connectors.woocommerce import payloads as shapes
from connectors.woocommerce import status as words
from connectors.woocommerce.push import KEY, READ
from connectors.woocommerce.refunds import Money, money_of, refund, refunded_by_line
from connectors.woocommerce.values import ident

# See chalicelib/toolkit/records.py.
new_order, new_amounts, new_line = quick(Order), quick(Amounts), quick(Line)
new_buyer, new_ship_to, new_attribution = quick(model.Buyer), quick(model.ShipTo), quick(model.Attribution)
NO_ATTRIBUTION, NOWHERE = model.Attribution(), model.ShipTo()
NONE = str(RefundStatus.NONE)
_title = lru_cache(maxsize=4096)(unescaped)  # a shop's products recur

SOURCE, CAMPAIGN = "_wc_order_attribution_utm_source", "_wc_order_attribution_utm_campaign"
TRACKING = "_wc_shipment_tracking_items"
_NOTED = frozenset({SOURCE, CAMPAIGN, TRACKING})


def order_and_refunds(
    body: shapes.OrderBody, told: Sequence[shapes.RefundBody] | None, ref: Ref, path: str
) -> tuple[Order | Refund, ...]:
    """The order first, then its refunds: those read one by one (`told`), else as the order sums them up."""
    if body.id is None or body.status is None or body.currency is None:
        missing = "id" if body.id is None else "status" if body.status is None else "currency"
        detail = "the webhook's user may not read the resource" if body.code else "a required field is missing"
        raise READ.malformed(detail, f"{path}.{missing}", ref.delivery_id)
    if body.status in words.DRAFTS:
        raise Skippable("order-draft", "a checkout in the making is no order yet", connector=KEY, delivery_id=ref.delivery_id)
    try:
        money = money_of(body.currency)
    except ValueError as error:
        raise READ.malformed(str(error), f"{path}.currency", ref.delivery_id) from None
    try:
        given, order_id = (body.refunds or () if told is None else told), str(body.id)
        refunds = tuple(
            [refund(each, index, ref, order_id=order_id, currency=body.currency, money=money) for index, each in enumerate(given)]
        )
        return (_order(body, money, refunds if body.refunds is not None or told is not None else None, ref), *refunds)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _order(body: shapes.OrderBody, money: Money, refunds: Sequence[Refund] | None, ref: Ref) -> Order:
    account, notes = ref.account, _notes(body.meta_data)
    life = _life(body, account)
    cod = _is_cod(body, account)
    parcels = _parcels(notes.get(TRACKING)) if TRACKING in notes else ()
    lines, items = _lines(body, money, refunded_by_line(refunds) if refunds else {})
    amounts = _amounts(body, money, life, items, _refunded(body, refunds), cod=cod)
    completed = utc(body.date_completed_gmt)
    return new_order(
        merchant=account.merchant,
        platform=KEY,
        account=account.account,
        order_id=str(body.id),
        order_no=text(body.number),
        status=life.value,
        platform_status=body.status,
        refund_status=_refund_status(body, amounts),
        test=False,
        currency=body.currency or "",
        tax_included=False,
        amounts=amounts,
        placed_at=utc(body.date_created_gmt),
        paid_at=utc(body.date_paid_gmt),
        # Merchants mark an order completed when they ship it; a plugin may know better.
        shipped_at=min((each.shipped_at for each in parcels if each.shipped_at), default=completed),
        delivered_at=None,
        completed_at=completed,
        cancelled_at=None,
        updated_at=utc(body.date_modified_gmt),
        buyer=_buyer(body),
        ship_to=_ship_to(body.shipping, body.billing),
        lines=lines,
        shipments=parcels,
        attribution=_attribution(body, notes),
        extra=_extra(amounts, cod=cod),
    )


def _life(body: shapes.OrderBody, account: Account) -> Status:
    own = account.options.get("statuses")
    if own and (found := _own_statuses(own).get(body.status or "")):
        return found
    if body.status == words.REFUNDED and body.date_completed_gmt is not None:
        return Status.COMPLETED
    return words.ORDER_STATUS.get(body.status or "", Status.UNKNOWN)


@lru_cache(maxsize=64)
def _own_statuses(option: str) -> Mapping[str, Status]:
    """The option `statuses`: what a plugin's words mean, as `packed=paid, handed-over=shipped`. ConfigError otherwise."""
    found = {}
    for pair in option.split(","):
        word, _, meaning = pair.partition("=")
        try:
            found[word.strip().removeprefix("wc-")] = Status(meaning.strip())
        except ValueError:
            raise ConfigError("option-malformed", "the option statuses is a list of word=status", connector=KEY) from None
    return found


def _is_cod(body: shapes.OrderBody, account: Account) -> bool:
    if body.payment_method in words.COD_METHODS:
        return True
    own = account.options.get("cod_methods")
    return bool(own) and body.payment_method in [each.strip() for each in (own or "").split(",")]


def _amounts(body: shapes.OrderBody, money: Money, life: Status, items: int | None, refunded: int | None, *, cod: bool) -> Amounts:
    fees = _each(body.fee_lines, money) if body.fee_lines else ()
    discount, total = _named(body, "discount_total", money), _named(body, "total", money)
    # What a plugin gives off as a negative fee is a discount by another name.
    off = -sum([fee for fee in fees if fee is not None and fee < 0])
    return new_amounts(
        items=items,
        discount_seller=None if discount is None else discount + off,
        discount_platform=0,  # a shop of one's own: there is nobody else to give one
        shipping=_named(body, "shipping_total", money),
        tax=_named(body, "total_tax", money),
        other=None if None in fees else sum([fee for fee in fees if fee is not None and fee > 0]),
        total=total,
        paid=_paid(body, life, total, cod=cod),
        refunded=refunded,
    )


def _named(body: shapes.OrderBody, name: str, money: Money) -> int | None:
    try:
        return money(getattr(body, name))
    except Odd as odd:
        raise Odd(odd.detail, name) from None


def _each(fees: Sequence[shapes.Fee], money: Money) -> list[int | None]:
    try:
        return [money(fee.total) for fee in fees]
    except Odd as odd:
        raise Odd(odd.detail, "fee_lines[...].total") from None


def _whole(parts: Sequence[int | None]) -> int | None:
    return None if None in parts else sum([part for part in parts if part is not None])


def _paid(body: shapes.OrderBody, life: Status, total: int | None, *, cod: bool) -> int | None:
    """All or nothing: the shop knows no part payment. Cash on delivery is paid once it has a time of payment."""
    if body.date_paid_gmt is not None:
        return total
    if life is Status.UNKNOWN:
        return None
    return total if earned(life) and not cod else 0


def _refunded(body: shapes.OrderBody, refunds: Sequence[Refund] | None) -> int | None:
    if refunds is None or (body.status == words.REFUNDED and not refunds):
        return None
    return _whole([each.amount for each in refunds])


def _refund_status(body: shapes.OrderBody, amounts: Amounts) -> str:
    if amounts.refunded is None and body.status == words.REFUNDED:
        return RefundStatus.FULL.value
    return model.refund_status(amounts.paid, amounts.refunded, open_refund=False).value


def _lines(body: shapes.OrderBody, money: Money, refunded: Mapping[str, tuple[int, int]]) -> tuple[tuple[Line, ...], int | None]:
    """The lines, and what they come to before discounts."""
    items, lines, known = 0, [], body.line_items is not None
    for index, item in enumerate(body.line_items or ()):
        try:
            before, after = money(item.subtotal), money(item.total)
        except Odd as odd:
            raise Odd(odd.detail, f"line_items[{index}].total or subtotal") from None
        quantity, line_id, title = item.quantity, str(item.id), item.name
        product, variation = item.product_id, item.variation_id
        if type(quantity) is not int:
            quantity = _pieces(quantity)
        if quantity < 0:
            raise Odd("a negative quantity", f"line_items[{index}].quantity")
        if title and "&" in title:
            title = _title(title)
        price = discount = None
        if before is None:
            known = False
        else:
            items += before
            # What the pieces of a line cost together need not be a whole number for each.
            price = before if quantity == 1 else before // quantity if quantity and before % quantity == 0 else None
            discount = None if after is None else before - after
        lines.append(
            new_line(
                line_id,
                str(product) if product and product != "0" else None,
                str(variation) if variation and variation != "0" else None,
                item.sku or None,
                title or None,
                quantity,
                price,
                discount,
                after,
                _line_refund(refunded[line_id], quantity, item, money) if line_id in refunded else NONE,
            )
        )
    return tuple(lines), items if known else None


def _pieces(told: int | Decimal) -> int:
    """Sold by weight or length, through a plugin: one piece at the price of the whole."""
    quantity = Decimal(told)
    if not quantity.is_finite() or not -(10**9) < quantity < 10**9:
        raise Odd("a quantity out of range", "line_items[...].quantity")
    whole = int(quantity)
    return whole if whole == quantity else 1


def _line_refund(refunded: tuple[int, int], quantity: int, item: shapes.LineItem, money: Money) -> str:
    pieces, amount = refunded
    worth = (money(item.total) or 0) + (money(item.total_tax) or 0)
    if 0 < quantity <= pieces or 0 < worth <= amount:
        return RefundStatus.FULL.value
    return RefundStatus.PARTIAL.value if pieces or amount else NONE


def _buyer(body: shapes.OrderBody) -> model.Buyer:
    to, buyer = body.billing, ident(body.customer_id)
    if to is None:
        return new_buyer(buyer)
    return new_buyer(buyer, None, joined(" ", to.first_name, to.last_name), text(to.email), text(to.phone))


def _ship_to(shipping: shapes.Person | None, billing: shapes.Person | None) -> model.ShipTo:
    """Blank for what is not sent anywhere: then where the bill goes."""
    to = shipping if shipping is not None and (shipping.address_1 or shipping.city or shipping.postcode) else billing
    if to is None:
        return NOWHERE
    return new_ship_to(
        joined(" ", to.first_name, to.last_name),
        text(to.phone),
        text(to.country),
        text(to.state),
        text(to.city),
        None,
        joined(", ", to.address_1, to.address_2),
        text(to.postcode),
    )


def _notes(meta: Sequence[shapes.Meta] | None) -> dict[str, msgspec.Raw]:
    return {each.key: each.value for each in meta if each.key in _NOTED} if meta else {}


def _attribution(body: shapes.OrderBody, notes: Mapping[str, msgspec.Raw]) -> model.Attribution:
    coupons = tuple([each.code for each in body.coupon_lines if each.code]) if body.coupon_lines else ()
    if not coupons and SOURCE not in notes and CAMPAIGN not in notes:
        return NO_ATTRIBUTION
    return new_attribution(_word(notes.get(SOURCE)), _word(notes.get(CAMPAIGN)), coupons)


def _word(raw: msgspec.Raw | None) -> str | None:
    """A note that should be text; any plugin can write one, and one that is none tells nothing."""
    if raw is None:
        return None
    try:
        return text(decoder(str).decode(raw))
    except (msgspec.MsgspecError, ValueError):
        return None


def _parcels(raw: msgspec.Raw | None) -> tuple[Shipment, ...]:
    """Parcels that the Shipment Tracking plugin noted. What another plugin put under that name must not stop an order."""
    try:
        told = decoder(list[shapes.Tracking]).decode(raw or b"[]")
        return tuple([_parcel(each) for each in told if each.tracking_number])
    except (msgspec.MsgspecError, ValueError, RecursionError, Odd):
        return ()


def _parcel(told: shapes.Tracking) -> Shipment:
    carrier = text(told.tracking_provider) or text(told.custom_tracking_provider)
    return Shipment(carrier, text(told.tracking_number), epoch(told.date_shipped, "date_shipped"))


def _extra(amounts: Amounts, *, cod: bool) -> dict[str, Any]:
    extra: dict[str, Any] = {"payment": "cod"} if cod else {}
    if difference := model.gap(amounts, tax_included=False):
        extra["amounts_gap"] = difference
    return extra


def to_review(body: shapes.ReviewBody, ref: Ref) -> Review:
    """One review. Spam and what is in the bin is withdrawn."""
    gone = body.status in words.REVIEW_GONE
    at: datetime | None = utc(body.date_created_gmt)
    rating = body.rating or None
    if rating is not None and not 1 <= rating <= 5:
        raise Permanent("payload-malformed", "a rating out of range", connector=KEY, path="$.rating", delivery_id=ref.delivery_id)
    name, email = text(body.reviewer), text(body.reviewer_email)
    return Review(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        review_id=str(body.id),
        order_id=None,
        product_id=ident(body.product_id),
        sku=None,
        rating=rating,
        text=None if gone else plain(body.review),
        locale=None,
        buyer=new_buyer(None, None, name, email) if name or email else NOBODY,
        created_at=at,
        updated_at=at,
        deleted=gone,
    )
