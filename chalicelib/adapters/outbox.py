"""The outbox in the table: messages under their owner, the due ones on the work index."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import msgspec

from chalicelib import tracing
from chalicelib.adapters.cells import fact_actions
from chalicelib.adapters.table import WORK_INDEX, Table, Value, binary, get_bytes, get_int, key, number, text
from chalicelib.domain.facts import Fact
from chalicelib.ports import Bounds, Message
from chalicelib.toolkit.decode import decoder

TRIES = 3
NOT_THERE = "attribute_not_exists(pk)"
UNCHANGED = "v = :read"
# Below the campaign's daily cap; the count is the first thing that grows, so that two workers cannot both pass the last place.
BELOW_CAP = "attribute_not_exists(n) OR n < :cap"
WITHIN_BUDGET = "attribute_not_exists(n) OR n <= :room"


class DynamoOutbox:
    """Outbox on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, message: Message, *facts: Fact) -> bool:
        """See the port. The delivery that is being handled goes with it."""
        traced = message if message.trace else replace(message, trace=tracing.current())
        return self._put(traced, facts, NOT_THERE, {})

    def read(self, merchant: str, owner: str, message_id: str) -> Message | None:
        """See the port."""
        item = self._table.get(key(merchant, "M", owner), _sk(message_id))
        return _message(get_bytes(item, "doc")) if item else None

    def of(self, merchant: str, owner: str) -> list[Message]:
        """See the port."""
        return [_message(get_bytes(item, "doc")) for item in self._table.query(key(merchant, "M", owner), "msg#")]

    def due(self, merchant: str, now: datetime, limit: int) -> list[Message]:
        """See the port."""
        entries = self._table.query_index(WORK_INDEX, _work_pk(merchant), until=f"{_stamp(now)}~", limit=limit)
        found = []
        for entry in entries:
            # The index holds keys only, and may lag: the row itself decides.
            item = self._table.get(entry["pk"]["S"], entry["sk"]["S"])
            message = _message(get_bytes(item, "doc")) if item else None
            if message and message.state in ("queued", "deferred"):
                found.append(message)
        return found

    def left_sending(self, merchant: str, before: datetime) -> list[Message]:
        """See the port."""
        found = []
        for entry in self._table.query_index(WORK_INDEX, key(merchant, "W", "sending"), until=f"{_stamp(before)}~"):
            item = self._table.get(entry["pk"]["S"], entry["sk"]["S"])
            message = _message(get_bytes(item, "doc")) if item else None
            if message and message.state == "sending":
                found.append(message)
        return found

    def save(self, message: Message, outcome: Fact | None = None) -> bool:
        """See the port."""
        return self._put(message, (outcome,) if outcome else (), UNCHANGED, {":read": number(message.version - 1)})

    def claim(self, message: Message, bounds: Bounds) -> bool:
        """See the port."""
        ledger = key(message.merchant, "M", bounds.holder)
        sends = self._table.get(ledger, "sends")
        kept = min(each for each in (bounds.since, bounds.channel_since) if each)
        recent = [entry for entry in _entries(sends) if _after(entry, kept)]
        if not _bears(recent, bounds):
            return False
        version = get_int(sends, "v") if sends else 0
        claimed = {
            "Item": {**Table.keys(_pk(message), _sk(message.message_id)), **_item(message)},
            "ConditionExpression": UNCHANGED,
            "ExpressionAttributeValues": {":read": number(message.version - 1)},
        }
        counted: dict[str, Any] = {
            "Item": {
                **Table.keys(ledger, "sends"),
                "kind": text("sends"),
                "v": number(version + 1),
                "at": text(" ".join([*recent, _entry(bounds)])),
            },
            "ConditionExpression": UNCHANGED if version else NOT_THERE,
        }
        if version:
            counted["ExpressionAttributeValues"] = {":read": number(version)}
        return self._table.transact([{"Put": claimed}, {"Put": counted}, *_campaign_counts(message, bounds)])

    def give_back(self, message: Message, bounds: Bounds) -> None:
        """See the port."""
        for _ in range(TRIES):  # lost to claims each time, the member merely waits a little longer than the cap asks for
            if self._strike(key(message.merchant, "M", bounds.holder), _entry(bounds)):
                break
        counter = _counter(message)
        self._table.update(counter, bounds.at.date().isoformat(), "ADD n :less", values={":less": number(-1)})
        if bounds.budget is not None:
            self._table.update(counter, "spent", "ADD n :less", values={":less": number(-bounds.cost)})

    def _strike(self, ledger: str, struck: str) -> bool:
        """Take a send out of a holder's list. False: a claim was faster."""
        sends = self._table.get(ledger, "sends")
        version = get_int(sends, "v") if sends else 0
        left = [entry for entry in _entries(sends) if entry != struck]
        attributes = {"kind": text("sends"), "v": number(version + 1), "at": text(" ".join(left))}
        return self._table.put(ledger, "sends", attributes, condition=UNCHANGED, values={":read": number(version)})

    def spent(self, merchant: str, campaign: str) -> int:
        """See the port."""
        item = self._table.get(key(merchant, "K", campaign), "spent")
        return get_int(item, "n") if item else 0

    def sent_on(self, merchant: str, campaign: str, day: date) -> int:
        """How many messages of a campaign have gone on a day (UTC)."""
        item = self._table.get(key(merchant, "K", campaign), day.isoformat())
        return get_int(item, "n") if item else 0

    def _put(self, message: Message, facts: tuple[Fact, ...], condition: str, values: dict[str, Value]) -> bool:
        pk, sk, item = _pk(message), _sk(message.message_id), _item(message)
        if not facts:
            return self._table.put(pk, sk, item, condition=condition, values=values)
        put: dict[str, Any] = {"Item": {**Table.keys(pk, sk), **item}, "ConditionExpression": condition}
        if values:
            put["ExpressionAttributeValues"] = values
        told = [action for fact in facts for action in fact_actions(fact, message.version)]
        return self._table.transact([{"Put": put}, *told])


