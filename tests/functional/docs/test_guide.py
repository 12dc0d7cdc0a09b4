"""The guide's steps, carried out in a copy of the tree: all of them lead to a green suite, and none can be left out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.rules import RULES, Rule
from tests.architecture.source import Module
from tests.functional.docs.guide import GUIDE, Step, carry_out, steps, tree

STEPS = steps(GUIDE.read_text(encoding="utf-8"))
*DOING, CHECK = STEPS


def _title(step: Step) -> str:
    return f"{step.number}-{step.title.lower().replace(' ', '-')}"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A copy of the tree."""
    return tree(tmp_path / "huitou")


def test_steps_are_numbered_and_say_their_files() -> None:
    """A reader does not see the info string of a block: its path has to stand in the sentence."""
    assert [step.number for step in STEPS] == list(range(1, len(STEPS) + 1))
    for step in STEPS:
        unsaid = [block.file for block in step.blocks if block.file is not None and f"`{block.file}`" not in step.prose]
        assert unsaid == [], f"step {step.number} does not name {unsaid}"


def test_guide_leads_to_a_green_suite(place: Path) -> None:
    for step in DOING:
        assert carry_out(step, place) == 0, f"step {step.number} fails"

    assert carry_out(CHECK, place) == 0
    assert _style(place) == 0, "the guide's code is not in our style"


@pytest.mark.parametrize("rule", [rule for rule in RULES if "connectors" in rule.rooms], ids=lambda rule: rule.name)
def test_guides_code_keeps_the_rules_of_the_tree(rule: Rule) -> None:
    modules = [Module(block.file, block.text) for step in STEPS for block in step.blocks if block.file and not block.after]
    written = [each for each in modules if each.path.startswith("connectors/") and each.path.endswith(".py")]
    assert len(written) > 3
    assert [found for module in written for found in rule.check(module)] == []


@pytest.mark.parametrize("left_out", DOING, ids=_title)
def test_no_step_can_be_left_out(place: Path, left_out: Step) -> None:
    failed = next((step for step in STEPS if step is not left_out and carry_out(step, place)), None)

    assert failed is not None, "neither a later step nor the check misses it"


def _style(place: Path) -> int:
    paths = ["connectors/acmeshop"]
    commands = (["check", "--no-cache", *paths], ["format", "--no-cache", "--check", *paths])
    return max(
        subprocess.run([f"{sys.prefix}/bin/ruff", *each], cwd=place, capture_output=True, check=False).returncode
        for each in commands
    )
