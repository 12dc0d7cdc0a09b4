"""A connector that is made wrong by a little disagrees with the oracle: what the agreement tests would see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.order import Status
from connectors.magento import lines as magento_lines
from connectors.magento import mapping as magento
from connectors.shopee import amounts as shopee_amounts
from connectors.shopee import mapping as shopee
from connectors.woocommerce import mapping as woocommerce
from ops.simulator.oracle import Oracle
from tests.unit.simulator.harness import Bench
from tests.unit.simulator.test_agreement import said, small


def differences(platform: str) -> list[str]:
    world = small(platform)
    found = Bench(world, world.closing).pulled(platform, world.start - timedelta(days=70), world.closing)
    return said(Oracle(world, world.closing), found)


def test_a_fee_off_by_one_cent(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = woocommerce._each
    monkeypatch.setattr(woocommerce, "_each", lambda fees, money: [(fee or 0) + 1 for fee in honest(fees, money)])

    found = differences("woocommerce")

    assert found and all("amounts.other" in each for each in found)


def test_a_voucher_of_the_platform_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = shopee_amounts._Income.sum

    def forgetful(self: Any, *names: str) -> int | None:
        return honest(self, *(name for name in names if name != "voucher_from_shopee"))

    monkeypatch.setattr(shopee_amounts._Income, "sum", forgetful)

    assert any("amounts.discount_platform" in each for each in differences("shopee"))


def test_one_parcel_of_two_taken_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = shopee._life

    def hasty(order: Any) -> Status:
        return Status.SHIPPED if honest(order) is Status.PARTIALLY_SHIPPED else honest(order)

    monkeypatch.setattr(shopee, "_life", hasty)

    assert any("partially_shipped" in each for each in differences("shopee"))


def test_what_a_product_is_made_of_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(magento, "rows", lambda items: [magento_lines.Row(item, []) for item in items])

    assert any("units" in each for each in differences("magento"))
