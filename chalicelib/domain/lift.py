"""What a campaign earned against people who were left alone. Pure; conversion and revenue by arm, as drawn (intention to treat).

Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17 (1998), method 10.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

Z = 1.959963984540054  # 95 %
LEAST_MEMBERS, LEAST_CONVERSIONS = 100, 10  # in each arm; with fewer a number would only look like one
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm: how many were drawn, and what each who bought brought (net, minor units), in any order."""

    members: int
    revenue: tuple[int, ...]

    @property
    def conversions(self) -> int:
        """How many bought."""
        return len(self.revenue)


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether zero lies outside."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Lift:
    """Treated less holdout: of conversion, as a share, and of revenue for each member drawn, in minor units."""

    conversion: Interval
    revenue: Interval


def lift(treated: Arm, holdout: Arm, seed: int = 0) -> Lift | None:
    """The difference that the campaign made; None: not enough data to say. The same data give the same figures."""
    for arm in (treated, holdout):
        if arm.members < LEAST_MEMBERS or arm.conversions < LEAST_CONVERSIONS:
            return None
    return Lift(newcombe(treated, holdout), bootstrap(treated, holdout, seed))


def newcombe(treated: Arm, holdout: Arm) -> Interval:
    """The difference of two shares with Newcombe's hybrid score interval."""
    (p1, low1, high1), (p2, low2, high2) = (_wilson(arm.conversions, arm.members) for arm in (treated, holdout))
    difference = p1 - p2
    return Interval(difference, difference - math.hypot(p1 - low1, high2 - p2), difference + math.hypot(high1 - p1, p2 - low2))


def _wilson(hits: int, size: int) -> tuple[float, float, float]:
    """A share with Wilson's score interval."""
    share, square = hits / size, Z * Z / size
    middle = (share + square / 2) / (1 + square)
    half = Z * math.sqrt(share * (1 - share) / size + square / (4 * size)) / (1 + square)
    return share, middle - half, middle + half


def bootstrap(treated: Arm, holdout: Arm, seed: int = 0) -> Interval:
    """The difference of mean revenue for each member drawn, with the percentile interval of resampled arms."""
    draw = Random(seed)  # noqa: S311  # statistics, no secret
    seen = sorted(_resampled(treated, draw) - _resampled(holdout, draw) for _ in range(RESAMPLES))
    value = sum(treated.revenue) / treated.members - sum(holdout.revenue) / holdout.members
    cut = RESAMPLES * 25 // 1000
    return Interval(value, seen[cut], seen[-1 - cut])


def _resampled(arm: Arm, draw: Random) -> float:
    """The mean of an arm drawn again with replacement: first how many of them bought, then which amounts."""
    return sum(draw.choices(arm.revenue, k=_binomial(arm.members, arm.conversions / arm.members, draw))) / arm.members


def _binomial(size: int, share: float, draw: Random) -> int:
    """How many of `size` come true, by the gaps between them: as many steps as come true, not as many as there are."""
    if share <= 0:
        return 0
    if share > 0.5:
        return size - _binomial(size, 1 - share, draw)
    hits, place, scale = 0, 0, math.log1p(-share)
    while True:
        place += int(math.log(1 - draw.random()) / scale) + 1
        if place > size:
            return hits
        hits += 1


@dataclass(frozen=True, slots=True)
class Earned:
    """Incremental profit in minor units. All amounts are those of the treated arm as a whole."""

    revenue: int
    margin: int
    offers: int
    messages: int

    @property
    def profit(self) -> int:
        """Margin less what the offers and the messages cost."""
        return self.margin - self.offers - self.messages

    @property
    def roi_permille(self) -> int | None:
        """Profit on what was spent, in permille; None where nothing was spent."""
        spent = self.offers + self.messages
        return self.profit * 1000 // spent if spent else None


def earned(found: Lift, treated: Arm, costs: Sequence[int], margin_permille: int) -> Earned:
    """What the campaign brought beyond what the holdout brought anyway. `costs`: of offers taken up, and of messages."""
    offers, messages = costs
    revenue = round(found.revenue.value * treated.members)
    return Earned(revenue, revenue * margin_permille // 1000, offers, messages)
