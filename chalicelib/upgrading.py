"""Stored items brought up to their newest form while everything else goes on. What has had several forms: docs/deploy.md.

Nothing depends on this having run: whoever reads an item reads every form of it. Each item is looked at by itself and put on
condition that it is as it was read, so that a run may be broken off, repeated, or meet another one, older code and live writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from chalicelib.config import Config
from chalicelib.domain.buckets import Volume
from chalicelib.domain.facts import Cell
from chalicelib.domain.purchases import NO_DAY, PLACE
from chalicelib.errors import Retriable
from chalicelib.ports import CellStore
from chalicelib.reckoning import Reckoning, comings_in

TRIES = 5


class Volumes(Protocol):
    """Volume items."""

    def read(self, merchant: str, platform: str, account: str) -> Volume | None:
        """A consistent read; None where there is none."""

    def bring_up(self, merchant: str, platform: str, account: str, seen: Volume) -> bool:
        """Put it in its newest form on condition that it is still as seen. False: it is not."""


@dataclass(slots=True)
class Outcome:
    """What became of the items of one kind: looked at, of these of an older form, of these brought up."""

    kind: str
    looked: int = 0
    old: int = 0
    upgraded: int = 0


class Upgrading:
    """One merchant's stored items. `pace` is called before each item that is put."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        volumes: Volumes,
        cells: CellStore,
        reckoning: Reckoning,
        pace: Callable[[], None] = lambda: None,
    ) -> None:
        self._config = config
        self._volumes, self._cells, self._reckoning = volumes, cells, reckoning
        self._pace = pace

    def run(self, *, dry: bool = False) -> list[Outcome]:
        """Bring up what is of an older form; `dry`: only say how much that is. Retriable where writers keep being faster."""
        return [self._bring_volumes(dry=dry), self._bring_summaries(dry=dry)]

    def _bring_volumes(self, *, dry: bool) -> Outcome:
        outcome = Outcome("volume")
        config = self._config()
        shops = [(account.platform, account.account) for account in config.accounts]
        for platform, account in [*shops, PLACE]:
            self._volume(outcome, config.merchant, platform, account, dry=dry)
        return outcome

    def _volume(self, outcome: Outcome, merchant: str, platform: str, account: str, *, dry: bool) -> None:
        for tried in range(TRIES):
            seen = self._volumes.read(merchant, platform, account)
            if tried == 0:
                outcome.looked += seen is not None
                outcome.old += seen is not None and seen.old
            if seen is None or not seen.old or dry:
                return
            self._pace()
            if self._volumes.bring_up(merchant, platform, account, seen):
                outcome.upgraded += 1
                return
        raise Retriable("volume-contended", f"{TRIES} writers were faster")

    def _bring_summaries(self, *, dry: bool) -> Outcome:
        """Summaries of the member cells without their second part; a cell that is summed anew gets it."""
        heads = list(self._cells.heads(self._config().merchant, NO_DAY))
        old = [head.cell for head in heads if head.summary is not None and comings_in(head.summary) is None]
        outcome = Outcome("member summary", len(heads), len(old))
        if not dry:
            outcome.upgraded = self._sum_anew(old)
        return outcome

    def _sum_anew(self, cells: Iterable[Cell]) -> int:
        done = 0
        for cell in cells:
            self._pace()
            self._reckoning.recompute(cell)  # put under the dirty number that was read before its rows: never over a later one
            done += 1
        return done
