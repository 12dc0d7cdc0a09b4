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

    `thin` deliveries carry ids only; the receiver reads the rest from the API.
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


LATENCY = timedelta(seconds=2)


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def dump(value: Any) -> bytes:
    """Compact JSON as UTF-8, Chinese literal; Decimals become exact JSON numbers."""
    return _ENCODER.encode(value)


def number(minor: int) -> Decimal:
    """An amount in minor units as a JSON number in major units, without trailing zeros: 1050 is 10.5, 5000 is 50."""
    whole = Decimal(minor).scaleb(-2)
    return whole.quantize(Decimal(1)) if minor % 100 == 0 else whole.normalize()


def major(minor: int) -> str:
    """Two-digit decimal text of an amount in minor units; all currencies of this world have two digits."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"
