"""Days on which a member is to be looked at: keys of their own, spread over buckets, read day by day."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.adapters.table import Table, key, text
from chalicelib.domain.member import DUE_BUCKETS, due_bucket


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


def _pk(merchant: str, kind: str, day: str, bucket: int) -> str:
    return key(merchant, "A", kind, day, str(bucket))
