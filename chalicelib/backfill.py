"""Backfill: years of history, pulled in weeks on the bulk lane, resumable at every page.

The newest week comes first. Members then have their latest purchase from the start: told from the oldest on, somebody who bought
yesterday would for hours look as if they had not come back for two years, and campaigns would write to them. It is also what people
look at first. What changed while the backfill went on is asked for once more at its end.

Orders alone are cut into weeks: other lists can only be walked from the newest on, so that each week would begin at today again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

import msgspec

from chalicelib.config import Config
from chalicelib.errors import ConfigError, Retriable
from chalicelib.leases import Turn, Watch
from chalicelib.pipeline.pull import OVERLAP, Pull, Stretch, What
from chalicelib.ports import Clock, Marks
from chalicelib.toolkit.decode import decoder

SLICE = timedelta(days=7)
PREFIX = "backfill#"
TRIES = 5
State = Literal["running", "done", "stopped"]


class _Backfill(msgspec.Struct):
    """The mark. From `at` to `until` everything is queued; `cursor` is inside the slice that ends at `at`.

    `tail`: once the span is done, until when the changes of the meantime are asked for.
    """

    since: datetime
    until: datetime
    at: datetime
    by: str
    began_at: datetime
    moved_at: datetime
    state: State = "running"
    cursor: str | None = None
    tail: datetime | None = None
    pages: int = 0
    events: int = 0

    def goes_on(self) -> bool:
        """Whether anything is left to pull, and nobody has stopped it."""
        return self.state == "running"

    def next(self, what: What) -> Stretch:
        """What is pulled next."""
        if self.tail is not None:
            return Stretch(what, self.until - OVERLAP, self.tail, self.cursor)
        begin = max(self.since, self.at - SLICE) if what == "orders" else self.since
        return Stretch(what, begin, self.at, self.cursor)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a backfill is. Times are UTC; everything from `done_to` to `until` is queued.

    `permille`: of the span; `left`: how long the rest takes at the pace so far, None where nothing can be said yet.
    """

    platform: str
    account: str
    what: What
    state: State
    by: str
    since: datetime
    until: datetime
    done_to: datetime
    pages: int
    events: int
    began_at: datetime
    moved_at: datetime
    permille: int
    left: timedelta | None

    @property
    def events_per_minute(self) -> int | None:
        """The pace so far, None in the first minute."""
        minutes = int((self.moved_at - self.began_at).total_seconds()) // 60
        return self.events // minutes if minutes else None


