"""Magento: Adobe's events signed by RSA under a key that is fetched, OAuth 1.0a. Configurable products, base and order currency."""

from ops.simulator.model import Shop
from ops.simulator.platforms.magento import wire
from ops.simulator.platforms.magento.api import MagentoApi
from ops.simulator.platforms.magento.keys import private_key
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Wire, every

_NOT_TOLD = frozenset({"delivered", "completed"})  # it tells no delivery

PLATFORM = Platform(
    shop=Shop("magento", "garden", "GBP", "en", "GB", carrier="Royal Mail"),
    secrets={
        "consumer_key": Secret(public=True),
        "consumer_secret": Secret(),
        "access_token": Secret(),
        "access_token_secret": Secret(),
        "adobe_client_id": Secret(public=True),
        "private_key": Secret(make=private_key, own=True),
    },
    options={"store_url": wire.STORE},
    ids=Ids(
        order=lambda number, _draw: str(310_001 + number),
        order_no=lambda number, _order_id: f"{2_000_000_001 + number:010d}",
        buyer=every(61_001, 7),
        product=lambda number: str(2040 + number),
        line=lambda order_id, index: str(int(order_id) * 10 + index),
        parcel=lambda order_id, index: str(int(order_id) * 10 + 3 + index),
        refund=lambda order_id, index: str(int(order_id) * 10 + 7 + index),
    ),
    trade=Trade(prices=(1, 9), tax_rates=(0, 200), tax_included=False),
    lives=Lives(
        # What is invoiced cannot be cancelled, only paid back, which closes it. An order that is edited becomes another one.
        # Requests for a return are kept in a module that not every shop has.
        stories={
            "normal": 58, "unpaid": 5, "late_pay": 4, "cancelled_before": 4, "split": 7, "refund_line": 12, "refund_full": 6,
            "cod": 4,
        },
        collects=True,
    ),
    tells=Tells(email=True, phone=True, opens=frozenset({"email"}), no_status=_NOT_TOLD),
    wire=Wire(deliveries=wire.deliveries, snapshot=wire.snapshot, api=MagentoApi, hosts=(wire.HOST, wire.KEY_HOST)),
)  # fmt: skip
