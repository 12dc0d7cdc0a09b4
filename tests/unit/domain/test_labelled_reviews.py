"""The labelled reviews: their schema, their balance, and that no text stands twice (see the README beside them)."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOM = Path(__file__).parents[2] / "fixtures" / "reviews_labelled"
FIELDS = ["id", "lang", "rating", "text", "sentiment", "topics", "severity", "hard", "unsure"]
LANGS = {"zh-Hans", "zh-Hant", "en", "mixed", "none"}
TOPICS = ["logistics", "quality", "size", "price", "packaging", "service", "not_as_described", "missing_parts", "authenticity"]
SENTIMENTS = {"positive", "neutral", "negative"}
SEVERITIES = {"none", "low", "medium", "high"}
BY_HAND = {"negation", "irony", "default_praise", "follow_up", "slang", "typo", "comparison"}
BY_FORM = {"stars_against_text", "emoji_only", "mixed_language", "long", "short"}
LONG = {"zh-Hans": 80, "zh-Hant": 80, "en": 200, "mixed": 120}
SHORT = {"zh-Hans": 8, "zh-Hant": 8, "en": 20, "mixed": 12}
HAN = re.compile("[\u3400-\u9fff]")
LATIN = re.compile("[A-Za-z]")
PICTURE = re.compile("[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
CONTACT = re.compile(r"https?:|www\.|\w@\w|\d{8,}")
SCRIPTS = {"zh-Hans": "gb2312", "zh-Hant": "big5hkscs"}

Row = dict[str, Any]


def rows(name: str) -> list[Row]:
    """One part, in the order of its lines."""
    return [json.loads(line) for line in (ROOM / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


TUNING, HELD_BACK = rows("tuning"), rows("held_back")
ALL = TUNING + HELD_BACK
PARTS = pytest.mark.parametrize("part", [TUNING, HELD_BACK], ids=["tuning", "held_back"])


def share(part: list[Row], field: str, value: object) -> float:
    """What part of the rows has this value."""
    return [row[field] for row in part].count(value) / len(part)


def grams(text: str) -> frozenset[str]:
    """All runs of four characters; a shorter text is its own."""
    return frozenset(text[at : at + 4] for at in range(len(text) - 3)) or frozenset([text])


def twins(texts: list[str], limit: float) -> list[tuple[str, str]]:
    """Pairs whose runs of four characters overlap (Jaccard) by the limit or more."""
    cut = [grams(text.casefold()) for text in texts]
    return [
        (texts[left], texts[right])
        for right in range(len(cut))
        for left in range(right)
        if not cut[left].isdisjoint(cut[right]) and len(cut[left] & cut[right]) >= limit * len(cut[left] | cut[right])
    ]


def by_form(row: Row) -> set[str]:
    """The tags that follow from the row itself."""
    lang, text = row["lang"], row["text"]
    against = {"positive": {1, 2}, "negative": {4, 5}, "neutral": set()}[row["sentiment"]]
    found = {
        "stars_against_text": row["rating"] in against,
        "emoji_only": lang == "none" and PICTURE.search(text) is not None,
        "mixed_language": lang == "mixed",
        "long": lang in LONG and len(text) >= LONG[lang],
        "short": lang in SHORT and len(text) <= SHORT[lang],
    }
    return {tag for tag, holds in found.items() if holds}


def faults(row: Row) -> list[str]:
    """What is wrong with a row's fields; empty when nothing is."""
    rating, text, hard = row["rating"], row["text"], row["hard"]
    checks = {
        "fields": list(row) == FIELDS,
        "lang": row["lang"] in LANGS,
        "rating": rating is None or (type(rating) is int and 1 <= rating <= 5),
        "text": isinstance(text, str) and text == text.strip() and 3 <= len(text) <= 300,
        "sentiment": row["sentiment"] in SENTIMENTS,
        "topics": row["topics"] == [topic for topic in TOPICS if topic in row["topics"]],
        "severity": row["severity"] in SEVERITIES,
        "hard": len(set(hard)) == len(hard) and set(hard) - BY_HAND == by_form(row),
        "unsure": type(row["unsure"]) is bool,
    }
    return [name for name, holds in checks.items() if not holds]


def written_in(row: Row) -> bool:
    """Whether the letters are those of the language that the row says."""
    text, lang = row["text"], row["lang"]
    han, latin = HAN.findall(text), LATIN.search(text) is not None
    if lang in SCRIPTS:
        # A character of the other script has no code in the encoding. Without any, it is an abbreviation in letters.
        coded = "".join(han).encode(SCRIPTS[lang], "ignore").decode(SCRIPTS[lang])
        return coded == "".join(han) and (bool(han) or "slang" in row["hard"])
    return (bool(han), latin) == {"en": (False, True), "mixed": (True, True), "none": (False, False)}[lang]


