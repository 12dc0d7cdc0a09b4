"""Audit: who did what to what, and when. For acts that show personal data or change what the schedule would have done.

A row is written before the act, so that an act whose row cannot be written does not happen. Rows are never changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from chalicelib.ports import Clock

READ_LIMIT = 200
MOST_LOOKED = 1000  # rows, some 150 KB
WORD_LENGTH = 200  # of an actor, an act, a subject


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One act. `subject` names a thing by its id, never by a person's data; `at` in UTC. `place`: where it stands in its month."""

    at: datetime
    actor: str
    act: str
    subject: str
    place: str = field(default="", compare=False)


class AuditStore(Protocol):
    """Rows by month."""

    def add(self, merchant: str, row: AuditRow) -> None:
        """Keep a row for good; several of the same instant all stay."""

    def month(self, merchant: str, month: str, limit: int, before: str = "") -> Iterator[AuditRow]:
        """The newest rows of a month (`2026-11`, UTC), the newest first, at most `limit`; of those before a place."""


class Audit:
    """The service: write a row, read the newest."""

    def __init__(self, store: AuditStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def note(self, merchant: str, actor: str, act: str, subject: str) -> None:
        """Keep that `actor` does `act` to `subject`. Retriable when it cannot be kept: then leave the act be.

        `act` is a short word (`quarantine.reveal`, `replay.start`), `subject` an id or a selection in words.
        """
        row = AuditRow(self._clock.now(), actor[:WORD_LENGTH], act[:WORD_LENGTH], subject[:WORD_LENGTH])
        self._store.add(merchant, row)

    def page(
        self, merchant: str, month: str, *, actor: str = "", before: str = "", limit: int = READ_LIMIT
    ) -> tuple[list[AuditRow], str]:
        """Rows of a month, the newest first, of one actor or all; and before which place to go on, "" when there are no more.

        Looks through at most MOST_LOOKED rows: a page of somebody who did little may be short, and go on.
        """
        found: list[AuditRow] = []
        last, looked, most = "", 0, MOST_LOOKED if actor else limit + 1
        for row in self._store.month(merchant, month, most, before):
            if len(found) == limit:
                return found, last
            last, looked = row.place, looked + 1
            if actor in ("", row.actor):
                found.append(row)
        return found, last if looked == most else ""

    def read(self, merchant: str, since: datetime, *, limit: int = READ_LIMIT) -> list[AuditRow]:
        """The newest rows not older than `since`, the newest first, at most `limit`; one query a month."""
        found: list[AuditRow] = []
        first, now = since.astimezone(UTC), self._clock.now().astimezone(UTC)
        year, month = now.year, now.month
        while (year, month) >= (first.year, first.month) and len(found) < limit:
            rows = self._store.month(merchant, f"{year:04d}-{month:02d}", limit - len(found))
            found += [row for row in rows if row.at >= first]
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        return found
