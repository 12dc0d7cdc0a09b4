"""Another reader, asked after our own: off unless an installation names one, and never in the way of a reading."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from chalicelib.understanding.reading import Reading, read
from chalicelib.understanding.scrub import scrubbed


class Judge(Protocol):
    """Reads a text that holds no personal data. None: it has no answer, for whatever reason; it raises nothing."""

    def judge(self, text: str, *, rating: int | None, first: Reading) -> Reading | None:
        """Its reading. `first` is ours, `rating` 1 to 5 or None."""
        ...


def read_with(
    judge: Judge | None,
    text: str,
    *,
    locale: str | None = None,
    rating: int | None = None,
    platform_default: bool = False,
    names: Iterable[str] = (),
) -> Reading:
    """Our reading, or the judge's where there is one and ours is unsure. The judge sees the text scrubbed of `names` and the like.

    What we call high stays high: a second opinion does not take an alarm back.
    """
    first = read(text, locale=locale, rating=rating, platform_default=platform_default)
    if judge is None or platform_default or not first.unsure:
        return first
    second = judge.judge(scrubbed(text, names), rating=rating, first=first)
    if second is None:
        return first
    if first.severity == "high" and second.severity != "high":
        return Reading("negative", first.score, second.topics, "high", True, second.reasons, first.script)
    return second
