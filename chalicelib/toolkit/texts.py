"""Words as platforms write them: with blanks around, in parts, or as numbers that go into an address."""

from __future__ import annotations

from chalicelib.toolkit.loose import Id, ident


def text(value: str | None) -> str | None:
    """The text without outer blanks; None where nothing is left."""
    return value.strip() or None if value else None


def joined(separator: str, *parts: str | None) -> str | None:
    """The parts that are there, joined; None where there are none."""
    return separator.join([found for part in parts if (found := text(part))]) or None


def digits(value: Id) -> str | None:
    """An id that goes into a path or a parameter: ASCII digits only and not 0, 20 at most, as of 64 bits; None otherwise."""
    found = ident(value)
    return found if found and found.isascii() and found.isdigit() and len(found) < 21 else None
