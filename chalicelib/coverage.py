"""By which way an account's orders were seen, day by day, and spells in which a platform that ought to push brings nothing.

Used by reconcile, the command line, and whoever asks how far a platform's pushes can be relied on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

import msgspec

from chalicelib.config import Config
from chalicelib.contract import Account, Capability
from chalicelib.domain.coverage import Coverage, Drought, Stretch, Way, coverage_of, drought_of, way_of
from chalicelib.domain.record import OrderKey
from chalicelib.errors import HuitouError
from chalicelib.ports import CellStore, Clock, Connectors, Counters, Marks, OrderStore, SecretSource, StoredOrder
from chalicelib.toolkit.decode import decoder

_SPELLS = "dry#"
PUSHES = frozenset({Capability.RECEIVES_WEBHOOKS, Capability.RECEIVES_FEED})


class Spell(msgspec.Struct):
    """A spell without pushes. `since`: when it began; `orders` were placed in it unheard when it was noticed.

    `mended`: our address was registered again. `told`: whoever owns the shop knows.
    """

    since: datetime
    orders: int
    mended: bool = False
    told: bool = False


class _Counts(msgspec.Struct, array_like=True):
    push: int
    pull: int
    both: int
    other: int
    made_at: datetime


class Coverages:
    """The ledger: one record a day and account, made anew from the orders' histories whenever it is asked for.

    `ledger(platform, account)`: the marks of an account's days.
    `mend(platform, account)`: registers our address with the platform again where that can be done; False where it cannot.
    `notify(platform, account, spell)`: lets the shop's owner know; again is the same.
    """

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        connectors: Connectors,
        secrets: SecretSource,
        cells: CellStore,
        orders: OrderStore,
        marks: Marks,
        ledger: Callable[[str, str], Marks],
        mend: Callable[[str, str], bool],
        notify: Callable[[str, str, Spell], object],
        clock: Clock,
        counters: Counters,
        fan_out: int = 1,
    ) -> None:
        self._config = config
        self._connectors = connectors
        self._secrets = secrets
        self._cells = cells
        self._orders = orders
        self._marks = marks
        self._ledger = ledger
        self._mend = mend
        self._notify = notify
        self._clock = clock
        self._counters = counters
        self._fan_out = fan_out

    def days(self, platform: str, account: str, first: date, last: date) -> list[Coverage]:
        """The records of the days `first` to `last`, both included, in order; a day that was never counted is left out."""
        ledger, merchant = self._ledger(platform, account), self._config().merchant
        prefix = _common(first.isoformat(), last.isoformat())
        found = sorted(ledger.named(merchant, prefix).items())
        return [_coverage(name, text) for name, text in found if first.isoformat() <= name <= last.isoformat()]

    def recount(self, platform: str, account: str, day: date, *, keep: bool = True) -> Coverage:
        """Count a day's orders anew, as they stand in the day's cells; `keep` False writes nothing."""
        merchant = self._config().merchant
        keys = [OrderKey(merchant, platform, account, order_id) for order_id in self.order_ids(platform, account, day)]
        with ThreadPoolExecutor(self._fan_out) as pool:
            ways = list(pool.map(self._way, keys)) if self._fan_out > 1 else [self._way(key) for key in keys]
        counted = coverage_of(day, ways, self._clock.now())
        if keep:
            ledger, name = self._ledger(platform, account), day.isoformat()
            _, version = ledger.get(merchant, name) or ("", 0)
            ledger.put(merchant, name, _text(counted), expected_version=version)  # a lost race leaves one as new
        return counted

    def order_ids(self, platform: str, account: str, day: date) -> Iterator[str]:
        """The ids of an account's orders of a day, cell by cell."""
        for head in self._cells.heads(self._config().merchant, day):
            cell = head.cell
            if (cell.kind, cell.platform, cell.account) == ("orders", platform, account):
                yield from [name[2:] for name, _ in self._cells.named_rows(cell) if name.startswith("o#")]

    def pushed(self, key: OrderKey, stored: StoredOrder) -> bool:
        """Whether a push ever told of an order. Older history is read only where the order's own names none."""
        if any(row.source == "push" for row in stored.told):
            return True
        return any(row.source == "push" for row in self._orders.history(key))

    def takes_pushes(self, shop: Account) -> bool:
        """Whether the platform pushes, its secrets are here, and it pushed before or is said to (`push` among the options)."""
        info = self._connectors.connector(shop.platform).info
        if PUSHES.isdisjoint(info.capabilities):
            return False
        secrets = self._secrets.secrets(shop).values
        if not all(secrets.get(name) for name in info.push_needs(shop.options)):
            return False
        heard = self._marks.get(shop.merchant, f"heard#{shop.platform}#{shop.account}#push")
        return heard is not None or "push" in shop.options

    def spell(self, platform: str, account: str) -> Spell | None:
        """The spell that an account is in, None when its pushes come."""
        stored = self._marks.get(self._config().merchant, _spell_mark(platform, account))
        return decoder(Spell).decode(stored[0]) if stored and stored[0] else None

    def judge(self, shop: Account, stretch: Stretch) -> Drought | None:
        """What a platform's list says of its pushes: begins, keeps or ends a spell. Returns the drought that it shows.

        Each look in a spell counts it and mends what can be mended; `tell` lets the owner know.
        """
        if not self.takes_pushes(shop):
            return None
        name = _spell_mark(shop.platform, shop.account)
        stored, version = self._marks.get(shop.merchant, name) or ("", 0)
        spell = decoder(Spell).decode(stored) if stored else None
        dry = drought_of(stretch)
        if dry is None:
            if spell and stretch.pushed and stretch.pushed >= spell.since:
                self._marks.put(shop.merchant, name, "", expected_version=version)
                self._counters.count("push_back", platform=shop.platform)
            return None
        self._counters.count("push_dry", platform=shop.platform)
        spell = spell or Spell(dry.since, dry.orders)
        spell.mended = self._mended(shop)
        # A lost race is another look at the same spell, or its being told: that one stands.
        self._marks.put(shop.merchant, name, _spell_text(spell), expected_version=version)
        return dry

    def tell(self) -> int:
        """On schedule: let the owners know of spells, each once; returns of how many. After a crash the same notice is the same."""
        merchant = self._config().merchant
        found = 0
        for name in self._marks.named(merchant, _SPELLS):
            stored, version = self._marks.get(merchant, name) or ("", 0)
            spell = decoder(Spell).decode(stored) if stored else None
            _, platform, account = name.split("#", 2)
            if spell is None or spell.told or self._config().account(platform, account) is None:
                continue
            self._notify(platform, account, spell)
            spell.told = True
            found += self._marks.put(merchant, name, _spell_text(spell), expected_version=version)
        return found

    def _mended(self, shop: Account) -> bool:
        try:
            return self._mend(shop.platform, shop.account)
        except HuitouError as error:  # the owner is told all the more
            self._counters.count("register_failed", platform=shop.platform, reason=error.reason)
            return False

    def _way(self, key: OrderKey) -> Way:
        return way_of({row.source for row in self._orders.history(key)})


def _coverage(name: str, text: str) -> Coverage:
    counts = decoder(_Counts).decode(text)
    return Coverage(date.fromisoformat(name), counts.push, counts.pull, counts.both, counts.other, counts.made_at)


def _text(made: Coverage) -> str:
    return msgspec.json.encode(_Counts(made.push, made.pull, made.both, made.other, made.made_at)).decode()


def _spell_text(spell: Spell) -> str:
    return msgspec.json.encode(spell).decode()


def _spell_mark(platform: str, account: str) -> str:
    return f"{_SPELLS}{platform}#{account}"


def _common(one: str, other: str) -> str:
    """What two names have in common at their beginnings."""
    return next((one[:place] for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]), one)
