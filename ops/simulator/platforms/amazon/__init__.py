"""Amazon: thin records in a queue, never a webhook. Nobody knows who bought, refunds are transactions, calls are rationed."""

from datetime import timedelta

from ops.simulator.model import Shop
from ops.simulator.platforms.amazon import wire
from ops.simulator.platforms.amazon.api import AmazonApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Wire, digits_of

PLATFORM = Platform(
    shop=Shop("amazon", "acme-brand", "USD", "en", "US", carrier="UPS"),
    secrets={
        "client_id": Secret(public=True, make=lambda digits: f"amzn1.application-oa2-client.{digits}"),
        "client_secret": Secret(make=lambda digits: f"amzn1.oa2-cs.v1.{digits}"),
        "refresh_token": Secret(make=lambda digits: f"Atzr|{digits}"),
    },
    options={"seller_id": wire.SELLER, "marketplace_ids": wire.MARKET, "region": "na", "application_id": wire.APPLICATION},
    ids=Ids(
        order=lambda number, draw: f"114-{2_000_000 + number:07d}-{draw.randint(0, 9_999_999):07d}",
        buyer=lambda number, _draw: f"nobody-{number}",  # Amazon tells none
        product=lambda number: f"B0SIM{number:05d}",
        line=lambda order_id, index: f"{digits_of(order_id) % 10**13}{index:02d}",
        parcel=lambda order_id, index: f"{digits_of(order_id)}{index + 1}",
        refund=lambda order_id, index: f"amzn1:crow:{digits_of(order_id):x}:{index}",
    ),
    trade=Trade(
        prices=(1, 6), tips=(0, 0, 0, 0, 0, 0, 0, 0, 300), tax_rates=(0, 60, 83), tax_included=False, tax_by_platform=True
    ),
    lives=Lives(
        # The buyer is charged when it ships: what is cancelled before is never refunded. An exchange is an order of its own.
        stories={
            "normal": 58, "unpaid": 5, "late_pay": 4, "cancelled_before": 4, "cancelled_after": 4, "split": 6, "refund_line": 12,
            "refund_full": 6,
        },
        silent_cancel=True,
        bare=frozenset({"refund_full"}),
    ),
    tells=Tells(
        buyer=False,
        untold=frozenset({"paid_at"}),
        # A pending order carries no money at all, and of a cancelled one it is not told whether there was any.
        once_paid=frozenset({f"amounts.{name}" for name in ("items", "discount_seller", "shipping", "tax", "other", "total")}),
        zeroes=frozenset({"amounts.refunded"}),  # a list of orders does not say that nothing went back
        unclear={"cancelled": frozenset({"amounts.paid", "amounts.refunded"})},
        no_status=frozenset({"completed"}),
    ),
    wire=Wire(
        deliveries=wire.deliveries,
        snapshot=wire.snapshot,
        signed=False,
        feed=True,
        api=AmazonApi,
        hosts=("sellingpartnerapi-na.amazon.com", "api.amazon.com"),
        lag=timedelta(minutes=3),
    ),
)  # fmt: skip
