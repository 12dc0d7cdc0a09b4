"""What an account holds, found through the cells of its days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from chalicelib.adapters.table import Table, key
from chalicelib.domain.record import OrderKey


class DynamoHoldings:
    """Holdings on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def orders_of(self, merchant: str, platform: str, account: str, day: date) -> Iterator[OrderKey]:
        """See the port. One query for a day without orders, one more for each of its buckets."""
        prefix = f"h#{key('orders', platform, account)}#"
        for head in self._table.query(key(merchant, "D", day.isoformat()), prefix):
            bucket = head["sk"]["S"].removeprefix(prefix)
            cell = key(merchant, "C", day.isoformat(), "orders", platform, account, bucket)
            for row in self._table.query(cell, "o#"):
                yield OrderKey(merchant, platform, account, row["sk"]["S"][2:])
