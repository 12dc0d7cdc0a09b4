"""`huitou consent` and `huitou winback codes` over the core."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from chalicelib.errors import HuitouError
from ops.cli import app, consents, offers
from tests.functional.exactness.channels import EMPLOYEE, member, runs
from tests.functional.exactness.test_channels import WECOM_WAY, begun
from tests.functional.exactness.world import Delivery, deliver, erp
from tests.functional.stack import Stack

ANN = "generic/erp/A1"


@pytest.fixture
def shop(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A shop where Ann bought twice, under two numbers and one address."""
    stack = Stack(moto_engine)
    person = {"name": "Ann", "email": "ann@example.com"}
    bought = (("A1", "ann-1"), ("A2", "ann-2"))
    deliver(stack, [_of(number, person | {"id": who}) for number, who in bought])
    stack.settle()
    for module in (consents, offers):
        monkeypatch.setattr(module, "open_application", lambda *_: stack.app)
    return stack


def _of(number: str, buyer: dict[str, str]) -> Delivery:
    order = erp(number, 0, "paid", 200)
    return replace(order, body=json.dumps(json.loads(order.body) | {"buyer": buyer}).encode())


def run(*arguments: str) -> Result:
    """One command."""
    return CliRunner().invoke(app, list(arguments))


def told(*arguments: str) -> Any:
    """What a command prints as JSON."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_grant_says_where_it_was_given_and_to_which_words(shop: Stack) -> None:
    assert run("consent", "grant", ANN).exit_code == 2
    assert run("consent", "grant", ANN, "--source", "form").exit_code == 2
    found = told("consent", "grant", ANN, "--source", "form", "--text-version", "2026-03", "--at", "2026-11-19T12:00:00+08:00")
    assert found["holds"] == [{"channel": "email", "purpose": "marketing", "granted": True}]
    (word,) = found["words"]
    assert (word["at"], word["source"], word["text_version"]) == ("2026-11-19T04:00:00Z", "form", "2026-03")


def test_a_withdrawal_holds_for_every_buyer_that_the_person_is(shop: Stack) -> None:
    found = told("consent", "grant", ANN, "--source", "form", "--text-version", "1", "--at", "2026-11-19T04:00:00Z")
    assert len(found["buyers"]) == 2
    found = told("consent", "withdraw", "generic/erp/A2")
    assert found["holds"] == [{"channel": "email", "purpose": "marketing", "granted": False}]
    assert [word["granted"] for word in found["words"]] == [True, False, False]
    assert {word["buyer"] for word in found["words"][1:]} == set(found["buyers"])
    for buyer in found["buyers"]:
        assert shop.app.members.consent("demo", [buyer], "email") is False


def test_a_withdrawal_that_came_first_holds_against_an_older_grant(shop: Stack) -> None:
    told("consent", "withdraw", ANN, "--at", "2026-11-19T04:00:00Z")
    found = told("consent", "grant", ANN, "--source", "form", "--text-version", "1", "--at", "2026-11-18T04:00:00Z")
    assert found["holds"][0]["granted"] is False and len(found["words"]) == 3


@pytest.mark.parametrize(
    "wrong", [("--at", "2027-01-01T00:00:00Z"), ("--at", "2026-11-19"), ("--channel", "e-mail"), ("--purpose", "")]
)
def test_what_would_lie_where_nobody_looks_is_refused(shop: Stack, wrong: tuple[str, str]) -> None:
    assert run("consent", "withdraw", ANN, *wrong).exit_code == 2
    assert told("consent", "show", ANN)["words"] == []


def test_who_wants_no_word_from_one_employee_gets_none(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate looks where the employee has them as a contact: a word that lay with the buyer would be kept and not heeded."""
    shop = begun(moto_engine, WECOM_WAY)
    monkeypatch.setattr(consents, "open_application", lambda *_: shop.app)
    buyer = member(shop)
    assert run("consent", "withdraw", buyer, "--channel", "wecom:nobody").exit_code == 2
    found = told("consent", "withdraw", buyer, "--channel", f"wecom:{EMPLOYEE}")
    assert found["holds"] == [{"channel": f"wecom:{EMPLOYEE}", "purpose": "marketing", "granted": False}]
    assert told("consent", "show", buyer)["holds"] == found["holds"]
    runs(shop)
    assert shop.said() == 0 and shop.outcome()[:2] == ("suppressed", "consent")


def test_show_reads_and_shows_both_tables(shop: Stack) -> None:
    told("consent", "grant", ANN, "--source", "form", "--text-version", "1", "--channel", "sms")
    assert told("consent", "show", ANN, "--channel", "email")["words"] == []
    result = run("consent", "show", ANN)
    assert result.exit_code == 0 and "what holds" in result.stdout and "sms" in result.stdout
    assert "ann@example.com" not in result.stdout


def test_codes_are_added_once_and_counted(shop: Stack, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("code,expires\nA-1,2026-11-19\nA-2\nA-3\n", encoding="utf-8")
    first = run("winback", "codes", "add", "spring", str(file), "--expires", "2026-12-31")
    assert first.exit_code == 0 and "3 codes added" in first.output and "1 of them have expired" in first.output
    assert (
        "0 codes added to spring, 3 were there"
        in run("winback", "codes", "add", "spring", str(file), "--expires", "2026-12-31").output
    )
    assert told("winback", "codes", "show", "spring") == {"pool": "spring", "left": 2, "issued": 0, "taken_up": 0, "expired": 1}
    shown = run("winback", "codes", "show", "spring")
    assert "A-2" not in shown.output and "taken up" in shown.output


@pytest.mark.parametrize(("body", "reason"), [(b"A-1\nA-1\n", "line 2"), (b"\xff\xfe\n", "UTF-8"), (b"\n", "no code")])
def test_a_file_with_a_fault_adds_nothing(shop: Stack, tmp_path: Path, body: bytes, reason: str) -> None:
    file = tmp_path / "codes.txt"
    file.write_bytes(body)
    result = run("winback", "codes", "add", "spring", str(file))
    assert result.exit_code == 1 and isinstance(result.exception, HuitouError) and reason in str(result.exception)
    assert told("winback", "codes", "show", "spring")["left"] == 0


def test_a_pool_has_a_plain_name(shop: Stack, tmp_path: Path) -> None:
    file = tmp_path / "codes.txt"
    file.write_text("A-1\n", encoding="utf-8")
    assert run("winback", "codes", "add", "Spring Sale", str(file)).exit_code == 2
