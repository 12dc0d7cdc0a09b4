"""Text that a platform hands out as HTML, as a person reads it."""

from __future__ import annotations

import html
import re

_BREAK = re.compile(r"<\s*(br\s*/?|/\s*(p|div|li|h[1-6]))\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z!/][^<>]{0,5000}>")
_BLANK_LINES = re.compile(r"\n{3,}")


def unescaped(text: str | None) -> str | None:
    """The text with its entities read, once (`&ndash;` is a dash), and without outer blanks; None where nothing is left."""
    if not text:
        return None
    return (html.unescape(text) if "&" in text else text).strip() or None


def plain(text: str | None) -> str | None:
    """The text without tags, line ends kept; None where nothing is left. Not for showing: whoever shows it escapes it."""
    if not text:
        return None
    bare = text if "<" not in text else _TAG.sub("", _BREAK.sub("\n", text))
    return unescaped(_BLANK_LINES.sub("\n\n", bare))
