"""Which zones a country has, from the time zone database's own table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.toolkit.zones import zones_of


@pytest.mark.parametrize(
    ("country", "names"),
    [
        ("CN", {"Asia/Shanghai"}),  # by law; Urumqi is custom
        ("GB", {"Europe/London"}),
        ("gb", {"Europe/London"}),
        ("TW", {"Asia/Taipei"}),
        ("IN", {"Asia/Kolkata"}),
        ("DE", {"Europe/Berlin", "Europe/Busingen"}),
    ],
)
def test_all_zones_of_a_country(country: str, names: set[str]) -> None:
    assert {zone.key for zone in zones_of(country)} == names


def test_a_wide_country_has_its_first_and_its_last() -> None:
    at = datetime(2026, 7, 1, tzinfo=UTC)
    offsets = {zone.utcoffset(at) for zone in zones_of("US")}
    assert min(each for each in offsets if each is not None) == timedelta(hours=-10)
    assert max(each for each in offsets if each is not None) == timedelta(hours=-4)


@pytest.mark.parametrize("country", [None, "", "XX", "UK", "China", "#CN", "C"])
def test_what_is_no_country_has_none(country: str | None) -> None:
    assert zones_of(country) == ()


def test_every_zone_of_the_table_can_be_read() -> None:
    for first in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        for second in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            for zone in zones_of(first + second):
                assert zone.utcoffset(datetime(2026, 1, 1, tzinfo=UTC)) is not None
