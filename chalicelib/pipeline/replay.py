"""Replay: archived raw requests and quarantined envelopes, back on the bulk queue, through the same door as everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from chalicelib.config import Config
from chalicelib.domain.record import OrderKey
from chalicelib.envelope import Envelope, encode
from chalicelib.ports import Clock, Counters, HistoryRow, OrderStore, Queue, Work


class Replay:
    """The step, run by ops. Idempotent: what was applied before is a duplicate, what was stale stays so."""

    def __init__(
        self, *, config: Callable[[], Config], orders: OrderStore, work: Work, queue: Queue, clock: Clock, counters: Counters
    ) -> None:
        self._config = config
        self._orders = orders
        self._work = work
        self._queue = queue
        self._clock = clock
        self._counters = counters

    def order(self, key: OrderKey, *, dry_run: bool = False) -> int:
        """Send again everything told of an order whose raw bytes are still archived; returns how many."""
        rows = {row.archive_key: row for row in self._orders.history(key) if row.archive_key}
        if not dry_run:
            self._queue.send([encode(self._envelope(key, row)) for row in rows.values()])
            self._counters.count("replayed", len(rows), platform=key.platform)
        return len(rows)

    def quarantined(self, reason: str | None = None, *, dry_run: bool = False) -> int:
        """Send quarantined envelopes again (of one reason); each is forgotten once it is on the queue."""
        merchant = self._config().merchant
        found = [entry for entry in self._work.quarantined(merchant) if reason in (None, entry.reason)]
        for entry in found:
            if not dry_run:
                self._queue.send([entry.body])
                self._work.release(merchant, entry.key, entry.body)
        return len(found)

    def _envelope(self, key: OrderKey, row: HistoryRow) -> Envelope:
        """The archived object is the sealed content; the envelope claims it from there."""
        claim = row.archive_key or ""
        *_, form, digest = claim.split("/")
        kind: Literal["request", "event"] = "request" if form == "request" else "event"
        return Envelope(
            digest=digest,
            merchant=key.merchant,
            platform=key.platform,
            account=key.account,
            source="pull" if row.source == "pull" else "import" if row.source == "import" else "push",
            form=kind,
            topic=row.topic,
            delivery_id=digest,
            received_at=row.received_at,
            claim=claim,
            lane="bulk",
        )
