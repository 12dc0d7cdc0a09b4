"""What reviews say, by phenomenon; each family of rules is missed when it is taken away."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.understanding import chinese, clauses, emoji, english, hanzi, rules, weigh
from chalicelib.understanding.hits import SEVERITIES
from chalicelib.understanding.hits import TOPICS as ALL_TOPICS
from chalicelib.understanding.reading import read
from tests.unit.understanding import tables
from tests.unit.understanding.tables import ALARMING, HARMLESS, TABLES, TOPICS, Case

CASES = [(name, case) for name, cases in TABLES.items() for case in cases if name not in ("TOPICS", "ALARMING", "HARMLESS")]


def misread(cases: tuple[Case, ...]) -> list[str]:
    """The texts that are read otherwise than the table says."""
    return [text for text, rating, wanted in cases if read(text, rating=rating).sentiment != wanted]


@pytest.mark.parametrize(("table", "case"), CASES, ids=[f"{name}: {case[0]}" for name, case in CASES])
def test_sentiment(table: str, case: Case) -> None:
    text, rating, wanted = case

    assert read(text, rating=rating).sentiment == wanted, read(text, rating=rating)


@pytest.mark.parametrize(("text", "wanted"), TOPICS, ids=[text for text, _ in TOPICS])
def test_topics(text: str, wanted: set[str]) -> None:
    assert set(read(text).topics) == wanted, read(text)


def test_a_topic_without_a_complaint_is_no_complaint() -> None:
    reading = read("No complaints about shipping", rating=5)

    assert (reading.sentiment, reading.topics, reading.severity) == ("positive", ("logistics",), "none")


@pytest.mark.parametrize("text", ALARMING)
def test_what_a_person_must_see_at_once(text: str) -> None:
    assert read(text, rating=1).severity == "high", read(text, rating=1)


@pytest.mark.parametrize(("text", "rating"), HARMLESS)
def test_words_of_danger_that_mean_none(text: str, rating: int) -> None:
    assert read(text, rating=rating).severity != "high", read(text, rating=rating)


@pytest.mark.parametrize(
    ("text", "rating", "wanted"),
    [
        ("非常满意", 5, "none"),
        ("不太好看", 2, "low"),
        ("第二天就坏了", 1, "medium"),
        ("触电了", 1, "high"),
        ("Broke in a week", 1, "medium"),
    ],
)
def test_severity(text: str, rating: int, wanted: str) -> None:
    assert read(text, rating=rating).severity == wanted, read(text, rating=rating)


def test_the_platform_praised_and_nobody_else() -> None:
    reading = read("很好很好", rating=5, platform_default=True)

    assert (reading.sentiment, reading.score, reading.topics, reading.severity) == ("neutral", 0, (), "none")
    assert reading.reasons == ("platform default",)


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("质量很好", "zh-Hans"),
        ("質量很好", "zh-Hant"),
        ("great", "en"),
        ("质量 great", "mixed"),
        ("👍", "none"),
        ("品質がとても良いです", "other"),
    ],
)
def test_script(text: str, script: str) -> None:
    assert read(text).script == script


def test_a_language_that_is_not_read_is_left_to_a_person() -> None:
    assert read("Muy buena calidad", locale="es-MX", rating=5).unsure
    assert read("Muy buena calidad", locale="es-MX", rating=5).sentiment == "positive"
    assert read("Отличное качество", rating=1).unsure
    assert not read("Great quality", locale="en-GB", rating=5).unsure


def test_weak_words_against_the_stars_are_left_to_a_person() -> None:
    assert read("还不错", rating=1).unsure
    assert read("😂😂", rating=5).unsure


@pytest.mark.parametrize(
    "text", ["很喜欢，很好看，就是冒烟", "Lovely lamp, looks great, one small spark when I plugged it in, love it"]
)
def test_danger_in_praise_is_left_to_a_person(text: str) -> None:
    reading = read(text, rating=5)

    assert reading.unsure or reading.severity == "high", reading


def test_reasons_name_what_decided() -> None:
    reasons = read("快递太慢了，一点都不好用", rating=2).reasons

    assert any(reason.startswith("好用") and "negated by" in reason for reason in reasons)
    assert any("慢" in reason for reason in reasons)
    assert read("买过了", rating=5).reasons == ("5 stars",)


def test_traditional_reads_as_simplified() -> None:
    for old, new in (("賣家態度很好，東西也漂亮", "卖家态度很好，东西也漂亮"), ("壞掉了，客服不理人", "坏掉了，客服不理人")):
        one, two = read(old), read(new)
        assert (one.sentiment, one.score, one.topics, one.severity) == (two.sentiment, two.score, two.topics, two.severity)


def test_pairs_of_characters_are_one_to_one() -> None:
    assert len(hanzi.PAIRS) % 2 == 0
    assert len(set(hanzi.PAIRS[::2])) == len(hanzi.PAIRS) // 2
    for old, new in zip(hanzi.PAIRS[::2], hanzi.PAIRS[1::2], strict=True):
        assert old != new
        assert hanzi.simplified(old) == new


def without(family: str) -> Callable[[str], object]:
    """The rules but one family."""
    whole = {language: rules.compiled(language) for language in ("zh", "en")}
    return lambda language: tuple(rule for rule in whole[language] if rule[0] != family)


@pytest.mark.parametrize(
    ("module", "name", "value", "table"),
    [
        (chinese, "NEGATION_REACH", -1, "NEGATION_ZH"),
        (english, "NEGATION_REACH", -1, "NEGATION_EN"),
        (weigh, "ironic", lambda *_: False, "IRONY"),
        (hanzi, "simplified", lambda text: text, "TRADITIONAL"),
        (hanzi, "mended", lambda text: text, "TYPO"),
        (emoji, "table", dict, "EMOJI"),
        (rules, "compiled", without("wish"), "WISH"),
        (rules, "compiled", without("short of expectation"), "COMPARISON"),
        (rules, "compiled", without("rhetorical"), "RHETORICAL"),
        (rules, "compiled", without("question"), "QUESTION"),
        (rules, "compiled", without("default praise"), "DEFAULT"),
        (rules, "compiled", without("takes praise back"), "FOLLOW_UP"),
        (rules, "compiled", without("even"), "EVEN"),
        (rules, "compiled", without("thanks for the harm"), "IRONY"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_family_that_is_taken_away_is_missed(
    monkeypatch: pytest.MonkeyPatch, module: object, name: str, value: object, table: str
) -> None:
    cases: tuple[Case, ...] = getattr(tables, table)
    assert misread(cases) == []

    monkeypatch.setattr(module, name, value)

    assert misread(cases) != []


def test_contrast_is_missed_when_it_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [read(text).score for text, _, _ in tables.CONTRAST]

    monkeypatch.setattr(clauses, "EARLIER", 100)
    monkeypatch.setattr(clauses, "LATER", 100)
    monkeypatch.setattr(clauses, "CONCEDED", 100)
    after = [read(text).score for text, _, _ in tables.CONTRAST]

    wanted = [1 if sentiment == "positive" else -1 for _, _, sentiment in tables.CONTRAST]
    assert all(sign * one >= sign * two for sign, one, two in zip(wanted, before, after, strict=True))
    assert before != after


def test_names_are_those_of_the_labels() -> None:
    assert len(ALL_TOPICS) == 9
    assert SEVERITIES == ("none", "low", "medium", "high")
