"""Erasing a person: their keys destroyed for good, what is theirs alone taken away, what they did counted on under no name.

Each stage may be repeated, and is noted when it is done: whoever is killed anywhere is carried on by the next run. What is known of
them lies in the note meanwhile, sealed under a key of its own that the last stage destroys. A worker may have one of their keys in
memory when it is destroyed; so, when every worker has forgotten it and the projector has met all that was written before, all is
done once more. Tombstones see to whatever comes later (chalicelib.tombstones).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

from chalicelib.belongings import Belongings, Held, Seed, named, order_named
from chalicelib.config import Config
from chalicelib.domain.record import OrderKey
from chalicelib.errors import HuitouError, Permanent, Retriable
from chalicelib.ports import Archive, Clock, Counters, Marks, RecordKey, StoredRecord, Vault
from chalicelib.ports_privacy import PersonalRows
from chalicelib.purging import Purging
from chalicelib.seeking import Needles, Seeking, words_of
from chalicelib.stages import carried_on, is_settled

Stage = Literal["asked", "shut", "strip", "settle", "again", "seek", "gone"]
STAGES: tuple[Stage, ...] = ("asked", "shut", "strip", "settle", "again", "seek", "gone")
PROMISED = timedelta(hours=24)  # from the word to the end
TOLD = ("text", "reply")


@dataclass(frozen=True, slots=True)
class Erasure:
    """How far a person's erasure has come. Times are UTC ISO 8601; `at`: what happened up to then is erased.

    `buyers`, `identities`: keyed hashes; `orders`: platform/account/order_id of guests' orders; `shops`: platform/account. `known`:
    what is looked for where it lies among others' words, sealed. `taken`: how many things were taken away whole.
    """

    id: str
    stage: Stage
    by: str
    at: str
    due: str
    since: str
    buyers: tuple[str, ...]
    orders: tuple[str, ...] = ()
    shops: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    known: str | None = None
    erased: int = 0
    taken: int = 0

    @property
    def over(self) -> bool:
        """Whether all is done."""
        return self.stage == "gone"


class Erasing:
    """The service behind `huitou erase` and the platforms' own requests."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        belongings: Belongings,
        purging: Purging,
        seeking: Seeking,
        rows: PersonalRows,
        archive: Archive,
        vault: Vault,
        notes: Marks,
        marks: Marks,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._belongings = belongings
        self._purging = purging
        self._seeking = seeking
        self._rows = rows
        self._archive = archive
        self._vault = vault
        self._notes = notes
        self._marks = marks
        self._clock = clock
        self._counters = counters

    def begin(self, seed: Seed, by: str, shops: Iterable[tuple[str, str]] = (), *, at: datetime | None = None) -> Erasure:
        """Ask for it; asked again while it is under way, it is the same. Whoever runs next does the rest. `at`: now, if None."""
        merchant, now = self._config().merchant, self._clock.now()
        guests = tuple(named(order) for order in seed.orders)
        name = self._vault.lookup(merchant, "erasure", "\x1f".join((*seed.buyers, *guests)))
        stored = self._read(merchant, name)
        if stored and not stored[0].over:
            return stored[0]
        told, stamp = tuple(sorted(f"{platform}/{account}" for platform, account in shops)), (at or now).isoformat()
        fresh = Erasure(name, "asked", by, stamp, (now + PROMISED).isoformat(), now.isoformat(), seed.buyers, guests, told)
        self._counters.count("erasure_asked")
        return self._save(merchant, fresh, stored[1] if stored else 0)

    def all(self) -> list[Erasure]:
        """Every one that is under way, by the time they were asked."""
        found = [_erasure(value) for value in self._notes.named(self._config().merchant, "").values()]
        return sorted(found, key=lambda each: each.at)

    def late(self) -> list[Erasure]:
        """Those that should be over by now."""
        now = self._clock.now().isoformat()
        return [each for each in self.all() if not each.over and each.due < now]

    def run(self) -> int:
        """Carry on with all; one that fails does not hold up the others. Returns how many were carried on."""
        count = 0
        for each in self.all():
            try:
                self.carry_on(each.id)
                count += 1
            except HuitouError as error:
                self._counters.count("erasure_failed", reason=error.reason)
        if late := len(self.late()):
            self._counters.count("erasure_late", late)
        return count

    def carry_on(self, name: str) -> Erasure:
        """Stage after stage, until all is done or one has to wait; returns how far it has come."""
        merchant = self._config().merchant
        stored = self._read(merchant, name)
        if stored is None:
            raise Permanent("not-erasing", "nobody asked for that, or it is done")
        erasure, version = stored
        steps: dict[Stage, Callable[[Erasure], Erasure]] = {
            "asked": self._look,
            "shut": self._shut,
            "strip": self._strip,
            "settle": self._settle,
            "again": self._again,
            "seek": self._seek,
        }
        erasure = carried_on(erasure, steps, partial(self._save, merchant), version)
        if not erasure.over:
            return erasure
        self._rows.forget_erasure(merchant, name)  # what the bucket keeps of it is enough
        self._counters.count("erasure_done")
        return erasure

    def reapply(self) -> int:
        """Once more for everybody who was ever erased, from what the bucket says of them: a restore has brought tables back.

        Tombstones stand again when this returns, and what they keep out stays out; the rest is done as any erasure is.
        """
        merchant, count = self._config().merchant, 0
        for place in self._archive.names(f"{_ledger(merchant)}"):
            told = json.loads(self._archive.get(place))
            erasure = _erasure(json.dumps(told))
            for name in (*told["subjects"], *erasure.identities):
                self._vault.shut(merchant, name, datetime.fromisoformat(erasure.at))
            stored = self._read(merchant, erasure.id)
            again = replace(erasure, stage="strip", since=self._clock.now().isoformat(), known=None)
            self._save(merchant, again, stored[1] if stored else 0)
            count += 1
        return count

    def _look(self, erasure: Erasure) -> Erasure:
        """What is held and known of them, before it is gone; and the bucket's own note of it, which no restore undoes."""
        merchant = self._config().merchant
        held = self._held(erasure)
        words, quotes = self._known(merchant, held, erasure)
        sealed = self._vault.seal(merchant, _subject(erasure), json.dumps([words, quotes]).encode())
        alone = tuple(each for each in held.identities if not self._belongings.is_shared(merchant, each))
        contacts = tuple(sorted(self._belongings.subject(merchant, place) for place in held.contacts))
        whole = tuple(sorted({*erasure.orders, *(named(order) for order in held.orders)}))
        known = base64.b64encode(sealed).decode()
        found = replace(_next(erasure), identities=alone, contacts=contacts, known=known, since=self._clock.now().isoformat())
        told = {**asdict(found), "orders": whole, "known": None, "subjects": held.subjects}
        self._archive.put(f"{_ledger(merchant)}{erasure.id}", json.dumps(told).encode())
        return found

    def _known(self, merchant: str, held: Held, erasure: Erasure) -> tuple[list[str], list[str]]:
        words, quotes = set[str](), set[str]()
        for key in held.orders:
            if (found := self._belongings.order(key)) is not None:
                words |= set(words_of(found[0]))
        for key_of, stored in self._belongings.records(merchant, held, _shops(erasure)):
            told = self._opened(key_of, stored)
            quotes |= {said for name in TOLD if (said := _said(told.get(name)))}
            words |= {each for name in ("id", "email", "phone") if (each := (told.get("buyer") or {}).get(name))}
        return sorted({*words, *(place.contact for place in held.contacts)}), sorted(quotes)

    def _opened(self, key: RecordKey, stored: StoredRecord) -> dict[str, Any]:
        if stored.personal is None or stored.subject is None:
            return {}
        try:
            told: dict[str, Any] = json.loads(self._vault.open(key.merchant, stored.subject, stored.personal, key.place))
        except Permanent:
            return {}
        return told

    def _shut(self, erasure: Erasure) -> Erasure:
        """From here on it opens for nobody, and no key is made for any of it again."""
        merchant, at = self._config().merchant, datetime.fromisoformat(erasure.at)
        for name in (*self._held(erasure).subjects, *erasure.contacts, *erasure.identities):
            self._vault.shut(merchant, name, at)
        return replace(_next(erasure), since=self._clock.now().isoformat())

    def _strip(self, erasure: Erasure) -> Erasure:
        """What is theirs alone. Their orders keep what makes them one person until that is said in another way."""
        return replace(_next(erasure), erased=self._purge(erasure, final=False), since=self._clock.now().isoformat())

    def _settle(self, erasure: Erasure) -> Erasure:
        """Until every worker has forgotten the keys, and the projector has met all that was written before."""
        settled = is_settled(erasure.since, self._marks, self._config().merchant, self._clock)
        return _next(erasure) if settled else erasure

    def _again(self, erasure: Erasure) -> Erasure:
        """With what a worker brought that had a key in memory still, and by what it is known."""
        merchant, at = self._config().merchant, datetime.fromisoformat(erasure.at)
        held = self._held(erasure)
        unknown = [each for each in held.identities if each not in erasure.identities]
        new = [each for each in unknown if not self._belongings.is_shared(merchant, each)]
        for name in (*held.subjects, *new):
            self._vault.shut(merchant, name, at)
        whole = replace(erasure, identities=(*erasure.identities, *new))
        return replace(_next(whole), erased=max(erasure.erased, self._purge(whole, final=True)))

    def _seek(self, erasure: Erasure) -> Erasure:
        """Where their words lie among others'. Then nobody knows them any more, we included."""
        merchant, taken = self._config().merchant, 0
        if erasure.known is not None:
            try:
                opened = self._vault.open(merchant, _subject(erasure), base64.b64decode(erasure.known))
            except Permanent:  # killed between this stage's end and its note
                opened = b"[[], []]"
            taken = self._seeking.take_away(Needles(*json.loads(opened)))
            self._vault.destroy(merchant, _subject(erasure))
        return replace(_next(erasure), known=None, taken=erasure.taken + taken)

    def _purge(self, erasure: Erasure, *, final: bool) -> int:
        held = self._held(erasure)
        return self._purging.purge(held, erasure.identities, _shops(erasure), final=final)

    def _held(self, erasure: Erasure) -> Held:
        """As it stands now: what came since is theirs as well."""
        merchant = self._config().merchant
        guests: tuple[OrderKey, ...] = tuple(order_named(merchant, name) for name in erasure.orders)
        held = self._belongings.of(merchant, Seed(erasure.buyers, guests), erasure.identities)
        return replace(held, subjects=tuple(sorted({*held.subjects, *erasure.contacts})))

    def _read(self, merchant: str, name: str) -> tuple[Erasure, int] | None:
        found = self._notes.get(merchant, name)
        return (_erasure(found[0]), found[1]) if found else None

    def _save(self, merchant: str, erasure: Erasure, version: int) -> Erasure:
        if not self._notes.put(merchant, erasure.id, json.dumps(asdict(erasure)), expected_version=version):
            raise Retriable("erasure-doubled", "another worker carries it on")
        return erasure


def _next(erasure: Erasure) -> Erasure:
    return replace(erasure, stage=STAGES[STAGES.index(erasure.stage) + 1])


def _erasure(text: str) -> Erasure:
    told: Mapping[str, Any] = json.loads(text)
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
    fields.pop("subjects", None)
    return Erasure(**fields)


def _subject(erasure: Erasure) -> str:
    return f"erasure-{erasure.id}"


def _ledger(merchant: str) -> str:
    return f"erasures/{merchant}/"


def _shops(erasure: Erasure) -> list[tuple[str, str]]:
    return [(platform, account) for platform, _, account in (each.partition("/") for each in erasure.shops)]


def _said(told: Any) -> str | None:
    said = told.get("text") if isinstance(told, dict) else told
    return said if isinstance(said, str) and said else None
