"""Which review is answered at once, which waits for somebody's yes, and whose yes counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chalicelib.domain.answer_policy import Plan, Rules, Said, Understood, agreed, band_of, digest_of, may_approve, plan
from chalicelib.domain.case import Approval, Case
from tests.kit.bad_review import bad_review

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
PRAISE = Said(question=False, stars=5, has_text=True, platform_default=False, deleted=False, answered=False, answerable=True)
GLAD, CALM, ANGRY = (Understood(word, "none", unsure=False) for word in ("positive", "neutral", "negative"))
ONE_PERSON, TWO_PEOPLE = Plan("drafted", "negative", 1), Plan("drafted", "negative", 2)


def said(**other: Any) -> Said:
    """Praise, but for this."""
    return replace(PRAISE, **other)


@pytest.mark.parametrize(
    ("what", "understood", "rules", "planned"),
    [
        (PRAISE, GLAD, Rules(), Plan("queued", "positive")),
        (PRAISE, GLAD, Rules(auto_positive=False), Plan("drafted", "positive", 1)),
        (said(stars=None), GLAD, Rules(), Plan("queued", "positive")),
        # What reads like praise, and is not certain, dangerous, or a question, is a person's.
        (PRAISE, Understood("positive", "none", unsure=True), Rules(), Plan("drafted", "positive", 1)),
        (PRAISE, Understood("positive", "high", unsure=False), Rules(), Plan("drafted", "positive", 1)),
        (said(question=True, stars=None), GLAD, Rules(), Plan("drafted", "positive", 1)),
        # Five stars with a complaint, and one star with kind words.
        (PRAISE, ANGRY, Rules(), ONE_PERSON),
        (said(stars=1), GLAD, Rules(), TWO_PEOPLE),
        (said(stars=2), ANGRY, Rules(), TWO_PEOPLE),
        (said(stars=3), ANGRY, Rules(), ONE_PERSON),
        (said(stars=3), ANGRY, Rules(four_eyes_stars=3), TWO_PEOPLE),
        (said(stars=1), ANGRY, Rules(four_eyes_stars=0), ONE_PERSON),
        (said(stars=1), Understood("negative", "high", unsure=True), Rules(), TWO_PEOPLE),
        (said(stars=3), GLAD, Rules(), Plan("drafted", "neutral", 1)),
        (PRAISE, CALM, Rules(), Plan("drafted", "neutral", 1)),
        # Nothing is said to what is gone, answered, or said by the platform itself.
        (said(deleted=True), GLAD, Rules(), Plan("closed", "positive", reason="deleted")),
        (said(deleted=True, answered=True), GLAD, Rules(), Plan("closed", "positive", reason="deleted")),
        (said(answered=True), GLAD, Rules(), Plan("answered", "positive", reason="answered_elsewhere")),
        (said(platform_default=True), GLAD, Rules(), Plan("closed", "positive", reason="default_praise")),
        (said(platform_default=True), GLAD, Rules(defaults=True), Plan("queued", "positive")),
        # Where a shop cannot answer, a bad review is a task all the same.
        (said(answerable=False), GLAD, Rules(), Plan("closed", "positive", reason="no_answer_here")),
        (said(answerable=False, stars=1), ANGRY, Rules(), Plan("waiting", "negative", reason="no_answer_here")),
    ],
)
def test_what_becomes_of_a_review(what: Said, understood: Understood, rules: Rules, planned: Plan) -> None:
    assert plan(what, understood, rules) == planned


@pytest.mark.parametrize("stars", [None, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("word", ["positive", "neutral", "negative"])
def test_a_band_goes_by_the_worse_of_word_and_stars(stars: int | None, word: str) -> None:
    band = band_of(stars, Understood(word, "none", unsure=False))
    assert (band == "negative") == (word == "negative" or (stars is not None and stars < 3))
    assert (band == "positive") == (word == "positive" and (stars is None or stars > 3))


@pytest.mark.parametrize("stars", [None, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("word", ["positive", "neutral", "negative"])
@pytest.mark.parametrize("severity", ["none", "high"])
def test_only_plain_praise_goes_out_without_anybodys_yes(stars: int | None, word: str, severity: str) -> None:
    planned = plan(said(stars=stars), Understood(word, severity, unsure=False), Rules())
    praise = word == "positive" and severity == "none" and stars in (None, 4, 5)
    assert (planned.state == "queued") == praise
    assert planned.needs == (0 if praise else 2 if stars in (1, 2) else 1)


def case(**other: object) -> Case:
    """A draft that two people have to agree to."""
    plain = bad_review(
        NOW,
        needs=2,
        draft="We are sorry.",
        drafted_by="Wang",
    )
    return msgspec.structs.replace(plain, **other)


def yes(who: str, text: str = "We are sorry.") -> Approval:
    """Somebody agrees to a text."""
    return Approval(who, NOW, digest_of(text))


@pytest.mark.parametrize(
    ("approvals", "needs", "enough"),
    [
        ((), 0, True),
        ((), 1, False),
        ((yes("Li"),), 1, True),
        ((yes("Li"),), 2, False),
        ((yes("Li"), yes("Zhao")), 2, True),
        ((yes("Li"), yes("LI")), 2, False),  # the same person by another spelling
        ((yes("Li"), yes("Zhao", "We are not sorry.")), 2, False),  # agreed to other words
        ((yes("Li", "We are sorry. "),), 1, False),
    ],
)
def test_enough_different_people_agreed_to_this_text(approvals: tuple[Approval, ...], needs: int, enough: bool) -> None:
    assert agreed(case(approvals=approvals, needs=needs)) is enough


def test_nobody_agrees_to_no_text() -> None:
    assert not agreed(case(draft=None, needs=0))


@pytest.mark.parametrize(
    ("there", "approval", "against"),
    [
        (case(), yes("Li"), None),
        (case(approvals=(yes("Li"),)), yes("Zhao"), None),
        (case(approvals=(yes("Li"),)), yes("li"), "approved_already"),
        (case(approvals=(yes("Li", "Other words."),)), yes("Li"), None),  # what was agreed to is no more: once again
        (case(), yes("Wang"), "own_draft"),
        (case(), yes("WANG"), "own_draft"),
        (case(needs=1), yes("Wang"), None),
        (case(drafted_by=None), yes("Wang"), None),
        (case(), yes("Li", "Other words."), "draft_changed"),
        (case(draft=None), yes("Li"), "nothing_to_approve"),
        *((case(state=state), yes("Li"), "nothing_to_approve") for state in ("waiting", "queued", "answered", "closed")),
    ],
)
def test_whose_yes_counts(there: Case, approval: Approval, against: str | None) -> None:
    assert may_approve(there, approval) == against
