"""When digests go out: on every day of a year in zones whose clocks leap, each day once, and none before its day is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.config import parse
from chalicelib.config_digest import Reader
from chalicelib.domain.order import local_day
from chalicelib.domain.periods import Period, ended, over_at, period_of
from chalicelib.domain.report import Report
from chalicelib.domain.wording import Rendered
from chalicelib.errors import ConfigError
from chalicelib.pipeline import digest as step
from chalicelib.pipeline.digest import Digest
from chalicelib.ports import Message
from chalicelib.readership import Subscription
from tests.functional.exactness.world import deliver, erp
from tests.functional.stack import CONFIG, HandClock, Stack

MORNING = time(8, 30)
# Zone, year, and an hour beside 08:30 that some day of that year has twice or not at all, or that is midnight itself.
YEARS = (
    ("Asia/Shanghai", 2026, time(0, 0)),
    ("Europe/Berlin", 2026, time(2, 30)),
    ("America/Sao_Paulo", 2018, time(0, 0)),
    ("Australia/Lord_Howe", 2026, time(2, 0)),
    ("America/St_Johns", 2006, time(0, 0)),
    ("America/New_York", 2028, time(1, 30)),
    ("America/Havana", 2026, time(0, 30)),
    ("Asia/Kathmandu", 2026, time(23, 45)),
    ("Pacific/Chatham", 2026, time(3, 0)),
    ("Africa/Casablanca", 2026, time(2, 30)),
    ("Atlantic/Azores", 2026, time(0, 15)),
    ("UTC", 2026, time(0, 0)),
)


class Marks:
    """Marks in memory, read calls counted."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, int]] = {}
        self.reads = 0

    def get(self, merchant: str, name: str) -> tuple[str, int] | None:
        self.reads += 1
        return self.kept.get(name)

    def put(self, merchant: str, name: str, value: str, *, expected_version: int) -> bool:
        if self.kept.get(name, ("", 0))[1] != expected_version:
            return False
        self.kept[name] = (value, expected_version + 1)
        return True


class Outbox:
    """Rows in memory, with the time each was added."""

    def __init__(self, clock: HandClock) -> None:
        self.added: dict[str, datetime] = {}
        self._clock = clock

    def read(self, merchant: str, owner: str, message_id: str) -> str | None:
        return message_id if message_id in self.added else None

    def add(self, message: Message) -> bool:
        new = message.message_id not in self.added
        self.added.setdefault(message.message_id, self._clock.at)
        return new


class Nothing:
    """Archive, counters, notices: whatever is asked of them is done."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *_args, **_given: b""


class Vault:
    """Hashes that hash nothing."""

    def lookup(self, merchant: str, kind: str, value: str) -> str:
        return "who"

    def seal_raw(self, merchant: str, data: bytes, context: str) -> bytes:
        return data


class Words:
    """A report and a mail of a period, both empty."""

    def material(self, period: Period) -> Period:
        return period

    def made_of(self, period: Period) -> Report:
        now = datetime(2026, 1, 1, tzinfo=UTC)
        return Report("Demo", period, "UTC", "CNY", "en", now, (), (), (), (), (), provisional=False)

    def tell(self, period: Period, *, anew: bool) -> None:
        """Nobody asks."""

    def digest(self, report: Report) -> Rendered:
        return Rendered("s", "<p>h</p>", "t", "p")


class Fresh:
    """Sources that are all well."""

    def silent(self, config: Any) -> tuple[Any, ...]:
        return ()


class Told:
    """One reader."""

    def subscriptions(self) -> list[Subscription]:
        return [Subscription(Reader("email", "a@demo.example"), "who", None)]


class World:
    """The step over nothing but a clock, a zone and an hour."""

    def __init__(self, zone: str, at: time) -> None:
        plain = parse(CONFIG.replace("Asia/Shanghai", zone))
        config = replace(plain, digest=replace(plain.digest, at=at))
        self.zone, self.clock, self.marks = config.zone, HandClock(), Marks()
        self.outbox = Outbox(self.clock)
        words, nothing = Words(), Nothing()
        parts: Any = {
            "config": lambda: config, "reporting": words, "sources": Fresh(), "readers": Told(), "notices": nothing,
            "renderer": words, "marks": self.marks, "vault": Vault(), "archive": nothing, "outbox": self.outbox,
            "clock": self.clock, "counters": nothing,
        }  # fmt: skip
        self.step = Digest(**parts)

    def play(self, year: int, minutes: int, days: int = 366) -> dict[str, datetime]:
        """Let the schedule ask through the days of a year; returns when each digest was queued."""
        self.clock.at = datetime.combine(date(year, 1, 1), time(), tzinfo=self.zone).astimezone(UTC)
        for _ in range(days * 24 * 60 // minutes):
            self.step.run()
            self.clock.at += timedelta(minutes=minutes)
        return self.outbox.added


def dates_ahead(at: datetime, zone: ZoneInfo) -> set[date]:
    """The local dates of the next three hours, minute by minute: what a wall clock shows, and nothing of over_at's making."""
    return {(at + timedelta(minutes=minute)).astimezone(zone).date() for minute in range(180)}


