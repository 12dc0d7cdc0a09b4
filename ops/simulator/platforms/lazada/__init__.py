"""Lazada in Vietnam: signed thin pushes, one a unit. Dong without decimals, coupons of both sides, refunds by unit."""

from ops.simulator.model import Shop
from ops.simulator.platforms.lazada import wire
from ops.simulator.platforms.lazada.api import LazadaApi
from ops.simulator.traits import (
    Ids,
    Lives,
    Platform,
    Secret,
    Tells,
    Trade,
    Voices,
    Wire,
    decimal,
    digits_of,
    every,
    in_steps,
    shifted,
)

PLATFORM = Platform(
    shop=Shop("lazada", "500176629136", "VND", "en", "VN", carrier="LEX VN"),
    secrets={
        "app_key": Secret(make=lambda digits: decimal(digits)[:6], public=True),
        "app_secret": Secret(),
        "refresh_token": Secret(make=lambda digits: f"500016{digits}"),
    },
    options={"country": "vn", "seller_id": "500176629136"},
    ids=Ids(
        order=in_steps(260422900198363),
        buyer=every(100112802006, 1000),
        product=lambda number: str(2306372900 + number),
        line=lambda order_id, index: str(digits_of(order_id) + 100_000_000_000 + index * 10),  # room for its units
        parcel=lambda order_id, index: f"FP{digits_of(order_id) + index}",
        refund=shifted(398_537_700_000_000),
    ),
    trade=Trade(prices=(35, 1), shipping=(16500, 22000, 32500), coupons=True),
    lives=Lives(
        # No cash on delivery: nobody tells when its money came in. No amendments, deposits, exchanges: it has none, or none told.
        stories={
            "normal": 56, "unpaid": 5, "late_pay": 4, "cancelled_before": 4, "cancelled_after": 5, "split": 6, "refund_line": 12,
            "refund_full": 6, "refund_open": 3, "refund_rejected": 3,
        },
        asks_first=True,
        refunds_by_line=True,
        cancel_refunds=True,
        bare=frozenset({"refund_full", "cancelled_after"}),
    ),
    tells=Tells(no_status=frozenset({"completed"}), refund_each="piece"),
    wire=Wire(
        deliveries=wire.deliveries,
        snapshot=wire.snapshot,
        acknowledged=lambda status, _body: status == 200,
        api=LazadaApi,
        hosts=("api.lazada.vn", "auth.lazada.com"),
    ),
    voices=Voices(edits=True),  # what is taken back is shown no more, and nothing tells it
)  # fmt: skip
