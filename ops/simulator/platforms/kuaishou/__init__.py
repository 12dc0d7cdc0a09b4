"""Kuaishou shop: sealed thin pushes that nothing authenticates. One position an order, discounts by the fee call alone."""

import base64
import json

from ops.simulator.model import Shop
from ops.simulator.platforms.kuaishou import wire
from ops.simulator.platforms.kuaishou.api import KuaishouApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Trade, Voices, Wire, decimal, in_steps, shifted


def _acknowledged(status: int, body: bytes) -> bool:
    try:
        return status == 200 and json.loads(body).get("result") == 1
    except (ValueError, AttributeError):
        return False


PLATFORM = Platform(
    shop=Shop("kuaishou", "2000000101", "CNY", "zh", "CN", carrier="4"),
    secrets={
        "message_key": Secret(make=lambda digits: base64.b64encode(bytes.fromhex(digits)).decode()),
        "app_key": Secret(make=lambda digits: f"ks{decimal(digits)}", public=True),
        "app_secret": Secret(),
        "sign_secret": Secret(),
        "refresh_token": Secret(make=lambda digits: f"ChJvYXV0aC5{digits}"),
    },
    options={"seller_id": "2000000101"},
    ids=Ids(
        order=in_steps(2607602240240301),
        buyer=lambda number, _draw: f"f1b68e8f2a4995ed14bf5724{number:08x}",
        product=lambda number: str(21_700_000_000_000 + number),
        line=lambda order_id, _index: order_id,
        parcel=shifted(61_000_000_000),
        refund=shifted(912_000_000_000_000),
    ),
    trade=Trade(coupons=True, one_item=True),
    lives=Lives(
        # No deposits and no cash on delivery: no source tells how they look. Nothing is sent in parts, with one position an order.
        stories={
            "normal": 58, "unpaid": 5, "late_pay": 4, "cancelled_before": 5, "cancelled_after": 5, "refund_line": 12,
            "refund_full": 6, "refund_open": 3, "refund_rejected": 3, "exchange": 2, "amended": 3,
        },
        milliseconds=True,
        asks_first=True,
        amends="freight",
    ),
    wire=Wire(
        deliveries=wire.deliveries,
        snapshot=wire.snapshot,
        signed=False,  # a changed byte may open to another text: the order is read again instead
        acknowledged=_acknowledged,
        api=KuaishouApi,
        hosts=("openapi.kwaixiaodian.com",),
    ),
    voices=Voices(edits=True, deletes=True, follows=True, defaults=True),
)  # fmt: skip
