"""Orders by number: what projecting notes, however its batches come, and that neighbours in one item lose nothing."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from chalicelib import stream_rows
from chalicelib.adapters import order_numbers
from chalicelib.adapters.order_numbers import DynamoOrderNumbers
from chalicelib.domain.order_number import Numbered, place_of
from chalicelib.domain.record import OrderKey
from chalicelib.errors import Retriable
from chalicelib.lambda_events import stream_images
from tests.functional.exactness.world import deliver, shop
from tests.functional.stack import Stack

SHOPS = [("shopify", "acme"), ("generic", "erp")]


def numbered(number: int) -> Numbered:
    """An order of the shop."""
    return Numbered(OrderKey("demo", "shopify", "acme", str(number * 7)), f"#{number}")


class Fails(DynamoOrderNumbers):
    """Dies in the first batch, before it has noted anything."""

    died = False

    def note(self, orders: Any) -> None:
        """See the port."""
        if not self.died:
            self.died = True
            raise Retriable("table-unavailable", "died on purpose")
        super().note(orders)


def test_a_batch_that_died_after_its_rows_notes_its_numbers_when_it_comes_again(engine: Any) -> None:
    stack = Stack(engine)
    deliver(stack, [shop(5001 + at, 1, "orders/paid", "9.00", name=f"#A{at}") for at in range(12)])
    stack.normalise()
    changes = stream_rows.changes_of(stream_images(stack.records()))
    stack.app.project._numbers = Fails(stack.app.parts.table)
    with pytest.raises(Retriable):
        stack.app.project.handle(changes)
    assert stack.app.lookups.orders.find("#A3") == []
    stack.app.project.handle(changes)
    for at in range(12):
        assert [each.key.order_id for each in stack.app.lookups.orders.find(f"a{at}")] == [str(5001 + at)]


def test_neighbours_noted_at_once_by_several_workers_are_all_there(engine: Any) -> None:
    stack = Stack(engine)
    assert sorted(lost(stack)) == []


def test_the_saboteur_that_puts_the_item_whole_loses_some(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def put(self: DynamoOrderNumbers, orders: Any) -> None:
        for each in orders:
            place = place_of(each.number)
            assert place is not None
            pk = order_numbers._pk("demo", ("shopify", "acme"), place)
            told = {order_numbers._name(place.sign): {"S": each.order.order_id}}
            self._table.put(pk, order_numbers.NUMBERS_SK, told)  # type: ignore[arg-type]

    monkeypatch.setattr(DynamoOrderNumbers, "note", put)
    assert lost(Stack(moto_engine))


def lost(stack: Stack) -> list[int]:
    """Note ten neighbours by as many workers; which of them are not there."""
    numbers = DynamoOrderNumbers(stack.app.parts.table)
    workers = [threading.Thread(target=numbers.note, args=([numbered(1040 + at)],)) for at in range(10)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    found = {at: numbers.find("demo", SHOPS, str(1040 + at)) for at in range(10)}
    return [at for at, keys in found.items() if keys != [OrderKey("demo", "shopify", "acme", str((1040 + at) * 7))]]


def test_a_hundred_neighbours_are_eleven_writes(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stack, calls = Stack(moto_engine), list[str]()
    table = stack.app.parts.table
    update = table.update

    def counted(pk: str, *rest: Any, **told: Any) -> bool:
        calls.append(pk)
        return update(pk, *rest, **told)

    monkeypatch.setattr(table, "update", counted)
    DynamoOrderNumbers(table).note([numbered(1005 + at) for at in range(100)])
    assert len(calls) == 11


def test_a_merchants_numbers_are_nobody_elses(moto_engine: Any) -> None:
    numbers = DynamoOrderNumbers(Stack(moto_engine).app.parts.table)
    numbers.note([numbered(1041)])
    assert numbers.find("other", SHOPS, "1041") == []
    assert numbers.find("demo", [("generic", "erp")], "1041") == []