def test_every_row_keeps_the_schema() -> None:
    assert {row["id"]: faults(row) for row in ALL if faults(row)} == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rating", 6),
        ("rating", True),
        ("text", " x "),
        ("topics", ["size", "quality"]),
        ("severity", "huge"),
        ("hard", ["short", "long"]),
    ],
)
def test_a_broken_row_is_named(field: str, value: object) -> None:
    assert faults(TUNING[0]) == []
    assert field in faults({**TUNING[0], field: value})


def test_every_row_is_in_the_language_it_says() -> None:
    assert [row["id"] for row in ALL if not written_in(row)] == []


@pytest.mark.parametrize(
    ("lang", "text"), [("zh-Hans", "質量很好"), ("zh-Hant", "质量很好"), ("en", "good 好"), ("mixed", "good one"), ("none", "ok")]
)
def test_another_script_is_seen(lang: str, text: str) -> None:
    assert not written_in({"lang": lang, "text": text, "hard": []})


def test_labels_agree_with_one_another() -> None:
    for row in ALL:
        assert row["severity"] in {"positive": {"none", "low"}, "neutral": {"none", "low"}}.get(
            row["sentiment"], SEVERITIES - {"none"}
        )
        if "default_praise" in row["hard"]:
            assert (row["sentiment"], row["topics"], row["severity"]) == ("neutral", [], "none")


def test_ids_say_their_part_and_are_counted_through() -> None:
    assert [row["id"] for row in TUNING] == [f"t-{number:04d}" for number in range(1, len(TUNING) + 1)]
    assert [row["id"] for row in HELD_BACK] == [f"h-{number:04d}" for number in range(1, len(HELD_BACK) + 1)]


def test_there_are_enough_and_a_good_third_is_held_back() -> None:
    assert len(ALL) >= 720
    assert len(HELD_BACK) >= 200
    assert 0.33 <= len(HELD_BACK) / len(ALL) <= 0.40


@PARTS
def test_the_mix_is_the_same_in_both_parts(part: list[Row]) -> None:
    wanted: list[tuple[str, object, float]] = [
        ("sentiment", "positive", 0.38),
        ("sentiment", "neutral", 0.22),
        ("sentiment", "negative", 0.40),
        ("lang", "zh-Hans", 0.45),
        ("lang", "zh-Hant", 0.15),
        ("lang", "en", 0.30),
    ]
    for field, value, about in wanted:
        assert share(part, field, value) == pytest.approx(about, abs=0.03), value
    assert 1 - sum(share(part, "lang", lang) for lang in ("zh-Hans", "zh-Hant", "en")) == pytest.approx(0.10, abs=0.03)
    assert sum(bool(row["hard"]) for row in part) >= 0.45 * len(part)
    assert 0.03 <= share(part, "unsure", True) <= 0.10


def test_every_label_is_there_often_enough() -> None:
    topics = Counter(topic for row in ALL for topic in row["topics"])
    held = Counter(topic for row in HELD_BACK for topic in row["topics"])
    tags = Counter(tag for row in ALL for tag in row["hard"])
    assert all(topics[topic] >= 45 for topic in TOPICS), topics
    assert all(held[topic] >= 15 for topic in TOPICS), held
    assert all(tags[tag] >= 15 for tag in BY_HAND | BY_FORM), tags
    assert sum(row["severity"] == "high" for row in ALL) >= 40
    assert sum(row["severity"] == "high" for row in HELD_BACK) >= 15


def test_a_topic_does_not_give_the_sentiment_away() -> None:
    for topic in TOPICS:
        found = {row["sentiment"] for row in HELD_BACK if topic in row["topics"]}
        assert found == SENTIMENTS, topic


def test_no_text_stands_twice() -> None:
    assert twins([row["text"] for row in ALL], 0.6) == []


def test_a_text_with_swapped_words_would_be_found() -> None:
    assert twins(["鞋子很好看，我非常喜欢，下次再来", "裙子很好看，我非常喜欢，下次再来"], 0.6)
    assert not twins(["鞋子很好看，我非常喜欢，下次再来", "快递慢得像蜗牛，等了十八天"], 0.6)


def test_no_way_to_reach_anybody_is_in_a_text() -> None:
    assert [row["id"] for row in ALL if CONTACT.search(row["text"]) and row["lang"] != "none"] == []
