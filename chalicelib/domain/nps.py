"""How likely people are to recommend the shop: scores from 0 to 10, and what they come to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

HIGHEST = 10
PROMOTER, DETRACTOR = 9, 6  # promoters from the one on, detractors up to the other


@dataclass(frozen=True, slots=True)
class Nps:
    """Answers of some days, and how many surveys went out on them. An answer may be of an earlier day's survey."""

    promoters: int = 0
    passives: int = 0
    detractors: int = 0
    asked: int = 0

    @property
    def answered(self) -> int:
        """How many people answered."""
        return self.promoters + self.passives + self.detractors

    @property
    def score(self) -> Fraction | None:
        """Promoters less detractors in percent of all answers, from -100 to 100; None without any."""
        return Fraction(100 * (self.promoters - self.detractors), self.answered) if self.answered else None

    def __add__(self, other: Nps) -> Nps:
        return Nps(
            self.promoters + other.promoters,
            self.passives + other.passives,
            self.detractors + other.detractors,
            self.asked + other.asked,
        )


def nps_of(scores: Mapping[int, int], asked: int = 0) -> Nps:
    """How many gave which score."""
    promoters = sum(count for score, count in scores.items() if score >= PROMOTER)
    detractors = sum(count for score, count in scores.items() if score <= DETRACTOR)
    return Nps(promoters, sum(scores.values()) - promoters - detractors, detractors, asked)


def score_of(text: str) -> int | None:
    """A score as a form or a link tells it; None for anything else."""
    return int(text) if text in _WRITTEN else None


_WRITTEN = frozenset(str(score) for score in range(HIGHEST + 1))
