"""Vocabularies of eBay as data. What is not listed is unknown, never guessed.

Sources: [spec] eBay's OpenAPI of the Fulfillment API 1.20.7 and the Feedback API 1.0.0; [enum] the enumeration pages of the
same documentation; [docs] the notification pages; [post-order] the Post-Order API's enumeration pages; [third] third-party
notes, unconfirmed.
"""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.order import RefundState, Status

# orderFulfillmentStatus; None: nothing was shipped, the payment decides. [enum OrderFulfillmentStatus]
FULFILMENT: dict[str, Status | None] = {
    "NOT_STARTED": None,
    "IN_PROGRESS": Status.PARTIALLY_SHIPPED,
    "FULFILLED": Status.SHIPPED,
}

# orderPaymentStatus: of the payment, or of the last refund. [enum OrderPaymentStatusEnum]
PAYMENT: dict[str, Status] = {
    "PENDING": Status.PENDING_PAYMENT,
    "FAILED": Status.PENDING_PAYMENT,
    "PAID": Status.PAID,
    "PARTIALLY_REFUNDED": Status.PAID,
    "FULLY_REFUNDED": Status.PAID,
}
FULLY_REFUNDED = "FULLY_REFUNDED"

# cancelStatus.cancelState; None: it says nothing, the other two decide. [enum CancelStateEnum]
CANCEL: dict[str, Status | None] = {
    "NONE_REQUESTED": None,
    "IN_PROGRESS": None,
    "CANCELED": Status.CANCELLED,
}
CANCEL_OPEN = "IN_PROGRESS"
CANCEL_REQUEST_OPEN = "REQUESTED"  # cancelRequests[].cancelRequestState [enum CancelRequestStateEnum]

# paymentSummary.refunds[].refundStatus. [enum RefundStatusEnum]
REFUND: dict[str, RefundState] = {
    "PENDING": RefundState.APPROVED,  # the seller gave it, the money is under way
    "REFUNDED": RefundState.SUCCEEDED,
    "FAILED": RefundState.CLOSED,
}

# Returns never carry money here: what is paid back is a refund of the order, under an id of its own. [post-order ReturnStateEnum]
RETURN: dict[str, RefundState] = {
    "RETURN_REQUESTED": RefundState.REQUESTED,
    "INITIAL": RefundState.REQUESTED,
    "RETURN_REQUESTED_TIMEOUT": RefundState.REQUESTED,
    "ESCALATED": RefundState.REQUESTED,
    "PARTIAL_REFUND_REQUESTED": RefundState.REQUESTED,
    "PARTIAL_REFUND_DECLINED": RefundState.REQUESTED,
    "REPLACEMENT_REQUESTED": RefundState.REQUESTED,
    "RETURN_REJECTED": RefundState.REJECTED,
    "ITEM_READY_TO_SHIP": RefundState.APPROVED,
    "READY_FOR_SHIPPING": RefundState.APPROVED,
    "RETURN_LABEL_PENDING": RefundState.APPROVED,
    "RETURN_LABEL_PENDING_TIMEOUT": RefundState.APPROVED,
    "RETURN_LABEL_REQUESTED": RefundState.APPROVED,
    "ITEM_SHIPPED": RefundState.APPROVED,
    "ITEM_DELIVERED": RefundState.APPROVED,
    "ITEM_KEPT": RefundState.APPROVED,
    "AUTO_REFUND_INITIATED": RefundState.APPROVED,
    "REFUND_INITIATED": RefundState.APPROVED,
    "REFUND_SENT_PENDING_CONFIRMATION": RefundState.APPROVED,
    "REFUND_TIMEOUT": RefundState.APPROVED,
    "PARTIAL_REFUND_INITIATED": RefundState.APPROVED,
    "PARTIAL_REFUND_AS_PAYOUT_INITIATED": RefundState.APPROVED,
    "PARTIAL_REFUND_NON_PAYPAL_INITIATED": RefundState.APPROVED,
    "PARTIAL_REFUND_SENT_PENDING_CONFIRMATION": RefundState.APPROVED,
    "PARTIAL_REFUND_FAILED": RefundState.APPROVED,
    "LESS_THAN_A_FULL_REFUND_ISSUED": RefundState.CLOSED,
    "CLOSED": RefundState.CLOSED,
}
REPLACEMENT = "REPLACEMENT"

TOPICS: dict[str, EventKind] = {
    "ORDER_CONFIRMATION": "order",  # paid; once for each line [docs]
    "ITEM_MARKED_SHIPPED": "order",  # [docs]
    "ORDER_CANCELLATION_ACTIVITY": "order",  # [third]
    "ORDER_RETURN_ACTIVITY": "order",  # [third]
    "ORDER_INQUIRY_ACTIVITY": "order",  # [third]
    "FEEDBACK_RECEIVED": "review",  # [docs]
    "NEW_MESSAGE": "message",  # [docs]
    "BUYER_QUESTION": "message",  # [docs] its shape is not published
    "MARKETPLACE_ACCOUNT_DELETION": "privacy",  # [docs] required of every application
    "AUTHORIZATION_REVOCATION": "account",  # [docs]
    "ITEM_AVAILABILITY": "product",  # [docs]
    "ITEM_PRICE_REVISION": "product",  # [docs]
}
ERASURE = "MARKETPLACE_ACCOUNT_DELETION"

# A feedback has three words, no stars: the ends and the middle of five. [spec]
RATING: dict[str, int] = {"POSITIVE": 5, "NEUTRAL": 3, "NEGATIVE": 1}
GONE = frozenset({"WITHDRAWN", "HIDDEN"})  # comment states; ENTERED and REVISED are shown [enum FeedbackCommentStateEnum]
