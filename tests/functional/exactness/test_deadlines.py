"""Orders that the shop has to confirm in time: an alarm shortly before, and none for what was confirmed or is history."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.toolkit.clocks import rfc3339
from tests.functional.stack import Stack
from tests.kit.cases import FIXTURES

ORDER = json.loads((FIXTURES / "generic/order-minimal/body.json").read_text())


def tell(stack: Stack, minutes: float | None, at: int = 0, **changed: Any) -> None:
    """The merchant's own system tells an order that has to be confirmed so many minutes from now, or no longer."""
    updated = rfc3339(stack.clock.at + timedelta(seconds=at))
    order = ORDER | {"order_id": "order-1", "status": "paid", "platform_status": "new", "updated_at": updated} | changed
    if minutes is not None:
        order["extra"] = {"confirm_by": rfc3339(stack.clock.at + timedelta(minutes=minutes))}
    body = json.dumps({"type": "order", "timestamp": updated, "data": order}).encode()
    assert stack.push("generic", "erp", body, {"webhook-id": f"m-{at}"}) == 200
    stack.settle()


def later(stack: Stack, minutes: float) -> int:
    """So many minutes later: how many orders the alarm has counted."""
    stack.clock.at += timedelta(minutes=minutes)
    stack.app.tick.unpark()
    stack.settle()
    return stack.counters.total("confirm_due")


def test_an_order_that_nobody_confirms_is_counted_before_its_time(engine: Any) -> None:
    stack = Stack(engine)
    tell(stack, 5)
    assert later(stack, 3) == 0
    assert later(stack, 1) == 1
    assert later(stack, 5) == 1  # once


@pytest.mark.parametrize("changed", [{"platform_status": "accepted"}, {"status": "shipped"}, {"status": "cancelled"}])
def test_what_was_confirmed_or_is_over_is_not(moto_stack: Stack, changed: dict[str, Any]) -> None:
    tell(moto_stack, 5)
    tell(moto_stack, None, at=30, **changed)
    assert later(moto_stack, 4) == 0


def test_what_is_told_again_is_still_waited_for(moto_stack: Stack) -> None:
    tell(moto_stack, 5)
    tell(moto_stack, 5, at=30, platform_status="pushed again")
    assert later(moto_stack, 4) == 1


def test_history_brings_no_alarm(moto_stack: Stack) -> None:
    tell(moto_stack, -60)
    assert later(moto_stack, 1) == 0
