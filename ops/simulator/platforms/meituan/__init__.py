"""Meituan: signed forms, whole where the order moves; swept by the numbers of a day. Nobody knows who bought or when they paid."""

import json

from ops.simulator.model import Shop
from ops.simulator.platforms.meituan import wire
from ops.simulator.platforms.meituan.api import MeituanApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Voices, Wire, in_steps, shifted


def _acknowledged(status: int, body: bytes) -> bool:
    try:
        return status == 200 and json.loads(body) == {"data": "ok"}
    except ValueError:
        return False


PLATFORM = Platform(
    shop=Shop("meituan", "teahouse", "CNY", "zh", "CN"),
    secrets={
        "app_id": Secret(make=lambda digits: str(int(digits[:4], 16)), public=True),
        "app_secret": Secret(),
    },
    options={"app_poi_code": wire.POI},
    ids=Ids(
        order=in_steps(2900771380000000001),
        buyer=lambda number, _draw: f"nobody-at-table-{number}",  # Meituan tells none
        product=lambda number: f"dish{number:04d}",
        parcel=shifted(11),
        refund=shifted(3_000_000_000_000_000_000),
    ),
    trade=Trade(shipping=(400, 600), coupons=True, tips=(0, 50, 100, 150)),  # what is other are boxes and bags
    lives=Lives(
        # Orders show once they are paid: none is unpaid. A courier brings all at once. All of the money back cancels the order.
        # Cash is told as paid when the order is completed, not when it was handed over.
        stories={
            "normal": 60, "cancelled_after": 8, "refund_line": 14, "refund_open": 5, "refund_rejected": 5,
        },
        pace=60,
        asks_first=True,
        prepaid=True,
    ),
    tells=Tells(
        buyer=False,
        untold=frozenset({"paid_at"}),
        zeroes=frozenset({"amounts.refunded"}),  # an order does not say that nothing went back
        allots_discounts=False,
    ),
    wire=Wire(
        deliveries=wire.deliveries,
        snapshot=wire.snapshot,
        acknowledged=_acknowledged,
        api=MeituanApi,
        hosts=("waimaiopen.meituan.com",),
    ),
    voices=Voices(told=wire.midnight),  # it tells the day alone
)  # fmt: skip
