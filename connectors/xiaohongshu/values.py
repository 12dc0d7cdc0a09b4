"""Single values as Xiaohongshu writes them: fen in orders, yuan in after-sales, milliseconds, 0 for what is not yet."""

from __future__ import annotations

from decimal import Decimal

from chalicelib.toolkit.floats import money_in_floats
from chalicelib.toolkit.loose import Id, Odd, Reader, ident, number

KEY = "xiaohongshu"
HOST = "ark.xiaohongshu.com"
READ = Reader(KEY)
CURRENCY = "CNY"
_YUAN = money_in_floats(CURRENCY)


def fen(value: Id, name: str) -> int | None:
    """An amount in fen that is not negative; None for nothing. Odd on anything else."""
    if type(value) is int and 0 <= value < 10**15:
        return value  # what nearly every amount is
    found = number(value, name)
    if found is not None and not 0 <= found < 10**15:
        raise Odd("an amount out of range", name)
    return found


def yuan(value: int | Decimal | None, name: str) -> int | None:
    """An amount in yuan, a JSON number, as fen. Odd on what is not whole fen, within the noise of a float, or negative."""
    found = _YUAN(value, name)
    if found is not None and found < 0:
        raise Odd("a negative amount", name)
    return found


def name_of(value: Id) -> str | None:
    """An id that goes into a call: letters, digits, `-` and `_` only, None otherwise."""
    found = ident(value)
    return found if found and len(found) < 65 and found.isascii() and found.replace("-", "").replace("_", "").isalnum() else None
