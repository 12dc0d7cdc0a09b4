"""Reads the English of a text: own phrases by longest match on stems, single words of VADER's list, negation and degree."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from chalicelib.understanding import words_en as words
from chalicelib.understanding.hits import Entry, Hit, Lexicon, grouped, modified

NEGATION_REACH = 4
DEGREE_REACH = 2
_WORD = re.compile(r"[a-z0-9%]+(?:'[a-z]+)*")
_LONG_RUN = re.compile(r"(.)\1{2,}")
_DOUBLED = ("pp", "tt", "nn", "gg", "bb", "dd", "mm", "rr")
_SPELLED = {
    "colour": "color",
    "favourite": "favorite",
    "flavour": "flavor",
    "odour": "odor",
    "grey": "gray",
    "honour": "honor",
    "mould": "mold",
    "mouldy": "moldy",
}
# VADER's mean valence runs from -4.0 to 4.0; its tenths count this many tenths of one of our steps.
VADER_SCALE = 7


@cache
def stem(word: str) -> str:
    """One form for the forms of a word. It need not be a word: texts and lists go through it alike."""
    irregular = _irregular().get(word)
    if irregular is not None:
        return irregular
    word = _SPELLED.get(word, word)
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s")):
        word = word[:-2] if word.endswith(("sses", "shes", "ches", "xes")) else word[:-1]
    for suffix in ("ing", "ed"):
        if word.endswith(suffix) and len(word) > len(suffix) + 2:
            word = word[: -len(suffix)]
            word = word[:-1] if word.endswith(_DOUBLED) else word
            break
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


@cache
def _irregular() -> dict[str, str]:
    return {form: own for form, _, own in (pair.partition(">") for pair in words.IRREGULAR.split())}


def stems(text: str) -> tuple[str, ...]:
    """The stems of a phrase."""
    return tuple(stem(word) for word in _WORD.findall(text))


@cache
def lexicon() -> Lexicon:
    """All English phrases of our own."""
    found = Lexicon()
    for word, entry in grouped((*words.GROUPS, *words.MORE), ","):
        found.add(stems(word), entry)
    for weight, run in words.NEUTRAL:
        for word in run.split(","):
            key = stems(word)
            found.entries.pop(key, None)
            found.add(key, Entry(weight, kind="neutral"))
    found.add_new([(stem(word),) for word in words.NEGATORS.split()], Entry(0, kind="negator"))
    for weight, run in words.DEGREES:
        found.add_new([(stem(word),) for word in run.split()], Entry(weight, kind="degree"))
    found.seal()
    return found


@cache
def feelings() -> dict[str, int]:
    """VADER's words and our weights for them, but those that mean something else in a shop."""
    calm = frozenset(words.CALM.split())
    source = resources.files("vaderSentiment").joinpath("vader_lexicon.txt").read_text(encoding="utf-8")
    found = {}
    for line in source.splitlines():
        word, _, rest = line.partition("\t")
        if word.isalpha() and word not in calm:
            sign, whole, tenths = _parts(rest.partition("\t")[0])
            found[word] = sign * (whole * 10 + tenths) * VADER_SCALE // 10
    return found


def _parts(number: str) -> tuple[int, int, int]:
    whole, _, fraction = number.strip().lstrip("-").partition(".")
    return -1 if number.strip().startswith("-") else 1, int(whole), int((fraction + "0")[0])


@cache
def near() -> dict[str, str]:
    """Stems of six letters and more by every form with one letter left out, for mistypings."""
    found: dict[str, str] = {}
    for key in lexicon().entries:
        if len(key) == 1 and len(key[0]) >= 6:
            for form in _shorter(key[0]):
                found.setdefault(form, key[0])
    return found


def _shorter(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(1, len(word))]


def hits(text: str, taken: bytearray) -> list[Hit]:
    """All phrases and words in a prepared text, but where a rule has `taken` the place. Longest first, no overlaps."""
    spans = [(match.start(), match.end(), _LONG_RUN.sub(r"\1\1", match.group())) for match in _WORD.finditer(text)]
    units = tuple(_known(word) for _, _, word in spans)
    found, known, at = list[Hit](), lexicon(), 0
    while at < len(units):
        match = known.longest(units, at)
        length = match[0] if match else 1
        start, end = spans[at][0], spans[at + length - 1][1]
        entry = match[1] if match else _felt(spans[at][2])
        if match and length > 1 and _crosses(text, start, end):
            match, length, end = None, 1, spans[at][1]
            single = known.entries.get((units[at],))
            entry = single if single is not None else _felt(spans[at][2])
        if entry is not None and not any(taken[start:end]):
            found.append(Hit(start, end, text[start:end], entry))
        at += length
    return found


def _crosses(text: str, start: int, end: int) -> bool:
    """Whether a clause ends inside: a phrase does not run over a full stop."""
    return any(mark in text[start:end] for mark in ".!?;\n，。！？")


def _felt(word: str) -> Entry | None:
    weight = feelings().get(word)
    if weight is None and len(word) > 4:
        weight = feelings().get(_LONG_RUN.sub(r"\1", word))
    return None if not weight else Entry(weight, 1 if weight < 0 else 0)


def _known(word: str) -> str:
    """The stem; where nobody knows the word, that of the known word which it is a mistyping of."""
    own = stem(word)
    entries = lexicon().entries
    if (own,) in entries or len(own) < 6 or word in feelings():
        return own
    table = near()
    for form in (own, *_shorter(own)):
        if (form,) in entries and form[0] == own[0] and len(form) >= 6:
            return form
        meant = table.get(form)
        if meant is not None and meant[0] == own[0]:
            return meant
    return own


def modify(clause: list[Hit]) -> None:
    """Negation and degree of one clause, onto the hits they belong to."""
    modified(clause, _before, _negate)


def _before(clause: list[Hit], place: int) -> tuple[list[Hit], int]:
    """The negations that reach a hit (within a few words of usual length), and its degree (0: none)."""
    negators, degree, edge = list[Hit](), 0, clause[place].start
    for other in reversed(clause[:place]):
        gap = edge - other.end
        if gap > (DEGREE_REACH if other.kind == "degree" else NEGATION_REACH * 5):
            break
        if other.kind == "negator":
            negators.append(other)
            edge = other.start
        elif other.kind == "degree":
            degree = max(degree, other.entry.weight) if not negators else degree
            edge = other.start
        elif other.kind == "opinion" and other.weight:
            break
    return negators, degree


def _negate(hit: Hit, negators: list[Hit]) -> None:
    hit.marks.append("negated by " + " ".join(one.word for one in negators))
    if len(negators) % 2 == 0:
        return
    if hit.weight > 0:
        hit.weight, hit.level = -(hit.weight * 8 // 10), 1
    else:
        hit.weight, hit.level = -hit.weight * 5 // 10, 0
