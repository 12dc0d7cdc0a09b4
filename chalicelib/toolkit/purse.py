"""Amounts of one order, each told with its currency, which must be the order's."""

from __future__ import annotations

from typing import Any

from chalicelib.toolkit.loose import Odd, exact_in


class Purse:
    """Reads amounts of one currency. `fields`: what the platform calls an amount's number and its currency, for errors."""

    __slots__ = ("currency", "fields", "minor")

    def __init__(self, currency: str, where: str, fields: tuple[str, str]) -> None:
        try:
            self.minor = exact_in(currency)
        except ValueError as error:
            raise Odd(str(error), where) from None
        self.currency, self.fields = currency, fields

    def read(self, value: Any, currency: str | None, name: str) -> int:
        """An amount that is there, in minor units. Odd below `name` on another currency, and on what is no amount."""
        if currency != self.currency:
            raise Odd("an amount in another currency than the order's", f"{name}.{self.fields[1]}")
        try:
            found = self.minor(value)
        except (ValueError, TypeError) as error:
            raise Odd(str(error), f"{name}.{self.fields[0]}") from None
        if found is None:
            raise Odd("expected an amount", f"{name}.{self.fields[0]}")
        return found
