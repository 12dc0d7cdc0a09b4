"""An alarm on a counter names the dimensions that it is counted with: with others CloudWatch finds nothing, and is silent."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_QUERY = re.compile(r'SELECT SUM\("(\w+)"\) FROM SCHEMA\("Huitou"((?:, "\w+")*)\)')


def counted() -> dict[str, set[tuple[str, ...]]]:
    """Counter by name, and the dimensions it is counted with."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for path in (*(ROOT / "chalicelib").rglob("*.py"), ROOT / "ops" / "worker.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "count" and node.args:
                names = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
                if isinstance(names, str):
                    found.setdefault(names, set()).add(tuple(sorted(word.arg or "" for word in node.keywords)))
    return found


def alarmed(text: str) -> dict[str, tuple[str, ...]]:
    """Counter by name, and the dimensions an alarm asks for."""
    return {name: tuple(sorted(re.findall(r'"(\w+)"', dimensions))) for name, dimensions in _QUERY.findall(text)}


def silent(text: str) -> list[str]:
    """The counters that an alarm asks for in vain."""
    told = counted()
    return sorted(name for name, dimensions in alarmed(text).items() if told.get(name) != {dimensions})


def test_every_alarm_hears_its_counter() -> None:
    text = (ROOT / "infra" / "resources.yaml").read_text()
    assert len(alarmed(text)) >= 9
    assert silent(text) == []


@pytest.mark.parametrize(
    ("right", "wrong"), [('"poll_failed"', '"poll_fails"'), ('("Huitou", "reason")', '("Huitou", "platform")')]
)
def test_a_wrong_name_or_dimension_is_seen(right: str, wrong: str) -> None:
    text = (ROOT / "infra" / "resources.yaml").read_text()
    assert right in text
    assert len(silent(text.replace(right, wrong))) == 1
