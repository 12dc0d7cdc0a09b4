"""Tax that a platform remits, and takes back with a refund: taken off net sales once, and given back with what is refunded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.facts import Image, NoGoods, order_facts, sum_orders
from chalicelib.domain.merge import Layers, merge
from chalicelib.domain.metrics import Sums
from chalicelib.domain.order import Amounts, Order, Refund
from chalicelib.domain.record import OrderKey, explode

PAID = datetime(2026, 11, 20, 4, tzinfo=UTC)
KEY = OrderKey("demo", "amazon", "acme", "1")


def _order(total: int, tax: int, refunded: int | None) -> Order:
    return Order(
        merchant="demo",
        platform="amazon",
        account="acme",
        order_id="1",
        order_no=None,
        status="paid",
        platform_status="Paid",
        refund_status="none",
        test=False,
        currency="USD",
        tax_included=False,
        amounts=Amounts(total=total, paid=total, refunded=refunded),
        placed_at=PAID,
        paid_at=PAID,
        shipped_at=None,
        delivered_at=None,
        completed_at=None,
        cancelled_at=None,
        updated_at=PAID,
        extra={"tax_platform": tax},
    )


def _refund(number: int, amount: int) -> Refund:
    at = PAID + timedelta(days=number + 1)
    return Refund(
        merchant="demo",
        platform="amazon",
        account="acme",
        refund_id=f"r{9 - number}",
        order_id="1",
        kind="refund",
        status="succeeded",
        platform_status="done",
        amount=amount,
        currency="USD",
        reason=None,
        requested_at=at,
        closed_at=at,
        updated_at=at,
    )


def days(total: int, tax: int, refunds: list[int], stated: int | None = None) -> dict[str, Sums]:
    """What each day comes to."""
    layers: Layers = explode(_order(total, tax, stated), source=1, occurred_at=None)
    for number, amount in enumerate(refunds):
        layers = merge(layers, explode(_refund(number, amount), source=1, occurred_at=None))
    cells: dict[str, list[dict[str, object]]] = {}
    for fact in order_facts(Image(KEY, 1, 0, None, layers), ZoneInfo("UTC")):
        cells.setdefault(fact.cell.day.isoformat(), []).append(dict(fact.doc))
    return {day: sum_orders(rows, NoGoods())["USD"] for day, rows in cells.items()}


def test_an_order_refunded_whole_comes_to_nothing() -> None:
    found = days(11_000, 1_000, [11_000])
    assert {day: sums.net_sales for day, sums in found.items()} == {"2026-11-20": 10_000, "2026-11-21": -10_000}
    assert found["2026-11-20"].net_restated == 0


def test_what_is_refunded_in_part_takes_its_share() -> None:
    found = days(11_000, 1_000, [5_500])
    assert found["2026-11-21"].tax_platform == -500
    assert found["2026-11-20"].net_restated == 5_000


def test_what_the_order_alone_says_was_refunded_takes_its_share_on_the_order_s_day() -> None:
    (sums,) = days(11_000, 1_000, [], stated=11_000).values()
    assert (sums.net_sales, sums.net_restated, sums.tax_platform) == (0, 0, 0)


@pytest.mark.fault(46)
@pytest.mark.fault(48)
@given(st.integers(1, 10**6), st.integers(0, 10**5), st.lists(st.integers(1, 10**6), max_size=6))
def test_shares_come_to_the_whole_tax_and_never_to_more(total: int, tax: int, refunds: list[int]) -> None:
    found = days(total, tax, refunds)
    left = sum(sums.tax_platform for sums in found.values())
    assert 0 <= left <= tax
    assert found["2026-11-20"].tax_own == left
    if sum(refunds) >= total:
        assert left == 0
    exact = tax * max(total - sum(refunds), 0)
    assert abs(left * total - exact) * 2 <= total
