"""What holds for any text: it is read, alike each time, within bounded work."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.understanding import chinese, emoji, hanzi, rules, scripts, words_en, words_zh, words_zh_topics
from chalicelib.understanding.hits import LEVELS, SEVERITIES, TOPICS, Lexicon
from chalicelib.understanding.reading import read
from chalicelib.understanding.scrub import scrubbed

PIECES = [
    "不",
    "没有",
    "好",
    "坏了",
    "很",
    "但是",
    "？",
    "，",
    "👍",
    "🙃",
    " ",
    "not ",
    "good ",
    "but ",
    "broke ",
    "退款",
    "\n",
    "1",
    '"',
    "嘅",
    "é",
    "\u200d",
]
TEXTS = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))


@settings(max_examples=200, deadline=None)
@example("\ud800", None)
@example("", 5)
@example("ﷺ" * 300, 1)
@example("\0", 3)
@given(TEXTS, st.one_of(st.none(), st.integers(-2, 9)))
def test_any_text_is_read_and_alike_each_time(text: str, rating: int | None) -> None:
    reading = read(text, rating=rating)

    assert reading == read(text, rating=rating)
    assert reading.sentiment in ("positive", "neutral", "negative")
    assert -1000 <= reading.score <= 1000
    assert set(reading.topics) <= set(TOPICS)
    assert list(reading.topics) == sorted(reading.topics, key=TOPICS.index)
    assert reading.severity in SEVERITIES
    assert (reading.severity in ("medium", "high")) <= (reading.sentiment == "negative")


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_what_is_prepared_stays(text: str) -> None:
    once = scripts.prepared(text)

    assert scripts.prepared(once) == once
    assert hanzi.simplified(hanzi.simplified(text)) == hanzi.simplified(text)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_anything_is_scrubbed_and_once_is_enough(text: str) -> None:
    assert scrubbed(scrubbed(text)) == scrubbed(text)


@pytest.mark.parametrize("piece", ["好", "不", "a", "没有", "not good ", '"', "三天", "，", "！", "ﷺ"])
def test_work_is_bounded_by_the_text_that_is_read(monkeypatch: pytest.MonkeyPatch, piece: str) -> None:
    asked, cut = [0], [0]
    longest, boundaries = Lexicon.longest, chinese.boundaries

    def counted(self: Lexicon, units: Any, at: int) -> Any:
        asked[0] += 1
        return longest(self, units, at)

    def measured(text: str) -> Any:
        cut[0] = max(cut[0], len(text))
        return boundaries(text)

    monkeypatch.setattr(Lexicon, "longest", counted)
    monkeypatch.setattr(chinese, "boundaries", measured)

    read(piece * 10_000)

    assert asked[0] <= 2 * scripts.LONGEST
    assert cut[0] <= scripts.LONGEST


def test_the_end_of_a_long_text_is_read_too() -> None:
    assert len(scripts.bounded("好" * 10_000)) <= scripts.LONGEST
    assert read("用了一段时间。" * 1_000 + "最后还是坏了，非常失望").sentiment == "negative"


def unbounded(pattern: str) -> int:
    """How many repeats without a bound stand inside another one: those may take time that grows beyond the text."""
    return len(re.findall(r"\((?:\?:)?[^()]*[^\\][*+][^()]*\)[*+]", pattern))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_rule_repeats_a_repeat(language: str) -> None:
    assert unbounded("(?:a+b)*") == 1
    assert {family: pattern.pattern for family, _, pattern in rules.compiled(language) if unbounded(pattern.pattern)} == {}


def test_tables_are_well_formed() -> None:
    for module in (words_zh, words_zh_topics, words_en):
        for name, table in vars(module).items():
            if name.isupper() and isinstance(table, tuple) and table and len(table[0]) == 4:
                for weight, severity, topics, words in table:
                    assert -40 <= weight <= 40
                    assert severity in LEVELS
                    assert bool(severity) == (weight < 0), (weight, severity, words[:20])
                    assert set(topics.split()) <= set(TOPICS)
                    assert words.strip()


def test_pictures_stand_for_themselves() -> None:
    assert all(len(picture) == 1 for picture in emoji.table())
