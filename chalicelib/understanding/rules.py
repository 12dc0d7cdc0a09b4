"""Runs the tables of rules over a prepared text."""

from __future__ import annotations

import re
from functools import cache

from chalicelib.understanding import rules_en, rules_zh
from chalicelib.understanding.hits import LEVELS, Entry, Hit

# Kinds that cover what they match: words inside say nothing more.
COVERING = frozenset({"opinion", "neutral", "block", "resolved"})
# Where these are seen once, they hold for the whole text or clause; the place matters less than that they are there.
_TABLES = {"zh": rules_zh.RULES, "en": rules_en.RULES}


@cache
def compiled(language: str) -> tuple[tuple[str, Entry, re.Pattern[str]], ...]:
    """One language's rules: family, what it says, pattern."""
    return tuple(
        (family, Entry(weight, LEVELS[severity], tuple(topics.split()), kind), re.compile(_bound(language, pattern)))
        for family, weight, severity, topics, kind, pattern in _TABLES[language]
    )


def _bound(language: str, pattern: str) -> str:
    """An English pattern begins where a word does."""
    return rf"(?<![a-z])(?:{pattern})" if language == "en" and not pattern.startswith(r"\?") else pattern


def hits(text: str, language: str) -> list[Hit]:
    """All matches, in the order of the tables. Opinions that lie within a stronger one of another rule are left out."""
    found = list[Hit]()
    for family, entry, pattern in compiled(language):
        for match in pattern.finditer(text):
            if match.end() > match.start():
                found.append(Hit(match.start(), match.end(), f"{family}: {match.group()}", entry))
    return _without_weaker(found)


def _without_weaker(found: list[Hit]) -> list[Hit]:
    """Of overlapping opinions the stronger stays whole; the weaker keeps its topics and loses its weight."""
    opinions = sorted((hit for hit in found if hit.kind in ("opinion", "neutral")), key=lambda hit: (-abs(hit.weight), hit.start))
    kept = list[Hit]()
    for hit in opinions:
        if any(hit.start < other.end and other.start < hit.end for other in kept):
            hit.weight, hit.level = 0, 0
        else:
            kept.append(hit)
    return found
