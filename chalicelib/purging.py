"""Taking away what is a person's alone: of orders and records what tells of them, their messages, words, contacts, links."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import msgspec

from chalicelib.belongings import Belongings, Held
from chalicelib.config import Config
from chalicelib.directory import Place
from chalicelib.domain.case import kind_of
from chalicelib.domain.order import local_day
from chalicelib.domain.record import OrderKey
from chalicelib.errors import Retriable
from chalicelib.ports import Archive, Calendar, Clock, MemberStore, Message, OrderStore, Outbox, RecordKey, RecordStore, StoredOrder
from chalicelib.ports_cases import CaseKey, CaseStore
from chalicelib.ports_privacy import PersonalRows
from chalicelib.reckoning import outcome_fact
from chalicelib.recording import UNCOUNTED, stripped
from chalicelib.tombstones import mark, marks

TRIES = 8
BIRTHDAY = "birthday"
OPEN = ("queued", "deferred")
CASES = ("review", "question")


class Purging:
    """Takes away. Any repetition ends in the same."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        belongings: Belongings,
        members: MemberStore,
        orders: OrderStore,
        records: RecordStore,
        rows: PersonalRows,
        outbox: Outbox,
        cases: CaseStore,
        calendar: Calendar,
        archive: Archive,
        clock: Clock,
    ) -> None:
        self._config = config
        self._belongings = belongings
        self._members = members
        self._orders = orders
        self._records = records
        self._rows = rows
        self._outbox = outbox
        self._cases = cases
        self._calendar = calendar
        self._archive = archive
        self._clock = clock

    def purge(self, held: Held, identities: Collection[str], shops: Collection[tuple[str, str]], *, final: bool) -> int:
        """All of it; returns how many orders and records. `identities`: theirs alone. `final`: orders and links lose these.

        Before that an order carries both these and the marks that take their place, or a person of several buyers would be
        several for a moment, and the sums over people with them.
        """
        known = marks(held.buyers)
        for order in held.orders:
            self._order(order, known, set(identities) if final else set())
        count = len(held.orders) + (self._told(held, shops) if final else 0)  # a walk; until then they open for nobody
        for buyer in held.buyers:
            self._cancel(buyer)
            self._calendar.move(self._config().merchant, BIRTHDAY, None, buyer)
            if final:
                self._rows.forget_cuts(self._config().merchant, buyer)
        for subject in held.subjects:
            self._rows.forget_words(self._config().merchant, subject)
        if final:
            self._unlink(held, identities)
        return count

    def _order(self, key: OrderKey, known: dict[str, tuple[str, ...]], lost: Collection[str]) -> None:
        """The raw requests first: they are found through the order."""
        for row in self._orders.history(key):
            if row.archive_key:
                self._archive.remove(row.archive_key)
        for _ in range(TRIES):
            stored = self._orders.read(key)
            if not stored.version:
                return
            fresh = _without(stored, known, lost)
            if fresh == stored:
                return
            if self._orders.write(key, replace(fresh, version=stored.version + 1), expected_version=stored.version):
                return
        raise Retriable("order-contended", f"{TRIES} writers were faster", connector=key.platform)

    def _told(self, held: Held, shops: Collection[tuple[str, str]]) -> int:
        """Reviews and questions keep what is counted; messages and contacts go."""
        count = 0
        for key, stored in list(self._belongings.records(self._config().merchant, held, shops)):
            if stored.raw:
                self._archive.remove(stored.raw)
            if key.kind in UNCOUNTED:
                self._uncounted(key)
            elif not self._records.write(key, stripped(stored), expected_version=stored.version):
                raise Retriable("record-contended", "told anew meanwhile", connector=key.platform)
            if key.kind in CASES:
                self._case(CaseKey(key.merchant, key.platform, key.account, kind_of(key.kind), key.id))
            count += 1
        for place in held.contacts:
            self._rows.drop_contact(self._config().merchant, place)
        return count

    def _uncounted(self, key: RecordKey) -> None:
        """The record last: through it the rest is found."""
        if key.kind == "contact":
            contact, _, employee = key.id.partition("\x1f")
            self._rows.drop_contact(key.merchant, Place(key.platform, key.account, contact, employee))
        self._rows.drop_record(key)

    def _case(self, place: CaseKey) -> None:
        """What was drafted may quote them; there is nobody left to be answered."""
        for _ in range(TRIES):
            case, version = self._cases.read(place)
            if case is None:
                return
            ended = {"state": "closed", "reason": "erased"} if case.state in ("drafted", "waiting", "queued") else {}
            fresh = msgspec.structs.replace(case, draft=None, template=None, **ended)
            if fresh == case or self._cases.write(place, fresh, due_at=None, expected_version=version):
                return
        raise Retriable("case-contended", f"{TRIES} writers were faster", connector=place.platform)

    def _cancel(self, buyer: str) -> None:
        """What waits to be said to them. What is on its way just now is looked for once more, later."""
        config = self._config()
        day = local_day(self._clock.now(), config.zone)
        for message in self._outbox.of(config.merchant, buyer):
            if message.state in OPEN:
                done: Message = replace(message, state="cancelled", reason="erased", due_at=None, version=message.version + 1)
                self._outbox.save(done, outcome_fact(done, day))

    def _unlink(self, held: Held, identities: Collection[str]) -> None:
        merchant = self._config().merchant
        for identity in identities:
            for buyer in held.buyers:
                self._rows.unlink(merchant, identity, buyer)


def _without(stored: StoredOrder, known: dict[str, tuple[str, ...]], lost: Collection[str]) -> StoredOrder:
    """An order without what tells of its buyer. Its subject stays: nothing opens by it, and who bought it is counted by it."""
    owner = stored.member or stored.subject
    own = known.get(owner, (mark(owner),)) if owner else ()
    identities = (*(each for each in stored.identities if each not in lost and each not in own), *own)
    told = tuple(replace(row, archive_key=None) for row in stored.told)
    return replace(stored, personal=None, identities=identities, told=told)
