"""Parked and quarantined envelopes, and small named state, in the table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.adapters.quarantine import DynamoQuarantine
from chalicelib.adapters.table import WORK_INDEX, Table, Value, get_int, get_text, key, number, text
from chalicelib.ports import Clock, Quarantined

PAGE = 1000
NOT_THERE = "attribute_not_exists(pk)"
UNCHANGED = "v = :read"
# The envelope that was sent: one that was parked again meanwhile counts another attempt and stays.
SAME_BODY = "body = :body"


class DynamoWork:
    """Work on DynamoDB."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._held = DynamoQuarantine(table, clock)

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

    def waiting(self, merchant: str, limit: int) -> int:
        """See the port. Read from the index alone."""
        return sum(1 for _ in self._table.query_index(WORK_INDEX, key(merchant, "W", "parked"), limit=limit))

    def done(self, merchant: str, key_: str, body: str) -> None:
        """See the port."""
        self._table.delete(key(merchant, "P", key_), "parked", SAME_BODY, {":body": text(body)})

    def quarantine(self, merchant: str, key_: str, body: str, reason: str, detail: str) -> None:
        """See the port."""
        self._held.keep(merchant, key_, body, reason, detail)

    def held(self, merchant: str) -> int:
        """See the port."""
        return sum(self._held.counts(merchant).values())

    def quarantined(self, merchant: str) -> list[Quarantined]:
        """See the port."""
        found, after = self._held.page(merchant, None, PAGE)
        while after is not None:
            more, after = self._held.page(merchant, after, PAGE)
            found += more
        return [Quarantined(held.key, self._held.body(merchant, held) or "", held.reason, held.detail, held.at) for held in found]


class DynamoMarks:
    """Marks on DynamoDB: those of the merchant, or the same in a partition of its own, to which rights can be given apart."""

    def __init__(self, table: Table, *place: str) -> None:
        self._table = table
        self._place = place or ("N",)

    def get(self, merchant: str, name: str) -> tuple[str, int] | None:
        """See the port."""
        item = self._table.get(key(merchant, *self._place), name)
        return (get_text(item, "value") or "", get_int(item, "v")) if item else None

    def put(self, merchant: str, name: str, value: str, *, expected_version: int) -> bool:
        """See the port."""
        item = {"kind": text("mark"), "value": text(value), "v": number(expected_version + 1)}
        condition = UNCHANGED if expected_version else NOT_THERE
        values = {":read": number(expected_version)} if expected_version else None
        return self._table.put(key(merchant, *self._place), name, item, condition=condition, values=values)

    def beat(self, merchant: str, at: datetime) -> None:
        """See the port."""
        self._table.put(key(merchant, *self._place), "beat", {"kind": text("beat"), "at": text(at.isoformat())})

    def beat_at(self, merchant: str) -> datetime | None:
        """See the port."""
        item = self._table.get(key(merchant, *self._place), "beat")
        return beat_time(item) if item else None

    def named(self, merchant: str, prefix: str) -> dict[str, str]:
        """See the port."""
        items = self._table.query(key(merchant, *self._place), prefix)
        return {item["sk"]["S"]: get_text(item, "value") or "" for item in items if "value" in item}


def beat_time(image: Mapping[str, Any]) -> datetime | None:
    """The time a heartbeat's image carries, None on any other image."""
    return datetime.fromisoformat(image["at"]["S"]) if image.get("kind", {}).get("S") == "beat" else None
