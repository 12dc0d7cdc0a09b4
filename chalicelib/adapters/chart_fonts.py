"""The two fonts that charts are drawn with, and which characters they hold. They are cut by ops/fonts.py."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "fonts"
WEIGHTS = {"Regular": "charts-regular.otf", "Bold": "charts-bold.otf"}
CHARACTERS = FOLDER / "characters.txt"
# Signs of currencies that the font does not have are written in letters.
SPELT = {"฿": "THB\u00a0", "₱": "PHP\u00a0", "₹": "INR\u00a0"}


@cache
def characters() -> frozenset[str]:
    """What the fonts hold."""
    return frozenset(CHARACTERS.read_text(encoding="utf-8"))


def spelt(text: str) -> str:
    """The text with letters for the signs that the fonts lack."""
    return "".join(SPELT.get(char, char) for char in text)


def drawable(text: str) -> str:
    """What of a text can be drawn."""
    return "".join(char for char in spelt(text) if char in characters()).strip()
