"""How fresh the sources of orders are. Used by the digest, and by what it is made from."""

from __future__ import annotations

from datetime import datetime

from chalicelib.config import AccountConfig, Config
from chalicelib.contract import Capability
from chalicelib.domain.health import allowed
from chalicelib.domain.report import Freshness
from chalicelib.ports import Clock, Connectors, Marks

ORDERS = frozenset({Capability.PULLS_ORDERS, Capability.IMPORTS_FILES})  # one of them has whoever tells orders


class Sources:
    """The accounts that tell orders. One that only speaks, or tells reviews and spend, is none: nothing waits for it."""

    def __init__(self, *, marks: Marks, connectors: Connectors, clock: Clock) -> None:
        self._marks = marks
        self._connectors = connectors
        self._clock = clock

    def freshness(self, config: Config) -> tuple[Freshness, ...]:
        """Of each account, as configured."""
        return tuple(self._of(config, account) for account in config.accounts if self._tells_orders(account))

    def silent(self, config: Config) -> tuple[Freshness, ...]:
        """Those that are not fresh and ought to be: whoever paused an account knows of it."""
        accounts = {(account.platform, account.account): account for account in config.accounts}
        return tuple(
            source
            for source in self.freshness(config)
            if source.state != "fresh" and not accounts[source.platform, source.account].paused
        )

    def _tells_orders(self, account: AccountConfig) -> bool:
        return not ORDERS.isdisjoint(self._connectors.connector(account.platform).info.capabilities)

    def _of(self, config: Config, account: AccountConfig) -> Freshness:
        heard = {name: self._heard(config.merchant, account, name) for name in ("push", "pull")}
        latest = max((at for at in heard.values() if at), default=None)
        info = self._connectors.connector(account.platform).info
        pulls = account.pull_minutes and Capability.PULLS_ORDERS in info.capabilities
        limit = allowed(account.pull_minutes if pulls else None)
        looked = heard["pull"] if pulls else latest
        state = "never" if latest is None else "late" if looked is None or self._clock.now() - looked > limit else "fresh"
        return Freshness(account.platform, account.account, heard["push"], heard["pull"], state, info.name)

    def _heard(self, merchant: str, account: AccountConfig, source: str) -> datetime | None:
        stored = self._marks.get(merchant, f"heard#{account.platform}#{account.account}#{source}")
        return datetime.fromisoformat(stored[0]) if stored else None
