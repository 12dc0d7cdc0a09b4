"""The digest's charts: figures that are drawn, and how. Every word in them is given; no name from outside may be among them.

A chart is told apart without its colours: bars that fall are striped, a base is a mark across a bar, each figure has its number
beside it. Text is large, since a phone shows the picture at a quarter of its pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.adapters.canvas import Canvas

WIDTH = 1200  # pixels; a mail shows it at half of that and less
_TEXT, _SMALL, _EDGE = 34, 30, 28
_ROW, _BAR = 62, 36
_TREND_HEIGHT, _MARK = 600, 98


@dataclass(frozen=True, slots=True)
class Trend:
    """Days side by side, the last one marked with its figure.

    `values` and `base` (what each day is compared with) are aligned; None is not known. `axis` are the grid's values with their
    labels, ascending and with 0 among them; `days` the labels under the bars by index. `legend`: of the bars, of the base.
    """

    values: tuple[int | None, ...]
    base: tuple[int | None, ...]
    axis: tuple[tuple[int, str], ...]
    days: tuple[tuple[int, str], ...]
    mark: str
    legend: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Rank:
    """One bar of a ranking: what it is, how much, what it is compared with, and the figure as it is written.

    `rest`: all that have no bar of their own, told by the figure alone, as it would dwarf the others.
    """

    label: str
    value: int
    base: int | None
    figure: str
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Ranking:
    """Bars from the largest down. `legend`: of the bars, of the base; the base's is empty where no bar has one."""

    rows: tuple[Rank, ...]
    legend: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One step from a first total to a last: `change` is what it adds, of a total the whole amount."""

    label: str
    change: int
    total: bool
    figure: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Steps that add up: the first is a total, each later total is what the steps before it came to."""

    steps: tuple[Step, ...]

    def spans(self) -> tuple[tuple[int, int], ...]:
        """From where to where each step goes. ValueError: a total is not the sum of what came before."""
        found, level = [], 0
        for index, step in enumerate(self.steps):
            if step.total and index and step.change != level:
                raise ValueError("the steps do not come to their total")
            found.append((0 if step.total else level, step.change if step.total else level + step.change))
            level = found[-1][1]
        return tuple(found)


Chart = Trend | Ranking | Waterfall


def draw(chart: Chart) -> tuple[bytes, int, int]:
    """The picture as PNG, its width and height. ValueError: nothing to draw, or a character that our fonts do not hold."""
    if isinstance(chart, Trend):
        canvas = _trend(chart)
    elif isinstance(chart, Ranking):
        canvas = _ranking(chart)
    else:
        canvas = _waterfall(chart)
    return canvas.png(), canvas.width, canvas.height


