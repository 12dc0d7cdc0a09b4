"""Festivals of trade by the calendar they go by, so that a day is compared with the same day of the festival a year before.

A festival has a day of its own, its *anchor*, and phases counted in days from it. Feasts of the moon are tables of 2019 to 2040:
Chinese ones by the calendar of GB/T 33661 (the packages lunardate and lunar-python agree on each date), Eid al-Fitr by Umm al-Qura
(the package hijridate; a country that watches for the moon may be a day off). A test compares both with the new moons as reckoned.
Beyond the tables those feasts are not known, and their days are judged as any other. All dates are the shop's own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

import msgspec

FIRST_YEAR, LAST_YEAR = 2019, 2040  # of the tables

CHINA, SOUTHEAST, WEST = "china", "southeast", "west"
MARKETS = frozenset((CHINA, SOUTHEAST, WEST))


class Pull(StrEnum):
    """Where a phase pulls sales. Whoever has no figures of a year before does not call that direction unusual."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


class Phase(msgspec.Struct, frozen=True):
    """A stretch of a festival, in days from its anchor, both ends included."""

    key: str
    first: int
    last: int
    pull: Pull


class Festival(msgspec.Struct, frozen=True):
    """A festival: where it matters, its names, and its phases in order of time."""

    key: str
    markets: frozenset[str]
    english: str
    chinese: str
    phases: tuple[Phase, ...]


class Place(msgspec.Struct, frozen=True):
    """Where in a festival a day is: `offset` days from the anchor. `before`: the same day of the festival before, None unknown."""

    festival: Festival
    phase: Phase
    offset: int
    before: date | None


_ALL, _EAST = MARKETS, frozenset((CHINA, SOUTHEAST))
_CN, _SEA, _W = frozenset((CHINA,)), frozenset((SOUTHEAST,)), frozenset((WEST,))
_UP, _DOWN, _BOTH = Pull.UP, Pull.DOWN, Pull.BOTH


def _phases(*rows: tuple[str, int, int, Pull]) -> tuple[Phase, ...]:
    return tuple(Phase(*row) for row in rows)


