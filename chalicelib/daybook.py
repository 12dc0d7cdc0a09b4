"""The daybook: every day in a few numbers, kept by month, and what digests said of it.

A digest compares, draws a trend and looks for what is unusual over a year. Reading that many days of cells each morning would cost
more than the day itself. An entry carries its day's dirty numbers: it stands as long as these do, and is written again from the
cells when they have moved. Recent days are asked each time, older ones one day in seven, since nearly nothing changes there.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.days import Days, DaySums
from chalicelib.domain.daybook import Entry, Told, changes, entry_of, name_of, said_of, span_of, told_by
from chalicelib.domain.periods import Kind, Period
from chalicelib.domain.report import Freshness, Restated
from chalicelib.errors import Retriable
from chalicelib.ports import CellStore, Marks
from chalicelib.toolkit.decode import decoder

RECENT_DAYS = 35  # in which orders, refunds and edits mostly still come
UNREAD_DAYS = 120  # at most so many days without an entry are read a run: a year's first look does not outlast the function
KEPT: Mapping[Kind, int] = {"day": 62, "week": 26, "month": 26}  # periods whose digests are remembered
FEW_MONTHS = 3
TRIES = 5
Month = dict[str, Entry]


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look at the daybook goes by. `learnt`: days without an entry that get one now."""

    last: date
    silent: Mapping[date, set[str]]
    read: Mapping[date, DaySums]
    learnt: Collection[date]

    def asks(self, day: date) -> bool:
        """Whether a day that has an entry is asked if it still stands."""
        return (self.last - day).days <= RECENT_DAYS or day.toordinal() % 7 == self.last.toordinal() % 7


@dataclass(frozen=True, slots=True)
class Remembered:
    """A period in the archive. `told` None: no digest of it went out, as far as is remembered. `now` None: not all of its days are
    known. Both by currency, as domain.daybook.TOLD. `changes`: (currency, what, told, now) of what is not as it was told first.
    """

    period: Period
    told: Mapping[str, tuple[int, ...]] | None
    now: Mapping[str, tuple[int, ...]] | None
    changes: tuple[tuple[str, str, int, int], ...]


