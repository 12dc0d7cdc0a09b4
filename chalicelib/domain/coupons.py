"""Coupon codes: what a pool of unique ones holds, and how a file of them is read. Pure."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from chalicelib.errors import Rejected

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


def parse_codes(text: str, expires: date | None = None) -> dict[int, Code]:
    """Codes by the number of their line: one a line, or `code,expires` with a day; an empty line is none.

    `expires` holds where a line tells no day. Rejected names the first line that is no code, or repeats one; never the code.
    """
    found: dict[int, Code] = {}
    lines: dict[str, int] = {}
    for line, parts in _lines(text):
        code = _code(line, parts, expires)
        if code.name in lines:
            raise _refused(line, f"the same code as line {lines[code.name]}")
        lines[code.name] = line
        found[line] = code
    if not found:
        raise Rejected("codes-refused", "no code in it", status=400)
    return found


def check_known(pool: str, codes: Mapping[int, Code], known: Mapping[str, Pooled]) -> list[Code]:
    """Those of the codes that are new. Rejected names the first line whose code lies elsewhere, or expires on another day."""
    new = []
    for line, code in codes.items():
        there = known.get(code.name)
        if there is None:
            new.append(code)
        elif there.pool != pool:
            raise _refused(line, f"its code lies in the pool {there.pool}")
        elif there.code != code:
            raise _refused(line, "its code is in the pool with another spelling or last day")
    return new


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    for line, parts in enumerate(csv.reader(text.removeprefix("\ufeff").splitlines()), start=1):
        told = [part.strip() for part in parts]
        if any(told) and not (line == 1 and [part.lower() for part in told] in (["code"], ["code", "expires"])):
            yield line, told


def _code(line: int, parts: list[str], expires: date | None) -> Code:
    if len(parts) > 2 or not is_code(parts[0]):
        raise _refused(line, "one code of 1 to 64 visible ASCII characters, or code,expires")
    if len(parts) < 2 or not parts[1]:
        return Code(parts[0], expires)
    try:
        return Code(parts[0], date.fromisoformat(parts[1]))
    except ValueError:
        raise _refused(line, "its last day is no day such as 2026-11-20") from None


def _refused(line: int, why: str) -> Rejected:
    return Rejected("codes-refused", f"line {line}: {why}", status=400)