# The strongest first: a day that lies in two festivals belongs to the first of them.
# Double 11 in waves since 2020: orders in advance from 20 to 24 October, sales 31 October to 3 November and 10 to 11 November.
FESTIVALS = (
    Festival(
        "double_11",
        _CN,
        "Double 11",
        "双11",
        _phases(
            ("presale", -22, -12, _BOTH),
            ("opening", -11, -8, _UP),
            ("between", -7, -2, _BOTH),
            ("peak", -1, 0, _UP),
            ("ebb", 1, 5, _DOWN),
        ),
    ),
    Festival(
        "618",
        _CN,
        "618",
        "618",
        _phases(
            ("presale", -29, -19, _BOTH),
            ("opening", -18, -15, _UP),
            ("between", -14, -3, _BOTH),
            ("peak", -2, 2, _UP),
            ("ebb", 3, 6, _DOWN),
        ),
    ),
    Festival(
        "lunar_new_year",
        _EAST,
        "Lunar New Year",
        "春节",
        _phases(("stocking", -28, -8, _UP), ("rest", -7, 6, _BOTH), ("return", 7, 15, _BOTH)),
    ),
    Festival(
        "black_friday",
        _W,
        "Black Friday and Cyber Monday",
        "黑色星期五与网络星期一",
        _phases(("waiting", -11, -1, _BOTH), ("peak", 0, 3, _UP), ("ebb", 4, 7, _BOTH)),
    ),
    Festival("double_12", _EAST, "Double 12", "双12", _phases(("peak", -3, 0, _UP), ("ebb", 1, 2, _DOWN))),
    Festival(
        "singles_day",
        _SEA | _W,
        "11.11 abroad",
        "海外双11",
        _phases(("peak", -1, 0, _UP), ("ebb", 1, 2, _DOWN)),
    ),
    Festival("national_day", _CN, "National Day", "国庆节", _phases(("week", -2, 7, _BOTH))),
    Festival(
        "christmas",
        _W,
        "Christmas",
        "圣诞节",
        _phases(("gifts", -21, -4, _UP), ("feast", -3, 1, _BOTH), ("between", 2, 6, _BOTH)),
    ),
    Festival(
        "eid_al_fitr",
        _SEA,
        "Ramadan and Eid al-Fitr",
        "斋月与开斋节",
        _phases(("fasting", -30, -11, _BOTH), ("gifts", -10, -1, _UP), ("feast", 0, 4, _BOTH)),
    ),
    Festival("new_year", _ALL, "New Year", "元旦", _phases(("turn", -2, 2, _BOTH))),
    Festival("may_day", _CN, "May Day", "劳动节", _phases(("week", -2, 5, _BOTH))),
    Festival("mid_autumn", _EAST, "Mid-Autumn", "中秋节", _phases(("gifts", -12, -1, _UP), ("feast", 0, 2, _BOTH))),
    Festival("dragon_boat", _CN, "Dragon Boat", "端午节", _phases(("gifts", -7, -1, _UP), ("feast", 0, 2, _BOTH))),
    Festival("qingming", _CN, "Qingming", "清明节", _phases(("days", -1, 2, _BOTH))),
    Festival("womens_day", _CN, "Women's Day", "三八节", _phases(("peak", -5, 0, _UP), ("ebb", 1, 2, _DOWN))),
    Festival("520", _CN, "520", "520", _phases(("gifts", -4, 0, _UP))),
    Festival("qixi", _CN, "Qixi", "七夕", _phases(("gifts", -5, 0, _UP))),
    Festival("nine_nine", _SEA, "9.9", "9.9大促", _phases(("peak", -1, 0, _UP), ("ebb", 1, 2, _DOWN))),
    Festival("ten_ten", _SEA, "10.10", "10.10大促", _phases(("peak", -1, 0, _UP), ("ebb", 1, 2, _DOWN))),
    Festival("valentines_day", _SEA | _W, "Valentine's Day", "情人节", _phases(("gifts", -7, 0, _UP))),
    Festival("mothers_day", _ALL, "Mother's Day", "母亲节", _phases(("gifts", -9, 0, _UP))),
    Festival("fathers_day", _ALL, "Father's Day", "父亲节", _phases(("gifts", -9, 0, _UP))),
)

# Month and day, a pair a year from 2019 on.
_FIXED = {
    "double_11": (11, 11),
    "618": (6, 18),
    "double_12": (12, 12),
    "singles_day": (11, 11),
    "national_day": (10, 1),
    "christmas": (12, 25),
    "new_year": (1, 1),
    "may_day": (5, 1),
    "womens_day": (3, 8),
    "520": (5, 20),
    "nine_nine": (9, 9),
    "ten_ten": (10, 10),
    "valentines_day": (2, 14),
}
_BY_MOON = {
    "lunar_new_year": (
        *((2, 5), (1, 25), (2, 12), (2, 1), (1, 22), (2, 10), (1, 29), (2, 17), (2, 6), (1, 26), (2, 13)),
        *((2, 3), (1, 23), (2, 11), (1, 31), (2, 19), (2, 8), (1, 28), (2, 15), (2, 4), (1, 24), (2, 12)),
    ),
    "dragon_boat": (
        *((6, 7), (6, 25), (6, 14), (6, 3), (6, 22), (6, 10), (5, 31), (6, 19), (6, 9), (5, 28), (6, 16)),
        *((6, 5), (6, 24), (6, 12), (6, 1), (6, 20), (6, 10), (5, 30), (6, 18), (6, 7), (5, 27), (6, 14)),
    ),
    "qixi": (
        *((8, 7), (8, 25), (8, 14), (8, 4), (8, 22), (8, 10), (8, 29), (8, 19), (8, 8), (8, 26), (8, 16)),
        *((8, 5), (8, 24), (8, 12), (8, 1), (8, 20), (8, 10), (8, 28), (8, 17), (8, 7), (8, 26), (8, 14)),
    ),
    "mid_autumn": (
        *((9, 13), (10, 1), (9, 21), (9, 10), (9, 29), (9, 17), (10, 6), (9, 25), (9, 15), (10, 3), (9, 22)),
        *((9, 12), (10, 1), (9, 19), (9, 8), (9, 27), (9, 16), (10, 4), (9, 24), (9, 13), (10, 2), (9, 20)),
    ),
    "qingming": (
        *((4, 5), (4, 4), (4, 4), (4, 5), (4, 5), (4, 4), (4, 4), (4, 5), (4, 5), (4, 4), (4, 4)),
        *((4, 5), (4, 5), (4, 4), (4, 4), (4, 5), (4, 5), (4, 4), (4, 4), (4, 5), (4, 5), (4, 4)),
    ),
}
# Eleven days earlier each year: 2033 has two.
_EID = (
    *((2019, 6, 4), (2020, 5, 24), (2021, 5, 13), (2022, 5, 2), (2023, 4, 21), (2024, 4, 10), (2025, 3, 30), (2026, 3, 20)),
    *((2027, 3, 9), (2028, 2, 26), (2029, 2, 14), (2030, 2, 4), (2031, 1, 24), (2032, 1, 14), (2033, 1, 2), (2033, 12, 23)),
    *((2034, 12, 12), (2035, 12, 1), (2036, 11, 19), (2037, 11, 8), (2038, 10, 29), (2039, 10, 19), (2040, 10, 7)),
)
_LONGEST = 30  # days that a festival reaches from its anchor


