"""Canonical JSON: one spelling, and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from chalicelib.domain.order import AMOUNT_NAMES, Amounts, Buyer, Line, Order, Refund, RefundLine, Shipment, Status
from chalicelib.errors import Permanent
from chalicelib.toolkit.canonical_json import order_from_json, refund_from_json, to_json

EAST = timezone(timedelta(hours=8))
ORDER = Order(
    merchant="demo",
    platform="generic",
    account="acme",
    order_id="90071992547409931234",
    order_no=None,
    status=Status.PAID,
    platform_status=None,
    refund_status="none",
    test=False,
    currency="CNY",
    tax_included=True,
    amounts=Amounts(items=100, total=100),
    placed_at=datetime(2026, 11, 21, 0, 0, 0, 250_000, EAST),
    paid_at=datetime(2026, 11, 20, 16, tzinfo=UTC),
    shipped_at=None,
    delivered_at=None,
    completed_at=None,
    cancelled_at=None,
    updated_at=None,
    buyer=Buyer(nickname="茶客", masked=("phone",)),
    lines=(Line("1", None, None, "TEA", None, 1, 100, 0, 100),),
    shipments=(Shipment("SF", "1"),),
    extra={"origin": {"platform": "taobao", "order_id": "1"}},
)
REFUND = Refund("demo", "generic", "acme", "r", "o", "refund", "succeeded", None, 5, "CNY", None, (RefundLine("1", 1, 5),))


def test_times_are_utc_with_milliseconds_only_where_there_are_any() -> None:
    plain = json.loads(to_json(ORDER))
    assert (plain["placed_at"], plain["paid_at"]) == ("2026-11-20T16:00:00.250Z", "2026-11-20T16:00:00Z")


def test_keys_stand_in_the_order_of_the_model_and_none_is_null() -> None:
    plain = json.loads(to_json(ORDER))
    assert list(plain) == list(Order.__struct_fields__)
    assert list(plain["amounts"]) == list(AMOUNT_NAMES)
    assert plain["amounts"]["paid"] is None and plain["status"] == "paid"


def test_there_and_back() -> None:
    assert to_json(order_from_json(to_json(ORDER), connector="x")) == to_json(ORDER)
    assert refund_from_json(to_json(REFUND), connector="x") == REFUND


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"placed_at": "2026-11-20T16:00:00"}, "$.placed_at"),
        ({"shipments": [{"carrier": None, "tracking_no": None, "shipped_at": "2026-11-20T16:00:00"}]}, "$.shipments[0].shipped_at"),
        ({"amounts": {"total": 1.0}}, "$.amounts.total"),
        ({"order_id": 5}, "$.order_id"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_path(change: dict[str, Any], path: str) -> None:
    body = json.dumps({**json.loads(to_json(ORDER)), **change}).encode()
    with pytest.raises(Permanent) as caught:
        order_from_json(body, connector="x", delivery_id="d")
    assert (caught.value.path, caught.value.connector, caught.value.delivery_id) == (path, "x", "d")
