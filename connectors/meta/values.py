"""Single values as Meta writes them."""

from __future__ import annotations

import re
from datetime import datetime

from chalicelib.toolkit.clocks import from_iso
from chalicelib.toolkit.loose import Odd, Reader, epoch

KEY = "meta"
READ = Reader(KEY)
_IDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.=-]{0,199}", re.ASCII)


def ident(value: str | int | None) -> str | None:
    """An id that may stand in an address; None otherwise."""
    found = None if value is None else str(value)
    return found if found and ".." not in found and _IDENT.fullmatch(found) else None


def moment(value: str | int | None) -> datetime | None:
    """Seconds or milliseconds since 1970, or ISO 8601 with an offset; None for what is none of them.

    A time is never what a comment stands or falls by: one that cannot be read is left out.
    """
    if value is None:
        return None
    try:
        if isinstance(value, str) and not value.isdecimal():
            return from_iso(value)
        return epoch(value, "time")
    except (Odd, ValueError, OverflowError):
        return None
