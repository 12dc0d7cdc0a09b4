"""The words of findings: in both languages, for every finding, with what they are filled with."""

from __future__ import annotations

import ast
import inspect
import string

import pytest

from chalicelib.domain import health
from chalicelib.domain.health import Finding, gravest
from chalicelib.domain.health_words import REASONS, WHATS, WORDS, lasting, said

FILLED = {"about", "about_args", "name", "ago", "what_word", "why", "reason", "by", "count", "deliveries", "day"}


def blanks(text: str) -> set[str]:
    """The names between braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def codes() -> set[str]:
    """The codes of all findings that the code makes."""
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(health))) if isinstance(node, ast.Call)]
    first = [node.args[0] for node in calls if isinstance(node.func, ast.Name) and node.func.id == "Finding" and node.args]
    chosen = [part for node in first if isinstance(node, ast.IfExp) for part in (node.body, node.orelse)]
    return {str(node.value) for node in [*first, *chosen] if isinstance(node, ast.Constant)}


def test_every_finding_has_words_in_both_languages() -> None:
    assert codes() == WORDS.keys()
    for told in WORDS.values():
        assert told.keys() == {"en", "zh-CN"}
        for words in told.values():
            assert words.what
            assert blanks(words.what + words.do) <= FILLED
    assert all(words.keys() == {"en", "zh-CN"} for words in REASONS.values())
    assert WHATS["en"].keys() == WHATS["zh-CN"].keys()


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("code", sorted(WORDS))
def test_words_are_filled(code: str, locale: str) -> None:
    facts: dict[str, str | int] = {
        "name": "Shopify",
        "for_s": 4000,
        "reason": "platform-throttled",
        "what": "orders",
        "by": "ann",
        "count": 2,
        "day": "2026-11-20",
    }
    what, do = said(Finding(code, "warn", "shopify/acme", facts), locale)
    assert "{" not in what + do
    assert "None" not in what + do


def test_one_delivery_is_not_several() -> None:
    one = said(Finding("parked", "ok", "", {"count": 1}), "en").what
    assert one.startswith("1 delivery ")
    assert said(Finding("parked", "ok", "", {"count": "500+"}), "en").what.startswith("500+ deliveries ")


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (0, "0 s", "0 秒"),
        (59, "59 s", "59 秒"),
        (61, "1 min", "1 分钟"),
        (3600, "1 h", "1 小时"),
        (5430, "1 h 30 min", "1 小时 30 分钟"),
        (86400 + 59, "1 d", "1 天"),
        (90000, "1 d 1 h", "1 天 1 小时"),
        (-5, "0 s", "0 秒"),
    ],
)
def test_lengths_of_time(seconds: int, en: str, zh: str) -> None:
    assert (lasting(seconds, "en"), lasting(seconds, "zh-CN")) == (en, zh)


def test_the_gravest_decides() -> None:
    assert gravest([]) == "ok"
    assert gravest(["ok", "bad", "warn"]) == "bad"
