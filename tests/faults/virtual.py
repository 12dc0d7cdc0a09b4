"""Workers in time of their own: one runs at a time, whoever waits gives way, and the clock moves on when all of them wait.

What so many workers do in a minute is thus played in moments, and the same way each time.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count

from tests.functional.stack import HandClock

HANGS = 60.0  # seconds after which a worker that never gives way is given up


class Turns:
    """Runs workers as threads over `clock`."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self._waiting: list[tuple[datetime, int, threading.Event]] = []
        self._numbers = count()
        self._mine = threading.local()
        self._back = threading.Event()
        self.errors: list[BaseException] = []

    def pause(self, seconds: float) -> None:
        """Let the others go on for so long."""
        self._queue(self._mine.event, seconds)
        self._back.set()
        assert self._mine.event.wait(HANGS)
        self._mine.event.clear()

    def run(self, workers: Sequence[Callable[[], None]]) -> None:
        """All of them to their end; what one raises stands in `errors`."""
        threads = [threading.Thread(target=self._work, args=(worker, threading.Event())) for worker in workers]
        for thread in threads:
            self._hand_over(thread.start)
        while self._waiting:
            self.clock.at, _, event = heapq.heappop(self._waiting)
            self._hand_over(event.set)
        for thread in threads:
            thread.join(HANGS)

    def _hand_over(self, go: Callable[[], None]) -> None:
        self._back.clear()
        go()
        assert self._back.wait(HANGS), "a worker hangs"

    def _queue(self, event: threading.Event, seconds: float) -> None:
        heapq.heappush(self._waiting, (self.clock.at + timedelta(seconds=max(seconds, 0.000_001)), next(self._numbers), event))

    def _work(self, worker: Callable[[], None], event: threading.Event) -> None:
        self._mine.event = event
        try:
            self.pause(0)
            worker()
        except BaseException as error:  # noqa: BLE001  # told to the test
            self.errors.append(error)
        self._back.set()
