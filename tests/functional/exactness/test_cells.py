"""Cells, profiles and people rows under stream faults, and the saboteurs that these faults must catch.

Stream records are recorded once from the real step over the real engine. Then they are played to a fresh merchant in
batches that are cut short, prolonged, bisected, repeated, overlapped and late, with crashes between any two writes and
recomputations between any two writes. What the cells then say must equal a recomputation from the orders.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import stream_rows
from chalicelib.adapters.cells import DynamoCells
from chalicelib.adapters.members import DynamoMembers
from chalicelib.adapters.orders import DynamoOrders
from chalicelib.adapters.table import Table, Value
from chalicelib.domain.facts import Cell, Fact, Image, order_facts
from chalicelib.domain.purchases import Purchases
from chalicelib.lambda_events import stream_images
from chalicelib.pipeline.project import Change, Project
from chalicelib.ports import StoredProfile
from chalicelib.reckoning import Reckoning
from ops.local import TABLE, create_tables, local_table, moto
from tests.functional.exactness.world import (
    DELIVERIES,
    Told,
    counted_members,
    deliver,
    expected,
    expected_counts,
    expected_members,
    expected_profiles,
    members,
    profiles,
    read_orders,
    reckoned,
)
from tests.functional.stack import HandClock, Stack

RUNS = {"moto": 300, "dynamodb-local": 8}
SABOTAGE_RUNS = 100


class Crash(BaseException):
    """The process dies here."""


class Recorded:
    """The world's stream records, and the orders that they end in."""

    def __init__(self, engine: Any) -> None:
        stack = Stack(engine)
        for count, each in enumerate(DELIVERIES):
            deliver(stack, [each])
            stack.normalise()
            if count == 10:
                stack.app.orders.grow("demo", "generic", "erp", (0, 1))  # later orders lie in other buckets
        images = stream_images(stack.records())
        self.changes = stream_rows.changes_of(images)
        self.told = read_orders(stack)
        self.table = local_table(stack.engine)
        self.days = sorted({fact.cell.day for each in self.changes for fact in order_facts(each.after, stack.config.zone)})
        self.engine = engine
        self.config = stack.config

    def refresh(self, seed: int) -> None:
        """Fresh tables now and then: moto's index queries read every item there is."""
        if seed % 5 == 0:
            client = self.table.client
            client.delete_table(TableName=TABLE)
            create_tables(client)


@pytest.fixture(scope="module")
def on_moto() -> Iterator[Recorded]:
    """Moto as the demo has it: its answers are the same, and tests elsewhere hold both side by side."""
    with moto(wire=False) as engine:
        yield Recorded(engine)


@pytest.fixture(scope="module")
def on_local(dynamodb_local_engine: Any) -> Recorded:
    return Recorded(dynamodb_local_engine)


class Restless(DynamoCells):
    """Cells between whose writes anything may happen."""

    def __init__(self, table: Table, between: Callable[[], None]) -> None:
        super().__init__(table)
        self._between = between

    def raise_dirty(self, cells: Iterable[Cell]) -> None:
        for cell in sorted(cells):
            self._between()
            super().raise_dirty([cell])

    def _put(self, cell: Cell, row: str, version: int, doc: Value | None) -> bool:
        self._between()
        return super()._put(cell, row, version, doc)


class Members(DynamoMembers):
    """Members between whose writes anything may happen."""

    def __init__(self, table: Table, between: Callable[[], None]) -> None:
        super().__init__(table)
        self._between = between

    def put_order(self, *args: Any) -> None:
        self._between()
        super().put_order(*args)

    def put_profile(self, *args: Any, **kwargs: Any) -> bool:
        self._between()
        done = super().put_profile(*args, **kwargs)
        self._between()
        return done


