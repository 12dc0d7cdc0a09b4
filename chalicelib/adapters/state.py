"""Parked and quarantined envelopes, and small named state, in the table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.adapters.table import WORK_INDEX, Table, Value, get_int, get_text, key, number, text
from chalicelib.ports import Clock, Quarantined

NOT_THERE = "attribute_not_exists(pk)"
UNCHANGED = "v = :read"
# The envelope that was sent: one that was parked again meanwhile counts another attempt and stays.
SAME_BODY = "body = :body"


class DynamoWork:
    """Work on DynamoDB."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def park(self, merchant: str, key_: str, body: str, due_at: datetime, reason: str) -> None:
        """See the port."""
        item: dict[str, Value] = {
            "kind": text("parked"),
            "body": text(body),
            "reason": text(reason),
            "wpk": text(key(merchant, "W", "parked")),
            "wsk": text(f"{due_at.isoformat()}#{key_}"),
        }
        self._table.put(key(merchant, "P", key_), "parked", item)

    def due(self, merchant: str, now: datetime, limit: int) -> list[tuple[str, str]]:
        """See the port."""
        found = []
        for entry in self._table.query_index(WORK_INDEX, key(merchant, "W", "parked"), until=f"{now.isoformat()}~", limit=limit):
            item = self._table.get(entry["pk"]["S"], entry["sk"]["S"])
            if item:
                found.append((item["pk"]["S"].split("#", 2)[2], item["body"]["S"]))
        return found

    def done(self, merchant: str, key_: str, body: str) -> None:
        """See the port."""
        self._table.delete(key(merchant, "P", key_), "parked", SAME_BODY, {":body": text(body)})

    def quarantine(self, merchant: str, key_: str, body: str, reason: str, detail: str) -> None:
        """See the port."""
        item = {
            "kind": text("quarantined"),
            "body": text(body),
            "reason": text(reason),
            "detail": text(detail),
            "at": text(self._clock.now().isoformat()),
        }
        self._table.put(key(merchant, "Q"), key_, item)

    def quarantined(self, merchant: str) -> list[Quarantined]:
        """See the port."""
        return [
            Quarantined(
                item["sk"]["S"],
                item["body"]["S"],
                item["reason"]["S"],
                item["detail"]["S"],
                datetime.fromisoformat(item["at"]["S"]),
            )
            for item in self._table.query(key(merchant, "Q"))
        ]

    def release(self, merchant: str, key_: str, body: str) -> None:
        """See the port."""
        self._table.delete(key(merchant, "Q"), key_, SAME_BODY, {":body": text(body)})


class DynamoMarks:
    """Marks on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, merchant: str, name: str) -> tuple[str, int] | None:
        """See the port."""
        item = self._table.get(key(merchant, "N"), name)
        return (get_text(item, "value") or "", get_int(item, "v")) if item else None

    def put(self, merchant: str, name: str, value: str, *, expected_version: int) -> bool:
        """See the port."""
        item = {"kind": text("mark"), "value": text(value), "v": number(expected_version + 1)}
        condition = UNCHANGED if expected_version else NOT_THERE
        values = {":read": number(expected_version)} if expected_version else None
        return self._table.put(key(merchant, "N"), name, item, condition=condition, values=values)

    def beat(self, merchant: str, at: datetime) -> None:
        """See the port."""
        self._table.put(key(merchant, "N"), "beat", {"kind": text("beat"), "at": text(at.isoformat())})

    def named(self, merchant: str, prefix: str) -> dict[str, str]:
        """See the port."""
        items = self._table.query(key(merchant, "N"), prefix)
        return {item["sk"]["S"]: get_text(item, "value") or "" for item in items if "value" in item}


def beat_time(image: Mapping[str, Any]) -> datetime | None:
    """The time a heartbeat's image carries, None on any other image."""
    return datetime.fromisoformat(image["at"]["S"]) if image.get("kind", {}).get("S") == "beat" else None
