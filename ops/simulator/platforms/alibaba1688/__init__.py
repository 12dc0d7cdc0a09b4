"""Alibaba 1688, a seller's shop: signed forms that name an order, yuan and cents side by side, ids that are rounded as numbers."""

from ops.simulator.model import Shop
from ops.simulator.platforms.alibaba1688 import wire
from ops.simulator.platforms.alibaba1688.api import Alibaba1688Api
from ops.simulator.traits import Ids, Lives, Platform, Secret, Trade, Wire, digits_of, in_steps

PLATFORM = Platform(
    shop=Shop("alibaba1688", "b2b-1623492085", "CNY", "zh", "CN", carrier="中通快递"),
    secrets={
        "app_key": Secret(make=lambda digits: str(int(digits[:6], 16))[:7], public=True),
        "app_secret": Secret(make=lambda digits: digits[:10]),
        "refresh_token": Secret(make=lambda digits: f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}"),
    },
    options={"member_id": "b2b-1623492085"},
    ids=Ids(
        order=in_steps(2953441303243969811),
        buyer=lambda number, _draw: f"b2b-22{number:08d}",
        product=lambda number: str(570959966600 + number),
        line=lambda order_id, index: str(digits_of(order_id) + 10 * (index + 1)),
        parcel=lambda order_id, index: f"LP{digits_of(order_id) % 10**12}{index}",
        refund=lambda order_id, index: f"TQ{digits_of(order_id) % 10**15}{index}",
    ),
    trade=Trade(),
    lives=Lives(
        # No cash on delivery and no exchanges; orders paid in steps do not tell what came in before the last.
        stories={
            "normal": 56, "unpaid": 6, "late_pay": 4, "cancelled_before": 4, "cancelled_after": 5, "split": 7, "refund_line": 10,
            "refund_full": 4, "refund_open": 3, "refund_rejected": 3,
        },
        asks_first=True,
        cancel_refunds=True,
    ),
    wire=Wire(
        deliveries=wire.deliveries,
        snapshot=wire.snapshot,
        acknowledged=lambda status, _body: status == 200,
        api=Alibaba1688Api,
        hosts=("gw.open.1688.com",),
    ),
)  # fmt: skip
