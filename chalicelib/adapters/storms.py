"""Reviews by day as the storm alarm looks at them, and the storms that were told. Rows are counted when they are read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from chalicelib.adapters.table import Table, Value, binary, get_bytes, get_int, key, number, text
from chalicelib.domain.case import Telling, kind_of
from chalicelib.domain.storm import Storm, Usual
from chalicelib.ports_cases import CaseKey
from chalicelib.storms import Scope, SeenRow
from chalicelib.toolkit.decode import decoder

# What an older telling says never replaces what a newer one said; the same may be put again after a crash.
NOT_NEWER = "attribute_not_exists(pk) OR told <= :told"
UNCHANGED = "v = :read"
NOT_THERE = "attribute_not_exists(pk)"


class DynamoStorms:
    """StormStore on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, scope: Scope, day: date, place: CaseKey, row: SeenRow | None, telling: Telling) -> bool:
        """See the port."""
        told = text(f"{telling.millis:015d}#{telling.source:03d}#{telling.fingerprint}")
        attributes: dict[str, Value] = {"kind": text("seen"), "told": told}
        if row is not None:
            attributes["doc"] = binary(msgspec.json.encode(row))
        sk = key(place.platform, place.account, place.kind, place.id)
        return self._table.put(_day_pk(scope, day), sk, attributes, condition=NOT_NEWER, values={":told": told})

    def day(self, scope: Scope, day: date) -> Iterator[tuple[CaseKey, SeenRow]]:
        """See the port."""
        for item in self._table.query(_day_pk(scope, day)):
            doc = get_bytes(item, "doc")
            if doc is not None:
                platform, account, kind, name = (_plain(part) for part in item["sk"]["S"].split("#"))
                yield CaseKey(scope.merchant, platform, account, kind_of(kind), name), decoder(SeenRow).decode(doc)

    def usual(self, scope: Scope, day: date) -> Usual | None:
        """See the port."""
        item = self._table.get(_scope_pk(scope), f"usual#{day.isoformat()}")
        return decoder(Usual).decode(get_bytes(item, "doc") or b"") if item else None

    def put_usual(self, scope: Scope, day: date, usual: Usual) -> None:
        """See the port."""
        attributes = {"kind": text("usual"), "doc": binary(msgspec.json.encode(usual))}
        self._table.put(_scope_pk(scope), f"usual#{day.isoformat()}", attributes)

    def storm(self, scope: Scope) -> tuple[Storm | None, int]:
        """See the port."""
        item = self._table.get(key(scope.merchant, "H", "storms"), _name(scope))
        return (decoder(Storm).decode(get_bytes(item, "doc") or b""), get_int(item, "v")) if item else (None, 0)

    def put_storm(self, scope: Scope, storm: Storm, *, expected_version: int) -> bool:
        """See the port."""
        attributes = {"kind": text("storm"), "v": number(expected_version + 1), "doc": binary(msgspec.json.encode(storm))}
        condition = UNCHANGED if expected_version else NOT_THERE
        values = {":read": number(expected_version)} if expected_version else None
        return self._table.put(key(scope.merchant, "H", "storms"), _name(scope), attributes, condition=condition, values=values)

    def storms(self, merchant: str) -> Iterator[tuple[Scope, Storm]]:
        """See the port."""
        for item in self._table.query(key(merchant, "H", "storms")):
            platform, account, product = (_plain(part) for part in item["sk"]["S"].split("#"))
            yield Scope(merchant, platform, account, product), decoder(Storm).decode(get_bytes(item, "doc") or b"")


def _name(scope: Scope) -> str:
    return key(*scope[1:])


def _scope_pk(scope: Scope) -> str:
    return key(scope.merchant, "H", "scope", *scope[1:])


def _day_pk(scope: Scope, day: date) -> str:
    return key(scope.merchant, "H", "seen", day.isoformat(), *scope[1:])


def _plain(part: str) -> str:
    return part.replace("%23", "#").replace("%25", "%")
