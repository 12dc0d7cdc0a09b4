"""Coupon codes: one a message, none twice, however many workers take them at once; and what a take costs."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from benchmarks.reads import BulkTable
from chalicelib import bootstrap, entry
from chalicelib.adapters.offers import DynamoOffers
from chalicelib.adapters.table import Table
from chalicelib.domain.coupons import Code, Issued, PoolCount
from chalicelib.domain.facts import Image
from chalicelib.domain.order import Amounts, Attribution, Order
from chalicelib.domain.record import explode, key_of
from chalicelib.errors import Rejected, Retriable
from chalicelib.offers import Offers
from tests.functional.exactness.test_races import at_once
from tests.functional.exactness.world import deliver, erp
from tests.functional.stack import Stack

TODAY = date(2026, 11, 20)
POOL = "spring"
WORKERS = 20
CODES = 100


def lines(*codes: Code) -> dict[int, Code]:
    """Codes as the lines of a file."""
    return dict(enumerate(codes, start=1))


def many(count: int, last_day: date | None = None) -> dict[int, Code]:
    """So many different codes."""
    return lines(*(Code(f"CODE-{number:05d}", last_day) for number in range(count)))


class Together(DynamoOffers):
    """A store whose first readers wait for each other: all have looked before any of them writes."""

    def __init__(self, table: Table, readers: int) -> None:
        super().__init__(table)
        self._barrier = threading.Barrier(readers)
        self._met = threading.local()

    def free(self, merchant: str, pool: str, shelf: int, since: date, limit: int | None = None) -> list[Code]:
        found = super().free(merchant, pool, shelf, since, limit)
        if not getattr(self._met, "done", False):
            self._met.done = True
            self._barrier.wait(timeout=60)
        return found


class Careless(Together):
    """The saboteur: gives a code that it has seen, without asking whether it is still free."""

    def issue(self, merchant: str, issued: Issued) -> bool:
        for action in self.actions(merchant, issued):
            action.pop("ConditionExpression", None)
        return True

    def actions(self, merchant: str, issued: Issued) -> list[dict[str, Any]]:
        """The writes of an issue, each alone."""
        kept: list[dict[str, Any]] = []

        class Alone(Table):
            def transact(self, actions: Sequence[dict[str, Any]]) -> bool:
                for action in actions:
                    ((name, call),) = action.items()
                    call = {**call, "TableName": self.name}
                    call.pop("ConditionExpression", None)
                    (self.client.put_item if name == "Put" else self.client.delete_item)(**call)
                    kept.append(call)
                return True

        table = self._table
        DynamoOffers(Alone(lambda: table.client, table.name)).issue(merchant, issued)
        return kept


def race(store: DynamoOffers, messages: int, times: int = 1) -> dict[str, str | None]:
    """Each message asks so many times, all at once."""
    offers = Offers(store)
    given: dict[str, list[Code | None]] = {}
    lock = threading.Lock()

    def take(name: str) -> None:
        code = offers.take("demo", POOL, name, f"owner of {name}", TODAY)
        with lock:
            given.setdefault(name, []).append(code)

    asked = [f"message-{number}" for number in range(messages) for _ in range(times)]
    assert at_once([lambda name=name: take(name) for name in asked], WORKERS) == []  # type: ignore[misc]
    assert all(len({code.text if code else None for code in codes}) == 1 for codes in given.values())
    return {name: codes[0].text if codes[0] else None for name, codes in given.items()}


def test_twenty_workers_give_every_code_once(stack: Stack) -> None:
    stack.app.offers.add("demo", POOL, many(CODES))
    given = race(Together(stack.app.parts.table, WORKERS), CODES)
    assert sorted(code or "" for code in given.values()) == sorted(code.text for code in many(CODES).values())
    assert stack.app.offers.count("demo", POOL, TODAY) == PoolCount(0, CODES, 0, 0)


def test_the_last_codes_go_to_as_many_messages_as_there_are_codes(stack: Stack) -> None:
    stack.app.offers.add("demo", POOL, many(7))
    given = race(Together(stack.app.parts.table, WORKERS), 30, times=2)
    got = Counter(code for code in given.values() if code)
    assert len(got) == 7 and set(got.values()) == {1}


def test_without_the_conditions_a_code_goes_twice(stack: Stack) -> None:
    stack.app.offers.add("demo", POOL, many(3))
    with pytest.raises(AssertionError):
        given = race(Careless(stack.app.parts.table, WORKERS), 20)
        assert max(Counter(code for code in given.values() if code).values()) == 1


def test_workers_that_add_the_same_file_at_once_add_it_once(stack: Stack) -> None:
    codes = many(70)
    added: list[int] = []

    def add() -> None:
        for _ in range(10):
            try:
                added.append(stack.app.offers.add("demo", POOL, codes))
            except Retriable:  # a worker's transaction was in the way: the command is given again
                continue
            return

    assert at_once([add] * 3, 3) == []
    assert stack.app.offers.count("demo", POOL, TODAY) == PoolCount(70, 0, 0, 0)
    assert sum(added) <= 70


def test_the_same_message_always_gets_the_same(moto_stack: Stack) -> None:
    offers = moto_stack.app.offers
    offers.add("demo", POOL, many(10))
    first = offers.take("demo", POOL, "m1", "ann", TODAY)
    assert first and all(offers.take("demo", POOL, "m1", "ann", TODAY) == first for _ in range(5))
    assert offers.code_of("demo", "m1") == first and offers.code_of("demo", "m2") is None
    assert offers.count("demo", POOL, TODAY) == PoolCount(9, 1, 0, 0)


def test_the_same_file_again_adds_nothing_and_frees_nothing(moto_stack: Stack) -> None:
    offers = moto_stack.app.offers
    assert offers.add("demo", POOL, many(60)) == 60
    taken = offers.take("demo", POOL, "m1", "ann", TODAY)
    assert offers.add("demo", POOL, many(60)) == 0
    assert offers.add("demo", POOL, many(61)) == 1
    assert offers.count("demo", POOL, TODAY) == PoolCount(60, 1, 0, 0)
    assert offers.code_of("demo", "m1") == taken


def test_a_code_lies_in_one_pool_only(moto_stack: Stack) -> None:
    offers = moto_stack.app.offers
    offers.add("demo", POOL, lines(Code("A"), Code("B")))
    with pytest.raises(Rejected, match="line 2"):
        offers.add("demo", "autumn", lines(Code("C"), Code("b")))
    assert offers.count("demo", "autumn", TODAY) == PoolCount(0, 0, 0, 0)  # of a refused file nothing is added
    assert offers.add("another", "autumn", lines(Code("A"))) == 1  # another merchant's codes are its own


def test_none_that_is_expired_is_given(moto_stack: Stack) -> None:
    offers = moto_stack.app.offers
    offers.add("demo", POOL, lines(Code("OLD", TODAY - timedelta(days=1)), Code("LAST", TODAY), Code("EVER")))
    given = {code.text for number in range(5) if (code := offers.take("demo", POOL, f"m{number}", "ann", TODAY))}
    assert given == {"LAST", "EVER"}
    assert offers.count("demo", POOL, TODAY) == PoolCount(0, 2, 0, 1)


def test_a_code_that_expires_before_the_message_goes_is_exchanged(moto_stack: Stack) -> None:
    offers = moto_stack.app.offers
    offers.add("demo", POOL, lines(Code("LAST", TODAY)))
    assert offers.take("demo", POOL, "m1", "ann", TODAY) == Code("LAST", TODAY)
    offers.add("demo", POOL, lines(Code("EVER")))
    assert offers.take("demo", POOL, "m1", "ann", TODAY + timedelta(days=1)) == Code("EVER")
    assert offers.count("demo", POOL, TODAY + timedelta(days=1)) == PoolCount(0, 1, 0, 1)


def test_what_is_given_back_is_free_again_once(moto_stack: Stack) -> None:
    offers = moto_stack.app.offers
    offers.add("demo", POOL, lines(Code("ONLY")))
    offers.take("demo", POOL, "m1", "ann", TODAY)
    assert offers.take("demo", POOL, "m2", "bob", TODAY) is None
    for _ in range(2):
        offers.give_back("demo", POOL, "m1")
    assert offers.code_of("demo", "m1") is None
    assert offers.take("demo", POOL, "m2", "bob", TODAY) == Code("ONLY")
    offers.give_back("demo", POOL, "m1")  # late, and no longer its own
    assert offers.code_of("demo", "m2") == Code("ONLY")


def order(version: int, *coupons: str, status: str = "paid", order_id: str = "O1") -> Image:
    """An order with coupons."""
    at = datetime(2026, 11, 20, 1, tzinfo=UTC) + timedelta(minutes=version)
    told = Order(
        merchant="demo",
        platform="generic",
        account="erp",
        order_id=order_id,
        order_no=None,
        status=status,
        platform_status=status,
        refund_status="none",
        test=False,
        currency="CNY",
        tax_included=True,
        amounts=Amounts(total=100, paid=100),
        placed_at=at,
        paid_at=None if status == "pending_payment" else at,
        shipped_at=None,
        delivered_at=None,
        completed_at=None,
        cancelled_at=None,
        updated_at=at,
        attribution=Attribution(coupons=coupons),
    )
    return Image(key_of(told), version, 0, "ann", explode(told, source=0, occurred_at=None))


def test_a_code_is_taken_up_by_an_order_that_counts_in_whatever_order_its_images_come(moto_stack: Stack) -> None:
    offers = moto_stack.app.offers
    day = TODAY + timedelta(days=3)
    offers.add("demo", POOL, lines(Code("UP-1", day), Code("UP-2", day), Code("UP-3")))
    owners = {offers.take("demo", POOL, name, name.upper(), TODAY): name for name in ("m1", "m2", "m3")}
    unpaid, paid = order(1, "UP-1", status="pending_payment"), order(2, "up-1", "满减")
    offers.on_order(None, unpaid)
    assert offers.count("demo", POOL, TODAY).taken_up == 0
    offers.on_order(unpaid, paid)
    offers.on_order(None, unpaid)  # late
    assert offers.count("demo", POOL, TODAY) == PoolCount(0, 3, 1, 0)
    left = [code for _, code, _ in offers.expiring("demo", POOL, day)]
    assert left == [Code("UP-2", day)]
    name = owners[Code("UP-2", day)]
    assert list(offers.expiring("demo", POOL, day)) == [(name.upper(), Code("UP-2", day), name)]
    offers.on_order(paid, order(3, status="paid"))  # the platform took the coupon off again
    assert len(list(offers.expiring("demo", POOL, day))) == 2
    assert list(offers.expiring("demo", POOL, TODAY)) == []


def test_the_stream_of_orders_tells_which_codes_are_used(moto_stack: Stack) -> None:
    offers = moto_stack.app.offers
    offers.add("demo", POOL, lines(Code("UP-1")))
    offers.take("demo", POOL, "m1", "ann", TODAY)
    told = {"attribution": {"coupons": ["up-1"]}}
    deliver(moto_stack, [erp("U1", 1, "paid", 200, buyer="ann", **told), erp("U2", 1, "paid", 200, buyer="bob")])
    moto_stack.normalise()
    bootstrap.install(moto_stack.app)
    entry.trigger({"Records": moto_stack.records()}, None)
    bootstrap.install(None)
    assert offers.count("demo", POOL, TODAY) == PoolCount(0, 1, 1, 0)


class Metered:
    """A client that adds up the read and write units of its calls."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.reads = self.writes = 0.0

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)

        def metered(**arguments: Any) -> Any:
            answer = call(**arguments, ReturnConsumedCapacity="TOTAL")
            used = answer["ConsumedCapacity"]
            units = sum(each["CapacityUnits"] for each in (used if isinstance(used, list) else [used]))
            if name in ("query", "get_item", "batch_get_item"):
                self.reads += units
            else:
                self.writes += units
            return answer

        return metered


