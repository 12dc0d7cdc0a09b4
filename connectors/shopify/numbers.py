"""Small exact conversions that every mapping of this platform uses."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from chalicelib.contract import Ref
from chalicelib.domain.money import exponent
from chalicelib.errors import Permanent
from chalicelib.toolkit.amounts import minor_units
from connectors.shopify.payloads import Amount, MoneySet


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
        # Nearly every amount is digits, a point and two digits: read it at a quarter of the general way's cost.
        if self._two and type(value) is str and value[-3:-2] == "." and len(value) < 18:
            digits = value[:-3] + value[-2:]
            if digits.isdecimal() and digits.isascii():
                return int(digits)
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


def utc(at: datetime | None) -> datetime | None:
    """The same instant in UTC."""
    return None if at is None else at.astimezone(UTC)


def text(value: str | None) -> str | None:
    """The text without outer blanks; an empty one is unknown."""
    return value.strip() or None if value else None


def joined(separator: str, *parts: str | None) -> str | None:
    """The parts that are there, joined; None where there are none."""
    return separator.join(found for part in parts if (found := text(part))) or None
