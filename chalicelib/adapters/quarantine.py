"""Quarantine in the table: small rows by day and shelf, bodies apart, and heads that say how many there are.

A storm of broken messages writes to as many partitions as it has messages, and to eight a day. A row names its body's stamp: what
comes back changes it, so that whoever releases what they have read takes away nothing newer. A head's dirty number is raised after
every row that is put, and with every row that goes; counts are made from the rows of shelves whose number has moved.
"""

from __future__ import annotations

import json
import secrets
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from chalicelib.adapters.table import Item, Table, Value, get_int, get_text, key, number, opt, text
from chalicelib.envelope import Envelope, decode
from chalicelib.errors import Permanent, Retriable
from chalicelib.ports import Clock
from chalicelib.quarantine import Held

SHELVES = 8
RECENT = timedelta(days=2)  # days that are not taken off the list of days, however empty
SAME = "stamp = :stamp"
TRIES = 5
ROW, HEAD = "r#", "head"
RAISE = "ADD dirty :one SET #kind = :kind"
_NAMES = {"#kind": "kind"}
_ONE: Mapping[str, Value] = {":one": number(1), ":kind": text("quarantine-head")}


class DynamoQuarantine:
    """QuarantineStore on DynamoDB."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._known: set[tuple[str, str]] = set()

    def keep(self, merchant: str, key_: str, body: str, reason: str, detail: str) -> None:
        """See the port. The body first, the row after it: a row whose body is not there yet would be released as nothing."""
        envelope, now = _envelope(body), self._clock.now()
        day = envelope.received_at.astimezone(UTC).date().isoformat() if envelope else self._day_of_no_envelope(merchant, key_, now)
        stamp = secrets.token_hex(8)
        self._table.put(_body_key(merchant, day, key_), "body", {"kind": text("held"), "body": text(body), "stamp": text(stamp)})
        told = opt(
            platform=text(envelope.platform) if envelope else None,
            account=text(envelope.account) if envelope else None,
            topic=text(envelope.topic) if envelope and envelope.topic else None,
        )
        row = {"reason": text(reason), "detail": text(detail), "at": text(now.isoformat()), "stamp": text(stamp), **told}
        place = _shelf(merchant, day, key_)
        self._table.put(place, f"{ROW}{key_}", {"kind": text("quarantined"), **row})
        self._raise(place)
        self._list(merchant, day, now)

    def _day_of_no_envelope(self, merchant: str, key_: str, now: datetime) -> str:
        """What is no envelope tells no time of its own. Where a process died before the queue let go of it, and midnight passed, it
        lies on the day before already.
        """
        today, before = (at.astimezone(UTC).date().isoformat() for at in (now, now - timedelta(days=1)))
        there = self._table.get(_shelf(merchant, before, key_), f"{ROW}{key_}")
        return before if there else today

    def page(self, merchant: str, after: str | None, limit: int) -> tuple[list[Held], str | None]:
        """See the port."""
        found: list[Held] = []
        for day, shelf, since in self._places(merchant, after):
            left = limit - len(found)
            items = self._table.query(_at(merchant, day, shelf), ROW if not since else "", since=since, limit=left)
            found += [_held(item, day) for item in items if item["sk"]["S"].startswith(ROW)]
            if len(found) >= limit:
                return found, self.cursor(found[-1])
        return found, None

    def cursor(self, held: Held) -> str:
        """See the port."""
        return f"{held.day}#{_shelf_of(held.key)}#{held.key}"

    def find(self, merchant: str, key_: str) -> list[Held]:
        """See the port."""
        wanted = [(_shelf(merchant, day, key_), f"{ROW}{key_}") for day in self._days(merchant)]
        items = self._table.get_many(wanted)
        return [_held(item, pk.split("#")[2]) for (pk, _), item in items.items()]

    def body(self, merchant: str, held: Held) -> str | None:
        """See the port."""
        item = self._table.get(_body_key(merchant, held.day, held.key), "body")
        return item["body"]["S"] if item and get_text(item, "stamp") == held.stamp else None

    def release(self, merchant: str, held: Held) -> bool:
        """See the port. Row and dirty number in one transaction, since nobody would repeat the number after a crash."""
        place = _shelf(merchant, held.day, held.key)
        values: Mapping[str, Value] = {":stamp": text(held.stamp)}
        gone = {"Key": Table.keys(place, f"{ROW}{held.key}"), "ConditionExpression": SAME, "ExpressionAttributeValues": values}
        moved = {"Key": Table.keys(place, HEAD), "UpdateExpression": RAISE, "ExpressionAttributeValues": _ONE}
        if not self._transact([{"Delete": gone}, {"Update": moved | {"ExpressionAttributeNames": _NAMES}}]):
            return False
        self._table.delete(_body_key(merchant, held.day, held.key), "body", SAME, values)
        return True

    def counts(self, merchant: str) -> Mapping[tuple[str, str], int]:
        """See the port."""
        return sum(self._by_day(merchant, self._days(merchant)).values(), Counter[tuple[str, str]]())

    def tidy(self, merchant: str) -> None:
        """See the port."""
        days = self._days(merchant)
        for day, found in self._by_day(merchant, days).items():
            if not found and date.fromisoformat(day) < (self._clock.now() - RECENT).date():
                self._table.delete(key(merchant, "Q"), day, SAME, {":stamp": text(days[day])})

    def _by_day(self, merchant: str, days: Iterable[str]) -> dict[str, Counter[tuple[str, str]]]:
        places = [_at(merchant, day, shelf) for day in days for shelf in range(SHELVES)]
        heads = self._table.get_many([(place, HEAD) for place in places])
        by_day = {day: Counter[tuple[str, str]]() for day in days}
        for (place, _), head in heads.items():
            by_day[place.split("#")[2]] += self._sum(place, head)
        return by_day

    def _sum(self, place: str, head: Item) -> Counter[tuple[str, str]]:
        """What a shelf holds: as its head says, or from its rows where its number has moved."""
        dirty = get_int(head, "dirty")
        if get_int(head, "summed") == dirty:
            return Counter({(platform, reason): n for platform, reason, n in json.loads(get_text(head, "counts") or "[]")})
        rows = self._table.query(place, ROW)
        found = Counter((get_text(item, "platform") or "-", item["reason"]["S"]) for item in rows)
        told = json.dumps([[*who, n] for who, n in sorted(found.items())])
        self._table.update(
            place,
            HEAD,
            "SET counts = :counts, summed = :dirty",
            values={":counts": text(told), ":dirty": number(dirty)},
            condition="attribute_not_exists(summed) OR summed < :dirty",
        )
        return found

    def _raise(self, place: str) -> None:
        self._table.update(place, HEAD, RAISE, values=_ONE, names=_NAMES)

    def _list(self, merchant: str, day: str, now: datetime) -> None:
        """Put the day on the list: whoever finds an old one empty takes it off only if it was not put again."""
        today = now.astimezone(UTC).date().isoformat()
        if day >= today and (merchant, day) in self._known:
            return
        self._table.put(key(merchant, "Q"), day, {"kind": text("quarantine-day"), "stamp": text(secrets.token_hex(8))})
        if day >= today:
            self._known = {(who, each) for who, each in self._known if each == day} | {(merchant, day)}

    def _days(self, merchant: str) -> dict[str, str]:
        """Days that may hold something with their stamps, the newest first."""
        found = {item["sk"]["S"]: get_text(item, "stamp") or "" for item in self._table.query(key(merchant, "Q"))}
        return dict(sorted(found.items(), reverse=True))

    def _places(self, merchant: str, after: str | None) -> Iterator[tuple[str, int, str]]:
        """(day, shelf, sort key to begin at), from a cursor on."""
        last_day, last_shelf, last_key = after.split("#", 2) if after else ("9999", "0", "")
        for day in self._days(merchant):
            for shelf in range(SHELVES):
                if day < last_day or (day == last_day and shelf > int(last_shelf)):
                    yield day, shelf, ""
                elif day == last_day and shelf == int(last_shelf):
                    yield day, shelf, f"{ROW}{last_key}!"

    def _transact(self, actions: list[dict[str, Any]]) -> bool:
        for attempt in range(TRIES):
            try:
                return self._table.transact(actions)
            except Retriable as error:
                if error.reason != "table-contended" or attempt == TRIES - 1:
                    raise
        return False


def _envelope(body: str) -> Envelope | None:
    try:
        return decode(body)
    except Permanent:
        return None


def _at(merchant: str, day: str, shelf: int) -> str:
    return key(merchant, "Q", day, str(shelf))


def _shelf(merchant: str, day: str, key_: str) -> str:
    return _at(merchant, day, _shelf_of(key_))


def _shelf_of(key_: str) -> int:
    return zlib.crc32(key_.encode()) % SHELVES


def _body_key(merchant: str, day: str, key_: str) -> str:
    return key(merchant, "Q", "body", day, key_)


def _held(item: Item, day: str) -> Held:
    return Held(
        key=item["sk"]["S"].removeprefix(ROW),
        day=day,
        platform=get_text(item, "platform"),
        account=get_text(item, "account"),
        topic=get_text(item, "topic"),
        reason=item["reason"]["S"],
        detail=item["detail"]["S"],
        at=datetime.fromisoformat(item["at"]["S"]),
        stamp=item["stamp"]["S"],
    )
