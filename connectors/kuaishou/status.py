"""Kuaishou's vocabularies as data. Sources: [docs] pages of open.kwaixiaodian.com, [code] fields and comments copied from them in
public SDKs, [memory] not confirmed: see the doc page.
"""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.order import RefundKind, RefundState, Status

# orderBaseInfo.status [docs, order detail]
ORDER_STATUS: dict[int, Status] = {
    10: Status.PENDING_PAYMENT,  # 待付款
    30: Status.PAID,  # 已付款
    40: Status.SHIPPED,  # 已发货, as soon as one unit is: PARTIAL below
    50: Status.DELIVERED,  # 已签收
    70: Status.COMPLETED,  # 订单成功
    80: Status.CANCELLED,  # 订单失败: closed, paid for or not
}
SENT = 40

# refundStatus of an order, status of a refund [code, refund list and detail]
REFUND_STATE: dict[int, RefundState] = {
    10: RefundState.REQUESTED,  # 买家已经申请退款，等待卖家同意
    11: RefundState.REQUESTED,  # 买家退货退款申请, of the older enum [docs]
    12: RefundState.REJECTED,  # 卖家已拒绝，等待买家处理
    20: RefundState.REQUESTED,  # 协商纠纷，等待平台处理
    21: RefundState.REQUESTED,  # 平台介入, of the older enum [docs]
    22: RefundState.APPROVED,  # 平台介入-已确认退货退款, of the older enum [docs]
    30: RefundState.APPROVED,  # 卖家已经同意退款，等待买家退货
    40: RefundState.APPROVED,  # 买家已经退货，等待卖家确认收货
    45: RefundState.APPROVED,  # 卖家已经发货，等待买家确认收货
    50: RefundState.APPROVED,  # 卖家已经同意退款，等待系统执行退款
    60: RefundState.SUCCEEDED,  # 退款成功
    70: RefundState.CLOSED,  # 退款关闭
}
OPEN = frozenset({RefundState.REQUESTED, RefundState.APPROVED})
ENDED = frozenset({RefundState.SUCCEEDED, RefundState.CLOSED, RefundState.REJECTED})

# handlingWay [docs, message kwaishop_aftersales_updateRefund]
REFUND_KIND: dict[int, RefundKind] = {
    1: RefundKind.RETURN,  # 退货退款
    10: RefundKind.REFUND,  # 仅退款
    3: RefundKind.EXCHANGE,  # 换货
    4: RefundKind.EXCHANGE,  # 补寄: goods sent again, no money
    5: RefundKind.REPAIR,  # 维修
}
NO_MONEY = frozenset({RefundKind.EXCHANGE, RefundKind.REPAIR})
PRICE_PROTECTION = 1  # specialRefundType 价保 [docs]

# event of a push [code, message pages; the older kwaishop_refund_* from memory]
TOPICS: dict[str, EventKind] = {
    "kwaishop_order_addOrder": "order",
    "kwaishop_order_paySuccess": "order",
    "kwaishop_order_delivering": "order",
    "kwaishop_order_deliverySuccess": "order",
    "kwaishop_order_orderSuccess": "order",
    "kwaishop_order_orderFail": "order",
    "kwaishop_order_totalFeeChange": "order",
    "kwaishop_order_addressChange": "order",
    "kwaishop_order_addressUpdateAudit": "order",
    "kwaishop_order_addNote": "order",
    "kwaishop_aftersales_addRefund": "refund",
    "kwaishop_aftersales_updateRefund": "refund",
    "kwaishop_refund_addRefund": "refund",  # [memory]
    "kwaishop_refund_updateRefund": "refund",  # [memory]
}

OK = 1  # result of every call that succeeded [docs]

# Errors, by `result` or `code` [docs, authorisation page, section 4].
TOKEN_OVER = frozenset({"100200102", "24", "28"})  # access_denied: any trouble with a token; 24 and 28 from memory
WITHDRAWN = frozenset({"100200106"})  # invalid_scope: of a refresh, that the owner took the authorisation back
MISCONFIGURED: dict[str, str] = {
    "100200100": "call-refused",  # invalid_request
    "100200101": "app-key-refused",  # unauthorized_client
    "100200106": "permission-missing",  # invalid_scope
}
UNAVAILABLE = frozenset({"100200500"})  # server_error
MISSING = frozenset({"300011"})  # REFUND ORDER NOT FOUND [docs, return codes]
# Throttling has no code of its own: the words are documented [docs, K1008], as are those of a signature [docs, K1004].
QUOTA, QPS = "exceed quota limit", "exceed qps limit"
SIGNATURE = ("验签失败", "签名校验失败")
SCOPE = ("scope",)
