"""Where a fuzzed input comes from: a `Random` whose answers are a seed's, Hypothesis's, or bytes of a coverage-guided engine."""

from __future__ import annotations

import zlib
from random import Random
from typing import Any


class FromBytes(Random):
    """Answers from bytes as long as there are any, then from a seed that they make: the same bytes, the same answers."""

    def __init__(self, data: bytes) -> None:
        super().__init__(zlib.crc32(data))
        self._data = data
        self._at = 0

    def getrandbits(self, k: int, /) -> int:
        """The next bits."""
        size = (k + 7) // 8
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            return super().getrandbits(k)
        self._at += size
        return int.from_bytes(taken, "big") >> (size * 8 - k)

    def random(self) -> float:
        """In steps of 1/65536, so that one choice costs two bytes."""
        return self.getrandbits(16) / 65536

    def __reduce__(self) -> Any:
        """Never copied."""
        raise TypeError("not copied")


def seeded(target: str, number: int) -> Random:
    """The input of that number: what a report names comes again."""
    return Random(f"{target}/{number}")  # a failure has to come again; nothing here is secret
