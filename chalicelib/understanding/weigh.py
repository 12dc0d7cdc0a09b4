"""From hits to a reading: features of the text, the class they and the stars speak for, severity, topics, and how sure we are.

All numbers are whole. The scales (scales.py) were set on the tuning part of the labelled reviews, see docs/understanding.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.understanding import emoji
from chalicelib.understanding.clauses import ASIDE, Clause
from chalicelib.understanding.hits import TOPICS, covered
from chalicelib.understanding.scales import BIAS, SCALES

CLASSES = ("positive", "neutral", "negative")
MOST = 90


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a text holds, in whole numbers. `level` is that of its worst complaint that still stands."""

    features: dict[str, int]
    level: int
    complaints: int
    plain: bool


def settle(clauses: list[Clause], marks: frozenset[str]) -> None:
    """Final weights of all hits: factors of clauses, complaints set aside or put right, praise that is meant as irony."""
    resolved = max((hit.start for one in clauses for hit in one.hits if hit.kind == "resolved"), default=-1)
    for clause in clauses:
        for hit in clause.hits:
            factor = clause.factor
            if hit.weight < 0 and ("minor" in clause.marks or hit.start < resolved):
                factor = factor * ASIDE // 100
                hit.level = min(hit.level, 1) if hit.start > resolved or hit.level < 3 else hit.level
            if hit.kind in ("opinion", "neutral", "resolved"):
                hit.weight = hit.weight * factor // 100
            if clause.factor <= 35:
                hit.level = min(hit.level, 1)
    if ironic(clauses, marks):
        for clause in clauses:
            for hit in clause.hits:
                if hit.kind == "opinion" and hit.weight > 0:
                    hit.marks.append("irony")
                    hit.weight = -hit.weight * 4 // 10


def ironic(clauses: list[Clause], marks: frozenset[str]) -> bool:
    """Whether praise stands beside harm with a word or picture that irony uses, and nothing was put right."""
    hits = [hit for clause in clauses for hit in clause.hits]
    harm = min((hit.weight for hit in hits if hit.kind == "opinion"), default=0)
    cue = "irony" in marks or any(hit.word in emoji.IRONIC for hit in hits)
    return cue and harm <= -15 and not any(hit.kind == "resolved" for hit in hits)


def evidence(clauses: list[Clause], marks: frozenset[str], rating: int | None, length: int) -> Evidence:
    """The features."""
    hits = [hit for clause in clauses for hit in clause.hits]
    praise = [hit.weight for hit in hits if hit.kind in ("opinion", "resolved") and hit.weight > 0]
    blame = [-hit.weight for hit in hits if hit.kind == "opinion" and hit.weight < 0]
    even = [hit.weight for hit in hits if hit.kind in ("neutral", "either")]
    level = max((hit.level for hit in hits if hit.weight < 0), default=0)
    last = next(
        (total for clause in reversed(clauses) if (total := sum(hit.weight for hit in clause.hits if hit.kind != "neutral"))), 0
    )
    good, bad, level_even = min(MOST, sum(praise)), min(MOST, sum(blame)), min(MOST, sum(even))
    silent = good + bad + level_even < 8
    features = {
        "good": good,
        "bad": bad,
        "even": level_even,
        "good clearly": 50 if good >= 20 and good > 2 * bad else 0,
        "bad clearly": 50 if bad >= 18 and bad > 2 * good else 0,
        "even alone": 50 if level_even >= 20 and good + bad < 8 else 0,
        "both": min(good, bad),
        "last": max(-40, min(40, last)),
        "question": 50 if "question" in marks else 0,
        "asks": 50 if "asks" in marks else 0,
        "event": 50 if level >= 2 else 0,
        "danger": 50 if level >= 3 else 0,
        "irony": 50 if "irony" in marks else 0,
        "silent": 50 if silent else 0,
        "short": 50 if length <= 12 else 0,
        f"stars {rating}": 50,
        f"stars {rating}, silent": 50 if silent else 0,
    }
    return Evidence({name: value for name, value in features.items() if value}, level, len(blame), silent)


def votes(features: dict[str, int]) -> tuple[int, int, int]:
    """What speaks for each class of CLASSES, in hundredths of a nat."""
    totals = list(BIAS)
    for name, value in features.items():
        for place, scale in enumerate(SCALES.get(name, (0, 0, 0))):
            totals[place] += scale * value
    return totals[0] // 100, totals[1] // 100, totals[2] // 100


def topics(clauses: list[Clause], clear: bool, talkative: bool) -> tuple[str, ...]:
    """What the text speaks of, in the order of TOPICS. A text that judges at length and names nothing speaks of the goods.

    A mere noun of the goods ("the colour") says nothing of its own where the clause judges something else ("as in the picture").
    """
    found = set[str]()
    for clause in clauses:
        judged = {topic for hit in clause.hits if hit.entry.weight for topic in hit.topics}
        named = {topic for hit in clause.hits if not hit.entry.weight for topic in hit.topics}
        found |= judged | (named - {"quality"} if judged else named)
    if not found and clear and talkative:
        found = {"quality"}
    return tuple(topic for topic in TOPICS if topic in found)


def left_over(clauses: list[Clause], text: str) -> int:
    """How many letters of a text no verdict explains: what is left names what is judged."""
    marks = covered([hit for clause in clauses for hit in clause.hits if hit.kind != "negator"], len(text))
    return sum(not mark and one.isalpha() for mark, one in zip(marks, text, strict=True))
