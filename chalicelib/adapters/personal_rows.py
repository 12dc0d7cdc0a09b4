"""Rows that are about persons, walked over and taken away: for erasure and export."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.adapters import directory, records
from chalicelib.adapters.table import Table, get_int, key
from chalicelib.directory import Place
from chalicelib.ports import RecordKey, StoredRecord


class DynamoPersonalRows:
    """PersonalRows on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def records(self, merchant: str, platform: str, account: str, kind: str) -> Iterator[tuple[RecordKey, StoredRecord]]:
        """See the port."""
        for shelf in range(records.SHELVES):
            for item in self._table.query(key(merchant, "R", platform, account, kind, f"{shelf:02d}")):
                yield records.record_of(item), records.stored_record(item)

    def drop_record(self, record: RecordKey) -> None:
        """See the port."""
        self._table.delete(records.record_pk(record), record.id)

    def drop_contact(self, merchant: str, place: Place) -> None:
        """See the port. The entry last: it knows the identity."""
        entry = directory.DynamoDirectory(self._table).read(merchant, place)
        if entry.identity:
            self._table.delete(key(merchant, "J", entry.identity), key(*place))
        self._table.delete(*directory.entry_key(merchant, place))

    def forget_words(self, merchant: str, subject: str) -> None:
        """See the port."""
        self._forget(key(merchant, "S", subject), "")

    def unlink(self, merchant: str, identity: str, buyer: str) -> None:
        """See the port."""
        self._table.delete(key(merchant, "I", identity), buyer)

    def forget_petition(self, merchant: str, name: str) -> None:
        """See the port."""
        self._table.delete(key(merchant, "H", "petitions"), name)

    def forget_erasure(self, merchant: str, name: str) -> None:
        """See the port."""
        self._table.delete(key(merchant, "H", "erasing"), name)

    def forget_cuts(self, merchant: str, buyer: str) -> None:
        """See the port."""
        self._forget(key(merchant, "M", buyer), "x#")

    def permitted(self, merchant: str, subject: str) -> Iterator[tuple[str, str, bool]]:
        """See the port."""
        for item in self._table.query(key(merchant, "S", subject), "permit#"):
            _, template, at, _ = (part.replace("%23", "#").replace("%25", "%") for part in item["sk"]["S"].split("#"))
            yield template, at, bool(get_int(item, "granted"))

    def _forget(self, pk: str, prefix: str) -> None:
        for item in list(self._table.query(pk, prefix)):
            self._table.delete(pk, item["sk"]["S"])
