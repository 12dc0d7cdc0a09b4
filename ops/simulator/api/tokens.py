"""Tokens of a shop: access tokens that end, refresh tokens that end and may serve once."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from ops.simulator.api.kit import SimClock
from ops.simulator.model import made_secret


@dataclass(frozen=True, slots=True)
class Issued:
    """A pair of tokens and when each ends (UTC)."""

    access: str
    refresh: str
    access_until: datetime
    refresh_until: datetime


class Tokens:
    """What one platform has given out for its shop. `first` is the refresh token that the merchant has from the authorisation.

    It ends so long after `authorised`, by default now. `access` and `refresh`: how long each lives. `once`: a refresh token is
    dead when it has served. `reused` counts those that were tried again after that. Safe to use from any thread.
    """

    def __init__(
        self,
        seed: int,
        platform: str,
        clock: SimClock,
        first: str,
        *,
        access: timedelta,
        refresh: timedelta,
        once: bool,
        authorised: datetime | None = None,
    ) -> None:
        self._name, self._clock, self._lives, self._once = (seed, platform), clock, (access, refresh), once
        self._lock = threading.Lock()
        self._access: dict[str, datetime] = {}
        self._refresh: dict[str, datetime] = {first: (authorised or clock.now()) + refresh}
        self._spent: set[str] = set()
        self._issued = 0
        self.reused = 0

    def alive(self, token: str) -> bool:
        """Whether an access token is taken."""
        with self._lock:
            until = self._access.get(token)
        return until is not None and self._clock.now() < until

    def renew(self, token: str) -> Issued | None:
        """A new pair for a refresh token; None when it is over, spent or nobody's."""
        seed, platform = self._name
        now = self._clock.now()
        with self._lock:
            self.reused += token in self._spent
            until = self._refresh.get(token)
            if until is None or until <= now:
                return None
            if self._once:
                del self._refresh[token]
                self._spent.add(token)
            self._issued += 1
            made = [made_secret(seed, platform, kind, str(self._issued)) for kind in ("access", "refresh")]
            issued = Issued(made[0], made[1], now + self._lives[0], now + self._lives[1])
            self._access[issued.access] = issued.access_until
            self._refresh[issued.refresh] = issued.refresh_until
        return issued

    def expire(self) -> None:
        """Every access token given out so far is refused from now on."""
        with self._lock:
            self._access.clear()

    def revoke(self) -> None:
        """The seller withdrew the authorisation: nothing given out so far is taken any more."""
        with self._lock:
            self._access.clear()
            self._refresh.clear()
