"""Keeping what is told beside orders: reviews, questions, messages, receipts, spend, contacts. Used by normalise.

Each is one telling of one thing, and of several the greatest clock holds, whole: the platform's time, then pulled over pushed,
then (of reviews and questions) when it was heard, then the fingerprint. Any order and repetition of deliveries therefore ends in
the same record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from chalicelib.domain.contact import Contact
from chalicelib.domain.identity import email_identity, is_guest, phone_identity
from chalicelib.domain.order import Buyer
from chalicelib.domain.spend import SpendRow
from chalicelib.domain.voice import BuyerMessage, Question, Receipt, Review
from chalicelib.errors import Retriable
from chalicelib.ports import RecordKey, RecordStore, StoredRecord, Vault
from chalicelib.tombstones import Owner, owner
from chalicelib.toolkit.canonical_json import to_plain

TRIES = 5
FINGERPRINT, HEARD_DIGITS = 16, 14
RECEIPT_STATES = ("sent", "delivered", "read", "failed")
PERSONAL = ("buyer", "text", "media", "reply", "unionid")  # what a person wrote, and who that was
UNCOUNTED = ("contact", "message")  # nothing is counted of them, and their very names may tell who it is: a number, a chat
Recordable = Review | Question | BuyerMessage | Receipt | SpendRow | Contact


def nothing() -> None:
    """There is nothing to be done."""


class Recording:
    """Records under a conditional write on the item as it was read."""

    def __init__(self, records: RecordStore, vault: Vault) -> None:
        self._records = records
        self._vault = vault

    def keep(
        self,
        thing: Recordable,
        *,
        source: int,
        occurred_at: datetime | None,
        keep_raw: Callable[[], str],
        received_at: datetime | None = None,
        drop_raw: Callable[[], None] = nothing,
    ) -> bool:
        """Keep a telling; False where a later one, or the same, is there already, or its writer is erased and nothing is counted.

        `source` 1 for what was pulled or hydrated; `received_at` when we heard it. `keep_raw` archives the raw bytes and names
        them; it is called only before a write; `drop_raw` destroys them. Retriable when others keep writing the same record.
        """
        key = record_key(thing)
        plain, personal = _divide(thing)
        subject, gone = self._owner(key, thing, occurred_at) if personal else ("", False)
        if gone:  # what is counted stays, and nothing else
            drop_raw()
            if key.kind in UNCOUNTED:
                return False
            plain, personal, keep_raw = {**plain, "erased": True}, {}, _nowhere
        fingerprint = _fingerprint(plain, personal)
        # A receipt's states follow one another within a second, which is as fine as platforms tell: the later state holds.
        rank = RECEIPT_STATES.index(thing.state) if isinstance(thing, Receipt) and thing.state in RECEIPT_STATES else source
        clock = (_millis(thing, occurred_at), rank, f"{_heard(thing, received_at)}{fingerprint}")
        for _ in range(TRIES):
            stored = self._records.read(key)
            if stored.version and (stored.clock >= clock or _says_the_same(stored.clock, clock)):
                return False
            record = StoredRecord(
                version=stored.version + 1,
                clock=clock,
                plain=msgspec.json.encode(plain),
                subject=subject if personal else None,
                personal=self._vault.seal(key.merchant, subject, msgspec.json.encode(personal), key.place) if personal else None,
                raw=keep_raw() or None,
            )
            if self._records.write(key, record, expected_version=stored.version):
                return True
        raise Retriable("record-contended", f"{TRIES} writers were faster")

    def show(self, key: RecordKey) -> dict[str, Any] | None:
        """The record as canonical JSON prints it, personal data opened; None when there is none."""
        return self.stands(key)[1]

    def stands(self, key: RecordKey) -> tuple[int, dict[str, Any] | None]:
        """The same with its version, 0 when there is none."""
        stored = self._records.read(key)
        if not stored.version:
            return 0, None
        plain: dict[str, Any] = msgspec.json.decode(stored.plain)
        if stored.personal is not None and stored.subject is not None:
            plain |= msgspec.json.decode(self._vault.open(key.merchant, stored.subject, stored.personal, key.place))
        return stored.version, plain

    def plain(self, key: RecordKey) -> dict[str, Any]:
        """What is not personal of a record; nothing when there is none."""
        found: dict[str, Any] = msgspec.json.decode(self._records.read(key).plain)
        return found

    def _owner(self, key: RecordKey, thing: Recordable, occurred_at: datetime | None) -> Owner:
        """Whose it is, and whether they were erased since. It is as old as it was when it was made, whoever tells it anew."""
        buyer, at = getattr(thing, "buyer", Buyer()), getattr(thing, "created_at", None) or getattr(thing, "added_at", None)
        told = [("email", email_identity(buyer.email)), ("phone", phone_identity(buyer.phone)), ("unionid", _unionid(thing))]
        known = [f"{kind}:{self._vault.lookup(key.merchant, kind, value)}" for kind, value in told if value]
        first = self._subject(key, thing)
        found = owner(self._vault, key.merchant, first, known, at or _at(_millis(thing, occurred_at)))
        ended = isinstance(thing, Contact) and thing.state in ("left", "removed")
        if ended and found.subject != first and not self._records.read(key).version:
            return Owner(found.subject, True)  # the end of an acquaintance that was erased begins no new one
        return found

    def _subject(self, key: RecordKey, thing: Recordable) -> str:
        """Whose data it is: the buyer's where the platform names one, else the order's, else the record's own."""
        buyer = getattr(thing, "buyer", Buyer())
        order_id = getattr(thing, "order_id", None)
        if is_guest(buyer.id) and order_id is None:
            return self._vault.lookup(key.merchant, key.kind, f"{key.platform}\x1f{key.account}\x1f{key.id}")
        return subject_of(self._vault, (key.merchant, key.platform, key.account), buyer.id, order_id or "")


