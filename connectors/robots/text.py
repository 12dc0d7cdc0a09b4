"""Text that people wrote, made harmless in Markdown; and lines cut to a size in bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

# Look-alikes instead of escapes: the three clients do not agree on what a backslash or an entity does. A buyer's nickname must
# neither mention a whole group (`<at id=all>`, `<@all>`) nor draw a link or a heading.
_HARMLESS = str.maketrans(
    {
        "<": "＜",
        ">": "＞",
        "@": "＠",
        "*": "＊",
        "_": "＿",
        "[": "［",
        "]": "］",
        "`": "｀",
        "~": "～",
        "#": "＃",
        "\\": "＼",
        "|": "｜",
    }
)
_BLANKS = re.compile(r"[\s\u0000-\u001f\u007f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
MORE = "…"


def plain(text: str) -> str:
    """One line without any mark that a client would read."""
    return _BLANKS.sub(" ", text.encode("utf-8", "replace").decode("utf-8").translate(_HARMLESS)).strip()


def link(text: str, url: str) -> str | None:
    """A Markdown link; None where the address is no http(s) address."""
    address = address_of(url)
    return f"[{plain(text)}]({address})" if address else None


def address_of(url: str) -> str | None:
    """An address that cannot end a link before its own end; None where it is no http(s) address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc or _BLANKS.search(url) or "<" in url or ">" in url:
        return None
    return url.replace("(", "%28").replace(")", "%29")


def cut(lines: Sequence[str], longest: int, *, after: Sequence[str] = ()) -> list[str]:
    """As many whole lines as `longest` bytes hold, line ends counted, with `after` kept whole and `…` where something went.

    A first line that is too long by itself is cut between two characters.
    """
    if size([*lines, *after]) <= longest:
        return [*lines, *after]
    room = longest - size(after) - size([MORE]) - (1 if after else 0)
    kept: list[str] = []
    for line in lines:
        if size([*kept, line]) + 1 > room:
            break
        kept.append(line)
    if not kept and lines and room > 1:
        kept = [lines[0].encode()[: room - 1].decode("utf-8", "ignore")]
    return [*kept, MORE, *after]


def size(lines: Sequence[str]) -> int:
    """Bytes of the lines, joined by line ends."""
    return sum(len(line.encode()) for line in lines) + max(0, len(lines) - 1)
