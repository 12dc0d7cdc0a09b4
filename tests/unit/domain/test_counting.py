"""Which orders count."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.order import Amounts, Order, Status, counts
from connectors.registry import connector
from tests.kit.cases import load

PAID = Order(
    "demo", "alibaba1688", "acme", "1", "1", "paid", "waitsellersend", "none", False, "CNY", True, Amounts(),
    None, None, None, None, None, None, None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, True),
        ({"status": Status.UNKNOWN}, True),
        ({"extra": {"view": "seller"}}, True),
        ({"test": True}, False),
        ({"status": Status.CANCELLED}, False),
        ({"extra": {"replaces": "2"}}, False),
        ({"extra": {"view": "buyer"}}, False),
    ],
)
def test_what_counts(changed: dict[str, Any], told: bool) -> None:
    assert counts(replace(PAID, **changed), ever_paid=True) is told
    assert not counts(replace(PAID, **changed), ever_paid=False)


@pytest.mark.parametrize(("name", "told"), [("order-paid", True), ("order-purchase", False)])
def test_purchases_of_the_merchants_own_are_no_sales(name: str, told: bool) -> None:
    """As 1688's buyer view tells them."""
    case = load("alibaba1688", name)
    order = connector("alibaba1688").canonical("order", case.body, case.ref)[0]
    assert isinstance(order, Order)
    assert counts(order, ever_paid=True) is told
