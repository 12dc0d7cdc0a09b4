"""Returning members through the projector: whatever came late, was cancelled, moved or merged, as a count by sets has it.

The oracle begins from the orders as they were told last, and shares no code with rows, cells and figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from msgspec import structs

from chalicelib import reckoning
from chalicelib.config import parse
from chalicelib.domain.cohorts import History
from chalicelib.domain.facts import Cell, Fact, Image
from chalicelib.domain.periods import KINDS, period_of
from chalicelib.domain.purchases import NO_DAY, Purchases, member_cell, row_of
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.record import explode, key_of
from chalicelib.pipeline.project import BUCKETS_KEPT, Change
from chalicelib.reckoning import Reckoning
from tests.functional.exactness.test_people import ORDER
from tests.functional.stack import CONFIG, Stack
from tests.kit import returning

START = datetime(2026, 7, 1, 4, tzinfo=UTC)  # noon in Shanghai
DAYS = 120
TODAY = START.date() + timedelta(days=DAYS)
SEEDS, BUYERS, FEW = 4, 150, 25


class Orders:
    """Orders as they stand, and the records of the stream that made them so."""

    def __init__(self) -> None:
        self.images: dict[str, Change] = {}
        self.changes: list[Change] = []
        self.days: dict[str, date | None] = {}  # None: it does not count

    def tell(self, order: str, buyer: str, day: int, *, status: str = "paid", test: bool = False, email: str | None = None) -> None:
        """An order, new or changed."""
        at = START + timedelta(days=day)
        told = structs.replace(
            ORDER, order_id=order, account=f"erp{day % 2}", status=status, test=test, paid_at=at, placed_at=at, updated_at=at
        )
        before = self.images.get(order)
        image = Image(key_of(told), 1, 0, buyer, explode(told, source=0, occurred_at=None))
        if before:
            image = replace(image, key=before.after.key, version=before.after.version + 1)
        identities = (f"email:{email}",) if email else before.identities if before else ()
        change = Change(before.after if before else None, image, before.identities if before else (), identities)
        self.images[order] = change
        self.changes.append(change)
        self.days[order] = at.date() if status == "paid" and not test else None

    def bought(self) -> dict[str, list[date]]:
        """Distinct days of purchase by person: buyers with a common address are one."""
        names = {change.after.member or "": change.after.member or "" for change in self.images.values()}
        for change in self.images.values():
            for identity in change.identities:
                names[change.after.member or ""] = identity
        days: dict[str, set[date]] = {}
        for order, day in self.days.items():
            if day is not None:
                days.setdefault(names[self.images[order].after.member or ""], set()).add(day)
        return {name: sorted(each) for name, each in days.items()}


def orders_of(draw: Random, members: int) -> Orders:
    """So many buyers, some of them the same person, with what usually happens to orders."""
    shop = Orders()
    for number in range(members):
        buyer, day, gap = f"b{number:05}", draw.randrange(DAYS), draw.choice([1, 3, 9, 30])
        email = f"{number // 2}" if draw.random() < 0.3 else None  # now and then the neighbour's as well
        for count in range(1 + min(6, int(draw.expovariate(0.7)))):
            order = f"{number}-{count}"
            shop.tell(order, buyer, min(day, DAYS), email=email)
            match draw.choice(["", "", "", "", "cancelled", "moved", "test", "known"]):
                case "cancelled":
                    shop.tell(order, buyer, min(day, DAYS), status="cancelled")
                case "moved":
                    shop.tell(order, buyer, draw.randrange(DAYS))
                case "test":
                    shop.tell(order, buyer, min(day, DAYS), test=True)
                case "known" if email:
                    shop.tell(order, buyer, min(day, DAYS), email=email)
            day += 1 + int(draw.expovariate(1 / gap))
    return shop


def batches(shop: Orders, draw: Random) -> Iterator[list[Change]]:
    """Members in any order, an order's records in theirs; some batches come again, longer."""
    waiting = sorted(shop.changes, key=lambda change: draw.random() if change.before is None else 1.0 + draw.random())
    waiting.sort(key=lambda change: change.after.version)
    at = 0
    while at < len(waiting):
        size = draw.randint(20, 80)
        yield waiting[at : at + size]
        if draw.random() < 0.2:
            yield waiting[max(0, at - 9) : at + size + 5]
        at += size


