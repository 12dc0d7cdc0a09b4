"""Replay: archived raw requests and quarantined envelopes, back on the bulk queue, through the same door as everything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chalicelib.config import Config
from chalicelib.contract import Source
from chalicelib.domain.record import OrderKey
from chalicelib.envelope import Envelope, encode
from chalicelib.ports import Archive, Clock, Counters, HistoryRow, OrderStore, Queue, Work


class Replay:
    """The step, run by ops. Idempotent: what was applied before is a duplicate, what was stale stays so."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        orders: OrderStore,
        work: Work,
        archive: Archive,
        queue: Queue,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._orders = orders
        self._work = work
        self._archive = archive
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

    def unread(self, platform: str | None = None, *, dry_run: bool = False) -> int:
        """Send again what came under topics that nobody knew then (of one platform); returns how many. They stay archived."""
        merchant = self._config().merchant
        prefix = f"{merchant}/raw/unread/" + (f"{platform}/" if platform else "")
        found = 0
        for claim in self._archive.names(prefix):
            found += 1
            if not dry_run:
                *_, named, account, _form, _digest = claim.split("/")
                self._queue.send([encode(self._claimed(merchant, (named, account), claim, ("push", None, self._clock.now())))])
                self._counters.count("replayed", platform=named)
        return found

    def _envelope(self, key: OrderKey, row: HistoryRow) -> Envelope:
        source: Source = "pull" if row.source == "pull" else "import" if row.source == "import" else "push"
        shop = (key.platform, key.account)
        return self._claimed(key.merchant, shop, row.archive_key or "", (source, row.topic, row.received_at))

    @staticmethod
    def _claimed(merchant: str, shop: tuple[str, str], claim: str, told: tuple[Source, str | None, datetime]) -> Envelope:
        """The archived object is the sealed content; the envelope claims it from there."""
        *_, form, digest = claim.split("/")
        source, topic, received_at = told
        return Envelope(
            digest=digest,
            merchant=merchant,
            platform=shop[0],
            account=shop[1],
            source=source,
            form="request" if form == "request" else "event",
            topic=topic,
            delivery_id=digest,
            received_at=received_at,
            claim=claim,
            lane="bulk",
        )
