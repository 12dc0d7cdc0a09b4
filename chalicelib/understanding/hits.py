"""What the readers find in a text: hits with a place, a weight and what they speak of; and the longest match of a word list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

TOPICS = (
    "logistics",
    "quality",
    "size",
    "price",
    "packaging",
    "service",
    "not_as_described",
    "missing_parts",
    "authenticity",
)
LEVELS = {"": 0, "L": 1, "M": 2, "H": 3}
SEVERITIES = ("none", "low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Entry:
    """What one word says. `weight` -40 to 40; `level` 0 to 3 as SEVERITIES; `kind` see Hit."""

    weight: int
    level: int = 0
    topics: tuple[str, ...] = ()
    kind: str = "opinion"

    def joined(self, other: Entry) -> Entry:
        """Both in one, where a word stands in two groups: the stronger weight and level, the topics of both."""
        if self.kind != "opinion" or other.kind != "opinion":
            return self if self.kind != "opinion" else other
        strong = self if abs(self.weight) >= abs(other.weight) else other
        topics = tuple(dict.fromkeys(self.topics + other.topics))
        return Entry(strong.weight, max(self.level, other.level) if strong.weight < 0 else 0, topics)


@dataclass(slots=True)
class Hit:
    """A word or rule that decided something, at `start` to `end` of the normalised text.

    `kind`: opinion (weighs), neutral (an even verdict, or none), negator, degree, block (says nothing and hides what is in it),
    or one of the marks that rules set: irony, question, resolved, before, hype, default, advert, stars, minor, reproach.
    """

    start: int
    end: int
    word: str
    entry: Entry
    weight: int = 0
    level: int = 0
    marks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.weight, self.level = self.entry.weight, self.entry.level

    @property
    def kind(self) -> str:
        """The entry's."""
        return self.entry.kind

    @property
    def topics(self) -> tuple[str, ...]:
        """The entry's."""
        return self.entry.topics


class Lexicon:
    """Entries by word; a word is a run of units (characters, or stems), found by its longest match."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, ...] | str, Entry] = {}
        self._lengths: dict[str, set[int]] = {}
        self._descending: dict[str, tuple[int, ...]] = {}

    def add(self, word: tuple[str, ...] | str, entry: Entry) -> None:
        """One word more; an entry that stands already is joined."""
        old = self.entries.get(word)
        self.entries[word] = entry if old is None else old.joined(entry)
        self._lengths.setdefault(word[0], set()).add(len(word))

    def add_new(self, words: Iterable[tuple[str, ...] | str], entry: Entry) -> None:
        """Those of the words that nothing is known of yet."""
        for word in words:
            if word not in self.entries:
                self.add(word, entry)

    def seal(self) -> None:
        """After the last word."""
        self._descending = {first: tuple(sorted(lengths, reverse=True)) for first, lengths in self._lengths.items()}

    def longest(self, units: str | tuple[str, ...], at: int) -> tuple[int, Entry] | None:
        """The longest word that begins here, as its length and entry."""
        for length in self._descending.get(units[at], ()):
            entry = self.entries.get(units[at : at + length])
            if entry is not None and at + length <= len(units):
                return length, entry
        return None


def grouped(groups: Iterable[tuple[int, str, str, str]], separator: str | None) -> Iterable[tuple[str, Entry]]:
    """Words and entries of a table's groups; `separator` None: by white space."""
    for weight, severity, topics, words in groups:
        entry = Entry(weight, LEVELS[severity], tuple(topics.split()))
        for word in words.split(separator):
            if word.strip():
                yield word.strip(), entry


def covered(hits: Sequence[Hit], length: int) -> bytearray:
    """A mark for every place that a hit covers."""
    marks = bytearray(length)
    for hit in hits:
        marks[hit.start : hit.end] = b"\1" * (hit.end - hit.start)
    return marks


def modified(
    clause: list[Hit], before: Callable[[list[Hit], int], tuple[list[Hit], int]], negate: Callable[[Hit, list[Hit]], None]
) -> None:
    """Negation and degree of one clause onto the hits they belong to, as a language has them.

    `before` tells what reaches the hit at a place: its negations, and the degree (0: none).
    """
    for place, hit in enumerate(clause):
        if hit.kind != "opinion" or not hit.weight:
            continue
        negators, degree = before(clause, place)
        if degree:
            hit.weight = hit.weight * (13 if degree > 10 else 6) // 10
        if negators:
            negate(hit, negators)
