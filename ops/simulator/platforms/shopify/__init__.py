"""Shopify: fat signed webhooks, GraphQL and REST. Tax on top, tips, edits, part payments, consent by `customers/*`."""

from ops.simulator.model import Shop
from ops.simulator.platforms.shopify import wire
from ops.simulator.platforms.shopify.api import ShopifyApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Wire, every, in_steps, shifted

PLATFORM = Platform(
    shop=Shop("shopify", "acme", "USD", "en", "US", carrier="UPS"),
    secrets={"webhook_secret": Secret(), "client_id": Secret(public=True), "client_secret": Secret(), "access_token": Secret()},
    options={"shop": wire.DOMAIN, "api_version": wire.VERSION},
    ids=Ids(
        order=in_steps(820982911946154508),
        order_no=lambda number, _order_id: f"#{1001 + number}",
        buyer=every(115310627314723954),
        product=lambda number: str(788032119674292900 + number),
        line=shifted(45567639612345678),
        added_line=500,
        parcel=shifted(109_000_000_000_000_011),
        refund=shifted(109_000_000_000_000_007),
    ),
    trade=Trade(prices=(1, 6), tips=(0, 0, 0, 0, 0, 0, 0, 0, 0, 200), tax_rates=(0, 60, 83), tax_included=False),
    lives=Lives(
        stories={
            "normal": 58, "unpaid": 5, "late_pay": 4, "cancelled_before": 4, "cancelled_after": 4, "split": 6,
            "refund_line": 12, "refund_full": 6, "amended": 3, "deposit": 2, "cod": 2, "test": 2,
        },  # no exchange
        paid_same_day=True,  # webhooks do not tell when an order was paid, the API does: both ways must give one day
    ),
    tells=Tells(email=True, consent=True, opens=frozenset({"email"}), either=frozenset({"paid_at"})),
    wire=Wire(
        deliveries=wire.deliveries, snapshot=wire.snapshot, people=wire.people, api=ShopifyApi, hosts=(wire.DOMAIN,)
    ),
)  # fmt: skip