def _bears(recent: list[str], bounds: Bounds) -> bool:
    """Whether the holder's sends leave room for one more, and the budget could ever bear one."""
    if bounds.budget is not None and bounds.cost > bounds.budget:
        return False
    if len([entry for entry in recent if _after(entry, bounds.since)]) >= bounds.cap:
        return False
    if bounds.channel_cap is None or bounds.channel_since is None:
        return True
    same = [entry for entry in recent if _after(entry, bounds.channel_since) and entry.endswith(f"/{bounds.channel}")]
    return len(same) < bounds.channel_cap


def _campaign_counts(message: Message, bounds: Bounds) -> list[dict[str, Any]]:
    """The campaign's count of the day, and what it spent, each grown on condition that there is room."""
    counter = _counter(message)
    counts = [_grown(counter, bounds.at.date().isoformat(), BELOW_CAP, {":more": 1, ":cap": bounds.daily_cap})]
    if bounds.budget is not None:
        room = bounds.budget - bounds.cost
        counts.append(_grown(counter, "spent", WITHIN_BUDGET, {":more": bounds.cost, ":room": room}))
    return counts


def _grown(pk: str, sk: str, condition: str, values: dict[str, int]) -> dict[str, Any]:
    return {
        "Update": {
            "Key": Table.keys(pk, sk),
            "UpdateExpression": "ADD n :more",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {name: number(value) for name, value in values.items()},
        }
    }


def _counter(message: Message) -> str:
    return key(message.merchant, "K", message.campaign or "")


def _entry(bounds: Bounds) -> str:
    """A send in the holder's list: its time, and the channel."""
    return f"{_stamp(bounds.at)}/{bounds.channel}"


def _pk(message: Message) -> str:
    return key(message.merchant, "M", message.owner)


def _sk(message_id: str) -> str:
    return f"msg#{message_id}"


def _work_pk(merchant: str) -> str:
    return key(merchant, "W", "outbox")


def _stamp(at: datetime) -> str:
    return at.strftime("%Y%m%dT%H%M%S.%fZ")


def _entries(sends: Any) -> list[str]:
    return sends["at"]["S"].split() if sends else []


def _after(entry: str, at: datetime) -> bool:
    return entry.partition("/")[0] > _stamp(at)


def _item(message: Message) -> dict[str, Value]:
    item: dict[str, Value] = {
        "kind": text("message"),
        "v": number(message.version),
        "state": text(message.state),
        "doc": binary(msgspec.json.encode(message)),
    }
    if message.state in ("queued", "deferred") and message.due_at:
        item["wpk"] = text(_work_pk(message.merchant))
        item["wsk"] = text(f"{_stamp(message.due_at)}#{message.message_id}")
    if message.state == "sending" and message.sent_at:
        item["wpk"] = text(key(message.merchant, "W", "sending"))
        item["wsk"] = text(f"{_stamp(message.sent_at)}#{message.message_id}")
    return item


def _message(doc: bytes | None) -> Message:
    return decoder(Message).decode(doc or b"")
