"""An order's history: with the order while it is new, in rows of its own once there is more; none is lost, none is there twice."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.adapters.orders import decode_told, encode_told, order_pk
from chalicelib.domain.record import OrderKey
from chalicelib.pipeline import normalise
from chalicelib.ports import HistoryRow
from chalicelib.raw_names import RawName
from tests.functional.exactness.world import Delivery, deliver, erp
from tests.functional.stack import Stack

ORDER = OrderKey("demo", "generic", "erp", "H1")
TELLINGS = [erp("H1", hours, "paid", 200 + hours, buyer="b1") for hours in range(20)]


def told(stack: Stack, deliveries: list[Delivery]) -> list[HistoryRow]:
    """The order's history after these deliveries."""
    deliver(stack, deliveries)
    stack.normalise()
    return stack.app.orders.history(ORDER)


def rows(stack: Stack) -> int:
    """How many rows of their own lie beside the order."""
    return sum(1 for item in stack.app.parts.table.query(order_pk(ORDER), "h#"))


@pytest.mark.fault(28)
def test_all_that_was_told_is_there_once_in_the_order_of_its_clocks(engine: Any) -> None:
    stack = Stack(engine)
    found = told(stack, TELLINGS)
    assert [row.effect for row in found] == ["applied"] * len(TELLINGS)
    assert [row.at_millis for row in found] == sorted({row.at_millis for row in found})
    assert rows(stack) == len(TELLINGS) - normalise.TOLD
    assert len(stack.app.orders.read(ORDER).told) == normalise.TOLD
    assert all(stack.archive.objects[row.archive_key or ""] for row in found)
    assert all(row.archive_key and row.received_at == stack.clock.now() and row.source == "push" for row in found)


@pytest.mark.fault(30)
def test_a_short_history_costs_no_row_and_a_stale_telling_does(moto_stack: Stack) -> None:
    newest = [TELLINGS[9], TELLINGS[10]]
    assert [row.effect for row in told(moto_stack, newest)] == ["applied", "applied"]
    assert rows(moto_stack) == 0
    found = told(moto_stack, [TELLINGS[3]])
    assert [row.effect for row in found] == ["stale", "applied", "applied"]
    assert rows(moto_stack) == 1


@pytest.mark.fault(28)
@pytest.mark.parametrize("seed", range(6))
def test_repeated_and_shuffled_no_telling_is_lost_and_none_is_there_twice(moto_engine: Any, seed: int) -> None:
    stack, dice = Stack(moto_engine), random.Random(seed)
    some = [*TELLINGS, *dice.choices(TELLINGS, k=15)]
    dice.shuffle(some)
    found = told(stack, some)
    assert sorted(row.at_millis for row in found) == sorted({row.at_millis for row in found})
    assert len(found) == len(TELLINGS)
    assert max(found, key=lambda row: row.at_millis).effect == "applied"


@pytest.mark.fault(28, saboteur=True)
def test_it_would_be_lost_if_the_oldest_were_not_put_aside(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moto_stack.app.orders, "note", lambda _order, _row: None)
    assert len(told(moto_stack, TELLINGS)) == normalise.TOLD


@pytest.mark.fault(23)
def test_a_duplicate_is_known_beyond_what_lies_with_the_order(moto_stack: Stack) -> None:
    told(moto_stack, TELLINGS[:16])
    before = moto_stack.app.orders.read(ORDER)
    assert len(before.seen) == normalise.SEEN
    told(moto_stack, TELLINGS[:16])
    assert moto_stack.app.orders.read(ORDER) == before
    assert moto_stack.counters.total("duplicate") == 16


@pytest.mark.parametrize(
    "key",
    [
        "raw/demo/shopify/acme/http/abc",
        "raw/demo/generic/erp/http/abc",
        "raw/demo/shopify/acme2/x",
        "raw/demo/shopify/acme/2026-11-22/orders%2Fpaid/030405678-request-abc",
        "raw/demo/shopify/acme/2026-11-22/several/030405678-request-abc",
        "raw/demo/shopify/acme/2026-11-23/orders%2Fpaid/030405678-request-abc",
        None,
    ],
)
def test_where_the_raw_bytes_lie_is_kept_whoever_told_them(key: str | None) -> None:
    at = datetime(2026, 11, 22, 3, 4, 5, 678901, UTC)
    row = HistoryRow("0123456789ab", 1_763_000_000_000, "orders/paid", "push", at, key, "applied")
    packed = encode_told([row], "raw/demo/shopify/acme")
    assert decode_told(packed, "raw/demo/shopify/acme") == (row,)


def test_a_name_that_follows_from_its_row_is_kept_short() -> None:
    at = datetime(2026, 11, 22, 3, 4, 5, 678901, UTC)
    name = str(RawName("demo", "shopify", "acme", at, "orders/paid", "request", "a" * 32))
    row = HistoryRow("0123456789ab", 1_763_000_000_000, "orders/paid", "push", at, name, "applied")
    assert f'"=request-{"a" * 32}"'.encode() in encode_told([row], "raw/demo/shopify/acme")
