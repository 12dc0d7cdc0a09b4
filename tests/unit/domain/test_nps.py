"""The NPS of counted scores."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.nps import Nps, nps_of, score_of

COUNTS = st.dictionaries(st.integers(0, 10), st.integers(0, 1000))


@pytest.mark.parametrize(
    ("score", "band"), [(0, "detractors"), (6, "detractors"), (7, "passives"), (8, "passives"), (9, "promoters"), (10, "promoters")]
)
def test_who_is_what(score: int, band: str) -> None:
    found = nps_of({score: 3})
    assert {name: getattr(found, name) for name in ("promoters", "passives", "detractors")} == dict.fromkeys(
        ("promoters", "passives", "detractors"), 0
    ) | {band: 3}


def test_a_worked_example() -> None:
    found = nps_of({10: 40, 9: 10, 8: 20, 7: 10, 6: 5, 0: 15}, asked=400)
    assert (found, found.answered, found.score) == (Nps(50, 30, 20, 400), 100, Fraction(30))


def test_nobody_answered() -> None:
    assert nps_of({}, asked=5).score is None


@given(COUNTS, COUNTS)
def test_days_add_up(one: dict[int, int], other: dict[int, int]) -> None:
    both = {score: one.get(score, 0) + other.get(score, 0) for score in range(11)}
    assert nps_of(one, 2) + nps_of(other, 3) == nps_of(both, 5)
    score = nps_of(both).score
    assert score is None if not sum(both.values()) else score is not None and -100 <= score <= 100


@given(st.text(max_size=3))
def test_only_what_a_form_of_ours_says_is_a_score(text: str) -> None:
    assert score_of(text) == (int(text) if text in [str(score) for score in range(11)] else None)


@pytest.mark.parametrize("text", ["11", "-1", "+1", "01", " 1", "1 ", "1.0", "²", "٣", "１", "", "1_0", "1e1"])
def test_lookalikes_are_none(text: str) -> None:
    assert score_of(text) is None
