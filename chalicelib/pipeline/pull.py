"""Pull: pages of changed orders, reviews and spend from a platform, as the same envelopes on the same queues that pushes use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal, cast
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.config import AccountConfig, Config
from chalicelib.contract import (
    Account,
    Api,
    Event,
    ImportsFiles,
    Page,
    PullsContacts,
    PullsOrders,
    PullsReviews,
    PullsSpend,
    Ref,
    Source,
)
from chalicelib.domain.order import local_day
from chalicelib.envelope import Envelope, carried, digest_of, encode, pack_event
from chalicelib.errors import ConfigError, HuitouError, Retriable
from chalicelib.ports import Archive, Clock, Connectors, Counters, Marks, Queue, Vault
from chalicelib.toolkit.decode import decoder

OVERLAP = timedelta(minutes=10)  # what a platform's own clock, replica or index may lag behind
FIRST_WINDOW = timedelta(days=1)  # a shop without a cursor starts here; older history is pulled on request
LIVE_WITHIN = timedelta(days=2)  # older windows are history, and history never delays today
RESTATED = timedelta(days=14)  # how long advertising platforms correct what they attributed to a day
WAITING = frozenset({"report-not-ready", "platform-throttled"})  # nothing is wrong: the next turn goes on where this one ended
What = Literal["orders", "reviews", "spend", "contacts"]
_NEEDS: Mapping[What, type] = MappingProxyType(
    {"orders": PullsOrders, "reviews": PullsReviews, "spend": PullsSpend, "contacts": PullsContacts}
)
# At least so many minutes between two pulls: nobody answers a review within five, and reports are made a few times a day,
# and a directory can only be walked whole.
_RARER: Mapping[What, int] = MappingProxyType({"orders": 0, "reviews": 30, "spend": 360, "contacts": 1440})


class _Window(msgspec.Struct):
    """A stretch of update times being pulled. `cursor` is the connector's; `done` once the platform had no more."""

    since: datetime
    until: datetime
    cursor: str | None = None
    done: bool = False


