"""A text made ready to be read: normal forms, a bound on its length, and which script it is written in."""

from __future__ import annotations

import re
import unicodedata

from chalicelib.understanding import hanzi

LONGEST = 2_000
_HAN = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile("[a-z]+", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\u3000]+")
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0f\ufeff]")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "「": '"', "」": '"', "『": '"', "』": '"', "«": '"', "»": '"'})
# Letters that do not make a Chinese text mixed: abbreviations, sizes and units.
_FILLERS = frozenset(
    {
        "ok", "yyds", "nsdd", "xs", "s", "m", "l", "xl", "xxl", "xxxl", "cp", "app", "usb", "cm",
        "kg", "mm", "ml", "g", "led", "hin", "nice", "diy", "pro", "max", "no", "qq", "vip", "u1s1",
        "dbq", "awsl", "q", "a", "b",
    }
)  # fmt: skip


def bounded(text: str) -> str:
    """The text's beginning and end where it is longer than we read: a review ends with its verdict."""
    return text if len(text) <= LONGEST else text[: LONGEST - 500] + "\n" + text[-499:]


def prepared(text: str) -> str:
    """Normal forms, straight quotation marks, small letters, simplified characters, mistypings put right."""
    plain = unicodedata.normalize("NFKC", bounded(text))
    plain = _SPACE.sub(" ", _UNSEEN.sub("", plain)).translate(_QUOTES).strip().lower()
    return hanzi.mended(hanzi.simplified(plain)) if _HAN.search(plain) else plain


def script_of(text: str) -> str:
    """zh-Hans, zh-Hant, en, mixed or none, of a text as it was written."""
    text = bounded(text)
    han = len(_HAN.findall(text))
    words = [word for word in _LATIN.findall(text) if word.lower() not in _FILLERS]
    if not han:
        return "en" if _LATIN.search(text) else "none"
    if words:
        return "mixed"
    return "zh-Hant" if hanzi.is_traditional(text) else "zh-Hans"
