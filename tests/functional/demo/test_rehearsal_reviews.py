"""The rehearsal of reviews agrees with what the platforms saw, and notices when answers are made wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib import deciding
from chalicelib.answering import Answering
from chalicelib.deciding import Deciding
from chalicelib.domain import sla
from chalicelib.reviewing import Reviewing
from connectors.ebay.connector import Ebay
from ops.rehearsal_reviews import rehearse_reviews
from ops.rehearsal_stage import Outcome, stage
from ops.simulator.world import build

THREE = ("ebay", "kuaishou", "mercadolibre")  # a word for stars; everything that can become of a review; questions


def play() -> Outcome:
    """Four days of reviews at three shops."""
    outcome = Outcome()
    with stage(build(3, history=60, today=12, platforms=THREE)) as on:
        rehearse_reviews(on, outcome, lambda _name, _count, _total: None)
    return outcome


def test_what_the_platforms_took_in_is_what_was_agreed_to() -> None:
    outcome = play()
    assert outcome.differences == []
    assert sorted(line.platform for line in outcome.reviews) == sorted(THREE)
    assert sum(line.at_once for line in outcome.reviews) >= 10
    assert sum(line.by_one for line in outcome.reviews) > 0 and sum(line.by_two for line in outcome.reviews) > 0
    assert outcome.voided >= 2
    kept = [line.deadlines for line in outcome.reviews]
    assert all(sum(getattr(each, name) for each in kept) > 0 for name in ("in_time", "late", "waiting"))


def another_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connector that says a little more than was agreed to."""
    honest = Ebay.reply
    monkeypatch.setattr(Ebay, "reply", lambda self, target, text, api: honest(self, target, f"{text}!", api))


def whatever_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due is said without another look."""
    monkeypatch.setattr(Answering, "_against", lambda *_: None)


def one_pair_of_eyes(monkeypatch: pytest.MonkeyPatch) -> None:
    """One yes is enough for anything."""
    monkeypatch.setattr(deciding, "agreed", lambda case: bool(case.approvals))


def quicker_than_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Minutes that last two."""
    monkeypatch.setattr(sla, "MINUTE", 2 * sla.MINUTE)


def not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """What people agree to is not put into the outbox."""
    honest = Deciding.__init__

    def lazy(self: Deciding, **parts: Any) -> None:
        honest(self, **parts | {"queue": lambda *_: None})

    monkeypatch.setattr(Deciding, "__init__", lazy)


def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that is there is never brought up to date."""
    honest: Callable[..., Any] = Reviewing.on_record

    def first_only(self: Reviewing, key: Any) -> Any:
        known = any(place.id == key.id for place, _, _ in self._cases.all(key.merchant, key.platform, key.account))
        return None if known else honest(self, key)

    monkeypatch.setattr(Reviewing, "on_record", first_only)
    monkeypatch.setattr(Answering, "_against", lambda *_: None)


@pytest.mark.parametrize(
    ("sabotage", "words"),
    [
        (another_text, "answered otherwise than agreed"),
        (whatever_happened, "though it was changed"),
        (one_pair_of_eyes, "with 1 of 2 approvals"),
        (quicker_than_it_was, "deadlines of"),
        (not_sent, "times, was 0 times"),
        (deaf, "though it was changed"),
    ],
)
def test_saboteurs_are_seen(monkeypatch: pytest.MonkeyPatch, sabotage: Callable[[pytest.MonkeyPatch], None], words: str) -> None:
    sabotage(monkeypatch)
    assert any(words in difference for difference in play().differences)
