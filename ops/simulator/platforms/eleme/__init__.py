"""Ele.me: signed objects, whole or thin by type; orders that tell no time of change, their deliveries and refunds apart."""

import json

from ops.simulator.model import Shop
from ops.simulator.platforms.eleme import wire
from ops.simulator.platforms.eleme.api import ElemeApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Voices, Wire, every, in_steps, shifted


def _acknowledged(status: int, body: bytes) -> bool:
    try:
        return status == 200 and json.loads(body) == {"message": "ok"}
    except ValueError:
        return False


PLATFORM = Platform(
    shop=Shop("eleme", "milktea", "CNY", "zh", "CN"),
    secrets={
        "app_key": Secret(make=lambda digits: digits[:10], public=True),
        "app_secret": Secret(make=lambda digits: f"{digits}{digits[:8]}"),
    },
    options={"shop_id": str(wire.SHOP)},
    ids=Ids(
        order=in_steps(5012966986714000001),
        buyer=every(66_995_000_017),
        product=lambda number: str(606_979_000 + number),
        parcel=shifted(13),
        refund=shifted(1_000_000_000_000_000_000),
    ),
    trade=Trade(shipping=(300, 500), coupons=True, tips=(0, 100, 101)),  # what is other are boxes
    lives=Lives(
        # Orders are told once they are paid: none is unpaid. A courier brings all at once. All of the money back cancels the
        # order. Cash is told as paid when the order is settled, not when it was handed over.
        stories={
            "normal": 60, "cancelled_after": 8, "refund_line": 14, "refund_open": 5, "refund_rejected": 5,
        },
        pace=60,
        asks_first=True,
        cancel_refunds=True,
        prepaid=True,
    ),
    tells=Tells(allots_discounts=False),
    wire=Wire(
        deliveries=wire.deliveries,
        snapshot=wire.snapshot,
        acknowledged=_acknowledged,
        api=ElemeApi,
        narrow=True,  # no list tells when money went back: history is told by pushes
        hosts=("open-api.shop.ele.me",),
    ),
    voices=Voices(),
)  # fmt: skip
