"""Single values as Kuaishou writes them: whole fen, milliseconds, 0 for what is not yet."""

from __future__ import annotations

from chalicelib.toolkit.loose import Id, Odd, Reader, number

KEY = "kuaishou"
HOST = "openapi.kwaixiaodian.com"
READ = Reader(KEY)
CURRENCY = "CNY"  # every amount is in fen, whole numbers


def fen(value: Id, name: str) -> int | None:
    """An amount in fen that is not negative; None for nothing. Odd on anything else."""
    if type(value) is int and 0 <= value < 10**15:
        return value  # what nearly every amount is
    found = number(value, name)
    if found is not None and not 0 <= found < 10**15:
        raise Odd("an amount out of range", name)
    return found
