"""What answering reviews needs from the outside, as Protocols."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, Protocol

from chalicelib.domain.case import Band, Case, Kind
from chalicelib.domain.voice import SayLimits


class CaseKey(NamedTuple):
    """Where a case lies: as its review or question."""

    merchant: str
    platform: str
    account: str
    kind: Kind
    id: str


class CaseStore(Protocol):
    """Cases, one for each review and question."""

    def read(self, case: CaseKey) -> tuple[Case | None, int]:
        """The case and its version by a consistent read; (None, 0) where there is none."""

    def write(self, place: CaseKey, case: Case, *, due_at: datetime | None, expected_version: int) -> bool:
        """Put on condition that the version is still the one read (0: that there is none). `due_at`: the next deadline, if open."""

    def open(self, merchant: str, until: datetime | None = None, limit: int | None = None) -> Iterator[tuple[CaseKey, Case, int]]:
        """Open cases with their versions, the next deadline first; with `until` those whose deadline has come."""

    def waiting(self, merchant: str, limit: int) -> tuple[list[tuple[CaseKey, Case]], bool]:
        """Open cases in no order: those whose deadline comes next, and those without one to come, at most `limit` of each.

        The second: whether there are more. A few reads, however many there are.
        """

    def all(self, merchant: str, platform: str, account: str) -> Iterator[tuple[CaseKey, Case, int]]:
        """All cases of an account, in no order that means anything."""


class Meaning(Protocol):
    """What a text says, as far as it was understood (chalicelib.understanding.Reading)."""

    @property
    def sentiment(self) -> str:
        """positive, neutral or negative."""

    @property
    def topics(self) -> tuple[str, ...]:
        """What it is about."""

    @property
    def severity(self) -> str:
        """none, low, medium or high."""

    @property
    def unsure(self) -> bool:
        """Whether a person should look."""

    @property
    def script(self) -> str:
        """zh-Hans, zh-Hant, en, mixed or none."""


class Understands(Protocol):
    """Reads a text."""

    def __call__(self, text: str, *, locale: str | None, rating: int | None, platform_default: bool) -> Meaning:
        """What it says."""


class UnderstandsReviews(Protocol):
    """The same, and may ask another reader."""

    def __call__(
        self, text: str, *, locale: str | None, rating: int | None, platform_default: bool, names: Iterable[str], alone: bool
    ) -> Meaning:
        """What it says. `names`: what no other reader may see of its writer. `alone`: no other reader is asked."""


class Written(NamedTuple):
    """An answer in words, and the template it was made from."""

    template: str
    text: str


class ReplyWriter(Protocol):
    """Answers in the reviewer's language, varied, within the platform's length."""

    def write(self, about: Answered, *, shop_name: str, limits: SayLimits | None, draw: int) -> Written | None:
        """An answer; None where there is no fitting one. The same `draw` gives the same words."""


class Answered(NamedTuple):
    """What is answered. `locale` is one that templates have; topics the weightiest first."""

    kind: Kind
    platform: str
    locale: str
    band: Band
    topics: tuple[str, ...]
    stars: int | None
    severity: str
