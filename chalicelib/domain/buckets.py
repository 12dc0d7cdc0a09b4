"""How many buckets the new orders of a shop, and new members, are spread over. See ADR 0005 and ADR 0026."""

from __future__ import annotations

from typing import NamedTuple

# Each bucket that is drawn from is one more head to raise for a batch of the stream, and all heads of a day lie under one key:
# wider, and that key would take more writes than the rows it saves from being hot.
WIDEST = 64
VOLUME_SHAPE = 2  # form of a volume item: 1 had no bound


class Volume(NamedTuple):
    """The buckets drawn from: `first`, and how many; `shape`: the item's form."""

    first: int
    width: int
    shape: int

    @property
    def old(self) -> bool:
        """Whether it is of an older form, or wider than this one allows, as older code may have put it beside us."""
        return self.shape < VOLUME_SHAPE or self.width > WIDEST


def wider(width: int, times: int) -> int:
    """The width that follows: twice the last, or as many times as its cells are overfull, up to WIDEST."""
    return min(width * max(times, 2), WIDEST)