class Backfills:
    """The backfills of a merchant's accounts: at most one an account and kind of list."""

    def __init__(self, *, config: Callable[[], Config], pull: Pull, marks: Marks, clock: Clock) -> None:
        self._config = config
        self._pull = pull
        self._marks = marks
        self._clock = clock

    def fits(self, platform: str, what: What) -> bool:
        """Whether a platform has such a list."""
        return self._pull.can(platform, what)

    def begin(self, platform: str, account: str, since: datetime, *, what: What = "orders", by: str = "-") -> Progress:
        """Ask for history from `since` on. One that is under way goes on where it is, further back where `since` is earlier.

        ConfigError: the account is not connected, its platform has no such list, or `since` is not in the past.
        """
        config, now = self._config(), self._clock.now()
        if config.account(platform, account) is None or not self._pull.can(platform, what):
            raise ConfigError("cannot-pull", f"no such account, or its platform has no {what} to pull", connector=platform)
        if since >= now:
            raise ConfigError("since-future", "history begins in the past")
        fresh = _Backfill(since, now, now, by, now, now)
        for _ in range(TRIES):
            held, version = self._read(config.merchant, platform, account, what)
            if held is None or held.state == "done":
                held = fresh
            elif held.state == "running" and since >= held.since:
                return self._told(platform, account, what, held)  # a mark that is put again would stop whoever works on it
            else:
                held.state = "running"
                if since < held.since:
                    held.since, held.tail = since, None
                    held.cursor = None  # the slice under way may begin earlier now, and a cursor belongs to its window
            if self._put(config.merchant, platform, account, what, held, version=version):
                return self._told(platform, account, what, held)
        raise Retriable("backfill-contended", f"{TRIES} writers were faster")

    def stop(self, platform: str, account: str, what: What = "orders") -> Progress | None:
        """Let one that is under way end at its page; begun again, it goes on there. None: there is none."""
        merchant = self._config().merchant
        for _ in range(TRIES):
            held, version = self._read(merchant, platform, account, what)
            if held is None:
                return None
            if held.state == "running":
                held.state = "stopped"
                if not self._put(merchant, platform, account, what, held, version=version):
                    continue
            return self._told(platform, account, what, held)
        raise Retriable("backfill-contended", f"{TRIES} writers were faster")

    def state(self, platform: str, account: str, what: What = "orders") -> Progress | None:
        """How far the last one is, None where there never was one."""
        held, _ = self._read(self._config().merchant, platform, account, what)
        return self._told(platform, account, what, held) if held else None

    def all(self) -> list[Progress]:
        """Every account's last ones: one query."""
        found = []
        for name, value in sorted(self._marks.named(self._config().merchant, PREFIX).items()):
            what, platform, account = name.removeprefix(PREFIX).split("#", 2)
            found.append(self._told(platform, account, cast(What, what), decoder(_Backfill).decode(value)))
        return found

    def work(self, platform: str, account: str, what: What = "orders", watch: Watch | None = None) -> Turn:
        """Go on with one that is under way, as long as `watch` lets it. It raises what pulling raises; nothing is lost by that.

        Each page is queued before the mark moves: a crash in between queues it again, which changes nothing.
        """
        merchant, watch = self._config().merchant, watch or Watch()
        held, version = self._read(merchant, platform, account, what)
        queued = 0

        def keep(cursor: str | None, count: int) -> None:
            assert held is not None
            held.cursor, held.pages, held.events = cursor, held.pages + 1, held.events + count
            save()

        def save() -> None:
            nonlocal version
            assert held is not None
            held.moved_at = self._clock.now()
            if not self._put(merchant, platform, account, what, held, version=version):
                raise Retriable("backfill-moved", "somebody stopped this backfill, or works on it", connector=platform)
            version += 1

        while held and held.goes_on():
            stretch = held.next(what)
            turn = self._pull.stretch(platform, account, stretch, watch, keep)
            queued += turn.queued
            if turn.done:
                self._over(held, stretch)
                save()
            if not turn.done or (held.goes_on() and not watch.goes_on()):
                return Turn(queued, done=False)
        return Turn(queued)

    def _over(self, held: _Backfill, stretch: Stretch) -> None:
        """A stretch is done: the one before it is next, then what changed meanwhile, then nothing."""
        held.cursor = None
        if held.tail is not None:
            held.state = "done"
            return
        held.at = stretch.since
        if held.at <= held.since:
            held.tail = self._clock.now() if stretch.what == "orders" else None
            held.state = "running" if held.tail else "done"

    def _told(self, platform: str, account: str, what: What, held: _Backfill) -> Progress:
        span, done = held.until - held.since, held.until - held.at
        permille = 1000 if held.state == "done" or not span else min(999, done * 1000 // span)
        took = held.moved_at - held.began_at
        left = took * (1000 - permille) // permille if permille and held.state == "running" else None
        return Progress(
            platform=platform,
            account=account,
            what=what,
            state=held.state,
            by=held.by,
            since=held.since,
            until=held.until,
            done_to=held.at,
            pages=held.pages,
            events=held.events,
            began_at=held.began_at,
            moved_at=held.moved_at,
            permille=permille,
            left=left,
        )

    def _read(self, merchant: str, platform: str, account: str, what: What) -> tuple[_Backfill | None, int]:
        stored = self._marks.get(merchant, f"{PREFIX}{what}#{platform}#{account}")
        return (decoder(_Backfill).decode(stored[0]), stored[1]) if stored else (None, 0)

    def _put(self, merchant: str, platform: str, account: str, what: What, held: _Backfill, *, version: int) -> bool:
        name = f"{PREFIX}{what}#{platform}#{account}"
        return self._marks.put(merchant, name, msgspec.json.encode(held).decode(), expected_version=version)