class Pull:
    """The step. The cursor moves only after the page's envelopes are on the queue, so that a crash repeats a page."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        connectors: Connectors,
        vault: Vault,
        archive: Archive,
        live: Queue,
        bulk: Queue,
        marks: Marks,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._connectors = connectors
        self._vault = vault
        self._archive = archive
        self._live = live
        self._bulk = bulk
        self._marks = marks
        self._clock = clock
        self._counters = counters

    def run(self) -> int:
        """On schedule: pull every account whose turn it is; one that fails does not hold up the others."""
        config = self._config()
        pulled = 0
        for account in config.accounts:
            if account.paused or not account.pull_minutes:
                continue
            for what in _NEEDS:
                if self._is_due(config, account, what):
                    pulled += self._try(account, what)
        return pulled

    def _try(self, account: AccountConfig, what: What) -> int:
        try:
            return self.account(account.platform, account.account, what=what)
        except HuitouError as error:
            name = "pull_waits" if error.reason in WAITING else "pull_failed"
            self._counters.count(name, platform=account.platform, reason=error.reason)
            return 0

    def account(self, platform: str, account: str, since: datetime | None = None, what: What = "orders") -> int:
        """Pull one account from its cursor, or from `since`; returns how many events were queued.

        Raises ConfigError for an account that is not configured or a platform that cannot be pulled, and whatever the
        connector raises; the cursor then stands where the last whole page ended.
        """
        config = self._config()
        known = config.account(platform, account)
        connector = self._connectors.connector(platform)
        if known is None or not isinstance(connector, _NEEDS[what]):
            raise ConfigError("cannot-pull", f"no such account, or its platform has no {what} to pull", connector=platform)
        shop = Account(config.merchant, platform, account, known.options)
        name = _mark("pull" if since is None else "backfill", what, platform, account)
        window, version = self._window(config.merchant, name, since)
        lane: Literal["live", "bulk"] = "live" if self._clock.now() - window.since < LIVE_WITHIN else "bulk"
        queued = 0
        for page in _pages(what, connector, window, self._connectors.api(shop), config.zone):
            queued += self._page(shop, page, lane)
            window.cursor = page.cursor
            if not self._marks.put(config.merchant, name, _text(window), expected_version=version):
                raise Retriable("pull-doubled", "another worker pulls this account", connector=platform)
            version += 1
        window.cursor, window.done = None, True
        self._marks.put(config.merchant, name, _text(window), expected_version=version)
        if what == "orders":
            self._hear(shop, window)
        self._counters.count("pulled", queued, platform=platform)
        return queued

    def import_file(self, platform: str, account: str, name: str, content: bytes) -> int:
        """Queue the events of a file on the bulk lane; returns how many. Permanent names the row or path that cannot be read."""
        config = self._config()
        known = config.account(platform, account)
        connector = self._connectors.connector(platform)
        if known is None or not isinstance(connector, ImportsFiles):
            raise ConfigError("cannot-import", "no such account, or its platform takes no files", connector=platform)
        shop = Account(config.merchant, platform, account, known.options)
        events = connector.import_file(name, content, Ref(shop, name, "import"))
        self._bulk.send([encode(self._envelope(shop, event, "import", "bulk")) for event in events])
        self._counters.count("imported", len(events), platform=platform)
        return len(events)

    def _page(self, shop: Account, page: Page, lane: Literal["live", "bulk"]) -> int:
        envelopes = [encode(self._envelope(shop, event, "pull", lane)) for event in page.events]
        if envelopes:
            (self._live if lane == "live" else self._bulk).send(envelopes)
        return len(envelopes)

    def _envelope(self, shop: Account, event: Event, source: Source, lane: Literal["live", "bulk"]) -> Envelope:
        digest = digest_of(shop.platform, shop.account, event.topic, event.payload)
        sealed = self._vault.seal_raw(shop.merchant, pack_event(event), digest)
        text, claim = carried(sealed, shop.merchant, digest, self._archive.put)
        return Envelope(
            digest=digest,
            merchant=shop.merchant,
            platform=shop.platform,
            account=shop.account,
            source=source,
            form="event",
            topic=event.topic,
            delivery_id=event.delivery_id,
            received_at=self._clock.now(),
            sealed=text,
            claim=claim,
            lane=lane,
        )

    def _is_due(self, config: Config, account: AccountConfig, what: What) -> bool:
        if not isinstance(self._connectors.connector(account.platform), _NEEDS[what]):
            return False
        stored = self._marks.get(config.merchant, _mark("pull", what, account.platform, account.account))
        if stored is None:
            return True
        window = decoder(_Window).decode(stored[0])
        return not window.done or self._clock.now() - window.until >= timedelta(minutes=max(account.pull_minutes, _RARER[what]))

    def _window(self, merchant: str, name: str, since: datetime | None) -> tuple[_Window, int]:
        """Where to go on: in the middle of a window, or in the next one, which begins a little before the last one's end."""
        now = self._clock.now()
        stored = self._marks.get(merchant, name)
        if stored is None:
            return _Window(since or now - FIRST_WINDOW, now), 0
        window = decoder(_Window).decode(stored[0])
        if not window.done and since in (None, window.since):
            return window, stored[1]
        return _Window(since or window.until - OVERLAP, now), stored[1]

    def _hear(self, shop: Account, window: _Window) -> None:
        heard = f"heard#{shop.platform}#{shop.account}#pull"
        _, stamped = self._marks.get(shop.merchant, heard) or ("", 0)
        self._marks.put(shop.merchant, heard, window.until.isoformat(), expected_version=stamped)


def _mark(word: str, what: What, platform: str, account: str) -> str:
    return f"{word if what == 'orders' else f'{word}-{what}'}#{platform}#{account}"


def _pages(what: What, connector: object, window: _Window, api: Api, zone: ZoneInfo) -> Iterator[Page]:
    """The connector's pages of a window. Spend is asked for by days, with those that may have been restated."""
    if what == "orders":
        return cast(PullsOrders, connector).pull_orders(window.since, window.until, window.cursor, api)
    if what == "reviews":
        return cast(PullsReviews, connector).pull_reviews(window.since, window.until, window.cursor, api)
    if what == "contacts":
        return cast(PullsContacts, connector).pull_contacts(window.cursor, api)
    first, last = local_day(window.since - RESTATED, zone), local_day(window.until, zone)
    return cast(PullsSpend, connector).pull_spend(first, last, window.cursor, api)


def _text(window: _Window) -> str:
    return msgspec.json.encode(window).decode()
