"""Amounts of platforms that compute in binary floating point and write JSON numbers in major units."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache, lru_cache

import msgspec

from chalicelib.domain.money import exponent
from chalicelib.toolkit.loose import Odd

Number = int | Decimal | None  # a whole number is decoded to int, at a third of the cost
Money = Callable[[Number, str], "int | None"]
RawMoney = Callable[[msgspec.Raw, str], "int | None"]
ABSENT = msgspec.Raw()  # the default of a field for RawMoney
# 14.290000000000001 is such a platform's spelling of 14.29. What is further from the smallest unit than this share of it is a
# real fraction, and refused.
_NOISE = Decimal("0.000001")
_MOST = 10**15
_LIMIT = Decimal(_MOST)
_NUMBER = re.compile(rb"-?[0-9]{1,15}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?")


@cache
def money_in_floats(currency: str) -> Money:
    """A reader of amounts of one currency into minor units; None stays None. Odd with the name on what is none, ValueError here."""
    units: int = 10 ** exponent(currency)

    def read(value: Number, name: str) -> int | None:
        if type(value) is int and -_MOST < value < _MOST:
            return value * units
        if value is None:
            return None
        try:
            scaled = value * units if type(value) is Decimal else Decimal(value) * units
            if -_LIMIT < scaled < _LIMIT:
                if scaled == (minor := int(scaled)):
                    return minor
                near = scaled.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
                if abs(near - scaled) <= _NOISE:
                    return int(near)
                raise Odd(f"a fraction of the smallest unit of {currency}", name)
        except ArithmeticError:
            pass  # NaN compares with nothing, 1e400 cannot be an int: out of range
        raise Odd("an amount out of range", name)

    return read


@cache
def raw_money_in_floats(currency: str) -> RawMoney:
    """The same over numbers that were left as they came, in text or not: half the cost where a payload holds many of them.

    A shop's amounts recur, so that most are known by their spelling.
    """
    read = money_in_floats(currency)

    @lru_cache(maxsize=16_384)
    def known(text: bytes) -> int | None:
        if text in (b"", b"null"):
            return None
        bare = text[1:-1] if text[:1] == b'"' == text[-1:] and len(text) > 1 else text
        if not _NUMBER.fullmatch(bare):
            raise Odd("expected a number", "")
        return read(Decimal(bare.decode("ascii")), "")

    def of(raw: msgspec.Raw, name: str) -> int | None:
        try:
            return known(bytes(raw))
        except Odd as odd:
            raise Odd(odd.detail, name) from None

    return of
