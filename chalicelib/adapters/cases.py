"""Cases in the table, the open ones on the work index by their next deadline."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

import msgspec

from chalicelib.adapters.table import WORK_INDEX, Item, Table, Value, binary, get_bytes, get_int, key, number, text
from chalicelib.domain.case import Case
from chalicelib.ports_cases import CaseKey
from chalicelib.toolkit.decode import decoder

UNCHANGED = "v = :read"
NOT_THERE = "attribute_not_exists(pk)"
SHELVES = 16
NEVER = "9999"  # where an open case without a deadline stands: behind all that have one


class DynamoCases:
    """CaseStore on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, case: CaseKey) -> tuple[Case | None, int]:
        """See the port."""
        item = self._table.get(*_keys(case))
        return (decoder(Case).decode(get_bytes(item, "doc") or b""), get_int(item, "v")) if item else (None, 0)

    def write(self, place: CaseKey, case: Case, *, due_at: datetime | None, expected_version: int) -> bool:
        """See the port."""
        pk, sk = _keys(place)
        attributes: dict[str, Value] = {
            "kind": text("case"),
            "v": number(expected_version + 1),
            "doc": binary(msgspec.json.encode(case)),
        }
        if case.is_open:
            attributes["wpk"] = text(key(place.merchant, "W", "cases"))
            attributes["wsk"] = text(f"{_stamp(due_at)}#{key(place.platform, place.account, place.kind, place.id)}")
        condition = UNCHANGED if expected_version else NOT_THERE
        values = {":read": number(expected_version)} if expected_version else None
        return self._table.put(pk, sk, attributes, condition=condition, values=values)

    def open(self, merchant: str, until: datetime | None = None, limit: int | None = None) -> Iterator[tuple[CaseKey, Case, int]]:
        """See the port."""
        bound = f"{_stamp(until)}~" if until else None
        for entry in self._table.query_index(WORK_INDEX, key(merchant, "W", "cases"), until=bound, limit=limit):
            # The index holds keys only, and may lag: the row itself decides.
            item = self._table.get(entry["pk"]["S"], entry["sk"]["S"])
            found = _case(merchant, item) if item else None
            if found and found[1].is_open:
                yield found

    def all(self, merchant: str, platform: str, account: str) -> Iterator[tuple[CaseKey, Case, int]]:
        """See the port."""
        for shelf in range(SHELVES):
            for item in self._table.query(key(merchant, "G", platform, account, f"{shelf:02d}")):
                yield _case(merchant, item)


def _keys(case: CaseKey) -> tuple[str, str]:
    shelf = hashlib.sha256(case.id.encode()).digest()[0] % SHELVES
    return key(case.merchant, "G", case.platform, case.account, f"{shelf:02d}"), key(case.kind, case.id)


def _case(merchant: str, item: Item) -> tuple[CaseKey, Case, int]:
    _, _, platform, account, _ = (_plain(part) for part in item["pk"]["S"].split("#"))
    _, name = (_plain(part) for part in item["sk"]["S"].split("#"))
    case = decoder(Case).decode(get_bytes(item, "doc") or b"")
    return CaseKey(merchant, platform, account, case.kind, name), case, get_int(item, "v")


def _plain(part: str) -> str:
    return part.replace("%23", "#").replace("%25", "%")


def _stamp(at: datetime | None) -> str:
    return at.strftime("%Y%m%dT%H%M%S.%fZ") if at else NEVER
