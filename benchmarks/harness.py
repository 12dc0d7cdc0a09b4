"""What a measurement is, and how two ways of doing the same are timed side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

ROUNDS = 5
SLICES = 8
SLICE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Budget:
    """A bound on a figure. `at_least`: the figure must reach it; else it must not exceed it."""

    bound: float
    at_least: bool = False

    def holds(self, figure: float) -> bool:
        """Whether the figure keeps to it."""
        return figure >= self.bound if self.at_least else figure <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {_short(self.bound)}"


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. `budget` None: shown for information. `figure` None: not measured, and `detail` says why."""

    what: str
    figure: float | None
    unit: str = ""
    budget: Budget | None = None
    detail: str = ""

    @property
    def verdict(self) -> str:
        """ok, MISSED, skipped, or a dash where there is no budget."""
        if self.figure is None:
            return "skipped"
        if self.budget is None:
            return "-"
        return "ok" if self.budget.holds(self.figure) else "MISSED"

    def __str__(self) -> str:
        figure = "" if self.figure is None else f"{_short(self.figure)}{self.unit}"
        return f"  {self.verdict:<8}{figure:>10}  {self.budget or ''!s:<11} {self.what}{'; ' if self.detail else ''}{self.detail}"


def at_most(bound: float) -> Budget:
    """A ceiling."""
    return Budget(bound)


def at_least(bound: float) -> Budget:
    """A floor."""
    return Budget(bound, at_least=True)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for. `full`: the large sizes as well."""

    full: bool = False


Measure = Callable[[Options], Iterator[Line]]


@dataclass(frozen=True, slots=True)
class Duel:
    """Two ways side by side. `ratio` is the median over the rounds of seconds of the first over seconds of the second."""

    ratio: float
    first_seconds: float
    second_seconds: float
    spread: tuple[float, float]


def duel(first: Callable[[], object], second: Callable[[], object], *, rounds: int = ROUNDS, slices: int = SLICES) -> Duel:
    """Time two single-threaded callables in alternating short slices, in processor time, which other processes do not use up.

    A round is `slices` slices of each; its ratio is that of the seconds a call. The median over the rounds is the figure.
    """
    calls = _calls(first), _calls(second)
    pairs = [_round(first, second, calls, slices) for _ in range(rounds)]
    ratios = [one / other for one, other in pairs]
    return Duel(median(ratios), median(one for one, _ in pairs), median(other for _, other in pairs), (min(ratios), max(ratios)))


def race(first: Callable[[], float], second: Callable[[], float], *, rounds: int = ROUNDS) -> Duel:
    """The same for long runs that time themselves: alternately first and second, whichever begins taking turns."""
    pairs = []
    for number in range(rounds):
        if number % 2:
            other = second()
            pairs.append((first(), other))
        else:
            one = first()
            pairs.append((one, second()))
    ratios = [one / other for one, other in pairs]
    return Duel(median(ratios), median(one for one, _ in pairs), median(other for _, other in pairs), (min(ratios), max(ratios)))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank). ValueError without values."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    rank = -(-len(ordered) * round(share * 1000) // 1000)
    return ordered[max(rank, 1) - 1]


def _round(first: Callable[[], object], second: Callable[[], object], calls: tuple[int, int], slices: int) -> tuple[float, float]:
    spent = [0.0, 0.0]
    for number in range(slices):
        for which in (0, 1) if number % 2 else (1, 0):
            spent[which] += _time((first, second)[which], calls[which])
    return spent[0] / (calls[0] * slices), spent[1] / (calls[1] * slices)


def _calls(action: Callable[[], object]) -> int:
    """How many calls fill a slice; warms up on the way."""
    number = 1
    while (spent := _time(action, number)) < SLICE_SECONDS / 2:
        number *= 2
    return max(1, round(number * SLICE_SECONDS / spent))


def _time(action: Callable[[], object], calls: int) -> float:
    began = time.process_time()
    for _ in range(calls):
        action()
    return time.process_time() - began


def _short(figure: float) -> str:
    if figure >= 1000 or figure == int(figure):
        return f"{figure:,.0f}"
    return f"{figure:.3g}"
