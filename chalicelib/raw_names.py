"""Names of archived requests: `raw/m/p/a/day/topic/time-word-digest`, and `raw/m/unread/p/a/...` for topics that nobody knew.

In the order of these names an account's requests lie by day, topic and time of arrival, so that a stretch of them is listed
without reading any, and a cursor is a name. The same delivery has the same name, however often it is handled.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal, cast
from urllib.parse import quote, unquote

from chalicelib.contract import Source
from chalicelib.domain.selection import About

NO_TOPIC = "-"
_TOPIC_LENGTH = 120
_WORD = re.compile(r"[\w./:#$-]+")  # as platforms call their topics; no spaces, no at sign
Word = Literal["request", "event", "pull", "import"]
_WORDS = ("request", "event", "pull", "import")


@dataclass(frozen=True, slots=True)
class RawName:
    """One archived request or event. `at`: when it was received, UTC, cut to milliseconds. `topic` is the platform's word.

    `word`: a request, an event that was cut out of one, or an event that was pulled or imported.
    """

    merchant: str
    platform: str
    account: str
    at: datetime
    topic: str | None
    word: Word
    digest: str
    unread: bool = False

    @property
    def form(self) -> Literal["request", "event"]:
        """The form of its envelope."""
        return "request" if self.word == "request" else "event"

    @property
    def source(self) -> Source:
        """How it came."""
        return "push" if self.word in ("request", "event") else cast("Source", self.word)

    def __str__(self) -> str:
        place = shelf(self.merchant, self.platform, self.account, unread=self.unread)
        return f"{place}{tail(self.at, self.topic, f'{self.word}-{self.digest}')}"

    def about(self) -> About:
        """What a selection looks at."""
        return About(self.platform, self.account, self.topic, None, self.at, self.digest)


def tail(at: datetime, topic: str | None, word_and_digest: str) -> str:
    """What follows an account's shelf."""
    told = at.astimezone(UTC).isoformat(timespec="milliseconds")  # cut up: strftime takes ten times as long
    return f"{told[:10]}/{_topic(topic)}/{told[11:13]}{told[14:16]}{told[17:19]}{told[20:23]}-{word_and_digest}"


@lru_cache(1024)
def shelf(merchant: str, platform: str, account: str, *, unread: bool = False, day: date | None = None) -> str:
    """What the names of an account, or of its day, begin with."""
    kind = "unread/" if unread else ""
    when = f"{day.isoformat()}/" if day else ""
    return f"raw/{quote(merchant, safe='')}/{kind}{quote(platform, safe='')}/{quote(account, safe='')}/{when}"


def parse(name: str) -> RawName | None:
    """The parts of a name; None where it is none."""
    root, merchant, *rest = [unquote(part) for part in name.split("/")] + [""]
    unread = bool(rest) and rest[0] == "unread" and len(rest) == 7
    parts = rest[1:-1] if unread else rest[:-1]
    if root != "raw" or len(parts) != 5:
        return None
    platform, account, day, topic, last = parts
    time, _, word_and_digest = last.partition("-")
    word, _, digest = word_and_digest.partition("-")
    at = _instant(day, time)
    if word not in _WORDS or at is None or not digest:
        return None
    return RawName(merchant, platform, account, at, None if topic == NO_TOPIC else topic, cast("Word", word), digest, unread)


def word_of(form: str, source: Source) -> Word:
    """How the content of an envelope is called."""
    return "request" if form == "request" else "event" if source == "push" else source


def _instant(day: str, time: str) -> datetime | None:
    try:
        return datetime.strptime(f"{day} {time}000", "%Y-%m-%d %H%M%S%f").replace(tzinfo=UTC)
    except ValueError:
        return None


@lru_cache(1024)
def _topic(topic: str | None) -> str:
    """A topic as a part of a name; by its hash one that is too long, or no word: a sentence may be about somebody."""
    written = quote(topic or NO_TOPIC, safe="")
    if len(written) <= _TOPIC_LENGTH and written not in (".", "..") and _WORD.fullmatch(topic or NO_TOPIC):
        return written
    return f"~{hashlib.sha256(written.encode()).hexdigest()[:16]}"
