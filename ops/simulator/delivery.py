"""One webhook as a platform would send it, before anything goes wrong with it and before it is signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class Delivery:
    """`at`: when the platform sends it. `subject`: the order (or buyer) it is about. `segment`: last path segment, if any.

    `thin` deliveries carry ids only; the receiver reads the rest from the API. `pulled`: a pull would bring the same, so
    that it may be lost on the way.
    """

    at: datetime
    platform: str
    account: str
    topic: str
    subject: str
    body: bytes
    headers: Mapping[str, str]
    thin: bool
    segment: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    pulled: bool = True


LATENCY = timedelta(seconds=2)


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def dump(value: Any) -> bytes:
    """Compact JSON as UTF-8, Chinese literal; Decimals become exact JSON numbers."""
    return _ENCODER.encode(value)


def number(minor: int, digits: int = 2) -> Decimal:
    """An amount in minor units as a JSON number in major units, without trailing zeros: 1050 is 10.5, 5000 is 50."""
    whole = Decimal(minor).scaleb(-digits)
    return whole.quantize(Decimal(1)) if whole == whole.to_integral_value() else whole.normalize()


def major(minor: int, digits: int = 2) -> str:
    """Decimal text of an amount in minor units, with all the `digits` of its currency: 1050 is 10.50, of yen 1050."""
    return f"{Decimal(minor).scaleb(-digits):f}"
