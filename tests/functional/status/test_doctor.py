"""What the doctor says: in both languages, with commands that are there, and what its exit says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from chalicelib.domain.finding import Finding
from chalicelib.domain.health_words import WORDS
from ops.cli import app, doctor, status
from tests.functional.stack import Stack
from tests.functional.status.test_status import SHOPS, ail

BROKEN = Finding(
    "api", False, "grant-refused", {"en": "the platform refuses us", "zh-CN": "平台拒绝访问"}, {"en": "authorise it again"}
)
SOUND = Finding("clock", True, "in-time", {"en": "the clock is right"})


@pytest.fixture
def stack(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """An installation that the commands find."""
    stack = Stack(moto_engine, SHOPS)
    for module in (doctor, status):
        monkeypatch.setattr(module, "open_application", lambda *_: stack.app)
    monkeypatch.setattr(doctor, "shops_of", lambda _: {"shopify/acme": (SOUND, BROKEN), "generic/erp": (SOUND,)})
    return stack


def run(*arguments: str) -> Any:
    """The command in a terminal of 80 columns."""
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, list(arguments))


def test_what_is_wrong_and_what_to_do(stack: Stack) -> None:
    ail(stack)
    told = run("doctor", "--locale", "en")
    assert told.exit_code == 1
    for words in (
        "shopify/acme: the platform refuses us",
        "→ authorise it again",
        "generic/erp works",
        "huitou redrive",
        "failed five times",
    ):
        assert words in told.stdout
    assert max(map(len, told.stdout.splitlines())) <= 80
    chinese = run("doctor", "--locale", "zh-CN").stdout
    assert "平台拒绝访问" in chinese and "店铺" in chinese and "暂停" in chinese


def test_as_json(stack: Stack) -> None:
    ail(stack)
    told = json.loads(run("doctor", "--json").stdout)
    assert told["grade"] == "bad"
    assert {each["code"] for each in told["installation"]["findings"]} >= {"failing", "dead_letters"}
    assert [one["reason"] for one in told["shops"]["shopify/acme"]] == ["in-time", "grant-refused"]
    assert json.loads(run("doctor", "--json", "--no-shops").stdout)["shops"] == {}


def test_a_broken_shop_alone_is_bad_and_a_sound_one_is_not(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.app.marks.beat("demo", stack.clock.now())
    stack.project()
    assert run("doctor").exit_code == 1
    monkeypatch.setattr(doctor, "shops_of", lambda _: {"generic/erp": (SOUND,)})
    assert run("doctor").exit_code == 0


def test_without_an_installation_it_says_so(tmp_path: Path) -> None:
    told = run("doctor", "--data-dir", str(tmp_path), "--config", str(tmp_path / "huitou.toml"))
    assert told.exit_code == 0
    assert "huitou up" in told.stdout


def test_status_fits_the_terminal_in_both_languages(stack: Stack) -> None:
    ail(stack)
    for locale, word in (("en", "fetched"), ("zh-CN", "店铺")):
        told = run("status", "--locale", locale)
        assert told.exit_code == 0
        assert word in told.stdout
    assert json.loads(run("status", "--json").stdout)["merchant"] == "demo"
    assert run("status", "--locale", "fr").exit_code == 2


def test_the_commands_that_words_name_are_there() -> None:
    top = typer.main.get_command(app)
    for told in WORDS.values():
        for words in told.values():
            for command in re.findall(r"huitou ((?:[a-z]+ ?)+)", f"{words.what} {words.do}"):
                group: Any = top
                for part in command.split():
                    if not hasattr(group, "commands"):
                        break
                    if part in group.commands:
                        group = group.commands[part]
                    else:
                        assert group is not top, f"huitou {command}"
                        break
