"""Vocabularies of Shopee as data. Sources: [docs] open.shopee.com (API pages, "V2.0 Data Definition"), [memory]."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.contract import EventKind
from chalicelib.domain.order import RefundState, Status

ORDER_STATUS: dict[str, Status] = {
    "UNPAID": Status.PENDING_PAYMENT,  # [docs]
    "PENDING": Status.PAID,  # held by the platform, or waiting for a check of identity [docs]
    "READY_TO_SHIP": Status.PAID,  # [docs]
    "PROCESSED": Status.PAID,  # a shipment is arranged, not handed over [docs]
    "RETRY_SHIP": Status.PAID,  # the pick-up failed [docs]
    "SHIPPED": Status.SHIPPED,  # [docs]
    "TO_CONFIRM_RECEIVE": Status.DELIVERED,  # [docs]
    "TO_RETURN": Status.DELIVERED,  # the buyer asked for a return [docs]
    "IN_CANCEL": Status.PAID,  # a cancellation is asked for; merging keeps how far it had got [docs]
    "COMPLETED": Status.COMPLETED,  # [docs]
    "CANCELLED": Status.CANCELLED,  # [docs]
}
UNPAID, COMPLETED = "UNPAID", "COMPLETED"
REFUND_ASKED = frozenset({"TO_RETURN", "IN_CANCEL"})
ON_ITS_WAY = frozenset({"READY_TO_SHIP", "PROCESSED", "RETRY_SHIP", "SHIPPED"})  # parcels may have got further than the order says

# How far a parcel got [docs]; None: it has not left. All with the prefix LOGISTICS_.
PARCEL: dict[str, Status | None] = {
    "NOT_START": None,
    "PENDING_ARRANGE": None,
    "READY": None,
    "REQUEST_CREATED": None,
    "PICKUP_RETRY": None,
    "PICKUP_FAILED": None,
    "REQUEST_CANCELED": None,
    "INVALID": None,
    "PICKUP_DONE": Status.SHIPPED,
    "DELIVERY_FAILED": Status.SHIPPED,
    "LOST": Status.SHIPPED,
    "COD_REJECTED": Status.SHIPPED,
    "DELIVERY_DONE": Status.DELIVERED,
}
PARCEL_PREFIX = "LOGISTICS_"
VOID = frozenset({"INVALID", "REQUEST_CANCELED"})  # parcels that never will be
TRACKED = frozenset({"REQUEST_CREATED", *(name for name, state in PARCEL.items() if state)})  # may have a tracking number

# ACCEPTED, CANCELLED and REQUESTED are in samples [docs], the others are [memory].
RETURN_STATE: dict[str, RefundState] = {
    "REQUESTED": RefundState.REQUESTED,
    "PROCESSING": RefundState.REQUESTED,
    "JUDGING": RefundState.REQUESTED,  # the platform decides
    "SELLER_DISPUTE": RefundState.REQUESTED,
    "ACCEPTED": RefundState.SUCCEEDED,
    "COMPLETED": RefundState.SUCCEEDED,
    "REFUND_PAID": RefundState.SUCCEEDED,  # of API version 1
    "CANCELLED": RefundState.CLOSED,  # by the buyer
    "CLOSED": RefundState.CLOSED,
}
REFUND_ONLY = 1  # return_solution: 0 goods and money, 1 money only [docs]

PROBE = 0
CODES: dict[int, EventKind] = {
    1: "account",  # shop_authorization_push
    2: "account",  # shop_authorization_canceled_push
    3: "order",  # order_status_push
    4: "order",  # order_trackingno_push
    6: "product",  # banned item
    10: "message",  # webchat_push
    12: "account",  # open_api_authorization_expiry
    16: "product",  # violation item
    22: "product",  # item_price_update
    29: "refund",  # return_updates_push
    30: "order",  # package_fulfillment_status_push
}
PARCEL_MOVED = 30

HOSTS: dict[str, str] = {
    "global": "partner.shopeemobile.com",
    "cn": "openplatform.shopee.cn",
    "br": "openplatform.shopee.com.br",
    "sandbox": "openplatform.sandbox.test-stable.shopee.sg",
}


class Region(NamedTuple):
    """A market: the currency of its reports, and the zone of their days."""

    currency: str
    zone: str


# Zones of reports: [memory], the market's capital.
REGIONS: dict[str, Region] = {
    "SG": Region("SGD", "Asia/Singapore"),
    "MY": Region("MYR", "Asia/Kuala_Lumpur"),
    "TH": Region("THB", "Asia/Bangkok"),
    "VN": Region("VND", "Asia/Ho_Chi_Minh"),
    "ID": Region("IDR", "Asia/Jakarta"),
    "PH": Region("PHP", "Asia/Manila"),
    "TW": Region("TWD", "Asia/Taipei"),
    "BR": Region("BRL", "America/Sao_Paulo"),
    "MX": Region("MXN", "America/Mexico_City"),
    "CL": Region("CLP", "America/Santiago"),
    "CO": Region("COP", "America/Bogota"),
}

# Errors of the API: HTTP 200 with `error` set; "", "-" and none mean success [docs].
SUCCESS = frozenset({None, "", "-"})
TOKEN_OVER = frozenset({"error_auth", "invalid_acceess_token", "invalid_access_token"})
TOKEN_REVOKED = frozenset(
    {
        "shop_banned",
        "shop_access_expired",
        "shop_no_linked",
        "partner_shop_no_link",
        "refresh_token_expired",
        "error_shop_refresh_token",
    }
)
THROTTLED = frozenset({"error_rate_limit", "ads.rate_limit.exceed_partner_api", "ads.rate_limit.exceed_shop_api"})
DAILY_LIMIT = "error_limit"  # until midnight in UTC+8
UNAVAILABLE = frozenset({"error_server", "error_network", "error_inner", "error_system_busy", "product.get_cmt_failed"})
MISSING = frozenset({"error_not_found", "order_not_found", "product.cmt_not_exist", "product.error_not_exist"})
MISCONFIGURED: dict[str, str] = {
    "error_sign": "signature-refused",
    "source_ip_undeclared": "address-not-trusted",
    "error_partner_key_expired": "app-key-refused",
    "invalid_partner_id": "app-key-refused",
    "error_permission": "permission-missing",
    "error_api_permission": "permission-missing",
    "error_api_call_restricted": "permission-missing",
    "error_ashop_api_permission": "permission-missing",
    "error_kyc_auth": "permission-missing",
}
