"""Deadlines in business hours: holidays, worked weekends, clock changes, midnight, and what holds in any zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.opening import Opening
from tests.unit.domain.strategies import EXACT

SOME = settings(EXACT, max_examples=100)

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_TO_FRIDAY = frozenset(range(5))
ZONES = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "America/Argentina/Buenos_Aires",
    "America/Chicago",
    "America/Denver",
    "America/Havana",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Dubai",
    "Asia/Jakarta",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Atlantic/Azores",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Chatham",
    "UTC",
]


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """A local moment."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("since", "hours", "due"),
    [
        ("2026-11-23 10:00", 4, "2026-11-23 14:00"),  # a Monday, within the day
        ("2026-11-23 16:00", 2, "2026-11-23 18:00"),  # up to closing time
        ("2026-11-23 16:00", 3, "2026-11-24 10:00"),  # and beyond it
        ("2026-11-23 03:00", 1, "2026-11-23 10:00"),  # before opening
        ("2026-11-23 18:00", 1, "2026-11-24 10:00"),  # at closing time the day is over
        ("2026-11-23 23:59", 1, "2026-11-24 10:00"),
        ("2026-11-24 00:00", 1, "2026-11-24 10:00"),
        ("2026-11-27 17:00", 2, "2026-11-30 10:00"),  # over a weekend
        ("2026-09-30 17:00", 2, "2026-10-08 10:00"),  # over a week of holidays, which ends on a Thursday
        ("2026-10-09 17:00", 2, "2026-10-10 10:00"),  # to a Saturday that is worked for it
        ("2026-11-23 10:00", 0, "2026-11-23 10:00"),
    ],
)
def test_hours_pass_only_while_the_shop_is_staffed(since: str, hours: int, due: str) -> None:
    holidays = frozenset(date(2026, 10, day) for day in range(1, 8))
    shop = Opening(SHANGHAI, MONDAY_TO_FRIDAY, time(9), time(18), holidays, frozenset({date(2026, 10, 10)}))
    found = shop.due(at(since), hours)
    assert found == at(due) and found.tzinfo is UTC


@pytest.mark.parametrize(
    ("night", "hours", "due"),
    [
        ("2026-03-29 00:30", 4, "2026-03-29 05:30"),  # an hour is left out: four hours later the clock shows five more
        ("2026-10-25 00:30", 4, "2026-10-25 03:30"),  # an hour comes twice
    ],
)
def test_an_hour_is_an_hour_on_the_days_the_clock_changes(night: str, hours: int, due: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    shop = Opening(berlin, opens=time(0), closes=time(23, 59, 59))
    assert shop.due(at(night, berlin), hours) == at(due, berlin)


def test_hours_that_the_clock_leaves_out_before_midnight_are_not_worked_after_it() -> None:
    nuuk = ZoneInfo("America/Nuuk")
    shop = Opening(nuuk, opens=time(9), closes=time(23, 30))
    left_out = at("2026-03-28 22:30", nuuk)  # at 23:00 of this day it is 0:00 of the next
    assert shop.due(left_out, 1) == at("2026-03-29 09:30", nuuk)


def test_a_holiday_is_a_day_of_the_shops_own_zone() -> None:
    shop = Opening(SHANGHAI, holidays=frozenset({date(2026, 11, 24)}))
    assert shop.due(datetime(2026, 11, 23, 20, tzinfo=UTC), 1) == at("2026-11-25 10:00")


def test_a_shop_that_is_never_open_is_no_endless_search() -> None:
    with pytest.raises(ValueError, match="never open"):
        Opening(SHANGHAI, weekdays=frozenset()).due(at("2026-11-23 10:00"), 1)


@pytest.mark.parametrize(
    ("since", "until", "minutes"),
    [
        ("2026-11-23 10:00", "2026-11-23 10:30", 30),
        ("2026-11-23 03:00", "2026-11-23 09:10", 10),
        ("2026-11-23 17:50", "2026-11-24 09:10", 20),
        ("2026-11-27 17:50", "2026-11-30 09:10", 20),
        ("2026-11-28 10:00", "2026-11-28 12:00", 0),
        ("2026-11-23 12:00", "2026-11-23 11:00", 0),
    ],
)
def test_time_that_passed_while_the_shop_was_staffed(since: str, until: str, minutes: int) -> None:
    shop = Opening(SHANGHAI, MONDAY_TO_FRIDAY, time(9), time(18))
    assert shop.worked(at(since), at(until)) == timedelta(minutes=minutes)


@st.composite
def openings(draw: st.DrawFn) -> Opening:
    """Any shop that is open now and then."""
    opens, closes = sorted(draw(st.lists(st.integers(0, 24 * 60 - 1), min_size=2, max_size=2, unique=True)))
    return Opening(
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        weekdays=draw(st.frozensets(st.integers(0, 6), min_size=1)),
        opens=time(*divmod(opens, 60)),
        closes=time(*divmod(max(closes, min(opens + 60, 24 * 60 - 1)), 60)),
        holidays=draw(st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=3)),
        extra_days=draw(st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=2)),
    )


moments = st.integers(0, 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


@SOME
@given(openings(), moments, st.integers(0, 8), st.integers(1, 8))
def test_hours_can_be_counted_in_two_goes(shop: Opening, since: datetime, first: int, then: int) -> None:
    assert shop.due(since, first + then) == shop.due(shop.due(since, first), then)


@SOME
@given(openings(), moments, moments, st.integers(1, 8))
def test_who_comes_later_is_due_no_earlier(shop: Opening, one: datetime, other: datetime, hours: int) -> None:
    early, late = sorted([one, other])
    assert early < shop.due(early, hours) <= shop.due(late, hours) < shop.due(late, hours + 1)


@SOME
@given(openings(), moments, st.integers(1, 8))
def test_until_it_is_due_so_many_hours_are_worked(shop: Opening, since: datetime, hours: int) -> None:
    assert shop.worked(since, shop.due(since, hours)) == timedelta(hours=hours)
