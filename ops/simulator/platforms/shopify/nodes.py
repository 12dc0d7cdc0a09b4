"""Shopify's GraphQL order: the same order as the REST body, in the other spelling."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ops.simulator.delivery import major
from ops.simulator.model import Buyer, Claim, Item, Parcel, SimOrder, State, seller_sku
from ops.simulator.platforms.shopify.wire import financial_status, fulfillment_status

Json = dict[str, Any]


def order_node(state: State) -> Json:
    """An `Order` node as of a state; every field that a query may select here."""
    order, buyer = state.order, state.order.buyer
    gid = f"gid://shopify/Order/{order.order_id}"
    money = _Money(order.shop.currency)
    return {
        "__typename": "Order",
        "id": gid,
        "legacyResourceId": order.order_id,
        "name": order.order_no,
        "createdAt": _z(order.placed_at),
        "updatedAt": _z(state.updated_at),
        "processedAt": _z(order.placed_at),
        "cancelledAt": _z(state.cancelled_at),
        "cancelReason": "CUSTOMER" if state.cancelled_at else None,
        "closedAt": _z(state.completed_at),
        "currencyCode": order.shop.currency,
        "presentmentCurrencyCode": order.shop.currency,
        "test": order.test,
        "taxesIncluded": False,
        "dutiesIncluded": False,
        "displayFinancialStatus": financial_status(state).upper(),
        "displayFulfillmentStatus": _fulfilment_word(state),
        "returnStatus": "NO_RETURN",
        **_contact(order),
        **_money_fields(state, money),
        "customer": customer_node(buyer, state.updated_at),
        "shippingAddress": _address(state),
        "shippingLines": {"nodes": [_shipping_line(state, money)], "pageInfo": _end()},
        "lineItems": {"nodes": [_line(item, money) for item in state.items], "pageInfo": _end()},
        "fulfillments": [_fulfillment(parcel) for parcel in state.parcels],
        "refunds": [_refund(claim, money) for claim in state.claims],
        "transactions": [*_captures(state, money), *(_refund_move(claim, money) for claim in state.claims)],
        "taxLines": [_tax_line(state, money)] if state.tax else [],
        "customerJourneySummary": None,
    }


class _Money:
    def __init__(self, currency: str) -> None:
        self.currency = currency

    def one(self, minor: int) -> Json:
        return {"amount": major(minor), "currencyCode": self.currency}

    def bag(self, minor: int) -> Json:
        return {"shopMoney": self.one(minor), "presentmentMoney": self.one(minor)}


def _contact(order: SimOrder) -> Json:
    return {
        "email": order.buyer.email,
        "phone": None,
        "note": None,
        "tags": [],
        "paymentGatewayNames": ["Cash on Delivery (COD)"] if order.cod else ["shopify_payments"],
        "discountCodes": [],
    }


def _money_fields(state: State, money: _Money) -> Json:
    net = state.gross - state.off_seller
    return {
        "subtotalPriceSet": money.bag(net),
        "currentSubtotalPriceSet": money.bag(net),
        "totalDiscountsSet": money.bag(state.off_seller),
        "currentTotalDiscountsSet": money.bag(state.off_seller),
        "totalShippingPriceSet": money.bag(state.shipping),
        "totalTaxSet": money.bag(state.tax),
        "currentTotalTaxSet": money.bag(state.tax),
        "totalTipReceived": money.one(state.order.tip),
        "totalTipReceivedSet": money.bag(state.order.tip),
        "originalTotalDutiesSet": None,
        "originalTotalAdditionalFeesSet": None,
        "originalTotalPriceSet": money.bag(state.total),
        "totalPriceSet": money.bag(state.total),
        "currentTotalPriceSet": money.bag(state.total - state.refunded),
        "totalReceivedSet": money.bag(state.paid),
        "totalRefundedSet": money.bag(state.refunded),
        "totalOutstandingSet": money.bag(0 if state.cancelled_at else max(state.total - state.paid, 0)),
        "netPaymentSet": money.bag(state.paid - state.refunded),
    }


def _end() -> Json:
    return {"hasNextPage": False, "hasPreviousPage": False, "endCursor": None, "startCursor": None}


def _z(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def _fulfilment_word(state: State) -> str:
    return {"fulfilled": "FULFILLED", "partial": "PARTIALLY_FULFILLED"}.get(fulfillment_status(state) or "", "UNFULFILLED")


def customer_node(buyer: Buyer, now: datetime) -> Json:
    """A `Customer` node with consent as of `now`."""
    given, family = buyer.name.split(" ", 1)
    word = "SUBSCRIBED" if buyer.allows(now) else "UNSUBSCRIBED" if buyer.said_at(now) != buyer.consent_at else "NOT_SUBSCRIBED"
    said = {"marketingState": word, "marketingOptInLevel": "SINGLE_OPT_IN", "consentUpdatedAt": _z(buyer.said_at(now))}
    return {
        "__typename": "Customer",
        "id": f"gid://shopify/Customer/{buyer.id}",
        "legacyResourceId": buyer.id,
        "displayName": buyer.name,
        "firstName": given,
        "lastName": family,
        "email": buyer.email,
        "phone": None,
        "locale": buyer.locale,
        "createdAt": _z(buyer.consent_at),
        "updatedAt": _z(now),
        "verifiedEmail": True,
        "emailMarketingConsent": said,
        "smsMarketingConsent": None,
        "defaultEmailAddress": _email(buyer.email, said),
        "defaultPhoneNumber": None,
    }


def _email(address: str | None, said: Json) -> Json | None:
    if address is None:
        return None
    return {
        "emailAddress": address,
        "marketingState": said["marketingState"],
        "marketingOptInLevel": said["marketingOptInLevel"],
        "marketingUpdatedAt": said["consentUpdatedAt"],
    }


def _address(state: State) -> Json:
    buyer = state.order.buyer
    province, city, _ = buyer.city.split("|")
    given, family = buyer.name.split(" ", 1)
    return {
        "name": buyer.name,
        "firstName": given,
        "lastName": family,
        "company": None,
        "phone": buyer.phone,
        "address1": f"{int(buyer.id) % 400 + 1} Shipping Street",
        "address2": None,
        "city": city,
        "province": province,
        "provinceCode": province,
        "zip": "40003",
        "country": "United States",
        "countryCodeV2": "US",
    }


def _shipping_line(state: State, money: _Money) -> Json:
    fee = money.bag(state.shipping)
    return {"title": "Standard", "code": "Standard", "originalPriceSet": fee, "discountedPriceSet": fee, "discountAllocations": []}


def _line(item: Item, money: _Money) -> Json:
    own = int(item.product.id)
    allocated = [{"allocatedAmountSet": money.bag(item.off_seller)}] if item.off_seller else []
    return {
        "id": f"gid://shopify/LineItem/{item.line_id}",
        "sku": seller_sku(item.product),
        "title": item.product.title,
        "name": item.product.title,
        "variantTitle": None,
        "quantity": item.quantity,
        "currentQuantity": item.quantity,
        "product": {"id": f"gid://shopify/Product/{own}", "legacyResourceId": str(own)},
        "variant": {"id": f"gid://shopify/ProductVariant/{808950810000000 + item.product.number}"},
        "originalUnitPriceSet": money.bag(item.unit_price),
        "originalTotalSet": money.bag(item.gross),
        "discountedTotalSet": money.bag(item.gross - item.off_seller),
        "totalDiscountSet": money.bag(item.off_seller),
        "discountAllocations": allocated,
        "isGiftCard": False,
    }


def _fulfillment(parcel: Parcel) -> Json:
    return {
        "__typename": "Fulfillment",
        "id": f"gid://shopify/Fulfillment/{parcel.id}",
        "legacyResourceId": parcel.id,
        "status": "SUCCESS",
        "displayStatus": "DELIVERED" if parcel.delivered_at else "CONFIRMED",
        "createdAt": _z(parcel.shipped_at),
        "updatedAt": _z(parcel.delivered_at or parcel.shipped_at),
        "deliveredAt": _z(parcel.delivered_at),
        "trackingInfo": [{"company": parcel.carrier, "number": parcel.number, "url": f"https://track.example/{parcel.number}"}],
    }


def _refund(claim: Claim, money: _Money) -> Json:
    lines = [
        {
            "quantity": 1,
            "lineItem": {"id": f"gid://shopify/LineItem/{line}"},
            "subtotalSet": money.bag(claim.amount),
            "totalTaxSet": money.bag(0),
        }
        for line in claim.lines
    ]
    return {
        "__typename": "Refund",
        "id": f"gid://shopify/Refund/{claim.id}",
        "legacyResourceId": claim.id,
        "createdAt": _z(claim.at),
        "updatedAt": _z(claim.at),
        "note": "as agreed",
        "return": None,
        "totalRefundedSet": money.bag(claim.amount),
        "refundLineItems": {"nodes": lines, "pageInfo": _end()},
        "transactions": {"nodes": [_refund_move(claim, money)], "pageInfo": _end()},
    }


def _refund_move(claim: Claim, money: _Money) -> Json:
    return _move(f"{int(claim.id) + 3}", "REFUND", claim.amount, claim.at, money)


def _captures(state: State, money: _Money) -> list[Json]:
    paid = [(step.amount, step.at) for step in state.order.steps if step.kind == "deposit" and step.at <= state.updated_at]
    if state.paid_at:
        paid.append((state.paid - sum(amount for amount, _ in paid), state.paid_at))
    first = int(state.order.order_id) + 389_404_468_000_000
    return [_move(str(first + index), "SALE", amount, at, money) for index, (amount, at) in enumerate(paid)]


def _move(own: str, kind: str, minor: int, at: datetime, money: _Money) -> Json:
    return {
        "id": f"gid://shopify/OrderTransaction/{own}",
        "kind": kind,
        "status": "SUCCESS",
        "gateway": "shopify_payments",
        "createdAt": _z(at),
        "processedAt": _z(at),
        "amountSet": money.bag(minor),
    }


def _tax_line(state: State, money: _Money) -> Json:
    return {"title": "State Tax", "priceSet": money.bag(state.tax), "channelLiable": False}
