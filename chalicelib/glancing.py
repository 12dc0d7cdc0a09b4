"""Today so far at a glance, beside yesterday and the same weekday, with the trend of the last days. Only reads, and few.

Days are read as their cells were summed last, which is minutes ago; older ones from the daybook, a read a month. Whoever wants a
day to the last order reads its digest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.config import Config
from chalicelib.daybook import Daybook
from chalicelib.days import Days, DaySums
from chalicelib.domain.daybook import Entry, Span, Takings, days_known, entry_of, span_of
from chalicelib.domain.metrics import People
from chalicelib.domain.order import local_day
from chalicelib.errors import Rejected
from chalicelib.ports import Clock, Connectors

TREND_DAYS = 30
MOST_READ = 6  # of the trend's days, those without an entry that are read from their cells: the newest
WEEK = timedelta(days=7)
LIFE = timedelta(minutes=30)  # of a day read so, in this process: it is over, and nearly nothing changes there


@dataclass(frozen=True, slots=True)
class Beside:
    """One number today, yesterday, and a week ago; None where nothing is known of the day."""

    now: int | None
    yesterday: int | None
    week_ago: int | None


@dataclass(frozen=True, slots=True)
class Money:
    """A currency's day: orders, and amounts in its minor units."""

    currency: str
    orders: Beside
    gmv: Beside
    net_sales: Beside


@dataclass(frozen=True, slots=True)
class AccountGlance:
    """An account's day in one currency. Its people are those of the account in all its currencies."""

    platform: str
    platform_name: str
    account: str
    money: Money
    people: People


@dataclass(frozen=True, slots=True)
class DayTrend:
    """Days, oldest first, with the net sales of one currency in its minor units, and those of as many days before them."""

    currency: str
    days: tuple[date, ...]
    values: tuple[int | None, ...]
    before: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Glance:
    """See the module. `money`: one entry a currency, the one to show large first. `messages`: those to people that left.

    `new` and `returning` are None where several accounts sold that day: one person may have bought at two, so they do not add up.
    """

    day: date
    orders: Beside
    money: tuple[Money, ...]
    new: Beside
    returning: Beside
    messages: Beside
    accounts: tuple[AccountGlance, ...]
    trend: DayTrend


class Glancing:
    """Reads."""

    def __init__(self, *, config: Callable[[], Config], days: Days, daybook: Daybook, connectors: Connectors, clock: Clock) -> None:
        self._config = config
        self._days = days
        self._daybook = daybook
        self._connectors = connectors
        self._clock = clock
        self._learnt: dict[tuple[str, date], tuple[datetime, Entry]] = {}

    def glance(self) -> Glance:
        """As of now, of the configured merchant: three days from their cells, two trends' days from two or three months."""
        config = self._config()
        today = local_day(self._clock.now(), config.zone)
        near = (today, today - timedelta(days=1), today - WEEK)
        read = {day: self._days.standing(config.merchant, day) for day in near}
        entries = self._entries(config.merchant, today, read)
        begun = days_known(entries) or today
        spans = tuple(span_of([entries[day]]) if day >= begun else None for day in near)
        messages = [sum(read[day].sent.values()) if day >= begun else None for day in near]
        currencies = _currencies(spans, config.currency)
        return Glance(
            day=today,
            orders=Beside(*(None if each is None else sum(one.orders for one in each.whole().values()) for each in spans)),
            money=tuple(_money(currency, [None if each is None else each.whole() for each in spans]) for currency in currencies),
            new=Beside(*(_persons(each, lambda people: people.new) for each in spans)),
            returning=Beside(*(_persons(each, lambda people: people.returning) for each in spans)),
            messages=Beside(*messages),
            accounts=tuple(self._accounts(spans)),
            trend=_trend(currencies[0], today, entries, begun),
        )

    def _entries(self, merchant: str, today: date, read: Mapping[date, DaySums]) -> dict[date, Entry]:
        """Two trends' days as the daybook has them; the near ones as they were just read."""
        found = self._daybook.standing(merchant, today - timedelta(days=2 * TREND_DAYS - 1), today)
        shown = [today - timedelta(days=number) for number in range(TREND_DAYS)]
        missing = [day for day in shown if day not in found and day not in read]
        self._learn(merchant, missing)
        near = {day: entry_of(each.dirty, each.sums, each.people, ()) for day, each in read.items()}
        learnt = {day: self._learnt[merchant, day][1] for day in missing if (merchant, day) in self._learnt}
        return found | learnt | near

    def _learn(self, merchant: str, missing: Sequence[date]) -> None:
        """Read some of the days that are not known, the newest first; what is read is known for a while, so that all come to be."""
        now = self._clock.now()
        self._learnt = {name: told for name, told in self._learnt.items() if now < told[0]}
        for day in [day for day in missing if (merchant, day) not in self._learnt][:MOST_READ]:
            sums = self._days.standing(merchant, day)
            self._learnt[merchant, day] = now + LIFE, entry_of(sums.dirty, sums.sums, sums.people, ())

    def _accounts(self, spans: Sequence[Span | None]) -> list[AccountGlance]:
        keys = sorted({(key, code) for span in spans if span for key, by in span.sums.items() for code in by})
        return [
            AccountGlance(
                platform=key[0],
                platform_name=platform_name(self._connectors, key[0]),
                account=key[1],
                money=_money(code, [None if span is None else span.sums.get(key, {}) for span in spans]),
                people=(spans[0].people.get(key) if spans[0] else None) or People(),
            )
            for key, code in keys
        ]


def platform_name(connectors: Connectors, platform: str) -> str:
    """A platform as people call it; one that this version does not know any more by its key."""
    try:
        return connectors.connector(platform).info.name
    except Rejected:
        return platform


def _currencies(spans: Sequence[Span | None], home: str) -> list[str]:
    """The merchant's own first; where nothing was sold in it, the one with the most orders."""
    orders = {home: 0}
    for span in spans:
        for code, takings in span.whole().items() if span else ():
            orders[code] = orders.get(code, 0) + takings.orders
    first = home if orders[home] or len(orders) == 1 else max(sorted(orders), key=lambda code: orders[code])
    return [first, *sorted(code for code in orders if code != first and orders[code])]


def _money(currency: str, days: Sequence[Mapping[str, Takings] | None]) -> Money:
    told = [None if day is None else day.get(currency, Takings()) for day in days]
    return Money(
        currency,
        Beside(*(None if each is None else each.orders for each in told)),
        Beside(*(None if each is None else each.gmv for each in told)),
        Beside(*(None if each is None else each.net_sales for each in told)),
    )


def _persons(span: Span | None, read: Callable[[People], int]) -> int | None:
    if span is None or len(span.people) > 1:
        return None
    return sum(read(each) for each in span.people.values())


def _trend(currency: str, today: date, entries: Mapping[date, Entry], begun: date) -> DayTrend:
    """Days that are over, and today so far. One without an entry, or before the first sale, is unknown."""
    days = [today - timedelta(days=number) for number in range(TREND_DAYS - 1, -1, -1)]

    def worth(day: date) -> int | None:
        if day not in entries or day < begun:
            return None
        return span_of([entries[day]]).whole().get(currency, Takings()).net_sales

    earlier = [day - timedelta(days=TREND_DAYS) for day in days]
    return DayTrend(currency, tuple(days), tuple(map(worth, days)), tuple(map(worth, earlier)))
