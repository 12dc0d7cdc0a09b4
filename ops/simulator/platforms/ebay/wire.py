"""eBay: notifications that name an order; orders, parcels and returns as the Fulfillment and Post-Order APIs answer them.

Money is decimal text in major units, in the Post-Order API a JSON number; times are UTC with milliseconds.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from ops.simulator.delivery import LATENCY, Delivery, dump, major, number
from ops.simulator.model import Claim, Item, Parcel, SimOrder, State, World, seller_sku
from ops.simulator.remarks import Remark

Json = dict[str, Any]
SELLER, SELLER_ID = "acme-outlet", "ma8vendedor01"
_TOPICS = {"paid": "ORDER_CONFIRMATION", "shipped": "ITEM_MARKED_SHIPPED", "cancelled": "ORDER_CANCELLATION_ACTIVITY"}
_RETURNS = frozenset({"refund_requested", "refund_rejected", "refunded"})


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every notification for steps with since <= at < until. A payment is told once for each line of the order.

    No topic tells of a new unpaid order, of a delivery, or of a refund without a return: those come by pull alone.
    """
    for order in world.of("ebay"):
        for step in order.happened(since, until):
            if step.kind == "paid":
                for item in order.items:
                    yield notification(_TOPICS["paid"], order, step.at, item.line_id)
            elif step.kind in _TOPICS:
                yield notification(_TOPICS[step.kind], order, step.at, step.ref)
            elif step.kind in _RETURNS and any(has_return(claim) for claim in order.known_at(step.at).claims):
                yield notification("ORDER_RETURN_ACTIVITY", order, step.at, step.ref)


