"""Pull: pages of changed orders, reviews and spend from a platform, as the same envelopes on the same queues that pushes use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
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
from chalicelib.envelope import Envelope, encode
from chalicelib.errors import ConfigError, Retriable
from chalicelib.intake import enclosed
from chalicelib.leases import Turn, Watch
from chalicelib.ports import Archive, Clock, Connectors, Counters, Marks, Queue, Vault
from chalicelib.toolkit.decode import decoder

OVERLAP = timedelta(minutes=10)  # what a platform's own clock, replica or index may lag behind
FIRST_WINDOW = timedelta(days=1)  # a shop without a cursor starts here; older history is pulled on request
LIVE_WITHIN = timedelta(days=2)  # older windows are history, and history never delays today
RESTATED = timedelta(days=14)  # how long advertising platforms correct what they attributed to a day
SLACK = timedelta(minutes=1)  # ticks and queues are not to the second: who is due within it is due
What = Literal["orders", "reviews", "spend", "contacts"]
Lane = Literal["live", "bulk"]
_NEEDS: Mapping[What, type] = MappingProxyType(
    {"orders": PullsOrders, "reviews": PullsReviews, "spend": PullsSpend, "contacts": PullsContacts}
)
# At least so many minutes between two pulls: nobody answers a review within five, and reports are made a few times a day,
# and a directory can only be walked whole.
_RARER: Mapping[What, int] = MappingProxyType({"orders": 0, "reviews": 30, "spend": 360, "contacts": 1440})


class _Window(msgspec.Struct):
    """A stretch of update times being pulled. `cursor` is the connector's; `done` once the platform had no more.

    `began`: since when there is no gap, windows before this one together with it; see chalicelib/spending.py.
    """

    since: datetime
    until: datetime
    cursor: str | None = None
    done: bool = False
    began: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the past to pull, and the connector's cursor inside it."""

    what: What
    since: datetime
    until: datetime
    cursor: str | None = None


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

    def due(self, account: AccountConfig, what: What, at: datetime) -> bool:
        """Whether an account's turn will have come at `at`; never where its platform has none of this, or it is not pulled."""
        if not account.pull_minutes or not isinstance(self._connectors.connector(account.platform), _NEEDS[what]):
            return False
        stored = self._marks.get(self._config().merchant, _mark("pull", what, account.platform, account.account))
        if stored is None:
            return True
        window = decoder(_Window).decode(stored[0])
        return not window.done or at - window.until >= timedelta(minutes=max(account.pull_minutes, _RARER[what])) - SLACK

    def can(self, platform: str, what: What) -> bool:
        """Whether a platform has this to pull."""
        return isinstance(self._connectors.connector(platform), _NEEDS[what])

    def account(self, platform: str, account: str, since: datetime | None = None, what: What = "orders") -> int:
        """Pull one account from its cursor, or from `since`, to the end; returns how many events were queued. See `turn`."""
        return self.turn(platform, account, what, since=since).queued

    def turn(
        self, platform: str, account: str, what: What = "orders", *, since: datetime | None = None, watch: Watch | None = None
    ) -> Turn:
        """Pull one account from its cursor, or from `since`, as long as `watch` lets it.

        Raises ConfigError for an account that is not configured or a platform that cannot be pulled, and whatever the
        connector and `watch` raise; the cursor then stands where the last whole page ended.
        """
        config, shop = self._shop(platform, account, what)
        name = _mark("pull" if since is None else "backfill", what, platform, account)
        window, version = self._window(config.merchant, name, since)
        lane: Lane = "live" if self._clock.now() - window.since < LIVE_WITHIN else "bulk"

        def keep(cursor: str | None, _: int) -> None:
            nonlocal version
            window.cursor = cursor
            if not self._marks.put(config.merchant, name, _text(window), expected_version=version):
                raise Retriable("pull-doubled", "another worker pulls this account", connector=platform)
            version += 1

        turn = self._go(shop, what, window, watch or Watch(), keep, lane=lane)
        if turn.done:
            window.cursor, window.done = None, True
            self._marks.put(config.merchant, name, _text(window), expected_version=version)
        if turn.done and what == "orders":
            self._hear(shop, window)
        self._counters.count("pulled", turn.queued, platform=platform)
        return turn

    def stretch(self, platform: str, account: str, stretch: Stretch, watch: Watch, keep: Callable[[str | None, int], None]) -> Turn:
        """Pull a stretch of the past on the bulk lane. `keep` is given the cursor and the count of each page that is queued.

        Raises as `turn` does, and whatever `keep` raises.
        """
        _, shop = self._shop(platform, account, stretch.what)
        window = _Window(stretch.since, stretch.until, stretch.cursor)
        turn = self._go(shop, stretch.what, window, watch, keep, lane="bulk")
        self._counters.count("pulled", turn.queued, platform=platform)
        return turn

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

    def _shop(self, platform: str, account: str, what: What) -> tuple[Config, Account]:
        config = self._config()
        known = config.account(platform, account)
        if known is None or not self.can(platform, what):
            raise ConfigError("cannot-pull", f"no such account, or its platform has no {what} to pull", connector=platform)
        return config, Account(config.merchant, platform, account, known.options)

    def _go(
        self, shop: Account, what: What, window: _Window, watch: Watch, keep: Callable[[str | None, int], None], *, lane: Lane
    ) -> Turn:
        """Page by page: asked whether it may, queued, and only then is the cursor moved."""
        queued = 0
        connector, api = self._connectors.connector(shop.platform), self._connectors.api(shop)
        for page in _pages(what, connector, window, api, self._config().zone):
            watch.before_page()
            count = self._page(shop, page, lane)
            queued += count
            keep(page.cursor, count)
            # Without a cursor there is nothing to go on from: what is left is one page, or none.
            if not watch.goes_on() and page.cursor is not None:
                return Turn(queued, done=False)
        return Turn(queued)

    def _page(self, shop: Account, page: Page, lane: Lane) -> int:
        envelopes = [encode(self._envelope(shop, event, "pull", lane)) for event in page.events]
        if envelopes:
            (self._live if lane == "live" else self._bulk).send(envelopes)
        return len(envelopes)

    def _envelope(self, shop: Account, event: Event, source: Source, lane: Lane) -> Envelope:
        return enclosed(shop, event, vault=self._vault, archive=self._archive, now=self._clock.now(), source=source, lane=lane)

    def _window(self, merchant: str, name: str, since: datetime | None) -> tuple[_Window, int]:
        """Where to go on: in the middle of a window, or in the next one, which begins a little before the last one's end."""
        now = self._clock.now()
        stored = self._marks.get(merchant, name)
        if stored is None:
            return _Window(since or now - FIRST_WINDOW, now, began=since or now - FIRST_WINDOW), 0
        window = decoder(_Window).decode(stored[0])
        if not window.done and since in (None, window.since):
            return window, stored[1]
        return _Window(since or window.until - OVERLAP, now, began=since or window.began or window.since), stored[1]

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
