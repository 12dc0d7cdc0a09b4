"""Tasks that an employee confirms: nobody tells what became of one, so the platform is asked, for three days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from chalicelib.channels import SendsTasks
from chalicelib.config import Config
from chalicelib.contract import Account
from chalicelib.errors import HuitouError
from chalicelib.fates import FeedbackStore, PolledTask
from chalicelib.intake import Intake
from chalicelib.ports import Clock, Connectors, Counters

EVERY = timedelta(minutes=30)
FOR = timedelta(days=3)
BATCH = 50


class Tasks:
    """Asked on the pulls' schedule; what the platform answers goes the way of whatever is pulled."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        store: FeedbackStore,
        connectors: Connectors,
        intake: Intake,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._store = store
        self._connectors = connectors
        self._intake = intake
        self._clock = clock
        self._counters = counters

    def run(self) -> int:
        """Ask about what is due, each at most every half hour; one that fails waits its turn. Returns how many were queued."""
        config, queued = self._config(), 0
        for task in self._store.due_tasks(config.merchant, self._clock.now(), BATCH):
            try:
                queued += self._ask(config, task)
            except HuitouError as error:
                self._counters.count("task_failed", platform=task.platform, reason=error.reason)
        return queued

    def _ask(self, config: Config, task: PolledTask) -> int:
        now = self._clock.now()
        over = now - task.since >= FOR
        # Moved before it is asked: of two workers one asks, and a platform that is down is not asked again at once.
        if not self._store.move_task(config.merchant, task, None if over else now + EVERY):
            return 0
        known = config.account(task.platform, task.account)
        if known is None or known.paused:
            return 0
        connector = self._connectors.connector(task.platform)
        if not isinstance(connector, SendsTasks):
            return 0
        shop = Account(config.merchant, task.platform, task.account, known.options)
        events = connector.task_receipts(task.task_id, self._connectors.api(shop))
        self._intake.events(shop, events)
        return len(events)
