"""Orders of the platforms in China: a fixture's order with its positions repeated until it is large enough.

Amounts of such an order do not add up, which costs a few microseconds to note; everything else is as the platform writes it.
"""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.contract import Account

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures"
# Platform: a fixture, where its positions stand, and which of their fields are their ids.
ORDERS: dict[str, tuple[str, tuple[str | int, ...], tuple[str, ...]]] = {
    "taobao": ("order-paid", ("trade_fullinfo_get_response", "trade", "orders", "order"), ("oid", "oid_str")),
    "jd": ("order-paid", ("jingdong_pop_order_enGet_responce", "orderDetailInfo", "orderInfo", "itemInfoList"), ("id", "skuId")),
    "pinduoduo": ("order-gift", ("order_info_get_response", "order_info", "item_list"), ("sku_id",)),
    "youzan": ("order-paid", ("data", "full_order_info", "orders"), ("oid",)),
    "alibaba1688": ("order-paid", ("result", "productItems"), ("subItemID", "subItemIDString")),
    "meituan": ("order-confirmed", ("data", "detail"), ("sku_id", "app_food_code")),
    "eleme": ("order-new", ("result", "groups", 0, "items"), ("id", "skuId")),
    "xiaohongshu": ("order-paid", ("order", "skuList"), ("skuId",)),
    "wechat": ("order-paid", ("order", "order_detail", "product_infos"), ("sku_id",)),
}


@cache
def _case(platform: str) -> tuple[dict[str, Any], dict[str, Any]]:
    folder = FIXTURES / platform / ORDERS[platform][0]
    return json.loads((folder / "body.json").read_bytes()), json.loads((folder / "case.json").read_bytes())


def account(platform: str) -> Account:
    """The fixture's account."""
    told = _case(platform)[1].get("account", {})
    return Account("demo", platform, told.get("account", "acme"), dict(told.get("options", {})))


def repeated(platform: str, times: int) -> tuple[bytes, int]:
    """The body with every position there so often, each with an id of its own, and how many positions that are more."""
    whole = copy.deepcopy(_case(platform)[0])
    _, path, ids = ORDERS[platform]
    place: Any = whole
    for step in path:
        place = place[step]
    first = copy.deepcopy(place)
    for turn in range(1, times):
        for position in first:
            place.append({name: _next(value, turn) if name in ids else value for name, value in position.items()})
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode(), len(place)


def _next(value: Any, turn: int) -> Any:
    if isinstance(value, int):
        return value + turn
    return str(int(value) + turn).zfill(len(value)) if str(value).isdigit() else f"{value}-{turn}"
