"""What was told of messages, in the table: by the provider's id, and by the time of the send for a channel's health."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from chalicelib.adapters.table import WORK_INDEX, Item, Table, Value, get_int, get_text, key, number, opt, text
from chalicelib.domain.receipt import telling
from chalicelib.fates import Handover, PolledTask, StoredFate
from chalicelib.toolkit.decode import decoder

UNCHANGED = "v = :read"
NOT_THERE = "attribute_not_exists(pk)"
# The task is still due as it was when it was looked up: of two workers one asks the platform.
SAME_DUE = "wsk = :wsk"
FLAGS = ("bounced", "complained")


class DynamoFeedback:
    """FeedbackStore on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, place: Handover) -> StoredFate:
        """See the port."""
        item = self._table.get(_pk(place), place.provider_id)
        return _fate(item) if item else StoredFate(0)

    def write(self, place: Handover, stored: StoredFate, *, expected_version: int) -> bool:
        """See the port."""
        attributes = opt(
            kind=text("fate"),
            v=number(stored.version),
            owner=text(stored.owner) if stored.owner else None,
            message=text(stored.message_id) if stored.message_id else None,
            told=text(msgspec.json.encode(stored.told, order="sorted").decode()) if stored.told else None,
        )
        condition = UNCHANGED if expected_version else NOT_THERE
        values = {":read": number(expected_version)} if expected_version else None
        return self._table.put(_pk(place), place.provider_id, attributes, condition=condition, values=values)

    def note_send(
        self, merchant: str, channel: str, at: datetime, message_id: str, *, bounced: bool = False, complained: bool = False
    ) -> None:
        """See the port."""
        # Flags are only ever set, each by itself: however often and in whichever order this is called, the row ends the same.
        names = [name for name, told in zip(FLAGS, (bounced, complained), strict=True) if told]
        values: dict[str, Value] = {":kind": text("send")} | ({":one": number(1)} if names else {})
        expression = ", ".join(["SET kind = :kind", *(f"{name} = :one" for name in names)])
        self._table.update(_sends(merchant, channel), f"{_stamp(at)}#{message_id}", expression, values=values)

    def last_sends(self, merchant: str, channel: str, limit: int, since: datetime | None) -> Iterator[tuple[bool, bool]]:
        """See the port."""
        floor = f"{_stamp(since)}~" if since else ""
        for item in self._table.newest(_sends(merchant, channel), limit):
            if item["sk"]["S"] <= floor:
                return
            yield bool(get_int(item, "bounced")), bool(get_int(item, "complained"))

    def put_task(self, merchant: str, task: PolledTask, due_at: datetime) -> None:
        """See the port."""
        item = {"kind": text("task"), "since": text(telling(task.since))} | _due(merchant, task, due_at)
        self._table.put(_tasks(merchant, task), task.task_id, item, condition=NOT_THERE)

    def due_tasks(self, merchant: str, now: datetime, limit: int) -> list[PolledTask]:
        """See the port."""
        found = []
        for entry in self._table.query_index(WORK_INDEX, key(merchant, "W", "tasks"), until=f"{_stamp(now)}~", limit=limit):
            item = self._table.get(entry["pk"]["S"], entry["sk"]["S"])
            if item and "wsk" in item and item["wsk"]["S"] <= f"{_stamp(now)}~":
                found.append(_task(item))
        return found

    def move_task(self, merchant: str, task: PolledTask, due_at: datetime | None) -> bool:
        """See the port."""
        pk, condition, values = _tasks(merchant, task), SAME_DUE, {":wsk": text(task.due)}
        if due_at is None:
            return self._table.update(pk, task.task_id, "REMOVE wpk, wsk", condition=condition, values=values)
        values |= {":next": text(_wsk(task, due_at))}
        return self._table.update(pk, task.task_id, "SET wsk = :next", condition=condition, values=values)


def _pk(place: Handover) -> str:
    return key(place.merchant, "F", place.platform, place.account)


def _sends(merchant: str, channel: str) -> str:
    return key(merchant, "H", channel)


def _tasks(merchant: str, task: PolledTask) -> str:
    return key(merchant, "G", task.platform, task.account)


def _stamp(at: datetime) -> str:
    return at.strftime("%Y%m%dT%H%M%S.%fZ")


def _wsk(task: PolledTask, due_at: datetime) -> str:
    return f"{_stamp(due_at)}#{key(task.platform, task.account, task.task_id)}"


def _due(merchant: str, task: PolledTask, due_at: datetime) -> dict[str, Value]:
    return {"wpk": text(key(merchant, "W", "tasks")), "wsk": text(_wsk(task, due_at))}


def _task(item: Item) -> PolledTask:
    due = get_text(item, "wsk") or ""
    platform, account, task_id = (part.replace("%23", "#").replace("%25", "%") for part in due.split("#")[1:])
    since = datetime.fromisoformat((get_text(item, "since") or "").partition("|")[0])
    return PolledTask(platform, account, task_id, since, due)


def _fate(item: Item) -> StoredFate:
    told = get_text(item, "told")
    return StoredFate(
        version=get_int(item, "v"),
        owner=get_text(item, "owner"),
        message_id=get_text(item, "message"),
        told=decoder(dict[str, str]).decode(told.encode()) if told else {},
    )
