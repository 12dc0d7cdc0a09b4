"""Clocks that are wrong, leap or live in another zone: what a day comes to is the platforms' time's alone."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from typing import Any

import msgspec
import pytest
from msgspec import structs

from chalicelib.domain.order import Order
from chalicelib.domain.record import OrderKey, explode
from chalicelib.pipeline import normalise
from chalicelib.toolkit.canonical_json import to_plain
from tests.functional.exactness.world import DELIVERIES, deliver, erp, read_orders, reckoned
from tests.functional.stack import NOW, Stack
from tests.kit.faults import Told

ZONES = ("UTC", "Asia/Shanghai", "America/Sao_Paulo", "Australia/Lord_Howe")
MINUTES = (-10, 0, 10)
SMALL = [each for each in DELIVERIES if each.order_id in ("E1", "E2", "E3", "E5", "E8", "E9", "1001", "1003")]


@pytest.fixture
def machine_zone() -> Iterator[Callable[[str | None], None]]:
    """Puts the machine into a zone; put back at the end."""
    before = os.environ.get("TZ")

    def put(zone: str | None) -> None:
        os.environ.pop("TZ", None)
        if zone:
            os.environ["TZ"] = zone
        time.tzset()

    yield put
    put(before)


def day_as_bytes(engine: Any, minutes: int, *, leaps: bool = False) -> bytes:
    """A small day received by a clock that is off by so many minutes, or that leaps about: all it came to."""
    stack = Stack(engine)
    for number, each in enumerate(SMALL):
        stack.clock.at = NOW + timedelta(minutes=(-minutes if leaps and number % 2 else minutes))
        deliver(stack, [each])
        stack.normalise()
    stack.settle()
    told = [to_plain(part) for each in read_orders(stack, SMALL).values() for part in (each.order, *each.refunds)]
    sums = sorted((str(name), str(value)) for name, value in reckoned(stack.app.reckoning).items())
    return msgspec.json.encode([told, sums])


@pytest.mark.fault(33)
def test_33_a_day_is_the_same_to_the_byte_by_any_clock_and_in_any_zone(
    quick: Any, machine_zone: Callable[[str | None], None], fault: Told
) -> None:
    machine_zone("UTC")
    wanted = day_as_bytes(quick, 0)
    played = 0
    for zone in ZONES:
        machine_zone(zone)
        for minutes in MINUTES:
            assert day_as_bytes(quick, minutes) == wanted, f"{zone}, {minutes} minutes"
            played += 1
    assert day_as_bytes(quick, 10, leaps=True) == wanted, "a clock that leaps to and fro"
    fault.figure(f"{played} days at {MINUTES} minutes in {len(ZONES)} zones, 1 with leaps: the same {len(wanted)} bytes")


@pytest.mark.fault(33, saboteur=True)
def test_33_saboteur_orders_dated_by_our_clock(quick: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted, off = day_as_bytes(quick, 0), timedelta(minutes=10)

    def dated(told: Any, **more: Any) -> Any:
        return explode(structs.replace(told, updated_at=NOW + off) if isinstance(told, Order) else told, **more)

    monkeypatch.setattr(normalise, "explode", dated)
    assert day_as_bytes(quick, 10) != wanted


@pytest.mark.fault(33, saboteur=True)
def test_33_saboteur_days_by_the_machines_zone(
    quick: Any, machine_zone: Callable[[str | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time without a zone is that of the machine, for whoever lets it be."""

    def careless(told: Any, **more: Any) -> Any:
        if isinstance(told, Order) and told.paid_at:
            told = structs.replace(told, paid_at=told.paid_at.replace(tzinfo=None).astimezone(UTC))
        return explode(told, **more)

    monkeypatch.setattr(normalise, "explode", careless)
    machine_zone("UTC")
    wanted = day_as_bytes(quick, 0)
    machine_zone("America/Sao_Paulo")
    assert day_as_bytes(quick, 0) != wanted


@pytest.mark.fault(33)
@pytest.mark.parametrize("stamp", ["2026-12-31T23:59:60Z", "2016-12-31T23:59:60+00:00"])
def test_33_a_leap_second_waits_for_a_person_and_breaks_nothing(quick: Any, stamp: str) -> None:
    stack = Stack(quick)
    deliver(stack, [erp("L1", 1, "paid", 200, buyer="b1", paid_at=stamp), erp("L2", 1, "paid", 200, buyer="b1")])
    stack.settle()
    (waiting,) = stack.app.work.quarantined("demo")
    assert "paid_at" in str(waiting)
    assert stack.app.orders.read(OrderKey("demo", "generic", "erp", "L2")).version == 1
