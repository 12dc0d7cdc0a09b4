"""The daybook: entries are what a fresh recomputation says, whatever came late; what was told is what readers were told.

Most of it plays on days in memory, where thousands of histories fit; the same faults on both engines are below.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import daybook
from chalicelib.adapters.state import DynamoMarks
from chalicelib.daybook import RECENT_DAYS, UNREAD_DAYS, Daybook
from chalicelib.days import DaySums
from chalicelib.domain.daybook import TOLD, AccountKey, Entry, Takings, Told, entry_of, said_of, span_of, told_by
from chalicelib.domain.metrics import People, Sums
from chalicelib.domain.periods import Kind, Period, ended, period_of
from chalicelib.domain.report import Freshness, Restated
from tests.functional.exactness.test_digest_schedules import Marks
from tests.functional.exactness.test_races import at_once
from tests.functional.exactness.world import deliver, erp, erp_refund
from tests.functional.stack import CONFIG, Stack

ZONE = ZoneInfo("Asia/Shanghai")
LAST = date(2026, 11, 19)
ERP, SHOP = ("generic", "erp"), ("shopify", "acme")
ITEM_LIMIT = 400_000  # what DynamoDB takes in one item


@dataclass
class Days:
    """Days in memory as cells would tell them; every change raises the day's dirty number."""

    told: dict[date, dict[AccountKey, dict[str, Sums]]] = field(default_factory=dict)
    dirty: dict[date, int] = field(default_factory=dict)
    looked: int = 0

    def sell(self, day: date, account: AccountKey, currency: str, gmv: int) -> None:
        sums = self.told.setdefault(day, {}).setdefault(account, {}).setdefault(currency, Sums())
        sums.orders += 1 if gmv >= 0 else -1  # below nothing: an order of that worth never was
        sums.gmv += gmv
        self.dirty[day] = self.dirty.get(day, 0) + 1

    def refund(self, day: date, account: AccountKey, currency: str, money: int) -> None:
        sums = self.told.setdefault(day, {}).setdefault(account, {}).setdefault(currency, Sums())
        sums.refunds += money
        sums.refund_count += 1
        self.dirty[day] = self.dirty.get(day, 0) + 1

    def cancel(self, day: date) -> None:
        """The last order of a day never was."""
        for by_currency in self.told.get(day, {}).values():
            for sums in by_currency.values():
                if sums.orders:
                    sums.gmv -= sums.gmv // sums.orders
                    sums.orders -= 1
                    self.dirty[day] += 1
                    return

    def of(self, day: date) -> DaySums:
        return DaySums(sums=self.told.get(day, {}), people={ERP: People(1, 2)}, dirty=self.dirty.get(day, 0))

    def entry(self, day: date, silent: Iterable[str] = ()) -> Entry:
        """The entry of a day as somebody makes it who knows no daybook."""
        sums = self.of(day)
        return entry_of(sums.dirty, sums.sums, sums.people, silent)

    def dirtiness(self, merchant: str, day: date) -> int:
        self.looked += 1
        return self.dirty.get(day, 0)


class OfDays(Daybook):
    """The daybook over days in memory."""

    def __init__(self, days: Days, marks: Any) -> None:
        super().__init__(days=self, cells=days, marks=marks)  # type: ignore[arg-type]  # what it needs of either is here
        self.days = days
        self.read: list[date] = []

    def day(self, merchant: str, day: date) -> DaySums:
        self.read.append(day)
        return self.days.of(day)

    def look(self, last: date, back: int = 70, sources: tuple[Freshness, ...] = (), **given: Any) -> dict[date, Entry]:
        return self.entries("demo", last - timedelta(days=back), last, sources, ZONE, **given)


def over(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def source(account: AccountKey, state: str, heard: date | None) -> Freshness:
    at = datetime.combine(heard, datetime.min.time(), tzinfo=ZONE).astimezone(UTC) if heard else None
    return Freshness(account[0], account[1], at, at, state)


# --- entries --------------------------------------------------------------------------------------------------------------------

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["sell", "sell", "refund", "cancel", "look", "look"]),
        st.integers(0, 70),
        st.sampled_from([ERP, SHOP]),
        st.sampled_from(["CNY", "USD"]),
        st.integers(1, 10_000),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(ACTS)
def test_recent_entries_are_a_fresh_recomputation_whatever_comes_when(acts: list[tuple[str, int, AccountKey, str, int]]) -> None:
    days, last = Days(), LAST
    book = OfDays(days, Marks())
    for what, back, account, currency, money in acts:
        if what == "look":
            found = book.look(last)
            for day in over(last - timedelta(days=RECENT_DAYS), last):
                assert found[day] == days.entry(day), day
            last += timedelta(days=1)
        elif what == "cancel":
            days.cancel(last - timedelta(days=back))
        else:
            getattr(days, what)(last - timedelta(days=back), account, currency, money)
    for _ in range(7):  # an old day is asked within a week
        found = book.look(last)
        last += timedelta(days=1)
    assert found == {day: days.entry(day) for day in found}


