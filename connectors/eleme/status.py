"""Vocabularies of Ele.me as data. Sources: [doc] mirrors of open.shop.ele.me, [code] the official SDKs, [memory]."""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.order import RefundState, RefundStatus, Status

ORDER_STATUS: dict[str, Status] = {
    "pending": Status.PENDING_PAYMENT,  # not effective yet [code]
    "unprocessed": Status.PAID,  # waits to be accepted [code]
    "valid": Status.PAID,  # accepted [code]
    "refunding": Status.PAID,  # a refund is asked for; how far the order was it does not say [code]
    "settled": Status.COMPLETED,  # [code]
    "invalid": Status.CANCELLED,  # [code]
}
UNACCEPTED = "unprocessed"
REFUND_STATUS: dict[str, RefundStatus] = {
    "noRefund": RefundStatus.NONE,  # [code]
    "applied": RefundStatus.REQUESTED,  # [code]
    "arbitrating": RefundStatus.REQUESTED,  # [code]
    "rejected": RefundStatus.NONE,  # [code]
    "failed": RefundStatus.NONE,  # [code]
    "successful": RefundStatus.FULL,  # the refund itself tells whether it was a part [code]
}
ORDER, CORE_ORDER = 10, 217  # the whole order; its core fields only [doc]
SHIPPED, DELIVERED = 55, 56  # the courier is on the way; handed over [doc]
CARRIED = {"delivering": SHIPPED, "completed": DELIVERED}  # `state` of a delivery's record, as the push that tells it [code]
ENDED = frozenset({"settled", "invalid"})  # nothing moves an order from there but a refund
# What a push about a cancellation (20-26, before the end) or a refund (30-36, after it) says [doc].
CLAIM_STATE: dict[int, RefundState] = {
    0: RefundState.REQUESTED,  # asked for
    1: RefundState.CLOSED,  # withdrawn
    2: RefundState.REJECTED,  # by the shop
    3: RefundState.SUCCEEDED,  # by the shop
    4: RefundState.REQUESTED,  # arbitration is asked for
    5: RefundState.SUCCEEDED,  # arbitration, valid
    6: RefundState.REJECTED,  # arbitration, invalid
}
CLAIMS = frozenset([*range(20, 27), *range(30, 37)])
CANCELLING = range(20, 27)

TOPICS: dict[int, EventKind] = {
    **dict.fromkeys((10, 12, 14, 15, 17, 18, 217), "order"),  # new, accepted, cancelled three ways, settled, new [doc]
    **dict.fromkeys(range(51, 77), "order"),  # delivery [doc]
    **dict.fromkeys(sorted(CLAIMS), "refund"),
    218: "order",  # counterpart of 217 for refunds: the order is read again [memory]
    91: "account",  # shop status [doc]
    93: "account",  # shop information [doc]
    100: "account",  # authorisation ended [doc]
}

# error.code of an answer [doc].
TOKEN_OVER = frozenset({"UNAUTHORIZED"})
THROTTLED = frozenset({"EXCEED_LIMIT"})
UNAVAILABLE = frozenset({"SERVER_ERROR"})
MISCONFIGURED: dict[str, str] = {
    "ACCESS_DENIED": "permission-missing",
    "PERMISSION_DENIED": "permission-missing",
    "INVALID_SIGNATURE": "signature-refused",
    "INVALID_TIMESTAMP": "clock-refused",
}
