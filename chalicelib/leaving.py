"""Disconnecting an account: its tokens taken back, its secrets and the personal data of its buyers destroyed, its sums kept.

Each stage may be repeated, and is noted when it is done: whoever is killed anywhere is carried on by the next run, from the stage
and the day it had come to. Nothing is destroyed before every worker has read that the account is gone, or one of them would make
new keys for what was just erased. What nobody can open any more stays as it lies; facts and cells hold no personal data and are not
touched.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Literal

import msgspec

from chalicelib.account_check import cheapest_read
from chalicelib.config import Config, parse
from chalicelib.config_edit import removed_account
from chalicelib.contract import Account, RevokesTokens
from chalicelib.domain.merge import Clock as Instant
from chalicelib.domain.record import OrderKey, told_order, unite, view
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.ports import Archive, Clock, Connectors, Counters, Marks, OrderStore, RecordStore, StoredOrder, Vault
from chalicelib.ports_accounts import Configurations, Holdings, SecretKeeper, TokenShelf
from chalicelib.stages import carried_on, is_settled
from chalicelib.toolkit.canonical_json import to_plain
from chalicelib.undated import AHEAD, FIRST_DAY, undated_name

Stage = Literal["asked", "stop", "revoke", "secrets", "settle", "orders", "undated", "records", "gone"]
STAGES: tuple[Stage, ...] = ("asked", "stop", "revoke", "secrets", "settle", "orders", "undated", "records", "gone")
GRACE = timedelta(hours=48)  # after a platform said that the shop removed us: whoever comes back by then has lost nothing
REMOVED, ERASURE = "platform: removed", "platform: erasure"
PATIENCE = timedelta(days=3)  # with a platform that cannot be told that it is over
DAYS_A_RUN = 2_000
KINDS = ("review", "question", "message", "receipt", "contact")


@dataclass(frozen=True, slots=True)
class Departure:
    """How far an account's leaving has come. Times are UTC ISO 8601. `cursor`: the day that is looked at next.

    `noted`: what could not be done, by stage: it is left to a person. `erased`: how many orders and records were gone through.
    """

    platform: str
    account: str
    stage: Stage
    by: str
    since: str
    due: str
    cursor: str | None = None
    noted: tuple[str, ...] = ()
    erased: int = 0

    @property
    def over(self) -> bool:
        """Whether all is done."""
        return self.stage == "gone"


class Leaving:
    """The service behind `huitou accounts remove`, the console, and the platforms' own word that a shop removed us."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        configurations: Callable[[], Configurations],
        connectors: Connectors,
        keeper: Callable[[], SecretKeeper],
        tokens: TokenShelf,
        orders: OrderStore,
        records: RecordStore,
        holdings: Holdings,
        archive: Archive,
        vault: Vault,
        notes: Marks,
        marks: Marks,
        clock: Clock,
        counters: Counters,
        first_day: date = FIRST_DAY,
    ) -> None:
        self._config = config
        self._configurations = configurations
        self._connectors = connectors
        self._keeper = keeper
        self._tokens = tokens
        self._orders = orders
        self._records = records
        self._holdings = holdings
        self._archive = archive
        self._vault = vault
        self._notes = notes
        self._marks = marks
        self._clock = clock
        self._counters = counters
        self._first_day = first_day

    def begin(self, platform: str, account: str, by: str, grace: timedelta = timedelta(0)) -> Departure:
        """Ask for it, due when the grace is over; asked again it is due at the earlier of the two. ConfigError: not connected.

        Whoever runs next does the rest.
        """
        merchant, now = self._config().merchant, self._clock.now()
        stored = self._read(merchant, platform, account)
        due = (now + grace).isoformat()
        if stored and not stored[0].over:
            sooner = replace(stored[0], due=min(stored[0].due, due), by=by if by != REMOVED else stored[0].by)
            return self._save(merchant, sooner, stored[1])
        config = self._config()
        if config.account(platform, account) is None and (platform, account) not in config.removed:
            raise ConfigError("account-unknown", f"{platform}/{account} is not connected")
        self._counters.count("account_leaving", platform=platform)
        fresh = Departure(platform, account, "asked", by, now.isoformat(), due)
        return self._save(merchant, fresh, stored[1] if stored else 0)

    def told_by_platform(self, platform: str, account: str, kind: str) -> None:
        """The platform's own word: `uninstalled` begins with a grace, `erase_account` ends it. An account that is gone stays so."""
        known = self._config().account(platform, account) is not None
        if known or ((state := self.state(platform, account)) is not None and not state.over):
            at_once = kind == "erase_account"
            self.begin(platform, account, ERASURE if at_once else REMOVED, timedelta(0) if at_once else GRACE)

    def state(self, platform: str, account: str) -> Departure | None:
        """How far it has come, None where nobody asked."""
        stored = self._read(self._config().merchant, platform, account)
        return stored[0] if stored else None

    def returned(self, account: Account) -> None:
        """The account is connected anew: what was asked within its grace is forgotten. ConfigError while it is being erased."""
        stored = self._read(account.merchant, account.platform, account.account)
        if stored is None or stored[0].over:
            return
        if stored[0].stage != "asked":
            raise ConfigError("account-leaving", "what the account left is being erased: connect it when that is done")
        self._save(account.merchant, replace(stored[0], stage="gone", noted=("came back",)), stored[1])

    def run(self) -> int:
        """Carry on with all that is due; one that fails does not hold up the others. Returns how many were carried on."""
        merchant, count = self._config().merchant, 0
        for value in self._notes.named(merchant, "").values():
            each = _departure(value)
            if each.over:
                continue
            try:
                self.carry_on(each.platform, each.account)
                count += 1
            except HuitouError as error:
                self._counters.count("leaving_failed", platform=each.platform, reason=error.reason)
        return count

    def carry_on(self, platform: str, account: str) -> Departure:
        """Stage after stage, until all is done or one has to wait; returns how far it has come."""
        merchant = self._config().merchant
        stored = self._read(merchant, platform, account)
        if stored is None:
            raise ConfigError("not-leaving", f"nobody asked that {platform}/{account} leave")
        departure, version = stored
        steps: dict[Stage, Callable[[Departure], Departure]] = {
            "asked": self._asked,
            "stop": self._stop,
            "revoke": self._revoke,
            "secrets": self._secrets,
            "settle": self._settle,
            "orders": self._dated,
            "undated": self._undated,
            "records": self._told,
        }
        departure = carried_on(departure, steps, partial(self._save, merchant), version)
        if departure.over:
            self._counters.count("account_left", platform=platform)
        return departure

    def orders(self, platform: str, account: str, *, personal: bool) -> Iterator[dict[str, Any]]:
        """All orders of an account as canonical JSON, the newest day first; without personal data unless that is asked for."""
        merchant, seen = self._config().merchant, set[OrderKey]()
        last = self._clock.now().date() + AHEAD
        for back in range((last - self._first_day).days + 1):
            for key in self._holdings.orders_of(merchant, platform, account, last - timedelta(days=back)):
                if key not in seen:
                    seen.add(key)
                    yield from self._exported(key, personal=personal)

    def _asked(self, departure: Departure) -> Departure:
        """When it is due. A platform's word that the shop removed us is wrong where its API still answers us: nothing is erased."""
        if self._clock.now().isoformat() < departure.due:
            return departure
        if departure.by == REMOVED and self._answers(departure):
            return replace(departure, stage="gone", noted=("the platform's API still answers: nothing was erased",))
        return _next(departure)

    def _answers(self, departure: Departure) -> bool:
        config = self._config()
        entry = config.account(departure.platform, departure.account)
        options = entry.options if entry else {}
        shop = Account(config.merchant, departure.platform, departure.account, options)
        reader = cheapest_read(self._connectors.connector(departure.platform), self._clock.now(), config)
        if reader is None:
            return False
        try:
            next(iter(reader(self._connectors.api(shop))), None)
        except Retriable as error:
            if error.reason == "account-paused":  # the authorisation is over, as it was told
                return False
            raise
        except (Permanent, ConfigError):
            return False
        return True

    def _stop(self, departure: Departure) -> Departure:
        """The configuration says that the account is removed: its pushes are refused, nothing pulls it."""
        merchant = self._config().merchant
        text = self._configurations().read(merchant)
        edited = removed_account(text, departure.platform, departure.account)
        parse(edited)
        if edited != text:
            self._configurations().replace(merchant, edited, read=text)
        return replace(_next(departure), since=self._clock.now().isoformat())

    def _revoke(self, departure: Departure) -> Departure:
        """Tell the platform. One that is down is asked again for three days; what it refuses is noted."""
        shop, connector = self._account(departure), self._connectors.connector(departure.platform)
        if not isinstance(connector, RevokesTokens):
            return replace(_next(departure), noted=(*departure.noted, "revoke: this platform has no call for it"))
        try:
            connector.revoke(self._connectors.api(shop))
        except Retriable as error:
            if self._clock.now() - datetime.fromisoformat(departure.since) < PATIENCE:
                raise
            return replace(_next(departure), noted=(*departure.noted, f"revoke: {error.reason}"))
        except HuitouError as error:
            return replace(_next(departure), noted=(*departure.noted, f"revoke: {error.reason}"))
        return _next(departure)

    def _secrets(self, departure: Departure) -> Departure:
        shop = self._account(departure)
        self._tokens.forget(shop)
        self._keeper().forget(shop)
        return _next(departure)

    def _settle(self, departure: Departure) -> Departure:
        """Until every worker knows that the account is gone, and the projector has met all that was written before."""
        settled = is_settled(departure.since, self._marks, self._config().merchant, self._clock)
        return _next(departure) if settled else departure

    def _dated(self, departure: Departure) -> Departure:
        """The orders of so many days, from the last day back to the first."""
        start = date.fromisoformat(departure.cursor) if departure.cursor else self._clock.now().date() + AHEAD
        merchant, count = self._config().merchant, 0
        for back in range(DAYS_A_RUN):
            day = start - timedelta(days=back)
            if day < self._first_day:
                return replace(_next(departure), cursor=None, erased=departure.erased + count)
            for key in self._holdings.orders_of(merchant, departure.platform, departure.account, day):
                self._erase(key)
                count += 1
        return replace(departure, cursor=(start - timedelta(days=DAYS_A_RUN)).isoformat(), erased=departure.erased + count)

    def _undated(self, departure: Departure) -> Departure:
        """Orders that lie on no day, or on one that nobody walks over."""
        merchant, count = self._config().merchant, 0
        prefix = undated_name(OrderKey(merchant, departure.platform, departure.account, ""))
        for name in self._marks.named(merchant, prefix):
            self._erase(OrderKey(merchant, departure.platform, departure.account, name.removeprefix(prefix)))
            count += 1
        return replace(_next(departure), erased=departure.erased + count)

    def _told(self, departure: Departure) -> Departure:
        """Reviews, questions, messages, receipts and contacts."""
        merchant, count = self._config().merchant, 0
        for kind in KINDS:
            for key in self._records.keys(merchant, departure.platform, departure.account, kind):
                stored = self._records.read(key)
                if stored.subject:
                    self._vault.destroy(merchant, stored.subject)
                if stored.raw:
                    self._archive.remove(stored.raw)
                count += 1
        return replace(_next(departure), erased=departure.erased + count)

    def _erase(self, key: OrderKey) -> None:
        """The raw requests first: they are found through the order, whose key is gone afterwards."""
        for row in self._orders.history(key):
            if row.archive_key:
                self._archive.remove(row.archive_key)
        subject = self._orders.read(key).subject
        if subject:
            self._vault.destroy(key.merchant, subject)

    def _exported(self, key: OrderKey, *, personal: bool) -> Iterator[dict[str, Any]]:
        stored = self._orders.read(key)
        if told_order(stored.layers):
            layers = unite(stored.layers, self._opened(key, stored)) if personal else stored.layers
            yield to_plain(view(key, layers))

    def _opened(self, key: OrderKey, stored: StoredOrder) -> dict[Instant, Any]:
        if stored.personal is None or stored.subject is None:
            return {}
        try:
            opened = self._vault.open(key.merchant, stored.subject, stored.personal, key.place)
        except Permanent:  # erased
            return {}
        return {Instant(*clock): told for clock, told in msgspec.json.decode(opened)}

    def _account(self, departure: Departure) -> Account:
        """With the options that it had: the configuration keeps them."""
        merchant = self._config().merchant
        fresh = parse(self._configurations().read(merchant))  # what this worker keeps may not know of it yet
        options = fresh.removed.get((departure.platform, departure.account), {})
        return Account(merchant, departure.platform, departure.account, options)

    def _read(self, merchant: str, platform: str, account: str) -> tuple[Departure, int] | None:
        found = self._notes.get(merchant, f"{platform}#{account}")
        return (_departure(found[0]), found[1]) if found else None

    def _save(self, merchant: str, departure: Departure, version: int) -> Departure:
        name = f"{departure.platform}#{departure.account}"
        if not self._notes.put(merchant, name, json.dumps(asdict(departure)), expected_version=version):
            raise Retriable("leaving-doubled", "another worker carries it on", connector=departure.platform)
        return departure


def _next(departure: Departure) -> Departure:
    return replace(departure, stage=STAGES[STAGES.index(departure.stage) + 1])


def _departure(text: str) -> Departure:
    told: Mapping[str, Any] = json.loads(text)
    return Departure(**{**told, "noted": tuple(told["noted"])})
