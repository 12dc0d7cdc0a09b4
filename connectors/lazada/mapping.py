"""Orders of Lazada to the canonical model. An item is one unit; units of one SKU at one price are one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.contract import Ref
from chalicelib.domain.order import Amounts, Attribution, Buyer, Line, Order, RefundStatus, Shipment, ShipTo, Status, earned, gap
from chalicelib.toolkit.loose import Odd, column, epoch, exact_in, ident, money_in, shown, summed, text, told_by, yes
from chalicelib.toolkit.records import quick
from connectors.lazada import status
from connectors.lazada.payloads import Address, Item
from connectors.lazada.payloads import Order as Head
from connectors.lazada.values import KEY, READ, moment

# See chalicelib/toolkit/records.py.
new_order, new_amounts, new_line, new_shipment = quick(Order), quick(Amounts), quick(Line), quick(Shipment)
new_buyer, new_ship_to, new_attribution = quick(Buyer), quick(ShipTo), quick(Attribution)
NOWHERE, NO_ATTRIBUTION, NO_HEAD = ShipTo(), Attribution(), Head()
NONE, REQUESTED, PARTIAL, FULL = RefundStatus.NONE, RefundStatus.REQUESTED, RefundStatus.PARTIAL, RefundStatus.FULL
NOT_ASKED = frozenset({None, False, "false", "False", "0", ""})
UNKNOWN, CANCELLED, PENDING = Status.UNKNOWN, Status.CANCELLED, Status.PENDING_PAYMENT


@dataclass(slots=True)
class Units:
    """The units of an order, column by column, in minor units; None where the platform does not tell."""

    items: Sequence[Item]
    price: list[int | None]
    paid: list[int | None]
    seller: list[int | None]
    platform: list[int | None]
    shipping: int | None
    tax: int | None
    refunds: list[RefundStatus]
    paid_at: datetime | None
    updated_at: datetime | None


def to_order(head: Head | None, items: Sequence[Item], ref: Ref, path: str) -> Order:
    """The order of a head, of its items, or of both. Permanent with the path on a value that cannot be read."""
    try:
        return _order(head or NO_HEAD, items, ref)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def currency_of(items: Sequence[Item], ref: Ref, address: Address | None = None) -> str | None:
    """The currency: items tell it; without items the country's, from the account or the address."""
    if items and items[0].currency:
        return items[0].currency
    country = ref.account.options.get("country", "").lower()
    if not country and address is not None and address.country:
        country = status.COUNTRY_NAMES.get(address.country.strip().lower(), "")
    return status.CURRENCY.get(country)


def line_ids(items: Sequence[Item], currency: str) -> dict[str, str]:
    """The line that each unit belongs to, by the unit's id. Odd on an amount that cannot be read."""
    prices = column(items, "item_price", _exact(currency))
    found: dict[str, str] = {}
    for places in _grouped(items, prices):
        units = [unit for place in places if (unit := ident(items[place].order_item_id))]
        found |= dict.fromkeys(units, min(units, key=_by_number, default=""))
    return found


def _exact(currency: str) -> Callable[[Any], int | None]:
    try:
        return exact_in(currency)
    except ValueError as error:
        raise Odd(str(error), "[0].currency") from None


