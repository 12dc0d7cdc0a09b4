"""Where members stand among all members: scales from the member cells, and portraits. Used by trigger and the CLI."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from chalicelib.config import Config
from chalicelib.domain.graph import Member
from chalicelib.domain.portrait import Portrait, portrait_of, portraits_of
from chalicelib.domain.purchases import NO_DAY, purchases_in, purchases_of
from chalicelib.domain.rfm import Scales
from chalicelib.ports import CellStore, Clock
from chalicelib.reckoning import Members, Reckoning

LIFE = timedelta(minutes=10)  # what the members of ten minutes change about a quintile shows in nobody's score
PATIENCE = 20  # so many stale cells are summed while somebody waits; the schedule sums the rest


class Standings:
    """Scores are by rank among the members as the cells count them; everything else about a person is read from their own rows."""

    def __init__(self, *, config: Callable[[], Config], cells: CellStore, reckoning: Reckoning, clock: Clock) -> None:
        self._config = config
        self._cells = cells
        self._reckoning = reckoning
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[datetime, Scales]] = {}

    def scales(self, merchant: str) -> Scales:
        """The merchant's scales at the rates in force, at most ten minutes old; some cells may wait to be summed again."""
        name, now = (merchant, self._config().members.rates.fingerprint), self._clock.now()
        until, kept = self._kept.get(name, (now, None))
        if kept is None or now >= until:
            kept = Scales(self._reckoning.members(merchant, PATIENCE).histograms)
            self._kept[name] = now + LIFE, kept
        return kept

    def portrait(self, person: Member, today: date) -> Portrait | None:
        """A person of the configured merchant's, from their own rows; None without a counted order."""
        config, purchases = self._config(), purchases_of(person.rows)
        return portrait_of(person.name, purchases, today, self.scales(config.merchant), config.members) if purchases else None

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
