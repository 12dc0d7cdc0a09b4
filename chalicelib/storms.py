"""The storm alarm over reviews as they come: rows by product and day, a look with every bad one, one alarm a storm and grade.

Everything follows from rows, so that any repetition ends in the same. A row lies under the day of the review's own time; edits put
it anew, a deletion empties it. The usual of a product is made once a day, and only when there are enough bad reviews for an alarm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol

import msgspec

from chalicelib.config import Config
from chalicelib.domain.case import Case, Telling
from chalicelib.domain.order import local_day
from chalicelib.domain.storm import (
    DAYS,
    LONGEST,
    LOUD_GRADE,
    MINIMUM,
    QUIET,
    DayCount,
    Finding,
    Seen,
    Storm,
    StormLine,
    Usual,
    find,
    follow,
    learn,
)
from chalicelib.errors import Retriable
from chalicelib.notices import Notices, Quote
from chalicelib.ports import Clock, Counters
from chalicelib.ports_cases import CaseKey
from chalicelib.tellings import Tellings

TRIES = 8
QUOTES = 5
ENDS = 50  # moments that a review which comes late is looked at from
EVERY = ""  # platform, account and product of the scope of the whole shop


class Scope(NamedTuple):
    """What has a usual of its own: a product of an account, or the whole shop."""

    merchant: str
    platform: str = EVERY
    account: str = EVERY
    product: str = EVERY

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole shop."""
        return not self.platform


class SeenRow(msgspec.Struct, frozen=True):
    """A review as a row has it; `product` is None where the platform names none."""

    seen: Seen
    product: str | None = None


class StormStore(Protocol):
    """Rows of reviews, what is usual, and storms."""

    def put(self, scope: Scope, day: date, place: CaseKey, row: SeenRow | None, telling: Telling) -> bool:
        """Put a review's row; None: it is gone. False: what a newer telling said is there, and stays."""

    def day(self, scope: Scope, day: date) -> Iterator[tuple[CaseKey, SeenRow]]:
        """A day's reviews by consistent reads."""

    def usual(self, scope: Scope, day: date) -> Usual | None:
        """What is usual as of a day, None when nobody made it."""

    def put_usual(self, scope: Scope, day: date, usual: Usual) -> None:
        """Keep it."""

    def storm(self, scope: Scope) -> tuple[Storm | None, int]:
        """The last storm of a scope and its version by a consistent read; (None, 0) where there was none."""

    def put_storm(self, scope: Scope, storm: Storm, *, expected_version: int) -> bool:
        """Put on condition that the version is still the one read (0: that there is none)."""

    def storms(self, merchant: str) -> Iterator[tuple[Scope, Storm]]:
        """The last storm of every scope that had one."""


