"""How often somebody may ask for a sign-in link: counted by address and by where they come from, under keyed hashes."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.adapters.table import Table
from chalicelib.adapters.throttle import Throttle
from chalicelib.contract import Account, Rate
from chalicelib.ports import Clock, Vault

EVERY, BURST = 600.0, 5  # five at once, then one in ten minutes


class Knocks:
    """Limits of a merchant's console."""

    def __init__(self, *, merchant: Callable[[], str], table: Table, vault: Vault, clock: Clock) -> None:
        self._merchant = merchant
        self._table = table
        self._vault = vault
        self._clock = clock

    def take(self, name: str) -> None:
        """Count one. Retriable("platform-throttled") when there were too many; it does not wait."""
        merchant = self._merchant()
        throttle = Throttle(self._table, self._clock, Account(merchant, "-", "console"), pause=_never)
        throttle.take(Rate(self._vault.lookup(merchant, "knock", name), every=EVERY, burst=BURST))


def _never(_seconds: float) -> None:
    """A browser is not kept waiting; another turn of the loop finds the limit, or room."""
