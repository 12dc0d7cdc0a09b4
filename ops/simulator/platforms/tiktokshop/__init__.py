"""TikTok Shop in Britain: signed thin pushes by type, ciphers, refresh tokens that serve once; tax in prices, replacements."""

from ops.simulator.model import Shop
from ops.simulator.platforms.tiktokshop import wire
from ops.simulator.platforms.tiktokshop.api import TikTokShopApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Trade, Wire, digits_of, every, in_steps, shifted

PLATFORM = Platform(
    shop=Shop("tiktokshop", "7495540735365777507", "GBP", "en", "GB", carrier="Evri"),
    secrets={
        "app_key": Secret(make=lambda digits: digits[:13], public=True),
        "app_secret": Secret(),
        "refresh_token": Secret(make=lambda digits: f"ROW_{digits}"),
    },
    options={"shop_id": "7495540735365777507"},  # the cipher is looked up
    ids=Ids(
        order=in_steps(576461413038785752),
        buyer=every(7494109234816200101, 977),
        product=lambda number: str(1729582718312380000 + number),
        line=lambda order_id, index: str(digits_of(order_id) + 625_099_084_969_000 + index * 10),  # room for its units
        parcel=shifted(576_670_755_085_073_371),
        refund=shifted(3_458_857_091_047_818_349),
    ),
    trade=Trade(prices=(1, 9), shipping=(299, 399, 499), coupons=True, tax_rates=(200, 0)),
    lives=Lives(
        # No cash on delivery: its money is told by the status only, without a time. No amendments or deposits: it has none.
        stories={
            "normal": 56, "unpaid": 5, "late_pay": 4, "cancelled_before": 4, "cancelled_after": 5, "split": 6, "refund_line": 12,
            "refund_full": 6, "refund_open": 3, "refund_rejected": 3, "exchange": 2, "test": 1,
        },
        asks_first=True,
        refunds_by_line=True,
        cancel_refunds=True,
        bare=frozenset({"refund_full"}),
    ),
    wire=Wire(
        deliveries=wire.deliveries,
        snapshot=wire.snapshot,
        api=TikTokShopApi,
        hosts=("open-api.tiktokglobalshop.com", "auth.tiktok-shops.com"),
    ),
)  # fmt: skip