class Unguarded(Restless):
    """The saboteur: rows without the guard on their version."""

    def _put(self, cell: Cell, row: str, version: int, doc: Value | None) -> bool:
        self._between()
        attributes: dict[str, Value] = {"kind": {"S": "row"}, "v": {"N": str(version)}}
        if doc is not None:
            attributes["doc"] = doc
        from chalicelib.adapters.cells import _cell_pk

        return self._table.put(_cell_pk(cell), row, attributes)


class NoTombstones(Restless):
    """The saboteur: a row that moved is deleted and leaves nothing behind."""

    def _put(self, cell: Cell, row: str, version: int, doc: Value | None) -> bool:
        if doc is not None:
            return super()._put(cell, row, version, doc)
        from chalicelib.adapters.cells import _cell_pk

        return self._table.delete(_cell_pk(cell), row)


class DirtyFirst(Restless):
    """The saboteur: dirty numbers before rows."""

    def put_rows(self, facts: Iterable[tuple[Fact, int]], dropped: Iterable[tuple[Cell, str, int]]) -> set[Cell]:
        facts, dropped = list(facts), list(dropped)
        super().raise_dirty({fact.cell for fact, _ in facts} | {cell for cell, _, _ in dropped})
        super().put_rows(facts, dropped)
        return set()

    def raise_dirty(self, cells: Iterable[Cell]) -> None:
        """Raised already."""


class Once(Project):
    """The saboteur: a member's row is tried once for each version of the profile, and not again after a crash."""

    def _member(self, merchant: str, buyer: str, stored: StoredProfile, bought: Purchases | None) -> set[Cell]:
        tried: set[tuple[str, int]] = self.__dict__.setdefault("tried", set())
        if (buyer, stored.version) in tried:
            return set()
        tried.add((buyer, stored.version))
        return super()._member(merchant, buyer, stored, bought)