@pytest.mark.dynamodb_local
def test_a_take_costs_the_same_of_a_small_and_a_large_pool(dynamodb_local_engine: Any) -> None:
    stack = Stack(dynamodb_local_engine)
    costs = {}
    for size in (100, 10_000):  # and some that have expired, which are not read either
        pool = f"pool-{size}"
        expired = {line + size: Code(f"OLD-{size}-{line}", TODAY - timedelta(days=1)) for line in range(size // 10)}
        bulk = BulkTable(lambda: stack.dynamodb, stack.app.parts.table.name)
        bulk.bulk = True  # one by one, ten thousand take a minute, and who adds them is not what is measured
        codes = {line: Code(f"{size}-{code.text}") for line, code in many(size).items()} | expired
        Offers(DynamoOffers(bulk)).add("demo", pool, codes)
        bulk.flush()
        client = Metered(stack.dynamodb)
        offers = Offers(DynamoOffers(Table(lambda client=client: client, stack.app.parts.table.name)))  # type: ignore[misc]
        for number in range(20):
            assert offers.take("demo", pool, f"{pool}-m{number}", "ann", TODAY)
        costs[size] = (client.reads / 20, client.writes / 20)
    assert costs[10_000][0] <= costs[100][0] * 1.2 and costs[10_000][0] <= 3
    assert costs[10_000][1] == costs[100][1] <= 6
