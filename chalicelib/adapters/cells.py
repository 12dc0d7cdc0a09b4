"""Cells in the table: rows under their cell, a small head with the dirty number, and the summary beside it.

The head is apart from the summary, so that raising the dirty number costs one unit however long the summary is. A
summary carries the dirty number that was read before its rows: it is fresh while the two are equal (ADR 0004).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import msgspec

from chalicelib.adapters.table import WORK_INDEX, Item, Table, Value, binary, get_bytes, get_int, get_text, key, number, text
from chalicelib.domain.facts import Cell, Fact, Row
from chalicelib.ports import CellHead

# A row from an older image of its source never replaces a newer one; the same image may be put again after a crash.
NOT_NEWER = "attribute_not_exists(pk) OR v <= :v"
# A summary made from more rows stays.
RAISE = "ADD dirty :one SET kind = :kind, wpk = if_not_exists(wpk, :wpk), wsk = if_not_exists(wsk, :wsk)"
NOT_LATER = "attribute_not_exists(pk) OR summed <= :dirty"


class DynamoCells:
    """CellStore on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put_rows(self, facts: Iterable[tuple[Fact, int]], dropped: Iterable[tuple[Cell, str, int]]) -> set[Cell]:
        """See the port."""
        touched: set[Cell] = set()
        for fact, version in facts:
            if self._put(fact.cell, fact.row, version, binary(msgspec.json.encode(fact.doc))):
                touched.add(fact.cell)
        for cell, row, version in dropped:
            if self._put(cell, row, version, None):
                touched.add(cell)
        return touched

    def raise_dirty(self, cells: Iterable[Cell]) -> None:
        """See the port."""
        for cell in sorted(cells):
            pk, sk = head_keys(cell)
            self._table.update(pk, sk, RAISE, values=raise_values(cell))

    def dirty_number(self, cell: Cell) -> int:
        """See the port."""
        head = self._table.get(_day_pk(cell.merchant, cell.day), _head_sk(cell))
        return get_int(head, "dirty") if head else 0

    def rows(self, cell: Cell) -> Iterator[Row]:
        """See the port."""
        return (row for _, row in self.named_rows(cell))

    def named_rows(self, cell: Cell) -> Iterator[tuple[str, Row]]:
        """See the port."""
        for item in self._table.query(_cell_pk(cell)):
            doc = get_bytes(item, "doc")
            if doc is not None:
                yield item["sk"]["S"], msgspec.json.decode(doc)

    def page(self, cell: Cell, prefix: str, after: str, limit: int) -> list[tuple[str, Row]]:
        """See the port."""
        found: list[tuple[str, Row]] = []
        start = max(after, prefix)
        while len(found) < limit:
            items = [each for each in self._table.query(_cell_pk(cell), since=start, limit=limit + 1) if each["sk"]["S"] > start]
            for item in items:
                doc = get_bytes(item, "doc")
                if not item["sk"]["S"].startswith(prefix) or len(found) == limit:
                    return found
                if doc is not None:
                    found.append((item["sk"]["S"], msgspec.json.decode(doc)))
            if len(items) < limit:  # one more was asked for, and at most one was where we begin
                break
            start = items[-1]["sk"]["S"]
        return found

    def put_summary(self, cell: Cell, summary: bytes, *, dirty: int) -> None:
        """See the port."""
        pk = _day_pk(cell.merchant, cell.day)
        attributes = {"kind": text("summary"), "summed": number(dirty), "doc": binary(summary)}
        self._table.put(pk, _summary_sk(cell), attributes, condition=NOT_LATER, values={":dirty": number(dirty)})
        # Leaves the work list only if nothing was raised meanwhile; else the next round takes it again.
        self._table.update(pk, _head_sk(cell), "REMOVE wpk, wsk", condition="dirty = :dirty", values={":dirty": number(dirty)})

    def heads(self, merchant: str, day: date) -> list[CellHead]:
        """See the port."""
        pk = _day_pk(merchant, day)
        summaries = {item["sk"]["S"][2:]: item for item in self._table.query(pk, "s#")}
        heads = []
        for item in self._table.query(pk, "h#"):
            name = item["sk"]["S"][2:]
            summary = summaries.get(name)
            heads.append(
                CellHead(
                    cell=_cell(merchant, day, name),
                    dirty=get_int(item, "dirty"),
                    summed=get_int(summary, "summed") if summary else 0,
                    summary=get_bytes(summary, "doc") if summary else None,
                )
            )
        return heads

    def dirtiness(self, merchant: str, day: date) -> int:
        """See the port."""
        heads = self._table.query(_day_pk(merchant, day), "h#")
        return sum(get_int(head, "dirty") for head in heads if head["sk"]["S"].startswith(("h#orders#", "h#people#")))

    def dirty_cells(self, merchant: str, limit: int) -> list[Cell]:
        """See the port."""
        entries = self._table.query_index(WORK_INDEX, _work_pk(merchant), limit=limit)
        return [_named(merchant, entry) for entry in entries]

    def _put(self, cell: Cell, row: str, version: int, doc: Value | None) -> bool:
        attributes: dict[str, Value] = {"kind": text("row"), "v": number(version)}
        if doc is not None:
            attributes["doc"] = doc
        return self._table.put(_cell_pk(cell), row, attributes, condition=NOT_NEWER, values={":v": number(version)})


def fact_actions(fact: Fact, version: int) -> list[dict[str, Any]]:
    """A row and its cell's dirty number as parts of somebody else's transaction."""
    row = {
        **Table.keys(_cell_pk(fact.cell), fact.row),
        "kind": text("row"),
        "v": number(version),
        "doc": binary(msgspec.json.encode(fact.doc)),
    }
    put = {"Item": row, "ConditionExpression": NOT_NEWER, "ExpressionAttributeValues": {":v": number(version)}}
    update = {
        "Key": Table.keys(*head_keys(fact.cell)),
        "UpdateExpression": RAISE,
        "ExpressionAttributeValues": raise_values(fact.cell),
    }
    return [{"Put": put}, {"Update": update}]


def head_keys(cell: Cell) -> tuple[str, str]:
    """Where a cell's head lies."""
    return _day_pk(cell.merchant, cell.day), _head_sk(cell)


def raise_values(cell: Cell) -> dict[str, Value]:
    """The values of RAISE: one more, and a place on the work list."""
    return {":one": number(1), ":kind": text("cell"), ":wpk": text(_work_pk(cell.merchant)), ":wsk": text(_name(cell))}


def _cell_pk(cell: Cell) -> str:
    return key(cell.merchant, "C", cell.day.isoformat(), cell.kind, cell.platform, cell.account, str(cell.bucket))


def _day_pk(merchant: str, day: date) -> str:
    return key(merchant, "D", day.isoformat())


def _work_pk(merchant: str) -> str:
    return key(merchant, "W", "cells")


def _name(cell: Cell) -> str:
    return key(cell.day.isoformat(), cell.kind, cell.platform, cell.account, str(cell.bucket))


def _head_sk(cell: Cell) -> str:
    return f"h#{_name(cell)[11:]}"


def _summary_sk(cell: Cell) -> str:
    return f"s#{_name(cell)[11:]}"


def _cell(merchant: str, day: date, name: str) -> Cell:
    kind, platform, account, bucket = name.split("#")
    return Cell(merchant, day, kind, platform, account, int(bucket))


def _named(merchant: str, entry: Item) -> Cell:
    name = get_text(entry, "wsk") or ""
    return _cell(merchant, date.fromisoformat(name[:10]), name[11:])
