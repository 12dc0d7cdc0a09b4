"""How many pushes a shop may send at once: a bucket for each, in this process, so that one shop's burst is refused to it alone.

Only what is signed takes from it: whoever forges must not be able to close a shop's door. See ADR 0027.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from threading import Lock

AT_ONCE = timedelta(seconds=10)  # a burst is what so long would bring
MOST_SHOPS = 10_000

Shop = tuple[str, str, str]


class Bursts:
    """Buckets by shop. Each holds one instant: when all that was taken will have been earned."""

    def __init__(self) -> None:
        self._earned: dict[Shop, datetime] = {}
        self._lock = Lock()

    def wait(self, shop: Shop, a_second: int, now: datetime) -> int:
        """Take one push; 0 when there was one to take, else the seconds after which there is. `a_second` 0: without limit."""
        if not a_second:
            return 0
        with self._lock:
            earned = max(self._earned.get(shop, now), now)
            if earned - now > AT_ONCE:  # more than a bucket holds: the clock has leapt back
                earned = now
            over = earned - now - AT_ONCE + timedelta(seconds=1) / a_second
            if over > timedelta(0):
                return max(1, ceil(over.total_seconds()))
            if len(self._earned) >= MOST_SHOPS and shop not in self._earned:
                self._earned = {each: until for each, until in self._earned.items() if until > now}
            self._earned[shop] = earned + timedelta(seconds=1) / a_second
        return 0
