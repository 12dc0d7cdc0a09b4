"""The digest's charts: what they draw, that anybody can read them, and that the same figures are the same bytes."""

from __future__ import annotations

import hashlib
import io
import itertools
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chalicelib.adapters import canvas, chart_fonts, charts
from chalicelib.adapters.charts import Chart, Rank, Ranking, Step, Trend, Waterfall
from ops import fonts
from tests.unit.mail import pages

TREND = Trend(
    values=tuple(4_000_000 + 170_000 * (day * 7 % 31) for day in range(31)),
    base=tuple(None if day == 5 else 4_100_000 + 150_000 * (day * 11 % 31) for day in range(31)),
    axis=tuple((value, f"CN¥{value // 100_000}k") for value in charts.steps(0, 9_100_000)),
    days=((2, "23 Oct"), (9, "30 Oct"), (16, "6 Nov"), (23, "13 Nov"), (30, "20 Nov")),
    mark="CN¥123,456.78",
    legend=("Net sales", "Same weekday a week before"),
)
RANKING = Ranking(
    rows=tuple(Rank(f"Marketplace {number}", 900 - 90 * number, 880 - 70 * number, f"{900 - 90 * number}") for number in range(10)),
    legend=("订单数", "上周同日"),
)
WATERFALL = Waterfall(
    (
        Step("GMV", 1_000, True, "¥10.00"),
        Step("退款", -300, False, "-¥3.00"),
        Step("净销售额", 700, True, "¥7.00"),
        Step("消息费用", 50, False, "+¥0.50"),
        Step("佣金", -900, False, "-¥9.00"),
        Step("金额", -150, True, "-¥1.50"),
    )
)
every_chart = pytest.mark.parametrize("chart", [TREND, RANKING, WATERFALL], ids=lambda chart: type(chart).__name__)
INKS = (canvas.INK, canvas.SOFT, canvas.BLUE, canvas.PALE, canvas.BROWN, canvas.RED, canvas.GREEN)


def _picture(chart: Chart) -> Image.Image:
    return Image.open(io.BytesIO(charts.draw(chart)[0])).convert("RGB")


def _count(picture: Image.Image, box: tuple[int, int, int, int], colour: str) -> int:
    """Pixels of that colour."""
    wanted = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return sum(1 for pixel in picture.crop(box).get_flattened_data() if pixel == wanted)


@every_chart
def test_it_is_small_twice_as_large_as_shown_and_the_same_again(chart: Chart) -> None:
    png, width, height = charts.draw(chart)
    picture = Image.open(io.BytesIO(png))
    assert picture.format == "PNG"
    assert picture.size == (width, height) == (1200, height)
    assert picture.mode == "P"
    assert len(png) < 40_000
    assert charts.draw(chart)[0] == png


