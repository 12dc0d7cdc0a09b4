"""eBay: thin notifications signed with eBay's own key, which is fetched; returns apart from orders; tax that eBay collects."""

from ops.simulator.model import Shop
from ops.simulator.platforms.ebay import wire
from ops.simulator.platforms.ebay.api import EbayApi
from ops.simulator.platforms.ebay.keys import private_key
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Voices, Wire, digits_of

PLATFORM = Platform(
    shop=Shop("ebay", "acme-outlet", "USD", "en", "US", carrier="USPS"),
    secrets={
        "client_id": Secret(public=True, make=lambda digits: f"Huitou-simulated-PRD-{digits[:12]}"),
        "client_secret": Secret(make=lambda digits: f"PRD-{digits}"),
        "refresh_token": Secret(make=lambda digits: f"v^1.1#{digits}"),
        "private_key": Secret(make=private_key, own=True),
    },
    options={"username": wire.SELLER, "user_id": wire.SELLER_ID},
    ids=Ids(
        order=lambda number, draw: f"{10 + number % 90}-{20000 + number:05d}-{draw.randint(0, 99999):05d}",
        buyer=lambda number, _draw: f"u2_{7_000_003 + number * 41:x}",
        product=lambda number: str(110_000_000_000 + number * 7),
        line=lambda order_id, index: f"{digits_of(order_id)}{index:07d}",
        parcel=lambda order_id, index: f"94{digits_of(order_id):012d}{index:02d}",
        refund=lambda order_id, index: f"5{digits_of(order_id):012d}{index:02d}",
    ),
    trade=Trade(prices=(1, 6), tax_rates=(0, 60, 83), tax_included=False, tax_by_platform=True),
    lives=Lives(
        # Carts that were never paid for are not shown: no unpaid orders, and none cancelled before. No test orders outside the
        # sandbox; exchanges are new orders.
        stories={
            "normal": 58, "cancelled_after": 5, "split": 6, "refund_line": 12, "refund_full": 6, "refund_open": 4,
            "refund_rejected": 3,
        },
        asks_first=True,
        bare=frozenset({"refund_full", "cancelled_after"}),
    ),
    tells=Tells(phone=True, no_status=frozenset({"delivered", "completed"})),  # it tells no delivery
    wire=Wire(deliveries=wire.deliveries, snapshot=wire.snapshot, api=EbayApi, hosts=("api.ebay.com",)),
    voices=Voices(edits=True, deletes=True),
)  # fmt: skip
