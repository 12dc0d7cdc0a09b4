"""Scales from the member cells, portraits of persons, and what the commands show of them."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chalicelib import bootstrap, entry, reckoning, standings
from chalicelib.config import Config, parse
from chalicelib.domain.facts import Fact
from chalicelib.domain.portrait import portrait_of
from chalicelib.domain.purchases import NO_DAY, PLACE, Purchases, member_cell, purchases_of, row_of
from chalicelib.domain.rfm import Histograms, Scales, Standing
from chalicelib.errors import Retriable
from ops.cli import app as cli
from ops.cli import members as commands
from tests.functional.exactness.world import DELIVERIES, deliver, erp, stamp
from tests.functional.stack import CONFIG, Stack

TODAY = date(2026, 11, 20)
RATE = '[[rates]]\ncurrency = "USD"\nper = "{}"\nday = 2026-11-01\nsource = "test"\n'
TIERS = "".join(
    f'[[members.tiers]]\nname = "{name}"\nmoney = {money}\n' for name, money in (("one", 1), ("two", 400), ("three", 900))
)


def config(more: str = "") -> Config:
    """The tests' configuration with something at its end."""
    return parse(CONFIG + more)


@pytest.fixture
def shop(engine: Any) -> Stack:
    """The recorded world, with a rate for dollars."""
    stack = Stack(engine)
    stack.config = config(RATE.format("7.1") + TIERS)
    deliver(stack, DELIVERIES)
    stack.settle()
    return stack


def put(stack: Stack, bucket: int, members: dict[str, Purchases], version: int = 1) -> None:
    """Rows of a member cell, as the projector puts them."""
    cell = member_cell("demo", bucket)
    stack.app.cells.put_rows([(Fact(cell, name, row_of(bought)), version) for name, bought in members.items()], [])
    stack.app.cells.raise_dirty([cell])


def bought(day: date, net: int, currency: str = "CNY") -> Purchases:
    """One purchase."""
    return Purchases(((currency, ((day, net),)),), ("generic",), "generic")


