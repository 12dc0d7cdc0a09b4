"""The whole way, from signed webhook to day sums: any order and number of deliveries ends in the same state."""

from __future__ import annotations

import random
from typing import Any

import pytest

from chalicelib.domain.order import Order
from tests.functional.exactness.world import DELIVERIES, Delivery, Told, deliver, read_orders, require_exact
from tests.functional.stack import Stack

ROUNDS = {"moto": 8, "dynamodb-local": 2}


def shuffled(seed: int) -> list[Delivery]:
    """All deliveries, a third of them once or twice more, in any order."""
    dice = random.Random(seed)
    some = [*DELIVERIES, *dice.choices(DELIVERIES, k=10)]
    dice.shuffle(some)
    return some


def play(engine: Any, deliveries: list[Delivery], seed: int) -> dict[str, Told]:
    """Deliver in chunks, normalise in batches of any size, project in between; check the sums, return the orders."""
    stack = Stack(engine)
    dice = random.Random(seed)
    rest = list(deliveries)
    while rest:
        count = dice.randrange(1, 12)
        deliver(stack, rest[:count])
        rest = rest[count:]
        dice.shuffle(stack.inbound.bodies)
        stack.normalise()
        if dice.random() < 0.6:
            stack.project()
        if dice.random() < 0.4:
            stack.app.reckoning.sweep("demo")
    stack.settle()
    assert not stack.app.work.quarantined("demo")
    return require_exact(stack)


def bare(told: dict[str, Told]) -> dict[str, tuple[Order, Any]]:
    """Without member ids: they are keyed by each stack's own secret."""
    return {name: (each.order, each.refunds) for name, each in told.items()}


@pytest.mark.fault(29)
def test_any_arrival_ends_in_the_same_orders_members_people_and_sums(engine: Any) -> None:
    first = bare(play(engine, list(DELIVERIES), 0))
    assert len(first) == 12
    for seed in range(1, ROUNDS[engine.name]):
        assert bare(play(engine, shuffled(seed), seed)) == first


def test_the_recorded_world_ends_as_a_person_would_say_it_does(moto_stack: Stack) -> None:
    deliver(moto_stack, DELIVERIES)
    moto_stack.settle()
    told = read_orders(moto_stack)
    one = told["E1"].order
    assert (one.status, one.refund_status, one.amounts.total, one.amounts.paid, one.amounts.refunded) == (
        "shipped", "partial", 350, 400, 60,
    )  # fmt: skip
    assert one.buyer.email == "b1@example.com"
    assert one.ship_to.address == "1 Example Road"
    assert told["E3"].order.status == "cancelled"
    assert told["E4"].member == told["E5"].member is not None
    assert not told["E8"].is_order
    assert told["1001"].order.amounts.total == 2550
    assert told["1001"].order.amounts.refunded == 500
    assert [(p.carrier, p.tracking_no) for p in told["1001"].order.shipments] == [("UPS", "1Z5")]
    assert told["1003"].order.status == "cancelled"


@pytest.mark.fault(23)
def test_a_second_round_of_every_delivery_writes_no_order(stack: Stack) -> None:
    deliver(stack, DELIVERIES)
    stack.settle()
    before = [stack.app.orders.read(told_key) for told_key in _keys()]
    deliver(stack, DELIVERIES)
    stack.settle()
    assert [stack.app.orders.read(told_key) for told_key in _keys()] == before


def _keys() -> list[Any]:
    from tests.functional.exactness.world import keys

    return keys()
