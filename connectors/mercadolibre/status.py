"""Vocabularies of Mercado Libre as data. Source: [doc] developers.mercadolibre.com (orders, shipments, notifications), [memory]."""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.order import Status

ORDER_STATUS: dict[str, Status] = {
    "confirmed": Status.PENDING_PAYMENT,  # first state, not paid yet [doc]
    "payment_required": Status.PENDING_PAYMENT,  # [doc]
    "payment_in_process": Status.PENDING_PAYMENT,  # a payment is there, not credited [doc]
    "partially_paid": Status.PENDING_PAYMENT,  # credited, not enough [doc]
    "paid": Status.PAID,  # [doc]
    "partially_refunded": Status.PAID,  # part of the payments went back [doc]
    "pending_cancel": Status.PAID,  # to be cancelled, the money is not back yet [doc]
    "cancelled": Status.CANCELLED,  # [doc]
    "invalid": Status.CANCELLED,  # the buyer was found to be malicious [doc]
}

# What the shipment says of a paid order; None: it says nothing, the order's own status stands.
SHIPMENT_STATUS: dict[str, Status | None] = {
    "pending": Status.PAID,  # [doc]
    "handling": Status.PAID,  # [doc]
    "ready_to_ship": Status.PAID,  # [doc]
    "shipped": Status.SHIPPED,  # [doc]
    "delivered": Status.DELIVERED,  # [doc]
    "not_delivered": Status.SHIPPED,  # told apart in extra.not_delivered [doc]
    "cancelled": None,  # the shipment only; a buyer may collect in person [doc]
}

CAPTURED = frozenset({"approved", "refunded", "partially_refunded", "charged_back"})  # money that came in, also if it left again
PARTLY_REFUNDED = "partially_refunded"
CANCEL_PENDING = "pending_cancel"
REFUNDED = "refunded"
OPEN_CLAIM = "opened"
REFUND_CLAIMS = frozenset({"mediations", "return", "returns"})  # types of claim that ask for money back [doc]
DELIVERED_TAG = "delivered"
TEST_TAG = "test_order"  # orders between test users [memory]

TOPICS: dict[str, EventKind] = {
    "orders_v2": "order",  # created, paid, cancelled, tags [doc]
    "orders": "order",  # its predecessor [doc, 2012]
    "marketplace_orders": "order",  # Global Selling [doc]
    "payments": "order",  # resource /collections/{id} [doc]
    "shipments": "order",  # resource /shipments/{id} [doc]
    "marketplace_shipments": "order",  # Global Selling [doc]
    "claims": "order",  # resource /post-purchase/v1/claims/{id} [doc]
    "post_purchase": "order",  # the same under its newer name [doc]
    "marketplace_claims": "order",  # Global Selling [doc]
    "orders_feedback": "review",  # resource /orders/{id}/feedback [doc]
    "messages": "message",  # [doc]
    "marketplace_messages": "message",  # Global Selling [doc]
    "questions": "question",  # [doc]
    "marketplace_questions": "question",  # Global Selling [doc]
    "items": "product",  # [doc]
    "items_prices": "product",  # [doc]
    "stock-location": "product",  # [doc]
}
GLOBAL_PREFIX = "marketplace_"

QUESTION_STATUS: dict[str, str] = {
    "UNANSWERED": "open",  # [doc]
    "ANSWERED": "answered",  # [doc]
    "CLOSED_UNANSWERED": "closed",  # the listing ended before [doc]
    "UNDER_REVIEW": "closed",  # cannot be answered until it is told again [doc]
    "BANNED": "closed",  # its text is withheld [doc]
    "DELETED": "closed",  # [doc]
    "DISABLED": "closed",  # [doc]
}
FEEDBACK_RATING: dict[str, int] = {"positive": 5, "neutral": 3, "negative": 1}  # [doc]; the numbers are ours
WITHDRAWN = frozenset({"deleted", "removed", "rejected", "unpublished"})  # states of a product review [memory]
MODERATED = frozenset({"moderated", "rejected", "blocked"})  # a message that does not reach its reader [doc]
STARTED_BY_SELLER = "blocked_by_conversation_started_by_seller"  # the buyer has not written yet [doc]
EXCEPTED_CASE = "blocked_by_excepted_case"  # a sale that needs no reason to be written to [doc]
# What refuses an answer or a message, in the platform's words, to reasons of ours.
REFUSALS: dict[str, str] = {
    EXCEPTED_CASE: "reason-not-needed",  # [doc]
    "not_unanswered_question": "already-answered",  # [doc]
    "limit_exceeded": "message-limit",  # one message until the buyer answers [doc]
}

# Since 2026-02-02 conversations go through a user of the platform's own, by site [seen in clients].
AGENTS = frozenset(
    {
        "3037674934",  # MLA
        "3037675074",  # MLB
        "3020819166",  # MLC
        "3037204123",  # MCO
        "3037204279",  # MLM
        "3037204685",  # MLU
    }
)

# Site to currency and zone of its advertising reports. Currencies [doc]; zones: those of the capitals [memory].
SITES: dict[str, tuple[str, str]] = {
    "MLA": ("ARS", "America/Argentina/Buenos_Aires"),
    "MLB": ("BRL", "America/Sao_Paulo"),
    "MLC": ("CLP", "America/Santiago"),
    "MCO": ("COP", "America/Bogota"),
    "MEC": ("USD", "America/Guayaquil"),
    "MLM": ("MXN", "America/Mexico_City"),
    "MLU": ("UYU", "America/Montevideo"),
    "MPE": ("PEN", "America/Lima"),
}
