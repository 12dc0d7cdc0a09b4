"""Races: many workers at once, with a pause between read and write where the engine would hide the race."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.adapters.members import DynamoMembers
from chalicelib.adapters.orders import ORDER_SK, DynamoOrders, order_item, order_pk
from chalicelib.adapters.table import Table, binary, key
from chalicelib.domain.record import OrderKey
from chalicelib.errors import Retriable
from chalicelib.pipeline.normalise import Normalise
from chalicelib.pipeline.project import Project
from chalicelib.ports import StoredOrder, StoredProfile
from tests.functional.exactness.test_permutations import bare
from tests.functional.exactness.world import DELIVERIES, deliver, erp, read_orders, require_exact, shop
from tests.functional.stack import Stack

WORKERS = 50
ROUNDS = 20


def at_once(actions: Sequence[Callable[[], None]], workers: int) -> list[BaseException]:
    """Run all on that many threads that start together; returns what was raised."""
    start = threading.Barrier(min(workers, len(actions)))
    waited = threading.local()

    def run(action: Callable[[], None]) -> BaseException | None:
        if not getattr(waited, "done", False):
            waited.done = True
            start.wait(timeout=60)
        try:
            action()
        except Exception as error:  # noqa: BLE001  # handed to the test
            return error
        return None

    with ThreadPoolExecutor(workers) as pool:
        return [error for error in pool.map(run, actions) if error]


class Together(DynamoOrders):
    """Orders whose first readers wait for each other, so that all of them have read before any of them writes."""

    def __init__(self, table: Table, readers: int) -> None:
        super().__init__(table)
        self._barrier = threading.Barrier(readers)
        self._met = threading.local()
        self.wins = 0
        self._lock = threading.Lock()

    def read(self, order: OrderKey) -> StoredOrder:
        found = super().read(order)
        if not getattr(self._met, "done", False):
            self._met.done = True
            self._barrier.wait(timeout=60)
        return found

    def write(self, order: OrderKey, stored: StoredOrder, *, expected_version: int) -> bool:
        won = self._write(order, stored, expected_version)
        with self._lock:
            self.wins += int(won)
        return won

    def _write(self, order: OrderKey, stored: StoredOrder, expected_version: int) -> bool:
        return super().write(order, stored, expected_version=expected_version)


class Unconditional(Together):
    """The saboteur: checks by reading, then puts."""

    def _write(self, order: OrderKey, stored: StoredOrder, expected_version: int) -> bool:
        return self._table.put(order_pk(order), ORDER_SK, order_item(stored, order))


def normaliser(stack: Stack, orders: DynamoOrders) -> Normalise:
    """The step over these orders, without waiting between tries."""
    app, parts = stack.app, stack.app.parts
    return Normalise(
        config=parts.config,
        connectors=app.hub,
        vault=parts.vault,
        archive=parts.archive,
        orders=orders,
        asides=app.asides,
        deadlines=app.deadlines,
        work=app.work,
        marks=app.marks,
        live=parts.inbound,
        bulk=parts.bulk,
        clock=parts.clock,
        counters=parts.counters,
        pause=lambda _seconds: None,
    )


def duplicates(stack: Stack, number: int, kind: type[Together]) -> Together:
    """One round: the same delivery fifty times, handled by fifty workers that have all read before any writes."""
    delivery = shop(5000 + number, 1, "orders/paid", "20.00")
    deliver(stack, [delivery] * WORKERS)
    bodies = [stack.inbound.bodies.pop() for _ in range(WORKERS)]
    orders = kind(stack.app.parts.table, WORKERS)
    step = normaliser(stack, orders)
    assert at_once([lambda body=body: step.handle(body) for body in bodies], WORKERS) == []  # type: ignore[misc]
    return orders


@pytest.mark.fault(22)
def test_fifty_concurrent_duplicates_are_one_write_and_one_history_row(stack: Stack) -> None:
    stack.records()  # clients are made before the threads
    for number in range(ROUNDS):
        orders = duplicates(stack, number, Together)
        order = OrderKey("demo", "shopify", "acme", str(5000 + number))
        assert orders.wins == 1
        assert stack.app.orders.read(order).version == 1
        assert len(stack.app.orders.history(order)) == 1
    assert not stack.inbound.bodies
    assert len(stack.archive.objects) == ROUNDS


@pytest.mark.fault(22, saboteur=True)
def test_the_race_catches_an_unconditional_put(stack: Stack) -> None:
    assert duplicates(stack, 0, Unconditional).wins > 1


@pytest.mark.fault(26)
def test_different_events_by_ten_workers_equal_the_serial_result(engine: Any) -> None:
    chosen = [each for each in DELIVERIES if each.order_id in ("E1", "1001", "E5")]
    serial = Stack(engine)
    deliver(serial, chosen)
    serial.settle()
    wanted = bare(read_orders(serial, chosen))

    stack = Stack(engine)
    deliver(stack, chosen * 2)
    orders = DynamoOrders(stack.app.parts.table)
    stack.app.parts.table.client  # noqa: B018  # made before the threads
    step = normaliser(stack, orders)
    waiting, stack.inbound.bodies = stack.inbound.bodies, []
    for _ in range(20):  # what lost five times in a row stays on the queue and comes again
        again: list[str] = []

        def handle(body: str, again: list[str] = again) -> None:
            try:
                step.handle(body)
            except Retriable:
                again.append(body)

        assert at_once([lambda body=body: handle(body) for body in waiting], 10) == []  # type: ignore[misc]
        waiting = again
        if not waiting:
            break
    assert not waiting
    stack.settle()
    assert bare(require_exact(stack, chosen)) == wanted


class LastPutWins(DynamoMembers):
    """The saboteur: a profile put without its condition, after a pause in which the others have read as well."""

    def __init__(self, table: Table, barrier: threading.Barrier) -> None:
        super().__init__(table)
        self._barrier = barrier

    def put_profile(self, merchant: str, member: str, stored: StoredProfile, *, expected_version: int) -> bool:
        pause(self._barrier)
        item = {"kind": {"S": "profile"}, "v": {"N": str(stored.version)}, "bucket": {"N": "0"}}
        import msgspec

        from chalicelib.adapters.members import _Profile, _visits

        p = stored.profile
        raw = _Profile(p.orders, p.first_day, p.last_day, p.net, _visits(p.visits), _visits(stored.touched))
        doc = binary(msgspec.json.encode(raw))
        return self._table.put(key(merchant, "M", member), "profile", item | {"doc": doc})  # type: ignore[arg-type]


class PausedMembers(DynamoMembers):
    """Members whose writers of a profile wait for each other, as far as there are others."""

    def __init__(self, table: Table, barrier: threading.Barrier) -> None:
        super().__init__(table)
        self._barrier = barrier

    def put_profile(self, merchant: str, member: str, stored: StoredProfile, *, expected_version: int) -> bool:
        pause(self._barrier)
        return super().put_profile(merchant, member, stored, expected_version=expected_version)


def pause(barrier: threading.Barrier) -> None:
    try:
        barrier.wait(timeout=0.05)
    except threading.BrokenBarrierError:
        barrier.reset()


BUYS = [erp(f"P{number}", 1, "paid", 200 + number, buyer="b7", paid_at=f"2026-11-0{1 + number}T04:00:00Z") for number in range(8)]


def project_at_once(stack: Stack, members: DynamoMembers) -> list[BaseException]:
    """Each order of one member projected by a thread of its own; what was contended comes again."""
    from chalicelib import stream_rows
    from chalicelib.lambda_events import stream_images

    deliver(stack, BUYS)
    stack.normalise()
    changes = stream_rows.changes_of(stream_images(stack.records()))
    assert len(changes) == len(BUYS)
    step = Project(
        config=stack.app.parts.config,
        cells=stack.app.cells,
        members=members,
        orders=stack.app.orders,
        clock=stack.clock,
        counters=stack.counters,
    )

    def handle(change: Any) -> None:
        while True:
            try:
                step.handle([change])
            except Retriable:
                continue
            return

    return at_once([lambda change=change: handle(change) for change in changes], len(changes))  # type: ignore[misc]


def _profile(stack: Stack) -> Any:
    told = read_orders(stack, BUYS)
    members = {each.member for each in told.values()}
    assert len(members) == 1
    return stack.app.members.profile("demo", members.pop() or "").profile


def test_one_members_orders_projected_at_once_end_in_one_right_profile(engine: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("tests.functional.exactness.world.EVER_PAID", frozenset(each.order_id for each in BUYS))
    for _ in range(2):
        stack = Stack(engine)
        members = PausedMembers(stack.app.parts.table, threading.Barrier(len(BUYS)))
        assert project_at_once(stack, members) == []
        require_exact(stack, BUYS)
        assert _profile(stack).orders == len(BUYS)


def test_the_race_catches_an_unconditional_profile(engine: Any) -> None:
    for _ in range(10):
        stack = Stack(engine)
        assert project_at_once(stack, LastPutWins(stack.app.parts.table, threading.Barrier(len(BUYS)))) == []
        if _profile(stack).orders != len(BUYS):
            return
        from tests.functional.exactness.world import expected, reckoned

        told = read_orders(stack, BUYS).values()
        people = {name: value for name, value in expected(told).items() if name[0] == "people"}
        if {name: value for name, value in reckoned(stack.app.reckoning).items() if name[0] == "people"} != people:
            return
    raise AssertionError("an unconditional put of the profile passed ten rounds")
