"""Coupon codes: what a pool of unique ones holds. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date

SHELVES = 8  # a pool's codes lie on so many partitions, by the code's own hash
_CODE = re.compile(r"[!-~]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Code:
    """A code and the last day on which it is taken; None: it does not expire."""

    text: str
    last_day: date | None = None

    @property
    def name(self) -> str:
        """What it is known by: shops take a code in capitals and in small letters alike."""
        return name_of(self.text)

    @property
    def shelf(self) -> int:
        """Which of the pool's shelves it lies on."""
        return hashlib.sha256(self.name.encode()).digest()[0] % SHELVES

    def is_valid(self, day: date) -> bool:
        """Whether it is still taken on a day."""
        return self.last_day is None or day <= self.last_day


@dataclass(frozen=True, slots=True)
class Pooled:
    """A code and the pool it lies in."""

    pool: str
    code: Code


@dataclass(frozen=True, slots=True)
class Issued:
    """A code that was given to a message; `owner` is the buyer whom that is for."""

    pool: str
    code: Code
    message_id: str
    owner: str


@dataclass(frozen=True, slots=True)
class PoolCount:
    """A pool in figures. `left` can still be issued; `taken_up` are of those issued; `expired` are of those never issued."""

    left: int
    issued: int
    taken_up: int
    expired: int


def name_of(text: str) -> str:
    """A code as it is compared."""
    return text.strip().upper()


def is_code(text: str) -> bool:
    """Whether a pool could hold it. What platforms tell as an order's coupon may be any text."""
    return _CODE.fullmatch(text.strip()) is not None
