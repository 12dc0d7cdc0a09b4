"""Who is at work on what: of a job of an account one run at a time, however many workers there are.

A lease is held until a time. Whoever holds it puts that time off before each page, and stops there once somebody else has it: a
worker that died loses its lease by itself, and one that was only slow does no harm. All of it is one small item for each job of an
account, put under a condition on the version that was read.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chalicelib.errors import Retriable
from chalicelib.ports import Clock, Marks
from chalicelib.toolkit.decode import decoder

LEASE = timedelta(minutes=5)  # longer than a page takes, with the waits for the platform's limit
PREFIX = "run#"
TRIES = 5


@dataclass(frozen=True, slots=True)
class JobName:
    """What a lease is of: a kind of job of one account."""

    kind: str
    platform: str
    account: str

    @property
    def mark(self) -> str:
        """Its name among the marks."""
        return f"{PREFIX}{self.kind}#{self.platform}#{self.account}"


class Run(msgspec.Struct, omit_defaults=True, frozen=True):
    """A job of an account: waiting on the queue, under way, or neither; and what became of the last one. Times are UTC.

    `until`: until when it counts as queued or running. `told`: how many events the last whole run queued. `reason`: why the last
    run failed, None where it went well; `failing_since` is the first of the failures in a row. `well_at`: when one last went well.
    """

    state: Literal["idle", "queued", "running"] = "idle"
    until: datetime | None = None
    owner: str = ""
    began_at: datetime | None = None
    ended_at: datetime | None = None
    well_at: datetime | None = None
    told: int = 0
    reason: str | None = None
    failing_since: datetime | None = None

    def is_busy(self, now: datetime) -> bool:
        """Whether it waits on the queue or is under way."""
        return self.state != "idle" and self.until is not None and now < self.until

    def is_running(self, now: datetime) -> bool:
        """Whether a worker has it."""
        return self.state == "running" and self.is_busy(now)


class Leases:
    """The runs of a merchant's jobs."""

    def __init__(self, *, marks: Marks, clock: Clock) -> None:
        self._marks = marks
        self._clock = clock

    def state(self, merchant: str, name: JobName) -> Run:
        """The run of a job, idle where there never was one."""
        return self._read(merchant, name)[0]

    def all(self, merchant: str) -> dict[JobName, Run]:
        """All that there ever was a run of: one query."""
        found = {}
        for mark, value in self._marks.named(merchant, PREFIX).items():
            kind, platform, account = mark.removeprefix(PREFIX).split("#", 2)
            found[JobName(kind, platform, account)] = decoder(Run).decode(value)
        return found

    def queue(self, merchant: str, name: JobName, until: datetime) -> bool:
        """Note that a job waits on the queue, until `until` at most. False: one waits there already, or is under way."""
        run, version = self._read(merchant, name)
        if run.is_busy(self._clock.now()):
            return False
        return self.put(merchant, name, msgspec.structs.replace(run, state="queued", until=until, owner=""), version)

    def drop(self, merchant: str, name: JobName) -> None:
        """It waits no longer, and nothing was done. One that is under way is left alone."""
        for _ in range(TRIES):
            run, version = self._read(merchant, name)
            if run.state != "queued" or self.put(merchant, name, msgspec.structs.replace(run, state="idle", until=None), version):
                return
        raise Retriable("lease-contended", f"{TRIES} writers were faster")

    def take(self, merchant: str, name: JobName, length: timedelta = LEASE) -> Lease | None:
        """Begin a run. None: one is under way; a lease that has run out is taken over."""
        run, version = self._read(merchant, name)
        now = self._clock.now()
        if run.is_running(now):
            return None
        mine = msgspec.structs.replace(run, state="running", until=now + length, owner=uuid.uuid4().hex[:12], began_at=now)
        if not self.put(merchant, name, mine, version):
            return None
        return Lease(self, merchant, name, mine, version=version + 1, length=length)

    def put(self, merchant: str, name: JobName, run: Run, version: int) -> bool:
        """Put a run on condition that the version is the one read."""
        return self._marks.put(merchant, name.mark, msgspec.json.encode(run).decode(), expected_version=version)

    def ends(self, length: timedelta) -> datetime:
        """When a lease of this length, renewed now, runs out."""
        return self._clock.now() + length

    def _read(self, merchant: str, name: JobName) -> tuple[Run, int]:
        stored = self._marks.get(merchant, name.mark)
        return (decoder(Run).decode(stored[0]), stored[1]) if stored else (Run(), 0)


class Lease:
    """One worker's claim on a job of an account."""

    def __init__(self, leases: Leases, merchant: str, name: JobName, run: Run, *, version: int, length: timedelta) -> None:
        self._leases = leases
        self._merchant = merchant
        self._name = name
        self._run = run
        self._version = version
        self._length = length

    def renew(self) -> None:
        """Put its end off. Retriable("lease-lost") when it had run out and somebody else has it."""
        self._save(msgspec.structs.replace(self._run, until=self._leases.ends(self._length)))

    def release(self, *, told: int = 0, reason: str | None = None) -> None:
        """The run is over: it queued so many events, or failed for a reason. A lease that was lost is left to whoever has it."""
        now = self._leases.ends(timedelta(0))
        over = msgspec.structs.replace(self._run, state="idle", until=None, owner="", ended_at=now)
        if reason is None:
            over = msgspec.structs.replace(over, told=told, reason=None, failing_since=None, well_at=now)
        else:
            over = msgspec.structs.replace(over, reason=reason, failing_since=self._run.failing_since or now)
        try:
            self._save(over)
        except Retriable as error:
            if error.reason != "lease-lost":
                raise

    def _save(self, run: Run) -> None:
        if not self._leases.put(self._merchant, self._name, run, self._version):
            raise Retriable("lease-lost", "another worker has taken this job over", connector=self._name.platform)
        self._run, self._version = run, self._version + 1


class Watch:
    """What a run that goes page by page asks: before each page whether it still may, and after it whether to go on.

    `renew` raises when the run has lost its claim. `until`: when the worker's time is over; None: never. `seen` is called after
    each page.
    """

    def __init__(
        self,
        *,
        renew: Callable[[], None] = lambda: None,
        until: datetime | None = None,
        clock: Clock | None = None,
        seen: Callable[[], None] = lambda: None,
    ) -> None:
        self._renew = renew
        self._until = until
        self._clock = clock
        self._seen = seen

    def under(self, renew: Callable[[], None]) -> Watch:
        """The same, with a claim that is asked too."""

        def both() -> None:
            self._renew()
            renew()

        return Watch(renew=both, until=self._until, clock=self._clock, seen=self._seen)

    def before_page(self) -> None:
        """Call it with the page in hand, before anything of it is queued."""
        self._renew()

    def goes_on(self) -> bool:
        """Call it when the page is done with. False: stop here, the rest is for the next run."""
        self._seen()
        return self._until is None or self._clock is None or self._clock.now() < self._until


@dataclass(frozen=True, slots=True)
class Turn:
    """What a run did: how many events it queued, and whether there is nothing left to do for now."""

    queued: int
    done: bool = True
