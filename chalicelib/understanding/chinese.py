"""Reads the Chinese of a text: own words by longest match on rjieba's boundaries, with negation and degree."""

from __future__ import annotations

from functools import cache

from chalicelib.understanding import words_zh as words
from chalicelib.understanding import words_zh_topics as topical
from chalicelib.understanding.hits import Entry, Hit, Lexicon, grouped, modified

# How many characters may stand between a negation or a degree and what it belongs to.
NEGATION_REACH = 4
DEGREE_REACH = 2
WEAK_NEGATORS = frozenset(
    {"不太", "不怎么", "不咋", "不够", "没那么", "没有那么", "不那么", "唔太", "唔够", "冇咁", "不算", "没多", "不觉得", "没觉得"}
    | {"不见得", "未必"}
)


@cache
def lexicon() -> Lexicon:
    """All Chinese words."""
    found = Lexicon()
    groups = (
        *words.VERDICTS,
        *words.GOODS,
        *words.MORE,
        *topical.MORE,
        *topical.LOGISTICS,
        *topical.PACKAGING,
        *topical.SERVICE,
        *topical.PRICE,
        *topical.SIZE,
        *topical.AS_DESCRIBED,
        *topical.PARTS,
        *topical.AUTHENTIC,
        *topical.ALARM,
        (0, "", "quality", topical.QUALITY_NOUNS),
    )
    for word, entry in grouped(groups, None):
        found.add(word.lower(), entry)
    for weight, run in topical.NEUTRAL:
        for word in run.split():
            found.entries.pop(word, None)
            found.add(word, Entry(weight, kind="neutral"))
    found.add_new(topical.BLOCKED.split(), Entry(0, kind="block"))
    found.add_new(topical.NEGATORS.split(), Entry(0, kind="negator"))
    for weight, run in topical.DEGREES:
        found.add_new(run.split(), Entry(weight, kind="degree"))
    found.seal()
    return found


def boundaries(text: str) -> tuple[bytearray, bytearray]:
    """Where a word of the dictionary begins, and where one ends."""
    import rjieba

    starts, ends = bytearray(len(text) + 1), bytearray(len(text) + 1)
    at = 0
    for token in rjieba.cut(text, False):
        starts[at] = 1
        at += len(token)
        ends[at] = 1
    return starts, ends


def hits(text: str, taken: bytearray) -> list[Hit]:
    """All words of the lexicon in a prepared text, but where a rule has `taken` the place. Longest first, no overlaps."""
    known, found = lexicon(), list[Hit]()
    starts, ends = boundaries(text)
    at = 0
    while at < len(text):
        match = known.longest(text, at)
        if match is None:
            at += 1
            continue
        length, entry = match
        end = at + length
        if _aligned(entry, length, starts[at], ends[end]):
            if not any(taken[at:end]):
                found.append(Hit(at, end, text[at:end], entry))
            at = end
        else:
            at += 1
    return found


def _aligned(entry: Entry, length: int, begins: int, stops: int) -> bool:
    """One character counts as a word of its own only; a longer one must begin or end where a word of the dictionary does."""
    if length == 1 and entry.kind == "opinion":
        return bool(begins and stops)
    return length > 2 or bool(begins or stops) or entry.kind != "opinion"


def modify(clause: list[Hit]) -> None:
    """Negation and degree of one clause, onto the hits they belong to."""
    modified(clause, _before, _negate)


def _before(clause: list[Hit], place: int) -> tuple[list[Hit], int]:
    """The negations that reach a hit, nearest first, and the degree that stands before it (0: none)."""
    negators, degree = list[Hit](), 0
    edge = clause[place].start
    for other in reversed(clause[:place]):
        gap = edge - other.end
        if gap > (DEGREE_REACH if other.kind == "degree" else NEGATION_REACH):
            break
        if other.kind == "negator":
            negators.append(other)
            edge = other.start
        elif other.kind == "degree":
            degree = max(degree, other.entry.weight) if not negators else degree
            edge = other.start
        elif other.kind == "opinion" and other.weight:
            break
        elif other.kind == "opinion":
            edge = other.start
    return negators, degree


def _negate(hit: Hit, negators: list[Hit]) -> None:
    weak = negators[0].word in WEAK_NEGATORS
    hit.marks.append("negated by " + " ".join(one.word for one in negators))
    if len(negators) % 2 == 0:
        hit.weight = abs(hit.weight) * 7 // 10 if hit.weight > 0 else hit.weight
        return
    if hit.weight > 0:
        hit.weight, hit.level = -(hit.weight * (6 if weak else 9) // 10), 1
    else:
        hit.weight, hit.level = -hit.weight * (3 if weak else 6) // 10, 0