def test_scales_and_portraits_are_those_of_the_orders(shop: Stack) -> None:
    terms = shop.config.members
    drawn = {each.member: each for each in shop.app.standings.portraits("demo", TODAY)}
    counted, persons = Histograms(), {}
    for name in drawn:
        persons[name] = shop.app.people.member("demo", name)
        own = purchases_of(persons[name].rows)
        assert own
        counted.add(Standing(own.days[-1], len(own.days), drawn[name].money))
    assert len(drawn) == 4
    scales = Scales(counted)
    for name, person in persons.items():
        own = purchases_of(person.rows)
        assert own
        assert drawn[name] == portrait_of(name, own, TODAY, scales, terms) == shop.app.standings.portrait(person, TODAY)
    dollars = [each for each in drawn.values() if each.platforms == {"shopify"}]
    assert [(each.money, each.unrated) for each in dollars] == [((2550 - 500 + 700) * 71 // 10, ())]


def test_a_person_without_a_counted_order_has_no_portrait(moto_stack: Stack) -> None:
    deliver(moto_stack, [erp("Q1", 1, "pending_payment", 200, buyer="q")])
    moto_stack.settle()
    member = moto_stack.app.parts.vault.lookup("demo", "buyer", "generic\x1ferp\x1fq")
    person = moto_stack.app.people.member("demo", member)
    assert person.rows
    assert moto_stack.app.standings.portrait(person, TODAY) is None
    assert moto_stack.app.cells.heads("demo", NO_DAY) == []


def test_edited_rates_are_followed_though_no_row_has_changed(shop: Stack) -> None:
    before = shop.app.reckoning.members("demo").histograms
    shop.config = config(RATE.format("700"))
    after = shop.app.reckoning.members("demo").histograms
    assert after.days == before.days and after.amounts != before.amounts
    assert max(after.amounts) > 1_800_000
    shop.config = config()
    told = shop.app.reckoning.members("demo")
    assert told.unrated == {"USD": 1}
    assert sum(told.histograms.amounts.values()) == told.members == 4


def test_scales_are_kept_for_a_while_by_the_clock(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    put(moto_stack, 0, {"a": bought(TODAY, 100)})
    read: list[tuple[Any, ...]] = []
    whole = moto_stack.app.reckoning.members

    def members(*args: Any) -> reckoning.Members:
        read.append(args)
        return whole(*args)

    monkeypatch.setattr(moto_stack.app.reckoning, "members", members)
    first = moto_stack.app.standings.scales("demo")
    moto_stack.clock.at += standings.LIFE - timedelta(seconds=1)
    assert moto_stack.app.standings.scales("demo") is first
    moto_stack.clock.at += timedelta(seconds=1)
    assert moto_stack.app.standings.scales("demo") is not first
    moto_stack.config = config(RATE.format("7.1"))
    moto_stack.app.standings.scales("demo")
    assert read == [("demo", standings.FEW)] * 3


def test_who_waits_sums_a_few_cells_and_the_schedule_the_rest(stack: Stack) -> None:
    for bucket in range(5):
        put(stack, bucket, {f"m{bucket}": bought(TODAY, 100, "USD")})
    told = stack.app.reckoning.members("demo", 2)
    assert (told.members, told.behind) == (2, 3)
    assert stack.app.reckoning.sweep("demo") == 3
    assert stack.app.reckoning.members("demo", 0).members == 5
    stack.config = config(RATE.format("7.1"))  # no row has changed, nobody waits
    assert stack.app.reckoning.sweep("demo") == 0
    told = stack.app.reckoning.members("demo", 1)
    assert (told.members, told.behind, told.unrated) == (5, 4, {"USD": 4})
    assert stack.app.reckoning.sweep("demo") == 4
    told = stack.app.reckoning.members("demo", 0)
    assert (told.members, told.behind, told.unrated) == (5, 0, {})


def many(stack: Stack) -> None:
    """From now on the members count as those of many cells."""
    seen = (0, 1)
    while sum(seen) <= standings.FEW:
        stack.app.orders.grow("demo", *PLACE, seen)
        seen = stack.app.orders.buckets("demo", *PLACE)


def test_over_many_cells_scales_are_kept_and_no_summary_is_read(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    put(stack, 0, {f"m{number}": bought(TODAY - timedelta(days=number), 100 * number) for number in range(9)})
    exact = stack.app.standings.scales("demo")
    assert not stack.app.standings.refresh("demo") and stack.app.marks.get("demo", standings.MARK) is None
    many(stack)
    assert stack.app.standings.refresh("demo")
    stack.clock.at += standings.LIFE
    read: list[Any] = []
    monkeypatch.setattr(stack.app.reckoning, "members", lambda *args: read.append(args))
    kept = stack.app.standings.scales("demo")
    assert read == [] and kept.steps == exact.steps
    for number in range(-2, 12):
        standing = Standing(TODAY - timedelta(days=number), number, 100 * number)
        assert kept.grade(standing) == exact.grade(standing)


def test_scales_that_are_kept_are_made_anew_each_hour_and_for_other_rates(moto_stack: Stack) -> None:
    many(moto_stack)
    put(moto_stack, 0, {"a": bought(TODAY, 100), "b": bought(TODAY, 500, "USD")})
    first = moto_stack.app.standings.scales("demo")
    assert first.steps[2] == ((0, 1), (100, 3))
    assert not moto_stack.app.standings.refresh("demo")
    put(moto_stack, 0, {"c": bought(TODAY, 900)})
    moto_stack.clock.at += standings.KEPT_FOR - timedelta(seconds=1)
    assert not moto_stack.app.standings.refresh("demo")
    assert moto_stack.app.standings.scales("demo").steps == first.steps
    moto_stack.clock.at += timedelta(seconds=1)
    assert moto_stack.app.standings.refresh("demo")
    moto_stack.clock.at += standings.LIFE
    assert [score for _, score in moto_stack.app.standings.scales("demo").steps[2]] == [1, 2, 4]
    moto_stack.config = config(RATE.format("7.1"))
    assert moto_stack.app.standings.scales("demo").steps[2] == ((100, 1), (900, 2), (3536, 4))
    assert not moto_stack.app.standings.refresh("demo")
    moto_stack.config = config()
    assert moto_stack.app.standings.refresh("demo")


def test_the_schedule_keeps_scales(moto_stack: Stack) -> None:
    many(moto_stack)
    put(moto_stack, 0, {"a": bought(TODAY, 100)})
    bootstrap.install(moto_stack.app)
    try:
        entry.tick({}, None)
    finally:
        bootstrap.install(None)
    assert moto_stack.app.marks.get("demo", standings.MARK) is not None


def test_writers_that_are_always_faster_are_told_of(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    put(moto_stack, 0, {"a": bought(TODAY, 100)})
    whole = moto_stack.app.reckoning.recompute

    def outrun(cell: Any) -> bytes:
        summary = whole(cell)
        put(moto_stack, 0, {"a": bought(TODAY, 100)})
        return summary

    monkeypatch.setattr(moto_stack.app.reckoning, "recompute", outrun)
    with pytest.raises(Retriable, match="cells-busy"):
        moto_stack.app.reckoning.members("demo")


def test_a_full_cell_gets_no_new_members_and_keeps_those_it_has(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reckoning, "CELL_ROWS", 3)
    for number in range(12):
        deliver(stack, [erp(f"N{number}", number, "paid", 200, buyer=f"n{number}")])
        stack.settle()
        stack.app.reckoning.sweep("demo")
        stack.clock.at += timedelta(minutes=1)
    deliver(stack, [erp("N99", 99, "paid", 300, buyer="n0", placed_at=stamp(99))])
    stack.settle()
    held = {head.cell.bucket: len(list(stack.app.cells.rows(head.cell))) for head in stack.app.cells.heads("demo", NO_DAY)}
    first, _ = stack.app.orders.buckets("demo", *PLACE)
    assert first >= 3 and len(held) >= 3
    assert sum(held.values()) == 12 and max(held.values()) <= 5
    assert stack.app.reckoning.members("demo").histograms.frequencies == {1: 11, 2: 1}


def test_a_day_s_cells_come_before_those_of_members(stack: Stack) -> None:
    put(stack, 0, {"a": bought(TODAY, 100)})
    stack.app.cells.raise_dirty([replace(member_cell("demo", 7), day=TODAY, kind="people")])
    assert [cell.day for cell in stack.app.cells.dirty_cells("demo", 1)] == [TODAY]


@pytest.fixture
def command(shop: Stack, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`huitou members ...` on the shop."""
    monkeypatch.setattr(commands, "open_application", lambda _data, _config: shop.app)

    def run(*words: str) -> Any:
        return CliRunner().invoke(cli, ["members", *words])

    return run


def test_segments_are_told_with_their_shares(shop: Stack, command: Any) -> None:
    told = json.loads(command("segments", "--json").output)
    assert (told["members"], told["currency"], told["as_of"]) == (4, "CNY", "2026-11-20T04:00:00Z")
    for part in ("segments", "stages", "tiers"):
        assert sum(each["members"] for each in told[part]) == 4
        assert sum(each["net"] for each in told[part]) == told["net"]
        assert sum(each["share"] for each in told[part]) == pytest.approx(1)
    shown = command("segments")
    assert shown.exit_code == 0 and "2026-11-20T04:00:00Z" in shown.output
    shop.config = config()
    bare = command("segments", "--json")
    assert json.loads(bare.output)["unrated"] == {"USD": 1} and json.loads(bare.output)["tiers"] == []
    assert "USD" in command("segments").output


def test_a_segment_is_exported_without_names(shop: Stack, command: Any, tmp_path: Path) -> None:
    drawn = {each.member: each for each in shop.app.standings.portraits("demo", TODAY)}
    wanted = min(each.segment for each in drawn.values())
    file = tmp_path / "members.csv"
    assert command("export", "--segment", wanted, "--out", str(file)).exit_code == 0
    rows = list(csv.DictReader(file.open(encoding="utf-8")))
    assert {row["member"] for row in rows} == {name for name, each in drawn.items() if each.segment == wanted}
    assert all(int(row["net"]) == drawn[row["member"]].money for row in rows)
    assert command("export", "--out", str(file)).exit_code == 0
    assert len(list(csv.DictReader(file.open(encoding="utf-8")))) == 4
    assert "example.com" not in file.read_text() and "Buyer" not in file.read_text()
    assert command("export", "--segment", "whales", "--out", str(file)).exit_code == 2


def test_a_member_is_shown_with_their_portrait(shop: Stack, command: Any) -> None:
    told = json.loads(command("show", "shopify/acme/1001", "--json").output)
    assert told["portrait"]["net"] == (2550 - 500 + 700) * 71 // 10
    assert told["portrait"]["stage"] == "new" or told["portrait"]["purchases"] > 1
    assert command("show", "shopify/acme/1001").exit_code == 0
