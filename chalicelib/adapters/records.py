"""Reviews, questions, messages, receipts and spend in the table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date

import msgspec

from chalicelib.adapters.table import Item, Table, binary, get_bytes, get_int, get_text, key, number, opt, text
from chalicelib.domain.service import ReviewImage
from chalicelib.ports import RecordKey, StoredRecord

UNCHANGED = "v = :read"
NOT_THERE = "attribute_not_exists(pk)"
SHELVES = 16


class DynamoRecords:
    """RecordStore on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, record: RecordKey) -> StoredRecord:
        """See the port."""
        item = self._table.get(record_pk(record), record.id)
        return stored_record(item) if item else StoredRecord(0)

    def write(self, record: RecordKey, stored: StoredRecord, *, expected_version: int) -> bool:
        """See the port."""
        millis, source, fingerprint = stored.clock
        attributes = opt(
            kind=text(record.kind),
            v=number(stored.version),
            clock=text(f"{millis} {source} {fingerprint}"),
            doc=binary(stored.plain),
            pii=binary(stored.personal) if stored.personal else None,
            subject=text(stored.subject) if stored.subject else None,
            raw=text(stored.raw) if stored.raw else None,
        )
        condition = UNCHANGED if expected_version else NOT_THERE
        values = {":read": number(expected_version)} if expected_version else None
        return self._table.put(record_pk(record), record.id, attributes, condition=condition, values=values)

    def strip(self, record: RecordKey, version: int) -> bool:
        """See the port."""
        return self._table.update(
            record_pk(record), record.id, "REMOVE pii", condition=UNCHANGED, values={":read": number(version)}
        )

    def keys(self, merchant: str, platform: str, account: str, kind: str, day: date | None = None) -> Iterator[RecordKey]:
        """See the port."""
        place = RecordKey(merchant, platform, account, kind, "")
        for shelf in [day.isoformat()] if day else [f"{number_:02d}" for number_ in range(SHELVES)]:
            for item in self._table.query(key(merchant, "R", platform, account, kind, shelf)):
                yield place._replace(id=item["sk"]["S"])

    def spend(self, merchant: str, platform: str, account: str, day: date) -> Iterator[StoredRecord]:
        """See the port."""
        for item in self._table.query(key(merchant, "R", platform, account, "spend", day.isoformat())):
            yield stored_record(item)


def record_of(item: Item) -> RecordKey:
    """Which record an item is."""
    merchant, _, platform, account, kind, _ = (part.replace("%23", "#").replace("%25", "%") for part in item["pk"]["S"].split("#"))
    return RecordKey(merchant, platform, account, kind, item["sk"]["S"])


def review_image(item: Item) -> ReviewImage:
    """A review's image in the stream, without its personal data."""
    record, stored = record_of(item), stored_record(item)
    place = (record.merchant, record.platform, record.account, record.id)
    return ReviewImage(*place, stored.version, msgspec.json.decode(stored.plain), stored.clock[0])


def record_pk(record: RecordKey) -> str:
    """A record's partition. Spend lies by day, since a digest reads days; all else is spread, so that no best day is hot."""
    spread = f"{hashlib.sha256(record.id.encode()).digest()[0] % SHELVES:02d}"
    shelf = record.id[:10] if record.kind == "spend" else spread
    return key(record.merchant, "R", record.platform, record.account, record.kind, shelf)


def stored_record(item: Item) -> StoredRecord:
    """From an item as read."""
    millis, source, fingerprint = (get_text(item, "clock") or "0 0 ").split(" ")
    return StoredRecord(
        version=get_int(item, "v"),
        clock=(int(millis), int(source), fingerprint),
        plain=get_bytes(item, "doc") or b"{}",
        subject=get_text(item, "subject"),
        personal=get_bytes(item, "pii"),
        raw=get_text(item, "raw"),
    )
