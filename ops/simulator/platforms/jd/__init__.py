"""JD: all by pull. Two kinds of refunds in two units, an order that tells none of them, discounts that no line is allotted."""

from ops.simulator.model import Shop
from ops.simulator.platforms.jd.api import JdApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Wire, in_steps, shifted

PLATFORM = Platform(
    shop=Shop("jd", "10600001", "CNY", "zh", "CN", carrier="京东快递"),
    secrets={
        "app_key": Secret(public=True),
        "app_secret": Secret(),
        "refresh_token": Secret(make=lambda digits: f"jd{digits}"),
    },
    ids=Ids(
        order=in_steps(324978630001),
        buyer=lambda number, _draw: f"oHZr0-sim-{number * 7919:09d}",
        product=lambda number: str(10_020_665_900_000 + number),
        line=shifted(10_054_000_000_000),  # the SKU: no two orders here share one
        parcel=lambda order_id, index: f"JD{order_id}{index}",
        refund=shifted(2_200_000_000_000),
    ),
    trade=Trade(coupons=True),
    lives=Lives(
        # No cash on delivery, of which no time is told; no deposits, exchanges and amendments: no call tells them.
        stories={
            "normal": 56, "unpaid": 5, "late_pay": 4, "cancelled_before": 4, "cancelled_after": 5, "split": 6, "refund_line": 12,
            "refund_full": 5, "refund_open": 4, "refund_rejected": 4,
        },
        asks_first=True,
    ),
    tells=Tells(
        zeroes=frozenset({"amounts.refunded"}),  # an order does not say that nothing went back
        allots_discounts=False,
    ),
    wire=Wire(api=JdApi, hosts=("api.jd.com", "open-oauth.jd.com")),
)  # fmt: skip
