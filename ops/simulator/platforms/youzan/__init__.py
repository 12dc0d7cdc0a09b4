"""Youzan: signed pushes, whole orders at the beginning and thin ones later; yuan as text, local times, refunds by position."""

from datetime import timedelta

from ops.simulator.model import Shop
from ops.simulator.platforms.youzan import wire
from ops.simulator.platforms.youzan.api import YouzanApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Wire, digits_of, shifted

_FIRST = 20260901000000_000000000

PLATFORM = Platform(
    shop=Shop("youzan", "56232", "CNY", "zh", "CN", carrier="7"),
    secrets={"client_id": Secret(make=lambda digits: digits[:18], public=True), "client_secret": Secret()},
    options={"kdt_id": "56232"},
    ids=Ids(
        order=lambda number, draw: f"E{_FIRST + number * 1009 + draw.randint(0, 1000)}",
        buyer=lambda number, _draw: f"yzopen{number:010d}",
        product=lambda number: str(457846000 + number),
        line=lambda order_id, index: str(2_907_387_350_000_000_000 + digits_of(order_id) % 10**9 * 10 + index),
        parcel=lambda order_id, index: f"YZ{digits_of(order_id) % 10**12}{index}",
        refund=shifted(10**22),
    ),
    trade=Trade(),
    lives=Lives(
        # Nothing tells of a changed price or of an exchange, and who pays on delivery is not confirmed.
        stories={
            "normal": 56, "unpaid": 6, "late_pay": 4, "cancelled_before": 4, "cancelled_after": 5, "split": 7, "refund_line": 10,
            "refund_full": 4, "refund_open": 3, "refund_rejected": 3,
        },
        asks_first=True,
        cancel_refunds=True,
    ),
    tells=Tells(no_status=frozenset({"delivered"})),
    wire=Wire(
        deliveries=wire.deliveries,
        snapshot=wire.snapshot,
        acknowledged=lambda status, body: status == 200 and b"success" in body,
        api=YouzanApi,
        hosts=("open.youzanyun.com",),
        lag=timedelta(seconds=30),
    ),
)  # fmt: skip
