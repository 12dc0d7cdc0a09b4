"""Xiaohongshu: arrays of thin pushes whose bodies nobody signs. Fen in orders, yuan in after-sales, lists by half hours."""

import json

from ops.simulator.model import Shop
from ops.simulator.platforms.xiaohongshu import wire
from ops.simulator.platforms.xiaohongshu.api import XiaohongshuApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Wire


def _acknowledged(status: int, body: bytes) -> bool:
    try:
        told = json.loads(body)
        return status == 200 and told.get("success") is True and told.get("error_code") == 0
    except (ValueError, AttributeError):
        return False


PLATFORM = Platform(
    shop=Shop("xiaohongshu", "candles", "CNY", "zh", "CN", carrier="yuantong"),
    secrets={
        "app_key": Secret(make=lambda digits: digits[:20], public=True),
        "app_secret": Secret(),
        "refresh_token": Secret(make=lambda digits: f"refresh-{digits}"),
    },
    options={"seller_id": wire.SELLER},
    ids=Ids(
        order=lambda number, draw: f"P{768291112062421411 + number * 1009 + draw.randint(0, 1000)}",
        buyer=lambda number, _draw: f"u5f0000000000000000{number:06x}",
        product=lambda number: f"6878ac2e02d7b0000{number:07x}",
        parcel=lambda order_id, index: f"{order_id}-{index}",
        refund=lambda order_id, index: f"R{int(order_id[1:]) // 100 + index * 7}",
    ),
    trade=Trade(coupons=True),
    lives=Lives(
        # No deposits: no source tells when a deposit is paid. No cash on delivery.
        stories={
            "normal": 56, "unpaid": 5, "late_pay": 4, "cancelled_before": 5, "cancelled_after": 5, "split": 6, "refund_line": 12,
            "refund_full": 6, "refund_open": 3, "refund_rejected": 3, "exchange": 2, "amended": 3,
        },
        milliseconds=True,
        asks_first=True,
        amends="freight",
    ),
    tells=Tells(no_status=frozenset({"delivered"})),
    wire=Wire(
        deliveries=wire.deliveries,
        snapshot=wire.snapshot,
        signed=False,  # the signature leaves the body out: the order is read again instead
        acknowledged=_acknowledged,
        api=XiaohongshuApi,
        narrow=True,
        hosts=("ark.xiaohongshu.com",),
    ),
)  # fmt: skip
