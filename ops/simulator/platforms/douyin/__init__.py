"""Douyin shop: arrays of thin signed messages. After-sales by position, exchanges, deposits, encrypted receivers."""

import base64
import json

from ops.simulator.model import Shop
from ops.simulator.platforms.douyin import wire
from ops.simulator.platforms.douyin.api import DouyinApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Wire, decimal, in_steps, shifted


def _acknowledged(status: int, body: bytes) -> bool:
    try:
        return status == 200 and json.loads(body).get("code") == 0
    except (ValueError, AttributeError):
        return False


PLATFORM = Platform(
    shop=Shop("douyin", "95250", "CNY", "zh", "CN", carrier="shunfeng"),
    secrets={"app_key": Secret(make=decimal, public=True), "app_secret": Secret()},
    options={"shop_id": "95250"},
    ids=Ids(
        order=in_steps(4805961163201956922),
        buyer=lambda _number, draw: f"#{base64.b64encode(draw.randbytes(36)).decode()}",
        product=lambda number: str(3473196049974326100 + number),
        line=lambda order_id, index: str(int(order_id) + index * 3),  # a one-line order has its own id on its line
        parcel=shifted(2_180_890_000_000_000_011),
        refund=shifted(2_180_890_000_000_000_007),
    ),
    trade=Trade(coupons=True),
    lives=Lives(
        stories={
            "normal": 56, "unpaid": 5, "late_pay": 3, "cancelled_before": 5, "cancelled_after": 5, "split": 5, "refund_line": 12,
            "refund_full": 6, "refund_open": 3, "refund_rejected": 3, "exchange": 2, "amended": 3, "deposit": 2,
        },
        asks_first=True,
        refunds_by_line=True,
        amends="freight",
        bare=frozenset({"refund_full", "cancelled_after", "deposit"}),
    ),
    tells=Tells(no_status=frozenset({"delivered"})),
    wire=Wire(
        deliveries=wire.deliveries,
        snapshot=wire.snapshot,
        acknowledged=_acknowledged,
        api=DouyinApi,
        hosts=("openapi-fxg.jinritemai.com",),
    ),
)  # fmt: skip
