"""Vocabularies of JD as data. What is not listed is unknown, never guessed.

Source: working clients of jingdong.pop.order.enSearch and of the two refund calls [code]; [memory] marks what none of them shows.
"""

from __future__ import annotations

from chalicelib.domain.order import RefundState, Status

# orderState, and its spelling in pinyin [code]
ORDER_STATUS: dict[str, Status] = {
    "NOT_PAY": Status.PENDING_PAYMENT,
    "WAIT_SELLER_STOCK_OUT": Status.PAID,
    "DengDaiChuKu": Status.PAID,
    "WAIT_SELLER_DELIVERY": Status.PAID,  # overseas
    "DengDaiFaHuo": Status.PAID,
    "WAIT_SEND_CODE": Status.PAID,
    "POP_ORDER_PAUSE": Status.PAID,
    "PAUSE": Status.PAID,
    "ZanTing": Status.PAID,
    "LOCKED": Status.PAID,
    "SEND_TO_DISTRIBUTION_CENER": Status.SHIPPED,  # as the platform spells it
    "DISTRIBUTION_CENTER_RECEIVED": Status.SHIPPED,
    "WAIT_GOODS_RECEIVE_CONFIRM": Status.SHIPPED,
    "DengDaiQueRenShouHuo": Status.SHIPPED,
    "RECEIPTS_CONFIRM": Status.DELIVERED,
    "FINISHED_L": Status.COMPLETED,
    "WanCheng": Status.COMPLETED,
    "TRADE_CANCELED": Status.CANCELLED,
    "DELIVERY_RETURN": Status.CANCELLED,
    "PeiSongTuiHuo": Status.CANCELLED,
}
STOCKING = frozenset({"WAIT_SELLER_STOCK_OUT", "DengDaiChuKu"})  # parcels beside these mean that a part has left
CASH = "1"  # number before the dash of payType [code]
SPLIT = "SPLIT"  # ours: the platform_status of an order whose place its children took

# status of jingdong.pop.afs.soa.refundapply.queryPageList [code; that 3, 6 and 9 mean money back is memory]. 16 is unexplained.
APPLY_STATE: dict[int, RefundState] = {
    0: RefundState.REQUESTED,
    1: RefundState.APPROVED,
    2: RefundState.REJECTED,
    3: RefundState.SUCCEEDED,  # JD's finance agreed
    4: RefundState.REJECTED,  # JD's finance refused
    5: RefundState.APPROVED,  # agreed by hand
    6: RefundState.SUCCEEDED,  # intercepted and paid back
    7: RefundState.APPROVED,  # the parcel was stopped
    8: RefundState.REQUESTED,  # the parcel was not stopped
    9: RefundState.SUCCEEDED,  # closed by force and paid back
    10: RefundState.REQUESTED,  # waits for the carrier
}

# status of jingdong.asc.serviceAndRefund.view: 13 and 14 are named, the others are on their way [code]
SERVICE_DONE, SERVICE_FAILED = 13, 14

# code of error_response [memory]: they only decide whether a call is tried again.
TOKEN_OVER = frozenset({"19"})
THROTTLED = frozenset({"3", "65"})
UNAVAILABLE = frozenset({"1", "2", "66", "67", "68"})
MISCONFIGURED: dict[str, str] = {
    "10": "permission-missing",
    "12": "permission-missing",
    "21": "signature-refused",
    "24": "signature-refused",
    "25": "signature-refused",
    "28": "app-key-refused",
    "29": "app-key-refused",
    "30": "clock-refused",
    "31": "clock-refused",
}