def test_another_process_draws_the_same_bytes() -> None:
    code = (
        "from hashlib import sha256\nfrom tests.unit.mail.test_charts import *\nprint(sha256(charts.draw(RANKING)[0]).hexdigest())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(charts.draw(RANKING)[0]).hexdigest()


def test_bars_are_as_long_as_their_figures() -> None:
    bare = replace(RANKING, rows=tuple(replace(row, base=None) for row in RANKING.rows), legend=("订单数", ""))
    picture = _picture(bare)
    lengths = [
        _count(picture, (0, middle, 1200, middle + 1), canvas.BLUE)
        for middle in (84 + 62 * row + 31 for row in range(len(bare.rows)))
    ]
    longest = lengths[0]
    assert longest > 500
    for row, length in zip(bare.rows, lengths, strict=True):
        assert abs(length - longest * row.value // bare.rows[0].value) <= 2


def test_all_others_together_have_a_figure_and_no_bar() -> None:
    few = replace(RANKING, rows=RANKING.rows[:3])
    more = replace(few, rows=(*few.rows, Rank("其余 9 个", 99_999, 1, "99,999", rest=True)))
    wide, narrow = _picture(more), _picture(few)
    assert wide.height == narrow.height + 62
    assert _count(wide, (0, 84 + 62 * 3, 1200, 84 + 62 * 4), canvas.BLUE) == 0
    assert _count(wide, (0, 84, 1200, 84 + 62), canvas.BLUE) > 10_000


def test_a_day_that_is_not_known_has_no_bar_and_says_so() -> None:
    values = (*TREND.values[:10], None, *TREND.values[11:])
    known, unknown = _picture(TREND), _picture(replace(TREND, values=values))
    assert _count(unknown, (0, 150, 1200, 530), canvas.PALE) < _count(known, (0, 150, 1200, 530), canvas.PALE)
    assert charts.draw(replace(TREND, values=values)) != charts.draw(replace(TREND, values=(*values[:10], 0, *values[11:])))


def test_the_last_day_stands_out() -> None:
    assert _count(_picture(TREND), (1100, 150, 1200, 530), canvas.BLUE) > 1_000
    assert _count(_picture(TREND), (200, 150, 1100, 530), canvas.BLUE) == 0


def test_what_falls_is_striped_and_what_rises_is_filled() -> None:
    picture = _picture(WATERFALL)
    fallen = _count(picture, (0, 92, 1200, 154), canvas.RED)
    spans = WATERFALL.spans()
    assert spans == ((0, 1_000), (1_000, 700), (0, 700), (700, 750), (750, -150), (0, -150))
    left, right = _reach(picture, 92, 154, canvas.RED)
    assert 0.1 < fallen / ((right - left) * 36) < 0.8
    left, right = _reach(picture, 30 + 62 * 3, 30 + 62 * 4, canvas.GREEN)
    assert _count(picture, (0, 30 + 62 * 3, 1200, 30 + 62 * 4), canvas.GREEN) == (right - left) * 36


def _reach(picture: Image.Image, top: int, bottom: int, colour: str) -> tuple[int, int]:
    columns = [x for x in range(1200) if _count(picture, (x, top, x + 1, bottom), colour)]
    return min(columns), max(columns) + 1


def test_a_colour_of_which_there_is_little_is_kept() -> None:
    steps = (Step("GMV", 100_000, True, "1"), Step("退款", 1, False, "+1"), Step("净销售额", 100_001, True, "2"))
    picture = _picture(Waterfall(steps))
    assert 0 < _count(picture, (0, 0, 1200, picture.height), canvas.GREEN) < 400


def test_steps_that_do_not_come_to_their_total_are_refused() -> None:
    wrong = replace(WATERFALL, steps=(*WATERFALL.steps[:-1], replace(WATERFALL.steps[-1], change=-149)))
    with pytest.raises(ValueError, match="total"):
        charts.draw(wrong)


@pytest.mark.parametrize("nothing", [replace(TREND, values=(), base=()), replace(RANKING, rows=()), Waterfall(())])
def test_nothing_is_not_drawn(nothing: Chart) -> None:
    with pytest.raises(ValueError, match="draw"):
        charts.draw(nothing)


def test_a_character_without_a_glyph_is_no_box() -> None:
    with pytest.raises(ValueError, match="鼺"):
        charts.draw(replace(RANKING, legend=("鼺", "")))


@pytest.mark.parametrize("sign", sorted(chart_fonts.SPELT))
def test_a_currency_whose_sign_the_font_lacks_is_written_in_letters(sign: str) -> None:
    letters = replace(TREND, mark=f"{chart_fonts.SPELT[sign]}1.00")
    assert charts.draw(replace(TREND, mark=f"{sign}1.00")) == charts.draw(letters)


def test_every_ink_can_be_read() -> None:
    assert {ink for ink in INKS if pages.contrast(ink, canvas.PANEL) < 4.5} == set()


def test_the_fonts_hold_what_may_be_drawn_and_nothing_else() -> None:
    assert set(fonts.drawable()) <= chart_fonts.characters(), "a new word: run python -m ops.fonts"
    for name in chart_fonts.WEIGHTS.values():
        with TTFont(chart_fonts.FOLDER / name) as font:
            held = {chr(code) for code in font.getBestCmap()}
        # A no-break space comes with the space.
        assert chart_fonts.characters() <= held <= chart_fonts.characters() | {"\u00a0"}
    assert sum((chart_fonts.FOLDER / name).stat().st_size for name in chart_fonts.WEIGHTS.values()) < 150_000
    licence = (chart_fonts.FOLDER / "OFL.txt").read_text(encoding="utf-8")
    assert re.search(r"SIL OPEN FONT LICENSE Version 1\.1", licence)


def test_pillow_is_not_loaded_by_whoever_does_not_draw() -> None:
    code = (
        "import sys, chalicelib.adapters.render, chalicelib.adapters.charts; print([m for m in sys.modules if m.startswith('PIL')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@given(st.integers(-(10**14), 10**14), st.integers(-(10**14), 10**14))
def test_a_grid_spans_both_ends_and_zero_in_few_even_steps(one: int, other: int) -> None:
    low, high = min(one, other), max(one, other)
    grid = charts.steps(low, high)
    assert 0 in grid
    assert len({b - a for a, b in itertools.pairwise(grid)}) <= 1
    assert len(grid) <= 10
    assert grid[0] <= low
    assert grid[-1] >= high
