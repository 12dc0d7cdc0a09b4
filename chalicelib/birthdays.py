"""Birthdays as they are kept: under a keyed hash of month and day, and nothing else. Used by occasions and the command line."""

from __future__ import annotations

from chalicelib.errors import Retriable
from chalicelib.ports import Calendar, Vault

BIRTHDAY = "birthday"
TRIES = 5


class Birthdays:
    """A buyer has one at most. Who has which is told by nobody: a day is looked up, never read back."""

    def __init__(self, calendar: Calendar, vault: Vault) -> None:
        self._calendar = calendar
        self._vault = vault

    def keep(self, merchant: str, buyer: str, day: str | None) -> None:
        """Keep a buyer's birthday, `MM-DD`, in the place of another; None takes it back. Retriable when others keep doing so."""
        hashed = self._vault.lookup(merchant, BIRTHDAY, day) if day else None
        for _ in range(TRIES):
            if self._calendar.move(merchant, BIRTHDAY, hashed, buyer):
                return
        raise Retriable("birthday-contended", f"{TRIES} writers were faster")
