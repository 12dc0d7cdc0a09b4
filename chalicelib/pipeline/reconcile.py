"""Reconcile: a platform's own list of a day against our table. What is missing or older here is sent again, as a pull sends it.

The list is walked from the beginning of the day to now, since platforms list orders by their last change: an order of the day may
have changed at any time after it. Memory holds one page, and eight bytes for each order of the day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from msgspec import structs

from chalicelib.config import Config
from chalicelib.contract import Account, Connector, Event, Page, PullsOrders, Ref
from chalicelib.coverage import Coverages
from chalicelib.domain.coverage import SETTLING, Coverage, Drought, Stretch
from chalicelib.domain.events import Parcel
from chalicelib.domain.merge import Layers, merge
from chalicelib.domain.order import Order, Refund, local_day, order_day
from chalicelib.domain.record import OrderKey, divide, explode, key_of, told_order, view
from chalicelib.envelope import encode
from chalicelib.errors import ConfigError, Permanent, Retriable, Skippable
from chalicelib.intake import enclosed
from chalicelib.ports import Archive, Clock, Connectors, Counters, Marks, OrderStore, Queue, StoredOrder, Vault
from chalicelib.toolkit.decode import decoder

OVERLAP = timedelta(minutes=10)  # clocks and replicas of platforms lag; what changed within it may be under way still
RESUMED_WITHIN = timedelta(hours=6)  # platforms forget their cursors; an older walk begins anew
NAMED = 50  # so many ids of each kind are told; all are counted
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Found(msgspec.Struct):
    """What a walk has found so far. Counts are of orders as listed; see `Reconciliation`."""

    listed: int = 0
    same: int = 0
    missing: int = 0
    stale: int = 0
    young: int = 0
    unclear: int = 0
    unread: int = 0
    sent: int = 0
    missing_ids: list[str] = []
    stale_ids: list[str] = []
    silent: dict[int, int] = {}
    pushed: datetime | None = None


class _Walk(msgspec.Struct):
    """A list being walked. `cursor` is the connector's, `page` how many pages were dealt with, `done` once there are no more."""

    day: date
    since: datetime
    until: datetime
    heal: bool
    watched: bool = False  # whether the account takes pushes, so that orders are witnesses of them
    cursor: str | None = None
    page: int = 0
    done: bool = False
    found: Found = msgspec.field(default_factory=Found)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """An account's day. `listed` = `same` + `missing` + `stale` + `young` + `unclear` + `unread`.

    `missing`: the platform lists it and we have none. `stale`: the platform's last change is newer than what we hold, by the
    platform's clock. `young`: different, and so fresh that it may be under way. `unclear`: listed without what it takes to
    compare. `unread`: listed in a form that cannot be read. `extra`: an order of the day here that the platform does not list;
    named, never deleted. `sent`: how many came again. Ids are the first NAMED of each. `since`, `until`: what was walked, UTC.
    """

    platform: str
    account: str
    day: date
    since: datetime
    until: datetime
    listed: int
    same: int
    missing: int
    stale: int
    young: int
    unclear: int
    unread: int
    extra: int
    sent: int
    missing_ids: tuple[str, ...]
    stale_ids: tuple[str, ...]
    extra_ids: tuple[str, ...]
    coverage: Coverage
    drought: Drought | None

    @property
    def agrees(self) -> bool:
        """Whether everything listed could be compared, and is here as the platform has it."""
        return not (self.missing or self.stale or self.unread)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One entry of the list. `verdict`: the field of Found that it adds to. `id`: of the order, where the list tells."""

    event: Event
    verdict: str
    id: str | None = None
    held: str | None = None  # its hash, of an order of the day that we hold
    placed_at: datetime | None = None
    by_push: bool = False


class Reconcile:
    """The step. Like a pull, it goes on after a crash where the last whole page ended.

    `pages(platform, account)`: marks in which a walk keeps the orders of the day that it saw, by page.
    """

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        connectors: Connectors,
        orders: OrderStore,
        coverages: Coverages,
        marks: Marks,
        pages: Callable[[str, str], Marks],
        vault: Vault,
        archive: Archive,
        bulk: Queue,
        clock: Clock,
        counters: Counters,
        fan_out: int = 1,
    ) -> None:
        self._config = config
        self._connectors = connectors
        self._orders = orders
        self._coverages = coverages
        self._marks = marks
        self._pages = pages
        self._vault = vault
        self._archive = archive
        self._bulk = bulk
        self._clock = clock
        self._counters = counters
        self._fan_out = fan_out

    def account(self, platform: str, account: str, day: date, *, heal: bool = True, dry_run: bool = False) -> Reconciliation:
        """Compare an account's day. `heal` sends what is missing or stale on the bulk lane; `dry_run` writes and sends nothing.

        Raises ConfigError for an account that is not configured, a platform that lists no orders, or a day to come;
        Retriable("reconcile-doubled") where another worker walks the same list; and whatever the connector raises: the next
        call for the same day then goes on where the last whole page ended.
        """
        config = self._config()
        known = config.account(platform, account)
        connector = self._connectors.connector(platform)
        if known is None or not isinstance(connector, PullsOrders):
            raise ConfigError("cannot-reconcile", "no such account, or its platform lists no orders", connector=platform)
        if day > local_day(self._clock.now(), config.zone):
            raise ConfigError("day-to-come", "a day that has not begun has no orders", connector=platform)
        shop = Account(config.merchant, platform, account, known.options)
        name = f"reconcile#{platform}#{account}"
        walk, version = self._walk(config, name, day, heal=heal and not dry_run, fresh=dry_run)
        walk.watched = self._coverages.takes_pushes(shop)
        kept: set[str] = set()
        for page in connector.pull_orders(walk.since, walk.until, walk.cursor, self._connectors.api(shop)):
            seen = self._look(connector, shop, walk, page)
            kept |= self._add(shop, walk, seen)
            walk.cursor, walk.done = page.cursor, page.cursor is None
            if not dry_run:
                version = self._keep(shop, name, walk, seen, version)
        return self._finish(shop, walk, kept, dry_run=dry_run)

    def _walk(self, config: Config, name: str, day: date, *, heal: bool, fresh: bool) -> tuple[_Walk, int]:
        """The walk to go on with, or a new one: from the day's first instant, with what clocks may be apart, to now."""
        stored, version = self._marks.get(config.merchant, name) or ("", 0)
        if stored and not fresh:
            walk = decoder(_Walk).decode(stored)
            recent = self._clock.now() - walk.until < RESUMED_WITHIN
            if recent and (walk.day, walk.heal, walk.done) == (day, heal, False):
                return walk, version
        return _Walk(day, _first_instant(day, config.zone) - OVERLAP, self._clock.now(), heal), version

    def _look(self, connector: Connector, shop: Account, walk: _Walk, page: Page) -> list[_Seen]:
        """Each entry against the table."""

        def one(event: Event) -> list[_Seen]:
            return self._compare(connector, shop, walk, event)

        if self._fan_out == 1:
            return [seen for event in page.events for seen in one(event)]
        with ThreadPoolExecutor(self._fan_out) as pool:
            return [seen for found in pool.map(one, page.events) for seen in found]

    def _compare(self, connector: Connector, shop: Account, walk: _Walk, event: Event) -> list[_Seen]:
        """What one event of the list comes to; nothing where it tells of no order."""
        if event.thin:
            return self._thin(shop, walk, event)
        try:
            told = connector.canonical(event.kind, event.payload, Ref(shop, event.delivery_id, "pull"))
        except Skippable:
            return []
        except Permanent:
            return [_Seen(event, "unread", event.resource_id)]
        by_order: dict[OrderKey, list[Layers]] = {}
        placed: dict[OrderKey, datetime | None] = {}
        for thing in told:
            if isinstance(thing, Order | Refund | Parcel):
                key = key_of(thing)
                by_order.setdefault(key, []).append(explode(thing, source=1, occurred_at=event.occurred_at))
                if isinstance(thing, Order):
                    placed[key] = thing.placed_at
        return [self._verdict(walk, event, key, layers, placed.get(key)) for key, layers in by_order.items()]

    def _thin(self, shop: Account, walk: _Walk, event: Event) -> list[_Seen]:
        """An id, perhaps with the time of its last change."""
        if event.kind != "order" or event.resource_id is None:
            return [_Seen(event, "unclear")]
        key = OrderKey(shop.merchant, shop.platform, shop.account, event.resource_id)
        stored = self._orders.read(key)
        if not told_order(stored.layers):
            return [self._seen(walk, event, key, stored, verdict="missing", changed=event.occurred_at, placed=event.occurred_at)]
        if event.occurred_at is None:
            return [self._seen(walk, event, key, stored, verdict="unclear", changed=None, placed=None)]
        newer = _millis(event.occurred_at) > _newest(stored.layers, {"status"})
        return [self._seen(walk, event, key, stored, verdict="stale" if newer else "same", changed=event.occurred_at, placed=None)]

    def _verdict(self, walk: _Walk, event: Event, key: OrderKey, told: list[Layers], placed: datetime | None) -> _Seen:
        """Several tellings of one order out of one event: it is stale where any is newer than what we hold of its part."""
        stored = self._orders.read(key)
        latest = max(clock.millis for layers in told for clock in layers)
        changed = _EPOCH + timedelta(milliseconds=latest) if latest else None
        if not told_order(stored.layers):
            verdict = "missing"
        elif changed is None:
            verdict = "unclear"
        else:
            newer = any(clock.millis > _newest(stored.layers, _parts(parts)) for layers in told for clock, parts in layers.items())
            # Some lists tell when they were read where they know no change: what says nothing new is no change.
            read_now = changed > walk.until - OVERLAP
            verdict = "stale" if newer and not (read_now and _says_the_same(key, stored, told)) else "same"
        return self._seen(walk, event, key, stored, verdict=verdict, changed=changed, placed=placed)

    def _seen(
        self,
        walk: _Walk,
        event: Event,
        key: OrderKey,
        stored: StoredOrder,
        *,
        verdict: str,
        changed: datetime | None,
        placed: datetime | None,
    ) -> _Seen:
        order = view(key, stored.layers) if told_order(stored.layers) else None
        mine = order is not None and order_day(order, self._config().zone) == walk.day
        placed = (order.placed_at if order else None) or placed
        witness = walk.watched and placed is not None and walk.since <= placed <= walk.until - SETTLING
        if verdict in ("missing", "stale") and changed is not None and changed > walk.until - OVERLAP:
            verdict = "young"
        return _Seen(
            event,
            verdict,
            key.order_id,
            _hash(key.order_id) if mine else None,
            placed if witness else None,
            witness and stored.version > 0 and self._coverages.pushed(key, stored),
        )

    def _add(self, shop: Account, walk: _Walk, seen: list[_Seen]) -> set[str]:
        """Count a page, and send what has to come again. Returns the hashes of the day's orders on it."""
        found, stretch = walk.found, Stretch(walk.found.silent, walk.found.pushed)
        for each in seen:
            found.listed += 1
            setattr(found, each.verdict, getattr(found, each.verdict) + 1)
            names = {"missing": found.missing_ids, "stale": found.stale_ids}.get(each.verdict)
            if names is not None and each.id is not None and len(names) < NAMED:
                names.append(each.id)
            if each.placed_at is not None:
                stretch.see(each.placed_at, by_push=each.by_push)
        found.silent, found.pushed = stretch.silent, stretch.pushed
        if walk.heal:
            found.sent += self._send(shop, seen)
        return {each.held for each in seen if each.held}

    def _send(self, shop: Account, seen: list[_Seen]) -> int:
        again = {id(each.event): each.event for each in seen if each.verdict != "same"}
        now = self._clock.now()
        bodies = [
            encode(enclosed(shop, event, vault=self._vault, archive=self._archive, now=now, lane="bulk"))
            for event in again.values()
        ]
        if bodies:
            self._bulk.send(bodies)
        return len(bodies)

    def _keep(self, shop: Account, name: str, walk: _Walk, seen: list[_Seen], version: int) -> int:
        """The page's orders first, then how far the walk has come: a crash in between repeats the page."""
        held = sorted({each.held for each in seen if each.held})
        if held:
            pages, page = self._pages(shop.platform, shop.account), f"{walk.page:06d}"
            _, stamped = pages.get(shop.merchant, page) or ("", 0)
            pages.put(shop.merchant, page, f"{_run(walk)} {' '.join(held)}", expected_version=stamped)
        walk.page += 1
        if not self._marks.put(shop.merchant, name, msgspec.json.encode(walk).decode(), expected_version=version):
            raise Retriable("reconcile-doubled", "another worker walks this list", connector=shop.platform)
        return version + 1

    def _finish(self, shop: Account, walk: _Walk, kept: set[str], *, dry_run: bool) -> Reconciliation:
        """What is here and not on the list, by which ways orders came, and what that says of pushes."""
        if not dry_run:
            told = self._pages(shop.platform, shop.account).named(shop.merchant, "")
            for page, text in told.items():
                run, *held = text.split(" ")
                if run == _run(walk) and int(page) < walk.page:
                    kept |= set(held)
        extra = [
            order_id for order_id in self._coverages.order_ids(shop.platform, shop.account, walk.day) if _hash(order_id) not in kept
        ]
        extra = [order_id for order_id in extra if self._ought_to_be_listed(shop, walk, order_id)]
        found = walk.found
        coverage = self._coverages.recount(shop.platform, shop.account, walk.day, keep=not dry_run)
        drought = None if dry_run else self._coverages.judge(shop, Stretch(found.silent, found.pushed))
        if not dry_run:
            self._count(shop.platform, found, len(extra))
        return Reconciliation(
            platform=shop.platform,
            account=shop.account,
            day=walk.day,
            since=walk.since,
            until=walk.until,
            listed=found.listed,
            same=found.same,
            missing=found.missing,
            stale=found.stale,
            young=found.young,
            unclear=found.unclear,
            unread=found.unread,
            extra=len(extra),
            sent=found.sent,
            missing_ids=tuple(found.missing_ids),
            stale_ids=tuple(found.stale_ids),
            extra_ids=tuple(extra[:NAMED]),
            coverage=coverage,
            drought=drought,
        )

    def _ought_to_be_listed(self, shop: Account, walk: _Walk, order_id: str) -> bool:
        """Whether the platform's list has to have it: its last change, as far as we know, lies within what was walked."""
        stored = self._orders.read(OrderKey(shop.merchant, shop.platform, shop.account, order_id))
        last = _newest(stored.layers, {"status"})
        return _millis(walk.since) <= last <= _millis(walk.until - OVERLAP)

    def _count(self, platform: str, found: Found, extra: int) -> None:
        self._counters.count("reconciled", platform=platform)
        for name, amount in (("missing", found.missing), ("stale", found.stale), ("unread", found.unread), ("extra", extra)):
            if amount:
                self._counters.count(f"reconcile_{name}", amount, platform=platform)


def _parts(told: Iterable[str]) -> set[str]:
    """By which parts a telling is measured: an order by its status, a refund or parcel by itself."""
    names = set(told)
    return {"status"} if "status" in names else names


def _says_the_same(key: OrderKey, stored: StoredOrder, told: list[Layers]) -> bool:
    """Whether tellings change nothing of an order but when it was last heard of; personal data aside."""
    merged = view(key, merge(stored.layers, *(divide(layers)[0] for layers in told)))
    return structs.replace(merged, updated_at=None) == structs.replace(view(key, stored.layers), updated_at=None)


def _first_instant(day: date, zone: ZoneInfo) -> datetime:
    """When the day began in the merchant's zone, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _newest(layers: Layers, parts: set[str]) -> int:
    """The platform's time of the newest telling of these parts, in milliseconds; -1 for none."""
    return max((clock.millis for clock, told in layers.items() if not parts.isdisjoint(told)), default=-1)


def _millis(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _hash(order_id: str) -> str:
    return hashlib.sha256(order_id.encode()).hexdigest()[:16]


def _run(walk: _Walk) -> str:
    return f"{walk.day.isoformat()}/{walk.until.isoformat()}"
