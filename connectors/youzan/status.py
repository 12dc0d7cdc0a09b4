"""Vocabularies of Youzan as data. Sources: [doc] doc.youzanyun.com as transcribed, [code] bodies of public SDK tests, [memory]."""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.order import RefundKind, RefundState, RefundStatus, Status

ORDER_STATUS: dict[str, Status] = {
    "WAIT_BUYER_PAY": Status.PENDING_PAYMENT,  # [doc]
    "TRADE_PAID": Status.PAID,  # transient [doc]
    "WAIT_CONFIRM": Status.PAID,  # waits for its group, or to be accepted [doc]
    "WAIT_SELLER_SEND_GOODS": Status.PAID,  # [doc]
    "WAIT_BUYER_CONFIRM_GOODS": Status.SHIPPED,  # [doc]
    "TRADE_SUCCESS": Status.COMPLETED,  # [doc]
    "TRADE_CLOSED": Status.CANCELLED,  # [doc, code]
}
PART_SHIPPED = 1  # delivery_order[].express_state [doc]
CASH = frozenset({"CODPAY"})  # pay_type_str [memory]

# How far the order is refunded, as `refund_state` of its head says [doc].
ORDER_REFUND: dict[int, RefundStatus] = {
    0: RefundStatus.NONE,
    1: RefundStatus.REQUESTED,
    11: RefundStatus.REQUESTED,
    2: RefundStatus.PARTIAL,
    12: RefundStatus.FULL,
}
REFUNDED = frozenset({2, 12})

# refund_order[].refund_state, which is another vocabulary than `status` below.
TRADE_REFUND: dict[int, RefundState] = {
    1: RefundState.REQUESTED,  # [doc]
    10: RefundState.REJECTED,  # [doc]
    20: RefundState.APPROVED,  # to be sent back [doc]
    30: RefundState.APPROVED,  # sent back [doc]
    40: RefundState.REJECTED,  # the shop did not receive it [doc]
    50: RefundState.CLOSED,  # [memory]
    60: RefundState.SUCCEEDED,  # [code]
}
# status of youzan.trade.refund.get and .search [doc]
REFUND_STATE: dict[str, RefundState] = {
    "WAIT_SELLER_AGREE": RefundState.REQUESTED,
    "WAIT_BUYER_RETURN_GOODS": RefundState.APPROVED,
    "WAIT_SELLER_CONFIRM_GOODS": RefundState.APPROVED,
    "SELLER_REFUSE_BUYER": RefundState.REJECTED,
    "SELLER_REFUSE_BUYER_RETURN_GOODS": RefundState.REJECTED,
    "CLOSED": RefundState.CLOSED,
    "SUCCESS": RefundState.SUCCEEDED,
}
DEMAND: dict[int, RefundKind] = {1: RefundKind.REFUND, 2: RefundKind.RETURN, 3: RefundKind.EXCHANGE}  # [doc]
EXCHANGES = frozenset({"4", "5", "EXCHANGE_GOODS", "EXCHANGE_GOODS_FLOW"})  # refund_type: in a shop, in the online shop [doc]

# Event-Type of a push.
FAT = frozenset({"trade_TradeCreate", "trade_TradePaid", "trade_TradeBuyerPay"})  # hold the whole order [doc]
TOPICS: dict[str, EventKind] = {
    "trade_TradeCreate": "order",  # [doc]
    "trade_TradePaid": "order",  # [doc]
    "trade_TradeBuyerPay": "order",  # ready to ship, never for virtual goods [doc]
    "trade_TradePartlySellerShip": "order",  # [doc]
    "trade_TradeSellerShip": "order",  # [doc]
    "trade_TradeSuccess": "order",  # [doc]
    "trade_TradeClose": "order",  # [doc]
    "trade_TradeMemoModified": "order",  # the platform does not move update_time for it [doc]
    "trade_MessagesTheChangeAddresses": "order",  # [doc]
    "youzan_trade_MessagesTheChangeAddressesByBuyer": "order",  # [doc]
    "trade_refund_BuyerCreated": "refund",  # [doc]
    "trade_refund_RefundSellerAgree": "refund",  # [doc]
    "trade_refund_RefundSuccess": "refund",  # [doc]
    "trade_refund_RefundClosed": "refund",  # [doc]
    "trade_refund_SysRefund": "refund",  # [doc]
    "youzan_trade_RefundCreated": "refund",  # [doc]
    "youzan_trade_RefundSellerAgree": "refund",  # [doc]
    "youzan_trade_RefundSuccess": "refund",  # [doc]
    "youzan_trade_RefundClosed": "refund",  # [doc]
    "ITEM_INFO": "product",  # [doc]
    "ITEM_STATE": "product",  # [doc]
    "ITEM_SKU_INFO": "product",  # [doc]
    "youzan_item_SkuStockChanged": "product",  # [doc]
}
# The order is at least so far once such a push came; a read that says less is behind.
REACHED: dict[str, Status] = {
    "trade_TradeSellerShip": Status.SHIPPED,
    "trade_TradeSuccess": Status.COMPLETED,
    "trade_TradeClose": Status.CANCELLED,
}

# err_code of gw_err_resp, HTTP 200 all of them [doc, probed].
TOKEN_OVER = frozenset({4201, 4203})
THROTTLED = frozenset({4101})
MISCONFIGURED: dict[int, str] = {4204: "permission-missing", 4005: "api-unknown"}
RATINGS: dict[int, int] = {30: 5, 20: 3, 10: 1}  # good, middling, bad, where no stars are told [code]