def subject_of(vault: Vault, shop: tuple[str, str, str], buyer_id: str | None, order_id: str = "") -> str:
    """Whom data belongs to as far as is known on arrival: (merchant, platform, account)'s buyer, else the order."""
    merchant, platform, account = shop
    if buyer_id is None or is_guest(buyer_id):
        return vault.lookup(merchant, "order", f"{platform}\x1f{account}\x1f{order_id}")
    return vault.lookup(merchant, "buyer", f"{platform}\x1f{account}\x1f{buyer_id}")


def stripped(stored: StoredRecord) -> StoredRecord:
    """A record of somebody who is erased, as it is kept on: what is counted, one version up."""
    plain = {**msgspec.json.decode(stored.plain), "erased": True}
    clock = (*stored.clock[:2], f"{stored.clock[2][:-FINGERPRINT]}{_fingerprint(plain, {})}")
    return StoredRecord(version=stored.version + 1, clock=clock, plain=msgspec.json.encode(plain))


def _fingerprint(plain: dict[str, Any], personal: dict[str, Any]) -> str:
    return hashlib.sha256(msgspec.json.encode([plain, personal])).hexdigest()[:FINGERPRINT]


def _unionid(thing: Recordable) -> str | None:
    return thing.unionid if isinstance(thing, Contact) else None


def _at(millis: int) -> datetime | None:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=millis) if millis else None


def _nowhere() -> str:
    """No raw bytes."""
    return ""


def record_key(thing: Recordable) -> RecordKey:
    """The record that a telling is of."""
    place = (thing.merchant, thing.platform, thing.account)
    match thing:
        case Review():
            return RecordKey(*place, "review", thing.review_id)
        case Question():
            return RecordKey(*place, "question", thing.question_id)
        case BuyerMessage():
            return RecordKey(*place, "message", f"{thing.thread_id}\x1f{thing.message_id}")
        case Receipt():
            return RecordKey(*place, "receipt", thing.message_id)
        case Contact():
            return RecordKey(*place, "contact", f"{thing.contact_id}\x1f{thing.employee or ''}")
        case SpendRow():
            return RecordKey(*place, "spend", f"{thing.day.isoformat()}\x1f{thing.product}\x1f{thing.campaign_id}")


def _millis(thing: Recordable, occurred_at: datetime | None) -> int:
    """The platform's time of a telling: its last change, else its making, else that of the event; 0 where it tells none.

    A receipt's times are those of its states, and a later state may come first: the event's time does not count there.
    """
    match thing:
        case Review() | Question():
            at = max((each for each in (thing.updated_at, thing.created_at) if each), default=occurred_at)
        case BuyerMessage():
            at = thing.created_at or occurred_at
        case Contact():
            at = thing.updated_at or occurred_at or thing.added_at
        case Receipt():
            at = thing.at
        case SpendRow():
            at = thing.reported_at
    return int(at.timestamp() * 1000) if at else 0


def _heard(thing: Recordable, received_at: datetime | None) -> str:
    """When a review or question was heard, which says what is newer where a platform dates no edit and no answer."""
    if not isinstance(thing, Review | Question):
        return ""
    return f"{int(received_at.timestamp() * 1000) if received_at else 0:0{HEARD_DIGITS}d}"


def _says_the_same(stored: tuple[int, int, str], clock: tuple[int, int, str]) -> bool:
    """Whether it was only heard again: nothing is written, and what was agreed to of it holds."""
    return stored[:2] == clock[:2] and stored[2][-FINGERPRINT:] == clock[2][-FINGERPRINT:]


def _divide(thing: Recordable) -> tuple[dict[str, Any], dict[str, Any]]:
    """Plain and personal fields as JSON values. Which fields of the buyer are masked is no secret, and no data either."""
    whole: dict[str, Any] = to_plain(thing)
    whole.pop("welcome", None)  # a code that greets once and is dead within seconds
    told = {name for name in PERSONAL if name in whole and whole[name] not in (None, [], to_plain(Buyer()))}
    return {name: whole[name] for name in whole if name not in told}, {name: whole[name] for name in told}
