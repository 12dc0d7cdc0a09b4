"""Stored items are brought up beside live writes, older code and themselves; what nobody knows yet in an item harms nobody.

What the code before did with a volume item stands here as it was (`Before`): no version since may break it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from chalicelib import upgrading
from chalicelib.adapters import volumes
from chalicelib.adapters.table import Table, binary, get_int, key, number, text
from chalicelib.adapters.volumes import DynamoVolumes
from chalicelib.domain.buckets import VOLUME_SHAPE, WIDEST, Volume
from chalicelib.domain.facts import Fact
from chalicelib.domain.purchases import NO_DAY, Purchases, member_cell, row_of
from chalicelib.domain.record import OrderKey
from chalicelib.errors import Retriable
from chalicelib.reckoning import census, comings_in
from chalicelib.upgrading import Upgrading
from ops.cli import app
from ops.cli import upgrade as command
from ops.local import TABLE, moto
from tests.functional.exactness.world import DELIVERIES, deliver
from tests.functional.stack import Stack

SHOP = ("demo", "generic", "erp")
DAY = date(2026, 11, 20)


class Before:
    """Volume items as the code before forms had numbers read and wrote them."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def buckets(self) -> tuple[int, int]:
        item = self._table.get(key(SHOP[0], "V", *SHOP[1:]), "buckets")
        return (get_int(item, "first"), get_int(item, "width")) if item else (0, 1)

    def grow(self, seen: tuple[int, int]) -> None:
        first, width = seen
        self._table.put(
            key(SHOP[0], "V", *SHOP[1:]),
            "buckets",
            {"kind": text("volume"), "first": number(first + width), "width": number(width * 2)},
            condition="attribute_not_exists(pk) OR #first = :seen",
            values={":seen": number(first)},
            names={"#first": "first"},
        )


def upgrade_of(stack: Stack, pace: Callable[[], None] = lambda: None) -> Upgrading:
    return Upgrading(
        config=stack.app.parts.config,
        volumes=DynamoVolumes(stack.app.parts.table),
        cells=stack.app.cells,
        reckoning=stack.app.reckoning,
        pace=pace,
    )


def volume_of(stack: Stack) -> Volume | None:
    return DynamoVolumes(stack.app.parts.table).read(*SHOP)


def widened(stack: Stack, times: int) -> Before:
    """A shop that grew under the code before."""
    before = Before(stack.app.parts.table)
    for _ in range(times):
        before.grow(before.buckets())
    return before


def put_member(stack: Stack, name: str) -> None:
    bought = Purchases((("CNY", ((DAY, 100),)),), ("generic",), "generic")
    stack.app.cells.put_rows([(Fact(member_cell("demo", 0), name, row_of(bought)), 1)], [])
    stack.app.cells.raise_dirty([member_cell("demo", 0)])


def summed_as_before(stack: Stack) -> None:
    """A member cell's summary as it was first: JSON of its histograms."""
    put_member(stack, "a")
    cell = member_cell("demo", 0)
    told = census(stack.app.cells.rows(cell), stack.app.reckoning._rates())
    stack.app.cells.put_summary(cell, msgspec.json.encode(told), dirty=stack.app.cells.dirty_number(cell))


def outcome(found: list[upgrading.Outcome]) -> dict[str, tuple[int, int, int]]:
    return {each.kind: (each.looked, each.old, each.upgraded) for each in found}


def test_older_forms_are_counted_brought_up_and_left_alone_after(stack: Stack) -> None:
    widened(stack, 8)  # 256 buckets from 255 on
    summed_as_before(stack)
    assert outcome(upgrade_of(stack).run(dry=True)) == {"volume": (1, 1, 0), "member summary": (1, 1, 0)}
    assert volume_of(stack) == Volume(255, 256, 1)
    assert outcome(upgrade_of(stack).run()) == {"volume": (1, 1, 1), "member summary": (1, 1, 1)}
    assert volume_of(stack) == Volume(255 + 256, WIDEST, VOLUME_SHAPE)
    assert stack.app.orders.buckets(*SHOP) == (511, WIDEST)
    assert outcome(upgrade_of(stack).run()) == {"volume": (1, 0, 0), "member summary": (1, 0, 0)}
    assert stack.app.reckoning.members("demo").members == 1


def test_a_narrow_shop_keeps_its_buckets(stack: Stack) -> None:
    widened(stack, 2)
    upgrade_of(stack).run()
    assert volume_of(stack) == Volume(3, 4, VOLUME_SHAPE)


