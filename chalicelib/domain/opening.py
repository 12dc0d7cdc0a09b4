"""When the shop is staffed: counting deadlines in business hours. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST_DAYS = 366  # beyond which a shop that hardly ever opens is looked for no further


@dataclass(frozen=True, slots=True)
class Opening:
    """Local opening hours: on these weekdays (0 is Monday) from `opens` to `closes`, but not on holidays.

    `extra_days` are worked though they are no weekday of these, as China's calendar has it around its holidays.
    """

    zone: ZoneInfo
    weekdays: frozenset[int] = frozenset(range(7))
    opens: time = time(9, 0)
    closes: time = time(21, 0)
    holidays: frozenset[date] = frozenset()
    extra_days: frozenset[date] = frozenset()

    def is_worked(self, day: date) -> bool:
        """Whether the shop is staffed on a day at all."""
        return day in self.extra_days or (day.weekday() in self.weekdays and day not in self.holidays)

    def due(self, since: datetime, hours: int) -> datetime:
        """When so many business hours have passed since a moment, in UTC. ValueError for a shop that is never open.

        A day's hours are as long as they are on that day: with a clock change within them, an hour more or less.
        """
        left = timedelta(hours=hours)
        day = since.astimezone(self.zone).date()
        for ahead in range(MOST_DAYS):
            opens, closes = self._span(day + timedelta(days=ahead))
            begins = max(opens, since.astimezone(UTC))
            if begins >= closes:
                continue
            if closes - begins >= left:
                return begins + left
            left -= closes - begins
        raise ValueError("the shop is never open long enough")

    def worked(self, since: datetime, until: datetime) -> timedelta:
        """How much of the time between two moments the shop was staffed; nothing where they are the wrong way round."""
        total, day, last = timedelta(), since.astimezone(self.zone).date(), until.astimezone(self.zone).date()
        while day <= last:
            opens, closes = self._span(day)
            total += max(min(closes, until) - max(opens, since), timedelta())
            day += timedelta(days=1)
        return total

    def _span(self, day: date) -> tuple[datetime, datetime]:
        """The opening hours of a day in UTC; an empty span where it is closed.

        No span reaches into the next day, also not where the clock leaves out an hour before midnight.
        """
        opens = datetime.combine(day, self.opens, self.zone).astimezone(UTC)
        if not self.is_worked(day):
            return opens, opens
        midnight = datetime.combine(day + timedelta(days=1), time(), self.zone).astimezone(UTC)
        return opens, min(datetime.combine(day, self.closes, self.zone).astimezone(UTC), midnight)
