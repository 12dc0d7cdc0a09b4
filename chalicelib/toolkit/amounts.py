"""Amounts as platforms write them, into integer minor units, exactly or not at all."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from chalicelib.domain.money import exponent

_PLAIN = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,12}))?", re.ASCII)
_LIMIT = Decimal(10) ** 15


def minor_units(value: str | int | Decimal, currency: str) -> int:
    """Major units to minor units: ("19.90", "USD") is 1990, ("1200.00", "JPY") is 1200.

    Accepts plain decimals and what JSON makes a number (1e2). Digits below the minor unit must be zero; NaN, infinity,
    comma decimals, more than 15 digits, and a float are refused: ValueError or TypeError.
    """
    digits = exponent(currency)
    if type(value) is int:
        if abs(value) >= 10**15:
            raise ValueError("an amount out of range")
        return int(value * 10**digits)
    if isinstance(value, str):
        found = _PLAIN.fullmatch(value)
        if found is None:
            raise ValueError("not a plain decimal amount")
        sign, whole, fraction = found[1], found[2], found[3] or ""
        if fraction[digits:].strip("0"):
            raise ValueError(f"more than {digits} decimals for {currency}")
        minor = int(whole + fraction[:digits].ljust(digits, "0"))
        return -minor if sign else minor
    if isinstance(value, Decimal):
        return _from_decimal(value, digits, currency)
    raise TypeError("an amount is text, an int or a Decimal")


def _from_decimal(value: Decimal, digits: int, currency: str) -> int:
    if not value.is_finite() or not -_LIMIT < value < _LIMIT:  # compared: to reckon with it could overflow
        raise ValueError("an amount out of range")
    try:
        scaled = value.scaleb(digits)
    except InvalidOperation as error:
        raise ValueError("an amount out of range") from error
    if scaled != scaled.to_integral_value():
        raise ValueError(f"more than {digits} decimals for {currency}")
    return int(scaled)
