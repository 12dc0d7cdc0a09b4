"""Pinduoduo: frames of a socket, thin; lists by half hours, refunds state by state in another unit than their details; no buyer."""

from datetime import timedelta

from ops.simulator.model import Shop
from ops.simulator.platforms.pinduoduo import wire
from ops.simulator.platforms.pinduoduo.api import PinduoduoApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Wire, digits_of, shifted

PLATFORM = Platform(
    shop=Shop("pinduoduo", wire.MALL, "CNY", "zh", "CN", carrier="圆通速递"),
    secrets={
        "client_id": Secret(public=True),
        "client_secret": Secret(),
        "refresh_token": Secret(make=lambda digits: f"pdd{digits}"),
    },
    options={"mall_id": wire.MALL},
    ids=Ids(
        order=lambda number, draw: f"261101-{364_770_100_000_000 + number * 1009 + draw.randint(0, 1000):015d}",
        buyer=lambda number, _draw: f"nobody-here-{number}",  # Pinduoduo tells none
        product=lambda number: str(2_542_137_000 + number),
        line=lambda order_id, index: str(digits_of(order_id) % 10**12 * 10 + index),
        parcel=lambda order_id, index: f"YT{digits_of(order_id)}{index}",
        refund=shifted(7),
    ),
    trade=Trade(coupons=True),
    lives=Lives(
        # Orders show after payment only: none is unpaid, and none cancelled before. Parts that leave first do not show either.
        stories={
            "normal": 58, "cancelled_after": 5, "refund_line": 12, "refund_full": 6, "refund_open": 4, "refund_rejected": 4,
        },
        asks_first=True,
        prepaid=True,
    ),
    tells=Tells(buyer=False, no_status=frozenset({"completed", "partially_shipped"}), allots_discounts=False),
    wire=Wire(
        deliveries=wire.deliveries,
        snapshot=wire.snapshot,
        signed=False,
        feed=True,
        api=PinduoduoApi,
        narrow=True,
        hosts=("gw-api.pinduoduo.com",),
        lag=timedelta(minutes=3),
    ),
)  # fmt: skip