def batches(dice: random.Random, changes: Sequence[Change]) -> list[list[Change]]:
    """The records in batches: overlapping, repeated, some held back until the end; every record at least once."""
    found: list[list[Change]] = []
    late: list[list[Change]] = []
    position = 0
    while position < len(changes):
        start = max(0, position - dice.choice([0, 0, 1, 2, 5]))
        end = position + dice.randrange(1, 6)
        batch = list(changes[start:end])
        position = end
        (late if dice.random() < 0.15 else found).append(batch)
        if dice.random() < 0.2:
            late.append(batch)
    dice.shuffle(late)
    for batch in late:  # at the end, or anywhere after it came: a stream's batch that was given up and is replayed
        found.insert(dice.randrange(len(found) // 2, len(found) + 1), batch)
    return found


def cut(dice: random.Random, batch: list[Change]) -> list[list[Change]]:
    """What comes after a batch failed: the same, shorter and the rest, or halves."""
    if len(batch) == 1 or dice.random() < 0.4:
        return [batch]
    at = len(batch) // 2 if dice.random() < 0.5 else dice.randrange(1, len(batch))
    return [batch[:at], batch[at:]]


class Run:
    """One run: some orders of the world played to a merchant of its own, under faults that the seed decides."""

    def __init__(self, recorded: Recorded, seed: int, kind: type[Restless], label: str, step: type[Project] = Project) -> None:
        self.dice = random.Random(seed)
        self.merchant = f"{label}-{seed}"
        names = sorted(recorded.told)
        chosen = set(self.dice.sample(names, 2))
        self.told = [told for name, told in recorded.told.items() if name in chosen]
        self.changes = [_moved(each, self.merchant) for each in recorded.changes if each.after.key.order_id in chosen]
        self.cells = kind(recorded.table, self._between)
        self.members = Members(recorded.table, self._between)
        self.reckoning = Reckoning(DynamoCells(recorded.table), DynamoOrders(recorded.table), lambda: recorded.config.members.rates)
        config = recorded.config
        self.project = step(
            config=lambda: config,
            cells=self.cells,
            members=self.members,
            orders=DynamoOrders(recorded.table),
            clock=HandClock(),
            counters=_Silent(),
        )
        self.days = recorded.days
        self.calm = False
        self.crashes = 6

    def play(self) -> None:
        """Every batch until it went through once; then a quiet end."""
        waiting = batches(self.dice, self.changes)
        while waiting:
            batch = waiting.pop(0)
            if self.dice.random() < 0.2 and waiting:
                batch = [*batch, *waiting[0]]  # longer than it was
            try:
                self.project.handle(batch)
            except Crash:
                waiting = [*cut(self.dice, batch), *waiting]
        self.calm = True

    def wrong(self) -> bool:
        """Whether cells, people, profiles or member cells differ from the recomputation."""
        if reckoned(self.reckoning, self.merchant, self.days) != expected(self.told):
            return True
        found = profiles(self.members, self.told, self.merchant)
        shown = {name: (p.orders, p.first_day, p.last_day, p.net) for name, p in found.items()}
        rows = expected_members(self.told)
        if (shown, members(self.cells, self.merchant)) != (expected_profiles(self.told), rows):
            return True
        return counted_members(self.reckoning, self.merchant) != expected_counts(rows.values())

    def _between(self) -> None:
        if self.calm:
            return
        if self.crashes and self.dice.random() < 0.06:
            self.crashes -= 1
            raise Crash
        if self.dice.random() < 0.04:
            self.reckoning.sweep(self.merchant, 2)


class _Silent:
    def count(self, name: str, amount: int = 1, **dimensions: str) -> None:
        """No matter."""

    def measure(self, name: str, took: timedelta, **dimensions: str) -> None:
        """No matter."""


def _moved(change: Change, merchant: str) -> Change:
    """The same record of another merchant."""

    def image(held: Image | None) -> Any:
        return replace(held, key=replace(held.key, merchant=merchant)) if held else None

    return replace(change, before=image(change.before), after=image(change.after))


def wrong_runs(recorded: Recorded, kind: type[Restless], runs: int, label: str) -> list[int]:
    found = []
    for seed in range(runs):
        recorded.refresh(seed)
        run = Run(recorded, seed, kind, label)
        run.play()
        if run.wrong():
            found.append(seed)
    return found


def test_no_fault_of_the_stream_makes_a_sum_wrong_on_moto(on_moto: Recorded) -> None:
    assert wrong_runs(on_moto, Restless, RUNS["moto"], "exact") == []


@pytest.mark.dynamodb_local
def test_no_fault_of_the_stream_makes_a_sum_wrong_on_the_real_engine(on_local: Recorded) -> None:
    assert wrong_runs(on_local, Restless, RUNS["dynamodb-local"], "exact") == []


@pytest.mark.parametrize("saboteur", [Unguarded, NoTombstones, DirtyFirst])
def test_the_faults_catch_a_missing_guard(on_moto: Recorded, saboteur: type[Restless]) -> None:
    for seed in range(SABOTAGE_RUNS):
        on_moto.refresh(seed)
        run = Run(on_moto, seed, saboteur, saboteur.__name__.lower())
        run.play()
        if run.wrong():
            return
    pytest.fail(f"{saboteur.__name__} passed {SABOTAGE_RUNS} runs")


def test_the_faults_catch_a_member_s_row_that_is_not_put_again(on_moto: Recorded) -> None:
    for seed in range(SABOTAGE_RUNS):
        on_moto.refresh(seed)
        run = Run(on_moto, seed, Restless, "once", Once)
        run.play()
        if run.wrong():
            return
    pytest.fail(f"it passed {SABOTAGE_RUNS} runs")


def test_the_faults_catch_counters_by_add(on_moto: Recorded) -> None:
    """A projector that adds the difference of two images is right only when each record comes exactly once."""
    zone = on_moto.config.zone

    def counted(changes: Iterable[Change]) -> dict[tuple[Any, ...], int]:
        gmv: dict[tuple[Any, ...], int] = {}
        for change in changes:
            for sign, image in ((-1, change.before), (1, change.after)):
                for fact in order_facts(image, zone) if image else []:
                    if "t" in fact.doc and fact.doc.get("c"):
                        name = (fact.cell.day, fact.cell.account)
                        gmv[name] = gmv.get(name, 0) + sign * (fact.doc["t"] or 0)
        return {name: money for name, money in gmv.items() if money}

    right = counted(on_moto.changes)
    wrong = 0
    for seed in range(SABOTAGE_RUNS):
        played = [change for batch in batches(random.Random(seed), on_moto.changes) for change in batch]
        wrong += counted(played) != right
    assert wrong > SABOTAGE_RUNS * 0.9


def test_a_change_back_in_a_longer_batch_overrules_the_shorter_one_before_it(on_moto: Recorded) -> None:
    """Total 300, 360, 300: the middle image alone, then the middle and the last together, whose ends are alike."""
    changes = [_moved(each, "back") for each in on_moto.changes if each.after.key.order_id == "E5"]
    run = Run(on_moto, 0, Restless, "unused")
    run.calm = True
    run.project.handle(changes[:1])
    run.project.handle(changes[1:2])
    run.project.handle(changes[1:3])
    (told,) = [each for each in on_moto.told.values() if each.order.order_id == "E5"]
    assert reckoned(run.reckoning, "back", run.days) == expected([told])
    assert _net(run, "back", told) == {"CNY": 300}


def _project(on: Recorded, cells: DynamoCells, members: DynamoMembers) -> Project:
    orders = DynamoOrders(on.table)
    return Project(config=lambda: on.config, cells=cells, members=members, orders=orders, clock=HandClock(), counters=_Silent())


def test_a_bisected_batch_raises_what_the_whole_one_had_put_before_it_died(on_moto: Recorded) -> None:
    """The whole batch puts the last image's rows and dies; its halves then find the rows newer than, or as, they want."""
    changes = [_moved(each, "halves") for each in on_moto.changes if each.after.key.order_id == "E1"]
    run = Run(on_moto, 0, Restless, "unused")
    run.calm = True
    cells = _DiesBeforeDirty(on_moto.table, lambda: None)
    with pytest.raises(Crash):
        _project(on_moto, cells, run.members).handle(changes)
    for change in changes:
        run.reckoning.sweep("halves")
        run.project.handle([change])
    told = [each for each in on_moto.told.values() if each.order.order_id == "E1"]
    assert reckoned(run.reckoning, "halves", run.days) == expected(told)


class _DiesBeforeDirty(Restless):
    def raise_dirty(self, cells: Iterable[Cell]) -> None:
        raise Crash


def test_two_crashes_after_the_profile_lose_no_people_row(on_moto: Recorded) -> None:
    """The first batch dies between profile and people rows; it comes again longer, and dies there again."""
    of_one = [each for each in on_moto.changes if each.after.key.order_id in ("E1", "E2")]
    changes = [_moved(each, "twice") for each in of_one]
    older = [each for each in changes if each.after.key.order_id == "E2"]
    first = [each for each in changes if each.after.key.order_id == "E1"]
    run = Run(on_moto, 0, Restless, "unused")
    run.calm = True
    members = _DiesAfterProfile(on_moto.table)
    project = _project(on_moto, run.cells, members)
    for batch in (older, [*older, first[-1]]):
        members.armed = True
        with pytest.raises(Crash):
            project.handle(batch)
    project.handle([*older, first[-1]])
    told = [each for each in on_moto.told.values() if each.order.order_id in ("E1", "E2")]
    people = {name: value for name, value in expected(told).items() if name[0] == "people"}
    assert {name: value for name, value in reckoned(run.reckoning, "twice", run.days).items() if name[0] == "people"} == people


class _DiesAfterProfile(DynamoMembers):
    armed = False

    def put_profile(self, *args: Any, **kwargs: Any) -> bool:
        done = super().put_profile(*args, **kwargs)
        if self.armed:
            self.armed = False
            raise Crash
        return done


def _net(run: Run, merchant: str, told: Told) -> dict[str, int]:
    return run.members.profile(merchant, told.member or "").profile.net
