"""The report's sections on trade over the core: what is in the table and in the sheets, and nothing of what nobody gave."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.days import Days
from chalicelib.domain.freight import ANY, FreightRow
from chalicelib.domain.periods import period_of
from chalicelib.domain.products import ProductInfo
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.stock import StockRow
from chalicelib.reporting_trade import ReportingTrade
from chalicelib.sheet_kinds import FREIGHT, PRODUCTS, STOCK
from tests.functional.exactness.lapsed import order_of
from tests.functional.exactness.test_campaign_report import bought_again, campaign_run
from tests.functional.exactness.world import Delivery, deliver
from tests.functional.stack import Stack

DAY = date(2026, 11, 18)
MASTER = (
    ProductInfo("tea", 3_000, "CNY", category=("茶",), structure="hero", fast=True, lead_days=2, weight_grams=400),
    ProductInfo("pot", 9_000, "CNY", structure="core", weight_grams=900),
)


def order(number: int, day: date, sku: str, price: int) -> Delivery:
    """An order by a creator, sent the same day and delivered two days later."""
    at = f"{day}T04:00:00Z"
    told = {
        "order_id": f"T{number}",
        "status": "delivered",
        "currency": "CNY",
        "tax_included": True,
        "amounts": {"items": price, "discount_seller": 0, "discount_platform": 0, "shipping": 800, "total": price + 800},
        "placed_at": at,
        "paid_at": at,
        "updated_at": f"{day + timedelta(days=2)}T03:00:00Z",
        "ship_to": {"country": "CN", "province": "浙江省"},
        "shipments": [
            {
                "carrier": "SF",
                "tracking_no": f"N{number}",
                "shipped_at": f"{day}T06:00:00Z",
                "delivered_at": f"{day + timedelta(days=2)}T03:00:00Z",
            }
        ],
        "lines": [{"line_id": "1", "product_id": f"p-{sku}", "sku": sku, "title": sku, "quantity": 1, "total": price}],
        "attribution": {"source": "live", "creator": "kol"},
    }
    return Delivery("generic", "erp", None, json.dumps(told).encode())


@pytest.fixture
def shop(moto_stack: Stack) -> Stack:
    """Twenty-two orders on a day, and two of tea on each of the four before it."""
    orders = [order(number, DAY, "tea", 10_000) for number in range(11)] + [
        order(20 + number, DAY, "pot", 20_000) for number in range(11)
    ]
    orders += [order(40 + 2 * back + twice, DAY - timedelta(days=back), "tea", 10_000) for back in range(1, 5) for twice in (0, 1)]
    deliver(moto_stack, orders)
    moto_stack.settle()
    return moto_stack


def test_without_sheets_only_what_orders_tell_is_there(shop: Stack) -> None:
    found = shop.app.reporting.report(period_of("day", DAY))
    assert (found.structure, found.stock, found.funnels) == (None, None, ())
    (carrier,) = found.carriers
    assert (carrier.carrier, carrier.parcels, carrier.taken, carrier.cost.known) == ("SF", 22, Ratio(44, 22), False)
    assert found.creators is not None
    assert [(line.kind, line.name, line.orders) for line in found.creators.lines] == [
        ("creator", "kol", 22),
        ("source", "live", 22),
    ]
    (offer,) = found.shipping
    assert (offer.whole.orders, offer.margin.known, offer.freight.known) == (22, False, False)


def test_with_them_all_of_it_is(shop: Stack) -> None:
    sheets = shop.app.cost_sheets
    sheets.take("demo", PRODUCTS, MASTER, source="test")
    sheets.take("demo", FREIGHT, [FreightRow(ANY, "CN", ANY, 500, 600, "CNY", 500, 200, 1)], source="test")
    sheets.take("demo", STOCK, [StockRow(DAY, "tea", 12), StockRow(DAY, "pot", 4)], source="test")
    shop.clock.at += timedelta(minutes=2)  # the product master that cells are summed with is a minute old at most
    found = shop.app.reporting.report(period_of("day", DAY))
    assert found.structure is not None
    assert {group.name: group.amount for group in found.structure.classes} == {
        "hero": 110_000,
        "core": 220_000,
        "long-tail": 0,
        "new": 0,
    }
    assert found.stock is not None
    tea = next(line for line in found.stock.lines if line.sku == "tea")
    assert (found.stock.days, tea.sold, tea.state, tea.cover) == (5, 11 + 8, "below", Ratio(12 * 5, 19))
    assert tea.order == -(-19 * (7 + 2) // 5) - 12
    (carrier,) = found.carriers
    assert (carrier.cost, carrier.promised, carrier.late) == (Ratio(11 * 600 + 11 * 800, 22), (1, 1), Ratio(22, 22))
    assert {each.category: each.orders for each in found.shipping[0].categories} == {"茶": 11, "": 11}


def test_days_beside_the_period_are_read_only_where_stock_is_counted(shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    trade = shop.app.reporting._trade
    assert isinstance(trade, ReportingTrade)
    read: list[date] = []
    true = Days.day

    def noted(self: Days, merchant: str, day: date) -> Any:
        read.append(day)
        return true(self, merchant, day)

    on = shop.app.reporting.material(period_of("day", DAY))
    known = [DAY - timedelta(days=back) for back in range(5)]
    monkeypatch.setattr(Days, "day", noted)
    assert trade.of(on.config, on.period, on.kept, known, shop.app.costing.book()).stock is None
    assert read == []
    shop.app.cost_sheets.take("demo", STOCK, [StockRow(DAY, "tea", 12)], source="test")
    assert trade.of(on.config, on.period, on.kept, known, shop.app.costing.book()).stock is not None
    assert sorted(read) == sorted(known[1:])


def test_a_day_counts_draws_and_a_week_follows_the_people(moto_stack: Stack) -> None:
    campaign_run(moto_stack)
    moto_stack.clock.at += timedelta(hours=2)
    deliver(moto_stack, [bought_again(1), order_of(2, "2026-11-20T05:00:00Z", number=1)])
    moto_stack.settle()
    today = date(2026, 11, 20)
    (day,) = moto_stack.app.reporting.report(period_of("day", today)).funnels
    assert (day.campaign, day.drawn, day.held, day.sent, day.followed, day.bought) == ("back30", 4, 0, 4, False, None)
    (week,) = moto_stack.app.reporting.report(period_of("week", today)).funnels
    assert (week.drawn, week.sent, week.followed, week.clicked, week.bought, week.bought_alone) == (4, 4, True, 0, 2, 0)
    assert week.open_until is not None
