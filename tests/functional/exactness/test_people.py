"""One person of several buyers: whatever the order, repetition and company of the stream's records, the same members in the end."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from msgspec import structs

from chalicelib.adapters.members import DynamoMembers
from chalicelib.domain.facts import Cell, Image, member_order
from chalicelib.domain.graph import MOST_BUYERS
from chalicelib.domain.member import Profile, profile_of
from chalicelib.domain.order import Amounts, Buyer, Order
from chalicelib.domain.purchases import NO_DAY, PLACE, Purchases, purchases_in
from chalicelib.domain.record import explode, key_of
from chalicelib.errors import Retriable
from chalicelib.people import People
from chalicelib.pipeline import project
from chalicelib.pipeline.project import BUCKETS_KEPT, Change, Project
from chalicelib.ports import StoredProfile
from tests.functional.stack import Stack

START = datetime(2026, 10, 1, 4, tzinfo=UTC)
ORDER = Order(
    merchant="demo",
    platform="generic",
    account="erp",
    order_id="P",
    order_no=None,
    status="paid",
    platform_status="paid",
    refund_status="none",
    test=False,
    currency="CNY",
    tax_included=True,
    amounts=Amounts(total=100, paid=100),
    placed_at=START,
    paid_at=START,
    shipped_at=None,
    delivered_at=None,
    completed_at=None,
    cancelled_at=None,
    updated_at=START,
    buyer=Buyer(id="b"),
)


class Shop:
    """Orders with their buyers and identities, and the records of the stream they made."""

    def __init__(self) -> None:
        self.images: dict[str, tuple[Image, tuple[str, ...]]] = {}
        self.changes: list[Change] = []

    def tell(self, order: str, buyer: str, day: int, *identities: str) -> Change:
        """An order, new or changed."""
        at = START + timedelta(days=day)
        told = structs.replace(ORDER, order_id=order, account=f"erp{day % 2}", paid_at=at, placed_at=at, updated_at=at)
        before, earlier = self.images.get(order, (None, ()))
        version = before.version + 1 if before else 1
        image = Image(key_of(told), version, 0, buyer, explode(told, source=0, occurred_at=None))
        if before:
            image = replace(image, key=before.key, layers=before.layers)
        self.images[order] = image, identities
        self.changes.append(Change(before, image, earlier, identities))
        return self.changes[-1]

    def persons(self) -> dict[str, tuple[str, ...]]:
        """Who is whom, by uniting sets over the last images."""
        carried: dict[str, set[str]] = {}
        for image, identities in self.images.values():
            carried.setdefault(image.member or "", set()).update(identities)
        groups = {buyer: {buyer} for buyer in carried}
        for identity in {each for one in carried.values() for each in one}:
            holders = [buyer for buyer in carried if identity in carried[buyer]]
            if len(holders) <= MOST_BUYERS:
                whole = set().union(*(groups[buyer] for buyer in holders))
                for buyer in whole:
                    groups[buyer] = whole
        return {buyer: tuple(sorted(group)) for buyer, group in groups.items()}

    def expected(self, stack: Stack) -> dict[str, Profile]:
        """Each buyer's profile: the person's with the least of its buyers, none with the others."""
        zone = stack.config.zone
        rows = [row for image, _ in self.images.values() if (row := member_order(image, zone))]
        return {
            buyer: profile_of([row for row in rows if row.member in group]) if buyer == group[0] else Profile()
            for buyer, group in self.persons().items()
        }


def found(stack: Stack, shop: Shop) -> dict[str, Profile]:
    """The profiles that stand."""
    return {buyer: stack.app.members.profile("demo", buyer).profile for buyer in shop.persons()}


def people(stack: Stack) -> dict[tuple[date, str], tuple[int, int]]:
    """(new, returning) by day and account, from the cells."""
    sums: dict[tuple[date, str], tuple[int, int]] = {}
    for offset in range(-1, 61):
        day = (START + timedelta(days=offset)).date()
        for head in stack.app.cells.heads("demo", day):
            if head.cell.kind == "people":
                rows = [row.get("new") for row in stack.app.cells.rows(head.cell)]
                if rows:
                    sums[day, head.cell.account] = (sum(map(bool, rows)), sum(not each for each in rows))
    return sums


def expected_people(stack: Stack, shop: Shop) -> dict[tuple[date, str], tuple[int, int]]:
    """The same from the profiles as they should be."""
    sums: dict[tuple[date, str], tuple[int, int]] = {}
    for profile in shop.expected(stack).values():
        for visit in profile.visits:
            new, returning = sums.get((visit.day, visit.account), (0, 0))
            sums[visit.day, visit.account] = (new + visit.new, returning + (not visit.new))
    return sums


def member_rows(stack: Stack) -> dict[str, dict[date, int]]:
    """The net of each day in the member cells, by the buyer whose row it is. One who has two rows has none."""
    rows: dict[str, dict[date, int]] = {}
    for head in stack.app.cells.heads("demo", NO_DAY):
        for buyer, row in stack.app.cells.named_rows(head.cell):
            rows[buyer] = {} if buyer in rows else dict(dict(purchases_in(row).net)["CNY"])
    return rows


def expected_rows(stack: Stack, shop: Shop) -> dict[str, dict[date, int]]:
    """The same from who is whom: a row for the least of a person's buyers."""
    rows: dict[str, dict[date, int]] = {}
    persons = shop.persons()
    for image, identities in shop.images.values():
        order = member_order(image, stack.config.zone, identities)
        assert order
        row = rows.setdefault(persons[order.member][0], {})
        row[order.day] = row.get(order.day, 0) + 100
    return rows