def stale_after(book: OfDays, days: Days, looks: int) -> int:
    """How many old days' entries are not true, after as many daily looks."""
    last = LAST
    book.look(last)
    old = over(last - timedelta(days=70), last - timedelta(days=RECENT_DAYS + 10))
    for day in old:
        days.sell(day, ERP, "CNY", 100)
    for _ in range(looks):
        last += timedelta(days=1)
        found = book.look(last, 70 + looks)
    return sum(found[day] != days.entry(day) for day in old)


def test_an_old_day_is_found_within_a_week_and_one_in_seven_is_asked() -> None:
    days = Days()
    assert stale_after(OfDays(days, Marks()), days, 7) == 0
    days = Days()
    assert stale_after(OfDays(days, Marks()), days, 6) > 0
    book = OfDays(days, Marks())
    book.look(LAST, 400, needed=over(LAST - timedelta(days=400), LAST))
    days.looked = 0
    book.look(LAST, 400)
    assert days.looked == RECENT_DAYS + 1 + (400 - RECENT_DAYS) // 7


def test_saboteur_old_days_are_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daybook._Look, "asks", lambda self, day: (self.last - day).days <= RECENT_DAYS)
    days = Days()
    assert stale_after(OfDays(days, Marks()), days, 7) > 0


def test_saboteur_entries_stand_whatever_their_dirty_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Days, "dirtiness", lambda self, *_: 0)
    days = Days()
    book = OfDays(days, Marks())
    book.look(LAST)
    monkeypatch.setattr(Days, "of", lambda self, day: DaySums(sums=self.told.get(day, {}), dirty=0))
    days.sell(LAST, ERP, "CNY", 100)
    assert book.look(LAST)[LAST] != days.entry(LAST)


def test_a_silent_source_is_noted_and_heals() -> None:
    days = Days()
    book = OfDays(days, Marks())
    day = LAST - timedelta(days=2)
    silent = (source(ERP, "late", day), source(SHOP, "fresh", LAST + timedelta(days=1)))
    found = book.look(LAST, sources=silent)
    assert [found[each].silent for each in (day - timedelta(days=1), day, LAST)] == [[], ["generic/erp"], ["generic/erp"]]
    again = (source(ERP, "fresh", LAST + timedelta(days=1)), silent[1])
    found = book.look(LAST, sources=again)
    assert all(not entry.silent for entry in found.values())
    later = (source(ERP, "late", LAST + timedelta(days=1)), silent[1])
    assert all(not entry.silent for entry in book.look(LAST, sources=later).values()), "what was whole stays whole"


# --- how much at once -------------------------------------------------------------------------------------------------------------


def test_a_first_look_reads_what_is_needed_and_so_many_more_a_run() -> None:
    days = Days()
    year = over(LAST - timedelta(days=400), LAST)
    for day in year:
        days.sell(day, ERP, "CNY", 100)
    book = OfDays(days, Marks())
    base = over(LAST - timedelta(days=380), LAST - timedelta(days=350))
    found = book.look(LAST, 400, needed=base)
    assert len(book.read) == UNREAD_DAYS and set(base) <= set(found)
    assert set(found) == set(base) | set(year[len(base) - UNREAD_DAYS :]), "the newest besides"
    runs = 1
    while len(found) < len(year):
        found, runs = book.look(LAST, 400), runs + 1
    assert runs == 4 and found == {day: days.entry(day) for day in year}


