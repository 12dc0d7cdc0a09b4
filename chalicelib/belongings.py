"""What is held of a person, and where: their buyers, orders, contacts, and the subjects under which any of it is sealed.

Reads a person's rows, orders and contacts; the records of their shops are walked over, since no index names their writers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import msgspec

from chalicelib.directory import Place
from chalicelib.domain.graph import LOOKED_AT, MOST_BUYERS
from chalicelib.domain.merge import Clock, Layers
from chalicelib.domain.order import Order, Refund
from chalicelib.domain.record import OrderKey, refunds, unite, view
from chalicelib.errors import Permanent
from chalicelib.people import People
from chalicelib.ports import MemberStore, OrderStore, RecordKey, StoredOrder, StoredRecord, Vault
from chalicelib.ports_privacy import PersonalRows
from chalicelib.recording import subject_of
from chalicelib.tombstones import generations, is_marked

KINDS = ("review", "question", "message", "contact")  # receipts and spend are of nobody


@dataclass(frozen=True, slots=True)
class Seed:
    """Who is meant: buyers (subjects), and orders that are theirs although a guest's. Both ascending."""

    buyers: tuple[str, ...]
    orders: tuple[OrderKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """What is held. `subjects`: all under which something may be sealed; `identities` by which they are known."""

    buyers: tuple[str, ...]
    orders: tuple[OrderKey, ...]
    contacts: tuple[Place, ...]
    identities: tuple[str, ...]
    subjects: tuple[str, ...]

    @property
    def shops(self) -> tuple[tuple[str, str], ...]:
        """(platform, account) where something of them lies."""
        found = {(order.platform, order.account) for order in self.orders} | {place[:2] for place in self.contacts}
        return tuple(sorted(found))


class Belongings:
    """Reads."""

    def __init__(self, *, members: MemberStore, orders: OrderStore, rows: PersonalRows, vault: Vault) -> None:
        self._members = members
        self._people = People(members)
        self._orders = orders
        self._rows = rows
        self._vault = vault

    def person(self, merchant: str, buyers: Iterable[str], orders: Iterable[OrderKey] = ()) -> Seed:
        """The person, or persons, that these buyers are and the buyers of these orders."""
        found, guests = set[str](), list[OrderKey]()
        stored = {key: self._orders.read(key) for key in sorted(set(orders), key=_name)}
        whose = {*buyers, *(each.member for each in stored.values() if each.member)}
        for buyer in whose:
            found |= {*self._people.member(merchant, buyer).buyers, buyer}
        guests = [key for key, each in stored.items() if each.version and each.member is None]
        return Seed(tuple(sorted(found)), tuple(guests))

    def buyers_of(self, merchant: str, platform: str, account: str, buyer_id: str) -> tuple[str, ...]:
        """Under whom a buyer of a platform is known here, those included who came back after an erasure."""
        return generations(self._vault, merchant, subject_of(self._vault, (merchant, platform, account), buyer_id))

    def of(self, merchant: str, seed: Seed, known: Collection[str] = ()) -> Held:
        """All that is held of a person just now; `known`: identities that were theirs before."""
        rows = [row for buyer in seed.buyers for row in self._members.orders(merchant, buyer)]
        keys = {OrderKey(merchant, row.platform, row.account, row.order_id) for row in rows} | set(seed.orders)
        stored = self._orders.read_many(keys)
        identities = {each for row in rows for each in row.identities} | {
            each for order in stored.values() for each in order.identities
        }
        contacts = {Place(*place) for each in {*identities, *known} for place in self._members.contacts(merchant, each)}
        subjects = {*seed.buyers, *(order.subject for order in stored.values() if order.subject)}
        for key in keys:  # what is told of an order without its buyer
            subjects.add(subject_of(self._vault, (merchant, key.platform, key.account), None, key.order_id))
        for place in contacts:
            subjects |= set(generations(self._vault, merchant, self.subject(merchant, place)))
        named = tuple(sorted(each for each in identities if not is_marked((each,))))
        return Held(seed.buyers, tuple(sorted(keys, key=_name)), tuple(sorted(contacts)), named, tuple(sorted(subjects)))

    def subject(self, merchant: str, place: Place) -> str:
        """Whose a contact is."""
        return subject_of(self._vault, (merchant, place.platform, place.account), place.contact)

    def is_shared(self, merchant: str, identity: str) -> bool:
        """Whether so many carry an identity that it is nobody's: it names no person, and links none."""
        seen = self._members.linked(merchant, identity, LOOKED_AT + 1)
        if len(seen) > LOOKED_AT:
            return True
        carriers = [each for each in seen if any(identity in row.identities for row in self._members.orders(merchant, each))]
        return len(carriers) > MOST_BUYERS

    def records(
        self, merchant: str, held: Held, shops: Collection[tuple[str, str]] = ()
    ) -> Iterator[tuple[RecordKey, StoredRecord]]:
        """The records that are sealed for them, or are contacts of theirs, at their shops and these."""
        subjects, contacts = set(held.subjects), {f"{each.contact}\x1f{each.employee}" for each in held.contacts}
        for platform, account in sorted({*held.shops, *shops}):
            for kind in KINDS:
                for key, stored in self._rows.records(merchant, platform, account, kind):
                    if stored.subject in subjects or (kind == "contact" and key.id in contacts):
                        yield key, stored

    def order(self, key: OrderKey) -> tuple[Order, tuple[Refund, ...], StoredOrder] | None:
        """An order and its refunds, opened as far as they open; None where there is none."""
        stored = self._orders.read(key)
        if not stored.version:
            return None
        layers = unite(stored.layers, self._layers(key, stored))
        return view(key, layers), refunds(key, layers), stored

    def _layers(self, key: OrderKey, stored: StoredOrder) -> Layers:
        if stored.personal is None or stored.subject is None:
            return {}
        try:
            opened = self._vault.open(key.merchant, stored.subject, stored.personal, key.place)
        except Permanent:  # destroyed
            return {}
        return {Clock(*clock): told for clock, told in msgspec.json.decode(opened)}


def _name(key: OrderKey) -> tuple[str, str, str]:
    return key.platform, key.account, key.order_id


def named(key: OrderKey) -> str:
    """An order as text."""
    return "/".join(_name(key))


def order_named(merchant: str, name: str) -> OrderKey:
    """The order again."""
    platform, account, order_id = name.split("/", 2)
    return OrderKey(merchant, platform, account, order_id)