def _grouped(items: Sequence[Item], prices: Sequence[int | None]) -> list[list[int]]:
    """The places of units of one SKU at one price, in the order in which they come."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for place, (item, price) in enumerate(zip(items, prices, strict=True)):
        key = (item.sku, item.sku_id, price)
        if key in groups:
            groups[key].append(place)
        else:
            groups[key] = [place]
    return list(groups.values())


def _by_number(unit: str) -> tuple[int, str]:
    return len(unit), unit


def _order(head: Head, items: Sequence[Item], ref: Ref) -> Order:
    order_id = ident(head.order_id) or (ident(items[0].order_id) if items else None)
    if order_id is None:
        raise Odd("an order without an id", "order.order_id")
    currency = currency_of(items, ref, head.address_shipping)
    if currency is None:
        raise Odd("neither the items nor the account tell the currency", "items")
    words = _words(head, items)
    units = _units(items, words, currency)
    state = _status(words)
    cod = head.payment_method in status.CASH
    amounts, extra = _amounts(head, units, state, currency, cod=cod)
    lines = _lines(units)
    account = ref.account
    return new_order(
        account.merchant,
        KEY,
        account.account,
        order_id,
        text(head.order_number) or order_id,
        state,
        ",".join(words) or None,
        _refund_status(units, head),
        False,
        currency,
        True,
        amounts,
        _placed_at(head, items),
        None if cod else units.paid_at,
        None,
        None,
        None,
        None,
        _later(moment(head.updated_at, "order.updated_at"), units.updated_at),
        _buyer(head, items),
        _ship_to(head.address_shipping) if head.address_shipping else NOWHERE,
        lines,
        _shipments(items),
        new_attribution(coupons=(code,)) if (code := ident(head.voucher_code)) else NO_ATTRIBUTION,
        extra | _notes(words, units, currency, cod=cod),
    )


def _words(head: Head, items: Sequence[Item]) -> list[str]:
    """The statuses that the units have, sorted; of an order told without them, a list or one text of them with commas."""
    told = {item.status for item in items} if items else {word.strip() for one in head.statuses or () for word in one.split(",")}
    return sorted([word for word in told if word])


def _status(words: Sequence[str]) -> Status:
    """The least advanced unit decides, cancelled ones left out; one shipped beside one that is not is partially shipped."""
    states = {status.ITEM_STATUS.get(word, UNKNOWN) for word in words}
    if len(states) == 1:
        return states.pop()
    live = states - {CANCELLED}
    if UNKNOWN in states or not live:
        return UNKNOWN
    least, most = min(live, key=_rank), max(live, key=_rank)
    if _rank(least) < _rank(Status.SHIPPED) <= _rank(most) and least is not PENDING:
        return Status.PARTIALLY_SHIPPED
    return least


_RANK = {state: rank for rank, state in enumerate(Status)}


def _rank(state: Status) -> int:
    return _RANK[state]


def _units(items: Sequence[Item], words: Sequence[str], currency: str) -> Units:
    """The columns. Odd below `items` on a value that cannot be read."""
    try:
        if told_by(items, "currency") - {None, currency}:
            raise Odd("an order in two currencies", "[0].currency")
        exact = _exact(currency)
        price, paid = column(items, "item_price", exact), column(items, "paid_price", exact)
        seller, platform = _discounts(items, price, paid, exact)
        paid_at = _latest(told_by(items, "payment_time"), epoch, "payment_time")
        return Units(
            items,
            price,
            paid,
            seller,
            platform,
            summed(column(items, "shipping_amount", exact)),
            summed(column(items, "tax_amount", exact)),
            _refunds(items, words, paid=paid_at is not None),
            paid_at,
            _latest(told_by(items, "updated_at"), moment, "updated_at"),
        )
    except Odd as odd:
        raise Odd(odd.detail, f"items{odd.name}") from None


def _latest(told: set[Any], parse: Callable[[Any, str], datetime | None], name: str) -> datetime | None:
    """Units mostly share their times: each is read once."""
    times = [at for one in told if (at := parse(one, f".{name}")) is not None]
    return max(times, default=None)


Column = list[int | None]


def _discounts(items: Sequence[Item], price: Column, paid: Column, exact: Callable[[Any], int | None]) -> tuple[Column, Column]:
    """Vouchers by who bears them. Bonuses come on top, unless the vouchers alone explain what the buyer pays."""
    seller, platform = column(items, "voucher_seller", exact), column(items, "voucher_platform", exact)
    if _explained(summed(price), summed(paid), summed(seller), summed(platform)):
        return seller, platform
    for place, (cost, pays, own, theirs) in enumerate(zip(price, paid, seller, platform, strict=True)):
        if _explained(cost, pays, own, theirs):
            continue
        if own is None and theirs is None:
            seller[place] = platform[place] = 0 if cost == pays and cost is not None else None
            continue
        vouchers = (own or 0, theirs or 0)
        plain = cost is not None and pays is not None and cost - sum(vouchers) == pays
        bonus = (0, 0) if plain else _bonus(items[place], place, exact)
        seller[place], platform[place] = vouchers[0] + bonus[0], vouchers[1] + bonus[1]
    return seller, platform


def _explained(cost: int | None, pays: int | None, own: int | None, theirs: int | None) -> bool:
    """Whether the vouchers, all known, are just what the buyer does not pay."""
    if cost is None or pays is None or own is None or theirs is None:
        return False
    return cost - own - theirs == pays


def _bonus(item: Item, place: int, exact: Callable[[Any], int | None]) -> tuple[int, int]:
    try:
        return exact(item.voucher_seller_lpi) or 0, exact(item.voucher_platform_lpi) or 0
    except (ValueError, TypeError) as error:
        raise Odd(str(error), f"[{place}].voucher_platform_lpi") from None


def _refunds(items: Sequence[Item], words: Sequence[str], *, paid: bool) -> list[RefundStatus]:
    """How far each unit is refunded: returned ones and cancelled ones that were paid for are."""
    flags = told_by(items, "is_cancel_pending") | told_by(items, "need_cancel_confirm")
    if not status.GONE.intersection(words) and flags <= NOT_ASKED:
        return [NONE] * len(items)
    return [_unit_refund(item, paid=paid) for item in items]


def _unit_refund(item: Item, *, paid: bool) -> RefundStatus:
    if item.status == status.RETURNED:
        return FULL
    if item.status in status.GONE:
        return FULL if paid else NONE
    return REQUESTED if yes(item.is_cancel_pending) or yes(item.need_cancel_confirm) else NONE


def _lines(units: Units) -> tuple[Line, ...]:
    return tuple([_line(units, places) for places in _grouped(units.items, units.price)])


def _line(units: Units, places: Sequence[int]) -> Line:
    place, count = places[0], len(places)
    item, price = units.items[place], units.price[place]
    if count == 1:
        line_id, refund, seller, platform = (
            ident(item.order_item_id),
            units.refunds[place],
            units.seller[place],
            units.platform[place],
        )
    else:
        ids = [ident(units.items[each].order_item_id) or "" for each in places]
        line_id, refund = min(ids, key=_by_number), _whole([units.refunds[each] for each in places])
        seller, platform = summed([units.seller[each] for each in places]), summed([units.platform[each] for each in places])
    if not line_id:
        raise Odd("an item without an id", f"items[{place}].order_item_id")
    discount = None if seller is None or platform is None else seller + platform
    return new_line(
        line_id,
        ident(item.product_id),
        ident(item.sku_id) or text(item.shop_sku),
        text(item.sku),
        item.name or None,
        count,
        price,
        discount,
        None if price is None or discount is None else price * count - discount,
        refund,
    )


def _whole(refunds: Sequence[RefundStatus]) -> RefundStatus:
    states = set(refunds)
    if FULL in states:
        return FULL if len(states) == 1 else PARTIAL
    return REQUESTED if REQUESTED in states else NONE


def _refund_status(units: Units, head: Head) -> RefundStatus:
    found = _whole(units.refunds)
    asked = yes(head.is_cancel_pending) or yes(head.need_cancel_confirm)
    return REQUESTED if asked and found is NONE else found


def _amounts(head: Head, units: Units, state: Status, currency: str, *, cod: bool) -> tuple[Amounts, dict[str, Any]]:
    """The units' sums; an order told without them has its own figures, whose `price` holds neither voucher nor shipping."""
    if units.items:
        pays, shipping = summed(units.paid), units.shipping
        total = None if pays is None or shipping is None else pays + shipping
        parts = (summed(units.price), summed(units.seller), summed(units.platform), shipping, units.tax)
    else:
        read = money_in(currency)
        price, shipping = read(head.price, "order.price"), read(head.shipping_fee, "order.shipping_fee")
        voucher = read(head.voucher, "order.voucher")
        total = None if price is None or shipping is None or voucher is None else price - voucher + shipping
        seller, platform = read(head.voucher_seller, "order.voucher_seller"), read(head.voucher_platform, "order.voucher_platform")
        parts = (price, seller, platform, shipping, None)
    amounts = new_amounts(*parts, 0, total, _paid(units, state, total, cod=cod), None if FULL in units.refunds else 0)
    difference = gap(amounts, True)
    return amounts, {"amounts_gap": difference} if difference else {}