def right(stack: Stack, shop: Shop) -> bool:
    """Whether profiles, people rows and member cells are as they should be."""
    if found(stack, shop) != shop.expected(stack) or people(stack) != expected_people(stack, shop):
        return False
    rows = expected_rows(stack, shop)
    counted = stack.app.reckoning.members("demo")
    lasts, often = Counter(max(row).toordinal() for row in rows.values()), Counter(len(row) for row in rows.values())
    shown = (counted.members, counted.histograms.days, counted.histograms.frequencies)
    return member_rows(stack) == rows and shown == (len(rows), dict(lasts), dict(often))


def shop_of(seed: int) -> Shop:
    """A dozen buyers, few addresses, orders that change their address, some shared by many."""
    draw, shop = Random(seed), Shop()
    for _ in range(draw.randint(8, 26)):
        order = f"o{draw.randint(1, 16)}"
        buyer = shop.images[order][0].member if order in shop.images else f"b{draw.randint(1, 12):02}"
        pool = draw.choice((3, 8))
        identities = {f"email:{draw.randint(1, pool)}" for _ in range(draw.choice((0, 1, 1, 2)))}
        shop.tell(order, buyer or "", draw.randint(0, 40), *sorted(identities))
    return shop


def batches(shop: Shop, draw: Random) -> Iterator[list[Change]]:
    """The stream: orders' records in their order, in batches that come again, overlap and are cut; at last all of them came."""
    at = 0
    while at < len(shop.changes):
        size = draw.randint(1, 7)
        yield shop.changes[at : at + size]
        if draw.random() < 0.4:
            yield shop.changes[max(0, at - 3) : at + draw.randint(1, size)]
        at += size


@pytest.mark.parametrize("seed", range(16))
def test_members_do_not_depend_on_the_stream_s_ways(moto_stack: Stack, seed: int) -> None:
    shop, draw = shop_of(seed), Random(seed + 1000)
    for count, batch in enumerate(batches(shop, draw)):
        if count == 3:
            grow(moto_stack)
        moto_stack.app.project.handle(batch)
    assert right(moto_stack, shop)


def grow(stack: Stack) -> None:
    """From now on new members go to other cells."""
    stack.app.orders.grow("demo", *PLACE, (0, 1))
    stack.clock.at += BUCKETS_KEPT


class Forgetful(DynamoMembers):
    """The saboteur: a member's place among the cells is not kept."""

    def profiles(self, members: Any) -> Any:
        return {who: replace(stored, place=None) for who, stored in super().profiles(members).items()}


def wrong(engine: Any, step: type[Project], runs: int, store: type[DynamoMembers] = DynamoMembers) -> int:
    """In how many of so many runs a profile, a row or a sum is wrong."""
    failed = 0
    for seed in range(runs):
        stack = Stack(engine)
        parts, shop, draw = stack.app.parts, shop_of(seed), Random(seed + 1000)
        project_ = step(
            config=parts.config,
            cells=stack.app.cells,
            members=store(parts.table),
            orders=stack.app.orders,
            clock=stack.clock,
            counters=stack.counters,
        )
        for count, batch in enumerate(batches(shop, draw)):
            if count == 3:
                grow(stack)
            project_.handle(batch)
        failed += not right(stack, shop)
    return failed


class ForgetsOthers(Project):
    """The saboteur: recomputes whoever an order belongs to, and not whom that makes of others."""

    def _refresh_all(self, affected: Any) -> Any:
        super()._refresh_all(affected)
        return {}


class ForgetsWhoHadIt(Project):
    """The saboteur: does not look at who else had an identity that is gone, or has become everybody's."""

    def _seen_with(self, merchant: str, identity: str) -> list[str]:
        return []


class LeavesRows(Project):
    """The saboteur: a buyer who does not bear the person's name any more leaves their row."""

    def _member(self, merchant: str, buyer: str, stored: StoredProfile, bought: Purchases | None) -> set[Cell]:
        return super()._member(merchant, buyer, stored, bought) if bought else set()


