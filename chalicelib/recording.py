"""Keeping what is told beside orders: reviews, questions, messages, receipts, spend, contacts. Used by normalise.

Each is one telling of one thing, and of several the greatest clock holds, whole: the platform's time, then pulled over pushed,
then the fingerprint. Any order and repetition of tellings therefore ends in the same record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain.contact import Contact
from chalicelib.domain.identity import is_guest
from chalicelib.domain.order import Buyer
from chalicelib.domain.spend import SpendRow
from chalicelib.domain.voice import BuyerMessage, Question, Receipt, Review
from chalicelib.errors import Retriable
from chalicelib.ports import RecordKey, RecordStore, StoredRecord, Vault
from chalicelib.toolkit.canonical_json import to_plain

TRIES = 5
RECEIPT_STATES = ("sent", "delivered", "read", "failed")
PERSONAL = ("buyer", "text", "media", "reply", "unionid")  # what a person wrote, and who that was
Recordable = Review | Question | BuyerMessage | Receipt | SpendRow | Contact


class Recording:
    """Records under a conditional write on the item as it was read."""

    def __init__(self, records: RecordStore, vault: Vault) -> None:
        self._records = records
        self._vault = vault

    def keep(self, thing: Recordable, *, source: int, occurred_at: datetime | None, keep_raw: Callable[[], str]) -> bool:
        """Keep a telling; False where a later one, or the same, is there already.

        `source` 1 for what was pulled or hydrated. `keep_raw` archives the raw bytes and names them; it is called only before
        a write. Retriable when others keep writing the same record.
        """
        key = record_key(thing)
        plain, personal = _divide(thing)
        fingerprint = hashlib.sha256(msgspec.json.encode([plain, personal])).hexdigest()[:16]
        # A receipt's states follow one another within a second, which is as fine as platforms tell: the later state holds.
        rank = RECEIPT_STATES.index(thing.state) if isinstance(thing, Receipt) and thing.state in RECEIPT_STATES else source
        clock = (_millis(thing, occurred_at), rank, fingerprint)
        subject = self._subject(key, thing)
        for _ in range(TRIES):
            stored = self._records.read(key)
            if stored.version and stored.clock >= clock:
                return False
            record = StoredRecord(
                version=stored.version + 1,
                clock=clock,
                plain=msgspec.json.encode(plain),
                subject=subject if personal else None,
                personal=self._vault.seal(key.merchant, subject, msgspec.json.encode(personal)) if personal else None,
                raw=keep_raw(),
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
            plain |= msgspec.json.decode(self._vault.open(key.merchant, stored.subject, stored.personal))
        return stored.version, plain

    def plain(self, key: RecordKey) -> dict[str, Any]:
        """What is not personal of a record; nothing when there is none."""
        found: dict[str, Any] = msgspec.json.decode(self._records.read(key).plain)
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


def _divide(thing: Recordable) -> tuple[dict[str, Any], dict[str, Any]]:
    """Plain and personal fields as JSON values. Which fields of the buyer are masked is no secret, and no data either."""
    whole: dict[str, Any] = to_plain(thing)
    whole.pop("welcome", None)  # a code that greets once and is dead within seconds
    told = {name for name in PERSONAL if name in whole and whole[name] not in (None, [], to_plain(Buyer()))}
    return {name: whole[name] for name in whole if name not in told}, {name: whole[name] for name in told}
