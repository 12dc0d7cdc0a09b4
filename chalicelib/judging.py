"""Reading a review, with a second reader where the configuration names one and ours is unsure. Used by reviewing.

The second reader may be far away. Whatever it does not answer leaves our reading, which is unsure, and so a person's; and after a
silence nobody asks for a while, so that a stream of reviews does not wait for it one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from chalicelib.config import Config
from chalicelib.config_reviews import JudgeTerms
from chalicelib.ports import Clock, Counters
from chalicelib.understanding.judge import Judge, read_with
from chalicelib.understanding.reading import Reading

PAUSE = timedelta(minutes=1)


class Judging:
    """An `UnderstandsReviews`. `make` gives the second reader of some terms, once for each."""

    def __init__(
        self, *, config: Callable[[], Config], make: Callable[[JudgeTerms], Judge], clock: Clock, counters: Counters
    ) -> None:
        self._config = config
        self._make = make
        self._clock = clock
        self._counters = counters
        self._made: dict[JudgeTerms, Judge] = {}
        self._asks_again_at: datetime | None = None

    def __call__(
        self,
        text: str,
        *,
        locale: str | None,
        rating: int | None,
        platform_default: bool,
        names: Iterable[str],
        alone: bool,
    ) -> Reading:
        """See ports_cases.UnderstandsReviews."""
        second = None if alone or self._config().reviews.judge is None else self
        return read_with(second, text, locale=locale, rating=rating, platform_default=platform_default, names=names)

    def judge(self, text: str, *, rating: int | None, first: Reading) -> Reading | None:
        """See understanding.judge.Judge: the one of the configuration, counted, unless it was silent just now."""
        terms, now = self._config().reviews.judge, self._clock.now()
        if terms is None:
            return None
        if self._asks_again_at is not None and now < self._asks_again_at:
            self._counters.count("judge_asked", outcome="paused")
            return None
        if terms not in self._made:
            self._made[terms] = self._make(terms)
        told = self._made[terms].judge(text, rating=rating, first=first)
        self._asks_again_at = now + PAUSE if told is None else None
        self._counters.count("judge_asked", outcome="silent" if told is None else "unsure" if told.unsure else "sure")
        return told
