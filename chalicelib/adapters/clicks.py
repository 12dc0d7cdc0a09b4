"""First clicks in the table, in a partition of their own: the function that faces the internet may write there, not to members."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.adapters.table import Table, key, text

NOT_THERE = "attribute_not_exists(pk)"  # the first click stays


class DynamoClicks:
    """ClickStore on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put_click(self, merchant: str, owner: str, message_id: str, at: datetime) -> bool:
        """See the port."""
        row = {"kind": text("click"), "at": text(at.isoformat())}
        return self._table.put(key(merchant, "E", owner), _sk(message_id), row, condition=NOT_THERE)

    def clicks(self, merchant: str, owner: str) -> Mapping[str, datetime]:
        """See the port."""
        found = self._table.query(key(merchant, "E", owner), "click#")
        return {_message_id(item["sk"]["S"]): datetime.fromisoformat(item["at"]["S"]) for item in found}


def _sk(message_id: str) -> str:
    return key("click", message_id)


def _message_id(sk: str) -> str:
    return sk.partition("#")[2].replace("%23", "#").replace("%25", "%")
