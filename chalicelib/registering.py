"""Subscriptions to a platform's pushes: looked up, and what is missing made. Used by the command line, and when pushes dry up.

Never two of a kind: the list is read first, what was switched off is switched on again, and one worker at a time does it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from chalicelib.config import Config
from chalicelib.contract import Account, Capability
from chalicelib.errors import ConfigError, Retriable
from chalicelib.ports import Clock, Connectors, Counters, Marks
from chalicelib.subscribing import RegistersPush

ALONE = timedelta(minutes=5)  # longer than a platform's answers take; a worker that died in between is waited for


@dataclass(frozen=True, slots=True)
class Registration:
    """What was found and done, by topic. `made` and `revived` are what would be done where nothing is written."""

    address: str
    present: tuple[str, ...]
    revived: tuple[str, ...]
    made: tuple[str, ...]


class Registering:
    """Registers an account's webhook URL with its platform."""

    def __init__(
        self, *, config: Callable[[], Config], connectors: Connectors, marks: Marks, clock: Clock, counters: Counters
    ) -> None:
        self._config = config
        self._connectors = connectors
        self._marks = marks
        self._clock = clock
        self._counters = counters

    def registers(self, platform: str) -> bool:
        """Whether a platform's subscriptions can be made through its API."""
        return Capability.REGISTERS_PUSH in self._connectors.connector(platform).info.capabilities

    def mend(self, platform: str, account: str) -> bool:
        """Make what is missing; False where the platform has no API for it, or the account's subscriptions are not its own."""
        known = self._config().account(platform, account)
        if known is None or not self.registers(platform):
            return False
        connector = cast("RegistersPush", self._connectors.connector(platform))
        if not connector.push_topics(Account(self._config().merchant, platform, account, known.options)):
            return False
        self.account(platform, account)
        return True

    def account(self, platform: str, account: str, *, dry_run: bool = False) -> Registration:
        """Look up an account's subscriptions and make those that are missing.

        ConfigError for an account that is not configured or a platform without such an API; Retriable("registering-doubled")
        while another worker does the same; and whatever the connector raises. Done again, it makes nothing.
        """
        config = self._config()
        known = config.account(platform, account)
        if known is None or not self.registers(platform):
            raise ConfigError("cannot-register", "no such account, or its platform has no API for it", connector=platform)
        connector = cast("RegistersPush", self._connectors.connector(platform))
        shop = Account(config.merchant, platform, account, known.options)
        api, address = self._connectors.api(shop), config.webhook_url(platform, account)
        name = f"registering#{platform}#{account}"
        version = 0 if dry_run else self._claim(shop, name)
        try:
            there = connector.subscriptions(address, api)
            active = {each.topic for each in there if each.active}
            off = {each.topic: each for each in there if not each.active and each.topic not in active}
            missing = [topic for topic in connector.push_topics(shop) if topic not in active]
            for topic in missing:
                if not dry_run:
                    connector.subscribe(topic, address, off.get(topic), api)
                    self._counters.count("push_registered", platform=platform)
        finally:
            if not dry_run:
                self._marks.put(config.merchant, name, "", expected_version=version)
        made, revived = (tuple(topic for topic in missing if (topic in off) is known_) for known_ in (False, True))
        return Registration(address, tuple(sorted(active)), revived, made)

    def _claim(self, shop: Account, name: str) -> int:
        now = self._clock.now()
        value, version = self._marks.get(shop.merchant, name) or ("", 0)
        held = bool(value) and now - datetime.fromisoformat(value) < ALONE
        if held or not self._marks.put(shop.merchant, name, now.isoformat(), expected_version=version):
            raise Retriable("registering-doubled", "another worker registers this account", after=60, connector=shop.platform)
        return version + 1
