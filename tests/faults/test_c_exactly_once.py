"""Exactly once: duplicates at once and long after, different events at once, one id for two bodies."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.adapters.orders import DynamoOrders
from chalicelib.adapters.outbox import DynamoOutbox
from chalicelib.domain.record import OrderKey
from chalicelib.envelope import decode
from chalicelib.errors import Retriable
from chalicelib.pipeline import normalise
from chalicelib.pipeline.normalise import TRIES
from chalicelib.ports import Message, StoredOrder
from tests.faults.sizes import size
from tests.faults.virtual import Turns
from tests.functional.exactness.test_greetings import Place
from tests.functional.exactness.test_permutations import bare
from tests.functional.exactness.test_races import Together, at_once, normaliser, pause
from tests.functional.exactness.world import Delivery, deliver, erp, erp_refund, read_orders, shop
from tests.functional.stack import Stack
from tests.kit.faults import Told
from tests.unit.domain.test_record import _last_arrival_wins

WORKERS = 50
ORDER = OrderKey("demo", "generic", "erp", "M1")


# --- 22 ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(22)
def test_22_fifty_duplicates_at_once_are_one_write_and_each_is_acknowledged(quick: Any, fault: Told) -> None:
    """Fifty connections receive it at once, and fifty workers have all read the order before any of them writes it."""
    stack, rounds, answers = Stack(quick), size(10, 100), Counter[int]()
    for number in range(rounds):
        body = shop(7000 + number, 1, "orders/paid", "20.00").body
        headers = {"x-shopify-topic": "orders/paid", "x-shopify-webhook-id": f"w-{number}"}

        def receive(body: bytes = body, headers: dict[str, str] = headers) -> None:
            answers[stack.push("shopify", "acme", body, headers)] += 1

        assert at_once([receive] * WORKERS, WORKERS) == []
        bodies, stack.inbound.bodies = stack.inbound.bodies, []
        orders = Together(stack.app.parts.table, WORKERS)
        step = normaliser(stack, orders)
        assert at_once([partial(step.handle, body) for body in bodies], WORKERS) == []
        order = OrderKey("demo", "shopify", "acme", str(7000 + number))
        assert (orders.wins, len(stack.app.orders.history(order))) == (1, 1)
    assert answers == {200: WORKERS * rounds}
    assert not stack.inbound.bodies
    fault.figure(f"{WORKERS} at once, {rounds} rounds: 1 write each, {answers[200]} of {WORKERS * rounds} answered 200")


class Hesitant(DynamoOutbox):
    """An outbox whose readers wait for each other, so that all of them have looked before any of them adds."""

    barrier = threading.Barrier(WORKERS)

    def of(self, merchant: str, owner: str) -> list[Message]:
        found = super().of(merchant, owner)
        pause(self.barrier)
        return found


class Unclaimed(Hesitant):
    """The saboteur: adds without asking whether another was faster."""

    def add(self, message: Message, *facts: Any) -> bool:
        super().add(message, *facts)
        return True


def greeted(place: Place, rounds: int, outbox: type[Hesitant]) -> tuple[int, int]:
    """So many customers, each told of fifty times at once: greetings said, and rows of the outbox."""
    app = place.stack.app
    place.push("add_external_contact", UserID="before", WelcomeCode="CodeBefore")  # so that there is a token
    place.stack.normalise()
    assert len(place.http.greetings()) == 1
    app.outbox.__class__ = outbox
    for number in range(rounds):
        for push in range(WORKERS):  # each sealed anew, as the platform's own tries are
            prefix = f"{push:016d}".encode()
            place.push("add_external_contact", nonce=f"n{push}", prefix=prefix, UserID=f"e{number}", WelcomeCode=f"Code{number}")
        bodies, place.stack.inbound.bodies = place.stack.inbound.bodies, []
        again: list[str] = []

        def handle(body: str, again: list[str] = again) -> None:
            try:
                app.normalise.handle(body)
            except Retriable:
                again.append(body)

        assert at_once([partial(handle, body) for body in bodies], WORKERS) == []
        for body in again:  # what lost too often comes again
            app.normalise.handle(body)
    return len(place.http.greetings()) - 1, len(place.outcomes()) - 1


@pytest.mark.fault(22)
def test_22_fifty_duplicates_at_once_are_one_message(quick: Any, fault: Told) -> None:
    rounds = size(4, 100)
    said, rows = greeted(Place(quick), rounds, Hesitant)
    assert (said, rows) == (rounds, rounds)
    fault.figure(f"{WORKERS} at once, {rounds} rounds: 1 message and 1 row of the outbox each")


@pytest.mark.fault(22, saboteur=True)
def test_22_saboteur_a_message_that_nobody_claims(quick: Any) -> None:
    said, _ = greeted(Place(quick), 1, Unclaimed)
    assert said > 1


# --- 23 ---------------------------------------------------------------------------------------------------------------------

YEAR = timedelta(days=400)
LIFE = [erp("M1", hours, "paid", 200 + hours, buyer="b1") for hours in range(3 * normalise.SEEN)]


def told_again(stack: Stack) -> tuple[StoredOrder, StoredOrder, int, int]:
    """An order told so often that it remembers the first tellings no more; all of it again long after."""
    deliver(stack, LIFE)
    stack.normalise()
    before, rows = stack.app.orders.read(ORDER), len(stack.app.orders.history(ORDER))
    stack.clock.at += YEAR
    stack.records()
    deliver(stack, LIFE)
    stack.normalise()
    written = [each for each in stack.records() if each["dynamodb"]["Keys"]["sk"]["S"] == "order"]
    return before, stack.app.orders.read(ORDER), len(written), len(stack.app.orders.history(ORDER)) - rows


@pytest.mark.fault(23)
def test_23_told_again_when_every_memory_of_it_is_over_it_writes_no_order(quick: Any, fault: Told) -> None:
    before, after, written, rows = told_again(Stack(quick))
    assert len(before.seen) == normalise.SEEN < len(LIFE)
    assert (after, written, rows) == (before, 0, 0)
    fault.figure(
        f"{len(LIFE)} events again after {YEAR.days} days, {len(LIFE) - len(before.seen)} of them forgotten: {written} writes"
    )


@pytest.mark.fault(23, saboteur=True)
def test_23_saboteur_an_order_that_does_not_decide(quick: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalise, "merge", lambda *stacks: _last_arrival_wins(*stacks) if len(stacks) == 2 else stacks[0])
    monkeypatch.setattr(normalise, "contains", lambda *_: False)
    _, _, written, _ = told_again(Stack(quick))
    assert written > 0


# --- 26 ---------------------------------------------------------------------------------------------------------------------

HANDS = 10
UPDATES = [erp("M1", hours, "paid", 200 + hours, buyer="b1") for hours in range(100)]
REFUNDS = [
    erp("M1", 0, "paid", 9000, buyer="b1"),
    *(erp_refund("M1", 100 + number, "succeeded", 1 + number, refund_id=f"r{number}") for number in range(99)),
]


class Distant(DynamoOrders):
    """Orders as far away as a table is: others get their turn between a look and a write. It counts tries by handling."""

    careless = False

    def __init__(self, stack: Stack, turns: Turns, dice: random.Random) -> None:
        super().__init__(stack.app.parts.table)
        self._turns, self._dice = turns, dice
        self._mine = threading.local()
        self.tries: Counter[int] = Counter()

    def read(self, order: OrderKey) -> StoredOrder:
        self._turns.pause(self._dice.uniform(0.002, 0.008))
        self._mine.tries += 1
        return super().read(order)

    def write(self, order: OrderKey, stored: StoredOrder, *, expected_version: int) -> bool:
        self._turns.pause(self._dice.uniform(0.004, 0.010))
        if self.careless:
            expected_version = self.read(order).version
            self._mine.tries -= 1
        return super().write(order, stored, expected_version=expected_version)

    def counted(self, handle: Callable[[str], None], body: str) -> bool:
        """Handle it; False where it goes back to its queue."""
        self._mine.tries = 0
        try:
            handle(body)
        except Retriable:
            return False
        finally:
            self.tries[self._mine.tries] += 1
        return True


def by_hands(engine: Any, deliveries: list[Delivery], seed: int, *, careless: bool = False) -> tuple[Any, Counter[int], int]:
    """Ten workers on one order: what it ends as, tries by handling, and how often a delivery went back to its queue."""
    stack, dice = Stack(engine), random.Random(seed)
    turns = Turns(stack.clock)
    deliver(stack, dice.sample(deliveries, len(deliveries)))
    waiting, stack.inbound.bodies = stack.inbound.bodies, []
    orders = Distant(stack, turns, dice)
    orders.careless = careless
    step, back = normaliser(stack, orders), 0
    step._pause = turns.pause

    def work() -> None:
        nonlocal back
        while waiting:
            body = waiting.pop(0)
            if not orders.counted(step.handle, body):
                waiting.append(body)
                back += 1

    with patch.object(normalise, "random", dice):  # the same way each time
        turns.run([work] * HANDS)
    assert turns.errors == []
    return bare(read_orders(stack, deliveries[:1])), orders.tries, back


def one_by_one(engine: Any, deliveries: list[Delivery]) -> Any:
    """What the order ends as when nobody works beside anybody."""
    stack = Stack(engine)
    deliver(stack, deliveries)
    stack.normalise()
    return bare(read_orders(stack, deliveries[:1]))


@pytest.mark.fault(26)
def test_26_a_hundred_events_of_one_order_by_ten_workers_end_as_one_after_the_other(quick: Any, fault: Told) -> None:
    """Where each of them changes the order, a tenth has lost five times and comes again: it is never tried a sixth time at once."""
    found, tries, back = by_hands(quick, UPDATES, 1)
    assert found == one_by_one(quick, UPDATES)
    assert (max(tries) <= TRIES, back) == (True, 0)
    most = max(tries)
    found, tries, back = by_hands(quick, REFUNDS, 1)
    assert found == one_by_one(quick, REFUNDS)
    assert max(tries) <= TRIES == 5
    assert sum(tries.values()) == len(REFUNDS) + back
    fault.figure(
        f"100 updates, {HANDS} workers: at most {most} tries; 100 that each change the order: at most {max(tries)} in a turn, "
        f"{back} came again from the queue"
    )


@pytest.mark.fault(26, saboteur=True)
def test_26_saboteur_a_write_on_condition_of_nothing(quick: Any) -> None:
    found, _, _ = by_hands(quick, REFUNDS, 1, careless=True)
    assert found != one_by_one(quick, REFUNDS)


# --- 27 ---------------------------------------------------------------------------------------------------------------------


def under_one_id(stack: Stack) -> tuple[int, int]:
    """Two orders, and two that nobody can read, all under one delivery id: orders that are there, and what waits for a person."""
    bodies = [shop(8001, 1, "orders/paid", "20.00").body, shop(8002, 1, "orders/paid", "21.00").body, b'{"id": []}', b'{"id": {}}']
    for body in bodies:
        assert stack.push("shopify", "acme", body, {"x-shopify-topic": "orders/paid", "x-shopify-webhook-id": "one-id"}) == 200
    assert {decode(body).delivery_id for body in stack.inbound.bodies} == {"one-id"}
    stack.normalise()
    found = [stack.app.orders.read(OrderKey("demo", "shopify", "acme", each)) for each in ("8001", "8002")]
    return sum(each.version for each in found), len(stack.app.work.quarantined("demo"))


@pytest.mark.fault(27)
def test_27_two_bodies_under_one_delivery_id_are_both_read(stack: Stack, fault: Told) -> None:
    told, kept = under_one_id(stack)
    assert (told, kept) == (2, 2)
    fault.figure(f"4 bodies under one id: {told} orders, {kept} for a person to look at, {4 - told - kept} dropped")


@pytest.mark.fault(27, saboteur=True)
def test_27_saboteur_known_by_its_id(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.intake.digest_of", lambda *_: "0" * 32)
    monkeypatch.setattr("chalicelib.unsealing.require_genuine", lambda *_: None)
    assert under_one_id(moto_stack) != (2, 2)
