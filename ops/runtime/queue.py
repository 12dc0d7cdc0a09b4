"""A queue with SQS's semantics, for one machine.

Delivery is at least once. A received message is invisible until its time-out; each receive gives it a new receipt handle,
and older handles are stale from then on. A message received more than `max_receive_count` times moves to the dead-letter
queue instead of being delivered. Time is an injected clock. Unlike SQS, messages do not expire.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from chalicelib.errors import Retriable
from chalicelib.toolkit.clocks import from_millis, to_millis
from ops.runtime.invoke import ACCOUNT_ID, REGION
from ops.runtime.storage import QueueFile

MAX_BATCH = 10
MAX_BODY_BYTES = 1_048_576
MAX_DELAY = timedelta(minutes=15)
MAX_VISIBILITY = timedelta(hours=12)
# SQS refuses what XML 1.0 cannot carry, and so do we: a body that works here must work there.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COLUMNS = "seq, id, handle, body, receives, sent_at, first_received_at, source"


def utc_now() -> datetime:
    """The machine's clock, aware, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Message:
    """A received (or peeked at) message. Times are UTC. `source` names the queue it was dead-lettered from, else None."""

    message_id: str
    receipt_handle: str
    body: str = field(repr=False)
    receive_count: int
    sent_at: datetime
    first_received_at: datetime | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages can be received now, are being worked on, or wait for their delay to pass."""

    visible: int
    in_flight: int
    delayed: int

    @property
    def total(self) -> int:
        """All messages."""
        return self.visible + self.in_flight + self.delayed


class LocalQueue:
    """One queue in a `QueueFile`. Safe for any number of threads, and for other processes on the same file.

    `visibility` is the default for `receive`; `max_receive_count` counts only with a `dead_letter` queue, which must lie in
    the same file so that the move is one transaction.
    """

    def __init__(
        self,
        file: QueueFile,
        name: str,
        *,
        now: Callable[[], datetime] = utc_now,
        visibility: timedelta = timedelta(seconds=30),
        max_receive_count: int = 5,
        dead_letter: LocalQueue | None = None,
    ) -> None:
        if dead_letter is not None and dead_letter.file is not file:
            raise ValueError("a dead-letter queue lies in the file of its source")
        self.file: QueueFile = file
        self.name = name
        self.arn = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}"
        self.visibility = visibility
        self.max_receive_count = max_receive_count
        self.dead_letter = dead_letter
        self._now = now
        self._changes = 0
        self._changed = threading.Condition()

    def send(self, bodies: Sequence[str], *, delay_seconds: int = 0) -> None:
        """Put messages on the queue, all or none; on return they are durable (file-backed queues).

        Raises Retriable when a body is one that SQS would refuse (over 1 MiB of UTF-8, or characters outside XML 1.0), or when
        the storage cannot write; ValueError on a delay outside 0 to 900 s.
        """
        delay = timedelta(seconds=delay_seconds)
        _within(delay, MAX_DELAY, "delay")
        for body in bodies:
            _require_sendable(body)
        if not bodies:
            return
        sent = self._millis()
        visible = sent + delay // timedelta(milliseconds=1)
        rows = [(self.name, str(uuid.uuid4()), body, sent, visible) for body in bodies]
        self.file.run(lambda db: _insert(db, rows))
        self._announce()

    def receive(self, limit: int = MAX_BATCH, *, visibility: timedelta | None = None) -> list[Message]:
        """Up to `limit` (1 to 10) visible messages, the longest visible first; never waits. Empty list: none are visible."""
        if not 1 <= limit <= MAX_BATCH:
            raise ValueError(f"a receive takes 1 to {MAX_BATCH} messages")
        hidden = self.visibility if visibility is None else visibility
        _within(hidden, MAX_VISIBILITY, "visibility")
        rows, buried = cast(tuple[list[Any], int], self.file.run(lambda db: self._take(db, limit, hidden)))
        if buried and self.dead_letter is not None:
            self.dead_letter._announce()
        return [_message(row) for row in rows]

    def delete(self, handles: Sequence[str]) -> list[str]:
        """Delete by receipt handle; returns the handles that were stale and deleted nothing."""
        stale = cast(list[str], self.file.run(lambda db: [handle for handle in handles if not self._delete_one(db, handle)]))
        self._announce()
        return stale

    def change_visibility(self, handles: Sequence[str], visibility: timedelta) -> list[str]:
        """Make messages visible again after `visibility` (0 to 12 h) from now; returns the stale handles."""
        _within(visibility, MAX_VISIBILITY, "visibility")
        at = self._millis() + visibility // timedelta(milliseconds=1)

        def work(db: sqlite3.Connection) -> list[str]:
            sql = "UPDATE message SET visible_at = ? WHERE seq = ? AND queue = ? AND handle = ?"
            return [one for one in handles if db.execute(sql, (at, _seq(one), self.name, _ascii(one))).rowcount == 0]

        stale = cast(list[str], self.file.run(work))
        self._announce()
        return stale

    def redrive_to(self, target: LocalQueue, *, limit: int | None = None, select: Callable[[str], bool] | None = None) -> int:
        """Move visible messages to `target` as new ones (new id, sent now, receive count 0), as SQS's redrive does.

        `select` decides by body; `limit` bounds how many move. Returns the number moved. The move is one transaction, so that
        a crash neither loses nor doubles any.
        """
        if target.file is not self.file:
            raise ValueError("both queues lie in one file")
        sql = "SELECT seq, body FROM message WHERE queue = ? AND visible_at <= ? ORDER BY seq"
        found = cast(list[Any], self.file.run(lambda db: db.execute(sql, (self.name, self._millis())).fetchall()))
        chosen = [seq for seq, body in found if select is None or select(body)][:limit]
        moved = cast(int, self.file.run(lambda db: sum(self._move(db, target.name, seq) for seq in chosen)))
        target._announce()
        return moved

    def release_in_flight(self) -> int:
        """Make everything in flight visible at once. Only for a start after a crash, when no consumer can be at work."""
        now = self._millis()
        sql = "UPDATE message SET visible_at = ? WHERE queue = ? AND handle IS NOT NULL AND visible_at > ?"
        released = cast(int, self.file.run(lambda db: db.execute(sql, (now, self.name, now)).rowcount))
        self._announce()
        return released

    def peek(self, limit: int = MAX_BATCH) -> list[Message]:
        """The oldest messages in any state, changing nothing. Their handles serve no purpose."""
        sql = f"SELECT {_COLUMNS} FROM message WHERE queue = ? ORDER BY seq LIMIT ?"  # noqa: S608  a constant, no input
        rows = cast(list[Any], self.file.run(lambda db: db.execute(sql, (self.name, limit)).fetchall()))
        return [_message(row) for row in rows]

    def depth(self) -> Depth:
        """The three counters of SQS (exact here, approximate there)."""
        now = self._millis()
        sql = "SELECT visible_at <= ?, handle IS NULL, count(*) FROM message WHERE queue = ? GROUP BY 1, 2"
        rows = cast(list[Any], self.file.run(lambda db: db.execute(sql, (now, self.name)).fetchall()))
        visible = sum(count for is_visible, _, count in rows if is_visible)
        delayed = sum(count for is_visible, fresh, count in rows if not is_visible and fresh)
        return Depth(visible, sum(row[2] for row in rows) - visible - delayed, delayed)

    def empty(self) -> bool:
        """Whether it holds nothing in any state; cheap at any depth."""
        sql = "SELECT 1 FROM message WHERE queue = ? LIMIT 1"
        return self.file.run(lambda db: db.execute(sql, (self.name,)).fetchone()) is None

    def oldest_sent_at(self) -> datetime | None:
        """When the oldest message was sent (SQS's ApproximateAgeOfOldestMessage is now minus this); None when empty."""
        sql = "SELECT min(sent_at) FROM message WHERE queue = ?"
        row = self.file.run(lambda db: db.execute(sql, (self.name,)).fetchone())
        return None if row[0] is None else from_millis(row[0])

    @property
    def changes(self) -> int:
        """A number that grows whenever something in this process touched the queue; take it before `receive`, give it to `wait`."""
        return self._changes

    def wait(self, seen: int, timeout_seconds: float) -> None:
        """Wait until the queue changed since `seen`, at most so long. Changes by other processes and time-outs do not wake."""
        with self._changed:
            self._changed.wait_for(lambda: self._changes != seen, timeout_seconds)

    def wake(self) -> None:
        """Wake whoever waits."""
        self._announce()

    def _announce(self) -> None:
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def _millis(self) -> int:
        return to_millis(self._now())

    def _take(self, db: sqlite3.Connection, limit: int, hidden: timedelta) -> tuple[list[Any], int]:
        now = self._millis()
        found, buried = self._visible(db, limit, now)
        sql = (
            "UPDATE message SET receives = receives + 1, visible_at = ?, handle = ?, "  # noqa: S608  constants, no input
            f"first_received_at = coalesce(first_received_at, ?) WHERE seq = ? RETURNING {_COLUMNS}"
        )
        rows = []
        for seq in found:
            handle = f"{seq}-{secrets.token_hex(8)}"
            rows += db.execute(sql, (now + hidden // timedelta(milliseconds=1), handle, now, seq)).fetchall()
        return rows, buried

    def _visible(self, db: sqlite3.Connection, limit: int, now: int) -> tuple[list[int], int]:
        """The next rows to deliver; those received too often are moved out of the way first, and counted."""
        sql = "SELECT seq, receives FROM message WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, seq LIMIT ?"
        buried = 0
        while True:
            rows = db.execute(sql, (self.name, now, limit)).fetchall()
            spent = [seq for seq, receives in rows if self.dead_letter is not None and receives >= self.max_receive_count]
            if not spent:
                return [seq for seq, _ in rows], buried
            buried += len(spent)
            self._bury(db, spent, now)

    def _bury(self, db: sqlite3.Connection, spent: list[int], now: int) -> None:
        """A dead-lettered message keeps id, sent time and receive count, so that ops see its history."""
        dead = cast(LocalQueue, self.dead_letter).name
        sql = "UPDATE message SET queue = ?, source = ?, visible_at = ?, handle = NULL WHERE seq = ?"
        db.executemany(sql, [(dead, self.name, now, seq) for seq in spent])

    def _delete_one(self, db: sqlite3.Connection, handle: str) -> bool:
        sql = "DELETE FROM message WHERE seq = ? AND queue = ? AND handle = ?"
        return db.execute(sql, (_seq(handle), self.name, _ascii(handle))).rowcount == 1

    def _move(self, db: sqlite3.Connection, target: str, seq: int) -> int:
        """One message, unless somebody received or moved it meanwhile."""
        now = self._millis()
        sql = "DELETE FROM message WHERE seq = ? AND queue = ? AND visible_at <= ? RETURNING body"
        bodies = db.execute(sql, (seq, self.name, now)).fetchall()
        _insert(db, [(target, str(uuid.uuid4()), body, now, now) for (body,) in bodies])
        return len(bodies)


@dataclass(frozen=True, slots=True)
class LocalQueues:
    """The two lanes, the jobs, and the queues that platforms write to, by platform; with their dead-letter queues, in one file."""

    file: QueueFile
    inbound: LocalQueue
    inbound_dead: LocalQueue
    bulk: LocalQueue
    bulk_dead: LocalQueue
    jobs: LocalQueue
    jobs_dead: LocalQueue
    feeds: Mapping[str, LocalQueue]
    feed_dead: LocalQueue
    stream_dead: LocalQueue

    def all(self) -> tuple[LocalQueue, ...]:
        """Every queue of these, dead letters too."""
        held = [getattr(self, each.name) for each in fields(self)]
        return tuple(each for each in (*held, *self.feeds.values()) if isinstance(each, LocalQueue))

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def open_queues(
    path: Path | None = None,
    *,
    now: Callable[[], datetime] = utc_now,
    visibility: timedelta = timedelta(seconds=30),
    max_receive_count: int = 5,
    feeds: Iterable[str] = (),
) -> LocalQueues:
    """Both lanes, and a queue for each of the platforms `feeds`; `path` is the SQLite file (made when absent), None: in memory."""
    file = QueueFile(path)

    def made(name: str, dead: LocalQueue | None = None) -> LocalQueue:
        return LocalQueue(file, name, now=now, visibility=visibility, max_receive_count=max_receive_count, dead_letter=dead)

    inbound_dead, bulk_dead, feed_dead = made("inbound-dead"), made("bulk-dead"), made("feed-dead")
    jobs_dead = made("jobs-dead")
    jobs = made("jobs", jobs_dead)
    fed = {platform: made(f"feed-{platform}", feed_dead) for platform in feeds}
    inbound, bulk = made("inbound", inbound_dead), made("bulk", bulk_dead)
    return LocalQueues(file, inbound, inbound_dead, bulk, bulk_dead, jobs, jobs_dead, fed, feed_dead, made("stream-dead"))


def _insert(db: sqlite3.Connection, rows: list[tuple[str, str, str, int, int]]) -> None:
    db.executemany("INSERT INTO message (queue, id, body, sent_at, visible_at) VALUES (?, ?, ?, ?, ?)", rows)


def _message(row: Any) -> Message:
    _, message_id, handle, body, receives, sent_at, first_received_at, source = row
    first = None if first_received_at is None else from_millis(first_received_at)
    return Message(message_id, handle or "", body, receives, cast(datetime, from_millis(sent_at)), first, source)


def _seq(handle: str) -> int:
    """The row a handle speaks of; a handle that is none of ours speaks of no row."""
    number = handle.partition("-")[0]
    return int(number) if handle.isascii() and number.isdigit() and len(number) < 19 else -1


def _ascii(handle: str) -> str:
    """What the database can bind; ours are ASCII, so nothing that is one of ours changes."""
    return handle.encode("ascii", "replace").decode()


def _within(value: timedelta, most: timedelta, what: str) -> None:
    if not timedelta(0) <= value <= most:
        raise ValueError(f"{what} lies between 0 and {most}")


def _require_sendable(body: str) -> None:
    if _FORBIDDEN.search(body):
        raise Retriable("queue-refused", "the body holds characters that SQS does not carry")
    if len(body.encode()) > MAX_BODY_BYTES:
        raise Retriable("queue-refused", f"the body is longer than {MAX_BODY_BYTES} bytes")
