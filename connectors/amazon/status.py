"""Vocabularies of Amazon as data. What is not listed is unknown, never guessed.

Sources: [model] Amazon's published API models (orders 2026-01-01, orders v0, finances 2024-06-19, notification schemas); [memory]
not confirmed, see the connector's page.
"""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.order import RefundState, Status

# fulfillment.fulfillmentStatus, and OrderStatus of v0. [model]
ORDER: dict[str, Status] = {
    "PENDING_AVAILABILITY": Status.PENDING_PAYMENT,  # pre-order
    "PENDING": Status.PENDING_PAYMENT,  # the payment is not authorised
    "UNSHIPPED": Status.PAID,
    "PARTIALLY_SHIPPED": Status.PARTIALLY_SHIPPED,
    "SHIPPED": Status.SHIPPED,
    "CANCELLED": Status.CANCELLED,
    "UNFULFILLABLE": Status.PAID,  # told apart in extra.unfulfillable
    # v0
    "PendingAvailability": Status.PENDING_PAYMENT,
    "Pending": Status.PENDING_PAYMENT,
    "Unshipped": Status.PAID,
    "PartiallyShipped": Status.PARTIALLY_SHIPPED,
    "Shipped": Status.SHIPPED,
    "InvoiceUnconfirmed": Status.PAID,
    "Canceled": Status.CANCELLED,
    "Unfulfillable": Status.PAID,
}
UNFULFILLABLE = frozenset({"UNFULFILLABLE", "Unfulfillable"})
DELIVERED = "DELIVERED"  # packages[].packageStatus.status; others: PENDING, IN_TRANSIT, SHIPPED, CANCELLED, UNDELIVERABLE [model]
NO_PARCEL = frozenset({"PENDING", "CANCELLED"})
CASH = frozenset({"CashOnDelivery", "COD"})  # paymentExecutions[].paymentMethod [model]
REPLACES = frozenset({"REPLACEMENT_ORIGINAL_ID", "EXCHANGE_ORIGINAL_ID"})  # associationType [model]
FACILITATOR = "MARKETPLACE_FACILITATOR"  # taxCollections[].model [model]
BUYER = "BUYER"  # cancellationRequest.requester [model]

# proceeds.breakdowns[].type that are charges of their own; DISCOUNT comes off. [model]
OTHER_CHARGES = frozenset({"GIFT_WRAP", "COD_FEE", "DELIVERY_TIP", "OTHER"})

# transactionStatus tells when the seller is paid out; the buyer has the money in each. [model]
TRANSACTION: dict[str, RefundState] = {
    "DEFERRED": RefundState.SUCCEEDED,
    "RELEASED": RefundState.SUCCEEDED,
    "DEFERRED_RELEASED": RefundState.SUCCEEDED,
}
REFUND_TYPES = frozenset({"Refund"})  # transactionType [model: description only]
# The part of a refund that goes to the buyer; the rest is Amazon's fees coming back. [memory]
SALES_BREAKDOWNS = frozenset({"Sales", "RefundedSales"})

TOPICS: dict[str, EventKind] = {
    "ORDER_CHANGE": "order",  # [model]
    "TRANSACTION_UPDATE": "order",  # names its order among the related identifiers [model]
    "FBA_OUTBOUND_SHIPMENT_STATUS": "order",  # [model]
    "LISTINGS_ITEM_STATUS_CHANGE": "product",  # [model]
    "LISTINGS_ITEM_ISSUES_CHANGE": "product",  # [model]
    "LISTINGS_ITEM_MFN_QUANTITY_CHANGE": "product",  # [model]
    "BRANDED_ITEM_CONTENT_CHANGE": "product",  # [model]
    "ITEM_PRODUCT_TYPE_CHANGE": "product",  # [model]
    "PRODUCT_TYPE_DEFINITIONS_CHANGE": "product",  # [model]
    "ANY_OFFER_CHANGED": "product",  # [model]
    "ACCOUNT_STATUS_CHANGED": "account",  # [model]
}
WITH_MONEY = frozenset({"TRANSACTION_UPDATE", "pull:transaction"})

# Currency of a marketplace, for orders that carry no prices yet. [memory]
CURRENCY: dict[str, str] = {
    "ATVPDKIKX0DER": "USD",
    "A2EUQ1WTGCTBG2": "CAD",
    "A1AM78C64UM0Y8": "MXN",
    "A2Q3Y263D00KWC": "BRL",
    "A1F83G8C2ARO7P": "GBP",
    "A1PA6795UKMFR9": "EUR",
    "A13V1IB3VIYZZH": "EUR",
    "APJ6JRA9NG5V4": "EUR",
    "A1RKKUPIHCS9HS": "EUR",
    "A1805IZSGTT6HS": "EUR",
    "AMEN7PMS3EDWL": "EUR",
    "A2NODRKZP88ZB9": "SEK",
    "A1C3SOZRARQ6R3": "PLN",
    "A33AVAJ2PDY3EV": "TRY",
    "A2VIGQ35RCS4UG": "AED",
    "A17E79C6D8DWNP": "SAR",
    "ARBP9OOSHTCHU": "EGP",
    "A21TJRUUN4KGV": "INR",
    "A1VC38T7YXB528": "JPY",
    "A39IBJ37TRP1C6": "AUD",
    "A19VAU5U5O7RUS": "SGD",
}

# Kinds of messages that take a text of one's own. [model]
MESSAGES = frozenset(
    {
        "confirmOrderDetails",
        "confirmDeliveryDetails",
        "confirmServiceDetails",
        "confirmCustomizationDetails",
        "unexpectedProblem",
    }
)
DEFAULT_MESSAGE = "unexpectedProblem"
SOLICITATION = "productReviewAndSellerFeedback"