def agrees(history: History, bought: returning.Bought, draw: Random, stack: Stack) -> bool:
    """All periods and cohorts of the days there are."""
    rhythm = stack.config.members.rhythm
    for _ in range(25):
        day = TODAY - timedelta(days=draw.randrange(DAYS))
        for period in (period_of(kind, day) for kind in KINDS):
            as_of = period.last + timedelta(days=draw.choice([0, 30]))
            if history.of(period.first, period.last, as_of) != returning.returns(bought, period.first, period.last, as_of, rhythm):
                return False
            if history.cohort(period.first, period.last, as_of) != returning.cohort(bought, period.first, period.last, as_of):
                return False
    return True


def play(stack: Stack, seed: int, buyers: int, monkeypatch: pytest.MonkeyPatch) -> tuple[Orders, Random]:
    """The orders of a seed, projected; small cells, so that there are several."""
    monkeypatch.setattr(reckoning, "CELL_ROWS", buyers // 5)
    draw = Random(seed)
    shop = orders_of(draw, buyers)
    for batch in batches(shop, draw):
        stack.app.project.handle(batch)
        if draw.random() < 0.2:
            stack.app.reckoning.sweep("demo")
            stack.clock.at += BUCKETS_KEPT
    return shop, draw


@pytest.mark.parametrize("seed", range(SEEDS))
def test_members_return_as_their_orders_say(moto_engine: Any, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Stack(moto_engine)
    shop, draw = play(stack, seed, BUYERS, monkeypatch)
    bought = shop.bought()
    assert len(bought) > BUYERS / 2 and len(stack.app.cells.heads("demo", NO_DAY)) > 2
    assert agrees(stack.app.reckoning.history("demo"), bought, draw, stack)


def test_a_few_members_return_as_their_orders_say(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, draw = play(stack, 99, FEW, monkeypatch)
    assert agrees(stack.app.reckoning.history("demo"), shop.bought(), draw, stack)


def test_what_is_cancelled_is_no_return_any_more(stack: Stack) -> None:
    shop = Orders()
    for day in (3, 5, 40):
        shop.tell(f"a{day}", "a", day)
    stack.app.project.handle(shop.changes)
    first, back = (START.date() + timedelta(days=day) for day in (3, 5))
    told = stack.app.reckoning.people_of("demo", first, back)
    assert (told.new, told.buyer_days) == (1, 2)
    week = stack.app.reckoning.history("demo").cohort(first, first, TODAY)
    assert [week.again[days].numerator for days in (1, 3)] == [0, 1]
    shop.tell("a5", "a", 5, status="cancelled")
    stack.app.project.handle(shop.changes[-1:])
    week = stack.app.reckoning.history("demo").cohort(first, first, TODAY)
    assert [week.again[days].numerator for days in (3, 30, 60)] == [0, 0, 1]
    shop.tell("a3", "a", 3, status="cancelled")
    stack.app.project.handle(shop.changes[-1:])
    assert stack.app.reckoning.people_of("demo", first, first).new == 0


def put(stack: Stack, bucket: int, members: dict[str, list[date]]) -> Cell:
    """Rows of a member cell, as the projector puts them."""
    cell = member_cell("demo", bucket)
    rows = {
        name: row_of(Purchases((("CNY", tuple((day, 100) for day in days)),), ("generic",), "generic"))
        for name, days in members.items()
    }
    stack.app.cells.put_rows([(Fact(cell, name, row), 1) for name, row in rows.items()], [])
    stack.app.cells.raise_dirty([cell])
    return cell


def test_an_edited_rhythm_is_followed_though_no_row_has_changed(stack: Stack) -> None:
    put(stack, 0, {"a": [TODAY - timedelta(days=40), TODAY]})
    put(stack, 1, {"b": [TODAY - timedelta(days=200), TODAY]})
    assert stack.app.reckoning.people_of("demo", TODAY, TODAY).reactivated == 1
    stack.config = parse(CONFIG + "[members.rhythm]\ngap_days = 12\n")
    assert stack.app.reckoning.people_of("demo", TODAY, TODAY).reactivated == 2


def test_cells_that_are_fresh_are_read_and_not_summed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = put(stack, 0, {"a": [TODAY]})
    put(stack, 1, {"b": [TODAY]})
    stack.app.reckoning.sweep("demo")
    summed: list[Cell] = []
    whole = Reckoning.recompute

    def noted(self: Reckoning, cell: Cell) -> bytes:
        summed.append(cell)
        return whole(self, cell)

    monkeypatch.setattr(Reckoning, "recompute", noted)
    assert stack.app.reckoning.people_of("demo", TODAY, TODAY).buyers == 2
    assert summed == []
    put(stack, 0, {"c": [TODAY]})
    assert stack.app.reckoning.people_of("demo", TODAY, TODAY).buyers == 3
    assert summed == [cell]


def test_writers_that_go_on_do_not_hold_it_up(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    put(moto_stack, 0, {"a": [TODAY]})
    whole = Reckoning.recompute

    def outrun(self: Reckoning, cell: Cell) -> bytes:
        summary = whole(self, cell)
        put(moto_stack, 0, {"late": [TODAY]})
        return summary

    monkeypatch.setattr(Reckoning, "recompute", outrun)
    assert moto_stack.app.reckoning.people_of("demo", TODAY, TODAY).buyers == 1


def test_what_was_written_before_it_was_asked_is_in_it(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The saboteur takes summaries as they lie, whether or not their cell was written to since."""
    put(stack, 0, {"a": [TODAY]})
    stack.app.reckoning.sweep("demo")
    put(stack, 0, {"b": [TODAY]})
    heads = stack.app.cells.heads

    def stale(merchant: str, day: date) -> list[Any]:
        return [replace(head, dirty=head.summed) for head in heads(merchant, day)]

    with monkeypatch.context() as patched:
        patched.setattr(stack.app.cells, "heads", stale)
        assert stack.app.reckoning.people_of("demo", TODAY, TODAY).buyers == 1
    assert stack.app.reckoning.people_of("demo", TODAY, TODAY).buyers == 2


def test_a_summary_of_a_former_version_is_made_anew(stack: Stack) -> None:
    cell = put(stack, 0, {"a": [TODAY]})
    rates = stack.config.members.rates.fingerprint
    plain = f'{{"rates":"{rates}","members":1,"days":[{TODAY.toordinal()},1],"frequencies":[1,1],"amounts":[100,1]}}'
    stack.app.cells.put_summary(cell, plain.encode(), dirty=1)
    assert stack.app.reckoning.members("demo").histograms.frequencies == {1: 1}
    assert stack.app.reckoning.people_of("demo", TODAY, TODAY).buyers == 1


def test_in_a_week_that_goes_on_nobody_has_had_the_days_to_come(moto_stack: Stack) -> None:
    """Today is Friday the 20th. Who was new yesterday had no whole day yet in which to come back; who was new on the 18th had."""
    put(moto_stack, 0, {"a": [date(2026, 11, 19)], "b": [date(2026, 11, 18), date(2026, 11, 19)]})
    week = period_of("week", date(2026, 11, 20))
    told = moto_stack.app.reporting.measured(week).total
    assert (told["again_1"], told["cohort_1"]) == (1, 1)
    assert moto_stack.app.reckoning.people_of("demo", week.first, week.last).again[1] == Ratio(1, 2), "what a low figure would be"
