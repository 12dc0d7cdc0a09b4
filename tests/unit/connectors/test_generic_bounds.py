"""Amounts and quantities of the canonical JSON stay within reason, and a refusal names the field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.contract import Account, Ref
from chalicelib.domain.order import Order, Refund
from chalicelib.errors import Permanent
from connectors.generic import CONNECTOR

REF = Ref(Account("demo", "generic", "erp", {}), "delivery-1", "push")


def _order(line: dict[str, Any], **fields: Any) -> bytes:
    lines = [{"line_id": "1", "quantity": 1}, {"line_id": "2", "quantity": 1} | line]
    return json.dumps({"order_id": "A-1", "status": "paid", "currency": "CNY", "lines": lines} | fields).encode()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (_order({"quantity": -1}), "$.lines[1].quantity"),
        (_order({"quantity": 10**9}), "$.lines[1].quantity"),
        (_order({"unit_price": 10**17}), "$.lines[1].unit_price"),
        (_order({"discount": -(10**17)}), "$.lines[1].discount"),
        (_order({"total": 10**30}), "$.lines[1].total"),
        (_order({"quantity": 2, "unit_price": 10**17 - 1, "discount": 0}), "$.lines[1]"),
        (_order({}, amounts={"paid": 10**17}), "$.amounts.paid"),
    ],
)
def test_an_order_out_of_range_is_refused(body: bytes, path: str) -> None:
    with pytest.raises(Permanent) as refusal:
        CONNECTOR.canonical("order", body, REF)
    assert (refusal.value.reason, refusal.value.path, refusal.value.delivery_id) == ("payload-malformed", path, "delivery-1")
    assert refusal.value.connector == "generic"


@pytest.mark.parametrize(("name", "value"), [("amount", 10**17), ("quantity", -1), ("quantity", 10**9)])
def test_a_refund_line_out_of_range_is_refused(name: str, value: int) -> None:
    line = {"line_id": "1", name: value}
    body = json.dumps({"refund_id": "R-1", "order_id": "A-1", "status": "requested", "lines": [line]}).encode()
    with pytest.raises(Permanent) as refusal:
        CONNECTOR.canonical("refund", body, REF)
    assert (refusal.value.path, refusal.value.delivery_id) == (f"$.lines[0].{name}", "delivery-1")


def test_what_is_just_within_is_kept() -> None:
    (order,) = CONNECTOR.canonical("order", _order({"quantity": 10**9 - 1}, amounts={"paid": 10**17 - 1}), REF)
    assert isinstance(order, Order)
    assert (order.lines[1].quantity, order.amounts.paid) == (10**9 - 1, 10**17 - 1)
    body = json.dumps(
        {"refund_id": "R-1", "order_id": "A-1", "status": "requested", "currency": "CNY", "amount": 1 - 10**17}
    ).encode()
    (refund,) = CONNECTOR.canonical("refund", body, REF)
    assert isinstance(refund, Refund)
    assert refund.amount == 1 - 10**17
