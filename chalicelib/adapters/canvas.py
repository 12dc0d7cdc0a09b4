"""A surface to draw a chart on: Pillow, our two bundled fonts, a fixed palette, and PNG bytes that depend on nothing else.

Imported by `charts.draw` alone, so that only who draws pays for Pillow. The surface has its own light background: a mail in dark
mode shows it as a light panel, every colour keeps its contrast.
"""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageColor, ImageDraw, ImageFont

from chalicelib.adapters.chart_fonts import FOLDER, WEIGHTS, characters, spelt

# Each of the inks has at least 4.5 : 1 on the panel.
PANEL, INK, SOFT, GRID = "#f6f8fa", "#1b2733", "#52606d", "#d5dce4"
BLUE, PALE, BROWN, RED, GREEN = "#174f91", "#4f759f", "#8a4b08", "#b0281c", "#0b6b58"
_HATCH, _SHADES = 12, 8

Box = tuple[int, int, int, int]


@cache
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FOLDER / WEIGHTS[weight], size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _palette() -> Image.Image:
    """Every colour as it is, and the shades of the two that text is in: however little is drawn in one, it stays that colour."""
    panel, parts = ImageColor.getrgb(PANEL), []
    for name in (PANEL, GRID, BLUE, PALE, BROWN, RED, GREEN, INK, SOFT):
        parts += [*ImageColor.getrgb(name)]
    for name in (INK, SOFT):
        for shade in range(1, _SHADES):
            parts += [(a * shade + b * (_SHADES - shade)) // _SHADES for a, b in zip(ImageColor.getrgb(name), panel, strict=True)]
    image = Image.new("P", (1, 1))
    image.putpalette(parts)
    return image


class Canvas:
    """A panel of `width` × `height` pixels. Coordinates are pixels from the upper left corner."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._image = Image.new("RGB", (width, height), PANEL)
        self._draw = ImageDraw.Draw(self._image)

    def text(self, at: tuple[int, int], text: str, size: int, *, ink: str = INK, bold: bool = False, anchor: str = "lm") -> None:
        """One line; `anchor` as Pillow's (l, m, r and a, m, s). ValueError: a character that our fonts do not hold."""
        text = spelt(text)
        self._draw.text(at, text, fill=ink, font=_known(text, size, bold), anchor=anchor)

    def measure(self, text: str, size: int, *, bold: bool = False) -> int:
        """The width of a line in pixels, rounded up. ValueError: a character that our fonts do not hold."""
        text = spelt(text)
        return -int(-_known(text, size, bold).getlength(text) // 1)

    def bar(self, box: Box, colour: str, *, hatched: bool = False) -> None:
        """A filled rectangle, at least one pixel in each direction; `hatched` has stripes and a rim instead of a filling."""
        left, top, right, bottom = box
        box = (left, top, max(right, left + 1), max(bottom, top + 1))
        if not hatched:
            self._draw.rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=colour)
            return
        wide, high = box[2] - box[0], box[3] - box[1]
        tile = Image.new("RGB", (wide, high), PANEL)
        pen = ImageDraw.Draw(tile)
        for shift in range(-high, wide, _HATCH):
            pen.line((shift, high, shift + high, 0), fill=colour, width=4)
        pen.rectangle((0, 0, wide - 1, high - 1), outline=colour, width=3)
        self._image.paste(tile, (box[0], box[1]))

    def mark(self, box: Box) -> None:
        """A brown stroke with a rim of the panel's colour, so that it is seen on a bar as well."""
        left, top, right, bottom = box
        self.bar((left - 3, top - 3, right + 3, bottom + 3), PANEL)
        self.bar(box, BROWN)

    def line(
        self, start: tuple[int, int], end: tuple[int, int], colour: str = GRID, *, width: int = 2, dashed: bool = False
    ) -> None:
        """A straight line, level or upright where it is dashed."""
        if not dashed:
            self._draw.line((*start, *end), fill=colour, width=width)
            return
        (left, top), (right, bottom) = start, end
        for step in range(0, max(right - left, bottom - top), 14):
            x, y = (min(left + step, right), min(top + step, bottom))
            self._draw.line((x, y, min(x + 7, right), min(y + 7, bottom)), fill=colour, width=width)

    def png(self) -> bytes:
        """The picture with a palette; the same drawing is the same bytes."""
        out = io.BytesIO()
        few = self._image.quantize(palette=_palette(), dither=Image.Dither.NONE)
        few.save(out, "PNG", optimize=True)
        return out.getvalue()


def _known(text: str, size: int, bold: bool) -> ImageFont.FreeTypeFont:
    if strange := set(text) - characters():
        raise ValueError(f"the fonts hold no {' '.join(sorted(strange))}")
    return _font("Bold" if bold else "Regular", size)
