"""Vocabularies of 1688 as data. Sources: [doc] open.1688.com as transcribed, [code] go1688's types, [memory]."""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.order import RefundState, Status

ORDER_STATUS: dict[str, Status] = {
    "waitbuyerpay": Status.PENDING_PAYMENT,  # [doc]
    "waitsellersend": Status.PAID,  # [doc]
    "waitsellerpush": Status.PAID,  # [doc]
    "waitselleract": Status.PAID,  # [doc]
    "waitlogisticstakein": Status.SHIPPED,  # [doc]
    "waitbuyerreceive": Status.SHIPPED,  # [doc]
    "waitbuyersign": Status.SHIPPED,  # [doc]
    "signinsuccess": Status.DELIVERED,  # [doc]
    "confirm_goods": Status.DELIVERED,  # [doc]
    "confirm_goods_but_not_fund": Status.DELIVERED,  # [memory]
    "success": Status.COMPLETED,  # [doc]
    "cancel": Status.CANCELLED,  # [doc]
    "terminated": Status.CANCELLED,  # [doc]
}
SENT = frozenset({2, 3, 5})  # logisticsStatus of a line: sent, received, partly sent [doc]

# Of refunds, and of orders about their refunds; lines write the same words in capitals with underscores [doc].
REFUND_STATE: dict[str, RefundState] = {
    "waitselleragree": RefundState.REQUESTED,
    "waitbuyermodify": RefundState.REQUESTED,  # refused, the buyer may ask anew
    "waitbuyersend": RefundState.APPROVED,
    "waitsellerreceive": RefundState.APPROVED,
    "refundsuccess": RefundState.SUCCEEDED,
    "refundclose": RefundState.CLOSED,
}

# Types of pushes without `ORDER_`, `ORDER_BUYER_VIEW_` and a second `ORDER_` [doc, code].
TOPICS: dict[str, EventKind] = {
    "BUYER_MAKE": "order",
    "PRICE_MODIFY": "order",
    "PAY": "order",
    "STEP_PAY": "order",
    "BATCH_PAY": "order",
    "PART_PART_SENDGOODS": "order",
    "ANNOUNCE_SENDGOODS": "order",
    "COMFIRM_RECEIVEGOODS": "order",  # so spelt
    "SUCCESS": "order",
    "BUYER_CLOSE": "order",
    "SELLER_CLOSE": "order",
    "BOPS_CLOSE": "order",  # by the platform
    "MODIFY_MEMO": "order",
    "BUYER_REFUND_IN_SALES": "refund",
    "REFUND_AFTER_SALES": "refund",
}
PARCELS = frozenset({"LOGISTICS_BUYER_VIEW_TRACE", "LOGISTICS_MAIL_NO_CHANGE"})  # the order is read again [doc]
PART_SENT = "PART_PART_SENDGOODS"
NO_PARCEL = "不需要物流"  # logisticsBillNo of what is not sent by parcel [doc]

# error_code of an answer, or what it begins with or holds [memory, but for 401].
TOKEN_OVER = frozenset({"401", "gw.AccessTokenExpired", "gw.AccessTokenInvalid"})
