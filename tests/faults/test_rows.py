"""The list of faults is whole: each row has a test and a saboteur somewhere, or says on paper why not."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.__main__ import Shown, gathered, page, verdict
from tests.faults.rows import ROWS, SECTIONS

ROOT = Path(__file__).resolve().parents[1]


def marks() -> Iterator[tuple[int, bool]]:
    """Each mark in the tests: number, and whether it is a saboteur's."""
    for path in ROOT.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.fault":
                number = node.args[0]
                assert isinstance(number, ast.Constant), f"{path}: a row is named by its number"
                yield int(str(number.value)), any(word.arg == "saboteur" for word in node.keywords)


def test_every_row_is_shown_by_a_test_and_a_saboteur_or_on_paper() -> None:
    found = Counter(marks())
    bare = [row.number for row in ROWS if not row.paper and not (found[row.number, False] and found[row.number, True])]
    assert bare == []


def test_rows_are_numbered_through_and_in_known_sections() -> None:
    assert [row.number for row in ROWS] == list(range(1, 72))
    assert {row.section for row in ROWS} == set(SECTIONS)
    assert {number for number, _ in marks()} <= {row.number for row in ROWS}


def test_a_row_without_a_saboteur_or_with_a_failure_does_not_hold(tmp_path: Path) -> None:
    row = next(each for each in ROWS if not each.paper and not each.short)
    assert verdict(row, Shown(passed=1)) == "🔴 not shown"
    assert verdict(row, Shown(passed=1, saboteurs=1)) == "pass"
    assert verdict(row, Shown(passed=1, saboteurs=1, failed=1)) == "🔴 failed"


@pytest.mark.parametrize(("outcome", "mark"), [("passed", "✓"), ("failed", "✗"), ("skipped", "·")])
def test_what_tests_told_becomes_the_page(tmp_path: Path, outcome: str, mark: str) -> None:
    source = tmp_path / "faults.json"
    source.write_text(
        f'{{"t::one": {{"outcome": "{outcome}", "told": [[1, false, "shopify", null], [1, false, null, "0 of 9"]]}},'
        ' "t::two": {"outcome": "passed", "told": [[1, true, null, null]]}}'
    )
    made = page(gathered(source))
    assert ("0 of 9 (1 tests, 1 saboteurs, 1 platforms) | pass |" in made) == (outcome == "passed")
    assert f"| shopify | {mark} |" in made
