"""Normalising one order: raw bytes to the canonical object, against json.loads of the same bytes, and against pydantic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from benchmarks.harness import Budget, Line, Options, at_least, at_most, duel
from benchmarks.payloads import MAKERS, SIZES, Body, body
from benchmarks.pydantic_shapes import OrderBody
from chalicelib.contract import Connector
from chalicelib.domain.order import Order
from connectors import registry
from connectors.shopify import mapping as shopify_mapping


def measure_mapping(_: Options) -> Iterator[Line]:
    """Every platform, every size."""
    for platform in sorted(MAKERS):
        for size in SIZES:
            given = body(platform, size)
            one = registry.connector(platform)
            _check(one, given)
            took = duel(lambda one=one, given=given: _map(one, given), lambda given=given: json.loads(given.data))  # type: ignore[misc]
            yield Line(
                f"{platform}, {len(given.data) / 1000:.1f} KB, {given.lines} lines",
                took.ratio,
                " x",
                _budget(len(given.data)),
                f"{took.first_seconds * 1e6:.0f} us against {took.second_seconds * 1e6:.0f} us",
            )


def measure_pydantic(_: Options) -> Iterator[Line]:
    """Shopify: the same mapping functions over pydantic models of the same fields."""
    one = registry.connector("shopify")
    for size in SIZES:
        given = body("shopify", size)
        if _behind_pydantic(given) != _map(one, given):
            raise RuntimeError("the two ways do not come to the same order")
        took = duel(lambda given=given: _behind_pydantic(given), lambda given=given: _map(one, given))  # type: ignore[misc]
        yield Line(f"shopify, {len(given.data) / 1000:.1f} KB", took.ratio, " x", at_least(1.5), "times as fast as behind pydantic")


def _budget(size: int) -> Budget:
    """What is allowed at a size in bytes."""
    return at_most(0.5 if size >= 10_000 else 1.5 if size >= 3_000 else 4)


def _map(one: Connector, given: Body) -> object:
    return one.canonical("order", given.data, given.ref)


def _behind_pydantic(given: Body) -> object:
    model = OrderBody.model_validate_json(given.data)
    return shopify_mapping.order_and_refunds(cast(Any, model), given.ref)


def _check(one: Connector, given: Body) -> None:
    """A body that maps to an order with all its lines and a known status is one that a shop could have sent."""
    order = one.canonical("order", given.data, given.ref)[0]
    if not isinstance(order, Order) or len(order.lines) != given.lines or order.status == "unknown" or "amounts_gap" in order.extra:
        raise RuntimeError(f"{given.platform}: the invented body does not map cleanly")
