"""What every module of the connector shares."""

from __future__ import annotations

from chalicelib.toolkit.loose import Id, Reader, ident

KEY = "tiktokshop"
READ = Reader(KEY)


def digits(value: Id) -> str | None:
    """An id that goes into a path or parameter: digits only, None otherwise."""
    found = ident(value)
    return found if found and found.isascii() and found.isdigit() and len(found) < 25 else None
