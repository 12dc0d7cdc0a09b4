"""Normalising one order: raw bytes to the canonical object, against json.loads of the same bytes, and against pydantic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

from benchmarks.harness import Budget, Line, Options, at_least, at_most, duel
from benchmarks.payloads import MAKERS, SIZES, Body, body
from benchmarks.pydantic_shapes import OrderBody
from benchmarks.repeated import ORDERS
from benchmarks.shopify_bodies import dump, travelled
from chalicelib.contract import Connector
from chalicelib.domain.order import Order
from connectors import registry
from connectors.shopify import mapping as shopify_mapping


def measure_mapping(_: Options) -> Iterator[Line]:
    """Every platform, every size; and a large body of few lines beside those of many."""
    for given in (*_bodies(), _large()):
        one = registry.connector(given.platform)
        check(one, given)
        took = duel(partial(mapped, one, given), partial(json.loads, given.data))
        yield Line(
            f"{given.platform}, {len(given.data) / 1000:.1f} KB, {given.lines} lines",
            took.ratio,
            " x",
            _budget(len(given.data)),
            f"{took.first_seconds * 1e6:.0f} us against {took.second_seconds * 1e6:.0f} us",
        )


def _bodies() -> list[Body]:
    """Each platform's, each size once: a platform that cannot write as small an order as that begins with its own smallest."""
    made = {
        (given.platform, len(given.data)): given
        for key in sorted({*MAKERS, *ORDERS})
        for size in SIZES
        for given in [body(key, size)]
    }
    return list(made.values())


def measure_pydantic(_: Options) -> Iterator[Line]:
    """Shopify: the same mapping functions over pydantic models of the same fields."""
    one = registry.connector("shopify")
    for given in (*(body("shopify", size) for size in SIZES), _large()):
        if behind_pydantic(given) != mapped(one, given):
            raise RuntimeError("the two ways do not come to the same order")
        took = duel(partial(behind_pydantic, given), partial(mapped, one, given))
        yield Line(
            f"shopify, {len(given.data) / 1000:.1f} KB, {given.lines} lines",
            took.ratio,
            " x",
            at_least(1.5),
            "times as fast as behind pydantic",
        )


def _large() -> Body:
    """A large body of three lines."""
    return Body("shopify", dump(travelled()), 3)


def _budget(size: int) -> Budget:
    """What is allowed at a size in bytes."""
    return at_most(0.5 if size >= 10_000 else 1.5 if size >= 3_000 else 4)


def mapped(one: Connector, given: Body) -> object:
    """The canonical objects of a body."""
    return one.canonical("order", given.data, given.ref)


def behind_pydantic(given: Body) -> object:
    """The same of a Shopify body, decoded by pydantic."""
    model = OrderBody.model_validate_json(given.data)
    return shopify_mapping.order_and_refunds(cast(Any, model), given.ref)


def check(one: Connector, given: Body) -> None:
    """A body that maps to an order with all its lines and a known status is one that a shop could have sent."""
    order = one.canonical("order", given.data, given.ref)[0]
    if not isinstance(order, Order) or order.status == "unknown" or not _whole(order, given):
        raise RuntimeError(f"{given.platform}: the invented body does not map cleanly")


def _whole(order: Order, given: Body) -> bool:
    """Every position is there; where none was repeated, no other is, and the amounts add up."""
    if given.platform in ORDERS:
        return len(order.lines) >= given.lines
    return len(order.lines) == given.lines and "amounts_gap" not in order.extra
