"""A second reader of what our own rules are unsure of: off unless it is configured, and never more than a reading."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.config import parse
from chalicelib.config_reviews import JudgeTerms
from chalicelib.errors import ConfigError
from chalicelib.judging import PAUSE, Judging
from chalicelib.reviewing import Reviewing
from chalicelib.understanding.reading import Reading, read
from tests.functional.exactness.test_answers import ANGER, ON, PRAISE, case, desk, run, tell
from tests.functional.stack import NOW, Stack

ASKING = ON + 'judge = "bedrock"\njudge_model = "example.model-1"\njudge_region = "eu-west-1"\n'
UNSURE = "呵呵"
SURE = Reading("positive", 400, ("quality",), "none", False, ("read by example.model-1",), "zh-Hans")


class Second:
    """Stands for the model; keeps what it was shown."""

    def __init__(self, *answers: Reading | None) -> None:
        self.answers, self.seen = list(answers), list[tuple[str, int | None]]()
        self.terms: list[JudgeTerms] = []

    def make(self, terms: JudgeTerms) -> Second:
        """As the desk makes one."""
        self.terms.append(terms)
        return self

    def judge(self, text: str, *, rating: int | None, first: Reading) -> Reading | None:
        """The next answer."""
        assert first.unsure
        self.seen.append((text, rating))
        return self.answers.pop(0)


def shop(stack: Stack, second: Second, config: str = ASKING) -> Stack:
    """A stack whose second reader is this one."""
    found, _ = desk(stack.engine.inner, config=config)
    parts = found.app.parts
    reviewing: Any = found.app.outreach.desk.reviewing
    assert isinstance(reviewing, Reviewing)
    reviewing._understand = Judging(config=parts.config, make=second.make, clock=parts.clock, counters=parts.counters)
    return found


def asked(stack: Stack) -> dict[str, int]:
    """How it was counted."""
    found: dict[str, int] = {}
    for outcome in ("sure", "unsure", "silent", "paused"):
        count = stack.counters.counts.get(("judge_asked", (("outcome", outcome),)), 0)
        found |= {outcome: count} if count else {}
    return found


def test_the_premise_holds() -> None:
    assert read(UNSURE, rating=5, locale=None, platform_default=False).unsure
    assert not read(PRAISE, rating=5, locale=None, platform_default=False).unsure


def test_what_we_are_unsure_of_is_read_once_more(moto_stack: Stack) -> None:
    second = Second(SURE)
    stack = shop(moto_stack, second)
    tell(stack, UNSURE, 5)
    assert (case(stack).state, case(stack).band, case(stack).unsure) == ("queued", "positive", False)
    assert second.terms == [JudgeTerms("example.model-1", "eu-west-1")] and second.seen == [(UNSURE, 5)]
    assert asked(stack) == {"sure": 1}


@pytest.mark.parametrize("text", [PRAISE, ANGER])
def test_what_we_are_sure_of_nobody_else_reads(moto_stack: Stack, text: str) -> None:
    second = Second()
    tell(shop(moto_stack, second), text, 5 if text is PRAISE else 1)
    assert second.seen == []


def test_it_is_off_unless_it_is_configured(moto_stack: Stack) -> None:
    second = Second()
    stack = shop(moto_stack, second, ON)
    tell(stack, UNSURE, 5)
    assert second.seen == [] and case(stack).unsure and case(stack).state == "drafted"


@pytest.mark.parametrize(
    ("answer", "outcome"), [(None, "silent"), (Reading("positive", 10, (), "none", True, (), "zh-Hans"), "unsure")]
)
def test_whatever_it_does_not_know_is_for_a_person(moto_stack: Stack, answer: Reading | None, outcome: str) -> None:
    second = Second(answer)
    stack = shop(moto_stack, second)
    tell(stack, UNSURE, 5)
    assert (case(stack).state, case(stack).needs, case(stack).unsure) == ("drafted", 1, True)
    run(stack.app.deliver)
    assert asked(stack) == {outcome: 1}


def test_after_a_silence_nobody_asks_for_a_while(moto_stack: Stack) -> None:
    second = Second(None, SURE)
    stack = shop(moto_stack, second)
    for minutes in (0, 1):
        tell(stack, UNSURE, 5 - minutes, minutes=minutes)
    assert len(second.seen) == 1 and asked(stack) == {"silent": 1, "paused": 1}
    stack.clock.at += PAUSE
    tell(stack, UNSURE, 5, minutes=2)
    assert len(second.seen) == 2 and case(stack).state == "queued"


def test_it_is_shown_nothing_of_the_person(moto_stack: Stack) -> None:
    second = Second(SURE)
    tell(shop(moto_stack, second), f"{UNSURE} Lin Qing, lin@example.com, order-9", 5)
    (text, _) = second.seen[0]
    assert UNSURE in text and not any(word in text for word in ("Lin", "Qing", "example", "order-9"))


def test_what_is_answered_or_gone_is_not_shown_to_it(moto_stack: Stack) -> None:
    second = Second()
    stack = shop(moto_stack, second)
    tell(stack, UNSURE, 5, reply="Thank you")
    tell(stack, UNSURE, 5, minutes=5, deleted=True)
    assert second.seen == [] and NOW - timedelta(hours=3) == case(stack).told_at


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ('judge = "oracle"\njudge_model = "example.model-1"', "reviews.judge"),
        ('judge = "bedrock"', "reviews.judge_model"),
        ('judge = "bedrock"\njudge_model = "no such id"', "reviews.judge_model"),
        ('judge = "bedrock"\njudge_model = "example.model-1"\njudge_region = "Mars"', "reviews.judge_region"),
        ('judge_model = "example.model-1"', "reviews.judge_model"),
    ],
)
def test_a_judge_has_a_model(lines: str, path: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(ON + lines)
    assert refused.value.path == path


def test_the_desk_asks_bedrock(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    class Silent:
        def __init__(self, settings: Any) -> None:
            seen.append((settings.model, settings.region, settings.seconds))

        def judge(self, _text: str, **_rest: Any) -> None:
            return None

    monkeypatch.setattr("chalicelib.adapters.bedrock_judge.BedrockJudge", Silent)
    stack, _ = desk(moto_stack.engine.inner, config=ASKING)
    tell(stack, UNSURE, 5)
    assert seen == [("example.model-1", "eu-west-1", 4)] and case(stack).state == "drafted"
