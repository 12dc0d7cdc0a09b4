"""Exact money: an integer of minor units and an ISO 4217 currency. There is no float on this path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Currencies whose exponent is not 2: ISO 4217 list one (SIX), amendment 176. The rest have 2 digits.
_EXPONENTS: dict[str, int] = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def exponent(currency: str) -> int:
    """Digits after the point of `currency` (ISO 4217): JPY 0, USD 2, KWD 3.

    Raises ValueError when `currency` is not three upper-case ASCII letters.
    """
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha() or not currency.isupper():
        raise ValueError("a currency is three upper-case letters")
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units. Adding two currencies is an error, never a guess."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("minor units are an int")
        exponent(self.currency)

    def __add__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.minor + other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return self + -other

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Allot by largest remainder over `weights`; the parts sum exactly to the whole."""
        return [Money(part, self.currency) for part in allot(self.minor, weights)]

    def major(self) -> str:
        """The amount as a plain decimal string in major units: `Money(1050, "USD")` is `10.50`."""
        digits = exponent(self.currency)
        text = str(abs(self.minor)).rjust(digits + 1, "0")
        sign = "-" if self.minor < 0 else ""
        return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"


def allot(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` minor units over `weights` by largest remainder; ties go to the earlier weight.

    All weights zero share evenly. The parts always sum to `total`. Raises ValueError on no or a negative weight.
    """
    if not weights or min(weights) < 0:
        raise ValueError("weights must be one or more and not negative")
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    sign = -1 if total < 0 else 1
    shares = [divmod(abs(total) * weight, whole) for weight in weights]
    parts = [share[0] for share in shares]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-shares[index][1], index))
    for index in by_remainder[: abs(total) - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]