@pytest.mark.parametrize("saboteur", [ForgetsOthers, ForgetsWhoHadIt, LeavesRows])
def test_a_missing_guard_is_seen(moto_engine: Any, saboteur: type[Project]) -> None:
    assert wrong(moto_engine, saboteur, 8) > 0


def test_a_place_that_is_not_kept_is_seen(moto_engine: Any) -> None:
    assert wrong(moto_engine, Project, 4, Forgetful) > 0


def race(stack: Stack, rounds: int) -> int:
    """Two buyers of one address, each projected by a worker of its own, with pauses before each put: how many rounds end wrong."""
    failed = 0
    for number in range(rounds):
        shop = Shop()
        for who in ("a", "b", "c"):
            shop.tell(f"{number}-{who}", f"{number}-{who}", 1, f"email:{number}")
        gate = threading.Barrier(len(shop.changes))

        def work(change: Change, gate: threading.Barrier = gate) -> None:
            gate.wait()
            while True:
                try:
                    stack.app.project.handle([change])
                except Retriable:
                    continue
                return

        threads = [threading.Thread(target=work, args=(change,)) for change in shop.changes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        failed += found(stack, shop) != shop.expected(stack)
    rows = {buyer: sum(row.values()) // 100 for buyer, row in member_rows(stack).items()}
    failed += rows != dict.fromkeys((f"{number}-a" for number in range(rounds)), 3)
    return failed


@pytest.fixture
def slow_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause between reading the graph and putting what follows from it, unlike from time to time."""
    draw, whole = Random(4), People.member

    def member(self: Any, merchant: str, buyer: str) -> Any:
        answer = whole(self, merchant, buyer)
        time.sleep(draw.choice((0, 0.002, 0.01)))
        return answer

    monkeypatch.setattr(People, "member", member)


@pytest.mark.usefixtures("slow_graph")
def test_workers_side_by_side_make_one_person(engine: Any) -> None:
    assert race(Stack(engine), 15) == 0


def overtaken(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the end is right, when one worker has read the graph and another then does all its work before the first goes on."""
    shop, whole, waiting = Shop(), People.member, ["b"]
    late, quick = shop.tell("o-b", "b", 1, "email:x"), shop.tell("o-a", "a", 2, "email:x")

    def member(self: Any, merchant: str, buyer: str) -> Any:
        answer = whole(self, merchant, buyer)
        if buyer in waiting:
            waiting.remove(buyer)
            stack.app.project.handle([quick])
        return answer

    monkeypatch.setattr(People, "member", member)
    stack.app.project.handle([late])
    return found(stack, shop) == shop.expected(stack)


def test_a_worker_that_was_overtaken_does_not_put_what_it_read_before(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert overtaken(Stack(engine), monkeypatch)


def test_it_would_if_a_profile_did_not_say_what_it_was_made_from(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "_basis", lambda _person: "")
    assert not overtaken(moto_stack, monkeypatch)


def test_a_sixth_buyer_parts_the_five_and_a_changed_address_joins_them_again(engine: Any) -> None:
    stack, shop = Stack(engine), Shop()
    for number in range(5):
        stack.app.project.handle([shop.tell(f"o{number}", f"b{number}", number, "email:till")])
    assert stack.app.members.profile("demo", "b0").profile.orders == 5
    stack.app.project.handle([shop.tell("o5", "b5", 5, "email:till")])
    assert [stack.app.members.profile("demo", f"b{number}").profile.orders for number in range(6)] == [1] * 6
    stack.app.project.handle([shop.tell("o5", "b5", 5, "email:own")])
    assert stack.app.members.profile("demo", "b0").profile.orders == 5
    assert found(stack, shop) == shop.expected(stack)


def test_severed_buyers_are_two_until_they_are_joined_again_and_all_of_it_is_on_record(engine: Any) -> None:
    stack, shop = Stack(engine), Shop()
    stack.app.project.handle([shop.tell("o1", "b1", 1, "email:x"), shop.tell("o2", "b2", 2, "email:x")])
    members, projecting = stack.app.members, stack.app.project
    assert members.profile("demo", "b1").buyers == ("b1", "b2")
    members.sever("demo", "b2", "email:x")
    projecting.again("demo", ("b1", "b2"))
    assert [members.profile("demo", buyer).profile.orders for buyer in ("b1", "b2")] == [1, 1]
    members.sever("demo", "b2", "email:x", again=True)
    projecting.again("demo", ("b1", "b2"))
    assert [members.profile("demo", buyer).profile.orders for buyer in ("b1", "b2")] == [2, 0]
    assert [buyers for _, buyers in members.profile("demo", "b1").log] == [("b1", "b2"), ("b1",), ("b1", "b2")]
