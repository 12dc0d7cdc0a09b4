"""Names and readers that every part of the connector shares. Amounts are yuan as text, except on Xianyu."""

from __future__ import annotations

from chalicelib.toolkit.loose import Id, Reader, exact_in, ident

KEY = "taobao"
READ = Reader(KEY)
CURRENCY = "CNY"
yuan = exact_in(CURRENCY)


def digits(value: Id) -> str | None:
    """An id that goes into a parameter: digits only, None otherwise."""
    found = ident(value)
    return found if found and found.isascii() and found.isdigit() and len(found) < 25 else None
