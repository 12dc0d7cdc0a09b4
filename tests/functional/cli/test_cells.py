"""`huitou cells` over the core: a day agrees, every kind of damage is found and put right, and nothing is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner, Result

from chalicelib.domain.facts import Cell, Fact
from chalicelib.domain.metrics import Sums
from chalicelib.domain.record import OrderKey
from chalicelib.reckoning import CellSums, form_of, order_sums
from ops.cli import app, cells
from tests.functional.exactness.test_campaigns import whole_table
from tests.functional.exactness.world import DELIVERIES, deliver, expected, keys, read_orders, reckoned
from tests.functional.stack import Stack

DAY = date(2026, 11, 2)


@pytest.fixture
def shop(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A shop with a fortnight of orders, all projected and summed."""
    return shop_on(moto_engine, monkeypatch)


@pytest.fixture
def real_shop(dynamodb_local_engine: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The same on the real engine."""
    return shop_on(dynamodb_local_engine, monkeypatch)


def shop_on(engine: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """On an engine."""
    stack = Stack(engine)
    deliver(stack, DELIVERIES)
    stack.settle()
    while stack.app.reckoning.sweep("demo"):
        pass
    monkeypatch.setattr(cells, "open_application", lambda *_: stack.app)
    return stack


def run(*arguments: str) -> Result:
    """One command on all days of the world."""
    days = ["--date", "2026-10-20", "--until", "2026-11-08"]
    return CliRunner().invoke(app, ["cells", *arguments, *days], env={"COLUMNS": "140"})


def found() -> set[tuple[str, str]]:
    """(what, name) of all differences."""
    result = run("check", "--all", "--json")
    told = [each for day in json.loads(result.stdout) for each in day["differences"]]
    assert result.exit_code == (1 if told else 0)
    return {(each["what"], each["name"]) for each in told}


def a_cell(stack: Stack) -> Cell:
    """The cell of orders of the merchant's own system on the second."""
    return next(
        head.cell for head in stack.app.cells.heads("demo", DAY) if (head.cell.kind, head.cell.platform) == ("orders", "generic")
    )


def _lost(stack: Stack, cell: Cell) -> None:
    stack.app.cells.put_rows([], [(cell, "o#E1", 99)])


def _twisted(stack: Stack, cell: Cell) -> None:
    row = dict(stack.app.cells.named_rows(cell))["o#E1"]
    stack.app.cells.put_rows([(Fact(cell, "o#E1", {**row, "t": 1}), 1_000)], [])


def _left(stack: Stack, cell: Cell) -> None:
    row = dict(stack.app.cells.named_rows(cell))["o#E1"]
    stack.app.cells.put_rows([(Fact(cell, "o#E3", row), 1)], [])


def _missummed(stack: Stack, cell: Cell) -> None:
    head = next(head for head in stack.app.cells.heads("demo", DAY) if head.cell == cell)
    sums = order_sums(head.summary or b"")
    sums["CNY"].add(Sums(gmv=1))
    put_sums(stack, cell, sums)


def put_sums(stack: Stack, cell: Cell, sums: dict[str, Sums]) -> None:
    """A summary that says so, as fresh as the rows."""
    form = form_of(stack.app.cost_sheets.goods("demo"))
    stack.app.cells.put_summary(cell, msgspec.json.encode(CellSums(form, sums)), dirty=stack.app.cells.dirty_number(cell))


DAMAGE: dict[str, tuple[Callable[[Stack, Cell], None], set[tuple[str, str]]]] = {
    "a row that stayed behind": (_left, {("row of no order", "o#E3"), ("sums otherwise", "CNY orders")}),
    "a wrong sum": (_missummed, {("sums otherwise", "CNY gmv")}),
}


def test_days_agree_and_a_check_writes_nothing(shop: Stack) -> None:
    before = whole_table(shop)
    assert found() == set()
    result = run("check")
    assert result.exit_code == 0 and "agree with their orders" in result.output
    assert whole_table(shop) == before


def test_orders_of_no_cell_are_found_by_walking_the_table(shop: Stack) -> None:
    assert set(cells.every_order(shop.app)) == set(keys())
    key = OrderKey("demo", "generic", "erp", "E3")
    for day in (date(2026, 11, 1), DAY):
        for cell in [head.cell for head in shop.app.cells.heads("demo", day) if head.cell.kind == "orders"]:
            for name, _ in shop.app.cells.named_rows(cell):
                if name.split("#")[1] == key.order_id:
                    shop.app.cells.put_rows([], [(cell, name, shop.app.orders.read(key).version)])
                    shop.app.reckoning.recompute(cell)
    assert run("check").exit_code == 0, "no cell names it any more"
    assert ("row missing", "o#E3") in found()
    assert run("rebuild", "--all").exit_code == 0
    assert found() == set()


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found_and_put_right(shop: Stack, name: str) -> None:
    do, expects = DAMAGE[name]
    do(shop, a_cell(shop))
    assert found() >= expects
    assert run("rebuild").exit_code == 0
    assert found() == set()
    assert reckoned(shop.app.reckoning) == expected(read_orders(shop).values())


@pytest.mark.parametrize(("do", "what"), [(_lost, "row missing"), (_twisted, "row otherwise")])
def test_what_bears_a_version_that_no_order_has_is_found_and_left_to_a_person(
    shop: Stack, do: Callable[[Stack, Cell], None], what: str
) -> None:
    """A row newer than its order is somebody's who knows more, as far as anybody can tell: a rebuild must not undo it."""
    do(shop, a_cell(shop))
    assert (what, "o#E1") in found()
    run("rebuild")
    assert (what, "o#E1") in found()


def rebuilt_while_an_order_comes(shop: Stack, patch: pytest.MonkeyPatch) -> bool:
    """A rebuild that has read the orders when another telling comes and is projected; whether the days then say what is so."""
    checks, day = shop.app.cell_checks, date(2026, 11, 1)
    last = [each for each in DELIVERIES if each.order_id == "E5"][-1]
    true = checks._images

    def meanwhile(*told: Any) -> Any:
        images = true(*told)
        body = json.loads(last.body) | {"updated_at": "2026-11-05T04:00:00Z", "amounts": {"total": 777, "paid": 777}}
        deliver(shop, [replace(last, body=json.dumps(body).encode())])
        shop.settle()
        return images

    patch.setattr(checks, "_images", meanwhile)
    checks.rebuild(day)
    told = read_orders(shop)
    assert told["E5"].order.amounts.total == 777
    return expected(told.values()) == reckoned(shop.app.reckoning)


def test_an_order_that_comes_during_a_rebuild_is_not_undone(shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rebuilt_while_an_order_comes(shop, monkeypatch)


@pytest.mark.dynamodb_local
def test_nor_on_the_real_engine(real_shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rebuilt_while_an_order_comes(real_shop, monkeypatch)
    assert found() == set()


@pytest.mark.dynamodb_local
def test_a_rebuild_that_dies_is_made_whole_by_the_next(real_shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """It dies after its rows and before the dirty numbers: nothing tells that the sums are old, until somebody rebuilds again."""
    _left(real_shop, a_cell(real_shop))
    real_shop.app.reckoning.recompute(a_cell(real_shop))

    def dies(_cells: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(real_shop.app.cells, "raise_dirty", dies)
        with pytest.raises(KeyboardInterrupt):
            real_shop.app.cell_checks.rebuild(DAY)
    assert ("sums otherwise", "CNY orders") in found()
    assert run("rebuild").exit_code == 0
    assert found() == set()
    assert reckoned(real_shop.app.reckoning) == expected(read_orders(real_shop).values())


def test_without_its_version_it_would_be(shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The saboteur: rows are put as though they were the newest."""
    checks = shop.app.cell_checks
    true = checks._image
    monkeypatch.setattr(checks, "_image", lambda key: replace(image, version=10**6) if (image := true(key)) else None)
    assert not rebuilt_while_an_order_comes(shop, monkeypatch)


def test_a_rebuild_again_is_the_same(shop: Stack) -> None:
    _left(shop, a_cell(shop))
    run("rebuild")
    once = reckoned(shop.app.reckoning)
    run("rebuild")
    assert reckoned(shop.app.reckoning) == once
    assert found() == set()


def test_days_are_days(shop: Stack) -> None:
    result = CliRunner().invoke(app, ["cells", "check", "--date", "2026-11-02", "--until", "2026-11-01"])
    assert result.exit_code == 2
