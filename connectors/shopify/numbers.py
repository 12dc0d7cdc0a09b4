"""Small exact conversions that every mapping of this platform uses."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from chalicelib.contract import Ref
from chalicelib.domain.money import exponent
from chalicelib.errors import Permanent
from chalicelib.toolkit.amounts import minor_units
from connectors.shopify.payloads import MoneySet

# Decimal exponents between which scaling is exact and cheap; what lies outside goes the slow, refusing way.
_SMALLEST, _LARGEST = -13, 15


class Minor:
    """Amounts of one currency into minor units, exactly or not at all: Permanent("payload-malformed") with the path."""

    __slots__ = ("_digits", "_ref", "currency")

    def __init__(self, currency: str, ref: Ref) -> None:
        self._ref = ref
        self.currency = currency
        try:
            self._digits = exponent(currency)
        except ValueError as error:
            raise self._malformed(str(error), "$.currency") from None

    def __call__(self, value: Decimal, path: str) -> int:
        """`Decimal("19.90")` of USD is 1990."""
        if value.is_finite() and _SMALLEST < value.adjusted() < _LARGEST:
            scaled = value.scaleb(self._digits)
            minor = int(scaled)
            if minor == scaled:
                return minor
        try:
            return minor_units(value, self.currency)
        except ValueError as error:
            raise self._malformed(str(error), path) from None

    def maybe(self, value: Decimal | None, path: str) -> int | None:
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
    return (value.strip() or None) if value else None


def joined(separator: str, *parts: str | None) -> str | None:
    """The parts that are there, joined; None where there are none."""
    return separator.join(found for part in parts if (found := text(part))) or None
