"""`huitou digest` and its readers over the core."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ops.cli import app, digests
from tests.functional.exactness.test_digests import ANA, BEN, CAI, world
from tests.functional.stack import Stack


@pytest.fixture
def shop(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A shop with three readers."""
    stack = world(moto_engine)
    monkeypatch.setattr(digests, "open_application", lambda *_: stack.app)
    return stack


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["digest", *words])


def states() -> dict[str, str]:
    result = run("readers", "--json")
    assert result.exit_code == 0, result.output
    return {each["reader"]: each["state"] for each in json.loads(result.output)}


def test_who_gets_what_and_who_has_left_and_comes_back(shop: Stack) -> None:
    assert states() == dict.fromkeys((ANA, BEN, CAI), "reads")
    token = shop.app.readership.url("demo", shop.app.readership.owner("demo", "email", BEN)).rpartition("/")[2]
    shop.app.unsubscribe.withdraw(token)
    assert states()[BEN] == "left 2026-11-20T04:00:00Z (link)"
    shown = run("readers").output
    assert CAI in shown and "zh-CN" in shown and "owner" in shown and "day, week" in shown
    back = run("resubscribe", BEN)
    assert back.exit_code == 0 and "gets the next digests" in back.output
    assert states()[BEN] == "reads"
    assert "nothing to change" in run("resubscribe", BEN).output
    assert run("unsubscribe", ANA).exit_code == 0 and states()[ANA] == "left 2026-11-20T04:00:00Z (huitou digest)"


def test_a_stranger_is_a_mistake(shop: Stack) -> None:
    for command in ("resubscribe", "unsubscribe"):
        result = run(command, "stranger@demo.example")
        assert result.exit_code == 2 and "no reader" in result.output
    assert run().exit_code == 2


def test_a_digest_as_a_reader_gets_it(shop: Stack, tmp_path: Path) -> None:
    shown = run("--date", "2026-11-19", "--reader", CAI)
    assert shown.exit_code == 0 and "period 2026-11-19" in shown.output and "leave None" in shown.output
    assert run("--date", "2026-11-19", "--reader", "x@demo.example").exit_code == 2
    sent = run("--date", "2026-11-19", "--period", "week", "--out", str(tmp_path), "--send")
    assert "queued for 3 readers" in sent.output and list(tmp_path.iterdir())
