"""The merchant's own ERP: Standard Webhooks with canonical JSON, nothing to pull. Tax within prices, exchanges, consent events."""

import base64

from ops.simulator.model import Shop
from ops.simulator.platforms.generic import wire
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Wire


def _whsec(digits: str) -> str:
    return "whsec_" + base64.b64encode(bytes.fromhex(digits * 2)).decode()


PLATFORM = Platform(
    shop=Shop("generic", "erp", "CNY", "zh", "CN", carrier="YTO"),
    secrets={"webhook_secret": Secret(make=_whsec)},
    ids=Ids(
        order=lambda number, _draw: f"ERP-{100001 + number}",
        buyer=lambda number, _draw: f"M{number:06d}",
        product=lambda number: f"P-{number:03d}",
    ),
    trade=Trade(coupons=True, tax_rates=(0, 130)),
    lives=Lives(
        stories={
            "normal": 54, "unpaid": 5, "late_pay": 4, "cancelled_before": 4, "cancelled_after": 4, "split": 5, "refund_line": 12,
            "refund_full": 6, "refund_open": 3, "refund_rejected": 3, "exchange": 2, "amended": 3, "cod": 2, "test": 2,
        },
        asks_first=True,
    ),
    tells=Tells(email=True, phone=True, consent=True, opens=frozenset({"email", "sms"})),
    wire=Wire(deliveries=wire.deliveries, snapshot=wire.snapshot),
    quiet=1.0,
)  # fmt: skip
