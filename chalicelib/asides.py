"""What is told beside orders: voices, spend, contacts, consents, permissions, privacy requests. Used by normalise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from chalicelib.directory import DirectoryStore, Place
from chalicelib.domain.contact import Contact, Permission
from chalicelib.domain.events import Canonical, Consent, PrivacyRequest
from chalicelib.domain.receipt import Objection
from chalicelib.domain.voice import Receipt
from chalicelib.errors import Permanent, Retriable
from chalicelib.feedback import Feedback
from chalicelib.greeting import Greeting
from chalicelib.ports import Counters, MemberStore, Vault
from chalicelib.recording import Recordable, Recording, record_key, subject_of

W = TypeVar("W", Consent, Permission)
TRIES = 8


class Asides:
    """Each kind to where it is kept. Orders, refunds and parcels are none of them, and pass."""

    def __init__(
        self,
        *,
        recording: Recording,
        greeting: Greeting,
        feedback: Feedback,
        members: MemberStore,
        directory: DirectoryStore,
        vault: Vault,
        counters: Counters,
    ) -> None:
        self._recording = recording
        self._greeting = greeting
        self._feedback = feedback
        self._members = members
        self._directory = directory
        self._vault = vault
        self._counters = counters

    def take(
        self, thing: Canonical, *, source: int, occurred_at: datetime | None, received_at: datetime, keep_raw: Callable[[], str]
    ) -> None:
        """Keep it. A privacy request raises Permanent: it waits for a person."""
        if isinstance(thing, Recordable):
            applied = self._recording.keep(thing, source=source, occurred_at=occurred_at, keep_raw=keep_raw)
            self._counters.count("applied" if applied else "duplicate", platform=thing.platform)
            if isinstance(thing, Contact):
                self._contact(thing)
            elif isinstance(thing, Receipt):  # one that is known already as well: a crash may have come between the two
                self._feedback.receipt(thing)
        elif isinstance(thing, Objection):
            self._feedback.objection(thing)
        elif isinstance(thing, Consent):
            self._members.put_consent(_heard(_dated(thing, received_at), received_at), self._whose(thing, thing.buyer_id))
        elif isinstance(thing, Permission):
            self._members.put_permission(_dated(thing, received_at), self._whose(thing, thing.buyer_id))
        elif isinstance(thing, PrivacyRequest):
            raise Permanent(f"privacy-{thing.kind}", "a privacy request waits for a person", connector=thing.platform)

    def _contact(self, contact: Contact) -> None:
        """Told late or twice as well: a crash may have come before it, and the greeting knows by its code whether it was said."""
        self._greeting.greet(contact, self._whose(contact, contact.contact_id))
        self._enter(contact)

    def _enter(self, contact: Contact) -> None:
        """Bring the directory to what the record says by now, whoever told it.

        That somebody left is told without the unionid: the row knows it from before. See ports.MemberStore.put_contact.
        """
        merchant = contact.merchant
        place = Place(contact.platform, contact.account, contact.contact_id, contact.employee or "")
        for _ in range(TRIES):
            version, record = self._recording.stands(record_key(contact))
            entry = self._directory.read(merchant, place)
            told = record or {}
            identity = self._identity(merchant, told.get("unionid")) or entry.identity or self._identity(merchant, contact.unionid)
            if entry.told == version and entry.identity == identity:
                return
            if entry.told > version:
                continue  # told anew between the two reads
            active = told.get("state") == "active"
            if identity:  # found by it from now on: a member's orders carry it where the platform tells it
                self._members.put_contact(merchant, identity, place, active=active, version=version)
            if entry.identity and entry.identity != identity:
                self._members.put_contact(merchant, entry.identity, place, active=False, version=version)
            entered = replace(
                entry, version=entry.version + 1, told=version, identity=identity, active=active, sure=entry.sure and active
            )
            if self._directory.write(merchant, entered):
                return
        raise Retriable("contact-contended", f"{TRIES} writers were faster")

    def _identity(self, merchant: str, unionid: str | None) -> str | None:
        return f"unionid:{self._vault.lookup(merchant, 'unionid', unionid)}" if unionid else None

    def _whose(self, thing: Contact | Consent | Permission, buyer_id: str) -> str:
        return subject_of(self._vault, (thing.merchant, thing.platform, thing.account), buyer_id)


def _dated(word: W, received_at: datetime) -> W:
    """A withdrawal that the platform gives no time holds as of its arrival: as the oldest it would lose to what it withdraws."""
    return word if word.granted or word.at is not None else replace(word, at=received_at)


def _heard(word: Consent, received_at: datetime) -> Consent:
    """Nobody can have said it after it arrived: a yes by a clock that is ahead would outlast a no that is yet to come."""
    return word if word.at is None else replace(word, at=min(word.at, received_at))
