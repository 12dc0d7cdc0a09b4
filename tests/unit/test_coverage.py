"""By which way an order was seen, and what a stretch without pushes takes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.domain.coverage import DRY_SAMPLE, Stretch, Way, coverage_of, drought_of, way_of

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sources", "way"),
    [
        ({"push"}, Way.PUSH),
        ({"pull"}, Way.PULL),
        ({"push", "pull"}, Way.BOTH),
        ({"push", "pull", "import"}, Way.BOTH),
        ({"import"}, Way.OTHER),
        (set(), Way.OTHER),
    ],
)
def test_the_way_of_an_order(sources: set[str], way: Way) -> None:
    assert way_of(sources) is way


def test_a_day_is_its_orders() -> None:
    made = coverage_of(date(2026, 11, 20), [Way.PUSH, Way.PULL, Way.BOTH, Way.BOTH, Way.OTHER], NOON)
    assert (made.push, made.pull, made.both, made.other, made.orders, made.pushed) == (1, 1, 2, 1, 5, 3)


def stretch(*silent: int, pushed: int | None = None) -> Stretch:
    """Orders at these minutes from noon."""
    found = Stretch()
    for minute in silent:
        found.see(NOON + timedelta(minutes=minute), by_push=False)
    if pushed is not None:
        found.see(NOON + timedelta(minutes=pushed), by_push=True)
    return found


@pytest.mark.parametrize(
    ("seen", "orders"),
    [
        (stretch(*range(DRY_SAMPLE)), DRY_SAMPLE),
        (stretch(*range(DRY_SAMPLE - 1)), None),
        (stretch(*range(DRY_SAMPLE), pushed=-10), DRY_SAMPLE),
        (stretch(*range(DRY_SAMPLE), pushed=30), None),  # within the hour: nobody knows which was first
        (stretch(*range(60, 60 + DRY_SAMPLE), pushed=30), DRY_SAMPLE),
        (stretch(*range(DRY_SAMPLE), pushed=600), None),
        (stretch(), None),
    ],
)
def test_a_drought_is_orders_enough_behind_the_last_that_was_pushed(seen: Stretch, orders: int | None) -> None:
    found = drought_of(seen)
    assert (found and found.orders) == orders


def test_it_began_with_the_first_hour_behind() -> None:
    found = drought_of(stretch(*range(65, 65 + DRY_SAMPLE), pushed=5))
    assert found is not None and found.since == NOON + timedelta(hours=1)


def test_an_order_that_was_pushed_late_counts_by_its_own_time() -> None:
    seen = stretch(pushed=90)
    seen.see(NOON, by_push=True)
    assert seen.pushed == NOON + timedelta(minutes=90)