def wrong(world: World, year: int, at: time, minutes: int) -> list[str]:
    """What is not as it has to be, in words."""
    found, queued = [], world.play(year, minutes)
    first = date(year, 1, 1)
    for number in range(366):
        today = first + timedelta(days=number)
        for kind in ("day", "week", "month"):
            period = ended(kind, today)
            if period.last != today - timedelta(days=1):
                continue
            when = queued.get(f"digest-{period.name}-who")
            if when is None:
                found.append(f"{period.name}: never")
                continue
            if period.last in dates_ahead(when, world.zone):
                found.append(f"{period.name}: {when} is within it")
            # Half an hour of leeway where the hour is leapt over, or midnight comes twice.
            late = when.astimezone(world.zone).replace(tzinfo=None) - datetime.combine(today, at)
            if not timedelta(0) <= late < timedelta(minutes=minutes + 61):
                found.append(f"{period.name}: {late} late")
    days = [name for name in queued if len(name) == len("digest-2026-01-01-who")]
    if len(days) != 366:
        found.append(f"{len(days)} digests of days")
    return found


@pytest.mark.fault(33)
@pytest.mark.parametrize(("zone", "year", "odd"), YEARS)
def test_every_day_of_a_year_has_one_digest_after_it_was_over(zone: str, year: int, odd: time) -> None:
    for at, minutes in ((MORNING, 30), (odd, 15)):
        assert wrong(World(zone, at), year, at, minutes) == [], at


@pytest.mark.fault(33, saboteur=True)
def test_saboteur_midnight_is_taken_at_its_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """In St. John's clocks went back at a minute past midnight, into the day before: for an hour it was not over."""
    monkeypatch.setattr(step, "over_at", lambda *_: datetime(1970, 1, 1, tzinfo=UTC))
    assert wrong(World("America/St_Johns", time(0, 0)), 2006, time(0, 0), 15) == [
        "2006-10-28: 2006-10-29 02:30:00+00:00 is within it"
    ]


def test_nothing_is_read_when_nothing_is_due() -> None:
    world = World("Asia/Shanghai", MORNING)
    world.clock.at = datetime(2026, 11, 20, 0, 25, tzinfo=UTC)  # 08:25
    assert world.step.run() == 0 and world.marks.reads == 0
    world.clock.at += timedelta(minutes=5)
    assert world.step.run() == 1
    world.marks.reads = 0
    for _ in range(12):
        world.clock.at += timedelta(minutes=5)
        assert world.step.run() == 0
    assert world.marks.reads == 12


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),
        ("America/Sao_Paulo", date(2018, 2, 17), 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Asia/Shanghai", date(2026, 3, 29), 24),
    ],
)
def test_a_day_has_as_many_half_hours_as_its_clock_shows(zone: str, day: date, hours: float) -> None:
    place = ZoneInfo(zone)
    start = datetime.combine(day - timedelta(days=1), time(), tzinfo=UTC) - timedelta(hours=14)
    marks = [start + timedelta(minutes=30 * number) for number in range(2 * 24 * 4)]
    mine = [at for at in marks if local_day(at, place) == day]
    assert len(mine) == hours * 2
    assert mine == [mine[0] + timedelta(minutes=30 * number) for number in range(len(mine))], "in one piece"
    assert over_at(day, place) == mine[-1] + timedelta(minutes=30)
    assert over_at(day - timedelta(days=1), place) == mine[0]


def test_bounds_of_periods_are_dates_and_know_no_clock() -> None:
    week = period_of("week", date(2026, 3, 29))
    assert (week.first, week.last, len(week.days)) == (date(2026, 3, 23), date(2026, 3, 29), 7)
    month = period_of("month", date(2026, 10, 25))
    assert (month.first, month.last, len(month.days)) == (date(2026, 10, 1), date(2026, 10, 31), 31)
    assert ended("month", date(2028, 3, 1)).last == date(2028, 2, 29)
    assert ended("week", date(2027, 1, 4)).name == "2026-W53"


@pytest.mark.fault(33)
@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_the_cells_of_a_day_of_23_or_25_hours_hold_all_of_it(moto_engine: Any, day: date, hours: int) -> None:
    """An order at each full hour around the day, through every step."""
    stack = Stack(moto_engine, CONFIG.replace("Asia/Shanghai", "Europe/Berlin"))
    stack.clock.at = over_at(day, stack.config.zone) + timedelta(hours=8)
    start = over_at(day - timedelta(days=1), stack.config.zone) - timedelta(hours=2)
    for number in range(hours + 4):
        at = (start + timedelta(hours=number)).isoformat()
        told = {"placed_at": at, "paid_at": at, "updated_at": at}
        deliver(stack, [erp(f"H{number}", 0, "paid", 1000, **told)])
    stack.settle()
    sums = stack.app.reporting.material(period_of("day", day)).days[day].sums["generic", "erp"]["CNY"]
    assert (sums.orders, sums.gmv) == (hours, hours * 1000)


def test_the_hour_until_which_is_waited_lies_after_the_hour_of_the_digest() -> None:
    with pytest.raises(ConfigError, match="nothing is ever held"):
        parse(CONFIG.replace("[digest]", '[digest]\nstale = "hold"\nat = 12:30:00'))
