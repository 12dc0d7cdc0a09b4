"""Tick: once a minute, parked work back to its queue, and a heartbeat through the table's stream.

The heartbeat is written with the time; when the projector meets it on the stream it notes that time. What lies between
that note and now is how far the projector is behind, and the gate waits when that is too much.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chalicelib.config import Config
from chalicelib.envelope import decode
from chalicelib.ports import Clock, Marks, Queue, Work

BATCH = 100


class Tick:
    """The step."""

    def __init__(self, *, config: Callable[[], Config], work: Work, marks: Marks, live: Queue, bulk: Queue, clock: Clock) -> None:
        self._config = config
        self._work = work
        self._marks = marks
        self._lanes = {"live": live, "bulk": bulk}
        self._clock = clock

    def unpark(self) -> int:
        """Send what is due; forgotten only once it is on the queue, so that a crash at worst sends it twice."""
        merchant = self._config().merchant
        due = self._work.due(merchant, self._clock.now(), BATCH)
        for key, body in due:
            self._lanes[decode(body).lane].send([body])
            self._work.done(merchant, key, body)
        return len(due)

    def beat(self) -> None:
        """Write the heartbeat."""
        self._marks.beat(self._config().merchant, self._clock.now())

    def beat_seen(self, at: datetime) -> None:
        """The projector met a heartbeat."""
        merchant = self._config().merchant
        stored, version = self._marks.get(merchant, "projected") or ("", 0)
        if at.isoformat() > stored:
            self._marks.put(merchant, "projected", at.isoformat(), expected_version=version)
