"""Vocabularies of Douyin shop as data. Sources: [sdk] comments in the official SDK 1.1.0, [doc] op.jinritemai.com, [memory]."""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.order import RefundKind, RefundState, Status

ORDER_STATUS: dict[int, Status] = {
    1: Status.PENDING_PAYMENT,  # 待确认/待支付 [sdk]
    103: Status.PENDING_PAYMENT,  # 部分支付: the deposit only [sdk, main_status]
    105: Status.PAID,  # 已支付 [sdk]
    2: Status.PAID,  # 备货中: being prepared [sdk]
    101: Status.PARTIALLY_SHIPPED,  # 部分发货 [sdk]
    3: Status.SHIPPED,  # 已发货, all of it [sdk]
    5: Status.COMPLETED,  # 已完成, received [sdk]
    4: Status.CANCELLED,  # 已取消 [sdk]
}

AFTERSALE_STATE: dict[int, RefundState] = {
    6: RefundState.REQUESTED,  # 待商家同意 [sdk]
    7: RefundState.APPROVED,  # 待买家退货 [sdk]
    8: RefundState.APPROVED,  # 待商家发货: reissue, repair [sdk]
    11: RefundState.APPROVED,  # 待商家二次同意: sent back, to be received [sdk]
    12: RefundState.SUCCEEDED,  # 售后成功 [sdk]
    13: RefundState.APPROVED,  # 换货/补寄/维修待买家收货 [sdk]
    14: RefundState.SUCCEEDED,  # 换货/补寄/维修成功 [sdk]
    27: RefundState.REJECTED,  # 商家一次拒绝 [sdk]
    28: RefundState.CLOSED,  # 售后失败; refund_status may stay 1 for ever [sdk]
    29: RefundState.REJECTED,  # 商家二次拒绝 [sdk]
    51: RefundState.CLOSED,  # 订单取消成功 [sdk]
    53: RefundState.CLOSED,  # 逆向交易已完成 [sdk]
}

# What an after-sale push says by its tag alone; the others change details only.
TAG_STATE: dict[int, RefundState] = {
    200: RefundState.REQUESTED,  # RefundCreated [sdk]
    201: RefundState.APPROVED,  # RefundAgreed [sdk]
    202: RefundState.APPROVED,  # ReturnApplyAgreed [sdk]
    203: RefundState.APPROVED,  # BuyerReturnGoods [sdk]
    204: RefundState.REJECTED,  # RefundRefused [sdk]
    205: RefundState.REJECTED,  # ReturnApplyRefused [sdk]
    206: RefundState.SUCCEEDED,  # RefundSuccess [sdk]
    207: RefundState.CLOSED,  # RefundClosed [sdk]
    224: RefundState.REQUESTED,  # special-right refund created [sdk]
    225: RefundState.SUCCEEDED,  # special-right refund success [sdk]
}

AFTERSALE_KIND: dict[int, RefundKind] = {
    0: RefundKind.RETURN,  # 退货退款 [sdk]
    1: RefundKind.REFUND,  # 已发货仅退款 [sdk]
    2: RefundKind.REFUND,  # 未发货仅退款 [sdk]
    3: RefundKind.EXCHANGE,  # 换货 [sdk]
    4: RefundKind.REFUND,  # 系统取消 [sdk]
    5: RefundKind.REFUND,  # 用户取消 [sdk]
    6: RefundKind.COMPENSATION,  # 价保: price protection [sdk]
    7: RefundKind.EXCHANGE,  # 补寄: goods sent again, no money [sdk]
    8: RefundKind.REPAIR,  # 维修 [sdk]
}
NO_MONEY = frozenset({RefundKind.EXCHANGE, RefundKind.REPAIR})

# After-sale states of an order line, as its refund status sees them.
LINE_OPEN = frozenset({6, 7, 8, 11, 13, 27, 29})  # a refused request can be taken up again until it is closed [sdk]
LINE_DONE = frozenset({12})  # [sdk]
LINE_CLOSED = frozenset({0, 28, 51, 53})  # 0: none [sdk]
REFUND_PAID = 3  # refund_status: 3 paid back, 1 waiting, 4 failed [sdk]
PRICE_PROTECTION = 6
NO_MONEY_TYPES = frozenset(number for number, kind in AFTERSALE_KIND.items() if kind in NO_MONEY)

_ORDER_TAGS = (
    0,  # only with an object as data: TradePending in the documented samples [doc]
    100,  # TradeCreate [sdk]
    101,  # TradePaid [sdk]
    102,  # TradeSellerShip [sdk]
    103,  # TradeSuccess [sdk]
    104,  # TradeLogisticsChanged [sdk]
    105,  # TradeAddressChanged [sdk]
    106,  # TradeCanceled [sdk]
    108,  # TradePartlySellerShip [sdk]
    109,  # TradeAmountChanged [sdk]
    110,  # TradePending: risk check passed [sdk]
    111,  # TradeAddressChangeApplied [sdk]
    113,  # TradeMemoModify [sdk]
    126,  # ship deadline changed [sdk]
)
_REFUND_TAGS = (
    *range(200, 210),  # RefundCreated ... RefundExpirationChange [sdk]
    *range(211, 219),  # ExchangeConfirmed, arbitration [sdk]
    224,  # special-right refund created [sdk]
    225,  # special-right refund success [sdk]
    226,  # reissue [sdk]
    227,  # reissue [sdk]
)
TAGS: dict[int, EventKind] = {
    **dict.fromkeys(_ORDER_TAGS, "order"),
    **dict.fromkeys(_REFUND_TAGS, "refund"),
    400: "product",  # ProductChange [sdk]
    417: "product",  # [sdk]
}

# Answers of the API, HTTP 200 all of them. Source: base error codes, op.jinritemai.com/docs/guide-docs/212/1427.
TOKEN_EXPIRED = frozenset(
    {
        "isv.access-token-expired",
        "isv.access-token-no-existed",
        "isv.access-token-invalid",
    }
)
TOKEN_REVOKED = (
    "dop.authorization-no-existed",  # the shop's authorisation is gone
    "dop.authorization-closed",  # the shop closed it
    "dop.token-generate-failed",  # every reason behind it: expired, invalid, no authorisation
    "isv.business-failed:31009",  # no such token
)
RETRY_CODES: dict[int, str] = {
    20000: "platform-unavailable",
    20001: "platform-timeout",
    50000: "platform-error",
    60000: "platform-throttled",
    90000: "platform-error",
}
CONFIG_CODES: dict[int, str] = {
    30001: "permission-missing",
    30002: "address-not-trusted",  # the caller's IP; "throttled" in older notes, see the doc page [memory]
    80000: "platform-security",
}
CONFIG_SUB_CODES: dict[str, str] = {
    "isv.signature-invalid": "signature-refused",
    "isv.app-id-invalid": "app-key-refused",
    "isv.app-id-expired": "app-key-refused",
    "isv.app-id-missing": "app-key-refused",
}
