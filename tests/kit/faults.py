"""What tests tell of the list of faults: gathered while they run, written as JSON where `--faults FILE` asks for it.

A test names its row by the mark `fault`; its figure, and its platform where its parameters do not tell it, by the fixture `fault`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.registry import KEYS

_PROPERTY = "fault"


class Told:
    """What the test that runs says of its row."""

    def __init__(self) -> None:
        self.figure_text: str | None = None
        self.platform_key: str | None = None

    def figure(self, text: str) -> None:
        """What was reached, counted in this run."""
        self.figure_text = text

    def platform(self, key: str) -> None:
        """For which platform."""
        assert key in KEYS, key
        self.platform_key = key


@pytest.fixture
def fault(request: pytest.FixtureRequest) -> Iterator[Told]:
    """Say the figure that was reached."""
    told = Told()
    yield told
    for number, saboteur in _marks(request.node):
        request.node.user_properties.append((_PROPERTY, [number, saboteur, told.platform_key, told.figure_text]))


def _marks(item: Any) -> list[tuple[int, bool]]:
    return [(int(mark.args[0]), bool(mark.kwargs.get("saboteur"))) for mark in item.iter_markers("fault")]


def _platform(item: Any) -> str | None:
    values = getattr(item, "callspec", None)
    named = [value for value in (values.params.values() if values else ()) if isinstance(value, str) and value in KEYS]
    return named[0] if named else None


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option."""
    parser.addoption("--faults", default=None, metavar="FILE", help="write what tests showed of the list of faults")


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Each marked test carries its rows, through workers too."""
    for item in items:
        for number, saboteur in _marks(item):
            item.user_properties.append((_PROPERTY, [number, saboteur, _platform(item), None]))


class Gathered:
    """The results, by test."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.found: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Once for each phase; the worst outcome stays."""
        told = [value for name, value in report.user_properties if name == _PROPERTY]
        if not told:
            return
        entry = self.found.setdefault(report.nodeid, {"outcome": "passed", "told": told})
        entry["told"] = told
        if report.outcome != "passed":
            entry["outcome"] = report.outcome

    def pytest_sessionfinish(self) -> None:
        """Write it down."""
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.target.write_text(json.dumps(self.found, indent=1, sort_keys=True), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Gather in the process that reports."""
    target = config.getoption("--faults", None)
    if target and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Gathered(Path(target)), "faults-gathered")
