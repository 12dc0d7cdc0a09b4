"""By which way orders were seen, and whether a platform that ought to push has stopped.

An order's history says which sources told it. The counts of a day are made anew from these, never counted up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

DRY_SAMPLE = 10  # fewer orders than this without a push say nothing: retries of platforms take hours
SETTLING = timedelta(minutes=30)  # how long a push may take; younger orders are no witnesses
_HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Way(StrEnum):
    """How an order was seen. `OTHER`: neither way, such as by a file."""

    PUSH = "push"
    PULL = "pull"
    BOTH = "both"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Coverage:
    """The orders of an account's day by the way they were seen. `made_at`: when they were counted, UTC."""

    day: date
    push: int
    pull: int
    both: int
    other: int
    made_at: datetime

    @property
    def orders(self) -> int:
        """All orders of the day that are here."""
        return self.push + self.pull + self.both + self.other

    @property
    def pushed(self) -> int:
        """Those that a push told."""
        return self.push + self.both


def way_of(sources: Collection[str]) -> Way:
    """The way that an order's sources (push, pull, import) come to."""
    if "push" in sources:
        return Way.BOTH if "pull" in sources else Way.PUSH
    return Way.PULL if "pull" in sources else Way.OTHER


def coverage_of(day: date, ways: Iterable[Way], made_at: datetime) -> Coverage:
    """The counts of a day."""
    counted = dict.fromkeys(Way, 0)
    for way in ways:
        counted[way] += 1
    return Coverage(day, counted[Way.PUSH], counted[Way.PULL], counted[Way.BOTH], counted[Way.OTHER], made_at)


@dataclass(slots=True)
class Stretch:
    """Orders of a platform's list by the hour of their last change, for finding the stretch since the last one that was pushed.

    `silent`: how many no push had told, by hour since 1970. `pushed`: the last change of one that a push had told. Bounded by
    the hours of the list, whatever it holds.
    """

    silent: dict[int, int] = field(default_factory=dict)
    pushed: datetime | None = None

    def see(self, changed_at: datetime, *, by_push: bool) -> None:
        """One order."""
        if by_push:
            self.pushed = max(self.pushed or changed_at, changed_at)
            return
        hour = (changed_at - _EPOCH) // _HOUR
        self.silent[hour] = self.silent.get(hour, 0) + 1


@dataclass(frozen=True, slots=True)
class Drought:
    """A stretch in which push brought nothing: it began with the hour `since`, and `orders` changed in it."""

    since: datetime
    orders: int


def drought_of(stretch: Stretch) -> Drought | None:
    """The stretch after the last pushed order, when at least DRY_SAMPLE orders changed in its whole hours; else None."""
    last = -1 if stretch.pushed is None else (stretch.pushed - _EPOCH) // _HOUR
    dry: Mapping[int, int] = {hour: count for hour, count in stretch.silent.items() if hour > last}
    orders = sum(dry.values())
    if orders < DRY_SAMPLE:
        return None
    return Drought(_EPOCH + min(dry) * _HOUR, orders)
