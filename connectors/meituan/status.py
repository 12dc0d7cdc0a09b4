"""Vocabularies of Meituan as data. Sources: [doc] open-shangou.meituan.com as transcribed in an SDK, [memory]."""

from __future__ import annotations

from chalicelib.domain.order import RefundState, Status

ORDER_STATUS: dict[int, Status] = {
    1: Status.PENDING_PAYMENT,  # submitted [doc]
    2: Status.PAID,  # pushed to the shop, which has to confirm it [doc]
    4: Status.PAID,  # confirmed [doc]
    8: Status.COMPLETED,  # [doc]
    9: Status.CANCELLED,  # [doc]
}
UNCONFIRMED = 2
LOGISTICS: dict[int, Status] = {20: Status.SHIPPED, 40: Status.DELIVERED}  # taken by the courier, handed over [doc]
CASH = 1  # pay_type [doc]
NO_NAME = "美团客人"  # stands in where the buyer gave no name [doc]

# Activities that lower the freight, by `type` of an element of `extras` [doc].
FREIGHT = frozenset(
    {16, 21, 25, 30, 36, 44, 48, 54, 59, 105, 106, 111, 300, 302, 304, 316, 323, 325},
)
COUPON, FREIGHT_COUPON = 9, 3  # type 9 with type_9_coupon_type 3 [doc]

NOTIFY: dict[str, RefundState] = {
    "apply": RefundState.REQUESTED,  # [doc]
    "agree": RefundState.SUCCEEDED,  # [doc]
    "reject": RefundState.REJECTED,  # [doc]
    "cancelRefund": RefundState.CLOSED,  # [doc]
    "cancelRefundComplaint": RefundState.CLOSED,  # [doc]
}
REFUND_STATUS: dict[int, RefundState] = {
    3: RefundState.SUCCEEDED,  # all of it [doc 502]
    4: RefundState.CLOSED,  # failed
    13: RefundState.SUCCEEDED,  # a part
    14: RefundState.CLOSED,  # failed
}
RES_TYPE: dict[int, RefundState] = {
    0: RefundState.REQUESTED,  # [doc 204]
    1: RefundState.REJECTED,  # by the shop
    2: RefundState.SUCCEEDED,  # by the shop
    3: RefundState.REJECTED,  # by customer service
    4: RefundState.SUCCEEDED,  # by customer service
    5: RefundState.SUCCEEDED,  # nobody answered in time
    6: RefundState.SUCCEEDED,  # by the platform
    7: RefundState.CLOSED,  # withdrawn
    8: RefundState.CLOSED,  # appeal withdrawn
}
# `status` of a refund, of shops that take goods back [doc 204].
AFTERSALE: dict[int, RefundState] = {
    1: RefundState.REQUESTED,
    10: RefundState.APPROVED,
    11: RefundState.REJECTED,
    16: RefundState.REQUESTED,
    17: RefundState.APPROVED,
    18: RefundState.REJECTED,
    20: RefundState.APPROVED,
    21: RefundState.SUCCEEDED,
    22: RefundState.REJECTED,
    26: RefundState.REQUESTED,
    27: RefundState.SUCCEEDED,
    28: RefundState.REJECTED,
    30: RefundState.CLOSED,
}
RETURNS = "2"  # service_type: goods go back [doc 204]

# error.code of an answer [code].
THROTTLED = frozenset({711})
UNAVAILABLE = frozenset({700})
MISCONFIGURED: dict[int, str] = {
    702: "app-key-refused",
    703: "signature-refused",
    704: "permission-missing",
    708: "permission-missing",
}
UNKNOWN_ORDER = 806