def _paid(units: Units, state: Status, total: int | None, *, cod: bool) -> int | None:
    """What came in: cash on delivery once all has arrived; of a presale whose deposit is paid nobody tells how much."""
    if state is PENDING:
        return None if any([item.stage_pay_status == status.DEPOSIT_PAID for item in units.items]) else 0  # noqa: C419
    if cod:
        return total if state in (Status.DELIVERED, Status.COMPLETED) else 0
    if earned(state) or units.paid_at is not None:
        return total
    return 0 if units.items and state is CANCELLED else None


def _placed_at(head: Head, items: Sequence[Item]) -> datetime | None:
    told = moment(head.created_at, "order.created_at")
    if told is not None or not items:
        return told
    return min([at for item in items if (at := moment(item.created_at, "items.created_at"))], default=None)


def _later(head: datetime | None, units: datetime | None) -> datetime | None:
    """A document of both is as new as its newer part."""
    return max(head, units) if head and units else head or units


def _buyer(head: Head, items: Sequence[Item]) -> Buyer:
    masked: list[str] = []
    name = shown("name", _name(head.customer_first_name, head.customer_last_name), masked)
    return new_buyer(next((found for item in items if (found := ident(item.buyer_id))), None), name=name, masked=tuple(masked))


def _ship_to(address: Address) -> ShipTo:
    masked: list[str] = []
    country = status.COUNTRY_NAMES.get((address.country or "").strip().lower())
    return new_ship_to(
        shown("name", _name(address.first_name, address.last_name), masked),
        shown("phone", address.phone, masked),
        country.upper() if country else None,
        shown("province", address.address3, masked),
        shown("city", address.address4 or address.city, masked),
        shown("district", address.address5, masked),
        shown("address", address.address1, masked),
        shown("postcode", address.post_code, masked),
        tuple(masked),
    )


def _name(first: str | None, last: str | None) -> str | None:
    first, last = text(first), text(last)
    return f"{first} {last}" if first and last else first or last


def _shipments(items: Sequence[Item]) -> tuple[Shipment, ...]:
    told = dict.fromkeys([(item.shipment_provider, item.tracking_code) for item in items])
    return tuple([new_shipment(text(carrier), number) for carrier, code in told if (number := text(code))])


def _notes(words: Sequence[str], units: Units, currency: str, *, cod: bool) -> dict[str, Any]:
    notes: dict[str, Any] = {}
    if cod:
        notes["payment"] = "cod"
    if any([item.wallet_credits not in (None, "0.00", "0") for item in units.items]):  # noqa: C419
        wallet = column(units.items, "wallet_credits", exact_in(currency))
        notes |= {"wallet_credits": used} if (used := sum([one or 0 for one in wallet])) else {}
    if status.FAILED.intersection(words):
        notes["delivery_failed"] = True
    return notes
