"""States by the member's own rhythm, and tiers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.domain.lifecycle import Rhythm, Tier, gap_of, stage, tier_of

START = date(2026, 1, 1)
RHYTHM = Rhythm()


def on(*offsets: int) -> list[date]:
    """Days of purchase, counted from the start of the year."""
    return [START + timedelta(days=offset) for offset in offsets]


def test_the_gap_is_the_member_s_own_and_the_category_s_for_one_purchase() -> None:
    assert gap_of(on(0), RHYTHM) == 60
    assert gap_of(on(0, 10), RHYTHM) == 10
    assert gap_of(on(0, 10, 40), RHYTHM) == 10  # of two middle gaps the lower
    assert gap_of(on(0, 10, 40, 70), RHYTHM) == 30


@pytest.mark.parametrize(
    ("since", "state", "wakes"),
    [
        (0, "active", 45),
        (44, "active", 45),
        (45, "cooling", 75),
        (74, "cooling", 75),
        (75, "silent", 180),
        (179, "silent", 180),
        (180, "lost", None),
    ],
)
def test_a_member_who_buys_every_thirty_days(since: int, state: str, wakes: int | None) -> None:
    days = on(0, 30, 60, 90)
    found = stage(days, days[-1] + timedelta(days=since), RHYTHM)
    assert found.state == state
    assert found.wake_on == (None if wakes is None else days[-1] + timedelta(days=wakes))


def test_one_purchase_is_new_until_it_cools() -> None:
    assert stage(on(0), START + timedelta(days=89), RHYTHM).state == "new"
    assert stage(on(0), START + timedelta(days=90), RHYTHM).state == "cooling"


def test_who_came_back_after_silence_is_reactivated_for_a_while() -> None:
    days = on(0, 30, 60, 200)
    found = stage(days, days[-1] + timedelta(days=3), RHYTHM)
    assert (found.state, found.wake_on) == ("reactivated", days[-1] + timedelta(days=30))
    assert stage(days, days[-1] + timedelta(days=30), RHYTHM).state == "active"
    assert stage(on(0, 30, 60, 100), START + timedelta(days=103), RHYTHM).state == "active"  # late, but never silent


def test_nobody_is_silent_within_the_least_nor_awake_beyond_the_most() -> None:
    daily = on(0, 1, 2, 3)
    stages = [stage(daily, daily[-1] + timedelta(days=after), RHYTHM).state for after in (13, 14, 23, 24, 55, 56)]
    assert stages == ["active", "cooling", "cooling", "silent", "silent", "lost"]  # bounded together, as far apart as the factors
    rare = on(0, 700)
    assert stage(rare, rare[-1] + timedelta(days=720), RHYTHM).state == "lost"


def test_without_a_purchase_there_is_no_member() -> None:
    with pytest.raises(ValueError, match="no purchase"):
        stage([], START, RHYTHM)


@given(some.lists(some.integers(1, 200), min_size=0, max_size=8), some.integers(0, 900))
def test_a_state_changes_on_the_day_it_says_and_not_before(gaps: list[int], since: int) -> None:
    days = [START]
    for gap in gaps:
        days.append(days[-1] + timedelta(days=gap))
    today = days[-1] + timedelta(days=since)
    found = stage(days, today, RHYTHM)
    if found.wake_on is None:
        assert stage(days, today + timedelta(days=5000), RHYTHM) == found
        return
    assert found.wake_on > today
    assert stage(days, found.wake_on - timedelta(days=1), RHYTHM) == found
    assert stage(days, found.wake_on, RHYTHM) != found


def test_tiers_need_both_thresholds() -> None:
    tiers = (Tier("silver", 10_000), Tier("gold", 50_000, 3), Tier("black", 200_000, 6))
    assert tier_of(9_999, 9, tiers) is None
    assert [tier_of(*each, tiers) for each in ((10_000, 1), (60_000, 2), (60_000, 3), (900_000, 5), (900_000, 6))] == [
        tiers[0],
        tiers[0],
        tiers[1],
        tiers[1],
        tiers[2],
    ]
