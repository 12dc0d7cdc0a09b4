"""Festivals: their dates against the moon as reckoned, and the same day of the festival a year before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from math import radians, sin

import pytest

from chalicelib.domain.festivals import (
    CHINA,
    FESTIVALS,
    FIRST_YEAR,
    LAST_YEAR,
    SOUTHEAST,
    WEST,
    Pull,
    anchors,
    days_of,
    place,
)

YEARS = range(FIRST_YEAR, LAST_YEAR + 1)
BEIJING, MECCA = timezone(timedelta(hours=8)), timezone(timedelta(hours=3))


def new_moon(number: int) -> datetime:
    """The new moon of a lunation counted from January 2000, after Meeus (Astronomical Algorithms, 49), largest terms, in UTC."""
    t = number / 1236.85
    day = 2451550.09766 + 29.530588861 * number + 0.00015437 * t * t
    sun, moon, node = 2.5534 + 29.1053567 * number, 201.5643 + 385.81693528 * number, 160.7108 + 390.67050284 * number
    terms: tuple[tuple[float, float], ...] = (
        (-0.4072, moon),
        (0.17241, sun),
        (0.01608, 2 * moon),
        (0.01039, 2 * node),
        (0.00739, moon - sun),
    )
    terms += ((-0.00514, moon + sun), (0.00208, 2 * sun), (-0.00111, moon - 2 * node), (-0.00057, moon + 2 * node))
    terms += ((0.00056, 2 * moon + sun), (-0.00042, 3 * moon), (0.00042, sun + 2 * node), (0.00038, sun - 2 * node))
    day += sum(size * sin(radians(angle)) for size, angle in terms)
    return datetime(2000, 1, 1, 12, tzinfo=UTC) + timedelta(days=day - 2451545.0, seconds=-72)


MOONS = [new_moon(number) for number in range(230, 510)]


def ahead_of(day: date, zone: timezone) -> int:
    """Days from the last new moon up to a day, both by the zone's calendar."""
    return min((day - moon.astimezone(zone).date()).days for moon in MOONS if moon.astimezone(zone).date() <= day)


@pytest.mark.parametrize(("key", "day_of_month"), [("lunar_new_year", 1), ("dragon_boat", 5), ("qixi", 7), ("mid_autumn", 15)])
def test_feasts_of_the_moon_lie_on_their_day_of_the_month(key: str, day_of_month: int) -> None:
    for year in YEARS:
        (day,) = anchors(key, year)
        assert ahead_of(day, BEIJING) == day_of_month - 1, day


def test_lunar_months_are_as_many_apart_as_the_year_has_it() -> None:
    """Which month it is: none or one leap month lies between, and the new year between 21 January and 20 February."""
    for year in YEARS:
        spring, boat, qixi, autumn = (anchors(key, year)[0] for key in ("lunar_new_year", "dragon_boat", "qixi", "mid_autumn"))
        assert date(year, 1, 21) <= spring <= date(year, 2, 20)
        days = ((later - spring).days for later in (boat, qixi, autumn))
        months = [round((day - into) / 29.53) for day, into in zip(days, (4, 6, 14), strict=True)]
        assert months in ([4, 6, 7], [4, 6, 8], [4, 7, 8], [5, 7, 8]), (year, months)
        assert date(year, 9, 7) <= autumn <= date(year, 10, 8)


def test_the_feast_of_breaking_the_fast_follows_a_new_moon() -> None:
    days = [day for year in YEARS for day in anchors("eid_al_fitr", year)]
    assert len(days) == 23 and {ahead_of(day, MECCA) for day in days} <= {1, 2}
    assert {(later - earlier).days for earlier, later in pairwise(days)} <= {353, 354, 355, 356}


def test_qingming_is_when_the_sun_stands_at_fifteen_degrees() -> None:
    """The published rule for this century: [0.2422 y + 4.81] - [y / 4]."""
    for year in YEARS:
        assert anchors("qingming", year) == (date(year, 4, int((year % 100) * 0.2422 + 4.81) - (year % 100) // 4),)


@pytest.mark.parametrize(
    ("key", "year", "day"),
    [
        ("lunar_new_year", 2026, (2026, 2, 17)),
        ("lunar_new_year", 2034, (2034, 2, 19)),  # after the leap month of 2033
        ("mid_autumn", 2025, (2025, 10, 6)),
        ("black_friday", 2024, (2024, 11, 29)),
        ("black_friday", 2019, (2019, 11, 29)),
        ("black_friday", 2025, (2025, 11, 28)),
        ("mothers_day", 2026, (2026, 5, 10)),
        ("fathers_day", 2026, (2026, 6, 21)),
    ],
)
def test_dates_as_they_were(key: str, year: int, day: tuple[int, int, int]) -> None:
    assert anchors(key, year) == (date(*day),)


def test_a_day_is_compared_with_the_same_day_of_the_festival_before() -> None:
    eve = place(date(2026, 2, 16), {CHINA})
    assert eve is not None and (eve.festival.key, eve.phase.key, eve.offset) == ("lunar_new_year", "rest", -1)
    assert eve.before == date(2025, 1, 28), "by the moon, not by the date"
    friday = place(date(2026, 11, 30), {WEST})
    assert friday is not None and (friday.offset, friday.phase.key, friday.before) == (3, "peak", date(2025, 12, 1))
    peak = place(date(2026, 11, 11), {CHINA})
    assert peak is not None and (peak.phase.pull, peak.before) == (Pull.UP, date(2025, 11, 11))


def test_a_festival_belongs_to_its_markets() -> None:
    assert place(date(2026, 6, 4), {WEST}) is None and place(date(2026, 6, 4), {CHINA}) is not None
    abroad = place(date(2026, 11, 11), {SOUTHEAST})
    assert abroad is not None and abroad.festival.key == "singles_day"
    assert place(date(2026, 3, 23), {CHINA}) is None and place(date(2026, 3, 18), {SOUTHEAST}) is not None


def test_a_day_of_two_festivals_belongs_to_the_stronger() -> None:
    both = place(date(2025, 10, 6), {CHINA})  # Mid-Autumn within the week of the National Day
    assert both is not None and both.festival.key == "national_day"
    winter = place(date(2026, 1, 1))
    assert winter is not None and winter.festival.key == "new_year"


def test_beyond_the_tables_a_moons_feast_is_not_known() -> None:
    assert anchors("lunar_new_year", LAST_YEAR + 1) == () and anchors("eid_al_fitr", FIRST_YEAR - 1) == ()
    first = place(date(2019, 2, 5), {CHINA})
    assert first is not None and first.before is None
    twice = place(date(2033, 12, 23), {SOUTHEAST})
    assert twice is not None and twice.before == date(2033, 1, 2)
    with pytest.raises(KeyError):
        anchors("carnival", 2026)


def test_phases_follow_one_another_and_no_day_is_lost() -> None:
    for festival in FESTIVALS:
        ends = [(phase.first, phase.last) for phase in festival.phases]
        assert all(first <= last for first, last in ends) and festival.english and festival.chinese
        assert all(later[0] == earlier[1] + 1 for earlier, later in pairwise(ends)), festival.key
        assert ends[0][0] >= -30 and ends[-1][1] <= 30 and anchors(festival.key, 2026)
    sixth = dict(days_of("618", 2026))
    assert min(sixth) == date(2026, 5, 20) and max(sixth) == date(2026, 6, 24) and len(sixth) == 36
    assert sixth[date(2026, 6, 1)].phase.key == "opening" and sixth[date(2026, 6, 18)].phase.key == "peak"
