"""AliExpress: no pushes, all by pull. Coupons that nobody says who bears, disputes, zone-less times of US Pacific."""

from ops.simulator.model import Shop
from ops.simulator.platforms.aliexpress import wire
from ops.simulator.platforms.aliexpress.api import AliExpressApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Wire, decimal, in_steps, shifted

PLATFORM = Platform(
    shop=Shop("aliexpress", "2671514005", "USD", "en", "ES", carrier="AliExpress Standard Shipping"),
    secrets={
        "app_key": Secret(make=lambda digits: decimal(digits)[:6], public=True),
        "app_secret": Secret(),
        "refresh_token": Secret(make=lambda digits: f"50001{digits}"),
    },
    ids=Ids(
        order=in_steps(8190000000000001),
        buyer=lambda number, _draw: f"es{1029384756 + number * 7919}kzae",
        product=lambda number: str(1005001234567800 + number),
        line=shifted(1),
        parcel=lambda order_id, index: f"LP{order_id}{index}",
    ),
    trade=Trade(prices=(14, 100), shipping=(299, 499, 899), coupons=True),
    lives=Lives(
        # No full refund of goods that were sent: no source tells what such an order is then called. No amendments, deposits,
        # cash on delivery, exchanges: it has none, or none that its API tells.
        stories={
            "normal": 56, "unpaid": 5, "late_pay": 4, "cancelled_before": 4, "cancelled_after": 5, "split": 6, "refund_line": 12,
            "refund_open": 3, "refund_rejected": 3, "test": 1,
        },
        asks_first=True,
    ),
    tells=Tells(
        untold=frozenset({"amounts.tax"}),
        either=frozenset({"amounts.discount_seller", "amounts.discount_platform"}),  # 0 without a discount, else only their sum
        allots_discounts=False,
        hears=wire.heard,
    ),
    wire=Wire(api=AliExpressApi, hosts=("api-sg.aliexpress.com",)),
)  # fmt: skip
