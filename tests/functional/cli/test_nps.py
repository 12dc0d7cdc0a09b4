"""`huitou reviews nps`, and the tasks of bad answers in `huitou reviews`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from chalicelib.domain.case import STEPS
from ops.cli import app, nps, reviews
from tests.functional.exactness.surveyed import answer, at_noon, sent, surveying
from tests.functional.stack import Stack

WORDS = "The lid was broken."


@pytest.fixture
def shop(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A shop whose four buyers answered, the last of them a day later."""
    stack = surveying(Stack(moto_engine))
    tokens = [sent(stack, f"m{number}")[0] for number in range(4)]
    for token, score in zip(tokens, (10, 9, 7), strict=False):
        assert answer(stack, token, score) == 200
    at_noon(stack, 1)
    assert answer(stack, tokens[3], 2, WORDS) == 200
    for module in (nps, reviews):
        monkeypatch.setattr(module, "open_application", lambda *_: stack.app)
    return stack


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["reviews", *words])


def told(*words: str) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_the_figures_by_day_and_of_all(shop: Stack) -> None:
    found = told("nps")
    assert (found["since"], found["until"]) == ("2026-10-23", "2026-11-21")
    assert [(day["day"], day["asked"], day["answered"], day["nps"]) for day in found["days"]] == [
        ("2026-11-20", 4, 3, 67),
        ("2026-11-21", 0, 1, -100),
    ]
    assert (found["asked"], found["answered"], found["promoters"], found["passives"], found["detractors"]) == (4, 4, 2, 1, 1)
    assert found["nps"] == 25
    assert told("nps", "--since", "2026-11-21", "--until", "2026-11-21")["nps"] == -100
    assert told("nps", "--until", "2026-11-01")["nps"] is None


def test_a_table_for_people(shop: Stack) -> None:
    shown = run("nps")
    assert shown.exit_code == 0 and "2026-11-20" in shown.output and "67" in shown.output
    assert "—" in run("nps", "--until", "2026-11-01").output


@pytest.mark.parametrize("bad", [("--since", "2026-11-22", "--until", "2026-11-21"), ("--since", "2000-01-01"), ("--since", "x")])
def test_days_that_are_none_are_refused(shop: Stack, bad: tuple[str, ...]) -> None:
    assert run("nps", *bad).exit_code == 2


def test_a_bad_answer_is_listed_shown_and_worked_on(shop: Stack) -> None:
    (row,) = told("list")
    assert (row["kind"], row["band"], row["state"], row["stars"]) == ("survey", "negative", "waiting", None)
    shown = told("show", row["review"])
    assert (shown["kind"], shown["text"], shown["order"]) == ("survey", WORDS, "m3-1")
    assert told("report") == []
    assert run("draft", row["review"], "Sorry", "--as", "ann").exit_code != 0
    assert run("approve", row["review"], "--as", "ann").exit_code != 0
    for step in STEPS:
        assert run("step", row["review"], step, "--as", "ann").exit_code == 0
    assert told("list") == [] and told("show", row["review"])["reason"] == "solved"