def test_a_shop_that_grows_between_reading_and_putting_is_looked_at_again(stack: Stack) -> None:
    before = widened(stack, 8)
    grown: list[tuple[int, int]] = []

    def live() -> None:
        if not grown:
            grown.append(before.buckets())
            before.grow(before.buckets())

    found = upgrade_of(stack, live).run()
    assert found[0].upgraded == 1
    assert volume_of(stack) == Volume(255 + 256 + 512, WIDEST, VOLUME_SHAPE), "no bucket of the growth is drawn from twice"


def test_without_its_condition_a_growth_would_be_lost(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volumes, "AS_READ", "attribute_exists(pk) OR #first = :first OR #width = :width")
    with pytest.raises(AssertionError):
        test_a_shop_that_grows_between_reading_and_putting_is_looked_at_again(moto_stack)


def test_writers_that_never_rest_end_it_for_now(moto_stack: Stack) -> None:
    before = widened(moto_stack, 8)
    with pytest.raises(Retriable, match="volume-contended"):
        upgrade_of(moto_stack, lambda: before.grow(before.buckets())).run()


def test_a_run_that_is_broken_off_is_taken_up_again(stack: Stack) -> None:
    widened(stack, 8)
    summed_as_before(stack)
    steps: list[int] = []

    def dies() -> None:
        steps.append(1)
        if len(steps) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upgrade_of(stack, dies).run()
    assert outcome(upgrade_of(stack).run()) == {"volume": (1, 0, 0), "member summary": (1, 1, 1)}


def test_a_member_who_comes_while_a_cell_is_brought_up_is_not_lost(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    summed_as_before(stack)
    rows = stack.app.cells.rows
    came: list[int] = []

    def slow(cell: Any) -> Any:
        found = list(rows(cell))
        if not came:
            came.append(1)
            put_member(stack, "b")
        return iter(found)

    monkeypatch.setattr(stack.app.cells, "rows", slow)
    assert upgrade_of(stack).run()[1].upgraded == 1
    head = stack.app.cells.heads("demo", NO_DAY)[0]
    assert comings_in(head.summary) is not None and head.dirty != head.summed, "it still waits"
    assert stack.app.reckoning.members("demo").members == 2


def test_the_code_before_reads_and_grows_what_was_brought_up(stack: Stack) -> None:
    before = widened(stack, 8)
    upgrade_of(stack).run()
    assert before.buckets() == (511, WIDEST)
    before.grow(before.buckets())
    assert volume_of(stack) == Volume(575, 2 * WIDEST, 1)
    assert upgrade_of(stack).run()[0].upgraded == 1, "and what it widened is brought back"


def told(stack: Stack) -> Any:
    """Everything that readers make of the table."""
    places = sorted((item["pk"]["S"].split("#"), item["sk"]["S"]) for item in stack.dynamodb.scan(TableName=TABLE)["Items"])
    orders = [OrderKey("demo", *pk[2:]) for pk, sk in places if sk == "order"]
    days = sorted({date.fromisoformat(pk[2]) for pk, _ in places if pk[1] == "D"} - {NO_DAY})
    buyers = [("demo", pk[2]) for pk, sk in places if sk == "profile"]
    found = (
        [stack.app.orders.read(each) for each in orders],
        [stack.app.orders.history(each) for each in orders],
        [(head.cell, head.summary) for day in days for head in stack.app.reckoning.day("demo", day)],
        stack.app.members.profiles(buyers),
        stack.app.reckoning.members("demo"),
    )
    assert all(found), "there is something of each to read"
    return found


@pytest.fixture
def quick() -> Iterator[Stack]:
    """Moto as the demo has it: no race is looked for, and readers are the same."""
    with moto(wire=False) as engine:
        yield Stack(engine)


def test_attributes_that_nobody_knows_yet_harm_nobody(quick: Stack) -> None:
    stack = quick
    deliver(stack, DELIVERIES)
    stack.settle()
    before = told(stack)
    for item in stack.dynamodb.scan(TableName=TABLE)["Items"]:
        later = {**item, "shape": number(9), "of_a_later_version": text("x"), "later_too": binary(b"y")}
        stack.dynamodb.put_item(TableName=TABLE, Item=later)
    assert told(stack) == before
    deliver(stack, DELIVERIES)
    stack.settle()
    assert told(stack) == before, "and duplicates are still known"


def test_the_command(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    widened(moto_stack, 8)
    monkeypatch.setattr(command, "open_application", lambda _data, _config: moto_stack.app)
    dry = CliRunner().invoke(app, ["upgrade", "--dry-run", "--json"])
    assert json.loads(dry.stdout)[0] == {"kind": "volume", "looked": 1, "old": 1, "upgraded": 0}
    done = CliRunner().invoke(app, ["upgrade", "--pace", "1000"])
    assert done.exit_code == 0 and volume_of(moto_stack) == Volume(511, WIDEST, VOLUME_SHAPE)
