"""Taobao: messages that are fetched, thin; trades and refunds by half hours, ids beyond 2^53, coupons the platform bears."""

from ops.simulator.model import Shop
from ops.simulator.platforms.taobao import wire
from ops.simulator.platforms.taobao.api import TaobaoApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Wire, decimal, digits_of, in_steps, shifted

PLATFORM = Platform(
    shop=Shop("taobao", "longjing", "CNY", "zh", "CN", carrier="顺丰速运"),
    secrets={
        "app_key": Secret(make=lambda digits: decimal(digits)[:8], public=True),
        "app_secret": Secret(),
        "refresh_token": Secret(make=lambda digits: f"6201{digits}"),
    },
    options={"user_id": wire.SELLER},
    ids=Ids(
        order=in_steps(3291847560218900001),
        buyer=lambda number, _draw: f"AAHd5d-sim{number * 7919:09d}",
        product=lambda number: str(652_781_900_000 + number),
        line=shifted(1),
        parcel=lambda order_id, index: f"SF{digits_of(order_id)}{index}",
        refund=lambda order_id, index: str(digits_of(order_id) // 10 + 29_000_000_000_000_000 + index),
    ),
    trade=Trade(coupons=True),
    lives=Lives(
        # No full refund of goods that were sent: it closes the trade, which is then cancelled. No cash on delivery, of which no
        # time is told.
        stories={
            "normal": 56, "unpaid": 5, "late_pay": 4, "cancelled_before": 4, "cancelled_after": 5, "split": 6, "refund_line": 12,
            "refund_open": 4, "refund_rejected": 4,
        },
        asks_first=True,
    ),
    tells=Tells(untold=frozenset({"amounts.tax"}), no_status=frozenset({"delivered"})),
    wire=Wire(
        deliveries=wire.deliveries,
        snapshot=wire.snapshot,
        signed=False,
        feed=True,
        api=TaobaoApi,
        narrow=True,
        hosts=("gw.api.taobao.com", "oauth.taobao.com"),
    ),
)  # fmt: skip
