"""Contacts' rows in the table, spread over shelves so that a directory can be walked and no shelf grows hot."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import dropwhile

from chalicelib.adapters.table import Item, Table, get_int, get_text, key, number, opt, text
from chalicelib.directory import SHELVES, Entry, Place

UNCHANGED = "v = :read"
NOT_THERE = "attribute_not_exists(pk)"


class DynamoDirectory:
    """DirectoryStore on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, merchant: str, place: Place) -> Entry:
        """See the port."""
        item = self._table.get(*entry_key(merchant, place))
        return _entry(place, item) if item else Entry(place)

    def write(self, merchant: str, entry: Entry) -> bool:
        """See the port."""
        attributes = opt(
            kind=text("entry"),
            v=number(entry.version),
            told=number(entry.told),
            identity=text(entry.identity) if entry.identity else None,
            active=number(int(entry.active)),
            tags=text(json.dumps(entry.tags, ensure_ascii=False)) if entry.tags else None,
            unsure=number(1) if not entry.sure else None,
        )
        read = entry.version - 1
        condition, values = (UNCHANGED, {":read": number(read)}) if read else (NOT_THERE, None)
        return self._table.put(*entry_key(merchant, entry.place), attributes, condition=condition, values=values)

    def shelf(self, merchant: str, platform: str, account: str, shelf: int, after: tuple[str, str] | None) -> Iterator[Entry]:
        """See the port."""
        last = key(*after) if after else ""
        found = self._table.query(_pk(merchant, platform, account, shelf), since=last)
        for item in dropwhile(lambda each: each["sk"]["S"] == last, found):
            contact, employee = (part.replace("%23", "#").replace("%25", "%") for part in item["sk"]["S"].split("#"))
            yield _entry(Place(platform, account, contact, employee), item)


def _pk(merchant: str, platform: str, account: str, shelf: int) -> str:
    return key(merchant, "U", platform, account, f"{shelf:02d}")


def entry_key(merchant: str, place: Place) -> tuple[str, str]:
    """Where a contact's row lies."""
    shelf = hashlib.sha256(place.contact.encode()).digest()[0] % SHELVES
    return _pk(merchant, place.platform, place.account, shelf), key(place.contact, place.employee)


def _entry(place: Place, item: Item) -> Entry:
    return Entry(
        place=place,
        version=get_int(item, "v"),
        told=get_int(item, "told"),
        identity=get_text(item, "identity"),
        active=bool(get_int(item, "active")),
        tags=tuple(json.loads(get_text(item, "tags") or "[]")),
        sure="unsure" not in item,
    )
