"""Vocabularies of TikTok Shop as data. Sources: [docs] partner.tiktokshop.com by page, [live] a capture, [memory]."""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.order import RefundKind, RefundState, Status

ORDER_STATUS: dict[str, Status] = {
    "UNPAID": Status.PENDING_PAYMENT,  # [docs get-order-detail]
    "ON_HOLD": Status.PAID,  # the hour in which a buyer may think again [docs]
    "AWAITING_SHIPMENT": Status.PAID,  # [docs]
    "AWAITING_COLLECTION": Status.PAID,  # a label is made, nothing picked up [docs]
    "PARTIALLY_SHIPPING": Status.PARTIALLY_SHIPPED,  # [docs]
    "IN_TRANSIT": Status.SHIPPED,  # [docs]
    "DELIVERED": Status.DELIVERED,  # [docs]
    "COMPLETED": Status.COMPLETED,  # [docs]
    "CANCELLED": Status.CANCELLED,  # [docs]
    "CANCEL": Status.CANCELLED,  # as pushes spell it [docs order-status-change]
}
LINE_CANCELLED = frozenset({"CANCELLED", "CANCEL"})  # display_status

# return_status; doubled underscores and the two spellings of "cancelled" are evened out before.
RETURN_STATE: dict[str, RefundState] = {
    "RETURN_OR_REFUND_REQUEST_PENDING": RefundState.REQUESTED,  # [docs search-returns]
    "REFUND_OR_RETURN_REQUEST_REJECT": RefundState.REJECTED,  # [docs]
    "AWAITING_BUYER_SHIP": RefundState.APPROVED,  # [docs]
    "BUYER_SHIPPED_ITEM": RefundState.APPROVED,  # [docs]
    "REJECT_RECEIVE_PACKAGE": RefundState.REJECTED,  # [docs]
    "RETURN_OR_REFUND_REQUEST_SUCCESS": RefundState.APPROVED,  # agreed, the money is still to come [docs]
    "RETURN_OR_REFUND_REQUEST_CANCEL": RefundState.CLOSED,  # [docs]
    "RETURN_OR_REFUND_REQUEST_COMPLETE": RefundState.SUCCEEDED,  # [docs, live]
    "AWAITING_BUYER_RESPONSE": RefundState.REQUESTED,  # [docs]
    "REPLACEMENT_REQUEST_PENDING": RefundState.REQUESTED,  # [docs]
    "REPLACEMENT_REQUEST_REJECT": RefundState.REJECTED,  # [docs]
    "REPLACEMENT_REQUEST_SUCCESS": RefundState.APPROVED,  # [docs]
    "REPLACEMENT_REQUEST_CANCEL": RefundState.CLOSED,  # [docs]
    "REPLACEMENT_REQUEST_COMPLETE": RefundState.SUCCEEDED,  # sent again, no money [docs]
    "REPLACEMENT_REQUEST_REFUND_SUCCESS": RefundState.SUCCEEDED,  # paid back instead [docs]
}
PAID_INSTEAD = "REPLACEMENT_REQUEST_REFUND_SUCCESS"
RETURN_KIND: dict[str, RefundKind] = {
    "REFUND": RefundKind.REFUND,  # [docs search-returns]
    "RETURN_AND_REFUND": RefundKind.RETURN,  # [docs, live]
    "REPLACEMENT": RefundKind.EXCHANGE,  # [docs]
}
CANCEL_STATE: dict[str, RefundState] = {
    "CANCELLATION_REQUEST_PENDING": RefundState.REQUESTED,  # [docs search-cancellations]
    "CANCELLATION_REQUEST_SUCCESS": RefundState.APPROVED,  # [docs]
    "CANCELLATION_REQUEST_CANCEL": RefundState.CLOSED,  # [docs]
    "CANCELLATION_REQUEST_REJECT": RefundState.REJECTED,  # [memory]
    "CANCELLATION_REQUEST_COMPLETE": RefundState.SUCCEEDED,  # [docs, live]
}

# type of a push [docs, a page for each].
TOPICS: dict[int, EventKind] = {
    1: "order",
    2: "refund",  # superseded by 11 and 12
    3: "order",  # the address changed
    4: "order",  # a package was split or combined [memory]
    5: "product",
    6: "account",  # the shop withdrew its authorisation
    7: "account",  # the authorisation ends within 30 days
    11: "refund",  # cancellation
    12: "refund",  # return
    13: "other",  # a conversation begins
    14: "message",
    15: "product",
    16: "product",
    18: "product",
    37: "product",
    67: "refund",  # paid back
}
MESSAGE = 14
SENDER = {"BUYER": "buyer", "SHOP": "shop", "CUSTOMER_SERVICE": "shop", "SYSTEM": "platform", "ROBOT": "platform"}  # [docs 14]

# Codes of the API [docs, error table].
TOKEN_OVER = frozenset({105002})
REVOKED = frozenset({36004004})  # of a refresh token [memory]; its message is looked at as well
THROTTLED = frozenset({36009002})
UNAVAILABLE = frozenset({36009003, 25020008})
MISCONFIGURED: dict[int, str] = {
    105005: "permission-missing",
    25020005: "permission-missing",
    106001: "signature-refused",
    106013: "cipher-missing",
    36009033: "address-not-trusted",
}
AMBIGUOUS = 36009004  # of app_key, signature, time, token or cipher: the message says which

# Charges that a buyer sees beside goods, shipping and tax [docs get-order-detail, payment].
FEES = (
    "buyer_service_fee",
    "small_order_fee",
    "retail_delivery_fee",
    "handling_fee",
    "shipping_insurance_fee",
    "item_insurance_fee",
    "item_insurance_tax",
)
TAX_ON_TOP = frozenset({"USD"})  # sales tax is added at the till; elsewhere prices hold it
