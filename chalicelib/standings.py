"""Where members stand among all members: scales from the member cells, and portraits. Used by trigger and the CLI."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import msgspec

from chalicelib.config import Config
from chalicelib.domain.graph import Member
from chalicelib.domain.portrait import Portrait, portrait_of, portraits_of
from chalicelib.domain.purchases import NO_DAY, PLACE, Purchases, purchases_in, purchases_of
from chalicelib.domain.rfm import Scales, Step
from chalicelib.ports import CellStore, Clock, Marks, OrderStore
from chalicelib.reckoning import Members, Reckoning
from chalicelib.toolkit.decode import decoder

LIFE = timedelta(minutes=10)  # what the members of ten minutes change about a quintile shows in nobody's score
FEW = 20  # cells whose summaries are read by whoever asks, and summed while they wait
KEPT_FOR = timedelta(hours=1)  # scales over more of them are kept, made anew so often
MARK = "scales"


class _Kept(msgspec.Struct):
    """Scales as their mark holds them: when they were made, at which rates, and their steps."""

    at: datetime
    rates: str
    steps: tuple[tuple[Step, ...], tuple[Step, ...], tuple[Step, ...]]


class Standings:
    """Scores are by rank among the members as the cells count them; everything else about a person is read from their own rows.

    With few cells the scales are made of their summaries by whoever asks. With more, a schedule makes them once an hour and keeps
    them, about 300 bytes: whoever asks reads as much for a million members as for a thousand.
    """

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        cells: CellStore,
        orders: OrderStore,
        marks: Marks,
        reckoning: Reckoning,
        clock: Clock,
    ) -> None:
        self._config = config
        self._cells = cells
        self._orders = orders
        self._marks = marks
        self._reckoning = reckoning
        self._clock = clock
        self._held: dict[tuple[str, str], tuple[datetime, Scales]] = {}

    def scales(self, merchant: str) -> Scales:
        """The merchant's scales at the rates in force, at most ten minutes old in this process, and an hour in the table."""
        name, now = (merchant, self._rates()), self._clock.now()
        until, held = self._held.get(name, (now, None))
        if held is None or now >= until:
            held = self._read(merchant)
            self._held[name] = now + LIFE, held
        return held

    def refresh(self, merchant: str) -> bool:
        """Make anew the scales that are kept, when it is time; False when it is not, or there is no need to keep any."""
        if not self._many(merchant):
            return False
        kept, version = self._kept(merchant)
        if kept and kept.rates == self._rates() and self._clock.now() < kept.at + KEPT_FOR:
            return False
        self._make(merchant, version)
        return True

    def portrait(self, person: Member, today: date) -> Portrait | None:
        """A person of the configured merchant's, from their own rows; None without a counted order."""
        config, purchases = self._config(), purchases_of(person.rows)
        return portrait_of(person.name, purchases, today, self.scales(config.merchant), config.members) if purchases else None

    def _read(self, merchant: str) -> Scales:
        if not self._many(merchant):
            return Scales(self._reckoning.members(merchant, FEW).histograms)
        kept, version = self._kept(merchant)
        return Scales.of(*kept.steps) if kept and kept.rates == self._rates() else self._make(merchant, version)

    def _many(self, merchant: str) -> bool:
        first, width = self._orders.buckets(merchant, *PLACE)
        return first + width > FEW

    def _kept(self, merchant: str) -> tuple[_Kept | None, int]:
        stored = self._marks.get(merchant, MARK)
        return (decoder(_Kept).decode(stored[0].encode()), stored[1]) if stored else (None, 0)

    def _make(self, merchant: str, version: int) -> Scales:
        """Cells that wait count as they were summed last: they are summed within minutes, and counted in an hour."""
        scales = Scales(self._reckoning.members(merchant, FEW).histograms)
        kept = _Kept(self._clock.now(), self._rates(), scales.steps)
        self._marks.put(merchant, MARK, msgspec.json.encode(kept).decode(), expected_version=version)  # or somebody else's: as good
        return scales

    def _rates(self) -> str:
        return self._config().members.rates.fingerprint

    def purchases(self, merchant: str, after: int = -1) -> Iterator[tuple[int, list[tuple[str, Purchases]]]]:
        """Every member with what they bought, by the bucket of their row, of buckets after this one; only reads."""
        for head in sorted(self._cells.heads(merchant, NO_DAY), key=lambda head: head.cell.bucket):
            if head.cell.bucket > after:
                rows = [(member, purchases_in(row)) for member, row in self._cells.named_rows(head.cell)]
                yield head.cell.bucket, rows

    def members(self, merchant: str) -> Members:
        """All members in histograms, every cell summed afresh."""
        return self._reckoning.members(merchant)

    def portraits(self, merchant: str, today: date) -> Iterator[Portrait]:
        """Every member, from the rows of the member cells: as many reads as there are rows, 4 KB of them a unit."""
        terms = self._config().members
        scales = Scales(self.members(merchant).histograms)
        for head in self._cells.heads(merchant, NO_DAY):
            rows = [(member, purchases_in(row)) for member, row in self._cells.named_rows(head.cell)]
            yield from portraits_of(rows, today, scales, terms)
