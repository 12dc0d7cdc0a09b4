"""Cuts a text into clauses and says how much each one weighs: what comes after "but" more, what is past or set aside less."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chalicelib.understanding.hits import Hit

_CUT = re.compile(
    r"[，。！？；、：,.!?;:\n~…()（）—]+|(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])"
    r"|(?=但是|可是|不过|然而|但(?!愿|凡)|偏偏|可惜|却|就是(?=[^说这])|只是|虽然|虽说|尽管|幸好|还好|好在|弊在)"
    r"|(?=\b(?:but|although|though|however|except|while|whereas|still, |otherwise|and then)\b)"
)
_AGAINST = re.compile(r"(?:但是|可是|不过|然而|但|偏偏|可惜|却|结果|弊在|幸好|还好|好在|没想到|想不到|but|however|though\b(?!t))")
_CONCEDES = re.compile(r"(?:虽然|虽说|尽管|即使|就算|although|even though|while\b|despite)")
# Rules whose questions ask nothing.
REPROACHES = frozenset(
    {"where is it", "still not there", "demand", "reproach", "rhetorical", "who is it stuck with", "late and no word"}
)
EARLIER, LATER, CONCEDED, PAST, ASIDE, ASKED = 75, 120, 50, 35, 40, 20


@dataclass(slots=True)
class Clause:
    """A run of text without a stop inside; `factor` in percent is how much its opinions weigh."""

    start: int
    end: int
    text: str
    factor: int = 100
    hits: list[Hit] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)


def cut(text: str) -> list[Clause]:
    """All clauses that hold anything."""
    found, start = list[Clause](), 0
    for match in _CUT.finditer(text):
        if text[start : match.start()].strip():
            found.append(Clause(start, match.start(), text[start : match.start()].strip()))
            start = match.end()
        elif match.end() > match.start():
            start = match.end()
    if text[start:].strip():
        found.append(Clause(start, len(text), text[start:].strip()))
    return found


def place(clauses: list[Clause], hits: list[Hit]) -> None:
    """Put every hit into the clause that it begins in, in the order of the text; marks reach all clauses they touch."""
    hits.sort(key=lambda hit: (hit.start, hit.end))
    at = 0
    for hit in hits:
        while at + 1 < len(clauses) and hit.start >= clauses[at].end and hit.start >= clauses[at + 1].start:
            at += 1
        if not clauses:
            return
        clauses[at].hits.append(hit)
        if hit.kind in ("before", "minor", "question", "turn"):
            for clause in clauses[at:]:
                if clause.start >= hit.end:
                    break
                clause.marks.add(hit.kind)


def weigh(clauses: list[Clause]) -> None:
    """Set the factors."""
    for number, clause in enumerate(clauses):
        later = clauses[number + 1 :]
        if _CONCEDES.match(clause.text):
            clause.factor = clause.factor * CONCEDED // 100
        if (_AGAINST.match(clause.text) or "turn" in clause.marks) and "minor" not in clause.marks:
            for earlier in clauses[:number]:
                earlier.factor = earlier.factor * EARLIER // 100
            for other in clauses[number:]:
                other.factor = min(150, other.factor * LATER // 100)
        if "before" in clause.marks and "turn" not in clause.marks and any(hit.weight for one in later for hit in one.hits):
            clause.factor = clause.factor * PAST // 100
        if "question" in clause.marks and not any(hit.word.partition(":")[0] in REPROACHES for hit in clause.hits):
            clause.factor = clause.factor * ASKED // 100
