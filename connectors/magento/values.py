"""Single values as Magento writes them."""

from __future__ import annotations

from decimal import Decimal

from chalicelib.toolkit.loose import Odd, Reader

KEY = "magento"
READ = Reader(KEY)


def quantity(told: int | Decimal | None, name: str) -> int | Decimal:
    """A count of pieces, of which a part may be sold; nothing is 0. Odd on what is none."""
    if told is None:
        return 0
    if type(told) is int:
        found: int | Decimal = told
    else:
        number = Decimal(told)
        if not number.is_finite() or not 0 <= number < 10**9:
            raise Odd("a quantity out of range", name)
        found = int(number) if number == int(number) else number
    if not 0 <= found < 10**9:
        raise Odd("a quantity out of range", name)
    return found
