"""Single values as Amazon writes them."""

from __future__ import annotations

import re

from chalicelib.toolkit.loose import Reader

KEY = "amazon"
READ = Reader(KEY)
# 3-7-7 digits; older and test ids differ.
_IDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}", re.ASCII)


def ident(value: str | None) -> str | None:
    """An id that may stand in an address; None otherwise."""
    return value if value and _IDENT.fullmatch(value) else None
