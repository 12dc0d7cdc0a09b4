"""`huitou shipping what-if` over the core: by account, category and tier, and what it does not know."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from chalicelib.domain.freight import ANY, FreightRow
from chalicelib.domain.products import ProductInfo
from chalicelib.sheet_kinds import FREIGHT, PRODUCTS
from ops.cli import app, shipping
from tests.functional.exactness.shoppers import bought, shop_of
from tests.functional.exactness.world import Delivery, deliver
from tests.functional.stack import Stack

DAY = date(2026, 11, 10)
COSTS = """
[costs]
top_up_permille = 200
[[costs.accounts]]
platform = "generic"
commission_permille = 100
payment_permille = 0
free_shipping = [9900]
[[members.tiers]]
name = "gold"
money = 20000
[[members.tiers]]
name = "jade"
money = 100000
[[members.tiers]]
name = "pearl"
money = 900000
"""


def order(number: int, goods: int, shipping_: int) -> Delivery:
    """An order of one product, delivered by SF."""
    at = f"{DAY - timedelta(days=number % 7)}T04:00:00Z"
    told = {
        "order_id": f"S{number}",
        "status": "shipped",
        "currency": "CNY",
        "tax_included": True,
        "amounts": {
            "items": goods,
            "discount_seller": 0,
            "discount_platform": 0,
            "shipping": shipping_,
            "total": goods + shipping_,
            "paid": goods + shipping_,
        },
        "placed_at": at,
        "paid_at": at,
        "updated_at": at,
        "shipped_at": at,
        "ship_to": {"country": "CN", "province": "浙江"},
        "shipments": [{"carrier": "SF", "tracking_no": f"T{number}"}],
        "lines": [
            {"line_id": "1", "product_id": "p", "sku": "tea", "title": "Tea", "quantity": 1, "unit_price": goods, "total": goods}
        ],
    }
    return Delivery("generic", "erp", None, json.dumps(told).encode())


@pytest.fixture
def shop(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """Twenty-four orders about a threshold of 99.00, and two members."""
    stack = Stack(moto_engine, shop_of("", COSTS))
    stack.app.cost_sheets.take("demo", PRODUCTS, [ProductInfo("tea", 4_000, "CNY", category=("茶",))], source="test")
    stack.app.cost_sheets.take("demo", FREIGHT, [FreightRow(ANY, ANY, ANY, 1000, 600, "CNY")], source="test")
    goods = [(9_000, 800)] * 12 + [(8_000, 800)] * 4 + [(12_000, 0)] * 8
    deliver(stack, [order(number, *each) for number, each in enumerate(goods)])
    stack.settle()
    monkeypatch.setattr(shipping, "open_application", lambda *_: stack.app)
    return stack


def run(*arguments: str) -> Result:
    """The command on November's first half."""
    span = ["--since", "2026-11-01", "--until", "2026-11-15"]
    return CliRunner().invoke(app, ["shipping", "what-if", *span, *arguments], env={"COLUMNS": "180"})


def test_by_account_it_says_what_is_given_up_and_what_would_pay(shop: Stack) -> None:
    (offer,) = json.loads(run("--json", "--threshold", "85.00").stdout)
    assert (offer["account"], offer["current"], offer["assumed"]) == ("generic/erp", [9_900], [1, 5])
    assert [(each["permille"], each["orders"], each["lack"]) for each in offer["whole"]["under"]] == [
        (100, 12, 12 * 900),
        (200, 16, 12 * 900 + 4 * 1_900),
    ]
    row = next(each for each in offer["whole"]["rows"] if each["threshold"] == 8_500)
    assert (row["orders"], row["given_up"], row["freight"], row["near"], row["lack"]) == (20, 12 * 800, 20 * 600, 4, 4 * 500)
    goods = 12 * 9_000 + 4 * 8_000 + 8 * 12_000
    share = 1 - 24 * 4_000 / goods - 0.1
    assert row["margin"] == round(share * (12 * 9_000 + 8 * 12_000)) - 20 * 600
    assert row["expected"] == round(0.2 * (share * 2_000 - 4 * 800)) - 9_600
    assert row["break_even"] is None, "who tops up would pay less shipping than the goods leave"


def test_for_people_the_assumption_is_called_one(shop: Stack) -> None:
    told = run("--by", "category").output
    assert "assumption, not on a measurement: that 20.0 %" in told
    assert "99.00 CNY (today)" in told and "12 orders from 90.00 CNY to under 99.00 CNY" in told
    assert "the share of orders that ship free today and would not" in told.replace("\n", " ")


def test_by_tier_it_reads_what_members_bought_and_says_nothing_of_shipping(shop: Stack) -> None:
    bought(shop, "ann", date(2026, 11, 3), total=95_00)
    bought(shop, "bob", date(2026, 11, 3), date(2026, 11, 5), total=150_00)
    rows = json.loads(run("--by", "tier", "--json", "--threshold", "200").stdout)
    assert [(each["tier"], each["purchases"]) for each in rows] == [("gold", 2), ("none", 1)]
    none = rows[1]
    assert [(each["threshold"], each["permille"], each["orders"]) for each in none["under"]][:2] == [
        (9_900, 100, 1),
        (9_900, 200, 1),
    ]
    assert set(none["rows"][0]) == {"threshold", "orders", "share", "unsure", "near", "lack"}
    gold = {row["threshold"]: (row["orders"], row["near"]) for row in rows[0]["rows"]}
    assert gold == {9_900: (2, 0), 20_000: (0, 0)}
    assert "stands for an order" in run("--by", "tier").output


@pytest.mark.parametrize("told", ["no", "-5", "0.001", "NaN"])
def test_a_threshold_is_an_amount(told: str) -> None:
    with pytest.raises(typer.BadParameter):
        shipping._minor([told], "CNY")


def test_where_nothing_can_be_said_it_says_so(shop: Stack) -> None:
    result = CliRunner().invoke(app, ["shipping", "what-if", "--since", "2025-01-01", "--until", "2025-01-31"])
    assert result.exit_code == 0 and "no account has enough orders" in result.output