class Daybook:
    """Reads days; writes entries that are missing or no longer true."""

    def __init__(self, *, days: Days, cells: CellStore, marks: Marks) -> None:
        self._days = days
        self._cells = cells
        self._marks = marks

    def entries(
        self,
        merchant: str,
        first: date,
        last: date,
        sources: Sequence[Freshness],
        zone: ZoneInfo,
        *,
        read: Mapping[date, DaySums] | None = None,
        needed: Collection[date] = (),
    ) -> dict[date, Entry]:
        """The days from `first` to `last` that are known by now. `sources` as they are now, for entries that are written.

        `read`: days whose cells were read already: their entries say the same. `needed`: days that are known in any case; of the
        others, UNREAD_DAYS a run come to be known, the newest first.
        """
        days, silent = _span(first, last), {day: _silent(sources, day, zone) for day in _span(first, last)}
        books = {month: self._month(merchant, month) for month in _months(first, last)}
        written = {date.fromisoformat(day) for told, _ in books.values() for day in told}
        look = _Look(last, silent, read or {}, _learnt([day for day in days if day not in written], needed))
        found: dict[date, Entry] = {}
        for month, book in books.items():
            mine = [day for day in _days(month) if first <= day <= last]
            brought = self._settled(merchant, month, book, mine, look)
            found |= {day: brought[day.isoformat()] for day in mine if day.isoformat() in brought}
        return found

    def standing(self, merchant: str, first: date, last: date) -> dict[date, Entry]:
        """The days from `first` to `last` that have an entry, as the last digest left them: one read a month, nothing written."""
        days = {day.isoformat(): day for day in _span(first, last)}
        books = [self._month(merchant, month)[0] for month in _months(first, last)]
        return {days[name]: entry for book in books for name, entry in book.items() if name in days}

    def restated(self, merchant: str, period: Period, entries: Mapping[date, Entry]) -> tuple[Restated, ...]:
        """Past periods of the kind, all of whose days are in `entries`, that are not as digests before this one told them."""
        found = []
        for past, told in self._past(merchant, period, entries):
            now = said_of(span_of(entries[day] for day in past.days))
            found += [Restated(past, *change) for change in changes(told, now, period.name)]
        return tuple(found)

    def tell(self, merchant: str, period: Period, entries: Mapping[date, Entry], *, anew: bool = False) -> None:
        """Remember what the digest of a period says of it, and of past ones that it reports as changed. Again is the same.

        `anew`: nobody has this digest yet, so that what an attempt before said of the period counts no more.
        """
        for _ in range(TRIES):
            told, version = self._told(merchant, period.kind)
            said = dict(told)
            for past, before in self._past(merchant, period, entries):
                now = said_of(span_of(entries[day] for day in past.days))
                if now != before.said:
                    said[past.name] = told_by(before, now, period.name)
            mine = said.get(period.name)
            if mine is None or (anew and mine.by == period.name):
                said[period.name] = Told(period.name, said_of(span_of(entries[day] for day in period.days)))
            kept = dict(sorted(said.items())[-KEPT[period.kind] :])
            value = msgspec.json.encode(kept).decode()
            if kept == told or self._marks.put(merchant, f"told#{period.kind}", value, expected_version=version):
                return
        raise Retriable("daybook-contended", f"{TRIES} writers were faster")

    def remembered(self, merchant: str, periods: Sequence[Period]) -> list[Remembered]:
        """What digests said of periods of one kind, and what is known of them by now; as it was kept last, nothing is brought up.

        One read, and one for each month; of many months one query over all.
        """
        if not periods:
            return []
        told, _ = self._told(merchant, periods[0].kind)
        months = _months(min(each.first for each in periods), max(each.last for each in periods))
        if len(months) > FEW_MONTHS:
            names = {f"book#{month:%Y-%m}" for month in months}
            books = [_opened(value) for name, value in self._marks.named(merchant, "book#").items() if name in names]
        else:
            books = [self._month(merchant, month)[0] for month in months]
        book = {day: entry for told_of in books for day, entry in told_of.items()}
        return [_remembered(each, told.get(each.name), book) for each in periods]

    def _past(self, merchant: str, period: Period, entries: Mapping[date, Entry]) -> list[tuple[Period, Told]]:
        told, _ = self._told(merchant, period.kind)
        found, past = [], period.before
        while all(day in entries for day in past.days):
            if past.name in told:
                found.append((past, told[past.name]))
            past = past.before
        return found

    def _settled(self, merchant: str, month: date, book: tuple[Month, int], days: Sequence[date], look: _Look) -> Month:
        """A month's entries, those of `days` brought up and kept. Retriable when other writers keep being faster."""
        told, version = book
        for _ in range(TRIES):
            fresh = self._brought_up(merchant, told, days, look)
            if not fresh or self._put(merchant, month, told | fresh, version):
                return told | fresh
            told, version = self._month(merchant, month)
        raise Retriable("daybook-contended", f"{TRIES} writers were faster")

    def _brought_up(self, merchant: str, told: Month, days: Iterable[date], look: _Look) -> Month:
        """The entries that are missing, or no longer true."""
        fresh = {}
        for day in days:
            entry, sums = told.get(day.isoformat()), look.read.get(day)
            if sums is None and not (day in look.learnt if entry is None else look.asks(day)):
                continue
            healed = entry is not None and not look.silent[day].issuperset(entry.silent)
            if entry is None or healed or entry.dirty != (sums.dirty if sums else self._cells.dirtiness(merchant, day)):
                sums = sums or self._days.day(merchant, day)
                fresh[day.isoformat()] = entry_of(sums.dirty, sums.sums, sums.people, look.silent[day])
        return fresh

    def _month(self, merchant: str, month: date) -> tuple[Month, int]:
        stored = self._marks.get(merchant, f"book#{month:%Y-%m}")
        return (_opened(stored[0]), stored[1]) if stored else ({}, 0)

    def _put(self, merchant: str, month: date, told: Month, version: int) -> bool:
        return self._marks.put(merchant, f"book#{month:%Y-%m}", _packed(told), expected_version=version)

    def _told(self, merchant: str, kind: Kind) -> tuple[dict[str, Told], int]:
        stored = self._marks.get(merchant, f"told#{kind}")
        return (decoder(dict[str, Told]).decode(stored[0]), stored[1]) if stored else ({}, 0)


def _remembered(period: Period, told: Told | None, book: Mapping[str, Entry]) -> Remembered:
    days = [day.isoformat() for day in period.days]
    now = said_of(span_of(book[day] for day in days)) if all(day in book for day in days) else None
    first = None if told is None else told.said if told.was is None else told.was
    moved = changes(Told("", dict(first)), now, period.name) if first is not None and now is not None else []
    return Remembered(period, first, now, tuple(moved))


def _learnt(unknown: Sequence[date], needed: Collection[date]) -> set[date]:
    """The days without an entry that are read now; `unknown` ascending."""
    at_once = {day for day in unknown if day in needed}
    later = [day for day in reversed(unknown) if day not in at_once]
    return at_once | set(later[: max(UNREAD_DAYS - len(at_once), 0)])


def _packed(told: Month) -> str:
    """A month as a mark's value. Thirty accounts in two currencies come near what an item may hold, so it is packed."""
    return base64.b64encode(zlib.compress(msgspec.json.encode(dict(sorted(told.items()))))).decode("ascii")


def _opened(value: str) -> Month:
    plain = value.encode() if value.startswith("{") else zlib.decompress(base64.b64decode(value))
    return decoder(Month).decode(plain)


def _months(first: date, last: date) -> list[date]:
    found, month = [], first.replace(day=1)
    while month <= last:
        found.append(month)
        month = (month + timedelta(days=31)).replace(day=1)
    return found


def _days(month: date) -> list[date]:
    return _span(month, (month + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _silent(sources: Iterable[Freshness], day: date, zone: ZoneInfo) -> set[str]:
    """Whose figures of a day are not whole: sources that are not fresh, and were not heard of since the day was over."""
    found = set()
    for source in sources:
        heard = max((at for at in (source.last_push_at, source.last_pull_at) if at), default=None)
        if source.state != "fresh" and (heard is None or heard.astimezone(zone).date() <= day):
            found.add(name_of((source.platform, source.account)))
    return found
