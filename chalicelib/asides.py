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
from chalicelib.errors import Retriable
from chalicelib.feedback import Feedback
from chalicelib.greeting import Greeting
from chalicelib.ports import Counters, MemberStore, Vault
from chalicelib.recording import Recordable, Recording, nothing, record_key, subject_of
from chalicelib.tombstones import generations, owner

W = TypeVar("W", Consent, Permission)
TRIES = 8
ACCOUNT_LEAVES = ("uninstalled", "erase_account")


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
        leave: Callable[[str, str, str], None],
        ask: Callable[[PrivacyRequest, datetime], None],
    ) -> None:
        """`leave`: what to do when a shop removed us, or asks that its account be erased: platform, account, kind. `ask`: when a
        person asks for their data, or that it be erased.
        """
        self._recording = recording
        self._greeting = greeting
        self._feedback = feedback
        self._members = members
        self._directory = directory
        self._vault = vault
        self._counters = counters
        self._leave = leave
        self._ask = ask

    def take(
        self,
        thing: Canonical,
        *,
        source: int,
        occurred_at: datetime | None,
        received_at: datetime,
        keep_raw: Callable[[], str],
        drop_raw: Callable[[], None] = nothing,
    ) -> None:
        """Keep it, or see to it that it is done. `drop_raw`: destroy the raw bytes, where they tell of somebody who is erased."""
        if isinstance(thing, Recordable):
            applied = self._recording.keep(
                thing, source=source, occurred_at=occurred_at, keep_raw=keep_raw, received_at=received_at, drop_raw=drop_raw
            )
            self._counters.count("applied" if applied else "duplicate", platform=thing.platform)
            if isinstance(thing, Contact):
                self._contact(thing, occurred_at)
            elif isinstance(thing, Receipt):  # one that is known already as well: a crash may have come between the two
                self._feedback.receipt(thing)
        elif isinstance(thing, Objection):
            self._feedback.objection(thing)
        elif isinstance(thing, Consent | Permission):
            self._word(thing, received_at)
        elif isinstance(thing, PrivacyRequest):
            self._asked(thing, received_at)

    def _asked(self, request: PrivacyRequest, received_at: datetime) -> None:
        if request.kind in ACCOUNT_LEAVES:
            self._leave(request.platform, request.account, request.kind)
        else:
            self._ask(request, received_at)

    def _word(self, word: Consent | Permission, received_at: datetime) -> None:
        if isinstance(word, Consent):
            consent = _heard(_dated(word, received_at), received_at)
            for subject in self._alive(consent, word.buyer_id):
                self._members.put_consent(consent, subject)
        else:
            permission = _dated(word, received_at)
            for subject in self._alive(permission, word.buyer_id):
                self._members.put_permission(permission, subject)

    def _alive(self, word: Consent | Permission, buyer_id: str) -> tuple[str, ...]:
        """Under whom a word is kept: of who was erased since they said it, nobody; of who came back, all that they are known as."""
        subject = self._whose(word, buyer_id)
        if owner(self._vault, word.merchant, subject, (), word.at).is_erased:
            self._counters.count("erased_word", platform=word.platform)
            return ()
        return generations(self._vault, word.merchant, subject)

    def _contact(self, contact: Contact, occurred_at: datetime | None) -> None:
        """Told late or twice as well: a crash may have come before it, and the greeting knows by its code whether it was said."""
        at = contact.added_at or contact.updated_at or occurred_at
        whose = owner(self._vault, contact.merchant, self._whose(contact, contact.contact_id), (), at)
        if whose.is_erased or not self._recording.plain(record_key(contact)):
            return
        self._greeting.greet(contact, whose.subject)
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
