"""WeChat Store: encrypted thin pushes without an id, ids alone in lists, after-sales by position, one token for all who ask."""

from ops.simulator.model import Shop
from ops.simulator.platforms.wechat import wire
from ops.simulator.platforms.wechat.api import WeChatApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Wire, digits_of, in_steps, shifted


def _acknowledged(status: int, body: bytes) -> bool:
    return status == 200 and body == b"success"


PLATFORM = Platform(
    shop=Shop("wechat", "xiaodian", "CNY", "zh", "CN", carrier="顺丰速运"),
    secrets={
        "token": Secret(),
        "aes_key": Secret(make=lambda digits: (digits + digits)[:43]),  # 43 letters of base64
        "receive_id": Secret(make=lambda digits: f"wx{digits[:16]}", public=True),
        "app_id": Secret(make=lambda digits: f"wx{digits[:16]}", public=True, like="receive_id"),
        "app_secret": Secret(),
    },
    options={
        "original_id": wire.ORIGINAL_ID,
        "template.winback": wire.TEMPLATE,
        "values.winback": "thing1=shop_name,character_string2=offer",
    },
    ids=Ids(
        order=in_steps(3705115058471208928),
        buyer=lambda number, draw: f"oSim{number:06d}{draw.getrandbits(64):018x}"[:28],
        product=lambda number: str(10_000_190_000_000 + number),
        line=lambda order_id, index: str(digits_of(order_id) + 5_000_000_000_000_000_000 + index),
        parcel=shifted(5_100_000_000_000_000_000),
        refund=shifted(-3_705_113_058_471_208_000),
    ),
    trade=Trade(coupons=True),
    lives=Lives(
        # No full refund of what was sent: the order then becomes "cancelled, all paid back", which undoes the sale.
        stories={
            "normal": 58, "unpaid": 5, "late_pay": 4, "cancelled_before": 4, "cancelled_after": 5, "split": 6, "refund_line": 12,
            "refund_open": 3, "refund_rejected": 3, "exchange": 2, "amended": 3,
        },
        asks_first=True,
        refunds_by_line=True,
        amends="freight",
        bare=frozenset({"cancelled_after"}),  # freight goes back with no position
    ),
    tells=Tells(unionid=True, permits=True, no_status=frozenset({"delivered"})),
    wire=Wire(
        deliveries=wire.deliveries,
        snapshot=wire.snapshot,
        people=wire.people,
        acknowledged=_acknowledged,
        api=WeChatApi,
        hosts=("api.weixin.qq.com",),
    ),
    quiet=0.02,
)  # fmt: skip
