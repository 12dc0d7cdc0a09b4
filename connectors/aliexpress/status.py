"""Vocabularies of AliExpress as data. Sources: [docs] the order API's own comments, [code] SDK enums, [memory]."""

from __future__ import annotations

from chalicelib.domain.order import RefundState, Status

ORDER_STATUS: dict[str, Status] = {
    "PLACE_ORDER_SUCCESS": Status.PENDING_PAYMENT,  # [docs]
    "WAIT_BUYER_PAY": Status.PENDING_PAYMENT,  # [code]
    "WAIT_SELLER_SEND_GOODS": Status.PAID,  # [docs]
    "SELLER_PART_SEND_GOODS": Status.PARTIALLY_SHIPPED,  # [docs]
    "WAIT_BUYER_ACCEPT_GOODS": Status.SHIPPED,  # [docs]
    "IN_CANCEL": Status.PAID,  # the buyer asks to cancel [docs]
}
# Paid or not: fund_status says.
BY_FUNDS = frozenset({"PAYMENT_PROCESSING", "RISK_CONTROL", "RISK_CONTROL_HOLD", "WAIT_SELLER_EXAMINE_MONEY"})  # [docs, code]
# How far the goods got: logistics_status says. A frozen or disputed order keeps its place.
BY_LOGISTICS = frozenset({"IN_FROZEN", "IN_ISSUE"})  # [docs]
# Over, well or not: the end reason says.
ENDED = frozenset({"FINISH", "ARCHIVE", "FUND_PROCESSING"})  # [docs]
PAID = "PAY_SUCCESS"  # fund_status
NOT_PAID = "NOT_PAY"

LOGISTICS: dict[str, Status] = {
    "NO_LOGISTICS": Status.PAID,  # [code]
    "WAIT_SELLER_SEND_GOODS": Status.PAID,  # [code]
    "SELLER_SEND_PART_GOODS": Status.PARTIALLY_SHIPPED,  # [code]
    "SELLER_SEND_GOODS": Status.SHIPPED,  # [code]
    "BUYER_ACCEPT_GOODS": Status.DELIVERED,  # [code]
}
ACCEPTED = "BUYER_ACCEPT_GOODS"
RECEIVED = "received"  # receive_status of a parcel [code]
# Words within end reasons; those with neither are unknown, never guessed.
DONE_WORDS = ("confirm", "accept")  # buyer_confirm_goods, buyer_accept_goods ... [docs]
VOID_WORDS = ("cancel", "close", "timeout", "risk", "expire")  # cancel_order_close_trade, pay_timeout ... [memory]

IN_CANCEL, IN_ISSUE = "IN_CANCEL", "IN_ISSUE"
REFUND_STATE: dict[str, RefundState] = {
    "wait_refund": RefundState.APPROVED,  # [docs findorderbyid, refund_info]
    "refund_ok": RefundState.SUCCEEDED,  # [docs]
    "refund_cancel": RefundState.CLOSED,  # [docs]
    "close": RefundState.CLOSED,  # [docs]
    "refund_frozen": RefundState.APPROVED,  # held back [docs]
}
TEST_KINDS = frozenset({"AE_TRIAL"})  # biz_type: goods given to try [code]