class Storms:
    """Looks at every case of a review."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        store: StormStore,
        tellings: Tellings,
        notices: Notices,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._store = store
        self._tellings = tellings
        self._notices = notices
        self._clock = clock
        self._counters = counters

    def on_case(self, place: CaseKey, case: Case) -> None:
        """Put the review's rows; look for storms where it is bad and of the last day. Again is the same."""
        config = self._config()
        if place.kind != "review" or not config.reviews.enabled:
            return
        at = case.told_at or case.noted_at
        bad, gone = case.band == "negative", case.reason == "deleted"
        row = SeenRow(Seen(at, bad, bad and case.severity == "high", place.platform), case.product)
        scopes = [Scope(place.merchant)]
        if case.product is not None:
            scopes.insert(0, Scope(place.merchant, place.platform, place.account, case.product))
        day = local_day(at, config.zone)
        for scope in scopes:
            self._store.put(scope, day, place, None if gone else row, case.telling)
        if bad and not gone and timedelta() <= self._clock.now() - at < LONGEST:
            for scope in scopes:
                self._look(config, scope, at)

    def since(self, merchant: str, at: datetime) -> list[tuple[Scope, Storm]]:
        """Storms of which anything was found at or after a time, the gravest first."""
        found = [each for each in self._store.storms(merchant) if each[1].last >= at]
        return sorted(found, key=lambda each: (-each[1].grade, each[0]))

    def during(self, merchant: str, first: datetime, end: datetime) -> tuple[StormLine, ...]:
        """Storms of which anything was found from `first` up to, and without, `end`, the gravest first: a digest's list.

        Of each product, and of the shop as a whole, the last storm is known, so of long ago less is told than of yesterday.
        """
        return tuple(
            StormLine(scope.platform, scope.account, scope.product, storm.grade, storm.began, storm.last)
            for scope, storm in self.since(merchant, first)
            if storm.began < end
        )

    def _look(self, config: Config, scope: Scope, at: datetime) -> None:
        """Every stretch that this review is part of; those end with one of the bad reviews after it, or with itself."""
        rows = self._recent(config, scope, at)
        bad = sorted(row.seen.at for _, row in rows if row.seen.negative)
        if len(bad) < MINIMUM:
            return
        found: list[tuple[datetime, Finding]] = []
        for end in sorted({each for each in bad if each >= at})[-ENDS:]:
            day = local_day(end, config.zone)
            finding = find([row.seen for _, row in rows], self._usual(scope, day), end, day)
            found += [(end, finding)] if finding else []
        for end, finding in found:
            self._follow(scope, (end, finding), rows)

    def _recent(self, config: Config, scope: Scope, at: datetime) -> list[tuple[CaseKey, SeenRow]]:
        """What came within a day of a moment. Of the whole shop without products that have a storm of their own."""
        now = self._clock.now()
        first, last = local_day(at - LONGEST, config.zone), local_day(now, config.zone)
        days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
        apart = self._apart(scope, at) if scope.is_whole else set()
        return [
            (place, row)
            for day in days
            for place, row in self._store.day(scope, day)
            if at - LONGEST < row.seen.at <= now and (place.platform, place.account, row.product) not in apart
        ]

    def _apart(self, whole: Scope, at: datetime) -> set[tuple[str, str, str | None]]:
        return {
            (scope.platform, scope.account, scope.product)
            for scope, storm in self._store.storms(whole.merchant)
            if not scope.is_whole and abs(at - storm.last) <= QUIET
        }

    def _usual(self, scope: Scope, day: date) -> Usual:
        kept = self._store.usual(scope, day)
        if kept is not None:
            return kept
        usual = learn([self._count(scope, day - timedelta(days=ago)) for ago in range(DAYS, 0, -1)])
        # What comes in late for days past, as when a shop is connected, is learned tomorrow.
        self._store.put_usual(scope, day, usual)
        return usual

    def _count(self, scope: Scope, day: date) -> DayCount:
        negative = [row.seen.negative for _, row in self._store.day(scope, day)]
        return DayCount(day, sum(negative), len(negative))

    def _follow(self, scope: Scope, found: tuple[datetime, Finding], rows: Sequence[tuple[CaseKey, SeenRow]]) -> None:
        end, finding = found
        for _ in range(TRIES):
            before, version = self._store.storm(scope)
            storm, told = follow(before, finding, end)
            if storm is None:
                return
            if storm == before or self._store.put_storm(scope, storm, expected_version=version):
                if told:
                    self._counters.count("review_storm", grade=str(finding.grade))
                # A crash between storm and notice heals: whoever meets the storm queues its notice; its name is the guard.
                if finding.grade >= LOUD_GRADE and finding.grade == storm.grade:
                    self._tell(scope, storm, found, rows)
                return
        raise Retriable("storm-contended", f"{TRIES} writers were faster")

    def _tell(self, scope: Scope, storm: Storm, found: tuple[datetime, Finding], rows: Sequence[tuple[CaseKey, SeenRow]]) -> None:
        end, finding = found
        named = hashlib.sha256("\x1f".join([*scope, storm.began.isoformat()]).encode()).hexdigest()[:16]
        product = None if scope.is_whole else scope.product
        self._notices.queue(
            f"storm-{named}-{finding.grade}",
            "storm",
            lambda words, config: words.storm(config, finding, product, self._quotes(rows, end)),
        )

    def _quotes(self, rows: Sequence[tuple[CaseKey, SeenRow]], end: datetime) -> list[Quote]:
        """The newest bad reviews in their own words; what is erased or has no words says nothing."""
        bad = sorted(((row.seen.at, place) for place, row in rows if row.seen.negative and row.seen.at <= end), reverse=True)
        quotes = []
        for _, place in bad[:QUOTES]:
            told = self._tellings.told(place)
            if told is not None and not told.plain.get("deleted"):
                quotes.append(Quote(place.platform, told.plain.get("rating"), told.text))
        return quotes
