"""Vocabularies of Lazada as data. Sources: [docs] open.lazada.com by docId or API path, [live] a capture, [memory]."""

from __future__ import annotations

from chalicelib.contract import EventKind
from chalicelib.domain.order import RefundKind, RefundState, Status

# items[].status; also what trade order pushes tell.
ITEM_STATUS: dict[str, Status] = {
    "unpaid": Status.PENDING_PAYMENT,  # [docs /orders/get]
    "pending": Status.PAID,  # [docs /orders/get]
    "topack": Status.PAID,  # [docs /orders/get]
    "packed": Status.PAID,  # [docs /orders/get, E006]
    "repacked": Status.PAID,  # [memory]
    "toship": Status.PAID,  # [docs /orders/get]
    "ready_to_ship": Status.PAID,  # [docs /orders/get]
    "ready_to_ship_pending": Status.PAID,  # [docs 120211, the package's word]
    "shipped": Status.SHIPPED,  # [docs /orders/get]
    "shipping": Status.SHIPPED,  # [docs /orders/get]
    "delivered": Status.DELIVERED,  # [docs /orders/get]
    "confirmed": Status.COMPLETED,  # [memory]
    "canceled": Status.CANCELLED,  # [docs /orders/get]
    "cancelled": Status.CANCELLED,  # the same, spelt as packages do
    "returned": Status.DELIVERED,  # the refund is told beside it [docs /orders/get]
    "failed": Status.SHIPPED,  # [docs /orders/get]; FAILED below for these
    "failed_delivery": Status.SHIPPED,  # [docs /orders/get, E006]
    "shipped_back": Status.SHIPPED,  # [docs /orders/get, E006]
    "shipped_back_success": Status.SHIPPED,  # [docs /orders/get, E006]
    "shipped_back_failed": Status.SHIPPED,  # [docs /orders/get, E006]
    "lost": Status.SHIPPED,  # [docs /orders/get]
    "lost_by_3pl": Status.SHIPPED,  # [docs /orders/get, E006]
    "damaged_by_3pl": Status.SHIPPED,  # [docs /orders/get, E006]
    "package_scrapped": Status.SHIPPED,  # [docs /orders/get, E006]
}
FAILED = frozenset(
    {
        "failed",
        "failed_delivery",
        "shipped_back",
        "shipped_back_success",
        "shipped_back_failed",
        "lost",
        "lost_by_3pl",
        "damaged_by_3pl",
        "package_scrapped",
    }
)
RETURNED = "returned"
GONE = frozenset({RETURNED, "canceled", "cancelled"})  # units that may have been paid back
CASH = frozenset({"COD"})  # payment_method [docs 121753]
DEPOSIT_PAID = "unpaid final payment"  # stage_pay_status of a presale [docs /order/items/get]

# reverse_order_lines[].reverse_status, and reverse_status of pushes where its word is another.
REVERSE_STATE: dict[str, RefundState] = {
    "REQUEST_INITIATE": RefundState.REQUESTED,  # [docs /order/reverse/return/detail/list]
    "REQUEST_REJECT": RefundState.REJECTED,  # [docs]
    "REQUEST_CANCEL": RefundState.CLOSED,  # [docs]
    "CANCEL_SUCCESS": RefundState.SUCCEEDED,  # [docs]
    "REQUEST_COMPLETE": RefundState.APPROVED,  # the request ended well, the money is told by REFUND_* [memory]
    "REFUND_AUTHORIZED": RefundState.APPROVED,  # [memory]
    "REFUND_PENDING": RefundState.APPROVED,  # [docs 120232]
    "REFUND_SUCCESS": RefundState.SUCCEEDED,  # [docs 120232]
    "REFUND_REJECTED": RefundState.REJECTED,  # [docs 120232]
    "REFUND_REJECT": RefundState.REJECTED,  # [memory]
    "REFUND_INIT": RefundState.REQUESTED,  # [docs 120232]
    "CANCEL_INIT": RefundState.REQUESTED,  # [docs 120232]
    "CANCEL_REFUND_ISSUED": RefundState.SUCCEEDED,  # [docs 120232]
    "RTM_INIT": RefundState.REQUESTED,  # [docs 120232]
    "RTM_CANCELED": RefundState.CLOSED,  # [docs 120232]
    "RTM_SHIPPING_BACK": RefundState.APPROVED,  # [docs 120232]
    "RTM_RECEIVE_ITEM": RefundState.APPROVED,  # [docs 120232]
    "RTW_INIT": RefundState.REQUESTED,  # [docs 120232]
    "RTW_CANCELED": RefundState.CLOSED,  # [docs 120232]
    "RTW_SHIPPING_BACK": RefundState.APPROVED,  # [docs 120232]
    "RTW_REJECT": RefundState.REJECTED,  # [docs 120232]
    "RTW_REFUND_PENDING": RefundState.APPROVED,  # [docs 120232]
}
REVERSE_KIND: dict[str, RefundKind] = {
    "CANCEL": RefundKind.REFUND,  # [docs /reverse/getreverseordersforseller]
    "ONLY_REFUND": RefundKind.REFUND,  # [docs]
    "RETURN": RefundKind.RETURN,  # [docs]
}

NO_REFUND = (False, "false", "False")  # is_need_refund: text in the documentation's samples

# message_type of a push [docs, push mechanism pages].
TOPICS: dict[int, EventKind] = {
    0: "order",  # 120196
    1: "product",  # quality control, 120205
    2: "message",  # 121553
    3: "product",  # created, 120164
    4: "product",  # edited, 120164
    5: "product",  # deleted, 120164
    6: "product",  # stock is low
    8: "account",  # a token ends within 48 h, 120208
    10: "refund",  # 120232
    12: "product",  # category tree
    13: "account",  # seller status
    14: "order",  # package, 120211: the order is read again
    21: "review",  # 120982
}
MESSAGE = 2
SENDER = {1: "buyer", 2: "shop"}  # from_account_type [docs 121553]
SYSTEM_SENT = 2  # type [docs 121553]
RECALLED = 1  # status [docs 121553]

# Country of the shop: API host, currency, zone of the reports. Source: the endpoint list of every API page; ISO 4217.
HOSTS: dict[str, str] = {
    "vn": "api.lazada.vn",
    "sg": "api.lazada.sg",
    "ph": "api.lazada.com.ph",
    "my": "api.lazada.com.my",
    "th": "api.lazada.co.th",
    "id": "api.lazada.co.id",
}
CURRENCY: dict[str, str] = {"vn": "VND", "sg": "SGD", "ph": "PHP", "my": "MYR", "th": "THB", "id": "IDR"}
ZONES: dict[str, str] = {
    "vn": "Asia/Ho_Chi_Minh",
    "sg": "Asia/Singapore",
    "ph": "Asia/Manila",
    "my": "Asia/Kuala_Lumpur",
    "th": "Asia/Bangkok",
    "id": "Asia/Jakarta",
}
COUNTRY_NAMES: dict[str, str] = {
    "vietnam": "vn",
    "viet nam": "vn",
    "singapore": "sg",
    "philippines": "ph",
    "malaysia": "my",
    "thailand": "th",
    "indonesia": "id",
}
