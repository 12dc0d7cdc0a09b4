"""Lift: known intervals, no false alarms beyond the nominal rate, and planted lifts that the interval covers."""

from __future__ import annotations

from random import Random

import pytest

from chalicelib.domain.lift import Arm, Interval, Lift, _binomial, bootstrap, earned, lift, newcombe
from tests.kit.faults import Told

RUNS = 1000


def arm(members: int, share: float, draw: Random) -> Arm:
    """An arm that converts so."""
    bought = _binomial(members, share, draw)
    return Arm(members, tuple(int(draw.lognormvariate(9.2, 0.9)) for _ in range(bought)))


def counts(members: int, conversions: int) -> Arm:
    """An arm by its counts alone."""
    return Arm(members, (100,) * conversions)


@pytest.mark.parametrize(
    ("treated", "holdout", "low", "high"),
    [  # Newcombe 1998, table II, method 10
        ((70, 56), (80, 48), 0.0524, 0.3339),
        ((10, 9), (10, 3), 0.1705, 0.8090),
        ((7, 6), (7, 2), 0.0582, 0.8062),
        ((56, 5), (29, 0), -0.0381, 0.1926),
        ((10, 0), (10, 0), -0.2775, 0.2775),
        ((10, 10), (20, 0), 0.6791, 1.0),
    ],
)
def test_intervals_as_published(treated: tuple[int, int], holdout: tuple[int, int], low: float, high: float) -> None:
    found = newcombe(counts(*treated), counts(*holdout))
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.fault(61)
def test_two_alike_arms_are_seldom_told_apart(fault: Told) -> None:
    draw = Random(20261122)
    called = sum(newcombe(arm(18_000, 0.05, draw), arm(2_000, 0.05, draw)).is_clear for _ in range(RUNS))
    assert called <= 0.065 * RUNS
    fault.figure(f"{called} false gains in {RUNS:,} trials of nothing")


def test_a_planted_lift_is_covered() -> None:
    draw = Random(7)
    found = (newcombe(arm(18_000, 0.08, draw), arm(2_000, 0.05, draw)) for _ in range(RUNS))
    assert sum(each.low <= 0.03 <= each.high for each in found) >= 0.93 * RUNS


def test_two_alike_arms_earn_alike() -> None:
    draw = Random(11)
    called = sum(bootstrap(arm(1500, 0.05, draw), arm(500, 0.05, draw), seed).is_clear for seed in range(150))
    assert called <= 0.1 * 150  # 5 % nominal; of 150 runs more than 15 would come once in three hundred times


@pytest.mark.fault(61, saboteur=True)
def test_a_saboteur_that_ignores_the_holdout_s_own_spread_is_seen() -> None:
    draw = Random(20261122)

    def careless(treated: Arm, holdout: Arm) -> bool:
        whole = newcombe(treated, Arm(10**9, ()))
        base = holdout.conversions / holdout.members
        return whole.low > base or whole.high < base

    called = sum(careless(arm(18_000, 0.05, draw), arm(2_000, 0.05, draw)) for _ in range(RUNS))
    assert called > 0.065 * RUNS


@pytest.mark.parametrize(("treated", "holdout"), [((99, 50), (500, 50)), ((500, 9), (500, 50)), ((500, 50), (500, 9))])
def test_too_little_is_no_number(treated: tuple[int, int], holdout: tuple[int, int]) -> None:
    assert lift(counts(*treated), counts(*holdout)) is None


def test_the_same_data_give_the_same_figures() -> None:
    draw = Random(3)
    treated, holdout = arm(2_000, 0.1, draw), arm(400, 0.08, draw)
    assert lift(treated, holdout) == lift(treated, holdout)
    turned = Arm(treated.members, tuple(sorted(treated.revenue)))
    assert newcombe(turned, holdout) == newcombe(treated, holdout)


def test_how_many_come_true_is_binomial() -> None:
    draw = Random(5)
    for share in (0.02, 0.3, 0.85, 1.0, 0.0):
        drawn = [_binomial(1000, share, draw) for _ in range(2000)]
        mean = sum(drawn) / len(drawn)
        spread = sum((each - mean) ** 2 for each in drawn) / len(drawn)
        assert abs(mean - 1000 * share) <= 1.5
        assert abs(spread - 1000 * share * (1 - share)) <= 0.12 * 1000 * share * (1 - share) + 0.001


def test_profit_is_what_was_earned_beyond_the_holdout_less_what_it_cost() -> None:
    found = Lift(Interval(0.03, 0.01, 0.05), Interval(120.0, 50.0, 190.0))
    made = earned(found, counts(1000, 80), (20_000, 1_000), 400)
    assert (made.revenue, made.margin, made.profit, made.roi_permille) == (120_000, 48_000, 27_000, 1285)
    assert earned(found, counts(1000, 80), (0, 0), 400).roi_permille is None
