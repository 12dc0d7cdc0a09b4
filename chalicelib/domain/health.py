"""What is well with an installation and what is not, as plain data. Whoever prints it, the console too, reads the same.

Pure: `Look` is what was read, `judged` says what it means. Times are aware and in UTC, lengths of time whole seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

Grade = Literal["ok", "warn", "bad"]
Facts = Mapping[str, str | int]
GRADES: tuple[Grade, ...] = ("ok", "warn", "bad")

PUSH_SILENCE = timedelta(hours=24)  # a shop that only pushes and has been silent for longer is called late
LATE = timedelta(hours=24)  # a pulled source this far behind is bad, not only late
FAILING = timedelta(hours=1)  # what fails for this long does not pass by itself
BEHIND = timedelta(minutes=5)  # the gate defers from here on
FAR_BEHIND = timedelta(hours=1)
BEAT = timedelta(minutes=3)  # tick writes one each minute
WAITING = timedelta(minutes=15)  # as the alarm on the inbound queue's age
WAITING_LONG = timedelta(days=1)  # history may wait longer, and says so by its alarm
CELL_WAITS = 500  # cells that wait; recomputed within two minutes, more than these are a backlog


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that somebody should know. `code` names its words (health_words), `about` whom it is about, "" for all.

    `facts` are what the words are filled with: counts, reasons, names; keys that end in `_s` are seconds.
    """

    code: str
    grade: Grade
    about: str = ""
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pause:
    """Who holds an account's schedule, and since when; `by` is "configuration" where huitou.toml says so."""

    by: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """What fails again and again: since when, when it was tried last, and why, in our own words."""

    what: str
    reason: str
    since: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class TokenState:
    """Of an access token that we renew: until when it holds (None: told by nobody), whether the platform revoked it."""

    until: datetime | None
    revoked: bool


