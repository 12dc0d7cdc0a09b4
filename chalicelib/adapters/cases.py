"""Cases in the table, the open ones on the work index by their next deadline."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

import msgspec

from chalicelib.adapters.table import WORK_INDEX, Item, Table, Value, binary, get_bytes, get_int, key, number, text
from chalicelib.domain.case import Case
from chalicelib.domain.promptness import CaseImage
from chalicelib.ports_cases import CaseKey
from chalicelib.toolkit.decode import decoder

UNCHANGED = "v = :read"
NOT_THERE = "attribute_not_exists(pk)"
SHELVES = 16
READ_AT_ONCE = 50  # rows of open cases
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
        entries = self._table.query_index(WORK_INDEX, key(merchant, "W", "cases"), until=bound, limit=limit)
        while part := [(entry["pk"]["S"], entry["sk"]["S"]) for entry in islice(entries, READ_AT_ONCE)]:
            items = self._table.get_many(part)
            # The index holds keys only, and may lag: the row itself decides.
            for found in (_case(merchant, items[place]) for place in part if place in items):
                if found[1].is_open:
                    yield found

    def waiting(self, merchant: str, limit: int) -> tuple[list[tuple[CaseKey, Case]], bool]:
        """See the port."""
        partition = key(merchant, "W", "cases")
        ends = [
            list(self._table.query_index(WORK_INDEX, partition, until=NEVER, limit=limit + 1)),
            list(self._table.query_index(WORK_INDEX, partition, since=NEVER, limit=limit + 1)),
        ]
        items = self._table.get_many([(each["pk"]["S"], each["sk"]["S"]) for entries in ends for each in entries[:limit]])
        found = [_case(merchant, item) for item in items.values()]
        return [(place, case) for place, case, _ in found if case.is_open], any(len(each) > limit for each in ends)

    def all(self, merchant: str, platform: str, account: str) -> Iterator[tuple[CaseKey, Case, int]]:
        """See the port."""
        for shelf in range(SHELVES):
            for item in self._table.query(key(merchant, "G", platform, account, f"{shelf:02d}")):
                yield _case(merchant, item)


def case_image(item: Item) -> CaseImage:
    """A case's image in the stream."""
    merchant = _plain(item["pk"]["S"].split("#")[0])
    place, case, version = _case(merchant, item)
    return CaseImage(merchant, place.platform, place.account, place.id, version, case)


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
