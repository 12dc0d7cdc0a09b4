"""Threads that repeat a step until they are told to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)

Step = Callable[[threading.Event], None]


class StillRunning(RuntimeError):
    """Threads did not end in time."""


class Workers:
    """`count` threads that call `step(stopping)` again and again. A step waits on `stopping`, or on what its `wake` wakes.

    A step that raises is logged, counted and tried again after `pause_seconds`: a poller in AWS does not die either.
    """

    def __init__(
        self, name: str, count: int, step: Step, *, wake: Callable[[], None] = lambda: None, pause_seconds: float = 0.5
    ) -> None:
        self.name = name
        self._count = count
        self._step = step
        self._wake = wake
        self._pause_seconds = pause_seconds
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self.errors = 0
        self.last_error: str | None = None

    def start(self) -> None:
        """Start the threads. RuntimeError when they run already."""
        if self._threads:
            raise RuntimeError(f"{self.name} runs already")
        self._stopping.clear()
        self._threads = [threading.Thread(target=self._run, name=f"{self.name}-{number}") for number in range(self._count)]
        for thread in self._threads:
            thread.start()

    @property
    def running(self) -> bool:
        """Whether `start` was called and `stop` was not."""
        return bool(self._threads)

    def ask_to_stop(self) -> None:
        """Let every thread end after its present step; does not wait."""
        self._stopping.set()
        self._wake()

    def stop(self, timeout_seconds: float = 60) -> None:
        """End every thread after its present step. StillRunning when a step does not come back."""
        self.ask_to_stop()
        for thread in self._threads:
            thread.join(timeout_seconds)
        left = [thread.name for thread in self._threads if thread.is_alive()]
        if left:
            raise StillRunning(f"still at work after {timeout_seconds:g} s: {', '.join(left)}")
        self._threads = []
        # Whoever drives the pump by hand afterwards must not find it still being told to stop.
        self._stopping.clear()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._step(self._stopping)
            # The border of a thread: a store that is away for a moment must not end the pump for good.
            except Exception as error:
                self.errors += 1
                self.last_error = f"{type(error).__name__} in {self.name}"
                logger.exception("%s failed; trying again", self.name)
                self._stopping.wait(self._pause_seconds)
