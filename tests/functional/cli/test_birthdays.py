"""`huitou members birthdays` over the core: kept, replaced, taken back, and told by nothing that is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from chalicelib.birthdays import BIRTHDAY
from chalicelib.errors import HuitouError, Rejected
from ops.cli import app, birthdays
from tests.functional.exactness.shoppers import buyer_of
from tests.functional.exactness.test_campaigns import whole_table
from tests.functional.exactness.test_races import at_once
from tests.functional.stack import Stack


@pytest.fixture
def shop(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A shop without a purchase: birthdays may be known before."""
    stack = Stack(moto_engine)
    monkeypatch.setattr(birthdays, "open_application", lambda *_: stack.app)
    return stack


def keep(folder: Path, *lines: str) -> Result:
    """The command with a file of these lines."""
    file = folder / "birthdays.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    return CliRunner().invoke(app, ["members", "birthdays", str(file)])


def on(stack: Stack, day: str) -> list[str]:
    """Who has their birthday on a day."""
    hashed = stack.app.parts.vault.lookup("demo", BIRTHDAY, day)
    return sorted(stack.app.outreach.calendar.on("demo", BIRTHDAY, hashed))


def test_kept_replaced_and_taken_back(shop: Stack, tmp_path: Path) -> None:
    ann, bob = buyer_of(shop, "ann"), buyer_of(shop, "bob")
    first = keep(tmp_path, "platform,account,buyer_id,birthday", "generic,erp,ann,1990-05-17", "generic,erp,bob,05-17")
    assert first.exit_code == 0 and "2 birthdays kept" in first.output
    assert on(shop, "05-17") == sorted([ann, bob])
    again = keep(tmp_path, "generic,erp,ann,1990-05-18", "generic,erp,bob,")
    assert again.exit_code == 0 and "1 birthdays kept, 1 taken back" in again.output
    assert (on(shop, "05-17"), on(shop, "05-18")) == ([], [ann])
    before = whole_table(shop)
    keep(tmp_path, "generic,erp,ann,1990-05-18", "generic,erp,bob,")
    assert whole_table(shop) == before, "the same file again changes nothing"


def test_nothing_stored_or_printed_tells_who_or_when(shop: Stack, tmp_path: Path) -> None:
    told = keep(tmp_path, "generic,erp,ann,1990-05-17")
    for trace in (whole_table(shop), told.output, str(shop.counters.counts)):
        assert not any(part in trace for part in ("1990", "05-17", "0517", "ann"))


def test_of_a_file_with_a_fault_nothing_is_kept(shop: Stack, tmp_path: Path) -> None:
    cases = {"generic,erp,bob,05-32": "line 2", "generic,other,bob,05-17": "line 2: no such account", "x": "line 2"}
    for line, why in cases.items():
        result = keep(tmp_path, "generic,erp,ann,05-17", line)
        assert isinstance(result.exception, HuitouError) and why in str(result.exception)
        assert "bob" not in str(result.exception)
    assert on(shop, "05-17") == []
    (tmp_path / "gbk.csv").write_bytes("generic,erp,安,05-17".encode("gbk"))
    result = CliRunner().invoke(app, ["members", "birthdays", str(tmp_path / "gbk.csv")])
    assert isinstance(result.exception, Rejected) and "UTF-8" in str(result.exception)


def test_of_several_who_change_it_at_once_one_day_is_left(moto_engine: Any) -> None:
    stack = Stack(moto_engine)
    days = [f"05-{day:02}" for day in range(1, 9)]
    ann = buyer_of(stack, "ann")
    keeping = stack.app.outreach.birthdays
    errors: list[BaseException] = []
    for _ in range(5):
        errors = at_once([lambda day=day: keeping.keep("demo", ann, day) for day in days], 8)  # type: ignore[misc]
        assert all("contended" in str(error) for error in errors)
    assert sum(ann in on(stack, day) for day in days) == 1
