"""Vocabularies of WeChat as data. Sources: [docs] developers.weixin.qq.com by page, [code] public SDKs, [memory]."""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.order import RefundKind, RefundState, Status
from chalicelib.toolkit.errcodes import Codes

ORDER_STATUS: dict[int, Status] = {
    10: Status.PENDING_PAYMENT,  # [docs order/get]
    12: Status.PAID,  # a gift waits to be accepted [docs]
    13: Status.PAID,  # a group is still forming [docs]
    20: Status.PAID,  # [docs]
    21: Status.PARTIALLY_SHIPPED,  # [docs]
    30: Status.SHIPPED,  # [docs]
    100: Status.COMPLETED,  # [docs]
    190: Status.CANCELLED,  # oversold [docs channels_ec_order_cancel]
    200: Status.CANCELLED,  # everything was paid back [docs]
    250: Status.CANCELLED,  # by buyer, time-out or shop [docs]
}
ALL_REFUNDED = 200
PAY_LATER = 2  # payment_method: use first, pay then; pay_time is that of the confirmation [docs order/get]

# status of an after-sale [docs channels_ec_aftersale_update, getaftersaleorder].
REFUND_STATE: dict[str, RefundState] = {
    "USER_CANCELD": RefundState.CLOSED,
    "MERCHANT_PROCESSING": RefundState.REQUESTED,
    "MERCHANT_REJECT_REFUND": RefundState.REJECTED,
    "MERCHANT_REJECT_RETURN": RefundState.REJECTED,
    "MERCHANT_REJECT_EXCHANGE": RefundState.REJECTED,
    "MERCHANT_REJECT_RESHIP": RefundState.REJECTED,
    "USER_WAIT_RETURN": RefundState.APPROVED,
    "RETURN_CLOSED": RefundState.CLOSED,
    "MERCHANT_WAIT_RECEIPT": RefundState.APPROVED,
    "MERCHANT_OVERDUE_REFUND": RefundState.APPROVED,
    "MERCHANT_REFUND_SUCCESS": RefundState.SUCCEEDED,
    "MERCHANT_RETURN_SUCCESS": RefundState.SUCCEEDED,
    "MERCHANT_EXCHANGE_SUCCESS": RefundState.SUCCEEDED,
    "PLATFORM_REFUNDING": RefundState.APPROVED,
    "PLATFORM_REFUND_FAIL": RefundState.CLOSED,
    "PLATFORM_PROCESSING": RefundState.REQUESTED,  # [code]
    "MERCHANT_REFUND_RETRY_FAIL": RefundState.CLOSED,
    "MERCHANT_FAIL": RefundState.CLOSED,
    "USER_WAIT_CONFIRM": RefundState.REQUESTED,
    "USER_WAIT_CONFIRM_UPDATE": RefundState.REQUESTED,
    "USER_WAIT_HANDLE_MERCHANT_AFTER_SALE": RefundState.REQUESTED,
    "WAIT_PACKAGE_INTERCEPT": RefundState.APPROVED,  # the parcel is being stopped on its way [code]
    "USER_WAIT_RECEIPT": RefundState.APPROVED,  # the exchanged goods are on their way [code]
}
# The list within an order may tell the state as a number [docs, older mini-shop pages].
DONE = frozenset({"13", "14", "MERCHANT_REFUND_SUCCESS", "MERCHANT_RETURN_SUCCESS"})
OVER = frozenset(
    {
        "0",
        "1",
        "7",
        "USER_CANCELD",
        "RETURN_CLOSED",
        "MERCHANT_FAIL",
        "MERCHANT_REFUND_RETRY_FAIL",
        "PLATFORM_REFUND_FAIL",
        "MERCHANT_EXCHANGE_SUCCESS",
    }
)
REFUND_KIND: dict[str, RefundKind] = {
    "REFUND": RefundKind.REFUND,  # [docs getaftersaleorder]
    "RETURN": RefundKind.RETURN,  # [docs]
    "EXCHANGE": RefundKind.EXCHANGE,  # [docs guide/trade/aftersale]
}

# Event of a push [docs, a page for each].
TOPICS: dict[str, EventKind] = {
    "channels_ec_order_new": "order",
    "channels_ec_order_pay": "order",
    "channels_ec_order_wait_shipping": "order",
    "channels_ec_order_deliver": "order",
    "channels_ec_order_confirm": "order",
    "channels_ec_order_cancel": "order",
    "channels_ec_order_settle": "order",
    "channels_ec_order_ext_info_update": "order",
    "channels_ec_aftersale_update": "refund",
    "channels_ec_present_aftersale_update": "refund",
    "channels_ec_complaint_update": "refund",  # a verdict may pay back: the after-sale is read again
    "channels_ec_vip_join": "contact",
    "channels_ec_vip_close": "contact",
    "channels_ec_vip_grade_info_update": "account",
    "channels_ec_vip_score_update": "account",
    "channels_ec_user_coupon_use": "account",
    "channels_ec_coupon_receive": "account",
    "channels_ec_close_store": "account",
    "product_spu_audit": "product",
    "subscribe_msg_popup_event": "contact",
    "subscribe_msg_change_event": "contact",
    "subscribe_msg_sent_event": "message",
    "subscribe": "contact",
    "unsubscribe": "contact",
    "user_enter_tempsession": "account",  # a person opens the chat; says nothing yet
    "MASSSENDJOBFINISH": "account",
}
SENT_EVENT, POPUP_EVENT, CHANGE_EVENT = "subscribe_msg_sent_event", "subscribe_msg_popup_event", "subscribe_msg_change_event"
SAID = frozenset({"text", "image", "voice", "video", "shortvideo", "location", "link", "miniprogrampage"})  # MsgType

# errcode [docs, global codes and each call's page].
CODES = Codes(
    token_over=frozenset({40001, 40014, 42001}),
    throttled={45009: 3_600, 45011: 60},  # daily, by the minute
    misconfigured={
        40002: "call-refused",
        40013: "app-id-refused",
        40125: "app-secret-refused",
        40164: "address-not-trusted",
        41004: "app-secret-refused",
        48001: "permission-missing",
        50002: "account-suspended",
        61004: "address-not-trusted",
    },
)
# Of subscribe messages [docs subscribe/send].
PERMISSION_USED = 43101  # refused, never asked, or used up
RECIPIENT_REFUSED = frozenset({40003, 43004})  # no openid of this appid; follows the account no more
TEMPLATE_REFUSED = frozenset({40037, 47003})
SEND_MISCONFIGURED: dict[int, str] = {41030: "page-refused", 43107: "permission-missing"}
SEND_THROTTLED = frozenset({45168, 45169})  # [memory]
# Of customer service messages [docs custom/send].
WINDOW_CLOSED, LIMIT_USED = 45015, 45047
