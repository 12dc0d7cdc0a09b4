"""Amazon: records of the queue in both spellings; orders of 2026-01-01 and transactions as the API answers them.

Money is decimal text in major units, in Finances a JSON number; times are UTC to the second.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ops.simulator.delivery import LATENCY, Delivery, dump, major, number
from ops.simulator.model import Claim, Item, SimOrder, State, World, seller_sku

Json = dict[str, Any]
SELLER, MARKET, APPLICATION = "A3EXAMPLE0SIM", "ATVPDKIKX0DER", "amzn1.sp.solution.simulated"
_TOLD = frozenset({"placed", "paid", "shipped", "cancelled"})  # nothing tells that a parcel arrived: the pull brings it
_CHANGES = _TOLD | {"delivered"}  # money that goes back does not touch the order
RELEASED_AFTER = timedelta(days=7)
_FREE = 599  # freight that a promotion takes off again


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every record for steps with since <= at < until."""
    for order in world.of("amazon"):
        for step in order.happened(since, until):
            if step.kind in _TOLD:
                yield _record("ORDER_CHANGE", order, step.at, _change(order, step.at))
            elif step.kind == "refunded":
                yield _record("TRANSACTION_UPDATE", order, step.at, _movement(order, step.at, step.amount))


def snapshot(world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:  # noqa: ARG001 - every platform's has it
    """A record that makes the receiver read the order with its transactions again as of `now`."""
    at = order.known_at(now).updated_at
    yield _record("TRANSACTION_UPDATE", order, at, _movement(order, at, 0))


def _change(order: SimOrder, at: datetime) -> Json:
    state = order.known_at(at)
    word = order_status(state).title().replace("_", "").replace("Cancelled", "Canceled")
    lines = [
        {"OrderItemId": item.line_id, "SellerSKU": seller_sku(item.product), "OrderItemStatus": word, "Quantity": item.quantity}
        for item in state.items
    ]
    return {
        "NotificationLevel": "OrderLevel",
        "SellerId": SELLER,
        "AmazonOrderId": order.order_id,
        "OrderChangeType": "OrderStatusChange",
        "OrderChangeTrigger": {"TimeOfOrderChange": stamp(at), "ChangeReason": f"OrderStatus changed to {word}"},
        "Summary": {
            "MarketplaceId": MARKET,
            "OrderStatus": word,
            "PurchaseDate": stamp(order.placed_at),
            "FulfillmentType": "MFN",
            "OrderType": "StandardOrder",
            "OrderItems": lines,
        },
    }


def _movement(order: SimOrder, at: datetime, amount: int) -> Json:
    return {
        "SellingPartnerMetadata": {"SellingPartnerId": SELLER, "MarketplaceId": MARKET, "AccountType": "PAYABLE"},
        "RelatedIdentifiers": [{"RelatedIdentifierName": "OrderId", "RelatedIdentifierValue": order.order_id}],
        "TransactionType": "Refund",
        "PostedDate": stamp(at),
        "TotalAmount": {"CurrencyAmount": number(-amount), "CurrencyCode": order.shop.currency},
    }


def _record(topic: str, order: SimOrder, at: datetime, inside: Json) -> Delivery:
    """A record. Some kinds come with names in camelCase, and nobody promises which: every third order's changes do."""
    camel = topic == "ORDER_CHANGE" and int(order.order_id[-1]) % 3 == 0
    name = "OrderChangeNotification" if topic == "ORDER_CHANGE" else "TransactionUpdateNotification"
    body = {
        "NotificationVersion": "1.0",
        "NotificationType": topic,
        "PayloadVersion": "1.0",
        "EventTime": stamp(at),
        "Payload": {name: inside},
        "NotificationMetadata": {
            "ApplicationId": APPLICATION,
            "SubscriptionId": "subscription-simulated",
            "PublishTime": stamp(at + timedelta(seconds=1)),
            "NotificationId": str(uuid.UUID(bytes=hashlib.sha256(f"{topic}/{order.order_id}/{at}".encode()).digest()[:16])),
        },
    }
    told = dump(_camel(body) if camel else body)
    return Delivery(at + LATENCY, "amazon", order.shop.account, topic, order.order_id, told, {}, thin=True)


def _camel(value: Any) -> Any:
    """The same with every name in camelCase."""
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: _camel(inner) for name, inner in value.items()}
    return [_camel(each) for each in value] if isinstance(value, list) else value


