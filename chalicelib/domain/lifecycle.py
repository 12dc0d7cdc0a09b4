"""Where a member stands in their own rhythm, and in the shop's tiers. Pure; days are those of the merchant's zone."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

State = Literal["new", "active", "cooling", "silent", "lost", "reactivated"]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What counts as silence. Factors are permille of the member's own gap, so that no float decides about a person.

    `gap_days`: the category's usual gap, for members with one purchase. Silence begins `cooling_permille` of the gap after the
    last purchase, is silence at `silent_permille` and loss at `lost_permille`: nobody cools before `least_days`, everybody is lost
    by `most_days`, and the stages between lie as the factors have them.
    `reactivated_days`: how long a member who came back after silence is called so.
    """

    gap_days: int = 60
    cooling_permille: int = 1500
    silent_permille: int = 2500
    lost_permille: int = 6000
    least_days: int = 14
    most_days: int = 720
    reactivated_days: int = 30


@dataclass(frozen=True, slots=True)
class Stage:
    """A member's state on a day, and the first day on which it changes if nothing is bought; None when it never does."""

    state: State
    wake_on: date | None


def gap_of(days: Sequence[date], rhythm: Rhythm) -> int:
    """The member's own gap in days: the median between purchases, the lower of two middle ones; the category's for one purchase.

    `days` are the distinct days of purchase, ascending.
    """
    if len(days) < 2:
        return rhythm.gap_days
    gaps = sorted((later - earlier).days for earlier, later in pairwise(days))
    return gaps[(len(gaps) - 1) // 2]


def stage(days: Sequence[date], today: date, rhythm: Rhythm) -> Stage:
    """Where a member stands. `days` as in `gap_of`, none of them after `today`; without any: ValueError.

    A member who bought again after they had been silent by their rhythm of then is reactivated for a while.
    """
    if not days:
        raise ValueError("no purchase: nobody's member")
    gap = gap_of(days, rhythm)
    cooling, silent, lost = (
        _after(gap, permille, rhythm) for permille in (rhythm.cooling_permille, rhythm.silent_permille, rhythm.lost_permille)
    )
    since = (today - days[-1]).days
    if since >= lost:
        return Stage("lost", None)
    if since >= silent:
        return Stage("silent", days[-1] + timedelta(days=lost))
    if since >= cooling:
        return Stage("cooling", days[-1] + timedelta(days=silent))
    return _awake(days, today, rhythm, cooling)


def _awake(days: Sequence[date], today: date, rhythm: Rhythm, cooling: int) -> Stage:
    cools = days[-1] + timedelta(days=cooling)
    if len(days) == 1:
        return Stage("new", cools)
    before = days[:-1]
    was_silent = (days[-1] - before[-1]).days >= _after(gap_of(before, rhythm), rhythm.silent_permille, rhythm)
    calms = days[-1] + timedelta(days=rhythm.reactivated_days)
    if was_silent and today < calms:
        return Stage("reactivated", min(calms, cools))
    return Stage("active", cools)


def awakenings(days: Sequence[int], rhythm: Rhythm) -> list[bool]:
    """Of each purchase but the first, whether it ended a silence by the member's rhythm of then, as `stage` has it.

    `days` are ordinals, distinct and ascending, at least one.
    """
    found: list[bool] = []
    gaps: list[int] = []  # those before, ascending
    for before, day in pairwise(days):
        usual = gaps[(len(gaps) - 1) // 2] if gaps else rhythm.gap_days
        found.append(day - before >= _after(usual, rhythm.silent_permille, rhythm))
        insort(gaps, day - before)
    return found


def _after(gap: int, permille: int, rhythm: Rhythm) -> int:
    """So many days after the last purchase, rounded up.

    The bounds keep the stages apart as the factors do: were each bounded by itself, who bought on two days running would cool, fall
    silent and be lost on one and the same day.
    """
    least = -(-rhythm.least_days * permille // rhythm.cooling_permille)
    most = rhythm.most_days * permille // rhythm.lost_permille
    return min(max(-(-gap * permille // 1000), least), most)


@dataclass(frozen=True, slots=True)
class Tier:
    """A level of membership: reached with so much bought (net, minor units, within the tiers' period) and so often."""

    name: str
    money: int
    frequency: int = 1


def tier_of(money: int, frequency: int, tiers: Sequence[Tier]) -> Tier | None:
    """The highest tier whose two thresholds are both reached; `tiers` in ascending order. None below the first."""
    reached = [tier for tier in tiers if money >= tier.money and frequency >= tier.frequency]
    return reached[-1] if reached else None
