"""Trend lines and funnels as numbers for SVG: what a template draws with attributes alone, without a style or a script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 220, 64, 12, 28
BAR, GAP = 28, 8
LABELS = 8  # how many days are named below a trend
STEPS = 4


@dataclass(frozen=True, slots=True)
class Tick:
    """A word at a place on an axis."""

    at: int
    label: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Dot:
    """A value, told to whoever points at it."""

    x: int
    y: int
    label: str


@dataclass(frozen=True, slots=True)
class Trend:
    """A line over days, and the same of the days before. A day without a value leaves a gap."""

    lines: tuple[str, ...]
    before: tuple[str, ...]
    dots: tuple[Dot, ...]
    grid: tuple[Tick, ...]
    marks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of a funnel."""

    x: int
    y: int
    width: int
    height: int
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Funnel:
    """Steps, each as wide as its share of the first."""

    bars: tuple[Bar, ...]
    width: int
    height: int


def trend(
    names: Sequence[str],
    values: Sequence[int | None],
    words: Callable[[int], str],
    before: Sequence[int | None] = (),
) -> Trend:
    """A trend over `names`; `words` writes a value. Nought is always on it."""
    known = [each for each in (*values, *before, 0) if each is not None]
    low, high = min(known), max(known)
    step = _step(high - low)
    low, high = low // step * step, max(-(-high // step) * step, low // step * step + step)

    def place(index: int, value: int) -> tuple[int, int]:
        x = LEFT + (WIDTH - LEFT - 8) * index // max(len(names) - 1, 1)
        return x, TOP + (HEIGHT - TOP - BOTTOM) * (high - value) // (high - low)

    dots = [Dot(*place(at, value), f"{names[at]}: {words(value)}") for at, value in enumerate(values) if value is not None]
    every = -(-len(names) // LABELS) if names else 1
    last = len(names) - 1
    marks = [
        Tick(place(at, low)[0], names[at], "start" if at == 0 else "end" if at == last else "middle")
        for at in range(0, len(names), every)
    ]
    grid = [Tick(place(0, value)[1], words(value)) for value in range(low, high + 1, step)]
    return Trend(_paths(values, place), _paths(before, place), tuple(dots), tuple(grid), tuple(marks))


def funnel(steps: Sequence[tuple[str, int]], words: Callable[[int], str]) -> Funnel:
    """A funnel of (name, count); the first is the whole."""
    whole = max([count for _, count in steps] + [1])
    bars = []
    for at, (name, count) in enumerate(steps):
        wide = WIDTH * count // whole
        bars.append(Bar(0, at * (BAR + GAP), max(wide, 2 if count else 0), BAR, name, words(count)))
    return Funnel(tuple(bars), WIDTH, max(len(steps), 1) * (BAR + GAP))


def _paths(values: Sequence[int | None], place: Callable[[int, int], tuple[int, int]]) -> tuple[str, ...]:
    """Points of each unbroken stretch."""
    found: list[list[str]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            found.append([])
        else:
            x, y = place(at, value)
            found[-1].append(f"{x},{y}")
    return tuple(" ".join(points) for points in found if points)


def _step(span: int) -> int:
    """1, 2 or 5 times a power of ten, so that there are at most four or five lines."""
    step = 1
    while span > STEPS * step:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return step
