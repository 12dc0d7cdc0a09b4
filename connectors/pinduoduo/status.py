"""Vocabularies of Pinduoduo as data. What is not listed is unknown, never guessed.

Source: open.pinduoduo.com by way of typings made from it [docs]; [memory] marks what these do not show.
"""

from __future__ import annotations

from chalicelib.contract import EventKind, Rate
from chalicelib.domain.order import RefundKind, RefundState, Status

# order_status [docs]; other fields overrule it, see mapping.py.
ORDER_STATUS: dict[int, Status] = {1: Status.PAID, 2: Status.SHIPPED, 3: Status.DELIVERED}
CANCELLED = 2  # confirm_status, group_status
NOT_YET = 0  # the group is not full
REFUNDED, ASKED = 4, frozenset({2, 3})  # refund_status
NOT_SHIPPED = 1  # order_status

# after_sales_status [docs for 0 to 13; memory for the single words above]
AFTER_SALES: dict[int, RefundState] = {
    2: RefundState.REQUESTED,  # the buyer asks for money
    3: RefundState.REQUESTED,  # the buyer asks to return
    4: RefundState.APPROVED,  # by the shop
    5: RefundState.APPROVED,  # by the platform
    6: RefundState.REJECTED,
    7: RefundState.APPROVED,  # the goods are to come back
    8: RefundState.REQUESTED,  # the platform handles it
    9: RefundState.REJECTED,  # by the platform
    10: RefundState.SUCCEEDED,
    11: RefundState.CLOSED,  # the buyer withdrew
    12: RefundState.CLOSED,  # the buyer let it pass
    13: RefundState.CLOSED,  # too late
    14: RefundState.REQUESTED,  # exchange: waits for the shop
    15: RefundState.APPROVED,
    16: RefundState.SUCCEEDED,
    17: RefundState.CLOSED,
    18: RefundState.APPROVED,
    21: RefundState.REQUESTED,  # repair: waits for the shop
    22: RefundState.APPROVED,
    24: RefundState.CLOSED,
    25: RefundState.SUCCEEDED,
    27: RefundState.APPROVED,
    31: RefundState.APPROVED,  # money back once the buyer has refused the parcel
    32: RefundState.APPROVED,
}
PULLED_STATES = "2,3,4,5,6,7,8,9,10,11,12,13"  # what a pull asks for, state by state: the call takes one at a time

# after_sales_type: the list and the detail count differently [docs]. Sending again what was missing moves no money.
LIST_KIND: dict[int, RefundKind] = {
    2: RefundKind.REFUND,
    3: RefundKind.RETURN,
    4: RefundKind.EXCHANGE,
    5: RefundKind.EXCHANGE,
}
DETAIL_KIND: dict[int, RefundKind] = {
    1: RefundKind.REFUND,
    2: RefundKind.RETURN,
    3: RefundKind.EXCHANGE,
    4: RefundKind.EXCHANGE,
    5: RefundKind.REPAIR,
}
NO_MONEY = frozenset({RefundKind.EXCHANGE, RefundKind.REPAIR})

# Types of messages, in lower case, since some lists print them in upper case [code]. A prefix stands for all below it.
PREFIXES: tuple[tuple[str, EventKind], ...] = (
    ("pdd_trade_", "order"),
    ("pdd_refund_", "refund"),
    ("pdd_goods_", "product"),
)

# Calls a second [docs]; what is not listed is held to the slowest of them.
RATES: dict[str, Rate] = {
    "pdd.order.number.list.increment.get": Rate("increment", 0.02, 50),
    "pdd.order.information.get": Rate("information", 0.002, 500),
    "pdd.refund.list.increment.get": Rate("refunds", 0.1, 10),
}
RATE = Rate("router", 0.1, 10)

# error_code of error_response [10019, 70031, 70032 code; the rest memory]: they only decide whether a call is tried again.
TOKEN_OVER = frozenset({"10019"})
THROTTLED = frozenset({"52101", "52102", "52103", "70031", "70032", "70033", "70034", "70035", "70036"})
UNAVAILABLE = frozenset({"50000", "50001", "52001", "52002"})
MISCONFIGURED: dict[str, str] = {
    "10016": "app-key-refused",
    "10017": "app-key-refused",
    "20004": "signature-refused",
    "20005": "address-not-trusted",
    "30000": "permission-missing",
    "30001": "permission-missing",
}
