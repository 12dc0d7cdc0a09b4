"""Programs of npm: installed once a lock file, and a reason where they cannot be; what Lighthouse says, read."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ops import lighthouse, npm

NODE = (20, 0)


class Machine:
    """Commands as they are called, and what they answer."""

    def __init__(self, version: str = "v20.1.0", fails: bool = False) -> None:
        self.version, self.fails = version, fails
        self.calls: list[list[str]] = []

    def run(self, command: list[str], **_: Any) -> Any:
        self.calls.append(command)
        if command[0] == "npm" and self.fails:
            raise subprocess.CalledProcessError(1, command, stderr="no such package")
        return subprocess.CompletedProcess(command, 0, stdout=self.version + "\n")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    """A machine with Node 20.1 and an empty cache."""
    one = Machine()
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(subprocess, "run", one.run)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "package.json").write_text("{}")
    return one


def test_one_lock_is_installed_once_and_another_beside_it(machine: Machine, tmp_path: Path) -> None:
    first = npm.fetched(tmp_path, ["package.json"], "tool", NODE)
    assert npm.fetched(tmp_path, ["package.json"], "tool", NODE) == first
    assert [call[0] for call in machine.calls].count("npm") == 1
    (tmp_path / "package.json").write_text('{"name": "other"}')
    assert npm.fetched(tmp_path, ["package.json"], "tool", NODE) != first
    assert (first / "package.json").read_text() == "{}"


def test_what_broke_off_is_installed_again(machine: Machine, tmp_path: Path) -> None:
    machine.fails = True
    with pytest.raises(npm.Unavailable, match="no such package"):
        npm.fetched(tmp_path, ["package.json"], "tool", NODE)
    machine.fails = False
    assert npm.fetched(tmp_path, ["package.json"], "tool", NODE).exists()
    assert [call[0] for call in machine.calls].count("npm") == 2


def test_an_old_node_or_none_is_said(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.version = "v18.20.1"
    with pytest.raises(npm.Unavailable, match=r"v18.20.1 is older than 20.0"):
        npm.fetched(tmp_path, ["package.json"], "tool", NODE)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(npm.Unavailable, match="not installed"):
        npm.fetched(tmp_path, ["package.json"], "tool", NODE)


def test_a_category_names_what_cost_it_points_and_nothing_else() -> None:
    scores = {"slow": 0.4, "contrast": 0, "shown": None, "fine": 1, "free": 0}
    told = {
        "audits": {name: {"score": score} for name, score in scores.items()},
        "categories": {
            "performance": {"score": 0.97, "auditRefs": [{"id": "slow", "weight": 3}, {"id": "free", "weight": 0}]},
            "accessibility": {"score": 0.5, "auditRefs": [{"id": "contrast", "weight": 1}, {"id": "fine", "weight": 1}]},
            "best-practices": {"score": None, "auditRefs": [{"id": "shown", "weight": 1}]},
        },
    }
    found = lighthouse.read(told)
    assert {name: (each.score, each.faults) for name, each in found.items()} == {
        "performance": (97.0, ("slow",)),
        "accessibility": (50.0, ("contrast",)),
        "best-practices": (0.0, ()),
    }


def test_no_page_is_no_score() -> None:
    with pytest.raises(RuntimeError, match="found no page: no answer"):
        lighthouse.read({"runtimeError": {"message": "no answer"}, "audits": {}, "categories": {}})


def test_a_page_is_looked_at_three_times_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def look(_folder: Path, url: str, _headers: Any) -> str:
        calls.append(url)
        raise RuntimeError("NO_NAVSTART")

    monkeypatch.setattr(lighthouse, "_look", look)
    with pytest.raises(RuntimeError, match="NO_NAVSTART"):
        lighthouse.audit(Path(), "http://localhost", {})
    assert len(calls) == 3
