"""Exact ratios: a numerator and a denominator, divided only where a person reads them."""

from __future__ import annotations

from typing import NamedTuple


class Ratio(NamedTuple):
    """A share or a quotient. Unknown (None) where a part is unknown, or where there is nothing to divide by."""

    numerator: int | None
    denominator: int | None

    @property
    def known(self) -> bool:
        """Whether it has a value."""
        return self.numerator is not None and bool(self.denominator)

    def scaled(self, scale: int) -> int | None:
        """`scale` times the quotient, rounded half away from zero: 100 for percent, 1000 for tenths of a percent."""
        if self.numerator is None or not self.denominator:
            return None
        negative = (self.numerator < 0) != (self.denominator < 0)
        below = abs(self.denominator)
        magnitude = (2 * abs(self.numerator) * scale + below) // (2 * below)
        return -magnitude if negative else magnitude

    def permille(self) -> int | None:
        """Tenths of a percent."""
        return self.scaled(1000)
