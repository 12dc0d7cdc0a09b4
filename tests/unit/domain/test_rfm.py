"""Scores and segments, beside an independent implementation (polars) and by hand."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import polars
import pytest
from hypothesis import given
from hypothesis import strategies as some

from benchmarks.rfm_members import Columns, frame
from benchmarks.rfm_members import by_polars as by_polars_alone
from chalicelib.domain.rfm import _GRID, Histograms, Scale, Scales, Score, Standing, bucket_of, segment

TODAY = date(2026, 11, 22)


def standings(number: int, seed: int) -> list[Standing]:
    """A shop's members: many with one purchase, few with many; money grows with frequency, some is negative after refunds."""
    draw = Random(seed)
    found = []
    for _ in range(number):
        frequency = min(40, int(draw.paretovariate(1.3)))
        money = sum(int(draw.lognormvariate(9.2, 0.9)) for _ in range(frequency)) - (3000 if draw.random() < 0.02 else 0)
        found.append(Standing(TODAY - timedelta(days=int(draw.expovariate(1 / 120))), frequency, money))
    return found


def scored(members: list[Standing], cells: int) -> list[Score]:
    """By histograms of so many cells, added up."""
    parts = [Histograms() for _ in range(cells)]
    for index, member in enumerate(members):
        parts[index % cells].add(member)
    whole = Histograms()
    for part in parts:
        whole.merge(part)
    scales = Scales(whole)
    return [scales.score(member) for member in members]


def by_polars(members: list[Standing]) -> list[Score]:
    """The same rule over all rows at once: rank by the least place among equals, a fifth of the members for each score."""
    frame = polars.DataFrame(
        {
            "day": [member.last_day for member in members],
            "frequency": [member.frequency for member in members],
            "money": [bucket_of(member.money) for member in members],
        }
    )
    ranks = frame.select(((polars.all().rank("min") - 1) * 5 // polars.len() + 1).cast(polars.Int64))
    return [Score(*row) for row in ranks.iter_rows()]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("cells", [1, 7])
def test_scores_agree_with_an_independent_implementation(seed: int, cells: int) -> None:
    members = standings(5000, seed)
    assert scored(members, cells) == by_polars(members)


@pytest.mark.parametrize("seed", range(3))
def test_segments_agree_with_an_independent_implementation(seed: int) -> None:
    """Both by polars over all rows at once: fifths by rank, the grid by a join, one purchase by a rule of its own."""
    members = standings(5000, seed)
    columns = [member.last_day.toordinal() for member in members], [member.frequency for member in members]
    counted = Histograms.of(*columns, [member.money for member in members])
    grades = Scales(counted).grades(*columns, [member.money for member in members])
    exact = Columns(*columns, [bucket_of(member.money) for member in members])
    assert [name for _, name in grades] == by_polars_alone(frame(exact)).to_list()
    assert [score for score, _ in grades] == by_polars(members)


def test_many_at_once_are_counted_and_graded_as_one_by_one() -> None:
    members = [*standings(800, 3), Standing(TODAY, 1, -500), Standing(TODAY, 2, 0), Standing(TODAY, 1, -70_000)]
    known, strangers = members[::2], members[1::2]
    one_by_one = Histograms()
    for member in known:
        one_by_one.add(member)
    counted = Histograms.of(*columns_of(known))
    assert counted == one_by_one
    scales = Scales(counted)
    assert scales.grades(*columns_of(strangers)) == [scales.grade(member) for member in strangers]
    assert [grade[0] for grade in scales.grades(*columns_of(known))] == [scales.score(member) for member in known]


def columns_of(members: list[Standing]) -> tuple[list[int], list[int], list[int]]:
    return [m.last_day.toordinal() for m in members], [m.frequency for m in members], [m.money for m in members]


def test_a_scale_is_its_steps() -> None:
    members = standings(3000, 6)
    scales = Scales(Histograms.of(*columns_of(members)))
    again = Scales.of(*scales.steps)
    assert sum(map(len, again.steps)) <= 15
    strangers = [*members, *standings(3000, 7), Standing(date.min, 0, -(10**12)), Standing(date.max, 10**6, 10**15)]
    assert [again.grade(member) for member in strangers] == [scales.grade(member) for member in strangers]
    assert again.grades(*columns_of(strangers)) == scales.grades(*columns_of(strangers))


def test_less_than_nothing_is_the_least_money() -> None:
    members = [Standing(TODAY, 1, money) for money in (-90_000, -100, 0, 100, 90_000)]
    assert [score.money for score in scored(members, 2)] == [1, 2, 3, 4, 5]
    assert [score.recency for score in scored(members, 2)] == [1] * 5


def test_nobody_at_all_has_scales() -> None:
    assert Scales(Histograms()).grade(Standing(TODAY, 3, 5)) == (Score(1, 1, 1), "lost")


def test_whatever_the_order_of_members_and_cells_the_scores_are_the_same() -> None:
    members = standings(500, 9)
    mixed = Random(1).sample(members, len(members))
    first = dict(zip(map(id, members), scored(members, 3), strict=True))
    assert all(score == first[id(member)] for member, score in zip(mixed, scored(mixed, 11), strict=True))


def test_a_tie_is_one_score_and_few_values_use_few_scores() -> None:
    scale = Scale({1: 80, 2: 15, 9: 5})
    assert [scale.score(value) for value in (1, 2, 9)] == [1, 5, 5]
    assert Scale({7: 3}).score(7) == 1
    assert [Scale({1: 1, 2: 1, 3: 1, 4: 1, 5: 1}).score(value) for value in range(1, 6)] == [1, 2, 3, 4, 5]


def test_a_value_that_nobody_has_is_scored_as_the_next_smaller() -> None:
    scale = Scale({10: 5, 20: 5})
    assert [scale.score(value) for value in (3, 10, 15, 20, 99)] == [1, 1, 1, 3, 3]


@given(some.integers(-(10**15), 10**15), some.integers(-(10**15), 10**15))
def test_a_bucket_keeps_order_and_is_narrow(one: int, other: int) -> None:
    low = bucket_of(one)
    assert low <= one and (one - low) * 100 <= abs(one)
    assert bucket_of(low) == low
    if one <= other:
        assert bucket_of(one) <= bucket_of(other)


def test_small_amounts_are_exact() -> None:
    assert all(bucket_of(value) == value for value in range(-255, 256))


@pytest.mark.parametrize(
    ("score", "frequency", "expected"),
    [
        (Score(5, 5, 5), 9, "champions"),
        (Score(4, 4, 4), 4, "loyal"),
        (Score(5, 2, 2), 2, "potential"),
        (Score(5, 1, 5), 1, "new"),
        (Score(2, 3, 4), 3, "at_risk"),
        (Score(1, 5, 5), 8, "cannot_lose"),
        (Score(2, 1, 2), 2, "hibernating"),
        (Score(1, 1, 1), 1, "lost"),
        (Score(1, 5, 5), 1, "hibernating"),
        (Score(3, 1, 5), 1, "potential"),
    ],
)
def test_segments_by_hand(score: Score, frequency: int, expected: str) -> None:
    assert segment(score, frequency) == expected


def test_every_score_has_a_segment_and_every_segment_a_score() -> None:
    assert set(_GRID) == {(recency, value) for recency in range(1, 6) for value in range(1, 6)}
    named = {
        segment(Score(recency, frequency, money), often)
        for recency in range(1, 6)
        for frequency in range(1, 6)
        for money in range(1, 6)
        for often in (1, 5)
    }
    assert named == {"champions", "loyal", "potential", "new", "at_risk", "cannot_lose", "hibernating", "lost"}
