"""How an installation is: read in few calls whose number does not grow with its history. For the terminal and the console.

Read for one merchant: marks by prefix and by name, the accounts' tokens in one call, three bounded looks at the work index, and the
queues. What it costs is measured in tests/functional/status.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib import pausing
from chalicelib.config import AccountConfig, Config
from chalicelib.contract import Capability
from chalicelib.domain.health import (
    AccountLook,
    Counted,
    Failure,
    Health,
    Look,
    Pause,
    QueueDepth,
    Rights,
    TokenState,
    is_stale,
    judged,
)
from chalicelib.domain.periods import ended
from chalicelib.envelope import decode
from chalicelib.errors import Permanent
from chalicelib.feedback import Halt
from chalicelib.freshness import ORDERS
from chalicelib.leases import Leases
from chalicelib.pausing import Pauses
from chalicelib.ports import CellStore, Clock, Connectors, Counters, Gauges, Marks, Quarantined, Work
from chalicelib.ports_cases import CaseStore
from chalicelib.readership import Readership
from chalicelib.toolkit.decode import decoder

MOST_CASES = 50  # each is an item; parked envelopes and cells are counted in the index
MOST_COUNTED = 500
GRACE = timedelta(hours=1)  # a digest's hour may be busy
Shop = tuple[str, str]


class TokenStates(Protocol):
    """What is known of the tokens that we renew, without opening them."""

    def of(self, merchant: str, shops: tuple[Shop, ...]) -> Mapping[Shop, TokenState]:
        """By platform and account; an account without one is left out."""


class Status:
    """Reads, and judges nothing: chalicelib.domain.health does."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        connectors: Connectors,
        marks: Marks,
        work: Work,
        cells: CellStore,
        cases: CaseStore,
        tokens: TokenStates,
        gauges: Gauges,
        readers: Readership,
        leases: Leases,
        quarantine: Callable[[str], Mapping[tuple[str, str], int]],
        pauses: Pauses,
        rights: Callable[[], Rights],
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._connectors = connectors
        self._marks = marks
        self._work = work
        self._cells = cells
        self._cases = cases
        self._tokens = tokens
        self._gauges = gauges
        self._readers = readers
        self._leases = leases
        self._quarantine = quarantine
        self._pauses = pauses
        self._rights = rights
        self._clock = clock
        self._counters = counters

    def read(self) -> Health:
        """How things are now. Retriable where the table or the queues cannot be asked."""
        return judged(self.look())

    def stale(self) -> dict[str, int]:
        """By platform, how many accounts ought to have been heard of and were not; two queries. Counted as `source_stale`."""
        config, now, found = self._config(), self._clock.now(), dict[str, int]()
        heard, paused = self._heard(config.merchant), self._pauses.all()
        for each in config.accounts:
            look = self._account(each, heard, paused[each.platform, each.account])
            if is_stale(look, now):
                found[each.platform] = found.get(each.platform, 0) + 1
        for platform, count in found.items():
            self._counters.count("source_stale", count, platform=platform)
        return found

    def look(self) -> Look:
        """What there is, unjudged."""
        config, now = self._config(), self._clock.now()
        merchant = config.merchant
        digests, missing = self._digests(config, now)
        told = self._readers.subscriptions()
        open_cases, overdue, drafted = self._open(config, now)
        projected = self._marks.get(merchant, "projected")
        return Look(
            merchant=merchant,
            at=now,
            accounts=self._accounts(config),
            queues=tuple(self._depths()),
            parked=_counted(self._work.waiting(merchant, MOST_COUNTED)),
            quarantine=self._quarantine(merchant),
            cells=_counted(len(self._cells.dirty_cells(merchant, MOST_COUNTED))),
            beat_at=self._marks.beat_at(merchant),
            projected_at=datetime.fromisoformat(projected[0]) if projected else None,
            sending=config.sending.enabled,
            halted=self._halted(merchant),
            digests=digests,
            digest_missing=missing,
            readers=len(told),
            readers_left=sum(each.left for each in told),
            cases=open_cases,
            cases_overdue=overdue,
            cases_drafted=drafted,
            rights=self._rights(),
        )

    def _depths(self) -> list[QueueDepth]:
        """Dead letters last, each queue before its own."""
        return sorted(self._gauges.depths(), key=lambda queue: (queue.dead, queue.name))

    def _accounts(self, config: Config) -> tuple[AccountLook, ...]:
        merchant = config.merchant
        heard, paused = self._heard(merchant), self._pauses.all()
        tokens = self._tokens.of(merchant, tuple((each.platform, each.account) for each in config.accounts))
        failing = self._failing(merchant)
        found = []
        for each in config.accounts:
            shop = (each.platform, each.account)
            look = self._account(each, heard, paused[shop])
            found.append(replace(look, token=tokens.get(shop), failures=failing.get(shop, ())))
        return tuple(found)

    def _account(self, account: AccountConfig, heard: Mapping[str, datetime], paused: pausing.Pause) -> AccountLook:
        info = self._connectors.connector(account.platform).info
        pulled = bool(account.pull_minutes) and Capability.PULLS_ORDERS in info.capabilities
        name = f"heard#{account.platform}#{account.account}"
        return AccountLook(
            platform=account.platform,
            account=account.account,
            name=info.name,
            tells=not ORDERS.isdisjoint(info.capabilities),
            pushes=bool({Capability.RECEIVES_WEBHOOKS, Capability.RECEIVES_FEED} & info.capabilities),
            every=account.pull_minutes if pulled else None,
            pushed_at=heard.get(f"{name}#push"),
            pulled_at=heard.get(f"{name}#pull"),
            pause=_pause(paused),
        )

    def _heard(self, merchant: str) -> dict[str, datetime]:
        return {name: datetime.fromisoformat(value) for name, value in self._marks.named(merchant, "heard#").items() if value}

    def _failing(self, merchant: str) -> dict[Shop, tuple[Failure, ...]]:
        found: dict[Shop, tuple[Failure, ...]] = {}
        for name, run in sorted(self._leases.all(merchant).items(), key=lambda each: each[0].kind):
            if run.reason is not None and run.failing_since is not None:
                failure = Failure(name.kind, run.reason, run.failing_since, run.ended_at or run.failing_since)
                found[name.platform, name.account] = (*found.get((name.platform, name.account), ()), failure)
        return found

    def _halted(self, merchant: str) -> dict[str, str]:
        found = {}
        for name, value in self._marks.named(merchant, "halted#").items():
            halt = decoder(Halt).decode(value.encode())
            if halt.halted:
                found[name.partition("#")[2]] = halt.reason
        return found

    def _digests(self, config: Config, now: datetime) -> tuple[dict[str, str], str | None]:
        """The last periods, and yesterday where its digest is overdue. A shop whose first is still to come misses none."""
        stored = self._marks.get(config.merchant, "digests")
        done = decoder(dict[str, tuple[str, str]]).decode(stored[0]) if stored else {}
        local, terms = now.astimezone(config.zone), config.digest
        hour = max(terms.at, terms.hold_until) if terms.stale == "hold" else terms.at
        yesterday = ended("day", local.date()).name
        over = local - GRACE >= datetime.combine(local.date(), hour, config.zone)
        missing = bool(terms.readers) and bool(done) and over and done.get("day", ("", ""))[0] != yesterday
        return {kind: name for kind, (name, _) in done.items()}, yesterday if missing else None

    def _open(self, config: Config, now: datetime) -> tuple[Counted, Counted, Counted]:
        """Open cases, how many of them are past a deadline, and in how many a draft waits for somebody's word."""
        if not config.reviews.enabled:
            return Counted(0), Counted(0), Counted(0)
        cases = [case for _, case, _ in self._cases.open(config.merchant, limit=MOST_CASES)]
        late = 0
        for case in cases:
            solved = any(each.step == "solved" for each in case.done)
            dues = [None if case.answered_at else case.first_due, None if solved else case.solve_due]
            late += any(due is not None and due < now for due in dues)
        more = len(cases) >= MOST_CASES
        drafted = sum(case.state == "drafted" for case in cases)
        return Counted(len(cases), more), Counted(late, more), Counted(drafted, more)


def _pause(state: pausing.Pause) -> Pause | None:
    """The configuration says neither who nor since when."""
    return Pause(state.by or "configuration", state.at) if state.paused else None


def counted_by_reason(held: Iterable[Quarantined]) -> dict[tuple[str, str], int]:
    """What lies in quarantine, by platform and reason. What is no envelope is of no platform."""
    found: dict[tuple[str, str], int] = {}
    for each in held:
        try:
            platform = decode(each.body).platform
        except Permanent:
            platform = "-"
        found[platform, each.reason] = found.get((platform, each.reason), 0) + 1
    return found


def _counted(count: int) -> Counted:
    return Counted(count, count >= MOST_COUNTED)
