"""Single values as Shopee writes them: JSON numbers in major units, Unix seconds, ids beyond 2^53."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache

from chalicelib.contract import Account, Secrets
from chalicelib.domain.money import exponent
from chalicelib.errors import ConfigError
from chalicelib.toolkit.loose import Odd, Reader, ident
from connectors.shopee import status

KEY = "shopee"
READ = Reader(KEY)
Money = Callable[["int | Decimal | None", str], "int | None"]
# The platform computes in binary floating point: 14.290000000000001 is its spelling of 14.29. What is further from a minor
# unit than this is a real fraction, and refused.
_NOISE = Decimal("0.000001")
_MOST = 10**15
_LIMIT = Decimal(_MOST)


@cache
def money_in(currency: str) -> Money:
    """A reader of amounts of one currency into minor units; None stays None. Odd with the name on what is none, ValueError here."""
    units: int = 10 ** exponent(currency)

    def read(value: int | Decimal | None, name: str) -> int | None:
        if type(value) is int and -_MOST < value < _MOST:
            return value * units
        if value is None:
            return None
        try:
            scaled = value * units
            if -_LIMIT < scaled < _LIMIT and scaled == (minor := int(scaled)):
                return minor
        except ArithmeticError:
            raise Odd("an amount out of range", name) from None
        whole = Decimal(value)
        if not whole.is_finite() or abs(whole) >= _MOST:
            raise Odd("an amount out of range", name)
        scaled = whole * units
        near = scaled.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
        if abs(near - scaled) > _NOISE:
            raise Odd(f"a fraction of the smallest unit of {currency}", name)
        return int(near)

    return read


def digits(value: int | str | None) -> str | None:
    """An id that is a number: digits only, None otherwise."""
    found = ident(value)
    return found if found and found.isascii() and found.isdigit() and len(found) < 21 else None


def serial(value: int | str | None) -> str | None:
    """A serial number of an order, return or parcel, as it may stand in a query: letters and digits, None otherwise."""
    found = ident(value)
    return found if found and found.isascii() and found.isalnum() and len(found) < 65 else None


def shop_of(account: Account, secrets: Secrets | None = None) -> str | None:
    """The shop's number: the option `shop_id`, else the secret of that name."""
    found = account.options.get("shop_id") or ((secrets.values.get("shop_id") or (None,))[0] if secrets else None)
    return digits(found)


def region_of(account: Account) -> status.Region:
    """Currency and zone of the shop's market. ConfigError when the option `region` is none that is known."""
    found = status.REGIONS.get(account.options.get("region", "").upper())
    if found is None:
        raise ConfigError("option-missing", "the option region must be one of " + ", ".join(sorted(status.REGIONS)), connector=KEY)
    return found