def anchors(key: str, year: int) -> tuple[date, ...]:
    """The days a festival has in a year, mostly one; none where the tables end. KeyError for a festival there is not."""
    if key in _FIXED:
        return (date(year, *_FIXED[key]),)
    if key in _BY_MOON:
        return (date(year, *_BY_MOON[key][year - FIRST_YEAR]),) if FIRST_YEAR <= year <= LAST_YEAR else ()
    if key == "eid_al_fitr":
        return tuple(date(*day) for day in _EID if day[0] == year)
    return (_BY_WEEKDAY[key](year),)


def place(day: date, markets: Collection[str] = MARKETS) -> Place | None:
    """Where in a festival of these markets a day is; None on a common day."""
    return _place(day, frozenset(markets))


@lru_cache(maxsize=8192)
def _place(day: date, markets: frozenset[str]) -> Place | None:
    near = range((day - timedelta(days=_LONGEST)).year, (day + timedelta(days=_LONGEST)).year + 1)
    for festival in FESTIVALS:
        if festival.markets.isdisjoint(markets):
            continue
        for anchor in (each for year in near for each in anchors(festival.key, year)):
            offset = (day - anchor).days
            for phase in festival.phases:
                if phase.first <= offset <= phase.last:
                    return Place(festival, phase, offset, _before(festival.key, anchor, offset))
    return None


def _before(key: str, anchor: date, offset: int) -> date | None:
    earlier = [each for year in (anchor.year - 1, anchor.year) for each in anchors(key, year) if each < anchor]
    return earlier[-1] + timedelta(days=offset) if earlier else None


def days_of(key: str, year: int) -> Iterator[tuple[date, Place]]:
    """All days of the festivals of a key that are anchored in a year, in order, each where it stands in that festival."""
    festival = next(each for each in FESTIVALS if each.key == key)
    for anchor in anchors(key, year):
        for phase in festival.phases:
            for offset in range(phase.first, phase.last + 1):
                yield anchor + timedelta(days=offset), Place(festival, phase, offset, _before(key, anchor, offset))


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    """The `number`-th such weekday of a month, Monday 0."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _black_friday(year: int) -> date:
    return _nth(year, 11, 3, 4) + timedelta(days=1)  # the day after Thanksgiving


_BY_WEEKDAY: dict[str, Callable[[int], date]] = {
    "black_friday": _black_friday,
    "mothers_day": lambda year: _nth(year, 5, 6, 2),
    "fathers_day": lambda year: _nth(year, 6, 6, 3),
}
