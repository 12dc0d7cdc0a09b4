"""Removing what may not be kept any more: once a day, by the days on which orders lie.

Nobody can read it by then (chalicelib/keeping.py, and the vault for raw requests); this is what takes it away. An order of a
platform with a limit loses its raw requests, its own data key where it has one, and its sealed part, in this order: whoever is
killed in between does it again. A day on which nothing is left to wait for is not read again until something on it changes. The
keys of raw requests are destroyed when their time is over, so that what a bucket or a queue forgot to delete is unreadable too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, timedelta
from functools import cache

import msgspec

from chalicelib.config import AccountConfig, Config
from chalicelib.domain.record import OrderKey
from chalicelib.domain.retention import MOST_DAYS, Limit
from chalicelib.errors import HuitouError, Retriable
from chalicelib.keeping import KeptOrders, KeptRecords
from chalicelib.ports import Archive, Clock, Counters, Marks, StoredOrder, Vault
from chalicelib.ports_accounts import Holdings
from chalicelib.toolkit.decode import decoder
from chalicelib.undated import FIRST_DAY, undated_name

EVERY = timedelta(hours=20)
RECORDS_EVERY = timedelta(days=7)  # they lie by id, so that all of them are looked at
AGAIN_DAYS = 3  # keys of raw requests that are destroyed once more: a restore of their table brings back a day of them
FIRST_RAW_DAYS = 60  # how far back their keys are looked for the first time
KINDS = ("review", "question", "message", "receipt", "contact")
RUN, RAW = "run", "raw"
DAYS_A_RUN = 2_000
Changes = Callable[[date], int]


class Walked(msgspec.Struct):
    """How far an account's orders have been gone through.

    `limit`: the days that held then; `back`: the day at which a first walk over all days goes on, None when it is over. `done`:
    days without anything personal left, and how often their orders had changed by then. `records_at`: when the records were
    looked at, ISO 8601.
    """

    limit: tuple[int | None, int | None]
    back: str | None
    done: dict[str, int] = {}
    records_at: str | None = None


class Retention:
    """The daily job. `notes` are marks in a partition of their own."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        orders: KeptOrders,
        records: KeptRecords,
        holdings: Holdings,
        changes: Callable[[str, date], int],
        archive: Archive,
        vault: Vault,
        marks: Marks,
        notes: Marks,
        clock: Clock,
        counters: Counters,
        first_day: date = FIRST_DAY,
    ) -> None:
        self._config = config
        self._orders = orders
        self._records = records
        self._holdings = holdings
        self._changes = changes
        self._archive = archive
        self._vault = vault
        self._marks = marks
        self._notes = notes
        self._clock = clock
        self._counters = counters
        self._first_day = first_day

    def run(self) -> int:
        """What is due today; returns how many orders and records lost their personal data. An account that fails is tried again."""
        config, now = self._config(), self._clock.now()
        last = self._notes.get(config.merchant, RUN)
        if last is not None and now - datetime.fromisoformat(last[0]) < EVERY:
            return 0
        self._destroy_raw_keys(config)
        removed, over = 0, True
        # Read before the orders are: what changes meanwhile is looked at tomorrow.
        changes = cache(lambda day: self._changes(config.merchant, day))
        for account in config.accounts:
            limit = config.retention.of(account.platform)
            if (limit.orders, limit.records) == (None, None):
                continue
            try:
                gone, whole = self._account(config, account, limit, changes)
                removed, over = removed + gone, over and whole
            except HuitouError as error:
                over = False
                self._counters.count("retention_failed", platform=account.platform, reason=error.reason)
        if over:
            self._notes.put(config.merchant, RUN, now.isoformat(), expected_version=last[1] if last else 0)
        return removed

    def _destroy_raw_keys(self, config: Config) -> None:
        """Of the days whose requests nobody may open any more."""
        stored = self._notes.get(config.merchant, RAW)
        until = self._clock.now().date() - timedelta(days=config.retention.raw_days + 1)
        since = date.fromisoformat(stored[0]) - timedelta(days=AGAIN_DAYS) if stored else until - timedelta(days=FIRST_RAW_DAYS)
        for number in range((until - max(since, self._first_day)).days + 1):
            day = max(since, self._first_day) + timedelta(days=number)
            self._vault.destroy(config.merchant, f"raw-{day:%Y%m%d}")
        if stored is None or stored[0] < until.isoformat():
            self._notes.put(config.merchant, RAW, until.isoformat(), expected_version=stored[1] if stored else 0)

    def _account(self, config: Config, account: AccountConfig, limit: Limit, changes: Changes) -> tuple[int, bool]:
        """How many lost what was personal, and whether that was all for today."""
        name = f"{account.platform}#{account.account}"
        stored = self._notes.get(config.merchant, name)
        held = (limit.orders, limit.records)
        walked = decoder(Walked).decode(stored[0].encode()) if stored else None
        if walked is None or _shorter(held, walked.limit):
            walked = Walked(held, self._clock.now().date().isoformat())
        walked.limit = held
        removed = (
            self._of_orders((config.merchant, account.platform, account.account), walked, limit.orders, changes)
            if limit.orders
            else 0
        )
        if limit.records and self._records_due(walked):
            removed += self._of_records(config.merchant, account)
            walked.records_at = self._clock.now().isoformat()
        told = msgspec.json.encode(walked).decode()
        if not self._notes.put(config.merchant, name, told, expected_version=stored[1] if stored else 0):
            raise Retriable("retention-doubled", "another worker is at it", connector=account.platform)
        self._counters.count("retention_removed", removed, platform=account.platform)
        return removed, walked.back is None

    def _of_orders(self, place: tuple[str, str, str], walked: Walked, days: int, changes: Changes) -> int:
        """A first walk goes over all days; later ones over those that may have something left."""
        today = self._clock.now().date()
        young = today - timedelta(days=max(days, MOST_DAYS) + 2)  # what was placed before it is over, whenever it is told
        start = date.fromisoformat(walked.back) if walked.back else today
        first = max(start - timedelta(days=DAYS_A_RUN), self._first_day) if walked.back else young
        removed, done = 0, {}
        for back in range((start - first).days + 1):
            day = start - timedelta(days=back)
            told, left = changes(day), 0
            if told and walked.done.get(day.isoformat()) != told:
                gone, left = self._those(self._holdings.orders_of(*place, day))
                removed += gone
            if told and not left and day >= young:
                done[day.isoformat()] = told
        walked.done, walked.back = done, first.isoformat() if walked.back and first > self._first_day else None
        prefix = undated_name(OrderKey(*place, ""))
        names = self._marks.named(place[0], prefix)
        return removed + self._those(OrderKey(*place, name.removeprefix(prefix)) for name in names)[0]

    def _those(self, keys: Iterator[OrderKey]) -> tuple[int, int]:
        """(how many lost what was personal, how many have it still)."""
        gone = left = 0
        for key in keys:
            stored = self._orders.whole.read(key)
            if stored.personal is None:
                continue
            if self._orders.over(key, stored.layers):
                gone += self._remove(key, stored)
            else:
                left += 1
        return gone, left

    def _remove(self, key: OrderKey, stored: StoredOrder) -> int:
        for row in self._orders.history(key):
            if row.archive_key:
                self._archive.remove(row.archive_key)
        # A buyer's key may seal orders that are young, and may be in use this moment; an order's own seals nothing else but what
        # was written about it.
        if stored.subject and stored.member is None:
            self._vault.destroy(key.merchant, stored.subject)
        return int(self._orders.strip(key, stored.version))

    def _records_due(self, walked: Walked) -> bool:
        return walked.records_at is None or self._clock.now() - datetime.fromisoformat(walked.records_at) >= RECORDS_EVERY

    def _of_records(self, merchant: str, account: AccountConfig) -> int:
        removed = 0
        for kind in KINDS:
            for key in self._records.keys(merchant, account.platform, account.account, kind):
                stored = self._records.whole.read(key)
                if stored.personal is not None and self._records.over(key, stored):
                    if stored.raw:
                        self._archive.remove(stored.raw)
                    removed += int(self._records.strip(key, stored.version))
        return removed


def _shorter(held: Collection[int | None], before: Collection[int | None]) -> bool:
    """Whether a limit became shorter, or came to be, since the last walk."""
    return any(now is not None and (then is None or now < then) for now, then in zip(held, before, strict=True))
