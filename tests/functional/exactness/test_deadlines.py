"""Orders that the shop has to confirm in time: an alarm shortly before, and none for what was confirmed or is history."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote_plus, unquote_plus, urlencode

import pytest

from chalicelib.toolkit.clocks import rfc3339
from ops.local import MemorySecrets
from tests.functional.stack import CONFIG, Stack
from tests.kit.cases import FIXTURES, load

ORDER = json.loads((FIXTURES / "generic/order-minimal/body.json").read_text())

SHOP = """
[[accounts]]
platform = "meituan"
account = "acme"
pull_minutes = 0
options = {app_poi_code = "test_poi_01"}
[[accounts]]
"""


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


def test_what_was_confirmed_stays_so_when_its_beginning_is_told_last(moto_stack: Stack) -> None:
    """Pushes come in any order: the one that began the waiting may arrive after the one that ended it."""
    tell(moto_stack, None, at=30, platform_status="accepted")
    tell(moto_stack, 5)
    assert later(moto_stack, 4) == 0


def meituan(engine: Any) -> Stack:
    """A shop of Meituan, ten seconds after an order was pushed to it."""
    stack = Stack(engine, CONFIG.replace("[[accounts]]", SHOP.strip(), 1))
    stack.app.parts.secrets = MemorySecrets({("meituan", "acme"): dict(load("meituan", "push-new").secrets.values)})
    told = dict(parse_qsl(load("meituan", "push-new").body.decode(), keep_blank_values=True))
    stack.clock.at = datetime.fromtimestamp(int(told["utime"]) + 10, UTC)
    return stack


def press(stack: Stack, name: str, at: int = 0) -> None:
    """Meituan pushes the fixture's order, changed so many seconds after it was new."""
    case = load("meituan", name)
    new = dict(parse_qsl(load("meituan", "push-new").body.decode(), keep_blank_values=True))
    told = {key: unquote_plus(value) for key, value in parse_qsl(case.body.decode(), keep_blank_values=True)}
    told["utime"] = str(int(new["utime"]) + at)
    body = urlencode({key: quote_plus(value) for key, value in told.items()}).encode()
    assert stack.push("meituan", "acme", body, topic=case.request.topic) == 200
    stack.settle()


def test_an_order_of_meituan_that_the_shop_leaves_is_counted(engine: Any) -> None:
    """Five minutes it has; a minute and a half before their end somebody must know."""
    stack = meituan(engine)
    press(stack, "push-new")
    assert later(stack, 3) == 0
    assert later(stack, 1) == 1
    assert later(stack, 5) == 1


@pytest.mark.parametrize("names", [("push-new", "push-confirmed"), ("push-confirmed", "push-new")])
def test_an_order_of_meituan_that_the_shop_confirmed_is_not(moto_engine: Any, names: tuple[str, str]) -> None:
    stack = meituan(moto_engine)
    for name in names:
        press(stack, name, at=60 if name == "push-confirmed" else 0)
    assert later(stack, 4) == 0
