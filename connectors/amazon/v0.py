"""Orders as the older API (v0) writes them, into the shapes of the newer one. It is deprecated, and kept for replays and files."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from chalicelib.contract import Ref
from connectors.amazon import payloads as shapes
from connectors.amazon.payloads import Old, Time
from connectors.amazon.values import READ


class OldMoney(Old):
    """An amount."""

    amount: str | int
    currency_code: str


class OldBuyer(Old):
    """The buyer."""

    buyer_name: str | None = None
    buyer_email: str | None = None


class OldAddress(Old):
    """A postal address."""

    name: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    address_line3: str | None = None
    city: str | None = None
    district: str | None = None
    county: str | None = None
    state_or_region: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    phone: str | None = None


class OldOrder(Old):
    """An order without its lines, which v0 lists apart."""

    amazon_order_id: str | None = None
    seller_order_id: str | None = None
    purchase_date: Time | None = None
    last_update_date: Time | None = None
    order_status: str | None = None
    fulfillment_channel: str | None = None
    payment_method: str | None = None
    marketplace_id: str | None = None
    order_total: OldMoney | None = None
    shipping_address: OldAddress | None = None
    buyer_info: OldBuyer | None = None
    replaced_order_id: str | None = None


class OldAnswer(OldOrder):
    """One order, or a page of them."""

    orders: list[OldOrder] | None = None
    order_items: msgspec.Raw = shapes.ABSENT


CHANNELS = {"AFN": "AMAZON", "MFN": "MERCHANT"}


def orders(payload: bytes, ref: Ref) -> Iterator[tuple[str, shapes.OrderShape]]:
    """Path and order for each. Permanent on an answer that holds none, as that of a list of items."""
    answer = READ.decode(OldAnswer, payload, ref.delivery_id, "$.payload")
    if answer.orders:
        for index, each in enumerate(answer.orders):
            yield f"$.payload.Orders[{index}]", _order(each)
    elif answer.amazon_order_id and answer.order_status:
        yield "$.payload", _order(answer)
    else:
        raise READ.malformed("not an order", "$.payload", ref.delivery_id)


def _order(old: OldOrder) -> shapes.OrderShape:
    total = old.order_total
    alias = shapes.Alias(old.seller_order_id, "SELLER_ORDER_ID")
    return shapes.OrderShape(
        order_id=old.amazon_order_id,
        order_aliases=[alias] if old.seller_order_id else None,
        created_time=old.purchase_date,
        last_updated_time=old.last_update_date,
        associated_orders=[shapes.Associated(old.replaced_order_id, "REPLACEMENT_ORIGINAL_ID")] if old.replaced_order_id else None,
        sales_channel=shapes.Channel(old.marketplace_id),
        buyer=shapes.Person(old.buyer_info.buyer_name, old.buyer_info.buyer_email) if old.buyer_info else None,
        recipient=shapes.Recipient(_address(old.shipping_address)) if old.shipping_address else None,
        proceeds=shapes.Proceeds(shapes.Money(total.amount, total.currency_code)) if total else None,
        fulfillment=shapes.Fulfilment(old.order_status, CHANNELS.get(old.fulfillment_channel or "")),
        payment=shapes.Payment([shapes.Execution(old.payment_method)]) if old.payment_method else None,
    )


def _address(old: OldAddress) -> shapes.Address:
    return shapes.Address(
        name=old.name,
        address_line1=old.address_line1,
        address_line2=old.address_line2,
        address_line3=old.address_line3,
        city=old.city,
        district_or_county=old.district or old.county,
        state_or_region=old.state_or_region,
        postal_code=old.postal_code,
        country_code=old.country_code,
        phone=old.phone,
    )
