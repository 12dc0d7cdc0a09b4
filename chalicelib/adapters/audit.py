"""Audit rows in the table: a partition a month, by time."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

from chalicelib.adapters.table import Table, key, text
from chalicelib.audit import AuditRow

NOT_THERE = "attribute_not_exists(pk)"


class DynamoAudit:
    """AuditStore on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, merchant: str, row: AuditRow) -> None:
        """See the port."""
        at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
        item = {"kind": text("audit"), "at": text(at), "actor": text(row.actor), "act": text(row.act), "subject": text(row.subject)}
        pk = key(merchant, "H", "audit", at[:7])
        while not self._table.put(pk, f"{at}#{secrets.token_hex(4)}", item, condition=NOT_THERE):
            continue  # another row of the same instant drew the same number

    def month(self, merchant: str, month: str, limit: int, before: str = "") -> Iterator[AuditRow]:
        """See the port."""
        for item in self._table.newest(key(merchant, "H", "audit", month), limit, before=before):
            at = datetime.fromisoformat(item["at"]["S"])
            yield AuditRow(at, item["actor"]["S"], item["act"]["S"], item["subject"]["S"], item["sk"]["S"])
