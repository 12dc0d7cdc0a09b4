"""`huitou reconcile`: what it prints, what it does, and when it exits with 1."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ops.cli import app, reconcile
from tests.functional.reconcile.listing import DAY, Shop, at


@pytest.fixture
def shop(moto_stack_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """One order is here, one is not."""
    monkeypatch.setattr(reconcile, "open_application", lambda *_: moto_stack_shop.app)
    moto_stack_shop.sold("here", 3)
    moto_stack_shop.sold("lost", 4, pushed=False)
    return moto_stack_shop


def run(*arguments: str) -> Result:
    """The command, in a wide terminal."""
    return CliRunner().invoke(app, ["reconcile", *arguments], env={"COLUMNS": "180"})


def test_json_tells_everything(shop: Shop) -> None:
    result = run("generic/erp", "--date", str(DAY), "--json")
    (told,) = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (told["listed"], told["missing"], told["missing_ids"], told["sent"], told["push_dry"]) == (2, 1, ["lost"], 1, None)
    assert told["coverage"] == {"push": 1, "pull": 0, "both": 0, "other": 0}
    assert len(shop.stack.bulk.bodies) == 1


def test_a_table_names_what_comes_again(shop: Shop) -> None:
    result = run("generic/erp", "--date", str(DAY))
    assert result.exit_code == 0
    assert "missing" in result.stdout and "lost" in result.stdout and "1 of 2 orders come again" in result.stderr
    assert len(shop.stack.bulk.bodies) == 1


def test_yesterday_is_meant_where_no_day_is_named_and_a_dry_run_sends_nothing(shop: Shop) -> None:
    (told,) = json.loads(run("generic/erp", "--dry-run", "--json").stdout)
    assert (told["day"], told["missing"], told["sent"], shop.stack.bulk.bodies) == (str(DAY), 1, 0, [])


@pytest.mark.parametrize("trouble", ["unknown account", "broken list", "unread entry"])
def test_what_could_not_be_compared_is_exit_one_and_named(shop: Shop, trouble: str) -> None:
    if trouble == "broken list":
        shop.platform.breaks_before = 0
    if trouble == "unread entry":
        shop.platform.orders["odd"] = (at(5), b'{"order_id": "odd", "status": 7}')
    result = run("generic/nobody" if trouble == "unknown account" else "generic/erp", "--date", str(DAY), "--json")
    (told,) = json.loads(result.stdout)
    assert result.exit_code == 1
    assert told.get("unread") == 1 if trouble == "unread entry" else "failed" in told
    assert result.stderr


def test_register_says_what_it_did(shop: Shop) -> None:
    assert "would be registered" in run("generic/erp", "--register", "--dry-run").stderr
    assert shop.platform.made == []
    assert "orders, refunds registered" in run("generic/erp", "--register").stderr
    assert "nothing to register" in run("generic/erp", "--register").stderr


def test_saboteur_a_command_that_forgives_everything(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "_conclude", lambda *_, **__: None)
    shop.platform.breaks_before = 0
    result: Any = run("generic/erp", "--json")
    assert result.exit_code == 0