def test_an_unknown_day_is_no_day_of_nothing(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A base of which a day is not known yet compares with nothing."""
    monkeypatch.setattr(daybook, "UNREAD_DAYS", 0)
    stack = Stack(moto_engine)
    on = stack.app.reporting.material(period_of("week", LAST))
    assert on.span(on.period.base).whole() == {} and len(on.entries) < 60
    partly = dict(on.entries)
    day = on.period.before.first
    partly[day] = Entry(1, {"generic/erp": {"CNY": Takings(1, 100)}})
    del partly[day + timedelta(days=3)]
    assert msgspec.structs.astuple(type(on)(on.config, on.period, on.days, on.kept, partly, on.sources).span(on.period.before)) == (
        {},
        {},
    )


def test_a_month_of_thirty_accounts_in_two_currencies_fits_an_item_four_times() -> None:
    dice = random.Random(7)
    names = [f"mercadolibre/{number:02}{'x' * 62}" for number in range(30)]

    def takings() -> Takings:
        orders, gmv, refunds, units, refunded = (dice.randrange(10**size) for size in (5, 12, 12, 6, 5))
        return Takings(orders, gmv, 0, refunds, units, refunded)

    def entry() -> Entry:
        sums = {name: {"CNY": takings(), "USD": takings()} for name in names}
        return Entry(dice.randrange(10**9), sums, {name: (dice.randrange(10**5), dice.randrange(10**5)) for name in names}, names)

    month = {day.isoformat(): entry() for day in over(date(2026, 10, 1), date(2026, 10, 31))}
    packed = daybook._packed(month)
    print(f"{len(msgspec.json.encode(month))} bytes of JSON, {len(packed)} packed")
    assert len(packed) < ITEM_LIMIT // 4
    assert daybook._opened(packed) == month
    assert daybook._opened(msgspec.json.encode(month).decode()) == month, "as it was kept before it was packed"


# --- what was told ----------------------------------------------------------------------------------------------------------------

PLAY = st.lists(
    st.tuples(st.sampled_from(["sell", "sell", "digest", "crash", "again", "changed"]), st.integers(0, 9), st.integers(-300, 300)),
    max_size=30,
)


class Memory:
    """What a reader of every digest was told last of each period; made of the digests alone."""

    def __init__(self, book: OfDays, kind: Kind) -> None:
        self.book = book
        self.kind = kind
        self.told: dict[Period, dict[str, tuple[int, ...]]] = {}

    def read(self, last: date, *, crash: bool = False, between: tuple[date, int] | None = None) -> None:
        """The digest of the period that ended on a day; with `crash` it was made before, and nobody got it."""
        period = period_of(self.kind, last)
        if crash:
            self.book.tell("demo", period, self.book.look(last), anew=True)
            if between:
                self.book.days.sell(between[0], ERP, "CNY", between[1])
        entries = self.book.look(last)
        said = self.book.restated("demo", period, entries)
        self.book.tell("demo", period, entries, anew=True)
        assert sorted(map(_plain, said)) == sorted(self._expected(period, entries))
        again = self.book.restated("demo", period, entries)
        assert again == said, "asked again, the digest says the same"
        self.book.tell("demo", period, entries)
        for past in [*self.told, period]:
            if all(day in entries for day in past.days):
                self.told[past] = said_of(span_of(entries[day] for day in past.days))

    def _expected(self, period: Period, entries: Mapping[date, Entry]) -> list[tuple[Any, ...]]:
        found = []
        for past, told in self.told.items():
            if past == period or not all(day in entries for day in past.days):
                continue
            now = said_of(span_of(entries[day] for day in past.days))
            for currency in told.keys() | now.keys():
                pairs = zip(TOLD, told.get(currency, (0,) * 4), now.get(currency, (0,) * 4), strict=True)
                found += [(past.name, currency, what, then, is_now) for what, then, is_now in pairs if then != is_now]
        return found


def _plain(restated: Restated) -> tuple[Any, ...]:
    return restated.period.name, restated.currency, restated.what, restated.told, restated.now


def remember(kind: Kind, play: list[tuple[str, int, int]]) -> None:
    days = Days()
    memory, today = Memory(OfDays(days, Marks()), kind), LAST
    step = {"day": 1, "week": 7, "month": 31}[kind]
    for what, back, money in play:
        day = today - timedelta(days=back * step)
        if what == "sell":
            days.sell(day, ERP, "CNY", money)
            continue
        today += timedelta(days=step)
        last = ended(kind, today).last
        memory.read(last, crash=what in ("crash", "changed"), between=(day, money) if what == "changed" else None)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["day", "week"]), PLAY)
def test_what_is_restated_is_the_difference_to_what_readers_were_told(kind: Kind, play: list[tuple[str, int, int]]) -> None:
    remember(kind, play)


def test_a_change_that_was_taken_back_between_a_crash_and_the_next_run_was_never_told() -> None:
    remember("day", [("sell", 0, 100), ("digest", 0, 0), ("sell", 1, 50), ("changed", 1, -50), ("digest", 0, 0)])


_tell = Daybook.tell


def _once(self: Daybook, merchant: str, period: Period, entries: Mapping[date, Entry], *, anew: bool = False) -> None:
    """The saboteur: what an attempt before said of the period stands."""
    _tell(self, merchant, period, entries)


@pytest.mark.parametrize("broken", ["was", "anew"])
def test_saboteurs_of_what_was_told(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if broken == "was":
        monkeypatch.setattr("chalicelib.daybook.told_by", lambda told, now, by: Told(by, told_by(told, now, by).said))
    else:
        monkeypatch.setattr(Daybook, "tell", _once)
    with pytest.raises(AssertionError):
        remember("day", [("sell", 0, 100), ("digest", 0, 0), ("sell", 1, 50), ("changed", 0, 70), ("digest", 0, 0)])


# --- on the engines ---------------------------------------------------------------------------------------------------------------


class Meeting(DynamoMarks):
    """Marks whose first two readers of a month wait for each other, so that both have read before either writes."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack.app.parts.table)
        self._barrier = threading.Barrier(2)
        self._met = threading.local()

    def get(self, merchant: str, name: str) -> tuple[str, int] | None:
        found = super().get(merchant, name)
        if name.startswith("book#") and not getattr(self._met, "done", False):
            self._met.done = True
            self._barrier.wait(timeout=60)
        return found


class Careless(Meeting):
    """The saboteur: puts whatever the version."""

    def put(self, merchant: str, name: str, value: str, *, expected_version: int) -> bool:
        stored = DynamoMarks.get(self, merchant, name)
        return super().put(merchant, name, value, expected_version=stored[1] if stored else 0)


def two_writers(stack: Stack, kind: type[Meeting]) -> set[date]:
    """Two looks at once, each at its own end of a month; returns the days that are in the book after both."""
    days = Days()
    for day in over(date(2026, 10, 1), date(2026, 10, 31)):
        days.sell(day, ERP, "CNY", 100)
    marks = kind(stack)
    book = OfDays(days, marks)

    def look(first: date, last: date) -> None:
        found = book.entries("demo", first, last, (), ZONE)
        assert found == {day: days.entry(day) for day in over(first, last)}

    halves = [partial(look, date(2026, 10, 1), date(2026, 10, 20)), partial(look, date(2026, 10, 10), date(2026, 10, 31))]
    assert at_once(halves, 2) == []
    stored = DynamoMarks.get(marks, "demo", "book#2026-10")
    assert stored is not None
    return {date.fromisoformat(day) for day in daybook._opened(stored[0])}


def test_two_writers_of_a_month_lose_no_day(engine: Any) -> None:
    for _ in range(3):
        assert two_writers(Stack(engine), Meeting) == set(over(date(2026, 10, 1), date(2026, 10, 31)))


def test_saboteur_a_month_put_over_another(moto_engine: Any) -> None:
    assert any(len(two_writers(Stack(moto_engine), Careless)) < 31 for _ in range(8))


RUNS = {"moto": 5, "dynamodb-local": 2}


def test_entries_are_the_cells_whatever_comes_between_digests(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Late orders, refunds, cancellations and edits through every step, with digests among them."""
    monkeypatch.setattr(daybook, "UNREAD_DAYS", 10)
    for seed in range(RUNS[engine.name]):
        dice = random.Random(seed)
        stack = Stack(engine, CONFIG)
        told: dict[str, tuple[date, int]] = {}
        for number in range(14):
            happens(stack, dice, told, number)
            if dice.random() < 0.4:
                period = ended("day", stack.clock.at.astimezone(ZONE).date())
                on = stack.app.reporting.material(period)
                stack.app.reporting.tell(on)
                for day in over(period.last - timedelta(days=12), period.last):
                    fresh = stack.app.days.day("demo", day)
                    assert on.entries[day] == entry_of(fresh.dirty, fresh.sums, fresh.people, on.entries[day].silent), (seed, day)
                if dice.random() < 0.5:
                    stack.clock.at += timedelta(days=1)
        assert told


def happens(stack: Stack, dice: random.Random, told: dict[str, tuple[date, int]], number: int) -> None:
    """Something is heard of an order, new or known."""
    today = stack.clock.at.astimezone(ZONE).date()
    heard = {"updated_at": (stack.clock.at + timedelta(minutes=number)).isoformat()}
    known = dice.choice(sorted(told)) if told and dice.random() < 0.6 else None
    if known is None:
        name, day, total = f"L{number}", today - timedelta(days=dice.randrange(10)), dice.randrange(200, 9000)
        told[name] = (day, total)
        what = "paid"
    else:
        name, (day, total), what = known, told[known], dice.choice(["refund", "cancelled", "edited"])
    at = {"placed_at": f"{day}T12:00:00+08:00", "paid_at": f"{day}T12:01:00+08:00"}
    if what == "refund":
        refund = {"requested_at": f"{min(day + timedelta(days=1), today)}T12:00:00+08:00"}
        deliver(stack, [erp_refund(name, 0, "success", 100, **(heard | refund))])
    else:
        status = "cancelled" if what == "cancelled" else "paid"
        deliver(stack, [erp(name, 0, status, total + number if what == "edited" else total, **(heard | at))])
    stack.settle()
