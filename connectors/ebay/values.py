"""Single values as eBay writes them."""

from __future__ import annotations

import re

from chalicelib.toolkit.loose import Reader

KEY = "ebay"
READ = Reader(KEY)
# An id that goes into a path or a query: `12-34567-89012`, `1234567890!9876543210`, a conversation's or feedback's.
_IDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9!._-]{0,99}", re.ASCII)


def ident(value: str | int | None) -> str | None:
    """An id that may stand in an address; None otherwise."""
    found = None if value is None else str(value)
    return found if found and _IDENT.fullmatch(found) else None