def snapshot(world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:  # noqa: ARG001 - every platform's has it
    """A notification that makes the receiver read the order with its returns again as of `now`."""
    yield notification("ORDER_RETURN_ACTIVITY", order, order.known_at(now).updated_at, "snapshot")


def notification(topic: str, order: SimOrder, at: datetime, what: str) -> Delivery:
    """One notification, in one of the two shapes that are known of them."""
    name = hashlib.sha256(f"{topic}/{order.order_id}/{what}/{at.isoformat()}".encode()).digest()
    user = {"user": {"userId": SELLER_ID, "username": SELLER}}
    lines = [{"orderLineItemId": item.line_id, "listingId": item.product.id, "quantity": item.quantity} for item in order.items]
    nested = {**user, "order": {"orderId": order.order_id, "orderLineItems": lines}}
    flat = {**user, "orderId": order.order_id, "orderLineItems": [{"lineItemId": item.line_id} for item in order.items]}
    body = {
        "metadata": {"topic": topic, "schemaVersion": "1.0", "deprecated": False},
        "notification": {
            "notificationId": f"{uuid.UUID(bytes=name[:16])}_{uuid.UUID(bytes=name[16:])}",
            "eventDate": stamp(at),
            "publishDate": stamp(at + timedelta(milliseconds=220)),
            "publishAttemptCount": 1,
            "data": nested if name[0] % 2 else flat,
        },
    }
    headers = {"content-type": "application/json"}
    return Delivery(at + LATENCY, "ebay", order.shop.account, topic, order.order_id, dump(body), headers, thin=True)


def stamp(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def payment_status(state: State) -> str:
    """`orderPaymentStatus`."""
    if not state.paid:
        return "PENDING"
    if state.refunded >= state.paid:
        return "FULLY_REFUNDED"
    return "PARTIALLY_REFUNDED" if state.refunded else "PAID"


def fulfilment_status(state: State) -> str:
    """`orderFulfillmentStatus`."""
    if state.shipped_all:
        return "FULFILLED"
    return "IN_PROGRESS" if state.parcels else "NOT_STARTED"


def order_body(state: State, *, breakdown: bool, alone: bool) -> Json:
    """An order. `breakdown`: with the field group TAX_BREAKDOWN. `alone`: read by its id, which tells more than the list."""
    order, names = state.order, _Names(state.order.shop.currency)
    sent = [
        f"https://api.ebay.com/sell/fulfillment/v1/order/{order.order_id}/shipping_fulfillment/{each.id}" for each in state.parcels
    ]
    cancelled = {"cancelState": "CANCELED", "cancelledDate": stamp(state.cancelled_at)}
    request = {
        "cancelRequestState": "COMPLETED",
        "cancelRequestId": f"5{order.order_id.replace('-', '')}",
        "cancelInitiator": "BUYER",
    }
    return {
        "orderId": order.order_id,
        "legacyOrderId": order.order_id,
        "creationDate": stamp(order.placed_at),
        "lastModifiedDate": stamp(state.updated_at),
        "orderFulfillmentStatus": fulfilment_status(state),
        "orderPaymentStatus": payment_status(state),
        "sellerId": SELLER,
        "buyer": _buyer(order),
        "pricingSummary": _pricing(state, names, breakdown=breakdown),
        "cancelStatus": {
            **(cancelled if state.cancelled_at else {"cancelState": "NONE_REQUESTED"}),
            "cancelRequests": [request] if state.cancelled_at and alone else [],
        },
        "paymentSummary": _payments(state, names),
        "fulfillmentStartInstructions": [_instruction(order)],
        "fulfillmentHrefs": sent,
        "lineItems": [
            _line(state, item, tax, names, breakdown=breakdown) for item, tax in zip(state.items, taxes(state), strict=True)
        ],
        "ebayCollectAndRemitTax": bool(state.tax),
        "salesRecordReference": order.order_id[-4:],
        "totalFeeBasisAmount": names.money(state.total),
        "totalMarketplaceFee": names.money(state.total * 13 // 100),
    }


class _Names:
    """Amounts of one currency."""

    def __init__(self, currency: str) -> None:
        self.currency = currency

    def money(self, minor: int) -> Json:
        return {"value": major(minor), "currency": self.currency}


def _net(item: Item) -> int:
    return item.gross - item.off_seller


def taxes(state: State) -> list[int]:
    """The order's tax by position; the last one takes what rounding leaves."""
    base = sum(_net(item) for item in state.items)
    found = [state.tax * _net(item) // base if base else 0 for item in state.items]
    return [*found[:-1], state.tax - sum(found[:-1])]


def _within(state: State) -> bool:
    """The tax that eBay collects is stated within `pricingSummary.tax`, or beside it: both are met."""
    return state.order.order_id[-1] in "02468"


def _pricing(state: State, names: _Names, *, breakdown: bool) -> Json:
    """What does not apply is left out."""
    told = {
        "priceSubtotal": state.gross,
        "priceDiscount": -state.off_seller,
        "deliveryCost": state.shipping,
        "tax": state.tax if breakdown and _within(state) else 0,
    }
    shown = {name: names.money(amount) for name, amount in told.items() if amount or name == "priceSubtotal"}
    return {**shown, "total": names.money(state.total if breakdown else state.total - state.tax)}


def _payments(state: State, names: _Names) -> Json:
    due = names.money(state.total - state.tax - state.total * 13 // 100)
    payment = {
        "paymentMethod": "EBAY",
        "paymentReferenceId": f"P{state.order.order_id}",
        "paymentDate": stamp(state.paid_at),
        "amount": due,
        "paymentStatus": "PAID",
    }
    refunds = [_refund(claim, names, refundStatus="REFUNDED") for claim in _settled(state) if not claim.lines]
    pending = {"paymentMethod": "EBAY", "amount": due, "paymentStatus": "PENDING"}
    return {"totalDueSeller": due, "refunds": refunds, "payments": [payment if state.paid_at else pending]}


def _settled(state: State) -> list[Claim]:
    return [claim for claim in state.claims if claim.state == "done"]


def _refund(claim: Claim, names: _Names, **more: str) -> Json:
    return {"refundId": claim.id, "refundDate": stamp(claim.at), "amount": names.money(claim.amount), **more}


def _line(state: State, item: Item, tax: int, names: _Names, *, breakdown: bool) -> Json:
    sent = any(item.line_id in parcel.lines for parcel in state.parcels)
    promotion = {"promotionId": "9", "description": "Outlet", "discountAmount": names.money(item.off_seller)}
    told: Json = {
        "lineItemId": item.line_id,
        "legacyItemId": item.product.id,
        "legacyVariationId": "0",
        "sku": seller_sku(item.product),
        "title": item.product.title,
        "quantity": item.quantity,
        "soldFormat": "FIXED_PRICE",
        "listingMarketplaceId": "EBAY_US",
        "purchaseMarketplaceId": "EBAY_US",
        "lineItemFulfillmentStatus": "FULFILLED" if sent else "NOT_STARTED",
        "lineItemCost": names.money(item.gross),
        "total": names.money(_net(item)),
        "deliveryCost": {"shippingCost": names.money(0)},
        "appliedPromotions": [promotion] if item.off_seller else [],
        "refunds": [_refund(claim, names) for claim in _settled(state) if item.line_id in claim.lines],
        "properties": {"buyerProtection": True},
    }
    if item.off_seller:
        told["discountedLineItemCost"] = names.money(_net(item))
    if tax:
        told["ebayCollectAndRemitTaxes"] = [
            {"taxType": "STATE_SALES_TAX", "amount": names.money(tax), "collectionMethod": "NET"},
        ]
        told["taxes"] = [{"taxType": "STATE_SALES_TAX", "amount": names.money(tax)}] if breakdown else []
    return told


def _contact(order: SimOrder) -> Json:
    city, _, state = order.buyer.city.partition("|")
    relay = hashlib.sha256(order.buyer.id.encode()).hexdigest()[:20]
    return {
        "fullName": order.buyer.name,
        "contactAddress": {
            "addressLine1": "1 Example Road",
            "city": city,
            "stateOrProvince": state,
            "postalCode": "40003",
            "countryCode": order.shop.country,
        },
        "primaryPhone": {"phoneNumber": order.buyer.phone},
        "email": f"{relay}@members.ebay.com",
    }


def _buyer(order: SimOrder) -> Json:
    area = {"stateOrProvince": "KY", "postalCode": "40003", "countryCode": order.shop.country}
    return {"username": order.buyer.id, "taxAddress": area, "buyerRegistrationAddress": _contact(order)}


def _instruction(order: SimOrder) -> Json:
    step = {"shipTo": _contact(order), "shippingCarrierCode": order.shop.carrier, "shippingServiceCode": "USPSPriority"}
    return {"fulfillmentInstructionsType": "SHIP_TO", "shippingStep": step, "ebaySupportedFulfillment": False}


def fulfilment(state: State, parcel: Parcel) -> Json:
    """A parcel."""
    inside = [item for item in state.items if item.line_id in parcel.lines]
    return {
        "fulfillmentId": parcel.id,
        "shipmentTrackingNumber": parcel.number,
        "shippingCarrierCode": parcel.carrier,
        "shippedDate": stamp(parcel.shipped_at),
        "lineItems": [{"lineItemId": item.line_id, "quantity": item.quantity} for item in inside],
    }


def has_return(claim: Claim) -> bool:
    """Whether something comes back: a refund of a position. One of the whole order is the seller's own act."""
    return bool(claim.lines)


def return_body(state: State, claim: Claim) -> Json:
    """A return's summary. Its id is its own; the money that goes back is a refund of the order."""
    item = next(item for item in state.items if item.line_id == claim.lines[0])
    word = {"open": "RETURN_REQUESTED", "rejected": "RETURN_REJECTED", "done": "CLOSED"}[claim.state]
    amount = {"value": number(claim.amount), "currency": state.order.shop.currency}
    return {
        "returnId": str(8_000_000_000_000_000_000 + int(claim.id)),
        "orderId": state.order.order_id,
        "buyerLoginName": state.order.buyer.id,
        "sellerLoginName": SELLER,
        "currentType": "MONEY_BACK",
        "state": word,
        "status": word,
        "creationInfo": {
            "item": {"itemId": item.product.id, "transactionId": item.line_id, "returnQuantity": item.quantity},
            "type": "MONEY_BACK",
            "reason": "NO_LONGER_NEED_ITEM",
            "reasonType": "REMORSE",
            "creationDate": {"value": stamp(claim.opened_at)},
        },
        "sellerTotalRefund": {"estimatedRefundAmount": amount, "actualRefundAmount": amount if claim.state == "done" else None},
    }


def feedback(remark: Remark) -> Json:
    """An element of a list of feedback, which has a word and no stars."""
    word = {1: "NEGATIVE", 2: "NEGATIVE", 3: "NEUTRAL"}.get(remark.stars or 5, "POSITIVE")
    state = "WITHDRAWN" if remark.gone else "REVISED" if remark.changed_at else "ENTERED"
    return {
        "feedbackId": str(remark.number),
        "commentType": word,
        "feedbackComment": {"commentText": remark.text, "state": state},
        "feedbackEnteredDate": stamp(remark.at),
        "feedbackState": "ENTERED",
        "orderLineItemSummary": {"listingId": remark.item.product.id, "orderLineItemId": remark.item.line_id},
        "providerUserDetail": {"userId": remark.order.buyer.id, "role": "BUYER"},
        **({"replyComment": {"commentText": remark.answer, "state": "ENTERED"}} if remark.answer else {}),
    }
