"""The threat model names faults that there are, and leaves no attack of the list out."""

from __future__ import annotations

import re

from tests.faults.rows import ROWS
from tests.functional.docs.guide import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
ATTACKS = "ABCGH"  # sections of the list that somebody may bring about on purpose


def named(text: str) -> set[int]:
    """The rows that a text names: `row 3`, `rows 5, 6`."""
    return {int(each) for found in re.findall(r"\brows? (\d+(?:, \d+)*)", text) for each in found.split(", ")}


def lacking(text: str) -> list[int]:
    return sorted({row.number for row in ROWS if row.section in ATTACKS} - named(text))


def test_rows_that_are_named_are_there() -> None:
    assert named(PAGE) <= {row.number for row in ROWS}


def test_every_attack_has_its_guard() -> None:
    assert lacking(PAGE) == []
    assert lacking(PAGE.replace("row 13", "row 14")) == [13], "and one that is left out is seen"


def test_what_is_left_is_said() -> None:
    assert PAGE.partition("## What is left")[2].count("\n- **") >= 8
