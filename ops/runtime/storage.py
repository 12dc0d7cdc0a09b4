"""The queues' storage: SQLite in memory or in a file, with group commit.

Every operation runs inside a transaction that is on disk before the operation returns. Threads that arrive while a commit
is under way share the next one, so that 64 senders cost a few disk flushes, not 64. Several processes may open one file.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chalicelib.errors import Retriable

logger = logging.getLogger(__name__)

Work = Callable[[sqlite3.Connection], Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    first_received_at INTEGER,
    visible_at INTEGER NOT NULL,
    receives INTEGER NOT NULL DEFAULT 0,
    handle TEXT,
    source TEXT
);
CREATE INDEX IF NOT EXISTS message_by_visibility ON message (queue, visible_at, seq, handle);
"""


class _Job:
    """One caller's share of a commit; `committed` turns true only after the transaction that held it is on disk."""

    __slots__ = ("committed", "taken", "value", "work")

    def __init__(self, work: Work) -> None:
        self.work = work
        self.value: Any = None
        self.taken = False
        self.committed = False


class QueueFile:
    """The database behind one or more queues. `path` None: in memory, gone with the process."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._pending: list[_Job] = []
        self._pending_lock = threading.Lock()
        self._commit_lock = threading.Lock()
        self._connection: sqlite3.Connection | None = self._open()

    def _open(self) -> sqlite3.Connection:
        """A connection in autocommit mode (transactions are ours); a send that returned must survive kill -9 and power loss."""
        connection = sqlite3.connect(str(self.path or ":memory:"), check_same_thread=False, isolation_level=None, timeout=10)
        if self.path is not None:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(_SCHEMA)
        return connection

    def run(self, work: Work) -> Any:
        """Run `work` in a transaction and return its value once that is committed. `work` may raise sqlite3.Error only.

        Raises Retriable when the database is closed, locked by another process for long, or cannot write.
        """
        job = _Job(work)
        with self._pending_lock:
            self._pending.append(job)
        with self._commit_lock:
            if not job.taken:
                self._commit_pending()
        if not job.committed:
            raise Retriable("queue-unavailable", "the queue's database cannot be written")
        return job.value

    def close(self) -> None:
        """Close the database; later operations raise Retriable."""
        with self._commit_lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _commit_pending(self) -> None:
        """Serve everybody who waits, in one transaction. Called with the commit lock held."""
        with self._pending_lock:
            jobs, self._pending = self._pending, []
        for job in jobs:
            job.taken = True
        try:
            self._transaction(jobs)
        except sqlite3.Error:
            logger.exception("the queue's database refused a commit of %d operations", len(jobs))
            return
        for job in jobs:
            job.committed = True

    def _transaction(self, jobs: list[_Job]) -> None:
        connection = self._connection
        if connection is None:
            raise sqlite3.ProgrammingError("closed")
        connection.execute("BEGIN IMMEDIATE")
        try:
            for job in jobs:
                job.value = job.work(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
