"""What cannot be read in an order is refused with the path to it, also where nothing would be made of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.contract import Account, Ref
from chalicelib.domain.order import Order
from chalicelib.errors import Permanent
from connectors.douyin import CONNECTOR

REF = Ref(Account("demo", "douyin", "95250", {}), "delivery-1", "push")
ARRIVED = "1795190999"


def _order(second: dict[str, Any]) -> bytes:
    first = {"order_id": "11", "item_num": "1", "origin_amount": "100"}
    order = {"order_id": "1", "order_status": "3", "sku_order_list": [first, first | {"order_id": "12"} | second]}
    return json.dumps({"data": {"shop_order_detail": order}}).encode()


@pytest.mark.parametrize(
    ("second", "name"),
    [
        ({"logistics_receipt_time": "soon"}, "logistics_receipt_time"),  # the first line is under way
        ({"logistics_receipt_time": 5}, "logistics_receipt_time"),
        ({"promotion_amount": "1.5"}, "promotion_amount"),
        ({"item_num": "-1"}, "item_num"),
        (
            {"after_sale_info": {"after_sale_status": "0", "after_sale_type": "x", "refund_status": "0"}},
            "after_sale_info.after_sale_type",
        ),
    ],
)
def test_the_path_leads_to_the_line(second: dict[str, Any], name: str) -> None:
    with pytest.raises(Permanent) as refusal:
        CONNECTOR.canonical("order", _order(second), REF)
    assert refusal.value.path == f"$.data.shop_order_detail.sku_order_list[1].{name}"
    assert (refusal.value.reason, refusal.value.delivery_id, refusal.value.connector) == (
        "payload-malformed",
        "delivery-1",
        "douyin",
    )


def test_an_order_has_not_arrived_while_a_line_is_under_way() -> None:
    (order,) = CONNECTOR.canonical("order", _order({"logistics_receipt_time": ARRIVED}), REF)
    assert isinstance(order, Order)
    assert order.delivered_at is None
