"""A masked value is a state: nobody is written to or known by it, or counted because of it; it takes no good value's place."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain import identity, record
from chalicelib.domain.identity import email_identity, is_masked, phone_identity
from chalicelib.domain.order import Order
from chalicelib.domain.record import OrderKey
from chalicelib.errors import HuitouError
from connectors import registry
from ops.local import moto
from tests.functional.exactness.world import Delivery, deliver, erp
from tests.functional.stack import Stack
from tests.kit.cases import cases
from tests.kit.faults import Told

GOOD: dict[str, Any] = {"name": "Ann Example", "email": "ann@example.com", "phone": "+8613800001234", "nickname": "annie"}
MASKED: dict[str, Any] = {"name": "安**", "email": "a**@example.com", "phone": "+86138****1234", "nickname": "a＊＊e"}
HOUSE = {"name": "Ann Example", "country": "CN", "city": "Hangzhou", "address": "1 Example Road"}
HIDDEN = {"name": "安**", "country": "CN", "city": "Hangzhou", "address": "1 ****"}


def telling(order_id: str, hours: int, buyer: dict[str, Any], to: dict[str, Any]) -> Delivery:
    """A paid order with these people in it."""
    plain = erp(order_id, hours, "paid", 300, paid_at="2026-11-02T04:00:00Z")
    return replace(plain, body=json.dumps(json.loads(plain.body) | {"buyer": buyer, "ship_to": to}).encode())


def tellings() -> list[Delivery]:
    """An order three times: whole, masked and said to be, masked without a word."""
    said = {"country": "CN", "masked": ["name", "address"]}
    return [
        telling("E1", 1, {"id": "b1", **GOOD}, HOUSE),
        telling("E1", 2, {"id": "b1", "masked": sorted(MASKED)}, said),
        telling("E1", 3, {"id": "b1", **MASKED}, HIDDEN),
    ]


def harm(engine: Any) -> list[str]:
    """What a masked value did that it must not: over every order of arrival, and to who is known by nothing else."""
    found = []
    for number, order in enumerate(itertools.permutations(tellings())):
        stack = Stack(engine)
        deliver(stack, order)
        if number == 0:  # two buyers whose masks look alike, and who are two
            deliver(stack, [telling(f"M{buyer}", 1, {"id": buyer, **MASKED}, HIDDEN) for buyer in ("x", "y")])
        stack.settle()
        opened = stack.app.lookups.revealing.order(OrderKey("demo", "generic", "erp", "E1"))
        assert opened is not None
        kept = {name: getattr(opened.order.buyer, name) for name in GOOD}
        if kept != GOOD or opened.order.ship_to.address != HOUSE["address"]:
            found.append("over a real one")
        if number == 0:
            found += _alike(stack)
    return found


def _alike(stack: Stack) -> list[str]:
    found, people = [], []
    for buyer in ("x", "y"):
        key = OrderKey("demo", "generic", "erp", f"M{buyer}")
        stored = stack.app.orders.read(key)
        assert stored.member is not None
        if stored.identities:
            found.append("hashed")
        opened = stack.app.lookups.revealing.order(key)
        assert opened is not None
        if opened.order.buyer.email or opened.order.ship_to.name:
            found.append("kept as an address")
        member = stack.app.people.member("demo", stored.member)
        people.append(member.buyers)
        if stack.app.outreach.reach.person(stack.config, member, ["email", "sms"]).addresses:
            found.append("mailed")
    if people[0] == people[1]:
        found.append("counted as one person")
    return found


@pytest.mark.fault(66)
def test_66_a_masked_value_is_no_value(fault: Told) -> None:
    with moto(wire=False) as engine:
        assert harm(engine) == []
    fault.figure("0 of 6 orders of arrival, 0 of 2 buyers known by masks alone")


@pytest.mark.fault(66, saboteur=True)
def test_66_taken_for_a_value_it_does_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (identity, record):
        monkeypatch.setattr(module, "is_masked", lambda _value: False)
    with moto(wire=False) as engine:
        assert {"over a real one", "hashed", "mailed"} <= set(harm(engine))


@pytest.mark.fault(66)
def test_66_no_connector_hands_a_masked_value_on(fault: Told) -> None:
    """Every recorded order of every platform, as the connector maps it and as the core keeps it."""
    count = 0
    for platform in registry.KEYS:
        connector = registry.connector(platform)
        for case in cases(platform):
            if case.kind != "order":
                continue
            try:
                told = connector.canonical("order", case.body, case.ref)
            except HuitouError:
                continue  # refused altogether
            for thing in told:
                if isinstance(thing, Order):
                    count += 1
                    people = [getattr(who, name, None) for who in (thing.buyer, thing.ship_to) for name in GOOD]
                    assert not any(is_masked(value) for value in people if value), (platform, case.name)
    assert count > 100
    fault.figure(f"0 in {count} recorded orders")


def test_what_is_masked_is_nobodys_identity() -> None:
    assert phone_identity(MASKED["phone"]) is None and phone_identity(GOOD["phone"]) == GOOD["phone"]
    assert email_identity(MASKED["email"]) is None and email_identity(GOOD["email"]) == GOOD["email"]
