"""Jobs: what a schedule or a person asks to be done for one account, as one message on a queue of its own.

A schedule only fans out: a message for each account and kind whose turn it is, spread over the time until it looks again, so that
a thousand accounts do not begin in one second. What waits or is under way already is not asked for twice. A run that fails is noted
and over: the next tick asks again, and whatever is pulled goes on at its page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from chalicelib.config import AccountConfig, Config
from chalicelib.errors import ConfigError, HuitouError, Permanent
from chalicelib.leases import LEASE, JobName, Lease, Leases, Run, Turn, Watch
from chalicelib.pausing import Pauses
from chalicelib.ports import Clock, Counters, Queue
from chalicelib.toolkit.decode import decoder

TICK = timedelta(minutes=5)  # how often the schedule looks; infra/resources.yaml and the local runtime say the same
PATIENCE = timedelta(hours=1)  # a message that was not worked on for so long is taken for lost, and sent again
WAITING = frozenset({"report-not-ready", "platform-throttled"})  # nothing is wrong: the next turn goes on where this one ended
LOST = frozenset({"lease-lost", "pull-doubled", "backfill-moved", "reconcile-doubled"})  # another worker is at it
LONGEST_DELAY = 900  # of SQS


class Job(msgspec.Struct, frozen=True):
    """The message. `asked` by a person: it is done whether its turn has come or not. `force`: also where the account is paused."""

    merchant: str
    kind: str
    platform: str
    account: str
    asked: bool = False
    force: bool = False

    @property
    def name(self) -> JobName:
        """What its lease is of."""
        return JobName(self.kind, self.platform, self.account)


class Chore(Protocol):
    """A kind of job."""

    @property
    def length(self) -> timedelta:
        """How long a lease of it lasts without being renewed."""

    def fits(self, account: AccountConfig) -> bool:
        """Whether it can be done for such an account at all."""

    def due(self, account: AccountConfig, last: Run, at: datetime) -> bool:
        """Whether the schedule wants it done at `at`."""

    def run(self, account: AccountConfig, watch: Watch) -> Turn:
        """Do it, as long as `watch` lets it; not done, it is queued again at once. Raises HuitouError."""


SHOP = AccountConfig("-", "-")  # what is done for a merchant as a whole is done for this account


class Jobs:
    """The jobs of a merchant's accounts, and the errands of the merchant as a whole, by kind."""

    def __init__(
        self,
        *,
        pauses: Pauses,
        leases: Leases,
        chores: Mapping[str, Chore],
        errands: Mapping[str, Chore],
        queue: Queue,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._pauses = pauses
        self._leases = leases
        self._chores = {**chores, **errands}
        self._errands = frozenset(errands)
        self._queue = queue
        self._clock = clock
        self._counters = counters

    @property
    def kinds(self) -> tuple[str, ...]:
        """All kinds of jobs that accounts have."""
        return tuple(kind for kind in self._chores if kind not in self._errands)

    def kinds_of(self, account: AccountConfig) -> tuple[str, ...]:
        """Those that an account has: a platform without reviews has no pull of them."""
        return tuple(kind for kind in self.kinds if self._chores[kind].fits(account))

    def fan_out(self) -> int:
        """On schedule: queue every account's jobs whose turn comes until the next look; returns how many. One holds up no other."""
        config, now = self._pauses.config(), self._clock.now()
        runs, queued = self._leases.all(config.merchant), 0
        for account in (*config.accounts, SHOP):
            for kind, chore in self._of(account).items():
                job = Job(config.merchant, kind, account.platform, account.account)
                delay = spread(job)
                last = runs.get(job.name, Run())
                if account.paused or last.is_busy(now):
                    continue
                try:
                    wanted = chore.fits(account) and chore.due(account, last, now + delay)
                    queued += int(wanted and self._send(job, delay))
                except HuitouError as error:
                    self._counters.count("job_failed", kind=kind, platform=account.platform, reason=error.reason)
        return queued

    def _of(self, account: AccountConfig) -> Mapping[str, Chore]:
        return {kind: chore for kind, chore in self._chores.items() if (kind in self._errands) is (account is SHOP)}

    def ask(self, kind: str, platform: str, account: str, *, force: bool = False) -> Run:
        """Queue a job now, whether its turn has come or not; one that waits or is under way is enough. Gives the run as it is then.

        ConfigError: no such account or kind, the platform has nothing of the kind, or the account is paused and nothing is forced.
        """
        config, _ = self._allowed(kind, platform, account, force=force)
        job = Job(config.merchant, kind, platform, account, asked=True, force=force)
        self._send(job, timedelta(0))
        return self._leases.state(config.merchant, job.name)

    def run(self, kind: str, platform: str, account: str, *, force: bool = False, watch: Watch | None = None) -> Turn:
        """Do a job here and now. As `ask`; ConfigError("job-underway") too, and whatever the job raises.

        `watch`: asked beside the lease.
        """
        config, known = self._allowed(kind, platform, account, force=force)
        job = Job(config.merchant, kind, platform, account, asked=True, force=force)
        lease = self._leases.take(config.merchant, job.name, self._chores[kind].length)
        if lease is None:
            raise ConfigError("job-underway", f"{kind} of {platform}/{account} is under way already", connector=platform)
        turn = self._under(lease, job, known, watch or Watch())
        self._counters.count("job_done", kind=kind, platform=platform)
        return turn

    def handle(self, body: str, until: datetime | None = None) -> None:
        """Do a queued job, at most until `until`; what is left then is queued again.

        What fails in a way that is known is noted in its run and counted: the schedule asks again. Raises what nobody foresaw, and
        what a store says that cannot be reached: the message then stays on its queue.
        """
        job = decode(body)
        account = self._wanted(job)
        lease = self._leases.take(job.merchant, job.name, self._chores[job.kind].length) if account else None
        if account is None or lease is None:
            self._counters.count("job_skipped", kind=job.kind, platform=job.platform)
            return
        try:
            turn = self._under(lease, job, account, Watch(until=until, clock=self._clock))
        except HuitouError as error:
            if error.reason in WAITING:
                self._counters.count("job_waits", kind=job.kind, platform=job.platform, reason=error.reason)
            elif error.reason not in LOST:
                self._counters.count("job_failed", kind=job.kind, platform=job.platform, reason=error.reason)
            return
        self._counters.count("job_done", kind=job.kind, platform=job.platform)
        if not turn.done:
            self._send(job, timedelta(0))

    def _under(self, lease: Lease, job: Job, account: AccountConfig, watch: Watch) -> Turn:
        """Run under a lease, which ends with the run however that ends."""
        try:
            turn = self._chores[job.kind].run(account, watch.under(lease.renew))
        except HuitouError as error:
            lease.release(reason=error.reason)
            raise
        except BaseException as error:
            lease.release(reason=type(error).__name__)
            raise
        lease.release(told=turn.queued)
        return turn

    def _wanted(self, job: Job) -> AccountConfig | None:
        """The account, where the job is still to be done for it. What has changed since it was queued is noted as not waiting."""
        whole = (job.platform, job.account) == (SHOP.platform, SHOP.account)
        account = SHOP if whole else self._pauses.config().account(job.platform, job.account)
        if account is None or job.kind not in self._of(account) or (account.paused and not job.force):
            self._leases.drop(job.merchant, job.name)
            return None
        chore, last = self._chores[job.kind], self._leases.state(job.merchant, job.name)
        if not chore.fits(account) or not (job.asked or chore.due(account, last, self._clock.now())):
            self._leases.drop(job.merchant, job.name)
            return None
        return account

    def _allowed(self, kind: str, platform: str, account: str, *, force: bool) -> tuple[Config, AccountConfig]:
        config = self._pauses.config()
        known = config.account(platform, account)
        if known is None:
            raise ConfigError("account-unknown", f"{platform}/{account} is not connected", connector=platform)
        if kind not in self.kinds or not self._chores[kind].fits(known):
            raise ConfigError("cannot-run", f"there is no job {kind} for this account", connector=platform)
        if known.paused and not force:
            raise ConfigError("account-paused", f"{platform}/{account} is paused: resume it, or force this one", connector=platform)
        return config, known

    def _send(self, job: Job, delay: timedelta) -> bool:
        """Noted first, so that two who look at once send one; what cannot be sent is not noted either."""
        if not self._leases.queue(job.merchant, job.name, self._clock.now() + delay + PATIENCE):
            return False
        try:
            self._queue.send([msgspec.json.encode(job).decode()], delay_seconds=int(delay.total_seconds()))
        except HuitouError:
            self._leases.drop(job.merchant, job.name)
            raise
        return True


def decode(body: str) -> Job:
    """A job from a queue's text; Permanent on anything else."""
    try:
        return decoder(Job).decode(body)
    except msgspec.DecodeError:
        raise Permanent("job-malformed", "the message on the queue is no job") from None


def spread(job: Job) -> timedelta:
    """How long after a tick an account's job begins: always the same for it, and evenly spread over all accounts."""
    seconds = min(int(TICK.total_seconds()), LONGEST_DELAY)
    name = f"{job.merchant}/{job.platform}/{job.account}/{job.kind}".encode()
    return timedelta(seconds=int.from_bytes(hashlib.sha256(name).digest()[:4], "big") % seconds)


__all__ = ["LEASE", "TICK", "Chore", "Job", "Jobs", "decode", "spread"]