def stamp(at: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def order_status(state: State) -> str:
    """`fulfillment.fulfillmentStatus`."""
    if state.cancelled_at:
        return "CANCELLED"
    if state.parcels:
        return "SHIPPED" if state.shipped_all else "PARTIALLY_SHIPPED"
    return "UNSHIPPED" if state.paid_at else "PENDING"


def changed_at(state: State) -> datetime:
    """`lastUpdatedTime`."""
    return max(step.at for step in state.order.steps if step.kind in _CHANGES and step.at <= state.updated_at)


def taxes(state: State) -> list[int]:
    """The order's tax by position; the last one takes what rounding leaves."""
    base = sum(item.gross - item.off_seller for item in state.items)
    found = [state.tax * (item.gross - item.off_seller) // base if base else 0 for item in state.items]
    return [*found[:-1], state.tax - sum(found[:-1])]


def order_body(state: State, included: Iterable[str]) -> Json:
    """An order with the parts that were asked for; what was not is not there. A pending one has no prices and no address."""
    order, has_money = state.order, state.paid_at is not None
    parts: dict[str, Callable[[], Json]] = {
        "BUYER": lambda: {"buyer": _buyer(order)} if has_money else {},
        "RECIPIENT": lambda: {"recipient": {"deliveryAddress": _address(order)}} if has_money else {},
        "PROCEEDS": lambda: {"proceeds": _proceeds(state)} if has_money else {},
        "FULFILLMENT": lambda: {"fulfillment": {"fulfillmentStatus": order_status(state), "fulfilledBy": "MERCHANT"}},
        "PACKAGES": lambda: {"packages": _packages(state)} if state.parcels else {},
    }
    asked = set(included)
    told: Json = {
        "orderId": order.order_id,
        "createdTime": stamp(order.placed_at),
        "lastUpdatedTime": stamp(changed_at(state)),
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": MARKET, "marketplaceName": "Amazon.com"},
    }
    for name, make in parts.items():
        if name in asked:
            told |= make()
    shares = zip(state.items, taxes(state), strict=True)
    return told | {"orderItems": [_item(state, item, tax, asked, first=not index) for index, (item, tax) in enumerate(shares)]}


def _money(state: State, minor: int) -> Json:
    return {"amount": major(minor), "currencyCode": state.order.shop.currency}


def free_shipping(state: State) -> int:
    """Freight that is charged and taken off again by a promotion, of some orders that have none to pay."""
    return _FREE if not state.shipping and int(state.order.order_id[-1]) % 2 == 0 else 0


def _breakdowns(state: State, **amounts: int) -> list[Json]:
    """Kinds of charges, without those that are not there."""
    return [{"type": kind, "subtotal": _money(state, amount)} for kind, amount in amounts.items() if amount or kind == "ITEM"]


def _proceeds(state: State) -> Json:
    free = free_shipping(state)
    parts = _breakdowns(
        state,
        ITEM=state.gross,
        SHIPPING=state.shipping + free,
        DISCOUNT=-(state.off_seller + free),
        TAX=state.tax,
        DELIVERY_TIP=state.order.tip,
    )
    return {"grandTotal": _money(state, state.total), "breakdowns": parts}


def _item(state: State, item: Item, tax: int, asked: set[str], *, first: bool) -> Json:
    free = free_shipping(state) if first else 0
    told: Json = {
        "orderItemId": item.line_id,
        "quantityOrdered": item.quantity,
        "product": {"asin": item.product.id, "title": item.product.title, "sellerSku": seller_sku(item.product)},
    }
    if state.paid_at is None:
        return told
    told["product"]["price"] = {"unitPrice": _money(state, item.unit_price)}
    if "PROCEEDS" in asked:
        off = {"ITEM": -item.off_seller, "SHIPPING": -free}
        parts = _breakdowns(state, ITEM=item.gross, SHIPPING=(state.shipping if first else 0) + free, TAX=tax)
        if detailed := [{"subtype": name, "value": _money(state, amount)} for name, amount in off.items() if amount]:
            discount = {"type": "DISCOUNT", "subtotal": _money(state, -item.off_seller - free), "detailedBreakdowns": detailed}
            parts.append(discount)
        told["proceeds"] = {"proceedsTotal": _money(state, item.gross - item.off_seller + tax), "breakdowns": parts}
    if "TAX" in asked and tax:
        told["tax"] = {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon Services, Inc."}]}
    if "PROMOTION" in asked and item.off_seller:
        told["promotion"] = {"breakdowns": [{"promotionId": "MUGS-10"}]}
    return told


def _buyer(order: SimOrder) -> Json:
    relay = hashlib.sha256(order.buyer.id.encode()).hexdigest()[:14]
    return {"buyerName": order.buyer.name, "buyerEmail": f"{relay}@marketplace.amazon.com"}


def _address(order: SimOrder) -> Json:
    city, _, region = order.buyer.city.partition("|")
    place = {"city": city, "stateOrRegion": region, "postalCode": "40003", "countryCode": order.shop.country}
    return {"name": order.buyer.name, "addressLine1": "2 Example Road", "addressLine3": "", **place, "phone": order.buyer.phone}


def _packages(state: State) -> list[Json]:
    return [
        {
            "packageReferenceId": str(index),
            "createdTime": stamp(parcel.shipped_at),
            "packageStatus": {"status": "DELIVERED" if parcel.delivered_at else "IN_TRANSIT"},
            "carrier": parcel.carrier,
            "shipTime": stamp(parcel.shipped_at),
            "trackingNumber": parcel.number,
            "packageItems": [{"orderItemId": line} for line in parcel.lines],
        }
        for index, parcel in enumerate(state.parcels, start=1)
    ]


def transactions(state: State, now: datetime) -> list[Json]:
    """What moved on the seller's account for an order: the sale, each refund, and a refund's release where it was held back."""
    found = [each for claim in state.claims for each in _refund(state, claim, now)]
    if state.parcels:
        found.append(_Movement(f"sale-{state.order.order_id}", state.parcels[0].shipped_at, state.total, {}))
    return [_transaction(state, each) for each in found]


@dataclass(frozen=True, slots=True)
class _Movement:
    """What moved; money that leaves the account is negative."""

    name: str
    at: datetime
    amount: int
    related: dict[str, str]
    status: str = "RELEASED"


def _refund(state: State, claim: Claim, now: datetime) -> list[_Movement]:
    """A refund; every second order's is deferred at first, and told again under another id when it is released."""
    digit, first, amount = int(state.order.order_id[-1]), f"tx-{claim.id}", -claim.amount
    named = {"REFUND_ID": claim.id} if digit % 3 else {}
    if digit % 2:
        return [_Movement(first, claim.at, amount, named)]
    released = claim.at + RELEASED_AFTER
    if now < released:
        return [_Movement(first, claim.at, amount, named, "DEFERRED")]
    later, again = {**named, "RELEASE_TRANSACTION_ID": f"{first}-r"}, {"DEFERRED_TRANSACTION_ID": first}
    held = _Movement(first, claim.at, amount, later, "DEFERRED_RELEASED")
    return [_Movement(f"{first}-r", released, amount, again), held]


def _transaction(state: State, told: _Movement) -> Json:
    """A movement: the sales part is the buyer's, the rest are Amazon's fees."""
    fee, currency = -told.amount * 15 // 100, state.order.shop.currency
    back = told.amount < 0

    def money(minor: int) -> Json:
        return {"currencyAmount": number(minor), "currencyCode": currency}

    names = {"ORDER_ID": state.order.order_id, **told.related}
    return {
        "sellingPartnerMetadata": {"sellingPartnerId": SELLER, "accountType": "Standard Orders", "marketplaceId": MARKET},
        "relatedIdentifiers": [{"relatedIdentifierName": key, "relatedIdentifierValue": value} for key, value in names.items()],
        "transactionType": "Refund" if back else "Shipment",
        "transactionId": told.name,
        "transactionStatus": told.status,
        "description": "Refund Order" if back else "Order Payment",
        "postedDate": stamp(told.at),
        "totalAmount": money(told.amount + fee),
        "breakdowns": [
            {"breakdownType": "Sales", "breakdownAmount": money(told.amount), "breakdowns": []},
            {"breakdownType": "Expenses", "breakdownAmount": money(fee), "breakdowns": []},
        ],
    }
