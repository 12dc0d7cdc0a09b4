"""Not faster than so many a second, by the clock that is given."""

from __future__ import annotations

import time
from collections.abc import Callable

from chalicelib.ports import Clock

REPLAY_RATE = 50  # messages a second: a tenth of what normalise's workers take, so that today is not delayed


class Pace:
    """Begins when it is made. `pause` sleeps so many seconds."""

    def __init__(self, per_second: float, clock: Clock, pause: Callable[[float], None] = time.sleep) -> None:
        if per_second <= 0:
            raise ValueError("a rate is more than nothing")
        self._per_second = per_second
        self._clock = clock
        self._pause = pause
        self._began = clock.now()
        self._done = 0

    def wait(self, more: int) -> None:
        """Wait until what was done before these `more` was not too fast."""
        early = self._done / self._per_second - (self._clock.now() - self._began).total_seconds()
        self._done += more
        if early > 0:
            self._pause(early)
