"""What the simulated platform APIs share: the clock, faults on demand, and answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator import remarks
from ops.simulator.delivery import dump
from ops.simulator.model import SimOrder, State, World, rng
from ops.simulator.remarks import Remark

if TYPE_CHECKING:
    from ops.simulator.wall import Wall


class SimClock:
    """The simulated now. It only moves forward and may be read from any thread."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The simulated instant (aware UTC)."""
        with self._lock:
            return self._at

    def advance(self, to: datetime) -> None:
        """Move on to `to`; an earlier time is ignored."""
        with self._lock:
            self._at = max(self._at, to)


@dataclass(slots=True)
class Faults:
    """Trouble on demand: a seeded share of 429 and 5xx answers, and a switch by platform (`down`, `throttled`)."""

    seed: int = 1
    share_429: float = 0.0
    share_500: float = 0.0
    switched: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _draws: dict[str, Random] = field(default_factory=dict)

    def strike(self, platform: str) -> HttpResponse | None:
        """The fault that this call meets, None when it goes through."""
        with self._lock:
            draw = self._draws.setdefault(platform, rng(self.seed, "faults", platform)).random()
            state = self.switched.get(platform)
            if state == "throttled" or draw < self.share_429:
                return self._answer("429", HttpResponse(429, {"retry-after": "2"}, b'{"message":"too many requests"}'))
            if state == "down" or draw < self.share_429 + self.share_500:
                return self._answer("5xx", HttpResponse(503, {}, b'{"message":"unavailable"}'))
        return None

    def _answer(self, name: str, response: HttpResponse) -> HttpResponse:
        self.counts[name] = self.counts.get(name, 0) + 1
        return response


class QuickClock:
    """The clock by which limits on calls are counted where the simulated one stands still or leaps: real time, but faster."""

    def __init__(self, start: datetime, times: int = 1440, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._start, self._times, self._monotonic = start, times, monotonic
        self._begun = monotonic()

    def now(self) -> datetime:
        """The instant (aware UTC)."""
        return self._start + timedelta(seconds=(self._monotonic() - self._begun) * self._times)


class Handler(Protocol):
    """One platform's API. `skew_seconds`: how far a call's own timestamp may be off; a run in quick motion widens it.

    `horizon`: nothing that happens later is shown, whatever the clock says; None: the clock alone counts. `limits`: the
    clock by which calls are counted against the platform's limits; None: they are not counted. `said`: to whom messages went, in
    the platform's own ids. `wall`: what is said in public, None: what `remarks` has buyers say, which nobody can answer.
    """

    skew_seconds: int
    horizon: datetime | None
    limits: Callable[[], datetime] | None
    said: list[str]
    wall: Wall | None

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call as of the simulated now."""
        ...


class Base:
    """The world of one platform as of the clock's now."""

    platform: str
    skew_seconds = 600
    horizon: datetime | None = None
    limits: Callable[[], datetime] | None = None
    wall: Wall | None = None

    def __init__(self, world: World, clock: SimClock) -> None:
        self.world, self.clock = world, clock
        self.secrets = world.secrets.get(self.platform, {})
        self.said: list[str] = []
        self._orders = {order.order_id: order for order in world.of(self.platform)}

    def order(self, order_id: str) -> SimOrder | None:
        """An order by its id, whether or not it exists yet."""
        return self._orders.get(order_id)

    def state(self, order_id: str) -> State | None:
        """An order as of now; None when there is none (yet)."""
        order = self._orders.get(order_id)
        return order.at(self.shown_until()) if order else None

    def shown_until(self) -> datetime:
        """The last instant that answers tell of."""
        now = self.clock.now()
        return min(now, self.horizon) if self.horizon else now

    def states(self) -> list[State]:
        """All orders as of now, the least recently changed first."""
        now = self.shown_until()
        found = [state for order in self._orders.values() if (state := order.at(now))]
        return sorted(found, key=lambda state: (state.updated_at, state.order.order_id))

    def reviews(self) -> list[Remark]:
        """Reviews as of now, the newest first."""
        if self.wall is not None:
            return self.wall.remarks(self.platform, self.shown_until())
        return remarks.reviews(self.states(), self.shown_until())

    def questions(self) -> list[Remark]:
        """Questions as of now, the newest first."""
        if self.wall is not None:
            return self.wall.remarks(self.platform, self.shown_until(), asked=True)
        return remarks.questions(self._orders.values(), self.shown_until())

    def answered(self, number: str, text: str) -> bool:
        """The shop answers a review or question by its number. False: there is none (any more), or it has its answer."""
        return self.wall is not None and self.wall.answer(self.platform, whole(number, -1), text, self.clock.now())


def answer(value: Any, status: int = 200, **headers: str) -> HttpResponse:
    """A JSON answer."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return HttpResponse(status, {"content-type": "application/json", **named}, dump(value))


def parameters(request: HttpRequest) -> dict[str, str]:
    """Query parameters, from the URL and from `query`; the last one wins."""
    inside = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    return dict([*inside, *request.query])


def header(request: HttpRequest, name: str) -> str:
    """A header by lower-case name, "" when absent."""
    return next((value for key, value in request.headers.items() if key.lower() == name), "")


def path_of(request: HttpRequest) -> str:
    """The path of a call."""
    return urlsplit(request.url).path


def whole(text: str | None, default: int) -> int:
    """A non-negative integer parameter."""
    return int(text) if text and text.isascii() and text.isdigit() else default
