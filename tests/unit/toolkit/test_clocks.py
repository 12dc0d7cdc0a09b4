"""Times at the edges of the calendar: refused or none, never an accident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.order import local_day
from chalicelib.toolkit import clocks
from connectors.shopee.voice import day_of

EDGES = (
    "0001-01-01T00:00:00+23:59",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "9999-12-31T23:59:59Z",
)


@pytest.mark.parametrize("text", EDGES)
def test_in_a_year_that_some_zone_does_not_have_there_is_no_time(text: str) -> None:
    assert clocks.utc(datetime.fromisoformat(text)) is None
    with pytest.raises(ValueError, match="out of range"):
        clocks.from_iso(text)


def test_every_other_time_has_a_day_in_every_zone() -> None:
    for year in (2, 9998):
        at = clocks.utc(datetime(year, 1 if year == 2 else 12, 1 if year == 2 else 31, tzinfo=timezone(timedelta(hours=14))))
        assert at is not None
        assert {local_day(at, ZoneInfo(name)).year for name in ("Pacific/Kiritimati", "Pacific/Niue")} <= {1, 2, 9998, 9999}


@pytest.mark.parametrize("millis", [10**15 - 1, -(10**15) + 1, 10**40, 631_151_999_999, 7_258_118_400_001, 1_700_000_000])
def test_milliseconds_that_are_none_are_refused(millis: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        clocks.from_millis(millis)


def test_milliseconds_from_1990_to_2200_are_a_time() -> None:
    for year in (1990, 2026, 2200):
        at = datetime(year, 1, 1, tzinfo=UTC)
        assert clocks.from_millis(clocks.to_millis(at)) == at


@pytest.mark.parametrize("text", ["01-01-" + "9" * 30, "01-01-99999", "1-1", "a-b-c", "31-02-2026"])
def test_a_day_of_too_many_digits_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        day_of(text)
