"""What is counted is listed, with the dimensions it is counted with, and what is listed is counted."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from chalicelib.metrics_list import DIMENSIONS, GROUPS, METRICS

ROOT = Path(__file__).parents[2]
HOW = {"count": "Count", "measure": "Milliseconds"}
Counted = dict[str, set[tuple[str, ...]]]  # by name, or by the beginning of several names and `*`


def sources() -> list[str]:
    """The code that counts."""
    return [path.read_text() for path in (*(ROOT / "chalicelib").rglob("*.py"), ROOT / "ops" / "worker.py")]


def counted(text: str, how: str) -> Counted:
    """What a module counts, or measures."""
    found: Counted = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == how and node.args:
            if "counters" not in ast.unparse(node.func.value).lower():
                continue
            by = tuple(sorted(word.arg or "**" for word in node.keywords))
            for name in names(node.args[0]):
                found.setdefault(name, set()).add(by)
    return found


def names(node: ast.expr) -> list[str]:
    """The names that an expression can come to; `beginning*` where its end is made."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        return [*names(node.body), *names(node.orelse)]
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        return [f"{node.values[0].value!s}*"]
    return ["?"]


def fits(name: str, listed: str) -> bool:
    """Whether what is counted under a name may be a listed metric."""
    return listed.startswith(name[:-1]) if name.endswith("*") else name == listed


def unlisted(texts: list[str]) -> list[str]:
    """What is counted and is not in chalicelib/metrics_list.py, or there in another way. After adding it: `python -m ops.docs`."""
    wrong = []
    for how, unit in HOW.items():
        for text in texts:
            for name, sets in counted(text, how).items():
                meant = [metric for metric in METRICS.values() if fits(name, metric.name) and metric.unit == unit]
                wrong += [f"{name} by {by}" for by in sets if not any(by in metric.by for metric in meant)]
    return sorted(wrong)


def uncounted(texts: list[str]) -> list[str]:
    """What is listed and never counted with these dimensions."""
    found: Counted = {}
    for how in HOW:
        for text in texts:
            for name, sets in counted(text, how).items():
                found.setdefault(name, set()).update(sets)
    return sorted(
        f"{metric.name} by {by}"
        for metric in METRICS.values()
        for by in metric.by
        if not any(fits(name, metric.name) and by in sets for name, sets in found.items())
    )


def test_what_is_counted_is_listed_and_the_other_way_round() -> None:
    texts = sources()
    assert unlisted(texts) == []
    assert uncounted(texts) == []


def test_each_is_listed_once_with_dimensions_that_are_bounded() -> None:
    assert len(METRICS) == sum(len(group) for group in GROUPS.values())
    for metric in METRICS.values():
        for by in metric.by:
            assert list(by) == sorted(by)
            assert DIMENSIONS.keys() >= set(by), metric.name


@pytest.mark.parametrize(
    "call",
    [
        'self._counters.count("made_up", platform=one)',
        'self._counters.count("received", account=one)',
        'self._counters.count(f"made_up_{state}", kind=one)',
        'self._counters.measure("received", took, platform=one)',
        "self._counters.count(name, platform=one)",
        'self._counters.count("received", **told)',
    ],
)
def test_a_call_that_is_not_listed_is_seen(call: str) -> None:
    assert len(unlisted([call])) == 1


def test_a_metric_that_nobody_counts_any_more_is_seen() -> None:
    texts = [text.replace('"unmapped_status"', '"another"') for text in sources()]
    assert uncounted(texts) == ["unmapped_status by ('platform',)"]
