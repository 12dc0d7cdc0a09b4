"""The days that a digest is about: a day, a week from Monday to Sunday, a calendar month. Days are those of the merchant's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Kind = Literal["day", "week", "month"]
KINDS: tuple[Kind, ...] = ("day", "week", "month")


@dataclass(frozen=True, slots=True)
class Period:
    """`first` and `last` day, both in it."""

    kind: Kind
    first: date
    last: date

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of it, ascending."""
        return tuple(self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))

    @property
    def name(self) -> str:
        """As keys and file names say it: `2026-11-20`, `2026-W47`, `2026-11`."""
        if self.kind == "day":
            return self.first.isoformat()
        year, week, _ = self.first.isocalendar()
        return f"{year}-W{week:02}" if self.kind == "week" else f"{self.first:%Y-%m}"

    @property
    def before(self) -> Period:
        """The one before of the same kind."""
        return period_of(self.kind, self.first - timedelta(days=1))

    @property
    def base(self) -> Period:
        """What season makes it comparable with: the same weekday a week ago, four weeks ago, the same month a year ago."""
        if self.kind == "day":
            return period_of("day", self.first - timedelta(days=7))
        if self.kind == "week":
            return period_of("week", self.first - timedelta(days=28))
        return period_of("month", date(self.first.year - 1, self.first.month, 1))


def period_of(kind: Kind, day: date) -> Period:
    """The period of a kind that a day lies in."""
    if kind == "day":
        return Period("day", day, day)
    if kind == "week":
        monday = day - timedelta(days=day.weekday())
        return Period("week", monday, monday + timedelta(days=6))
    first = day.replace(day=1)
    return Period("month", first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def ended(kind: Kind, today: date) -> Period:
    """The last period of a kind that is over on `today`."""
    return period_of(kind, today).before


def over_at(day: date, zone: ZoneInfo) -> datetime:
    """When a day is over for good, in UTC: the midnight after it, the later one where clocks go back over it.

    Where there is no such midnight, since clocks leap over it, that is the leap.
    """
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    return max(midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
