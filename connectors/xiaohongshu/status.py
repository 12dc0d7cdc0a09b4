"""Xiaohongshu's vocabularies as data. Sources: [docs] pages of open.xiaohongshu.com, [code] comments that public SDKs copied from
them, [memory] not confirmed: see the doc page.
"""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.order import RefundKind, RefundState, RefundStatus, Status

# The status of an order [docs, order.getOrderList]
ORDER_STATUS: dict[int, Status] = {
    1: Status.PENDING_PAYMENT,  # 已下单待付款
    2: Status.PAID,  # 已支付处理中: the risk check
    3: Status.PAID,  # 清关中: customs
    4: Status.PAID,  # 待发货
    5: Status.PARTIALLY_SHIPPED,  # 部分发货
    6: Status.SHIPPED,  # 待收货
    7: Status.COMPLETED,  # 已完成
    8: Status.CANCELLED,  # 已关闭: after-sales gave all of it back
    9: Status.CANCELLED,  # 已取消
    10: Status.SHIPPED,  # 换货申请中
}
CLOSED = 8
DEPOSIT_SALE = 2  # orderType 定金预售 [code]
RESHIPPED = 5  # orderType 换货补发 [code]
GIFT = 1  # skuTag 赠品 [code]

# orderAfterSalesStatus [code, newer docs]; 3 is done, which the after-sales themselves tell.
OPEN_AFTERSALES = frozenset({2, 6})  # 售后处理中, 平台介入
DONE_AFTERSALES = 3  # 售后完成(含取消)
AFTERSALES: dict[int, RefundStatus] = {
    2: RefundStatus.REQUESTED,
    6: RefundStatus.REQUESTED,
    3: RefundStatus.PARTIAL,
}

# status of an after-sale [code, afterSale.listAfterSaleInfos]; 4 counts as paid back only by REFUND_PAID.
AFTERSALE_STATE: dict[int, RefundState] = {
    1: RefundState.REQUESTED,  # 待审核
    2: RefundState.APPROVED,  # 待用户寄回
    3: RefundState.APPROVED,  # 待商家收货
    4: RefundState.APPROVED,  # 已完成
    5: RefundState.CLOSED,  # 已取消
    6: RefundState.CLOSED,  # 已关闭
    9: RefundState.REJECTED,  # 商家审核拒绝
    9001: RefundState.REJECTED,  # 商家收货拒绝
    11: RefundState.APPROVED,  # 换货转退款
    12: RefundState.APPROVED,  # 换货待商家发货
    13: RefundState.APPROVED,  # 换货待用户确认收货
    14: RefundState.REQUESTED,  # 平台介入中
}
DONE = 4
REFUND_PAID = 2  # refundStatus 退款成功 [docs via third party]
OPEN = frozenset({RefundState.REQUESTED, RefundState.APPROVED})
ENDED = frozenset({RefundState.SUCCEEDED, RefundState.CLOSED, RefundState.REJECTED})

# returnType [docs, message pages; 6 from the list call, code]
AFTERSALE_KIND: dict[int, RefundKind] = {
    1: RefundKind.RETURN,  # 退货退款
    2: RefundKind.EXCHANGE,  # 换货
    3: RefundKind.REFUND,  # 仅退款, old
    4: RefundKind.REFUND,  # 已发货仅退款
    5: RefundKind.REFUND,  # 未发货仅退款
    6: RefundKind.COMPENSATION,  # 保价
}

# msgTag [docs]. Items, supply orders and logistics are ignored.
TOPICS: dict[str, EventKind] = {
    "msg_fulfillment_status_change": "order",
    "msg_fulfillment_receiver_change": "order",
    "msg_fulfillment_seller_remark_change": "order",
    "msg_fulfillment_delivery_time_change": "order",
    "msg_fulfillment_soon_cancel": "order",
    "msg_after_sale_create": "refund",
    "msg_after_sale_transfer": "refund",
    "msg_after_sale_update": "refund",
    "msg_after_sale_audit_pass": "refund",
    "msg_after_sale_audit_reject": "refund",
    "msg_after_sale_exchange_ship": "refund",
    "msg_after_sale_confirm_receive": "refund",
    "msg_after_sale_refund_finished": "refund",
    "msg_after_sale_closed": "refund",
}

# Errors of the gateway, HTTP 200 all of them. Few codes are published, so the documented words count as well.
THROTTLED_CODES = frozenset({-9013})  # 触发Method维度的限流 [code]
THROTTLED_WORDS = ("限流",)  # [code]
TOKEN_CODES = frozenset({401})  # [code]
TOKEN_WORDS = ("accesstoken", "access_token", "token")  # [memory]
SIGN_WORDS = ("sign", "签名")  # [memory]
PERMISSION_WORDS = ("permission", "权限")  # [memory]
MISSING_WORDS = ("不存在", "not found", "not exist")  # [memory]
