"""Normalise: envelope to canonical objects, merged into the order under a conditional write on the item as it was read."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import msgspec

from chalicelib import tracing
from chalicelib.asides import Asides
from chalicelib.config import Config
from chalicelib.contract import Account, Event, Hydrates, ReceivesFeed, ReceivesWebhooks, Ref
from chalicelib.deadlines import Deadlines
from chalicelib.domain.events import Canonical, Parcel
from chalicelib.domain.merge import Layers, merge
from chalicelib.domain.order import Order, Refund
from chalicelib.domain.record import OrderKey, contains, divide, explode, key_of, odd_refunds, unite, view
from chalicelib.envelope import (
    Envelope,
    carried,
    decode,
    digest_of,
    encode,
    pack_event,
    unpack_event,
    unpack_request,
)
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from chalicelib.owning import Owning, Whose
from chalicelib.ports import (
    Archive,
    Clock,
    Connectors,
    Counters,
    HistoryRow,
    Marks,
    OrderStore,
    Queue,
    StoredOrder,
    Vault,
    Work,
)
from chalicelib.raw_copy import RawCopy
from chalicelib.undated import is_undated, undated_name
from chalicelib.unsealing import Unsealing

TRIES = 5
SEEN = 16  # digests of applied tellings that an order remembers
TOLD = 8  # of these, with all of their history: each makes every later put of the order about a tenth of a KB longer
DELAY_LIMIT = 900  # what SQS can delay; longer waits are parked
PARK_ATTEMPTS = 40
BUCKETS_KEPT = timedelta(seconds=5)
HEARD_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Telling:
    """What one event says of one order. `whole`: all of it, where that is more than may be kept."""

    key: OrderKey
    layers: Layers
    digest: str
    whole: Layers | None = None


class Normalise:
    """The step. One envelope may fail without harm to its neighbours, and may be handled any number of times."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        connectors: Connectors,
        vault: Vault,
        archive: Archive,
        orders: OrderStore,
        asides: Asides,
        deadlines: Deadlines,
        work: Work,
        marks: Marks,
        live: Queue,
        bulk: Queue,
        clock: Clock,
        counters: Counters,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._config = config
        self._connectors = connectors
        self._vault = vault
        self._archive = archive
        self._unsealing = Unsealing(vault, archive)
        self._orders = orders
        self._owning = Owning(vault)
        self._asides = asides
        self._deadlines = deadlines
        self._work = work
        self._marks = marks
        self._lanes = {"live": live, "bulk": bulk}
        self._clock = clock
        self._counters = counters
        self._pause = pause
        self._buckets: dict[tuple[str, str, str], tuple[datetime, tuple[int, int] | None]] = {}
        self._heard: dict[tuple[str, str, str], datetime] = {}

    def handle(self, body: str) -> None:
        """Handle one message of the queue. Raises Retriable when it must stay there; everything else is settled here."""
        try:
            envelope = decode(body)
        except Permanent as error:
            merchant = self._config().merchant
            self._quarantine(merchant, hashlib.sha256(body.encode()).hexdigest()[:32], body, error)
            return
        with tracing.under(envelope.trace or envelope.digest):
            self._settle(envelope, lambda: self._unpack(envelope))

    def _settle(self, envelope: Envelope, action: Callable[[], None]) -> None:
        """Run, and react to each kind of error as it asks for."""
        try:
            action()
        except Skippable as error:
            self._counters.count("skipped", platform=envelope.platform, reason=error.reason)
        except Permanent as error:
            self._quarantine(envelope.merchant, envelope.digest, encode(envelope), error)
        except ConfigError as error:
            self._counters.count("config_error", platform=envelope.platform, reason=error.reason)
            self._later(envelope, 300, error)
        except Retriable as error:
            if error.after is None and not error.reason.startswith("platform-"):
                raise  # the table or a queue is down: the message stays where it is
            self._later(envelope, error.after or 60 * 2 ** min(envelope.attempt, 5), error)

    def _later(self, envelope: Envelope, seconds: int, error: HuitouError) -> None:
        """Back on the queue with a delay, or parked; a person looks at what has waited too often."""
        if envelope.attempt >= PARK_ATTEMPTS:
            self._quarantine(envelope.merchant, envelope.digest, encode(replace(envelope, attempt=0)), error)
            return
        again = encode(replace(envelope, attempt=envelope.attempt + 1))
        if seconds <= DELAY_LIMIT:
            self._lanes[envelope.lane].send([again], delay_seconds=seconds)
        else:
            due = self._clock.now() + timedelta(seconds=seconds)
            self._work.park(envelope.merchant, envelope.digest, again, due, error.reason)
        self._counters.count("delayed", platform=envelope.platform, reason=error.reason)

    def _quarantine(self, merchant: str, key: str, body: str, error: HuitouError) -> None:
        self._work.quarantine(merchant, key, body, error.reason, str(error))
        self._counters.count("quarantined", reason=error.reason)

    def _unpack(self, envelope: Envelope) -> None:
        if envelope.form == "deadline":
            self._deadlines.look_at(envelope)
            return
        if (envelope.platform, envelope.account) in self._config().removed:
            raise Skippable("account-removed", "the account was disconnected", connector=envelope.platform)
        sealed = self._unsealing.sealed(envelope)
        packed = self._unsealing.open(envelope, sealed)
        known = self._config().account(envelope.platform, envelope.account)
        shop = Account(envelope.merchant, envelope.platform, envelope.account, known.options if known else {})
        ref = Ref(shop, envelope.delivery_id, envelope.source)
        events: Iterable[Event] = (unpack_event(packed),) if envelope.form == "event" else self._cut(packed, ref)
        self._hear(envelope)
        cut = list(events)
        if not cut:
            raise Skippable("no-event", "a delivery with nothing in it", connector=envelope.platform)
        raw = RawCopy(envelope, cut, sealed)
        if len(cut) == 1:
            self._event(envelope, cut[0], ref, raw)
            return
        for event in cut:  # each on its own: one that fails takes no other with it
            alone = self._envelope_of(envelope, event)
            self._settle(alone, partial(self._event, alone, event, ref, raw))

    def _cut(self, packed: bytes, ref: Ref) -> tuple[Event, ...]:
        connector = self._connectors.connector(ref.account.platform)
        if not isinstance(connector, ReceivesWebhooks | ReceivesFeed):
            raise Permanent("no-webhooks", "this platform sends none", connector=ref.account.platform)
        return connector.events(unpack_request(packed), ref)

    def _envelope_of(self, envelope: Envelope, event: Event) -> Envelope:
        """An envelope for one event of several, so that it can wait or be looked at alone.

        Named by its content: two that wait under one name, as two events under one delivery id would, are one too few.
        """
        packed = pack_event(event)
        digest = digest_of(envelope.platform, envelope.account, event.topic, packed)
        sealed = self._vault.seal_raw(envelope.merchant, packed, digest)
        text, claim = carried(sealed, envelope.merchant, digest, self._archive.put)
        return replace(
            envelope,
            digest=digest,
            trace=envelope.trace or envelope.digest,
            form="event",
            topic=event.topic,
            delivery_id=event.delivery_id,
            sealed=text,
            claim=claim,
        )

    def _event(self, envelope: Envelope, event: Event, ref: Ref, raw: RawCopy) -> None:
        try:
            event, source, told = self._read(envelope, event, ref)
        except Skippable:
            if event.kind == "other":  # a topic that nobody knows yet: kept, so that it can be read once somebody does
                raw.set_aside(self._archive)
                self._counters.count("unknown_topic", platform=envelope.platform)
            raise
        for telling in self._tellings(told, event, source):
            self._apply(telling, envelope, event, raw)
        for thing in told:
            self._asides.take(
                thing,
                source=source,
                occurred_at=event.occurred_at,
                received_at=envelope.received_at,
                keep_raw=lambda: raw.keep(self._archive),
                drop_raw=lambda: raw.destroy(self._archive),
            )

    def _read(self, envelope: Envelope, event: Event, ref: Ref) -> tuple[Event, int, tuple[Canonical, ...]]:
        """The event with its payload, how far its source is believed, and what it says."""
        connector = self._connectors.connector(envelope.platform)
        source = 0 if envelope.source == "push" else 1
        if event.thin or (connector.info.push_trust != "signed" and envelope.source == "push"):
            if not isinstance(connector, Hydrates):
                raise Permanent("cannot-hydrate", "a thin event on a platform that cannot be read", connector=envelope.platform)
            event = connector.hydrate(event, self._connectors.api(ref.account))
            source = 1
        return event, source, connector.canonical(event.kind, event.payload, replace(ref, delivery_id=event.delivery_id))

    def _tellings(self, told: tuple[Canonical, ...], event: Event, source: int) -> list[_Telling]:
        # What decides the outcome beside the payload is part of the name: the same bytes told at another time are news.
        when = f"{event.topic}\0{source}\0{event.occurred_at}\0"
        digest = hashlib.sha256(when.encode() + event.payload).hexdigest()[:12]
        by_order: dict[OrderKey, Layers] = {}
        for thing in told:
            if isinstance(thing, Order | Refund | Parcel):
                if isinstance(thing, Order) and self._has_direct_source(thing):
                    raise Skippable("direct-source", "the platform is connected directly: its own telling counts")
                key = key_of(thing)
                layers = explode(thing, source=source, occurred_at=event.occurred_at)
                by_order[key] = merge(by_order.get(key, {}), layers)
        return [_Telling(key, layers, digest) for key, layers in by_order.items()]

    def _has_direct_source(self, order: Order) -> bool:
        origin = order.extra.get("origin")
        if order.platform != "generic" or not isinstance(origin, dict):
            return False
        return any(
            account.platform == origin.get("platform") and origin.get("account") in (None, account.account)
            for account in self._config().accounts
        )

    def _apply(self, telling: _Telling, envelope: Envelope, event: Event, raw: RawCopy) -> None:
        for attempt in range(TRIES):
            stored = self._orders.read(telling.key)
            if telling.digest in stored.seen:
                self._counters.count("duplicate", platform=envelope.platform)
                return
            personal = self._owning.opened(telling.key, stored)
            whole = unite(stored.layers, personal or {})
            telling = self._kept(telling if personal is not None else self._bared(telling, raw), whole)
            if contains(whole, telling.layers):
                self._witness(telling, stored, envelope, event)
                self._counters.count("duplicate", platform=envelope.platform)
                return
            merged = merge(whole, telling.layers)
            order = view(telling.key, merge(merged, telling.whole) if telling.whole else merged)
            whose = self._owning.of(telling.key, stored, order, erased=personal is None, less=telling.whole is not None)
            if whose.is_erased:
                telling, merged = self._bared(telling, raw), divide(merged)[0]
            applied = merged != whole
            row = self._history(telling, envelope, event, raw, applied=applied)
            if not applied:
                self._orders.note(telling.key, row)
                self._counters.count("stale", platform=envelope.platform)
                return
            if len(stored.told) == TOLD:  # before the order forgets it; a row that is there already is the same row
                self._orders.note(telling.key, stored.told[0])
            fresh = self._next(telling, stored, (merged, order, whose), row)
            if self._orders.write(telling.key, fresh, expected_version=stored.version):
                self._report(telling, merged, envelope.platform)
                self._time(envelope, event)
                return
            self._pause(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311  # jitter, no secret
        raise Retriable("order-contended", f"{TRIES} writers were faster", connector=envelope.platform)

    def _kept(self, telling: _Telling, whole: Layers) -> _Telling:
        """What may be kept of it: nothing personal, and no raw bytes, once the time of an order's personal data is over."""
        layers = self._orders.keepable(telling.key, whole, telling.layers)
        return telling if layers is telling.layers else replace(telling, layers=layers, whole=telling.whole or telling.layers)

    def _bared(self, telling: _Telling, raw: RawCopy) -> _Telling:
        """Nothing personal of it, and no raw bytes: whom it tells of is erased."""
        raw.destroy(self._archive)
        return replace(telling, layers=divide(telling.layers)[0], whole=telling.whole or telling.layers)

    def _witness(self, telling: _Telling, stored: StoredOrder, envelope: Envelope, event: Event) -> None:
        """A source that says nothing new has told of the order all the same, and its history says which ones have."""
        if all(row.source != envelope.source for row in stored.told):
            at = max(clock.millis for clock in telling.layers)
            row = HistoryRow(telling.digest, at, event.topic, envelope.source, envelope.received_at, None, "same")
            self._orders.note(telling.key, row)

    def _next(self, telling: _Telling, stored: StoredOrder, read: tuple[Layers, Order, Whose], row: HistoryRow) -> StoredOrder:
        """The item to write: personal data sealed under its subject, and the keyed hashes that look it up."""
        key, (merged, order, whose), sealed = telling.key, read, None
        plain, personal = divide(merged)
        if personal and is_undated(order, self._clock.now()):
            self._marks.put(key.merchant, undated_name(key), "", expected_version=0)  # one that is there already is the same
        if personal:
            raw = msgspec.json.encode([[list(clock), told] for clock, told in personal.items()])
            sealed = self._vault.seal(key.merchant, whose.subject or "", raw, key.place)
        return StoredOrder(
            version=stored.version + 1,
            layers=plain,
            personal=sealed,
            subject=whose.subject,
            member=whose.member,
            bucket=stored.bucket if stored.version else self._bucket(key),
            identities=whose.identities,
            seen=(*stored.seen, telling.digest)[-SEEN:],
            told=(*stored.told, row)[-TOLD:],
        )

    def _bucket(self, key: OrderKey) -> int:
        """The order's bucket for good. Growth is seen a few seconds late, which overfills a cell by no more than those."""
        shop, now = (key.merchant, key.platform, key.account), self._clock.now()
        until, found = self._buckets.get(shop, (now, None))
        if found is None or now >= until:
            found = self._orders.buckets(*shop)
            self._buckets[shop] = (now + BUCKETS_KEPT, found)
        first, width = found
        return first + int.from_bytes(hashlib.sha256(key.order_id.encode()).digest()[:4], "big") % width

    def _history(self, telling: _Telling, envelope: Envelope, event: Event, raw: RawCopy, *, applied: bool) -> HistoryRow:
        """Archive the raw bytes, and say what came."""
        return HistoryRow(
            digest=telling.digest,
            at_millis=max(clock.millis for clock in telling.layers),
            topic=event.topic,
            source=envelope.source,
            received_at=envelope.received_at,
            archive_key=None if telling.whole else raw.keep(self._archive) or None,
            effect="applied" if applied else "stale",
        )

    def _report(self, telling: _Telling, merged: Layers, platform: str) -> None:
        order = view(telling.key, merged)
        self._counters.count("applied", platform=platform)
        if order.status == "unknown" and order.platform_status is not None:
            self._counters.count("unmapped_status", platform=platform)
        if "amounts_gap" in order.extra:
            self._counters.count("amounts_gap", platform=platform)
        for reason in odd_refunds(order, merged):
            self._counters.count("refund_odd", platform=platform, reason=reason)
        # Only what is waiting still: the telling that began it may arrive after the one that ended it.
        state = [order.status, order.platform_status]
        told = [each for each in telling.layers.values() if each.get("status", {}).get("s") == state]
        if any("confirm_by" in each.get("extra", {}) for each in told):
            self._deadlines.watch(telling.key, order)

    def _time(self, envelope: Envelope, event: Event) -> None:
        """How long today's events took to us, and from us into the order; what history took says nothing."""
        if envelope.lane == "bulk":
            return
        self._counters.measure("lag_order", self._clock.now() - envelope.received_at, platform=envelope.platform)
        if envelope.source == "push" and event.occurred_at is not None:
            self._counters.measure("lag_platform", envelope.received_at - event.occurred_at, platform=envelope.platform)

    def _hear(self, envelope: Envelope) -> None:
        """Remember, at most every five minutes and worker, when a source was last heard of."""
        source = "pull" if envelope.source == "pull" else "push"
        index = (envelope.platform, envelope.account, source)
        last = self._heard.get(index)
        if last and envelope.received_at - last < HEARD_EVERY:
            return
        self._heard[index] = envelope.received_at
        name = f"heard#{envelope.platform}#{envelope.account}#{source}"
        value, version = self._marks.get(envelope.merchant, name) or ("", 0)
        stamp = envelope.received_at.isoformat()
        if stamp > value:  # a lost race only leaves the other worker's stamp, a moment older or newer
            self._marks.put(envelope.merchant, name, stamp, expected_version=version)