def steps(lowest: int, highest: int, most: int = 4) -> tuple[int, ...]:
    """Round values for a grid that spans both and 0: steps of 1, 2 or 5 with zeros, at most `most` of them on the larger side."""
    top, bottom = max(highest, 0), min(lowest, 0)
    size = next(
        step for power in range(40) for step in (10**power, 2 * 10**power, 5 * 10**power) if max(top, -bottom) <= step * most
    )
    return tuple(range(bottom // size * size, -(-top // size) * size + 1, size))


def _canvas(height: int) -> Canvas:
    from chalicelib.adapters.canvas import Canvas

    return Canvas(WIDTH, height)


def _legend(canvas: Canvas, legend: tuple[str, str], at: int = 42) -> None:
    from chalicelib.adapters import canvas as paint

    canvas.bar((_EDGE, at - 14, _EDGE + 28, at + 14), paint.BLUE)
    canvas.text((_EDGE + 42, at), legend[0], _SMALL, ink=paint.SOFT)
    if legend[1]:
        left = _EDGE + 42 + canvas.measure(legend[0], _SMALL) + 48
        canvas.mark((left, at - 4, left + 34, at + 4))
        canvas.text((left + 48, at), legend[1], _SMALL, ink=paint.SOFT)


def _trend(chart: Trend) -> Canvas:
    from chalicelib.adapters import canvas as paint

    known = [value for value in (*chart.values, *chart.base) if value is not None]
    if not known or len(chart.values) != len(chart.base) or chart.values[-1] is None:
        raise ValueError("no days to draw")
    canvas = _canvas(_TREND_HEIGHT)
    _legend(canvas, chart.legend)
    left = _EDGE + max(canvas.measure(label, _SMALL) for _, label in chart.axis) + 18
    top, bottom, right = 146, _TREND_HEIGHT - 66, WIDTH - _EDGE
    low, high = chart.axis[0][0], chart.axis[-1][0]

    def level(value: int) -> int:
        return bottom - (value - low) * (bottom - top) // max(high - low, 1)

    for value, label in chart.axis:
        canvas.line((left, level(value)), (right, level(value)), paint.SOFT if value == 0 else paint.GRID)
        canvas.text((left - 18, level(value)), label, _SMALL, ink=paint.SOFT, anchor="rm")
    number = len(chart.values)
    edges = [left + 6 + (right - left - 6) * index // number for index in range(number + 1)]
    for index, (day, base) in enumerate(zip(chart.values, chart.base, strict=True)):
        from_, to = edges[index] + 3, edges[index + 1] - 3
        last = index == number - 1
        if day is not None:
            canvas.bar((from_, level(max(day, 0)), to, level(min(day, 0))), paint.BLUE if last else paint.PALE)
        else:
            canvas.text(((from_ + to) // 2, level(0) - 18), "?", _SMALL, ink=paint.SOFT, anchor="mm")
        if base is not None:
            canvas.mark((from_ - 3, level(base) - 4, to + 3, level(base) + 4))
    for index, label in chart.days:
        half = canvas.measure(label, _SMALL) // 2
        middle = min((edges[index] + edges[index + 1]) // 2, right - half)
        canvas.text((middle, bottom + 34), label, _SMALL, ink=paint.SOFT, anchor="mm")
    peak = min(level(max(one, 0)) for one in (chart.values[-1], chart.base[-1]) if one is not None)
    middle = (edges[-2] + edges[-1]) // 2
    canvas.line((middle, _MARK + 26), (middle, peak - 8), paint.SOFT, dashed=True)
    canvas.text((right, _MARK), chart.mark, _TEXT + 2, bold=True, anchor="rm")
    return canvas


def _ranking(chart: Ranking) -> Canvas:
    from chalicelib.adapters import canvas as paint

    if not chart.rows:
        raise ValueError("no bars to draw")
    canvas = _canvas(84 + _ROW * len(chart.rows) + 16)
    _legend(canvas, chart.legend)
    left = _EDGE + max(canvas.measure(row.label, _TEXT) for row in chart.rows) + 22
    right = WIDTH - _EDGE - max(canvas.measure(row.figure, _TEXT, bold=True) for row in chart.rows) - 22
    most = max([1, *(max(row.value, row.base or 0) for row in chart.rows if not row.rest)])
    for index, row in enumerate(chart.rows):
        middle = 84 + _ROW * index + _ROW // 2
        canvas.text((left - 22, middle), row.label, _TEXT, anchor="rm")
        if row.rest:
            canvas.text((left, middle), row.figure, _TEXT, bold=True)
            continue
        end = left + (right - left) * max(row.value, 0) // most
        canvas.bar((left, middle - _BAR // 2, end, middle + _BAR // 2), paint.BLUE)
        if row.base is not None:
            mark = left + (right - left) * max(row.base, 0) // most
            canvas.mark((mark - 4, middle - _BAR // 2 - 7, mark + 4, middle + _BAR // 2 + 7))
            end = max(end, mark)
        canvas.text((end + 20, middle), row.figure, _TEXT, bold=True)
    return canvas


def _waterfall(chart: Waterfall) -> Canvas:
    from chalicelib.adapters import canvas as paint

    spans = chart.spans()
    if not spans:
        raise ValueError("no steps to draw")
    canvas = _canvas(30 + _ROW * len(chart.steps) + 16)
    left = _EDGE + max(canvas.measure(step.label, _TEXT, bold=step.total) for step in chart.steps) + 22
    right = WIDTH - _EDGE - max(canvas.measure(step.figure, _TEXT, bold=step.total) for step in chart.steps) - 22
    low, high = _reach(spans)

    def place(value: int) -> int:
        return left + (right - left) * (value - low) // max(high - low, 1)

    canvas.line((place(0), 24), (place(0), canvas.height - 20), paint.SOFT)
    for index, (step, (start, end)) in enumerate(zip(chart.steps, spans, strict=True)):
        middle = 30 + _ROW * index + _ROW // 2
        canvas.text((left - 22, middle), step.label, _TEXT, bold=step.total, anchor="rm")
        colour = paint.BLUE if step.total else paint.GREEN if step.change >= 0 else paint.RED
        box = (place(min(start, end)), middle - _BAR // 2, place(max(start, end)), middle + _BAR // 2)
        canvas.bar(box, colour, hatched=not step.total and step.change < 0)
        canvas.text((WIDTH - _EDGE, middle), step.figure, _TEXT, bold=step.total, anchor="rm")
        if index + 1 < len(spans):
            canvas.line((place(end), middle + _BAR // 2), (place(end), middle + _ROW - _BAR // 2), paint.SOFT, dashed=True)
    return canvas


def _reach(spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    ends = [end for span in spans for end in span]
    return min(0, *ends), max(0, *ends)
