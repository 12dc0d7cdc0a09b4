"""Vocabularies of Taobao, Tmall and Xianyu as data. What is not listed is unknown, never guessed.

Source: open.taobao.com, pages of the calls that are named; [memory] marks what no page at hand confirms.
"""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.order import RefundState, Status

# status of a trade [docs taobao.trade.fullinfo.get]
TRADE_STATUS: dict[str, Status] = {
    "TRADE_NO_CREATE_PAY": Status.PENDING_PAYMENT,
    "WAIT_BUYER_PAY": Status.PENDING_PAYMENT,
    "PAY_PENDING": Status.PENDING_PAYMENT,
    "WAIT_PRE_AUTH_CONFIRM": Status.PENDING_PAYMENT,
    "WAIT_SELLER_SEND_GOODS": Status.PAID,
    "PAID_FORBID_CONSIGN": Status.PAID,  # held for a group or a risk check
    "SELLER_CONSIGNED_PART": Status.PARTIALLY_SHIPPED,
    "WAIT_BUYER_CONFIRM_GOODS": Status.SHIPPED,
    "TRADE_BUYER_SIGNED": Status.DELIVERED,  # cash on delivery
    "TRADE_FINISHED": Status.COMPLETED,
    "TRADE_CLOSED": Status.CANCELLED,  # paid back
    "TRADE_CLOSED_BY_TAOBAO": Status.CANCELLED,  # never paid
}
CLOSED_PAID = "TRADE_CLOSED"
CASH = frozenset({"cod", "super_market_cod_trade"})  # type of a trade [docs; the second memory]

# step_trade_status of a trade with a deposit [memory for the values]
STEP_UNPAID = frozenset({"FRONT_NOPAID_FINAL_NOPAID", "FRONT_PAID_FINAL_NOPAID"})
STEP_DEPOSIT = "FRONT_PAID_FINAL_NOPAID"

# refund_status of a line, status of a refund [docs taobao.refund.get, tmall.dispute.receive.get]
EXCHANGES = frozenset(
    {
        "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS",
        "WAIT_SELLER_CONSIGN_GOODS",
        "WAIT_SELLER_CONSIGN_GOOGDS",  # as the dispute call spells it
        "EXCHANGE_WAIT_BUYER_CONFIRM_GOODS",
        "WAIT_BUYER_CONFIRM_REDO_SEND_GOODS",
        "WAIT_SELLER_CONFIRM_RETURN_ADDRESS",
    }
)
REFUND_STATE: dict[str, RefundState] = {
    "WAIT_SELLER_AGREE": RefundState.REQUESTED,
    "SELLER_REFUSE_BUYER": RefundState.REQUESTED,  # refused, and the dispute goes on
    "POST_FEE_DISPUTE_WAIT_ACTIVATE": RefundState.REQUESTED,
    "EXCHANGE_TRANSFORM_TO_REFUND": RefundState.REQUESTED,
    "WAIT_BUYER_RETURN_GOODS": RefundState.APPROVED,
    "WAIT_SELLER_CONFIRM_GOODS": RefundState.APPROVED,
    "CLOSED": RefundState.CLOSED,
    "SUCCESS": RefundState.SUCCEEDED,
    **dict.fromkeys(EXCHANGES, RefundState.APPROVED),
}
NOT_ASKED = frozenset({None, "", "NO_REFUND", "CLOSED"})
REFUNDED = "SUCCESS"

# Topics of TMC [docs, topic lists]. A prefix stands for all below it.
RATED = "taobao_trade_TradeRated"
PREFIXES: tuple[tuple[str, EventKind], ...] = (
    (RATED, "review"),
    ("taobao_trade_", "order"),
    ("taobao_refund_", "refund"),
    ("taobao_item_", "product"),
    ("idle_autotrade_", "order"),
    ("idle_appraiseisv_", "order"),
    ("idle_recycle_", "order"),
    ("idle_consignment_", "order"),
)
IDLE = "idle_"

# result of a rating in three grades [docs taobao.traderates.get]; stars are ours.
RATING: dict[str, int] = {"good": 5, "neutral": 3, "bad": 1}
DEFAULT_TEXTS = frozenset({"评价方未及时做出评价,系统默认好评!", "此用户没有填写评价。", "系统默认好评"})  # [memory]

# order_status of alibaba.idle.isv.order.query [docs]; 0 is the platform's own "unknown".
IDLE_STATUS: dict[int, Status] = {
    1: Status.PENDING_PAYMENT,
    2: Status.PAID,
    3: Status.SHIPPED,
    4: Status.COMPLETED,
    5: Status.CANCELLED,
    6: Status.CANCELLED,
}
IDLE_REFUNDED = 5

# receiver_state of what is outside the mainland; anything else is the mainland.
COUNTRY: dict[str, str | None] = {
    "香港特别行政区": "HK",
    "澳门特别行政区": "MO",
    "台湾": "TW",
    "台湾省": "TW",
    "海外": None,
}

# type of the trades that a pull asks for; without it TOP leaves out some kinds [docs; single names memory].
TRADE_TYPES = (
    "fixed,auction,guarantee_trade,step,independent_simple_trade,independent_shop_trade,auto_delivery,ec,cod,game_equipment,"
    "shopex_trade,netcn_trade,external_trade,instant_trade,b2c_cod,hotel_trade,super_market_trade,super_market_cod_trade,"
    "taohua,waimai,nopaid,eticket,tmall_i18n,pre_auth_type"
)

# code of error_response [27, 12 docs; the rest memory]: they only decide whether a call is tried again.
TOKEN_OVER = frozenset({"26", "27"})
THROTTLED = "7"
UNAVAILABLE = frozenset({"10"})
MISCONFIGURED: dict[str, str] = {
    "11": "permission-missing",
    "12": "permission-missing",
    "13": "permission-missing",
    "24": "signature-refused",
    "25": "signature-refused",
    "28": "app-key-refused",
    "29": "app-key-refused",
    "30": "clock-refused",
    "31": "clock-refused",
}
