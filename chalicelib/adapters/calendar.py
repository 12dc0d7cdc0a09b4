"""Days on which a member is to be looked at: keys of their own, spread over buckets, read day by day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chalicelib.adapters.table import Table, get_int, get_text, key, number, opt, text
from chalicelib.domain.member import DUE_BUCKETS, due_bucket

NOT_THERE = "attribute_not_exists(pk)"
UNCHANGED = "v = :read"


class DynamoCalendar:
    """Calendar on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, merchant: str, kind: str, day: str, member: str) -> None:
        """See the port."""
        self._table.put(_pk(merchant, kind, day, due_bucket(member)), member, {"kind": text("note")})

    def on(self, merchant: str, kind: str, day: str) -> Iterator[str]:
        """See the port."""
        for bucket in range(DUE_BUCKETS):
            for item in self._table.query(_pk(merchant, kind, day, bucket)):
                yield item["sk"]["S"]

    def forget(self, merchant: str, kind: str, day: str, member: str) -> None:
        """See the port."""
        self._table.delete(_pk(merchant, kind, day, due_bucket(member)), member)

    def move(self, merchant: str, kind: str, day: str | None, member: str) -> bool:
        """See the port. The row that remembers the day and the notes themselves change in one transaction."""
        pk, sk = key(merchant, "M", member), key("day", kind)
        stored = self._table.get(pk, sk)
        before, version = (get_text(stored, "day"), get_int(stored, "v")) if stored else (None, 0)
        if before == day:
            return True
        row = opt(kind=text("day"), v=number(version + 1), day=text(day) if day else None)
        kept: dict[str, Any] = {
            "Item": {**Table.keys(pk, sk), **row},
            "ConditionExpression": UNCHANGED if stored else NOT_THERE,
        }
        if stored:
            kept["ExpressionAttributeValues"] = {":read": number(version)}
        actions: list[dict[str, Any]] = [{"Put": kept}]
        bucket = due_bucket(member)
        if day:
            note = {**Table.keys(_pk(merchant, kind, day, bucket), member), "kind": text("note")}
            actions.append({"Put": {"Item": note}})
        if before:
            actions.append({"Delete": {"Key": Table.keys(_pk(merchant, kind, before, bucket), member)}})
        return self._table.transact(actions)


def _pk(merchant: str, kind: str, day: str, bucket: int) -> str:
    return key(merchant, "A", kind, day, str(bucket))
