"""Poll: messages that a platform keeps until they are confirmed, fetched every minute and confirmed once they are durable."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from chalicelib.config import AccountConfig, Config
from chalicelib.contract import Account, Capability, FeedRecord, PollsFeed
from chalicelib.errors import HuitouError, Permanent
from chalicelib.intake import Intake
from chalicelib.ports import Connectors, Counters

BATCHES = 100  # of one account in one run: what is left waits with the platform for the next minute


class Poll:
    """The step. A crash between queue and confirmation brings the same records again, and repetition is harmless."""

    def __init__(self, *, config: Callable[[], Config], connectors: Connectors, intake: Intake, counters: Counters) -> None:
        self._config = config
        self._connectors = connectors
        self._intake = intake
        self._counters = counters

    def run(self) -> int:
        """On schedule: every account with a feed of this kind; one that fails does not hold up the others."""
        queued = 0
        for account in self._config().accounts:
            if account.paused or not self._polls(account.platform):
                continue
            try:
                queued += self.account(account.platform, account.account)
            except HuitouError as error:
                self._counters.count("poll_failed", platform=account.platform, reason=error.reason)
        return queued

    def account(self, platform: str, account: str) -> int:
        """Fetch, queue and confirm what one account's app has; returns how many records were queued.

        Permanent for an account that is not configured or has no such feed; else what connector and queue raise: what was
        not confirmed by then stays with the platform.
        """
        config = self._config()
        known = config.account(platform, account)
        if known is None or not self._polls(platform):
            raise Permanent("cannot-poll", "no such account, or its platform keeps no messages", connector=platform)
        connector = cast(PollsFeed, self._connectors.connector(platform))
        api = self._connectors.api(Account(config.merchant, platform, account, known.options))
        queued = 0
        for number, batch in enumerate(connector.poll(api), start=1):
            durable = [record for record in batch if self._take(platform, known, record)]
            if durable:
                connector.confirm(durable, api)
            queued += len(durable)
            if number == BATCHES:
                break
        return queued

    def _polls(self, platform: str) -> bool:
        return Capability.POLLS_FEED in self._connectors.connector(platform).info.capabilities

    def _take(self, platform: str, reader: AccountConfig, record: FeedRecord) -> bool:
        """Whether the record is durable here. A shop that nobody connected is left to the platform, which keeps it for a while."""
        try:
            self._intake.record(platform, record.body, reader)
        except Permanent as error:
            self._counters.count("feed_unowned", platform=platform, reason=error.reason)
            return False
        return True
