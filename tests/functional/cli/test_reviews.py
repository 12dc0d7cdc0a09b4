"""`huitou reviews` over the core: what the report says, and private words."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ops.cli import app, reviews
from tests.functional.exactness import test_writing as writing
from tests.functional.exactness.test_answers import PRAISE, desk, run, tell
from tests.functional.stack import Stack


@pytest.fixture
def shop(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A shop with one review, praise."""
    stack, _ = desk(moto_engine)
    tell(stack, PRAISE, 5)
    monkeypatch.setattr(reviews, "open_application", lambda *_: stack.app)
    return stack


def said(*words: str) -> Result:
    """What the command prints."""
    return CliRunner().invoke(app, ["reviews", *words])


def line(*words: str) -> dict[str, Any]:
    """The only platform of the report."""
    result = said("report", "--json", *words)
    assert result.exit_code == 0, result.output
    (found,) = json.loads(result.output)
    return dict(found)


def test_the_report_tells_how_long_the_first_answer_took(shop: Stack) -> None:
    before = line()
    assert (before["in time"], before["late"], before["waiting"], before["median"]) == (0, 0, 1, None)
    shop.clock.at += timedelta(hours=15)
    begun = shop.config.reviews.opening.worked(shop.clock.at - timedelta(hours=18), shop.clock.at)
    run(shop.app.deliver)
    after = line()
    assert (after["in time"], after["waiting"], after["answered"]) == (1, 0, 1)
    assert after["median"] == begun // timedelta(minutes=1) == 720
    assert "720" in said("report").output


def test_who_is_late_is_not_waiting(shop: Stack) -> None:
    shop.clock.at += timedelta(days=20)
    assert (line()["late"], line()["waiting"]) == (1, 0)


def test_a_private_message_is_written_by_who_gives_the_command(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stack, platform = writing.desk(moto_engine)
    monkeypatch.setattr(reviews, "open_application", lambda *_: stack.app)
    words = ("write", "fake/acme/r-1", "--text", writing.TEXT)
    assert said(*words).exit_code == 2, "nobody said whose yes it is"
    assert said(*words, "--by", "ann").exit_code == 0
    assert said(*words, "--as", "bo").exit_code != 0
    run(stack.app.deliver)
    assert [text for _, _, text in platform.sent] == [writing.TEXT] and writing.steps(stack) == {"wrote": "ann"}
