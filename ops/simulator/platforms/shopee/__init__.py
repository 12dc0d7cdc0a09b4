"""Shopee: thin pushes signed with their address. Money that only an escrow splits, dong, cash at the door."""

from random import Random

from ops.simulator.model import Shop
from ops.simulator.platforms.shopee import wire
from ops.simulator.platforms.shopee.api import ShopeeApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Voices, Wire, decimal, digits_of, every

_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ"
_SPLIT = ("discount_seller", "discount_platform", "shipping", "other", "total")


def _serial(number: int, draw: Random) -> str:
    return f"2609{number:04d}{''.join(draw.choices(_LETTERS, k=6))}"


PLATFORM = Platform(
    shop=Shop("shopee", "336094210", "VND", "en", "VN", carrier="SPX Express"),
    secrets={
        "push_key": Secret(make=lambda digits: digits * 2),
        "partner_id": Secret(make=lambda digits: decimal(digits)[:7], public=True),
        "partner_key": Secret(make=lambda digits: digits * 2),
        "refresh_token": Secret(),
    },
    options={"shop_id": "336094210", "region": "VN"},
    ids=Ids(
        order=_serial,
        buyer=every(880000001, 41),
        product=lambda number: str(23620853500 + number),
        parcel=lambda order_id, index: f"OFG{digits_of(order_id)}{index}",
        refund=lambda order_id, index: f"{digits_of(order_id)}{7 + index:03d}",
    ),
    trade=Trade(prices=(35, 1), shipping=(15000, 22000, 30000), coupons=True),
    lives=Lives(
        # No amendment: what was ordered stays. No exchange: it is a return and a new order.
        stories={
            "normal": 52, "unpaid": 5, "late_pay": 4, "cancelled_before": 4, "cancelled_after": 4, "split": 6, "refund_line": 12,
            "refund_full": 4, "refund_open": 3, "refund_rejected": 3, "cod": 8,
        },
        silent_cancel=True,
        collects=True,
        asks_first=True,
    ),
    tells=Tells(
        untold=frozenset({"amounts.tax"}),  # within the prices
        once_paid=frozenset(f"amounts.{name}" for name in _SPLIT),  # there is no escrow before
    ),
    wire=Wire(deliveries=wire.deliveries, snapshot=wire.snapshot, api=ShopeeApi, hosts=("partner.shopeemobile.com",)),
    voices=Voices(edits=True, deletes=True),
)  # fmt: skip
