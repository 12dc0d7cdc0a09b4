"""Reads a review: sentiment, topics, severity, whether a person should look, and why.

Pure and offline: no clock, no network, no environment; the same text is read alike everywhere. The word lists and rjieba's
dictionary are loaded with the first text that needs them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from chalicelib.understanding import chinese, emoji, english, rules, scripts, weigh
from chalicelib.understanding.clauses import Clause, cut, place
from chalicelib.understanding.clauses import weigh as weigh_clauses
from chalicelib.understanding.hits import SEVERITIES, Hit, covered

_FOREIGN = re.compile("[\u0370-\u1cff\u3040-\u30ff\uac00-\ud7af\u0e00-\u0e7f]")
_LETTER = re.compile(r"[^\W\d_]")
_SIXES = re.compile(r"6{3,}[!~.]*")
MARGIN, AGAINST = 85, 100
# So many letters beside the verdict make a text that speaks of something.
TALK_HAN, TALK_LETTERS = 4, 14
REASONS = 12


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text reads. `score` -1000 (bad) to 1000 (good); `sentiment` positive, neutral or negative.

    `topics` in the order of hits.TOPICS; `severity` none, low, medium or high; `unsure`: a person should look; `reasons`: the
    rules and words that decided, strongest first, for the console; `script` zh-Hans, zh-Hant, en, mixed, none or other.
    """

    sentiment: str
    score: int
    topics: tuple[str, ...]
    severity: str
    unsure: bool
    reasons: tuple[str, ...]
    script: str


def read(text: str, *, locale: str | None = None, rating: int | None = None, platform_default: bool = False) -> Reading:
    """How a review or message reads.

    `locale` (BCP 47) says only that a text in Latin letters is not English. `rating` 1 to 5 is a prior that decides where the text
    says little; other numbers count as none. `platform_default`: the platform wrote it, nobody judged.
    """
    script = scripts.script_of(text)
    if platform_default:
        return Reading("neutral", 0, (), "none", False, ("platform default",), script)
    rating = rating if rating in (1, 2, 3, 4, 5) else None
    if _unreadable(text, locale, script):
        return _by_stars(rating)
    prepared = scripts.prepared(text)
    if script == "none" and not any(one in emoji.table() for one in prepared):
        return _wordless(prepared)
    clauses, marks = examine(prepared)
    return judge(clauses, marks, rating, script, prepared)


def _unreadable(text: str, locale: str | None, script: str) -> bool:
    tongue = (locale or "").replace("_", "-").partition("-")[0].lower()
    if _FOREIGN.search(text) and len(_FOREIGN.findall(text)) * 4 >= len(_LETTER.findall(text)):
        return True
    return script == "en" and tongue not in ("", "en", "zh", "und")


def _by_stars(rating: int | None) -> Reading:
    score = 0 if rating is None else (rating - 3) * 300
    sentiment = "neutral" if rating in (None, 3) else "positive" if score > 0 else "negative"
    severity = "low" if sentiment == "negative" else "none"
    return Reading(sentiment, score, (), severity, True, ("a language that is not read here",), "other")


def _wordless(prepared: str) -> Reading:
    """Digits and dots: nothing is said, but for 666, which is praise; a lone question mark may be anything."""
    if _SIXES.fullmatch(prepared):
        return Reading("positive", 500, (), "none", False, ("666",), "none")
    return Reading("neutral", 0, (), "none", "?" in prepared, ("no words",), "none")


def examine(prepared: str) -> tuple[list[Clause], frozenset[str]]:
    """Every hit of a prepared text in its clause, with negation and degree; and the kinds of marks that it holds."""
    found = list[Hit]()
    han, latin = bool(re.search("[\u3400-\u9fff]", prepared)), bool(re.search("[a-z]", prepared))
    if han:
        found += rules.hits(prepared, "zh")
    if latin:
        found += rules.hits(prepared, "en")
    taken = covered([hit for hit in found if hit.kind in rules.COVERING], len(prepared))
    spoken = chinese.hits(prepared, taken) if han else []
    spoken += english.hits(prepared, taken) if latin else []
    clauses = cut(prepared)
    place(clauses, found + spoken + _pictures(prepared))
    for clause in clauses:
        chinese.modify(clause.hits) if han else None
        english.modify(clause.hits) if latin and not han else None
    weigh_clauses(clauses)
    marks = frozenset(hit.kind for hit in found)
    weigh.settle(clauses, marks)
    return clauses, marks


def _pictures(prepared: str) -> list[Hit]:
    known = emoji.table()
    return [Hit(at, at + 1, one, known[one]) for at, one in enumerate(prepared) if one in known]


def judge(clauses: list[Clause], marks: frozenset[str], rating: int | None, script: str, prepared: str) -> Reading:
    """The reading of what was found."""
    hits = [hit for clause in clauses for hit in clause.hits]
    if marks & {"default", "advert"}:
        why = "default praise" if "default" in marks else "advertising"
        return Reading("neutral", 0, (), "none", why == "advertising", (why,), script)
    found = weigh.evidence(clauses, marks, None if "stars" in marks else rating, len(prepared))
    totals = weigh.votes(found.features)
    order = sorted(range(3), key=lambda place: -totals[place])
    sentiment = weigh.CLASSES[order[0]]
    margin = totals[order[0]] - totals[order[1]]
    talkative = weigh.left_over(clauses, prepared) >= (TALK_LETTERS if script == "en" else TALK_HAN)
    topics = weigh.topics(clauses, sentiment != "neutral", talkative)
    unsure = margin < _needed(sentiment, rating, found) or (any(hit.kind == "either" for hit in hits) and found.plain)
    if sentiment != "negative" and any(hit.entry.level == 3 and hit.weight < 0 for hit in hits):
        unsure = True  # danger in a text that is not a complaint: a person should see whether it is none
    score = max(-1000, min(1000, (totals[0] - totals[2]) * 2))
    return Reading(sentiment, score, topics, _severity(sentiment, found), unsure, _reasons(hits, rating, found), script)


def _needed(sentiment: str, rating: int | None, found: weigh.Evidence) -> int:
    """How far ahead a class must be: further where the stars, or the words for themselves, say the opposite."""
    lean = found.features.get("good", 0) - found.features.get("bad", 0)
    stars = 0 if rating is None else rating - 3
    sign = {"positive": 1, "neutral": 0, "negative": -1}[sentiment]
    return MARGIN + (AGAINST if sign * stars < 0 else 0) + (AGAINST if sign * lean < 0 else 0)


def _severity(sentiment: str, found: weigh.Evidence) -> str:
    if sentiment == "negative":
        return SEVERITIES[max(1, found.level)]
    return "low" if found.complaints else "none"


def _reasons(hits: list[Hit], rating: int | None, found: weigh.Evidence) -> tuple[str, ...]:
    weighing = sorted(
        (hit for hit in hits if hit.weight and hit.kind in ("opinion", "neutral", "resolved")), key=lambda hit: -abs(hit.weight)
    )[:REASONS]
    told = [f"{hit.word} {hit.weight:+d}" + (f" ({', '.join(hit.marks)})" if hit.marks else "") for hit in weighing]
    if found.plain and rating is not None:
        told.append(f"{rating} stars")
    return tuple(told)
