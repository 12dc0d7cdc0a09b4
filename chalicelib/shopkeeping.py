"""What connects, checks, authorises and disconnects accounts, over a set of stores. Nothing is built before it is asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.errors import ConfigError

if TYPE_CHECKING:
    from chalicelib.account_check import AccountCheck
    from chalicelib.authorising import Authorising
    from chalicelib.connecting import Connecting
    from chalicelib.leaving import Leaving
    from chalicelib.ports_accounts import Configurations, SecretKeeper
    from chalicelib.retention import Retention
    from chalicelib.stores import Stores


class Shopkeeping:
    """The services behind `huitou accounts` and the console's page of accounts."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    @cached_property
    def connecting(self) -> Connecting:
        """Connecting accounts."""
        from chalicelib.connecting import Connecting

        parts = self._stores.parts
        return Connecting(
            merchant=lambda: parts.config().merchant,
            configurations=self._configurations,
            keeper=self._keeper,
            connectors=self._stores.hub,
            check=self.check,
            returned=self.leaving.returned,
        )

    @cached_property
    def authorising(self) -> Authorising:
        """Letting their owners consent."""
        from chalicelib.adapters.state import DynamoMarks
        from chalicelib.adapters.token_shelf import DynamoTokenShelf
        from chalicelib.authorising import Authorising

        parts = self._stores.parts
        return Authorising(
            merchant=lambda: parts.config().merchant,
            connecting=self.connecting,
            connectors=self._stores.hub,
            keeper=self._keeper,
            tokens=DynamoTokenShelf(parts.table, parts.vault, parts.clock),
            marks=DynamoMarks(parts.table, "H", "consents"),
            vault=parts.vault,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def check(self) -> AccountCheck:
        """Whether they work."""
        from chalicelib.account_check import AccountCheck

        parts = self._stores.parts
        running = (parts.vault, parts.door()) if parts.door else None
        return AccountCheck(connectors=self._stores.hub, clock=parts.clock, running=running)

    @cached_property
    def leaving(self) -> Leaving:
        """Disconnecting them."""
        from chalicelib.adapters.holdings import DynamoHoldings
        from chalicelib.adapters.state import DynamoMarks
        from chalicelib.adapters.token_shelf import DynamoTokenShelf
        from chalicelib.leaving import Leaving

        parts = self._stores.parts
        return Leaving(
            config=parts.config,
            configurations=lambda: self._configurations,
            connectors=self._stores.hub,
            keeper=lambda: self._keeper,
            tokens=DynamoTokenShelf(parts.table, parts.vault, parts.clock),
            orders=self._stores.orders,
            records=self._stores.records,
            holdings=DynamoHoldings(parts.table),
            archive=parts.archive,
            vault=parts.vault,
            notes=DynamoMarks(parts.table, "H", "leaving"),
            marks=self._stores.marks,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def retention(self) -> Retention:
        """Removing what may not be kept any more."""
        from chalicelib.adapters.holdings import DynamoHoldings
        from chalicelib.adapters.state import DynamoMarks
        from chalicelib.retention import Retention

        parts = self._stores.parts
        return Retention(
            config=parts.config,
            orders=self._stores.orders,
            records=self._stores.records,
            holdings=DynamoHoldings(parts.table),
            changes=self._stores.cells.dirtiness,
            archive=parts.archive,
            vault=parts.vault,
            marks=self._stores.marks,
            notes=DynamoMarks(parts.table, "H", "retention"),
            clock=parts.clock,
            counters=parts.counters,
        )

    @property
    def _configurations(self) -> Configurations:
        found = self._stores.parts.configurations
        if found is None:
            raise _nowhere()
        return found()

    @property
    def _keeper(self) -> SecretKeeper:
        found = self._stores.parts.keeper
        if found is None:
            raise _nowhere()
        return found()


def _nowhere() -> ConfigError:
    return ConfigError("accounts-fixed", "this installation's accounts are given to it, and cannot be changed from inside")
