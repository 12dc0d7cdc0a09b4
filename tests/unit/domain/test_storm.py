"""The storm alarm: what is usual, what is far beyond it, four grades, and one alarm a storm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from benchmarks.storms_play import WHOLE, shop, watch
from chalicelib.domain.storm import (
    DAYS,
    FLOOR,
    MINIMUM,
    QUIET,
    USUAL_SHARE,
    DayCount,
    Finding,
    Seen,
    Storm,
    Usual,
    at_least,
    find,
    follow,
    learn,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
TODAY = NOW.date()


def bad(count: int, within: timedelta = timedelta(hours=1), **other: object) -> list[Seen]:
    """So many bad reviews, evenly over the time before now."""
    plain = {"severe": False, "platform": "shopee", "reach": None} | other
    return [
        Seen(NOW - within * (number / count), negative=True, **plain)  # type: ignore[arg-type]
        for number in range(count)
    ]


def good(count: int, within: timedelta = timedelta(hours=1)) -> list[Seen]:
    """So many good ones."""
    return [Seen(NOW - within * (number / count), negative=False, platform="shopee") for number in range(count)]


def weeks(negative: Sequence[int], total: int = 20) -> list[DayCount]:
    """Eight weeks in which these counts come again and again, up to yesterday."""
    days = (TODAY - timedelta(days=ahead) for ahead in range(DAYS, 0, -1))
    return [DayCount(day, negative[number % len(negative)], total) for number, day in enumerate(days)]


def test_a_quiet_products_sudden_bad_reviews_are_a_storm() -> None:
    found = find(bad(6), learn(weeks([0, 0, 0, 1])), NOW, TODAY)
    assert found == Finding(grade=2, negative=6, total=6, platforms=1)


def test_on_fewer_than_the_minimum_there_is_no_alarm() -> None:
    assert find(bad(MINIMUM - 1), learn(weeks([0])), NOW, TODAY) is None
    assert find(bad(MINIMUM), learn(weeks([0])), NOW, TODAY) is not None


def test_what_is_usual_of_one_product_is_a_storm_on_another() -> None:
    reviews = bad(20, timedelta(hours=24))
    assert find(reviews, learn(weeks([18, 20, 22], 200)), NOW, TODAY) is None
    assert find(reviews, learn(weeks([1, 0], 200)), NOW, TODAY) is not None


def test_with_many_good_reviews_come_some_bad_ones() -> None:
    usual = learn(weeks([1, 2, 1], 20))
    assert find(bad(12) + good(180), usual, NOW, TODAY) is None
    assert find(bad(12), usual, NOW, TODAY) is not None


def test_a_weekday_has_its_own_usual() -> None:
    usual = learn(weeks([2, 3, 1, 2, 3, 2, 9], 100))
    loud = (TODAY - timedelta(days=1)).weekday()
    assert usual.rates[loud] > 2 * usual.rates[(loud + 1) % 7]


def test_a_storm_of_the_past_does_not_become_the_usual() -> None:
    calm, after = weeks([1]), weeks([1])
    after[20] = DayCount(after[20].day, 300, 320)
    assert max(learn(after).rates) < 2 * max(learn(calm).rates)


def test_what_nobody_knows_has_a_floor_and_a_usual_share() -> None:
    for usual in (learn([]), learn(weeks([0], 0))):
        assert set(usual.rates) == {FLOOR} and usual.share == USUAL_SHARE


def test_a_product_of_bad_reviews_alone_has_a_finite_usual() -> None:
    assert find(bad(6, timedelta(hours=20)) + good(2), learn(weeks([5], 5)), NOW, TODAY) is None


def test_reviews_of_another_time_do_not_count() -> None:
    old = [Seen(NOW - timedelta(hours=24), negative=True)] * 20
    later = [Seen(NOW + timedelta(seconds=1), negative=True)] * 20
    assert find(old + later, learn(weeks([0])), NOW, TODAY) is None


@pytest.mark.parametrize(
    ("reviews", "grade"),
    [
        (bad(9, timedelta(hours=12)) + good(3, timedelta(hours=12)), 1),
        (bad(6), 2),
        (bad(12), 3),
        ([*bad(12), Seen(NOW, negative=True, platform="lazada")], 3),
        (bad(24, severe=True), 4),
        (bad(45), 4),
        (bad(10), 2),
        (bad(10, reach=5000), 3),
    ],
)
def test_grades_go_by_spread_negativity_and_speed(reviews: list[Seen], grade: int) -> None:
    found = find(reviews, Usual(), NOW, TODAY)
    assert found is not None and found.grade == grade


def look(storm: Storm | None, grade: int | None, hours: float) -> tuple[Storm | None, bool]:
    """A look so many hours later."""
    return follow(storm, Finding(grade, 9, 9, 1) if grade else None, NOW + timedelta(hours=hours))


def test_a_storm_is_told_once_and_once_a_grade_as_it_rises() -> None:
    storm, told = look(None, 2, 0)
    assert told
    outcomes = []
    for grade, hours in ((2, 1), (1, 2), (3, 3), (3, 4), (2, 5), (4, 6), (4, 7)):
        storm, told = look(storm, grade, hours)
        outcomes.append(told)
    assert outcomes == [False, False, True, False, False, True, False]
    assert storm == Storm(NOW, NOW + timedelta(hours=7), 4)


def test_a_storm_ends_after_a_quiet_time() -> None:
    storm, _ = look(None, 4, 0)
    hours = QUIET / timedelta(hours=1)
    assert look(storm, None, hours) == (storm, False)
    assert look(storm, 1, hours)[1] is False
    assert look(storm, 1, hours + 1) == (Storm(NOW + timedelta(hours=hours + 1), NOW + timedelta(hours=hours + 1), 1), True)


def test_a_look_that_comes_late_does_not_turn_the_clock_back() -> None:
    storm, _ = look(None, 2, 5)
    assert look(storm, 2, 1)[0] == storm


def test_the_tail_is_that_of_a_negative_binomial() -> None:
    draw = Random(7)
    mean, shape, count, tries = 2.0, 3.0, 6, 40_000
    hits = 0
    for _ in range(tries):
        left, number, rate = draw.expovariate(1.0), 0, draw.gammavariate(shape, mean / shape)
        while left < rate:
            number, left = number + 1, left + draw.expovariate(1.0)
        hits += number >= count
    assert at_least(count, mean, shape) == pytest.approx(hits / tries, rel=0.1)


def test_planted_storms_are_found_and_quiet_months_are_quiet() -> None:
    found = 0
    for number in range(4):
        made = shop(f"test-{number}", slowest=8)
        planted = made.planted
        assert planted is not None
        told = [at for scope in (planted.product, WHOLE) for at, _ in watch(made.reviews[scope])]
        found += any(planted.begins <= at <= planted.begins + timedelta(hours=2) for at in told)
        assert not any(at < planted.begins for at in told)
    assert found == 4


def test_days_are_learned_from_by_their_own_weekday() -> None:
    assert learn([DayCount(date(2026, 11, 23), 7, 10)]).rates[0] >= 4
