"""What is told beside orders: voices, spend, contacts, consents, permissions, privacy requests. Used by normalise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from chalicelib.domain.contact import Contact, Permission
from chalicelib.domain.events import Canonical, Consent, PrivacyRequest
from chalicelib.domain.receipt import Objection
from chalicelib.domain.voice import Receipt
from chalicelib.errors import Permanent
from chalicelib.feedback import Feedback
from chalicelib.greeting import Greeting
from chalicelib.ports import Counters, MemberStore, Vault
from chalicelib.recording import Recordable, Recording, subject_of

W = TypeVar("W", Consent, Permission)


class Asides:
    """Each kind to where it is kept. Orders, refunds and parcels are none of them, and pass."""

    def __init__(
        self,
        *,
        recording: Recording,
        greeting: Greeting,
        feedback: Feedback,
        members: MemberStore,
        vault: Vault,
        counters: Counters,
    ) -> None:
        self._recording = recording
        self._greeting = greeting
        self._feedback = feedback
        self._members = members
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
                self._contact(thing, applied=applied)
            elif isinstance(thing, Receipt):  # one that is known already as well: a crash may have come between the two
                self._feedback.receipt(thing)
        elif isinstance(thing, Objection):
            self._feedback.objection(thing)
        elif isinstance(thing, Consent):
            self._members.put_consent(_dated(thing, received_at), self._whose(thing, thing.buyer_id))
        elif isinstance(thing, Permission):
            self._members.put_permission(_dated(thing, received_at), self._whose(thing, thing.buyer_id))
        elif isinstance(thing, PrivacyRequest):
            raise Permanent(f"privacy-{thing.kind}", "a privacy request waits for a person", connector=thing.platform)

    def _contact(self, contact: Contact, *, applied: bool) -> None:
        if applied and contact.unionid:  # found by it from now on: a member's orders carry it where the platform tells it
            identity = f"unionid:{self._vault.lookup(contact.merchant, 'unionid', contact.unionid)}"
            place = (contact.platform, contact.account, contact.contact_id, contact.employee or "")
            self._members.put_contact(contact.merchant, identity, place, active=contact.state == "active")
        # Told late or twice as well: the greeting knows by its code whether it was said.
        self._greeting.greet(contact, self._whose(contact, contact.contact_id))

    def _whose(self, thing: Contact | Consent | Permission, buyer_id: str) -> str:
        return subject_of(self._vault, (thing.merchant, thing.platform, thing.account), buyer_id)


def _dated(word: W, received_at: datetime) -> W:
    """A withdrawal that the platform gives no time holds as of its arrival: as the oldest it would lose to what it withdraws."""
    return word if word.granted or word.at is not None else replace(word, at=received_at)
