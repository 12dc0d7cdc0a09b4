"""The repository as a whole: its rooms, its words, its tools."""

from __future__ import annotations

import ast
import re
import tomllib
from typing import Any

import pytest

from tests.architecture.source import ROOMS, ROOT, Module, calls, modules, tracked

TOP = ("app.py", "chalicelib", "connectors", "templates", "infra", "tests", "requirements.txt")
# Taken apart, so that this file does not hold what it looks for.
MACHINE = re.compile("|".join(["/" + "work/", "/" + "root/", "/" + r"home/\w", "/" + r"Users/\w", r"\b[A-Z]:" + r"\\\\?Users"]))
HOSTS = re.compile(
    "|".join(re.escape(name) for name in ["pypi" + ".org", "python" + "hosted", "npmjs" + ".", "deb." + "debian.org"])
)


def config() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", TOP)
def test_room_is_there(name: str) -> None:
    assert (ROOT / name).exists()


@pytest.mark.parametrize("name", ["connectors", "templates"])
def test_vendor_is_a_link(name: str) -> None:
    """Chalice packs what vendor/ links to; a checkout without links would pack a text file."""
    assert (ROOT / "vendor" / name).is_symlink()
    assert (ROOT / "vendor" / name).resolve() == ROOT / name


@pytest.mark.parametrize("pattern", [MACHINE, HOSTS], ids=["machine paths", "package hosts"])
def test_tree_names_no(pattern: re.Pattern[str]) -> None:
    found = {f"{name}: {match[0]}" for name, text in tracked().items() if (match := pattern.search(text))}

    assert found == set()


def test_connectors_hold_no_tests() -> None:
    """They would be shipped."""
    found = [path for room in ("chalicelib", "connectors", "templates") for path in (ROOT / room).rglob("*test*")]

    assert [path for path in found if "__pycache__" not in path.parts] == []


def test_templates_hold_data_only() -> None:
    assert list((ROOT / "templates").rglob("*.py")) == []


def test_strict_tools_are_on() -> None:
    tools = config()["tool"]
    chosen, ignored = set(tools["ruff"]["lint"]["select"]), set(tools["ruff"]["lint"]["ignore"])

    assert tools["mypy"]["strict"] is True
    assert {"D", "DTZ", "BLE", "S", "T20", "ANN", "E", "F", "C90"} <= chosen
    assert not {"D100", "D101", "D102", "D103", "D104", "E722", "BLE001", "S110", "DTZ005"} & ignored
    assert tools["pytest"]["ini_options"]["xfail_strict"] is True
    assert "--strict-markers" in tools["pytest"]["ini_options"]["addopts"]


def test_every_room_is_typed() -> None:
    assert {*ROOMS, "tests"} <= set(config()["tool"]["mypy"]["files"])


def test_run_time_requirements_are_pinned_and_few() -> None:
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and not line.startswith("#")]
    names = {re.split(r"[=\[]", line)[0].lower() for line in lines}

    assert all(re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[0-9A-Za-z.]+( ?;.*)?", line) for line in lines)
    assert not names & {"chalice", "moto", "pytest", "typer", "rich", "mypy", "ruff"}


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "CONTRIBUTING.md"])
def test_commands_of_the_documents_exist(name: str) -> None:
    said = set(re.findall(r"\bmake ([a-z]+)\b", _code(ROOT.joinpath(name).read_text())))

    assert said <= targets()
    assert said, "a reader is told no command at all"


def test_makefile_explains_itself() -> None:
    text = (ROOT / "Makefile").read_text()
    explained = set(re.findall(r"^([a-z]+):.*## ", text, re.MULTILINE))

    assert {"help", "setup", "demo", "run", "test", "check", "bench", "package", "lint", "types", "arch", "clean"} <= explained
    assert targets() == explained


def test_ci_runs_what_people_run() -> None:
    assert re.search(r"^make check$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)


def judged_times(module: Module) -> list[str]:
    """Assertions on how long something took. A limit that merely ends a hang compares a clock with a deadline: that is none."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assert):
            minus = [one for one in ast.walk(node) if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub)]
            timed = [name for one in minus for _, name in calls(one) if name.endswith(("perf_counter", "monotonic", "time.time"))]
            named = [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and one.id in ("elapsed", "took", "duration")]
            found += [module.at(node, name) for name in [*timed, *named]]
    return found


def test_no_test_judges_by_the_clock() -> None:
    """A slow machine is no fault: times are printed by `make bench`, states are asserted."""
    assert [found for module in modules(("tests",)) for found in judged_times(module)] == []


@pytest.mark.parametrize("code", ["assert time.perf_counter() - start < 1", "assert took < 0.5"])
def test_judging_by_the_clock_is_caught(code: str) -> None:
    assert judged_times(Module("tests/test_made_up.py", code)) != []


def _code(text: str) -> str:
    """What stands in backticks or fences."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