@dataclass(frozen=True, slots=True)
class AccountLook:
    """What was read of one account. `every`: minutes between pulls, None where it is not pulled; `tells`: it tells orders."""

    platform: str
    account: str
    name: str
    tells: bool
    pushes: bool
    every: int | None
    pushed_at: datetime | None = None
    pulled_at: datetime | None = None
    pause: Pause | None = None
    token: TokenState | None = None
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """The same, judged. `behind_s`: how much longer ago it was last heard of than it may be; 0 when it is fresh."""

    look: AccountLook
    behind_s: int | None
    grade: Grade


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """A queue: what waits, is worked on, is delayed; when the oldest was sent (None: it is empty, or nobody tells).

    `dead`: of dead letters.
    """

    name: str
    waiting: int
    in_flight: int = 0
    delayed: int = 0
    oldest_at: datetime | None = None
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """A count that stopped at a bound: `more` says that there may be more."""

    count: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class Rights:
    """What people asked of what is held of them. `erasing`: erasures under way, `late` of these and of those not begun.

    `to_hand_out`: requests that wait for a person, the first of them due at `due_at`.
    """

    erasing: int = 0
    late: int = 0
    to_hand_out: int = 0
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What was read of one merchant's installation. `quarantine`: by platform and reason. `halted`: channel and reason.

    `digests`: kind of period and the last whose digests are queued. `beat_at`: when tick wrote last, `projected_at`: the beat that
    came through the stream last.
    """

    merchant: str
    at: datetime
    accounts: tuple[AccountLook, ...] = ()
    queues: tuple[QueueDepth, ...] = ()
    parked: Counted = Counted(0)
    quarantine: Mapping[tuple[str, str], int] = field(default_factory=dict)
    cells: Counted = Counted(0)
    beat_at: datetime | None = None
    projected_at: datetime | None = None
    sending: bool = False
    halted: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    digest_missing: str | None = None
    readers: int = 0
    readers_left: int = 0
    cases: Counted = Counted(0)
    cases_overdue: Counted = Counted(0)
    cases_drafted: Counted = Counted(0)
    rights: Rights = Rights()


@dataclass(frozen=True, slots=True)
class Health:
    """What was read, what it means, and the gravest of it."""

    look: Look
    accounts: tuple[AccountHealth, ...]
    findings: tuple[Finding, ...]
    grade: Grade

    @property
    def lag_s(self) -> int | None:
        """How far the readers of the stream are behind, by the heartbeat; None while none came through."""
        return _seconds(self.look.at - self.look.projected_at) if self.look.projected_at else None


def gravest(grades: Iterable[Grade]) -> Grade:
    """The worst of them; ok when there are none."""
    return max(grades, key=GRADES.index, default="ok")


def judged(look: Look) -> Health:
    """What it means. The gravest findings come first, in an order that stays the same."""
    accounts, found = [], []
    for each in look.accounts:
        about, mine = f"{each.platform}/{each.account}", list(_of_account(each, look.at))
        behind = _behind(each, look.at)
        accounts.append(AccountHealth(each, behind, gravest(one.grade for one in mine)))
        found += [Finding(one.code, one.grade, about, {"name": each.name, **one.facts}) for one in mine]
    found += [*_of_flow(look), *_of_queues(look), *_of_waiting(look), *_of_sending(look), *_of_people(look)]
    found.sort(key=lambda one: -GRADES.index(one.grade))
    return Health(look, tuple(accounts), tuple(found), gravest(one.grade for one in found))


def _of_account(look: AccountLook, now: datetime) -> Iterable[Finding]:
    if look.token and look.token.revoked:
        yield Finding("revoked", "bad")
    for failure in look.failures:
        facts: Facts = {"what": failure.what, "reason": failure.reason, "for_s": _seconds(now - failure.since)}
        yield Finding("failing", "bad" if now - failure.since >= FAILING else "warn", facts=facts)
    if look.pause:
        since: Facts = {"for_s": _seconds(now - look.pause.since)} if look.pause.since else {}
        yield Finding("paused" if since else "paused_config", "warn" if since else "ok", facts={"by": look.pause.by, **since})
    elif look.tells:
        heard = max((at for at in (look.pushed_at, look.pulled_at) if at), default=None)
        behind = _behind(look, now)
        if heard is None:
            yield Finding("never_heard", "warn")
        elif behind:
            facts = {"for_s": _seconds(now - (look.pulled_at if look.every and look.pulled_at else heard))}
            yield Finding("late" if look.every else "silent", "bad" if behind >= _seconds(LATE) else "warn", facts=facts)


def _behind(look: AccountLook, now: datetime) -> int | None:
    """By the source that keeps time: the pull where there is one, else whichever was heard last."""
    heard = max((at for at in (look.pushed_at, look.pulled_at) if at), default=None)
    kept = look.pulled_at if look.every else heard
    if heard is None:
        return None
    return max(_seconds(now - (kept or heard) - allowed(look.every)), 0)


def is_stale(look: AccountLook, now: datetime) -> bool:
    """Whether an account ought to have been heard of and was not; one that somebody paused ought not."""
    return look.tells and look.pause is None and _behind(look, now) != 0


def allowed(every: int | None) -> timedelta:
    """How long ago a source may have been heard of last: one that is pulled each `every` minutes, or only pushes (None)."""
    return timedelta(minutes=2 * every + 10) if every else PUSH_SILENCE


def _of_flow(look: Look) -> Iterable[Finding]:
    if look.beat_at is None or look.at - look.beat_at > BEAT:
        silent = {"for_s": _seconds(look.at - look.beat_at)} if look.beat_at else {}
        yield Finding("schedules_silent" if silent else "schedules_never", "bad", facts=silent)
    elif look.projected_at is None or look.at - look.projected_at > BEHIND:
        lag = look.at - (look.projected_at or look.beat_at)
        yield Finding("stream_behind", "bad" if lag > FAR_BEHIND else "warn", facts={"for_s": _seconds(lag)})


def _of_queues(look: Look) -> Iterable[Finding]:
    for queue in look.queues:
        count = queue.waiting + queue.in_flight + queue.delayed
        if queue.dead and count:
            yield Finding("dead_letters", "bad", queue.name, {"count": count})
        elif not queue.dead and queue.oldest_at and queue.waiting:
            age = look.at - queue.oldest_at
            if age > (WAITING_LONG if queue.name.startswith("bulk") else WAITING):
                yield Finding("queue_waits", "warn", queue.name, {"count": queue.waiting, "for_s": _seconds(age)})


def _of_waiting(look: Look) -> Iterable[Finding]:
    for (platform, reason), count in sorted(look.quarantine.items()):
        yield Finding("quarantined", "warn", platform, {"count": count, "reason": reason})
    if look.parked.count:
        yield Finding("parked", "ok", facts={"count": _told(look.parked)})
    if look.cells.count >= CELL_WAITS:
        yield Finding("cells_wait", "warn", facts={"count": _told(look.cells)})


def _of_sending(look: Look) -> Iterable[Finding]:
    for channel, reason in sorted(look.halted.items()):
        yield Finding("halted", "bad", channel, {"reason": reason})
    if not look.sending:
        yield Finding("sending_off", "ok")


def _of_people(look: Look) -> Iterable[Finding]:
    if look.digest_missing:
        yield Finding("digest_missing", "warn", facts={"day": look.digest_missing})
    if not look.readers:
        yield Finding("no_readers", "ok")
    elif look.readers == look.readers_left:
        yield Finding("readers_left", "warn", facts={"count": look.readers_left})
    if look.cases_overdue.count:
        yield Finding("cases_overdue", "warn", facts={"count": _told(look.cases_overdue)})
    if look.rights.late:
        yield Finding("erasures_late", "bad", facts={"count": look.rights.late})
    if look.rights.due_at:
        left = _seconds(look.rights.due_at - look.at)
        facts = {"count": look.rights.to_hand_out, "for_s": max(left, 0)}
        yield Finding("hand_out", "warn" if left > 0 else "bad", facts=facts)


def plain(thing: Any) -> Any:
    """Dataclasses as tables, mappings with pairs as keys as lists; times stay times, for whoever writes the JSON."""
    if is_dataclass(thing) and not isinstance(thing, type):
        return {each.name: plain(getattr(thing, each.name)) for each in fields(thing)}
    if isinstance(thing, Mapping):
        return {"/".join(name) if isinstance(name, tuple) else name: plain(value) for name, value in thing.items()}
    return [plain(each) for each in thing] if isinstance(thing, list | tuple) else thing


def _told(counted: Counted) -> str:
    return f"{counted.count}+" if counted.more else str(counted.count)


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())
