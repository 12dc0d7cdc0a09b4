"""Single values as Mercado Libre writes them."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache

from chalicelib.domain.money import exponent
from chalicelib.toolkit.amounts import minor_units
from chalicelib.toolkit.clocks import from_iso
from chalicelib.toolkit.loose import Reader
from connectors.mercadolibre.payloads import Amount, Id

KEY = "mercadolibre"
READ = Reader(KEY)
decode, malformed = READ.decode, READ.malformed
HOST = "api.mercadolibre.com"
# The platform computes in binary floating point: 14.290000000000001 is its spelling of 14.29. Anything further from a
# minor unit than this is a real fraction, and refused.
_NOISE = Decimal("0.000001")
MOST = 10**15  # whole major units, as in toolkit.amounts
LIMIT = Decimal(MOST)
LOWEST = -LIMIT
_DIGITS = re.compile(r"[0-9]{1,20}", re.ASCII)


def ident(value: Id) -> str | None:
    """An id as text; None for nothing and for 0."""
    if value is None:
        return None
    if isinstance(value, str) and value.isalnum() and value != "0":
        return value
    found = str(value).strip()
    return found if found and found != "0" else None


def number_id(value: Id) -> str | None:
    """An id that goes into a path: digits only, None otherwise."""
    found = ident(value)
    return found if found and _DIGITS.fullmatch(found) else None


def money(value: Amount, currency: str, path: str, delivery_id: str | None) -> int | None:
    """Major units to minor units of `currency`, exactly; floating point noise is taken off. Permanent with the path."""
    if value is None:
        return None
    try:
        if isinstance(value, int):
            return minor_units(value, currency)
        scaled = value * units(currency)
        if LOWEST < scaled < LIMIT and scaled == (minor := int(scaled)):
            return minor
        return minor_units(_without_noise(value, currency), currency)
    except ValueError as error:
        raise malformed(str(error), path, delivery_id) from None
    except ArithmeticError:
        raise malformed("an amount out of range", path, delivery_id) from None


@cache
def units(currency: str) -> Decimal:
    """Minor units in a major one."""
    return Decimal(10) ** exponent(currency)


def _without_noise(value: Decimal, currency: str) -> Decimal:
    if not value.is_finite() or abs(value) >= Decimal(10) ** 15:
        return value
    near = value.quantize(Decimal(1).scaleb(-exponent(currency)), rounding=ROUND_HALF_EVEN)
    return near if abs(near - value) <= _NOISE else value


def moment(value: str | None, path: str, delivery_id: str | None) -> datetime | None:
    """ISO 8601 with an offset to UTC; None for nothing. Permanent with the path."""
    if not value:
        return None
    try:
        return from_iso(value)
    except (ValueError, OverflowError):
        raise malformed("expected a time with an offset", path, delivery_id) from None
