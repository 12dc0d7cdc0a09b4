"""What a person said about being written to: every word is kept, and the newest holds. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

MARKETING = "marketing"
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a buyer on one channel, for one purpose. `text_version` names the words that they agreed to, if known."""

    subject: str
    channel: str
    purpose: str
    granted: bool
    at: datetime | None
    source: str
    text_version: str | None = None


def newest(words: Iterable[Word]) -> Word | None:
    """The word that holds: the latest, and of several at the same instant a withdrawal. One without a time is older than any."""
    return max(words, key=lambda word: (word.at or _EVER, not word.granted), default=None)
