"""The outbox in the table: messages under their owner, the due ones on the work index."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.adapters.cells import fact_actions
from chalicelib.adapters.table import WORK_INDEX, Table, Value, binary, get_bytes, get_int, key, number, text
from chalicelib.domain.facts import Fact
from chalicelib.ports import Message
from chalicelib.toolkit.decode import decoder

NOT_THERE = "attribute_not_exists(pk)"
UNCHANGED = "v = :read"
# Below the campaign's daily cap; the count is the first thing that grows, so that two workers cannot both pass the last place.
BELOW_CAP = "attribute_not_exists(n) OR n < :cap"


class DynamoOutbox:
    """Outbox on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, message: Message, outcome: Fact | None = None) -> bool:
        """See the port."""
        return self._put(message, outcome, NOT_THERE, {})

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
        return self._put(message, outcome, UNCHANGED, {":read": number(message.version - 1)})

    def claim(self, message: Message, *, holder: str, at: datetime, cap: int, since: datetime, daily_cap: int) -> bool:
        """See the port."""
        ledger = key(message.merchant, "M", holder)
        sends = self._table.get(ledger, "sends")
        recent = [stamp for stamp in _stamps(sends) if stamp > _stamp(since)]
        if len(recent) >= cap:
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
                "at": text(" ".join([*recent, _stamp(at)])),
            },
            "ConditionExpression": UNCHANGED if version else NOT_THERE,
        }
        if version:
            counted["ExpressionAttributeValues"] = {":read": number(version)}
        capped = {
            "Key": Table.keys(key(message.merchant, "K", message.campaign or ""), at.date().isoformat()),
            "UpdateExpression": "ADD n :one",
            "ConditionExpression": BELOW_CAP,
            "ExpressionAttributeValues": {":one": number(1), ":cap": number(daily_cap)},
        }
        return self._table.transact([{"Put": claimed}, {"Put": counted}, {"Update": capped}])

    def give_back(self, message: Message, holder: str, at: datetime) -> None:
        """See the port."""
        ledger = key(message.merchant, "M", holder)
        sends = self._table.get(ledger, "sends")
        version = get_int(sends, "v") if sends else 0
        left = [stamp for stamp in _stamps(sends) if stamp != _stamp(at)]
        attributes = {"kind": text("sends"), "v": number(version + 1), "at": text(" ".join(left))}
        # Lost to a claim in between: the member merely waits a little longer than the cap asks for.
        if not self._table.put(ledger, "sends", attributes, condition=UNCHANGED, values={":read": number(version)}):
            return
        counter = key(message.merchant, "K", message.campaign or "")
        self._table.update(counter, at.date().isoformat(), "ADD n :less", values={":less": number(-1)})

    def _put(self, message: Message, outcome: Fact | None, condition: str, values: dict[str, Value]) -> bool:
        pk, sk, item = _pk(message), _sk(message.message_id), _item(message)
        if outcome is None:
            return self._table.put(pk, sk, item, condition=condition, values=values)
        put: dict[str, Any] = {"Item": {**Table.keys(pk, sk), **item}, "ConditionExpression": condition}
        if values:
            put["ExpressionAttributeValues"] = values
        return self._table.transact([{"Put": put}, *fact_actions(outcome, message.version)])


def _pk(message: Message) -> str:
    return key(message.merchant, "M", message.owner)


def _sk(message_id: str) -> str:
    return f"msg#{message_id}"


def _work_pk(merchant: str) -> str:
    return key(merchant, "W", "outbox")


def _stamp(at: datetime) -> str:
    return at.strftime("%Y%m%dT%H%M%S.%fZ")


def _stamps(sends: Any) -> list[str]:
    return sends["at"]["S"].split() if sends else []


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
