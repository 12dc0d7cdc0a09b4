"""Replay: archived raw requests and quarantined envelopes, back on the bulk queue, through the same door as everything.

Idempotent: what was applied before is a duplicate, what was stale stays so. No signature is looked at again: its clock has gone on.
What is looked at instead is the hash of the stored bytes, before they are sent here and where normalise opens them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib.config import Config
from chalicelib.domain.record import OrderKey
from chalicelib.domain.selection import Selection
from chalicelib.envelope import Envelope, decode, encode
from chalicelib.errors import Permanent, Retriable
from chalicelib.pacing import REPLAY_RATE, Pace
from chalicelib.ports import Archive, Clock, Counters, HistoryRow, Marks, OrderStore, Queue
from chalicelib.quarantine import Held, Quarantine
from chalicelib.raw_names import RawName, parse, shelf
from chalicelib.toolkit.decode import decoder
from chalicelib.unsealing import Unsealing

BATCH = 10
LISTED_BY_DAY = timedelta(days=40)  # a longer stretch is listed as a whole
REFUSALS = 20  # that are named


@dataclass(slots=True)
class Outcome:
    """What a replay found and did. `by`: what was found, by platform and reason (quarantine) or platform and topic (archive).

    `refused` were not sent: bytes that are gone, or not those that were received; the first are named with the reason.
    `resumed`: it went on where an earlier one had ended.
    """

    found: int = 0
    sent: int = 0
    refused: int = 0
    by: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    resumed: bool = False

    def meet(self, platform: str | None, what: str | None) -> None:
        """One more is found."""
        self.found += 1
        self.by[platform or "-", what or "-"] += 1

    def refuse(self, name: str, reason: str) -> None:
        """It cannot be sent."""
        self.refused += 1
        if len(self.refusals) < REFUSALS:
            self.refusals.append((name, reason))


class _Cursor(msgspec.Struct):
    """How far a replay of the archive is. `after`: the last name that was dealt with; `began`: what came later is not meant."""

    began: datetime
    after: str = ""
    sent: int = 0
    done: bool = False


class Replay:
    """The step, run by ops."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        orders: OrderStore,
        quarantine: Quarantine,
        archive: Archive,
        unsealing: Unsealing,
        marks: Marks,
        queue: Queue,
        clock: Clock,
        counters: Counters,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._config = config
        self._orders = orders
        self._quarantine = quarantine
        self._archive = archive
        self._unsealing = unsealing
        self._marks = marks
        self._queue = queue
        self._clock = clock
        self._counters = counters
        self._pause = pause

    def order(self, key: OrderKey, *, dry_run: bool = False) -> int:
        """Send again everything told of an order whose raw bytes are still archived; returns how many."""
        rows = {row.archive_key: row for row in self._orders.history(key) if row.archive_key}
        envelopes = [envelope for row in rows.values() if (envelope := _told(row)) is not None]
        if not dry_run:
            self._queue.send([encode(envelope) for envelope in envelopes])
            self._counters.count("replayed", len(envelopes), platform=key.platform)
        return len(envelopes)

    def quarantined(
        self,
        selection: Selection = Selection(),  # noqa: B008  frozen
        *,
        dry_run: bool = False,
        rate: float = REPLAY_RATE,
        limit: int | None = None,
    ) -> Outcome:
        """Send quarantined envelopes again (at most `limit`); each is forgotten once on the queue, unless it came back meanwhile.

        What comes back while this runs is not met again. Killed anywhere it has lost none: what is still there comes with the
        next run.
        """
        outcome, merchant = Outcome(), self._config().merchant
        pace, began = Pace(rate, self._clock, self._pause), self._clock.now()
        batch: list[tuple[Held, str]] = []
        for held in self._quarantine.walk(merchant, selection):
            if held.at > began:
                continue
            if outcome.found == limit:
                break
            outcome.meet(held.platform, held.reason)
            if dry_run:
                continue
            again = self._again(merchant, held)
            if again is None:
                outcome.refuse(held.key, "envelope-malformed")
                continue
            batch.append((held, again))
            if len(batch) == BATCH:
                outcome.sent += self._let_go(merchant, batch, pace)
                batch = []
        outcome.sent += self._let_go(merchant, batch, pace)
        if outcome.sent:
            self._quarantine.tidy(merchant)
        return outcome

    def archived(
        self,
        selection: Selection = Selection(),  # noqa: B008  frozen
        *,
        unread: bool = False,
        dry_run: bool = False,
        rate: float = REPLAY_RATE,
        afresh: bool = False,
    ) -> Outcome:
        """Send archived requests again, in the order of their accounts and times; `unread`: those of topics that nobody knew.

        Killed anywhere, the next run of the same selection goes on behind the last batch that was sent whole; `afresh` begins at
        the beginning. Retriable("replay-doubled") when the same selection is being replayed by somebody else.
        """
        merchant = self._config().merchant
        name = f"replay#{'unread' if unread else 'raw'}#{selection.name()}"
        cursor, version = self._cursor(merchant, name, afresh=afresh or dry_run)
        outcome, pace = Outcome(resumed=bool(cursor.after)), Pace(rate, self._clock, self._pause)
        batch: list[RawName] = []
        for raw in self._names(merchant, selection, cursor, unread=unread):
            outcome.meet(raw.platform, raw.topic)
            reason = self._refused(raw)
            if reason is not None:
                outcome.refuse(str(raw), reason)
            elif not dry_run:
                batch.append(raw)
            if len(batch) == BATCH:
                version = self._send(merchant, name, (cursor, version), batch, pace)
                outcome.sent, batch = outcome.sent + BATCH, []
        if not dry_run:
            outcome.sent += len(batch)
            cursor.done = True
            self._send(merchant, name, (cursor, version), batch, pace)
        return outcome

    def _let_go(self, merchant: str, batch: list[tuple[Held, str]], pace: Pace) -> int:
        """On the queue first, forgotten after: killed in between, it comes twice."""
        if batch:
            pace.wait(len(batch))
            self._queue.send([body for _, body in batch])
            for held, _ in batch:
                self._quarantine.release(merchant, held)
                self._counters.count("replayed", platform=held.platform or "-")
        return len(batch)

    def _again(self, merchant: str, held: Held) -> str | None:
        """Its envelope for the bulk lane; None where it is none."""
        try:
            body = self._quarantine.body(merchant, held)
            return encode(replace(decode(body), lane="bulk", attempt=0)) if body is not None else None
        except Permanent:
            return None

    def _send(self, merchant: str, name: str, at: tuple[_Cursor, int], batch: list[RawName], pace: Pace) -> int:
        """On the queue first, the cursor after: killed in between, the batch comes twice. Returns the mark's version."""
        cursor, version = at
        if batch:
            pace.wait(len(batch))
            self._queue.send([encode(_claimed(raw)) for raw in batch])
            for platform, count in Counter(raw.platform for raw in batch).items():
                self._counters.count("replayed", count, platform=platform)
            cursor.after, cursor.sent = str(batch[-1]), cursor.sent + len(batch)
        value = msgspec.json.encode(cursor).decode()
        if not self._marks.put(merchant, name, value, expected_version=version):
            raise Retriable("replay-doubled", "the same selection is being replayed by somebody else")
        return version + 1

    def _cursor(self, merchant: str, name: str, *, afresh: bool) -> tuple[_Cursor, int]:
        stored = self._marks.get(merchant, name)
        version = stored[1] if stored else 0
        if stored and not afresh:
            cursor = decoder(_Cursor).decode(stored[0])
            if not cursor.done:
                return cursor, version
        return _Cursor(self._clock.now()), version

    def _names(self, merchant: str, selection: Selection, cursor: _Cursor, *, unread: bool) -> Iterator[RawName]:
        """What is selected and was received before the replay began, in the order of names, from the cursor on."""
        for prefix in sorted(self._prefixes(merchant, selection, cursor.began, unread=unread)):
            if prefix < cursor.after and not cursor.after.startswith(prefix):
                continue
            for name in self._archive.names(prefix, cursor.after):
                raw = parse(name)
                if raw is not None and raw.at <= cursor.began and selection.takes(raw.about()):
                    yield raw

    def _prefixes(self, merchant: str, selection: Selection, began: datetime, *, unread: bool) -> set[str]:
        """Where to look: the accounts that are configured, or the one that is named, by day where the stretch is short."""
        named = (selection.platform, selection.account)
        shops = {(each.platform, each.account) for each in self._config().accounts}
        if named[0] is not None and named[1] is not None:
            shops.add((named[0], named[1]))  # also one that is connected no longer
        chosen = [shop for shop in shops if all(want in (None, got) for want, got in zip(named, shop, strict=True))]
        first = (selection.since or began - 2 * LISTED_BY_DAY).astimezone(UTC)
        last = min(began, selection.until or began).astimezone(UTC)
        if last - first > LISTED_BY_DAY:
            return {shelf(merchant, *shop, unread=unread) for shop in chosen}
        days = [first.date() + timedelta(days=each) for each in range((last.date() - first.date()).days + 1)]
        return {shelf(merchant, *shop, unread=unread, day=day) for shop in chosen for day in days}

    def _refused(self, raw: RawName) -> str | None:
        """Why it cannot be sent: gone, or not what was received; None when it can."""
        try:
            self._unsealing.open(_claimed(raw))
        except Permanent as error:
            return error.reason
        return None


def _told(row: HistoryRow) -> Envelope | None:
    """The envelope that a row of history tells of; None where its archived object has no name of ours."""
    raw = parse(row.archive_key or "")
    return _claimed(raw) if raw else None


def _claimed(raw: RawName) -> Envelope:
    """The archived object is the sealed content; the envelope claims it from there."""
    return Envelope(
        digest=raw.digest,
        merchant=raw.merchant,
        platform=raw.platform,
        account=raw.account,
        source=raw.source,
        form=raw.form,
        topic=raw.topic,
        delivery_id=raw.digest,
        received_at=raw.at,
        claim=str(raw),
        lane="bulk",
    )
