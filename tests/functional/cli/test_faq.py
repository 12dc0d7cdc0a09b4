"""`huitou reviews faq` over the core: groups, an agreed answer, taken back; and what of it lies in the table."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from chalicelib.domain.order import Buyer
from chalicelib.domain.voice import Question, SayLimits
from chalicelib.errors import Rejected
from chalicelib.ports import RecordKey
from chalicelib.ports_cases import CaseKey
from ops.cli import app, faq
from tests.functional.exactness.test_answers import desk
from tests.functional.exactness.test_campaigns import whole_table
from tests.functional.stack import NOW, Stack

ASKED = {
    "q-1": "Hello, is it machine washable? Lin Qing, lin@example.com",
    "q-2": "Is this machine washable please",
    "q-3": "How many days to Porto?",
}


@pytest.fixture
def shop(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A shop that was asked three questions."""
    stack, _ = desk(moto_engine)
    for at, (name, text) in enumerate(ASKED.items()):
        when = NOW - timedelta(hours=at + 1)
        question = Question(
            *("demo", "fake", "acme", name, "p-1", text, "open", "UNANSWERED"),
            buyer=Buyer(id="b-1", name="Lin Qing", email="lin@example.com"), created_at=when, updated_at=when,
        )  # fmt: skip
        stack.app.recording.keep(question, source=1, occurred_at=when, keep_raw=lambda: "raw")
        stack.app.outreach.desk.reviewing.on_record(RecordKey("demo", "fake", "acme", "question", name))
    monkeypatch.setattr(faq, "open_application", lambda *_: stack.app)
    return stack


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["reviews", "faq", *words])


def listed() -> Any:
    result = run("list", "fake/acme", "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_a_repeated_question_gets_one_answer_for_all(shop: Stack) -> None:
    (group,) = listed()["groups"]
    assert (group["ids"], group["answered"]) == (["q-1", "q-2"], None)
    before = json.loads(whole_table(shop))
    done = run("approve", "fake/acme/q-1", "Yes, at 30 degrees.", "--as", "ana")
    assert done.exit_code == 0, done.output
    found = listed()
    assert found["groups"][0]["answered"] == "Yes, at 30 degrees."
    (agreed,) = found["agreed"]
    assert (agreed["answer"], agreed["by"], agreed["product"]) == ("Yes, at 30 degrees.", "ana", "p-1")
    (added,) = [item for item in json.loads(whole_table(shop)) if item not in before]
    assert "machine washable" in added["doc"]["B"]
    assert "lin" not in repr(added).casefold()
    table = run("list", "fake/acme")
    assert "1 agreed answers" in table.output
    told = shop.app.outreach.desk.tellings.told(CaseKey("demo", "fake", "acme", "question", "q-2"))
    assert told is not None
    suggested = shop.app.outreach.desk.faqs.suggest(told, SayLimits(500))
    assert suggested is not None
    assert suggested.written.text == "Yes, at 30 degrees."
    assert run("remove", "fake/acme", agreed["id"]).exit_code == 0
    assert listed()["agreed"] == []


def test_what_must_not_be_said_or_is_not_there_is_refused(shop: Stack) -> None:
    for words in (
        ("approve", "fake/acme/q-1", "Call us!", "--as", "ana"),
        ("approve", "fake/acme/q-9", "Yes.", "--as", "ana"),
        ("remove", "fake/acme", "0123456789"),
    ):
        result = run(*words)
        assert result.exit_code == 1
        assert isinstance(result.exception, Rejected)
    assert run("list", "fake").exit_code == 2
    assert listed()["agreed"] == []
