"""WooCommerce: fat signed webhooks, keys that never expire. Tax on top, fees, parcels by a plugin, one refund object each."""

from ops.simulator.model import Shop
from ops.simulator.platforms.woocommerce import wire
from ops.simulator.platforms.woocommerce.api import WooCommerceApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Voices, Wire, every

PLATFORM = Platform(
    shop=Shop("woocommerce", "kessel", "EUR", "en", "DE", carrier="DHL"),
    secrets={
        "webhook_secret": Secret(),
        "consumer_key": Secret(make=lambda digits: f"ck_{digits}{digits[:8]}"),
        "consumer_secret": Secret(make=lambda digits: f"cs_{digits}{digits[:8]}"),
        "wordpress_user": Secret(make=lambda digits: f"clerk-{digits[:4]}", public=True),
        "wordpress_password": Secret(),
    },
    options={"store_url": wire.STORE},
    ids=Ids(
        order=lambda number, _draw: str(27001 + number * 4),  # one row of numbers for all that a shop writes down
        buyer=every(5003, 3),
        product=lambda number: str(1200 + number),
        line=lambda order_id, index: str(int(order_id) * 10 + index),
        parcel=lambda order_id, index: f"{int(order_id):08x}{index:024x}",
        refund=lambda order_id, index: str(int(order_id) + 1 + index),
    ),
    trade=Trade(prices=(1, 8), tips=(0, 0, 0, 0, 0, 0, 0, 350), tax_rates=(0, 190), tax_included=False),
    lives=Lives(
        # No claims and no exchanges: it knows refunds that were made. Money that goes back after a cancellation makes the order
        # `refunded` and forgets the cancellation. Cash on delivery is paid when the order is completed, which the world leaves out.
        stories={
            "normal": 58, "unpaid": 5, "late_pay": 4, "cancelled_before": 4, "split": 6, "refund_line": 12, "refund_full": 6,
            "amended": 3,
        },
    ),
    tells=Tells(
        email=True,
        phone=True,
        opens=frozenset({"email"}),
        # What is sent shows in a plugin's note alone; the status knows no way between paid and completed.
        no_status=frozenset({"partially_shipped", "shipped", "delivered"}),
    ),
    wire=Wire(
        deliveries=wire.deliveries,
        snapshot=wire.snapshot,
        acknowledged=lambda status, _body: 200 <= status < 303,
        api=WooCommerceApi,
        hosts=(wire.HOST,),
    ),
    voices=Voices(edits=True, deletes=True),
)  # fmt: skip
