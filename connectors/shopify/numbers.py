"""Small exact conversions that every module of this platform uses."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib.contract import Ref
from chalicelib.domain.money import exponent
from chalicelib.errors import Permanent
from chalicelib.toolkit.amounts import minor_units

if TYPE_CHECKING:
    from connectors.shopify.payloads import Amount, MoneySet


@lru_cache(maxsize=8192)
def _hundredths(value: str) -> int | None:
    """Nearly every amount is digits, a point and two digits, and a shop's amounts recur; None: take the general way."""
    digits = value[:-3] + value[-2:]
    if value[-3:-2] == "." and len(digits) < 17 and digits.isdecimal() and digits.isascii():
        return int(digits)
    return None


class Minor:
    """Amounts of one currency into minor units, exactly or not at all: Permanent("payload-malformed") with the path."""

    __slots__ = ("_ref", "_two", "currency")

    def __init__(self, currency: str, ref: Ref) -> None:
        self._ref = ref
        self.currency = currency
        try:
            self._two = exponent(currency) == 2
        except ValueError as error:
            raise self._malformed(str(error), "$.currency") from None

    def __call__(self, value: Amount | Decimal, path: str) -> int:
        """`"19.90"` of USD is 1990."""
        if self._two and type(value) is str and len(value) < 20:
            quick = _hundredths(value)
            if quick is not None:
                return quick
        try:
            return minor_units(value, self.currency)
        except ValueError as error:
            raise self._malformed(str(error), path) from None

    def maybe(self, value: Amount | Decimal | None, path: str) -> int | None:
        """As a call; None stays None."""
        return None if value is None else self(value, path)

    def of_set(self, value: MoneySet | None, path: str) -> int | None:
        """The shop's amount of a set of both currencies; None where there is none."""
        return None if value is None or value.shop_money is None else self(value.shop_money.amount, path)

    def _malformed(self, message: str, path: str) -> Permanent:
        return Permanent("payload-malformed", message, connector="shopify", path=path, delivery_id=self._ref.delivery_id)


def number(gid: str) -> str:
    """The number in a global id: `gid://shopify/Order/1?x=y` is `1`."""
    return gid.rpartition("/")[2].partition("?")[0]
