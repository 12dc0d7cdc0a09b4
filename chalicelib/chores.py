"""The kinds of jobs that there are, as `jobs` schedules them: pulls, backfills, reconciling, and tokens that nobody uses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, cast

from chalicelib.config import AccountConfig, Config
from chalicelib.contract import Account, Capability
from chalicelib.domain.order import local_day
from chalicelib.errors import Permanent
from chalicelib.leases import LEASE, Run, Turn, Watch
from chalicelib.tags import OPTION

if TYPE_CHECKING:
    from datetime import date

    from chalicelib.backfill import Backfills
    from chalicelib.contract import PullsContacts, PullsOrders, PullsReviews, PullsSpend
    from chalicelib.jobs import Chore
    from chalicelib.pipeline.pull import Pull, What
    from chalicelib.ports import Clock, Connectors
    from chalicelib.tags import Tags
    from chalicelib.tasks import Tasks

WHOLE = timedelta(minutes=15)  # a lease of what does not renew it: longer than the function's time limit
AGAIN = timedelta(hours=1)  # until what failed is tried again, where its turn comes once a day
UNUSED = timedelta(hours=20)
RECONCILED_AT = time(2, 0)  # local; what of yesterday is told late has mostly come by then


class PullChore:
    """A pull from its cursor."""

    length = LEASE

    def __init__(self, pull: Pull, what: What) -> None:
        self._pull = pull
        self._what = what

    def fits(self, account: AccountConfig) -> bool:
        """See the Protocol."""
        return self._pull.can(account.platform, self._what)

    def due(self, account: AccountConfig, last: Run, at: datetime) -> bool:  # noqa: ARG002  # the pull's own mark says it
        """Every `pull_minutes`, or as often as this list is worth it."""
        return self._pull.due(account, self._what, at)

    def run(self, account: AccountConfig, watch: Watch) -> Turn:
        """See the Protocol."""
        return self._pull.turn(account.platform, account.account, self._what, watch=watch)


class BackfillChore:
    """A backfill that is under way."""

    length = LEASE

    def __init__(self, backfills: Backfills, what: What) -> None:
        self._backfills = backfills
        self._what = what

    def fits(self, account: AccountConfig) -> bool:
        """See the Protocol."""
        return self._backfills.fits(account.platform, self._what)

    def due(self, account: AccountConfig, last: Run, at: datetime) -> bool:  # noqa: ARG002
        """Until it is done: a worker that died, or a platform that was away, holds it up until the next tick."""
        state = self._backfills.state(account.platform, account.account, self._what)
        return state is not None and state.state == "running"

    def run(self, account: AccountConfig, watch: Watch) -> Turn:
        """See the Protocol."""
        return self._backfills.work(account.platform, account.account, self._what, watch)


class DailyChore:
    """What is done once a day for yesterday, from two o'clock on in the shop's zone."""

    length = WHOLE

    def __init__(
        self, config: Callable[[], Config], clock: Clock, fits: Callable[[AccountConfig], bool], do: Callable[[str, str, date], int]
    ) -> None:
        self._config = config
        self._clock = clock
        self._fits = fits
        self._do = do

    def fits(self, account: AccountConfig) -> bool:
        """See the Protocol."""
        return self._fits(account)

    def due(self, account: AccountConfig, last: Run, at: datetime) -> bool:  # noqa: ARG002
        """Not yet today; an hour after it failed."""
        local = at.astimezone(self._config().zone)
        if local.time() < RECONCILED_AT or (last.reason and last.ended_at and at - last.ended_at < AGAIN):
            return False
        return last.well_at is None or local_day(last.well_at, self._config().zone) < local.date()

    def run(self, account: AccountConfig, watch: Watch) -> Turn:  # noqa: ARG002
        """See the Protocol."""
        yesterday = local_day(self._clock.now(), self._config().zone) - timedelta(days=1)
        return Turn(self._do(account.platform, account.account, yesterday))


class TokenChore:
    """Tokens of accounts that nobody pulls: a refresh token that is not used within its time lapses, and the shop is lost.

    Whatever calls the platform renews the token when it is over, so one page of the last minute is asked for once a day.
    Accounts that are pulled need none of this.
    """

    length = WHOLE

    def __init__(self, config: Callable[[], Config], connectors: Connectors, pull: Pull, clock: Clock) -> None:
        self._config = config
        self._connectors = connectors
        self._pull = pull
        self._clock = clock

    def fits(self, account: AccountConfig) -> bool:
        """Where there is a refresh token, and anything to ask for."""
        info = self._connectors.connector(account.platform).info
        return "refresh_token" in info.api_secrets and self._list(account) is not None

    def due(self, account: AccountConfig, last: Run, at: datetime) -> bool:
        """Once a day, where no pull calls the platform anyway."""
        return not account.pull_minutes and (last.ended_at is None or at - last.ended_at >= UNUSED)

    def run(self, account: AccountConfig, watch: Watch) -> Turn:  # noqa: ARG002
        """See the Protocol."""
        connector, api = self._connectors.connector(account.platform), self._connectors.api(self._shop(account))
        if not api.secrets.values.get("refresh_token"):
            return Turn(0)
        now = self._clock.now()
        since, what = now - timedelta(minutes=1), self._list(account)
        if what == "orders":
            pages = cast("PullsOrders", connector).pull_orders(since, now, None, api)
        elif what == "reviews":
            pages = cast("PullsReviews", connector).pull_reviews(since, now, None, api)
        elif what == "contacts":
            pages = cast("PullsContacts", connector).pull_contacts(None, api)
        elif what == "spend":
            day = local_day(now, self._config().zone)
            pages = cast("PullsSpend", connector).pull_spend(day, day, None, api)
        else:
            raise Permanent("cannot-pull", "nothing to ask this platform for", connector=account.platform)
        next(pages, None)
        return Turn(0)

    def _list(self, account: AccountConfig) -> What | None:
        kinds: tuple[What, ...] = ("orders", "reviews", "contacts", "spend")
        return next((what for what in kinds if self._pull.can(account.platform, what)), None)

    def _shop(self, account: AccountConfig) -> Account:
        return Account(self._config().merchant, account.platform, account.account, account.options)


class Errand:
    """What is done for a merchant as a whole at each look of the schedule."""

    length = WHOLE

    def __init__(self, do: Callable[[], int], needed: Callable[[], bool]) -> None:
        self._do = do
        self._needed = needed

    def fits(self, account: AccountConfig) -> bool:  # noqa: ARG002
        """Where an account is configured that needs it."""
        return self._needed()

    def due(self, account: AccountConfig, last: Run, at: datetime) -> bool:  # noqa: ARG002
        """Each time."""
        return True

    def run(self, account: AccountConfig, watch: Watch) -> Turn:  # noqa: ARG002
        """See the Protocol."""
        return Turn(self._do())


def chores_of(
    *,
    config: Callable[[], Config],
    connectors: Connectors,
    pull: Pull,
    backfills: Backfills,
    reconcile: Callable[[str, str, date], int],
    clock: Clock,
) -> dict[str, Chore]:
    """All kinds of jobs by name."""

    def pulled(account: AccountConfig) -> bool:
        return account.pull_minutes > 0 and pull.can(account.platform, "orders")

    kinds: tuple[What, ...] = ("orders", "reviews", "spend", "contacts")
    pulls: dict[str, Chore] = {what: PullChore(pull, what) for what in kinds}
    history: dict[str, Chore] = {f"backfill-{what}": BackfillChore(backfills, what) for what in kinds}
    daily: dict[str, Chore] = {"reconcile": DailyChore(config, clock, pulled, reconcile)}
    return pulls | history | daily | {"token": TokenChore(config, connectors, pull, clock)}


def errands_of(*, config: Callable[[], Config], connectors: Connectors, tasks: Tasks, tags: Tags) -> dict[str, Chore]:
    """What is done for a merchant as a whole: tasks that have to be asked about, segments as tags of contacts."""

    def asks() -> bool:
        found = (connectors.connector(account.platform).info.capabilities for account in config().accounts)
        return any(Capability.SENDS_TASKS in capabilities for capabilities in found)

    return {
        "tasks": Errand(tasks.run, asks),
        "tags": Errand(tags.run, lambda: any(account.options.get(OPTION) for account in config().accounts)),
    }
